/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index - what a scan has seen so far, in memory: finds, adds and drops
 * namespaces and placements; no input or output
 */
#ifndef CG_NSSCAN_INDEX_H
#define CG_NSSCAN_INDEX_H

#include "nsscan/nsscan.h"

/* An empty index, for scan->index; cg_nsscan_index_free() is its end. NULL if memory is short. */
struct cg_nsscan_index *cg_nsscan_index_new(void) CG_MUST_CHECK;

/* Frees the index, the namespaces and the placements of the scan. */
void cg_nsscan_index_free(struct cg_nsscan *scan) CG_NONNULL(1);

/*
 * The namespace with this inode number, which is added if it is new: one of
 * scan->namespaces, until the next one is added. NULL if memory is short.
 */
struct cg_namespace *cg_nsscan_namespace(struct cg_nsscan *scan, uint64_t inode) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * The index in scan->placements of the placement that text, the content of a
 * /proc/PID/cgroup, tells; it is parsed and added if it is new.
 * Returns 0 or a negative errno value.
 */
int cg_nsscan_placement(struct cg_nsscan *scan, const struct cg_text *text,
			uint32_t *placement) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

/* Keeps the namespaces for which keep says so, in their order, and frees the others. */
void cg_nsscan_filter(struct cg_nsscan *scan,
		      bool (*keep)(const struct cg_namespace *ns, const void *data),
		      const void *data) CG_NONNULL(1, 2);

/* Drops the namespaces that no living process is in and nothing else holds. */
void cg_nsscan_drop_ended(struct cg_nsscan *scan) CG_NONNULL(1);

/*
 * The array with room for one item more than count; it doubles whenever it is
 * as long as a power of two. NULL if memory is short: the array is as before.
 */
void *cg_nsscan_room(void *array, size_t count, size_t item_size) CG_MUST_CHECK;

#endif
