/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroupfs/cgroupfs.h"
#include "file.h"
#include "procfs.h"
#include "syscalls.h"

#define MOST_TRIES    16 /* with parents that are removed before they can be used */
#define DELEGATE_FILE "/sys/kernel/cgroup/delegate"

void cg_creation_close(struct cg_creation *creation)
{
	cg_cleanup_fd(&creation->parent_dirfd);
	cg_cleanup_fd(&creation->dirfd);
	free(creation->path);
	free(creation->dir);
	free(creation->name);
}

void cg_created_free(struct cg_created *created)
{
	for (size_t i = 0; i < created->count; i++)
		cg_creation_close(&created->items[i]);
	free(created->items);
	*created = (struct cg_created){ 0 };
}

static int failed(const struct cg_cgroup *cgroup, int reason, struct cg_error *err)
{
	cg_error_set(err, reason, "cannot create %s in %s", cgroup->path, cgroup->hierarchy->name);
	return cg_cgroup_explain(cgroup, CG_ATTEMPT_CREATE, reason, err);
}

/* Of the cgroup that is made first of missing: its path, or directory, without the rest. */
static char *without(const char *name, size_t rest)
{
	return strndup(name, strlen(name) - rest);
}

/* The text of a file of the parent, which another run may have just made, and not filled yet. */
static char *read_filled(int parent, const char *file)
{
	char *text = cg_cgroup_read(parent, file);

	for (unsigned int waited = 0; text && !*text && cg_cgroup_wait_for_maker(&waited);) {
		free(text);
		text = cg_cgroup_read(parent, file);
	}
	return text;
}

/*
 * A new v1 cpuset holds no process before it has cpus and memory nodes. Those
 * of the parent are taken; a parent without any is no error here: joining
 * says so, if it comes to that. Returns 0, or a shortage.
 */
static int inherit_cpuset(int parent, int dirfd)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };

	for (size_t i = 0; i < CG_ARRAY_SIZE(files); i++) {
		cleanup_free char *mine = cg_cgroup_read(dirfd, files[i]);
		cleanup_free char *theirs = mine ? read_filled(parent, files[i]) : NULL;

		if (!theirs && cg_errno_is_shortage(errno))
			return -errno;
		if (theirs && !*mine && *theirs)
			cg_cgroup_write(dirfd, files[i], theirs);
	}
	return 0;
}

/* Makes child name of cgroup->dirfd, or finds it made; *made says which. */
static int make_one(const char *name, int parent, int *dirfd, bool *made)
{
	*made = !mkdirat(parent, name, 0755);
	if (!*made && errno != EEXIST)
		return -errno;
	*dirfd = cg_cgroup_openat(parent, name, O_PATH | O_DIRECTORY);
	return *dirfd < 0 ? -errno : 0;
}

static int record(struct cg_created *created, const struct cg_cgroup *cgroup, const char *name,
		  size_t rest)
{
	struct cg_creation *more = reallocarray(created->items, created->count + 1, sizeof(*more));
	struct cg_creation *creation;

	if (!more)
		return -ENOMEM;
	created->items = more;
	creation = &more[created->count];
	*creation = (struct cg_creation){
		.hierarchy = cgroup->hierarchy,
		.path = without(cgroup->path, rest),
		.dir = without(cgroup->dir, rest),
		.name = strdup(name),
		.parent_dirfd = -1,
		.dirfd = -1,
		.parent = rest > 0,
	};
	if (!creation->path || !creation->dir || !creation->name) {
		cg_creation_close(creation);
		return -ENOMEM;
	}
	created->count++;
	return 0;
}

/* Completes the record that was added last, for a cgroup that was made. */
static int complete(struct cg_creation *creation, int dirfd)
{
	struct stat st;

	creation->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	if (creation->dirfd < 0 || fstat(dirfd, &st) < 0)
		return -errno;
	creation->id = st.st_ino;
	return 0;
}

