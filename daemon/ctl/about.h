/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `vakactl decode` shows of characteristics that are no reading: features, identity, time
 * information, what surrounds a CGM session, user control. They have no decoded form, since nothing
 * of them travels; this is for the eyes of a technician.
 */
#ifndef VAKA_CTL_ABOUT_H
#define VAKA_CTL_ABOUT_H

#include "base/json.h"
#include "profiles/profile.h"

/*
 * Writes one JSON object: "kind" and what the value says. 0; -EBADMSG with reterr_error filled or
 * -ENOTSUP for another UUID (then nothing was written).
 */
int vk_about_json(uint16_t uuid, const uint8_t *data, size_t len, struct vk_json *j,
		  struct vk_decode_error *reterr_error);

#endif
