/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be read of a damaged file, copied row by row into a fresh one. Only tables are read, for
 * an index can be made again. A page that cannot be read is stepped over: by its numbers where a
 * table has numbers, else from the other end. What a lost row would have kept from happening twice
 * (numbers given out, the monotonic line) is set beyond what it can have been.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* By how badly each is needed, should there not be room for all. */
static const struct table {
	const char *name;
	const char *number;    /* its first column, by which its rows stand; or NULL */
	const char *from_back; /* order of a table without */
} tables[] = {
	{"meta", NULL, "key DESC"},
	{"plan", "seq", NULL},
	{"device", NULL, "id DESC"},
	{"device_attributes", NULL, "device DESC"},
	{"device_user", NULL, "device DESC, user DESC"},
	{"alert", "serial", NULL},
	{"check_", "serial", NULL},
	{"memory", NULL, "patient DESC, rule DESC"},
	{"capture", NULL, "device DESC"},
	{"second_path", "seq", NULL},
	{"notice", NULL, "patient DESC, kind DESC, id DESC"},
	{"outbox", "seq", NULL},
	{"answer", "seq", NULL},
	{"traffic", "seq", NULL},
	{"audit", "seq", NULL},
	{"reading", "seq", NULL},
};

struct copying {
	struct vk_store *from, *to;
	const struct table *table;
	sqlite3_stmt *insert, *seek;
	int64_t last; /* number of the last row that was read */
	int64_t n;
	bool is_partly; /* not all of the table could be read */
};

static int prepare(struct vk_store *store, const struct vk_str *sql, sqlite3_stmt **ret_stmt)
{
	if (sql->error)
		return sql->error;
	return vk_store_error(store, sqlite3_prepare_v2(store->db, sql->text, -1, ret_stmt, NULL));
}

/* By the columns of the damaged file, which a step of the schema may not have reached. */
static int prepare_insert(struct copying *c, sqlite3_stmt *select)
{
	vk_auto(vk_str_done) struct vk_str sql = {0};
	int n = sqlite3_column_count(select);

	vk_str_addf(&sql, "INSERT OR IGNORE INTO %s(", c->table->name);
	for (int i = 0; i < n; i++)
		vk_str_addf(&sql, "%s\"%s\"", i ? "," : "", sqlite3_column_name(select, i));
	for (int i = 0; i < n; i++)
		vk_str_add(&sql, i ? ",?" : ") VALUES(?");
	vk_str_add(&sql, ")");
	return prepare(c->to, &sql, &c->insert);
}

/* A row that does not fit into its table is not one. */
static int put(struct copying *c, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++)
		(void)sqlite3_bind_value(c->insert, i + 1, sqlite3_column_value(row, i));
	int rc = sqlite3_step(c->insert);

	(void)sqlite3_reset(c->insert);
	if ((rc & 0xff) == SQLITE_CONSTRAINT || (rc & 0xff) == SQLITE_MISMATCH) {
		c->is_partly = true;
		return 0;
	}
	c->n += sqlite3_changes(c->to->db);
	return vk_store_error(c->to, rc);
}

/* Rows until the end or until a page cannot be read: -EBADMSG. */
static int copy_rows(struct copying *c, sqlite3_stmt *select)
{
	int rc, r = c->insert ? 0 : prepare_insert(c, select);

	while (!r && (rc = sqlite3_step(select)) != SQLITE_DONE) {
		r = rc == SQLITE_ROW ? put(c, select) : vk_store_error(c->from, rc);
		if (!r && c->table->number)
			c->last = sqlite3_column_int64(select, 0);
	}
	return r;
}

/* order: NULL for the one in which the rows stand. */
static int copy_from(struct copying *c, const char *order)
{
	vk_auto(vk_str_done) struct vk_str sql = {0};
	const struct table *t = c->table;
	sqlite3_stmt *select = NULL;

	vk_str_addf(&sql, "SELECT * FROM %s NOT INDEXED", t->name);
	if (t->number)
		vk_str_addf(&sql, " WHERE %s > ? ORDER BY %s", t->number, t->number);
	if (order)
		vk_str_addf(&sql, " ORDER BY %s", order);
	int r = prepare(c->from, &sql, &select);

	if (!r && t->number)
		r = vk_store_error(c->from, sqlite3_bind_int64(select, 1, c->last));
	if (!r)
		r = copy_rows(c, select);
	sqlite3_finalize(select);
	return r;
}

