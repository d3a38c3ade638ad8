/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON (RFC 8259) into a document tree. Numbers, true, false and null keep their text, as
 * plain YAML scalars do, so that the schema sees the same tree from both. Columns count characters.
 * Nesting is bounded by the tree, so recursion is too.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/tree.h"

struct reader {
	const char *p, *end;
	struct vk_mark mark;
	struct vk_tree *tree;
};

static int fail(struct reader *r, const char *expected)
{
	char seen[24] = "the end";

	if (r->p<r->end && * r->p> 0x20 && *r->p < 0x7f)
		(void)snprintf(seen, sizeof seen, "'%c'", *r->p);
	else if (r->p < r->end)
		(void)snprintf(seen, sizeof seen, "byte 0x%02x", (unsigned char)*r->p);
	vk_problem(r->tree->problems, r->mark.line, r->mark.column, "%s, expected %s", seen,
		   expected);
	return -EINVAL;
}

static void advance(struct reader *r)
{
	if (*r->p == '\n') {
		r->mark.line++;
		r->mark.column = 1;
	} else if (((unsigned char)*r->p & 0xc0) != 0x80) {
		r->mark.column++;
	}
	r->p++;
}

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
		advance(r);
}

static bool accept(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	advance(r);
	return true;
}

/* Four hex digits; -1 when one is missing. */
static int32_t hex4(struct reader *r)
{
	int32_t value = 0;

	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdefABCDEF";
		const char *digit = r->p < r->end && *r->p ? strchr(digits, *r->p) : NULL;

		if (!digit)
			return -1;
		value = value * 16 +
			(int32_t)(digit - digits > 15 ? digit - digits - 6 : digit - digits);
		advance(r);
	}
	return value;
}

