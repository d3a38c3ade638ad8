/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that the broker took and the care service has not confirmed: where a PUBACK is not enough
 * (settled_by: receipt), each waits here for its id and revision in a receipt. What is not
 * confirmed in time is sent again, the same id and revision; after so many times it counts as
 * missing, which is a fault until the receipt comes. While nothing at all is heard of the service
 * only the oldest of the missing is sent again, so that a service that is away for a day does not
 * come back to a hundred copies of everything; once it is heard, the others have their turn.
 *
 * Nothing here outlives the process: after a start every row of the outbox is sent again, and its
 * receipt comes again.
 *
 * A plain value but for its list; time comes in, monotonic milliseconds. Thread: its owner's.
 */
#ifndef VAKA_HUB_AWAIT_H
#define VAKA_HUB_AWAIT_H

#include <stdbool.h>

#include "core/core.h"

enum {
	VK_AWAIT_MAX = 1024,   /* beyond it ordinary rows stay in the outbox */
	VK_AWAIT_URGENT = 128, /* … and this many places more are for urgent ones */
	VK_AWAIT_REST_MS = 3600000,
};

struct vk_await_policy {
	int64_t within_ms; /* for a receipt, after each sending; 0: none is waited for */
	int32_t tries;     /* sendings before it counts as missing, from 1 */
};

struct vk_awaited {
	int64_t seq; /* of the outbox row; 0: has left, and is not swept yet */
	int64_t sent_ms, due_ms;
	int32_t rev;
	int32_t tries;
	bool is_acked;   /* the broker has it */
	bool is_missing; /* as often as the policy says, in vain */
	char id[VK_ID_TEXT];
};

struct vk_await {
	struct vk_await_policy policy;
	int n, n_gone, n_missing;
	int64_t heard_ms; /* last receipt that settled something */
	int64_t top_seq;  /* highest that was ever added */
	int room;
	struct vk_awaited *list; /* owned, in order of the first sending; NULL until it is needed */
};

/* A new policy forgets what waited. */
void vk_await_init(struct vk_await *a, const struct vk_await_policy *policy);
void vk_await_done(struct vk_await *a);

/* How many more ordinary rows may wait. */
int vk_await_room(const struct vk_await *a);

/* The broker has this row, and its time runs: it is not to be sent. */
bool vk_await_holds(const struct vk_await *a, int64_t seq);

/* It was handed to the relay, for the first time or again. -ENOSPC, -ENOMEM: not kept in mind, so
 * it is settled after the next connection only. */
int vk_await_sent(struct vk_await *a, int64_t seq, const char *id, int32_t rev, int64_t now_ms);

/* PUBACK. */
void vk_await_acked(struct vk_await *a, int64_t seq, int64_t now_ms);

/* The row has left the outbox by another way: set aside, given up. */
void vk_await_drop(struct vk_await *a, int64_t seq);

/* A new connection: receipts may have waited at the broker, so nothing is late before they have
 * come. */
void vk_await_link(struct vk_await *a, int64_t now_ms);

/*
 * A receipt names an id. rev: up to which revision it is stored, to be called until there is no
 * row left; -1, it does not say: then it speaks for the one that was sent first, once. The row it
 * settles, or 0.
 */
int64_t vk_await_receipt(struct vk_await *a, const char *id, int32_t rev, int64_t now_ms);

/* Which revision a receipt that does not say would speak for, so many of the id before it; -1:
 * none waits. */
int32_t vk_await_oldest(const struct vk_await *a, const char *id, int before);

/* Rows to send again now, at most max; counts what has gone missing. */
int vk_await_due(struct vk_await *a, int64_t now_ms, int64_t *ret_seqs, int max);

/* When vk_await_due() is to be asked next; VK_NEVER when nothing waits. */
int64_t vk_await_next_ms(const struct vk_await *a);

#endif
