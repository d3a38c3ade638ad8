/* SPDX-License-Identifier: Apache-2.0 */
/* The request ring, the dispatch of what the peer sends, and our small server. */
#include "att/client.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

enum {
	UUID_CURRENT_TIME = 0x2a2b,
	TIME_HANDLE = 3, /* the only attribute we serve */
};

void vk_att_init(struct vk_att *att, const struct vk_att_ops *ops, void *user)
{
	*att = (struct vk_att){
		.ops = ops,
		.user = user,
		.mtu = VK_ATT_MTU_DEFAULT,
		.deadline_ms = INT64_MAX,
	};
}

static int send_first(struct vk_att *att, int64_t now_ms)
{
	const struct vk_att_request *request = &att->queue[att->first];

	att->deadline_ms = now_ms + VK_ATT_TIMEOUT_MS;
	return att->ops->send(att->user, request->pdu, request->len);
}

int vk_att_request(struct vk_att *att, const uint8_t *pdu, size_t len, int64_t now_ms,
		   vk_att_reply_fn fn, void *user)
{
	struct vk_att_request *request;

	if (len == 0 || len > VK_ATT_REQUEST_MAX)
		return -EMSGSIZE;
	if (att->n == VK_ATT_QUEUE)
		return -ENOBUFS;
	request = &att->queue[(att->first + att->n) % VK_ATT_QUEUE];
	*request = (struct vk_att_request){.len = (uint8_t)len, .fn = fn, .user = user};
	memcpy(request->pdu, pdu, len);
	att->n++;
	return att->n == 1 ? send_first(att, now_ms) : 0;
}

static int answer(struct vk_att *att, const struct vk_att_reply *reply, int64_t now_ms)
{
	struct vk_att_request done = att->queue[att->first];
	uint8_t waiting;

	att->first = (uint8_t)((att->first + 1) % VK_ATT_QUEUE);
	att->n--;
	att->deadline_ms = INT64_MAX;
	waiting = att->n;
	if (done.fn)
		done.fn(done.user, reply);
	/* With an empty queue, what fn asked for has been sent by vk_att_request() already. */
	return waiting > 0 ? send_first(att, now_ms) : 0;
}

static int on_answer(struct vk_att *att, const uint8_t *pdu, size_t len, int64_t now_ms)
{
	struct vk_att_reply reply = {.data = pdu + 1, .len = len - 1};
	uint8_t asked;

	if (att->n == 0)
		return -EPROTO;
	asked = att->queue[att->first].pdu[0];
	if (pdu[0] == VK_ATT_ERROR) {
		if (len < 5 || pdu[1] != asked)
			return -EPROTO;
		reply = (struct vk_att_reply){.error = pdu[4] ? pdu[4] : 0xff};
	} else if (pdu[0] != asked + 1) {
		return -EPROTO;
	}
	if (pdu[0] == VK_ATT_MTU_RSP) {
		if (len < 3)
			return -EPROTO;
		att->mtu = vk_get_le16(pdu + 1);
		if (att->mtu < VK_ATT_MTU_DEFAULT)
			att->mtu = VK_ATT_MTU_DEFAULT;
		if (att->mtu > VK_ATT_MTU)
			att->mtu = VK_ATT_MTU;
	}
	return answer(att, &reply, now_ms);
}

static int on_value(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	bool is_indication = pdu[0] == VK_ATT_INDICATE;

	if (len < 3 || len - 3 > VK_ATT_VALUE_MAX || (is_indication && att->is_indicated))
		return -EPROTO;
	if (is_indication)
		att->is_indicated = true;
	att->ops->value(att->user, vk_get_le16(pdu + 1), pdu + 3, len - 3, is_indication);
	return 0;
}

static int refuse(struct vk_att *att, const uint8_t *pdu, size_t len, uint8_t code)
{
	uint8_t out[5] = {VK_ATT_ERROR, pdu[0], len > 2 ? pdu[1] : 0, len > 2 ? pdu[2] : 0, code};

	return att->ops->send(att->user, out, sizeof out);
}

