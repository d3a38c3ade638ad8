/* SPDX-License-Identifier: Apache-2.0 */
#include "meter.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "cmocka_all.h"

int meter_setup(void **state)
{
	struct home *h = calloc(1, sizeof *h);

	home_init(h);
	fake_peer_add(&h->peer, 0x2a18, VK_GATT_NOTIFY, NULL, 0);
	fake_peer_add(&h->peer, 0x2a34, VK_GATT_NOTIFY, NULL, 0);
	fake_peer_add(&h->peer, 0x2a52, VK_GATT_WRITE | VK_GATT_INDICATE, NULL, 0);
	*state = h;
	return 0;
}

const struct fake_attribute *meter_racp(const struct home *h)
{
	return &h->peer.list[fake_peer_handle(&h->peer, 0x2a52)];
}

/* Starts, and answers the first question: how many? */
void meter_start(struct home *h, int32_t last, uint16_t count)
{
	uint8_t value[] = {5, 0, 0, 0};

	vk_put_le16(value + 2, count);
	home_start(h, last);
	assert_int_equal(meter_racp(h)->value[0], 4);
	home_indicate(h, 0x2a52, value, sizeof value);
	home_run(h);
	h->confirmations = 0;
}

void meter_record(struct home *h, uint16_t sequence)
{
	uint8_t value[] = {0x02, 0, 0, 0xea, 0x07, 0x03, 0x03, 0x0c, 0x00, 0x00, 0x55, 0xb0, 0x11};

	vk_put_le16(value + 1, sequence);
	home_notify(h, 0x2a18, value, sizeof value);
}

void meter_records(struct home *h, int first, int last)
{
	for (int i = first; i <= last; i++)
		meter_record(h, (uint16_t)i);
}

void meter_end_report(struct home *h, uint8_t code)
{
	const uint8_t value[] = {6, 0, 1, code};

	home_indicate(h, 0x2a52, value, sizeof value);
	home_run(h);
}

void meter_answer(struct home *h, uint8_t op, uint8_t code)
{
	const uint8_t value[] = {6, 0, op, code};

	home_indicate(h, 0x2a52, value, sizeof value);
	home_run(h);
}

void meter_context(struct home *h, uint16_t sequence, uint8_t meal)
{
	uint8_t value[] = {0x02, 0, 0, meal};

	vk_put_le16(value + 1, sequence);
	home_notify(h, 0x2a34, value, sizeof value);
}

void meter_timed_record(struct home *h, uint16_t sequence, int minute, int year)
{
	uint8_t value[] = {0x02, 0, 0, 0, 0, 0x03, 0x04, 0, 0, 0x00, 0x55, 0xb0, 0x11};

	vk_put_le16(value + 1, sequence);
	vk_put_le16(value + 3, (uint16_t)year);
	value[7] = (uint8_t)(minute / 60);
	value[8] = (uint8_t)(minute % 60);
	home_notify(h, 0x2a18, value, sizeof value);
}

void meter_set_quirk(struct home *h, enum vk_quirk quirk)
{
	vk_add_quirk(&h->quirks, quirk);
	vk_add_quirk(&h->given.quirks, quirk);
}

void meter_has_steady_clock(struct home *h)
{
	fake_peer_add(&h->peer, 0x2a2b, VK_GATT_READ, "\xea\x07\x03\x04\x07\x28\x00\x03\x00\x00",
		      10);
	h->given.memory.mark = (struct vk_clock_mark){
		.is_known = true,
		.utc_s = h->now.utc_ms / 1000 - 86400,
		.wall_s = vk_civil_seconds(&h->now.local) - 86400,
		.device_s = vk_civil_seconds(&h->now.local) - 86400,
	};
}
