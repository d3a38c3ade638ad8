/* SPDX-License-Identifier: Apache-2.0 */
/* A time that was accepted is the same moment after it was written. */
#include "base/civil.h"
#include "base/err.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vk_auto(vk_freep) char *text = text_of(data, size);
	char again[VK_RFC3339_TEXT];
	int64_t utc_ms, back;
	struct vk_civil c;

	(void)vk_civil_parse(text, &c);
	if (vk_rfc3339_parse(text, &utc_ms))
		return 0;
	vk_rfc3339_format(again, utc_ms, NULL);
	/* An offset may carry the last hours of 9999 beyond what four digits show. */
	if (utc_ms < INT64_C(253402300800000) &&
	    (vk_rfc3339_parse(again, &back) ? utc_ms > INT64_C(-12243916800000) : back != utc_ms))
		abort();
	return 0;
}
