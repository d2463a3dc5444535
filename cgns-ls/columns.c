/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "columns.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whom a column speaks of. */
enum {
	OF_NAMESPACE = 1 << 0,
	OF_MEMBER = 1 << 1,
};

#define COLUMN(n, h, of_whom, ...)                                       \
	{                                                                \
		{ .name = n, .help = h, ##__VA_ARGS__ }, .of = (of_whom) \
	}
#define NUMBER .type = CG_COLUMN_NUMBER

static const struct {
	struct cg_column column;
	unsigned int of;
} infos[] = {
	[LS_NS] = COLUMN("NS", "inode of the namespace", OF_NAMESPACE, NUMBER, .by_default = true),
	[LS_NPROCS] = COLUMN("NPROCS", "number of processes in it", OF_NAMESPACE, NUMBER,
			     .by_default = true),
	[LS_PID] = COLUMN("PID", "oldest process in it that is inside its root",
			  OF_NAMESPACE | OF_MEMBER, NUMBER, .by_default = true),
	[LS_USER] = COLUMN("USER", "user of that process", OF_NAMESPACE | OF_MEMBER,
			   .by_default = true),
	[LS_STATE] =
		COLUMN("STATE", "ok, or what is wrong: outside, removed, mount, pinned, hidden",
		       OF_NAMESPACE | OF_MEMBER, .by_default = true),
	[LS_CONTAINER] = COLUMN(
		"CONTAINER", "container whose cgroup the root is, where one is known", OF_NAMESPACE,
		.by_default = true, .wrap = true, .narrowest = CG_OWNER_DIGITS),
	[LS_ROOT] = COLUMN("ROOT", "its root cgroup in the caller's view", OF_NAMESPACE,
			   .by_default = true, .wrap = true),
	[LS_HOLDER] = COLUMN("HOLDER", "what holds it: process, thread, mount, fd (with --deep)",
			     OF_NAMESPACE, .wrap = true),
	[LS_OWN] = COLUMN("OWN", "cgroup of the process in its own view", OF_MEMBER, .wrap = true),
	[LS_PATH] = COLUMN("PATH", "cgroup of the process in the caller's view", OF_MEMBER,
			   .wrap = true),
	[LS_POD] = COLUMN("POD", "pod that the container is in", OF_NAMESPACE),
	[LS_UNIT] = COLUMN("UNIT", "systemd unit that the root is in", OF_NAMESPACE, .wrap = true),
	[LS_OUTSIDE] =
		COLUMN("OUTSIDE", "number of processes outside its root", OF_NAMESPACE, NUMBER),
	[LS_WHERE] = COLUMN("WHERE", "hierarchies in which STATE was found", OF_NAMESPACE,
			    .wrap = true, .narrowest = CG_HIERARCHY_WIDTH),
	[LS_USERNS] =
		COLUMN("USERNS", "inode of the user namespace that owns it", OF_NAMESPACE, NUMBER),
	[LS_FILE] = COLUMN("FILE", "a bind mount that pins it", OF_NAMESPACE, .wrap = true),
	[LS_UID] = COLUMN("UID", "user id of that process", OF_NAMESPACE | OF_MEMBER, NUMBER),
	[LS_PPID] = COLUMN("PPID", "parent of that process", OF_NAMESPACE | OF_MEMBER, NUMBER),
	[LS_HIERARCHY] =
		COLUMN("HIERARCHY", "the hierarchy that the root is in", OF_NAMESPACE | OF_MEMBER),
	[LS_MOUNTROOT] = COLUMN("MOUNTROOT", "root of the cgroup mount that its process has",
				OF_NAMESPACE, .wrap = true),
	[LS_NSID] = COLUMN("NSID", "the kernel's id of it, never used again", OF_NAMESPACE, NUMBER),
	[LS_COMMAND] = COLUMN("COMMAND", "command line of that process", OF_NAMESPACE | OF_MEMBER,
			      .by_default = true, .truncate = true),
};

/* The first column carries the tree: as text, for numbers are aligned to the right. */
static void carry_tree(struct ls_columns *columns)
{
	struct cg_column *carrier = &columns->items[columns->selection.items[0]];

	for (size_t i = 0; i < LS_COLUMN_COUNT; i++)
		columns->items[i].tree = false;
	carrier->tree = true;
	carrier->type = CG_COLUMN_STRING;
}

/* Where COMMAND is one of the default columns, it stays the last. */
static void keep_command_last(struct cg_selection *selection)
{
	size_t at = 0;

	while (at < selection->count && selection->items[at] != LS_COMMAND)
		at++;
	if (at == selection->count)
		return;
	memmove(&selection->items[at], &selection->items[at + 1],
		(selection->count - at - 1) * sizeof(*selection->items));
	selection->items[selection->count - 1] = LS_COMMAND;
}

int ls_columns_init(struct ls_columns *columns, const struct ls_options *options,
		    struct cg_error *err)
{
	struct cg_shared_options table = options->shared;
	int rc;

	for (size_t i = 0; i < LS_COLUMN_COUNT; i++)
		columns->items[i] = infos[i].column;
	columns->items[LS_HOLDER].by_default = options->deep;
	columns->items[LS_OWN].by_default = options->members;
	columns->items[LS_PATH].by_default = options->members;
	columns->items[LS_HIERARCHY].by_default =
		options->shared.hierarchy && strcmp(options->shared.hierarchy, "all") == 0;
	rc = cg_shared_options_choose(&table, columns->items, LS_COLUMN_COUNT, err);
	if (rc < 0)
		return rc;
	columns->selection = table.selection;
	if (!table.all && (!table.list || *table.list == '+'))
		keep_command_last(&columns->selection);
	if (options->tree || options->members)
		carry_tree(columns);
	return 0;
}

void ls_columns_list(void)
{
	struct cg_column items[LS_COLUMN_COUNT];

	for (size_t i = 0; i < LS_COLUMN_COUNT; i++)
		items[i] = infos[i].column;
	cg_columns_list(items, LS_COLUMN_COUNT);
}

void ls_columns_free(struct ls_columns *columns)
{
	cg_selection_free(&columns->selection);
}

static bool has_containers(const struct ls_listing *listing)
{
	struct cg_owner owner;

	for (size_t i = 0; i < listing->count; i++)
		if (ls_owner(&listing->rows[i], &owner) && owner.runtime)
			return true;
	return false;
}

static bool has_other_paths(const struct ls_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct ls_row *row = &listing->rows[i];

		for (size_t m = 0; ls_lists_members(row) && m < row->ns->member_count; m++)
			if (!ls_path_is_implied(row, &row->ns->members[m]))
				return true;
	}
	return false;
}

