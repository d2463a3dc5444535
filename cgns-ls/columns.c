/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "columns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whom a column speaks of. */
enum {
	OF_NAMESPACE = 1 << 0,
	OF_MEMBER = 1 << 1,
};

static const struct {
	struct cg_column column;
	unsigned int of;
} infos[] = {
	[LS_NS] = { { "NS", "inode of the namespace", CG_COLUMN_NUMBER, true, false, true, 10 },
		    OF_NAMESPACE },
	[LS_NPROCS] = { { "NPROCS", "number of processes in it", CG_COLUMN_NUMBER, true, false,
			  false, 5 },
			OF_NAMESPACE },
	[LS_PID] = { { "PID", "first process in it", CG_COLUMN_NUMBER, true, false, false, 5 },
		     OF_NAMESPACE | OF_MEMBER },
	[LS_USER] = { { "USER", "user of that process", CG_COLUMN_STRING, true, false, false, 4 },
		      OF_NAMESPACE | OF_MEMBER },
	[LS_COMMAND] = { { "COMMAND", "command line of that process", CG_COLUMN_STRING, true, true,
			   false, 0.3 },
			 OF_NAMESPACE | OF_MEMBER },
	[LS_STATE] = { { "STATE", "ok, or what is wrong: outside, removed, mount, pinned, hidden",
			 CG_COLUMN_STRING, true, false, false, 2 },
		       OF_NAMESPACE | OF_MEMBER },
	[LS_ROOT] = { { "ROOT", "its root cgroup in the caller's view", CG_COLUMN_STRING, true,
			true, false, 0.25 },
		      OF_NAMESPACE },
	[LS_HOLDER] = { { "HOLDER", "what holds it: process, thread, mount, fd (with --deep)",
			  CG_COLUMN_STRING, false, true, false, 0.15 },
			OF_NAMESPACE },
	[LS_OWN] = { { "OWN", "cgroup of the process as it reads it itself", CG_COLUMN_STRING,
		       false, true, false, 0.15 },
		     OF_MEMBER },
	[LS_PATH] = { { "PATH", "cgroup of the process in the caller's view", CG_COLUMN_STRING,
			false, true, false, 0.15 },
		      OF_MEMBER },
	[LS_OUTSIDE] = { { "OUTSIDE", "number of processes outside its root", CG_COLUMN_NUMBER,
			   false, false, false, 1 },
			 OF_NAMESPACE },
	[LS_USERNS] = { { "USERNS", "inode of the user namespace that owns it", CG_COLUMN_NUMBER,
			  false, false, false, 10 },
			OF_NAMESPACE },
	[LS_FILE] = { { "FILE", "a bind mount that pins it", CG_COLUMN_STRING, false, true, false,
			0.15 },
		      OF_NAMESPACE },
	[LS_UID] = { { "UID", "user id of that process", CG_COLUMN_NUMBER, false, false, false, 1 },
		     OF_NAMESPACE | OF_MEMBER },
	[LS_PPID] = { { "PPID", "parent of that process", CG_COLUMN_NUMBER, false, false, false,
			5 },
		      OF_NAMESPACE | OF_MEMBER },
	[LS_HIERARCHY] = { { "HIERARCHY", "the hierarchy that the root is of", CG_COLUMN_STRING,
			     false, false, false, 7 },
			   OF_NAMESPACE | OF_MEMBER },
	[LS_MOUNTROOT] = { { "MOUNTROOT", "root of the cgroup mount that its first process has",
			     CG_COLUMN_STRING, false, true, false, 0.15 },
			   OF_NAMESPACE },
	[LS_NSID] = { { "NSID", "the kernel's id of it, never used again", CG_COLUMN_NUMBER, false,
			false, false, 1 },
		      OF_NAMESPACE },
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

int ls_columns_init(struct ls_columns *columns, const struct ls_options *options,
		    struct cg_error *err)
{
	bool all_hierarchies =
		options->hierarchy ? strcmp(options->hierarchy, "all") == 0 : options->check;
	int rc;

	for (size_t i = 0; i < LS_COLUMN_COUNT; i++)
		columns->items[i] = infos[i].column;
	columns->items[LS_HOLDER].by_default = options->deep;
	columns->items[LS_OWN].by_default = options->members;
	columns->items[LS_PATH].by_default = options->members;
	columns->items[LS_HIERARCHY].by_default = all_hierarchies;
	if (options->all_columns) {
		rc = cg_selection_all(LS_COLUMN_COUNT, &columns->selection);
		if (rc)
			return cg_error_set(err, -rc, "cannot choose the columns");
	} else {
		rc = cg_selection_parse(columns->items, LS_COLUMN_COUNT, options->columns,
					&columns->selection, err);
		if (rc)
			return rc;
	}
	if (options->tree || options->members)
		carry_tree(columns);
	return 0;
}

void ls_columns_free(struct ls_columns *columns)
{
	cg_selection_free(&columns->selection);
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
	*cell = (struct ls_cell)LS_CELL_INIT;
}

static int set_number(struct ls_cell *cell, uint64_t number)
{
	cell->kind = LS_CELL_NUMBER;
	cell->number = number;
	return 0;
}

/* 0 stands for what is not known. */
static int set_number_unless_0(struct ls_cell *cell, uint64_t number)
{
	return number ? set_number(cell, number) : 0;
}

static int set_text(struct ls_cell *cell, const char *text)
{
	cell->kind = text ? LS_CELL_TEXT : LS_CELL_EMPTY;
	cell->text = text;
	return 0;
}

/* Takes text over; NULL means that memory was short. */
static int set_owned(struct ls_cell *cell, char *text)
{
	cell->owned = text;
	return text ? set_text(cell, text) : -ENOMEM;
}

static int set_user(struct ls_cell *cell, struct ls_listing *listing, uid_t uid)
{
	const char *name = NULL;
	int rc = ls_user_name(listing, uid, &name);
	char *number;

	if (rc)
		return rc;
	if (name)
		return set_text(cell, name);
	return set_owned(cell, asprintf(&number, "%u", uid) < 0 ? NULL : number);
}

static const char *first_file(const struct cg_namespace *ns)
{
	for (size_t i = 0; i < ns->holder_count; i++)
		if (ns->holders[i].kind == CG_HOLDER_MOUNT)
			return ns->holders[i].file;
	return NULL;
}

#define HOLDERS_SHOWN 4

static void print_holder(FILE *to, const struct cg_holder *holder)
{
	switch (holder->kind) {
	case CG_HOLDER_PROCESS:
		fprintf(to, "process %d", holder->pid);
		break;
	case CG_HOLDER_THREAD:
		fprintf(to, "thread %d/%d", holder->pid, holder->tid);
		break;
	case CG_HOLDER_MOUNT:
		fprintf(to, "mount %s of %d", holder->file, holder->pid);
		break;
	case CG_HOLDER_FD:
		fprintf(to, "fd %d/%d", holder->pid, holder->fd);
		break;
	case CG_HOLDER_KERNEL:
		fputs("kernel", to);
		break;
	}
}

/* What holds the namespace: its first process, then the rest. */
static int set_holders(struct ls_cell *cell, const struct cg_namespace *ns)
{
	cleanup_free char *text = NULL;
	size_t len, shown = 0;
	FILE *to = open_memstream(&text, &len);
	bool failed;

	if (!to)
		return -ENOMEM;
	if (ns->pid) {
		print_holder(to, &(struct cg_holder){ .kind = CG_HOLDER_PROCESS, .pid = ns->pid });
		shown++;
	}
	for (size_t i = 0; i < ns->holder_count; i++) {
		if (ns->holders[i].kind == CG_HOLDER_FD && ns->holders[i].pid == getpid())
			continue; /* a TARGET that this program itself has open */
		if (shown < HOLDERS_SHOWN) {
			fputs(shown ? ", " : "", to);
			print_holder(to, &ns->holders[i]);
		}
		shown++;
	}
	if (shown > HOLDERS_SHOWN)
		fprintf(to, ", %zu more", shown - HOLDERS_SHOWN);
	failed = ferror(to);
	if (fclose(to) || failed)
		return -ENOMEM;
	return shown ? set_owned(cell, cg_steal_ptr(&text)) : 0;
}

static int set_root(struct ls_cell *cell, const struct ls_row *row)
{
	const struct cg_root *root = row->ns->roots ? &row->ns->roots[row->hierarchy] : NULL;

	return set_text(cell, root && root->state == CG_ROOT_KNOWN ? root->path : NULL);
}

int ls_namespace_cell(const struct ls_row *row, enum ls_column column, struct ls_cell *cell)
{
	const struct cg_namespace *ns = row->ns;

	*cell = (struct ls_cell)LS_CELL_INIT;
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
	case LS_ROOT:
		return set_root(cell, row);
	case LS_HOLDER:
		return set_holders(cell, ns);
	case LS_OUTSIDE:
		return ns->inode && !(row->states & LS_HIDDEN) ? set_number(cell, row->outside) : 0;
	case LS_USERNS:
		return set_number_unless_0(cell, ns->owner);
	case LS_FILE:
		return set_text(cell, first_file(ns));
	case LS_UID:
		return ns->user_known ? set_number(cell, ns->uid) : 0;
	case LS_PPID:
		return ns->pid ? set_number(cell, (uint64_t)ns->ppid) : 0;
	case LS_HIERARCHY:
		return row->whole ? 0
				  : set_text(cell,
					     row->listing->hierarchies.items[row->hierarchy].name);
	case LS_MOUNTROOT:
		return set_text(cell, row->mount_root);
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
	/* the root's state is the members' too; what is mounted is the first one's only */
	return (member->row->states & (LS_REMOVED | LS_HIDDEN)) |
	       (member->outside ? LS_OUTSIDE_ROOT : 0);
}

int ls_member_cell(const struct ls_member *member, enum ls_column column, struct ls_cell *cell)
{
	struct ls_row *row = member->row;

	*cell = (struct ls_cell)LS_CELL_INIT;
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
		return row->whole ? 0
				  : set_text(cell, cg_nsscan_path(&row->listing->scan,
								  member->member, row->hierarchy));
	case LS_UID:
		return member->user_known ? set_number(cell, member->uid) : 0;
	case LS_PPID:
		return set_number(cell, (uint64_t)member->ppid);
	case LS_HIERARCHY:
		return row->whole ? 0
				  : set_text(cell,
					     row->listing->hierarchies.items[row->hierarchy].name);
	default:
		return 0;
	}
}
