/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the relay that need no broker: window and poison guard, back-off, configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mqtt/alias.h"
#include "mqtt/backoff.h"
#include "mqtt/config.h"
#include "mqtt/window.h"

static void window_settles_in_any_order(void **state)
{
	struct vk_window w = {0};
	int64_t n = 0;

	(void)state;
	for (int i = 1; i <= 3; i++)
		assert_int_equal(vk_window_add(&w, i, 100 + i, 0), 0);
	assert_true(vk_window_settle(&w, 2, &n));
	assert_int_equal(n, 102);
	assert_false(vk_window_settle(&w, 2, &n));
	assert_int_equal(w.count, 2);
	assert_int_equal(w.sent[w.first].n, 101);
	assert_int_equal(w.sent[w.first + 1].n, 103);
}

/* Filled, half emptied from either end and filled again, for longer than the array is. */
static void window_moves_on(void **state)
{
	struct vk_window w = {0};
	int64_t n = 0;
	int next = 0;

	(void)state;
	for (int oldest = 0; oldest < 4 * VK_WINDOW_MAX; oldest += 2) {
		while (w.count < VK_WINDOW_MAX) {
			assert_int_equal(vk_window_add(&w, next, next, 0), 0);
			next++;
		}
		assert_int_equal(w.sent[w.first].n, oldest);
		assert_true(vk_window_settle(&w, oldest + 1, &n));
		assert_true(vk_window_settle(&w, oldest, &n));
		assert_int_equal(n, oldest);
		assert_false(vk_window_settle(&w, oldest, &n));
		for (int i = 0; i < w.count; i++)
			assert_int_equal(w.sent[w.first + i].n, oldest + 2 + i);
	}
}

static void aliases_are_the_brokers_to_allow(void **state)
{
	struct vk_aliases a;
	bool is_known;

	(void)state;
	vk_aliases_init(&a, 2);
	assert_int_equal(vk_alias_of(&a, "reading/p/weight", &is_known), 1);
	assert_false(is_known);
	/* Named again before it was sent: still to be sent whole. */
	assert_int_equal(vk_alias_of(&a, "reading/p/weight", &is_known), 1);
	assert_false(is_known);
	vk_alias_keep(&a, "reading/p/weight");
	assert_int_equal(vk_alias_of(&a, "reading/p/weight", &is_known), 1);
	assert_true(is_known);
	vk_alias_keep(&a, "alert/p/a1");
	assert_int_equal(vk_alias_of(&a, "alert/p/a1", &is_known), 0);
	vk_alias_keep(&a, "health");
	assert_int_equal(vk_alias_of(&a, "health", &is_known), 2);
	vk_alias_keep(&a, "promise");
	assert_int_equal(vk_alias_of(&a, "promise", &is_known), 0);
	vk_aliases_init(&a, 0);
	assert_int_equal(vk_alias_of(&a, "health", &is_known), 0);
	vk_aliases_init(&a, 65535);
	for (int i = 0; i < 2 * VK_ALIASES; i++) {
		char topic[] = {'r', 'e', 'a', 'd', 'i', 'n', 'g', '/', (char)('A' + i), '\0'};

		vk_alias_keep(&a, topic);
	}
	assert_int_equal(a.n, VK_ALIASES);
}

static void window_is_bounded(void **state)
{
	struct vk_window w = {0};

	(void)state;
	for (int i = 0; i < VK_WINDOW_MAX; i++)
		assert_int_equal(vk_window_add(&w, i, i, 0), 0);
	assert_int_equal(vk_window_add(&w, 999, 999, 0), -ENOBUFS);
}

/* Sends n at 0, and another where it may, cuts at cut_ms; true when it was named poison. */
static bool send_and_cut(struct vk_window *w, int64_t n, int64_t cut_ms)
{
	int64_t poison = -1;

	assert_int_equal(vk_window_add(w, 1, n, 0), 0);
	if (!vk_window_is_careful(w))
		assert_int_equal(vk_window_add(w, 2, n + 1, 0), 0);
	bool is_poison = vk_window_cut(w, cut_ms, &poison);

	assert_true(!is_poison || poison == n);
	vk_window_clear(w);
	return is_poison;
}

static void poison_is_the_third_cut_in_a_row(void **state)
{
	struct vk_window w = {0};

	(void)state;
	assert_false(send_and_cut(&w, 7, 10));
	assert_false(send_and_cut(&w, 7, 10));
	assert_true(send_and_cut(&w, 7, 10));
	assert_false(send_and_cut(&w, 7, 10));
}

