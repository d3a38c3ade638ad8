/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of vaka-gpio that need no chip: pace and configuration. The rest: tests/home. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "gpio/config.h"
#include "gpio/pace.h"

static void a_change_is_reported_at_once(void **state)
{
	struct vk_pace p = vk_pace_init(false);

	(void)state;
	assert_false(vk_pace_edge(&p, false, 10, 10));
	assert_true(vk_pace_edge(&p, true, 20, 20));
	assert_false(vk_pace_edge(&p, true, 30, 30));
	assert_true(vk_pace_edge(&p, false, 40, 40));
	assert_int_equal(vk_pace_deadline_ms(&p), -1);
}

/* Edges each ms from from_ms to before to_ms, starting with active; returns how many were reported.
 */
static int chatter(struct vk_pace *p, bool active, int64_t from_ms, int64_t to_ms)
{
	int n = 0;

	for (int64_t t = from_ms; t < to_ms; t++, active = !active)
		n += vk_pace_edge(p, active, t, t);
	return n;
}

static void chatter_ends_in_its_last_state(void **state)
{
	struct vk_pace p = vk_pace_init(false);
	bool active = false;
	int64_t edge_ms = 0;

	(void)state;
	assert_int_equal(chatter(&p, true, 1000, 1201), VK_PACE_MAX);
	assert_int_equal(vk_pace_deadline_ms(&p), 2000);
	assert_false(vk_pace_due(&p, 1999, &active, &edge_ms));
	assert_true(vk_pace_due(&p, 2000, &active, &edge_ms));
	assert_true(active);
	assert_int_equal(edge_ms, 1200);
	assert_int_equal(vk_pace_deadline_ms(&p), -1);
	assert_false(vk_pace_due(&p, 2001, &active, &edge_ms));
	assert_true(vk_pace_edge(&p, false, 2002, 2002));
}

static void chatter_back_to_where_it_was_says_no_more(void **state)
{
	struct vk_pace p = vk_pace_init(false);
	bool active = false;
	int64_t edge_ms = 0;

	(void)state;
	assert_int_equal(chatter(&p, true, 0, 200), VK_PACE_MAX);
	assert_false(vk_pace_due(&p, 1000, &active, &edge_ms));
	assert_int_equal(vk_pace_deadline_ms(&p), -1);
	assert_true(vk_pace_edge(&p, true, 1001, 1001));
}

static void a_long_storm_stays_within_bounds(void **state)
{
	struct vk_pace p = vk_pace_init(false);
	int n = 0;

	(void)state;
	for (int64_t t = 0; t < 10000; t++) {
		bool active;
		int64_t edge_ms;

		n += vk_pace_due(&p, t, &active, &edge_ms);
		n += vk_pace_edge(&p, t % 2 == 0, t, t);
	}
	assert_true(n >= 10 * VK_PACE_MAX - 10 && n <= 10 * (VK_PACE_MAX + 1));
}

static int parse(const char *text, struct vk_lines_config *c)
{
	struct vk_packet packet;

	assert_int_equal(vk_packet_parse(text, strlen(text), &packet), 0);
	int r = vk_lines_config_parse(&packet, c);

	vk_packet_done(&packet);
	return r;
}

#define WELCOME(config) "{\"t\":\"welcome\",\"config\":{" config "}}"
#define LINE(members)   WELCOME("\"chip\":\"c\",\"lines\":[{" members "}]")

static void config_and_defaults(void **state)
{
	struct vk_lines_config c;

	(void)state;
	assert_int_equal(
		parse(WELCOME("\"chip\":\"gpiochip0\",\"lines\":["
			      "{\"name\":\"bed-exit\",\"line\":\"GPIO17\",\"active_low\":true,"
			      "\"debounce_ms\":50,\"bias\":\"pull-up\"},"
			      "{\"name\":\"lamp\",\"line\":4,\"direction\":\"out\"},"
			      "{\"name\":\"door\"}]"),
		      &c),
		0);
	assert_int_equal(c.n, 3);
	assert_string_equal(c.lines[2].line, "door");
	assert_string_equal(c.lines[0].line, "GPIO17");
	assert_false(c.lines[0].is_output);
	assert_true(c.lines[0].is_active_low);
	assert_int_equal(c.lines[0].debounce_ms, 50);
	assert_int_equal(c.lines[0].bias, VK_BIAS_PULL_UP);
	assert_string_equal(c.lines[1].line, "");
	assert_int_equal(c.lines[1].offset, 4);
	assert_int_equal(c.lines[1].bias, VK_BIAS_AS_IS);
	assert_int_equal(vk_lines_config_output(&c, "lamp"), 1);
	assert_int_equal(vk_lines_config_output(&c, "bed-exit"), -1);
	assert_int_equal(vk_lines_config_output(&c, ""), -1);
	assert_int_equal(parse(WELCOME(""), &c), 0);
	assert_int_equal(c.n, 0);
}

static void config_mistakes(void **state)
{
	static const char *const bad[] = {
		WELCOME("\"lines\":{}"),
		WELCOME("\"lines\":[{\"name\":\"a\",\"line\":1}]"),
		LINE("\"line\":1"),
		LINE("\"name\":\"a b\",\"line\":1"),
		LINE("\"name\":\"a\",\"line\":-1"),
		LINE("\"name\":\"a\",\"line\":\"\""),
		LINE("\"name\":\"a\",\"line\":1,\"direction\":\"up\""),
		LINE("\"name\":\"a\",\"line\":1,\"direction\":1"),
		LINE("\"name\":\"a\",\"line\":1,\"bias\":\"none\""),
		LINE("\"name\":\"a\",\"line\":1,\"active_low\":1"),
		LINE("\"name\":\"a\",\"line\":1,\"debounce_ms\":10001"),
		LINE("\"name\":\"a\",\"line\":1,\"debounce_ms\":\"5\""),
		LINE("\"name\":\"a\",\"line\":1},{\"name\":\"a\",\"line\":2"),
	};
	struct vk_lines_config c;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse(bad[i], &c), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_is_reported_at_once),
		cmocka_unit_test(chatter_ends_in_its_last_state),
		cmocka_unit_test(chatter_back_to_where_it_was_says_no_more),
		cmocka_unit_test(a_long_storm_stays_within_bounds),
		cmocka_unit_test(config_and_defaults),
		cmocka_unit_test(config_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
