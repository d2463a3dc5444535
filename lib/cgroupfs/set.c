/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets the limits of a cgroup that was made, each in the hierarchy and by the file that has it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroupfs/cgroupfs.h"
#include "file.h"
#include "limits.h"

/* ---- what was asked for ---- */

static void setting_free(struct cg_setting *setting)
{
	free(setting->file);
	free(setting->value);
}

void cg_settings_free(struct cg_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		setting_free(&settings->items[i]);
	free(settings->items);
	*settings = (struct cg_settings)CG_SETTINGS_INIT;
}

/* Files that are no limits of a cgroup, but what cgns and the kernel run it by. */
static int check_file(const char *file, struct cg_error *err)
{
	static const char *const core[] = { "cgroup.max.depth", "cgroup.max.descendants" };

	if (strcmp(file, core[0]) == 0 || strcmp(file, core[1]) == 0)
		return 0;
	if (strncmp(file, "cgroup.", strlen("cgroup.")) == 0) {
		cg_error_set(err, 0, "--set does not write %s", file);
		return cg_error_hint(err, "of the cgroup.* files it sets %s and %s alone", core[0],
				     core[1]);
	}
	if (strcmp(file, "freezer.state") == 0) {
		cg_error_set(err, 0, "--set does not write %s", file);
		return cg_error_hint(err, "no program can be started in a frozen cgroup");
	}
	if (*file == '.' || !strchr(file, '.') || strchr(file, '/')) {
		cg_error_set(err, 0, "--set does not write '%s'", file);
		return cg_error_hint(err, "it sets files of controllers, as in "
					  "--set memory.max=512M");
	}
	return 0;
}

int cg_settings_add(struct cg_settings *settings, const char *text, struct cg_error *err)
{
	const char *equals = strchr(text, '=');
	struct cg_setting *more, setting;
	int rc;

	if (!equals || !equals[1]) { /* nothing is what the kernel would never see */
		cg_error_set(err, 0, "--set needs a file and a value: '%s'", text);
		return cg_error_hint(err, "as in --set memory.max=512M");
	}
	more = reallocarray(settings->items, settings->count + 1, sizeof(*more));
	if (!more)
		return cg_error_set(err, ENOMEM, "cannot read --set");
	settings->items = more;
	setting.file = strndup(text, (size_t)(equals - text));
	setting.value = strdup(equals + 1);
	if (!setting.file || !setting.value) {
		setting_free(&setting);
		return cg_error_set(err, ENOMEM, "cannot read --set");
	}
	rc = check_file(setting.file, err);
	if (rc < 0) {
		setting_free(&setting);
		return rc;
	}
	more[settings->count++] = setting;
	return 0;
}

/* ---- the plan ---- */

void cg_set_plan_free(struct cg_set_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->writes[i].file);
		free(plan->writes[i].value);
	}
	free(plan->writes);
	for (size_t i = 0; i < plan->controller_count; i++)
		free(plan->controllers[i]);
	free(plan->controllers);
	*plan = (struct cg_set_plan)CG_SET_PLAN_INIT;
}

static int no_memory(struct cg_error *err)
{
	return cg_error_set(err, ENOMEM, "cannot prepare the settings");
}

int cg_set_plan_need(struct cg_set_plan *plan, const char *controllers, struct cg_error *err)
{
	while (*controllers) {
		size_t len = strcspn(controllers, ","), i = 0;
		char **more;

		while (i < plan->controller_count &&
		       (strncmp(plan->controllers[i], controllers, len) != 0 ||
			plan->controllers[i][len]))
			i++;
		if (i == plan->controller_count) {
			more = reallocarray(plan->controllers, i + 1, sizeof(*more));
			if (!more)
				return no_memory(err);
			plan->controllers = more;
			more[i] = strndup(controllers, len);
			if (!more[i])
				return no_memory(err);
			plan->controller_count++;
		}
		controllers += len;
		controllers += *controllers == ',';
	}
	return 0;
}

/* What has to wait for another file, as the kernel checks one by the other. */
static unsigned int rank_of(const char *file)
{
	static const char *const later[] = { "memory.swap.max", "memory.memsw.limit_in_bytes",
					     "cpu.cfs_quota_us" };

	if (strncmp(file, "cpuset.", strlen("cpuset.")) == 0)
		return 0;
	for (size_t i = 0; i < CG_ARRAY_SIZE(later); i++)
		if (strcmp(file, later[i]) == 0)
			return 2;
	return 1;
}

/* Puts a write behind those that go before it or were given before. Takes over file and value. */
static int add_write(struct cg_set_plan *plan, struct cg_cgroup *cgroup, const char *given,
		     char *file, char *value, struct cg_error *err)
{
	struct cg_write *more = reallocarray(plan->writes, plan->count + 1, sizeof(*more));
	size_t at = plan->count;

	if (more)
		plan->writes = more;
	if (!more || !file || !value) {
		free(file);
		free(value);
		return no_memory(err);
	}
	for (; at > 0 && rank_of(more[at - 1].file) > rank_of(file); at--)
		more[at] = more[at - 1];
	more[at] = (struct cg_write){ cgroup, given, file, value };
	plan->count++;
	return 0;
}

