/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every row of tests/data/vectors/gatt.tsv is a test of its own: the bytes must give the decoded
 * form of the row to the letter, and every shorter piece of them must be refused or be a whole
 * value of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "ctl/decode.h"
#include "profiles/sfloat.h"

enum { MAX_ROWS = 1024, MAX_BYTES = 128 };

struct row {
	char *id, *uuid, *hex, *expected;
};

static struct CMUnitTest tests[MAX_ROWS * 2];
static struct row rows[MAX_ROWS];
static char names[MAX_ROWS * 2][64];

static size_t bytes_of(const struct row *row, uint8_t *data)
{
	int n = vk_hex_parse(row->hex, data, MAX_BYTES);

	assert_in_range(n, 0, MAX_BYTES);
	return (size_t)n;
}

static uint16_t uuid_of(const struct row *row)
{
	return (uint16_t)strtoul(row->uuid, NULL, 16);
}

/* What follows the UUID: ":quirk,quirk". */
static struct vk_quirks quirks_of(const struct row *row)
{
	const char *list = strchr(row->uuid, ':');
	vk_auto(vk_freep) char *copy = strdup(list ? list + 1 : "");
	struct vk_quirks quirks = {0};
	char *rest = copy, *name;

	while (list && (name = strsep(&rest, ","))) {
		int quirk = vk_quirk_parse(name);

		assert_in_range(quirk, 0, VK_N_QUIRKS - 1);
		vk_add_quirk(&quirks, (enum vk_quirk)quirk);
	}
	return quirks;
}

/* A row whose UUID is "sfloat" or "float" is one number. */
static bool is_number(const struct row *row)
{
	return strstr(row->uuid, "float") != NULL;
}

static void bytes_give_the_number(void **state)
{
	const struct row *row = *state;
	char text[VK_DECIMAL_TEXT], got[VK_DECIMAL_TEXT + 16];
	struct vk_decimal number;
	enum vk_absent absent;
	uint8_t data[MAX_BYTES];
	struct vk_reader r = vk_reader_init(data, bytes_of(row, data));

	if (strcmp(row->uuid, "sfloat") == 0)
		absent = vk_sfloat_decode(vk_read_le16(&r), &number);
	else
		absent = vk_float_decode(vk_read_le32(&r), &number);
	vk_decimal_format(text, number);
	(void)snprintf(got, sizeof got, absent ? "{\"absent\":\"%s\"}" : "{\"value\":\"%s\"}",
		       absent ? vk_absent_text((int)absent) : text);
	assert_string_equal(got, row->expected);
}

static void bytes_give_the_decoded_form(void **state)
{
	const struct row *row = *state;
	struct vk_decode_error error = {0};
	vk_auto(vk_str_done) struct vk_str out = {0};
	char refused[200];
	uint8_t data[MAX_BYTES];
	size_t len = bytes_of(row, data);
	struct vk_quirks quirks = quirks_of(row);
	int rc = vk_decode_json(uuid_of(row), &quirks, data, len, &out, &error);

	if (rc == 0) {
		assert_string_equal(out.text, row->expected);
		return;
	}
	assert_int_equal(out.len, 0);
	if (strcmp(row->expected, "UNSUPPORTED") == 0) {
		assert_int_equal(rc, -ENOTSUP);
		return;
	}
	assert_int_equal(rc, -EBADMSG);
	(void)snprintf(refused, sizeof refused, "INVALID %zu %s", error.byte, error.why);
	assert_string_equal(refused, row->expected);
}

/* The piece lies alone in memory of its size, so that a sanitizer sees any read beyond it. */
static void every_prefix_is_refused_or_whole(void **state)
{
	const struct row *row = *state;
	uint8_t data[MAX_BYTES];
	size_t len = bytes_of(row, data);
	struct vk_quirks quirks = quirks_of(row);

	for (size_t n = 0; n < len; n++) {
		vk_auto(vk_freep) uint8_t *piece = malloc(n ? n : 1);
		vk_auto(vk_str_done) struct vk_str out = {0};
		struct vk_decode_error error = {.byte = SIZE_MAX};

		assert_non_null(piece);
		memcpy(piece, data, n);
		int rc = vk_decode_json(uuid_of(row), &quirks, piece, n, &out, &error);

		if (rc < 0) {
			if (rc == -ENOTSUP)
				continue;
			assert_int_equal(rc, -EBADMSG);
			assert_true(error.byte <= n);
			assert_true(strlen(error.why) > 0);
		} else {
			assert_int_equal(rc, 0);
			assert_int_equal(out.text[0], '{');
		}
	}
}

static bool cut(char *line, struct row *row)
{
	char *rest = line;

	row->id = strsep(&rest, "\t");
	row->uuid = strsep(&rest, "\t");
	row->hex = strsep(&rest, "\t");
	row->expected = strsep(&rest, "\t");
	return rest != NULL;
}

static size_t add_test(size_t n, const char *what, struct row *row, CMUnitTestFunction fn)
{
	(void)snprintf(names[n], sizeof names[n], "%s: %s", row->id, what);
	tests[n] = (struct CMUnitTest){names[n], fn, NULL, NULL, row};
	return n + 1;
}

static void closep(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

int main(void)
{
	vk_auto(closep) FILE *file = fopen(VAKA_SOURCE_DIR "/tests/data/vectors/gatt.tsv", "re");
	char line[4096];
	size_t n_rows = 0, n_tests = 0;

	while (file && fgets(line, sizeof line, file) && n_rows < MAX_ROWS) {
		if (*line == '#')
			continue;
		char *kept = strdup(line);

		if (!kept || !cut(kept, &rows[n_rows])) {
			(void)fprintf(stderr, "not five columns: %s", line);
			return 1;
		}
		if (is_number(&rows[n_rows])) {
			n_tests = add_test(n_tests, "number", &rows[n_rows], bytes_give_the_number);
			n_rows++;
			continue;
		}
		n_tests = add_test(n_tests, "decoded form", &rows[n_rows],
				   bytes_give_the_decoded_form);
		n_tests = add_test(n_tests, "prefixes", &rows[n_rows],
				   every_prefix_is_refused_or_whole);
		n_rows++;
	}
	if (n_rows < 500) {
		(void)fprintf(stderr, "only %zu vectors were read\n", n_rows);
		return 1;
	}
	int failed = _cmocka_run_group_tests("vectors", tests, n_tests, NULL, NULL);

	for (size_t i = 0; i < n_rows; i++)
		free(rows[i].id);
	return failed;
}
