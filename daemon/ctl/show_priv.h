/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that show lists share. */
#ifndef VAKA_CTL_SHOW_PRIV_H
#define VAKA_CTL_SHOW_PRIV_H

#include "ctl/show.h"
#include "ctl/table.h"

typedef void (*vk_row_fn)(const struct vk_screen *s, struct vk_table *t, const json_t *item);

/* A member's text, "" where there is none. Borrowed. */
const char *vk_json_text(const json_t *object, const char *key);
void vk_show_head(struct vk_table *t, const struct vk_screen *s, const enum vk_say *heads, int n);
/* Takes the text out of cell, which is empty afterwards. */
void vk_show_cell(struct vk_table *t, struct vk_str *cell);
void vk_show_cell_when(const struct vk_screen *s, struct vk_table *t, const json_t *object,
		       const char *key);
void vk_show_list(const struct vk_screen *s, const json_t *list, const enum vk_say *heads, int n,
		  enum vk_say none, vk_row_fn row);

#endif
