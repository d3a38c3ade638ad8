/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer: places commas, escapes text, keeps the digits of decimals. */
#include "base/json.h"

#include <string.h>

struct vk_json vk_json_init(struct vk_str *out)
{
	return (struct vk_json){.out = out};
}

static bool has_escape(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == '"' || text[i] == '\\')
			return true;
	return false;
}

/* Not zero: a byte of the word is below lane's, which has one value in each byte, at most 0x80. */
static uint64_t below(uint64_t word, uint64_t lane)
{
	return (word - lane) & ~word & UINT64_C(0x8080808080808080);
}

/* Not zero: one of the eight bytes has to be escaped. */
static uint64_t escapes(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	return below(word, ones * 0x20) | below(word ^ (ones * '"'), ones) |
	       below(word ^ (ones * '\\'), ones);
}

/* Fewer than eight bytes; from four on as two halves, which may overlap. */
static bool copy_short(char *dst, const char *text, size_t len)
{
	uint32_t head, tail;

	if (len < sizeof head) {
		for (size_t i = 0; i < len; i++)
			dst[i] = text[i];
		return !has_escape(text, len);
	}
	memcpy(&head, text, sizeof head);
	memcpy(&tail, text + len - sizeof tail, sizeof tail);
	memcpy(dst, &head, sizeof head);
	memcpy(dst + len - sizeof tail, &tail, sizeof tail);
	return !escapes((uint64_t)tail << 32 | head);
}

/* False: something in it has to be escaped, which holds for little of what is written. */
static bool copy_plain(char *dst, const char *text, size_t len)
{
	uint64_t word, found = 0;

	if (len < sizeof word)
		return copy_short(dst, text, len);
	/* The last word overlaps the one before it. */
	for (size_t i = 0;; i = i + 2 * sizeof word <= len ? i + sizeof word : len - sizeof word) {
		memcpy(&word, text + i, sizeof word);
		memcpy(dst + i, &word, sizeof word);
		found |= escapes(word);
		if (i + sizeof word == len)
			return !found;
	}
}

static void quote(struct vk_str *out, const char *text)
{
	const char *run = text;

	vk_str_add(out, "\"");
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		vk_str_add_n(out, run, (size_t)(p - run));
		run = p + 1;
		if (c == '"' || c == '\\')
			vk_str_addf(out, "\\%c", c);
		else
			vk_str_addf(out, "\\u%04x", c);
	}
	vk_str_add(out, run);
	vk_str_add(out, "\"");
}

/* A value as it is, or the text that is to stand in quotes. */
struct value {
	const char *text;
	size_t len;
	bool is_quoted;
};

static void put_slowly(struct vk_json *j, const char *key, const struct value *v)
{
	vk_str_add(j->out, j->needs_comma ? "," : "");
	if (key)
		quote(j->out, key);
	vk_str_add(j->out, key ? ":" : "");
	if (v->is_quoted)
		quote(j->out, v->text);
	else
		vk_str_add_n(j->out, v->text, v->len);
}

/* One piece of memory of exactly that size. False: something is to be escaped. */
static bool put_at(char *at, const struct vk_json *j, const char *key, size_t key_len,
		   const struct value *v)
{
	if (j->needs_comma)
		*at++ = ',';
	if (key) {
		*at++ = '"';
		if (!copy_plain(at, key, key_len))
			return false;
		at += key_len;
		*at++ = '"';
		*at++ = ':';
	}
	if (!v->is_quoted) {
		memcpy(at, v->text, v->len);
		return true;
	}
	*at++ = '"';
	at[v->len] = '"';
	return copy_plain(at, v->text, v->len);
}

/* Comma, key, colon, value: a Bundle has more than a hundred of them. */
static void put(struct vk_json *j, const char *key, const struct value *v)
{
	size_t key_len = key ? strlen(key) : 0;
	size_t len = j->needs_comma + (key ? key_len + 3 : 0) + v->len + (v->is_quoted ? 2 : 0);
	char *at = vk_str_grow(j->out, len);

	if (at && !put_at(at, j, key, key_len, v)) {
		*at = '\0';
		j->out->len -= len;
		put_slowly(j, key, v);
	}
	j->needs_comma = true;
}

void vk_json_open(struct vk_json *j, const char *key, char bracket)
{
	put(j, key, &(struct value){&bracket, 1, false});
	j->needs_comma = false;
}

void vk_json_close(struct vk_json *j, char bracket)
{
	vk_str_add_n(j->out, &bracket, 1);
	j->needs_comma = true;
}

void vk_json_str(struct vk_json *j, const char *key, const char *text)
{
	if (!text) {
		vk_json_null(j, key);
		return;
	}
	put(j, key, &(struct value){text, strlen(text), true});
}

void vk_json_int(struct vk_json *j, const char *key, int64_t value)
{
	char text[VK_INT_TEXT];

	vk_json_raw(j, key, vk_int_text(value, text));
}

void vk_json_bool(struct vk_json *j, const char *key, bool value)
{
	vk_json_raw(j, key, value ? "true" : "false");
}

void vk_json_null(struct vk_json *j, const char *key)
{
	vk_json_raw(j, key, "null");
}

void vk_json_decimal(struct vk_json *j, const char *key, struct vk_decimal value)
{
	char text[VK_DECIMAL_TEXT];

	vk_decimal_format(text, value);
	vk_json_raw(j, key, text);
}

void vk_json_raw(struct vk_json *j, const char *key, const char *json)
{
	put(j, key, &(struct value){json, strlen(json), false});
}
