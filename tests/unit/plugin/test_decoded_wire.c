/* SPDX-License-Identifier: Apache-2.0 */
/* The decoded form: the design's own example there and back, and every mistake named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "plugin/decoded_wire.h"

static const char example[] = "{\"kind\":\"blood-pressure\",\"values\":{\"systolic\":{\"value\":"
			      "\"124\",\"unit\":\"mm[Hg]\"},"
			      "\"diastolic\":{\"value\":\"86.0\",\"unit\":\"mm[Hg]\"},"
			      "\"mean-arterial\":{\"absent\":\"not-a-number\"},"
			      "\"pulse-rate\":{\"value\":\"51\",\"unit\":\"/min\"}},"
			      "\"flags\":[\"body-movement\",\"cuff-loose\"],\"implausible\":[],"
			      "\"device_time\":\"2024-06-15T17:17:27\",\"user\":1,\"sequence\":7}";

static json_t *written(const struct vk_decoded *d)
{
	vk_auto(vk_str_done) struct vk_str text = {0};
	struct vk_json j = vk_json_init(&text);

	vk_json_open(&j, NULL, '{');
	vk_decoded_json(&j, d, 0);
	vk_json_close(&j, '}');
	assert_int_equal(text.error, 0);
	return json_loadb(text.text, text.len, JSON_REJECT_DUPLICATES, NULL);
}

static void the_example_there_and_back(void **state)
{
	char error[VK_DECODED_ERROR_TEXT];
	struct vk_decoded d;
	json_t *in = json_loads(example, 0, NULL);

	(void)state;
	assert_int_equal(vk_decoded_wire_parse(in, NULL, error, &d), 0);
	assert_int_equal(d.kind, VK_KIND_BLOOD_PRESSURE);
	assert_int_equal(d.n_values, 4);
	assert_int_equal(d.values[1].number.mantissa, 860);
	assert_int_equal(d.values[1].number.exponent, -1);
	assert_int_equal(d.values[2].absent, VK_ABSENT_NOT_A_NUMBER);
	assert_true(vk_decoded_has(&d, VK_FLAG_CUFF_LOOSE));
	assert_int_equal(d.time_state, VK_TIME_KNOWN);
	assert_int_equal(d.device_time.second, 27);
	assert_int_equal(d.location, -1);
	json_t *out = written(&d);

	assert_true(json_equal(in, out));
	json_decref(in);
	json_decref(out);
}

static void every_other_member_there_and_back(void **state)
{
	static const char *const forms[] = {
		"{\"kind\":\"glucose\",\"values\":{\"glucose\":{\"value\":\"5.6\",\"unit\":\"mmol/"
		"L\"}},"
		"\"flags\":[],\"implausible\":[],\"device_time\":null,\"sequence\":0,"
		"\"sample_type\":1,\"location\":1}",
		"{\"kind\":\"glucose-context\",\"values\":{},\"flags\":[],\"implausible\":[],"
		"\"sequence\":65535,\"context\":{\"meal\":2}}",
		"{\"kind\":\"heart-rate\",\"values\":{},\"flags\":[],\"implausible\":[],"
		"\"rr_ms\":[800,65535]}",
		"{\"kind\":\"racp\",\"values\":{},\"flags\":[],\"implausible\":[],"
		"\"racp\":{\"op\":6,\"operator\":0,\"request\":1,\"result\":1}}",
	};
	char error[VK_DECODED_ERROR_TEXT];
	struct vk_decoded d;

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		json_t *in = json_loads(forms[i], 0, NULL);

		assert_int_equal(vk_decoded_wire_parse(in, NULL, error, &d), 0);
		json_t *out = written(&d);

		assert_true(json_equal(in, out));
		json_decref(in);
		json_decref(out);
	}
}

static void mistakes_name_the_field(void **state)
{
	static const struct {
		const char *form, *says;
	} cases[] = {
		{"[]", "decoded: expected an object"},
		{"{}", "kind: expected"},
		{"{\"kind\":\"mood\"}",
		 "kind: expected one of the kinds of the contract, got mood"},
		{"{\"kind\":\"weight\",\"colour\":1}", "colour: no such member"},
		{"{\"kind\":\"weight\",\"values\":[]}", "values: expected an object"},
		{"{\"kind\":\"weight\",\"values\":{\"mood\":{}}}", "values.mood: no such quantity"},
		{"{\"kind\":\"weight\",\"values\":{\"weight\":{\"value\":80.5,\"unit\":\"kg\"}}}",
		 "values.weight: expected {\"value\""},
		{"{\"kind\":\"weight\",\"values\":{\"weight\":{\"value\":\"8e1\",\"unit\":\"kg\"}}"
		 "}",
		 "values.weight: expected {\"value\""},
		{"{\"kind\":\"weight\",\"values\":{\"weight\":{\"value\":\"1234567890123456\","
		 "\"unit\":\"kg\"}}}",
		 "values.weight: expected {\"value\""},
		{"{\"kind\":\"weight\",\"values\":{\"weight\":{\"value\":\"80\",\"unit\":\"st\"}}}",
		 "values.weight.unit: expected"},
		{"{\"kind\":\"weight\",\"values\":{\"weight\":{\"absent\":\"\"}}}",
		 "values.weight.absent: expected"},
		{"{\"kind\":\"weight\",\"values\":{\"weight\":{\"absent\":\"error\",\"unit\":"
		 "\"kg\"}}}",
		 "values.weight.absent: expected"},
		{"{\"kind\":\"weight\",\"flags\":[\"cuff-loose\",\"odd\"]}", "flags[1]: expected"},
		{"{\"kind\":\"weight\",\"flags\":{}}", "flags: expected a list"},
		{"{\"kind\":\"weight\",\"implausible\":[\"odd\"]}", "implausible[0]: expected"},
		{"{\"kind\":\"weight\",\"device_time\":\"2023-02-29T00:00:00\"}", "device_time: "},
		{"{\"kind\":\"weight\",\"device_time\":5}", "device_time: expected null"},
		{"{\"kind\":\"weight\",\"user\":256}",
		 "user: expected a whole number from 0 to 255"},
		{"{\"kind\":\"weight\",\"sequence\":-1}", "sequence: expected a whole number"},
		{"{\"kind\":\"weight\",\"sequence\":1.0}", "sequence: expected a whole number"},
		{"{\"kind\":\"weight\",\"context\":{}}", "context: expected"},
		{"{\"kind\":\"weight\",\"rr_ms\":[0,1,2,3,4,5,6,7,8,9]}", "rr_ms: expected a list"},
		{"{\"kind\":\"weight\",\"racp\":{}}",
		 "racp: expected an object where kind is racp"},
		{"{\"kind\":\"racp\"}", "racp: expected an object where kind is racp"},
		{"{\"kind\":\"racp\",\"racp\":{\"op\":1}}",
		 "racp: expected at least op and operator"},
		{"{\"kind\":\"racp\",\"racp\":{\"op\":1,\"operator\":1,\"x\":1}}",
		 "racp.x: no such"},
	};
	char error[VK_DECODED_ERROR_TEXT];
	struct vk_decoded d;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *in = json_loads(cases[i].form, 0, NULL);

		assert_non_null(in);
		assert_int_equal(vk_decoded_wire_parse(in, NULL, error, &d), -EINVAL);
		if (strncmp(error, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("%s: said \"%s\"", cases[i].form, error);
		json_decref(in);
	}
}

static void too_many_values(void **state)
{
	char error[VK_DECODED_ERROR_TEXT];
	struct vk_decoded d;
	json_t *values = json_object();

	(void)state;
	for (int i = 0; i <= VK_MAX_VALUES; i++)
		json_object_set_new(values, vk_quantity_text(i),
				    json_pack("{s:s}", "absent", "error"));
	json_t *in = json_pack("{s:s,s:o}", "kind", "weight", "values", values);

	assert_int_equal(vk_decoded_wire_parse(in, NULL, error, &d), -EINVAL);
	assert_string_equal(error, "values: expected at most 14 quantities");
	json_decref(in);
}

static void lists_and_further_members(void **state)
{
	static const char *const also[] = {"patient", NULL};
	char error[VK_DECODED_ERROR_TEXT];
	struct vk_decoded list[VK_MAX_RECORDS];
	json_t *in =
		json_loads("{\"patient\":\"p-1\",\"records\":[{\"kind\":\"cgm\",\"sequence\":1},"
			   "{\"kind\":\"cgm\",\"sequence\":2}]}",
			   0, NULL);

	(void)state;
	assert_int_equal(vk_decoded_wire_parse_all(in, also, error, list), 2);
	assert_int_equal(list[1].sequence, 2);
	assert_int_equal(vk_decoded_wire_parse_all(in, NULL, error, list), -EINVAL);
	assert_string_equal(error, "patient: no such member beside records");
	json_object_set_new(json_array_get(json_object_get(in, "records"), 1), "user",
			    json_string("?"));
	assert_int_equal(vk_decoded_wire_parse_all(in, also, error, list), -EINVAL);
	assert_string_equal(error, "records[1].user: expected a whole number from 0 to 255");
	json_object_set_new(in, "records", json_array());
	assert_int_equal(vk_decoded_wire_parse_all(in, also, error, list), -EINVAL);
	json_decref(in);

	in = json_loads("{\"kind\":\"weight\",\"patient\":\"p-1\"}", 0, NULL);
	assert_int_equal(vk_decoded_wire_parse(in, NULL, error, list), -EINVAL);
	assert_int_equal(vk_decoded_wire_parse_all(in, also, error, list), 1);
	json_decref(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_there_and_back),
		cmocka_unit_test(every_other_member_there_and_back),
		cmocka_unit_test(mistakes_name_the_field),
		cmocka_unit_test(too_many_values),
		cmocka_unit_test(lists_and_further_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