/* Is there anything to be read behind this number? 1, 0 nothing more, -EBADMSG. */
static int is_readable(struct copying *c, int64_t after)
{
	vk_auto(vk_str_done) struct vk_str sql = {0};
	int r = 0;

	vk_str_addf(&sql, "SELECT * FROM %s NOT INDEXED WHERE %s > ? ORDER BY %s LIMIT 1",
		    c->table->name, c->table->number, c->table->number);
	if (!c->seek)
		r = prepare(c->from, &sql, &c->seek);
	if (r)
		return r;
	(void)sqlite3_bind_int64(c->seek, 1, after);
	int rc = sqlite3_step(c->seek);

	(void)sqlite3_reset(c->seek);
	return rc == SQLITE_ROW ? 1 : vk_store_error(c->from, rc);
}

/* Sets last to the least number behind which rows can be read again. 1, or 0: there are none. */
static int step_over(struct copying *c)
{
	int64_t bad = c->last, good = c->last, step = 1;
	int r = -EBADMSG;

	for (; r == -EBADMSG && good <= INT64_MAX / 4; step *= 2) {
		bad = good;
		good = c->last + step;
		r = is_readable(c, good);
	}
	if (r <= 0)
		return r == -EBADMSG ? 0 : r;
	while (good - bad > 1) {
		int64_t middle = bad + (good - bad) / 2;

		r = is_readable(c, middle);
		if (r < 0 && r != -EBADMSG)
			return r;
		*(r < 0 ? &bad : &good) = middle;
	}
	c->last = good;
	return 1;
}

static int64_t sent_at(struct vk_store *store, const char *which, int64_t seq, int64_t fallback)
{
	vk_auto(vk_str_done) struct vk_str sql = {0};
	int64_t utc_ms;

	vk_str_addf(&sql, "SELECT utc_ms FROM outbox WHERE seq %s %lld", which, (long long)seq);
	if (sql.error || vk_store_exec_int(store, sql.text, &utc_ms) || !utc_ms)
		return fallback;
	return utc_ms;
}

/* Between when what is lost of the outbox was put there. */
static void note_gap(struct copying *c, int64_t after, bool has_more, struct vk_damage *damage)
{
	int64_t from, to;

	if (strcmp(c->table->name, "outbox") != 0)
		return;
	from = sent_at(c->to, "=", after, 0);
	to = has_more ? sent_at(c->from, ">", c->last, INT64_MAX) : INT64_MAX;
	if (!damage->has_gap || from < damage->gap_from_utc_ms)
		damage->gap_from_utc_ms = from;
	if (!damage->has_gap || to > damage->gap_to_utc_ms)
		damage->gap_to_utc_ms = to;
	damage->has_gap = true;
}

static int copy_numbered(struct copying *c, struct vk_damage *damage)
{
	int r;

	while ((r = copy_from(c, NULL)) == -EBADMSG) {
		int64_t after = c->last;

		c->is_partly = true;
		r = step_over(c);
		if (r < 0)
			return r;
		note_gap(c, after, r > 0, damage);
		if (!r)
			return 0;
	}
	return r;
}

static int copy_keyed(struct copying *c)
{
	int r = copy_from(c, NULL);

	if (r != -EBADMSG)
		return r;
	c->is_partly = true;
	r = copy_from(c, c->table->from_back);
	return r == -EBADMSG ? 0 : r;
}

static void name_lost(struct vk_damage *damage, const char *name)
{
	size_t len = strlen(damage->lost);

	(void)snprintf(damage->lost + len, sizeof damage->lost - len, "%s%s", len ? " " : "", name);
}

static int copy_table(struct vk_store *from, struct vk_store *to, const struct table *table,
		      int64_t after, struct vk_damage *damage)
{
	struct copying c = {.from = from, .to = to, .table = table, .last = after};
	int r = vk_store_exec(to, "BEGIN IMMEDIATE");

	if (!r)
		r = table->number ? copy_numbered(&c, damage) : copy_keyed(&c);
	sqlite3_finalize(c.insert);
	sqlite3_finalize(c.seek);
	if (!r)
		r = vk_store_exec(to, "COMMIT");
	if (r && !sqlite3_get_autocommit(to->db))
		(void)vk_store_exec(to, "ROLLBACK");
	if (c.is_partly || r)
		name_lost(damage, table->name);
	damage->n_kept += r ? 0 : c.n;
	return r;
}

