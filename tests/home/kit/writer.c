/* SPDX-License-Identifier: Apache-2.0 */
/* See writer.h. */
#include "writer.h"

#include <errno.h>
#include <string.h>

#include "le.h"

#define FLOAT_NAN      0x007fffff
#define FLOAT_MANTISSA 0x7ffffd

void vk_put(struct vk_writer *w, const uint8_t *p, size_t n)
{
	if (w->value->len + n > VK_VALUE_MAX) {
		w->error = -ERANGE;
		return;
	}
	memcpy(w->value->byte + w->value->len, p, n);
	w->value->len = (uint8_t)(w->value->len + n);
}

void vk_put_u8(struct vk_writer *w, int32_t v)
{
	uint8_t b = (uint8_t)v;

	if (v < 0 || v > UINT8_MAX)
		w->error = -ERANGE;
	vk_put(w, &b, 1);
}

void vk_put_u16(struct vk_writer *w, int32_t v)
{
	uint8_t b[2];

	if (v < 0 || v > UINT16_MAX)
		w->error = -ERANGE;
	vk_put16(b, (uint16_t)v);
	vk_put(w, b, sizeof(b));
}

void vk_put_time(struct vk_writer *w, int64_t wall_s)
{
	uint8_t b[VK_DATE_TIME_LEN];

	vk_date_time_encode(wall_s, b);
	vk_put(w, b, sizeof(b));
}

void vk_put_sfloat(struct vk_writer *w, const struct vk_measurement *m, enum vk_quantity q,
		   int shift)
{
	uint16_t raw = VK_SFLOAT_NAN;

	if (!m->not_a_number && m->has[q] && vk_sfloat_encode(m->value[q], shift, &raw) < 0)
		w->error = -ERANGE;
	vk_put_u16(w, raw);
}

int32_t vk_whole(struct vk_writer *w, const struct vk_measurement *m, enum vk_quantity q,
		 int32_t absent)
{
	int32_t v = absent;

	if (m->has[q] && vk_decimal_units(m->value[q], 1, &v) < 0)
		w->error = -ERANGE;
	return v;
}

bool vk_lacks(const struct vk_measurement *m, enum vk_quantity q)
{
	return !m->has[q] && !m->not_a_number;
}

void vk_put_float(struct vk_writer *w, const struct vk_measurement *m, enum vk_quantity q)
{
	struct vk_decimal d = m->value[q];
	uint32_t raw = FLOAT_NAN;
	uint8_t b[4];

	if (!m->not_a_number && m->has[q]) {
		if (d.mantissa > FLOAT_MANTISSA || d.mantissa < -FLOAT_MANTISSA ||
		    d.exponent < INT8_MIN || d.exponent > INT8_MAX)
			w->error = -ERANGE;
		raw = ((uint32_t)d.exponent & 0xff) << 24 | ((uint32_t)d.mantissa & 0xffffff);
	}
	vk_put32(b, raw);
	vk_put(w, b, sizeof(b));
}

int32_t vk_steps(struct vk_writer *w, const struct vk_measurement *m, enum vk_quantity q,
		 int32_t per_unit, int32_t absent)
{
	int32_t v = absent;

	if (m->has[q] && !m->not_a_number && vk_decimal_units(m->value[q], per_unit, &v) < 0)
		w->error = -ERANGE;
	return v;
}