static void leave_out(struct cg_selection *selection, enum ls_column column)
{
	size_t kept = 0;

	for (size_t i = 0; i < selection->count; i++)
		if (selection->items[i] != column)
			selection->items[kept++] = selection->items[i];
	selection->count = kept;
}

void ls_columns_adapt(struct ls_columns *columns, const struct ls_options *options,
		      const struct ls_listing *listing)
{
	unsigned int flags = options->shared.flags;

	if (flags & (CG_TABLE_RAW | CG_TABLE_JSON) || options->shared.list || options->shared.all)
		return;
	columns->brief = !(flags & CG_TABLE_NO_TRUNCATE) && cg_table_terminal() != SIZE_MAX;
	if (!has_containers(listing))
		leave_out(&columns->selection, LS_CONTAINER);
	if (columns->brief && !has_other_paths(listing))
		leave_out(&columns->selection, LS_PATH);
	if (columns->brief && options->members)
		leave_out(&columns->selection, LS_NPROCS);
}

bool ls_columns_have(const struct ls_columns *columns, enum ls_column column)
{
	return cg_selection_has(&columns->selection, column);
}

bool ls_column_is_of_namespace(enum ls_column column)
{
	return infos[column].of & OF_NAMESPACE;
}

bool ls_column_is_of_member(enum ls_column column)
{
	return infos[column].of & OF_MEMBER;
}

