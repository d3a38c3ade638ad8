/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit chain: append-only rows, each with a hash over the one before it and its own digest
 * (base/audit.h has the form, README.md a worked check). A changed or missing entry breaks the
 * chain behind it; a missing tail disagrees with the head, which stands apart and is told to the
 * care service.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/audit.h"
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

/* Form 1: hash becomes the hash of the entry that follows it. */
static void chain_first(uint8_t hash[VK_HASH_BYTES], const struct vk_audit_row *row)
{
	const struct vk_audit *e = &row->entry;
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, hash, VK_HASH_BYTES);
	hash_int(&state, row->seq);
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

static void digest_of(uint8_t digest[VK_HASH_BYTES], const struct vk_audit_row *row)
{
	const struct vk_audit *e = &row->entry;
	char form[16], seq[24], utc_ms[24], mono_ms[24], attempt[16], planned_ms[24];
	const char *const texts[VK_N_AUDIT_FIELDS] = {
		[VK_AUDIT_FORM] = form,
		[VK_AUDIT_SEQ] = seq,
		[VK_AUDIT_UTC_MS] = utc_ms,
		[VK_AUDIT_MONO_MS] = mono_ms,
		[VK_AUDIT_CLOCK] = vk_clock_quality_text(e->quality),
		[VK_AUDIT_DOMAIN] = e->domain,
		[VK_AUDIT_ACTOR] = e->actor,
		[VK_AUDIT_ROLE] = e->role,
		[VK_AUDIT_ACTION] = e->action,
		[VK_AUDIT_PATIENT] = e->patient,
		[VK_AUDIT_OBJECT] = e->object,
		[VK_AUDIT_ATTEMPT] = attempt,
		[VK_AUDIT_PLANNED_UTC_MS] = planned_ms,
		[VK_AUDIT_OUTCOME] = e->outcome,
		[VK_AUDIT_CONSENT] = e->consent,
		[VK_AUDIT_CLIENT] = e->client,
		[VK_AUDIT_RESULT] = e->result,
		[VK_AUDIT_DETAIL] = e->detail,
		[VK_AUDIT_SALT] = row->salt,
	};
	crypto_hash_sha256_state state;

	(void)snprintf(form, sizeof form, "%d", row->form);
	(void)snprintf(seq, sizeof seq, "%" PRId64, row->seq);
	(void)snprintf(utc_ms, sizeof utc_ms, "%" PRId64, e->utc_ms);
	(void)snprintf(mono_ms, sizeof mono_ms, "%" PRId64, e->mono_ms);
	(void)snprintf(attempt, sizeof attempt, "%" PRId32, e->attempt);
	(void)snprintf(planned_ms, sizeof planned_ms, "%" PRId64, e->planned_utc_ms);
	(void)crypto_hash_sha256_init(&state);
	for (int i = 0; i < VK_N_AUDIT_FIELDS; i++)
		hash_text(&state, texts[i]);
	(void)crypto_hash_sha256_final(&state, digest);
}

