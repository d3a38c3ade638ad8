/* SPDX-License-Identifier: Apache-2.0 */
/* Building requests and taking lists of answers apart, one bound check per list. */
#include "att/pdu.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

enum {
	DECLARATION_16 = 7, /* handle, properties, value handle, 16-bit UUID */
	DECLARATION_128 = 21,
	INFORMATION_16 = 4,
	INFORMATION_128 = 18,
};

static size_t build_range(uint8_t *out, uint8_t op, uint16_t first, uint16_t last)
{
	out[0] = op;
	vk_put_le16(out + 1, first);
	vk_put_le16(out + 3, last);
	return 5;
}

size_t vk_att_build_mtu(uint8_t *out)
{
	out[0] = VK_ATT_MTU_REQ;
	vk_put_le16(out + 1, VK_ATT_MTU);
	return 3;
}

size_t vk_att_build_find_info(uint8_t *out, uint16_t first, uint16_t last)
{
	return build_range(out, VK_ATT_FIND_INFO_REQ, first, last);
}

size_t vk_att_build_read_by_type(uint8_t *out, uint16_t first, uint16_t last, uint16_t uuid)
{
	size_t len = build_range(out, VK_ATT_READ_BY_TYPE_REQ, first, last);

	vk_put_le16(out + len, uuid);
	return len + 2;
}

size_t vk_att_build_read(uint8_t *out, uint16_t handle)
{
	out[0] = VK_ATT_READ_REQ;
	vk_put_le16(out + 1, handle);
	return 3;
}

size_t vk_att_build_write(uint8_t *out, uint16_t handle, const void *value, size_t len)
{
	if (len > VK_ATT_REQUEST_MAX - 3)
		return 0;
	out[0] = VK_ATT_WRITE_REQ;
	vk_put_le16(out + 1, handle);
	memcpy(out + 3, value, len);
	return len + 3;
}

int vk_att_characteristics(const uint8_t *data, size_t len, struct vk_att_list *ret_list)
{
	if (len < 1 || (data[0] != DECLARATION_16 && data[0] != DECLARATION_128))
		return -EBADMSG;
	if (len == 1 || (len - 1) % data[0] != 0)
		return -EBADMSG;
	*ret_list = (struct vk_att_list){.data = data, .len = len, .at = 1, .entry = data[0]};
	return 0;
}

int vk_att_informations(const uint8_t *data, size_t len, struct vk_att_list *ret_list)
{
	size_t entry;

	if (len < 2 || (data[0] != 1 && data[0] != 2))
		return -EBADMSG;
	entry = data[0] == 1 ? INFORMATION_16 : INFORMATION_128;
	if ((len - 1) % entry != 0)
		return -EBADMSG;
	*ret_list = (struct vk_att_list){.data = data, .len = len, .at = 1, .entry = entry};
	return 0;
}

/* The next entry, or NULL. */
static const uint8_t *next(struct vk_att_list *list)
{
	const uint8_t *entry = list->data + list->at;

	if (list->len - list->at < list->entry)
		return NULL;
	list->at += list->entry;
	return entry;
}

/* Those of the vendors' own that we use, by numbers that the Bluetooth SIG gives to protocols. */
static uint16_t vendor_uuid(const uint8_t *p)
{
	static const struct {
		uint8_t bytes[16];
		uint16_t number;
	} known[] = {
		/* 00001026-0002-11e2-9e96-0800200c9a66: Contour's clock */
		{{0x66, 0x9a, 0x0c, 0x20, 0x00, 0x08, 0x96, 0x9e, 0xe2, 0x11, 0x02, 0x00, 0x26,
		  0x10, 0x00, 0x00},
		 0x1026},
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (memcmp(p, known[i].bytes, sizeof known[i].bytes) == 0)
			return known[i].number;
	return 0;
}

bool vk_att_next_characteristic(struct vk_att_list *list, struct vk_att_characteristic *ret_c)
{
	const uint8_t *p = next(list);

	if (!p)
		return false;
	*ret_c = (struct vk_att_characteristic){
		.declaration = vk_get_le16(p),
		.properties = p[2],
		.value = vk_get_le16(p + 3),
		.uuid = list->entry == DECLARATION_16 ? vk_get_le16(p + 5) : vendor_uuid(p + 5),
	};
	return true;
}

bool vk_att_next_information(struct vk_att_list *list, struct vk_att_information *ret_i)
{
	const uint8_t *p = next(list);

	if (!p)
		return false;
	ret_i->handle = vk_get_le16(p);
	ret_i->uuid = list->entry == INFORMATION_16 ? vk_get_le16(p + 2) : 0;
	return true;
}
