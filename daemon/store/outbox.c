/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox: encoded messages in order of sending, until a relay has settled them; packed (LZ4)
 * where that makes them smaller, for each is written to the card to be read once. A seq is never
 * given out twice, not even over a restart, because a late settlement of an old message must not
 * take a new one with it; so they are reserved in the file, a thousand at a time.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <string.h>

#include <lz4.h>

enum { SEQ_BLOCK = 1000, PACK_LEAST = 256, PACK_MOST = 1 << 20 };

static const char ceiling_key[] = "outbox_ceiling", aside_key[] = "outbox_aside";

/* Numbers below the ceiling of an earlier run are lost, which is what a ceiling is for. */
static int reserve(struct vk_store *store)
{
	struct vk_store_cache *c = &store->cache;
	int64_t ceiling;
	int r = vk_store_get_int(store, ceiling_key, 1, &ceiling);

	if (r)
		return r;
	if (c->outbox_next < ceiling)
		c->outbox_next = ceiling;
	ceiling = c->outbox_next + SEQ_BLOCK;
	r = vk_store_set_int(store, ceiling_key, ceiling);
	if (!r)
		c->outbox_ceiling = ceiling;
	return r;
}

static int load_stats(struct vk_store *store)
{
	struct vk_store_cache *c = &store->cache;

	if (c->has_outbox)
		return 0;
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_OUTBOX_STATS,
		"SELECT count(*) - count(aside_code), coalesce(sum(length(payload))"
		" FILTER (WHERE aside_code IS NULL), 0), count(aside_code) FROM outbox");
	int r = vk_query_next(&q);

	if (r < 0)
		return r;
	c->outbox_depth = vk_column_int(&q);
	c->outbox_bytes = vk_column_int(&q);
	c->outbox_aside = vk_column_int(&q);
	c->has_outbox = true;
	return 0;
}

/* The payload as it is written; size is what it has unpacked, 0: it stands as it is. */
struct body {
	const void *data;
	size_t len, size;
};

static struct body body_of(struct vk_store *store, const struct vk_message *m)
{
	struct body body = {.data = m->payload, .len = m->len};
	int packed, most = LZ4_compressBound((int)m->len);

	if (m->len < PACK_LEAST || m->len > PACK_MOST || vk_store_room(store, (size_t)most))
		return body;
	if (!store->packer)
		store->packer = LZ4_createStream();
	if (!store->packer)
		return body;
	/* Each row by itself; there is room for any outcome, as after a failure the state is void.
	 */
	LZ4_resetStream_fast(store->packer);
	packed = LZ4_compress_fast_continue(store->packer, m->payload, (char *)store->room,
					    (int)m->len, most, 1);
	if (packed <= 0 || (size_t)packed >= m->len)
		return body;
	return (struct body){store->room, (size_t)packed, m->len};
}

