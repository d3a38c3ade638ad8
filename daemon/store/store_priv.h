/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the store share: one connection, its statements (each prepared at its first use
 * and kept), and a query as a small value that binds, steps and reads in order of the columns.
 * Every error of SQLite becomes an errno in one place, vk_store_error(). Engine thread only.
 */
#ifndef VAKA_STORE_STORE_PRIV_H
#define VAKA_STORE_STORE_PRIV_H

#include <lz4.h>
#include <sqlite3.h>

#include "base/str.h"
#include "store/store.h"

/* One per statement of the store. */
enum vk_slot {
	VK_SLOT_BEGIN,
	VK_SLOT_COMMIT,
	VK_SLOT_ROLLBACK,
	VK_SLOT_SAVEPOINT,
	VK_SLOT_RELEASE,
	VK_SLOT_ROLLBACK_TO,
	VK_SLOT_META_GET,
	VK_SLOT_META_PUT,
	VK_SLOT_META_GET_BLOB,
	VK_SLOT_META_PUT_BLOB,
	VK_SLOT_READING_REV,
	VK_SLOT_READING_SAME,
	VK_SLOT_READING_BYTES,
	VK_SLOT_READING_RENUMBERED,
	VK_SLOT_READING_CAPTURED,
	VK_SLOT_READING_PUT,
	VK_SLOT_READING_REPEAT,
	VK_SLOT_READING_GET,
	VK_SLOT_READING_SERIES,
	VK_SLOT_READING_LIST,
	VK_SLOT_READING_STORED,
	VK_SLOT_READING_WALK,
	VK_SLOT_READING_PLACED,
	VK_SLOT_READING_DELETE,
	VK_SLOT_READING_ENDS,
	VK_SLOT_CAPTURE_GET,
	VK_SLOT_CAPTURE_PUT,
	VK_SLOT_ALERT_PUT,
	VK_SLOT_ALERT_EACH,
	VK_SLOT_ALERT_ENDED,
	VK_SLOT_ALERT_OPEN,
	VK_SLOT_CHECK_PUT,
	VK_SLOT_CHECK_EACH,
	VK_SLOT_CHECK_OPEN,
	VK_SLOT_MEMORY_PUT,
	VK_SLOT_MEMORY_EACH,
	VK_SLOT_PLAN_PUT,
	VK_SLOT_PLAN_EACH,
	VK_SLOT_NOTICE_PUT,
	VK_SLOT_NOTICE_REMOVE,
	VK_SLOT_NOTICE_EACH,
	VK_SLOT_DEVICE_PUT,
	VK_SLOT_DEVICE_ATTRIBUTES,
	VK_SLOT_DEVICE_USER_PUT,
	VK_SLOT_DEVICE_USER_REMOVE,
	VK_SLOT_DEVICE_USERS,
	VK_SLOT_DEVICE_GET,
	VK_SLOT_DEVICE_HEARD,
	VK_SLOT_DEVICE_REMOVE,
	VK_SLOT_DEVICE_EACH,
	VK_SLOT_OUTBOX_PUT,
	VK_SLOT_OUTBOX_URGENT,
	VK_SLOT_OUTBOX_OTHER,
	VK_SLOT_OUTBOX_GET,
	VK_SLOT_OUTBOX_SIZE,
	VK_SLOT_OUTBOX_RUN,
	VK_SLOT_OUTBOX_SETTLE,
	VK_SLOT_OUTBOX_ASIDE,
	VK_SLOT_OUTBOX_BACK,
	VK_SLOT_OUTBOX_OLDEST,
	VK_SLOT_OUTBOX_STATS,
	VK_SLOT_OUTBOX_WALK,
	VK_SLOT_OUTBOX_DROP,
	VK_SLOT_OUTBOX_PASSING,
	VK_SLOT_ANSWER_GET,
	VK_SLOT_ANSWER_PUT,
	VK_SLOT_ANSWER_EXPIRE,
	VK_SLOT_AUDIT_PUT,
	VK_SLOT_AUDIT_EACH,
	VK_SLOT_AUDIT_CHAIN,
	VK_SLOT_AUDIT_WALK,
	VK_SLOT_AUDIT_AFTER,
	VK_SLOT_SECOND_PUT,
	VK_SLOT_SECOND_REMOVE,
	VK_SLOT_SECOND_EACH,
	VK_SLOT_TRAFFIC_PUT,
	VK_SLOT_TRAFFIC_FORGET,
	VK_SLOT_TRAFFIC_EACH,
	VK_N_SLOTS,
};

