// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * probe - what the tests cannot do from a shell
 *
 *	probe pidfd PID		prints the inode of a pidfd of PID
 *	probe thread		unshares the cgroup namespace in one thread,
 *				prints that thread's id and sleeps
 *	probe headless one|each	ends its first thread and leaves two others, which are in
 *				its cgroup namespace, or each in a new one; prints its PID
 *	probe take INODE	waits for the end of standard input, goes into a
 *				new cgroup namespace that has this inode number,
 *				which has to be free, prints it and sleeps
 *	probe move USEC BASE A B
 *				goes into the cgroup directory BASE and into a new
 *				cgroup namespace that is rooted there, prints its
 *				PID, and moves between A and B below BASE for ever,
 *				with so many microseconds of rest after each move
 *	probe facts		prints what it is: ids, groups, capabilities, keyring,
 *				descriptors above 2, directories, namespaces, cgroups
 *				and cgroup mounts, a "NAME VALUE" each line; - for what
 *				cannot be told without a /proc of its own
 *	probe session COMMAND...
 *				runs COMMAND in its place, in a new session keyring
 *				where there can be one
 *	probe reap COMMAND...	runs COMMAND in its place, as one to which orphans come
 *	probe refuse CALL ERRNO COMMAND...
 *				runs COMMAND in its place, where a seccomp filter answers
 *				the system call with that error
 *	probe rss COMMAND...	runs COMMAND, and prints on descriptor 3 the
 *				most memory that it had, in KiB
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "syscalls.h"

static int complain(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

static int print_pidfd_inode(const char *pid)
{
	cleanup_fd int fd = cg_pidfd_open((pid_t)strtol(pid, NULL, 10), 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return complain(pid);
	printf("%ju\n", (uintmax_t)st.st_ino);
	return EXIT_SUCCESS;
}

static void *unshare_and_sleep(void *unused CG_UNUSED)
{
	if (unshare(CLONE_NEWCGROUP) < 0)
		exit(complain("cannot unshare"));
	printf("%ld\n", syscall(SYS_gettid));
	fflush(stdout);
	for (;;)
		pause();
	return NULL;
}

static void *just_sleep(void *unused CG_UNUSED)
{
	for (;;)
		pause();
	return NULL;
}

static int end_first_thread(bool each)
{
	pthread_t threads[2];

	for (size_t i = 0; i < CG_ARRAY_SIZE(threads); i++)
		if (pthread_create(&threads[i], NULL, each ? unshare_and_sleep : just_sleep, NULL))
			return complain("cannot start a thread");
	printf("%d\n", getpid());
	fflush(stdout);
	pthread_exit(NULL);
}

static int unshare_in_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, unshare_and_sleep, NULL);
	if (errno)
		return complain("cannot start a thread");
	pthread_join(thread, NULL);
	return EXIT_FAILURE;
}

static int print_rss(char **command)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return complain("cannot fork");
	if (pid == 0) {
		close(3);
		execvp(command[0], command);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) < 0)
		return complain("cannot wait");
	dprintf(3, "%ld\n", usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

/* A child that stays in the caller's namespace, so that its number is not free any more. */
static int occupy(void)
{
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid > 0)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* The kernel gives the lowest number that is free: those below are taken until it is its turn. */
static int take_namespace(const char *wanted)
{
	char rest[64];
	struct stat st;

	while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		;
	for (int tries = 0; tries < 1000; tries++) {
		if (unshare(CLONE_NEWCGROUP) < 0 || stat("/proc/self/ns/cgroup", &st) < 0)
			return complain("cannot unshare");
		if (st.st_ino == strtoul(wanted, NULL, 10)) {
			printf("%s\n", wanted);
			fflush(stdout);
			for (;;)
				pause();
		}
		if (st.st_ino < strtoul(wanted, NULL, 10) && occupy() < 0)
			return complain("cannot fork");
		usleep(1000);
	}
	errno = EBUSY;
	return complain(wanted);
}

static int open_procs(const char *directory, const char *below)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%s/%s/cgroup.procs", directory, below);
	return open(name, O_WRONLY | O_CLOEXEC);
}

