/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on its way to the broker and not acknowledged, in the order it was sent; and the poison
 * guard. Some brokers answer a publish they forbid by closing the connection without a word: a
 * message after which the link was cut three times in a row is named, so that the hub can put it
 * aside and the others get through. A plain value without pointers.
 */
#ifndef VAKA_MQTT_WINDOW_H
#define VAKA_MQTT_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum { VK_WINDOW_MAX = 1024, VK_POISON_CUTS = 3, VK_POISON_AFTER_MS = 2000 };

struct vk_sent {
	int mid;         /* the client library's number */
	int64_t n;       /* the hub's number */
	int64_t sent_ms; /* monotonic */
};

struct vk_window {
	int count, first; /* sent[first] is the oldest */
	struct vk_sent sent[VK_WINDOW_MAX];
	bool has_suspect;
	int64_t suspect; /* n of the message that was oldest at the last cut */
	int cuts;        /* how often in a row */
};

/* 0, or -ENOBUFS when VK_WINDOW_MAX are on their way. */
int vk_window_add(struct vk_window *w, int mid, int64_t n, int64_t now_ms);

/* Takes an acknowledged message out. false: nobody waits for that mid. */
bool vk_window_settle(struct vk_window *w, int mid, int64_t *ret_n);

/*
 * The link was cut. True when the oldest message is poison: *ret_n is its number, and its cuts are
 * forgotten. The window keeps its messages; empty it with vk_window_clear().
 */
bool vk_window_cut(struct vk_window *w, int64_t now_ms, int64_t *ret_n);

void vk_window_clear(struct vk_window *w); /* keeps the suspicion */

#endif
