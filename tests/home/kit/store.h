/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The readings a device holds, oldest first, and the journal of those a collector confirmed. A
 * scale, cuff or oximeter forgets a reading once it is confirmed; a meter keeps its last thousand.
 * The journal line is on disk before the reading leaves the store, so a cut in between is put right
 * at the next start.
 */
#ifndef VK_KIT_STORE_H
#define VK_KIT_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "value.h"

#define VK_STORE_MAX 1000
#define VK_NOBODY    0

struct vk_reading {
	uint32_t id;    /* never used twice by one device */
	uint16_t uuid;  /* characteristic it is sent by */
	uint16_t seq;   /* glucose: sequence number */
	uint8_t user;   /* of a scale that asks for consent, VK_NOBODY; not on disk */
	int64_t wall_s; /* device clock at the measurement */
	bool twice;     /* fault: is sent a second time after its confirmation */
	bool done;      /* confirmed once, and kept */
	bool again;     /* is sent once more though it is done; not on disk */
	bool out;       /* has left in the transfer that runs; not on disk */
	struct vk_value value;
	struct vk_value said;    /* the bytes as they left in this transfer; not on disk */
	struct vk_value context; /* glucose context, len 0 when there is none */
};

struct vk_store {
	const char *dir; /* borrowed */
	uint32_t next_id;
	uint16_t next_seq;
	unsigned count;
	struct vk_reading reading[VK_STORE_MAX];
};

/* An empty folder gives an empty store. queue: drop what the journal already holds. */
int vk_store_load(struct vk_store *s, const char *dir, bool queue);
/* Copies the reading in and gives it its id; the oldest one falls out of a full store. Saved when
 * save. */
int vk_store_add(struct vk_store *s, const struct vk_reading *r, bool save, uint32_t *id);
int vk_store_save(const struct vk_store *s);
/* NULL when there is none of that id. */
struct vk_reading *vk_store_find(struct vk_store *s, uint32_t id);
/* The oldest (or newest) reading that has to be sent; NULL when there is none. */
struct vk_reading *vk_store_next(struct vk_store *s, bool newest_first);
unsigned vk_store_waiting(const struct vk_store *s);

/* The reading leaves with these bytes. */
void vk_store_out(struct vk_reading *r, const struct vk_value *said);
/* Every reading that is out was confirmed: first the journal, then, in keep, all of them are done,
 * else they leave the store (but for those to be sent twice). Both synced. */
int vk_store_confirm_out(struct vk_store *s, int64_t at_ms, bool keep);
/* The journal as JSON list of {hex, at}. */
int vk_store_confirmed_json(const struct vk_store *s, FILE *out);
void vk_store_json(const struct vk_store *s, FILE *out);

#endif
