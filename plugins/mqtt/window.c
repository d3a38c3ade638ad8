/* SPDX-License-Identifier: Apache-2.0 */
/* A short array, oldest first: acknowledgements come nearly in order. */
#include "mqtt/window.h"

#include <errno.h>
#include <string.h>

int vk_window_add(struct vk_window *w, int mid, int64_t n, int64_t now_ms)
{
	if (w->count == VK_WINDOW_MAX)
		return -ENOBUFS;
	w->sent[w->count++] = (struct vk_sent){.mid = mid, .n = n, .sent_ms = now_ms};
	return 0;
}

static void forget_suspect(struct vk_window *w)
{
	w->has_suspect = false;
	w->cuts = 0;
}

bool vk_window_settle(struct vk_window *w, int mid, int64_t *ret_n)
{
	for (int i = 0; i < w->count; i++) {
		if (w->sent[i].mid != mid)
			continue;
		*ret_n = w->sent[i].n;
		w->count--;
		memmove(&w->sent[i], &w->sent[i + 1], (size_t)(w->count - i) * sizeof *w->sent);
		if (w->has_suspect && w->suspect == *ret_n)
			forget_suspect(w);
		return true;
	}
	return false;
}

bool vk_window_cut(struct vk_window *w, int64_t now_ms, int64_t *ret_n)
{
	const struct vk_sent *oldest = &w->sent[0];

	if (w->count == 0)
		return false;
	if (now_ms - oldest->sent_ms > VK_POISON_AFTER_MS) {
		forget_suspect(w);
		return false;
	}
	if (!w->has_suspect || w->suspect != oldest->n) {
		w->has_suspect = true;
		w->suspect = oldest->n;
		w->cuts = 0;
	}
	if (++w->cuts < VK_POISON_CUTS)
		return false;
	*ret_n = oldest->n;
	forget_suspect(w);
	return true;
}

void vk_window_clear(struct vk_window *w)
{
	w->count = 0;
}
