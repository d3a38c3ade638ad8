/* SPDX-License-Identifier: Apache-2.0 */
/* News that the loop has not seen when the next come: nothing is lost, and the last word holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/engine.h"

static void test_last_word_of_a_line_holds(void **state)
{
	struct vk_news unseen = {0}, news = {0};

	(void)state;
	vk_news_output(&unseen, "lamp", 0);
	vk_news_output(&unseen, "lamp", 1);
	vk_news_output(&unseen, "camera", 1);
	vk_news_output(&news, "lamp", 0);
	vk_news_add(&news, &unseen);
	assert_int_equal(news.n_outputs, 2);
	assert_string_equal(news.outputs[0].line, "lamp");
	assert_int_equal(news.outputs[0].value, 0);
	assert_string_equal(news.outputs[1].line, "camera");
	assert_int_equal(news.outputs[1].value, 1);
}

static void test_a_line_that_changes_often_leaves_room_for_others(void **state)
{
	struct vk_news news = {0};

	(void)state;
	for (int i = 0; i <= 2 * VK_NEWS_OUTPUTS; i++)
		vk_news_output(&news, "camera", i % 2);
	vk_news_output(&news, "lamp", 1);
	assert_int_equal(news.n_outputs, 2);
	assert_int_equal(news.outputs[0].value, 0);
	assert_int_equal(news.outputs[1].value, 1);
}

static void test_what_was_asked_for_stays_asked_for(void **state)
{
	struct vk_news news = {.has_outgoing = true, .next_mono_ms = 7};
	const struct vk_news unseen = {.has_urgent = true,
				       .has_second = true,
				       .is_promise_changed = true,
				       .is_notices_changed = true,
				       .is_devices_changed = true,
				       .is_health_changed = true,
				       .is_store_failed = true,
				       .next_mono_ms = 3};

	(void)state;
	vk_news_add(&news, &unseen);
	assert_true(news.has_outgoing && news.has_urgent && news.has_second);
	assert_true(news.is_promise_changed && news.is_notices_changed);
	assert_true(news.is_devices_changed && news.is_health_changed);
	/* A state, not a wish: the later one is how it is. */
	assert_false(news.is_store_failed);
	assert_int_equal(news.next_mono_ms, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_word_of_a_line_holds),
		cmocka_unit_test(test_a_line_that_changes_often_leaves_room_for_others),
		cmocka_unit_test(test_what_was_asked_for_stays_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
