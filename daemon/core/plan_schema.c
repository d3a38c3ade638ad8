/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A care plan as tables (design §5): which keys it may have and where they go. What must hold
 * between them is plan.c's.
 */
#include "core/plan_schema.h"

#include <stddef.h>

#include "core/plan_fields.h"

#define FIELDS(table) .fields = (table), .n_fields = VK_ARRAY_LEN(table)

/* A duration in ms, from one bound to the other, and what stands for a missing key. */
#define DURATION(of, name, member, from, to, or_else)                                              \
	{                                                                                          \
		.key = (name), .type = VK_FIELD_DURATION, .unit_ms = 1, .least = (from),           \
		.most = (to), .fallback = (or_else), VK_AT(of, member)                             \
	}

enum { MINUTE = 60000, HOUR = 3600000, DAY = 86400000 };

int vk_plan_kind_quantity(enum vk_kind kind)
{
	static const struct {
		enum vk_kind kind;
		enum vk_quantity quantity;
	} single[] = {
		{VK_KIND_WEIGHT, VK_QUANTITY_WEIGHT},
		{VK_KIND_GLUCOSE, VK_QUANTITY_GLUCOSE},
		{VK_KIND_SPO2_SPOT, VK_QUANTITY_SPO2},
		{VK_KIND_SPO2_CONTINUOUS, VK_QUANTITY_SPO2},
		{VK_KIND_TEMPERATURE, VK_QUANTITY_TEMPERATURE},
		{VK_KIND_HEART_RATE, VK_QUANTITY_HEART_RATE},
	};

	for (size_t i = 0; i < VK_ARRAY_LEN(single); i++)
		if (single[i].kind == kind)
			return (int)single[i].quantity;
	return -1;
}

#define TEXT_FIELD(lang)                                                                           \
	{                                                                                          \
		.key = #lang, .type = VK_FIELD_TEXT, .least = 1, .is_required = true,              \
		VK_AT(struct vk_text, lang)                                                        \
	}

static const struct vk_field text_fields[] = {TEXT_FIELD(sv), TEXT_FIELD(en)};
static const struct vk_schema text_schema = {.what = "a text", FIELDS(text_fields)};

#define MESSAGE_FIELD(lang)                                                                        \
	{                                                                                          \
		.key = #lang, .type = VK_FIELD_TEXT, .least = 1, .is_required = true,              \
		VK_AT(struct vk_plan_text, text.lang)                                              \
	}

static const struct vk_field message_fields[] = {
	MESSAGE_FIELD(sv),
	MESSAGE_FIELD(en),
	DURATION(struct vk_plan_text, "min_interval", min_interval_ms, 0, INT64_C(7) * DAY, NULL),
	{.key = "max_per_week",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = 50,
	 VK_AT(struct vk_plan_text, max_per_week)},
};
static const struct vk_schema message_schema = {.what = "a text", FIELDS(message_fields)};
static const struct vk_field message_element = {
	.key = "messages",
	.type = VK_FIELD_MAP,
	.schema = &message_schema,
};

static const struct vk_field author_fields[] = {
	{.key = "id", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_plan, author)},
	{.key = "role",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_plan, author_role)},
};
static const struct vk_schema author_schema = {.what = "author", FIELDS(author_fields)};

static const struct vk_field valid_fields[] = {
	{.key = "from",
	 .type = VK_FIELD_MOMENT,
	 .is_required = true,
	 VK_AT(struct vk_plan, valid_from_utc_ms)},
	{.key = "until", .type = VK_FIELD_MOMENT, VK_AT(struct vk_plan, valid_until_utc_ms)},
};
static const struct vk_schema valid_schema = {.what = "valid", FIELDS(valid_fields)};

static const struct vk_field expect_fields[] = {
	{.key = "kind",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_kind,
	 .is_required = true,
	 .expect = "a kind of reading like weight",
	 VK_AT(struct vk_plan_expect, kind)},
	{.key = "band",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_band,
	 .offset = 0,
	 VK_HAS(struct vk_plan_expect, has_band)},
	{.key = "jump",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_jump,
	 .expect = "a number like \"3.0\"",
	 VK_AT(struct vk_plan_expect, jump)},
	{.key = "jump_within",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 60000,
	 .most = 604800000,
	 .fallback = "24h",
	 VK_AT(struct vk_plan_expect, jump_within_ms)},
	{.key = "jump_percent",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = 50,
	 VK_AT(struct vk_plan_expect, jump_percent)},
	{.key = "jump_percent_within",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 60000,
	 .most = 604800000,
	 .fallback = "48h",
	 VK_AT(struct vk_plan_expect, jump_percent_within_ms)},
};
static const struct vk_schema expect_schema = {.what = "an expected kind", FIELDS(expect_fields)};
static const struct vk_field expect_element = {
	.key = "expects", .type = VK_FIELD_MAP, .schema = &expect_schema};

