/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about what the hub keeps: one JSON document each, for vakactl and for health. Read
 * only, outside the group's transaction.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/audit.h"
#include "core/messages.h"
#include "core/storm.h"
#include "hub/documents.h"

enum { ANSWER_MAX = 8 << 20, LIST_DEFAULT = 100, LIST_MAX = 20000, PAGE_MAX = 1000 };

struct listing {
	struct vk_engine *e;
	struct vk_json j;
	bool is_for_health; /* nobody at a terminal asks: it leaves over the wire */
};

static int add_reading(const struct vk_reading *r, int64_t stored_utc_ms, void *user)
{
	struct listing *l = user;

	vk_reading_json(&l->j, NULL, r, stored_utc_ms, vk_engine_zone(l->e, r->patient));
	return l->j.out->error;
}

static int add_alert(const struct vk_alert *alert, void *user)
{
	struct listing *l = user;

	vk_alert_json(&l->j, NULL, alert, vk_engine_plan(l->e, alert->patient),
		      vk_engine_zone(l->e, alert->patient), l->e->core, true);
	return l->j.out->error;
}

static int add_check(const struct vk_check *check, void *user)
{
	struct listing *l = user;

	vk_check_json(&l->j, NULL, check, vk_engine_zone(l->e, check->patient));
	return l->j.out->error;
}

static int add_device(const struct vk_device *device, void *user)
{
	struct listing *l = user;

	vk_device_json(&l->j, NULL, device, vk_engine_zone(l->e, device->patient));
	return l->j.out->error;
}

/* What staff have shown they mean to be noticed; what is for staff makes no sound here. */
static bool is_silent(const struct listing *l, const struct vk_plan *plan, const char *kind,
		      const char *id, const char *reason)
{
	struct vk_now now = vk_clock_now(l->e->clock);
	const char *rule = strchr(id, ':');

	if (!plan || strcmp(kind, "task") == 0 || strcmp(reason, "staff") == 0)
		return false;
	return strcmp(kind, "message") == 0 ? vk_message_is_silent(plan, id, &now)
					    : vk_ask_is_silent(plan, rule ? rule + 1 : "", &now);
}

static int add_notice(const char *patient, const char *kind, const char *id, const char *reason,
		      int64_t until_utc_ms, int64_t utc_ms, void *user)
{
	struct listing *l = user;
	const struct vk_plan *plan = vk_engine_plan(l->e, patient);
	const struct vk_text *text =
		plan && strcmp(kind, "message") == 0 ? vk_plan_message(plan, id) : NULL;
	char when[VK_RFC3339_TEXT];

	/* Its time is over: nobody is shown it any more. */
	if (until_utc_ms && until_utc_ms <= vk_clock_now(l->e->clock).utc_ms)
		return 0;
	vk_json_open(&l->j, NULL, '{');
	vk_json_str(&l->j, "patient", patient);
	vk_json_str(&l->j, "kind", kind);
	vk_json_str(&l->j, "id", id);
	vk_json_str(&l->j, "reason", reason);
	vk_rfc3339_format(when, utc_ms, vk_engine_zone(l->e, patient));
	vk_json_str(&l->j, "since", when);
	if (until_utc_ms) {
		vk_rfc3339_format(when, until_utc_ms, vk_engine_zone(l->e, patient));
		vk_json_str(&l->j, "until", when);
	}
	if (text) {
		vk_json_str(&l->j, "sv", text->sv);
		vk_json_str(&l->j, "en", text->en);
	}
	if (text && plan->contact.sv[0]) {
		vk_json_open(&l->j, "contact", '{');
		vk_json_str(&l->j, "sv", plan->contact.sv);
		vk_json_str(&l->j, "en", plan->contact.en);
		vk_json_close(&l->j, '}');
	}
	if (is_silent(l, plan, kind, id, reason))
		vk_json_bool(&l->j, "silent", true);
	vk_json_close(&l->j, '}');
	return l->j.out->error;
}

