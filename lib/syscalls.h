/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscalls - thin wrappers of system calls and constants newer than the C
 * library or the headers of Linux 6.1; whether the kernel has them is found
 * at run time. Wrappers return as the system call does: -1 and errno.
 */
#ifndef CG_SYSCALLS_H
#define CG_SYSCALLS_H

#include <errno.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PIDFS_IOCTL_MAGIC
#define PIDFS_IOCTL_MAGIC 0xFF
#endif
#ifndef PIDFD_GET_CGROUP_NAMESPACE
#define PIDFD_GET_CGROUP_NAMESPACE _IO(PIDFS_IOCTL_MAGIC, 1) /* Linux 6.11 */
#endif
#ifndef NSFS_MAGIC
#define NSFS_MAGIC 0x6e736673
#endif
#ifndef CGROUP2_SUPER_MAGIC
#define CGROUP2_SUPER_MAGIC 0x63677270
#endif
#ifndef CGROUP_SUPER_MAGIC
#define CGROUP_SUPER_MAGIC 0x27e0eb
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef NSIO
#define NSIO 0xb7
#endif
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, uint64_t) /* Linux 6.18 */
#endif
#ifndef __NR_listns
#define __NR_listns 470
#endif

#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC		 1
#define FSMOUNT_CLOEXEC		 1
#define FSCONFIG_SET_FLAG	 0
#define FSCONFIG_SET_STRING	 1
#define FSCONFIG_CMD_CREATE	 6
#define FSCONFIG_CMD_RECONFIGURE 7
#define MOVE_MOUNT_F_EMPTY_PATH	 0x00000004
#define MOVE_MOUNT_T_EMPTY_PATH	 0x00000040
#define OPEN_TREE_CLONE		 1
#define OPEN_TREE_CLOEXEC	 O_CLOEXEC
#define MOUNT_ATTR_RDONLY	 0x00000001
#define MOUNT_ATTR_NOSUID	 0x00000002
#define MOUNT_ATTR_NODEV	 0x00000004
#define MOUNT_ATTR_NOEXEC	 0x00000008
#endif

#ifndef STATX_MNT_ID /* musl before 1.2.6 has no statx(2), or one without ids of mounts */
#define statx_timestamp cg_statx_timestamp
#define statx		cg_statx
#include <linux/stat.h>
static inline int statx(int dirfd, const char *name, int flags, unsigned int mask,
			struct statx *stx)
{
	return (int)syscall(SYS_statx, dirfd, name, flags, mask, stx);
}
#endif

static inline int cg_pidfd_open(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags); /* Linux 5.3 */
}

static inline int cg_pidfd_send_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0); /* Linux 5.1 */
}

#define CG_OPENAT2_TRIES 64

/* openat2(2), Linux 5.6. EAGAIN: a rename or mount on the way raced with it; it is tried again. */
static inline int cg_openat2(int dirfd, const char *name, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .mode = 0, .resolve = resolve };
	int fd = -1;

	for (int tries = 0; tries < CG_OPENAT2_TRIES; tries++) {
		fd = (int)syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd;
}

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* The same without asking any filesystem. EAGAIN: that would be necessary; EINVAL: before
 * Linux 5.12. */
static inline int cg_openat2_cached(int dirfd, const char *name, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .mode = 0, .resolve = resolve | RESOLVE_CACHED };

	return (int)syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
}

/* Mounting by descriptors: Linux 5.2; wrapped by the C library from glibc 2.36 on only. */
static inline int cg_fsopen(const char *type, unsigned int flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

static inline int cg_fsconfig(int fd, unsigned int command, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fd, command, key, value, 0);
}

static inline int cg_fsmount(int fd, unsigned int flags, unsigned int attributes)
{
	return (int)syscall(SYS_fsmount, fd, flags, attributes);
}

static inline int cg_open_tree(int dirfd, const char *name, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dirfd, name, flags);
}

static inline int cg_move_mount(int from, const char *from_name, int to, const char *to_name,
				unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from, from_name, to, to_name, flags);
}

#endif