static void other_cuts_are_no_poison(void **state)
{
	struct vk_window w = {0};
	int64_t n = 0;

	(void)state;
	assert_false(send_and_cut(&w, 7, 10));
	assert_false(send_and_cut(&w, 7, 10));
	assert_false(send_and_cut(&w, 7, VK_POISON_AFTER_MS + 1));
	assert_false(send_and_cut(&w, 7, 10));
	assert_false(send_and_cut(&w, 8, 10));
	assert_false(send_and_cut(&w, 8, 10));
	assert_int_equal(vk_window_add(&w, 1, 8, 0), 0);
	assert_true(vk_window_settle(&w, 1, &n));
	assert_false(send_and_cut(&w, 8, 10));
	assert_false(vk_window_cut(&w, 10, &n));
}

/* A broker that acknowledges all that came before the poison, or nothing of it, then cuts. The one
 * that is named, in how many connections. */
static int64_t find_poison(struct vk_window *w, const int64_t *list, int n, int64_t poison,
			   bool does_acknowledge, int *connections)
{
	int first = 0;

	for (*connections = 1; *connections < 100; ++*connections) {
		int next = first;
		int64_t named = 0, settled;

		do {
			bool is_alone = w->count == 0;

			assert_int_equal(vk_window_add(w, next, list[next], 0), 0);
			if (list[next++] == poison)
				break;
			if ((is_alone && vk_window_is_careful(w)) || does_acknowledge) {
				assert_true(vk_window_settle(w, next - 1, &settled));
				first = next;
			}
		} while (next < n);
		if (vk_window_cut(w, 10, &named))
			return named;
		vk_window_clear(w);
	}
	return -1;
}

static void poison_is_found_among_others(void **state)
{
	int64_t list[40];
	int connections;

	(void)state;
	for (int i = 0; i < 40; i++)
		list[i] = 100 + i;
	for (int i = 0; i < 20; i++) {
		for (int does_acknowledge = 0; does_acknowledge < 2; does_acknowledge++) {
			struct vk_window w = {0};

			assert_int_equal(find_poison(&w, list, 40, list[i], does_acknowledge != 0,
						     &connections),
					 list[i]);
			assert_in_range(connections, 3, 5);
		}
	}
}

/* … and then the hub is as quick as before. */
static void care_ends(void **state)
{
	struct vk_window w = {0};
	int64_t n;
	int acknowledged = 0;

	(void)state;
	assert_false(send_and_cut(&w, 7, 10));
	assert_false(vk_window_is_careful(&w));
	assert_false(send_and_cut(&w, 9, 10));
	do {
		assert_int_equal(vk_window_add(&w, acknowledged, 9 + acknowledged, 0), 0);
		if (!vk_window_is_careful(&w))
			break;
		assert_true(vk_window_settle(&w, acknowledged++, &n));
	} while (acknowledged < 1000);
	assert_int_equal(acknowledged, 2 + VK_CAREFUL_MORE);
	/* One cut alone makes nobody careful again. */
	vk_window_clear(&w);
	assert_false(send_and_cut(&w, 7, 10));
	assert_int_equal(vk_window_add(&w, 1, 7, 0), 0);
	assert_false(vk_window_is_careful(&w));
}

static void backoff_is_jitter_under_a_ceiling(void **state)
{
	(void)state;
	assert_int_equal(vk_backoff_ms(1, 1, 0, false), VK_BACKOFF_LEAST_MS);
	for (unsigned attempt = 1; attempt < 100; attempt++) {
		uint32_t most = 0;

		for (uint32_t random = 0; random < 200000; random += 97) {
			uint32_t ms = vk_backoff_ms(attempt, 1, random, false);

			assert_true(ms >= VK_BACKOFF_LEAST_MS);
			most = ms > most ? ms : most;
		}
		uint32_t ceiling = attempt < 7 ? 1000u << (attempt - 1) : VK_BACKOFF_MOST_MS;

		if (ceiling > VK_BACKOFF_MOST_MS)
			ceiling = VK_BACKOFF_MOST_MS;
		assert_true(most <= ceiling && most > ceiling - ceiling / 10);
	}
}

static void backoff_is_short_while_an_alert_waits(void **state)
{
	uint32_t most = 0;

	(void)state;
	for (uint32_t random = 0; random < 200000; random += 97) {
		uint32_t ms = vk_backoff_ms(50, 1, random, true);

		assert_true(ms >= VK_BACKOFF_LEAST_MS && ms <= VK_BACKOFF_URGENT_MS);
		most = ms > most ? ms : most;
	}
	assert_true(most > VK_BACKOFF_URGENT_MS - VK_BACKOFF_URGENT_MS / 10);
	for (uint32_t random = 0; random < 200000; random += 97)
		assert_true(vk_backoff_ms(1, 1, random, true) <= VK_BACKOFF_FIRST_MS);
}