enum { VK_HASH_BYTES = 32, VK_UUID_BYTES = 16, VK_CAPTURES_MAX = 16, VK_PAGE_BYTES = 2048 };

/* What is known without asking the file; follows begin, savepoint and both rollbacks. */
struct vk_store_cache {
	bool has_outbox; /* the three below are known */
	int64_t outbox_depth, outbox_bytes, outbox_aside;
	int64_t outbox_next;    /* next seq to give out */
	int64_t outbox_ceiling; /* seqs below are reserved in the file; 0: ask it */
	bool has_head;          /* the two below are known */
	int64_t audit_seq;
	uint8_t audit_head[VK_HASH_BYTES];
};

/* Highest capture number given out, kept beside the file's: a rolled back one is never reused. */
struct vk_capture {
	char device[VK_ID_TEXT];
	uint32_t number;
};

/* Where the background work is. */
struct vk_upkeep {
	bool is_check_due; /* since the start, or for a day: until the file is known to be whole */
	bool is_suspect;   /* … after an unclean stop */
	bool is_damaged;
	int phase;      /* of the check */
	int64_t cursor; /* last row that the check or the ageing has seen */
	int64_t next_check_mono_ms;
	int64_t next_age_utc_ms;
	int64_t next_tidy_mono_ms; /* nothing to do before, while utc goes on from … */
	int64_t tidied_utc_ms;
};

/* What is written once a transaction (late.c). */
enum { VK_LATE_MEMORIES = 16 };
struct vk_late {
	bool has_device;   /* the one that was asked for last is known: */
	bool is_heard_due; /* … its times are not written yet */
	struct vk_device device;
	int n_memories; /* not written yet */
	struct vk_rule_memory memories[VK_LATE_MEMORIES];
};

/* A file that is only read, and what is shown in its place (still_vfs.c). */
struct vk_still {
	bool is_added;
	sqlite3_vfs vfs, *below;
	const uint8_t *first_page; /* VK_PAGE_BYTES; NULL: the file's own */
	const char *log;           /* name of the log; NULL: the file's own */
};

struct vk_store {
	sqlite3 *db;
	sqlite3_stmt *slots[VK_N_SLOTS];
	char *path;
	bool is_synchronous_off;
	bool is_stand_in;
	bool is_mark_due;  /* "in use" is not written yet */
	int refusal;       /* why the file is not open for writing, 0: it is */
	bool is_begun;     /* the caller is between begin and commit */
	bool is_saved;     /* … and between savepoint and release */
	bool is_space_out; /* the last failure was for want of space */
	int lost_error;    /* SQLite ended the transaction by itself; until rollback */
	int n_wal_pages;   /* at the last commit */
	struct vk_store_cache cache, cache_at_begin, cache_at_savepoint;
	int64_t uncommitted_seq; /* first of the outbox since begin; INT64_MAX: none */
	struct vk_late late;
	uint8_t *room; /* for one payload, owned; vk_store_room() */
	size_t room_len;
	LZ4_stream_t *packer; /* for the outbox, owned; kept, as its table need not be cleared */
	struct vk_capture captures[VK_CAPTURES_MAX];
	size_t next_capture;
	struct vk_still still;            /* while the file is only read */
	struct vk_gather_vfs *gather_vfs; /* while it is written */
	bool has_bad_page;                /* SQLite met one, or an index without its entry */
	struct vk_upkeep upkeep;
	struct vk_store_bounds bounds;
};