/* No room for all of it: the newest readings, as when space runs out. */
static int copy_newest(struct vk_store *from, struct vk_store *to, const struct table *table,
		       struct vk_damage *damage)
{
	int64_t last = 0;

	(void)vk_store_exec_int(from, "SELECT seq FROM reading ORDER BY seq DESC LIMIT 1", &last);
	return copy_table(from, to, table, last - from->bounds.least_readings, damage);
}

/* Beyond what the lost rows may have given out. */
static const char counters[] =
	"INSERT INTO meta SELECT 'outbox_ceiling', coalesce(max(seq), 0) + 1000000 FROM outbox"
	" WHERE true ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value);"
	"INSERT INTO meta SELECT 'next_alert', coalesce(max(serial), 0) + 1 FROM alert"
	" WHERE true ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value);"
	"INSERT INTO meta SELECT 'next_check', coalesce(max(serial), 0) + 1 FROM check_"
	" WHERE true ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value);"
	"INSERT INTO meta SELECT 'mono_floor_ms', max(coalesce((SELECT max(received_mono_ms) FROM"
	" reading), 0), coalesce((SELECT max(mono_ms) FROM audit), 0))"
	" WHERE true ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value);"
	"INSERT INTO capture SELECT device, max(capture) FROM reading WHERE capture > 0 GROUP BY"
	" device ON CONFLICT(device) DO UPDATE SET number = max(number, excluded.number);"
	"INSERT OR IGNORE INTO meta SELECT 'audit_seq', max(seq) FROM audit HAVING max(seq) > 0;"
	"UPDATE meta SET value = max(value, coalesce((SELECT max(seq) FROM audit), 0))"
	" WHERE key = 'audit_seq';"
	"INSERT OR IGNORE INTO meta SELECT 'audit_head', hash FROM audit ORDER BY seq DESC LIMIT 1;"
	"INSERT OR REPLACE INTO meta VALUES('unclean', 1)";

/* A number that staff were told of must not name another alert: far above, as a stand-in's are. */
static int far_above(struct vk_store *to)
{
	vk_auto(vk_str_done) struct vk_str sql = {0};

	vk_str_addf(&sql,
		    "UPDATE meta SET value = max(value, %lld) WHERE key IN ('next_alert', "
		    "'next_check')",
		    (long long)time(NULL));
	return sql.error ? sql.error : vk_store_exec(to, sql.text);
}

static int copy_tables(struct vk_store *from, struct vk_store *to, struct vk_damage *damage)
{
	int r = 0;

	for (size_t i = 0; i < VK_ARRAY_LEN(tables) && !r; i++) {
		const struct table *t = &tables[i];

		r = copy_table(from, to, t, 0, damage);
		if (r == -ENOSPC && i == VK_ARRAY_LEN(tables) - 1)
			r = copy_newest(from, to, t, damage);
		/* A table that is not there at all: its root is in what cannot be read. */
		if (r == -EINVAL || r == -EBADMSG)
			r = 0;
	}
	return r;
}

/* Readings by their form, and what must not be given out twice. */
static int complete(const char *path, const char *log, struct vk_store *to,
		    struct vk_damage *damage)
{
	bool is_all = strcmp(damage->lost, "all") == 0;
	int64_t n = 0;
	int r = 0;

	if (is_all || strstr(damage->lost, "reading"))
		r = vk_leaf_scan(path, log, to, &n);
	damage->n_kept += n;
	if (!r || r == -ENOSPC)
		r = vk_store_exec(to, counters);
	if (!r && (is_all || strstr(damage->lost, "meta") || strstr(damage->lost, "alert") ||
		   strstr(damage->lost, "check_")))
		r = far_above(to);
	return r;
}

int vk_salvage(struct vk_store *from, struct vk_store *to, struct vk_damage *damage)
{
	int r = 0;

	if (from->db)
		r = copy_tables(from, to, damage);
	else
		(void)vk_copy(damage->lost, sizeof damage->lost, "all");
	return r ? r : complete(from->path, from->still.log, to, damage);
}
