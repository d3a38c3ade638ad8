/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the text. A head tells the length of what follows, which is known afterwards, so
 * the content is written first and its head put before it.
 */
#include "mqtt/cbor.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum major { UNSIGNED = 0, NEGATIVE = 1, TEXT = 3, ARRAY = 4, MAP = 5, TAG = 6, SIMPLE = 7 };
enum { DECIMAL_FRACTION = 4, FALSE_ = 20, TRUE_ = 21, NULL_ = 22, EXPONENT_MOST = 9999 };

struct walk {
	const char *at, *end;
	struct vk_str *out;
	int depth;
};

static int value(struct walk *w);

/* The head of one item: at most nine bytes. Returns how many. */
static size_t make_head(uint8_t head[9], enum major major, uint64_t n)
{
	size_t bytes = 0;

	if (n >= 24)
		for (bytes = 1; bytes < 8 && n >> (8 * bytes); bytes *= 2)
			;
	head[0] = (uint8_t)(major << 5 | n);
	if (bytes)
		head[0] = (uint8_t)(major << 5 | (bytes == 1   ? 24
						  : bytes == 2 ? 25
						  : bytes == 4 ? 26
							       : 27));
	for (size_t i = 0; i < bytes; i++)
		head[1 + i] = (uint8_t)(n >> (8 * (bytes - 1 - i)));
	return 1 + bytes;
}

static void add_head(struct walk *w, enum major major, uint64_t n)
{
	uint8_t head[9];

	vk_str_add_n(w->out, head, make_head(head, major, n));
}

/* Before what was written from `from` on. */
static void put_head(struct walk *w, size_t from, enum major major, uint64_t n)
{
	size_t content = w->out->len - from;
	uint8_t head[9];
	size_t len = make_head(head, major, n);

	if (!vk_str_grow(w->out, len))
		return;
	memmove(w->out->text + from + len, w->out->text + from, content);
	memcpy(w->out->text + from, head, len);
}

static void skip_blanks(struct walk *w)
{
	while (w->at < w->end &&
	       (*w->at == ' ' || *w->at == '\n' || *w->at == '\t' || *w->at == '\r'))
		w->at++;
}

static bool take(struct walk *w, char wanted)
{
	if (w->at == w->end || *w->at != wanted)
		return false;
	w->at++;
	return true;
}

/* ---- text ---- */

static int hex_4(struct walk *w, uint32_t *ret_code)
{
	*ret_code = 0;
	if (w->end - w->at < 4)
		return -EBADMSG;
	for (int i = 0; i < 4; i++) {
		char c = *w->at++;
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return -EBADMSG;
		*ret_code = *ret_code << 4 | (uint32_t)digit;
	}
	return 0;
}

static void add_utf8(struct walk *w, uint32_t code)
{
	uint8_t bytes[4] = {(uint8_t)code};
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n; n > 1 && i-- > 0; code >>= 6)
		bytes[i] = (uint8_t)(i ? 0x80 | (code & 0x3f) : lead[n] | code);
	vk_str_add_n(w->out, bytes, n);
}

/* After "\u"; two of them are one character beyond the first plane. */
static int unicode(struct walk *w)
{
	uint32_t code, low;
	int r = hex_4(w, &code);

	if (r == 0 && code >= 0xd800 && code < 0xdc00) {
		if (!take(w, '\\') || !take(w, 'u') || hex_4(w, &low) < 0 || low < 0xdc00 ||
		    low > 0xdfff)
			return -EBADMSG;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (r == 0 && code >= 0xdc00 && code <= 0xdfff) {
		return -EBADMSG;
	}
	if (r == 0)
		add_utf8(w, code);
	return r;
}

static int escape(struct walk *w)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = w->at < w->end ? *w->at++ : '\0';
	const char *found = c ? strchr(from, c) : NULL;

	if (c == 'u')
		return unicode(w);
	if (!found)
		return -EBADMSG;
	vk_str_add_n(w->out, &to[found - from], 1);
	return 0;
}

static int text(struct walk *w)
{
	size_t from = w->out->len;

	if (!take(w, '"'))
		return -EBADMSG;
	while (w->at < w->end && *w->at != '"') {
		const char *plain = w->at;
		int r = 0;

		while (w->at < w->end && *w->at != '"' && *w->at != '\\')
			w->at++;
		vk_str_add_n(w->out, plain, (size_t)(w->at - plain));
		if (take(w, '\\'))
			r = escape(w);
		if (r)
			return r;
	}
	if (!take(w, '"'))
		return -EBADMSG;
	put_head(w, from, TEXT, w->out->len - from);
	return 0;
}

/* ---- numbers ---- */

struct number {
	bool is_negative, is_fraction; /* the latter: written with a point or an exponent */
	uint64_t digits;
	int exponent;
};

static bool is_digit(const struct walk *w)
{
	return w->at < w->end && *w->at >= '0' && *w->at <= '9';
}

