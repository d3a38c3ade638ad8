/* SPDX-License-Identifier: Apache-2.0 */
/* When memory is given back: once, behind the last of what happened, and never amid it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/trim.h"

static void what_goes_on_is_not_disturbed(void **state)
{
	struct vk_rest rest = {0};

	(void)state;
	assert_true(vk_rest_act(&rest));
	assert_false(vk_rest_act(&rest)); /* the timer runs already */
	assert_true(vk_rest_due(&rest));
	assert_false(vk_rest_act(&rest));
	assert_true(vk_rest_due(&rest));
	assert_false(vk_rest_due(&rest));
}

static void rest_comes_once_behind_each_activity(void **state)
{
	struct vk_rest rest = {0};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(vk_rest_act(&rest));
		assert_false(vk_rest_due(&rest));
	}
}

enum { DEEP_BYTES = 256 << 10, PAGES_MOST = 128 };

/* Says where its frame was. */
static __attribute__((noinline)) void go_deep(uintptr_t *ret_at)
{
	volatile char frame[DEEP_BYTES];

	for (size_t i = 0; i < sizeof frame; i++)
		frame[i] = (char)i;
	*ret_at = (uintptr_t)frame;
}

/* Pages of what was touched that are in memory still; its upper part is where we are called. */
static int n_resident(uintptr_t deep)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), low = (deep + page) & ~(page - 1);
	unsigned char in_memory[PAGES_MOST];
	size_t len = DEEP_BYTES / 2;
	int n = 0;

	if (len / page > PAGES_MOST || mincore((void *)low, len, in_memory))
		return -1;
	for (size_t i = 0; i < len / page; i++)
		n += in_memory[i] & 1;
	return n;
}

static void *trim_in_a_thread(void *arg)
{
	int *n = arg;
	uintptr_t deep;

	go_deep(&deep);
	n[0] = n_resident(deep);
	vk_trim_stack();
	n[1] = n_resident(deep);
	return NULL;
}

static void a_stack_is_given_back(void **state)
{
	pthread_t thread;
	int n[2] = {0};

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, trim_in_a_thread, n), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(n[0] > 0);
	assert_int_equal(n[1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_on_is_not_disturbed),
		cmocka_unit_test(rest_comes_once_behind_each_activity),
		cmocka_unit_test(a_stack_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
