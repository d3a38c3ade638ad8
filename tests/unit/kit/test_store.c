/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device remembers over a power cut: readings until they are confirmed, the journal of those
 * that were, its bond and its clock. A "cut" is a second load of the same folder.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "state.h"
#include "store.h"

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int make_dir(void **state)
{
	char path[] = "/tmp/vaka-kit-XXXXXX";

	if (!mkdtemp(path))
		return -1;
	*state = strdup(path);
	return *state ? 0 : -1;
}

static int drop_dir(void **state)
{
	int rc = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return rc;
}

static uint32_t add(struct vk_store *s, uint8_t byte)
{
	struct vk_reading r = {.uuid = 0x2a9d, .value = {.len = 3, .byte = {0, byte, 0x42}}};
	uint32_t id;

	assert_int_equal(vk_store_add(s, &r, true, &id), 0);
	return id;
}

static void confirm(struct vk_store *s, uint32_t id, bool keep)
{
	struct vk_reading *r = vk_store_find(s, id);

	vk_store_out(r, &r->value);
	assert_int_equal(vk_store_confirm_out(s, 1700000000123, keep), 0);
}

static char *confirmed_text(const struct vk_store *s)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(vk_store_confirmed_json(s, f), 0);
	fclose(f);
	return text;
}

static struct vk_store *loaded(const char *dir, bool queue)
{
	struct vk_store *s = malloc(sizeof(*s));

	assert_non_null(s);
	assert_int_equal(vk_store_load(s, dir, queue), 0);
	return s;
}

static void readings_outlive_a_cut(void **state)
{
	struct vk_store *s = loaded(*state, true);
	uint32_t first = add(s, 4);

	add(s, 4);
	confirm(s, first, false);
	free(s);
	s = loaded(*state, true);
	assert_int_equal(s->count, 1);
	assert_int_equal(s->reading[0].id, first + 1);
	assert_int_equal(s->reading[0].uuid, 0x2a9d);
	assert_int_equal(s->reading[0].value.byte[1], 4);
	assert_int_equal(s->next_id, first + 2);
	free(s);
}

static void the_longest_value_outlives_a_cut(void **state)
{
	struct vk_store *s = loaded(*state, true);
	struct vk_reading r = {.uuid = 0x2b36, .value = {.len = VK_VALUE_MAX}};
	char *text;
	uint32_t id;

	memset(r.value.byte, 0xab, VK_VALUE_MAX);
	assert_int_equal(vk_store_add(s, &r, true, &id), 0);
	free(s);
	s = loaded(*state, true);
	assert_memory_equal(vk_store_find(s, id)->value.byte, r.value.byte, VK_VALUE_MAX);
	confirm(s, id, false);
	text = confirmed_text(s);
	assert_int_equal(strspn(strstr(text, "ab"), "ab"), 2 * VK_VALUE_MAX);
	free(text);
	free(s);
}

static void a_cut_after_the_journal_sends_nothing_twice(void **state)
{
	struct vk_store *s = loaded(*state, true);
	uint32_t id = add(s, 9);
	char line[64];
	int n = snprintf(line, sizeof(line), "1700000000123 %u 000942\n", id);

	add(s, 10);
	assert_int_equal(vk_file_append(*state, "confirmed.log", line, (size_t)n), 0);
	free(s);
	s = loaded(*state, true);
	assert_int_equal(s->count, 1);
	assert_int_equal(s->reading[0].value.byte[1], 10);
	free(s);
}

static void half_a_line_in_the_journal_spoils_no_other(void **state)
{
	struct vk_store *s = loaded(*state, true);
	uint32_t id = add(s, 5);
	char *text;

	assert_int_equal(vk_file_append(*state, "confirmed.log", "17000", 5), 0);
	confirm(s, id, false);
	text = confirmed_text(s);
	assert_string_equal(text, "[{\"id\":1,\"hex\":\"000542\",\"at\":1700000000123}]");
	free(text);
	free(s);
}

