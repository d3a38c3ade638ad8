/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the engine share: engine.c turns, apply.c applies, journal.c bridges a failed
 * store, documents.c writes. Engine thread only. */
#ifndef VAKA_HUB_ENGINE_PRIV_H
#define VAKA_HUB_ENGINE_PRIV_H

#include <pthread.h>

#include "fhir/bundle.h"
#include "hub/bell.h"
#include "hub/engine.h"
#include "hub/plans.h"

struct vk_promise;

enum { JOURNAL_MAX = 256, VOLATILE_MAX = 1024, QUEUE_MAX = 4096, GROUP_MAX = 512 };

/* An event that happened and could not be written. */
struct journal_entry {
	struct journal_entry *next;
	struct vk_job *job; /* owned; its waiter is still waiting */
	int n_effects;
	struct vk_effect *effects; /* owned */
};

struct deferred; /* journal.c */

enum { VK_UNPLACED_MOST = 64 };

struct vk_traffic_days {
	int n;
	struct vk_traffic_day days[VK_TRAFFIC_DAYS]; /* oldest first */
};

struct vk_engine {
	const struct vk_config *config;
	struct vk_clock *clock;
	struct vk_engine_handler handler;

	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows, up to bell */
	pthread_cond_t wake;
	struct vk_job_queue in, out;
	struct vk_job_queue first; /* goes before everything in `in` */
	struct vk_job_queue patient;
	bool is_patient_due; /* waited long enough for a commit that is made anyway */
	struct vk_news news_out;
	bool has_news;
	bool is_stopping;
	int64_t turned_mono_ms;
	struct vk_bell bell; /* the loop's */

	/* Below: engine thread only. */
	struct vk_store *store;
	struct vk_core *core, *saved; /* saved: before the group, or before the event */
	struct vk_plan *plans[VK_MAX_PATIENTS * 3]; /* in force, and those just replaced */
	int n_plans;
	struct vk_staff *staff;  /* directory, NULL when there is none */
	const char *staff_fault; /* why the one that is there is not believed; NULL */
	bool is_staff_told;      /* … as a technical alert, or that it has healed */
	struct vk_effects effects;
	struct vk_fhir_kept said; /* of devices, in the message before */
	struct vk_news news;
	struct {
		bool is_store_failed;
		int64_t next_mono_ms;
	} told; /* the loop, as news */
	struct vk_clock_sight sight;
	int64_t floor_written_ms;
	int64_t sync_ms;                /* how long the last commit of a group took */
	struct vk_traffic_days traffic; /* as health tells it; the file may be a minute behind */

	bool is_journaling; /* apply without the database */
	bool is_copying;    /* messages are copies of what the outbox carried: loose */
	bool is_store_failed;
	bool is_stand_in;     /* the store is an empty one: its file could not even be read */
	bool is_kept_up;      /* the store has no background work left */
	bool has_written;     /* since the loop last asked whether the engine still turns */
	bool is_resting;      /* nothing was, and the store knows */
	bool has_watched;     /* just now */
	bool is_failure_told; /* the technical alert about a failed store is out */
	int n_unplaced;       /* readings that came while the clock was unsure */
	char unplaced[VK_UNPLACED_MOST][VK_UUID_TEXT];
	int64_t unsure_mono_ms; /* the clock is not in sync since; 0: never looked at */
	int64_t n_dropped;      /* undelivered messages given up, as last told */
	bool is_damage_told;    /* the technical alert about a damaged file is out */
	bool is_damage_due;     /* … about one that was mended is not, yet */
	struct vk_damage damage;
	int n_mendings;
	int64_t mend_again_mono_ms;
	int64_t retry_mono_ms;
	struct vk_job *standing;       /* a FETCH that waits for rows, owned */
	struct journal_entry *writing; /* of the event that is applied from memory */
	struct journal_entry *journal, **journal_tail;
	int n_journal;
	struct deferred *deferred, **deferred_tail; /* entries of the audit that wait with it */
	int n_deferred;
	struct vk_outgoing *second; /* … for the second path: the latest of each alert */
	struct vk_outgoing *loose, **loose_tail; /* messages not in the outbox, seq < 0 */
	int n_loose;
	int64_t next_loose_seq;     /* -1, -2, … */
	struct vk_promise *promise; /* as it was when it was last looked at, owned; NULL never */
	bool is_promise_due;        /* something was decided since */
	int64_t promise_mono_ms;
	bool has_reply; /* the core answered the command that is being applied */
	__typeof__(((struct vk_effect *)0)->reply) reply;
};

