/* SPDX-License-Identifier: Apache-2.0 */
/* Answers with a default MTU of 23 bytes, so that lists come in several parts. */
#include "fake_peer.h"

#include <string.h>

#include "att/pdu.h"
#include "base/bytes.h"

uint16_t fake_peer_add(struct fake_peer *p, uint16_t uuid, uint8_t properties, const void *value,
		       size_t len)
{
	struct fake_attribute *declaration = &p->list[++p->n];
	struct fake_attribute *a = &p->list[++p->n];
	uint16_t handle = (uint16_t)p->n;

	declaration->type = VK_GATT_CHARACTERISTIC;
	declaration->len = 5;
	declaration->value[0] = properties;
	vk_put_le16(declaration->value + 1, handle);
	vk_put_le16(declaration->value + 3, uuid);
	a->type = uuid;
	a->len = len;
	if (len)
		memcpy(a->value, value, len);
	if (properties & (VK_GATT_NOTIFY | VK_GATT_INDICATE)) {
		p->list[++p->n].type = VK_GATT_CCCD;
		p->list[p->n].len = 2;
	}
	return handle;
}

uint16_t fake_peer_handle(const struct fake_peer *p, uint16_t uuid)
{
	for (int i = 1; i <= p->n; i++)
		if (p->list[i].type == uuid)
			return (uint16_t)i;
	return 0;
}

static size_t refuse(const uint8_t *pdu, uint8_t code, uint8_t *out)
{
	out[0] = VK_ATT_ERROR;
	out[1] = pdu[0];
	out[2] = pdu[1];
	out[3] = pdu[2];
	out[4] = code;
	return 5;
}

static size_t declarations(const struct fake_peer *p, const uint8_t *pdu, uint8_t *out)
{
	size_t len = 2;

	out[0] = VK_ATT_READ_BY_TYPE_RSP;
	out[1] = 7;
	for (int i = vk_get_le16(pdu + 1); i <= p->n && len + 7 <= 23; i++) {
		if (p->list[i].type != vk_get_le16(pdu + 5))
			continue;
		vk_put_le16(out + len, (uint16_t)i);
		memcpy(out + len + 2, p->list[i].value, 5);
		len += 7;
	}
	return len > 2 ? len : refuse(pdu, VK_ATT_E_NOT_FOUND, out);
}

/* One value, read by its type. */
static size_t value_by_type(const struct fake_peer *p, const uint8_t *pdu, uint8_t *out)
{
	uint16_t handle = fake_peer_handle(p, vk_get_le16(pdu + 5));

	if (!handle)
		return refuse(pdu, VK_ATT_E_NOT_FOUND, out);
	out[0] = VK_ATT_READ_BY_TYPE_RSP;
	out[1] = (uint8_t)(2 + p->list[handle].len);
	vk_put_le16(out + 2, handle);
	memcpy(out + 4, p->list[handle].value, p->list[handle].len);
	return 4 + p->list[handle].len;
}

static size_t information(const struct fake_peer *p, const uint8_t *pdu, uint8_t *out)
{
	size_t len = 2;

	out[0] = VK_ATT_FIND_INFO_RSP;
	out[1] = 1;
	for (int i = vk_get_le16(pdu + 1); i <= p->n && i <= vk_get_le16(pdu + 3) && len + 4 <= 23;
	     i++) {
		vk_put_le16(out + len, (uint16_t)i);
		vk_put_le16(out + len + 2, p->list[i].type);
		len += 4;
	}
	return len > 2 ? len : refuse(pdu, VK_ATT_E_NOT_FOUND, out);
}

static size_t write_to(struct fake_attribute *a, const uint8_t *pdu, size_t len, uint8_t *out)
{
	a->writes++;
	if (a->write_error) {
		uint8_t error = a->write_error;

		if (a->write_errors > 0 && --a->write_errors == 0)
			a->write_error = 0;
		return refuse(pdu, error, out);
	}
	if (!a->is_stubborn) {
		a->len = len - 3;
		memcpy(a->value, pdu + 3, a->len);
	}
	out[0] = VK_ATT_WRITE_RSP;
	return 1;
}

size_t fake_peer_answer(struct fake_peer *p, const uint8_t *pdu, size_t len, uint8_t *out)
{
	uint16_t handle = len > 2 ? vk_get_le16(pdu + 1) : 0;
	struct fake_attribute *a = handle > 0 && handle <= p->n ? &p->list[handle] : NULL;

	if (p->is_mute || (p->mute_after && p->requests >= p->mute_after))
		return 0;
	p->requests++;
	switch (pdu[0]) {
	case VK_ATT_MTU_REQ:
		return refuse(pdu, VK_ATT_E_NOT_SUPPORTED, out);
	case VK_ATT_READ_BY_TYPE_REQ:
		return vk_get_le16(pdu + 5) == VK_GATT_CHARACTERISTIC ? declarations(p, pdu, out)
								      : value_by_type(p, pdu, out);
	case VK_ATT_FIND_INFO_REQ:
		return information(p, pdu, out);
	case VK_ATT_READ_REQ:
		if (!a)
			return refuse(pdu, VK_ATT_E_HANDLE, out);
		out[0] = VK_ATT_READ_RSP;
		memcpy(out + 1, a->value, a->len);
		return a->len + 1;
	case VK_ATT_WRITE_REQ:
		return a ? write_to(a, pdu, len, out) : refuse(pdu, VK_ATT_E_HANDLE, out);
	default:
		return 0;
	}
}