static const struct vk_field schedule_fields[] = {
	{.key = "id", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_plan_schedule, id)},
	{.key = "measure",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_kind,
	 .is_required = true,
	 .expect = "a kind of reading like weight",
	 VK_AT(struct vk_plan_schedule, measure)},
	{.key = "from",
	 .type = VK_FIELD_CLOCK,
	 .is_required = true,
	 VK_AT(struct vk_plan_schedule, from_s)},
	{.key = "until",
	 .type = VK_FIELD_CLOCK,
	 .is_required = true,
	 VK_AT(struct vk_plan_schedule, until_s)},
	{.key = "remind_after",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 60000,
	 .most = 86400000,
	 .is_required = true,
	 VK_AT(struct vk_plan_schedule, remind_after_ms)},
	DURATION(struct vk_plan_schedule, "early", early_ms, 0, DAY / 2, "1h"),
	{.key = "missed", .type = VK_FIELD_ID, VK_AT(struct vk_plan_schedule, missed)},
};
static const struct vk_schema schedule_schema = {.what = "a schedule", FIELDS(schedule_fields)};
static const struct vk_field schedule_element = {
	.key = "schedule", .type = VK_FIELD_MAP, .schema = &schedule_schema};

static const struct vk_field at_element = {
	.key = "at", .type = VK_FIELD_CLOCK, .size = sizeof(int32_t)};
static const struct vk_field on_element = {.key = "on", .type = VK_FIELD_ID, .size = VK_ID_TEXT};

static const struct vk_field check_during_fields[] = {
	{.key = "from",
	 .type = VK_FIELD_CLOCK,
	 .is_required = true,
	 VK_AT(struct vk_plan_check, during_from_s)},
	{.key = "until",
	 .type = VK_FIELD_CLOCK,
	 .is_required = true,
	 VK_AT(struct vk_plan_check, during_until_s)},
};
static const struct vk_schema check_during_schema = {.what = "during", FIELDS(check_during_fields)};

static const struct vk_field check_fields[] = {
	{.key = "id", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_plan_check, name)},
	{.key = "at",
	 .type = VK_FIELD_LIST,
	 .element = &at_element,
	 VK_LIST_AT(struct vk_plan_check, at_s, n_at, VK_MAX_CHECK_TIMES)},
	{.key = "view",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 1000,
	 .most = 30000,
	 .fallback = "30s",
	 VK_AT(struct vk_plan_check, view_ms)},
	{.key = "recheck_after",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 60000,
	 .most = 7200000,
	 .fallback = "15min",
	 VK_AT(struct vk_plan_check, recheck_after_ms)},
	{.key = "on",
	 .type = VK_FIELD_LIST,
	 .element = &on_element,
	 VK_LIST_AT(struct vk_plan_check, on, n_on, VK_MAX_CHECK_SIGNALS)},
	{.key = "during",
	 .type = VK_FIELD_MAP,
	 .schema = &check_during_schema,
	 VK_HAS(struct vk_plan_check, has_during)},
	{.key = "role",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_plan_check, role)},
	{.key = "closed_by", .type = VK_FIELD_ID, VK_AT(struct vk_plan_check, closed_by)},
	DURATION(struct vk_plan_check, "claim_remind", claim_remind_ms, MINUTE, 2 * HOUR, "10min"),
	DURATION(struct vk_plan_check, "claim_escalate", claim_escalate_ms, MINUTE, 2 * HOUR,
		 "15min"),
	DURATION(struct vk_plan_check, "view_start", view_start_ms, 10000, 10 * MINUTE, "60s"),
	DURATION(struct vk_plan_check, "retry", retry_ms, 10000, 10 * MINUTE, "2min"),
	DURATION(struct vk_plan_check, "visit_accept", visit_accept_ms, MINUTE, 2 * HOUR, "10min"),
	DURATION(struct vk_plan_check, "visit_arrive", visit_arrive_ms, MINUTE, 6 * HOUR, "45min"),
	DURATION(struct vk_plan_check, "visit_done", visit_done_ms, MINUTE, 12 * HOUR, "2h"),
};
static const struct vk_schema check_schema = {.what = "a check", FIELDS(check_fields)};
static const struct vk_field check_element = {
	.key = "checks", .type = VK_FIELD_MAP, .schema = &check_schema};

