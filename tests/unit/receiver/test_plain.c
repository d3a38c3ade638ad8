/* SPDX-License-Identifier: Apache-2.0 */
/* There and back: what the relay writes is read by libcbor, and is the same text again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../receiver/plain.h"
#include "mqtt/cbor.h"

static void comes_back(const char *json)
{
	vk_auto(vk_str_done) struct vk_str cbor = {0};
	vk_auto(vk_freep) char *plain = NULL;

	assert_int_equal(vk_cbor_from_json(json, strlen(json), &cbor), 0);
	plain = plain_from_cbor(cbor.text, cbor.len);
	assert_non_null(plain);
	assert_string_equal(plain, json);
}

static void documents(void **state)
{
	(void)state;
	comes_back("{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"valueQuantity\":{"
		   "\"value\":"
		   "80.50,\"unit\":\"kg\"},\"n\":null,\"is\":true,\"not\":false}},[],{}]}");
	comes_back("[0,-1,18446744073709551615,-9223372036854775808,0.05,-0.005,12.0,1e3,100.125]");
	comes_back("{\"sv\":\"Vikt upp 2,1 kg p\xc3\xa5 3 d\xc3\xb6gn \xe2\x80\x93 "
		   "ring\\\"\\\\\",\"\":\"\"}");
}

static void every_place_of_the_point(void **state)
{
	char json[64] = "1234567890123456789", number[64];

	(void)state;
	for (size_t point = 1; point < 19; point++) {
		(void)snprintf(number, sizeof number, "%.*s.%s", (int)point, json, json + point);
		comes_back(number);
	}
	comes_back("0.0000000000000000000001");
}

static void what_json_cannot_say_is_refused(void **state)
{
	/* Byte string, float, date, a map with a number as its key, a fraction of texts, a cut one,
	 * and one with more behind it. */
	static const char *const refused[] = {"\x41\x00",     "\xf9\x3c\x00",         "\xc1\x01",
					      "\xa1\x01\x01", "\xc4\x82\x61\x61\x01", "\x82\x01",
					      "\x01\x01"};
	static const size_t lengths[] = {2, 3, 2, 3, 5, 2, 2};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(refused); i++)
		assert_null(plain_from_cbor(refused[i], lengths[i]));
}

static void the_content_type_decides(void **state)
{
	(void)state;
	assert_true(plain_is_cbor("application/cbor"));
	assert_true(plain_is_cbor("application/fhir+cbor"));
	assert_false(plain_is_cbor("application/fhir+json"));
	assert_false(plain_is_cbor("cbor"));
	assert_false(plain_is_cbor(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents),
		cmocka_unit_test(every_place_of_the_point),
		cmocka_unit_test(what_json_cannot_say_is_refused),
		cmocka_unit_test(the_content_type_decides),
	};

	return cmocka_run_group_tests_name("receiver plain", tests, NULL, NULL);
}
