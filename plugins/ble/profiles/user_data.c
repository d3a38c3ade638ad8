/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and answers of the User Control Point. */
#include "profiles/user_data.h"

#include <errno.h>

#include "profiles/layout.h"

enum { ANSWER_LEAST = 3 };

int vk_user_build_register(uint8_t *out, uint16_t consent)
{
	if (consent > VK_USER_CONSENT_MAX)
		return -EINVAL;
	out[0] = VK_USER_REGISTER;
	vk_put_le16(out + 1, consent);
	return 3;
}

int vk_user_build_consent(uint8_t *out, uint8_t index, uint16_t consent)
{
	if (consent > VK_USER_CONSENT_MAX || index == VK_USER_UNKNOWN)
		return -EINVAL;
	out[0] = VK_USER_CONSENT;
	out[1] = index;
	vk_put_le16(out + 2, consent);
	return 4;
}

int vk_user_answer_decode(const uint8_t *data, size_t len, struct vk_user_answer *ret,
			  struct vk_decode_error *reterr_error)
{
	struct vk_user_answer answer = {.index = -1};

	if (len < ANSWER_LEAST)
		return vk_decode_fail(reterr_error, len, "an answer needs %d bytes, %zu came",
				      ANSWER_LEAST, len);
	if (data[0] != VK_USER_RESPONSE)
		return vk_decode_fail(reterr_error, 0, "op code 0x%02x is no answer", data[0]);
	answer.request_op = data[1];
	answer.result = data[2];
	if (answer.request_op == VK_USER_REGISTER && answer.result == VK_USER_SUCCESS) {
		if (len == ANSWER_LEAST)
			return vk_decode_fail(reterr_error, len, "registered without an index");
		answer.index = data[3];
	}
	*ret = answer;
	return 0;
}

/* Bytes of a request: op, index, consent. */
static size_t request_size(uint8_t op)
{
	switch (op) {
	case VK_USER_REGISTER:
		return 3;
	case VK_USER_CONSENT:
		return 4;
	case VK_USER_DELETE:
		return 2;
	case VK_USER_DELETE_DATA:
	case VK_USER_LIST:
		return 1;
	default:
		return 0;
	}
}

int vk_user_request_decode(const uint8_t *data, size_t len, struct vk_user_request *ret,
			   struct vk_decode_error *reterr_error)
{
	struct vk_reader r = vk_reader_init(data, len);
	struct vk_user_request request = {.op = vk_read_u8(&r), .index = -1, .consent = -1};
	size_t need = request_size(request.op);

	if (!len)
		return vk_decode_fail(reterr_error, 0, "0 bytes came: no op code");
	if (!need)
		return vk_decode_fail(reterr_error, 0, "op code 0x%02x is not known", request.op);
	if (len < need)
		return vk_decode_fail(reterr_error, len, "op code %u needs %zu bytes, %zu came",
				      request.op, need, len);
	if (request.op == VK_USER_CONSENT || request.op == VK_USER_DELETE)
		request.index = vk_read_u8(&r);
	if (request.op == VK_USER_CONSENT || request.op == VK_USER_REGISTER)
		request.consent = vk_read_le16(&r);
	*ret = request;
	return 0;
}

int vk_user_index_decode(const uint8_t *data, size_t len, uint8_t *ret_index,
			 struct vk_decode_error *reterr_error)
{
	if (!len)
		return vk_decode_fail(reterr_error, 0, "0 bytes came: no user index");
	*ret_index = data[0];
	return 0;
}

int vk_user_increment_decode(const uint8_t *data, size_t len, uint32_t *ret_increment,
			     struct vk_decode_error *reterr_error)
{
	struct vk_reader r = vk_reader_init(data, len);

	if (len < VK_USER_INCREMENT_SIZE)
		return vk_decode_fail(reterr_error, len, "%d bytes are needed, %zu came",
				      VK_USER_INCREMENT_SIZE, len);
	*ret_increment = vk_read_le32(&r);
	return 0;
}

void vk_user_increment_build(uint8_t out[VK_USER_INCREMENT_SIZE], uint32_t increment)
{
	vk_put_le16(out, (uint16_t)increment);
	vk_put_le16(out + 2, (uint16_t)(increment >> 16));
}
