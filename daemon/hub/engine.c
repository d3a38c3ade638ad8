/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's turn: wait, take a group, apply it in one transaction, hand it back. The core's
 * state is copied before and comes back when the transaction does not.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/trim.h"
#include "core/storm.h"

enum { RETRY_MS = 5000, FLOOR_EVERY_MS = 60000 };

/* Copies only what is in use: most of the state's room is empty in most homes. */
void vk_core_copy(struct vk_core *dst, const struct vk_core *src)
{
	memcpy(dst, src, offsetof(struct vk_core, alerts));
	memcpy(dst->alerts, src->alerts, (size_t)src->n_alerts * sizeof *src->alerts);
	dst->n_ended = src->n_ended;
	memcpy(dst->ended, src->ended, (size_t)src->n_ended * sizeof *src->ended);
	dst->n_checks = src->n_checks;
	memcpy(dst->checks, src->checks, (size_t)src->n_checks * sizeof *src->checks);
	dst->n_memories = src->n_memories;
	memcpy(dst->memories, src->memories, (size_t)src->n_memories * sizeof *src->memories);
}

/* What nobody waits for wakes nobody. */
void vk_engine_give_back(struct vk_engine *e, struct vk_job *job)
{
	if (!vk_job_is_awaited(job)) {
		vk_job_free(job);
		return;
	}
	pthread_mutex_lock(&e->lock);
	vk_job_queue_put(&e->out, job);
	pthread_mutex_unlock(&e->lock);
}

void vk_engine_hand_over(struct vk_engine *e, struct vk_job *job)
{
	struct vk_direct *direct = e->handler.direct;

	if (!direct) {
		vk_engine_give_back(e, job);
		return;
	}
	vk_direct_lock(direct);
	vk_direct_send(direct, job);
	vk_engine_give_back(e, job);
	vk_direct_unlock(direct);
}

/* An event must not be lost when the disk fails; a question can be asked again. */
static bool can_be_journaled(const struct vk_job *job)
{
	return job->type == VK_JOB_READING || job->type == VK_JOB_SIGNAL ||
	       job->type == VK_JOB_INBOUND || job->type == VK_JOB_TICK ||
	       job->type == VK_JOB_CLOCK || job->type == VK_JOB_FAULT ||
	       job->type == VK_JOB_SECOND_DONE;
}

static int keep_floor(struct vk_engine *e, struct vk_now now)
{
	if (now.mono_ms - e->floor_written_ms < FLOOR_EVERY_MS)
		return 0;
	e->floor_written_ms = now.mono_ms;
	int r = vk_store_set_int(e->store, "mono_floor_ms", now.mono_ms);

	if (r == 0 && now.quality == VK_CLOCK_SYNCED)
		r = vk_store_set_int(e->store, "utc_floor_ms", now.utc_ms);
	return r ? r : vk_traffic_keep(e);
}

/* Concerns messages in memory only: a failed store must not stand in its way, or what has left
 * would leave again and again. */
static bool needs_no_store(const struct vk_job *job)
{
	return job->type == VK_JOB_LINK_UP ||
	       ((job->type == VK_JOB_SETTLE || job->type == VK_JOB_ASIDE) && job->seq < 0);
}

/* One event in a transaction of its own. 0, or why the store did not take it. */
static int run_alone(struct vk_engine *e, struct vk_job *job)
{
	int r = vk_store_begin(e->store);

	vk_core_copy(e->saved, e->core);
	if (r == 0)
		r = vk_apply(e, job);
	if (r == 0)
		r = vk_store_commit(e->store);
	if (r == 0)
		return 0;
	vk_store_rollback(e->store);
	vk_core_copy(e->core, e->saved);
	return r;
}

/* … and once more when it met a damaged page. */
static int run_mending(struct vk_engine *e, struct vk_job *job)
{
	int r = run_alone(e, job);

	return r == -EBADMSG && vk_mend(e) == 0 ? run_alone(e, job) : r;
}

static void note_store(struct vk_engine *e, struct vk_now now, int error)
{
	bool is_failed = error != 0;

	if (e->is_store_failed == is_failed)
		return;
	e->retry_mono_ms = now.mono_ms + RETRY_MS;
	e->is_store_failed = is_failed;
	if (is_failed)
		vk_log(VK_LOG_ERR, "store", "commit failed: %s; alerting goes on from memory",
		       strerror(-error));
	else
		vk_log(VK_LOG_NOTICE, "store", "writes again");
}

