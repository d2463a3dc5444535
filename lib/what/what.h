/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * what - WHAT: the cgroup that a text names, in one hierarchy, and its view
 *
 *	cg_context_open()	the views that are asked for, and the hierarchies
 *	cg_what_read()		what a text asks for
 *	cg_what_resolve()	the cgroup, in the caller's view, in one hierarchy: to be
 *				called for each hierarchy that is wanted, unless the
 *				WHAT names its own
 *	cg_what_view()		that cgroup as --to's namespace sees it
 *	cg_what_check_exists()	whether it is there, and its cgroup id
 *	cg_namespaces_get()	whose namespace it is, for a table
 *
 * Three views matter: the caller's, --from's (paths are given in it) and
 * --to's (they are printed in it). What is needed of them is found when it is
 * first needed: nothing for a path of the caller's own, one look for both
 * TARGETs otherwise.
 *
 * Functions that return int return 0 or a negative errno value, with *err
 * filled (which may be NULL).
 */
#ifndef CG_WHAT_H
#define CG_WHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "channel.h"
#include "cleanup.h"
#include "error.h"
#include "hierarchy.h"
#include "mountinfo/mountinfo.h"
#include "nsroot/nsroot.h"
#include "path.h"
#include "procfs.h"
#include "target.h"

/* ---- the context ---- */

/* The views in one hierarchy. Maps are NULL where a root is not known. */
struct cg_frame {
	bool ready;
	const struct cg_hierarchy *hierarchy;
	char *anchor; /* the caller's root, in coordinates that reach all views (nsroot.h) */
	const struct cg_root *from;
	const struct cg_root *to;
	struct cg_path_map *from_to;
	struct cg_path_map *from_caller;
	struct cg_path_map *caller_to;
	bool confirmed; /* from's root is what root has open */
	int root;
};

/* Indexes into cg_context.roots. */
enum {
	CG_FROM,
	CG_TO,
};

struct cg_context {
	const char *from_text; /* of --from and --to, for messages: "self" without them */
	const char *to_text;
	/* one of hierarchies: that of --hierarchy; NULL without it, and with "all" */
	const struct cg_hierarchy *only;
	/* set by the caller: a process that is held is in the cgroups that it was in when it was
	   resolved last, in whatever hierarchy */
	bool same_moment;
	bool strict;	    /* a view outside --to's root is an error; set by the program */
	int procfd;	    /* /proc */
	bool numbers_known; /* whether /proc has the caller's numbers, found out when needed */
	bool numbers_own;
	bool caller_is_initial;
	bool to_is_own; /* --to's namespace is the caller's */
	struct cg_hierarchies hierarchies;
	struct cg_frame *frames; /* one for each hierarchy */
	struct cg_target from;
	struct cg_target to;
	bool roots_known;
	struct cg_nsroot roots[2]; /* CG_FROM, CG_TO; roots NULL where it is the caller itself */
	struct cg_viewer viewer;   /* in --to's namespace; not open until needed */
	struct cg_mounts mounts;   /* the caller's */
	bool mounts_known;
	struct cg_mounts to_mounts; /* of --to's process */
	bool to_mounts_known;
	bool to_mounts_own;		   /* they are the caller's */
	struct cg_helper to_helper;	   /* looks at them */
	bool to_is_silent;		   /* a filesystem among them does not answer */
	struct cg_memberships memberships; /* used again for each process */
};

/*
 * Opens both TARGETs and reads the hierarchies.
 * @from, @to: TARGETs, or NULL for the caller itself; they must outlive the context
 * @hierarchy: of --hierarchy, for TARGETs and WHATs alike; "all", or NULL without it
 * *context is to be closed in either case.
 */
