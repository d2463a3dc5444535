/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world - the hierarchies, the mounts, and the views between which cgns-path
 * translates
 *
 * Three views matter: the caller's, --from's and --to's. What is needed of
 * them is found when it is first needed: nothing for a path of the caller's
 * own, one look for both TARGETs otherwise.
 */
#ifndef CGNS_PATH_WORLD_H
#define CGNS_PATH_WORLD_H

#include "hierarchy.h"
#include "mountinfo.h"
#include "nsroot.h"
#include "path.h"
#include "procfs.h"
#include "request.h"
#include "target.h"

/* The views in one hierarchy. Maps are NULL where a root is not known. */
struct frame {
	bool ready;
	const struct cg_hierarchy *hierarchy;
	char *anchor; /* the caller's root, in coordinates that cover all views (nsroot.h) */
	const struct cg_root *from;
	const struct cg_root *to;
	struct cg_path_map *from_to;
	struct cg_path_map *from_caller;
	struct cg_path_map *caller_to;
};

/* Indexes into world.roots. */
enum {
	FROM,
	TO,
};

struct world {
	const struct request *request;
	int procfd; /* /proc */
	bool caller_is_initial;
	bool to_is_own; /* --to's namespace is the caller's */
	struct cg_hierarchies hierarchies;
	struct frame *frames; /* one for each hierarchy */
	struct cg_target from;
	struct cg_target to;
	bool roots_known;
	struct cg_nsroot roots[2]; /* FROM, TO; roots NULL where it is the caller itself */
	struct cg_viewer viewer;   /* in --to's namespace; not open until needed */
	struct cg_mounts mounts;   /* the caller's */
	bool mounts_known;
	struct cg_mounts to_mounts;	   /* of --to's process */
	int to_rootfd;			   /* its root directory; -1 until needed */
	struct cg_memberships memberships; /* used again for each process */
	char *buffer;			   /* for translations, grown as needed */
	size_t buffer_size;
};

/* Opens both TARGETs and reads the hierarchies. Returns 0 or a negative errno value. */
int world_open(const struct request *request, struct world *world,
	       struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);
void world_close(struct world *world);

#define cleanup_world cleanup_with(world_close)

/* The frame of a hierarchy, made on first use. Returns 0 or a negative errno value. */
int world_frame(struct world *world, const struct cg_hierarchy *hierarchy, struct frame **frame,
		struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

/*
 * Makes the frame cover a further root, of the namespace nsfd: one that is not
 * below the caller's own needs the names on the way up to the common ancestor.
 * Returns 0 or a negative errno value.
 */
int world_cover(struct frame *frame, const struct cg_root *root, int nsfd,
		struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Makes the frame cover a path that the user gave and that leads above the
 * caller's own root, as far as older mounts show the names there.
 */
void world_cover_path(struct world *world, struct frame *frame, const char *path)
	CG_NONNULL(1, 2, 3);

/*
 * What a reader in --to's namespace reads of a process: the kernel's own
 * answer, in whatever state the roots are. *view is freed by the caller.
 */
int world_view_process(struct world *world, const struct cg_hierarchy *hierarchy, pid_t pid,
		       char **view, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 4);

/* The caller's mounts, read on first use. Returns 0 or a negative errno value. */
int world_mounts(struct world *world, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Translates by one of a frame's maps. *view is freed by the caller.
 * @map: NULL is explained by root, the one that is not known, of target
 */
int world_translate(struct world *world, const struct cg_path_map *map, const struct cg_root *root,
		    const char *target, const char *path, char **view,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 5, 6);

/* Makes world->buffer hold size bytes. Returns 0 or -ENOMEM. */
int world_make_room(struct world *world, size_t size) CG_MUST_CHECK CG_NONNULL(1);

/* The directory of a cgroup where the user asked for it: here, or for --to's process. */
int world_directory(struct world *world, const char *controllers, const char *path,
		    struct cg_directory *directory, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 4);

/* The directory of a cgroup in the caller's own mounts. */
int world_own_directory(struct world *world, const char *controllers, const char *path,
			struct cg_directory *directory, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 4);

#endif
