/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of a care plan as tables: what each type of rule may say. Three keys are common to all;
 * the rest depends on `type`. No table holds a clinical number: bounds only catch slips of the pen.
 */
#include <stddef.h>

#include "core/plan_fields.h"
#include "core/plan_schema.h"

#define FIELDS(table) .fields = (table), .n_fields = VK_ARRAY_LEN(table)

static const char *const priority_names[] = {"low", "medium", "high", NULL};
static const char *const snooze_names[] = {"allowed", "forbidden", NULL};
static const char *const type_names[] = {"threshold", "change",  "input", "average",   "baseline",
					 "status",    "missing", "news2", "technical", NULL};

#define LIMIT_FIELD(limit)                                                                         \
	{                                                                                          \
		.key = #limit, .type = VK_FIELD_OWN, .own = vk_read_limit,                         \
		VK_HAS(struct vk_condition, has_##limit), VK_AT(struct vk_condition, limit)        \
	}
#define TARGET_FIELD(limit)                                                                        \
	{                                                                                          \
		.key = #limit, .type = VK_FIELD_OWN, .own = vk_read_margin,                        \
		VK_HAS(struct vk_condition, has_##limit), VK_AT(struct vk_condition, limit)        \
	}
#define QUANTITY_FIELD(example_)                                                                   \
	{                                                                                          \
		.key = "quantity", .type = VK_FIELD_OWN, .own = vk_read_quantity,                  \
		.is_required = true, .expect = "a quantity like " example_,                        \
		VK_AT(struct vk_rule, quantity)                                                    \
	}
#define DIRECTION_FIELD                                                                            \
	{                                                                                          \
		.key = "direction", .type = VK_FIELD_OWN, .own = vk_read_direction,                \
		.is_required = true, .expect = "up, down or both", .offset = 0                     \
	}
#define STEP_FIELD(key_, example_)                                                                 \
	{                                                                                          \
		.key = (key_), .type = VK_FIELD_OWN, .own = vk_read_step, .is_required = true,     \
		.expect = "a number like \"" example_ "\"", VK_AT(struct vk_rule, by)              \
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
	TARGET_FIELD(above_target),
	TARGET_FIELD(below_target),
	{.key = "percent_below_target",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = 50,
	 VK_HAS(struct vk_condition, has_percent_below_target),
	 VK_AT(struct vk_condition, percent_below_target)},
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
	{.key = "unconfirmed",
	 .type = VK_FIELD_ENUM,
	 .names = priority_names,
	 VK_HAS(struct vk_rule, has_unconfirmed),
	 VK_AT(struct vk_rule, unconfirmed)},
};
static const struct vk_schema confirm_schema = {.what = "confirm", FIELDS(confirm_fields)};

#define CLEARS_FIELD                                                                               \
	{                                                                                          \
		.key = "clears", .type = VK_FIELD_OWN, .own = vk_read_clears, .offset = 0,         \
		VK_HAS(struct vk_rule, has_clears)                                                 \
	}

#define WORSE_FIELD                                                                                \
	{                                                                                          \
		.key = "worse_by", .type = VK_FIELD_OWN, .own = vk_read_worse,                     \
		VK_AT(struct vk_rule, worse_by)                                                    \
	}
#define ANY_FIELD(how_many)                                                                        \
	{                                                                                          \
		.key = "any", .type = VK_FIELD_LIST, .least = 1, .is_required = true,              \
		.expect = "a list of conditions", .element = &condition_element,                   \
		VK_LIST_AT(struct vk_rule, conditions, n_conditions, (how_many))                   \
	}
#define CONFIRM_FIELD                                                                              \
	{                                                                                          \
		.key = "confirm", .type = VK_FIELD_MAP, .schema = &confirm_schema, .offset = 0,    \
		VK_HAS(struct vk_rule, has_confirm)                                                \
	}
#define DAYS_FIELD(name, member, from, to, or_else)                                                \
	{                                                                                          \
		.key = (name), .type = VK_FIELD_DURATION, .unit_ms = 86400000, .least = (from),    \
		.most = (to), .fallback = (or_else), VK_AT(struct vk_rule, member)                 \
	}
#define COUNT_FIELD(name, member, from, to, or_else)                                               \
	{                                                                                          \
		.key = (name), .type = VK_FIELD_INT, .least = (from), .most = (to),                \
		.fallback = (or_else), VK_AT(struct vk_rule, member)                               \
	}

static const struct vk_field repeat_fields[] = {
	{.key = "times",
	 .type = VK_FIELD_INT,
	 .least = 2,
	 .most = 10,
	 .is_required = true,
	 VK_AT(struct vk_rule, repeat_times)},
	{.key = "within",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 60000,
	 .most = INT64_C(7) * 86400000,
	 .is_required = true,
	 VK_AT(struct vk_rule, repeat_within_ms)},
	{.key = "apart",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 60000,
	 .most = INT64_C(7) * 86400000,
	 .is_required = true,
	 VK_AT(struct vk_rule, repeat_apart_ms)},
};
static const struct vk_schema repeat_schema = {.what = "repeat", FIELDS(repeat_fields)};

static const struct vk_field retest_fields[] = {
	{.key = "within",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 60000,
	 .most = 86400000,
	 .is_required = true,
	 VK_AT(struct vk_rule, retest_within_ms)},
};
static const struct vk_schema retest_schema = {.what = "retest", FIELDS(retest_fields)};

static const struct vk_field threshold_fields[] = {
	ANY_FIELD(VK_MAX_CONDITIONS),
	CONFIRM_FIELD,
	{.key = "repeat", .type = VK_FIELD_MAP, .schema = &repeat_schema},
	{.key = "retest", .type = VK_FIELD_MAP, .schema = &retest_schema},
	CLEARS_FIELD,
	WORSE_FIELD,
};

/* One packed number a day holds the sums of so many conditions. */
static const struct vk_field average_fields[] = {
	ANY_FIELD(2),
	DAYS_FIELD("over", over_days, 2, VK_MAX_OVER_DAYS, "7d"),
	COUNT_FIELD("days", min_days, 1, VK_MAX_OVER_DAYS, "3"),
	COUNT_FIELD("discard", discard_days, 0, 3, "1"),
	COUNT_FIELD("readings", min_readings, 1, 100, "12"),
	CLEARS_FIELD,
};

static const struct vk_field baseline_fields[] = {
	QUANTITY_FIELD("pulse-rate"),
	UNIT_FIELD,
	DIRECTION_FIELD,
	STEP_FIELD("at_least", "20"),
	DAYS_FIELD("over", over_days, 3, VK_MAX_OVER_DAYS, "14d"),
	COUNT_FIELD("days", min_days, 1, VK_MAX_OVER_DAYS, "7"),
	COUNT_FIELD("for", for_days, 1, 7, "1"),
	CLEARS_FIELD,
	WORSE_FIELD,
};

static const struct vk_field status_fields[] = {
	{.key = "flags",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_flags,
	 .is_required = true,
	 .expect = "a list of flags like irregular-pulse",
	 VK_AT(struct vk_rule, flags)},
	{.key = "kind",
	 .type = VK_FIELD_OWN,
	 .own = vk_read_kind,
	 VK_HAS(struct vk_rule, has_kind),
	 VK_AT(struct vk_rule, kind)},
	COUNT_FIELD("clears_after", clears_readings, 1, 10, "1"),
};

static const struct vk_field missing_fields[] = {
	{.key = "schedule",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_rule, schedule)},
	COUNT_FIELD("days", missed_days, 1, 14, "1"),
};

static const struct vk_field news2_rule_fields[] = {
	COUNT_FIELD("points", points, 1, 20, NULL),
	COUNT_FIELD("single", single_points, 1, 3, NULL),
};

static const struct vk_field technical_fields[] = {
	{.key = "fault", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_rule, fault)},
};

