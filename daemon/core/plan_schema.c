/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A care plan as tables (design §5): which keys it may have and where they go. What must hold
 * between them is plan.c's.
 */
#include "core/plan_schema.h"

#include <stddef.h>

#include "core/plan_fields.h"

#define FIELDS(table) .fields = (table), .n_fields = VK_ARRAY_LEN(table)

static const char *const priority_names[] = {"low", "medium", "high", NULL};
static const char *const type_names[] = {"threshold", "change", "input", NULL};

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

static const struct vk_field message_element = {
	.key = "messages",
	.type = VK_FIELD_MAP,
	.schema = &text_schema,
	VK_AT(struct vk_plan_text, text),
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
};
static const struct vk_schema schedule_schema = {.what = "a schedule", FIELDS(schedule_fields)};
static const struct vk_field schedule_element = {
	.key = "schedule", .type = VK_FIELD_MAP, .schema = &schedule_schema};

#define LIMIT_FIELD(limit)                                                                         \
	{                                                                                          \
		.key = #limit, .type = VK_FIELD_OWN, .own = vk_read_limit,                         \
		VK_HAS(struct vk_condition, has_##limit), VK_AT(struct vk_condition, limit)        \
	}
#define UNIT_FIELD                                                                                 \
	{                                                                                          \
		.key = "unit", .type = VK_FIELD_OWN, .own = vk_read_unit                           \
	}

static const struct vk_field condition_fields[] = {
	{.key = "quantity",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_quantity,
	 .is_required = true,
	 .expect = "a quantity like systolic",
	 VK_AT(struct vk_condition, quantity)},
	UNIT_FIELD,
	LIMIT_FIELD(at_least),
	LIMIT_FIELD(at_most),
	LIMIT_FIELD(above),
	LIMIT_FIELD(below),
};
static const struct vk_schema condition_schema = {.what = "a condition", FIELDS(condition_fields)};
static const struct vk_field condition_element = {
	.key = "any", .type = VK_FIELD_MAP, .schema = &condition_schema};

static const struct vk_field confirm_fields[] = {
	{.key = "after",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 0,
	 .most = 3600000,
	 .is_required = true,
	 VK_AT(struct vk_rule, confirm_after_ms)},
	{.key = "within",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 60000,
	 .most = 86400000,
	 .is_required = true,
	 VK_AT(struct vk_rule, confirm_within_ms)},
};
static const struct vk_schema confirm_schema = {.what = "confirm", FIELDS(confirm_fields)};

#define CLEARS_FIELD                                                                               \
	{                                                                                          \
		.key = "clears", .type = VK_FIELD_OWN, .own = vk_read_clears, .offset = 0,         \
		VK_HAS(struct vk_rule, has_clears)                                                 \
	}

static const struct vk_field threshold_fields[] = {
	{.key = "any",
	 .type = VK_FIELD_LIST,
	 .least = 1,
	 .is_required = true,
	 .expect = "a list of conditions",
	 .element = &condition_element,
	 VK_LIST_AT(struct vk_rule, conditions, n_conditions, VK_MAX_CONDITIONS)},
	{.key = "confirm",
	 .type = VK_FIELD_MAP,
	 .schema = &confirm_schema,
	 .offset = 0,
	 VK_HAS(struct vk_rule, has_confirm)},
	CLEARS_FIELD,
};

static const struct vk_field change_fields[] = {
	{.key = "quantity",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_quantity,
	 .is_required = true,
	 .expect = "a quantity like weight",
	 VK_AT(struct vk_rule, quantity)},
	UNIT_FIELD,
	{.key = "direction",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_direction,
	 .is_required = true,
	 .expect = "up, down or both",
	 .offset = 0},
	{.key = "by",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_step,
	 .is_required = true,
	 .expect = "a number like \"2.0\"",
	 VK_AT(struct vk_rule, by)},
	{.key = "over",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 86400000,
	 .least = 1,
	 .most = VK_MAX_OVER_DAYS,
	 .is_required = true,
	 VK_AT(struct vk_rule, over_days)},
	CLEARS_FIELD,
};

static const struct vk_field input_fields[] = {
	{.key = "signal", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_rule, signal)},
	{.key = "longer_than",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 0,
	 .most = 86400000,
	 .fallback = "0s",
	 VK_AT(struct vk_rule, longer_than_ms)},
};

static const struct vk_variant rule_variants[] = {
	{"threshold", threshold_fields, VK_ARRAY_LEN(threshold_fields)},
	{"change", change_fields, VK_ARRAY_LEN(change_fields)},
	{"input", input_fields, VK_ARRAY_LEN(input_fields)},
};
static const struct vk_field rule_fields[] = {
	{.key = "id", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_rule, id)},
	{.key = "type",
	 .type = VK_FIELD_ENUM,
	 .names = type_names,
	 .is_required = true,
	 VK_AT(struct vk_rule, type)},
	{.key = "priority",
	 .type = VK_FIELD_ENUM,
	 .names = priority_names,
	 .is_required = true,
	 VK_AT(struct vk_rule, priority)},
	{.key = "message", .type = VK_FIELD_ID, VK_AT(struct vk_rule, message)},
};
static const struct vk_schema rule_schema = {
	.what = "a rule",
	FIELDS(rule_fields),
	.tag = "type",
	.variants = rule_variants,
	.n_variants = VK_ARRAY_LEN(rule_variants),
};
static const struct vk_field rule_element = {
	.key = "rules", .type = VK_FIELD_MAP, .schema = &rule_schema};

static const struct vk_field at_element = {
	.key = "at", .type = VK_FIELD_CLOCK, .size = sizeof(int32_t)};
static const struct vk_field on_element = {.key = "on", .type = VK_FIELD_ID, .size = VK_ID_TEXT};

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
	{.key = "role",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_plan_check, role)},
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
	{.key = "rules", ANY_NUMBER(rule_element, rules, n_rules, VK_MAX_RULES)},
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
};
const struct vk_schema vk_plan_schema = {.what = "the plan", FIELDS(plan_fields)};