/* group.c: a group's events, within a transaction, and its commit. What came meanwhile is added to
 * group. 0, or a negative errno: all of it is to be undone. */
int vk_group_apply(struct vk_engine *e, struct vk_job_queue *group, int64_t began_mono_ms);
int vk_group_commit(struct vk_engine *e);
/* It asks, and changes nothing. */
bool vk_job_is_question(const struct vk_job *job);

/* questions.c: takes them. Fetches come before the writes of their group, for what is committed
 * need not wait for their sync; other questions behind them. */
void vk_fetches_run(struct vk_engine *e, struct vk_job_queue *fetches);
void vk_questions_run(struct vk_engine *e, struct vk_job_queue *questions);
/* The outbox grew: answers the question that stands. */
void vk_standing_serve(struct vk_engine *e);

/* apply.c: one job against core and store. 0, or a negative errno of the store: undo and journal.
 */
int vk_apply(struct vk_engine *e, struct vk_job *job);
/* Steps the core with one event and keeps what follows. */
int vk_apply_event(struct vk_engine *e, const struct vk_event *event);
/* A fault that comes or goes; health tells it at once. */
int vk_apply_fault(struct vk_engine *e, const struct vk_event *event);

/* effects.c: rows and messages of what the core decided. */
int vk_effects_keep(struct vk_engine *e, struct vk_now now);
int vk_effects_rows(struct vk_engine *e, const struct vk_effect *effects, int n, struct vk_now now);
int vk_message_keep(struct vk_engine *e, struct vk_message *message, struct vk_now now);
/* An alert's document, marked when the store has not got it. */
void vk_engine_alert_json(struct vk_engine *e, struct vk_str *out, const struct vk_alert *alert);
int vk_reading_send(struct vk_engine *e, const struct vk_reading *r, struct vk_now now);
int vk_copies_send(struct vk_engine *e, struct vk_now now);
int vk_audit_keep(struct vk_engine *e, struct vk_now now, const struct vk_audit *entry);
const struct vk_plan *vk_engine_plan(const struct vk_engine *e, const char *patient);
/* Nothing of this patient leaves the home (design §5, delivery). */
bool vk_engine_is_local(const struct vk_engine *e, const char *patient);
const struct vk_zone *vk_engine_zone(const struct vk_engine *e, const char *patient);

/* second_path.c: alerts that leave by the second path. */
int vk_second_keep(struct vk_engine *e, const char *alert, struct vk_now now);
int vk_second_fetch(struct vk_engine *e, struct vk_job *job);
int vk_second_done(struct vk_engine *e, struct vk_job *job);

/* promise.c: watches for a change (after the news' next_mono_ms is known), and writes it. */
void vk_promise_watch(struct vk_engine *e, struct vk_now now);
int vk_promise_json(struct vk_engine *e, struct vk_json *j, struct vk_now now);

/* commands.c: a message of the broker. */
int vk_inbound_apply(struct vk_engine *e, struct vk_job *job);

/* notices.c: what staff have shown to the patient. *ret_code is why not, "ok" when it was. */
int vk_message_show(struct vk_engine *e, const struct vk_command *c, const char *patient,
		    struct vk_now now, const char **ret_code);
int vk_measure_ask(struct vk_engine *e, const struct vk_command *c, const char *patient,
		   struct vk_now now, const char **ret_code);

/* assign.c: whose reading is this. */
int vk_device_assign(struct vk_engine *e, struct vk_job *job);
/* What was said of a device, for vk_whose(). Returns how many. */
int vk_device_claims(const struct vk_device *device, struct vk_claim list[VK_MAX_CLAIMS]);
/*
 * A person says whose a reading is, or takes it back (patient NULL). The next revision is kept,
 * sent and judged. 0, -ENOENT no such reading, -EINVAL no such patient.
 */
