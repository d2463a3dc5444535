/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file is that was given where a cgroup's path is wanted. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "mountinfo/mountinfo.h"
#include "path.h"
#include "what/what.h"

/* Whether open(2) with O_PATH says by it that the caller has no file of that name. */
static bool is_no_file(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES || errnum == ELOOP ||
	       errnum == ENAMETOOLONG;
}

/* With v1 /sys/fs/cgroup is no cgroup's directory, but that of the mounts. */
static int check_common_directory(const char *name, struct cg_error *err)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	cleanup_free char *normal = NULL;
	size_t len;
	int rc = cg_path_normalize(name, &normal);

	if (rc == 0 && strcmp(normal, "/") == 0)
		return 0;
	if (rc == 0)
		rc = cg_mounts_read_own(AT_FDCWD, &mounts);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot tell what %s is", name);
	len = cg_mounts_common_directory(&mounts, normal);
	if (len == 0 || normal[len])
		return 0;
	cg_error_set(err, 0, "%s is the directory of cgroup filesystems, not the path of a cgroup",
		     name);
	return cg_error_hint(err, "the root cgroup is /");
}

int cg_what_check_file(const char *name, bool is_what, struct cg_error *err)
{
	cleanup_fd int fd = open(name, O_PATH | O_CLOEXEC);
	cleanup_free char *quoted = cg_quote(name);
	const char *typed = quoted ?: name;
	struct statfs fs;
	struct stat st;
	int rc;

	if (fd < 0 && is_no_file(errno))
		return 0;
	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return cg_error_set(err, errno, "cannot tell whether %s is a file", name);
	switch ((unsigned long)fs.f_type) {
	case CGROUP2_SUPER_MAGIC:
	case CGROUP_SUPER_MAGIC:
		if (fstat(fd, &st) < 0)
			return cg_error_set(err, errno, "cannot tell what %s is", name);
		cg_error_set(err, 0, "%s is a %s, not the path of a cgroup", name,
			     S_ISDIR(st.st_mode) ? "directory of a cgroup filesystem"
						 : "file in a cgroup filesystem");
		return cg_error_hint(err,
				     is_what ? "the cgroup that it shows is named fs:%s"
					     : "write \"$(cgns-path fs:%s)\"",
				     typed);
	case NSFS_MAGIC:
		cg_error_set(err, 0, "%s is a namespace, not the path of a cgroup", name);
		return cg_error_hint(err,
				     is_what ? "its root cgroup: cgns-path --from %s /"
					     : "write \"$(cgns-path --from %s /)\"",
				     typed);
	case PROC_SUPER_MAGIC:
		rc = cg_procfs_is_folder(fd, name);
		if (rc <= 0)
			return rc < 0 ? cg_error_set(err, -rc, "cannot tell what %s is", name) : 0;
		cg_error_set(err, 0, "%s is a process's folder, not the path of a cgroup", name);
		if (!is_what)
			return cg_error_hint(err, "write \"$(cgns-path fs:%s)\"", typed);
		return cg_error_hint(err,
				     "the process's cgroup: fs:%s; the view of its "
				     "namespace: --from %s or --to %s",
				     typed, typed, typed);
	default:
		return check_common_directory(name, err);
	}
}