/* The members that are hashed stand by their names in the form; `time` is for people. */
static int add_audit(const struct vk_audit_row *row, void *user)
{
	struct listing *l = user;
	const struct vk_audit *a = &row->entry;
	char when[VK_RFC3339_TEXT];

	vk_json_open(&l->j, NULL, '{');
	vk_json_int(&l->j, "seq", row->seq);
	vk_json_int(&l->j, "form", row->form);
	vk_rfc3339_format(when, a->utc_ms, vk_engine_zone(l->e, a->patient));
	vk_json_str(&l->j, "time", when);
	vk_json_int(&l->j, "utc_ms", a->utc_ms);
	vk_json_int(&l->j, "mono_ms", a->mono_ms);
	vk_json_str(&l->j, "clock", vk_clock_quality_text(a->quality));
	vk_json_str(&l->j, "domain", a->domain);
	vk_json_str(&l->j, "actor", a->actor);
	vk_json_str(&l->j, "role", a->role);
	vk_json_str(&l->j, "action", a->action);
	vk_json_str(&l->j, "patient", a->patient);
	vk_json_str(&l->j, "object", a->object);
	vk_json_int(&l->j, "attempt", a->attempt);
	vk_json_int(&l->j, "planned_utc_ms", a->planned_utc_ms);
	vk_json_str(&l->j, "outcome", a->outcome);
	vk_json_str(&l->j, "consent", a->consent);
	vk_json_str(&l->j, "client", a->client);
	vk_json_str(&l->j, "result", a->result);
	vk_json_str(&l->j, "detail", a->detail);
	vk_json_str(&l->j, "salt", row->salt);
	vk_json_str(&l->j, "digest", row->digest);
	vk_json_str(&l->j, "hash", row->hash);
	vk_json_close(&l->j, '}');
	return l->j.out->error;
}

static int query_readings(struct listing *l, const json_t *options)
{
	json_int_t limit = json_integer_value(json_object_get(options, "limit"));
	const char *kind = json_string_value(json_object_get(options, "kind"));
	const char *since = json_string_value(json_object_get(options, "since"));
	struct vk_reading_filter filter = {
		.patient = json_string_value(json_object_get(options, "patient")),
		.device = json_string_value(json_object_get(options, "device")),
		.kind = kind ? vk_kind_parse(kind) : -1,
		.limit = limit > 0 && limit <= LIST_MAX ? (int)limit : LIST_DEFAULT,
	};

	if ((kind && filter.kind < 0) || (since && vk_rfc3339_parse(since, &filter.since_utc_ms)))
		return -EINVAL;
	if (filter.patient && strcmp(filter.patient, "unassigned") == 0)
		filter.patient = "";
	return vk_store_each_reading(l->e->store, &filter, add_reading, l);
}

static int query_alerts(struct listing *l, const json_t *options)
{
	json_int_t limit = json_integer_value(json_object_get(options, "limit"));

	return vk_store_each_alert(l->e->store, !json_is_true(json_object_get(options, "all")),
				   limit > 0 && limit <= LIST_MAX ? (int)limit : LIST_DEFAULT,
				   add_alert, l);
}

static int query_checks(struct listing *l, const json_t *options)
{
	return vk_store_each_check(l->e->store, !json_is_true(json_object_get(options, "all")),
				   LIST_DEFAULT, add_check, l);
}

static int query_devices(struct listing *l, const json_t *options)
{
	(void)options;
	return vk_store_each_device(l->e->store, add_device, l);
}

static bool may_delete_of(const struct vk_engine *e, const char *patient)
{
	for (int i = 0; i < e->core->n_patients; i++)
		if (strcmp(e->core->patients[i].plan->patient, patient) == 0)
			return e->core->patients[i].plan->does_empty_devices;
	return false;
}

/* Everybody's plan whose values it holds must allow it: a record cannot be brought back. */
static bool may_delete(const struct vk_engine *e, const struct vk_device *d)
{
	bool is_anybodys = d->patient[0] != '\0';

	for (int i = 0; i < d->n_users; i++)
		if (!may_delete_of(e, d->users[i].patient))
			return false;
	if (d->patient[0] && !may_delete_of(e, d->patient))
		return false;
	return is_anybodys || d->n_users > 0;
}

