/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bareexec [FILE] PROGRAM - the floor under cgns-unshare and cgns-enter: without
 * FILE unshares the cgroup namespace, with FILE enters the one that FILE holds,
 * and becomes PROGRAM, a path; nothing is checked but that it worked
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	if (argc == 2) {
		if (unshare(CLONE_NEWCGROUP) < 0)
			perror("bareexec: unshare");
		else
			execv(argv[1], argv + 1);
	} else if (argc == 3) {
		int fd = open(argv[1], O_RDONLY | O_CLOEXEC);

		if (fd < 0 || setns(fd, CLONE_NEWCGROUP) < 0)
			perror("bareexec: setns");
		else
			execv(argv[2], argv + 2);
	}
	return 125;
}
