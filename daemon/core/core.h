/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part that decides. State, event and time in; state and effects out. No clock, no I/O, no
 * allocation, no binary floats: equal input gives equal bytes, a year replays in seconds, and
 * every effect carries the reason for it.
 *
 * The state is one plain value: the shell copies it, steps the copy, commits the effects, and only
 * then puts the copy in force. All objects of the state have bounds; reaching one is reported.
 * Thread: any, one at a time per state.
 */
#ifndef VAKA_CORE_CORE_H
#define VAKA_CORE_CORE_H

#include "core/plan.h"
#include "core/reading.h"
#include "core/time.h"

enum {
	VK_MAX_PATIENTS = 8,
	VK_MAX_ALERTS = 64,
	VK_MAX_CHECKS = 32,
	VK_MAX_ALERT_VALUES = 3,
	VK_MAX_ALERT_READINGS = 4,
	VK_MAX_EFFECTS = 288, /* one event from empty always fits */
	VK_MAX_WHO = 32,      /* devices without a person that are remembered */
	VK_MAX_HUSHED = 32,   /* faults that one storm stands for */
	VK_MAX_INPUTS = 32,   /* inputs that are active */
	VK_MAX_SNOOZES = 32,
	VK_MAX_TOLD = VK_MAX_CONDITIONS,
	/* Of a patient: rules, expected kinds, schedules, trends, and what stands once. */
	VK_MAX_MEMORIES =
		VK_MAX_PATIENTS * (VK_MAX_RULES + VK_MAX_EXPECTS + VK_MAX_SCHEDULES + 11) +
		VK_MAX_WHO + VK_MAX_HUSHED + VK_MAX_INPUTS + VK_MAX_SNOOZES,
	VK_MAX_ENDED = 32, /* closed alerts that a correction may still concern */
	VK_REASON_TEXT = 48,
	VK_DETAIL_TEXT = 96,
	VK_MEMORY_TEXT = 80, /* a rule's id and what the memory is about, with NUL */
};

enum vk_alert_class { VK_ALERT_CLINICAL, VK_ALERT_TECHNICAL };
enum vk_alert_state {
	VK_ALERT_RAISED,
	VK_ALERT_RECEIVED, /* its id came in a receipt */
	VK_ALERT_ACCEPTED, /* a named person took it: only this stops escalation */
	VK_ALERT_CLOSED,
};

/* One episode of one rule (design §4). Also a row of the database: plain values only. */
struct vk_alert {
	uint32_t serial; /* id is "a<serial>" */
	int32_t rev;
	char patient[VK_ID_TEXT];
	char rule[VK_ID_TEXT];
	int32_t plan_version;
	enum vk_alert_class class_;
	enum vk_priority priority;
	bool is_active; /* condition: active or cleared, apart from the state */
	enum vk_alert_state state;
	int32_t level; /* step of the escalation ladder that was reached */
	char role[VK_ID_TEXT];
	char reason[VK_REASON_TEXT]; /* reason code, e.g. "threshold-confirmed" */
	/*
	 * The latest values of the rule's quantities; then, for a change, the value it is compared
	 * with; last the worst of the episode, when the latest is not the worst.
	 */
	int32_t n_values;
	struct vk_value values[VK_MAX_ALERT_VALUES];
	int32_t n_readings;
	char readings[VK_MAX_ALERT_READINGS][VK_UUID_TEXT]; /* newest last */
	char detail[VK_DETAIL_TEXT]; /* what the reason alone does not tell, or "" */
	int32_t count;               /* readings or occurrences that it was found in */
	bool is_upper;               /* direction: worse is more */
	int32_t n_told;
	struct vk_value told[VK_MAX_TOLD]; /* of each quantity the worst that roles know */
	int64_t raised_utc_ms, changed_utc_ms;
	/* Raised, received: the next step of the ladder. Accepted: told that it is still open. */
	int64_t escalate_mono_ms;    /* VK_NEVER: not armed */
	int64_t second_path_mono_ms; /* without a receipt until then, another way is taken */
	int64_t lamp_mono_ms;        /* … and the lamp in the home is lit */
	bool is_lit;                 /* this alert wants the lamp */
	bool is_listed;              /* nobody is told before the next work list */
	char by[VK_ID_TEXT];         /* staff of the last change, "" none */
	char outcome[VK_ID_TEXT];    /* "" until closed */
};

