/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations first (Read By Type 2803), then the CCCD of each that can notify or indicate. */
#include "att/discovery.h"

#include <errno.h>

enum { LAST_HANDLE = 0xffff };

static void ask_characteristics(struct vk_discovery *d);
static void ask_descriptors(struct vk_discovery *d);

static void finish(struct vk_discovery *d, int error)
{
	if (error < 0)
		d->out->n = 0;
	d->fn(d->user, error);
}

static void request(struct vk_discovery *d, const uint8_t *pdu, size_t len, vk_att_reply_fn fn)
{
	int r;

	if (++d->requests > VK_DISCOVERY_REQUESTS) {
		finish(d, -E2BIG);
		return;
	}
	r = vk_att_request(d->att, pdu, len, d->now_ms, fn, d);
	if (r < 0)
		finish(d, r);
}

/* What a handle range tells about one entry's CCCD. *ret_last: highest handle seen. */
static int take_descriptors(struct vk_attribute *entry, const struct vk_att_reply *reply,
			    uint16_t *ret_last)
{
	struct vk_att_list list;
	struct vk_att_information info;
	int r = vk_att_informations(reply->data, reply->len, &list);

	if (r < 0)
		return r;
	while (vk_att_next_information(&list, &info)) {
		if (info.handle <= *ret_last)
			return -EBADMSG;
		*ret_last = info.handle;
		if (info.uuid == VK_GATT_CCCD && !entry->cccd)
			entry->cccd = info.handle;
	}
	return 0;
}

static void on_descriptors(void *user, const struct vk_att_reply *reply)
{
	struct vk_discovery *d = user;
	struct vk_attribute *entry = &d->out->list[d->described];
	uint16_t last = (uint16_t)(d->from - 1);
	int r;

	if (!reply->error) {
		r = take_descriptors(entry, reply, &last);
		if (r < 0) {
			finish(d, r);
			return;
		}
	}
	if (reply->error || entry->cccd || last >= d->ends[d->described]) {
		d->described++;
		d->from = 0;
	} else {
		d->from = (uint16_t)(last + 1);
	}
	ask_descriptors(d);
}

static bool wants_descriptors(const struct vk_discovery *d, int i)
{
	const struct vk_attribute *entry = &d->out->list[i];

	return (entry->properties & (VK_GATT_NOTIFY | VK_GATT_INDICATE)) &&
	       entry->value < d->ends[i];
}

static void ask_descriptors(struct vk_discovery *d)
{
	uint8_t pdu[VK_ATT_REQUEST_MAX];
	size_t len;

	while (d->described < d->out->n && !wants_descriptors(d, d->described))
		d->described++;
	if (d->described == d->out->n) {
		finish(d, 0);
		return;
	}
	if (!d->from)
		d->from = (uint16_t)(d->out->list[d->described].value + 1);
	len = vk_att_build_find_info(pdu, d->from, d->ends[d->described]);
	request(d, pdu, len, on_descriptors);
}

static int take_characteristic(struct vk_discovery *d, const struct vk_att_characteristic *c)
{
	struct vk_attributes *a = d->out;

	if (c->declaration < d->from || c->value <= c->declaration)
		return -EBADMSG;
	if (a->n == VK_ATTRIBUTES_MAX)
		return -E2BIG;
	if (a->n > 0)
		d->ends[a->n - 1] = (uint16_t)(c->declaration - 1);
	d->ends[a->n] = LAST_HANDLE;
	a->list[a->n++] = (struct vk_attribute){
		.value = c->value, .uuid = c->uuid, .properties = c->properties};
	d->from = c->value == LAST_HANDLE ? 0 : (uint16_t)(c->value + 1);
	return d->from ? 0 : -EBADMSG;
}

static int take_characteristics(struct vk_discovery *d, const struct vk_att_reply *reply)
{
	struct vk_att_list list;
	struct vk_att_characteristic c;
	int r = vk_att_characteristics(reply->data, reply->len, &list);

	while (r == 0 && vk_att_next_characteristic(&list, &c))
		r = take_characteristic(d, &c);
	return r;
}

static void on_characteristics(void *user, const struct vk_att_reply *reply)
{
	struct vk_discovery *d = user;
	int r;

	if (reply->error) { /* 0A: no more; another one: all that this link may see */
		d->from = 0;
		ask_descriptors(d);
		return;
	}
	r = take_characteristics(d, reply);
	if (r < 0)
		finish(d, r);
	else
		ask_characteristics(d);
}

static void ask_characteristics(struct vk_discovery *d)
{
	uint8_t pdu[VK_ATT_REQUEST_MAX];
	size_t len = vk_att_build_read_by_type(pdu, d->from, LAST_HANDLE, VK_GATT_CHARACTERISTIC);

	request(d, pdu, len, on_characteristics);
}

void vk_discovery_start(struct vk_discovery *d, struct vk_att *att, int64_t now_ms,
			struct vk_attributes *out, vk_discovery_fn fn, void *user)
{
	*d = (struct vk_discovery){
		.att = att, .out = out, .fn = fn, .user = user, .now_ms = now_ms, .from = 1};
	out->n = 0;
	ask_characteristics(d);
}
