/* SPDX-License-Identifier: Apache-2.0 */
/* A decimal that was accepted keeps value and precision through its text. */
#include "base/decimal.h"
#include "base/err.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vk_auto(vk_freep) char *text = text_of(data, size);
	struct vk_decimal d, back;
	char again[VK_DECIMAL_TEXT];

	if (vk_decimal_parse(text, &d))
		return 0;
	vk_decimal_format(again, d);
	if (vk_decimal_parse(again, &back) || vk_decimal_cmp(d, back) != 0 ||
	    back.exponent != d.exponent)
		abort();
	if (vk_decimal_scaled(d, 2) != vk_decimal_scaled(back, 2))
		abort();
	return 0;
}