/* What is kept of a closed alert, so that a correction finds who had been told. */
struct vk_ended {
	uint32_t serial;
	char patient[VK_ID_TEXT];
	char rule[VK_ID_TEXT];
	enum vk_priority priority;
	int32_t level;
	int32_t n_values;
	struct vk_value values[VK_MAX_ALERT_VALUES];
	int32_t n_readings;
	char readings[VK_MAX_ALERT_READINGS][VK_UUID_TEXT];
};

/* States of clinical.md 3.1. */
enum vk_check_state {
	VK_CHECK_PLANNED,
	VK_CHECK_DUE,
	VK_CHECK_CLAIMED,
	VK_CHECK_VIEWING,
	VK_CHECK_RECHECK_WAIT,
	VK_CHECK_VISIT_REQUIRED,
	VK_CHECK_VISIT_ACCEPTED,
	VK_CHECK_ARRIVED,
	VK_CHECK_DONE,
	VK_CHECK_SKIPPED,
};

struct vk_check {
	uint32_t serial; /* id is "c<serial>" */
	int32_t rev;
	char patient[VK_ID_TEXT];
	char name[VK_ID_TEXT]; /* of the plan: "night" */
	enum vk_check_state state;
	int32_t attempt;    /* 1, 2: looks; 3: visit */
	int64_t due_utc_ms; /* when it was to be done */
	int64_t changed_utc_ms;
	int64_t deadline_mono_ms; /* next time-out; VK_NEVER: none */
	bool is_reminded;         /* due: the reminder is out; viewing: the picture was cut */
	bool has_looked_again;    /* the new look at once after an unsure one was given */
	bool has_retried;         /* … and the one after a technical failure */
	char by[VK_ID_TEXT];
	char outcome[VK_ID_TEXT]; /* "ok", "not-in-bed", "unsure", "concern", "technical", visit
				     codes */
	char reason[VK_REASON_TEXT];
};

/*
 * What a rule remembers between readings. One per patient and rule that has something to remember;
 * one that has nothing left is sent once more, empty, and leaves the state.
 *
 * Others have a name no rule can have: "checks:" of a patient (day_values: scheduled_utc_ms,
 * paused_until_utc_ms; ask_reading: why paused); "who:<device>", a device whose person was asked
 * for (ask_reading: the latest reading in question; day_values: all of them, hashed; clear_day:
 * why); "last:<kind>", the last accepted value (day_values: value, time); "input:<signal>", an
 * input that is active; "snooze-up:<rule>" and "snooze-down:<rule>" (ask_until_mono_ms: its end;
 * ask_reading: by whom; days: how urgent, and behind it each quantity that was told of, with its
 * worst in day_values); "storm:<fault>", a fault that the storm stands for (days: its priority). A
 * threshold rule that waits for its confirmation keeps the first reading's values in days
 * (quantity, unit, exponent) and day_values (mantissa).
 */
enum { VK_RULE_DAYS = 16 };
struct vk_rule_memory {
	char patient[VK_ID_TEXT];
	char rule[VK_MEMORY_TEXT];
	int64_t ask_mono_ms; /* a confirmation was asked for at …; VK_NEVER: none */
	int64_t ask_until_mono_ms;
	char ask_reading[VK_ID_TEXT];
	int32_t n_days; /* change rule: first accepted value of each local day, oldest first */
	int32_t days[VK_RULE_DAYS];
	int64_t day_values[VK_RULE_DAYS]; /* canonical, scaled */
	int32_t n_clear;                  /* values or days in a row on the clearing side */
	int32_t clear_day;
};

