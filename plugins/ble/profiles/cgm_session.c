/* SPDX-License-Identifier: Apache-2.0 */
/* What surrounds CGM measurements: status, session start, answers; ble-profiles.md 13. */
#include <errno.h>

#include "profiles/cgm.h"
#include "profiles/date_time.h"
#include "profiles/e2e_crc.h"
#include "profiles/layout.h"

enum {
	START_SIZE = 9,
	STATUS_SIZE = 5,
	RUN_TIME_SIZE = 2,
	ANSWER_LEAST = 2,

	OP_INTERVAL = 3,
	OP_RESPONSE = 28,
};

/* A value of a fixed size, with or without its check sum behind it. */
static int check_size(const uint8_t *data, size_t len, size_t size,
		      struct vk_decode_error *reterr_error)
{
	if (len < size)
		return vk_decode_fail(reterr_error, len, "%zu bytes are needed, %zu came", size,
				      len);
	if (len == size + VK_E2E_CRC_SIZE)
		return vk_e2e_crc_check(data, size, 0, reterr_error);
	return 0;
}

int vk_cgm_start_decode(const uint8_t *data, size_t len, struct vk_cgm_start *ret,
			struct vk_decode_error *reterr_error)
{
	struct vk_reader r = vk_reader_init(data, len);
	struct vk_local_time local;

	if (check_size(data, len, START_SIZE, reterr_error))
		return -EBADMSG;
	ret->state = vk_date_time_read(&r, &ret->time);
	(void)vk_local_time_decode(data + r.at, vk_reader_left(&r), &local, reterr_error);
	ret->has_zone = local.has_zone;
	ret->zone_min = local.zone_min;
	ret->has_dst = local.has_dst;
	ret->dst_min = local.dst_min;
	return 0;
}

int vk_cgm_status_decode(const uint8_t *data, size_t len, struct vk_cgm_status *ret,
			 struct vk_decode_error *reterr_error)
{
	if (check_size(data, len, STATUS_SIZE, reterr_error))
		return -EBADMSG;
	*ret = (struct vk_cgm_status){
		.offset_min = vk_get_le16(data),
		.flags = vk_cgm_flags(data[2], data[3], data[4]),
	};
	return 0;
}

int vk_cgm_run_time_decode(const uint8_t *data, size_t len, uint16_t *ret_hours,
			   struct vk_decode_error *reterr_error)
{
	if (check_size(data, len, RUN_TIME_SIZE, reterr_error))
		return -EBADMSG;
	*ret_hours = vk_get_le16(data);
	return 0;
}

int vk_cgm_answer_decode(const uint8_t *data, size_t len, struct vk_cgm_answer *ret,
			 struct vk_decode_error *reterr_error)
{
	struct vk_cgm_answer answer = {0};
	size_t size = ANSWER_LEAST;

	if (len < ANSWER_LEAST)
		return vk_decode_fail(reterr_error, len, "%d bytes are needed, %zu came",
				      ANSWER_LEAST, len);
	answer.op = data[0];
	if (answer.op != OP_RESPONSE && answer.op != OP_INTERVAL)
		return vk_decode_fail(reterr_error, 0, "op code %u is no answer that we ask for",
				      answer.op);
	if (answer.op == OP_RESPONSE) {
		size++;
		answer.request_op = data[1];
	}
	if (check_size(data, len, size, reterr_error))
		return -EBADMSG;
	answer.operand = data[size - 1];
	*ret = answer;
	return 0;
}
