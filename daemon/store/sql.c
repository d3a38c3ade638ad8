/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite behind six verbs. A query takes its statement from the store's cache, remembers its first
 * error, and gives the statement back when it ends. When SQLite has ended a transaction by itself
 * (disk full, I/O error), every further write of that transaction fails, so that nothing of it is
 * ever written alone.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/*
 * The operating system's word for an I/O error. SQLite hands it on for most statements but not for
 * a failed COMMIT, where errno still has it; whatever else stands there is not about a disk.
 */
static int system_error(struct vk_store *store, int fallback)
{
	const int told[] = {errno, sqlite3_system_errno(store->db)};

	for (size_t i = 0; i < VK_ARRAY_LEN(told); i++)
		if (told[i] == EROFS || told[i] == ENOSPC || told[i] == EDQUOT ||
		    told[i] == EACCES || told[i] == EPERM)
			return -told[i];
	return fallback;
}

static int translate(struct vk_store *store, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_IOERR:
		return system_error(store, -EIO);
	case SQLITE_CANTOPEN:
		return system_error(store, -ENOENT);
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EPERM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_TOOBIG:
		return -EMSGSIZE;
	default:
		return -EINVAL;
	}
}

int vk_store_error(struct vk_store *store, int rc)
{
	int error = translate(store, rc);

	if (error == -ENOSPC || error == -EDQUOT)
		store->is_space_out = true;
	if (error == -EBADMSG)
		store->has_bad_page = true;
	if (error == -EINVAL) /* a mistake of ours: the text names columns, never values */
		vk_log(VK_LOG_ERR, "store", "%s", sqlite3_errmsg(store->db));
	return error;
}

int vk_store_exec(struct vk_store *store, const char *sql)
{
	errno = 0;
	return vk_store_error(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

int vk_store_exec_int(struct vk_store *store, const char *sql, int64_t *ret_value)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);

	errno = 0;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	*ret_value = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	int error = vk_store_error(store, rc);

	sqlite3_finalize(stmt);
	return error;
}

/* SQLite rolls back by itself after some errors; what follows must not be written alone. */
static int guard(struct vk_store *store)
{
	if (store->is_begun && sqlite3_get_autocommit(store->db))
		return store->lost_error ? store->lost_error : -EIO;
	return 0;
}

struct vk_query vk_query_init(struct vk_store *store, enum vk_slot slot, const char *sql)
{
	struct vk_query q = {.store = store, .error = guard(store)};
	sqlite3_stmt **stmt = &store->slots[slot];

	if (q.error)
		return q;
	if (!*stmt) {
		int rc = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt,
					    NULL);

		q.error = vk_store_error(store, rc);
	} else if (sqlite3_stmt_busy(*stmt)) {
		q.error = -EBUSY; /* a callback asks for the rows it is being given */
	}
	if (!q.error)
		q.stmt = *stmt;
	return q;
}

void vk_query_done(struct vk_query *q)
{
	if (!q->stmt)
		return;
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt);
	q->stmt = NULL;
}

static void bound(struct vk_query *q, int rc)
{
	if (rc != SQLITE_OK && !q->error)
		q->error = vk_store_error(q->store, rc);
}

void vk_bind_text(struct vk_query *q, const char *text)
{
	if (q->stmt)
		bound(q, sqlite3_bind_text(q->stmt, ++q->column, text, -1, SQLITE_STATIC));
}

void vk_bind_int(struct vk_query *q, int64_t value)
{
	if (q->stmt)
		bound(q, sqlite3_bind_int64(q->stmt, ++q->column, value));
}

void vk_bind_null(struct vk_query *q)
{
	if (q->stmt)
		bound(q, sqlite3_bind_null(q->stmt, ++q->column));
}

/* No bytes are an empty blob, not a null. */
void vk_bind_blob(struct vk_query *q, const void *data, size_t len)
{
	if (q->stmt)
		bound(q, sqlite3_bind_blob64(q->stmt, ++q->column, len ? data : "", len,
					     SQLITE_STATIC));
}

int vk_query_next(struct vk_query *q)
{
	if (q->error)
		return q->error;
	errno = 0;
	int rc = sqlite3_step(q->stmt);

	q->column = -1;
	if (rc == SQLITE_ROW)
		return 1;
	q->error = vk_store_error(q->store, rc);
	if (q->error && q->store->is_begun && sqlite3_get_autocommit(q->store->db))
		q->store->lost_error = q->error;
	return q->error;
}

bool vk_row_is_left_out(int error, const char *table)
{
	if (error == -EBADMSG)
		vk_log(VK_LOG_ERR, "store", "a row of %s cannot be read: left out", table);
	return error == -EBADMSG;
}

int vk_query_run(struct vk_query *q)
{
	int r = vk_query_next(q);

	vk_query_done(q);
	return r < 0 ? r : 0;
}

bool vk_column_is_null(struct vk_query *q)
{
	return sqlite3_column_type(q->stmt, q->column + 1) == SQLITE_NULL;
}

int64_t vk_column_int(struct vk_query *q)
{
	return sqlite3_column_int64(q->stmt, ++q->column);
}

const char *vk_column_text_ref(struct vk_query *q)
{
	const void *text = sqlite3_column_text(q->stmt, ++q->column);

	return text ? text : "";
}

void vk_column_text(struct vk_query *q, char *dst, size_t size)
{
	(void)vk_copy(dst, size, vk_column_text_ref(q));
}

const void *vk_column_blob(struct vk_query *q, size_t *ret_len)
{
	const void *data = sqlite3_column_blob(q->stmt, ++q->column);

	*ret_len = (size_t)sqlite3_column_bytes(q->stmt, q->column);
	return data;
}

int vk_store_room(struct vk_store *store, size_t len)
{
	uint8_t *room;

	if (len <= store->room_len)
		return 0;
	room = realloc(store->room, len);
	if (!room)
		return -ENOMEM;
	store->room = room;
	store->room_len = len;
	return 0;
}