/* What the collector must know to serve its devices, its own handle map included. */
static int add_collector_device(const struct vk_device *d, void *user)
{
	struct listing *l = user;

	vk_json_open(&l->j, NULL, '{');
	vk_json_str(&l->j, "device", d->id);
	vk_json_str(&l->j, "address", d->address);
	vk_json_int(&l->j, "address_type", d->address_type);
	vk_json_str(&l->j, "name", d->name);
	vk_json_str(&l->j, "kind", d->kind);
	vk_json_str(&l->j, "manufacturer", d->manufacturer);
	vk_json_str(&l->j, "model", d->model);
	vk_json_str(&l->j, "memory", d->memory);
	vk_json_bool(&l->j, "may_delete", may_delete(l->e, d));
	vk_json_bool(&l->j, "bonded", d->is_bonded);
	vk_json_bool(&l->j, "authenticated", d->is_authenticated);
	vk_json_int(&l->j, "last_sequence", d->last_sequence);
	vk_json_str(&l->j, "attributes", d->attributes);
	/* Whose they are is no business of the radio's. */
	vk_json_open(&l->j, "users", '[');
	for (int i = 0; i < d->n_users; i++) {
		vk_json_open(&l->j, NULL, '{');
		vk_json_int(&l->j, "user", d->users[i].user);
		vk_json_int(&l->j, "consent", d->users[i].consent);
		vk_json_close(&l->j, '}');
	}
	vk_json_close(&l->j, ']');
	vk_json_close(&l->j, '}');
	return l->j.out->error;
}

static int query_collector(struct listing *l, const json_t *options)
{
	(void)options;
	return vk_store_each_device(l->e->store, add_collector_device, l);
}

static int query_notices(struct listing *l, const json_t *options)
{
	(void)options;
	return vk_store_each_notice(l->e->store, add_notice, l);
}

/* The newest first, or, with "after", those behind a number in order: a page of the whole chain. */
static int query_audit(struct listing *l, const json_t *options)
{
	json_int_t limit = json_integer_value(json_object_get(options, "limit"));
	const json_t *after = json_object_get(options, "after");
	int n = limit > 0 && limit <= LIST_MAX ? (int)limit : LIST_DEFAULT;

	return after ? vk_store_audit_after(l->e->store, json_integer_value(after),
					    n < PAGE_MAX ? n : PAGE_MAX, add_audit, l)
		     : vk_store_each_audit(l->e->store, n, add_audit, l);
}

/* A kit as health shows it: whose it is and what it measured is no business of operations. */
static int add_kit(const struct vk_device *d, void *user)
{
	struct listing *l = user;

	vk_json_open(&l->j, NULL, '{');
	vk_json_str(&l->j, "device", d->id);
	vk_json_str(&l->j, "kind", d->kind);
	vk_json_str(&l->j, "model", d->model);
	vk_json_str(&l->j, "state", d->state);
	vk_json_bool(&l->j, "bonded", d->is_bonded);
	vk_json_int(&l->j, "heard_ms", d->heard_utc_ms);
	vk_json_int(&l->j, "reading_ms", d->reading_utc_ms);
	vk_json_int(&l->j, "battery", d->battery_percent);
	vk_json_close(&l->j, '}');
	return l->j.out->error;
}

/* The technical alerts that are not healed yet, by the name of their rule; those that one storm
 * stands for, too. */
static void add_faults(struct listing *l)
{
	vk_json_open(&l->j, "faults", '[');
	for (int i = 0; i < l->e->core->n_alerts; i++) {
		const struct vk_alert *a = &l->e->core->alerts[i];

		if (a->class_ != VK_ALERT_TECHNICAL || !a->is_active)
			continue;
		vk_json_open(&l->j, NULL, '{');
		vk_json_str(&l->j, "name", a->rule);
		vk_json_str(&l->j, "reason", a->reason);
		vk_json_int(&l->j, "since_ms", a->raised_utc_ms);
		vk_json_close(&l->j, '}');
	}
	for (int i = 0; i < l->e->core->n_memories; i++) {
		const char *rule = l->e->core->memories[i].rule;

		if (strncmp(rule, VK_MEMORY_STORM, sizeof VK_MEMORY_STORM - 1) != 0)
			continue;
		vk_json_open(&l->j, NULL, '{');
		vk_json_str(&l->j, "name", rule + sizeof VK_MEMORY_STORM - 1);
		vk_json_str(&l->j, "reason", "one of many");
		vk_json_close(&l->j, '}');
	}
	vk_json_close(&l->j, ']');
}

