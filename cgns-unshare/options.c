/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgns-unshare/options.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/cgroupfs.h"
#include "ids.h"
#include "ns.h"
#include "path.h"
#include "syscalls.h"

enum {
	OPTION_RM = CG_OPTION_LONG,
	OPTION_OWNER,
	OPTION_SET,
	OPTION_SUBGROUP,
	OPTION_MOUNT_PROC,
	OPTION_KILL_CHILD,
	OPTION_CAPS,
	OPTION_NO_NEW_PRIVS,
};

static const struct cg_option cgns_unshare_options[] = {
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "Root:" },
	{ 'g', "cgroup", CG_NEEDS_ARGUMENT, "[HIERARCHY:]PATH",
	  "use this cgroup as the root; a relative PATH starts\n"
	  "at your own cgroup; in that hierarchy, or in every\n"
	  "one that is mounted" },
	{ 'N', "create", CG_NO_ARGUMENT, NULL, "create the cgroup if it is missing" },
	{ OPTION_SET, "set", CG_NEEDS_ARGUMENT, "FILE=VALUE",
	  "set a limit of what is created: memory.max=512M" },
	{ OPTION_RM, "rm", CG_NO_ARGUMENT, NULL,
	  "remove what was created when the program has ended,\n"
	  "and kill what is left in it (implies --fork)" },
	{ OPTION_OWNER, "owner", CG_NEEDS_ARGUMENT, "USER[:GROUP]", "delegate what was created" },
	{ OPTION_SUBGROUP, "subgroup", CG_NEEDS_ARGUMENT, "NAME",
	  "run the program in this child of the root" },
	{ 'M', "mount-cgroup", CG_MAY_HAVE_ARGUMENT, "DIR", CG_HELP_MOUNT_CGROUP },
	{ 'P', "persist", CG_NEEDS_ARGUMENT, "FILE",
	  "keep the namespace by a bind mount on FILE; without\n"
	  "a program, exit after that" },
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "Other namespaces:" },
	{ 'C', NULL, CG_NO_ARGUMENT, NULL, "accepted: the cgroup namespace is always new" },
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
	{ OPTION_NO_NEW_PRIVS, "no-new-privs", CG_NO_ARGUMENT, NULL, CG_HELP_NO_NEW_PRIVS },
	{ 'v', "verbose", CG_NO_ARGUMENT, NULL, "say each step on standard error" },
	CG_OPTIONS_LAST,
};

static const struct cg_habit habits[] = {
	{ 't', "target", "an existing namespace is entered with cgns-enter --target" },
	{ 0, NULL, NULL },
};

const struct cg_program cgns_unshare = {
	.name = "cgns-unshare",
	.synopsis = "[options] [program [argument...]]",
	.purpose = "Run a program in a new cgroup namespace, rooted where you say.",
	.notes = "Without a program, $SHELL is run, else /bin/sh.",
	.manual = "cgns-unshare(1)",
	.stop_at_first = true,
	.options = cgns_unshare_options,
	.option_count = CG_ARRAY_SIZE(cgns_unshare_options),
	.habits = habits,
};

void request_free(struct request *request)
{
	for (size_t i = 0; i < request->place_count; i++)
		free(request->places[i].hierarchy);
	free(request->places);
	cg_settings_free(&request->settings);
}

static int refuse_dotdot(const char *path, struct cg_error *err)
{
	cleanup_free char *normal = NULL;

	cg_error_set(err, 0, "'..' is refused in --cgroup: %s", path);
	if (*path != '/')
		return cg_error_hint(err, "write an absolute path: cgns-path prints the caller's "
					  "own");
	if (cg_path_normalize(path, &normal) < 0)
		return -EINVAL;
	if (cg_path_is_outside(normal))
		return cg_error_hint(err, "it is not below the root of the caller's cgroup "
					  "namespace, which cannot be left this way");
	return cg_error_hint(err, "write %s", normal);
}

