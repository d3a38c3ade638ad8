/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer, and the decoded form that leaves through it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/decoded.h"
#include "base/err.h"

static void commas_and_brackets_stand_right(void **state)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);

	(void)state;
	vk_json_open(&j, NULL, '{');
	vk_json_open(&j, "a", '[');
	vk_json_close(&j, ']');
	vk_json_int(&j, "n", -5);
	vk_json_open(&j, "o", '{');
	vk_json_bool(&j, "t", true);
	vk_json_bool(&j, "f", false);
	vk_json_close(&j, '}');
	vk_json_open(&j, "l", '[');
	vk_json_str(&j, NULL, "x");
	vk_json_str(&j, NULL, NULL);
	vk_json_null(&j, NULL);
	vk_json_close(&j, ']');
	vk_json_raw(&j, "r", "[1,2]");
	vk_json_close(&j, '}');
	assert_string_equal(out.text, "{\"a\":[],\"n\":-5,\"o\":{\"t\":true,\"f\":false},"
				      "\"l\":[\"x\",null,null],\"r\":[1,2]}");
}

static void text_is_escaped(void **state)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);

	(void)state;
	vk_json_open(&j, NULL, '{');
	vk_json_str(&j, "k\"", "a\\b\"c\n\x01/\xc3\xa5");
	vk_json_close(&j, '}');
	assert_string_equal(out.text, "{\"k\\\"\":\"a\\\\b\\\"c\\u000a\\u0001/\xc3\xa5\"}");
}

/* Byte for byte, as the standard has it. */
static void escape(struct vk_str *out, const char *text)
{
	vk_str_add(out, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			vk_str_addf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			vk_str_addf(out, "\\u%04x", *text);
		else
			vk_str_add_n(out, text, 1);
	}
	vk_str_add(out, "\"");
}

/* Each byte at each place of texts of each small length, as a key and as a value. */
static void each_byte_is_looked_at(void **state)
{
	char text[27];

	(void)state;
	for (size_t len = 1; len < sizeof text; len++) {
		for (size_t i = 0; i < len; i++) {
			for (int c = 1; c < 256; c++) {
				vk_auto(vk_str_done) struct vk_str out = {0}, expected = {0};
				struct vk_json j = vk_json_init(&out);

				memset(text, 'x', len);
				text[len] = '\0';
				text[i] = (char)c;
				vk_json_str(&j, text, text);
				escape(&expected, text);
				vk_str_add(&expected, ":");
				escape(&expected, text);
				assert_string_equal(out.text, expected.text);
			}
		}
	}
}

static void a_decimal_keeps_its_digits(void **state)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);

	(void)state;
	vk_json_open(&j, NULL, '[');
	vk_json_decimal(&j, NULL, (struct vk_decimal){3660, -2});
	vk_json_int(&j, NULL, INT64_MIN);
	vk_json_close(&j, ']');
	assert_string_equal(out.text, "[36.60,-9223372036854775808]");
}

static void the_decoded_form_is_that_of_the_design(void **state)
{
	struct vk_decoded d = vk_decoded_init(VK_KIND_BLOOD_PRESSURE);
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);

	(void)state;
	vk_decoded_add(&d, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE,
		       (struct vk_decimal){124, 0});
	vk_decoded_add(&d, VK_QUANTITY_MEAN_ARTERIAL, VK_UNIT_MMHG, VK_ABSENT_NOT_A_NUMBER,
		       (struct vk_decimal){0});
	vk_decoded_flag(&d, VK_FLAG_CUFF_LOOSE);
	vk_decoded_flag(&d, VK_FLAG_BODY_MOVEMENT);
	d.time_state = VK_TIME_KNOWN;
	d.device_time = (struct vk_civil){2024, 6, 15, 17, 17, 27};
	d.user = 1;
	d.sequence = 7;
	vk_json_open(&j, NULL, '{');
	vk_decoded_json(&j, &d, 1u << VK_QUANTITY_SYSTOLIC);
	vk_json_close(&j, '}');
	assert_string_equal(out.text,
			    "{\"kind\":\"blood-pressure\",\"values\":{\"systolic\":{\"value\":"
			    "\"124\",\"unit\":\"mm[Hg]\"},\"mean-arterial\":{\"absent\":"
			    "\"not-a-number\"}},\"flags\":[\"body-movement\",\"cuff-loose\"],"
			    "\"implausible\":[\"systolic\"],\"device_time\":"
			    "\"2024-06-15T17:17:27\",\"user\":1,\"sequence\":7}");
}

static void a_decoded_value_is_found_or_not(void **state)
{
	struct vk_decoded d = vk_decoded_init(VK_KIND_WEIGHT);

	(void)state;
	assert_null(vk_decoded_value(&d, VK_QUANTITY_WEIGHT));
	for (int i = 0; i < VK_MAX_VALUES + 3; i++)
		vk_decoded_add(&d, VK_QUANTITY_WEIGHT, VK_UNIT_KG, VK_ABSENT_NONE,
			       (struct vk_decimal){i, 0});
	assert_int_equal(d.n_values, VK_MAX_VALUES);
	assert_ptr_equal(vk_decoded_value(&d, VK_QUANTITY_WEIGHT), &d.values[0]);
	assert_null(vk_decoded_value(&d, VK_QUANTITY_BMI));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_brackets_stand_right),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(each_byte_is_looked_at),
		cmocka_unit_test(a_decimal_keeps_its_digits),
		cmocka_unit_test(the_decoded_form_is_that_of_the_design),
		cmocka_unit_test(a_decoded_value_is_found_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
