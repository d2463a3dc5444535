/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/*
 * Some file systems (NFS) report a failed write at close(2) only; closing any
 * descriptor of the file will do, and leaves standard output usable.
 */
static int close_duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? 0 : close(copy);
}

int cg_output_failed(int errnum, struct cg_error *err)
{
	return cg_error_set(err, errnum ? errnum : EIO, "cannot write to standard output");
}

int cg_output_flush(struct cg_error *err)
{
	return fflush(stdout) == 0 ? 0 : cg_output_failed(errno, err);
}

int cg_output_close(struct cg_error *err)
{
	if (fflush(stdout) != 0)
		return cg_output_failed(errno, err);
	if (ferror(stdout)) /* an earlier write failed; its reason is gone */
		return cg_output_failed(0, err);
	if (close_duplicate(STDOUT_FILENO) != 0)
		return cg_output_failed(errno, err);
	return 0;
}