static int move_for_ever(useconds_t rest, const char *base, const char *const *places)
{
	cleanup_fd int root = open_procs(base, ".");
	int fds[] = { open_procs(base, places[0]), open_procs(base, places[1]) };

	if (root < 0 || fds[0] < 0 || fds[1] < 0 || write(root, "0", 1) < 0)
		return complain(base);
	if (unshare(CLONE_NEWCGROUP) < 0)
		return complain("cannot unshare");
	for (size_t moves = 0;; moves++) {
		if (write(fds[moves % 2], "0", 1) < 0)
			return complain("cannot move");
		if (moves == 0) {
			printf("%d\n", getpid());
			fflush(stdout);
		}
		if (rest)
			usleep(rest);
	}
}

static void print_ids(void)
{
	uid_t uids[3];
	gid_t gids[3], groups[64];
	int count = getgroups(64, groups);

	getresuid(&uids[0], &uids[1], &uids[2]);
	getresgid(&gids[0], &gids[1], &gids[2]);
	printf("ids %u,%u,%u,%u,%u,%u\n", uids[0], uids[1], uids[2], gids[0], gids[1], gids[2]);
	printf("groups ");
	for (int i = 0; i < count; i++)
		printf("%s%u", i ? "," : "", groups[i]);
	putchar('\n');
}

static void print_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint64_t bounding = 0, ambient = 0;

	syscall(SYS_capget, &header, data);
	for (unsigned int cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_READ, cap) == 1)
			bounding |= UINT64_C(1) << cap;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1)
			ambient |= UINT64_C(1) << cap;
	}
	printf("caps %08x%08x,%08x%08x,%08x%08x,%016jx,%016jx\n", data[1].effective,
	       data[0].effective, data[1].permitted, data[0].permitted, data[1].inheritable,
	       data[0].inheritable, (uintmax_t)bounding, (uintmax_t)ambient);
}

