/* SPDX-License-Identifier: Apache-2.0 */
/* A reading as it goes to the hub: read back by the hub's own means. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "plugin/decoded_wire.h"
#include "profiles/profile.h"
#include "reading_wire.h"
#include "vaka/wire.h"

static const uint8_t GLUCOSE[] = {0x02, 0x0a, 0x00, 0xea, 0x07, 3, 1, 7, 0, 0, 0x5a, 0xb0, 0x11};

static struct vk_sample sample_of(const uint8_t *raw, size_t len)
{
	struct vk_sample s = {.uuid = 0x2a18, .raw = raw, .len = len, .utc_ms = 1772348400123};
	struct vk_quirks quirks = {0};

	s.is_decoded = vk_profile_decode(s.uuid, &quirks, raw, len, &s.decoded, &s.error) == 0;
	return s;
}

static struct vk_packet packet_of(const struct vk_sample *s)
{
	vk_auto(vk_str_done) struct vk_str text = {0};
	struct vk_packet packet;

	vk_reading_wire("00AA01010009", s, 7, &text);
	assert_int_equal(text.error, 0);
	assert_int_equal(vk_packet_parse(text.text, text.len, &packet), 0);
	assert_string_equal(packet.type, "reading");
	assert_int_equal(packet.n, 7);
	assert_string_equal(vk_packet_str(&packet, "device", ""), "00AA01010009");
	assert_int_equal(vk_packet_int(&packet, "at_ms", 0), 1772348400123);
	return packet;
}

static void a_record_there_and_back(void **state)
{
	struct vk_sample s = sample_of(GLUCOSE, sizeof GLUCOSE);
	struct vk_packet packet = packet_of(&s);
	char error[VK_DECODED_ERROR_TEXT];
	struct vk_decoded d;

	(void)state;
	assert_int_equal(vk_packet_int(&packet, "char", 0), 0x2a18);
	assert_string_equal(vk_packet_str(&packet, "raw", ""), "020a00ea0703010700005ab011");
	assert_int_equal(vk_packet_bool(&packet, "live", 1), 0);
	assert_null(json_object_get(packet.header, "error"));
	assert_null(json_object_get(packet.header, "clock_offset_s"));
	assert_null(json_object_get(packet.header, "clock_drift_s"));
	assert_null(json_object_get(packet.header, "placed"));
	assert_null(json_object_get(packet.header, "sequence_moves"));
	assert_int_equal(
		vk_decoded_wire_parse(json_object_get(packet.header, "decoded"), NULL, error, &d),
		0);
	assert_int_equal(d.kind, s.decoded.kind);
	assert_int_equal(d.sequence, 10);
	assert_int_equal(d.n_values, s.decoded.n_values);
	assert_int_equal(d.values[0].number.mantissa, s.decoded.values[0].number.mantissa);
	vk_packet_done(&packet);
}

static void what_is_known_of_the_clock_goes_along(void **state)
{
	struct vk_sample s = sample_of(GLUCOSE, sizeof GLUCOSE);
	struct vk_packet packet;

	(void)state;
	s.has_offset = s.is_steady = s.is_live = true;
	s.offset_s = -98;
	s.uncertainty_s = 3;
	packet = packet_of(&s);
	assert_int_equal(vk_packet_int(&packet, "clock_offset_s", 0), -98);
	assert_int_equal(vk_packet_int(&packet, "clock_drift_s", 0), 3);
	assert_int_equal(vk_packet_bool(&packet, "live", 0), 1);
	vk_packet_done(&packet);
}

static void a_place_stands_in_place_of_the_drift(void **state)
{
	struct vk_sample s = sample_of(GLUCOSE, sizeof GLUCOSE);
	struct vk_packet packet;
	const json_t *placed;

	(void)state;
	s.is_steady = s.does_sequence_move = true;
	s.by = VK_BY_NOTHING;
	s.placed_utc_s = 1772348400;
	s.uncertainty_s = -1;
	packet = packet_of(&s);
	placed = json_object_get(packet.header, "placed");
	assert_string_equal(json_string_value(json_object_get(placed, "by")), "nothing");
	assert_int_equal(json_integer_value(json_object_get(placed, "time_ms")), 1772348400000);
	assert_int_equal(json_integer_value(json_object_get(placed, "uncertainty_s")), -1);
	assert_null(json_object_get(packet.header, "clock_drift_s"));
	assert_int_equal(vk_packet_bool(&packet, "sequence_moves", 0), 1);
	vk_packet_done(&packet);
}

static void what_cannot_be_decoded_says_where(void **state)
{
	struct vk_sample s = sample_of(GLUCOSE, 4);
	struct vk_packet packet;
	const json_t *error;

	(void)state;
	assert_false(s.is_decoded);
	packet = packet_of(&s);
	error = json_object_get(packet.header, "error");
	assert_int_equal(json_integer_value(json_object_get(error, "byte")), s.error.byte);
	assert_string_equal(json_string_value(json_object_get(error, "why")), s.error.why);
	assert_null(json_object_get(packet.header, "decoded"));
	vk_packet_done(&packet);
}

static void an_unknown_characteristic_is_65535_and_the_longest_value_fits(void **state)
{
	static uint8_t raw[VK_ATT_VALUE_MAX];
	struct vk_sample s = sample_of(raw, sizeof raw);
	struct vk_packet packet;

	(void)state;
	s.uuid = 0;
	packet = packet_of(&s);
	assert_int_equal(vk_packet_int(&packet, "char", 0), 0xffff);
	assert_int_equal(strlen(vk_packet_str(&packet, "raw", "")), 2 * sizeof raw);
	vk_packet_done(&packet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_there_and_back),
		cmocka_unit_test(what_is_known_of_the_clock_goes_along),
		cmocka_unit_test(a_place_stands_in_place_of_the_drift),
		cmocka_unit_test(what_cannot_be_decoded_says_where),
		cmocka_unit_test(an_unknown_characteristic_is_65535_and_the_longest_value_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
