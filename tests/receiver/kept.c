/* SPDX-License-Identifier: Apache-2.0 */
#include "kept.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>

struct kept {
	sqlite3 *db;
	sqlite3_stmt *find, *put;
	int is_open_transaction;
};

static const char schema[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	"CREATE TABLE IF NOT EXISTS message(hub TEXT NOT NULL, id TEXT NOT NULL,"
	" rev INTEGER NOT NULL, topic TEXT NOT NULL, at_utc_ms INTEGER NOT NULL, payload BLOB,"
	" PRIMARY KEY(hub, id)) STRICT, WITHOUT ROWID";

static int prepare(struct kept *kept)
{
	if (sqlite3_exec(kept->db, schema, NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(kept->db, "SELECT rev FROM message WHERE hub = ? AND id = ?", -1,
			       &kept->find, NULL) ||
	    sqlite3_prepare_v2(kept->db,
			       "INSERT INTO message(hub, id, rev, topic, at_utc_ms, payload)"
			       " VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
			       " rev = excluded.rev, topic = excluded.topic,"
			       " at_utc_ms = excluded.at_utc_ms, payload = excluded.payload",
			       -1, &kept->put, NULL))
		return -EIO;
	return 0;
}

int kept_open(const char *path, struct kept **ret_kept)
{
	struct kept *kept = calloc(1, sizeof *kept);
	int r = kept ? 0 : -ENOMEM;

	if (!r && sqlite3_open(path, &kept->db))
		r = -EIO;
	/* Somebody may look into the file while it is opened (--dump). */
	if (!r)
		(void)sqlite3_busy_timeout(kept->db, 5000);
	if (!r)
		r = prepare(kept);
	if (r)
		kept_close(kept);
	else
		*ret_kept = kept;
	return r;
}

void kept_close(struct kept *kept)
{
	if (!kept)
		return;
	sqlite3_finalize(kept->find);
	sqlite3_finalize(kept->put);
	sqlite3_close(kept->db);
	free(kept);
}

/* -1: nothing of this id yet. */
static int find(struct kept *kept, const struct kept_message *m, int64_t *ret_rev)
{
	sqlite3_bind_text(kept->find, 1, m->hub, -1, SQLITE_STATIC);
	sqlite3_bind_text(kept->find, 2, m->id, -1, SQLITE_STATIC);
	int rc = sqlite3_step(kept->find);

	*ret_rev = rc == SQLITE_ROW ? sqlite3_column_int64(kept->find, 0) : -1;
	sqlite3_reset(kept->find);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -EIO;
}

static int write_row(struct kept *kept, const struct kept_message *m)
{
	sqlite3_bind_text(kept->put, 1, m->hub, -1, SQLITE_STATIC);
	sqlite3_bind_text(kept->put, 2, m->id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(kept->put, 3, m->rev);
	sqlite3_bind_text(kept->put, 4, m->topic, -1, SQLITE_STATIC);
	sqlite3_bind_int64(kept->put, 5, m->at_utc_ms);
	sqlite3_bind_blob64(kept->put, 6, m->len ? m->payload : "", m->len, SQLITE_STATIC);
	int rc = sqlite3_step(kept->put);

	sqlite3_reset(kept->put);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

int kept_put(struct kept *kept, const struct kept_message *m, enum kept_as *ret_as)
{
	int64_t rev = -1;
	int r = 0;

	if (!kept->is_open_transaction)
		r = sqlite3_exec(kept->db, "BEGIN", NULL, NULL, NULL) ? -EIO : 0;
	if (!r) {
		kept->is_open_transaction = 1;
		r = find(kept, m, &rev);
	}
	if (r)
		return r;
	*ret_as = rev < 0         ? KEPT_NEW
		  : m->rev > rev  ? KEPT_NEWER
		  : m->rev == rev ? KEPT_REPEAT
				  : KEPT_OLDER;
	return *ret_as <= KEPT_NEWER ? write_row(kept, m) : 0;
}

int kept_commit(struct kept *kept)
{
	if (!kept->is_open_transaction)
		return 0;
	if (sqlite3_exec(kept->db, "COMMIT", NULL, NULL, NULL))
		return -EIO;
	kept->is_open_transaction = 0;
	return 0;
}

int kept_dump(struct kept *kept, FILE *out)
{
	sqlite3_stmt *rows = NULL;
	int rc = sqlite3_prepare_v2(kept->db,
				    "SELECT hub, id, rev, topic FROM message ORDER BY hub, id", -1,
				    &rows, NULL);

	while (!rc && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		fprintf(out, "%s\t%s\t%lld\t%s\n", sqlite3_column_text(rows, 0),
			sqlite3_column_text(rows, 1), sqlite3_column_int64(rows, 2),
			sqlite3_column_text(rows, 3));
		rc = 0;
	}
	sqlite3_finalize(rows);
	return rc == SQLITE_DONE ? 0 : -EIO;
}
