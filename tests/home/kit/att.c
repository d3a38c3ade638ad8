/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See att.h. One function per request; each checks the length of its PDU before it looks into it.
 * Requests (bit 6 of the opcode clear) that are not known are answered "not supported", commands by
 * silence.
 */
#include "att.h"

#include <errno.h>
#include <string.h>

#include "le.h"

#define OP_ERROR         0x01
#define OP_MTU           0x02
#define OP_FIND_INFO     0x04
#define OP_READ_BY_TYPE  0x08
#define OP_READ          0x0a
#define OP_READ_BLOB     0x0c
#define OP_READ_BY_GROUP 0x10
#define OP_WRITE         0x12
#define OP_NOTIFY        0x1b
#define OP_INDICATE      0x1d
#define OP_CONFIRM       0x1e
#define OP_WRITE_COMMAND 0x52
#define COMMAND_BIT      0x40

struct reply {
	size_t len;
	uint8_t pdu[VK_ATT_MTU_MAX];
};

void vk_att_reset(struct vk_att *att)
{
	att->mtu = VK_ATT_MTU_MIN;
	att->indicating = false;
}

static void send_error(struct vk_att *att, uint8_t op, uint16_t handle, uint8_t code)
{
	uint8_t pdu[5] = {OP_ERROR, op, 0, 0, code};

	vk_put16(pdu + 2, handle);
	att->host.send(att->host.ctx, pdu, sizeof(pdu));
}

static void send_reply(struct vk_att *att, const struct reply *r)
{
	att->host.send(att->host.ctx, r->pdu, r->len);
}

/* False when the answer is full. */
static bool reply_add(const struct vk_att *att, struct reply *r, const void *p, size_t n)
{
	if (r->len + n > att->mtu)
		return false;
	memcpy(r->pdu + r->len, p, n);
	r->len += n;
	return true;
}

static uint8_t guard_error(struct vk_att *att, const struct vk_attr *a)
{
	int level = att->host.security(att->host.ctx);
	bool bonded = att->host.bonded(att->host.ctx);

	if (a->guard != VK_GUARD_NONE && level < VK_SECURITY_ENCRYPTED)
		return bonded ? VK_ATT_ERR_ENCRYPTION : VK_ATT_ERR_AUTHENTICATION;
	if (a->guard == VK_GUARD_AUTHENTICATED && level < VK_SECURITY_AUTHENTICATED)
		return VK_ATT_ERR_AUTHENTICATION;
	return 0;
}

/* The value as it is now; 0 or an ATT error. */
static uint8_t value_of(struct vk_att *att, const struct vk_attr *a, uint8_t *out, size_t *len)
{
	uint8_t error = guard_error(att, a);

	if (!(a->props & VK_PROP_READ))
		return VK_ATT_ERR_READ;
	if (error)
		return error;
	if (a->type == VK_UUID_CCCD) {
		vk_put16(out, att->host.ccc(att->host.ctx, a->slot));
		*len = 2;
	} else if (a->live) {
		*len = att->host.read(att->host.ctx, a->type, out);
	} else {
		memcpy(out, a->value, a->len);
		*len = a->len;
	}
	return 0;
}

static void on_mtu(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	uint8_t rsp[3] = {OP_MTU + 1, VK_ATT_MTU_MAX, 0};
	uint16_t asked;

	if (len != 3) {
		send_error(att, OP_MTU, 0, VK_ATT_ERR_PDU);
		return;
	}
	att->host.send(att->host.ctx, rsp, sizeof(rsp));
	asked = vk_get16(pdu + 1);
	if (asked < VK_ATT_MTU_MIN)
		asked = VK_ATT_MTU_MIN;
	att->mtu = asked > VK_ATT_MTU_MAX ? VK_ATT_MTU_MAX : asked;
}

/* Start and end handle of a discovery request; false when it has been answered by an error. */
static bool range(struct vk_att *att, const uint8_t *pdu, bool length_ok, uint16_t *start,
		  uint16_t *end)
{
	if (!length_ok) {
		send_error(att, pdu[0], 0, VK_ATT_ERR_PDU);
		return false;
	}
	*start = vk_get16(pdu + 1);
	*end = vk_get16(pdu + 3);
	if (*start == 0 || *start > *end) {
		send_error(att, pdu[0], *start, VK_ATT_ERR_HANDLE);
		return false;
	}
	if (*end > att->db->count)
		*end = (uint16_t)att->db->count;
	return true;
}

