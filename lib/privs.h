/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privs - what the program may do: ids, groups, capabilities (libcap-ng),
 * no-new-privs
 *
 * In the order of use: cg_caps_parse() with the options;
 * cg_privs_protect() before anything foreign is entered; cg_privs_apply() as
 * the last step before the exec.
 */
#ifndef CG_PRIVS_H
#define CG_PRIVS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

enum cg_caps_mode {
	CG_CAPS_KEEP,	/* what exec makes of the caller's; inheritable and ambient are emptied */
	CG_CAPS_NONE,	/* no set holds any */
	CG_CAPS_LIST,	/* all five sets are exactly the list */
	CG_CAPS_TARGET, /* no more than a target process has, set by set */
};

struct cg_caps {
	enum cg_caps_mode mode;
	uint64_t list; /* for CG_CAPS_LIST: bit N is capability N */
};

/*
 * Parses the argument of --caps: "keep", "none", "target", or names separated
 * by commas, with or without "cap_", upper or lower case. Pure.
 * @with_target: whether "target" is allowed
 * Returns 0, or -EINVAL with *err naming what is wrong and the nearest name.
 */
int cg_caps_parse(const char *text, bool with_target, struct cg_caps *caps,
		  struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 3);

struct cg_cap_name {
	char text[40];
};

/* "CAP_SYS_ADMIN"; "capability 99" for one without a name. */
struct cg_cap_name cg_cap_name(unsigned int capability);

/* Credentials as /proc/PID/status tells them (proc(5)). */
struct cg_credentials {
	uid_t uid; /* effective, as the reader's user namespace sees it */
	gid_t gid; /* likewise */
	gid_t *groups;
	size_t group_count;
	uint64_t inheritable, permitted, effective, bounding, ambient;
	bool no_new_privs;
};

void cg_credentials_free(struct cg_credentials *credentials);

#define cleanup_credentials cleanup_with(cg_credentials_free)

/* Parses the content of a status file; pure. Returns 0, -EBADMSG or -ENOMEM. */
int cg_credentials_parse(const char *text, struct cg_credentials *credentials) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/* Reads those of the process whose /proc/PID is open as procdir. */
int cg_credentials_read(int procdir, struct cg_credentials *credentials,
			struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2);

enum cg_groups_mode {
	CG_GROUPS_KEEP,
	CG_GROUPS_SET,	   /* groups and group_count, none for 0; refusal is an error */
	CG_GROUPS_SET_TRY, /* the same, but kept where setgroups(2) is denied (user_namespaces(7))
			    */
};

/* What the program shall have. */
struct cg_privs {
	bool set_uid, set_gid;
	uid_t uid;
	gid_t gid;
	enum cg_groups_mode groups_mode;
	const gid_t *groups;
	size_t group_count;
	struct cg_caps caps;
	const struct cg_credentials *target; /* for CG_CAPS_TARGET */
	bool no_new_privs;
};

/*
 * Before anything foreign is entered: not dumpable, so that no process of the
 * namespaces entered can look into this one (ptrace(2), /proc/PID/exe).
 * Afterwards the files of /proc/self belong to root: open what is needed of them
 * before, id maps included. The exec makes the program dumpable again.
 */
int cg_privs_protect(struct cg_error *err) CG_MUST_CHECK;

/*
 * Groups, gid, uid, then bounding, ambient, inheritable, permitted and
 * effective sets, then no-new-privs. Does not read or write any file.
 * Returns 0 or a negative errno value with *err filled: which capability is
 * missing for which step.
 */
int cg_privs_apply(const struct cg_privs *privs, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/* Whether the caller has the capability in its own user namespace (effective set). */
bool cg_privs_have(unsigned int capability);

/*
 * Sets the hint of a refusal (EPERM): "needs CAP_SYS_ADMIN in the user namespace
 * that owns the cgroup namespace, which is not below the caller's" or, where the
 * caller lacks it at home already, "... in the caller's own user namespace ...";
 * where it has what it takes, that a filter or a security module may refuse it.
 * @nsfd: the namespace in question, or -1: the caller's own user namespace
 * @what: "the cgroup namespace", NULL with nsfd -1
 * Returns -err->errnum as cg_error_hint() does.
 */
int cg_privs_hint(struct cg_error *err, unsigned int capability, int nsfd, const char *what);

#endif
