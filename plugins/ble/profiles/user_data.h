/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User Data Service 181C: who stands on a scale, and the scale's leave to see their values;
 * ble-profiles.md 9. Requests to write to the User Control Point 2A9F and the answers it indicates,
 * User Index 2A9A and Database Change Increment 2A99.
 */
#ifndef VAKA_PROFILES_USER_DATA_H
#define VAKA_PROFILES_USER_DATA_H

#include "profiles/profile.h"

enum vk_user_op {
	VK_USER_REGISTER = 1,
	VK_USER_CONSENT = 2,
	VK_USER_DELETE_DATA = 3,
	VK_USER_LIST = 4,   /* version 1.1 */
	VK_USER_DELETE = 5, /* version 1.1 */
	VK_USER_RESPONSE = 0x20,
};

enum vk_user_result {
	VK_USER_SUCCESS = 1,
	VK_USER_OP_UNSUPPORTED = 2,
	VK_USER_PARAMETER_INVALID = 3,
	VK_USER_FAILED = 4,
	VK_USER_NOT_AUTHORISED = 5, /* wrong consent code: asking again does not help */
};

enum {
	VK_USER_REQUEST_MAX = 4,
	VK_USER_UNKNOWN = 255,
	VK_USER_CONSENT_MAX = 9999,
	VK_USER_INCREMENT_SIZE = 4,
};

struct vk_user_answer {
	uint8_t request_op; /* enum vk_user_op */
	uint8_t result;     /* enum vk_user_result */
	int32_t index;      /* the new user of VK_USER_REGISTER that succeeded, else -1 */
};

/*
 * Each writes a request to out (VK_USER_REQUEST_MAX bytes) and returns its length; -EINVAL for a
 * consent code above 9999 or the index of the unknown user.
 */
int vk_user_build_register(uint8_t *out, uint16_t consent);
int vk_user_build_consent(uint8_t *out, uint8_t index, uint16_t consent);

/* An indication of 2A9F. 0, or -EBADMSG with the error filled. */
int vk_user_answer_decode(const uint8_t *data, size_t len, struct vk_user_answer *ret,
			  struct vk_decode_error *reterr_error);

/* A request, as vakactl decode shows it: op, and -1 where it carries no index or consent. */
struct vk_user_request {
	uint8_t op;
	int32_t index, consent;
};
int vk_user_request_decode(const uint8_t *data, size_t len, struct vk_user_request *ret,
			   struct vk_decode_error *reterr_error);

/* 2A9A: whose turn it is; VK_USER_UNKNOWN: nobody's. 0 or -EBADMSG. */
int vk_user_index_decode(const uint8_t *data, size_t len, uint8_t *ret_index,
			 struct vk_decode_error *reterr_error);

/* 2A99, to read and to write back one higher after the user's data were written. 0 or -EBADMSG. */
int vk_user_increment_decode(const uint8_t *data, size_t len, uint32_t *ret_increment,
			     struct vk_decode_error *reterr_error);
void vk_user_increment_build(uint8_t out[VK_USER_INCREMENT_SIZE], uint32_t increment);

#endif
