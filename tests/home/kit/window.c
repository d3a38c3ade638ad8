/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One round of advertising: it opens when the person has measured, closes when everything was
 * delivered and the link is down, or when its time is over and nobody is connected. What was sent
 * meanwhile, and what of it was confirmed, is the answer to the one who asked for the measurement.
 */
#include <inttypes.h>

#include "device.h"
#include "util.h"

void vk_window_next_round(struct vk_device *d)
{
	if (!d->state.keep || !d->window.rounds)
		return;
	d->window.rounds--;
	for (unsigned i = 0; i < d->store.count; i++)
		d->store.reading[i].again = true;
}

void vk_window_open(struct vk_device *d, int64_t duration_ms)
{
	struct vk_window *w = &d->window;
	int64_t end = vk_mono_ms() + duration_ms;

	if (!w->open) {
		*w = (struct vk_window){
			.open = true, .end_ms = end, .rounds = d->rounds ? d->rounds : 1};
		vk_window_next_round(d);
		vk_log(d->config.name, "window open %lld ms", (long long)duration_ms);
	}
	if (end > w->end_ms)
		w->end_ms = end;
	if (!d->config.kind->records)
		vk_window_note_waiting(d);
}

void vk_window_close(struct vk_device *d)
{
	d->window.open = false;
	vk_log(d->config.name, "window closed, delivered %u", vk_window_delivered(d));
	vk_control_window_closed(d);
}

static struct vk_result *result_of(struct vk_window *w, const struct vk_reading *r)
{
	struct vk_result *x;

	for (unsigned i = w->count; i > 0; i--) {
		if (w->result[i - 1].id == r->id)
			return &w->result[i - 1];
	}
	if (w->count == VK_RESULT_MAX)
		return NULL;
	x = &w->result[w->count++];
	*x = (struct vk_result){.id = r->id, .value = r->value};
	return x;
}

void vk_window_note_waiting(struct vk_device *d)
{
	for (unsigned i = 0; i < d->store.count; i++) {
		if (!d->store.reading[i].done || d->store.reading[i].again)
			result_of(&d->window, &d->store.reading[i]);
	}
}

void vk_window_note(struct vk_device *d, const struct vk_reading *r, bool confirmed, int64_t at_ms)
{
	struct vk_result *x = d->window.open ? result_of(&d->window, r) : NULL;

	if (!x)
		return;
	if (at_ms)
		x->value = r->said;
	x->sent = x->sent || at_ms != 0;
	x->confirmed = x->confirmed || confirmed;
	if (at_ms && !confirmed)
		x->sent_ms = at_ms;
	x->at_ms = at_ms;
}

void vk_window_note_value(struct vk_device *d, const struct vk_value *v)
{
	struct vk_window *w = &d->window;

	if (w->open && w->count < VK_RESULT_MAX)
		w->result[w->count++] =
			(struct vk_result){.value = *v, .sent = true, .at_ms = vk_real_ms()};
}

bool vk_window_finished(const struct vk_device *d, int64_t now)
{
	const struct vk_window *w = &d->window;
	bool delivered = d->config.kind->beacon ? false
			 : d->config.kind->records
				 ? w->complete
				 : vk_device_waiting(d) == 0 && (w->count || w->linked);

	if (d->session.linked || d->session.fd >= 0)
		return false;
	return now >= w->end_ms || (delivered && d->stream.end_ms == 0);
}

unsigned vk_window_delivered(const struct vk_device *d)
{
	const struct vk_window *w = &d->window;
	unsigned n = 0;

	/* Values without an id are notifications: to have been sent is all that can be known of
	 * them. */
	for (unsigned i = 0; i < w->count; i++)
		n += w->result[i].confirmed || (w->result[i].id == 0 && w->result[i].sent);
	return n;
}

static void time_or_null(int64_t at_ms, FILE *out)
{
	if (at_ms)
		fprintf(out, "%" PRId64, at_ms);
	else
		fputs("null", out);
}

void vk_window_json(const struct vk_device *d, FILE *out)
{
	const struct vk_window *w = &d->window;

	fputs("{\"sent\":[", out);
	for (unsigned i = 0; i < w->count; i++) {
		const struct vk_result *x = &w->result[i];
		char hex[2 * VK_VALUE_MAX + 1];

		vk_hex_encode(x->value.byte, x->value.len, hex);
		fprintf(out, "%s{\"hex\":\"%s\",\"confirmed\":%s,\"at\":", i ? "," : "", hex,
			x->confirmed ? "true" : "false");
		time_or_null(x->at_ms, out);
		fputs(",\"indicated\":", out);
		time_or_null(x->sent_ms, out);
		fputs("}", out);
	}
	fprintf(out, "],\"delivered\":%u,\"advertised\":", vk_window_delivered(d));
	time_or_null(w->advertised_ms, out);
	fputs("}", out);
}
