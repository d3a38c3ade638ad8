/* SPDX-License-Identifier: Apache-2.0 */
/* Text checks, and the JSON writer behind them: what is UTF-8 stays UTF-8 when it is quoted. */
#include "base/json.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vk_auto(vk_freep) char *text = text_of(data, size);
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);

	if (vk_is_id(text) && !vk_is_utf8(text, strlen(text)))
		abort();
	if (!vk_is_utf8(data, size))
		return 0;
	vk_json_str(&j, NULL, text);
	if (out.error || !vk_is_utf8(out.text, out.len) || out.len < strlen(text) + 2)
		abort();
	return 0;
}
