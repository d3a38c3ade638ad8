/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts, checks, readings and devices as JSON, an alert with its SBAR summary. */
#include "hub/documents.h"

#include <stdio.h>
#include <string.h>

#include "core/quantity.h"
#include "core/summary.h"

static void time_member(struct vk_json *j, const char *key, int64_t utc_ms,
			const struct vk_zone *zone)
{
	char text[VK_RFC3339_TEXT];

	if (!utc_ms || utc_ms == VK_NEVER) {
		vk_json_null(j, key);
		return;
	}
	vk_rfc3339_format(text, utc_ms, zone);
	vk_json_str(j, key, text);
}

static void text_or_null(struct vk_json *j, const char *key, const char *text)
{
	vk_json_str(j, key, text[0] ? text : NULL);
}

static void sbar_member(struct vk_json *j, const char *key, const struct vk_alert *alert,
			const struct vk_plan *plan, const struct vk_core *core, bool is_swedish)
{
	char text[VK_SUMMARY_BYTES];

	vk_summary_write(core, plan, alert, is_swedish, text);
	vk_json_str(j, key, text);
}

static void alert_evidence(struct vk_json *j, const struct vk_alert *alert)
{
	vk_json_open(j, "values", '{');
	for (int i = 0; i < alert->n_values; i++)
		vk_value_json(j, &alert->values[i]);
	vk_json_close(j, '}');
	vk_json_open(j, "readings", '[');
	for (int i = 0; i < alert->n_readings; i++)
		vk_json_str(j, NULL, alert->readings[i]);
	vk_json_close(j, ']');
}

void vk_alert_json(struct vk_json *j, const char *key, const struct vk_alert *alert,
		   const struct vk_plan *plan, const struct vk_zone *zone,
		   const struct vk_core *core, bool is_stored)
{
	char id[16];

	(void)snprintf(id, sizeof id, "a%u", alert->serial);
	vk_json_open(j, key, '{');
	vk_json_str(j, "id", id);
	vk_json_int(j, "rev", alert->rev);
	text_or_null(j, "patient", alert->patient);
	vk_json_str(j, "rule", alert->rule);
	vk_json_int(j, "plan", alert->plan_version);
	vk_json_str(j, "class", alert->class_ == VK_ALERT_CLINICAL ? "clinical" : "technical");
	vk_json_str(j, "priority", vk_priority_text(alert->priority));
	vk_json_str(j, "condition", alert->is_active ? "active" : "cleared");
	vk_json_str(j, "state", vk_alert_state_text(alert->state));
	vk_json_int(j, "level", alert->level);
	text_or_null(j, "role", alert->role);
	vk_json_str(j, "reason", alert->reason);
	text_or_null(j, "detail", alert->detail);
	vk_json_int(j, "count", alert->count);
	alert_evidence(j, alert);
	time_member(j, "raised", alert->raised_utc_ms, zone);
	time_member(j, "changed", alert->changed_utc_ms, zone);
	text_or_null(j, "by", alert->by);
	text_or_null(j, "outcome", alert->outcome);
	if (!is_stored)
		vk_json_bool(j, "stored", false);
	if (alert->class_ == VK_ALERT_CLINICAL) {
		vk_json_open(j, "sbar", '{');
		sbar_member(j, "sv", alert, plan, core, true);
		sbar_member(j, "en", alert, plan, core, false);
		vk_json_close(j, '}');
	}
	vk_json_close(j, '}');
}

void vk_check_json(struct vk_json *j, const char *key, const struct vk_check *check,
		   const struct vk_zone *zone)
{
	char id[16];

	(void)snprintf(id, sizeof id, "c%u", check->serial);
	vk_json_open(j, key, '{');
	vk_json_str(j, "id", id);
	vk_json_int(j, "rev", check->rev);
	vk_json_str(j, "patient", check->patient);
	vk_json_str(j, "name", check->name);
	vk_json_str(j, "state", vk_check_state_text(check->state));
	vk_json_int(j, "attempt", check->attempt);
	time_member(j, "due", check->due_utc_ms, zone);
	text_or_null(j, "by", check->by);
	text_or_null(j, "outcome", check->outcome);
	text_or_null(j, "reason", check->reason);
	time_member(j, "changed", check->changed_utc_ms, zone);
	/* The hub's line equals wall time to within what the wall clock was wrong at its start. */
	time_member(j, "deadline", check->deadline_mono_ms, zone);
	vk_json_close(j, '}');
}