static int put_row(struct vk_store *store, const struct vk_message *m, const struct body *body,
		   int64_t utc_ms)
{
	struct vk_query q = vk_query_init(
		store, VK_SLOT_OUTBOX_PUT,
		"INSERT INTO outbox(seq, utc_ms, patient, topic, content_type, msg_id, rev,"
		" is_retained, is_urgent, expiry_s, response_to, correlation, size, payload)"
		" VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

	vk_bind_int(&q, m->seq);
	vk_bind_int(&q, utc_ms);
	vk_bind_text(&q, m->patient);
	vk_bind_text(&q, m->topic);
	vk_bind_text(&q, m->content_type);
	vk_bind_text(&q, m->msg_id);
	vk_bind_int(&q, m->rev);
	vk_bind_int(&q, m->is_retained);
	vk_bind_int(&q, m->is_urgent);
	vk_bind_int(&q, m->expiry_s);
	vk_bind_text(&q, m->response_to);
	vk_bind_blob(&q, m->correlation, m->correlation_len);
	vk_bind_int(&q, (int64_t)body->size);
	vk_bind_blob(&q, body->data, body->len);
	return vk_query_run(&q);
}

int vk_store_put_message(struct vk_store *store, struct vk_message *message, int64_t utc_ms)
{
	struct body body = body_of(store, message);
	struct vk_store_cache *c = &store->cache;
	int r = load_stats(store);

	if (!r && c->outbox_next >= c->outbox_ceiling)
		r = reserve(store);
	if (r)
		return r;
	message->seq = c->outbox_next;
	r = put_row(store, message, &body, utc_ms);
	if (r)
		return r;
	if (message->seq < store->uncommitted_seq)
		store->uncommitted_seq = message->seq;
	c->outbox_next++;
	c->outbox_depth++;
	c->outbox_bytes += (int64_t)body.len;
	return 0;
}

/* Until the next row is read or put. */
static int read_payload(struct vk_query *q, struct vk_message *m)
{
	int64_t size = vk_column_int(q);
	size_t len;
	const void *data = vk_column_blob(q, &len);

	m->payload = data;
	m->len = len;
	if (!size)
		return 0;
	if (size < 0 || size > PACK_MOST || len > PACK_MOST)
		return -EBADMSG;
	int r = vk_store_room(q->store, (size_t)size);

	if (r)
		return r;
	m->payload = q->store->room;
	m->len = (size_t)size;
	return LZ4_decompress_safe(data, (char *)q->store->room, (int)len, (int)size) == size
		       ? 0
		       : -EBADMSG;
}

static int read_message(struct vk_query *q, struct vk_message *m)
{
	*m = (struct vk_message){.seq = vk_column_int(q)};
	vk_column_text(q, m->patient, sizeof m->patient);
	vk_column_text(q, m->topic, sizeof m->topic);
	vk_column_text(q, m->content_type, sizeof m->content_type);
	vk_column_text(q, m->msg_id, sizeof m->msg_id);
	m->rev = (int32_t)vk_column_int(q);
	m->is_retained = vk_column_int(q) != 0;
	m->is_urgent = vk_column_int(q) != 0;
	m->expiry_s = (int32_t)vk_column_int(q);
	vk_column_text(q, m->response_to, sizeof m->response_to);
	size_t len;
	const void *correlation = vk_column_blob(q, &len);

	m->is_damaged = len > sizeof m->correlation;
	if (len && !m->is_damaged)
		memcpy(m->correlation, correlation, len);
	m->correlation_len = m->is_damaged ? 0 : (uint8_t)len;
	int r = read_payload(q, m);

	if (r != -EBADMSG)
		return r;
	/* One row must not stand in the way of those behind it, nor of a start. */
	m->is_damaged = true;
	m->payload = NULL;
	m->len = 0;
	return 0;
}

#define MESSAGES                                                                                   \
	"SELECT seq, patient, topic, content_type, msg_id, rev, is_retained, is_urgent, expiry_s," \
	" response_to, correlation, size, payload FROM outbox "

/* Hands out the rows of q; the number of them, or negative errno. */
static int each(struct vk_query *q, int64_t *cursor, vk_message_fn fn, void *user)
{
	int n = 0, more;

	for (; (more = vk_query_next(q)) > 0; n++) {
		struct vk_message message;
		int r = read_message(q, &message);

		if (!r && fn)
			r = fn(&message, user);
		if (r < 0)
			return r;
		if (cursor)
			*cursor = message.seq;
	}
	return more < 0 ? more : n;
}

int vk_store_each_message(struct vk_store *store, int64_t after_seq, bool urgent, int limit,
			  vk_message_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		urgent ? vk_query_init(store, VK_SLOT_OUTBOX_URGENT,
				       MESSAGES "WHERE is_urgent = 1 AND aside_code IS NULL AND"
						" seq > ? AND seq < ? ORDER BY seq LIMIT ?")
		       : vk_query_init(store, VK_SLOT_OUTBOX_OTHER,
				       MESSAGES "WHERE is_urgent = 0 AND aside_code IS NULL AND"
						" seq > ? AND seq < ? ORDER BY seq LIMIT ?");

	vk_bind_int(&q, after_seq);
	vk_bind_int(&q, store->is_begun ? store->uncommitted_seq : INT64_MAX);
	vk_bind_int(&q, limit);
	int n = each(&q, NULL, fn, user);

	return n < 0 ? n : 0;
}

int vk_store_get_message(struct vk_store *store, int64_t seq, vk_message_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_OUTBOX_GET, MESSAGES "WHERE seq = ? AND aside_code IS NULL");

	vk_bind_int(&q, seq);
	int n = each(&q, NULL, fn, user);

	return n < 0 ? n : 0;
}

