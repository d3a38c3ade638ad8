/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See hostile.h. Each manner answers the requests it is about and leaves the others to the decent
 * server, so that the collector gets as far as the manner wants it.
 */
#include "hostile.h"

#include <errno.h>
#include <string.h>

#include "device.h"
#include "le.h"

#define OP_ERROR             0x01
#define OP_MTU               0x02
#define OP_FIND_INFO         0x04
#define OP_READ_BY_TYPE      0x08
#define OP_READ              0x0a
#define OP_READ_BLOB         0x0c
#define OP_BY_GROUP          0x10
#define OP_WRITE             0x12
#define OP_NOTIFY            0x1b
#define OP_INDICATE          0x1d
#define OP_CONFIRM           0x1e
#define OP_COMMAND           0x40 /* bit: no answer is due */
#define UUID_SERVICE_CHANGED 0x2a05
#define FLOOD_TURN           32 /* notifications a turn of the loop */

int vk_hostile_parse(const char *word, enum vk_hostile *out)
{
	static const char *const names[VK_HOSTILE_COUNT] = {
		[VK_HOSTILE_NONE] = "none",           [VK_HOSTILE_MUTE] = "mute",
		[VK_HOSTILE_FLOOD] = "flood",         [VK_HOSTILE_HUGE] = "huge",
		[VK_HOSTILE_TABLE] = "table",         [VK_HOSTILE_RECORDS] = "records",
		[VK_HOSTILE_MALFORMED] = "malformed",
	};

	for (int i = 0; i < VK_HOSTILE_COUNT; i++) {
		if (strcmp(word, names[i]) == 0) {
			*out = (enum vk_hostile)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int say(struct vk_device *d, const void *pdu, size_t len)
{
	return d->att.host.send(d->att.host.ctx, pdu, len);
}

/* A part as long as a PDU can be, so there is always another one. */
static bool huge(struct vk_device *d, uint8_t op)
{
	uint8_t pdu[VK_ATT_MTU_MAX];

	if (op != OP_READ && op != OP_READ_BLOB)
		return false;
	memset(pdu, 'A', sizeof(pdu));
	pdu[0] = (uint8_t)(op + 1);
	say(d, pdu, d->att.mtu);
	return true;
}

/* One entry at the first handle that was asked about: a service, a characteristic, a descriptor. */
static bool table(struct vk_device *d, uint8_t op, uint16_t first)
{
	uint8_t pdu[9] = {(uint8_t)(op + 1)};
	size_t len = 0;

	if (op == OP_BY_GROUP) {
		pdu[1] = 6;
		vk_put16(pdu + 4, first);
		vk_put16(pdu + 6, 0x1810);
		len = 8;
	} else if (op == OP_READ_BY_TYPE) {
		pdu[1] = 7;
		pdu[4] = VK_PROP_READ;
		vk_put16(pdu + 5, (uint16_t)(first + 1));
		vk_put16(pdu + 7, 0x2a49);
		len = 9;
	} else if (op == OP_FIND_INFO) {
		pdu[1] = 1;
		vk_put16(pdu + 4, VK_UUID_CCCD);
		len = 6;
	}
	vk_put16(pdu + 2, first);
	if (len)
		say(d, pdu, len);
	return len != 0;
}

static bool malformed(struct vk_device *d, uint8_t op)
{
	static const struct {
		uint8_t len;
		uint8_t byte[12];
	} answers[] = {
		{1, {OP_ERROR}},                                        /* says not what of */
		{2, {OP_READ_BY_TYPE + 1, 0}},                          /* entries of no length */
		{6, {OP_READ_BY_TYPE + 1, 7, 0, 0, 0, 0}},              /* shorter than an entry */
		{8, {OP_BY_GROUP + 1, 6, 9, 0, 1, 0, 0x10, 0x18}},      /* ends before it begins */
		{4, {OP_FIND_INFO + 1, 9, 1, 0}},                       /* a format there is not */
		{3, {OP_MTU + 1, 1, 0}},                                /* an MTU of one byte */
		{12, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, /* no PDU at all */
		{1, {OP_NOTIFY}},                                       /* of no handle */
		{5, {OP_ERROR, OP_WRITE, 0xff, 0xff, 0}},               /* an error that is none */
	};

	if (op & OP_COMMAND)
		return false;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		say(d, answers[i].byte, answers[i].len);
	return true;
}

bool vk_hostile_input(struct vk_device *d, const uint8_t *pdu, size_t len)
{
	uint8_t op = pdu[0];
	uint16_t first = len >= 3 ? vk_get16(pdu + 1) : 0;

	switch (d->hostile) {
	case VK_HOSTILE_MUTE:
		return true;
	case VK_HOSTILE_HUGE:
		return huge(d, op);
	case VK_HOSTILE_TABLE:
		return table(d, op, first);
	case VK_HOSTILE_MALFORMED:
		return op != OP_CONFIRM && malformed(d, op);
	case VK_HOSTILE_NONE:
	case VK_HOSTILE_FLOOD:
	case VK_HOSTILE_RECORDS:
	case VK_HOSTILE_COUNT:
	default:
		return false;
	}
}

/* Once a link it says that its table is another one now, so that the collector reads it. */
static void tell_changed(struct vk_device *d)
{
	uint8_t pdu[7] = {OP_INDICATE, 0, 0, 1, 0, 0xff, 0xff};

	if (d->session.changed || d->att.indicating ||
	    !vk_session_subscribed(d, UUID_SERVICE_CHANGED))
		return;
	d->session.changed = true;
	vk_put16(pdu + 1, vk_gattdb_handle(&d->db, UUID_SERVICE_CHANGED));
	say(d, pdu, sizeof(pdu));
}

bool vk_hostile_step(struct vk_device *d)
{
	uint8_t pdu[3 + VK_SEGMENT_MAX] = {OP_NOTIFY};

	if (d->hostile == VK_HOSTILE_TABLE)
		tell_changed(d);
	if (d->hostile != VK_HOSTILE_FLOOD)
		return false;
	vk_put16(pdu + 1, vk_gattdb_handle(&d->db, d->config.kind->measurement));
	for (int i = 0; i < FLOOD_TURN; i++) {
		if (say(d, pdu, sizeof(pdu)) < 0)
			break;
	}
	return true;
}