static void add_utf8(struct vk_str *out, uint32_t code)
{
	char bytes[4];
	int n = 0;

	if (code < 0x80) {
		bytes[n++] = (char)code;
	} else if (code < 0x800) {
		bytes[n++] = (char)(0xc0 | code >> 6);
	} else if (code < 0x10000) {
		bytes[n++] = (char)(0xe0 | code >> 12);
		bytes[n++] = (char)(0x80 | (code >> 6 & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | code >> 18);
		bytes[n++] = (char)(0x80 | (code >> 12 & 0x3f));
		bytes[n++] = (char)(0x80 | (code >> 6 & 0x3f));
	}
	if (code >= 0x80)
		bytes[n++] = (char)(0x80 | (code & 0x3f));
	vk_str_add_n(out, bytes, (size_t)n);
}

/* Behind "\u". A surrogate pair is two escapes. */
static int read_unicode(struct reader *r, struct vk_str *out)
{
	int32_t code = hex4(r), low;

	if (code <= 0)
		return fail(r, code ? "four hex digits after \\u" : "a character that is not NUL");
	if (code >= 0xd800 && code <= 0xdbff) {
		if (!accept(r, '\\') || !accept(r, 'u'))
			return fail(r, "the second half of a surrogate pair");
		low = hex4(r);
		if (low < 0xdc00 || low > 0xdfff)
			return fail(r, "the second half of a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code <= 0xdfff) {
		return fail(r, "the first half of a surrogate pair before the second");
	}
	add_utf8(out, (uint32_t)code);
	return 0;
}

static int read_escape(struct reader *r, struct vk_str *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = r->p < r->end && *r->p ? strchr(from, *r->p) : NULL;

	if (accept(r, 'u'))
		return read_unicode(r, out);
	if (!at)
		return fail(r, "one of \" \\ / b f n r t u after a backslash");
	vk_str_add_n(out, &to[at - from], 1);
	advance(r);
	return 0;
}

/* Behind the opening quote, up to and over the closing one. */
static int read_string(struct reader *r, struct vk_str *out)
{
	while (r->p < r->end && *r->p != '"') {
		const char *run = r->p;

		while (r->p < r->end && *r->p != '"' && *r->p != '\\' &&
		       (unsigned char)*r->p >= 0x20)
			advance(r);
		vk_str_add_n(out, run, (size_t)(r->p - run));
		if (r->p == r->end || *r->p == '"')
			break;
		if (!accept(r, '\\'))
			return fail(r, "no control character in a text");
		int e = read_escape(r, out);

		if (e)
			return e;
	}
	if (!accept(r, '"'))
		return fail(r, "a closing quote");
	return out->error;
}

/* [-]int[.frac][e[+-]int], or a word. */
static bool is_number(const char *p, size_t len)
{
	const char *end = p + len;
	size_t n;

	if (p < end && *p == '-')
		p++;
	n = strspn(p, "0123456789");
	if (!n || (n > 1 && *p == '0'))
		return false;
	p += n;
	if (p < end && *p == '.') {
		n = strspn(++p, "0123456789");
		if (!n)
			return false;
		p += n;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		n = strspn(p, "0123456789");
		if (!n)
			return false;
		p += n;
	}
	return p == end;
}

static int read_plain(struct reader *r)
{
	char word[40];
	struct reader start = *r;
	size_t n = 0;

	while (r->p<r->end && * r->p> 0x20 && !strchr(",]}:\"[{", *r->p))
		advance(r);
	n = (size_t)(r->p - start.p);
	if (n >= sizeof word)
		return fail(&start, "a number of at most 39 characters");
	memcpy(word, start.p, n);
	word[n] = '\0';
	if (!is_number(word, n) && strcmp(word, "true") != 0 && strcmp(word, "false") != 0 &&
	    strcmp(word, "null") != 0)
		return fail(&start, "a value");
	return vk_tree_scalar(r->tree, start.mark, word, n, false);
}

static int read_value(struct reader *r);

static int read_member(struct reader *r)
{
	vk_auto(vk_str_done) struct vk_str key = {0};
	struct vk_mark mark = r->mark;
	int e;

	if (!accept(r, '"'))
		return fail(r, "a quoted key");
	e = read_string(r, &key);
	if (!e)
		e = vk_tree_key(r->tree, mark, key.text ? key.text : "", key.len);
	if (e)
		return e;
	skip_blanks(r);
	if (!accept(r, ':'))
		return fail(r, "':' after a key");
	return read_value(r);
}

static int read_members(struct reader *r, bool is_map)
{
	char close = is_map ? '}' : ']';
	int e = vk_tree_open(r->tree, r->mark, is_map ? VK_NODE_MAP : VK_NODE_LIST);

	if (e)
		return e;
	advance(r);
	skip_blanks(r);
	while (!accept(r, close)) {
		e = is_map ? read_member(r) : read_value(r);
		if (e)
			return e;
		skip_blanks(r);
		if (accept(r, close))
			break;
		if (!accept(r, ','))
			return fail(r, is_map ? "',' or '}'" : "',' or ']'");
		skip_blanks(r);
		if (r->p < r->end && *r->p == close)
			return fail(r, "another value after ','");
	}
	vk_tree_close(r->tree);
	return 0;
}

static int read_value(struct reader *r)
{
	skip_blanks(r);
	if (r->p < r->end && (*r->p == '{' || *r->p == '['))
		return read_members(r, *r->p == '{');
	if (r->p < r->end && *r->p == '"') {
		vk_auto(vk_str_done) struct vk_str text = {0};
		struct vk_mark mark = r->mark;
		int e;

		advance(r);
		e = read_string(r, &text);
		return e ? e
			 : vk_tree_scalar(r->tree, mark, text.text ? text.text : "", text.len,
					  true);
	}
	return read_plain(r);
}

int vk_json_read(const char *text, size_t len, struct vk_tree *tree)
{
	struct reader r = {text, text + len, {1, 1}, tree};
	int e = read_value(&r);

	if (e)
		return e;
	skip_blanks(&r);
	return r.p == r.end ? 0 : fail(&r, "nothing after the document");
}
