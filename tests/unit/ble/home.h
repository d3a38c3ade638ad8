/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session between a fake device and a fake hub, with a clock that a test moves. Packets of the
 * session are answered by home_run(), one after the other, until nobody has anything to say.
 */
#ifndef VAKA_TESTS_BLE_HOME_H
#define VAKA_TESTS_BLE_HOME_H

#include "fake_peer.h"
#include "session.h"

enum { HOME_SAMPLES = 2048, HOME_PACKETS = 64 };

struct home_sample {
	struct vk_sample sample; /* raw is not kept */
	uint8_t raw[VK_RECORD_MAX];
	uint32_t token;
	bool is_answered;
};

struct home {
	struct fake_peer peer;
	struct vk_session session;
	struct vk_attributes attributes;
	struct vk_session_now now;
	struct vk_session_given given;
	struct vk_quirks quirks; /* of the model, once the device has said who it is */
	bool is_hub_slow;        /* answers only by home_store() */
	bool does_store;
	int n_samples, answered;
	struct home_sample samples[HOME_SAMPLES];
	int n_packets, taken;
	struct {
		uint8_t pdu[VK_ATT_PDU_MAX];
		size_t len;
	} packets[HOME_PACKETS]; /* a ring of what the session sent */
	int confirmations;
	int raises, readies, identified;
	unsigned learned;
	int result;     /* of the last entry point */
	int send_error; /* negative errno: what the bearer says to every packet */
};

void home_init(struct home *h);
void home_done(struct home *h);
int home_teardown(void **state); /* of a cmocka test: done, and freed */
/* Starts and runs until silence. */
void home_start(struct home *h, int32_t last_sequence);
void home_run(struct home *h);
/* The hub answers what it has not, oldest first. */
void home_store(struct home *h, int most);
void home_packet(struct home *h, const void *pdu, size_t len);
void home_indicate(struct home *h, uint16_t uuid, const void *value, size_t len);
void home_notify(struct home *h, uint16_t uuid, const void *value, size_t len);
void home_wait(struct home *h, int64_t ms); /* moves the clock and ticks */

#endif