static void on_find_info(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	struct reply r = {.len = 2, .pdu = {OP_FIND_INFO + 1, 1}};
	uint16_t start;
	uint16_t end;

	if (!range(att, pdu, len == 5, &start, &end))
		return;
	for (unsigned h = start; h <= end; h++) {
		uint8_t item[4];

		vk_put16(item, (uint16_t)h);
		vk_put16(item + 2, att->db->attr[h - 1].type);
		if (!reply_add(att, &r, item, sizeof(item)))
			break;
	}
	if (r.len == 2)
		send_error(att, pdu[0], start, VK_ATT_ERR_NOT_FOUND);
	else
		send_reply(att, &r);
}

/* 16-bit UUID at the end of a request, also when written in its 128-bit form; 0 = not one of ours.
 */
static uint16_t uuid_of(const uint8_t *p, size_t len)
{
	static const uint8_t base[12] = {0xfb, 0x34, 0x9b, 0x5f, 0x80, 0x00,
					 0x00, 0x80, 0x00, 0x10, 0x00, 0x00};

	if (len == 2)
		return vk_get16(p);
	if (memcmp(p, base, sizeof(base)) != 0 || vk_get16(p + 14) != 0)
		return 0;
	return vk_get16(p + 12);
}

static void on_read_by_type(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	struct reply r = {.len = 2, .pdu = {OP_READ_BY_TYPE + 1}};
	uint8_t error = VK_ATT_ERR_NOT_FOUND;
	uint16_t start;
	uint16_t end;
	uint16_t uuid;

	if (!range(att, pdu, len == 7 || len == 21, &start, &end))
		return;
	uuid = uuid_of(pdu + 5, len - 5);
	for (unsigned h = start; h <= end; h++) {
		const struct vk_attr *a = &att->db->attr[h - 1];
		uint8_t item[2 + VK_GATT_VALUE_MAX];
		uint8_t e;
		size_t n;

		if (a->type != uuid)
			continue;
		e = value_of(att, a, item + 2, &n);
		if (e) {
			if (r.len == 2) {
				error = e;
				start = (uint16_t)h;
			}
			break;
		}
		vk_put16(item, (uint16_t)h);
		if (n + 4 > att->mtu)
			n = att->mtu - 4u;
		if (r.len == 2)
			r.pdu[1] = (uint8_t)(n + 2);
		/* All items of one answer are equally long: another length ends it. */
		if (n + 2 != r.pdu[1] || !reply_add(att, &r, item, n + 2))
			break;
	}
	if (r.len == 2)
		send_error(att, pdu[0], start, error);
	else
		send_reply(att, &r);
}

static void on_read_by_group(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	struct reply r = {.len = 2, .pdu = {OP_READ_BY_GROUP + 1, 6}};
	uint16_t start;
	uint16_t end;

	if (!range(att, pdu, len == 7 || len == 21, &start, &end))
		return;
	if (uuid_of(pdu + 5, len - 5) != VK_UUID_PRIMARY) {
		send_error(att, pdu[0], start, VK_ATT_ERR_GROUP);
		return;
	}
	for (unsigned h = start; h <= end; h++) {
		const struct vk_attr *a = &att->db->attr[h - 1];
		uint8_t item[6];

		if (a->type != VK_UUID_PRIMARY)
			continue;
		vk_put16(item, (uint16_t)h);
		vk_put16(item + 2, vk_gattdb_group_end(att->db, (uint16_t)h));
		memcpy(item + 4, a->value, 2);
		if (!reply_add(att, &r, item, sizeof(item)))
			break;
	}
	if (r.len == 2)
		send_error(att, pdu[0], start, VK_ATT_ERR_NOT_FOUND);
	else
		send_reply(att, &r);
}