static const struct vk_field step_fields[] = {
	{.key = "to", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_ladder_step, to)},
	{.key = "after",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 0,
	 .most = 86400000,
	 .is_required = true,
	 VK_AT(struct vk_ladder_step, after_ms)},
};
static const struct vk_schema step_schema = {.what = "a step of escalation", FIELDS(step_fields)};
static const struct vk_field step_element = {
	.key = "escalation", .type = VK_FIELD_MAP, .schema = &step_schema};

#define LADDER_FIELD(text, index)                                                                  \
	{                                                                                          \
		.key = (text), .type = VK_FIELD_LIST, .least = 1, .element = &step_element,        \
		VK_LIST_AT(struct vk_plan, escalation[index].steps, escalation[index].n,           \
			   VK_MAX_LADDER)                                                          \
	}

static const struct vk_field ladder_fields[] = {
	LADDER_FIELD("low", VK_PRIORITY_LOW),
	LADDER_FIELD("medium", VK_PRIORITY_MEDIUM),
	LADDER_FIELD("high", VK_PRIORITY_HIGH),
};
static const struct vk_schema ladder_schema = {.what = "escalation", FIELDS(ladder_fields)};

static const struct vk_field quiet_fields[] = {
	{.key = "from",
	 .type = VK_FIELD_CLOCK,
	 .is_required = true,
	 VK_AT(struct vk_plan, quiet_from_s)},
	{.key = "until",
	 .type = VK_FIELD_CLOCK,
	 .is_required = true,
	 VK_AT(struct vk_plan, quiet_until_s)},
};
static const struct vk_schema quiet_schema = {.what = "quiet", FIELDS(quiet_fields)};

static const struct vk_field consent_fields[] = {
	{.key = "scope",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_plan_consent, scope)},
	{.key = "given",
	 .type = VK_FIELD_DATE,
	 .is_required = true,
	 VK_AT(struct vk_plan_consent, given_day)},
	{.key = "withdrawn", .type = VK_FIELD_DATE, VK_AT(struct vk_plan_consent, withdrawn_day)},
};
static const struct vk_schema consent_schema = {.what = "a consent", FIELDS(consent_fields)};
static const struct vk_field consent_element = {
	.key = "consents", .type = VK_FIELD_MAP, .schema = &consent_schema};

/* ---- how alerts behave ---- */