static void a_doubled_reading_leaves_at_its_second_confirmation(void **state)
{
	struct vk_store *s = loaded(*state, true);
	uint32_t id = add(s, 5);

	vk_store_find(s, id)->twice = true;
	confirm(s, id, false);
	assert_int_equal(vk_store_waiting(s), 1);
	confirm(s, id, false);
	assert_int_equal(vk_store_waiting(s), 0);
	free(s);
}

static void a_meter_keeps_and_journals_once(void **state)
{
	struct vk_store *s = loaded(*state, false);
	uint32_t id = add(s, 6);
	char *text;

	assert_int_equal(vk_store_waiting(s), 1);
	confirm(s, id, true);
	confirm(s, id, true);
	free(s);
	s = loaded(*state, false);
	assert_int_equal(s->count, 1);
	assert_int_equal(vk_store_waiting(s), 0);
	text = confirmed_text(s);
	assert_string_equal(text, "[{\"id\":1,\"hex\":\"000642\",\"at\":1700000000123}]");
	free(text);
	free(s);
}

static void a_full_store_drops_the_oldest(void **state)
{
	struct vk_store *s = loaded(*state, false);
	struct vk_reading r = {.uuid = 0x2a18, .value = {.len = 1}};
	uint32_t id = 0;

	for (unsigned i = 0; i <= VK_STORE_MAX; i++)
		assert_int_equal(vk_store_add(s, &r, false, &id), 0);
	assert_int_equal(s->count, VK_STORE_MAX);
	assert_int_equal(s->reading[0].id, 2);
	assert_int_equal(s->reading[VK_STORE_MAX - 1].id, id);
	free(s);
}

static void order_can_be_reversed(void **state)
{
	struct vk_store *s = loaded(*state, true);
	uint32_t first = add(s, 1);
	uint32_t second = add(s, 2);

	assert_int_equal(vk_store_next(s, false)->id, first);
	assert_int_equal(vk_store_next(s, true)->id, second);
	free(s);
}

static void a_damaged_store_is_refused(void **state)
{
	struct vk_store *s = malloc(sizeof(*s));

	assert_non_null(s);
	assert_int_equal(vk_file_replace(*state, "readings", "1 1\nx\n", 6), 0);
	assert_int_not_equal(vk_store_load(s, *state, true), 0);
	free(s);
}

static void bond_and_clock_outlive_a_cut(void **state)
{
	struct vk_state a;
	struct vk_state b;

	assert_int_equal(vk_state_load(&a, *state), 0);
	assert_false(vk_state_bonded(&a));
	a.clock_offset_s = -283;
	a.eager = VK_EAGER_OPEN;
	a.window_s = 5;
	a.ltk_count = 2;
	memset(a.ltk, 0x5a, sizeof(a.ltk));
	a.has_irk = true;
	a.ccc[3] = 2;
	assert_int_equal(vk_state_save(&a, *state), 0);
	assert_int_equal(vk_state_load(&b, *state), 0);
	assert_true(vk_state_bonded(&b));
	assert_int_equal(b.ltk_count, 2);
	assert_memory_equal(b.ltk[1], a.ltk[1], VK_LTK_LEN);
	assert_int_equal(b.clock_offset_s, -283);
	assert_int_equal(b.eager, VK_EAGER_OPEN);
	assert_int_equal(b.window_s, 5);
	assert_true(b.has_irk);
	assert_int_equal(b.ccc[3], 2);
	assert_int_equal(b.ccc[2], 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(readings_outlive_a_cut, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(the_longest_value_outlives_a_cut, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(a_cut_after_the_journal_sends_nothing_twice,
						make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(half_a_line_in_the_journal_spoils_no_other,
						make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_doubled_reading_leaves_at_its_second_confirmation,
						make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_meter_keeps_and_journals_once, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(a_full_store_drops_the_oldest, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(order_can_be_reversed, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_damaged_store_is_refused, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(bond_and_clock_outlive_a_cut, make_dir, drop_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