static void on_read(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	bool blob = pdu[0] == OP_READ_BLOB;
	struct reply r = {.len = 1, .pdu = {(uint8_t)(pdu[0] + 1)}};
	uint8_t value[VK_GATT_VALUE_MAX];
	uint16_t handle = len >= 3 ? vk_get16(pdu + 1) : 0;
	const struct vk_attr *a = vk_gattdb_at(att->db, handle);
	size_t offset = 0;
	size_t n = 0;
	uint8_t error;

	if (len != (blob ? 5 : 3)) {
		send_error(att, pdu[0], handle, VK_ATT_ERR_PDU);
		return;
	}
	error = a ? value_of(att, a, value, &n) : VK_ATT_ERR_HANDLE;
	if (blob)
		offset = vk_get16(pdu + 3);
	if (!error && offset > n)
		error = VK_ATT_ERR_OFFSET;
	if (error) {
		send_error(att, pdu[0], handle, error);
		return;
	}
	n -= offset;
	if (n > att->mtu - 1u)
		n = att->mtu - 1u;
	reply_add(att, &r, value + offset, n);
	send_reply(att, &r);
}

static uint8_t write_value(struct vk_att *att, const struct vk_attr *a, const uint8_t *v, size_t n,
			   bool command)
{
	uint8_t need = command ? VK_PROP_WRITE_COMMAND : VK_PROP_WRITE;
	uint8_t error;

	if (!(a->props & need))
		return VK_ATT_ERR_WRITE;
	error = guard_error(att, a);
	if (error)
		return error;
	if (a->type != VK_UUID_CCCD)
		return att->host.write(att->host.ctx, a->type, v, n);
	if (n != 2)
		return VK_ATT_ERR_LENGTH;
	return att->host.set_ccc(att->host.ctx, a->slot, vk_get16(v));
}

static void on_write(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	bool command = pdu[0] == OP_WRITE_COMMAND;
	uint8_t rsp = OP_WRITE + 1;
	uint16_t handle = len >= 3 ? vk_get16(pdu + 1) : 0;
	const struct vk_attr *a = vk_gattdb_at(att->db, handle);
	uint8_t error;

	if (len < 3)
		error = VK_ATT_ERR_PDU;
	else
		error = a ? write_value(att, a, pdu + 3, len - 3, command) : VK_ATT_ERR_HANDLE;
	if (command)
		return;
	if (error)
		send_error(att, pdu[0], handle, error);
	else
		att->host.send(att->host.ctx, &rsp, 1);
}

static void on_confirm(struct vk_att *att)
{
	if (!att->indicating)
		return;
	att->indicating = false;
	att->host.confirmed(att->host.ctx);
}

void vk_att_input(struct vk_att *att, const uint8_t *pdu, size_t len)
{
	if (len == 0)
		return;
	switch (pdu[0]) {
	case OP_MTU:
		on_mtu(att, pdu, len);
		break;
	case OP_FIND_INFO:
		on_find_info(att, pdu, len);
		break;
	case OP_READ_BY_TYPE:
		on_read_by_type(att, pdu, len);
		break;
	case OP_READ:
	case OP_READ_BLOB:
		on_read(att, pdu, len);
		break;
	case OP_READ_BY_GROUP:
		on_read_by_group(att, pdu, len);
		break;
	case OP_WRITE:
	case OP_WRITE_COMMAND:
		on_write(att, pdu, len);
		break;
	case OP_CONFIRM:
		on_confirm(att);
		break;
	default:
		/* Odd opcodes are answers to requests that we never send. */
		if (!(pdu[0] & COMMAND_BIT) && !(pdu[0] & 1))
			send_error(att, pdu[0], 0, VK_ATT_ERR_NOT_SUPPORTED);
		break;
	}
}

static int send_value(struct vk_att *att, uint8_t op, uint16_t handle, const uint8_t *value,
		      size_t len)
{
	uint8_t pdu[VK_ATT_MTU_MAX] = {op};

	if (len + 3 > att->mtu)
		return -EMSGSIZE;
	vk_put16(pdu + 1, handle);
	memcpy(pdu + 3, value, len);
	return att->host.send(att->host.ctx, pdu, len + 3);
}

int vk_att_indicate(struct vk_att *att, uint16_t handle, const uint8_t *value, size_t len)
{
	int rc;

	if (att->indicating)
		return -EBUSY;
	rc = send_value(att, OP_INDICATE, handle, value, len);
	if (rc == 0)
		att->indicating = true;
	return rc;
}

int vk_att_notify(struct vk_att *att, uint16_t handle, const uint8_t *value, size_t len)
{
	return send_value(att, OP_NOTIFY, handle, value, len);
}