static int serve_mtu(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	uint8_t out[3] = {VK_ATT_MTU_RSP};
	uint16_t theirs = len == 3 ? vk_get_le16(pdu + 1) : 0;

	if (theirs < VK_ATT_MTU_DEFAULT)
		theirs = VK_ATT_MTU_DEFAULT;
	att->mtu = theirs < VK_ATT_MTU ? theirs : VK_ATT_MTU;
	vk_put_le16(out + 1, VK_ATT_MTU);
	return att->ops->send(att->user, out, sizeof out);
}

static int serve_time_by_type(struct vk_att *att)
{
	uint8_t out[4 + VK_ATT_CURRENT_TIME_LEN] = {VK_ATT_READ_BY_TYPE_RSP,
						    2 + VK_ATT_CURRENT_TIME_LEN, TIME_HANDLE, 0};

	att->ops->current_time(att->user, out + 4);
	return att->ops->send(att->user, out, sizeof out);
}

static int serve_time(struct vk_att *att)
{
	uint8_t out[1 + VK_ATT_CURRENT_TIME_LEN] = {VK_ATT_READ_RSP};

	att->ops->current_time(att->user, out + 1);
	return att->ops->send(att->user, out, sizeof out);
}

static int serve(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	uint16_t handle = len > 2 ? vk_get_le16(pdu + 1) : 0;

	if (pdu[0] & VK_ATT_COMMAND_BIT)
		return 0;
	switch (pdu[0]) {
	case VK_ATT_MTU_REQ:
		return serve_mtu(att, pdu, len);
	case VK_ATT_READ_BY_TYPE_REQ:
		if (len == 7 && vk_get_le16(pdu + 5) == UUID_CURRENT_TIME &&
		    handle <= TIME_HANDLE && vk_get_le16(pdu + 3) >= TIME_HANDLE)
			return serve_time_by_type(att);
		return refuse(att, pdu, len, VK_ATT_E_NOT_FOUND);
	case VK_ATT_FIND_INFO_REQ:
	case VK_ATT_FIND_BY_VALUE_REQ:
	case VK_ATT_READ_BY_GROUP_REQ:
		return refuse(att, pdu, len, VK_ATT_E_NOT_FOUND);
	case VK_ATT_READ_REQ:
		if (handle == TIME_HANDLE)
			return serve_time(att);
		return refuse(att, pdu, len, VK_ATT_E_HANDLE);
	case VK_ATT_READ_BLOB_REQ:
	case VK_ATT_WRITE_REQ:
		return refuse(att, pdu, len, VK_ATT_E_HANDLE);
	default:
		return refuse(att, pdu, len, VK_ATT_E_NOT_SUPPORTED);
	}
}

int vk_att_input(struct vk_att *att, const uint8_t *pdu, size_t len, int64_t now_ms)
{
	if (len == 0)
		return -EPROTO;
	switch (pdu[0]) {
	case VK_ATT_ERROR:
	case VK_ATT_MTU_RSP:
	case VK_ATT_FIND_INFO_RSP:
	case VK_ATT_READ_BY_TYPE_RSP:
	case VK_ATT_READ_RSP:
	case VK_ATT_READ_BLOB_RSP:
	case VK_ATT_READ_BY_GROUP_RSP:
	case VK_ATT_WRITE_RSP:
		return on_answer(att, pdu, len, now_ms);
	case VK_ATT_NOTIFY:
	case VK_ATT_INDICATE:
		return on_value(att, pdu, len);
	case VK_ATT_CONFIRM: /* we indicate nothing, so this confirms nothing */
		return 0;
	default:
		return serve(att, pdu, len);
	}
}

int vk_att_confirm(struct vk_att *att)
{
	static const uint8_t confirm = VK_ATT_CONFIRM;

	if (!att->is_indicated)
		return 0;
	att->is_indicated = false;
	return att->ops->send(att->user, &confirm, 1);
}

int vk_att_tick(const struct vk_att *att, int64_t now_ms)
{
	return now_ms >= att->deadline_ms ? -ETIMEDOUT : 0;
}
