/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching the records of a device (RACP 2A52): how many, which, again where some are missing. The
 * device streams notifications and ends with one indication; nothing of it counts until the hub has
 * stored every record. So the transfer keeps each record until then, finds the gaps that a lost
 * notification leaves and asks for them again, and says from which sequence number the next session
 * may go on. Pure but for memory.
 *
 * What it must not get wrong: the number to go on from. It moves only over an unbroken, ascending,
 * stored run, or at the end of a complete report; a meter that sends the newest first and vanishes
 * half-way is asked for everything again, and the hub drops what it has. Deleting comes last, only
 * where it was allowed, and only up to what was reported and is stored.
 */
#ifndef VAKA_BLE_TRANSFER_H
#define VAKA_BLE_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiles/racp.h"

enum {
	VK_UUID_GLUCOSE = 0x2a18,
	VK_UUID_GLUCOSE_CONTEXT = 0x2a34,
	VK_UUID_PRESSURE_RECORD = 0x2b36,
	VK_UUID_RACP = 0x2a52,
	VK_RECORD_MAX = 40,     /* bytes of one record; a glucose record has at most 17 */
	VK_TRANSFER_MAX = 4000, /* records and contexts of one session; no meter holds so many */
	VK_TRANSFER_GAPS = 16,  /* gaps asked for again in one session */
	VK_TRANSFER_REQUEST_MAX = VK_RACP_MAX,
};

struct vk_record {
	int64_t utc_ms; /* arrival */
	uint16_t uuid;
	uint16_t sequence;
	uint8_t len;
	bool is_stored, is_placed;
	uint8_t by;                   /* enum vk_placed_by, when is_placed */
	int64_t utc_s, uncertainty_s; /* as timeline.h */
	uint8_t raw[VK_RECORD_MAX];
};

/* How a model gives out what it holds. */
enum vk_history {
	VK_HISTORY_NEWER = 0, /* from the last number on */
	VK_HISTORY_ALL,       /* no filter is understood */
	VK_HISTORY_NEWEST,    /* the last one first; everything when it is new */
	VK_HISTORY_REVERSED,  /* number 0 is the newest: numbers say nothing from day to day */
	VK_HISTORY_INDICATED, /* records come as indications of their own, without a number */
};

/*
 * The records that a meter calls its first and its last, each by a hash of its bytes. A new record
 * lies at one of the ends, and moves the other where the memory is full: as long as both are what
 * they were, nothing is new, whichever end is the newest.
 */
struct vk_transfer_ends {
	bool has_first, has_last;
	uint64_t first, last;
};

enum vk_transfer_ask {
	VK_ASK_NOTHING = 0, /* not started, or done */
	VK_ASK_COUNT,
	VK_ASK_ALL,
	VK_ASK_NEWER,  /* from last + 1 */
	VK_ASK_NEWEST, /* is there anything new, or has the meter begun anew? */
	VK_ASK_FIRST,  /* the newest of a meter that counts backwards */
	VK_ASK_LAST,   /* and its other end, where nothing but its times says that it does */
	VK_ASK_GAP,
	VK_ASK_REST, /* fewer came than were counted */
	VK_ASK_ABORT,
	VK_ASK_DELETE,
};

struct vk_transfer {
	struct vk_record *records;
	int n, capacity;
	int ready, sent, stored;
	enum vk_history history;
	int32_t last;              /* highest sequence number committed, -1: none */
	enum vk_transfer_ask ask;  /* what runs, or runs next */
	enum vk_transfer_ask then; /* after the count or the abort */
	bool has_begun;
	bool is_waiting; /* for the meter's closing indication */
	bool is_done, is_complete;
	bool has_asked_all, has_aborted, has_asked_rest;
	bool may_delete;
	bool is_renumbered;    /* said by the session: the numbers mean other records than before */
	bool is_restarted;     /* said by the session: another record has the newest number now */
	bool is_order_known;   /* REVERSED, said by the session: the model's first is its newest */
	bool is_order_guessed; /* REVERSED: nothing tells which end is the newest */
	struct vk_transfer_ends were; /* REVERSED, said by the session: when all was stored */
	struct vk_transfer_ends ends; /* as the meter answered this time */
	int32_t expected;             /* records counted, -1: not known */
	int32_t gap_first, gap_last, gap_from;
	int gaps;
};

/* last: what the hub says is committed, -1 for none. */
void vk_transfer_init(struct vk_transfer *t, int32_t last);
/* Now it is known how it gives out what it holds; before, only what comes by itself is taken. */
void vk_transfer_begin(struct vk_transfer *t, enum vk_history history);
void vk_transfer_done(struct vk_transfer *t); /* frees; safe twice */

/* True when numbers from day to day mean nothing: time is what tells records apart. */
bool vk_transfer_is_reversed(const struct vk_transfer *t);
/* REVERSED: both ends, or the one that tells, are what they were: nothing is new. */
bool vk_transfer_is_known(const struct vk_transfer *t);
/* REVERSED, and yet what is new lies at the end: it counts forward, whatever its times say. */
bool vk_transfer_grows_at_end(const struct vk_transfer *t);

/* Writes the next request and returns its length; 0 when there is nothing more to ask. */
size_t vk_transfer_request(struct vk_transfer *t, uint8_t out[VK_TRANSFER_REQUEST_MAX]);

/*
 * Takes a notification of 2A18 or 2A34. 0; -EBADMSG: no sequence number in it; -EOVERFLOW: more
 * than any meter holds; -ENOMEM.
 */
int vk_transfer_record(struct vk_transfer *t, uint16_t uuid, const uint8_t *raw, size_t len,
		       int64_t utc_ms);

/*
 * Takes an indication of 2A52. 0; -EBADMSG: not an answer; -EAGAIN: the meter broke off, go on in
 * the next session; -EOVERFLOW: it claims more than any meter holds.
 */
int vk_transfer_response(struct vk_transfer *t, const uint8_t *raw, size_t len);

/* The request was refused because another one runs: 0, abort it; -EAGAIN: that did not help. */
int vk_transfer_busy(struct vk_transfer *t);

/* All that came may be handed over now. */
void vk_transfer_release(struct vk_transfer *t);
/* The next record to hand over (its index is t->sent, which moves on), or NULL. */
const struct vk_record *vk_transfer_next(struct vk_transfer *t);
void vk_transfer_stored(struct vk_transfer *t, int index);
bool vk_transfer_is_settled(const struct vk_transfer *t); /* all that came is stored */

/* The sequence number up to which nothing needs to be asked again; -1 none. */
int32_t vk_transfer_committed(const struct vk_transfer *t);

#endif
