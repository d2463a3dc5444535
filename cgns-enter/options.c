/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroupfs/cgroupfs.h"
#include "ids.h"
#include "ns.h"

enum {
	OPTION_JOIN_ROOT = CG_OPTION_LONG,
	OPTION_SUBGROUP,
	OPTION_CAPS,
	OPTION_NO_NEW_PRIVS,
	OPTION_KEEP_FDS,
};

/* clang-format off */
static const struct cg_option cgns_enter_options[] = {
	{ 't', "target", CG_NEEDS_ARGUMENT, "TARGET", "whose namespace to enter" },
	{ 0, NULL, 0, NULL, "Cgroups:" },
	{ 'c', "join-cgroup", CG_NO_ARGUMENT, NULL, "move into the target process's cgroup, in every mounted hierarchy" },
	{ OPTION_JOIN_ROOT, "join-root", CG_NO_ARGUMENT, NULL, "move into the namespace's root instead; works without a process" },
	{ OPTION_SUBGROUP, "subgroup", CG_NEEDS_ARGUMENT, "NAME", "join child NAME of that cgroup, created if missing" },
	{ 'M', "mount-cgroup", CG_MAY_HAVE_ARGUMENT, "DIR", CG_HELP_MOUNT_CGROUP },
	{ 0, NULL, 0, NULL, "Other namespaces of the target process:" },
	{ 'a', "all", CG_NO_ARGUMENT, NULL, "enter all that are not the caller's already" },
	{ 'C', "cgroup", CG_NO_ARGUMENT, NULL, "accepted: the cgroup namespace is always entered" },
	{ 'U', "user", CG_NO_ARGUMENT, NULL, "enter the user namespace (as root in there, if not told otherwise)" },
	{ 'm', "mount", CG_NO_ARGUMENT, NULL, "enter the mount namespace" },
	{ 'i', "ipc", CG_NO_ARGUMENT, NULL, "enter the IPC namespace" },
	{ 'n', "net", CG_NO_ARGUMENT, NULL, "enter the network namespace" },
	{ 'p', "pid", CG_NO_ARGUMENT, NULL, "enter the PID namespace" },
	{ 'u', "uts", CG_NO_ARGUMENT, NULL, "enter the UTS namespace" },
	{ 'T', "time", CG_NO_ARGUMENT, NULL, "enter the time namespace" },
	{ 0, NULL, 0, NULL, "The program:" },
	{ 'S', "setuid", CG_NEEDS_ARGUMENT, "USER|follow", "user to run it as; follow: the target process's" },
	{ 'G', "setgid", CG_NEEDS_ARGUMENT, "GROUP|follow", "group to run it as; follow: the target process's groups" },
	{ 'r', "root", CG_MAY_HAVE_ARGUMENT, "DIR", "root directory; without DIR the target process's" },
	{ 'w', "wd", CG_MAY_HAVE_ARGUMENT, "DIR", "working directory; without DIR the target process's" },
	{ 'e', "env", CG_NO_ARGUMENT, NULL, "the target process's environment" },
	{ 'F', "no-fork", CG_NO_ARGUMENT, NULL, "run it instead of cgns-enter, not as its child" },
	{ OPTION_CAPS, "caps", CG_NEEDS_ARGUMENT, "LIST", "capabilities: keep (default), none, names, or target: no more than the target process has" },
	{ OPTION_NO_NEW_PRIVS, "no-new-privs", CG_NO_ARGUMENT, NULL, CG_HELP_NO_NEW_PRIVS },
	{ OPTION_KEEP_FDS, "keep-fds", CG_NO_ARGUMENT, NULL, "pass on inherited descriptors above 2 to a program of the target's, too" },
	{ 'v', "verbose", CG_NO_ARGUMENT, NULL, "say each step on standard error" },
	CG_OPTIONS_LAST,
};
/* clang-format on */

const struct cg_program cgns_enter = {
	.name = "cgns-enter",
	.synopsis = "-t TARGET [options] [program [argument...]]",
	.purpose = "Run a program in an existing cgroup namespace.",
	.notes =
		"The program's cgroup stays the caller's, unless it is told to join.\n" CG_NOTE_TARGET,
	.manual = "cgns-enter(1)",
	.stop_at_first = true,
	.options = cgns_enter_options,
	.option_count = CG_ARRAY_SIZE(cgns_enter_options),
};

static int parse_user(const char *text, struct enter_id *id, struct cg_error *err)
{
	id->mode = strcmp(text, "follow") ? ENTER_ID_NUMBER : ENTER_ID_FOLLOW;
	return id->mode == ENTER_ID_FOLLOW ? 0 : cg_parse_user(text, &id->number, NULL, err);
}

static int parse_group(const char *text, struct enter_id *id, struct cg_error *err)
{
	id->mode = strcmp(text, "follow") ? ENTER_ID_NUMBER : ENTER_ID_FOLLOW;
	return id->mode == ENTER_ID_FOLLOW ? 0 : cg_parse_group(text, &id->number, err);
}

static int set_join(struct enter_options *options, enum enter_join join, struct cg_error *err)
{
	if (options->join != ENTER_STAY && options->join != join)
		return cg_error_set(err, 0, "--join-cgroup and --join-root exclude each other");
	options->join = join;
	return 0;
}

