/* SPDX-License-Identifier: Apache-2.0 */
/* A reader that gives up at the first byte it is not sure of: it can be slow there, never wrong. */
#include "plugin/plain_json.h"

#include <stdbool.h>
#include <string.h>

enum { DIGITS_MOST = 18 }; /* fit into 64 bits whatever they are */

struct reader {
	const char *at, *end;
};

static json_t *read_value(struct reader *r, int depth);

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && *r->at == ' ')
		r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* Between quotes; NULL when anything in it needs more than copying. */
static const char *read_text(struct reader *r, size_t *ret_len)
{
	const char *begin;

	if (!take(r, '"'))
		return NULL;
	for (begin = r->at; r->at < r->end; r->at++) {
		unsigned char c = (unsigned char)*r->at;

		if (c == '"') {
			*ret_len = (size_t)(r->at++ - begin);
			return begin;
		}
		if (c < 0x20 || c >= 0x7f || c == '\\')
			return NULL;
	}
	return NULL;
}

static json_t *read_string(struct reader *r)
{
	size_t len = 0;
	const char *text = read_text(r, &len);

	return text ? json_stringn_nocheck(text, len) : NULL;
}

/* What follows the digits decides whether it is one: the caller expects a comma or a bracket. */
static json_t *read_number(struct reader *r)
{
	bool is_negative = *r->at == '-';
	const char *begin = r->at + is_negative;
	json_int_t value = 0;

	for (r->at = begin; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
		if (r->at - begin == DIGITS_MOST)
			return NULL;
		value = value * 10 + (*r->at - '0');
	}
	if (r->at == begin || (*begin == '0' && r->at - begin > 1))
		return NULL;
	return json_integer(is_negative ? -value : value);
}

static json_t *read_word(struct reader *r)
{
	static const struct {
		const char *word;
		size_t len;
		json_t *(*make)(void);
	} words[] = {{"true", 4, json_true}, {"false", 5, json_false}, {"null", 4, json_null}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if ((size_t)(r->end - r->at) < words[i].len ||
		    memcmp(r->at, words[i].word, words[i].len) != 0)
			continue;
		r->at += words[i].len;
		return words[i].make();
	}
	return NULL;
}

/* One member more, or false: a key that was there already does not make it longer. */
static bool read_member(struct reader *r, json_t *object, int depth)
{
	size_t len = 0, n = json_object_size(object);
	const char *key = read_text(r, &len);
	json_t *value;

	if (!key || !take(r, ':'))
		return false;
	value = read_value(r, depth);
	return value && json_object_setn_new_nocheck(object, key, len, value) == 0 &&
	       json_object_size(object) == n + 1;
}

static bool read_element(struct reader *r, json_t *list, int depth)
{
	json_t *value = read_value(r, depth);

	return value && json_array_append_new(list, value) == 0;
}

static json_t *read_container(struct reader *r, int depth)
{
	bool is_object = *r->at++ == '{';
	char closing = is_object ? '}' : ']';
	json_t *json = is_object ? json_object() : json_array();
	bool is_good = json && depth > 0;

	if (is_good && take(r, closing))
		return json;
	do
		is_good = is_good && (is_object ? read_member(r, json, depth - 1)
						: read_element(r, json, depth - 1));
	while (is_good && take(r, ','));
	if (is_good && take(r, closing))
		return json;
	json_decref(json);
	return NULL;
}

static json_t *read_value(struct reader *r, int depth)
{
	skip_blanks(r);
	if (r->at == r->end)
		return NULL;
	switch (*r->at) {
	case '{':
	case '[':
		return read_container(r, depth);
	case '"':
		return read_string(r);
	case 't':
	case 'f':
	case 'n':
		return read_word(r);
	default:
		return read_number(r);
	}
}

json_t *vk_plain_json(const char *text, size_t len, int depth_max)
{
	struct reader r = {text, text + len};
	json_t *json = NULL;

	skip_blanks(&r);
	if (r.at < r.end && *r.at == '{')
		json = read_container(&r, depth_max);
	skip_blanks(&r);
	if (json && r.at == r.end)
		return json;
	json_decref(json);
	return NULL;
}
