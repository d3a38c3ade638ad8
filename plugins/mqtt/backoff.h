/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait before the next attempt: full jitter under a ceiling that doubles once every
 * broker has had its turn, so that a thousand hubs that lost one broker do not come back in the
 * same second, and the last of several is not kept waiting for the others' failures.
 */
#ifndef VAKA_MQTT_BACKOFF_H
#define VAKA_MQTT_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

enum {
	VK_BACKOFF_LEAST_MS = 100,
	VK_BACKOFF_FIRST_MS = 1000,
	VK_BACKOFF_MOST_MS = 60000,
	VK_BACKOFF_URGENT_MS = 5000
};

/* attempt: failures in a row, from 1. brokers: from 1. random: any 32 random bits. LEAST…MOST;
 * LEAST…URGENT while a high alert waits. */
uint32_t vk_backoff_ms(unsigned attempt, unsigned brokers, uint32_t random, bool is_urgent);

#endif