static int note_reading(const struct vk_device *d, void *user)
{
	int64_t *last_utc_ms = user;

	if (d->reading_utc_ms > *last_utc_ms)
		*last_utc_ms = d->reading_utc_ms;
	return 0;
}

/* When anything was measured last, and which inputs are active now: "mains" is the power. */
static int add_last(struct listing *l)
{
	static const char input[] = "input:";
	const struct vk_core *core = l->e->core;
	char when[VK_RFC3339_TEXT];
	int64_t last_utc_ms = 0;
	int r = vk_store_each_device(l->e->store, note_reading, &last_utc_ms);

	vk_rfc3339_format(when, last_utc_ms, &l->e->config->zone);
	vk_json_str(&l->j, "reading", last_utc_ms ? when : NULL);
	vk_json_open(&l->j, "inputs", '[');
	for (int i = 0; i < core->n_memories; i++)
		if (strncmp(core->memories[i].rule, input, sizeof input - 1) == 0)
			vk_json_str(&l->j, NULL, core->memories[i].rule + sizeof input - 1);
	vk_json_close(&l->j, ']');
	return r;
}

/* Beyond which undelivered messages are given up. */
static void add_bounds(struct listing *l)
{
	const struct vk_store_bounds *b = vk_store_bounds(l->e->store);

	vk_json_open(&l->j, "most", '{');
	vk_json_int(&l->j, "rows", b->outbox_rows);
	vk_json_int(&l->j, "bytes", b->outbox_bytes);
	vk_json_int(&l->j, "days", b->outbox_days);
	vk_json_close(&l->j, '}');
}

/* One object, inside the list of one: health and `vakactl status` share it. */
static int query_status(struct listing *l, const json_t *options)
{
	struct vk_engine *e = l->e;
	struct vk_outbox_stats stats = {0};
	struct vk_store_health health = {0};
	char hash[65] = "";
	int64_t seq = 0;
	int r = vk_store_outbox_stats(e->store, &stats);

	(void)options;
	if (r == 0)
		r = vk_store_audit_head(e->store, &seq, hash);
	if (r == 0)
		r = vk_store_health(e->store, &health);
	vk_json_open(&l->j, NULL, '{');
	vk_json_str(&l->j, "store", e->is_store_failed ? "failed" : "ok");
	vk_json_bool(&l->j, "damaged", health.is_damaged);
	vk_json_int(&l->j, "files_set_aside", health.set_aside);
	vk_json_int(&l->j, "file_bytes", health.file_bytes);
	vk_json_int(&l->j, "readings_removed", health.readings_removed);
	vk_json_int(&l->j, "messages_dropped", health.messages_dropped);
	vk_json_int(&l->j, "journal", e->n_journal);
	vk_json_open(&l->j, "outbox", '{');
	vk_json_int(&l->j, "depth", stats.depth);
	vk_json_int(&l->j, "bytes", stats.bytes);
	vk_json_int(&l->j, "oldest_ms", stats.oldest_utc_ms);
	vk_json_int(&l->j, "set_aside", stats.set_aside);
	vk_json_int(&l->j, "loose", e->n_loose);
	if (!l->is_for_health)
		add_bounds(l);
	vk_json_close(&l->j, '}');
	vk_json_open(&l->j, "audit", '{');
	vk_json_int(&l->j, "seq", seq);
	vk_json_str(&l->j, "head", hash);
	vk_json_close(&l->j, '}');
	vk_json_open(&l->j, "staff", '{');
	vk_json_int(&l->j, "version", vk_staff_version(e->staff));
	vk_json_str(&l->j, "fault", e->staff_fault);
	vk_json_close(&l->j, '}');
	vk_json_int(&l->j, "open_alerts", e->core->n_alerts);
	vk_json_int(&l->j, "open_checks", e->core->n_checks);
	vk_json_open(&l->j, "plans", '[');
	for (int i = 0; i < e->core->n_patients; i++) {
		const struct vk_plan *plan = e->core->patients[i].plan;

		vk_json_open(&l->j, NULL, '{');
		vk_json_str(&l->j, "patient", plan->patient);
		vk_json_int(&l->j, "version", plan->version);
		vk_json_bool(&l->j, "alerting", plan->is_alerting);
		vk_json_close(&l->j, '}');
	}
	vk_json_close(&l->j, ']');
	if (r == 0)
		r = add_last(l);
	add_faults(l);
	vk_traffic_json(e, &l->j, !l->is_for_health);
	vk_json_open(&l->j, "kits", '[');
	if (r == 0)
		r = vk_store_each_device(e->store, add_kit, l);
	vk_json_close(&l->j, ']');
	vk_json_close(&l->j, '}');
	return r;
}

