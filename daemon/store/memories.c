/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core must find again after a start besides alerts and checks: what rules remember, up to
 * when checks were scheduled, the plans in force, and what the patient is shown.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- memories: the first values of the latest local days, a line each ---- */

int vk_memory_write(struct vk_store *store, const struct vk_rule_memory *m)
{
	vk_auto(vk_str_done) struct vk_str days = {0};

	for (int i = 0; i < m->n_days; i++)
		vk_str_addf(&days, "%" PRId32 " %" PRId64 "\n", m->days[i], m->day_values[i]);
	if (days.error)
		return days.error;
	struct vk_query q = vk_query_init(
		store, VK_SLOT_MEMORY_PUT,
		"INSERT OR REPLACE INTO memory(patient, rule, ask_mono_ms, ask_until_mono_ms,"
		" ask_reading, days, n_clear, clear_day) VALUES(?,?,?,?,?,?,?,?)");

	vk_bind_text(&q, m->patient);
	vk_bind_text(&q, m->rule);
	vk_bind_int(&q, m->ask_mono_ms);
	vk_bind_int(&q, m->ask_until_mono_ms);
	vk_bind_text(&q, m->ask_reading);
	vk_bind_text(&q, days.text ? days.text : "");
	vk_bind_int(&q, m->n_clear);
	vk_bind_int(&q, m->clear_day);
	return vk_query_run(&q);
}

int vk_store_put_memory(struct vk_store *store, const struct vk_rule_memory *m)
{
	return store->is_begun ? vk_late_memory(store, m) : vk_memory_write(store, m);
}

static int read_days(const char *text, struct vk_rule_memory *m)
{
	for (int len; *text; text += len) {
		if (m->n_days == VK_RULE_DAYS ||
		    sscanf(text, "%" SCNd32 " %" SCNd64 "\n%n", &m->days[m->n_days],
			   &m->day_values[m->n_days], &len) != 2)
			return -EBADMSG;
		m->n_days++;
	}
	return 0;
}

static int read_memory(struct vk_query *q, struct vk_rule_memory *m)
{
	memset(m, 0, sizeof *m);
	vk_column_text(q, m->patient, sizeof m->patient);
	vk_column_text(q, m->rule, sizeof m->rule);
	m->ask_mono_ms = vk_column_int(q);
	m->ask_until_mono_ms = vk_column_int(q);
	vk_column_text(q, m->ask_reading, sizeof m->ask_reading);
	int r = read_days(vk_column_text_ref(q), m);

	m->n_clear = (int32_t)vk_column_int(q);
	m->clear_day = (int32_t)vk_column_int(q);
	return r;
}

int vk_store_each_memory(struct vk_store *store, vk_memory_fn fn, void *user)
{
	int r = vk_late_write(store);

	if (r)
		return r;
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_MEMORY_EACH,
		"SELECT patient, rule, ask_mono_ms, ask_until_mono_ms, ask_reading, days, n_clear,"
		" clear_day FROM memory");
	int more;

	while ((more = vk_query_next(&q)) > 0) {
		struct vk_rule_memory memory;

		r = read_memory(&q, &memory);
		if (vk_row_is_left_out(r, "memory")) {
			r = 0;
			continue;
		}
		if (!r)
			r = fn(&memory, user);
		if (r < 0)
			return r;
	}
	return more;
}

/* ---- plans: every version that was in force stays; the one put last is in force ---- */

int vk_store_put_plan(struct vk_store *store, const struct vk_plan_row *row, int64_t utc_ms)
{
	struct vk_query q = vk_query_init(store, VK_SLOT_PLAN_PUT,
					  "INSERT OR REPLACE INTO plan(patient, version, bytes,"
					  " key_id, signature, utc_ms) VALUES(?,?,?,?,?,?)");

	vk_bind_text(&q, row->patient);
	vk_bind_int(&q, row->version);
	vk_bind_blob(&q, row->bytes, row->len);
	vk_bind_text(&q, row->key_id);
	vk_bind_blob(&q, row->signature, sizeof row->signature);
	vk_bind_int(&q, utc_ms);
	return vk_query_run(&q);
}

static int read_plan(struct vk_query *q, struct vk_plan_row *row)
{
	size_t len;

	vk_column_text(q, row->patient, sizeof row->patient);
	row->version = (int32_t)vk_column_int(q);
	row->bytes = vk_column_blob(q, &row->len);
	vk_column_text(q, row->key_id, sizeof row->key_id);
	const void *signature = vk_column_blob(q, &len);

	if (len != sizeof row->signature)
		return -EBADMSG;
	memcpy(row->signature, signature, len);
	return 0;
}

int vk_store_each_plan(struct vk_store *store, vk_plan_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_PLAN_EACH,
		"SELECT patient, version, bytes, key_id, signature FROM plan WHERE seq IN"
		" (SELECT max(seq) FROM plan GROUP BY patient) ORDER BY patient");
	int more;

	while ((more = vk_query_next(&q)) > 0) {
		struct vk_plan_row row = {0};
		int r = read_plan(&q, &row);

		if (vk_row_is_left_out(r, "plan"))
			continue;
		if (!r)
			r = fn(&row, user);
		if (r < 0)
			return r;
	}
	return more;
}

/* ---- notices ---- */

int vk_store_put_notice(struct vk_store *store, const char *patient, const char *kind,
			const char *id, const char *reason, int64_t until_utc_ms, int64_t utc_ms)
{
	struct vk_query q = vk_query_init(store, VK_SLOT_NOTICE_PUT,
					  "INSERT OR REPLACE INTO notice(patient, kind, id, reason,"
					  " until_utc_ms, utc_ms) VALUES(?,?,?,?,?,?)");

	vk_bind_text(&q, patient);
	vk_bind_text(&q, kind);
	vk_bind_text(&q, id);
	vk_bind_text(&q, reason);
	vk_bind_int(&q, until_utc_ms);
	vk_bind_int(&q, utc_ms);
	return vk_query_run(&q);
}

int vk_store_remove_notice(struct vk_store *store, const char *patient, const char *kind,
			   const char *id)
{
	struct vk_query q =
		vk_query_init(store, VK_SLOT_NOTICE_REMOVE,
			      "DELETE FROM notice WHERE patient = ? AND kind = ? AND id = ?");

	vk_bind_text(&q, patient);
	vk_bind_text(&q, kind);
	vk_bind_text(&q, id);
	return vk_query_run(&q);
}

int vk_store_each_notice(struct vk_store *store, vk_notice_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_NOTICE_EACH,
			      "SELECT patient, kind, id, reason, until_utc_ms, utc_ms FROM notice"
			      " ORDER BY utc_ms, patient, kind, id");
	int more;

	while ((more = vk_query_next(&q)) > 0) {
		const char *patient = vk_column_text_ref(&q), *kind = vk_column_text_ref(&q);
		const char *id = vk_column_text_ref(&q), *reason = vk_column_text_ref(&q);
		int64_t until_utc_ms = vk_column_int(&q), utc_ms = vk_column_int(&q);
		int r = fn(patient, kind, id, reason, until_utc_ms, utc_ms, user);

		if (r < 0)
			return r;
	}
	return more;
}
