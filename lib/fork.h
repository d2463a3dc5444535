/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork - why there could be no further process
 */
#ifndef CG_FORK_H
#define CG_FORK_H

#include "error.h"

/*
 * Sets the hint of *err, for a fork that failed: with EAGAIN, the pids.max of the caller's
 * cgroup or an ancestor if that is reached, else the other limits that there
 * are; with ENOMEM, a PID namespace for children whose first process may have
 * ended (pid_namespaces(7)). Returns -errnum.
 */
int cg_fork_explain(int errnum, struct cg_error *err);

#endif
