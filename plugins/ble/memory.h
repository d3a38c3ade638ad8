/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one session leaves for the next, beside the handle map and the last number: what the
 * device's clock said, whether it counts backwards, its newest record, its first and last record
 * where its numbers say nothing, its Database Hash. The hub
 * keeps it as a text that only the collector reads. A plain value; zeroes are no memory.
 */
#ifndef VAKA_BLE_MEMORY_H
#define VAKA_BLE_MEMORY_H

#include "timeline.h"
#include "transfer.h"

enum { VK_MEMORY_TEXT = 200, VK_HASH_SIZE = 16 };

struct vk_memory {
	struct vk_clock_mark mark;
	bool is_reversed;
	bool has_newest;
	int64_t newest_s; /* time of the newest record as the device shows it */
	bool has_newest_number;
	uint16_t newest_number; /* and its number, where numbers stand */
	struct vk_transfer_ends ends;
	bool has_hash;
	uint8_t hash[VK_HASH_SIZE];
};

void vk_memory_format(char out[VK_MEMORY_TEXT], const struct vk_memory *memory);
/* An older or foreign text is no memory. */
void vk_memory_parse(const char *text, struct vk_memory *ret_memory);

#endif
