/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts and checks as the core last saw them, one row per episode, written whole. The open ones
 * are what a start puts back into the core; the closed ones are history.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <string.h>

/* The number of a text among n, whose texts fn tells; -1: none. */
#define PARSE(fn, type, n, text)                                                                   \
	({                                                                                         \
		const char *text_ = (text);                                                        \
		int found_ = -1;                                                                   \
		for (int i_ = 0; i_ < (n) && found_ < 0; i_++)                                     \
			if (strcmp(fn((type)i_), text_) == 0)                                      \
				found_ = i_;                                                       \
		found_;                                                                            \
	})

#define ALERTS                                                                                     \
	"SELECT serial, rev, patient, rule, plan_version, class, priority, is_active, state,"      \
	" level, role, reason, vals, readings, raised_utc_ms, changed_utc_ms, escalate_mono_ms,"   \
	" by, outcome, detail, count, is_upper, told, second_path_mono_ms, lamp_mono_ms, is_lit,"  \
	" is_listed FROM alert"
#define CHECKS                                                                                     \
	"SELECT serial, rev, patient, name, state, attempt, due_utc_ms, changed_utc_ms,"           \
	" deadline_mono_ms, is_reminded, by, outcome, reason, has_looked_again, has_retried"       \
	" FROM check_"

static const char *class_text(enum vk_alert_class class_)
{
	return class_ == VK_ALERT_CLINICAL ? "clinical" : "technical";
}

static void form_readings(struct vk_str *out, const struct vk_alert *alert)
{
	for (int i = 0; i < alert->n_readings; i++)
		vk_str_addf(out, "%s\n", alert->readings[i]);
}

static void bind_alert(struct vk_query *q, const struct vk_alert *a, const char *values,
		       const char *readings, const char *told)
{
	vk_bind_int(q, a->serial);
	vk_bind_int(q, a->rev);
	vk_bind_text(q, a->patient);
	vk_bind_text(q, a->rule);
	vk_bind_int(q, a->plan_version);
	vk_bind_text(q, class_text(a->class_));
	vk_bind_text(q, vk_priority_text(a->priority));
	vk_bind_int(q, a->is_active);
	vk_bind_text(q, vk_alert_state_text(a->state));
	vk_bind_int(q, a->state != VK_ALERT_CLOSED);
	vk_bind_int(q, a->level);
	vk_bind_text(q, a->role);
	vk_bind_text(q, a->reason);
	vk_bind_text(q, values);
	vk_bind_text(q, readings);
	vk_bind_int(q, a->raised_utc_ms);
	vk_bind_int(q, a->changed_utc_ms);
	vk_bind_int(q, a->escalate_mono_ms);
	vk_bind_text(q, a->by);
	vk_bind_text(q, a->outcome);
	vk_bind_text(q, a->detail);
	vk_bind_int(q, a->count);
	vk_bind_int(q, a->is_upper);
	vk_bind_text(q, told);
	vk_bind_int(q, a->second_path_mono_ms);
	vk_bind_int(q, a->lamp_mono_ms);
	vk_bind_int(q, a->is_lit);
	vk_bind_int(q, a->is_listed);
}

