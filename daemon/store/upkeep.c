/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Background work in slices of a few milliseconds, given by whoever is idle. After each start, and
 * once a day, every row and its index entries are looked at before anything is deleted, for a
 * damaged file must not lose its readable part to a clean-up, nor hide what no one asks for.
 * Deletion is oldest first: what is beyond its age, then, when space runs out, delivered history,
 * and undelivered messages last and counted: first what is worthless late, alerts at the very end.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

enum {
	ROWS_A_SLICE = 500,
	REMOVE_A_SLICE = 200,
	DROP_A_SLICE = 20,
	CHECKPOINT_PAGES = 4000,
	ANSWER_DAYS = 7,
};

static const int64_t day_ms = INT64_C(86400000);
static const int64_t age_every_ms = INT64_C(3600000);
static const int64_t tidy_every_ms = 30000;
static const int64_t check_every_ms = INT64_C(86400000);
/* Stamps before 2020 came from an unset clock: no age can be counted from them. */
static const int64_t first_stamp_ms = INT64_C(1577836800000);

/* ---- integrity ---- */

typedef int (*walk_fn)(struct vk_store *store, int limit, int64_t *cursor);

static const walk_fn walks[] = {vk_readings_walk, vk_outbox_walk, vk_audit_walk};

/* Tables that stay small: SQLite's own check, rows against indexes, one table a slice. */
static const char *const small_checks[] = {
	"PRAGMA integrity_check(meta)",
	"PRAGMA integrity_check(capture)",
	"PRAGMA integrity_check(alert)",
	"PRAGMA integrity_check(check_)",
	"PRAGMA integrity_check(memory)",
	"PRAGMA integrity_check(plan)",
	"PRAGMA integrity_check(notice)",
	"PRAGMA integrity_check(device)",
	"PRAGMA integrity_check(device_attributes)",
	"PRAGMA integrity_check(device_user)",
	"PRAGMA integrity_check(answer)",
	"PRAGMA integrity_check(second_path)",
	"PRAGMA integrity_check(traffic)",
};

static int on_verdict(void *user, int n_columns, char **texts, char **names)
{
	bool *is_whole = user;

	(void)names;
	if (n_columns < 1 || !texts[0] || strcmp(texts[0], "ok") != 0)
		*is_whole = false;
	return 0;
}

static int check_small(struct vk_store *store, const char *sql)
{
	bool is_whole = true;
	int rc = sqlite3_exec(store->db, sql, on_verdict, &is_whole, NULL);

	if (rc != SQLITE_OK)
		return vk_store_error(store, rc);
	if (is_whole)
		return 0;
	store->has_bad_page = true;
	return -EBADMSG;
}

/* One slice. 0: all is whole, 1: more to look at. */
static int check(struct vk_store *store)
{
	struct vk_upkeep *u = &store->upkeep;
	const int n_small = (int)VK_ARRAY_LEN(small_checks), n_walks = (int)VK_ARRAY_LEN(walks);
	int r = u->phase < n_small ? check_small(store, small_checks[u->phase])
				   : walks[u->phase - n_small](store, ROWS_A_SLICE, &u->cursor);

	if (r)
		return r;
	u->cursor = 0;
	return ++u->phase < n_small + n_walks;
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int keep_checking(struct vk_store *store)
{
	struct vk_upkeep *u = &store->upkeep;
	int r = check(store);

	if (r > 0)
		return r;
	if (r == -EBADMSG) {
		u->is_damaged = true;
		vk_log(VK_LOG_ERR, "store", "the database is damaged: nothing is deleted any more");
	}
	if (r)
		return r;
	if (u->is_suspect)
		vk_log(VK_LOG_INFO, "store", "the database is whole after an unclean stop");
	u->is_check_due = u->is_suspect = false;
	u->phase = 0;
	u->next_check_mono_ms = monotonic_ms() + check_every_ms;
	return 1;
}

/* ---- removal ---- */

static int count_up(struct vk_store *store, const char *key, int64_t by)
{
	int64_t n;
	int r = by ? vk_store_get_int(store, key, 0, &n) : 0;

	return r || !by ? r : vk_store_set_int(store, key, n + by);
}

/* Removes readings up to a cursor that are older than so. The number, or negative errno. */
static int remove_before(struct vk_store *store, int64_t before_utc_ms, int64_t up_to_seq)
{
	struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_DELETE,
		"DELETE FROM reading WHERE seq > ?1 - ?2 AND seq <= ?1 AND"
		" max(stored_utc_ms, received_utc_ms, time_utc_ms) < ?3 AND stored_utc_ms > ?4");

	vk_bind_int(&q, up_to_seq);
	vk_bind_int(&q, REMOVE_A_SLICE);
	vk_bind_int(&q, before_utc_ms);
	vk_bind_int(&q, first_stamp_ms);
	int r = vk_query_run(&q);
	int n = sqlite3_changes(store->db);

	if (!r)
		r = count_up(store, "readings_removed", n);
	return r ? r : n;
}