#define UNRECEIVED(name, priority)                                                                 \
	static const struct vk_field name##_unreceived_fields[] = {                                \
		DURATION(struct vk_plan_alerts, "second_path",                                     \
			 unreceived[priority].second_path_ms, 10000, DAY, NULL),                   \
		DURATION(struct vk_plan_alerts, "lamp", unreceived[priority].lamp_ms, 10000, DAY,  \
			 NULL),                                                                    \
	};                                                                                         \
	static const struct vk_schema name##_unreceived = {.what = "an alert without receipt",     \
							   FIELDS(name##_unreceived_fields)}

UNRECEIVED(low, VK_PRIORITY_LOW);
UNRECEIVED(medium, VK_PRIORITY_MEDIUM);
UNRECEIVED(high, VK_PRIORITY_HIGH);

static const struct vk_field unreceived_fields[] = {
	{.key = "low", .type = VK_FIELD_MAP, .schema = &low_unreceived},
	{.key = "medium", .type = VK_FIELD_MAP, .schema = &medium_unreceived},
	{.key = "high", .type = VK_FIELD_MAP, .schema = &high_unreceived},
};
static const struct vk_schema unreceived_schema = {.what = "unreceived", FIELDS(unreceived_fields)};

static const struct vk_field storm_fields[] = {
	{.key = "alerts",
	 .type = VK_FIELD_INT,
	 .least = 2,
	 .most = 20,
	 .fallback = "4",
	 VK_AT(struct vk_plan_alerts, storm_count)},
	DURATION(struct vk_plan_alerts, "within", storm_within_ms, 10000, HOUR, "5min"),
};
static const struct vk_schema storm_schema = {.what = "storm", FIELDS(storm_fields)};

static const struct vk_field work_list_element = {
	.key = "work_list", .type = VK_FIELD_CLOCK, .size = sizeof(int32_t)};

static const struct vk_field alerts_fields[] = {
	DURATION(struct vk_plan_alerts, "remind_after", remind_after_ms, 10 * MINUTE, DAY, "4h"),
	DURATION(struct vk_plan_alerts, "snooze_most", snooze_most_ms, MINUTE, INT64_C(7) * DAY,
		 "24h"),
	{.key = "unreceived", .type = VK_FIELD_MAP, .schema = &unreceived_schema},
	{.key = "storm", .type = VK_FIELD_MAP, .schema = &storm_schema},
	{.key = "work_list",
	 .type = VK_FIELD_LIST,
	 .element = &work_list_element,
	 VK_LIST_AT(struct vk_plan_alerts, work_list_s, n_work_lists, VK_MAX_WORK_LISTS)},
};
static const struct vk_schema alerts_schema = {.what = "alerts", FIELDS(alerts_fields)};

void vk_plan_defaults(struct vk_plan *plan)
{
	const struct vk_node nothing = {.type = VK_NODE_MAP};
	struct vk_problems none = {0};
	struct vk_plan_alerts *alerts = &plan->alerts;

	(void)vk_schema_walk(&alerts_schema, &nothing, &none, alerts);
	(void)vk_schema_walk(&storm_schema, &nothing, &none, alerts);
	alerts->unreceived[VK_PRIORITY_LOW] = (struct vk_plan_unreceived){VK_NEVER, VK_NEVER};
	alerts->unreceived[VK_PRIORITY_MEDIUM] =
		(struct vk_plan_unreceived){INT64_C(15) * MINUTE, INT64_C(30) * MINUTE};
	alerts->unreceived[VK_PRIORITY_HIGH] =
		(struct vk_plan_unreceived){INT64_C(2) * MINUTE, INT64_C(2) * MINUTE};
}

static const struct vk_field pause_fields[] = {
	{.key = "check", .type = VK_FIELD_ID, VK_AT(struct vk_plan_pause, check)},
	{.key = "from",
	 .type = VK_FIELD_MOMENT,
	 .is_required = true,
	 VK_AT(struct vk_plan_pause, from_utc_ms)},
	{.key = "until",
	 .type = VK_FIELD_MOMENT,
	 .is_required = true,
	 VK_AT(struct vk_plan_pause, until_utc_ms)},
	{.key = "reason",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_plan_pause, reason)},
};
static const struct vk_schema pause_schema = {.what = "a pause", FIELDS(pause_fields)};
static const struct vk_field pause_element = {
	.key = "pauses", .type = VK_FIELD_MAP, .schema = &pause_schema};

/* ---- the person's own values ---- */

static const struct vk_field target_fields[] = {
	{.key = "quantity",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_quantity,
	 .is_required = true,
	 .expect = "a quantity like weight",
	 VK_AT(struct vk_plan_target, quantity)},
	{.key = "value",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_limit,
	 .is_required = true,
	 .expect = "a number like \"78.0\"",
	 VK_AT(struct vk_plan_target, value)},
	{.key = "band",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_step,
	 VK_HAS(struct vk_plan_target, has_band),
	 VK_AT(struct vk_plan_target, band)},
	{.key = "set", .type = VK_FIELD_DATE, VK_AT(struct vk_plan_target, set_day)},
	{.key = "ref", .type = VK_FIELD_ID, VK_AT(struct vk_plan_target, ref)},
};
static const struct vk_schema target_schema = {.what = "a target", FIELDS(target_fields)};
static const struct vk_field target_element = {
	.key = "targets", .type = VK_FIELD_MAP, .schema = &target_schema};

static const struct vk_field plausible_fields[] = {
	{.key = "quantity",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_quantity,
	 .is_required = true,
	 .expect = "a quantity like systolic",
	 VK_AT(struct vk_plan_plausible, quantity)},
	{.key = "reject",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_reject,
	 .offset = 0,
	 VK_HAS(struct vk_plan_plausible, has_reject)},
	{.key = "question",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_question,
	 .offset = 0,
	 VK_HAS(struct vk_plan_plausible, has_question)},
};
static const struct vk_schema plausible_schema = {.what = "plausible", FIELDS(plausible_fields)};
static const struct vk_field plausible_element = {
	.key = "plausible", .type = VK_FIELD_MAP, .schema = &plausible_schema};

