/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal text that was accepted is written and read to the same bytes. */
#include "base/bytes.h"
#include "base/err.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vk_auto(vk_freep) char *text = text_of(data, size);
	uint8_t bytes[64], back[64];
	char again[2 * sizeof bytes + 1];
	int n = vk_hex_parse(text, bytes, sizeof bytes);

	if (n < 0)
		return 0;
	vk_hex_format(again, bytes, (size_t)n);
	if (vk_hex_parse(again, back, sizeof back) != n || memcmp(bytes, back, (size_t)n) != 0)
		abort();
	return 0;
}