enum vk_event_type {
	VK_EVENT_TICK,  /* time has passed: timers, schedules */
	VK_EVENT_START, /* first event after the state was restored */
	VK_EVENT_READING,
	VK_EVENT_SIGNAL,
	VK_EVENT_COMMAND,
	VK_EVENT_RECEIPT,
	VK_EVENT_PLAN,  /* a plan was put in force for its patient (struct outlives the state) */
	VK_EVENT_CLOCK, /* quality changed, or the wall clock stepped */
	VK_EVENT_FAULT, /* technical condition began or ended: plugin, store, device */
};

struct vk_signal {
	char name[VK_ID_TEXT];    /* "bed-exit" */
	char patient[VK_ID_TEXT]; /* the home's patient that the line is configured for */
	bool is_active;
	bool is_initial; /* where the input is as its plugin starts: news only if it had moved */
};

struct vk_command {
	char cmd_id[VK_ID_TEXT];
	char staff[VK_ID_TEXT];
	char noun[16]; /* "alert", "check", "reading", … */
	char verb[24];
	char object[VK_ID_TEXT]; /* "a12", "c3", a reading's id */
	int32_t rev;             /* the sender's; -1: not given */
	char outcome[VK_ID_TEXT];
	char reason[VK_ID_TEXT];
	int64_t until_utc_ms; /* snooze, pause; 0: not given */
};

struct vk_fault {
	char rule[VK_ID_TEXT];    /* "plugin-lost", "store-failed", "device-not-heard", … */
	char patient[VK_ID_TEXT]; /* "" the hub itself: topics use "hub" */
	char reason[VK_REASON_TEXT];
	enum vk_priority priority;
	bool is_active;
};

/* The care service has stored this message. One of an older revision says nothing of the newest. */
struct vk_confirmed {
	char id[VK_ID_TEXT]; /* "a12" */
	bool has_rev;        /* else of whichever */
	int32_t rev;         /* up to which */
};

struct vk_event {
	enum vk_event_type type;
	struct vk_now now;
	union {
		const struct vk_reading *reading;
		struct vk_signal signal;
		struct vk_command command;
		struct vk_confirmed receipt;
		const struct vk_plan *plan;
		struct vk_fault fault;
	};
};

enum vk_effect_type {
	VK_EFFECT_ALERT,       /* created or changed: the whole alert */
	VK_EFFECT_CHECK,       /* created or changed: the whole check */
	VK_EFFECT_MEMORY,      /* a rule's memory to keep: replaces the one of the same names */
	VK_EFFECT_MESSAGE,     /* show or withdraw a text of the plan to the patient */
	VK_EFFECT_ASK,         /* ask the patient: repeat, remind, who */
	VK_EFFECT_NOTIFY,      /* tell a role, with level */
	VK_EFFECT_OUTPUT,      /* set a line */
	VK_EFFECT_SECOND_PATH, /* tell about an alert by another way: nobody has confirmed it */
	VK_EFFECT_VIEW,        /* open or close the view of a check */
	VK_EFFECT_TASK,        /* something for staff to do that is no alert */
	VK_EFFECT_REPLY,       /* answer of a command */
};

enum vk_ask { VK_ASK_REPEAT, VK_ASK_REMIND, VK_ASK_WHO };
enum vk_reply_result { VK_REPLY_OK, VK_REPLY_REFUSED, VK_REPLY_ERROR };

