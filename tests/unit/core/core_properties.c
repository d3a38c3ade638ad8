/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold whatever happens, over a million random events (home.c says what). Ends with 1
 * where it does not. Usage: core_properties [EVENTS [FIRST_SEED]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "life.h"

enum { LIFE = 2000 };

static long n_events = 1000000;
static unsigned long first_seed = 1000;

static void lives(void **state)
{
	(void)state;
	for (long i = 0; i < n_events / LIFE; i++) {
		uint64_t seed = first_seed + (uint64_t)i;

		print_message("# seed %llu\r", (unsigned long long)seed);
		(void)life_run(seed, LIFE);
		if (i % 50 == 0)
			assert_true(life_run(seed, LIFE) == life_run(seed, LIFE));
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lives)};
	int failed;

	if (argc > 1)
		n_events = strtol(argv[1], NULL, 10);
	if (argc > 2)
		first_seed = strtoul(argv[2], NULL, 10);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	printf("{\"bench\":\"core_properties\",\"events\":%ld,\"ok\":%s}\n", n_events,
	       failed ? "false" : "true");
	return failed ? 1 : 0;
}
