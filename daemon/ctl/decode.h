/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `vakactl decode`: the bytes of a characteristic value as the decoded form of design §5, without a
 * daemon. What is implausible is listed and not judged.
 */
#ifndef VAKA_CTL_DECODE_H
#define VAKA_CTL_DECODE_H

#include "base/str.h"
#include "profiles/profile.h"

/*
 * Appends one JSON document without a line end: the decoded form, or {"records":[…]} when the value
 * holds several, or what ctl/about.h has of a characteristic that is no reading. quirks are those
 * of the model, or NULL. 0; -EBADMSG with reterr_error filled (nothing is appended); -ENOTSUP for a
 * UUID without decoder; -ENOMEM or -EMSGSIZE from out.
 */
int vk_decode_json(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *data, size_t len,
		   struct vk_str *out, struct vk_decode_error *reterr_error);

#endif