struct vk_effect {
	enum vk_effect_type type;
	char patient[VK_ID_TEXT];    /* "" when no patient is concerned */
	char reason[VK_REASON_TEXT]; /* reason code, never empty */
	int32_t line; /* of the rule, check or schedule in the plan's document, or 0 */
	char reading[VK_UUID_TEXT]; /* the reading that led here; "" none; an alert lists its own */
	union {
		struct vk_alert alert;
		struct vk_check check;
		struct vk_rule_memory memory;
		struct {
			char message[VK_ID_TEXT]; /* id in the plan */
			bool is_shown;
			bool is_silent; /* quiet hours: shown without a sound */
		} message;
		struct {
			enum vk_ask what;
			char rule[VK_ID_TEXT];
			int64_t until_utc_ms;
			bool is_withdrawn; /* no longer asked: done */
			bool is_silent;
		} ask;
		struct {
			char role[VK_ID_TEXT];
			int32_t level;
			char alert[16];
		} notify;
		struct {
			char line[VK_ID_TEXT];
			int32_t value;
		} output;
		struct {
			char alert[16];
			char role[VK_ID_TEXT];
			int32_t level;
		} second_path;
		struct {
			char check[16];
			bool is_open;
			char viewer[VK_ID_TEXT];
			int64_t until_mono_ms;
		} view;
		struct {
			char task[VK_ID_TEXT];
			char object[VK_ID_TEXT]; /* what it is about, "" nothing else than the
						    patient */
			bool is_done;            /* not to do any longer */
		} task;
		struct {
			char cmd_id[VK_ID_TEXT];
			char staff[VK_ID_TEXT];
			enum vk_reply_result result;
			char code[VK_REASON_TEXT]; /* "conflict", "not-found", "wrong-state", … */
			char object[VK_ID_TEXT];
			int32_t rev; /* of the object afterwards; -1: no object */
		} reply;
	};
};

struct vk_effects {
	int n;
	struct vk_effect list[VK_MAX_EFFECTS];
};

/* Per patient: plan in force (borrowed) and what has been scheduled up to when. */
struct vk_patient_state {
	const struct vk_plan *plan;
	int64_t scheduled_utc_ms;    /* every planned check up to here has been opened */
	int64_t paused_until_utc_ms; /* checks: 0 none */
	char paused_reason[VK_ID_TEXT];
};

struct vk_core {
	uint32_t next_alert, next_check; /* serials, from 1 */
	enum vk_clock_quality quality;
	bool is_receiptless; /* the care service sends no receipts: none is waited for */
	int n_patients;
	struct vk_patient_state patients[VK_MAX_PATIENTS];
	int n_alerts; /* open ones only; closed ones leave */
	struct vk_alert alerts[VK_MAX_ALERTS];
	int n_ended; /* closed ones with readings: the latest, by serial */
	struct vk_ended ended[VK_MAX_ENDED];
	int n_checks; /* open ones only */
	struct vk_check checks[VK_MAX_CHECKS];
	int n_memories;
	struct vk_rule_memory memories[VK_MAX_MEMORIES]; /* ordered by patient and rule */
};

void vk_core_init(struct vk_core *core);

/*
 * Put back what the database holds, before the first step; order: plans, then the rest.
 * A closed alert or check is welcome too: it moves the serials, so that none is used twice, and the
 * latest alerts that rested on readings are kept for corrections.
 * 0, or -ENOSPC beyond a bound.
 */
int vk_core_restore_plan(struct vk_core *core, const struct vk_plan *plan,
			 int64_t scheduled_utc_ms);
int vk_core_restore_alert(struct vk_core *core, const struct vk_alert *alert);
int vk_core_restore_check(struct vk_core *core, const struct vk_check *check);
int vk_core_restore_memory(struct vk_core *core, const struct vk_rule_memory *memory);

/*
 * Decides. Appends to effects (emptied first). 0: done. 1: more is due at this moment, step again
 * with a VK_EVENT_TICK of the same time (effects were full). -EINVAL: an event that makes no sense
 * (state unchanged). Reaching a bound of the state is an effect (technical alert), not an error.
 * -ENOBUFS cannot be, by construction; if it were, the stepped state is to be thrown away.
 *
 * Timers that ran out before the event go first, in order of time; those that run out with it last.
 */
int vk_core_step(struct vk_core *core, const struct vk_event *event, struct vk_effects *effects);

/* When the next timer or planned check is due, on the monotonic line; VK_NEVER: nothing. */
int64_t vk_core_next_mono_ms(const struct vk_core *core, const struct vk_now *now);

/* The line "lamp" as the state wants it: after a restart every output is off. */
bool vk_core_lamp(const struct vk_core *core);

/* Texts of the enums, as they stand in messages. Static storage. */
const char *vk_alert_state_text(enum vk_alert_state state);
const char *vk_check_state_text(enum vk_check_state state);
const char *vk_priority_text(enum vk_priority priority);
const char *vk_clock_quality_text(enum vk_clock_quality quality);

#endif
