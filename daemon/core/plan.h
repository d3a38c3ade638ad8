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
	VK_MAX_TARGETS = 4,
	VK_MAX_WORK_LISTS = 6,
	VK_MAX_PAUSES = 8,
	VK_MAX_OVER_DAYS = 14,    /* with today, what a rule's memory holds */
	VK_SCHEDULE_ID_TEXT = 61, /* one of a schedule and its NUL */
	VK_TEXT_BYTES = 320,      /* one text in one language, UTF-8, with NUL */
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
	/* As written, counted from the plan's target; the four above hold the sum. */
	bool has_above_target, has_below_target, has_percent_below_target;
	int64_t above_target, below_target;
	int32_t percent_below_target;
};

enum vk_snooze { VK_SNOOZE_ALLOWED, VK_SNOOZE_FORBIDDEN };
enum vk_rule_class { VK_RULE_CLINICAL, VK_RULE_MACHINE };

enum vk_rule_type {
	VK_RULE_THRESHOLD,
	VK_RULE_CHANGE,
	VK_RULE_INPUT,
	VK_RULE_AVERAGE,   /* a limit on the average of several days */
	VK_RULE_BASELINE,  /* away from the person's own median */
	VK_RULE_STATUS,    /* what a device says about its own reading */
	VK_RULE_MISSING,   /* a scheduled measurement that did not come */
	VK_RULE_NEWS2,     /* points of the known parts of NEWS2: a lower bound */
	VK_RULE_TECHNICAL, /* what the patient is told of a fault, and how urgent it is */
};

struct vk_rule {
	char id[VK_ID_TEXT];
	int32_t line; /* of the document, from 1; 0: no document */
	enum vk_rule_type type;
	enum vk_priority priority;
	char message[VK_ID_TEXT]; /* "" none */
	enum vk_snooze snooze;
	enum vk_rule_class class_; /* input only: of a person, or of a machine */
	int64_t worse_by;          /* so much worse than the worst notified: told again; 0: never */
	/* threshold, average: any condition true raises */
	int n_conditions;
	struct vk_condition conditions[VK_MAX_CONDITIONS];
	/* threshold, change */
	bool has_confirm;
	int64_t confirm_after_ms;  /* earliest second reading that counts */
	int64_t confirm_within_ms; /* without one until then: sent as unconfirmed … */
	bool has_unconfirmed;
	enum vk_priority unconfirmed; /* … with this priority, else the rule's */
	/* threshold: so many times, so far apart, in so long; 0: once is enough */
	int32_t repeat_times;
	int64_t repeat_within_ms, repeat_apart_ms;
	int64_t retest_within_ms; /* threshold: raised, and no new reading until then: told on */
	/* change, baseline */
	enum vk_quantity quantity;
	bool is_up, is_down;
	int64_t by; /* change: raised when it is more than this; baseline: at least */
	/* change, average, baseline: local days looked back at */
	int32_t over_days;
	int32_t min_days;     /* average, baseline: days with a value, else insufficient data */
	int32_t for_days;     /* baseline: on so many local days in a row */
	int32_t discard_days; /* average: first days of the series that do not count */
	int32_t min_readings; /* average */
	bool has_clears;
	int64_t clears_by;       /* change: cleared when at most this; else: so far inside */
	int32_t clears_days;     /* on so many local days in a row; 0: readings count */
	int32_t clears_readings; /* threshold: so many readings in a row; 0: two */
	int64_t clears_apart_ms; /* … each so long after the one before */
	bool is_clears_manual;   /* only a person ends the condition */
	/* input */
	char signal[VK_ID_TEXT];
	int64_t longer_than_ms;
	bool has_during; /* only between these local times; the time counts from the first */
	int32_t during_from_s, during_until_s;
	/* status: any of these flags, of any kind or of one */
	uint64_t flags;
	bool has_kind;
	enum vk_kind kind;
	/* missing: a schedule missed on so many days in a row */
	char schedule[VK_ID_TEXT];
	int32_t missed_days;
	/* news2: the sum of the known points, or one of them, is at least; 0: not looked at */
	int32_t points, single_points;
	/* technical */
	char fault[VK_ID_TEXT];
};

