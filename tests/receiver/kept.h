/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a care service keeps: per hub and message id the highest revision it has seen. Sending twice
 * is harmless here, as the contract promises (design §4), and what came is on disk before anybody
 * is told so: write many, commit once, then send the receipts.
 *
 * 0 or negative errno; thread: one.
 */
#ifndef VAKA_RECEIVER_KEPT_H
#define VAKA_RECEIVER_KEPT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct kept;

enum kept_as {
	KEPT_NEW,
	KEPT_NEWER,  /* a higher revision of what was there */
	KEPT_REPEAT, /* the same revision again */
	KEPT_OLDER,  /* a revision that came late: the newer one stays */
};

struct kept_message {
	const char *hub, *id, *topic; /* topic below the hub's base */
	int64_t rev;
	const void *payload; /* may be NULL when len is 0 */
	size_t len;
	int64_t at_utc_ms;
};

int kept_open(const char *path, struct kept **ret_kept);
void kept_close(struct kept *kept); /* commits nothing; NULL is harmless */

/* Into the open transaction, which it begins when there is none. */
int kept_put(struct kept *kept, const struct kept_message *message, enum kept_as *ret_as);
int kept_commit(struct kept *kept);

/* Line by line: hub, id, revision, topic, in order of hub and id, as tab-separated text. */
int kept_dump(struct kept *kept, FILE *out);

#endif