static void set_directory(struct enter_directory *directory, const char *name)
{
	*directory = (struct enter_directory){ .asked_for = true, .name = name };
}

static int take_option(int val, const char *argument, void *data, struct cg_error *err)
{
	struct enter_options *options = data;

	switch (val) {
	case 't':
		options->target = argument;
		return 0;
	case 'c':
		return set_join(options, ENTER_JOIN_CGROUP, err);
	case OPTION_JOIN_ROOT:
		return set_join(options, ENTER_JOIN_ROOT, err);
	case OPTION_SUBGROUP:
		options->subgroup = argument;
		return 0;
	case 'M':
		options->mount_cgroup = true;
		options->mount_dir = argument;
		return 0;
	case 'a':
		options->all = true;
		return 0;
	case 'S':
		return parse_user(argument, &options->uid, err);
	case 'G':
		return parse_group(argument, &options->gid, err);
	case 'r':
		set_directory(&options->root, argument);
		return 0;
	case 'w':
		set_directory(&options->wd, argument);
		return 0;
	case 'e':
		options->env = true;
		return 0;
	case 'F':
		options->no_fork = true;
		return 0;
	case OPTION_CAPS:
		return cg_caps_parse(argument, true, &options->caps, err);
	case OPTION_NO_NEW_PRIVS:
		options->no_new_privs = true;
		return 0;
	case OPTION_KEEP_FDS:
		options->keep_fds = true;
		return 0;
	case 'v':
		options->says = cgns_enter.name;
		return 0;
	default: /* C U m i n p u T: as the table of namespaces has them */
		options->namespaces |= cg_ns_by_option((char)val)->flag & ~CLONE_NEWCGROUP;
		return 0;
	}
}

/* The option for which a target without a process would not do, or NULL. */
static const char *needs_process(const struct enter_options *options)
{
	const struct {
		bool asked_for;
		const char *name;
	} wishes[] = {
		{ options->join == ENTER_JOIN_CGROUP, "--join-cgroup" },
		{ options->all, "--all" },
		{ options->namespaces & ~CLONE_NEWUSER, "entering other namespaces" },
		{ options->uid.mode == ENTER_ID_FOLLOW, "--setuid follow" },
		{ options->gid.mode == ENTER_ID_FOLLOW, "--setgid follow" },
		{ options->root.asked_for && !options->root.name, "--root without a directory" },
		{ options->wd.asked_for && !options->wd.name, "--wd without a directory" },
		{ options->env, "--env" },
		{ options->caps.mode == CG_CAPS_TARGET, "--caps target" },
	};

	for (size_t i = 0; i < CG_ARRAY_SIZE(wishes); i++)
		if (wishes[i].asked_for)
			return wishes[i].name;
	return NULL;
}

int enter_options_check_target(const struct enter_options *options, struct cg_error *err)
{
	const char *wish = needs_process(options);

	if (!wish)
		return 0;
	cg_error_set(err, 0, "%s needs a process as TARGET, and '%s' names a namespace", wish,
		     options->target);
	if (options->join == ENTER_JOIN_CGROUP)
		return cg_error_hint(err, "--join-root works without a process");
	return cg_error_hint(err, "use PID, PID:PIDFD_INODE, /proc/PID or cgroup:/PATH");
}

/* What only a look at the file can tell is told when it is opened. */
static int verify_target(const struct enter_options *options, struct cg_error *err)
{
	struct cg_target_spec spec;
	struct stat st;
	int rc = cg_target_parse(options->target, &spec, err);

	if (rc < 0)
		return rc;
	if (spec.form == CG_TARGET_INODE ||
	    (spec.form == CG_TARGET_FILE && (stat(spec.name, &st) < 0 || !S_ISDIR(st.st_mode))))
		return enter_options_check_target(options, err);
	return 0;
}

static int verify(const struct enter_options *options, struct cg_error *err)
{
	if (!options->target) {
		cg_error_set(err, 0, "no target");
		return cg_error_hint(err, "say whose namespace to enter, with --target TARGET");
	}
	if (options->subgroup && options->join == ENTER_STAY) {
		cg_error_set(err, 0, "--subgroup needs a cgroup to be joined");
		return cg_error_hint(err, "add --join-cgroup or --join-root");
	}
	if (options->subgroup && cg_cgroup_check_name(options->subgroup, err) < 0)
		return -EINVAL;
	if (options->mount_cgroup && (options->all || options->namespaces & CLONE_NEWNS)) {
		cg_error_set(err, 0, "--mount-cgroup excludes --mount and --all");
		return cg_error_hint(err, "it gives the host's files with the target's view of "
					  "cgroups; the target's mount namespace has its own");
	}
	return verify_target(options, err);
}

int enter_options_parse(int argc, char **argv, struct enter_options *options, struct cg_error *err)
{
	int rc;

	*options = (struct enter_options){ .argv = argv };
	rc = cg_options_parse(&cgns_enter, argc, argv, take_option, options, err);
	options->program = argv + optind;
	return rc ?: verify(options, err);
}
