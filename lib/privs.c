/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "privs.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "procfs.h"
#include "syscalls.h"

#define CAP_BIT(capability) (UINT64_C(1) << (capability))

/*
 * Names
 */

struct cg_cap_name cg_cap_name(unsigned int capability)
{
	const char *known = capng_capability_to_name(capability);
	struct cg_cap_name name;

	if (!known || cg_starts_with(known, "UNKNOWN")) {
		snprintf(name.text, sizeof(name.text), "capability %u", capability);
		return name;
	}
	snprintf(name.text, sizeof(name.text), "cap_%s", known);
	for (char *c = name.text; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c += 'A' - 'a';
	return name;
}

/* "CAP_KILL, CAP_CHOWN" of the lowest few in set. */
static char *set_names(uint64_t set)
{
	struct cg_list names = { 0 };

	for (unsigned int cap = 0; cap < 64; cap++)
		if (set & CAP_BIT(cap))
			cg_list_add(&names, ", ", "%s", cg_cap_name(cap).text);
	return names.text;
}

static int explain_unknown(const char *word, bool with_target, struct cg_error *err)
{
	const char *names[64 + 3] = { "keep", "none" };
	size_t count = 2;
	const char *nearest;

	if (with_target)
		names[count++] = "target";
	for (unsigned int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		const char *name = capng_capability_to_name(cap);

		if (name)
			names[count++] = name;
	}
	nearest = cg_nearest(word, names, count, sizeof(names[0]));
	cg_error_set(err, 0, "unknown capability '%s'", word);
	if (nearest)
		return cg_error_hint(err, "did you mean '%s'?", nearest);
	return cg_error_hint(err, "the names are in capabilities(7)");
}

/* What --caps can be instead of a list. */
static const struct {
	const char *name;
	enum cg_caps_mode mode;
} modes[] = { { "keep", CG_CAPS_KEEP }, { "none", CG_CAPS_NONE }, { "target", CG_CAPS_TARGET } };

/* Takes the name at text, of len bytes, into caps->list. */
static int parse_name(const char *text, size_t len, bool with_target, struct cg_caps *caps,
		      struct cg_error *err)
{
	cleanup_free char *word = strndup(text, len);
	const char *name;
	int cap;