/* A technical alert of the engine's own, raised from memory where need be; NULL: healed. */
static void tell_fault(struct vk_engine *e, struct vk_now now, const char *rule, const char *reason)
{
	struct vk_job *job = vk_job_new(VK_JOB_FAULT, now);

	if (!job)
		return;
	job->fault.is_active = reason != NULL;
	job->fault.priority = VK_PRIORITY_MEDIUM;
	(void)vk_copy(job->fault.rule, sizeof job->fault.rule, rule);
	(void)vk_copy(job->fault.reason, sizeof job->fault.reason, reason ? reason : "healed");
	int r = e->is_store_failed ? -EROFS : run_mending(e, job);

	if (r == 0) {
		vk_job_free(job);
		return;
	}
	/* What waits is written when the store heals, so it has to be known that it does not. */
	note_store(e, now, r);
	vk_journal_job(e, job);
}

static void run_one(struct vk_engine *e, struct vk_job *job)
{
	int r = needs_no_store(job) ? vk_apply(e, job) : run_mending(e, job);

	if (r == 0 || needs_no_store(job)) {
		job->error = r;
		vk_engine_give_back(e, job);
		return;
	}
	struct vk_now now = job->now;

	note_store(e, now, r);
	if (can_be_journaled(job)) {
		vk_journal_job(e, job);
	} else {
		job->error = r;
		vk_engine_give_back(e, job);
	}
	if (e->is_failure_told)
		return;
	e->is_failure_told = true;
	tell_fault(e, now, "store-failed", "store-failed");
}

static void ring_for_answers(struct vk_engine *e)
{
	pthread_mutex_lock(&e->lock);
	bool is_due = e->out.head != NULL;

	pthread_mutex_unlock(&e->lock);
	if (is_due)
		vk_bell_ring(&e->bell);
}

/* A device waits for its answer, so that goes first; then come the relay's rows, and what else
 * follows from the group comes after. */
static void give_back_group(struct vk_engine *e, struct vk_job_queue *group)
{
	bool is_device_waiting = false;
	struct vk_job *job;

	while ((job = vk_job_queue_take(group))) {
		is_device_waiting |= job->type == VK_JOB_READING;
		vk_engine_give_back(e, job);
	}
	if (is_device_waiting)
		vk_bell_ring(&e->bell);
	if (e->news.has_outgoing)
		vk_standing_serve(e);
	ring_for_answers(e);
}

static void run_group(struct vk_engine *e, struct vk_job_queue *group)
{
	struct vk_now now = vk_clock_now_soon(e->clock, &e->sight);
	struct vk_job *job;
	int r = vk_store_begin(e->store);

	vk_core_copy(e->saved, e->core);
	if (r == 0)
		r = vk_group_apply(e, group, now.mono_ms);
	if (r == 0)
		r = keep_floor(e, now);
	if (r == 0)
		r = vk_group_commit(e);
	if (r == 0) {
		if (e->floor_written_ms == now.mono_ms)
			vk_traffic_kept(e);
		give_back_group(e, group);
		return;
	}
	vk_store_rollback(e->store);
	vk_core_copy(e->core, e->saved);
	e->floor_written_ms = 0;
	while ((job = vk_job_queue_take(group)))
		run_one(e, job);
}

/*
 * Something waits for the store: what comes now waits behind it. Written past it, a reading sent
 * again would count twice, and rows older than these would be laid over them afterwards.
 */
static void run_behind(struct vk_engine *e, struct vk_job_queue *group)
{
	struct vk_job *job;

	while ((job = vk_job_queue_take(group))) {
		if (needs_no_store(job)) {
			run_one(e, job);
		} else if (can_be_journaled(job)) {
			vk_journal_job(e, job);
		} else {
			job->error = -EROFS;
			vk_engine_give_back(e, job);
		}
	}
}

/* Tried when it is time, and before anything new is written: what waits goes first. */
static void heal(struct vk_engine *e, bool has_writes)
{
	struct vk_now now = vk_clock_now_soon(e->clock, &e->sight);

	if (!e->is_store_failed || (now.mono_ms < e->retry_mono_ms && !has_writes))
		return;
	e->retry_mono_ms = now.mono_ms + RETRY_MS;
	int r = vk_journal_heal(e);

	if (r == -EBADMSG && vk_mend(e) == 0)
		r = vk_journal_heal(e);
	if (r == -ESTALE) {
		vk_log(VK_LOG_ERR, "store", "the file is there again: a new start recovers it");
		(void)raise(SIGTERM);
		return;
	}
	if (r)
		return;
	note_store(e, now, 0);
	e->is_failure_told = false;
	tell_fault(e, now, "store-failed", NULL);
}

/* A wake of the loop's thread costs more than most of what it is told. */
static bool is_worth_telling(const struct vk_engine *e)
{
	const struct vk_news *n = &e->news;

	return n->has_outgoing || n->has_urgent || n->is_promise_changed || n->has_second ||
	       n->is_notices_changed || n->is_devices_changed || n->is_health_changed ||
	       n->n_outputs || n->is_store_failed != e->told.is_store_failed ||
	       n->next_mono_ms != e->told.next_mono_ms;
}

