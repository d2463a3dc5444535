/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hands controllers down to a cgroup that is made (v2): a controller is in a
 * cgroup if it stands in cgroup.subtree_control of the one above (cgroup-v2.rst).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroupfs/cgroupfs.h"
#include "file.h"

/* The directory of the nearest ancestor there is of a cgroup that is still to be made. */
static char *existing_dir(const struct cg_cgroup *cgroup)
{
	size_t missing = cgroup->missing ? strlen(cgroup->missing) + 1 : 0;

	return strndup(cgroup->dir, strlen(cgroup->dir) - missing);
}

static bool is_named(const char *text, const struct cg_set_plan *plan, size_t i)
{
	return text && cg_has_word(text, " ", plan->controllers[i]);
}

/* "memory, pids": those of the plan that text, a list of controllers, lacks; NULL: none. */
static char *lacking(const struct cg_set_plan *plan, const char *text, const char *before,
		     const char *between)
{
	struct cg_list list = { 0 };

	for (size_t i = 0; i < plan->controller_count; i++)
		if (!is_named(text, plan, i))
			cg_list_add(&list, between, "%s%s", before, plan->controllers[i]);
	return list.text;
}

/*
 * What of the plan is lacking in a file of the cgroup, as lacking() has it. Another run may be
 * about to enable it. *text: what is in the file, for the caller to free; NULL: it cannot be read.
 */
static char *lacking_in(const struct cg_set_plan *plan, int dirfd, const char *file,
			const char *between, char **text)
{
	char *missing;

	*text = cg_cgroup_read(dirfd, file);
	missing = *text ? lacking(plan, *text, "", between) : NULL;
	for (unsigned int waited = 0; missing && cg_cgroup_wait_for_maker(&waited);) {
		free(*text);
		free(missing);
		*text = cg_cgroup_read(dirfd, file);
		missing = *text ? lacking(plan, *text, "", between) : NULL;
	}
	return missing;
}