static const struct vk_field change_fields[] = {
	QUANTITY_FIELD("weight"),
	UNIT_FIELD,
	DIRECTION_FIELD,
	STEP_FIELD("by", "2.0"),
	{.key = "over",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 86400000,
	 .least = 1,
	 .most = VK_MAX_OVER_DAYS,
	 .is_required = true,
	 VK_AT(struct vk_rule, over_days)},
	CONFIRM_FIELD,
	CLEARS_FIELD,
	WORSE_FIELD,
};

static const struct vk_field during_fields[] = {
	{.key = "from",
	 .type = VK_FIELD_CLOCK,
	 .is_required = true,
	 VK_AT(struct vk_rule, during_from_s)},
	{.key = "until",
	 .type = VK_FIELD_CLOCK,
	 .is_required = true,
	 VK_AT(struct vk_rule, during_until_s)},
};
static const struct vk_schema during_schema = {.what = "during", FIELDS(during_fields)};

static const char *const class_names[] = {"clinical", "technical", NULL};

static const struct vk_field input_fields[] = {
	{.key = "signal", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_rule, signal)},
	{.key = "longer_than",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 0,
	 .most = 86400000,
	 .fallback = "0s",
	 VK_AT(struct vk_rule, longer_than_ms)},
	{.key = "during",
	 .type = VK_FIELD_MAP,
	 .schema = &during_schema,
	 VK_HAS(struct vk_rule, has_during)},
	{.key = "class",
	 .type = VK_FIELD_ENUM,
	 .names = class_names,
	 .fallback = "clinical",
	 VK_AT(struct vk_rule, class_)},
};

static const struct vk_variant rule_variants[] = {
	{"threshold", threshold_fields, VK_ARRAY_LEN(threshold_fields)},
	{"change", change_fields, VK_ARRAY_LEN(change_fields)},
	{"input", input_fields, VK_ARRAY_LEN(input_fields)},
	{"average", average_fields, VK_ARRAY_LEN(average_fields)},
	{"baseline", baseline_fields, VK_ARRAY_LEN(baseline_fields)},
	{"status", status_fields, VK_ARRAY_LEN(status_fields)},
	{"missing", missing_fields, VK_ARRAY_LEN(missing_fields)},
	{"news2", news2_rule_fields, VK_ARRAY_LEN(news2_rule_fields)},
	{"technical", technical_fields, VK_ARRAY_LEN(technical_fields)},
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
	{.key = "snooze",
	 .type = VK_FIELD_ENUM,
	 .names = snooze_names,
	 .fallback = "allowed",
	 VK_AT(struct vk_rule, snooze)},
};
static const struct vk_schema rule_schema = {
	.what = "a rule",
	FIELDS(rule_fields),
	.tag = "type",
	.variants = rule_variants,
	.n_variants = VK_ARRAY_LEN(rule_variants),
};
const struct vk_field vk_plan_rule_element = {
	.key = "rules", .type = VK_FIELD_MAP, .schema = &rule_schema};
