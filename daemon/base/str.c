/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded text building and the checks of foreign text. */
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void vk_str_done(struct vk_str *s)
{
	free(s->text);
	*s = (struct vk_str){.max = s->max};
}

static int reserve(struct vk_str *s, size_t more)
{
	size_t max = s->max ? s->max : VK_STR_MAX;
	size_t capacity = s->capacity ? s->capacity : 256;

	if (s->error)
		return s->error;
	if (more < s->capacity - s->len && s->len + more < max)
		return 0; /* mostly */
	if (more >= max || s->len + more >= max)
		return s->error = -EMSGSIZE;
	while (capacity < s->len + more + 1)
		capacity *= 2;
	if (capacity == s->capacity)
		return 0;
	char *text = realloc(s->text, capacity);

	if (!text)
		return s->error = -ENOMEM;
	s->text = text;
	s->capacity = capacity;
	return 0;
}

char *vk_str_grow(struct vk_str *s, size_t len)
{
	if (reserve(s, len))
		return NULL;
	s->len += len;
	s->text[s->len] = '\0';
	return s->text + s->len - len;
}

void vk_str_add_n(struct vk_str *s, const void *data, size_t len)
{
	char *at = vk_str_grow(s, len);

	if (at)
		memcpy(at, data, len);
}

void vk_str_add(struct vk_str *s, const char *text)
{
	vk_str_add_n(s, text, strlen(text));
}

const char *vk_int_text(int64_t value, char out[VK_INT_TEXT])
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char *first = out + VK_INT_TEXT - 1;

	*first = '\0';
	do
		*--first = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		*--first = '-';
	return first;
}

void vk_str_add_int(struct vk_str *s, int64_t value)
{
	char text[VK_INT_TEXT];

	vk_str_add(s, vk_int_text(value, text));
}

void vk_str_addf(struct vk_str *s, const char *fmt, ...)
{
	size_t room = s->error ? 0 : s->capacity - s->len;
	va_list args, again;

	va_start(args, fmt);
	va_copy(again, args);
	/* Mostly there is room, and it is written at the first try. */
	int n = vsnprintf(room ? s->text + s->len : NULL, room, fmt, args);

	if (n >= 0 && !reserve(s, (size_t)n)) {
		if ((size_t)n >= room)
			(void)vsnprintf(s->text + s->len, s->capacity - s->len, fmt, again);
		s->len += (size_t)n;
	} else if (room) {
		s->text[s->len] = '\0';
	}
	va_end(again);
	va_end(args);
}

char *vk_str_take(struct vk_str *s)
{
	char *text = s->error ? NULL : s->text;

	if (s->error)
		free(s->text);
	*s = (struct vk_str){.max = s->max};
	return text;
}

bool vk_copy(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);
	bool is_whole = len < size;

	if (!is_whole)
		len = size - 1;
	memcpy(dst, src, len);
	dst[len] = '\0';
	return is_whole;
}

bool vk_is_id(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	return n >= 1 && n <= 64 && text[n] == '\0';
}

/* Length of the sequence that starts with c, and the smallest code point it may encode. */
static size_t utf8_sequence(uint8_t c, uint32_t *ret_least, uint32_t *ret_bits)
{
	if (c >= 0xc2 && c <= 0xdf) {
		*ret_least = 0x80;
		*ret_bits = c & 0x1fu;
		return 2;
	}
	if ((c & 0xf0) == 0xe0) {
		*ret_least = 0x800;
		*ret_bits = c & 0x0fu;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*ret_least = 0x10000;
		*ret_bits = c & 0x07u;
		return 4;
	}
	return 0;
}

bool vk_is_utf8(const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;

	while (p < end) {
		uint32_t least = 0, code = 0;

		if (*p && *p < 0x80) {
			p++;
			continue;
		}
		size_t n = utf8_sequence(*p, &least, &code);

		if (!n || (size_t)(end - p) < n)
			return false;
		for (size_t i = 1; i < n; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			code = code << 6 | (p[i] & 0x3fu);
		}
		if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
			return false;
		p += n;
	}
	return true;
}
