/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value that is longer than a notification, in segments: a header says first, last, and counts
 * (2B36, and the Generic Health Sensor); ble-profiles.md 4.4, 14. One struct per characteristic
 * and link; what is lost between two segments is refused, never bridged.
 */
#ifndef VAKA_PROFILES_SEGMENTS_H
#define VAKA_PROFILES_SEGMENTS_H

#include "profiles/profile.h"

enum {
	VK_SEGMENT_FIRST = 1 << 0,
	VK_SEGMENT_LAST = 1 << 1,
	VK_SEGMENT_COUNT_SHIFT = 2, /* six bits of rolling counter */
	VK_SEGMENT_HEADER = 1,
	VK_SEGMENTS_MAX = 512,
};

struct vk_segments {
	uint8_t data[VK_SEGMENTS_MAX];
	size_t len;
	uint8_t next; /* counter of the segment that must come */
	bool is_open; /* a first segment came, its last one not yet */
};

/*
 * Takes one segment with its header; repeat is how many bytes behind the header stand in every
 * segment (4 of a 2B36: sequence and UUID), and are kept from the first one only. 1: the value is
 * whole in s->data, s->len; 0: more must come; -EBADMSG with the error filled: the segment does not
 * follow the one before, and what was gathered is dropped. Start with a zeroed struct.
 */
int vk_segments_add(struct vk_segments *s, const uint8_t *data, size_t len, size_t repeat,
		    struct vk_decode_error *reterr_error);

/* A value that is one segment: its bytes without the header start at data + 1. 0 or -EBADMSG. */
int vk_segments_alone(const uint8_t *data, size_t len, struct vk_decode_error *reterr_error);

#endif
