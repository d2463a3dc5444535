/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bareloop - the floor under every scan: for each process readlink
 * /proc/PID/ns/cgroup, and open, read, close /proc/PID/cgroup; nothing is done
 * with what is read but to count it, so that it cannot be left out
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	DIR *proc = opendir("/proc");
	size_t processes = 0, bytes = 0;
	char name[NAME_MAX + 16], text[65536];
	struct dirent *entry;

	if (!proc) {
		perror("bareloop: /proc");
		return 1;
	}
	while ((entry = readdir(proc))) {
		size_t len = strlen(entry->d_name);
		ssize_t got;
		int fd;

		if (*entry->d_name < '1' || *entry->d_name > '9')
			continue;
		memcpy(name, entry->d_name, len);
		strcpy(name + len, "/ns/cgroup");
		got = readlinkat(dirfd(proc), name, text, sizeof(text));
		if (got > 0)
			bytes += (size_t)got;
		strcpy(name + len, "/cgroup");
		fd = openat(dirfd(proc), name, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		got = read(fd, text, sizeof(text));
		if (got > 0)
			bytes += (size_t)got;
		close(fd);
		processes++;
	}
	closedir(proc);
	printf("%zu processes, %zu bytes\n", processes, bytes);
	return 0;
}
