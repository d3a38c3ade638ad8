/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine thread: takes what came in while the last commit was syncing, lets the core decide on
 * each event, and writes event, new state and outgoing messages in one transaction. Only after the
 * commit does anybody learn of it.
 *
 * When a commit fails, the group is tried again event by event; what still fails goes to a bounded
 * journal in memory: its messages leave at once, marked stored:false, its confirmation waits until
 * the database takes it (design §6).
 */
#ifndef VAKA_HUB_ENGINE_H
#define VAKA_HUB_ENGINE_H

#include <uv.h>

#include "hub/clock.h"
#include "hub/config.h"
#include "hub/direct.h"
#include "hub/job.h"

struct vk_engine;

enum { VK_NEWS_OUTPUTS = 16, VK_NEWS_DEVICES = 8 };

/* What the loop must do after a group, besides answering its jobs. */
struct vk_news {
	bool has_outgoing;       /* the outbox grew */
	bool has_urgent;         /* … by what cannot wait for a long back-off */
	bool is_store_failed;    /* state after this group */
	bool is_promise_changed; /* what the hub has promised is something else now */
	bool has_second;         /* an alert waits for the second path */
	bool is_notices_changed; /* what the patient is shown is something else now */
	bool is_devices_changed; /* the collector's list must go out again */
	bool is_health_changed;  /* a fault came or went */
	int64_t next_mono_ms;    /* next timer of the core; VK_NEVER */
	int n_outputs;
	struct {
		char line[VK_ID_TEXT];
		int32_t value;
	} outputs[VK_NEWS_OUTPUTS];
};

/* What the line shall be from now on; a later word takes the place of an earlier one. */
void vk_news_output(struct vk_news *news, const char *line, int32_t value);
/* Adds what the loop has not seen yet; news is the later of the two. */
void vk_news_add(struct vk_news *news, const struct vk_news *unseen);

/* Called on the loop thread: each job that is awaited, with its result (still owned by the engine),
 * then the news. */
struct vk_engine_handler {
	void (*on_job)(struct vk_job *job, void *user);
	void (*on_news)(const struct vk_news *news, void *user);
	struct vk_direct *direct; /* borrowed, of both threads; NULL: rows go through the loop */
	void *user;
};

/*
 * Opens the store, restores the state, loads the plans and starts the thread. config and clock are
 * borrowed until vk_engine_stop(). The monotonic line is continued from the store before anything
 * is decided. 0 or negative errno (logged).
 */
int vk_engine_start(const struct vk_config *config, struct vk_clock *clock, uv_loop_t *loop,
		    const struct vk_engine_handler *handler, struct vk_engine **ret_engine);

/* Hands a job over (takes it). Loop thread. -EAGAIN when the queue is full: job is freed. */
int vk_engine_submit(struct vk_engine *engine, struct vk_job *job);

/* The same, but for what may wait for company: it goes with the next job that comes, or at
 * vk_engine_wake(). */
int vk_engine_submit_patient(struct vk_engine *engine, struct vk_job *job);
void vk_engine_wake(struct vk_engine *engine);

/* What nobody waits for yet, a question as FETCH: the engine sees it when it wakes for something
 * else, or at vk_engine_look(). Otherwise as vk_engine_submit(). */
int vk_engine_submit_next(struct vk_engine *engine, struct vk_job *job);
void vk_engine_look(struct vk_engine *engine);

/* What the engine has given back is handled now, and not when its bell is heard. Loop thread. */
void vk_engine_hear(struct vk_engine *engine);

/* When the engine last took what there was to do: put VK_JOB_NOTHING before, for a proof that it
 * still turns. Nobody is woken by the answer. Loop thread. */
int64_t vk_engine_turned_mono_ms(struct vk_engine *engine);

/* Ends the thread after the jobs that wait, closes the store. Loop thread; frees in on_closed. */
void vk_engine_stop(struct vk_engine *engine);

#endif