/* ---- sql.c ---- */

struct vk_query {
	struct vk_store *store;
	sqlite3_stmt *stmt; /* NULL after an error */
	int column;         /* last bound, or last read */
	int error;          /* 0 or negative errno; sticks */
};

/* The last error of the connection as negative errno; rc is the result code that told. */
int vk_store_error(struct vk_store *store, int rc);
/* Executes a text outside the statement cache: pragmas, migrations. */
int vk_store_exec(struct vk_store *store, const char *sql);
/* First column of the first row of such a text. */
int vk_store_exec_int(struct vk_store *store, const char *sql, int64_t *ret_value);

struct vk_query vk_query_init(struct vk_store *store, enum vk_slot slot, const char *sql);
void vk_query_done(struct vk_query *q);                  /* also for vk_auto(vk_query_done) */
void vk_bind_text(struct vk_query *q, const char *text); /* NULL: null; must outlive the query */
void vk_bind_int(struct vk_query *q, int64_t value);
void vk_bind_null(struct vk_query *q);
void vk_bind_blob(struct vk_query *q, const void *data, size_t len); /* must outlive the query */
int vk_query_next(struct vk_query *q); /* 1: a row, 0: no more, negative errno */
int vk_query_run(struct vk_query *q);  /* 0 or negative errno, and done */
/* A row that does not say what it should is left out, and that is logged: no reader stops at it. */
bool vk_row_is_left_out(int error, const char *table);
bool vk_column_is_null(struct vk_query *q); /* looks at the next column, does not consume it */
int64_t vk_column_int(struct vk_query *q);
void vk_column_text(struct vk_query *q, char *dst, size_t size);
const char *vk_column_text_ref(struct vk_query *q); /* until the next step; never NULL */
const void *vk_column_blob(struct vk_query *q, size_t *ret_len); /* until the next step */

/* At least so many bytes in store->room, whose content may be lost. 0 or -ENOMEM. */
int vk_store_room(struct vk_store *store, size_t len);

/* ---- db.c ---- */
int vk_store_connect(struct vk_store *store, const char *name, int flags, const char *vfs);
/* For reading alone, whatever the medium; nothing is written, not even the log's index. */
int vk_store_connect_still(struct vk_store *store);
void vk_store_disconnect(struct vk_store *store);
/* Creates the file itself, for its mode; its log inherits it. */
int vk_store_make_file(const char *path, bool *ret_created);

/* ---- log_chain.c: is the log whole ---- */
/* 1: a frame that was on the disk is damaged; 0: none can be shown to be; or negative errno. */
int vk_log_judge(const char *path);
/* Writes what stands of it, without the damaged frames, as a log of its own. */
int vk_log_mend(const char *path, const char *target);

/* ---- salvage.c ---- */
/* Copies what can be read (without a connection: readings by their form alone); adds to *damage
 * what could not. 0, or why nothing can be written. */
int vk_salvage(struct vk_store *from, struct vk_store *to, struct vk_damage *damage);

/* ---- leaf_scan.c ---- */
/* Adds readings that stand in the file or its log (NULL: the one beside it), whatever led to them.
 */
int vk_leaf_scan(const char *path, const char *log, struct vk_store *to, int64_t *ret_n);

/* ---- rebuild.c ---- */
/* The file is closed, and damaged: moves it aside and makes a new one of what can be read. */
int vk_rebuild(struct vk_store *store, struct vk_damage *ret_damage);
/* Ends a rebuilding that a power cut ended. */
int vk_rebuild_end(const char *path);
/* Keeps a copy of the first page, without which no other page can be found. */
void vk_first_page_keep(struct vk_store *store);

/* ---- schema.c ---- */
bool vk_schema_is_current(int version);
int vk_schema_migrate(struct vk_store *store, int *ret_from);