int cg_context_open(const char *from, const char *to, const char *hierarchy,
		    struct cg_context *context, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(4);

/*
 * Forgets what was found of namespaces and mounts, so that it is found again:
 * for a caller that has waited. What came of it (frames) is no longer valid.
 */
void cg_context_refresh(struct cg_context *context) CG_NONNULL(1);

void cg_context_close(struct cg_context *context);

#define cleanup_context cleanup_with(cg_context_close)

/* The frame of a hierarchy (one of context->hierarchies), made on first use. */
int cg_context_frame(struct cg_context *context, const struct cg_hierarchy *hierarchy,
		     struct cg_frame **frame, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/*
 * Makes the frame reach a further root, of the namespace nsfd: one that is not
 * below the caller's own needs the names on the way up to the common ancestor.
 */
int cg_context_reach(struct cg_frame *frame, const struct cg_root *root, int nsfd,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/* The caller's mounts, read on first use. */
int cg_context_mounts(struct cg_context *context, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Translates by one of a frame's maps. *view is freed by the caller.
 * @map: NULL is explained by root, the one that is not known, of target
 */
int cg_context_translate(const struct cg_path_map *map, const struct cg_root *root,
			 const char *target, const char *path, char **view,
			 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(4, 5);

/*
 * The directory of a cgroup where the user asked for it: here, or for --to's process.
 * @controllers: the hierarchy's, as in /proc/PID/cgroup
 * @path: in the caller's view
 * Errors as of cg_mounts_find_directory(), and -ETIMEDOUT: where --to's process has its
 * mounts a filesystem does not answer.
 */
int cg_context_directory(struct cg_context *context, const char *controllers, const char *path,
			 struct cg_directory *directory, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 4);

/*
 * A path of --from's is looked for by the name that the root had: whether what was opened by
 * it is below that root, and not below another cgroup that has its name since.
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_context_confirm_from(struct cg_context *context, const struct cg_hierarchy *hierarchy,
			    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/* The same in the caller's own mounts. */
int cg_context_own_directory(struct cg_context *context, const char *controllers, const char *path,
			     struct cg_directory *directory, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 4);

/* ---- what is asked for ---- */

enum cg_what_form {
	CG_WHAT_PATH,	   /* name: an absolute path in --from's view */
	CG_WHAT_CGROUP,	   /* spec: as a TARGET (cg_target_is_cgroup()) */
	CG_WHAT_PROCESS,   /* pid (0: self), and name, the whole text, if it is to be held by it */
	CG_WHAT_ID,	   /* id */
	CG_WHAT_DIRECTORY, /* name: a directory, or a file in one */
};

/* Strings point into the text. */
struct cg_what {
	enum cg_what_form form;
	const char *name;
	bool is_folder;	       /* name is a process's folder in a procfs */
	const char *hierarchy; /* that it names itself, hierarchy_len bytes long; or NULL */
	size_t hierarchy_len;
	struct cg_target_spec spec;
	pid_t pid;
	uint64_t id;
};

/* Parses; pure. Returns 0, or -EINVAL with *err naming the forms that exist. */
int cg_what_parse(const char *text, struct cg_what *what, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/*
 * Parses, and finds out what cannot be told from the text alone: whether the
 * number of a process is one of /proc, too, and whether a path is meant as such.
 * @certain: a text that begins with "/" is a path (a line of standard input);
 *           else one that names no cgroup but a cgroup's directory, a process's
 *           folder or a namespace file is refused with the form to type
 */
int cg_what_read(struct cg_context *context, const char *text, bool certain, struct cg_what *what,
		 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 4);

/*
 * Each hierarchy counts its ids by itself: -EINVAL with *err listing the hierarchies
 * where several have the id that the WHAT is and --hierarchy chooses none of them; 0
 * where not, or another negative errno value. For who asks of all hierarchies at once.
 */
int cg_what_check_id(struct cg_context *context, const struct cg_what *what,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Whether a file of that name is there that was hardly meant as a cgroup's path:
 * returns 0 if not, else -EINVAL with *err saying what it is and what to type,
 * or another error where that cannot be told.
 * @is_what: the hint is for a WHAT, else for the path of an option
 */
int cg_what_check_file(const char *name, bool is_what, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * Sets *hierarchy if the WHAT names one (not that of a directory, which its
 * place says), and leaves it otherwise. -EINVAL: there is no such hierarchy, or
 * --hierarchy names another one.
 */
int cg_what_own_hierarchy(const struct cg_context *context, const struct cg_what *what,
			  const struct cg_hierarchy **hierarchy, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/* Whether the WHAT names its hierarchy by itself: the one given is then not looked at. */
bool cg_what_has_hierarchy(const struct cg_what *what) CG_NONNULL(1);

/* ---- what is found ---- */

struct cg_resolved {
	struct cg_what what;
	const struct cg_hierarchy *hierarchy; /* one of context->hierarchies */
	char *path;			      /* in the caller's view, normal form */
	bool removed;  /* the kernel appends " (deleted)": a zombie's, gone */
	uint64_t id;   /* the cgroup id, or 0 where it was not needed */
	bool verified; /* it was found as a living directory */
	int procdir;   /* the folder of a process that is held, else -1 */
	int held;      /* the same where this owns it */
};

#define CG_RESOLVED_INIT                                \
	{                                               \
		.path = NULL, .procdir = -1, .held = -1 \
	}

/* Holds the process of a WHAT with a name. Returns 0 with target->procdir, or a negative errno
 * value. */
int cg_what_hold(const struct cg_what *what, struct cg_target *target,
		 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

void cg_resolved_free(struct cg_resolved *resolved);

#define cleanup_resolved cleanup_with(cg_resolved_free)

/*
 * Finds the cgroup.
 * @procdir: /proc/PID of a process that is held as long as the result is used,
 *           or -1 to name it by its PID
 * @hierarchy: one of context->hierarchies, or NULL: that of --hierarchy or the
 *             default; a cgroup, container, pod or unit that is not in there is
 *             looked for in the others
 * -ENODATA: a process that is in no cgroup of that hierarchy; -ENOENT: no such
 * cgroup, where that can be told without looking (an id, a container).
 */
int cg_what_resolve(struct cg_context *context, const struct cg_what *what, int procdir,
		    const struct cg_hierarchy *hierarchy, struct cg_resolved *resolved,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 5);

/*
 * The path in --to's view, as the kernel prints it there, also where a root
 * was removed. *view is freed by the caller.
 */
int cg_what_view(struct cg_context *context, const struct cg_resolved *resolved, char **view,
		 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

/* How often a WHAT is resolved whose process moves meanwhile. */
#define CG_WHAT_TRIES 16

/*
 * Whether a directory that was found for the cgroup by its name is its own: of a path by
 * cg_context_confirm_from(), of a process by another look at where it is.
 * @found: what came of the look for it; it is handed through where that holds
 * Returns a negative errno value with *err filled where it does not, -ESTALE: the process has
 * moved, the WHAT is to be resolved again.
 */
int cg_what_confirm(struct cg_context *context, const struct cg_resolved *resolved, int found,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/* 0 if the cgroup exists (its id is known then), -ENOENT if not, -ENXIO if nobody can tell. */
int cg_what_check_exists(struct cg_context *context, struct cg_resolved *resolved,
			 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/* ---- whose namespace it is ---- */

/*
 * Whose namespace a row of a table is about: the process's own, or for a path, an id or a
 * directory, --from's.
 */
struct cg_namespace {
	pid_t pid;     /* 0 for what is no process */
	pid_t tid;     /* pid or, where its first thread has ended, that of a living one */
	int procdir;   /* /proc/PID, so that every read is of one process; or -1 */
	int nsfd;      /* its namespace, or -1: see errnum */
	bool is_known; /* nsfd is that of the namespace that was met before */
	int errnum;
	bool several;		       /* its processes are in different namespaces */
	struct cg_error why;	       /* another reason why it is not known, or empty */
	uint64_t ns_inode;	       /* 0 where the caller may not look */
	const struct cg_nsroot *roots; /* NULL: unknown */
	char *command;
};

/*
 * The roots of namespaces that were met last, and the namespace that is in use.
 * A namespace is kept open while its roots are remembered: its inode number
 * would be given to another one otherwise.
 */
enum {
	CG_NAMESPACES_KEPT = 64,
};

struct cg_namespaces {
	struct cg_nsroot known[CG_NAMESPACES_KEPT];
	size_t count; /* of all that were met: the next one goes to count % CG_NAMESPACES_KEPT */
	struct cg_namespace current;
	bool in_use; /* current is to be released */
};

/*
 * Makes the namespace of a WHAT the current one: a process's own, else --from's.
 * *namespace is valid until the next call.
 * @member: the WHAT's text, where a cgroup, container, pod or unit stands for the
 *          process that it names as a TARGET, if there is one; or NULL
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_namespaces_get(struct cg_namespaces *namespaces, struct cg_context *context,
		      const struct cg_what *what, const char *member, bool with_command,
		      const struct cg_namespace **namespace, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 6);

void cg_namespaces_free(struct cg_namespaces *namespaces, const struct cg_hierarchies *hierarchies)
	CG_NONNULL(1, 2);

/* The namespace's root in the hierarchy with that index, in the caller's view. Never NULL. */
const struct cg_root *cg_namespace_root(const struct cg_namespace *namespace, size_t hierarchy)
	CG_NONNULL(1);

/*
 * If it could not be found out what the namespace is, or where it is rooted in
 * any of the hierarchies that are asked for, the reason, with *err filled: a negative
 * errno value. Else 0.
 */
int cg_namespace_unseen(const struct cg_namespace *namespace, const struct cg_context *context,
			const char *text, struct cg_error *err) CG_NONNULL(1, 2, 3);

/* How a namespace with that root sees a path of the caller's view. *view is freed by the caller. */
int cg_namespace_own_view(const struct cg_frame *frame, const struct cg_root *root,
			  const char *path, char **view, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 4);

#endif