void ls_cell_free(struct ls_cell *cell)
{
	free(cell->owned);
	*cell = (struct ls_cell){ 0 };
}

static int set_text(struct ls_cell *cell, const char *text)
{
	cell->text = text;
	return 0;
}

/* Takes text over; NULL means that memory was short. */
static int set_owned(struct ls_cell *cell, char *text)
{
	cell->owned = text;
	return text ? set_text(cell, text) : -ENOMEM;
}

static int set_number(struct ls_cell *cell, uint64_t number)
{
	cell->is_number = true;
	return set_owned(cell, cg_format("%" PRIu64, number));
}

/* 0 stands for what is not known. */
static int set_number_unless_0(struct ls_cell *cell, uint64_t number)
{
	return number ? set_number(cell, number) : 0;
}

static int set_user(struct ls_cell *cell, struct ls_listing *listing, uid_t uid)
{
	const char *name = NULL;
	int rc = ls_user_name(listing, uid, &name);

	if (rc)
		return rc;
	return name ? set_text(cell, name) : set_owned(cell, cg_format("%u", uid));
}

static const char *first_file(const struct cg_namespace *ns)
{
	for (size_t i = 0; i < ns->holder_count; i++)
		if (ns->holders[i].kind == CG_HOLDER_MOUNT)
			return ns->holders[i].file;
	return NULL;
}

#define HOLDERS_SHOWN 4

static void add_holder(struct cg_list *list, const struct cg_holder *holder)
{
	switch (holder->kind) {
	case CG_HOLDER_PROCESS:
		cg_list_add(list, ", ", "process %d", holder->pid);
		break;
	case CG_HOLDER_THREAD:
		cg_list_add(list, ", ", "thread %d/%d", holder->pid, holder->tid);
		break;
	case CG_HOLDER_MOUNT:
		cg_list_add(list, ", ", "mount %s of %d", holder->file, holder->pid);
		break;
	case CG_HOLDER_FD:
		cg_list_add(list, ", ", "fd %d/%d", holder->pid, holder->fd);
		break;
	case CG_HOLDER_KERNEL:
		cg_list_add(list, ", ", "kernel");
		break;
	}
}

/* What holds the namespace: its first process, then the rest. */
static int set_holders(struct ls_cell *cell, const struct cg_namespace *ns)
{
	struct cg_list list = { 0 };
	size_t shown = 0;

	if (ns->pid) {
		add_holder(&list, &(struct cg_holder){ .kind = CG_HOLDER_PROCESS, .pid = ns->pid });
		shown++;
	}
	for (size_t i = 0; i < ns->holder_count; i++) {
		if (ns->holders[i].kind == CG_HOLDER_FD && !ns->holders[i].pid)
			continue; /* a TARGET that this program itself has open */
		if (shown++ < HOLDERS_SHOWN)
			add_holder(&list, &ns->holders[i]);
	}
	if (shown > HOLDERS_SHOWN)
		cg_list_add(&list, ", ", "%zu more", shown - HOLDERS_SHOWN);
	return shown ? set_owned(cell, list.text) : 0;
}

/* What is known of whose the namespace is; "" is nothing. */
static int set_owner(struct ls_cell *cell, const struct ls_row *row, enum ls_column column)
{
	struct cg_owner owner;
	const char *text;

	if (!ls_owner(row, &owner))
		return 0;
	text = column == LS_CONTAINER ? owner.container : column == LS_POD ? owner.pod : owner.unit;
	return *text ? set_owned(cell, strdup(text)) : 0;
}

int ls_shorten(const struct ls_row *row, enum ls_column column, struct ls_cell *cell)
{
	char shown[CG_OWNER_SIZE];
	struct cg_owner owner;

	if (column != LS_CONTAINER || !cell->owned || !ls_owner(row, &owner))
		return 0;
	cg_owner_shorten(&owner, shown);
	ls_cell_free(cell);
	return set_owned(cell, strdup(shown));
}

