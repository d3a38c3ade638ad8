/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Below an inner page that cannot be read stand whole leaves that no tree leads to any more. They
 * are found by their form: every page of the file and of its log is looked at, the newest first,
 * and what has the shape of a reading is one, unless it is there already. Rows that go on in a page
 * of their own are left out. Every length comes from a damaged file and is judged before it is
 * used.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/names.h"

enum {
	LEAF = 0x0d, /* first byte of a table's leaf */
	CELLS_AT = 8,
	COLUMNS_MOST = 40,
	ID_AT = 1,
	KIND_AT = 5,
	ID_TYPE = 2 * VK_UUID_BYTES + 12,
	FILE_LEAST = 2 * VK_PAGE_BYTES,
	LOG_HEAD_BYTES = 32,
	FRAME_HEAD_BYTES = 24,
};

struct scan {
	sqlite3_stmt *insert;
	int n_columns;
	int64_t n; /* rows that were found */
};

struct span {
	const uint8_t *p, *end;
};

struct column {
	int64_t type;
	const uint8_t *data;
	size_t len;
};

/* 1 to 9 bytes, seven bits each but for the ninth. False where there are none left. */
static bool take_number(struct span *s, int64_t *ret_value)
{
	uint64_t value = 0;

	for (int i = 0; i < 9 && s->p < s->end; i++) {
		uint8_t byte = *s->p++;

		value = i == 8 ? value << 8 | byte : value << 7 | (byte & 0x7f);
		if (i < 8 && byte & 0x80)
			continue;
		*ret_value = (int64_t)value;
		return true;
	}
	return false;
}

/* Bytes of a value of this type, or -1. */
static int64_t size_of(int64_t type)
{
	static const int8_t sizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, -1, -1};

	if (type < 0 || type > 2 * VK_PAGE_BYTES + 13)
		return -1;
	return type < 12 ? sizes[type] : (type - 12) / 2;
}

/* The columns of a record that ends where the span does; how many, or -1. */
static int take_columns(struct span s, struct column *columns)
{
	const uint8_t *begin = s.p;
	int64_t len;
	int n = 0;

	if (!take_number(&s, &len) || len < 1 || len > s.end - begin)
		return -1;
	struct span values = {begin + len, s.end};

	s.end = values.p;
	for (; s.p < s.end; n++) {
		if (n == COLUMNS_MOST || !take_number(&s, &columns[n].type))
			return -1;
		int64_t size = size_of(columns[n].type);

		if (size < 0 || size > values.end - values.p)
			return -1;
		columns[n].data = values.p;
		columns[n].len = (size_t)size;
		values.p += size;
	}
	return n;
}

static int64_t integer(const struct column *c)
{
	uint64_t value = c->len && c->data[0] & 0x80 ? UINT64_MAX : 0;

	if (c->type == 9)
		return 1;
	for (size_t i = 0; i < c->len; i++)
		value = value << 8 | c->data[i];
	return (int64_t)value;
}

static bool is_reading(const struct column *c, int n, int n_expected)
{
	char kind[VK_ID_TEXT];

	/* The last column came later: rows of before stand without. */
	if (n < n_expected - 1 || n > n_expected || c[0].type != 0 || c[ID_AT].type != ID_TYPE ||
	    c[KIND_AT].type < 13 || c[KIND_AT].type % 2 == 0 || c[KIND_AT].len >= sizeof kind)
		return false;
	memcpy(kind, c[KIND_AT].data, c[KIND_AT].len);
	kind[c[KIND_AT].len] = '\0';
	return vk_kind_parse(kind) >= 0;
}

static void bind(sqlite3_stmt *stmt, int at, const struct column *c)
{
	if (c->type == 0 || c->type == 7) /* none of ours is a binary float */
		(void)sqlite3_bind_null(stmt, at);
	else if (c->type < 12)
		(void)sqlite3_bind_int64(stmt, at, integer(c));
	else if (c->type % 2)
		(void)sqlite3_bind_text(stmt, at, (const char *)c->data, (int)c->len,
					SQLITE_STATIC);
	else
		(void)sqlite3_bind_blob(stmt, at, c->len ? (const void *)c->data : "", (int)c->len,
					SQLITE_STATIC);
}

