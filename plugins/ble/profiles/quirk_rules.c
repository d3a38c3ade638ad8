/* SPDX-License-Identifier: Apache-2.0 */
/* Decode quirks, one function each; ble-profiles.md 17 tells of whom. */
#include "profiles/quirk_rules.h"

#include <string.h>

enum {
	UUID_BLOOD_PRESSURE = 0x2a35,

	TAIL_FLAGS = 0x56, /* time, pulse and status, and a reserved bit */
	TAIL_LEN = 19,
	TAIL_PULSE = 14,
	TAIL_STATUS = 17,
	FLAG_USER = 1 << 3,

	HEADER_LEN = 4,
	HEADER_FIELDS = 16, /* three pressures, time, pulse, user */
	FLAGS_TIME_PULSE_USER = 0x0e,

	MEAL_KETONE = 6,
};

static void swap(uint8_t *pair)
{
	uint8_t first = pair[0];

	pair[0] = pair[1];
	pair[1] = first;
}

static size_t tail_big_endian(const uint8_t *data, size_t len, uint8_t *out)
{
	if (len != TAIL_LEN || data[0] != TAIL_FLAGS)
		return 0;
	memcpy(out, data, TAIL_LEN);
	out[0] |= FLAG_USER;
	swap(out + TAIL_PULSE);
	swap(out + TAIL_STATUS);
	return TAIL_LEN;
}

static size_t vendor_header(const uint8_t *data, size_t len, uint8_t *out)
{
	if (len != HEADER_LEN + HEADER_FIELDS || data[0] != 0xfe || data[1] != 0x20)
		return 0;
	out[0] = FLAGS_TIME_PULSE_USER;
	memcpy(out + 1, data + HEADER_LEN, HEADER_FIELDS);
	return 1 + HEADER_FIELDS;
}

size_t vk_quirk_bytes(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *data,
		      size_t len, uint8_t out[VK_QUIRK_BYTES])
{
	size_t n = 0;

	if (uuid != UUID_BLOOD_PRESSURE)
		return 0;
	if (vk_has_quirk(quirks, VK_QUIRK_CUFF_TAIL_BIG_ENDIAN))
		n = tail_big_endian(data, len, out);
	if (!n && vk_has_quirk(quirks, VK_QUIRK_CUFF_VENDOR_HEADER))
		n = vendor_header(data, len, out);
	return n;
}

static bool is_zero(const struct vk_value *value)
{
	return value->absent == VK_ABSENT_NONE && value->number.mantissa == 0;
}

static void map_zero(struct vk_decoded *d)
{
	for (int i = 0; i < d->n_values; i++)
		if (d->values[i].quantity == VK_QUANTITY_MEAN_ARTERIAL && is_zero(&d->values[i]))
			d->values[i].absent = VK_ABSENT_NOT_A_NUMBER;
}

/* Reckoned from age and weight, or known before: it says nothing about a measurement. */
static bool is_reckoned(enum vk_quantity quantity)
{
	return quantity == VK_QUANTITY_BASAL_METABOLISM || quantity == VK_QUANTITY_HEIGHT;
}

static void zero_composition(struct vk_decoded *d)
{
	bool is_measured = false;

	for (int i = 0; i < d->n_values; i++) {
		if (is_zero(&d->values[i]))
			d->values[i].absent = VK_ABSENT_UNSUCCESSFUL;
		if (d->values[i].absent == VK_ABSENT_NONE && !is_reckoned(d->values[i].quantity))
			is_measured = true;
	}
	if (!is_measured)
		vk_decoded_flag(d, VK_FLAG_MEASUREMENT_UNAVAILABLE);
}

void vk_quirk_values(const struct vk_quirks *quirks, struct vk_decoded *d)
{
	if (d->kind == VK_KIND_BLOOD_PRESSURE && vk_has_quirk(quirks, VK_QUIRK_MAP_ZERO_IS_ABSENT))
		map_zero(d);
	if (d->kind == VK_KIND_BODY_COMPOSITION &&
	    vk_has_quirk(quirks, VK_QUIRK_ZERO_COMPOSITION_IS_NONE))
		zero_composition(d);
	if (d->kind == VK_KIND_GLUCOSE_CONTEXT && d->context[VK_CONTEXT_MEAL] == MEAL_KETONE &&
	    vk_has_quirk(quirks, VK_QUIRK_MEAL_6_IS_KETONE))
		vk_decoded_flag(d, VK_FLAG_KETONE);
}
