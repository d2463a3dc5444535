/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output - the end of standard output; apart from table.h, for the programs
 * that print no table and are not linked with libsmartcols
 */
#ifndef CG_OUTPUT_H
#define CG_OUTPUT_H

#include "cleanup.h"
#include "error.h"

/* The error of a write that failed for errnum, 0 where that is lost. Returns -errnum or -EIO. */
int cg_output_failed(int errnum, struct cg_error *err);

/* Writes out what is buffered. Returns 0 or a negative errno value with *err filled. */
int cg_output_flush(struct cg_error *err) CG_MUST_CHECK;

/*
 * Flushes standard output and checks that all of it was written, for the end
 * of every program, --help and --version included. Standard output stays
 * open. Returns 0 or a negative errno value with *err filled.
 */
int cg_output_close(struct cg_error *err) CG_MUST_CHECK;

#endif