static void count_out(struct vk_store_cache *c, int64_t bytes, bool is_aside)
{
	if (is_aside) {
		c->outbox_aside--;
		return;
	}
	c->outbox_depth--;
	c->outbox_bytes -= bytes;
}

/* Counts a message out before it leaves. 0, or -ENOENT. */
static int take(struct vk_store *store, int64_t seq)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_OUTBOX_SIZE,
		"SELECT length(payload), aside_code IS NOT NULL FROM outbox WHERE seq = ?");

	vk_bind_int(&q, seq);
	int found = vk_query_next(&q);

	if (found <= 0)
		return found ? found : -ENOENT;
	int64_t bytes = vk_column_int(&q);

	count_out(&store->cache, bytes, vk_column_int(&q) != 0);
	return 0;
}

/* Counts out, and lets go, the rows from first to last: numbers that the relay told in one go. */
static int settle_run(struct vk_store *store, int64_t first, int64_t last)
{
	struct vk_store_cache *c = &store->cache;
	struct vk_query count = vk_query_init(
		store, VK_SLOT_OUTBOX_RUN,
		"SELECT count(*) - count(aside_code), coalesce(sum(length(payload))"
		" FILTER (WHERE aside_code IS NULL), 0), count(aside_code) FROM outbox"
		" WHERE seq BETWEEN ? AND ?");

	vk_bind_int(&count, first);
	vk_bind_int(&count, last);
	int r = vk_query_next(&count);

	if (r > 0) {
		c->outbox_depth -= vk_column_int(&count);
		c->outbox_bytes -= vk_column_int(&count);
		c->outbox_aside -= vk_column_int(&count);
	}
	vk_query_done(&count);
	if (r < 0)
		return r;
	struct vk_query q = vk_query_init(store, VK_SLOT_OUTBOX_SETTLE,
					  "DELETE FROM outbox WHERE seq BETWEEN ? AND ?");

	vk_bind_int(&q, first);
	vk_bind_int(&q, last);
	r = vk_query_run(&q);
	if (r)
		c->has_outbox = false;
	return r;
}

int vk_store_settle(struct vk_store *store, const int64_t *seqs, int n)
{
	int r = load_stats(store);

	for (int i = 0, end; i < n && !r; i = end) {
		for (end = i + 1; end < n && seqs[end] == seqs[end - 1] + 1;)
			end++;
		r = settle_run(store, seqs[i], seqs[end - 1]);
	}
	return r;
}

int vk_store_set_aside(struct vk_store *store, int64_t seq, int32_t code)
{
	int r = load_stats(store);

	if (!r)
		r = take(store, seq);
	if (r)
		return r;
	struct vk_query q = vk_query_init(store, VK_SLOT_OUTBOX_ASIDE,
					  "UPDATE outbox SET aside_code = ? WHERE seq = ?");

	vk_bind_int(&q, code);
	vk_bind_int(&q, seq);
	r = vk_query_run(&q);
	if (r)
		store->cache.has_outbox = false;
	else
		store->cache.outbox_aside++;
	/* So that no start has to look through all of the outbox for it. */
	return r ? r : vk_store_set_int(store, aside_key, 1);
}

