/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A GATT server as a table, for tests without a radio: it answers the requests of a collector and
 * remembers what was written. Handles are the places in the table, from 1.
 */
#ifndef VAKA_TESTS_FAKE_PEER_H
#define VAKA_TESTS_FAKE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_ATTRIBUTES = 64, FAKE_VALUE = 24 };

struct fake_attribute {
	uint16_t type;
	uint8_t value[FAKE_VALUE];
	size_t len;
	uint8_t write_error; /* answered to a write, 0: taken */
	int write_errors;    /* so many times, 0: always */
	bool is_stubborn;    /* takes a write and keeps what it has */
	int writes;
};

struct fake_peer {
	int n;
	struct fake_attribute list[FAKE_ATTRIBUTES + 1]; /* from 1 */
	bool is_mute;                                    /* answers nothing */
	int requests;
	int mute_after; /* so many requests, 0: never */
};

/* Adds a characteristic, with a CCCD when it notifies or indicates. Returns its value handle. */
uint16_t fake_peer_add(struct fake_peer *p, uint16_t uuid, uint8_t properties, const void *value,
		       size_t len);
/* The value handle of a characteristic; of its CCCD with + 1. */
uint16_t fake_peer_handle(const struct fake_peer *p, uint16_t uuid);

/* The answer to one packet; 0: none. out holds 64 bytes. */
size_t fake_peer_answer(struct fake_peer *p, const uint8_t *pdu, size_t len, uint8_t *out);

#endif
