/* SPDX-License-Identifier: Apache-2.0 */
/* A line that moves through an array, oldest first: acknowledgements come nearly in order. */
#include "mqtt/window.h"

#include <errno.h>
#include <string.h>

int vk_window_add(struct vk_window *w, int mid, int64_t n, int64_t now_ms)
{
	if (w->count == VK_WINDOW_MAX)
		return -ENOBUFS;
	if (w->first + w->count == VK_WINDOW_MAX) {
		memmove(w->sent, w->sent + w->first, (size_t)w->count * sizeof *w->sent);
		w->first = 0;
	}
	w->sent[w->first + w->count++] = (struct vk_sent){.mid = mid, .n = n, .sent_ms = now_ms};
	return 0;
}

static void forget_suspect(struct vk_window *w)
{
	w->has_suspect = false;
	w->cuts = 0;
}

static void be_bold(struct vk_window *w)
{
	w->quick = w->careful = 0;
}

bool vk_window_is_careful(const struct vk_window *w)
{
	return w->careful > 0 && w->count > 0;
}

bool vk_window_settle(struct vk_window *w, int mid, int64_t *ret_n)
{
	struct vk_sent *oldest = w->sent + w->first;

	for (int i = 0; i < w->count; i++) {
		if (oldest[i].mid != mid)
			continue;
		*ret_n = oldest[i].n;
		memmove(oldest + 1, oldest, (size_t)i * sizeof *oldest);
		w->first++;
		w->count--;
		if (w->has_suspect && w->suspect == *ret_n)
			forget_suspect(w);
		if (w->careful > 0 && --w->careful == 0)
			be_bold(w);
		return true;
	}
	return false;
}

bool vk_window_cut(struct vk_window *w, int64_t now_ms, int64_t *ret_n)
{
	const struct vk_sent *oldest = &w->sent[w->first];

	if (w->count == 0)
		return false;
	if (now_ms - oldest->sent_ms > VK_POISON_AFTER_MS) {
		forget_suspect(w);
		be_bold(w);
		return false;
	}
	if (++w->quick >= VK_CAREFUL_CUTS)
		w->careful = w->count + VK_CAREFUL_MORE;
	if (!w->has_suspect || w->suspect != oldest->n) {
		w->has_suspect = true;
		w->suspect = oldest->n;
		w->cuts = 0;
	}
	if (++w->cuts < VK_POISON_CUTS || w->count > 1)
		return false;
	*ret_n = oldest->n;
	forget_suspect(w);
	be_bold(w);
	return true;
}

void vk_window_clear(struct vk_window *w)
{
	w->count = w->first = 0;
}