/* The hierarchies in which the row's states were found. */
static int set_where(struct ls_cell *cell, const struct ls_row *row)
{
	struct cg_list list = { 0 };

	for (size_t h = row->first; h < row->first + row->count; h++)
		if (row->verdicts[h].states)
			cg_list_add(&list, " ", "%s", row->listing->hierarchies.items[h].name);
	return list.text || list.failed ? set_owned(cell, list.text) : 0;
}

static int set_hierarchy(struct ls_cell *cell, const struct ls_row *row)
{
	return row->ns->inode ? set_text(cell, row->listing->hierarchies.items[row->hierarchy].name)
			      : 0;
}

int ls_namespace_cell(const struct ls_row *row, enum ls_column column, struct ls_cell *cell)
{
	const struct cg_namespace *ns = row->ns;

	*cell = (struct ls_cell){ 0 };
	/* no single process stands for those that nothing is known of */
	if (!ns->inode && column != LS_NPROCS && column != LS_STATE)
		return 0;
	switch (column) {
	case LS_NS:
		return set_number_unless_0(cell, ns->inode);
	case LS_NPROCS:
		return set_number(cell, ns->member_count);
	case LS_PID:
		return set_number_unless_0(cell, (uint64_t)ns->pid);
	case LS_USER:
		return ns->user_known ? set_user(cell, row->listing, ns->uid) : 0;
	case LS_COMMAND:
		return set_text(cell, ns->command);
	case LS_STATE:
		return set_owned(cell, ls_state_text(row->states));
	case LS_CONTAINER:
	case LS_POD:
	case LS_UNIT:
		return set_owner(cell, row, column);
	case LS_ROOT:
		return set_text(cell, ls_root(row, row->hierarchy));
	case LS_WHERE:
		return set_where(cell, row);
	case LS_HOLDER:
		return set_holders(cell, ns);
	case LS_OUTSIDE:
		return row->states & LS_HIDDEN ? 0 : set_number(cell, row->outside);
	case LS_USERNS:
		return set_number_unless_0(cell, ns->owner);
	case LS_FILE:
		return set_text(cell, first_file(ns));
	case LS_UID:
		return ns->user_known ? set_number(cell, ns->uid) : 0;
	case LS_PPID:
		return ns->pid ? set_number(cell, (uint64_t)ns->ppid) : 0;
	case LS_HIERARCHY:
		return set_hierarchy(cell, row);
	case LS_MOUNTROOT:
		return set_text(cell, row->verdicts[row->hierarchy].mount_root);
	case LS_NSID:
		return set_number_unless_0(cell, ns->ns_id);
	case LS_OWN:
	case LS_PATH:
	case LS_COLUMN_COUNT:
		break;
	}
	return 0;
}

static unsigned int member_states(const struct ls_member *member)
{
	if (!member->row->ns->inode)
		return LS_HIDDEN;
	/* the root's state is the members' too; what is mounted is the process's only */
	return (member->row->states & (LS_REMOVED | LS_HIDDEN)) |
	       (member->outside ? LS_OUTSIDE_ROOT : 0);
}

int ls_member_cell(const struct ls_member *member, enum ls_column column, struct ls_cell *cell)
{
	struct ls_row *row = member->row;

	*cell = (struct ls_cell){ 0 };
	switch (column) {
	case LS_PID:
		return set_number(cell, (uint64_t)member->member->pid);
	case LS_USER:
		return member->user_known ? set_user(cell, row->listing, member->uid) : 0;
	case LS_COMMAND:
		return set_text(cell, member->command);
	case LS_STATE:
		return set_owned(cell, ls_state_text(member_states(member)));
	case LS_OWN:
		return set_text(cell, member->own);
	case LS_PATH:
		return set_text(
			cell, cg_nsscan_path(&row->listing->scan, member->member, row->hierarchy));
	case LS_UID:
		return member->user_known ? set_number(cell, member->uid) : 0;
	case LS_PPID:
		return set_number(cell, (uint64_t)member->ppid);
	case LS_HIERARCHY:
		return set_hierarchy(cell, row);
	default:
		return 0;
	}
}