int vk_store_put_alert(struct vk_store *store, const struct vk_alert *alert)
{
	vk_auto(vk_str_done) struct vk_str values = {0}, readings = {0}, told = {0};

	vk_form_values(&values, alert->values, alert->n_values);
	vk_form_values(&told, alert->told, alert->n_told);
	form_readings(&readings, alert);
	if (values.error || readings.error || told.error)
		return -ENOMEM;
	struct vk_query q = vk_query_init(
		store, VK_SLOT_ALERT_PUT,
		"INSERT OR REPLACE INTO alert(serial, rev, patient, rule, plan_version, class,"
		" priority, is_active, state, is_open, level, role, reason, vals, readings,"
		" raised_utc_ms, changed_utc_ms, escalate_mono_ms, by, outcome, detail, count,"
		" is_upper, told, second_path_mono_ms, lamp_mono_ms, is_lit, is_listed)"
		" VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

	bind_alert(&q, alert, values.text ? values.text : "", readings.text ? readings.text : "",
		   told.text ? told.text : "");
	return vk_query_run(&q);
}

static int read_readings(const char *text, struct vk_alert *a)
{
	while (*text) {
		const char *end = strchr(text, '\n');
		size_t len = end ? (size_t)(end - text) : VK_UUID_TEXT;

		if (a->n_readings == VK_MAX_ALERT_READINGS || len >= VK_UUID_TEXT)
			return -EBADMSG;
		memcpy(a->readings[a->n_readings++], text, len);
		text = end + 1;
	}
	return 0;
}

static int read_alert_state(struct vk_query *q, struct vk_alert *a)
{
	a->class_ = strcmp(vk_column_text_ref(q), "clinical") != 0 ? VK_ALERT_TECHNICAL
								   : VK_ALERT_CLINICAL;
	int priority = PARSE(vk_priority_text, enum vk_priority, VK_PRIORITY_HIGH + 1,
			     vk_column_text_ref(q));

	a->is_active = vk_column_int(q) != 0;
	int state = PARSE(vk_alert_state_text, enum vk_alert_state, VK_ALERT_CLOSED + 1,
			  vk_column_text_ref(q));

	if (priority < 0 || state < 0)
		return -EBADMSG;
	a->priority = (enum vk_priority)priority;
	a->state = (enum vk_alert_state)state;
	return 0;
}

static int read_reach(struct vk_query *q, struct vk_alert *a)
{
	vk_column_text(q, a->detail, sizeof a->detail);
	a->count = (int32_t)vk_column_int(q);
	a->is_upper = vk_column_int(q) != 0;
	a->n_told = vk_form_parse_values(vk_column_text_ref(q), a->told, VK_MAX_TOLD);
	a->second_path_mono_ms = vk_column_int(q);
	a->lamp_mono_ms = vk_column_int(q);
	a->is_lit = vk_column_int(q) != 0;
	a->is_listed = vk_column_int(q) != 0;
	return a->n_told < 0 ? a->n_told : 0;
}

static int read_alert(struct vk_query *q, struct vk_alert *a)
{
	memset(a, 0, sizeof *a); /* with its padding: equal rows are equal bytes */
	a->serial = (uint32_t)vk_column_int(q);
	a->rev = (int32_t)vk_column_int(q);
	vk_column_text(q, a->patient, sizeof a->patient);
	vk_column_text(q, a->rule, sizeof a->rule);
	a->plan_version = (int32_t)vk_column_int(q);
	int error = read_alert_state(q, a);

	a->level = (int32_t)vk_column_int(q);
	vk_column_text(q, a->role, sizeof a->role);
	vk_column_text(q, a->reason, sizeof a->reason);
	a->n_values = vk_form_parse_values(vk_column_text_ref(q), a->values, VK_MAX_ALERT_VALUES);
	if (a->n_values < 0)
		return a->n_values;
	if (!error)
		error = read_readings(vk_column_text_ref(q), a);
	a->raised_utc_ms = vk_column_int(q);
	a->changed_utc_ms = vk_column_int(q);
	a->escalate_mono_ms = vk_column_int(q);
	vk_column_text(q, a->by, sizeof a->by);
	vk_column_text(q, a->outcome, sizeof a->outcome);
	int told_error = read_reach(q, a);

	return error ? error : told_error;
}

static int each_alert(struct vk_query *q, int limit, vk_alert_fn fn, void *user)
{
	int more;

	vk_bind_int(q, limit);
	while ((more = vk_query_next(q)) > 0) {
		struct vk_alert alert;
		int r = read_alert(q, &alert);

		if (vk_row_is_left_out(r, "alert"))
			continue;
		if (!r)
			r = fn(&alert, user);
		if (r < 0)
			return r;
	}
	return more;
}

int vk_store_each_alert(struct vk_store *store, bool open_only, int limit, vk_alert_fn fn,
			void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, open_only ? VK_SLOT_ALERT_OPEN : VK_SLOT_ALERT_EACH,
			      open_only ? ALERTS " WHERE is_open = 1 ORDER BY serial LIMIT ?"
					: ALERTS " ORDER BY serial DESC LIMIT ?");

	return each_alert(&q, limit, fn, user);
}