/* Under the lock. */
static void keep_news(struct vk_engine *e)
{
	if (e->has_news)
		vk_news_add(&e->news, &e->news_out);
	e->news_out = e->news;
	e->has_news = true;
	e->told.is_store_failed = e->news.is_store_failed;
	e->told.next_mono_ms = e->news.next_mono_ms;
}

static void tell_loop(struct vk_engine *e)
{
	struct vk_now now = vk_clock_now_soon(e->clock, &e->sight);

	if (e->news.has_outgoing)
		vk_standing_serve(e);
	e->news.is_store_failed = e->is_store_failed;
	e->news.next_mono_ms = vk_core_next_mono_ms(e->core, &now);
	if (e->is_store_failed && e->retry_mono_ms < e->news.next_mono_ms)
		e->news.next_mono_ms = e->retry_mono_ms;
	vk_promise_watch(e, now);
	bool is_due = is_worth_telling(e);

	pthread_mutex_lock(&e->lock);
	if (is_due)
		keep_news(e);
	is_due |= e->out.head != NULL;
	pthread_mutex_unlock(&e->lock);
	e->news = (struct vk_news){0};
	if (is_due)
		vk_bell_ring(&e->bell);
}

static bool has_work(const struct vk_engine *e)
{
	return e->in.head || e->first.head || (e->patient.head && e->is_patient_due);
}

/* What can wait goes with a commit that is made anyway: a sync only for it would keep the relay's
 * next rows waiting. */
static void take_patient(struct vk_engine *e, struct vk_job_queue *writes)
{
	struct vk_job *job;

	if (!writes->head && !e->is_patient_due)
		return;
	e->is_patient_due = false;
	while ((job = vk_job_queue_take(&e->patient)))
		vk_job_queue_put(writes, job);
}

/* Waits for work and splits it. False when it is time to end. */
static bool take_group(struct vk_engine *e, struct vk_job_queue *writes,
		       struct vk_job_queue *questions, struct vk_job_queue *fetches)
{
	struct vk_job *job;
	bool goes_on;

	pthread_mutex_lock(&e->lock);
	while (!has_work(e) && !e->is_stopping)
		pthread_cond_wait(&e->wake, &e->lock);
	goes_on = has_work(e);
	e->turned_mono_ms = vk_clock_mono_ms(e->clock);
	while ((job = vk_job_queue_take(&e->first)))
		vk_job_queue_put(fetches, job);
	for (int n = 0; n < GROUP_MAX && (job = vk_job_queue_take(&e->in)); n++)
		vk_job_queue_put(vk_job_is_question(job) ? questions : writes, job);
	take_patient(e, writes);
	pthread_mutex_unlock(&e->lock);
	return goes_on;
}

static bool is_idle(struct vk_engine *e)
{
	pthread_mutex_lock(&e->lock);
	bool is_idle = !has_work(e) && !e->is_stopping;

	pthread_mutex_unlock(&e->lock);
	return is_idle;
}

/* Messages that were given up are an alert until everything that is left has been delivered. */
static void tell_dropped(struct vk_engine *e, struct vk_now now)
{
	static const char rule[] = "outbox-dropped";
	struct vk_outbox_stats stats;
	int64_t n = 0;
	int r = vk_store_get_int(e->store, "messages_dropped", 0, &n);
	bool is_more = r == 0 && n > e->n_dropped;
	bool is_healed = r == 0 && !is_more && vk_fault_patient(e->core, rule) &&
			 vk_store_outbox_stats(e->store, &stats) == 0 && stats.depth == 0;

	if (r == 0)
		e->n_dropped = n;
	if (!is_more && !is_healed)
		return;
	tell_fault(e, now, rule, is_more ? rule : NULL);
	tell_loop(e);
}

/* Background work of the store, a slice at a time while nobody waits. Only a synced clock ages. */
static void keep_up(struct vk_engine *e, bool had_writes)
{
	struct vk_now now = vk_clock_now_soon(e->clock, &e->sight);
	int64_t utc_ms = now.quality == VK_CLOCK_SYNCED ? now.utc_ms : 0;

	int r;

	if (e->is_store_failed || (e->is_kept_up && !had_writes))
		return;
	do {
		r = vk_store_upkeep(e->store, utc_ms);
	} while (r > 0 && is_idle(e));
	e->is_kept_up = r == 0;
	if (r == -EBADMSG && vk_mend(e) == 0) {
		vk_mend_tell(e);
		tell_loop(e);
		return;
	}
	tell_dropped(e, now);
	if (r == -EBADMSG && !e->is_damage_told) {
		e->is_damage_told = true;
		vk_log(VK_LOG_ERR, "store", "the database is damaged; nothing is deleted any more");
		tell_fault(e, now, "store-damaged", "store-damaged");
	}
}