void vk_reading_json(struct vk_json *j, const char *key, const struct vk_reading *r,
		     int64_t stored_utc_ms, const struct vk_zone *zone)
{
	char raw[2 * VK_RAW_MAX + 1];

	vk_json_open(j, key, '{');
	vk_json_str(j, "id", r->id);
	vk_json_int(j, "rev", r->rev);
	vk_json_str(j, "patient", r->patient[0] ? r->patient : "unassigned");
	vk_json_str(j, "device", r->device);
	vk_decoded_json(j, &r->decoded, vk_implausible(&r->decoded));
	time_member(j, "received", r->received_utc_ms, zone);
	time_member(j, "time", r->time_utc_ms, zone);
	vk_json_int(j, "uncertainty_s", r->uncertainty_s);
	vk_json_str(j, "time_reason", vk_time_reason_text(r->time_reason));
	vk_json_str(j, "whose", vk_whose_text(r->whose));
	vk_json_bool(j, "live", r->is_live);
	if (r->is_retracted)
		vk_json_bool(j, "retracted", true);
	time_member(j, "stored", stored_utc_ms, zone);
	vk_hex_format(raw, r->raw, r->raw_len);
	vk_json_str(j, "raw", raw);
	vk_json_close(j, '}');
}

void vk_device_json(struct vk_json *j, const char *key, const struct vk_device *d,
		    const struct vk_zone *zone)
{
	vk_json_open(j, key, '{');
	vk_json_str(j, "device", d->id);
	vk_json_str(j, "address", d->address);
	vk_json_int(j, "address_type", d->address_type);
	text_or_null(j, "name", d->name);
	text_or_null(j, "kind", d->kind);
	text_or_null(j, "manufacturer", d->manufacturer);
	text_or_null(j, "model", d->model);
	text_or_null(j, "model_id", d->model_id);
	text_or_null(j, "serial", d->serial);
	text_or_null(j, "firmware", d->firmware);
	vk_json_str(j, "patient", d->patient[0] ? d->patient : "unassigned");
	vk_json_open(j, "users", '[');
	for (int i = 0; i < d->n_users; i++) {
		vk_json_open(j, NULL, '{');
		vk_json_int(j, "user", d->users[i].user);
		vk_json_str(j, "patient", d->users[i].patient);
		vk_json_bool(j, "consent", d->users[i].consent != VK_NO_CONSENT);
		vk_json_close(j, '}');
	}
	vk_json_close(j, ']');
	vk_json_bool(j, "bonded", d->is_bonded);
	vk_json_bool(j, "authenticated", d->is_authenticated);
	if (d->battery_percent >= 0)
		vk_json_int(j, "battery", d->battery_percent);
	else
		vk_json_null(j, "battery");
	if (d->clock_offset_s != INT64_MIN)
		vk_json_int(j, "clock_offset_s", d->clock_offset_s);
	else
		vk_json_null(j, "clock_offset_s");
	text_or_null(j, "clock", d->clock);
	text_or_null(j, "user_consent", d->consent);
	time_member(j, "heard", d->heard_utc_ms, zone);
	time_member(j, "reading", d->reading_utc_ms, zone);
	vk_json_int(j, "last_sequence", d->last_sequence);
	text_or_null(j, "state", d->state);
	vk_json_close(j, '}');
}

static bool is_named(const char *id, char letter, uint32_t serial)
{
	char known[16];

	(void)snprintf(known, sizeof known, "%c%u", letter, serial);
	return strcmp(known, id) == 0;
}

bool vk_is_present(const struct vk_core *core, const char *topic, const char *id, int32_t rev)
{
	bool is_alert = strncmp(topic, "alert/", 6) == 0;

	if (!is_alert && strncmp(topic, "check/", 6) != 0)
		return true;
	for (int i = 0; is_alert && i < core->n_alerts; i++)
		if (is_named(id, 'a', core->alerts[i].serial))
			return rev >= core->alerts[i].rev;
	for (int i = 0; !is_alert && i < core->n_checks; i++)
		if (is_named(id, 'c', core->checks[i].serial))
			return rev >= core->checks[i].rev;
	return false;
}
