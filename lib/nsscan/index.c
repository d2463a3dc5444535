/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The namespaces and placements of a scan, found by inode and by text. */
#include "index.h"

#include <errno.h>
#include <search.h>
#include <string.h>

/* Something that was seen, and its index in an array of the scan's. */
struct known {
	uint32_t at;
	size_t len;
	const char *key;
};

/* A tree of tsearch(3). */
struct table {
	void *root;
	const struct known *last; /* neighbours in /proc are often alike */
};

struct cg_nsscan_index {
	struct table inodes;
	struct table texts; /* the contents of /proc/PID/cgroup */
};

struct cg_nsscan_index *cg_nsscan_index_new(void)
{
	return calloc(1, sizeof(struct cg_nsscan_index));
}

void *cg_nsscan_room(void *array, size_t count, size_t item_size)
{
	if (count & (count - 1))
		return array;
	return reallocarray(array, count ? count * 2 : 1, item_size);
}

static int compare(const void *left, const void *right)
{
	const struct known *a = left, *b = right;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->key, b->key, a->len);
}

/* Inline, for the comparison with the last one to be of a length that is known. */
static inline const struct known *table_find(struct table *table, const void *key, size_t len)
{
	const struct known wanted = { 0, len, key };
	struct known *const *node;

	if (table->last && table->last->len == len && !memcmp(table->last->key, key, len))
		return table->last;
	node = tfind(&wanted, &table->root, compare);
	if (node)
		table->last = *node;
	return node ? *node : NULL;
}

/* Adds what is not there yet; the key is copied. Returns 0 or -ENOMEM. */
static int table_add(struct table *table, const void *key, size_t len, size_t at)
{
	struct known *entry = malloc(sizeof(*entry) + len);

	if (!entry)
		return -ENOMEM;
	*entry = (struct known){ (uint32_t)at, len, memcpy(entry + 1, key, len) };
	if (!tsearch(entry, &table->root, compare)) {
		free(entry);
		return -ENOMEM;
	}
	table->last = entry;
	return 0;
}

struct cg_namespace *cg_nsscan_namespace(struct cg_nsscan *scan, uint64_t inode)
{
	struct table *inodes = &scan->index->inodes;
	const struct known *known = table_find(inodes, &inode, sizeof(inode));
	struct cg_namespace *grown;

	if (known)
		return &scan->namespaces[known->at];
	grown = cg_nsscan_room(scan->namespaces, scan->count, sizeof(*grown));
	if (!grown)
		return NULL;
	scan->namespaces = grown;
	if (table_add(inodes, &inode, sizeof(inode), scan->count) < 0)
		return NULL;
	grown[scan->count] = (struct cg_namespace){ .inode = inode };
	return &grown[scan->count++];
}

static void free_placement(struct cg_placement *placement)
{
	cg_memberships_free(&placement->memberships);
	free(placement->paths);
}

/* Parses a copy of text, and finds each hierarchy's path in it: none in one that is of no known
 * form. */
static int fill_placement(const struct cg_hierarchies *hierarchies, const struct cg_text *text,
			  struct cg_placement *placement)
{
	struct cg_text *copy = &placement->memberships.text;
	int rc;

	placement->paths = calloc(hierarchies->count + 1, sizeof(*placement->paths));
	copy->data = malloc(text->len + 1);
	if (!placement->paths || !copy->data)
		return -ENOMEM;
	memcpy(copy->data, text->data, text->len + 1);
	copy->len = text->len;
	copy->size = text->len + 1;
	rc = cg_memberships_parse(&placement->memberships);
	for (size_t h = 0; rc == 0 && h < hierarchies->count; h++) {
		placement->paths[h] = cg_memberships_path(&placement->memberships,
							  hierarchies->items[h].controllers);
	}
	return rc == -ENOMEM ? rc : 0;
}

int cg_nsscan_placement(struct cg_nsscan *scan, const struct cg_text *text, uint32_t *placement)
{
	struct table *texts = &scan->index->texts;
	const struct known *known = table_find(texts, text->data, text->len);
	struct cg_placement *grown, fresh = { 0 };
	int rc;

	*placement = known ? known->at : (uint32_t)scan->placement_count;
	if (known)
		return 0;
	grown = cg_nsscan_room(scan->placements, scan->placement_count, sizeof(fresh));
	if (!grown)
		return -ENOMEM;
	scan->placements = grown;
	rc = fill_placement(scan->hierarchies, text, &fresh);
	if (rc == 0)
		rc = table_add(texts, text->data, text->len, scan->placement_count);
	if (rc)
		free_placement(&fresh);
	else
		grown[scan->placement_count++] = fresh;
	return rc;
}

static void free_namespace(const struct cg_nsscan *scan, struct cg_namespace *ns)
{
	struct cg_nsroot roots = { .nsfd = -1, .roots = ns->roots };

	cg_nsroot_free(&roots, 1, scan->hierarchies);
	for (size_t i = 0; i < ns->holder_count; i++)
		free(ns->holders[i].file);
	free(ns->holders);
	free(ns->members);
	free(ns->command);
}

void cg_nsscan_filter(struct cg_nsscan *scan,
		      bool (*keep)(const struct cg_namespace *ns, const void *data),
		      const void *data)
{
	size_t kept = 0;

	for (size_t i = 0; i < scan->count; i++) {
		if (keep(&scan->namespaces[i], data))
			scan->namespaces[kept++] = scan->namespaces[i];
		else
			free_namespace(scan, &scan->namespaces[i]);
	}
	scan->count = kept;
}

static bool still_exists(const struct cg_namespace *ns, CG_UNUSED const void *data)
{
	return ns->pid || ns->holder_count;
}

void cg_nsscan_drop_ended(struct cg_nsscan *scan)
{
	cg_nsscan_filter(scan, still_exists, NULL);
}

void cg_nsscan_index_free(struct cg_nsscan *scan)
{
	for (size_t i = 0; i < scan->count; i++)
		free_namespace(scan, &scan->namespaces[i]);
	free(scan->namespaces);
	for (size_t i = 0; i < scan->placement_count; i++)
		free_placement(&scan->placements[i]);
	free(scan->placements);
	if (scan->index) {
		tdestroy(scan->index->inodes.root, free);
		tdestroy(scan->index->texts.root, free);
		free(scan->index);
	}
}
