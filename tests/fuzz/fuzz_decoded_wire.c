/* SPDX-License-Identifier: Apache-2.0 */
/* Any JSON as a decoded form; what is taken must come out again as a form that is taken. */
#include <stdlib.h>

#include "base/json.h"
#include "plugin/decoded_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *written(const struct vk_decoded *d)
{
	vk_auto(vk_str_done) struct vk_str text = {0};
	struct vk_json j = vk_json_init(&text);

	vk_json_open(&j, NULL, '{');
	vk_decoded_json(&j, d, 0);
	vk_json_close(&j, '}');
	return text.error ? NULL : json_loadb(text.text, text.len, JSON_REJECT_DUPLICATES, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_decoded list[VK_MAX_RECORDS], again;
	char error[VK_DECODED_ERROR_TEXT];
	json_t *in = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	int n = in ? vk_decoded_wire_parse_all(in, NULL, error, list) : 0;

	if (n < 0 && error[0] == '\0')
		abort();
	for (int i = 0; i < n; i++) {
		json_t *out = written(&list[i]);

		if (!out || vk_decoded_wire_parse(out, NULL, error, &again) < 0)
			abort();
		json_decref(out);
	}
	json_decref(in);
	return 0;
}