static int digits(struct walk *w, struct number *n)
{
	if (!is_digit(w))
		return -EBADMSG;
	for (; is_digit(w); w->at++) {
		if (__builtin_mul_overflow(n->digits, 10, &n->digits) ||
		    __builtin_add_overflow(n->digits, (uint64_t)(*w->at - '0'), &n->digits))
			return -ERANGE;
	}
	return 0;
}

static int exponent(struct walk *w, struct number *n)
{
	bool is_minus = take(w, '-');
	struct number e = {0};

	if (!is_minus)
		(void)take(w, '+');
	int r = digits(w, &e);

	if (r)
		return r;
	if (e.digits > EXPONENT_MOST)
		return -ERANGE;
	n->exponent += is_minus ? -(int)e.digits : (int)e.digits;
	return 0;
}

static int parse_number(struct walk *w, struct number *n)
{
	n->is_negative = take(w, '-');
	bool is_zero = w->at < w->end && *w->at == '0';
	const char *first = w->at;
	int r = digits(w, n);

	if (r == 0 && is_zero && w->at - first > 1)
		r = -EBADMSG;

	if (r == 0 && take(w, '.')) {
		const char *point = w->at;

		n->is_fraction = true;
		r = digits(w, n);
		n->exponent = (int)(point - w->at);
	}
	if (r == 0 && (take(w, 'e') || take(w, 'E'))) {
		n->is_fraction = true;
		r = exponent(w, n);
	}
	return r;
}

static void add_integer(struct walk *w, bool is_negative, uint64_t magnitude)
{
	add_head(w, is_negative ? NEGATIVE : UNSIGNED, is_negative ? magnitude - 1 : magnitude);
}

static int number(struct walk *w)
{
	struct number n = {0};
	int r = parse_number(w, &n);

	if (r)
		return r;
	if (n.is_negative && n.digits == 0)
		return -ERANGE;
	if (n.is_fraction) {
		add_head(w, TAG, DECIMAL_FRACTION);
		add_head(w, ARRAY, 2);
		add_integer(w, n.exponent < 0,
			    (uint64_t)(n.exponent < 0 ? -n.exponent : n.exponent));
	}
	add_integer(w, n.is_negative, n.digits);
	return 0;
}

/* ---- what holds others ---- */

static int member(struct walk *w, bool is_map)
{
	int r = 0;

	skip_blanks(w);
	if (is_map) {
		r = text(w);
		skip_blanks(w);
		if (r == 0 && !take(w, ':'))
			r = -EBADMSG;
	}
	if (r == 0)
		r = value(w);
	skip_blanks(w);
	return r;
}

static int container(struct walk *w, bool is_map)
{
	char end = is_map ? '}' : ']';
	size_t from = w->out->len;
	uint64_t n = 0;

	if (++w->depth > VK_CBOR_DEPTH)
		return -EBADMSG;
	w->at++;
	skip_blanks(w);
	if (!take(w, end)) {
		do {
			int r = member(w, is_map);

			if (r)
				return r;
			n++;
		} while (take(w, ','));
		if (!take(w, end))
			return -EBADMSG;
	}
	put_head(w, from, is_map ? MAP : ARRAY, n);
	w->depth--;
	return 0;
}

static int word(struct walk *w, const char *wanted, uint64_t simple)
{
	size_t len = strlen(wanted);

	if ((size_t)(w->end - w->at) < len || memcmp(w->at, wanted, len) != 0)
		return -EBADMSG;
	w->at += len;
	add_head(w, SIMPLE, simple);
	return 0;
}

static int value(struct walk *w)
{
	skip_blanks(w);
	if (w->at == w->end)
		return -EBADMSG;
	switch (*w->at) {
	case '{':
	case '[':
		return container(w, *w->at == '{');
	case '"':
		return text(w);
	case 't':
		return word(w, "true", TRUE_);
	case 'f':
		return word(w, "false", FALSE_);
	case 'n':
		return word(w, "null", NULL_);
	default:
		return number(w);
	}
}

int vk_cbor_from_json(const void *json, size_t len, struct vk_str *out)
{
	struct walk w = {.at = json, .end = (const char *)json + len, .out = out};
	int r = vk_is_utf8(json, len) ? value(&w) : -EBADMSG;

	skip_blanks(&w);
	if (r == 0 && w.at != w.end)
		r = -EBADMSG;
	return r ? r : out->error;
}

bool vk_cbor_content_type(const char *json_type, char ret[VK_CBOR_TYPE])
{
	size_t n = strlen(json_type);

	if (n < 4 || n >= VK_CBOR_TYPE || strcmp(json_type + n - 4, "json") != 0)
		return false;
	(void)vk_copy(ret, VK_CBOR_TYPE, json_type);
	(void)vk_copy(ret + n - 4, sizeof "cbor", "cbor");
	return true;
}
