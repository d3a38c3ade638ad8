/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as CBOR, byte by byte: the examples of RFC 8949 appendix A, exact decimals, and no half
 * documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "mqtt/cbor.h"

static void is(const char *json, const char *hex)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	char seen[2048] = "";

	if (vk_cbor_from_json(json, strlen(json), &out) != 0)
		fail_msg("%s was not taken", json);
	assert_true(2 * out.len < sizeof seen);
	vk_hex_format(seen, out.text, out.len);
	assert_string_equal(seen, hex);
}

static void integers(void **state)
{
	static const char *const table[][2] = {
		{"0", "00"},
		{"23", "17"},
		{"24", "1818"},
		{"100", "1864"},
		{"255", "18ff"},
		{"256", "190100"},
		{"1000", "1903e8"},
		{"65535", "19ffff"},
		{"65536", "1a00010000"},
		{"1000000", "1a000f4240"},
		{"4294967295", "1affffffff"},
		{"4294967296", "1b0000000100000000"},
		{"1000000000000", "1b000000e8d4a51000"},
		{"18446744073709551615", "1bffffffffffffffff"},
		{"-1", "20"},
		{"-10", "29"},
		{"-24", "37"},
		{"-25", "3818"},
		{"-100", "3863"},
		{"-1000", "3903e7"},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(table); i++)
		is(table[i][0], table[i][1]);
}

/* 273.15 is the RFC's own; the digits that were written are the digits that arrive. */
static void decimals_keep_their_digits(void **state)
{
	static const char *const table[][2] = {
		{"273.15", "c48221196ab3"}, {"80.50", "c48221191f72"}, {"80.5", "c48220190325"},
		{"0.005", "c4822205"},      {"-0.4", "c4822023"},      {"36.0", "c48220190168"},
		{"1e3", "c4820301"},        {"1.25E+2", "c48200187d"}, {"5e-7", "c4822605"},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(table); i++)
		is(table[i][0], table[i][1]);
}

static void texts(void **state)
{
	(void)state;
	is("\"\"", "60");
	is("\"a\"", "6161");
	is("\"IETF\"", "6449455446");
	is("\"\\\"\\\\\"", "62225c");
	is("\"\\u00fc\"", "62c3bc");
	is("\"\\u6c34\"", "63e6b0b4");
	is("\"\\ud800\\udd51\"", "64f0908591");
	is("\"\xc3\xa5\\n\\t\\/\"", "65c3a50a092f");
	is("\"123456789012345678901234\"", "7818313233343536373839303132333435363738393031323334");
}

static void what_holds_others(void **state)
{
	(void)state;
	is("[]", "80");
	is("{}", "a0");
	is(" [ 1 , 2 , 3 ] ", "83010203");
	is("[1,[2,3],[4,5]]", "8301820203820405");
	is("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]",
	   "98190102030405060708090a0b0c0d0e0f101112131415161718181819");
	is("{\"a\":1,\"b\":[2,3]}", "a26161016162820203");
	is("{\"a\":\"A\",\"b\":\"B\",\"c\":null,\"d\":true,\"e\":false}",
	   "a561616141616261426163f66164f56165f4");
}

static int code_of(const char *json)
{
	vk_auto(vk_str_done) struct vk_str out = {0};

	return vk_cbor_from_json(json, strlen(json), &out);
}

static void no_half_documents(void **state)
{
	static const char *const broken[] = {
		"",
		"{",
		"[1,",
		"[1 2]",
		"{\"a\"}",
		"{\"a\":}",
		"{1:2}",
		"\"a",
		"\"\\x\"",
		"\"\\u12\"",
		"tru",
		"01",
		"1.",
		"1e",
		"-",
		"+1",
		"[1],",
		"nan",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\xff\"",
		"{\"a\":1,}",
		"\"\\ud800\\u0041\"",
		"[1,]",
	};
	char deep[2 * VK_CBOR_DEPTH + 3] = "";

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(broken); i++)
		if (code_of(broken[i]) != -EBADMSG)
			fail_msg("'%s' is %d", broken[i], code_of(broken[i]));
	memset(deep, '[', VK_CBOR_DEPTH);
	memset(deep + VK_CBOR_DEPTH, ']', VK_CBOR_DEPTH);
	assert_int_equal(code_of(deep), 0);
	memset(deep, '[', VK_CBOR_DEPTH + 1);
	memset(deep + VK_CBOR_DEPTH + 1, ']', VK_CBOR_DEPTH + 1);
	assert_int_equal(code_of(deep), -EBADMSG);
}

/* Such a document leaves as JSON, rather than with another number in it. */
static void no_number_is_changed(void **state)
{
	static const char *const inexact[] = {"-0", "-0.0", "18446744073709551616", "1e10000",
					      "0.123456789012345678901"};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(inexact); i++)
		assert_int_equal(code_of(inexact[i]), -ERANGE);
}

static void content_types(void **state)
{
	char type[VK_CBOR_TYPE];

	(void)state;
	assert_true(vk_cbor_content_type("application/json", type));
	assert_string_equal(type, "application/cbor");
	assert_true(vk_cbor_content_type("application/fhir+json", type));
	assert_string_equal(type, "application/fhir+cbor");
	assert_false(vk_cbor_content_type("application/octet-stream", type));
	assert_false(vk_cbor_content_type("", type));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),
		cmocka_unit_test(decimals_keep_their_digits),
		cmocka_unit_test(texts),
		cmocka_unit_test(what_holds_others),
		cmocka_unit_test(no_half_documents),
		cmocka_unit_test(no_number_is_changed),
		cmocka_unit_test(content_types),
	};

	return cmocka_run_group_tests_name("mqtt cbor", tests, NULL, NULL);
}
