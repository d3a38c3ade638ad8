/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes on the wire: a row per relay and day, bounded by which days were written first. */
#include <stdio.h>
#include <string.h>

#include "support.h"

static void put(struct vk_store *store, const char *relay, int32_t day, int64_t sent)
{
	const struct vk_traffic_day row = {
		.day = day, .sent = sent, .received = sent / 2, .packets = 3};

	assert_int_equal(vk_store_put_traffic(store, relay, &row), 0);
}

struct told {
	char text[4000];
};

static int tell(const char *relay, const struct vk_traffic_day *day, void *user)
{
	struct told *told = user;
	size_t len = strlen(told->text);

	(void)snprintf(told->text + len, sizeof told->text - len, "%s %d %d %d %d\n", relay,
		       day->day, (int)day->sent, (int)day->received, (int)day->packets);
	return 0;
}

static const char *all(struct home *home)
{
	static struct told told;

	told.text[0] = '\0';
	assert_int_equal(vk_store_each_traffic(home->store, tell, &told), 0);
	return told.text;
}

static void a_row_per_relay_and_day(void **state)
{
	struct home *home = *state;

	put(home->store, "mqtt", 20000, 100);
	put(home->store, "other", 20000, 10);
	put(home->store, "mqtt", 20001, 200);
	put(home->store, "mqtt", 20000, 150);
	home_reopen(home);
	assert_string_equal(all(home), "mqtt 20000 150 75 3\nother 20000 10 5 3\n"
				       "mqtt 20001 200 100 3\n");
}

/* A clock that was years ahead for a while: its row leaves in its turn, and drives nobody out. */
static void the_days_that_were_written_first_leave(void **state)
{
	struct home *home = *state;
	char last[64];

	put(home->store, "other", 1, 1);
	put(home->store, "mqtt", 20000, 1);
	put(home->store, "mqtt", 99999, 1);
	for (int i = 1; i <= VK_TRAFFIC_DAYS - 2; i++)
		put(home->store, "mqtt", 20000 + i, 1);
	assert_non_null(strstr(all(home), "mqtt 20000 "));
	put(home->store, "mqtt", 20100, 1);
	assert_null(strstr(all(home), "mqtt 20000 "));
	assert_non_null(strstr(all(home), "mqtt 99999 "));
	put(home->store, "mqtt", 20101, 1);
	assert_null(strstr(all(home), "mqtt 99999 "));
	(void)snprintf(last, sizeof last, "mqtt %d ", 20000 + VK_TRAFFIC_DAYS - 2);
	assert_non_null(strstr(all(home), last));
	assert_non_null(strstr(all(home), "other 1 "));
}

#define IN_HOME(f) cmocka_unit_test_setup_teardown(f, home_up, home_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(a_row_per_relay_and_day),
		IN_HOME(the_days_that_were_written_first_leave),
	};

	return cmocka_run_group_tests_name("store traffic", tests, NULL, NULL);
}