static int first_and_last(struct vk_store *store, int64_t *ret_first, int64_t *ret_last)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_ENDS,
		"SELECT (SELECT min(seq) FROM reading), (SELECT max(seq) FROM reading)");
	int r = vk_query_next(&q);

	if (r < 0)
		return r;
	*ret_first = vk_column_int(&q);
	*ret_last = vk_column_int(&q);
	return 0;
}

/* Old readings stand first, so a slice without any ends the pass. */
static int age(struct vk_store *store, int64_t utc_ms)
{
	struct vk_upkeep *u = &store->upkeep;
	int64_t first = 0, last = 0;
	int n = 0;

	if (utc_ms < u->next_age_utc_ms && u->next_age_utc_ms - utc_ms <= age_every_ms)
		return 0;
	int r = first_and_last(store, &first, &last);

	if (!r && last)
		n = remove_before(store, utc_ms - store->bounds.reading_days * day_ms,
				  first + REMOVE_A_SLICE - 1);
	if (r || n < 0)
		return r ? r : n;
	if (n)
		return 1;
	u->next_age_utc_ms = utc_ms + age_every_ms;
	return 0;
}

static int free_bytes(struct vk_store *store, int64_t *ret_bytes)
{
	int64_t pages, page_size, left = vk_space_left(store->path);
	int r = vk_store_exec_int(store, "PRAGMA freelist_count", &pages);

	if (!r)
		r = vk_store_exec_int(store, "PRAGMA page_size", &page_size);
	if (!r)
		*ret_bytes = left < 0 ? -1 : left + pages * page_size;
	return r;
}

/* That n messages which nobody has received were given up is said aloud. 1 when there was any. */
static int told(struct vk_store *store, const char *why, int n)
{
	if (n <= 0)
		return n;
	vk_log(VK_LOG_ERR, "store", "%s: undelivered messages dropped n=%d", why, n);
	int r = count_up(store, "messages_dropped", n);

	return r ? r : 1;
}

static int drop(struct vk_store *store, const char *why, enum vk_lane lane, int limit)
{
	return told(store, why, vk_outbox_drop(store, lane, limit));
}

/* What is worthless late goes before what is a patient's. */
static int drop_least(struct vk_store *store, const char *why, int limit)
{
	int r = told(store, why, vk_outbox_drop_passing(store, INT64_MAX, limit));

	return r ? r : drop(store, why, VK_LANE_ORDINARY, limit);
}

/* Whoever asked has gone: the broker would not have kept the answer for longer either. */
static int forget_passed(struct vk_store *store, int64_t utc_ms)
{
	int n = utc_ms ? vk_outbox_drop_passing(store, utc_ms, DROP_A_SLICE) : 0;

	if (n > 0)
		vk_log(VK_LOG_NOTICE, "store", "answers that nobody waits for any more left n=%d",
		       n);
	return n > 0 ? 1 : n;
}

/* For want of space: history first, then what nobody has received, and that is said aloud. */
static int make_room(struct vk_store *store)
{
	int64_t first = 0, last = 0, room = 0;
	int r = free_bytes(store, &room);

	if (r || room < 0 || room >= store->bounds.min_free_bytes)
		return r;
	r = first_and_last(store, &first, &last);
	if (r)
		return r;
	if (last - first >= store->bounds.least_readings) {
		int64_t most = last - store->bounds.least_readings;
		int64_t up_to = first + REMOVE_A_SLICE - 1;

		r = remove_before(store, INT64_MAX, up_to < most ? up_to : most);
		return r > 0 ? 1 : r;
	}
	if (room >= store->bounds.min_free_bytes / 4)
		return 0;
	return drop_least(store, "no space left", DROP_A_SLICE);
}

static bool is_too_old(const struct vk_store *store, const struct vk_outbox_stats *s,
		       int64_t utc_ms)
{
	return store->bounds.outbox_days && utc_ms && s->oldest_utc_ms > first_stamp_ms &&
	       s->oldest_utc_ms < utc_ms - store->bounds.outbox_days * day_ms;
}

/* How many must go before the outbox is within its bounds, at most a slice of them. */
static int64_t beyond_bounds(const struct vk_store_bounds *b, const struct vk_outbox_stats *s)
{
	int64_t rows = b->outbox_rows ? s->depth - b->outbox_rows : 0;

	if (rows > 0)
		return rows < DROP_A_SLICE ? rows : DROP_A_SLICE;
	if (!b->outbox_bytes || s->bytes <= b->outbox_bytes || s->bytes < s->depth)
		return 0;
	/* As many as have the mean size of what is too much. */
	rows = (s->bytes - b->outbox_bytes + s->bytes / s->depth - 1) / (s->bytes / s->depth);
	return rows < DROP_A_SLICE ? rows : DROP_A_SLICE;
}

