/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzzer's bytes as a text in memory of its own size, so that a read behind its NUL is seen. */
#ifndef VAKA_FUZZ_TEXT_H
#define VAKA_FUZZ_TEXT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline char *text_of(const uint8_t *data, size_t size)
{
	size_t len = strnlen((const char *)data, size);
	char *text = malloc(len + 1);

	if (!text)
		abort();
	memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

#endif
