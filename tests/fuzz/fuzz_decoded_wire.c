/* SPDX-License-Identifier: Apache-2.0 */
/* Any JSON as a decoded form; what is taken must come out again as a form that is taken. */
#include <stdlib.h>

#include "plugin/decoded_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_decoded list[VK_MAX_RECORDS], again;
	char error[VK_DECODED_ERROR_TEXT];
	json_t *in = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	int n = in ? vk_decoded_wire_parse_all(in, NULL, error, list) : 0;

	if (n < 0 && error[0] == '\0')
		abort();
	for (int i = 0; i < n; i++) {
		json_t *out = vk_decoded_wire_build(&list[i]);

		if (!out || vk_decoded_wire_parse(out, NULL, error, &again) < 0)
			abort();
		json_decref(out);
	}
	json_decref(in);
	return 0;
}
