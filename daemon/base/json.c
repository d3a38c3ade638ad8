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

/* Nothing in it has to be escaped, which holds for most of what is written: eight bytes at once. */
static bool is_plain(const char *text, size_t len)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t word, found = 0;

	for (; len >= sizeof word; text += sizeof word, len -= sizeof word) {
		memcpy(&word, text, sizeof word);
		found |= below(word, ones * 0x20) | below(word ^ (ones * '"'), ones) |
			 below(word ^ (ones * '\\'), ones);
	}
	return !found && !has_escape(text, len);
}

static void quote_escaped(struct vk_str *out, const char *text)
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

/* A quoted text at most; NULL is none. */
struct piece {
	const char *text;
	size_t len;
	bool is_plain;
};

static struct piece piece_of(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	return (struct piece){text, len, is_plain(text, len)};
}

static char *put_quoted(char *at, const struct piece *p)
{
	*at++ = '"';
	memcpy(at, p->text, p->len);
	at += p->len;
	*at++ = '"';
	return at;
}

static void quote(struct vk_str *out, const struct piece *p)
{
	char *at;

	if (!p->is_plain) {
		quote_escaped(out, p->text);
		return;
	}
	at = vk_str_grow(out, p->len + 2);
	if (at)
		(void)put_quoted(at, p);
}

/* Comma, key and colon, and what follows where it is a text: mostly one piece of memory. */
static void start(struct vk_json *j, const char *key, const char *text)
{
	struct piece k = piece_of(key), t = piece_of(text);
	bool has_comma = j->needs_comma;
	char *at;

	j->needs_comma = true;
	if (!k.is_plain || !t.is_plain) {
		vk_str_add(j->out, has_comma ? "," : "");
		if (key)
			quote(j->out, &k);
		vk_str_add(j->out, key ? ":" : "");
		if (text)
			quote(j->out, &t);
		return;
	}
	at = vk_str_grow(j->out, has_comma + (key ? k.len + 3 : 0) + (text ? t.len + 2 : 0));
	if (!at)
		return;
	if (has_comma)
		*at++ = ',';
	if (key) {
		at = put_quoted(at, &k);
		*at++ = ':';
	}
	if (text)
		(void)put_quoted(at, &t);
}

void vk_json_open(struct vk_json *j, const char *key, char bracket)
{
	start(j, key, NULL);
	vk_str_add_n(j->out, &bracket, 1);
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
	start(j, key, text);
}

void vk_json_int(struct vk_json *j, const char *key, int64_t value)
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[20], *first = digits + sizeof digits;

	start(j, key, NULL);
	do
		*--first = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		*--first = '-';
	vk_str_add_n(j->out, first, (size_t)(digits + sizeof digits - first));
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
	start(j, key, NULL);
	vk_str_add(j->out, json);
}