	if (!word)
		return cg_error_set(err, ENOMEM, "cannot parse capabilities");
	for (size_t i = 0; i < CG_ARRAY_SIZE(modes) - !with_target; i++)
		if (strcmp(word, modes[i].name) == 0) {
			cg_error_set(err, 0, "'%s' stands alone, not in a list of capabilities",
				     word);
			return -EINVAL;
		}
	name = strncasecmp(word, "cap_", 4) == 0 ? word + 4 : word;
	cap = *name ? capng_name_to_capability(name) : -1;
	if (cap < 0 || cap > 63)
		return explain_unknown(name, with_target, err);
	caps->list |= CAP_BIT(cap);
	return 0;
}

int cg_caps_parse(const char *text, bool with_target, struct cg_caps *caps, struct cg_error *err)
{
	*caps = (struct cg_caps){ .mode = CG_CAPS_LIST };
	for (size_t i = 0; i < CG_ARRAY_SIZE(modes) - !with_target; i++)
		if (strcmp(text, modes[i].name) == 0) {
			caps->mode = modes[i].mode;
			return 0;
		}
	for (;;) {
		size_t len = strcspn(text, ",");
		int rc = parse_name(text, len, with_target, caps, err);

		if (rc < 0)
			return rc;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

/*
 * What another process has
 */

void cg_credentials_free(struct cg_credentials *credentials)
{
	free(credentials->groups);
	*credentials = (struct cg_credentials){ 0 };
}

/*
 * The next of the numbers in a line of text, which is moved behind it. Returns 0 or
 * -EBADMSG: a word that is no number, or one above most, or none.
 */
static int take_number(const char **text, int base, uint64_t most, uint64_t *number)
{
	const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
	const char *at = *text + strspn(*text, " \t");
	size_t len = strspn(at, digits);

	if (!len || !strchr(" \t\n", at[len]))
		return -EBADMSG;
	errno = 0;
	*number = strtoull(at, NULL, base);
	if (errno || *number > most)
		return -EBADMSG;
	*text = at + len;
	return 0;
}

static int parse_groups(const char *text, struct cg_credentials *credentials)
{
	while (*(text += strspn(text, " \t")) && *text != '\n') {
		gid_t *groups;
		uint64_t gid;

		if (take_number(&text, 10, UINT32_MAX, &gid) < 0)
			return -EBADMSG;
		groups = reallocarray(credentials->groups, credentials->group_count + 1,
				      sizeof(*groups));
		if (!groups)
			return -ENOMEM;
		credentials->groups = groups;
		groups[credentials->group_count++] = (gid_t)gid;
	}
	return 0;
}

/* The second number of "Uid:" and "Gid:" is the effective one. */
static int parse_effective(const char *value, unsigned int *id)
{
	uint64_t real, effective;

	if (!value || take_number(&value, 10, UINT32_MAX, &real) < 0 ||
	    take_number(&value, 10, UINT32_MAX, &effective) < 0)
		return -EBADMSG;
	*id = (unsigned int)effective;
	return 0;
}

int cg_credentials_parse(const char *text, struct cg_credentials *credentials)
{
	const struct {
		const char *name;
		uint64_t *set;
	} sets[] = { { "CapInh:\t", &credentials->inheritable },
		     { "CapPrm:\t", &credentials->permitted },
		     { "CapEff:\t", &credentials->effective },
		     { "CapBnd:\t", &credentials->bounding },
		     { "CapAmb:\t", &credentials->ambient } };
	const char *groups = cg_text_find(text, "Groups:\t");
	const char *no_new_privs = cg_text_find(text, "NoNewPrivs:\t");
	int rc = 0;

	cg_credentials_free(credentials);
	for (size_t i = 0; rc == 0 && i < CG_ARRAY_SIZE(sets); i++) {
		const char *value = cg_text_find(text, sets[i].name);

		rc = value ? take_number(&value, 16, UINT64_MAX, sets[i].set) : -EBADMSG;
	}
	if (rc == 0)
		rc = parse_effective(cg_text_find(text, "Uid:\t"), &credentials->uid);
	if (rc == 0)
		rc = parse_effective(cg_text_find(text, "Gid:\t"), &credentials->gid);
	if (rc == 0 && groups)
		rc = parse_groups(groups, credentials);
	credentials->no_new_privs = no_new_privs && *no_new_privs == '1';
	if (rc < 0)
		cg_credentials_free(credentials);
	return rc;
}

int cg_credentials_read(int procdir, struct cg_credentials *credentials, struct cg_error *err)
{
	struct cg_text text = { 0 };
	int rc = cg_procfs_read(procdir, "status", &text);

	if (rc == 0)
		rc = cg_credentials_parse(text.data, credentials);
	cg_text_free(&text);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read the credentials of the process");
	return 0;
}

/*
 * What this process has
 */

/* The five sets; capget(2) and capset(2) know the three in the middle. */
struct sets {
	uint64_t bounding, permitted, effective, inheritable, ambient;
};

static int read_own(struct sets *sets, struct cg_error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) != 0)
		return cg_error_set(err, errno, "cannot read the capabilities");
	sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

static int write_own(const struct sets *sets, struct cg_error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (unsigned int i = 0; i < CG_ARRAY_SIZE(data); i++)
		data[i] = (struct __user_cap_data_struct){
			.permitted = (uint32_t)(sets->permitted >> 32 * i),
			.effective = (uint32_t)(sets->effective >> 32 * i),
			.inheritable = (uint32_t)(sets->inheritable >> 32 * i),
		};
	if (syscall(SYS_capset, &header, data) != 0)
		return cg_error_set(err, errno, "cannot set the capabilities");
	return 0;
}

bool cg_privs_have(unsigned int capability)
{
	struct sets own = { 0 };

	return read_own(&own, NULL) == 0 && own.effective & CAP_BIT(capability);
}

/* "user:[4026531837] of user 1000" */
static void describe_user_namespace(int fd, char *text, size_t size)
{
	struct stat st;
	uid_t owner;
	int len;

	if (fstat(fd, &st) != 0) {
		snprintf(text, size, "user namespace");
		return;
	}
	len = snprintf(text, size, "user namespace user:[%ju]", (uintmax_t)st.st_ino);
	if (len > 0 && (size_t)len < size && ioctl(fd, NS_GET_OWNER_UID, &owner) == 0)
		snprintf(text + len, size - (size_t)len, " (of user %u)", owner);
}

int cg_privs_hint(struct cg_error *err, unsigned int capability, int nsfd, const char *what)
{
	bool own = nsfd < 0 || !cg_privs_have(capability);
	struct cg_cap_name name = cg_cap_name(capability);
	/* Given only to who is in it or above: a capability there holds in all below. */
	int owner = own ? -1 : ioctl(nsfd, NS_GET_USERNS);
	cleanup_fd int fd = -1;
	char where[96];

	if (cg_privs_have(capability) && (own || owner >= 0)) {
		cg_cleanup_fd(&owner);
		return cg_error_hint(err, "%s is there: %s may refuse it", name.text,
				     cg_procfs_is_filtered() ? "the seccomp filter of the caller"
							     : "a security module");
	}
	if (!own)
		return cg_error_hint(err,
				     "needs %s in the user namespace that owns %s, which is not "
				     "below the caller's",
				     name.text, what);
	fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	describe_user_namespace(fd, where, sizeof(where));
	return cg_error_hint(err, "needs %s in the caller's own %s", name.text, where);
}

/*
 * What the program shall have
 */

int cg_privs_protect(struct cg_error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return cg_error_set(err, errno,
				    "cannot keep other processes from looking into this one");
	return 0;
}

static int explain_ids(int errnum, unsigned int capability, const char *kind, unsigned int id,
		       struct cg_error *err)
{
	cg_error_set(err, errnum, "cannot become %s %u", kind, id);
	if (errnum == EINVAL)
		return cg_error_hint(err, "this id is not mapped in the user namespace");
	if (errnum == EPERM)
		return cg_privs_hint(err, capability, -1, NULL);
	if (errnum == EAGAIN)
		return cg_error_hint(err,
				     "the user's limit of processes is reached (RLIMIT_NPROC)");
	return -errnum;
}

static int apply_ids(const struct cg_privs *privs, struct cg_error *err)
{
	if (privs->groups_mode != CG_GROUPS_KEEP &&
	    setgroups(privs->group_count, privs->groups) != 0 &&
	    (errno != EPERM || privs->groups_mode != CG_GROUPS_SET_TRY)) {
		cg_error_set(err, errno, "cannot set the supplementary groups");
		if (err && err->errnum == EPERM && cg_privs_have(CAP_SETGID))
			return cg_error_hint(err, "setgroups is denied in this user namespace "
						  "(user_namespaces(7))");
		return cg_privs_hint(err, CAP_SETGID, -1, NULL);
	}
	if (privs->set_gid && setresgid(privs->gid, privs->gid, privs->gid) != 0)
		return explain_ids(errno, CAP_SETGID, "group", privs->gid, err);
	if (privs->set_uid && setresuid(privs->uid, privs->uid, privs->uid) != 0)
		return explain_ids(errno, CAP_SETUID, "user", privs->uid, err);
	return 0;
}

/* Until the kernel says EINVAL: it knows which capability is its last. */
static int apply_bounding(uint64_t keep, struct cg_error *err)
{
	for (unsigned int cap = 0; cap < 64; cap++) {
		int has = prctl(PR_CAPBSET_READ, cap);

		if (has < 0)
			break;
		if (!has || keep & CAP_BIT(cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap) != 0) {
			cg_error_set(err, errno, "cannot reduce the capability bounding set");
			return cg_privs_hint(err, CAP_SETPCAP, -1, NULL);
		}
	}
	return 0;
}

static int apply_ambient(uint64_t ambient, struct cg_error *err)
{
	/* Kernels before 4.3 have no ambient set: nothing to clear. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned int cap = 0; cap < 64; cap++)
		if (ambient & CAP_BIT(cap) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0) {
			int errnum = errno;

			return cg_error_set(err, errnum, "cannot give %s to the program",
					    cg_cap_name(cap).text);
		}
	return 0;
}

/* Empties the inheritable set, and the ambient one with it (capabilities(7)). */
static int drop_inheritable(struct cg_error *err)
{
	struct sets own = { 0 };
	int rc = read_own(&own, err);

	if (rc < 0 || !own.inheritable)
		return rc;
	own.inheritable = 0;
	return write_own(&own, err);
}

/* Fills *sets, which is empty, as far as it can be known before anything is changed. */
static int choose_sets(const struct cg_privs *privs, struct sets *sets, struct cg_error *err)
{
	const struct cg_credentials *target = privs->target;
	struct sets own;
	bool root = (privs->set_uid ? privs->uid : geteuid()) == 0;
	int rc;

	if (privs->caps.mode == CG_CAPS_NONE)
		return 0;
	rc = read_own(&own, err);
	if (rc < 0)
		return rc;
	if (privs->caps.mode == CG_CAPS_LIST) {
		uint64_t lacking = privs->caps.list & ~own.permitted;
		cleanup_free char *names = set_names(lacking);

		if (lacking)
			return cg_error_set(err, EPERM,
					    "cannot give the program what the caller lacks (%s)",
					    names ? names : "no memory for their names");
		sets->bounding = sets->permitted = sets->effective = privs->caps.list;
		sets->inheritable = sets->ambient = privs->caps.list;
		return 0;
	}
	sets->permitted = own.permitted & target->permitted;
	sets->effective = own.permitted & target->effective;
	sets->ambient = sets->inheritable = sets->permitted & target->ambient;
	/* The exec gives root the whole bounding set: no more of it than the target can use. */
	sets->bounding = root ? target->bounding & target->permitted : target->bounding;
	return 0;
}

int cg_privs_apply(const struct cg_privs *privs, struct cg_error *err)
{
	bool sets_given = privs->caps.mode != CG_CAPS_KEEP;
	bool no_new_privs = privs->no_new_privs ||
			    (privs->caps.mode == CG_CAPS_TARGET && privs->target->no_new_privs);
	struct sets sets = { 0 };
	int rc = 0;

	if (sets_given) {
		rc = choose_sets(privs, &sets, err);
		if (rc == 0)
			rc = apply_bounding(sets.bounding, err);
		/* What is to be kept survives the change of the user id. */
		if (rc == 0 && privs->set_uid && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
			rc = cg_error_set(err, errno,
					  "cannot keep capabilities over a change of user");
	}
	if (rc == 0)
		rc = apply_ids(privs, err);
	if (rc == 0)
		rc = sets_given ? write_own(&sets, err) : drop_inheritable(err);
	if (rc == 0 && sets_given)
		rc = apply_ambient(sets.ambient, err);
	if (rc == 0 && no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		rc = cg_error_set(err, errno, "cannot set no-new-privs");
	return rc;
}
