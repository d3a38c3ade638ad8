/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on its way to the broker and not acknowledged, in the order it was sent; and the poison
 * guard. Some brokers answer a publish they forbid by closing the connection without a word, and
 * may not have acknowledged what came before it: so after two such cuts in a row messages go one at
 * a time until those that can have been the cause are acknowledged. One that was cut off three
 * times in a row, the last time alone, is named, so that the hub can put it aside and the others
 * get through. A plain value without pointers.
 */
#ifndef VAKA_MQTT_WINDOW_H
#define VAKA_MQTT_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum {
	VK_WINDOW_MAX = 1024,
	VK_POISON_CUTS = 3,
	VK_POISON_AFTER_MS = 2000, /* a cut later than that has another cause */
	VK_CAREFUL_CUTS = 2,
	VK_CAREFUL_MORE = 32, /* what the hub says first on each connection, before its rows */
};

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
	int quick;       /* cuts in a row soon after a message, whichever was the oldest */
	int careful;     /* so many more are acknowledged one at a time */
};

/* 0, or -ENOBUFS when VK_WINDOW_MAX are on their way. */
int vk_window_add(struct vk_window *w, int mid, int64_t n, int64_t now_ms);

/* Takes an acknowledged message out. false: nobody waits for that mid. */
bool vk_window_settle(struct vk_window *w, int mid, int64_t *ret_n);

/* The next message waits until what is on its way is acknowledged. */
bool vk_window_is_careful(const struct vk_window *w);

/*
 * The link was cut. True when the message on its way is poison: *ret_n is its number, and its cuts
 * are forgotten. The window keeps its messages; empty it with vk_window_clear().
 */
bool vk_window_cut(struct vk_window *w, int64_t now_ms, int64_t *ret_n);

void vk_window_clear(struct vk_window *w); /* keeps the suspicion */

#endif
