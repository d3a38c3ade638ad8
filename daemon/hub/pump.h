/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox pump: keeps the relay's window full while the link is up, takes a row out of the
 * outbox only when the relay says it is settled, and starts again from the first unsettled row
 * whenever the link comes back. Where the care service's receipt is what settles, a PUBACK only
 * makes room in the window, and the row waits for its receipt (await.h). Loop thread; no state that
 * a restart needs.
 */
#ifndef VAKA_HUB_PUMP_H
#define VAKA_HUB_PUMP_H

#include <jansson.h>

#include "hub/await.h"
#include "hub/engine.h"
#include "hub/pace.h"

/* Room for what is urgent is kept when everything else has filled its own. */
enum { VK_PUMP_URGENT = 16, VK_PUMP_WINDOW = VK_PACE_MOST + VK_PUMP_URGENT };
/* So long, and for so many others, an acknowledged row waits for a commit that is made anyway. */
enum { VK_PUMP_SETTLE_MS = 100, VK_PUMP_LEAVING = VK_PACE_MOST / 2 };

/* A refusal that need not last: so long until the next try, longer each time, and how often. */
enum { VK_PUMP_REFUSED_MS = 5000, VK_PUMP_REFUSED_MOST_MS = 600000, VK_PUMP_TRIES = 5 };
enum { VK_PUMP_REFUSALS = 16 }; /* that are kept in mind */

struct vk_refusal {
	int64_t seq;
	int32_t tries;
};

struct vk_flying {
	int64_t seq;     /* of a row that the relay holds */
	int64_t sent_ms; /* monotonic */
	bool is_urgent;
	bool is_awaited; /* its receipt is, not its PUBACK */
};

struct vk_pump {
	struct vk_engine *engine; /* borrowed */
	struct vk_clock *clock;   /* borrowed */
	struct vk_clock_sight sight;
	struct vk_direct *direct; /* borrowed; NULL: everything goes by send */
	/* Hands one message to the relay; -EMSGSIZE: none can hold it, other < 0: not now. */
	int (*send)(const struct vk_message *message, void *user);
	/* Rows are missing at the care service, or no longer. */
	void (*tell_missing)(bool is_missing, void *user);
	void *user;
	bool is_up;
	bool is_fetching;
	bool is_stale;  /* a message in memory was settled since: what is fetched may hold it */
	bool has_more;  /* something may wait beyond the cursors */
	bool has_news;  /* … and it may be urgent */
	bool is_at_end; /* nothing does, as far as we know: who asks can wait for it */
	uint32_t epoch; /* of the link: answers of an older one are void */
	int64_t after_seq, after_urgent_seq;
	int n_flying, first_flying; /* flying[first_flying] is the oldest */
	struct vk_flying flying[VK_PUMP_WINDOW];
	int64_t newest_seq; /* handed out over this link */
	int n_leaving;      /* rows that were acknowledged and are in the outbox still */
	struct vk_pace pace;
	struct vk_await await;
	uv_timer_t overdue; /* runs while something waits for its receipt */
	uv_timer_t late;    /* runs while rows wait to leave with the next commit */
	bool is_asking;     /* rows to be sent again are being fetched */
	uv_timer_t refused; /* runs while a row waits that the broker did not take */
	int64_t refused_ms; /* how long it runs next */
	int n_refusals;     /* in all; the latest VK_PUMP_REFUSALS are in the list */
	struct vk_refusal refusals[VK_PUMP_REFUSALS];
	bool is_missing_told, is_missing;
	struct vk_job *settling; /* rows that were acknowledged since the last flush, owned */
	bool is_acked;           /* … any of them, or of another message */
	int64_t settled_utc_ms;  /* last PUBACK, 0 never */
};

/* After engine, clock, callbacks and user are set. */
void vk_pump_start(struct vk_pump *pump, uv_loop_t *loop, const struct vk_await_policy *policy);
void vk_pump_stop(struct vk_pump *pump);
/* What settles from now on; everything that is unsettled is sent once more. */
void vk_pump_policy(struct vk_pump *pump, const struct vk_await_policy *policy);
void vk_pump_link(struct vk_pump *pump, bool is_up);
bool vk_pump_has_urgent(const struct vk_pump *pump); /* … on its way */
void vk_pump_wake(struct vk_pump *pump);             /* the outbox grew */
/* A FETCH came back: its rows are handed out. Then, once they are on their way, vk_pump_ask(). */
void vk_pump_fetched(struct vk_pump *pump, struct vk_job *job);
void vk_pump_ask(struct vk_pump *pump); /* for the next rows, where there is room */
void vk_pump_left(struct vk_pump *pump, const struct vk_job *job); /* a SETTLE came back */
/* Any number of these and of receipts, then one vk_pump_flush(). */
void vk_pump_settled(struct vk_pump *pump, int64_t seq, int32_t reason);
void vk_pump_flush(struct vk_pump *pump);
/* A receipt names this id; rev -1: without a revision. */
void vk_pump_receipt(struct vk_pump *pump, const char *id, int32_t rev);
void vk_pump_unsent(struct vk_pump *pump, int64_t seq);
void vk_pump_poison(struct vk_pump *pump, int64_t seq, int32_t code);

#endif
