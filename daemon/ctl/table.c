/* SPDX-License-Identifier: Apache-2.0 */
/* Widths by ranges of Unicode that matter here: marks take none, East Asian ones and emoji two. */
#include "ctl/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, NARROWEST = 20 };

/* One character: its length in bytes, or 0 where the bytes are none. */
static size_t decode(const char *text, uint32_t *ret_c)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;

	*ret_c = n == 1 ? s[0] : n ? s[0] & (0xffU >> (n + 1)) : 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*ret_c = *ret_c << 6 | (s[i] & 0x3f);
	}
	return n && vk_is_utf8(text, n) ? n : 0;
}

static int width_of(uint32_t c)
{
	if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff)
		return 0;
	if ((c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
	    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
	    (c >= 0xff00 && c <= 0xff60) || (c >= 0x1f300 && c <= 0x1faff) || c >= 0x20000)
		return 2;
	return 1;
}

/* Control characters, and the marks that turn the direction of text round. */
static bool is_unfit(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static void clean(char dst[VK_TABLE_CELL], const char *text)
{
	size_t at = 0;

	while (*text && at + 5 < VK_TABLE_CELL) {
		uint32_t c;
		size_t n = decode(text, &c);

		if (!n || is_unfit(c)) {
			dst[at++] = '?';
			text += n ? n : 1;
			continue;
		}
		memcpy(dst + at, text, n);
		at += n;
		text += n;
	}
	dst[at] = '\0';
}

int vk_text_width(const char *text)
{
	int width = 0;

	while (*text) {
		uint32_t c;
		size_t n = decode(text, &c);

		width += n ? width_of(c) : 1;
		text += n ? n : 1;
	}
	return width;
}

void vk_table_head(struct vk_table *t, const char *head)
{
	if (t->n_columns < VK_TABLE_COLUMNS)
		t->heads[t->n_columns++] = head;
}

void vk_table_cell(struct vk_table *t, const char *text)
{
	bool is_full = (t->n_cells & (t->n_cells - 1)) == 0; /* 0, 1, 2, 4, … */
	void *more;

	if (t->is_failed)
		return;
	if (is_full) {
		more = realloc(t->cells,
			       (t->n_cells ? (size_t)t->n_cells * 2 : 1) * sizeof *t->cells);
		if (!more) {
			t->is_failed = true;
			return;
		}
		t->cells = more;
	}
	clean(t->cells[t->n_cells++], text);
}

static void pad(struct vk_str *out, int n)
{
	for (; n > 0; n--)
		vk_str_add(out, " ");
}

static int column_width(const struct vk_table *t, int column)
{
	int widest = vk_text_width(t->heads[column]);

	for (int i = column; i < t->n_cells; i += t->n_columns) {
		int width = vk_text_width(t->cells[i]);

		widest = width > widest ? width : widest;
	}
	return widest;
}

static void print_row(const struct vk_table *t, const int *widths, int row, struct vk_str *out)
{
	int owed = 0; /* blanks, before something that is not blank */

	for (int i = 0; i < t->n_columns; i++) {
		const char *text = row < 0 ? t->heads[i] : t->cells[row * t->n_columns + i];

		if (text[0]) {
			pad(out, owed);
			vk_str_add(out, text);
			owed = 0;
		}
		owed += widths[i] - vk_text_width(text) + GAP;
	}
	vk_str_add(out, "\n");
}

void vk_text_wrap(struct vk_str *out, const char *text, int width, int indent)
{
	int at = indent;

	while (*text) {
		size_t len = strcspn(text, " ");
		char word[VK_TABLE_CELL * 2];
		int columns;

		(void)snprintf(word, sizeof word, "%.*s", (int)len, text);
		columns = vk_text_width(word);
		if (at > indent && width && at + 1 + columns > width) {
			vk_str_add(out, "\n");
			pad(out, indent);
			at = indent;
		} else if (at > indent) {
			vk_str_add(out, " ");
			at++;
		}
		vk_str_add(out, word);
		at += columns;
		text += len;
		text += strspn(text, " ");
	}
	vk_str_add(out, "\n");
}

/* The first column is the card's title; what is empty is left out. */
static void print_card(const struct vk_table *t, int label, int row, int width, struct vk_str *out)
{
	const char(*cells)[VK_TABLE_CELL] =
		(const char(*)[VK_TABLE_CELL]) & t->cells[row * t->n_columns];

	if (row)
		vk_str_add(out, "\n");
	vk_text_wrap(out, cells[0], width, 0);
	for (int i = 1; i < t->n_columns; i++) {
		if (!cells[i][0])
			continue;
		pad(out, GAP);
		vk_str_add(out, t->heads[i]);
		pad(out, label - vk_text_width(t->heads[i]) + GAP);
		vk_text_wrap(out, cells[i], width, GAP + label + GAP);
	}
}

void vk_table_print(const struct vk_table *t, int width, struct vk_str *out)
{
	int widths[VK_TABLE_COLUMNS], total = 0, label = 0;
	int n_rows = t->n_columns ? t->n_cells / t->n_columns : 0;

	for (int i = 0; i < t->n_columns; i++) {
		int head = vk_text_width(t->heads[i]);

		widths[i] = column_width(t, i);
		total += widths[i] + (i ? GAP : 0);
		label = head > label ? head : label;
	}
	if (width > 0 && width < NARROWEST)
		width = NARROWEST;
	if (width && total > width) {
		for (int row = 0; row < n_rows; row++)
			print_card(t, label, row, width, out);
		return;
	}
	for (int row = -1; row < n_rows; row++)
		print_row(t, widths, row, out);
}

void vk_table_done(struct vk_table *t)
{
	free(t->cells);
	*t = (struct vk_table){0};
}
