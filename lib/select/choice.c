/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is to choose from, where a TARGET means several. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "select/select.h"

#define LISTED 8 /* in an error */

int cg_choice_add(struct cg_choice *choice, const char *form, const char *name, char **remark)
{
	struct cg_choice_item *more =
		reallocarray(choice->items, choice->count + 1, sizeof(*choice->items));
	char *text;

	if (!more)
		return -ENOMEM;
	choice->items = more;
	text = cg_format("%s%s", form, name);
	if (!text)
		return -ENOMEM;
	more[choice->count++] =
		(struct cg_choice_item){ text, remark ? cg_steal_ptr(remark) : NULL };
	return 0;
}

int cg_choice_explain(const struct cg_choice *choice, struct cg_error *err)
{
	cleanup_list struct cg_list list = { 0 };

	for (size_t i = 0; i < choice->count && i < LISTED; i++) {
		const struct cg_choice_item *item = &choice->items[i];
		cleanup_free char *quoted = cg_quote(item->text);

		cg_list_add(&list, ", ", "%s", quoted ?: "?");
		if (item->remark)
			cg_list_add(&list, "", " (%.32s)", item->remark);
	}
	if (choice->more)
		cg_list_add(&list, "", " and others");
	else if (choice->count > LISTED)
		cg_list_add(&list, "", " and %zu more", choice->count - LISTED);
	if (!list.text)
		return -ENOMEM;
	cg_error_hint(err, "name one: %s", list.text);
	return -ENOTUNIQ;
}

void cg_choice_free(struct cg_choice *choice)
{
	for (size_t i = 0; i < choice->count; i++) {
		free(choice->items[i].text);
		free(choice->items[i].remark);
	}
	free(choice->items);
	*choice = (struct cg_choice){ 0 };
}
