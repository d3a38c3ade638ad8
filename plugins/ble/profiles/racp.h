/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record Access Control Point (2A52): how a collector asks a device for what it has stored, and
 * what the device answers. ble-profiles.md 5.4.
 */
#ifndef VAKA_PROFILES_RACP_H
#define VAKA_PROFILES_RACP_H

#include <stddef.h>
#include <stdint.h>

#include "base/decoded.h"
#include "profiles/profile.h"

enum vk_racp_op {
	VK_RACP_REPORT = 1,
	VK_RACP_DELETE = 2,
	VK_RACP_ABORT = 3,
	VK_RACP_COUNT = 4,
	VK_RACP_COUNT_RESPONSE = 5,
	VK_RACP_RESPONSE = 6,
};

enum vk_racp_operator {
	VK_RACP_NULL = 0,
	VK_RACP_ALL = 1,
	VK_RACP_AT_MOST = 2,
	VK_RACP_AT_LEAST = 3,
	VK_RACP_WITHIN = 4,
	VK_RACP_FIRST = 5,
	VK_RACP_LAST = 6,
};

/* struct vk_racp.result of VK_RACP_RESPONSE. */
enum vk_racp_result {
	VK_RACP_SUCCESS = 1,
	VK_RACP_OP_UNSUPPORTED = 2,
	VK_RACP_OPERATOR_INVALID = 3,
	VK_RACP_OPERATOR_UNSUPPORTED = 4,
	VK_RACP_OPERAND_INVALID = 5,
	VK_RACP_NO_RECORDS = 6, /* normal: nothing new */
	VK_RACP_ABORT_UNSUCCESSFUL = 7,
	VK_RACP_NOT_COMPLETED = 8,       /* keep what came, go on later from the last sequence */
	VK_RACP_OPERAND_UNSUPPORTED = 9, /* fall back to all records */
};

enum { VK_RACP_MAX = 5 }; /* bytes of the longest request that is built here */

/* Each writes a request to out (VK_RACP_MAX bytes) and returns its length. */
size_t vk_racp_build_report_all(uint8_t *out);
size_t vk_racp_build_report_from(uint8_t *out, uint16_t first_sequence);
size_t vk_racp_build_count_all(uint8_t *out);
size_t vk_racp_build_abort(uint8_t *out);

/* Decodes a request or an answer. 0, or -EBADMSG with the error filled. Any thread. */
int vk_racp_decode(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
		   struct vk_decode_error *reterr_error);

#endif
