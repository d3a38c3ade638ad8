/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device says it can do: the feature characteristics of the services. A status bit means
 * something only where its feature bit is set: "no irregular pulse" and "cannot tell" look alike.
 */
#ifndef VAKA_PROFILES_FEATURE_H
#define VAKA_PROFILES_FEATURE_H

#include "profiles/profile.h"

struct vk_feature {
	uint16_t uuid;
	uint32_t bits;       /* as sent */
	uint64_t reports;    /* 2A60: which flags it reports, bit n: enum vk_flag n */
	int32_t sample_type; /* 2AA8, else -1: the SIG's number */
	int32_t location;    /* 2AA8, else -1 */
	int8_t mass_step;    /* scales: resolution as the SIG numbers it, 0: unspecified */
	int8_t height_step;  /* likewise */
};

/*
 * 2A49, 2A51, 2A60, 2A9E, 2A9B, 2AA8. 0; -EBADMSG with the error filled; -ENOTSUP for another
 * UUID. *ret is written only with 0.
 */
int vk_feature_decode(uint16_t uuid, const uint8_t *data, size_t len, struct vk_feature *ret,
		      struct vk_decode_error *reterr_error);

/* The name of a bit of this characteristic, or NULL: reserved. bit is 0…31. Static storage. */
const char *vk_feature_text(uint16_t uuid, int bit);

#endif
