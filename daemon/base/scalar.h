/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one scalar of a document means: from its text to a number, a time, an id. Used by the schema
 * walker, and by own fields of a table that want the same words.
 */
#ifndef VAKA_BASE_SCALAR_H
#define VAKA_BASE_SCALAR_H

#include "base/schema.h"

/* Reads a scalar of any plain field type into target, or reports what was expected. */
void vk_scalar_read(struct vk_problems *problems, const struct vk_field *field,
		    const struct vk_node *node, void *target);

/* What a field expects, in words: "an integer from 1 to 65535". */
void vk_field_expect(const struct vk_field *field, char *out, size_t size);

/* "a map", "a list", "a single value". Static storage. */
const char *vk_node_type_text(enum vk_node_type type);

/* "250ms", "30s", "15min", "2h", "3d". 0, or -EINVAL. Result at most ten years. */
int vk_duration_parse(const char *text, int64_t *ret_ms);
/* The shortest exact text: 900000 is "15min". out holds 32 bytes. */
void vk_duration_format(char out[32], int64_t ms);

/* "06:30" in seconds since midnight. 0, or -EINVAL. */
int vk_clock_parse(const char *text, int32_t *ret_s);

/* "2026-02-10" in days since 1970. 0, or -EINVAL. */
int vk_date_parse(const char *text, int32_t *ret_day);

/* [-]digits, whole text, decimal. 0, or -EINVAL. */
int vk_int_parse(const char *text, int64_t *ret_value);

#endif
