/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a packed text stay within their bounds; any text that is packed comes back. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "store/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vk_auto(vk_freep) uint8_t *packed = malloc(size + 1), *back = malloc(size + 1);
	size_t n = packed && back ? vk_pack(packed, data, size) : 0;

	if (n && (vk_unpack(back, size, packed, n) != 0 || memcmp(back, data, size) != 0))
		abort();
	/* The first byte says how much it claims to be. */
	if (back && size > 1 && data[0] <= size)
		(void)vk_unpack(back, data[0], data + 1, size - 1);
	return 0;
}
