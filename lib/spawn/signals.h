/* SPDX-License-Identifier: GPL-2.0-or-later */
/* signals - what of them comes to the outside of a run, for the room spawn */
#ifndef CG_SPAWN_SIGNALS_H
#define CG_SPAWN_SIGNALS_H

#include <setjmp.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "spawn/spawn.h"

/* Blocks all, and has SIGCHLD tell of children, whatever the caller does with it. */
void cg_signals_hold(struct cg_run *run) CG_NONNULL(1);

/* As the caller had them. What has come meanwhile comes now, but for a SIGPIPE of our own. */
void cg_signals_let_go(struct cg_run *run) CG_NONNULL(1);

/*
 * Lets them go for an exec. One that would end this process before the program
 * has begun jumps instead (siglongjmp(3)), with all blocked again and its
 * number.
 */
void cg_signals_let_jump(struct cg_run *run) CG_NONNULL(1);
extern sigjmp_buf cg_signals_jump;

/* Holds them again after a failed exec: none jumps any more, for the place to jump to is gone. */
void cg_signals_hold_again(struct cg_run *run) CG_NONNULL(1);

/* Hands a signal that came to the outside on to the program, unless it has got it by itself. */
void cg_signals_pass_on(struct cg_run *run, const struct signalfd_siginfo *info) CG_NONNULL(1, 2);

/* Whether the signal would end this process, had it not been held. */
bool cg_signals_would_end(const struct cg_run *run, const struct signalfd_siginfo *info)
	CG_NONNULL(1, 2);

/*
 * Stops this process as its child was stopped, by sig, and returns when it was
 * continued, or was not stopped at all: the kernel does not stop an orphaned
 * process group for its terminal. Should the child go on, or end, without
 * this process being continued, it is.
 */
void cg_signals_stop_like(pid_t child, int sig);

/*
 * Ends this process as the wait status says (waitpid(2)): with the exit
 * status, or by the same signal (without a second core dump). Standard output
 * is not flushed.
 */
void cg_end_like(int wait_status) CG_NORETURN;

#endif
