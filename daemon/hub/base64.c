/* SPDX-License-Identifier: Apache-2.0 */
/* libsodium's base64 with the house's return values, and small files. */
#include "hub/base64.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/err.h"

static const char ignored[] = " \t\r\n";

int vk_base64_read(const char *text, uint8_t *out, size_t n)
{
	size_t len = 0;

	if (sodium_base642bin(out, n, text, strlen(text), ignored, &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) ||
	    len != n)
		return -EINVAL;
	return 0;
}

int vk_base64_dup(const char *text, size_t text_len, void **ret_bytes, size_t *ret_len)
{
	size_t max = text_len / 4 * 3 + 3, len = 0;
	vk_auto(vk_freep) uint8_t *bytes = malloc(max);

	if (!bytes)
		return -ENOMEM;
	if (sodium_base642bin(bytes, max, text, text_len, ignored, &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL))
		return -EINVAL;
	*ret_len = len;
	*ret_bytes = vk_take(&bytes);
	return 0;
}