/* The first line of an export; that it was made is itself on record. */
static int query_export(struct listing *l, const json_t *options)
{
	struct vk_engine *e = l->e;
	struct vk_now now = vk_clock_now(e->clock);
	struct vk_audit audit = {
		.domain = "hub", .actor = "technician", .action = "audit-export", .result = "ok"};
	char hash[65], when[VK_RFC3339_TEXT];
	int64_t seq;
	int r = vk_audit_keep(e, now, &audit);

	(void)options;
	if (r == 0)
		r = vk_store_audit_head(e->store, &seq, hash);
	if (r)
		return r;
	vk_rfc3339_format(when, now.utc_ms, &e->config->zone);
	vk_json_open(&l->j, NULL, '{');
	vk_json_int(&l->j, "vaka_audit", VK_AUDIT_FORM_NOW);
	vk_json_str(&l->j, "site", e->config->site);
	vk_json_str(&l->j, "hub", e->config->hub);
	vk_json_str(&l->j, "time", when);
	vk_json_int(&l->j, "entries", seq);
	vk_json_str(&l->j, "head", hash);
	vk_json_close(&l->j, '}');
	return 0;
}

struct wanted {
	struct listing *l;
	const char *patient;
};

static int add_plan(const struct vk_plan_row *row, void *user)
{
	const struct wanted *w = user;
	vk_auto(vk_str_done) struct vk_str text = {0};
	struct vk_json *j = &w->l->j;

	if (strcmp(row->patient, w->patient) != 0)
		return 0;
	vk_str_add_n(&text, row->bytes, row->len);
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "patient", row->patient);
	vk_json_int(j, "version", row->version);
	vk_json_str(j, "key", row->key_id[0] ? row->key_id : NULL);
	vk_json_str(j, "text", text.text ? text.text : "");
	vk_json_close(j, '}');
	return text.error;
}

/* The plan in force, as it was signed. */
static int query_plan(struct listing *l, const json_t *options)
{
	struct wanted w = {l, json_string_value(json_object_get(options, "patient"))};

	return w.patient ? vk_store_each_plan(l->e->store, add_plan, &w) : -EINVAL;
}

static int query_promise(struct listing *l, const json_t *options)
{
	(void)options;
	return vk_promise_json(l->e, &l->j, vk_clock_now(l->e->clock));
}

static const struct {
	const char *name;
	int (*run)(struct listing *l, const json_t *options);
} queries[] = {
	{"readings", query_readings},
	{"alerts", query_alerts},
	{"checks", query_checks},
	{"devices", query_devices},
	{"notices", query_notices},
	{"audit", query_audit},
	{"status", query_status},
	{"promise", query_promise},
	{"plan", query_plan},
	{"audit-export", query_export},
	{"collector-devices", query_collector},
};

int vk_query_apply(struct vk_engine *e, struct vk_job *job)
{
	vk_auto(vk_str_done) struct vk_str out = {.max = ANSWER_MAX};
	struct listing l = {.e = e, .j = vk_json_init(&out), .is_for_health = !job->waiter};
	json_t *options = NULL;
	int r = -EOPNOTSUPP;

	if (job->payload)
		options = json_loadb(job->payload, job->payload_len, JSON_REJECT_DUPLICATES, NULL);
	vk_json_open(&l.j, NULL, '[');
	for (size_t i = 0; i < VK_ARRAY_LEN(queries); i++)
		if (strcmp(queries[i].name, job->text) == 0)
			r = queries[i].run(&l, options);
	vk_json_close(&l.j, ']');
	json_decref(options);
	if (r == 0)
		r = out.error;
	if (r == 0)
		job->answer = vk_str_take(&out);
	return r;
}