/* Seven that are dead do not keep the eighth waiting for minutes. */
static void every_broker_has_its_turn_before_the_ceiling_rises(void **state)
{
	(void)state;
	for (uint32_t random = 0; random < 200000; random += 97) {
		for (unsigned attempt = 1; attempt <= 8; attempt++)
			assert_true(vk_backoff_ms(attempt, 8, random, false) <=
				    VK_BACKOFF_FIRST_MS);
		assert_int_equal(vk_backoff_ms(9, 8, random, false),
				 vk_backoff_ms(2, 1, random, false));
		assert_int_equal(vk_backoff_ms(8 * 60, 8, random, false),
				 vk_backoff_ms(60, 1, random, false));
	}
}

static int parse(const char *text, struct vk_relay_config *c)
{
	struct vk_packet packet;

	assert_int_equal(vk_packet_parse(text, strlen(text), &packet), 0);
	int r = vk_relay_config_parse(&packet, c);

	vk_packet_done(&packet);
	return r;
}

#define WELCOME(config)                                                                            \
	"{\"t\":\"welcome\",\"hub\":\"hub-0417\",\"base\":\"vaka/1/soder/hub-0417\",\"config\":"   \
	"{" config "}}"
#define BROKERS "\"brokers\":[{\"host\":\"a.example\"},{\"host\":\"b\",\"port\":1883}]"
#define FILES   "\"ca\":\"/c\",\"cert\":\"/h\",\"key\":\"/k\""

static void config_and_defaults(void **state)
{
	struct vk_relay_config c;

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(parse(WELCOME(BROKERS "," FILES ",\"patients\":[\"p-1042\"],"
					       "\"will\":{\"state\":\"offline\",\"boot\":\"b\"}"),
			       &c),
			 0);
	assert_int_equal(c.n_brokers, 2);
	assert_int_equal(c.brokers[0].port, 8883);
	assert_int_equal(c.brokers[1].port, 1883);
	assert_int_equal(c.keep_alive_s, 60);
	assert_int_equal(c.session_expiry_s, 604800);
	assert_string_equal(c.patients[0], "p-1042");
	assert_string_equal(c.will, "{\"state\":\"offline\",\"boot\":\"b\"}");
	assert_string_equal(c.key, "/k");
	assert_int_equal(parse(WELCOME(""), &c), 0);
	assert_int_equal(c.n_brokers, 0);
}

static void config_mistakes(void **state)
{
	static const char *const bad[] = {
		WELCOME(FILES),
		WELCOME("\"brokers\":[]," FILES),
		WELCOME("\"brokers\":[{\"host\":\"\"}]," FILES),
		WELCOME("\"brokers\":[{\"host\":\"a\",\"port\":70000}]," FILES),
		WELCOME("\"brokers\":[{\"host\":\"a\",\"port\":\"1\"}]," FILES),
		WELCOME(BROKERS),
		WELCOME(BROKERS "," FILES ",\"keep_alive_s\":1"),
		WELCOME(BROKERS "," FILES ",\"patients\":[\"a/b\"]"),
		WELCOME(BROKERS "," FILES ",\"patients\":\"p\""),
		WELCOME(BROKERS "," FILES ",\"will\":\"off\""),
		WELCOME(BROKERS "," FILES ",\"payload\":\"xml\""),
		"{\"t\":\"welcome\",\"hub\":\"h/1\",\"base\":\"vaka/1/s/h\",\"config\":{" BROKERS
		"," FILES "}}",
		"{\"t\":\"welcome\",\"hub\":\"h\",\"base\":\"vaka/1/+/h\",\"config\":{" BROKERS
		"," FILES "}}",
		"{\"t\":\"welcome\",\"hub\":\"h\",\"base\":\"vaka/1/s/h\"}",
	};
	struct vk_relay_config c;

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse(bad[i], &c), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(window_settles_in_any_order),
		cmocka_unit_test(window_moves_on),
		cmocka_unit_test(aliases_are_the_brokers_to_allow),
		cmocka_unit_test(window_is_bounded),
		cmocka_unit_test(poison_is_the_third_cut_in_a_row),
		cmocka_unit_test(other_cuts_are_no_poison),
		cmocka_unit_test(poison_is_found_among_others),
		cmocka_unit_test(care_ends),
		cmocka_unit_test(backoff_is_jitter_under_a_ceiling),
		cmocka_unit_test(backoff_is_short_while_an_alert_waits),
		cmocka_unit_test(every_broker_has_its_turn_before_the_ceiling_rises),
		cmocka_unit_test(config_and_defaults),
		cmocka_unit_test(config_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
