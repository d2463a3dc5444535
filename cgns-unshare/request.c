/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cgns-unshare/request.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "cgroupfs.h"
#include "ns.h"
#include "path.h"
#include "syscalls.h"

#define NO_ID ((unsigned int)-1)

enum {
	OPTION_RM = CG_OPTION_LONG,
	OPTION_OWNER,
	OPTION_SUBGROUP,
	OPTION_MOUNT_PROC,
	OPTION_KILL_CHILD,
	OPTION_CAPS,
	OPTION_NO_NEW_PRIVS,
};

static const struct cg_option cgns_unshare_options[] = {
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "Root:" },
	{ 'g', "cgroup", CG_NEEDS_ARGUMENT, "[HIERARCHY:]PATH",
	  "enter this cgroup first, so that it is the root;\n"
	  "relative to the caller's own; in that hierarchy, or\n"
	  "in every one that is mounted" },
	{ 'N', "create", CG_NO_ARGUMENT, NULL, "create what is missing of it" },
	{ OPTION_RM, "rm", CG_NO_ARGUMENT, NULL,
	  "remove what was created when the program has ended,\n"
	  "and kill what is left in it (implies --fork)" },
	{ OPTION_OWNER, "owner", CG_NEEDS_ARGUMENT, "USER[:GROUP]", "delegate what was created" },
	{ OPTION_SUBGROUP, "subgroup", CG_NEEDS_ARGUMENT, "NAME",
	  "run the program in this child of the root" },
	{ 'M', "mount-cgroup", CG_MAY_HAVE_ARGUMENT, "DIR",
	  "mount the cgroup filesystems afresh, on their places\n"
	  "or below DIR, so that they agree with the namespace" },
	{ 'P', "persist", CG_NEEDS_ARGUMENT, "FILE",
	  "keep the namespace by a bind mount on FILE; without\n"
	  "a program, exit after that" },
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "Other namespaces:" },
	{ 'U', "user", CG_NO_ARGUMENT, NULL, "unshare the user namespace" },
	{ 'r', "map-root-user", CG_NO_ARGUMENT, NULL,
	  "map the caller's user to root (implies --user)" },
	{ 'c', "map-current-user", CG_NO_ARGUMENT, NULL,
	  "map the caller's user to itself (implies --user)" },
	{ 'm', "mount", CG_NO_ARGUMENT, NULL, "unshare the mount namespace" },
	{ 'i', "ipc", CG_NO_ARGUMENT, NULL, "unshare the IPC namespace" },
	{ 'n', "net", CG_NO_ARGUMENT, NULL, "unshare the network namespace" },
	{ 'p', "pid", CG_NO_ARGUMENT, NULL,
	  "unshare the PID namespace; with --fork, the program\n"
	  "is its first process" },
	{ 'u', "uts", CG_NO_ARGUMENT, NULL, "unshare the UTS namespace" },
	{ 'T', "time", CG_NO_ARGUMENT, NULL, "unshare the time namespace" },
	{ OPTION_MOUNT_PROC, "mount-proc", CG_MAY_HAVE_ARGUMENT, "DIR",
	  "mount a new proc filesystem on /proc or DIR\n"
	  "(implies --mount)" },
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "Program:" },
	{ 'f', "fork", CG_NO_ARGUMENT, NULL, "run the program as a child, and wait for it" },
	{ OPTION_KILL_CHILD, "kill-child", CG_MAY_HAVE_ARGUMENT, "SIGNAL",
	  "send the program this signal (default: KILL) when\n"
	  "cgns-unshare dies (implies --fork)" },
	{ 'S', "setuid", CG_NEEDS_ARGUMENT, "USER", "run the program as this user" },
	{ 'G', "setgid", CG_NEEDS_ARGUMENT, "GROUP",
	  "run the program with this group, and no others" },
	{ 'R', "root", CG_NEEDS_ARGUMENT, "DIR", "run the program with this root directory" },
	{ 'w', "wd", CG_NEEDS_ARGUMENT, "DIR", "run the program in this working directory" },
	{ OPTION_CAPS, "caps", CG_NEEDS_ARGUMENT, "LIST",
	  "keep (default), none, or the capabilities that the\n"
	  "program gets; it can gain no others" },
	{ OPTION_NO_NEW_PRIVS, "no-new-privs", CG_NO_ARGUMENT, NULL,
	  "the program gains nothing by set-user-ID bits and\n"
	  "file capabilities" },
	{ 'v', "verbose", CG_NO_ARGUMENT, NULL, "say each step on standard error" },
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "Other:" },
	{ 'h', "help", CG_NO_ARGUMENT, NULL, "print this, and exit" },
	{ 'V', "version", CG_NO_ARGUMENT, NULL, "print the version, and exit" },
};