/* Makes the first name of cgroup->missing and goes on into it. */
static int make_next(struct cg_cgroup *cgroup, struct cg_created *created)
{
	const char *slash = strchrnul(cgroup->missing, '/');
	cleanup_free char *name = strndup(cgroup->missing, (size_t)(slash - cgroup->missing));
	cleanup_free char *rest = *slash ? strdup(slash + 1) : NULL;
	cleanup_fd int dirfd = -1;
	bool made;
	int rc;

	if (!name || (*slash && !rest))
		return -ENOMEM;
	/* The record comes first, so that what was made is never forgotten. */
	rc = record(created, cgroup, name, strlen(slash));
	if (rc < 0)
		return rc;
	rc = make_one(name, cgroup->dirfd, &dirfd, &made);
	if (rc == 0 && made)
		rc = complete(&created->items[created->count - 1], dirfd);
	/* One that cannot be held cannot be told from another of its name later: not now, then. */
	if (made && rc < 0)
		unlinkat(cgroup->dirfd, name, AT_REMOVEDIR);
	if (!made || rc < 0)
		cg_creation_close(&created->items[--created->count]);
	if (rc < 0)
		return rc;

	/* Whoever was first may not have come to it yet. */
	if (cg_has_word(cgroup->hierarchy->controllers, ",", "cpuset"))
		rc = inherit_cpuset(cgroup->dirfd, dirfd);
	if (made)
		created->items[created->count - 1].parent_dirfd = cg_steal_fd(&cgroup->dirfd);
	cg_cleanup_fd(&cgroup->dirfd);
	cgroup->dirfd = cg_steal_fd(&dirfd);
	free(cgroup->missing);
	cgroup->missing = cg_steal_ptr(&rest);
	return rc;
}

/* Opens the cgroup again, in place of what has been found of it before. */
static int open_again(const struct cg_mounts *mounts, struct cg_cgroup *cgroup,
		      struct cg_error *err)
{
	cleanup_cgroup struct cg_cgroup again = CG_CGROUP_INIT;
	int rc = cg_cgroup_open(mounts, cgroup->hierarchy, cgroup->path, true, &again, err);

	if (rc == 0) {
		cg_cgroup_close(cgroup);
		*cgroup = again;
		again = (struct cg_cgroup)CG_CGROUP_INIT;
	}
	return rc;
}

int cg_cgroup_create(const struct cg_mounts *mounts, struct cg_cgroup *cgroup,
		     struct cg_created *created, struct cg_error *err)
{
	int tries = MOST_TRIES, rc = 0;

	while (rc == 0 && cgroup->missing) {
		rc = make_next(cgroup, created);
		/* Whoever made the parent has removed it since: it is missing as well. */
		if ((rc == -ENOENT || rc == -ENODEV) && tries-- > 0)
			rc = open_again(mounts, cgroup, err);
		else if (rc < 0)
			return failed(cgroup, -rc, err);
	}
	return rc;
}

static int own_file(const struct cg_creation *creation, const char *name, uid_t uid, gid_t gid,
		    struct cg_error *err)
{
	int flags = *name ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH;
	int reason;

	if (!fchownat(creation->dirfd, name, uid, gid, flags))
		return 0;
	reason = errno;
	/* Not every cgroup has every file that can be delegated. */
	if (reason == ENOENT && *name)
		return 0;
	cg_error_set(err, reason, "cannot give %s%s%s to user %u", creation->dir, *name ? "/" : "",
		     name, uid);
	if (reason == EINVAL && gid == (gid_t)-1)
		return cg_error_hint(err, "user %u is not mapped in the caller's user namespace",
				     uid);
	if (reason == EINVAL)
		return cg_error_hint(err,
				     "user %u or group %u is not mapped in the caller's "
				     "user namespace",
				     uid, gid);
	return -reason;
}

/*
 * The files to delegate, parted by newlines, in *files, which the caller frees
 * also after a failure. Returns 0 or a negative errno value.
 */
static int delegated_files(const struct cg_hierarchy *hierarchy, char **files)
{
	struct cg_text text = { 0 };
	int rc;

	if (*hierarchy->controllers) {
		*files = strdup("tasks\ncgroup.procs\n");
		return *files ? 0 : -ENOMEM;
	}
	rc = cg_procfs_read(AT_FDCWD, DELEGATE_FILE, &text);
	*files = text.data;
	if (rc != -ENOENT)
		return rc;
	/* What the list began with, for where sysfs is not mounted (Linux 4.15). */
	free(text.data);
	*files = strdup("cgroup.procs\ncgroup.threads\ncgroup.subtree_control\n");
	return *files ? 0 : -ENOMEM;
}

static int own_one(const struct cg_creation *creation, uid_t uid, gid_t gid, struct cg_error *err)
{
	cleanup_free char *files = NULL;
	int rc = delegated_files(creation->hierarchy, &files);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot delegate %s: cannot read " DELEGATE_FILE,
				    creation->dir);
	rc = own_file(creation, "", uid, gid, err);
	for (char *state = NULL, *name = strtok_r(files, "\n", &state); rc == 0 && name;
	     name = strtok_r(NULL, "\n", &state)) {
		if (!strchr(name, '/'))
			rc = own_file(creation, name, uid, gid, err);
	}
	return rc;
}

int cg_created_own(const struct cg_created *created, uid_t uid, gid_t gid, struct cg_error *err)
{
	for (size_t i = 0; i < created->count; i++) {
		int rc = own_one(&created->items[i], uid, gid, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}