static const struct vk_field news2_fields[] = {
	{.key = "scale",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = 2,
	 .is_required = true,
	 VK_AT(struct vk_plan_news2, scale)},
	{.key = "breathes",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_breathes,
	 .is_required = true,
	 .expect = "air or oxygen",
	 VK_AT(struct vk_plan_news2, is_on_oxygen)},
	{.key = "order", .type = VK_FIELD_ID, VK_AT(struct vk_plan_news2, order)},
};
static const struct vk_schema news2_schema = {.what = "news2", FIELDS(news2_fields)};

#define ANY_NUMBER(of, member, count, most_of)                                                     \
	.type = VK_FIELD_LIST, .element = &(of), VK_LIST_AT(struct vk_plan, member, count, most_of)

static const struct vk_field plan_fields[] = {
	{.key = "vaka_plan",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_plan_version,
	 .is_required = true,
	 .expect = "1"},
	{.key = "patient",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_plan, patient)},
	{.key = "version",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = INT32_MAX,
	 .is_required = true,
	 VK_AT(struct vk_plan, version)},
	{.key = "author", .type = VK_FIELD_MAP, .schema = &author_schema, .is_required = true},
	{.key = "valid", .type = VK_FIELD_MAP, .schema = &valid_schema, .is_required = true},
	{.key = "zone",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_zone_name,
	 .is_required = true,
	 .expect = "a zone like Europe/Stockholm",
	 VK_AT(struct vk_plan, zone)},
	{.key = "alerting",
	 .type = VK_FIELD_SWITCH,
	 .fallback = "on",
	 VK_AT(struct vk_plan, is_alerting)},
	{.key = "empty_devices",
	 .type = VK_FIELD_SWITCH,
	 .fallback = "off",
	 VK_AT(struct vk_plan, does_empty_devices)},
	{.key = "delivery",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_delivery,
	 .fallback = "care",
	 VK_AT(struct vk_plan, is_local_only)},
	{.key = "contact",
	 .type = VK_FIELD_MAP,
	 .schema = &text_schema,
	 VK_AT(struct vk_plan, contact)},
	{.key = "expects", ANY_NUMBER(expect_element, expects, n_expects, VK_MAX_EXPECTS)},
	{.key = "schedule", ANY_NUMBER(schedule_element, schedules, n_schedules, VK_MAX_SCHEDULES)},
	{.key = "rules", ANY_NUMBER(vk_plan_rule_element, rules, n_rules, VK_MAX_RULES)},
	{.key = "messages",
	 .type = VK_FIELD_DICT,
	 .element = &message_element,
	 .key_offset = offsetof(struct vk_plan_text, id),
	 VK_LIST_AT(struct vk_plan, messages, n_messages, VK_MAX_MESSAGES)},
	{.key = "checks", ANY_NUMBER(check_element, checks, n_checks, VK_MAX_PLAN_CHECKS)},
	{.key = "escalation", .type = VK_FIELD_MAP, .schema = &ladder_schema},
	{.key = "quiet",
	 .type = VK_FIELD_MAP,
	 .schema = &quiet_schema,
	 VK_HAS(struct vk_plan, has_quiet)},
	{.key = "consents", ANY_NUMBER(consent_element, consents, n_consents, VK_MAX_CONSENTS)},
	{.key = "alerts",
	 .type = VK_FIELD_MAP,
	 .schema = &alerts_schema,
	 VK_AT(struct vk_plan, alerts)},
	{.key = "pauses", ANY_NUMBER(pause_element, pauses, n_pauses, VK_MAX_PAUSES)},
	{.key = "targets", ANY_NUMBER(target_element, targets, n_targets, VK_MAX_TARGETS)},
	{.key = "plausible",
	 ANY_NUMBER(plausible_element, plausible, n_plausible, VK_N_QUANTITIES)},
	{.key = "news2",
	 .type = VK_FIELD_MAP,
	 .schema = &news2_schema,
	 VK_HAS(struct vk_plan, has_news2),
	 VK_AT(struct vk_plan, news2)},
};
const struct vk_schema vk_plan_schema = {.what = "the plan", FIELDS(plan_fields)};
