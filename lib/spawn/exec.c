/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Becoming the program: descriptors, environment, directories, the exec itself. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "privs.h"
#include "procfs.h"
#include "spawn/spawn.h"
#include "syscalls.h"

int cg_hold_standard_fds(struct cg_error *err)
{
	struct pollfd fds[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	if (poll(fds, CG_ARRAY_SIZE(fds), 0) <= 0)
		return 0;
	/* In ascending order, each gets the lowest that is free: its own. */
	for (size_t i = 0; i < CG_ARRAY_SIZE(fds); i++)
		if (fds[i].revents & POLLNVAL && open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			return cg_error_set(err, errno, "cannot open /dev/null");
	return 0;
}

int cg_exec_explain(const char *program, int errnum, int *status, struct cg_error *err)
{
	const char *path = getenv("PATH");
	bool named = strchr(program, '/') != NULL;

	*status = errnum == ENOENT ? CG_EXIT_NOT_FOUND : CG_EXIT_NOT_EXECUTABLE;
	cg_error_set(err, errnum, "cannot run '%s'", program);
	if (errnum == ENOENT && !named)
		return cg_error_hint(err, "not in PATH (%s)", path ? path : "which is not set");
	if (errnum == ENOENT && faccessat(AT_FDCWD, program, F_OK, 0) == 0)
		return cg_error_hint(err,
				     "the file is there, but not the interpreter that it names");
	if (errnum == EACCES)
		return cg_error_hint(err, "not executable, on a noexec mount, or not reachable by "
					  "the program's user");
	return -errnum;
}

static int exec_as_login(const char *shell)
{
	const char *base = strrchr(shell, '/');
	char name[NAME_MAX + 2];

	/* A dash in front makes it a login shell, as nsenter(1) and unshare(1) do. */
	snprintf(name, sizeof(name), "-%s", base ? base + 1 : shell);
	execlp(shell, name, (char *)NULL);
	return -errno;
}

/* The caller's $SHELL need not exist in the program's root. */
static int exec_shell(const char **shell)
{
	int rc = -ENOENT;

	*shell = getenv("SHELL");
	if (*shell && **shell)
		rc = exec_as_login(*shell);
	if (rc != -ENOENT)
		return rc;
	*shell = "/bin/sh";
	return exec_as_login(*shell);
}

int cg_exec(const struct cg_command *command, const char **program)
{
	if (command->envp)
		environ = command->envp;
	*program = command->argv[0];
	if (!*program)
		return exec_shell(program);
	execvp(*program, command->argv);
	return -errno;
}

int cg_environ_read(int procdir, char ***envp, struct cg_error *err)
{
	struct cg_text text = { 0 };
	size_t count = 0, n = 0;
	char *data;
	int rc = cg_procfs_read(procdir, "environ", &text);

	if (rc < 0) {
		cg_text_free(&text);
		cg_error_set(err, -rc, "cannot read the environment of the process");
		if (cg_procfs_refused(rc))
			return cg_error_hint(err,
					     "the caller is not allowed to inspect it (ptrace(2))");
		if (rc == -ESRCH)
			return cg_error_hint(err, "it has ended, or is a kernel thread");
		return rc;
	}
	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '\0';
	/* One more for text without a NUL at its end, one for the end of the array. */
	*envp = malloc((count + 2) * sizeof(char *) + text.len + 1);
	if (!*envp) {
		cg_text_free(&text);
		return cg_error_set(err, ENOMEM, "cannot read the environment of the process");
	}
	data = (char *)(*envp + count + 2);
	memcpy(data, text.data, text.len);
	data[text.len] = '\0';
	for (size_t i = 0; i < text.len; i += strlen(data + i) + 1)
		if (data[i])
			(*envp)[n++] = data + i;
	(*envp)[n] = NULL;
	cg_text_free(&text);
	return 0;
}

/*
 * Root and working directory
 */

int cg_change_root(int fd, struct cg_error *err)
{
	int rc;

	if (fchdir(fd) != 0)
		return cg_error_set(err, errno, "cannot change to the new root directory");
	if (chroot(".") == 0)
		return 0;
	rc = cg_error_set(err, errno, "cannot change the root directory");
	if (rc == -EPERM)
		cg_privs_hint(err, CAP_SYS_CHROOT, -1, NULL);
	return rc;
}

/* Whether the name that the kernel has for the working directory leads there. */
static bool directory_reached(const char *name)
{
	struct stat here, there;

	return stat(".", &here) == 0 && stat(name, &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

int cg_keep_directory(bool asked_for, struct cg_error *err)
{
	char name[PATH_MAX];
	/* The C library's getcwd() hides "(unreachable)", which says all (getcwd(3)). */
	long len = syscall(SYS_getcwd, name, sizeof(name));
	bool named = len > 0 && name[0] == '/';

	if (named && (directory_reached(name) || chdir(name) == 0))
		return 0;
	if (asked_for) {
		cg_error_set(err, 0, "the working directory is not within the program's root");
		return -EXDEV;
	}
	if (chdir("/") != 0)
		return cg_error_set(err, errno, "cannot change to the root directory");
	return 0;
}
