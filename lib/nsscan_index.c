/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nsscan_index.h"

#include <errno.h>
#include <string.h>

/* Open addressing: a slot is an index plus 1 into an array of the owner's, or 0. */
struct slots {
	uint32_t *items;
	size_t size; /* a power of two */
	size_t used;
};

/* The text of which a placement was made. */
struct raw_text {
	char *data;
	size_t len;
	uint64_t hash;
};

struct cg_nsscan_index {
	struct slots by_inode;
	struct slots by_text;
	struct raw_text *raw;  /* one for each placement */
	size_t last_namespace; /* neighbours in /proc are often in the same */
	uint32_t last_placement;
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

static uint64_t hash_number(uint64_t number)
{
	number *= 0x9e3779b97f4a7c15U;
	return number ^ number >> 32;
}

static uint64_t hash_text(const char *text, size_t len)
{
	uint64_t hash = len, word;

	for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
		hash ^= hash >> 29;
	}
	word = 0;
	memcpy(&word, text, len);
	return hash_number(hash ^ word);
}

/* Doubles when three quarters are in use; hash_of gives the hash of an entry again. */
static bool slots_grow(struct slots *slots, uint64_t (*hash_of)(const struct cg_nsscan *, uint32_t),
		       const struct cg_nsscan *scan)
{
	size_t size = slots->size ? slots->size * 2 : 64;
	uint32_t *items;

	if (slots->used < slots->size / 4 * 3)
		return true;
	items = calloc(size, sizeof(*items));
	if (!items)
		return false;
	for (size_t i = 0; i < slots->size; i++) {
		size_t at;

		if (!slots->items[i])
			continue;
		at = hash_of(scan, slots->items[i] - 1) & (size - 1);
		while (items[at])
			at = (at + 1) & (size - 1);
		items[at] = slots->items[i];
	}
	free(slots->items);
	slots->items = items;
	slots->size = size;
	return true;
}

static uint64_t hash_of_namespace(const struct cg_nsscan *scan, uint32_t i)
{
	return hash_number(scan->namespaces[i].inode);
}

static uint64_t hash_of_placement(const struct cg_nsscan *scan, uint32_t i)
{
	const struct cg_nsscan_index *index = scan->index;

	return index->raw[i].hash;
}

struct cg_namespace *cg_nsscan_namespace(struct cg_nsscan *scan, uint64_t inode)
{
	struct cg_nsscan_index *index = scan->index;
	struct cg_namespace *ns, *grown;
	size_t at;

	if (index->last_namespace < scan->count &&
	    scan->namespaces[index->last_namespace].inode == inode)
		return &scan->namespaces[index->last_namespace];
	if (!slots_grow(&index->by_inode, hash_of_namespace, scan))
		return NULL;
	at = hash_number(inode) & (index->by_inode.size - 1);
	for (; index->by_inode.items[at]; at = (at + 1) & (index->by_inode.size - 1)) {
		index->last_namespace = index->by_inode.items[at] - 1;
		if (scan->namespaces[index->last_namespace].inode == inode)
			return &scan->namespaces[index->last_namespace];
	}
	grown = cg_nsscan_room(scan->namespaces, scan->count, sizeof(*grown));
	if (!grown)
		return NULL;
	scan->namespaces = grown;
	index->last_namespace = scan->count;
	ns = &scan->namespaces[scan->count++];
	*ns = (struct cg_namespace){ .inode = inode };
	index->by_inode.items[at] = (uint32_t)scan->count;
	index->by_inode.used++;
	return ns;
}

static void free_placement(struct cg_placement *placement)
{
	cg_memberships_free(&placement->memberships);
	free(placement->paths);
}

/* Parses a copy of text, and finds each hierarchy's path in it. */
static int fill_placement(const struct cg_nsscan *scan, const struct raw_text *raw,
			  struct cg_placement *placement)
{
	const struct cg_hierarchies *hierarchies = scan->hierarchies;
	struct cg_text *text = &placement->memberships.text;
	int rc;

	placement->paths = calloc(hierarchies->count + 1, sizeof(*placement->paths));
	text->data = malloc(raw->len + 1);
	if (!placement->paths || !text->data)
		return -ENOMEM;
	memcpy(text->data, raw->data, raw->len + 1);
	text->len = raw->len;
	text->size = raw->len + 1;
	rc = cg_memberships_parse(&placement->memberships);
	if (rc)
		return rc;
	for (size_t h = 0; h < hierarchies->count; h++) {
		placement->paths[h] = cg_memberships_path(&placement->memberships,
							  hierarchies->items[h].controllers);
	}
	return 0;
}

static int add_placement(struct cg_nsscan *scan, const struct cg_text *text, uint64_t hash)
{
	struct cg_nsscan_index *index = scan->index;
	struct raw_text raw = { NULL, text->len, hash };
	struct cg_placement fresh = { CG_MEMBERSHIPS_INIT, NULL };
	struct cg_placement *placements;
	struct raw_text *raws;
	int rc;

	placements = cg_nsscan_room(scan->placements, scan->placement_count, sizeof(fresh));
	if (!placements)
		return -ENOMEM;
	scan->placements = placements;
	raws = cg_nsscan_room(index->raw, scan->placement_count, sizeof(raw));
	if (!raws)
		return -ENOMEM;
	index->raw = raws;
	raw.data = malloc(raw.len + 1);
	if (!raw.data)
		return -ENOMEM;
	memcpy(raw.data, text->data, raw.len + 1);
	rc = fill_placement(scan, &raw, &fresh);
	if (rc) {
		free_placement(&fresh);
		free(raw.data);
		return rc;
	}
	index->raw[scan->placement_count] = raw;
	scan->placements[scan->placement_count++] = fresh;
	return 0;
}

static bool is_raw_text(const struct raw_text *raw, const struct cg_text *text)
{
	return raw->len == text->len && !memcmp(raw->data, text->data, text->len);
}

int cg_nsscan_placement(struct cg_nsscan *scan, const struct cg_text *text, uint32_t *placement)
{
	struct cg_nsscan_index *index = scan->index;
	struct slots *slots = &index->by_text;
	uint64_t hash;
	size_t at;
	int rc;

	*placement = index->last_placement;
	if (*placement < scan->placement_count && is_raw_text(&index->raw[*placement], text))
		return 0;
	if (!slots_grow(slots, hash_of_placement, scan))
		return -ENOMEM;
	hash = hash_text(text->data, text->len);
	at = hash & (slots->size - 1);
	for (; slots->items[at]; at = (at + 1) & (slots->size - 1)) {
		*placement = slots->items[at] - 1;
		index->last_placement = *placement;
		if (index->raw[*placement].hash == hash &&
		    is_raw_text(&index->raw[*placement], text))
			return 0;
	}
	rc = add_placement(scan, text, hash);
	if (rc)
		return rc;
	*placement = (uint32_t)scan->placement_count - 1;
	index->last_placement = *placement;
	slots->items[at] = (uint32_t)scan->placement_count;
	slots->used++;
	return 0;
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
	struct cg_nsscan_index *index = scan->index;

	for (size_t i = 0; i < scan->count; i++)
		free_namespace(scan, &scan->namespaces[i]);
	free(scan->namespaces);
	for (size_t i = 0; i < scan->placement_count; i++) {
		free_placement(&scan->placements[i]);
		free(index->raw[i].data);
	}
	free(scan->placements);
	if (index) {
		free(index->raw);
		free(index->by_inode.items);
		free(index->by_text.items);
		free(index);
	}
}
