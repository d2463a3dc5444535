/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets the limits of a cgroup that was made, each in the hierarchy and by the file that has it. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cgroupfs/cgroupfs.h"
#include "file.h"
#include "limits.h"
#include "number.h"
#include "set.h"

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
	*settings = (struct cg_settings){ 0 };
}

/* Files that are no limits of a cgroup, but what cgns and the kernel run it by. */
static int check_file(const char *file, struct cg_error *err)
{
	static const char *const core[] = { "cgroup.max.depth", "cgroup.max.descendants" };

	if (strcmp(file, core[0]) == 0 || strcmp(file, core[1]) == 0)
		return 0;
	if (cg_starts_with(file, "cgroup.")) {
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
	*plan = (struct cg_set_plan){ 0 };
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

	if (cg_starts_with(file, "cpuset."))
		return 0;
	for (size_t i = 0; i < CG_ARRAY_SIZE(later); i++)
		if (strcmp(file, later[i]) == 0)
			return 2;
	return 1;
}

/* Puts a write behind those that go before it or were given before. Takes over file and value. */
static int add_write(struct cg_set_plan *plan, const struct cg_write *write, struct cg_error *err)
{
	struct cg_write *more = reallocarray(plan->writes, plan->count + 1, sizeof(*more));
	size_t at = plan->count;

	if (more)
		plan->writes = more;
	if (!more || !write->file || !write->value) {
		free(write->file);
		free(write->value);
		return no_memory(err);
	}
	for (; at > 0 && rank_of(more[at - 1].file) > rank_of(write->file); at--)
		more[at] = more[at - 1];
	more[at] = *write;
	plan->count++;
	return 0;
}

static int cannot_set(const struct cg_setting *setting, int errnum, struct cg_error *err)
{
	return cg_error_set(err, errnum, "cannot set %s to '%s'", setting->file, setting->value);
}

/* "max" of v2 is -1 in v1. */
static char *value_in_v1(const char *value)
{
	return strdup(strcmp(value, "max") == 0 ? "-1" : value);
}

static bool sets_memory(const struct cg_settings *settings, const struct cg_limit *limit)
{
	for (size_t i = 0; i < settings->count; i++)
		if (strcmp(settings->items[i].file, "memory.max") == 0 ||
		    strcmp(settings->items[i].file, limit->v1.second) == 0)
			return true;
	return false;
}

static int hint_sum(struct cg_error *err)
{
	return cg_error_hint(err, "v1 limits memory and swap together: that needs a limit in "
				  "memory.max, too");
}

/* v1 limits memory and swap together: what memory got is added when the sum is written. */
static int plan_sum(struct cg_set_plan *plan, const struct cg_settings *settings,
		    struct cg_cgroup *cgroup, const struct cg_limit *limit,
		    const struct cg_setting *setting, struct cg_error *err)
{
	bool limited = strcmp(setting->value, "max") != 0;
	const struct cg_write write = {
		.cgroup = cgroup,
		.given = setting->file,
		.file = strdup(limit->v1.limit),
		.value = value_in_v1(setting->value),
		.added = limited ? limit->v1.second : NULL,
	};
	uint64_t bytes;

	if (limited && cg_limit_parse_bytes(setting->value, &bytes) < 0) {
		cannot_set(setting, 0, err);
		cg_error_hint(err, "it takes a number of bytes, as in 512M, or max");
	} else if (limited && !sets_memory(settings, limit)) {
		cannot_set(setting, 0, err);
		hint_sum(err);
	} else {
		return add_write(plan, &write, err);
	}
	free(write.file);
	free(write.value);
	return -EINVAL;
}

/* The next word of *text, which is moved behind it: NULL at the end, or if memory is short. */
static char *take_word(const char **text)
{
	const char *word = *text + strspn(*text, " \t");

	*text = word + strcspn(word, " \t");
	return *text > word ? strndup(word, (size_t)(*text - word)) : NULL;
}

/*
 * "QUOTA PERIOD": v1 has a file for each, and reads other numbers than v2 where they
 * begin with 0, and a negative quota as none. The period may be left out.
 */
static int read_cpus(const struct cg_setting *setting, char **quota, char **period,
		     struct cg_error *err)
{
	const char *rest = setting->value;
	cleanup_free char *first = take_word(&rest), *second = take_word(&rest);
	cleanup_free char *third = take_word(&rest);
	uint64_t number = 0, length = 0;
	bool unlimited = first && strcmp(first, "max") == 0;

	*quota = *period = NULL;
	if (!first || third || (!unlimited && cg_number_parse(first, INT64_MAX, &number) < 0) ||
	    (second && cg_number_parse(second, INT64_MAX, &length) < 0)) {
		cannot_set(setting, 0, err);
		return cg_error_hint(err, "it takes a quota and maybe a period in microseconds, "
					  "as in '50000 100000', or max as the quota");
	}
	*quota = unlimited ? strdup("-1") : cg_format("%" PRIu64, number);
	*period = second ? cg_format("%" PRIu64, length) : NULL;
	return *quota && (*period || !second) ? 0 : no_memory(err);
}

static int plan_cpus(struct cg_set_plan *plan, struct cg_cgroup *cgroup,
		     const struct cg_limit *limit, const struct cg_setting *setting,
		     struct cg_error *err)
{
	struct cg_write write = { .cgroup = cgroup, .given = setting->file };
	char *quota, *period;
	int rc = read_cpus(setting, &quota, &period, err);

	if (rc == 0 && period) {
		write.file = strdup(limit->v1.second);
		write.value = cg_steal_ptr(&period);
		rc = add_write(plan, &write, err);
	}
	if (rc == 0) {
		write.file = strdup(limit->v1.limit);
		write.value = cg_steal_ptr(&quota);
		rc = add_write(plan, &write, err);
	}
	free(quota);
	free(period);
	return rc;
}

/* A v2 name on a v1 hierarchy. */
static int translate(struct cg_set_plan *plan, const struct cg_settings *settings,
		     struct cg_cgroup *cgroup, const struct cg_limit *limit, const char *size,
		     size_t size_len, const struct cg_setting *setting, struct cg_error *err)
{
	const struct cg_limit_files *v1 = &limit->v1;
	struct cg_write write = { .cgroup = cgroup, .given = setting->file };

	if (!v1->limit) {
		cannot_set(setting, 0, err);
		return cg_error_hint(err,
				     "%s is a v1 hierarchy, and v1 has nothing that does the "
				     "same",
				     cgroup->hierarchy->name);
	}
	if (limit->kind == CG_LIMIT_CPUS)
		return plan_cpus(plan, cgroup, limit, setting, err);
	if (limit->kind == CG_LIMIT_BYTES && v1->second)
		return plan_sum(plan, settings, cgroup, limit, setting, err);
	write.file = cg_limit_file_name(v1->set ?: v1->limit, size, size_len);
	write.value = limit->kind == CG_LIMIT_BYTES ? value_in_v1(setting->value)
						    : strdup(setting->value);
	return add_write(plan, &write, err);
}

/* Controllers that the kernel has or had, for suggestions alone: newer ones work as well. */
static const char *const controllers[] = {
	"blkio", "cpu",	   "cpuacct", "cpuset",	 "devices",  "dmem",	   "freezer", "hugetlb",
	"io",	 "memory", "misc",    "net_cls", "net_prio", "perf_event", "pids",    "rdma",
};

/* Whether the cgroup or one above it that can be seen has the controller (v2). */
static bool is_offered(const struct cg_cgroup *cgroup, const char *controller)
{
	for (unsigned int level = 0;; level++) {
		cleanup_fd int at = cg_cgroup_open_ancestor(cgroup->dirfd, level);
		cleanup_free char *has = at < 0 ? NULL : cg_cgroup_read(at, "cgroup.controllers");

		if (at < 0 || !has)
			return false;
		if (cg_has_word(has, " ", controller))
			return true;
	}
}

static bool is_known(const char *controller)
{
	for (size_t i = 0; i < CG_ARRAY_SIZE(controllers); i++)
		if (strcmp(controllers[i], controller) == 0)
			return true;
	return false;
}

/* Nobody has the controller; what was meant, where that is a typing error. */
static void explain_controller(const char *controller, const struct cg_setting *setting,
			       struct cg_error *err)
{
	const char *meant = is_known(controller)
				    ? NULL
				    : cg_nearest(controller, controllers,
						 CG_ARRAY_SIZE(controllers), sizeof(*controllers));

	cannot_set(setting, 0, err);
	if (meant)
		cg_error_hint(err, "no controller is called '%s': did you mean '%s%s'?", controller,
			      meant, setting->file + strlen(controller));
	else
		cg_error_hint(err, "no hierarchy has the controller '%s'", controller);
}

/* The cgroup that a setting is for: one that is still to be made. NULL with *err filled. */
static struct cg_cgroup *cgroup_of(const struct cg_hierarchies *hierarchies,
				   const struct cg_cgroups *cgroups, const char *controller,
				   const struct cg_setting *setting, struct cg_error *err)
{
	const struct cg_hierarchy *hierarchy = cg_hierarchy_of_controller(hierarchies, controller);
	struct cg_cgroup *cgroup = hierarchy ? cg_cgroups_find(cgroups, hierarchy) : NULL;

	if (!hierarchy || (!*hierarchy->controllers && strcmp(controller, "cgroup") != 0 &&
			   !is_known(controller) && !(cgroup && is_offered(cgroup, controller)))) {
		explain_controller(controller, setting, err);
		return NULL;
	}
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

/* A file of its own hierarchy, by its own name. */
static int plan_as_given(struct cg_set_plan *plan, struct cg_cgroup *cgroup, const char *controller,
			 const struct cg_setting *setting, struct cg_error *err)
{
	bool unified = !*cgroup->hierarchy->controllers;
	struct cg_write write = { .cgroup = cgroup, .given = setting->file };
	char *quota = NULL, *period = NULL;
	int rc = 0;

	if (unified && strcmp(setting->file, "cpu.max") == 0)
		rc = read_cpus(setting, &quota, &period, err);
	free(quota);
	free(period);
	if (rc == 0 && unified && strcmp(controller, "cgroup") != 0)
		rc = cg_set_plan_need(plan, controller, err);
	if (rc < 0)
		return rc;
	write.file = strdup(setting->file);
	write.value = strdup(setting->value);
	return add_write(plan, &write, err);
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
	return plan_as_given(plan, cgroup, controller, setting, err);
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

static int refuse(const struct cg_write *write, int errnum, struct cg_error *err)
{
	const struct cg_cgroup *cgroup = write->cgroup;

	if (strcmp(write->given, write->file) == 0)
		return cg_error_set(err, errnum, "cannot set %s of %s in %s to '%s'", write->file,
				    cgroup->path, cgroup->hierarchy->name, write->value);
	return cg_error_set(err, errnum, "cannot set %s (%s) of %s in %s to '%s'", write->file,
			    write->given, cgroup->path, cgroup->hierarchy->name, write->value);
}

/* Adds what the kernel made of another file's value, which was written before. */
static int add_number(struct cg_write *write, struct cg_error *err)
{
	cleanup_free char *text = cg_cgroup_read(write->cgroup->dirfd, write->added);
	const char *size;
	size_t size_len;
	const struct cg_limit *limit = cg_limit_of_file(write->added, false, &size, &size_len);
	struct cg_limit_value value;
	uint64_t bytes;
	char *sum;

	if (!text)
		return cg_error_set(err, errno, "cannot read %s/%s", write->cgroup->dir,
				    write->added);
	if (!limit || cg_limit_parse(limit, false, text, NULL, &value) < 0 ||
	    cg_limit_parse_bytes(write->value, &bytes) < 0 || value.unlimited ||
	    bytes > UINT64_MAX - value.number) {
		refuse(write, 0, err);
		return hint_sum(err);
	}
	sum = cg_format("%" PRIu64, value.number + bytes);
	if (!sum)
		return no_memory(err);
	free(write->value);
	write->value = sum;
	return 0;
}

int cg_set_write(struct cg_write *write, struct cg_error *err)
{
	int rc = write->added ? add_number(write, err) : 0;

	if (rc < 0)
		return rc;
	rc = cg_cgroup_write(write->cgroup->dirfd, write->file, write->value);
	if (rc >= 0)
		return 0;
	refuse(write, -rc, err);
	cg_set_explain(write, -rc, err);
	return rc;
}
