/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of text for a terminal: a table where it fits, else one card a row. Widths are columns on
 * the screen, not bytes; what a stranger's device calls itself cannot move the cursor.
 */
#ifndef VAKA_CTL_TABLE_H
#define VAKA_CTL_TABLE_H

#include "base/str.h"

enum { VK_TABLE_COLUMNS = 12, VK_TABLE_CELL = 256 };

struct vk_table {
	int n_columns;
	const char *heads[VK_TABLE_COLUMNS]; /* borrowed */
	int n_cells;
	char (*cells)[VK_TABLE_CELL]; /* owned */
	bool is_failed;               /* out of memory: the rest is left out */
};

void vk_table_head(struct vk_table *t, const char *head);
/* Cells go in row by row. Control characters and bytes that are no UTF-8 become '?'. */
void vk_table_cell(struct vk_table *t, const char *text);
/* width: of the terminal; 0: no limit. */
void vk_table_print(const struct vk_table *t, int width, struct vk_str *out);
void vk_table_done(struct vk_table *t);

/* Columns that a text takes. */
int vk_text_width(const char *text);
/* Appends text broken between words at width, following lines indented. */
void vk_text_wrap(struct vk_str *out, const char *text, int width, int indent);

#endif
