/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Continuous glucose (2AA7): the one value that carries several records, each with its own size.
 * Internal to profiles/.
 */
#ifndef VAKA_PROFILES_CGM_H
#define VAKA_PROFILES_CGM_H

#include "profiles/profile.h"

/* Number of records (1…VK_MAX_RECORDS), or -EBADMSG with the error filled. */
int vk_cgm_decode(const uint8_t *data, size_t len, struct vk_decoded ret_records[VK_MAX_RECORDS],
		  struct vk_decode_error *reterr_error);

#endif