static int cannot_set(const struct cg_setting *setting, int errnum, struct cg_error *err)
{
	return cg_error_set(err, errnum, "cannot set %s to '%s'", setting->file, setting->value);
}

/* "max" of v2 is -1 in v1. */
static char *value_in_v1(const char *value, size_t len)
{
	return len == strlen("max") && strncmp(value, "max", len) == 0 ? strdup("-1")
								       : strndup(value, len);
}

static const struct cg_setting *find_setting(const struct cg_settings *settings, const char *file)
{
	for (size_t i = settings->count; i-- > 0;)
		if (strcmp(settings->items[i].file, file) == 0)
			return &settings->items[i];
	return NULL;
}

/* v1 limits memory and swap together. Returns the text, or NULL with *err filled. */
static char *sum_of_memory_and_swap(const struct cg_settings *settings,
				    const struct cg_setting *swap, struct cg_error *err)
{
	const struct cg_setting *memory = find_setting(settings, "memory.max");
	uint64_t a, b;
	char *text;

	if (strcmp(swap->value, "max") == 0)
		return strdup("-1");
	if (!memory) {
		cannot_set(swap, 0, err);
		cg_error_hint(err,
			      "v1 limits memory and swap together: that needs memory.max, too");
		return NULL;
	}
	if (cg_limit_parse_bytes(memory->value, &a) < 0 ||
	    cg_limit_parse_bytes(swap->value, &b) < 0 || a > UINT64_MAX - b) {
		cannot_set(swap, 0, err);
		cg_error_hint(err,
			      "v1 limits memory and swap together: their sum needs two numbers, "
			      "as in 512M");
		return NULL;
	}
	if (asprintf(&text, "%" PRIu64, a + b) < 0)
		return NULL;
	return text;
}

/* "QUOTA PERIOD" of v2 is two files in v1; the period may be left out. */
static int plan_cpus(struct cg_set_plan *plan, struct cg_cgroup *cgroup,
		     const struct cg_limit *limit, const struct cg_setting *setting,
		     struct cg_error *err)
{
	size_t quota = strcspn(setting->value, " ");
	const char *period = setting->value + quota + strspn(setting->value + quota, " ");
	int rc = 0;

	if (*period)
		rc = add_write(plan, cgroup, setting->file, strdup(limit->v1.second),
			       strdup(period), err);
	return rc ? rc
		  : add_write(plan, cgroup, setting->file, strdup(limit->v1.limit),
			      value_in_v1(setting->value, quota), err);
}

/* A v2 name on a v1 hierarchy. */
static int translate(struct cg_set_plan *plan, const struct cg_settings *settings,
		     struct cg_cgroup *cgroup, const struct cg_limit *limit, const char *size,
		     size_t size_len, const struct cg_setting *setting, struct cg_error *err)
{
	const struct cg_limit_files *v1 = &limit->v1;
	char *value;

	if (!v1->limit) {
		cannot_set(setting, 0, err);
		return cg_error_hint(err,
				     "%s is a v1 hierarchy, and v1 has nothing that does the "
				     "same",
				     cgroup->hierarchy->name);
	}
	if (limit->kind == CG_LIMIT_CPUS)
		return plan_cpus(plan, cgroup, limit, setting, err);
	if (limit->kind == CG_LIMIT_BYTES && v1->second) {
		value = sum_of_memory_and_swap(settings, setting, err);
		if (!value)
			return err && err->message ? -EINVAL : no_memory(err);
	} else if (limit->kind == CG_LIMIT_BYTES) {
		value = value_in_v1(setting->value, strlen(setting->value));
	} else {
		value = strdup(setting->value);
	}
	return add_write(plan, cgroup, setting->file,
			 cg_limit_file_name(v1->set ?: v1->limit, size, size_len), value, err);
}

/* The hierarchy of a file's controller, or NULL with *err filled. */
static const struct cg_hierarchy *hierarchy_of(const struct cg_hierarchies *hierarchies,
					       const char *controller,
					       const struct cg_setting *setting,
					       struct cg_error *err)
{
	const struct cg_hierarchy *unified = cg_hierarchy_by_controllers(hierarchies, "");

	for (size_t i = 0; i < hierarchies->count; i++)
		if (cg_has_word(hierarchies->items[i].controllers, ",", controller))
			return &hierarchies->items[i];
	if (!unified) {
		cannot_set(setting, 0, err);
		cg_error_hint(err, "no hierarchy has the controller '%s'", controller);
	}
	return unified;
}

/* The cgroup that a setting is for: one that is still to be made. NULL with *err filled. */
static struct cg_cgroup *cgroup_of(const struct cg_hierarchies *hierarchies,
				   const struct cg_cgroups *cgroups, const char *controller,
				   const struct cg_setting *setting, struct cg_error *err)
{
	const struct cg_hierarchy *hierarchy = hierarchy_of(hierarchies, controller, setting, err);
	struct cg_cgroup *cgroup = hierarchy ? cg_cgroups_find(cgroups, hierarchy) : NULL;

	if (!hierarchy)
		return NULL;
	if (cgroup && cgroup->missing)
		return cgroup;
	if (cgroup)
		cg_error_set(err, 0, "cannot set %s of %s in %s to '%s'", setting->file,
			     cgroup->path, hierarchy->name, setting->value);
	else
		cannot_set(setting, 0, err);
	cg_error_hint(err, "it is set in %s, where --cgroup names %s", hierarchy->name,
		      cgroup ? "a cgroup that exists: --set is for what is created"
			     : "no cgroup that is to be created");
	return NULL;
}