static void chain(uint8_t hash[VK_HASH_BYTES], struct vk_audit_row *row)
{
	uint8_t both[2 * VK_HASH_BYTES];

	if (row->form < VK_AUDIT_FORM_NOW) {
		chain_first(hash, row);
		return;
	}
	memcpy(both, hash, VK_HASH_BYTES);
	digest_of(both + VK_HASH_BYTES, row);
	vk_hex_format(row->digest, both + VK_HASH_BYTES, VK_HASH_BYTES);
	(void)crypto_hash_sha256(hash, both, sizeof both);
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

static int put_row(struct vk_store *store, const struct vk_audit_row *row,
		   const uint8_t salt[VK_AUDIT_SALT_BYTES], const uint8_t hash[VK_HASH_BYTES])
{
	const struct vk_audit *e = &row->entry;
	struct vk_query q = vk_query_init(
		store, VK_SLOT_AUDIT_PUT,
		"INSERT INTO audit(seq, form, utc_ms, mono_ms, quality, domain, actor, role, "
		"action,"
		" patient, object, attempt, planned_utc_ms, outcome, consent, client, result, "
		"detail,"
		" salt, hash) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

	vk_bind_int(&q, row->seq);
	vk_bind_int(&q, row->form);
	vk_bind_int(&q, e->utc_ms);
	vk_bind_int(&q, e->mono_ms);
	vk_bind_int(&q, (int64_t)e->quality);
	vk_bind_text(&q, e->domain);
	vk_bind_text(&q, e->actor);
	vk_bind_text(&q, e->role);
	vk_bind_text(&q, e->action);
	vk_bind_text(&q, e->patient);
	vk_bind_text(&q, e->object);
	vk_bind_int(&q, e->attempt);
	vk_bind_int(&q, e->planned_utc_ms);
	vk_bind_text(&q, e->outcome);
	vk_bind_text(&q, e->consent);
	vk_bind_text(&q, e->client);
	vk_bind_text(&q, e->result);
	vk_bind_text(&q, e->detail);
	vk_bind_blob(&q, salt, VK_AUDIT_SALT_BYTES);
	vk_bind_blob(&q, hash, VK_HASH_BYTES);
	return vk_query_run(&q);
}

static int append(struct vk_store *store, const struct vk_audit *entry)
{
	struct vk_store_cache *c = &store->cache;
	struct vk_audit_row row = {.form = VK_AUDIT_FORM_NOW, .entry = *entry};
	uint8_t hash[VK_HASH_BYTES], salt[VK_AUDIT_SALT_BYTES];
	int r = load_head(store);

	if (r)
		return r;
	row.seq = c->audit_seq + 1;
	randombytes_buf(salt, sizeof salt);
	vk_hex_format(row.salt, salt, sizeof salt);
	memcpy(hash, c->audit_head, sizeof hash);
	chain(hash, &row);
	r = put_row(store, &row, salt, hash);
	if (r)
		return r;
	c->audit_seq++;
	memcpy(c->audit_head, hash, sizeof hash);
	return 0;
}

static void or_empty(const char **text)
{
	if (!*text)
		*text = "";
}

int vk_store_audit(struct vk_store *store, const struct vk_audit *entry)
{
	struct vk_audit whole = *entry;
	const char **const texts[] = {&whole.domain,  &whole.actor,  &whole.role,    &whole.action,
				      &whole.patient, &whole.object, &whole.outcome, &whole.consent,
				      &whole.client,  &whole.result, &whole.detail};

	for (size_t i = 0; i < VK_ARRAY_LEN(texts); i++)
		or_empty(texts[i]);
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

static void read_hex(struct vk_query *q, char *out, size_t size)
{
	size_t len;
	const void *bytes = vk_column_blob(q, &len);

	if (2 * len + 1 > size)
		len = 0; /* no entry of ours: its hash will not hold either */
	vk_hex_format(out, bytes, len);
}

static void read_row(struct vk_query *q, struct vk_audit_row *row)
{
	struct vk_audit *e = &row->entry;

	*row = (struct vk_audit_row){.seq = vk_column_int(q)};
	row->form = (int)vk_column_int(q);
	e->utc_ms = vk_column_int(q);
	e->mono_ms = vk_column_int(q);
	e->quality = (enum vk_clock_quality)vk_column_int(q);
	e->domain = vk_column_text_ref(q);
	e->actor = vk_column_text_ref(q);
	e->role = vk_column_text_ref(q);
	e->action = vk_column_text_ref(q);
	e->patient = vk_column_text_ref(q);
	e->object = vk_column_text_ref(q);
	e->attempt = (int32_t)vk_column_int(q);
	e->planned_utc_ms = vk_column_int(q);
	e->outcome = vk_column_text_ref(q);
	e->consent = vk_column_text_ref(q);
	e->client = vk_column_text_ref(q);
	e->result = vk_column_text_ref(q);
	e->detail = vk_column_text_ref(q);
	read_hex(q, row->salt, sizeof row->salt);
	read_hex(q, row->hash, sizeof row->hash);
}

#define ENTRIES                                                                                    \
	"SELECT seq, form, utc_ms, mono_ms, quality, domain, actor, role, action, patient,"        \
	" object, attempt, planned_utc_ms, outcome, consent, client, result, detail, salt,"        \
	" hash FROM audit "

/* Follows the chain to its end: how far it is whole, and the hash there. */
static int follow(struct vk_store *store, int64_t *ret_seq, uint8_t hash[VK_HASH_BYTES])
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_AUDIT_CHAIN, ENTRIES "ORDER BY seq");
	char text[2 * VK_HASH_BYTES + 1];
	int more;

	memset(hash, 0, VK_HASH_BYTES);
	*ret_seq = 0;
	while ((more = vk_query_next(&q)) > 0) {
		struct vk_audit_row row;

		read_row(&q, &row);
		chain(hash, &row);
		vk_hex_format(text, hash, VK_HASH_BYTES);
		if (row.seq != *ret_seq + 1 || strcmp(text, row.hash) != 0)
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

static int each(struct vk_query *q, vk_audit_fn fn, void *user)
{
	uint8_t digest[VK_HASH_BYTES];
	int more;

	while ((more = vk_query_next(q)) > 0) {
		struct vk_audit_row row;

		read_row(q, &row);
		digest_of(digest, &row);
		if (row.form >= VK_AUDIT_FORM_NOW)
			vk_hex_format(row.digest, digest, sizeof digest);
		int r = fn(&row, user);

		if (r < 0)
			return r;
	}
	return more;
}

int vk_store_each_audit(struct vk_store *store, int limit, vk_audit_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_AUDIT_EACH, ENTRIES "ORDER BY seq DESC LIMIT ?");

	vk_bind_int(&q, limit);
	return each(&q, fn, user);
}

int vk_store_audit_after(struct vk_store *store, int64_t after_seq, int limit, vk_audit_fn fn,
			 void *user)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_AUDIT_AFTER, ENTRIES "WHERE seq > ? ORDER BY seq LIMIT ?");

	vk_bind_int(&q, after_seq);
	vk_bind_int(&q, limit);
	return each(&q, fn, user);
}

int vk_audit_walk(struct vk_store *store, int limit, int64_t *cursor)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_AUDIT_WALK, ENTRIES "WHERE seq > ? ORDER BY seq LIMIT ?");
	int n = 0, more;

	vk_bind_int(&q, *cursor);
	vk_bind_int(&q, limit);
	for (; (more = vk_query_next(&q)) > 0; n++) {
		struct vk_audit_row row;

		read_row(&q, &row);
		*cursor = row.seq;
	}
	return more < 0 ? more : n == limit;
}