const struct cg_program cgns_unshare_program = {
	.name = "cgns-unshare",
	.synopsis = "[options] [program [argument...]]",
	.purpose = "Run a program in a new cgroup namespace, rooted where you say.",
	.notes = "Without a program, $SHELL is run, else /bin/sh.",
	.manual = "cgns-unshare(1)",
	.stop_at_first = true,
	.options = cgns_unshare_options,
	.option_count = CG_ARRAY_SIZE(cgns_unshare_options),
};

void request_free(struct request *request)
{
	for (size_t i = 0; i < request->place_count; i++)
		free(request->places[i].hierarchy);
	free(request->places);
}

/* Refuses what no cgroup can be called before anything is looked up. */
static int check_path(const char *path, struct cg_error *err)
{
	cleanup_free char *copy = strdup(path);

	if (!copy)
		return cg_error_set(err, ENOMEM, "cannot read --cgroup");
	if (!*path) {
		cg_error_set(err, 0, "--cgroup names no cgroup");
		return cg_error_hint(err, "'.' is the caller's own");
	}
	if (cg_path_has_dotdot(path)) {
		cg_error_set(err, 0, "'..' is refused in --cgroup: %s", path);
		return cg_error_hint(err, "write it as an absolute path, as cgns-path prints it");
	}
	for (char *state = NULL, *name = strtok_r(copy, "/", &state); name;
	     name = strtok_r(NULL, "/", &state)) {
		if (strcmp(name, ".") && !cg_cgroup_name_valid(name)) {
			cg_error_set(err, 0, "'%s' is no name for a cgroup", name);
			return cg_error_hint(err,
					     "at most 255 bytes, without newline (cgroups(7))");
		}
	}
	return 0;
}

/* A colon after a slash belongs to the path: "./a:b" and "/a:b" name no hierarchy. */
static int add_place(struct request *request, const char *text, struct cg_error *err)
{
	size_t head = strcspn(text, ":/");
	struct place *more;

	more = reallocarray(request->places, request->place_count + 1, sizeof(*more));
	if (!more)
		return cg_error_set(err, ENOMEM, "cannot read --cgroup");
	request->places = more;
	more += request->place_count++;
	*more = (struct place){ .hierarchy = NULL, .path = text };
	if (text[head] == ':') {
		more->hierarchy = strndup(text, head);
		if (!more->hierarchy)
			return cg_error_set(err, ENOMEM, "cannot read --cgroup");
		more->path = text + head + 1;
	}
	return check_path(more->path, err);
}

/* Returns false where text is no number that can be an id. */
static bool parse_number(const char *text, unsigned int *id)
{
	char *end;
	unsigned long number;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	*id = (unsigned int)number;
	return !errno && !*end && number < NO_ID;
}

static int parse_user(const char *text, uid_t *uid, gid_t *login_group, struct cg_error *err)
{
	const struct passwd *user;
	bool numeric = parse_number(text, uid);

	*login_group = NO_ID;
	/* A number is taken as it is: the user database may not know it, or not be at hand. */
	user = numeric ? NULL : getpwnam(text);
	if (user) {
		*uid = user->pw_uid;
		*login_group = user->pw_gid;
	} else if (!numeric) {
		return cg_error_set(err, 0, "no such user: '%s'", text);
	}
	return 0;
}

static int parse_group(const char *text, gid_t *gid, struct cg_error *err)
{
	const struct group *group;

	if (parse_number(text, gid))
		return 0;
	group = getgrnam(text);
	if (!group)
		return cg_error_set(err, 0, "no such group: '%s'", text);
	*gid = group->gr_gid;
	return 0;
}

static int parse_owner(const char *text, struct request *request, struct cg_error *err)
{
	size_t length = strcspn(text, ":");
	cleanup_free char *user = strndup(text, length);
	int rc;

	if (!user)
		return cg_error_set(err, ENOMEM, "cannot read --owner");
	request->own = true;
	rc = parse_user(user, &request->owner, &request->owner_group, err);
	if (!rc && text[length])
		rc = parse_group(text + length + 1, &request->owner_group, err);
	return rc;
}

static int parse_setuid(const char *text, struct cg_privs *privs, struct cg_error *err)
{
	gid_t ignored;

	privs->set_uid = true;
	return parse_user(text, &privs->uid, &ignored, err);
}

