/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit chain. Each entry's hash is SHA-256 over the hash before it and its own fields, each
 * with its length, so that no two entries have one text. A changed or missing entry breaks the
 * chain behind it; a missing tail disagrees with the head, which stands apart and is told to the
 * care service.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

_Static_assert(VK_HASH_BYTES == crypto_hash_sha256_BYTES, "the chain is SHA-256");

static const char head_key[] = "audit_head", seq_key[] = "audit_seq";

static void hash_text(crypto_hash_sha256_state *state, const char *text)
{
	char length[24];
	int n = snprintf(length, sizeof length, "%zu:", strlen(text));

	(void)crypto_hash_sha256_update(state, (const uint8_t *)length, (unsigned long long)n);
	(void)crypto_hash_sha256_update(state, (const uint8_t *)text, strlen(text));
}

static void hash_int(crypto_hash_sha256_state *state, int64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRId64, value);
	hash_text(state, text);
}

/* hash becomes the hash of the entry that follows it. */
static void chain(uint8_t hash[VK_HASH_BYTES], int64_t seq, const struct vk_audit *e)
{
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, hash, VK_HASH_BYTES);
	hash_int(&state, seq);
	hash_int(&state, e->utc_ms);
	hash_int(&state, (int64_t)e->quality);
	hash_text(&state, e->domain);
	hash_text(&state, e->actor);
	hash_text(&state, e->action);
	hash_text(&state, e->patient);
	hash_text(&state, e->object);
	hash_text(&state, e->result);
	hash_text(&state, e->detail);
	(void)crypto_hash_sha256_final(&state, hash);
}

/* The head as the file has it: number 0 and zeros before the first entry. */
static int read_head(struct vk_store *store, int64_t *ret_seq, uint8_t ret_hash[VK_HASH_BYTES])
{
	int r = vk_store_get_int(store, seq_key, 0, ret_seq);

	if (r)
		return r;
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_META_GET_BLOB, "SELECT value FROM meta WHERE key = ?");
	size_t len = 0;

	memset(ret_hash, 0, VK_HASH_BYTES);
	vk_bind_text(&q, head_key);
	r = vk_query_next(&q);
	if (r <= 0)
		return r;
	const void *hash = vk_column_blob(&q, &len);

	if (len == VK_HASH_BYTES)
		memcpy(ret_hash, hash, len);
	return 0;
}

static int load_head(struct vk_store *store)
{
	struct vk_store_cache *c = &store->cache;

	if (c->has_head)
		return 0;
	int r = read_head(store, &c->audit_seq, c->audit_head);

	c->has_head = !r;
	return r;
}

static int write_head(struct vk_store *store)
{
	int r = vk_store_set_int(store, seq_key, store->cache.audit_seq);

	if (r)
		return r;
	struct vk_query q = vk_query_init(store, VK_SLOT_META_PUT_BLOB,
					  "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)");

	vk_bind_text(&q, head_key);
	vk_bind_blob(&q, store->cache.audit_head, VK_HASH_BYTES);
	return vk_query_run(&q);
}

int vk_audit_keep_head(struct vk_store *store)
{
	const struct vk_store_cache *c = &store->cache, *before = &store->cache_at_begin;

	if (!c->has_head || (before->has_head && before->audit_seq == c->audit_seq))
		return 0;
	return write_head(store);
}

static int put_row(struct vk_store *store, int64_t seq, const struct vk_audit *e,
		   const uint8_t hash[VK_HASH_BYTES])
{
	struct vk_query q = vk_query_init(
		store, VK_SLOT_AUDIT_PUT,
		"INSERT INTO audit(seq, utc_ms, quality, domain, actor, action, patient, object,"
		" result, detail, hash) VALUES(?,?,?,?,?,?,?,?,?,?,?)");

	vk_bind_int(&q, seq);
	vk_bind_int(&q, e->utc_ms);
	vk_bind_int(&q, (int64_t)e->quality);
	vk_bind_text(&q, e->domain);
	vk_bind_text(&q, e->actor);
	vk_bind_text(&q, e->action);
	vk_bind_text(&q, e->patient);
	vk_bind_text(&q, e->object);
	vk_bind_text(&q, e->result);
	vk_bind_text(&q, e->detail);
	vk_bind_blob(&q, hash, VK_HASH_BYTES);
	return vk_query_run(&q);
}

