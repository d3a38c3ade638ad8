/* SPDX-License-Identifier: Apache-2.0 */
/* What a burst took stays while there is work, and is given back at rest: by the resident pages. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/heap.h"

enum { PIECES = 4000, PIECE = 2000, BURST_KIB = PIECES * PIECE / 1024 };

static long resident_kib(void)
{
	char line[128];
	long kib = -1;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	if (file)
		(void)fclose(file);
	return kib;
}

static void burst(void)
{
	static void *pieces[PIECES];

	for (int i = 0; i < PIECES; i++) {
		pieces[i] = malloc(PIECE);
		assert_non_null(pieces[i]);
		memset(pieces[i], 1, PIECE);
	}
	for (int i = 0; i < PIECES; i++)
		free(pieces[i]);
}

struct seen {
	long before, after_burst, at_rest;
};

static void *look(void *arg)
{
	struct seen *seen = arg;

	burst(); /* the array's own pages, and this thread's heap as such */
	vk_heap_rest();
	seen->before = resident_kib();
	burst();
	seen->after_burst = resident_kib();
	vk_heap_rest();
	seen->at_rest = resident_kib();
	return NULL;
}

static void a_thread_keeps_its_heap_while_it_works(void **state)
{
	struct seen seen = {0};
	pthread_t thread;

	(void)state;
	vk_heap_init();
	assert_int_equal(pthread_create(&thread, NULL, look, &seen), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(seen.before > 0);
	assert_true(seen.after_burst - seen.before > BURST_KIB / 2);
	assert_true(seen.at_rest - seen.before < BURST_KIB / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_keeps_its_heap_while_it_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