static void print_process(void)
{
	const char *mark = getenv("PROBE_MARK");
	bool first = true;

	printf("nnp %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	printf("dumpable %d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	printf("keyring %ld\n",
	       syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
	printf("mark %s\n", mark ? mark : "");
	printf("fds ");
	for (int fd = 3; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		printf("%s%d", first ? "" : ",", fd);
		first = false;
	}
	putchar('\n');
}

/* The lines of the caller's mountinfo, or NULL. */
static char *read_own(const char *name)
{
	FILE *file = fopen(name, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t len = file ? getdelim(&text, &size, '\0', file) : -1;

	if (file)
		fclose(file);
	if (len < 0)
		free(text);
	return len < 0 ? NULL : text;
}

static uint64_t mount_id(const char *name)
{
	struct statx stx;

	if (statx(AT_FDCWD, name, AT_NO_AUTOMOUNT, STATX_MNT_ID, &stx) < 0 ||
	    !(stx.stx_mask & STATX_MNT_ID))
		return 0;
	return stx.stx_mnt_id;
}

/* Where it is, and whether that is on a mount that it has. */
static void print_directory(const char *title, const char *name, const char *mounts)
{
	char number[32];
	struct stat st;
	bool mounted = false;

	if (stat(name, &st) < 0) {
		printf("%s - -\n", title);
		return;
	}
	snprintf(number, sizeof(number), "%ju ", (uintmax_t)mount_id(name));
	for (const char *line = mounts; line && *line; line = strchrnul(line, '\n') + 1) {
		mounted |= !strncmp(line, number, strlen(number));
		if (!*strchrnul(line, '\n'))
			break;
	}
	printf("%s %ju:%ju %s\n", title, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
	       !mounts || !strcmp(number, "0 ") ? "-"
	       : mounted			? "mounted"
						: "foreign");
}

static void print_namespaces(void)
{
	static const char *const kinds[] = { "user", "cgroup", "ipc", "uts", "net", "pid", "mnt" };

	for (size_t i = 0; i < CG_ARRAY_SIZE(kinds); i++) {
		char name[64];
		struct stat st;

		snprintf(name, sizeof(name), "/proc/self/ns/%s", kinds[i]);
		if (stat(name, &st) < 0)
			printf("ns-%s -\n", kinds[i]);
		else
			printf("ns-%s %ju\n", kinds[i], (uintmax_t)st.st_ino);
	}
}

/* "mount ROOT POINT": every cgroup mount that is seen, its root as the caller's namespace sees it.
 */
static void print_cgroup_mounts(char *mounts)
{
	for (char *state = NULL, *line = mounts ? strtok_r(mounts, "\n", &state) : NULL; line;
	     line = strtok_r(NULL, "\n", &state)) {
		char root[PATH_MAX], point[PATH_MAX];
		unsigned long id;

		if (!strstr(line, " - cgroup") ||
		    sscanf(line, "%lu %*s %*s %4095s %4095s", &id, root, point) != 3)
			continue;
		if (mount_id(point) == id)
			printf("mount %s %s\n", root, point);
	}
}

static int print_facts(void)
{
	cleanup_free char *mounts = read_own("/proc/self/mountinfo");
	cleanup_free char *cgroups = read_own("/proc/self/cgroup");

	print_ids();
	print_capabilities();
	print_process();
	print_directory("root", "/", mounts);
	print_directory("cwd", ".", mounts);
	print_namespaces();
	printf("proc %s\n", mounts ? "own" : "-");
	for (char *state = NULL, *line = cgroups ? strtok_r(cgroups, "\n", &state) : NULL; line;
	     line = strtok_r(NULL, "\n", &state))
		printf("cgroup %s\n", line);
	print_cgroup_mounts(mounts);
	return EXIT_SUCCESS;
}

struct named {
	const char *name;
	int number;
};

static int find_number(const struct named *items, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(items[i].name, name))
			return items[i].number;
	fprintf(stderr, "probe: unknown: %s\n", name);
	exit(EXIT_FAILURE);
}

static int run_refused(const char *call, const char *error, char **command)
{
#define NAMED(prefix, name)         \
	{                           \
#name, prefix##name \
	}
	static const struct named calls[] = {
		NAMED(SYS_, openat2),
		NAMED(SYS_, pidfd_open),
		NAMED(SYS_, pidfd_send_signal),
		NAMED(SYS_, statx),
		NAMED(SYS_, setns),
		NAMED(SYS_, unshare),
		NAMED(SYS_, mount),
		NAMED(SYS_, open_by_handle_at),
		NAMED(SYS_, getdents64),
		NAMED(SYS_, readlinkat),
		NAMED(SYS_, ioctl),
		NAMED(SYS_, socketpair),
		NAMED(SYS_, fsopen),
		NAMED(SYS_, fsmount),
		NAMED(SYS_, move_mount),
		NAMED(SYS_, memfd_create),
		NAMED(SYS_, signalfd4),
		NAMED(SYS_, fchownat),
	};
	static const struct named errors[] = {
		NAMED(, EPERM),	 NAMED(, EACCES), NAMED(, ENOSYS), NAMED(, EMFILE), NAMED(, ENFILE),
		NAMED(, ENOMEM), NAMED(, EIO),	  NAMED(, EINVAL), NAMED(, ELOOP),
	};
	unsigned int number = (unsigned int)find_number(calls, CG_ARRAY_SIZE(calls), call);
	unsigned int answer = (unsigned int)find_number(errors, CG_ARRAY_SIZE(errors), error);
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { CG_ARRAY_SIZE(filter), filter };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0))
		return complain("cannot filter system calls");
	execvp(command[0], command);
	return complain(command[0]);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "facts"))
		return print_facts();
	if (argc == 3 && !strcmp(argv[1], "pidfd"))
		return print_pidfd_inode(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "thread"))
		return unshare_in_thread();
	if (argc == 3 && !strcmp(argv[1], "headless"))
		return end_first_thread(!strcmp(argv[2], "each"));
	if (argc == 3 && !strcmp(argv[1], "take"))
		return take_namespace(argv[2]);
	if (argc > 2 && !strcmp(argv[1], "session")) {
		syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
		execvp(argv[2], argv + 2);
		return complain(argv[2]);
	}
	if (argc > 2 && !strcmp(argv[1], "reap")) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		execvp(argv[2], argv + 2);
		return complain(argv[2]);
	}
	if (argc > 4 && !strcmp(argv[1], "refuse"))
		return run_refused(argv[2], argv[3], argv + 4);
	if (argc > 2 && !strcmp(argv[1], "rss"))
		return print_rss(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "move"))
		return move_for_ever((useconds_t)strtoul(argv[2], NULL, 10), argv[3],
				     (const char *const *)argv + 4);
	fprintf(stderr,
		"Usage: probe pidfd PID | thread | headless one|each | take INODE | move USEC BASE A B |"
		" facts | session COMMAND... | reap COMMAND... |"
		" refuse CALL ERRNO COMMAND... | rss COMMAND...\n");
	return EXIT_FAILURE;
}
