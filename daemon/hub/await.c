/* SPDX-License-Identifier: Apache-2.0 */
/* One list in order of sending. Acknowledgements come near its end, receipts near its start. */
#include "hub/await.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { FIRST_ROOM = 16 };

void vk_await_done(struct vk_await *a)
{
	free(a->list);
	*a = (struct vk_await){0};
}

void vk_await_init(struct vk_await *a, const struct vk_await_policy *policy)
{
	vk_await_done(a);
	a->policy = *policy;
}

int vk_await_room(const struct vk_await *a)
{
	int n = a->n - a->n_gone;

	return n < VK_AWAIT_MAX ? VK_AWAIT_MAX - n : 0;
}

static struct vk_awaited *find(const struct vk_await *a, int64_t seq)
{
	if (seq > a->top_seq)
		return NULL;
	for (int i = a->n - 1; i >= 0; i--)
		if (a->list[i].seq == seq)
			return &a->list[i];
	return NULL;
}

bool vk_await_holds(const struct vk_await *a, int64_t seq)
{
	const struct vk_awaited *e = find(a, seq);

	return e && e->is_acked;
}

static void sweep(struct vk_await *a)
{
	int n = 0;

	for (int i = 0; i < a->n; i++)
		if (a->list[i].seq)
			a->list[n++] = a->list[i];
	a->n = n;
	a->n_gone = 0;
}

static int make_room(struct vk_await *a)
{
	int most = VK_AWAIT_MAX + VK_AWAIT_URGENT, room = a->room ? a->room * 2 : FIRST_ROOM;

	if (a->n == a->room && a->n_gone)
		sweep(a);
	if (a->n < a->room)
		return 0;
	if (a->n == most)
		return -ENOSPC;
	if (room > most)
		room = most;
	struct vk_awaited *list = realloc(a->list, (size_t)room * sizeof *list);

	if (!list)
		return -ENOMEM;
	a->list = list;
	a->room = room;
	return 0;
}

/* After as many tries as the policy has, longer and longer. */
static int64_t wait_ms(const struct vk_await *a, int32_t tries)
{
	int64_t ms = a->policy.within_ms;

	while (tries-- > a->policy.tries && ms < VK_AWAIT_REST_MS)
		ms *= 2;
	return ms < VK_AWAIT_REST_MS || ms == a->policy.within_ms ? ms : VK_AWAIT_REST_MS;
}

int vk_await_sent(struct vk_await *a, int64_t seq, const char *id, int32_t rev, int64_t now_ms)
{
	struct vk_awaited *e = find(a, seq);

	if (!e) {
		int r = make_room(a);

		if (r)
			return r;
		e = &a->list[a->n++];
		*e = (struct vk_awaited){.seq = seq, .rev = rev, .is_acked = true};
		(void)vk_copy(e->id, sizeof e->id, id);
		if (seq > a->top_seq)
			a->top_seq = seq;
	}
	/* What never reached the broker was no try. */
	e->tries += e->is_acked;
	e->is_acked = false;
	e->sent_ms = now_ms;
	e->due_ms = now_ms + wait_ms(a, e->tries);
	return 0;
}

void vk_await_acked(struct vk_await *a, int64_t seq, int64_t now_ms)
{
	struct vk_awaited *e = find(a, seq);

	if (!e)
		return;
	e->is_acked = true;
	e->due_ms = now_ms + wait_ms(a, e->tries);
}

/* Moved together once half of them have left. */
static void leave(struct vk_await *a, struct vk_awaited *e)
{
	a->n_missing -= e->is_missing;
	*e = (struct vk_awaited){.due_ms = VK_NEVER};
	if (++a->n_gone * 2 > a->n)
		sweep(a);
}

void vk_await_drop(struct vk_await *a, int64_t seq)
{
	struct vk_awaited *e = find(a, seq);

	if (e)
		leave(a, e);
}

static void put_off(struct vk_await *a, int64_t now_ms)
{
	int64_t least_ms = now_ms + a->policy.within_ms;

	for (int i = 0; i < a->n; i++)
		if (a->list[i].due_ms < least_ms)
			a->list[i].due_ms = least_ms;
}

void vk_await_link(struct vk_await *a, int64_t now_ms)
{
	put_off(a, now_ms);
}

/* A service that was silent has much to say: what it has stored is not sent again meanwhile. */
static void hear(struct vk_await *a, int64_t now_ms)
{
	if (now_ms - a->heard_ms > a->policy.within_ms)
		put_off(a, now_ms);
	a->heard_ms = now_ms;
}

int64_t vk_await_receipt(struct vk_await *a, const char *id, int32_t rev, int64_t now_ms)
{
	for (int i = 0; i < a->n; i++) {
		struct vk_awaited *e = &a->list[i];

		if (strcmp(e->id, id) != 0 || (rev >= 0 && e->rev > rev))
			continue;
		int64_t seq = e->seq;

		leave(a, e);
		hear(a, now_ms);
		return seq;
	}
	return 0;
}

int32_t vk_await_oldest(const struct vk_await *a, const char *id, int before)
{
	for (int i = 0; i < a->n; i++)
		if (a->list[i].seq && strcmp(a->list[i].id, id) == 0 && before-- == 0)
			return a->list[i].rev;
	return -1;
}

static bool may_go(const struct vk_await *a, const struct vk_awaited *e, bool is_oldest)
{
	return is_oldest || e->tries < a->policy.tries || a->heard_ms > e->sent_ms;
}

int vk_await_due(struct vk_await *a, int64_t now_ms, int64_t *ret_seqs, int max)
{
	bool is_oldest = true;
	int n = 0;

	for (int i = 0; i < a->n && n < max; i++) {
		struct vk_awaited *e = &a->list[i];
		bool may = e->seq && may_go(a, e, is_oldest);

		is_oldest &= !e->seq;
		if (e->due_ms > now_ms)
			continue;
		if (e->tries >= a->policy.tries && !e->is_missing) {
			e->is_missing = true;
			a->n_missing++;
		}
		e->due_ms = now_ms + a->policy.within_ms;
		if (may)
			ret_seqs[n++] = e->seq;
	}
	return n;
}

int64_t vk_await_next_ms(const struct vk_await *a)
{
	int64_t next = VK_NEVER;

	for (int i = 0; i < a->n; i++)
		if (a->list[i].due_ms < next)
			next = a->list[i].due_ms;
	return next;
}
