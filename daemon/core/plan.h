/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A care plan: what a named clinician signed for one patient (design §5). Read from a document tree
 * by the schema of this folder, checked as a whole, then never changed: a new version is a new
 * struct. Every number that raises an alert comes from here.
 */
#ifndef VAKA_CORE_PLAN_H
#define VAKA_CORE_PLAN_H

#include "base/civil.h"
#include "base/names.h"
#include "base/node.h"
#include "core/reading.h"

enum {
	VK_MAX_RULES = 24,
	VK_MAX_CONDITIONS = 4,
	VK_MAX_MESSAGES = 16,
	VK_MAX_PLAN_CHECKS = 4,
	VK_MAX_CHECK_TIMES = 8,
	VK_MAX_LADDER = 5,
	VK_MAX_EXPECTS = 8,
	VK_MAX_SCHEDULES = 8,
	VK_MAX_CONSENTS = 4,
	VK_MAX_CHECK_SIGNALS = 4,
	VK_MAX_OVER_DAYS = 9, /* with today, what a rule's memory holds */
	VK_TEXT_BYTES = 320,  /* one text in one language, UTF-8, with NUL */
};

enum vk_priority { VK_PRIORITY_LOW, VK_PRIORITY_MEDIUM, VK_PRIORITY_HIGH };

struct vk_text {
	char sv[VK_TEXT_BYTES];
	char en[VK_TEXT_BYTES];
};

/* One limit: value <op> limit, in canonical unit scaled by the quantity table's decimals. */
struct vk_condition {
	enum vk_quantity quantity;
	bool has_at_least, has_at_most, has_above, has_below;
	int64_t at_least, at_most, above, below;
};

enum vk_rule_type { VK_RULE_THRESHOLD, VK_RULE_CHANGE, VK_RULE_INPUT };

struct vk_rule {
	char id[VK_ID_TEXT];
	enum vk_rule_type type;
	enum vk_priority priority;
	char message[VK_ID_TEXT]; /* "" none */
	/* threshold: any condition true raises */
	int n_conditions;
	struct vk_condition conditions[VK_MAX_CONDITIONS];
	bool has_confirm;
	int64_t confirm_after_ms;  /* earliest second reading that counts */
	int64_t confirm_within_ms; /* without one until then: sent as unconfirmed */
	/* change */
	enum vk_quantity quantity;
	bool is_up, is_down;
	int64_t by; /* raised when the change is more than this */
	int32_t over_days;
	bool has_clears;
	int64_t clears_by;   /* change: cleared when it is at most this; threshold: so far inside */
	int32_t clears_days; /* change: on so many local days in a row */
	/* input */
	char signal[VK_ID_TEXT];
	int64_t longer_than_ms;
};

struct vk_plan_check {
	char name[VK_ID_TEXT];
	int n_at;
	int32_t at_s[VK_MAX_CHECK_TIMES]; /* local seconds since midnight */
	int64_t view_ms;                  /* at most 30 s */
	int64_t recheck_after_ms;
	int n_on;
	char on[VK_MAX_CHECK_SIGNALS][VK_ID_TEXT]; /* signals that open it */
	char role[VK_ID_TEXT];
};

struct vk_ladder_step {
	char to[VK_ID_TEXT]; /* role */
	int64_t after_ms;
};

struct vk_ladder {
	int n;
	struct vk_ladder_step steps[VK_MAX_LADDER];
};

struct vk_plan_expect {
	enum vk_kind kind;
	bool has_band;
	int64_t band_least, band_most; /* canonical, scaled; of the kind's one quantity */
	/*
	 * A step from the last accepted value beyond which the person is asked whether it was they
	 * (clinical.md 1.5): by so much, or by so many percent, each within its time. 0: not asked.
	 */
	int64_t jump, jump_within_ms;
	int32_t jump_percent;
	int64_t jump_percent_within_ms;
};

struct vk_plan_schedule {
	char id[VK_ID_TEXT];
	enum vk_kind measure;
	int32_t from_s, until_s; /* local seconds since midnight */
	int64_t remind_after_ms;
};

struct vk_plan_text {
	char id[VK_ID_TEXT];
	struct vk_text text;
};

struct vk_plan_consent {
	char scope[VK_ID_TEXT];
	int32_t given_day, withdrawn_day; /* days since 1970; INT32_MAX: not withdrawn */
};

struct vk_plan {
	char patient[VK_ID_TEXT];
	int32_t version;
	char author[VK_ID_TEXT];
	char author_role[VK_ID_TEXT];
	int64_t valid_from_utc_ms, valid_until_utc_ms; /* VK_NEVER: open */
	struct vk_zone zone;
	bool is_alerting;
	bool is_local_only;
	struct vk_text contact;
	int n_expects;
	struct vk_plan_expect expects[VK_MAX_EXPECTS];
	int n_schedules;
	struct vk_plan_schedule schedules[VK_MAX_SCHEDULES];
	int n_rules;
	struct vk_rule rules[VK_MAX_RULES];
	int n_messages;
	struct vk_plan_text messages[VK_MAX_MESSAGES];
	int n_checks;
	struct vk_plan_check checks[VK_MAX_PLAN_CHECKS];
	struct vk_ladder escalation[3]; /* by enum vk_priority */
	bool has_quiet;
	int32_t quiet_from_s, quiet_until_s;
	int n_consents;
	struct vk_plan_consent consents[VK_MAX_CONSENTS];
};

/*
 * Reads a plan from its document tree. Every mistake is added to problems with its place; the
 * zone's transitions are filled by the caller's loader (the core has no tz database). 0 when there
 * is none, -EINVAL otherwise (ret_plan is then not to be used).
 */
typedef int (*vk_zone_fn)(const char *name, struct vk_zone *ret_zone, void *user);
int vk_plan_parse(const struct vk_node *root, vk_zone_fn zone_load, void *user,
		  struct vk_problems *problems, struct vk_plan *ret_plan);

/* The message of an id, or NULL. */
const struct vk_text *vk_plan_message(const struct vk_plan *plan, const char *id);
const struct vk_rule *vk_plan_rule(const struct vk_plan *plan, const char *id);

#endif