int vk_reading_revise(struct vk_engine *e, const char *id, const char *patient, struct vk_now now);
/* The same as a technician's job, audited. */
int vk_reading_say(struct vk_engine *e, struct vk_job *job);

/* collector.c: merges a collector's device message into a row. 0 or -EINVAL. Any thread. */
int vk_device_merge(const json_t *header, struct vk_device *device);

/* placing.c: readings that came while the hub did not know the time. The first notes one, the
 * second places them when it does, the third notes those of a run before in the same boot of the
 * machine: behind the row seq. 0, or the store's errno. */
void vk_placing_note(struct vk_engine *e, const struct vk_reading *r);
int vk_placing_run(struct vk_engine *e, struct vk_now now);
int vk_placing_recover(struct vk_engine *e, int64_t seq);

/* watch.c: what no message tells becomes a fault. 0, or the store's errno. */
int vk_watch_run(struct vk_engine *e, struct vk_now now);

/* queries.c: questions of vakactl and of health. */
int vk_query_apply(struct vk_engine *e, struct vk_job *job);

/* plan_store.c: plans in force. */
int vk_engine_load_plans(struct vk_engine *e, struct vk_now now);
int vk_plan_receive(struct vk_engine *e, const char *patient, const void *payload, size_t len,
		    struct vk_now now);
int vk_plan_applied_send(struct vk_engine *e, const char *patient,
			 const struct vk_problems *problems, struct vk_now now);

/* traffic.c: bytes on the wire. Kept in a transaction of the caller's, and so when it has
 * committed. */
void vk_traffic_add(struct vk_engine *e, const struct vk_traffic_day *more);
int vk_traffic_load(struct vk_engine *e);
int vk_traffic_keep(struct vk_engine *e);
void vk_traffic_kept(struct vk_engine *e);
void vk_traffic_end(struct vk_engine *e); /* the engine stops */
void vk_traffic_json(const struct vk_engine *e, struct vk_json *j, bool is_whole);

/* engine.c: asked whether it still turns. */
void vk_engine_rest(struct vk_engine *e);

/* loose messages: leave without the outbox */
int vk_loose_put(struct vk_engine *e, struct vk_message *message);
void vk_loose_settle(struct vk_engine *e, int64_t seq);

/* journal.c */
bool vk_journal_has(const struct vk_engine *e, const struct vk_reading *r);
void vk_journal_job(struct vk_engine *e, struct vk_job *job);
/* Keeps what one step of the event caused: its rows are written when the store heals. */
int vk_journal_effects(struct vk_engine *e);
/* The second path took it, and its row could not be removed yet. */
bool vk_journal_took_second(const struct vk_engine *e, const char *alert);
/* Writes what waits. 0: all of it; or why not. */
int vk_journal_heal(struct vk_engine *e);
int vk_journal_audit(struct vk_engine *e, const struct vk_audit *entry); /* copies */
void vk_journal_free(struct vk_engine *e);

/* mend.c: the store met a page that cannot be read. 0: it is whole again, and what failed with
 * -EBADMSG is to be tried once more; or why it is not. The first leaves the core's state alone. */
int vk_mend_start(struct vk_engine *e);
int vk_mend(struct vk_engine *e);
/* Applies what only reads, and once more when it met such a page. */
int vk_mend_read(struct vk_engine *e, struct vk_job *job);
/* Tells it, once, outside any transaction; sends again what may be lost of the outbox. */
void vk_mend_tell(struct vk_engine *e);

/* recover.c: before the thread is there, in this order. */
int vk_engine_open_store(struct vk_engine *e);
int vk_engine_restore_mending(struct vk_engine *e);
/* Plans and staff go. */
void vk_engine_forget(struct vk_engine *e);

/* engine.c */
void vk_engine_give_back(struct vk_engine *e, struct vk_job *job);
/* A FETCH that stood: its rows leave from here where they may. */
void vk_engine_hand_over(struct vk_engine *e, struct vk_job *job);
void vk_core_copy(struct vk_core *dst, const struct vk_core *src);

#endif