/* Time-outs of a check (clinical.md 3.1). A missing key leaves the default of the table. */
struct vk_plan_check {
	char name[VK_ID_TEXT];
	int32_t line; /* as a rule's */
	int n_at;
	int32_t at_s[VK_MAX_CHECK_TIMES]; /* local seconds since midnight */
	int64_t view_ms;                  /* at most 30 s */
	int64_t recheck_after_ms;
	int n_on;
	char on[VK_MAX_CHECK_SIGNALS][VK_ID_TEXT]; /* signals that open it … */
	bool has_during; /* … only between these local times; whoever gets up by day is let be */
	int32_t during_from_s, during_until_s;
	char role[VK_ID_TEXT];
	char closed_by[VK_ID_TEXT]; /* signal that may close it when it ends; "" only a person */
	int64_t claim_remind_ms;    /* due and nobody claims: the role is told again … */
	int64_t claim_escalate_ms;  /* … and then it is a high alert */
	int64_t view_start_ms;      /* claimed and no view: released */
	int64_t retry_ms;           /* no picture: the one new try within */
	int64_t visit_accept_ms;    /* visit required: nobody accepts */
	int64_t visit_arrive_ms;    /* accepted: nobody arrives */
	int64_t visit_done_ms;      /* arrived: no outcome */
};

struct vk_ladder_step {
	char to[VK_ID_TEXT]; /* role */
	int64_t after_ms;
};

struct vk_ladder {
	int n;
	struct vk_ladder_step steps[VK_MAX_LADDER];
};

/* An alert of one priority without receipt: what the hub does, and when. VK_NEVER: not at all. */
struct vk_plan_unreceived {
	int64_t second_path_ms;
	int64_t lamp_ms;
};

/* How alerts behave. A missing key leaves the default of the table. */
struct vk_plan_alerts {
	int64_t remind_after_ms;                 /* accepted and not closed: told again */
	int64_t snooze_most_ms;                  /* longest snooze */
	struct vk_plan_unreceived unreceived[3]; /* by enum vk_priority */
	int32_t storm_count;                     /* so many technical alerts … */
	int64_t storm_within_ms;                 /* … in so long are one storm */
	int n_work_lists;                        /* 0: low alerts are told one by one */
	int32_t work_list_s[VK_MAX_WORK_LISTS];  /* local times low alerts are told at */
};

/* A time without checks that was agreed beforehand. */
struct vk_plan_pause {
	char check[VK_ID_TEXT]; /* "" every check */
	int64_t from_utc_ms, until_utc_ms;
	char reason[VK_ID_TEXT];
};

/* Limits of plausibility that replace the quantity table's; canonical, scaled. */
struct vk_plan_plausible {
	enum vk_quantity quantity;
	bool has_reject, has_question;
	int64_t reject_least, reject_most;
	int64_t question_least, question_most;
};

/* What a clinician has set as the person's own value. */
struct vk_plan_target {
	enum vk_quantity quantity;
	int64_t value; /* canonical, scaled */
	bool has_band;
	int64_t band;    /* either side */
	int32_t set_day; /* days since 1970; INT32_MIN: not said */
	char ref[VK_ID_TEXT];
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
	int32_t line; /* as a rule's */
	enum vk_kind measure;
	int32_t from_s, until_s; /* local seconds since midnight */
	int64_t early_ms;        /* so long before `from` a reading counts already */
	int64_t remind_after_ms;
	char missed[VK_ID_TEXT]; /* message at the window's end; "" none */
};

struct vk_plan_text {
	char id[VK_ID_TEXT];
	struct vk_text text;
	int64_t min_interval_ms; /* not shown again before; 0: always */
	int32_t max_per_week;    /* 0: no bound */
};

struct vk_plan_consent {
	char scope[VK_ID_TEXT];
	int32_t given_day, withdrawn_day; /* days since 1970; INT32_MAX: not withdrawn */
};

/* NEWS2 for this person. Scale 2 only on a physician's order. */
struct vk_plan_news2 {
	int32_t scale; /* 1 or 2 */
	bool is_on_oxygen;
	char order[VK_ID_TEXT]; /* reference of the order; "" none */
};

struct vk_plan {
	char patient[VK_ID_TEXT];
	int32_t version;
	char author[VK_ID_TEXT];
	char author_role[VK_ID_TEXT];
	int64_t valid_from_utc_ms, valid_until_utc_ms; /* VK_NEVER: open */
	struct vk_zone zone;
	bool is_alerting;
	bool does_empty_devices; /* stored records are deleted on the device once they are here */
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
	struct vk_plan_alerts alerts;
	int n_pauses;
	struct vk_plan_pause pauses[VK_MAX_PAUSES];
	int n_targets;
	struct vk_plan_target targets[VK_MAX_TARGETS];
	int n_plausible;
	struct vk_plan_plausible plausible[VK_N_QUANTITIES];
	bool has_news2;
	struct vk_plan_news2 news2;
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
