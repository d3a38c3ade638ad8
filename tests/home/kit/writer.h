/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Appends the fields of a characteristic's value one after the other; the range of a field is
 * checked where it is appended, and the first error stays. Pure.
 */
#ifndef VK_KIT_WRITER_H
#define VK_KIT_WRITER_H

#include "value.h"

#define VK_USER_UNKNOWN 255

struct vk_writer {
	struct vk_value *value;
	int error; /* 0 or -ERANGE */
};

void vk_put(struct vk_writer *w, const uint8_t *p, size_t n);
void vk_put_u8(struct vk_writer *w, int32_t v);
void vk_put_u16(struct vk_writer *w, int32_t v);
void vk_put_time(struct vk_writer *w, int64_t wall_s);
/* NaN where the quantity was not measured; shift as in vk_sfloat_encode. */
void vk_put_sfloat(struct vk_writer *w, const struct vk_measurement *m, enum vk_quantity q,
		   int shift);
/* FLOAT of IEEE 11073, 32 bits. */
void vk_put_float(struct vk_writer *w, const struct vk_measurement *m, enum vk_quantity q);
/* The quantity as a whole number, absent where it was not measured. */
int32_t vk_whole(struct vk_writer *w, const struct vk_measurement *m, enum vk_quantity q,
		 int32_t absent);
/* The quantity in steps of 1/per_unit; absent where it was not measured or is not a number. */
int32_t vk_steps(struct vk_writer *w, const struct vk_measurement *m, enum vk_quantity q,
		 int32_t per_unit, int32_t absent);
/* A quantity that must be there is not. */
bool vk_lacks(const struct vk_measurement *m, enum vk_quantity q);

#endif