/* Once, behind the start event: the state must have caught up first. */
static void tell_staff(struct vk_engine *e)
{
	if (e->is_staff_told)
		return;
	e->is_staff_told = true;
	tell_fault(e, vk_clock_now_soon(e->clock, &e->sight), "staff-directory", e->staff_fault);
}

/* The proof that the engine turns is asked for every few seconds: between two of them is a pause.
 */
void vk_engine_rest(struct vk_engine *e)
{
	if (!e->has_written && !e->is_resting) {
		vk_store_rest(e->store);
		vk_heap_rest();
		vk_trim(); /* the loop's came before there was anything to give */
	}
	e->is_resting = !e->has_written;
	e->has_written = false;
}

/* The watch goes through much of the program each minute, and nobody waits for it: what it needed
 * is given back at once, without another wake. */
static void rest_behind_watch(struct vk_engine *e)
{
	if (e->has_watched)
		vk_trim();
	e->has_watched = false;
}

static void *engine_main(void *arg)
{
	struct vk_engine *e = arg;
	struct vk_job_queue writes, questions, fetches;

	vk_job_queue_init(&writes);
	vk_job_queue_init(&questions);
	vk_job_queue_init(&fetches);
	while (take_group(e, &writes, &questions, &fetches)) {
		bool had_writes = writes.head != NULL;

		vk_fetches_run(e, &fetches);
		e->has_written |= had_writes;
		heal(e, had_writes);
		if (had_writes && e->n_journal)
			run_behind(e, &writes);
		else if (had_writes)
			run_group(e, &writes);
		tell_staff(e);
		vk_questions_run(e, &questions);
		vk_mend_tell(e);
		tell_loop(e);
		keep_up(e, had_writes);
		rest_behind_watch(e);
	}
	vk_traffic_end(e);
	return NULL;
}

static void on_bell(void *user)
{
	vk_engine_hear(user);
}

static void engine_free(struct vk_engine *e)
{
	struct vk_job *job;

	vk_journal_free(e);
	vk_job_free(e->standing);
	while ((job = vk_job_queue_take(&e->in)))
		vk_job_free(job);
	while ((job = vk_job_queue_take(&e->first)))
		vk_job_free(job);
	while ((job = vk_job_queue_take(&e->patient)))
		vk_job_free(job);
	while ((job = vk_job_queue_take(&e->out)))
		vk_job_free(job);
	vk_store_close(e->store);
	vk_engine_forget(e);
	vk_fhir_forget(&e->said);
	free(e->promise);
	pthread_mutex_destroy(&e->lock);
	pthread_cond_destroy(&e->wake);
	free(e->core);
	free(e->saved);
	free(e);
}

static struct vk_engine *engine_new(const struct vk_config *config, struct vk_clock *clock,
				    const struct vk_engine_handler *handler)
{
	struct vk_engine *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->core = calloc(1, sizeof *e->core);
	e->saved = calloc(1, sizeof *e->saved);
	e->config = config;
	e->clock = clock;
	e->handler = *handler;
	e->journal_tail = &e->journal;
	e->loose_tail = &e->loose;
	e->deferred_tail = &e->deferred;
	e->next_loose_seq = -1;
	vk_job_queue_init(&e->in);
	vk_job_queue_init(&e->first);
	vk_job_queue_init(&e->patient);
	vk_job_queue_init(&e->out);
	(void)pthread_mutex_init(&e->lock, NULL);
	(void)pthread_cond_init(&e->wake, NULL);
	if (e->core && e->saved)
		return e;
	engine_free(e);
	return NULL;
}

int vk_engine_start(const struct vk_config *config, struct vk_clock *clock, uv_loop_t *loop,
		    const struct vk_engine_handler *handler, struct vk_engine **ret_engine)
{
	struct vk_engine *e = engine_new(config, clock, handler);
	int r = e ? vk_engine_open_store(e) : -ENOMEM;

	if (r == 0)
		r = vk_engine_restore_mending(e);
	if (r == 0)
		r = vk_bell_init(&e->bell, loop, on_bell, e);
	if (r == 0)
		e->turned_mono_ms = vk_clock_mono_ms(clock);
	if (r == 0)
		r = -pthread_create(&e->thread, NULL, engine_main, e);
	if (r) {
		vk_log(VK_LOG_ERR, "engine", "cannot start: %s", strerror(-r));
		if (e)
			engine_free(e);
		return r;
	}
	*ret_engine = e;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	engine_free(handle->data);
}

void vk_engine_stop(struct vk_engine *e)
{
	pthread_mutex_lock(&e->lock);
	e->is_stopping = true;
	e->is_patient_due = true;
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
	(void)pthread_join(e->thread, NULL);
	vk_bell_close(&e->bell, on_closed);
}