/* ---- aside.c: files beside the database ---- */
/* Moves path and its log to <path>.damaged-<utc s>, with a number where that is taken. */
int vk_aside_move(const char *path);
/* How many of them there are. */
int vk_aside_count(const char *path);
/* Makes renames in the folder of path outlive a power cut. */
int vk_sync_folder(const char *path);
/* The reserve: space that is held while there is enough, and freed when there is none. */
void vk_reserve_hold(const char *path);
bool vk_reserve_free(const char *path);
/* Bytes that the file system of path has left for us; -1 unknown. */
int64_t vk_space_left(const char *path);

/* ---- log_room.c: room in the log ahead of what is written ---- */
/* A slice of it, outside a transaction. True: there may be more to make. */
bool vk_log_room(struct vk_store *store);

/* ---- still_vfs.c: reads where nothing can be written ---- */
#define VK_STILL_VFS "vaka-still"
int vk_still_vfs_add(struct vk_store *store);
void vk_still_vfs_remove(struct vk_store *store); /* after the connection */

/* ---- gather_vfs.c: a commit's pages in few calls ---- */
/* The name to open by, of this store alone, until it is removed; NULL: no memory. */
const char *vk_gather_vfs_add(struct vk_store *store);
void vk_gather_vfs_remove(struct vk_store *store); /* after the connection */

/* ---- form.c: decoded values as lines of text, by name and never by number ---- */
void vk_form_values(struct vk_str *out, const struct vk_value *values, int n);
int vk_form_parse_values(const char *text, struct vk_value *ret_values, int max);
void vk_form_decoded(struct vk_str *out, const struct vk_decoded *d);
int vk_form_parse_decoded(const char *text, struct vk_decoded *ret_d); /* kind is kept */

/* ---- late.c, devices.c, memories.c ---- */
/* Writes what waits: before a commit, a savepoint, and before its table is read. */
int vk_late_write(struct vk_store *store);
void vk_late_forget(struct vk_store *store); /* with a rollback */
/* Takes the row to be written; the same rule's last one counts. */
int vk_late_memory(struct vk_store *store, const struct vk_rule_memory *m);
int vk_memory_write(struct vk_store *store, const struct vk_rule_memory *m);
int vk_device_read(struct vk_store *store, const char *id, struct vk_device *ret_device);

/* ---- readings.c, outbox.c, audit.c ---- */
/* 16 bytes of "xxxxxxxx-xxxx-…". 0 or -EINVAL. */
int vk_uuid_parse(const char *text, uint8_t ret_uuid[VK_UUID_BYTES]);
void vk_uuid_format(char out[VK_UUID_TEXT], const uint8_t uuid[VK_UUID_BYTES]);
/*
 * Walks at most limit rows after *cursor and moves it. 1: more, 0: all seen, -EBADMSG: a row that
 * cannot be read back.
 */
int vk_readings_walk(struct vk_store *store, int limit, int64_t *cursor);
int vk_outbox_walk(struct vk_store *store, int limit, int64_t *cursor);
int vk_audit_walk(struct vk_store *store, int limit, int64_t *cursor);
/* Writes the head of the chain when it has moved since begin: once a transaction. */
int vk_audit_keep_head(struct vk_store *store);
/* Drops at most limit of the oldest messages of a lane; the number, or negative errno. */
enum vk_lane { VK_LANE_ORDINARY, VK_LANE_URGENT, VK_LANE_BOTH };
int vk_outbox_drop(struct vk_store *store, enum vk_lane lane, int limit);
/* The same with answers to commands, and whatever else is worthless late, whose time has passed by
 * then; INT64_MAX: whichever. */
int vk_outbox_drop_passing(struct vk_store *store, int64_t by_utc_ms, int limit);
/* Answers older than so. */
int vk_answers_expire(struct vk_store *store, int64_t before_utc_ms);

#endif