/* Refuses what no cgroup can be called before anything is looked up. */
static int check_path(const char *path, struct cg_error *err)
{
	cleanup_free char *copy = strdup(path);

	if (!copy)
		return cg_error_set(err, ENOMEM, "cannot read --cgroup");
	if (!*path) {
		cg_error_set(err, 0, "--cgroup is empty");
		return cg_error_hint(err, "'.' is the caller's own");
	}
	if (cg_path_has_dotdot(path))
		return refuse_dotdot(path, err);
	for (char *state = NULL, *name = strtok_r(copy, "/", &state); name;
	     name = strtok_r(NULL, "/", &state))
		if (strcmp(name, ".") && cg_cgroup_check_name(name, err) < 0)
			return -EINVAL;
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

static int parse_owner(const char *text, struct request *request, struct cg_error *err)
{
	size_t length = strcspn(text, ":");
	cleanup_free char *user = strndup(text, length);
	int rc;

	if (!user)
		return cg_error_set(err, ENOMEM, "cannot read --owner");
	request->own = true;
	rc = cg_parse_user(user, &request->owner, &request->owner_group, err);
	if (rc == 0 && text[length])
		rc = cg_parse_group(text + length + 1, &request->owner_group, err);
	return rc;
}

static int parse_setuid(const char *text, struct cg_privs *privs, struct cg_error *err)
{
	privs->set_uid = true;
	return cg_parse_user(text, &privs->uid, NULL, err);
}

/* As unshare(1): a group given means no supplementary groups. */
static int parse_setgid(const char *text, struct cg_privs *privs, struct cg_error *err)
{
	privs->set_gid = true;
	privs->groups_mode = CG_GROUPS_SET;
	return cg_parse_group(text, &privs->gid, err);
}

/* Namespaces beside the cgroup one, and what is done in them. */
static int take_namespace(int val, const char *argument, struct request *request)
{
	switch (val) {
	case 'M':
		request->mount_cgroup = true;
		request->mount_cgroup_dir = argument;
		request->namespaces |= CLONE_NEWNS;
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
	default: /* C U m i n p u T: as the table of namespaces has them */
		request->namespaces |= cg_ns_by_option((char)val)->flag;
		return 0;
	}
}

static int take_option(int val, const char *argument, void *data, struct cg_error *err)
{
	struct request *request = data;

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
	case OPTION_SET:
		return cg_settings_add(&request->settings, argument, err);
	case OPTION_SUBGROUP:
		request->subgroup = argument;
		return cg_cgroup_check_name(argument, err);
	case 'P':
		request->persist = argument;
		return 0;
	case 'f':
		request->fork = true;
		return 0;
	case OPTION_KILL_CHILD:
		request->fork = true;
		request->kill_child = SIGKILL;
		return argument ? cg_parse_signal(argument, &request->kill_child, err) : 0;
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
		request->says = cgns_unshare.name;
		return 0;
	default:
		return take_namespace(val, argument, request);
	}
}

/* What is of no use where no cgroup is named that could be made. */
static int verify_cgroup(const struct request *request, struct cg_error *err)
{
	const char *option = request->remove ? "--rm" : request->own ? "--owner" : NULL;

	if (request->settings.count && !(request->place_count && request->create)) {
		cg_error_set(err, 0, "--set needs --cgroup and --create");
		return cg_error_hint(err, "it is for what this run creates");
	}
	if (request->place_count || (request->subgroup && !request->create))
		return 0;
	if (request->create)
		option = "--create";
	if (!option)
		return 0;
	cg_error_set(err, 0, "%s needs --cgroup", option);
	return cg_error_hint(err, "it is about the cgroup that --cgroup PATH names");
}

static int verify(struct request *request, struct cg_error *err)
{
	int rc = verify_cgroup(request, err);

	if (rc < 0)
		return rc;
	if (!request->persist || request->argv[0])
		return 0;
	if (request->remove) {
		cg_error_set(err, 0, "--persist with --rm needs a program");
		return cg_error_hint(err, "without one, the root would be removed at once");
	}
	request->fork = true;
	return 0;
}

int request_parse(int argc, char **argv, struct request *request, struct cg_error *err)
{
	int rc;

	*request = (struct request){ .namespaces = CLONE_NEWCGROUP };
	rc = cg_options_parse(&cgns_unshare, argc, argv, take_option, request, err);
	request->argv = argv + optind;
	return rc ?: verify(request, err);
}
