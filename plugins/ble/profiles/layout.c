/* SPDX-License-Identifier: Apache-2.0 */
/* The engine over field tables, and the field readers that services share. */
#include "profiles/layout.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "profiles/date_time.h"
#include "profiles/sfloat.h"

enum { UNSUCCESSFUL = 0xffff };

int vk_decode_fail(struct vk_decode_error *reterr_error, size_t byte, const char *fmt, ...)
{
	va_list args;

	reterr_error->byte = byte;
	va_start(args, fmt);
	(void)vsnprintf(reterr_error->why, sizeof reterr_error->why, fmt, args);
	va_end(args);
	return -EBADMSG;
}

static const struct vk_scale *scale_of(const struct vk_field *field, uint16_t flags)
{
	return &field->scale[(flags & field->unit_bit) != 0];
}

static void add_scaled(struct vk_decoded *d, const struct vk_field *field, uint16_t flags,
		       enum vk_absent absent, struct vk_decimal number)
{
	const struct vk_scale *scale = scale_of(field, flags);

	if (absent == VK_ABSENT_NONE) {
		number.mantissa *= scale->factor;
		number.exponent = (int8_t)(number.exponent + scale->exponent);
	}
	vk_decoded_add(d, field->quantity, scale->unit, absent, number);
}

void vk_field_sfloat(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		     struct vk_decoded *d)
{
	struct vk_decimal number;
	enum vk_absent absent = vk_sfloat_decode(vk_read_le16(r), &number);

	add_scaled(d, field, flags, absent, number);
}

void vk_field_float(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		    struct vk_decoded *d)
{
	struct vk_decimal number;
	enum vk_absent absent = vk_float_decode(vk_read_le32(r), &number);

	add_scaled(d, field, flags, absent, number);
}

void vk_field_u16(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		  struct vk_decoded *d)
{
	uint16_t raw = vk_read_le16(r);

	if (raw == UNSUCCESSFUL)
		add_scaled(d, field, flags, VK_ABSENT_UNSUCCESSFUL, (struct vk_decimal){0});
	else
		add_scaled(d, field, flags, VK_ABSENT_NONE, (struct vk_decimal){.mantissa = raw});
}

void vk_field_count(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		    struct vk_decoded *d)
{
	add_scaled(d, field, flags, VK_ABSENT_NONE,
		   (struct vk_decimal){.mantissa = vk_read_le16(r)});
}

void vk_field_u8(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		 struct vk_decoded *d)
{
	add_scaled(d, field, flags, VK_ABSENT_NONE, (struct vk_decimal){.mantissa = vk_read_u8(r)});
}

void vk_field_date_time(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			struct vk_decoded *d)
{
	(void)field;
	(void)flags;
	d->time_state = vk_date_time_read(r, &d->device_time);
}

void vk_field_user(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		   struct vk_decoded *d)
{
	(void)field;
	(void)flags;
	d->user = vk_read_u8(r);
}

void vk_field_sequence(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		       struct vk_decoded *d)
{
	(void)field;
	(void)flags;
	d->sequence = vk_read_le16(r);
}

uint64_t vk_status_flags(uint32_t word, const uint8_t *bits, int n_bits)
{
	uint64_t flags = 0;

	for (int i = 0; i < n_bits; i++)
		if ((word >> i & 1) && bits[i])
			flags |= UINT64_C(1) << (bits[i] - 1);
	return flags;
}

void vk_field_status(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		     struct vk_decoded *d)
{
	uint32_t bits = field->size == 3 ? vk_read_le24(r) : vk_read_le16(r);

	(void)flags;
	d->flags |= vk_status_flags(bits, field->bits, field->n_bits);
}

void vk_field_skip(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		   struct vk_decoded *d)
{
	(void)flags;
	(void)d;
	for (int i = 0; i < field->size; i++)
		(void)vk_read_u8(r);
}

static bool is_there(const struct vk_field *field, uint16_t flags)
{
	return !field->when || (field->when & flags);
}

/* Length first: no half reading may leave this file. */
static int check_length(const struct vk_layout *layout, uint16_t flags, size_t len,
			struct vk_decode_error *reterr_error)
{
	const char *missing = NULL;
	size_t need = layout->flags_size;

	for (int i = 0; i < layout->n_fields; i++) {
		if (!is_there(&layout->fields[i], flags))
			continue;
		need += layout->fields[i].size;
		if (need > len && !missing)
			missing = layout->fields[i].name;
	}
	if (!missing)
		return 0;
	if (!layout->flags_size)
		return vk_decode_fail(reterr_error, len, "%zu bytes are needed, %zu came: no %s",
				      need, len, missing);
	return vk_decode_fail(reterr_error, len, "flags 0x%02x need %zu bytes, %zu came: no %s",
			      flags, need, len, missing);
}

int vk_layout_decode(const struct vk_layout *layout, const uint8_t *data, size_t len,
		     struct vk_decoded *ret_d, struct vk_decode_error *reterr_error)
{
	struct vk_reader r = vk_reader_init(data, len);
	struct vk_decoded d = vk_decoded_init(layout->kind);
	uint16_t flags = 0;
	int rc;

	if (len < layout->flags_size)
		return vk_decode_fail(reterr_error, len, "%zu bytes came: no flags", len);
	if (layout->flags_size)
		flags = layout->flags_size == 2 ? vk_read_le16(&r) : vk_read_u8(&r);
	rc = check_length(layout, flags, len, reterr_error);
	if (rc)
		return rc;
	for (int i = 0; i < layout->n_fields; i++)
		if (is_there(&layout->fields[i], flags))
			layout->fields[i].read(&r, &layout->fields[i], flags, &d);
	rc = layout->finish ? layout->finish(&r, flags, &d, reterr_error) : 0;
	if (!rc)
		*ret_d = d;
	return rc;
}
