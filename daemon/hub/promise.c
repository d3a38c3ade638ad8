/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promise as a document, and when it has become another: after each group that could have
 * changed it, but no more than twice a second. The sign of life moves on with each sending and is
 * no change; nor are the milliseconds between the two clocks.
 */
#include "core/promise.h"

#include <errno.h>
#include <string.h>

#include "hub/engine_priv.h"

enum { AGAIN_MS = 500, SAME_MS = 2000 };

static bool is_same(const struct vk_expected *a, const struct vk_expected *b)
{
	int64_t apart_ms = a->due_utc_ms - b->due_utc_ms;

	if (a->kind != b->kind || strcmp(a->patient, b->patient) != 0 || strcmp(a->id, b->id) != 0)
		return false;
	return a->kind == VK_EXPECTED_HEARTBEAT || (apart_ms < SAME_MS && apart_ms > -SAME_MS);
}

/* The sign of life stands where its time puts it, so it is left out of the comparison. */
static int next_of(const struct vk_promise *p, int i)
{
	while (i < p->n && p->list[i].kind == VK_EXPECTED_HEARTBEAT)
		i++;
	return i;
}

static bool is_changed(const struct vk_promise *a, const struct vk_promise *b)
{
	int i = next_of(a, 0), k = next_of(b, 0);

	while (i < a->n && k < b->n && is_same(&a->list[i], &b->list[k])) {
		i = next_of(a, i + 1);
		k = next_of(b, k + 1);
	}
	return i < a->n || k < b->n;
}

void vk_promise_watch(struct vk_engine *e, struct vk_now now)
{
	struct vk_promise *next;

	if (!e->is_promise_due)
		return;
	if (now.mono_ms < e->promise_mono_ms + AGAIN_MS) {
		if (e->promise_mono_ms + AGAIN_MS < e->news.next_mono_ms)
			e->news.next_mono_ms = e->promise_mono_ms + AGAIN_MS;
		return;
	}
	next = calloc(1, sizeof *next);
	if (!next)
		return;
	vk_core_promise(e->core, &now, next);
	e->is_promise_due = false;
	e->promise_mono_ms = now.mono_ms;
	e->news.is_promise_changed = !e->promise || is_changed(e->promise, next);
	free(e->promise);
	e->promise = next;
}

static void time_member(struct vk_json *j, const char *key, int64_t utc_ms,
			const struct vk_zone *zone)
{
	char text[VK_RFC3339_TEXT];

	vk_rfc3339_format(text, (utc_ms + 999) / 1000 * 1000, zone);
	vk_json_str(j, key, text);
}

static void write_expected(const struct vk_engine *e, struct vk_json *j,
			   const struct vk_expected *x)
{
	bool is_heartbeat = x->kind == VK_EXPECTED_HEARTBEAT;

	vk_json_open(j, NULL, '{');
	vk_json_str(j, "kind", vk_expected_kind_text(x->kind));
	vk_json_str(j, "patient", x->patient[0] ? x->patient : NULL);
	vk_json_str(j, "id", is_heartbeat ? e->config->hub : x->id);
	time_member(j, "due", x->due_utc_ms, vk_engine_zone(e, x->patient));
	vk_json_int(j, "grace_s", x->grace_s);
	vk_json_close(j, '}');
}

int vk_promise_json(struct vk_engine *e, struct vk_json *j, struct vk_now now)
{
	vk_auto(vk_freep) struct vk_promise *p = calloc(1, sizeof *p);

	if (!p)
		return -ENOMEM;
	vk_core_promise(e->core, &now, p);
	vk_json_open(j, NULL, '{');
	time_member(j, "until", p->until_utc_ms, &e->config->zone);
	vk_json_open(j, "expects", '[');
	for (int i = 0; i < p->n; i++)
		if (!vk_engine_is_local(e, p->list[i].patient))
			write_expected(e, j, &p->list[i]);
	vk_json_close(j, ']');
	vk_json_close(j, '}');
	return 0;
}
