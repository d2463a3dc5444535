/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the names that runtimes, kubelet and systemd give to cgroups. */
#include "owner.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

enum {
	ID_DIGITS = 64,	       /* of a container */
	PREFIXED_DIGITS = 32,  /* enough where the runtime says its name before it */
	TASK_DIGITS = 32,      /* of an ECS task */
	BUILD_CHARACTERS = 20, /* of a build step, at least */
};

/* ---- what can stand for a container or a pod; text becomes what it is called ---- */

bool cg_owner_is_hex(const char *text, size_t count)
{
	size_t len = strspn(text, "0123456789abcdef");

	return len >= count && text[len] == '\0';
}

static bool is_id(char *text)
{
	return strlen(text) == ID_DIGITS && cg_owner_is_hex(text, ID_DIGITS);
}

static bool is_prefixed_id(char *text)
{
	return cg_owner_is_hex(text, PREFIXED_DIGITS);
}

static bool is_name(char *text)
{
	return *text != '\0';
}

/* lxc.cgroup.dir can be "lxc": then monitors have their cgroups there, too. */
static bool is_name_below_lxc(char *text)
{
	return !cg_starts_with(text, "lxc.") && is_name(text);
}

static int hex_value(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, tolower((unsigned char)digit)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Undoes systemd's \xHH (systemd.unit(5), "String escaping"). */
static bool is_escaped_name(char *text)
{
	char *out = text;

	for (const char *at = text; *at; out++) {
		if (at[0] == '\\' && at[1] == 'x' && hex_value(at[2]) >= 0 &&
		    hex_value(at[3]) >= 0 && (hex_value(at[2]) || hex_value(at[3]))) {
			*out = (char)(hex_value(at[2]) * 16 + hex_value(at[3]));
			at += 4;
		} else {
			*out = *at++;
		}
	}
	*out = '\0';
	return out != text;
}

/* 64 digits, or those of the task with a number. */
static bool is_task_member(char *text)
{
	size_t digits = strspn(text, "0123456789abcdef");
	size_t number = text[digits] == '-' ? strspn(text + digits + 1, "0123456789") : 0;

	if (is_id(text))
		return true;
	return digits == TASK_DIGITS && number && text[digits + 1 + number] == '\0';
}

static bool is_build(char *text)
{
	size_t len = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz");

	return len >= BUILD_CHARACTERS && text[len] == '\0';
}

/* The UID of a pod: a UUID with "-" or "_", or a static pod's hash. */
static bool is_pod_uid(char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	if (strlen(text) == 32 && cg_owner_is_hex(text, 32))
		return true;
	for (i = 0; form[i]; i++) {
		if (form[i] == 'x' ? !cg_owner_is_hex((char[]){ text[i], '\0' }, 1)
				   : text[i] != '-' && text[i] != '_')
			return false;
		if (form[i] == '-')
			text[i] = '-';
	}
	return text[i] == '\0';
}

/* ---- the table ---- */

/* A row's name is what stands between prefix and suffix; one that is NULL may be anything. */
struct row {
	const char *runtime;
	const char *parent; /* the name right above */
	const char *below;  /* a name anywhere above */
	const char *prefix;
	const char *suffix;
	bool (*is_value)(char *text);
	bool is_id;
};

static const char a_pod[] = "a pod"; /* as a parent: any */

static const struct row containers[] = {
	{ "docker", .prefix = "docker-", .is_value = is_prefixed_id, .is_id = true },
	{ "docker", .parent = "docker", .is_value = is_id, .is_id = true },
	{ "containerd", .prefix = "cri-containerd-", .is_value = is_prefixed_id, .is_id = true },
	{ "containerd", .prefix = "nerdctl-", .is_value = is_prefixed_id, .is_id = true },
	{ "cri-o", .prefix = "crio-", .is_value = is_prefixed_id, .is_id = true },
	{ "podman", .prefix = "libpod-", .is_value = is_prefixed_id, .is_id = true },
	{ "podman", .prefix = "libpod-payload-", .is_value = is_prefixed_id, .is_id = true },
	{ "ecs", .below = "ecs", .is_value = is_task_member, .is_id = true },
	{ "buildkit", .parent = "buildkit", .is_value = is_build, .is_id = true },
	{ "lxc", .prefix = "lxc.payload.", .is_value = is_name },
	{ "lxc", .parent = "lxc.payload", .is_value = is_name },
	{ "lxc", .parent = "lxc", .is_value = is_name_below_lxc },
	{ "machine", .prefix = "machine-", .suffix = ".scope", .is_value = is_escaped_name },
	{ "nspawn", .prefix = "systemd-nspawn@", .suffix = ".service",
	  .is_value = is_escaped_name },
	/* who started it is not said: in a pod, by a user, or above a container that we are in */
	{ "kubernetes", .parent = a_pod, .is_value = is_id, .is_id = true },
	{ "podman", .below = "user.slice", .is_value = is_id, .is_id = true },
	{ "unknown", .parent = "..", .is_value = is_id, .is_id = true },
};

static const struct row pods[] = {
	{ "kubernetes", .prefix = "-pod", .suffix = ".slice", .is_value = is_pod_uid },
	{ "kubernetes", .prefix = "pod", .is_value = is_pod_uid },
	{ "podman", .prefix = "-libpod_pod_", .suffix = ".slice", .is_value = is_prefixed_id },
	{ "podman", .parent = "libpod_parent", .is_value = is_id },
};

static const char *const unit_suffixes[] = {
	".service", ".scope", ".slice", ".socket", ".mount", ".swap",
};

/* ---- one name of a path ---- */

struct component {
	char name[CG_OWNER_SIZE]; /* without systemd's "_"; "" above the first one */
	size_t start, end;	  /* where it stands in the path */
};

/* The name that ends at end. Names too long to be a cgroup's are like none. */
static void take_component(const char *path, size_t end, struct component *component)
{
	size_t start = end;

	while (start > 0 && path[start - 1] != '/')
		start--;
	component->start = start;
	component->end = end;
	if (start < end && path[start] == '_')
		start++;
	if (end - start >= sizeof(component->name))
		start = end;
	memcpy(component->name, path + start, end - start);
	component->name[end - start] = '\0';
}

/* The end of what stands above a name. */
static size_t above(const struct component *component)
{
	return component->start ? component->start - 1 : 0;
}

static bool stands_above(const char *path, size_t end, const char *name)
{
	struct component component;

	for (; end > 0; end = above(&component)) {
		take_component(path, end, &component);
		if (strcmp(component.name, name) == 0)
			return true;
	}
	return false;
}

static bool cut_suffix(char *text, const char *suffix)
{
	size_t len = strlen(text);
	size_t cut = strlen(suffix);

	if (len < cut || strcmp(text + len - cut, suffix) != 0)
		return false;
	text[len - cut] = '\0';
	return true;
}

/* What stands after the last "-pod" and such; a prefix that begins otherwise begins the name. */
static const char *after_prefix(const char *name, const char *prefix)
{
	const char *found = NULL;

	if (*prefix != '-')
		return cg_starts_with(name, prefix) ? name + strlen(prefix) : NULL;
	for (const char *at = strstr(name, prefix); at; at = strstr(at + 1, prefix))
		found = at + strlen(prefix);
	return found;
}

/* Both have room for any name. */
static char *copy_name(char *copy, const char *name)
{
	return memcpy(copy, name, strlen(name) + 1);
}

static bool is_pod(const char *name)
{
	char uid[CG_OWNER_SIZE];
	const char *after = after_prefix(name, "pod");

	return after && is_pod_uid(copy_name(uid, after));
}

/* Whether the row's value, and nothing else, stands between its prefix and its suffix. */
static bool fits(const struct row *row, const char *name, char *value)
{
	char text[CG_OWNER_SIZE];
	const char *at = copy_name(text, name);

	if (row->suffix && !cut_suffix(text, row->suffix))
		return false;
	/* systemd's cgroup driver has it, cgroupfs's has not */
	if (row->is_id && row->prefix)
		cut_suffix(text, ".scope");
	if (row->prefix)
		at = after_prefix(text, row->prefix);
	return at && row->is_value(copy_name(value, at));
}

/* The row that knows a name, with what it is called; NULL: none does. */
static const struct row *find_row(const struct row *rows, size_t count, const char *path,
				  const struct component *component, char *value)
{
	struct component parent;

	take_component(path, above(component), &parent);
	for (const struct row *row = rows; row < rows + count; row++) {
		const char *name = component->name;

		if (!fits(row, name, value))
			continue;
		if (row->parent == a_pod ? is_pod(parent.name)
		    : row->parent	 ? strcmp(row->parent, parent.name) == 0
		    : row->below	 ? stands_above(path, above(component), row->below)
					 : true)
			return row;
	}
	*value = '\0';
	return NULL;
}

/*
 * "SLICE:PREFIX:ID" is what systemd's driver hands to a runtime; one that takes
 * it for a name makes a cgroup of it. It means PREFIX-ID.scope in SLICE.
 */
static bool split_at_colons(const struct component *component, struct component *slice,
			    struct component *scope)
{
	char *colon;

	*slice = *scope = *component;
	colon = strchr(slice->name, ':');
	if (!colon || !strchr(colon + 1, ':'))
		return false;
	*colon = '\0';
	copy_name(scope->name, colon + 1);
	*strchr(scope->name, ':') = '-';
	return true;
}

/* ---- units ---- */

static bool is_unit_character(char c)
{
	return isalnum((unsigned char)c) || (c && strchr(":-_.\\@", c));
}

bool cg_owner_is_unit(const char *name)
{
	const char *suffix = strrchr(name, '.');

	if (!suffix || suffix == name)
		return false;
	for (const char *at = name; *at; at++)
		if (!is_unit_character(*at))
			return false;
	for (size_t i = 0; i < CG_ARRAY_SIZE(unit_suffixes); i++)
		if (strcmp(suffix, unit_suffixes[i]) == 0)
			return true;
	return false;
}

static bool is_users_manager(const char *name)
{
	return cg_starts_with(name, "user@") && cg_owner_is_unit(name);
}

/* ---- all together ---- */

static void take_container(const char *path, const struct component *component,
			   struct cg_owner *owner)
{
	const struct row *row =
		find_row(containers, CG_ARRAY_SIZE(containers), path, component, owner->container);

	if (!row)
		return;
	owner->runtime = row->runtime;
	owner->is_id = row->is_id;
	owner->container_end = component->end;
}

static void take_pod(const char *path, const struct component *component, struct cg_owner *owner)
{
	if (find_row(pods, CG_ARRAY_SIZE(pods), path, component, owner->pod))
		owner->pod_end = component->end;
}

/* Looks at one name for all that is not known from a deeper one. */
static void take(const char *path, const struct component *component, struct cg_owner *owner)
{
	struct component slice, scope;
	bool is_split = split_at_colons(component, &slice, &scope);

	if (!owner->container_end)
		take_container(path, is_split ? &scope : component, owner);
	if (!owner->pod_end)
		take_pod(path, is_split ? &slice : component, owner);
}

/* A unit at end: which manager's it is, and whether it is one at all. */
static bool rank_unit(const char *path, const struct component *component, struct cg_owner *owner)
{
	struct cg_owner outer = { .container_end = 0 };
	struct component at;

	owner->unit_rank = CG_UNIT_OF_HOST;
	for (size_t end = above(component); end > 0; end = above(&at)) {
		take_component(path, end, &at);
		take(path, &at, &outer);
		if (outer.container_end) {
			owner->unit_rank = CG_UNIT_OF_CONTAINER;
			break;
		}
		if (is_users_manager(at.name))
			owner->unit_rank = CG_UNIT_OF_USER;
	}
	/* of a container's own systemd it is all that is not in another unit: the container */
	return owner->unit_rank != CG_UNIT_OF_CONTAINER ||
	       strcmp(component->name, "init.scope") != 0;
}

void cg_owner_read(const char *path, struct cg_owner *owner)
{
	struct component component;

	*owner = (struct cg_owner){ .runtime = NULL };
	for (size_t end = strlen(path); end > 0; end = above(&component)) {
		take_component(path, end, &component);
		take(path, &component, owner);
		if (!owner->unit_end && cg_owner_is_unit(component.name) &&
		    rank_unit(path, &component, owner)) {
			copy_name(owner->unit, component.name);
			owner->unit_end = component.end;
		}
	}
}

void cg_owner_shorten(const struct cg_owner *owner, char shown[CG_OWNER_SIZE])
{
	copy_name(shown, owner->container);
	if (owner->is_id)
		shown[CG_OWNER_DIGITS] = '\0';
}