int vk_store_each_ended_alert(struct vk_store *store, int limit, vk_alert_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_ALERT_ENDED,
			      ALERTS " WHERE is_open = 0 AND readings <> ''"
				     " ORDER BY serial DESC LIMIT ?");

	return each_alert(&q, limit, fn, user);
}

int vk_store_put_check(struct vk_store *store, const struct vk_check *check)
{
	struct vk_query q = vk_query_init(
		store, VK_SLOT_CHECK_PUT,
		"INSERT OR REPLACE INTO check_(serial, rev, patient, name, state, is_open, attempt,"
		" due_utc_ms, changed_utc_ms, deadline_mono_ms, is_reminded, by, outcome, reason,"
		" has_looked_again, has_retried) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

	vk_bind_int(&q, check->serial);
	vk_bind_int(&q, check->rev);
	vk_bind_text(&q, check->patient);
	vk_bind_text(&q, check->name);
	vk_bind_text(&q, vk_check_state_text(check->state));
	vk_bind_int(&q, check->state != VK_CHECK_DONE && check->state != VK_CHECK_SKIPPED);
	vk_bind_int(&q, check->attempt);
	vk_bind_int(&q, check->due_utc_ms);
	vk_bind_int(&q, check->changed_utc_ms);
	vk_bind_int(&q, check->deadline_mono_ms);
	vk_bind_int(&q, check->is_reminded);
	vk_bind_text(&q, check->by);
	vk_bind_text(&q, check->outcome);
	vk_bind_text(&q, check->reason);
	vk_bind_int(&q, check->has_looked_again);
	vk_bind_int(&q, check->has_retried);
	return vk_query_run(&q);
}

static int read_check(struct vk_query *q, struct vk_check *c)
{
	memset(c, 0, sizeof *c);
	c->serial = (uint32_t)vk_column_int(q);
	c->rev = (int32_t)vk_column_int(q);
	vk_column_text(q, c->patient, sizeof c->patient);
	vk_column_text(q, c->name, sizeof c->name);
	int state = PARSE(vk_check_state_text, enum vk_check_state, VK_CHECK_SKIPPED + 1,
			  vk_column_text_ref(q));

	if (state < 0)
		return -EBADMSG;
	c->state = (enum vk_check_state)state;
	c->attempt = (int32_t)vk_column_int(q);
	c->due_utc_ms = vk_column_int(q);
	c->changed_utc_ms = vk_column_int(q);
	c->deadline_mono_ms = vk_column_int(q);
	c->is_reminded = vk_column_int(q) != 0;
	vk_column_text(q, c->by, sizeof c->by);
	vk_column_text(q, c->outcome, sizeof c->outcome);
	vk_column_text(q, c->reason, sizeof c->reason);
	c->has_looked_again = vk_column_int(q) != 0;
	c->has_retried = vk_column_int(q) != 0;
	return 0;
}

int vk_store_each_check(struct vk_store *store, bool open_only, int limit, vk_check_fn fn,
			void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, open_only ? VK_SLOT_CHECK_OPEN : VK_SLOT_CHECK_EACH,
			      open_only ? CHECKS " WHERE is_open = 1 ORDER BY serial LIMIT ?"
					: CHECKS " ORDER BY serial DESC LIMIT ?");
	int more;

	vk_bind_int(&q, limit);
	while ((more = vk_query_next(&q)) > 0) {
		struct vk_check check;
		int r = read_check(&q, &check);

		if (vk_row_is_left_out(r, "check_"))
			continue;
		if (!r)
			r = fn(&check, user);
		if (r < 0)
			return r;
	}
	return more;
}
