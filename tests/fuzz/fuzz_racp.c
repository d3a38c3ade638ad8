/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a device's record access control point. */
#include <stdlib.h>

#include "profiles/racp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_decode_error error;
	struct vk_decoded d;

	if (vk_racp_decode(data, size, &d, &error)) {
		if (error.byte > size)
			abort();
		return 0;
	}
	if (d.racp.op == VK_RACP_RESPONSE && (d.racp.operator_ || d.racp.result < 0))
		abort();
	if (d.racp.op == VK_RACP_COUNT_RESPONSE && (d.racp.count < 0 || d.racp.count > UINT16_MAX))
		abort();
	return 0;
}