static int bound_outbox(struct vk_store *store, int64_t utc_ms)
{
	struct vk_outbox_stats stats;
	int r = vk_store_outbox_stats(store, &stats);
	int n = r ? 0 : (int)beyond_bounds(&store->bounds, &stats);

	if (!r && n <= 0 && is_too_old(store, &stats, utc_ms))
		return drop(store, "too old", VK_LANE_BOTH, 1);
	if (n <= 0)
		return r;
	r = drop_least(store, "the outbox is full", n);
	return r ? r : drop(store, "the outbox is full of alerts", VK_LANE_URGENT, n);
}

static int tidy(struct vk_store *store, int64_t utc_ms)
{
	int r = utc_ms ? vk_answers_expire(store, utc_ms - ANSWER_DAYS * day_ms) : 0;

	if (!r && utc_ms)
		r = age(store, utc_ms);
	if (!r)
		r = forget_passed(store, utc_ms);
	if (!r)
		r = bound_outbox(store, utc_ms);
	return r ? r : make_room(store);
}

/* Callers come after every group of events; there is nothing to tidy so often. */
static bool is_tidy(const struct vk_upkeep *u, int64_t utc_ms, int64_t mono_ms)
{
	return mono_ms < u->next_tidy_mono_ms && utc_ms >= u->tidied_utc_ms &&
	       utc_ms < u->tidied_utc_ms + tidy_every_ms;
}

static int tidy_whole(struct vk_store *store, int64_t utc_ms)
{
	struct vk_upkeep *u = &store->upkeep;
	int64_t mono_ms = monotonic_ms();

	if (is_tidy(u, utc_ms, mono_ms))
		return 0;
	vk_reserve_hold(store->path);
	int r = vk_store_begin(store);

	if (r)
		return r;
	int more = tidy(store, utc_ms);

	r = more < 0 ? more : vk_store_commit(store);
	if (r)
		vk_store_rollback(store);
	if (r || more)
		return r ? r : more;
	if (vk_log_room(store))
		return 1;
	u->next_tidy_mono_ms = mono_ms + tidy_every_ms;
	u->tidied_utc_ms = utc_ms;
	return 0;
}

static int checkpoint(struct vk_store *store)
{
	store->n_wal_pages = 0;
	return vk_store_error(
		store,
		sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
}

int vk_store_upkeep(struct vk_store *store, int64_t utc_ms)
{
	if (store->is_begun)
		return -EINVAL;
	if (store->upkeep.is_damaged)
		return -EBADMSG;
	if (store->upkeep.is_check_due || monotonic_ms() >= store->upkeep.next_check_mono_ms) {
		store->upkeep.is_check_due = true;
		return keep_checking(store);
	}
	int r = tidy_whole(store, utc_ms);

	if (!r && store->n_wal_pages >= CHECKPOINT_PAGES)
		r = checkpoint(store);
	return r;
}

void vk_store_rest(struct vk_store *store)
{
	if (store->is_begun || store->refusal)
		return;
	if (store->n_wal_pages && !store->upkeep.is_check_due && !store->upkeep.is_damaged)
		(void)checkpoint(store);
	if (!store->upkeep.is_check_due && !store->upkeep.is_damaged)
		vk_first_page_keep(store);
	(void)sqlite3_db_release_memory(store->db);
	free(store->room);
	store->room = NULL;
	store->room_len = 0;
	LZ4_freeStream(store->packer);
	store->packer = NULL;
}

int vk_store_health(struct vk_store *store, struct vk_store_health *ret_health)
{
	int64_t pages, page_size = 0;
	int r = vk_store_exec_int(store, "PRAGMA page_count", &pages);

	*ret_health = (struct vk_store_health){
		.is_check_due = store->upkeep.is_suspect,
		.is_damaged = store->upkeep.is_damaged,
		.set_aside = vk_aside_count(store->path),
	};
	if (!r)
		r = vk_store_exec_int(store, "PRAGMA page_size", &page_size);
	if (!r)
		r = vk_store_get_int(store, "readings_removed", 0, &ret_health->readings_removed);
	if (!r)
		r = vk_store_get_int(store, "messages_dropped", 0, &ret_health->messages_dropped);
	if (!r)
		r = free_bytes(store, &ret_health->free_bytes);
	ret_health->file_bytes = r ? 0 : pages * page_size;
	return r;
}
