/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer - which limits hold for a WHAT: a row for each */
#ifndef CGNS_LIMITS_ANSWER_H
#define CGNS_LIMITS_ANSWER_H

#include "cgns-limits/options.h"
#include "cgns-limits/read.h"
#include "what/what.h"

/* What of a row could not be found out. */
enum unknown {
	UNKNOWN_VALUE = 1 << 0,
	UNKNOWN_USED = 1 << 1,
	UNKNOWN_CGROUP = 1 << 2,
	UNKNOWN_SEEN = 1 << 3,
	UNKNOWN_LEFT = 1 << 4,
	UNKNOWN_LEFTCGROUP = 1 << 5,
	UNKNOWN_DIR = 1 << 6,
	UNKNOWN_RAW = 1 << 7,
};

/* Why something is not known, where that lies in what was asked and no look failed. */
enum reason {
	REASON_OUTSIDE = 1 << 0, /* SEEN: its cgroup is outside its root */
	REASON_REMOVED = 1 << 1, /* SEEN: its root was removed */
	REASON_ENDED = 1 << 2,	 /* SEEN: a zombie has no namespace */
	REASON_SEVERAL = 1 << 3, /* SEEN: its processes are in several namespaces */
	REASON_EMPTY = 1 << 4,	 /* VALUE: an empty set */
	REASON_ABOVE = 1 << 5,	 /* CGROUP: perhaps one that cannot be seen from here */
};

enum {
	REASONS_OF_SEEN = REASON_OUTSIDE | REASON_REMOVED | REASON_ENDED | REASON_SEVERAL,
};

struct row {
	const char *what;
	const struct wanted *wanted;
	struct cgroup *setter;	       /* NULL: nobody limits it */
	const struct reading *reading; /* setter's; of a set also where nobody limits it; or NULL */
	uint64_t used;		       /* against the setter's; if used_known */
	bool used_known;
	struct cgroup *left_at; /* where the least is left; NULL: not to be said */
	uint64_t left;
	struct cg_limit_value seen;
	const char *seen_set; /* the same of a set; NULL: none */
	bool at_most;	      /* what is above cannot be seen */
	unsigned int unknown; /* enum unknown */
	unsigned int reasons; /* enum reason */
	char *view;	      /* of the setter, for --to; NULL where there is none */
	char *left_view;
	char *dir;
	char *path; /* of the WHAT's own cgroup in that hierarchy, in the caller's view */
};

struct answers {
	const struct request *request;
	struct cg_context *context;
	struct wanted_list wanted;
	struct reader reader;
	struct cg_namespaces namespaces;
	bool from_file;		   /* WHATs come from standard input */
	struct cg_text cpus, mems; /* of the machine; empty where not known */
	struct row *rows;
	size_t count;
	char **whats; /* that rows point to */
	size_t what_count;
	bool out_of_sight; /* of some wanted hierarchy not all that is above was seen */
	struct cg_status *status;
};

/* Returns 0 or a negative errno value with *err filled. To be freed in either case. */
int answers_open(struct answers *answers, const struct request *request, struct cg_context *context,
		 struct cg_status *status, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 4);
void answers_free(struct answers *answers);

#define cleanup_answers cleanup_with(answers_free)

/* Adds the rows of every WHAT; one that fails is reported and counted. */
int answers_add_all(struct answers *answers, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/* Whether what is seen inside is another value than the one that holds. */
bool row_is_hidden(const struct row *row) CG_NONNULL(1);

/* Whether another cgroup than the setter has less left. */
bool row_is_filled(const struct row *row) CG_NONNULL(1);

#endif