/* As unshare(1): a group given means no supplementary groups. */
static int parse_setgid(const char *text, struct cg_privs *privs, struct cg_error *err)
{
	privs->set_gid = true;
	privs->groups_mode = CG_GROUPS_SET;
	return parse_group(text, &privs->gid, err);
}

static int parse_signal(const char *text, int *signal, struct cg_error *err)
{
	const char *name = strncmp(text, "SIG", 3) ? text : text + 3;
	unsigned int number;

	if (parse_number(text, &number) && number > 0 && (int)number <= SIGRTMAX) {
		*signal = (int)number;
		return 0;
	}
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *known = sigabbrev_np(i);

		if (known && !strcmp(known, name)) {
			*signal = i;
			return 0;
		}
	}
	cg_error_set(err, 0, "no such signal: '%s'", text);
	return cg_error_hint(err, "kill -l lists them");
}

static int set_subgroup(const char *name, struct request *request, struct cg_error *err)
{
	request->subgroup = name;
	if (cg_cgroup_name_valid(name))
		return 0;
	cg_error_set(err, 0, "'%s' is no name for a cgroup", name);
	return cg_error_hint(err, "one name, at most 255 bytes, without slash and newline");
}

static int take_option(int val, const char *argument, struct request *request, struct cg_error *err)
{
	switch (val) {
	case 'g':
		return add_place(request, argument, err);
	case 'N':
		request->create = true;
		return 0;
	case OPTION_RM:
		request->remove = request->fork = true;
		return 0;
	case OPTION_OWNER:
		return parse_owner(argument, request, err);
	case OPTION_SUBGROUP:
		return set_subgroup(argument, request, err);
	case 'M':
		request->mount_cgroup = true;
		request->mount_cgroup_dir = argument;
		request->namespaces |= CLONE_NEWNS;
		return 0;
	case 'P':
		request->persist = argument;
		return 0;
	case 'r':
	case 'c':
		request->id_map = val == 'r' ? MAP_ROOT : MAP_CURRENT;
		request->namespaces |= CLONE_NEWUSER;
		return 0;
	case OPTION_MOUNT_PROC:
		request->mount_proc = argument ? argument : "/proc";
		request->namespaces |= CLONE_NEWNS;
		return 0;
	case 'f':
		request->fork = true;
		return 0;
	case OPTION_KILL_CHILD:
		request->fork = true;
		request->kill_child = SIGKILL;
		return argument ? parse_signal(argument, &request->kill_child, err) : 0;
	case 'S':
		return parse_setuid(argument, &request->privs, err);
	case 'G':
		return parse_setgid(argument, &request->privs, err);
	case 'R':
		request->root = argument;
		return 0;
	case 'w':
		request->directory = argument;
		return 0;
	case OPTION_CAPS:
		return cg_caps_parse(argument, false, &request->privs.caps, err);
	case OPTION_NO_NEW_PRIVS:
		request->privs.no_new_privs = true;
		return 0;
	case 'v':
		request->verbose = true;
		return 0;
	default: /* U m i n p u T: as the table of namespaces has them */
		request->namespaces |= cg_ns_by_option((char)val)->flag;
		return 0;
	}
}

static int verify(struct request *request, struct cg_error *err)
{
	if (!request->persist || request->argv[0])
		return 0;
	if (request->remove) {
		cg_error_set(err, 0, "--persist with --rm needs a program");
		return cg_error_hint(err, "without one, the root would be removed at once");
	}
	request->fork = true;
	return 0;
}

enum request_result request_parse(int argc, char **argv, struct request *request,
				  struct cg_error *err)
{
	cleanup_options struct cg_options options = { 0 };
	int val;

	*request = (struct request){ .namespaces = CLONE_NEWCGROUP };
	if (cg_options_start(&options, &cgns_unshare_program, argc, argv, err) < 0)
		return REQUEST_WRONG;
	while ((val = cg_options_next(&options, err)) != -1) {
		if (val == '?')
			return REQUEST_WRONG;
		if (val == 'h' || val == 'V') {
			if (val == 'h')
				cg_options_help(&cgns_unshare_program);
			else
				cg_options_version(&cgns_unshare_program);
			return REQUEST_ANSWERED;
		}
		if (take_option(val, options.argument, request, err) < 0)
			return REQUEST_WRONG;
	}
	request->argv = argv + optind;
	return verify(request, err) < 0 ? REQUEST_WRONG : REQUEST_RUN;
}
