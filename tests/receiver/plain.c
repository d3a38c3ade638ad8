/* SPDX-License-Identifier: Apache-2.0 */
/* libcbor reads, this writes. What JSON cannot say (byte strings, floats, other tags) is refused.
 */
#include "plain.h"

#include <cbor.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { DECIMAL_FRACTION = 4, FRACTION_MOST = 40 };

static const char zeros[] = "0000000000000000000000000000000000000000";

bool plain_is_cbor(const char *content_type)
{
	size_t n = strlen(content_type);

	return n >= 5 && strchr("/+", content_type[n - 5]) &&
	       strcmp(content_type + n - 4, "cbor") == 0;
}

static bool write_item(cbor_item_t *item, const char *key, struct vk_json *j);

static bool is_text(const cbor_item_t *item)
{
	return cbor_isa_string(item) && cbor_string_is_definite(item);
}

/* cbor_item_t counts its owners: a member that was handed out is given back. */
static char *text_of(const cbor_item_t *item)
{
	size_t len = cbor_string_length(item); /* it ends without a zero */
	char *text = calloc(1, len + 1);

	if (text && len)
		memcpy(text, cbor_string_handle(item), len);
	return text;
}

static bool is_integer(const cbor_item_t *item)
{
	return cbor_isa_uint(item) || cbor_isa_negint(item);
}

static void integer_text(const cbor_item_t *item, char out[32])
{
	uint64_t n = cbor_get_int(item);

	if (cbor_isa_uint(item))
		(void)snprintf(out, 32, "%" PRIu64, n);
	else if (n == UINT64_MAX)
		(void)snprintf(out, 32, "-18446744073709551616");
	else
		(void)snprintf(out, 32, "-%" PRIu64, n + 1);
}

/* 8050 and -2 are 80.50; a positive exponent stays one, for its zeros were never written. */
static void fraction_text(const char *digits, int exponent, char *out, size_t size)
{
	const char *sign = digits[0] == '-' ? "-" : "";
	const char *bare = digits + strlen(sign);
	int n = (int)strlen(bare), after = -exponent;

	if (after <= 0)
		(void)snprintf(out, size, "%se%d", digits, exponent);
	else if (after >= n)
		(void)snprintf(out, size, "%s0.%.*s%s", sign, after - n, zeros, bare);
	else
		(void)snprintf(out, size, "%s%.*s.%s", sign, n - after, bare, bare + n - after);
}

static bool write_fraction(const cbor_item_t *tag, const char *key, struct vk_json *j)
{
	cbor_item_t *pair = cbor_tag_item(tag);
	char digits[32], out[FRACTION_MOST + 64];
	bool is_ok = cbor_isa_array(pair) && cbor_array_size(pair) == 2 &&
		     is_integer(cbor_array_handle(pair)[0]) &&
		     is_integer(cbor_array_handle(pair)[1]) &&
		     cbor_get_int(cbor_array_handle(pair)[0]) < FRACTION_MOST;

	if (is_ok) {
		const cbor_item_t *first = cbor_array_handle(pair)[0];
		int n = (int)cbor_get_int(first);

		integer_text(cbor_array_handle(pair)[1], digits);
		fraction_text(digits, cbor_isa_uint(first) ? n : -1 - n, out, sizeof out);
		vk_json_raw(j, key, out);
	}
	cbor_decref(&pair);
	return is_ok;
}

static bool write_map(const cbor_item_t *item, const char *key, struct vk_json *j)
{
	const struct cbor_pair *pairs = cbor_map_handle(item);
	bool is_ok = true;

	vk_json_open(j, key, '{');
	for (size_t i = 0; is_ok && i < cbor_map_size(item); i++) {
		vk_auto(vk_freep) char *name = is_text(pairs[i].key) ? text_of(pairs[i].key) : NULL;

		is_ok = name && write_item(pairs[i].value, name, j);
	}
	vk_json_close(j, '}');
	return is_ok;
}

static bool write_array(const cbor_item_t *item, const char *key, struct vk_json *j)
{
	bool is_ok = true;

	vk_json_open(j, key, '[');
	for (size_t i = 0; is_ok && i < cbor_array_size(item); i++)
		is_ok = write_item(cbor_array_handle(item)[i], NULL, j);
	vk_json_close(j, ']');
	return is_ok;
}

static bool write_text(const cbor_item_t *item, const char *key, struct vk_json *j)
{
	vk_auto(vk_freep) char *text = text_of(item);

	if (text)
		vk_json_str(j, key, text);
	return text != NULL;
}

static bool write_simple(const cbor_item_t *item, const char *key, struct vk_json *j)
{
	if (cbor_is_null(item))
		vk_json_null(j, key);
	else if (cbor_is_bool(item))
		vk_json_bool(j, key, cbor_get_bool(item));
	else
		return false;
	return true;
}

static bool write_item(cbor_item_t *item, const char *key, struct vk_json *j)
{
	char digits[32];

	if (is_integer(item)) {
		integer_text(item, digits);
		vk_json_raw(j, key, digits);
		return true;
	}
	if (is_text(item))
		return write_text(item, key, j);
	if (cbor_isa_map(item))
		return write_map(item, key, j);
	if (cbor_isa_array(item))
		return write_array(item, key, j);
	if (cbor_isa_tag(item) && cbor_tag_value(item) == DECIMAL_FRACTION)
		return write_fraction(item, key, j);
	return cbor_isa_float_ctrl(item) && cbor_float_ctrl_is_ctrl(item) &&
	       write_simple(item, key, j);
}

char *plain_from_cbor(const void *data, size_t len)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);
	struct cbor_load_result result;
	cbor_item_t *item = cbor_load(data, len, &result);
	bool is_ok = item && result.read == len && write_item(item, NULL, &j);

	if (item)
		cbor_decref(&item);
	return is_ok ? vk_str_take(&out) : NULL;
}
