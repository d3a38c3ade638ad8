/* SPDX-License-Identifier: Apache-2.0 */
/* The mirror without a bus: what a loss of power takes along. */
#include "cmocka_all.h"

#include <string.h>

#include "bluez/world.h"

struct seen {
	struct vk_world world;
	int adapters;
	bool was_usable;
	enum vk_discovery_state discovery; /* when adapter() was called */
};

static void on_adapter(void *user)
{
	struct seen *s = user;

	s->adapters++;
	s->was_usable = vk_world_is_usable(&s->world);
	s->discovery = s->world.discovery;
}

static const struct vk_world_ops ops = {.adapter = on_adapter};

static void begin(struct seen *s, struct vk_bus *bus)
{
	vk_world_init(&s->world, bus, &ops, s);
	strcpy(s->world.adapter_path, "/org/bluez/hci0");
	s->world.is_powered = true;
	s->world.wants_adverts = true;
	s->world.discoveries = 2;
	s->world.discovery = VK_DISCOVERY_ON;
}

static void discovery_ends_with_the_power(void **state)
{
	struct vk_bus none = {0};
	struct seen s = {0};

	(void)state;
	begin(&s, &none);
	vk_world_take_power(&s.world, false);
	assert_int_equal(s.adapters, 1);
	assert_false(s.was_usable);
	assert_int_equal(s.discovery, VK_DISCOVERY_OFF);
	assert_int_equal(s.world.discoveries, 0);
	/* That scales are to be heard is not forgotten: it begins anew with the power. */
	assert_true(s.world.wants_adverts);
	vk_world_take_power(&s.world, true);
	assert_int_equal(s.adapters, 2);
	assert_true(s.was_usable);
	assert_int_equal(s.discovery, VK_DISCOVERY_OFF);
}

static void power_told_again_is_no_news(void **state)
{
	struct vk_bus none = {0};
	struct seen s = {0};

	(void)state;
	begin(&s, &none);
	vk_world_take_power(&s.world, true);
	assert_int_equal(s.adapters, 0);
	assert_int_equal(s.world.discovery, VK_DISCOVERY_ON);
	assert_int_equal(s.world.discoveries, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discovery_ends_with_the_power),
		cmocka_unit_test(power_told_again_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