static int take_back(struct vk_store *store)
{
	struct vk_query q = vk_query_init(store, VK_SLOT_OUTBOX_BACK,
					  "UPDATE outbox SET aside_code = NULL"
					  " WHERE aside_code IS NOT NULL AND aside_code <> ?");

	vk_bind_int(&q, VK_ASIDE_DAMAGED);
	int r = vk_query_run(&q);
	int n = sqlite3_changes(store->db);

	store->cache.has_outbox = false;
	if (!r)
		r = vk_store_set_int(store, aside_key, 0);
	return r ? r : n;
}

int vk_store_take_back(struct vk_store *store)
{
	int64_t has_any;
	int r = vk_store_get_int(store, aside_key, 0, &has_any), n = 0;

	if (r || !has_any)
		return r;
	r = vk_store_begin(store);
	if (r)
		return r;
	n = take_back(store);
	r = n < 0 ? n : vk_store_commit(store);
	if (r)
		vk_store_rollback(store);
	return r ? r : n;
}

int vk_store_outbox_stats(struct vk_store *store, struct vk_outbox_stats *ret_stats)
{
	int r = load_stats(store);

	if (r)
		return r;
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_OUTBOX_OLDEST,
		"SELECT utc_ms FROM outbox WHERE aside_code IS NULL ORDER BY seq LIMIT 1");
	int found = vk_query_next(&q);

	if (found < 0)
		return found;
	*ret_stats = (struct vk_outbox_stats){
		.depth = store->cache.outbox_depth,
		.bytes = store->cache.outbox_bytes,
		.set_aside = store->cache.outbox_aside,
		.oldest_utc_ms = found ? vk_column_int(&q) : 0,
	};
	return 0;
}

static int refuse_damaged(const struct vk_message *message, void *user)
{
	(void)user;
	return message->is_damaged ? -EBADMSG : 0;
}

int vk_outbox_walk(struct vk_store *store, int limit, int64_t *cursor)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_OUTBOX_WALK,
		MESSAGES "WHERE seq > ? AND aside_code IS NULL AND (is_urgent = 0 OR"
			 " EXISTS (SELECT 1 FROM outbox u INDEXED BY outbox_urgent WHERE"
			 " u.is_urgent = 1 AND u.aside_code IS NULL AND"
			 " u.seq = outbox.seq)) ORDER BY seq LIMIT ?");

	vk_bind_int(&q, *cursor);
	vk_bind_int(&q, limit);
	int n = each(&q, cursor, refuse_damaged, NULL);

	return n < 0 ? n : n == limit;
}

/* Counted out row by row: to count a full outbox anew is to read all of it. */
static int drop_rows(struct vk_store *store, struct vk_query *q)
{
	int n = 0, more;

	for (; (more = vk_query_next(q)) > 0; n++) {
		int64_t bytes = vk_column_int(q);

		count_out(&store->cache, bytes, vk_column_int(q) != 0);
	}
	if (more)
		store->cache.has_outbox = false;
	return more ? more : n;
}

int vk_outbox_drop(struct vk_store *store, enum vk_lane lane, int limit)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_OUTBOX_DROP,
			      "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox"
			      " WHERE ?1 = 2 OR is_urgent = ?1 ORDER BY seq LIMIT ?2)"
			      " RETURNING length(payload), aside_code IS NOT NULL");

	vk_bind_int(&q, lane);
	vk_bind_int(&q, limit);
	return drop_rows(store, &q);
}

/* They are urgent ones, which have an index of their own. */
int vk_outbox_drop_passing(struct vk_store *store, int64_t by_utc_ms, int limit)
{
	int r = load_stats(store);

	if (r)
		return r;
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_OUTBOX_PASSING,
		"DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox INDEXED BY outbox_urgent"
		" WHERE is_urgent = 1 AND aside_code IS NULL AND expiry_s > 0 AND"
		" utc_ms + expiry_s * 1000 <= ? ORDER BY seq LIMIT ?)"
		" RETURNING length(payload), aside_code IS NOT NULL");

	vk_bind_int(&q, by_utc_ms);
	vk_bind_int(&q, limit);
	return drop_rows(store, &q);
}
