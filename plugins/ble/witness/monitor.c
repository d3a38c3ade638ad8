/* SPDX-License-Identifier: Apache-2.0 */
/* Six bytes of header (opcode, adapter, length), then HCI without its type byte. */
#include "witness/monitor.h"

#include <string.h>

#include "base/bytes.h"

enum {
	OP_ADAPTER_GONE = 1,
	OP_EVENT = 3,
	OP_ACL_SENT = 4,
	OP_ACL_RECEIVED = 5,
	OP_CLOSED = 9,
	EVENT_DISCONNECTED = 0x05,
	EVENT_LE = 0x3e,
	CID_ATT = 4,
	ATT_INDICATION = 0x1d,
	ATT_CONFIRMATION = 0x1e,
	FRAGMENT_CONTINUED = 1,
};

static struct vk_monitor_link *find(struct vk_monitor *m, uint16_t adapter, uint16_t handle)
{
	for (int i = 0; i < VK_MONITOR_LINKS; i++)
		if (m->links[i].is_used && m->links[i].adapter == adapter &&
		    m->links[i].handle == handle)
			return &m->links[i];
	return NULL;
}

/* A full table forgets the oldest link. */
static struct vk_monitor_link *find_or_add(struct vk_monitor *m, uint16_t adapter, uint16_t handle)
{
	struct vk_monitor_link *l = find(m, adapter, handle), *out = &m->links[0];

	if (l)
		return l;
	for (int i = 0; i < VK_MONITOR_LINKS && out->is_used; i++)
		if (!m->links[i].is_used || m->links[i].age < out->age)
			out = &m->links[i];
	*out = (struct vk_monitor_link){
		.is_used = true, .adapter = adapter, .handle = handle, .age = ++m->age};
	return out;
}

static bool know(struct vk_monitor *m, struct vk_monitor_link *l)
{
	if (!l->is_known)
		l->is_known = m->ops->who(m->user, l->adapter, l->handle, l->address);
	return l->is_known;
}

static void take_pdu(struct vk_monitor *m, struct vk_monitor_link *l)
{
	(void)know(m, l);
	if (l->pdu[0] != ATT_INDICATION || l->need < 3)
		return;
	memcpy(l->indication, l->pdu, l->need);
	l->held = l->need;
}

/* After the ACL header: the beginning of an L2CAP frame, or more of it. */
static void take_received(struct vk_monitor *m, struct vk_monitor_link *l, bool is_first,
			  const uint8_t *data, size_t len)
{
	if (is_first) {
		l->need = l->have = 0;
		if (len < 4 || vk_get_le16(data + 2) != CID_ATT || vk_get_le16(data) == 0 ||
		    vk_get_le16(data) > sizeof l->pdu)
			return;
		l->need = vk_get_le16(data);
		data += 4;
		len -= 4;
	}
	if (len > (size_t)(l->need - l->have)) {
		l->need = l->have = 0;
		return;
	}
	memcpy(l->pdu + l->have, data, len);
	l->have = (uint16_t)(l->have + len);
	if (l->need == 0 || l->have < l->need)
		return;
	take_pdu(m, l);
	l->need = l->have = 0;
}

static void take_sent(struct vk_monitor *m, struct vk_monitor_link *l, bool is_first,
		      const uint8_t *data, size_t len)
{
	size_t held = l->held;

	if (!is_first || len != 5 || vk_get_le16(data) != 1 || vk_get_le16(data + 2) != CID_ATT ||
	    data[4] != ATT_CONFIRMATION || held == 0)
		return;
	l->held = 0;
	if (know(m, l))
		m->ops->confirmed(m->user, l->address, vk_get_le16(l->indication + 1),
				  l->indication + 3, held - 3);
}

static void take_acl(struct vk_monitor *m, uint16_t op, uint16_t adapter, const uint8_t *p,
		     size_t len)
{
	struct vk_monitor_link *l;
	bool is_first;

	if (len < 4 || vk_get_le16(p + 2) != len - 4)
		return;
	/* A confirmation to nobody known must not push anybody out. */
	l = op == OP_ACL_RECEIVED ? find_or_add(m, adapter, vk_get_le16(p) & 0xfff)
				  : find(m, adapter, vk_get_le16(p) & 0xfff);
	if (!l)
		return;
	is_first = (vk_get_le16(p) >> 12 & 3) != FRAGMENT_CONTINUED;
	if (op == OP_ACL_RECEIVED)
		take_received(m, l, is_first, p + 4, len - 4);
	else
		take_sent(m, l, is_first, p + 4, len - 4);
}

/* The address of the event may be a private one: a new link starts without an identity. */
static void take_event(struct vk_monitor *m, uint16_t adapter, const uint8_t *p, size_t len)
{
	struct vk_monitor_link *l;

	if (len >= 6 && p[0] == EVENT_DISCONNECTED && p[2] == 0)
		l = find(m, adapter, vk_get_le16(p + 3) & 0xfff);
	else if (len >= 14 && p[0] == EVENT_LE && p[3] == 0)
		l = find(m, adapter, vk_get_le16(p + 4) & 0xfff);
	else
		return;
	if (l)
		l->is_used = false;
}

static void forget_adapter(struct vk_monitor *m, uint16_t adapter)
{
	for (int i = 0; i < VK_MONITOR_LINKS; i++)
		if (m->links[i].adapter == adapter)
			m->links[i].is_used = false;
}

void vk_monitor_packet(struct vk_monitor *m, const uint8_t *packet, size_t len)
{
	uint16_t op, adapter;

	if (len < 6 || vk_get_le16(packet + 4) != len - 6)
		return;
	op = vk_get_le16(packet);
	adapter = vk_get_le16(packet + 2);
	if (m->adapter >= 0 && adapter != m->adapter)
		return;
	if (op == OP_ACL_RECEIVED || op == OP_ACL_SENT)
		take_acl(m, op, adapter, packet + 6, len - 6);
	else if (op == OP_EVENT)
		take_event(m, adapter, packet + 6, len - 6);
	else if (op == OP_ADAPTER_GONE || op == OP_CLOSED)
		forget_adapter(m, adapter);
}

void vk_monitor_init(struct vk_monitor *m, int adapter, const struct vk_monitor_ops *ops,
		     void *user)
{
	*m = (struct vk_monitor){.ops = ops, .user = user, .adapter = adapter};
}