static int append(struct vk_store *store, const struct vk_audit *entry)
{
	struct vk_store_cache *c = &store->cache;
	uint8_t hash[VK_HASH_BYTES];
	int r = load_head(store);

	if (r)
		return r;
	memcpy(hash, c->audit_head, sizeof hash);
	chain(hash, c->audit_seq + 1, entry);
	r = put_row(store, c->audit_seq + 1, entry, hash);
	if (r)
		return r;
	c->audit_seq++;
	memcpy(c->audit_head, hash, sizeof hash);
	return 0;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

int vk_store_audit(struct vk_store *store, const struct vk_audit *entry)
{
	const struct vk_audit whole = {
		.utc_ms = entry->utc_ms,
		.quality = entry->quality,
		.domain = or_empty(entry->domain),
		.actor = or_empty(entry->actor),
		.action = or_empty(entry->action),
		.patient = or_empty(entry->patient),
		.object = or_empty(entry->object),
		.result = or_empty(entry->result),
		.detail = or_empty(entry->detail),
	};

	if (store->is_begun)
		return append(store, &whole);
	int r = vk_store_begin(store);

	if (!r)
		r = append(store, &whole);
	if (!r)
		r = vk_store_commit(store);
	if (r)
		vk_store_rollback(store);
	return r;
}

int vk_store_audit_head(struct vk_store *store, int64_t *ret_seq, char ret_hash[65])
{
	int r = load_head(store);

	if (r)
		return r;
	*ret_seq = store->cache.audit_seq;
	vk_hex_format(ret_hash, store->cache.audit_head, VK_HASH_BYTES);
	return 0;
}

static int64_t read_entry(struct vk_query *q, struct vk_audit *e)
{
	int64_t seq = vk_column_int(q);

	e->utc_ms = vk_column_int(q);
	e->quality = (enum vk_clock_quality)vk_column_int(q);
	e->domain = vk_column_text_ref(q);
	e->actor = vk_column_text_ref(q);
	e->action = vk_column_text_ref(q);
	e->patient = vk_column_text_ref(q);
	e->object = vk_column_text_ref(q);
	e->result = vk_column_text_ref(q);
	e->detail = vk_column_text_ref(q);
	return seq;
}

#define ENTRIES                                                                                    \
	"SELECT seq, utc_ms, quality, domain, actor, action, patient, object, result, detail,"     \
	" hash FROM audit "

/* Follows the chain to its end: how far it is whole, and the hash there. */
static int follow(struct vk_store *store, int64_t *ret_seq, uint8_t hash[VK_HASH_BYTES])
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_AUDIT_CHAIN, ENTRIES "ORDER BY seq");
	int more;

	memset(hash, 0, VK_HASH_BYTES);
	*ret_seq = 0;
	while ((more = vk_query_next(&q)) > 0) {
		struct vk_audit entry;
		int64_t seq = read_entry(&q, &entry);
		size_t len;
		const void *stored = vk_column_blob(&q, &len);

		chain(hash, *ret_seq + 1, &entry);
		if (seq != *ret_seq + 1 || len != VK_HASH_BYTES || memcmp(stored, hash, len) != 0)
			return VK_STORE_BROKEN;
		(*ret_seq)++;
	}
	return more;
}

/* The head is asked of the file, but for a transaction that has not written its own yet. */
static int told_head(struct vk_store *store, int64_t *ret_seq, uint8_t ret_hash[VK_HASH_BYTES])
{
	if (!store->is_begun)
		return read_head(store, ret_seq, ret_hash);
	int r = load_head(store);

	*ret_seq = store->cache.audit_seq;
	memcpy(ret_hash, store->cache.audit_head, VK_HASH_BYTES);
	return r;
}

int vk_store_audit_verify(struct vk_store *store, int64_t *ret_seq)
{
	uint8_t hash[VK_HASH_BYTES], head[VK_HASH_BYTES];
	int64_t seq;
	int r = told_head(store, &seq, head);

	if (!r)
		r = follow(store, ret_seq, hash);
	if (!r && *ret_seq == seq && memcmp(hash, head, sizeof hash) == 0)
		return 0;
	if (r >= 0)
		(*ret_seq)++; /* the first that is wrong, or missing */
	return r < 0 ? r : VK_STORE_BROKEN;
}

int vk_store_each_audit(struct vk_store *store, int limit, vk_audit_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_AUDIT_EACH, ENTRIES "ORDER BY seq DESC LIMIT ?");
	int more;

	vk_bind_int(&q, limit);
	while ((more = vk_query_next(&q)) > 0) {
		struct vk_audit entry;
		int64_t seq = read_entry(&q, &entry);
		int r = fn(seq, &entry, user);

		if (r < 0)
			return r;
	}
	return more;
}

int vk_audit_walk(struct vk_store *store, int limit, int64_t *cursor)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_AUDIT_WALK, ENTRIES "WHERE seq > ? ORDER BY seq LIMIT ?");
	int n = 0, more;

	vk_bind_int(&q, *cursor);
	vk_bind_int(&q, limit);
	for (; (more = vk_query_next(&q)) > 0; n++) {
		struct vk_audit entry;

		*cursor = read_entry(&q, &entry);
	}
	return more < 0 ? more : n == limit;
}
