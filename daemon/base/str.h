/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing text with a bound. Every append may fail; the failure sticks, so that a writer checks
 * once at the end. Also the small text checks that every border needs.
 */
#ifndef VAKA_BASE_STR_H
#define VAKA_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct vk_str {
	char *text; /* NUL-terminated once something was appended, else NULL */
	size_t len;
	size_t capacity;
	size_t max; /* bytes, 0: VK_STR_MAX */
	int error;  /* 0, -ENOMEM or -EMSGSIZE; sticks */
};

enum { VK_STR_MAX = 1 << 20 };

void vk_str_done(struct vk_str *s); /* frees; safe twice; also for vk_auto(vk_str_done) */
void vk_str_add(struct vk_str *s, const char *text);
void vk_str_add_n(struct vk_str *s, const void *data, size_t len);
void vk_str_add_int(struct vk_str *s, int64_t value);
void vk_str_addf(struct vk_str *s, const char *fmt, ...) VK_PRINTF(2, 3);
/* Decimal digits at the end of out; where they begin. */
enum { VK_INT_TEXT = 21 };
const char *vk_int_text(int64_t value, char out[VK_INT_TEXT]);
/* Grows by len bytes that the caller writes at once, all of them; NULL after an error. */
char *vk_str_grow(struct vk_str *s, size_t len);

/* Takes the text out (caller frees), or NULL after an error. The str is empty afterwards. */
char *vk_str_take(struct vk_str *s);

/* Copies with truncation; dst is always terminated. Returns false when it was cut. */
bool vk_copy(char *dst, size_t size, const char *src);

/* True when text matches [A-Za-z0-9_-]{1,64}: the only form an id may have in a topic (design §4).
 */
bool vk_is_id(const char *text);

/* True when the bytes are well-formed UTF-8 without NUL. */
bool vk_is_utf8(const void *data, size_t len);

#endif
