/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silence is an event: a hub says until when it will have said something again (`promise`, design
 * §5). This keeps the last promise of each hub and tells, once, when it was broken and when the hub
 * is back; and, of a hub that lives, what it expected and did not report in time. Pure: time in,
 * news out. Times in UTC milliseconds. Thread: one.
 */
#ifndef VAKA_RECEIVER_WATCH_H
#define VAKA_RECEIVER_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WATCH_HUBS = 1024, WATCH_EXPECTS = 128, WATCH_ID = 65 };

struct watch_expect {
	char kind[WATCH_ID], patient[WATCH_ID], id[WATCH_ID];
	int64_t late_utc_ms; /* due and grace */
	bool is_told;
};

struct watch_hub {
	char hub[WATCH_ID];
	int64_t until_utc_ms; /* it will have been heard by then: the end of its promise, or sooner
				 its sign of life (heartbeat) with grace */
	bool is_silent;
	int n_expects;
	struct watch_expect expects[WATCH_EXPECTS];
};

struct watch {
	int n;
	struct watch_hub *hubs; /* grows up to WATCH_HUBS; watch_done() frees */
};

enum watch_news { WATCH_SILENT, WATCH_BACK, WATCH_MISSING };

/* expect only with WATCH_MISSING; both are borrowed for the call. */
typedef void (*watch_fn)(enum watch_news news, const struct watch_hub *hub,
			 const struct watch_expect *expect, void *user);

/*
 * A promise as it came. 0; -EBADMSG: not a promise (the earlier one stands); -ENOSPC beyond
 * WATCH_HUBS; -ENOMEM.
 */
int watch_promise(struct watch *watch, const char *hub, const void *json, size_t len,
		  int64_t now_utc_ms, watch_fn tell, void *user);

/* Time has passed. Returns when to call again, INT64_MAX: no need. */
int64_t watch_tick(struct watch *watch, int64_t now_utc_ms, watch_fn tell, void *user);

void watch_done(struct watch *watch);

#endif
