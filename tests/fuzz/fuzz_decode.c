/* SPDX-License-Identifier: Apache-2.0 */
/* The way of `vakactl decode`: bytes to JSON text, with the plausibility of every value judged. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ctl/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_decode_error error;

	if (size < 2)
		return 0;
	int rc = vk_decode_json(vk_get_le16(data), NULL, data + 2, size - 2, &out, &error);

	if (rc == 0 &&
	    (out.text[0] != '{' || out.text[out.len - 1] != '}' || strlen(out.text) != out.len))
		abort();
	if (rc && rc != -EBADMSG && rc != -ENOTSUP)
		abort();
	return 0;
}