/* Processes keep a cgroup that is not the root from handing controllers down. */
static bool holds_processes(int dirfd)
{
	cleanup_free char *procs = cg_cgroup_read(dirfd, "cgroup.procs");

	return procs && *procs && faccessat(dirfd, "cgroup.type", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What has to be done so that a cgroup hands controllers down. */
struct remedy {
	char *files;	 /* to write to, quoted, the uppermost first */
	char *busy;	 /* cgroups of these that hold processes, or NULL */
	size_t count;	 /* of files */
	bool obtainable; /* the uppermost has all that is needed */
};

static void remedy_free(struct remedy *remedy)
{
	free(remedy->files);
	free(remedy->busy);
}

/* Puts a text before those in *list. */
static int put_before(char **list, const char *text, const char *between)
{
	cleanup_free char *rest = *list;

	*list = cg_format("%s%s%s", text, rest ? between : "", rest ?: "");
	return *list ? 0 : -ENOMEM;
}

static int add_file(struct remedy *remedy, int dirfd, const char *dir)
{
	cleanup_free char *quoted = cg_quote(dir);
	cleanup_free char *file = quoted ? cg_format("%s/cgroup.subtree_control", quoted) : NULL;
	int rc = file ? put_before(&remedy->files, file, " ") : -ENOMEM;

	if (rc == 0 && holds_processes(dirfd))
		rc = put_before(&remedy->busy, dir, ", ");
	remedy->count++;
	return rc;
}

/* Goes up from dir to the first cgroup that has all controllers itself. */
static int find_remedy(const struct cg_set_plan *plan, int dirfd, const char *dir,
		       struct remedy *remedy)
{
	size_t len = strlen(dir);
	int rc = 0;

	for (unsigned int level = 0; rc == 0 && !remedy->obtainable; level++) {
		cleanup_fd int at = cg_cgroup_open_ancestor(dirfd, level);
		cleanup_free char *has = at < 0 ? NULL : cg_cgroup_read(at, "cgroup.controllers");
		cleanup_free char *missing = NULL;
		cleanup_free char *name = strndup(dir, len);

		if (at < 0 || !has)
			return 0;
		missing = lacking(plan, has, "", "");
		remedy->obtainable = !missing;
		rc = name ? add_file(remedy, at, name) : -ENOMEM;
		while (len > 0 && dir[len - 1] != '/')
			len--;
		len -= len > 1;
	}
	return rc;
}

/* @has: what it hands down now */
static int explain_not_handed_down(const struct cg_set_plan *plan, const struct cg_cgroup *cgroup,
				   const char *dir, const char *has, struct cg_error *err)
{
	cleanup_with(remedy_free) struct remedy remedy = { 0 };
	cleanup_free char *names = lacking(plan, has, "", ", ");
	cleanup_free char *signs = lacking(plan, has, "+", " ");
	bool several = signs && strchr(signs, ' ');
	const char *it = several ? "all of them" : "it", *quote = several ? "'" : "";

	cg_error_set(err, 0, "cannot create %s in %s with the controller%s %s", cgroup->path,
		     cgroup->hierarchy->name, several ? "s" : "", names ?: "?");
	if (!signs || find_remedy(plan, cgroup->dirfd, dir, &remedy) < 0)
		return -EINVAL;
	if (!remedy.obtainable)
		return cg_error_hint(err, "no cgroup that can be seen above it has %s", it);
	return cg_error_hint(err, "%s does not hand %s down%s%s%s: echo %s%s%s %s %s", dir, it,
			     remedy.busy ? ", and none that holds processes can; first move those "
					   "of "
					 : "",
			     remedy.busy ?: "", remedy.busy ? " to a child of it" : "", quote,
			     signs, quote, remedy.count > 1 ? "| tee" : ">", remedy.files);
}

int cg_set_plan_check(const struct cg_set_plan *plan, const struct cg_cgroup *cgroup,
		      struct cg_error *err)
{
	cleanup_free char *dir = NULL, *handed = NULL, *missing = NULL;

	if (plan->controller_count == 0)
		return 0;
	dir = existing_dir(cgroup);
	missing = lacking_in(plan, cgroup->dirfd, "cgroup.subtree_control", "", &handed);
	/* It has been removed since: it will be made again, or be found and looked at again. */
	if (!handed && (errno == ENOENT || errno == ENODEV))
		return 0;
	if (!handed || !dir)
		return cg_error_set(err, dir ? errno : ENOMEM,
				    "cannot read which controllers %s hands down",
				    dir ?: cgroup->dir);
	return missing ? explain_not_handed_down(plan, cgroup, dir, handed, err) : 0;
}

int cg_created_has(const struct cg_created *created, const struct cg_cgroup *cgroup,
		   struct cg_error *err)
{
	struct stat st;

	if (fstat(cgroup->dirfd, &st) < 0)
		return cg_error_set(err, errno, "cannot examine %s", cgroup->dir);
	for (size_t i = 0; i < created->count; i++)
		if (created->items[i].hierarchy == cgroup->hierarchy &&
		    created->items[i].id == st.st_ino)
			return 1;
	return 0;
}

static int enable(const struct cg_set_plan *plan, const struct cg_creation *creation,
		  struct cg_error *err)
{
	cleanup_free char *signs = lacking(plan, "", "+", " ");
	int rc =
		signs ? cg_cgroup_write(creation->dirfd, "cgroup.subtree_control", signs) : -ENOMEM;

	if (rc >= 0)
		return 0;
	cg_error_set(err, -rc, "cannot hand controllers down: %s > %s/cgroup.subtree_control",
		     signs ?: "", creation->dir);
	if (rc == -EBUSY && holds_processes(creation->dirfd))
		return cg_error_hint(err, "a cgroup that holds processes hands nothing down");
	return rc;
}

int cg_set_plan_enable(const struct cg_set_plan *plan, const struct cg_cgroup *cgroup,
		       const struct cg_created *created, struct cg_error *err)
{
	cleanup_free char *has = NULL, *missing = NULL;
	int rc = 0;

	if (plan->controller_count == 0)
		return 0;
	for (size_t i = 0; rc == 0 && i < created->count; i++)
		if (created->items[i].hierarchy == cgroup->hierarchy && created->items[i].parent)
			rc = enable(plan, &created->items[i], err);
	if (rc < 0)
		return rc;
	missing = lacking_in(plan, cgroup->dirfd, "cgroup.controllers", ", ", &has);
	if (has && !missing)
		return 0;
	cg_error_set(err, has ? 0 : errno, "cannot give %s in %s its controllers", cgroup->path,
		     cgroup->hierarchy->name);
	return missing ? cg_error_hint(err, "the cgroup above it does not hand %s down", missing)
		       : cg_error_hint(err, "cgroup.controllers cannot be read");
}
