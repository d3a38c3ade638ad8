/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON into a vk_str. Only a writer: decimals must leave with the precision they came with,
 * which no JSON library's number type keeps. Reading is jansson's, at the borders.
 *
 * A key of NULL is for array elements and the root. Commas are placed by the writer.
 */
#ifndef VAKA_BASE_JSON_H
#define VAKA_BASE_JSON_H

#include "base/decimal.h"
#include "base/str.h"

struct vk_json {
	struct vk_str *out; /* borrowed */
	bool needs_comma;
};

struct vk_json vk_json_init(struct vk_str *out);
void vk_json_open(struct vk_json *j, const char *key, char bracket);    /* '{' or '[' */
void vk_json_close(struct vk_json *j, char bracket);                    /* '}' or ']' */
void vk_json_str(struct vk_json *j, const char *key, const char *text); /* NULL text: null */
void vk_json_int(struct vk_json *j, const char *key, int64_t value);
void vk_json_bool(struct vk_json *j, const char *key, bool value);
void vk_json_null(struct vk_json *j, const char *key);
void vk_json_decimal(struct vk_json *j, const char *key, struct vk_decimal value); /* as a number */
void vk_json_raw(struct vk_json *j, const char *key, const char *json); /* already JSON text */

#endif