/* A row that does not fit is none: the table is strict. */
static int put(struct scan *scan, struct vk_store *to, int64_t number, const struct column *c,
	       int n)
{
	(void)sqlite3_bind_int64(scan->insert, 1, number);
	for (int i = 1; i < n; i++)
		bind(scan->insert, i + 1, &c[i]);
	if (n < scan->n_columns)
		(void)sqlite3_bind_text(scan->insert, n + 1, "", 0, SQLITE_STATIC);
	int rc = sqlite3_step(scan->insert);

	(void)sqlite3_reset(scan->insert);
	(void)sqlite3_clear_bindings(scan->insert);
	if ((rc & 0xff) == SQLITE_CONSTRAINT || (rc & 0xff) == SQLITE_MISMATCH)
		return 0;
	scan->n += rc == SQLITE_DONE ? sqlite3_changes(to->db) : 0;
	return vk_store_error(to, rc);
}

static int look_at_cell(struct scan *scan, struct vk_store *to, struct span cell)
{
	struct column columns[COLUMNS_MOST];
	int64_t len, number;

	if (!take_number(&cell, &len) || !take_number(&cell, &number) || number < 1 || len < 1 ||
	    len > VK_PAGE_BYTES - 35 || len > cell.end - cell.p)
		return 0;
	cell.end = cell.p + len;
	int n = take_columns(cell, columns);

	return n > 0 && is_reading(columns, n, scan->n_columns) ? put(scan, to, number, columns, n)
								: 0;
}

static int look_at_page(struct scan *scan, struct vk_store *to, const uint8_t *page)
{
	int n_cells = page[3] << 8 | page[4], r = 0;

	if (page[0] != LEAF || n_cells > (VK_PAGE_BYTES - CELLS_AT) / 2)
		return 0;
	for (int i = 0; i < n_cells && !r; i++) {
		const uint8_t *p = page + CELLS_AT + 2 * i;
		int at = p[0] << 8 | p[1];

		if (at > CELLS_AT + 2 * n_cells && at < VK_PAGE_BYTES)
			r = look_at_cell(scan, to, (struct span){page + at, page + VK_PAGE_BYTES});
	}
	return r;
}

/* Pages that stand `step` apart, the last one first. */
static int look_at_file(struct scan *scan, struct vk_store *to, const char *name, off_t first,
			off_t step)
{
	vk_auto(vk_closep) int fd = open(name, O_RDONLY | O_CLOEXEC);
	uint8_t page[VK_PAGE_BYTES];
	struct stat st;
	int r = 0;

	if (fd < 0 || fstat(fd, &st) || st.st_size < FILE_LEAST)
		return 0;
	off_t at = first + (st.st_size - first - VK_PAGE_BYTES) / step * step;

	for (; at >= first && !r; at -= step)
		if (pread(fd, page, sizeof page, at) == sizeof page)
			r = look_at_page(scan, to, page);
	return r;
}

static int prepare(struct scan *scan, struct vk_store *to)
{
	vk_auto(vk_str_done) struct vk_str sql = {0};
	int64_t n;
	int r = vk_store_exec_int(to, "SELECT count(*) FROM pragma_table_info('reading')", &n);

	scan->n_columns = (int)n;
	vk_str_add(&sql, "INSERT OR IGNORE INTO reading VALUES(?");
	for (int i = 1; i < scan->n_columns; i++)
		vk_str_add(&sql, ",?");
	vk_str_add(&sql, ")");
	if (r || sql.error || scan->n_columns > COLUMNS_MOST)
		return r ? r : -ENOMEM;
	return vk_store_error(to, sqlite3_prepare_v2(to->db, sql.text, -1, &scan->insert, NULL));
}

int vk_leaf_scan(const char *path, const char *log, struct vk_store *to, int64_t *ret_n)
{
	vk_auto(vk_str_done) struct vk_str own_log = {0};
	struct scan scan = {0};
	int r = prepare(&scan, to);

	vk_str_addf(&own_log, "%s-wal", path);
	if (!r)
		r = own_log.error ? own_log.error : vk_store_exec(to, "BEGIN IMMEDIATE");
	if (!r)
		r = look_at_file(&scan, to, log ? log : own_log.text,
				 LOG_HEAD_BYTES + FRAME_HEAD_BYTES,
				 FRAME_HEAD_BYTES + VK_PAGE_BYTES);
	if (!r)
		r = look_at_file(&scan, to, path, VK_PAGE_BYTES, VK_PAGE_BYTES);
	sqlite3_finalize(scan.insert);
	if (!r)
		r = vk_store_exec(to, "COMMIT");
	if (r && !sqlite3_get_autocommit(to->db))
		(void)vk_store_exec(to, "ROLLBACK");
	*ret_n = r ? 0 : scan.n;
	return r;
}
