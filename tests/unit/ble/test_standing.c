/* SPDX-License-Identifier: Apache-2.0 */
/* What ends a fault of a device, and what does not. */
#include "cmocka_all.h"

#include "standing.h"

static const char *const states[] = {"",
				     VK_STANDING_OK,
				     VK_STANDING_BOND_LOST,
				     VK_STANDING_FOREIGN,
				     VK_STANDING_UNBONDED,
				     VK_STANDING_HOSTILE,
				     VK_STANDING_MUTE};

enum { N_STATES = sizeof states / sizeof states[0] };

/* One letter a state: it heals, or stays. */
static void assert_heals(enum vk_standing_event event, const char *want)
{
	for (int i = 0; i < N_STATES; i++)
		assert_string_equal(vk_standing_after(states[i], event),
				    want[i] == 'h' ? VK_STANDING_OK : states[i]);
}

static void a_bond_that_is_there_again_is_not_missing(void **state)
{
	(void)state;
	assert_heals(VK_STANDING_BOND_SEEN, "----h--");
}

/* To have been let in is no proof for one that was cut off, or never spoke. */
static void a_link_heals_what_kept_it_away(void **state)
{
	(void)state;
	assert_heals(VK_STANDING_LINKED, "hhhhh--");
}

static void what_speaks_is_not_mute(void **state)
{
	(void)state;
	assert_heals(VK_STANDING_STORED, "------h");
}

static void a_good_end_heals_all(void **state)
{
	(void)state;
	assert_heals(VK_STANDING_ENDED_WELL, "hhhhhhh");
}

static void a_verdict_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(vk_standing_by(VK_LINK_FINE), "ok");
	assert_string_equal(vk_standing_by(VK_LINK_BOND_LOST), "bond-lost");
	assert_string_equal(vk_standing_by(VK_LINK_FOREIGN_OWNER), "foreign-owner");
	assert_string_equal(vk_standing_by(VK_LINK_HOSTILE), "hostile");
	assert_string_equal(vk_standing_by(VK_LINK_MUTE), "mute");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bond_that_is_there_again_is_not_missing),
		cmocka_unit_test(a_link_heals_what_kept_it_away),
		cmocka_unit_test(what_speaks_is_not_mute),
		cmocka_unit_test(a_good_end_heals_all),
		cmocka_unit_test(a_verdict_has_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