static int plan_setting(struct cg_set_plan *plan, const struct cg_settings *settings,
			const struct cg_hierarchies *hierarchies, const struct cg_cgroups *cgroups,
			const struct cg_setting *setting, struct cg_error *err)
{
	const char *dot = strchrnul(setting->file, '.');
	cleanup_free char *controller = strndup(setting->file, (size_t)(dot - setting->file));
	const struct cg_limit *limit;
	struct cg_cgroup *cgroup;
	const char *size;
	size_t size_len;

	if (!controller)
		return no_memory(err);
	cgroup = cgroup_of(hierarchies, cgroups, controller, setting, err);
	if (!cgroup)
		return -EINVAL;
	limit = cg_limit_find(setting->file, &size, &size_len);
	if (limit && *cgroup->hierarchy->controllers)
		return translate(plan, settings, cgroup, limit, size, size_len, setting, err);
	if (!*cgroup->hierarchy->controllers && strcmp(controller, "cgroup") != 0 &&
	    cg_set_plan_need(plan, controller, err) < 0)
		return -ENOMEM;
	return add_write(plan, cgroup, setting->file, strdup(setting->file), strdup(setting->value),
			 err);
}

int cg_set_plan_settings(struct cg_set_plan *plan, const struct cg_settings *settings,
			 const struct cg_hierarchies *hierarchies, const struct cg_cgroups *cgroups,
			 struct cg_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < settings->count; i++)
		rc = plan_setting(plan, settings, hierarchies, cgroups, &settings->items[i], err);
	return rc;
}

/* ---- the writing ---- */

/* The file's text in the cgroup above, or NULL. */
static char *read_above(const struct cg_cgroup *cgroup, const char *file)
{
	cleanup_fd int above = cg_cgroup_open_ancestor(cgroup->dirfd, 1);

	return above < 0 ? NULL : cg_cgroup_read(above, file);
}

static void hint_absent(const struct cg_write *write, struct cg_error *err)
{
	bool unified = !*write->cgroup->hierarchy->controllers;
	const char *size;
	size_t len;

	for (size_t i = 0; unified && i < cg_limit_count; i++) {
		const char *v1 = cg_limits[i].v1.limit;

		if (v1 && (strcmp(v1, write->file) == 0 ||
			   cg_limit_match(v1, write->file, &size, &len))) {
			cg_error_hint(err, "that is v1's name of it, and %s is v2: use %s",
				      write->cgroup->hierarchy->name, cg_limits[i].name);
			return;
		}
	}
	cg_error_hint(err, "there is no such file in %s", write->cgroup->dir);
}

/* A v1 cpuset takes only what the one above it has; a v1 quota is no larger share than above. */
static void hint_above(const struct cg_write *write, struct cg_error *err)
{
	bool quota = strcmp(write->file, "cpu.cfs_quota_us") == 0;
	cleanup_free char *above = read_above(write->cgroup, write->file);
	cleanup_free char *period = quota ? read_above(write->cgroup, "cpu.cfs_period_us") : NULL;

	if (!*write->cgroup->hierarchy->controllers || !above || *above == '-')
		return;
	if (quota && period)
		cg_error_hint(err,
			      "the cgroup above it has %s in %s, and no part of it can have "
			      "more",
			      above, period);
	else if (rank_of(write->file) == 0)
		cg_error_hint(err, "the cgroup above it has %s", above);
}

static void hint_value(const struct cg_write *write, struct cg_error *err)
{
	struct stat st;

	if (fstatat(write->cgroup->dirfd, write->file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !(st.st_mode & 0222))
		cg_error_hint(err, "that file can only be read");
	else
		hint_above(write, err);
}

static void explain(const struct cg_write *write, int errnum, struct cg_error *err)
{
	switch (errnum) {
	case ENOENT:
		hint_absent(write, err);
		break;
	case EACCES:
	case EPERM:
	case EINVAL:
	case ERANGE:
		hint_value(write, err);
		break;
	default:
		break;
	}
}

int cg_set_write(const struct cg_write *write, struct cg_error *err)
{
	int rc = cg_cgroup_write(write->cgroup->dirfd, write->file, write->value);

	if (rc >= 0)
		return 0;
	if (strcmp(write->given, write->file) == 0)
		cg_error_set(err, -rc, "cannot set %s of %s in %s to '%s'", write->file,
			     write->cgroup->path, write->cgroup->hierarchy->name, write->value);
	else
		cg_error_set(err, -rc, "cannot set %s (%s) of %s in %s to '%s'", write->file,
			     write->given, write->cgroup->path, write->cgroup->hierarchy->name,
			     write->value);
	explain(write, -rc, err);
	return rc;
}
