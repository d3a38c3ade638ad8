/* SPDX-License-Identifier: Apache-2.0 */
/* hub.yaml: defaults, the example, every mistake at its place, and the plugins' JSON. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "conf/yaml.h"
#include "hub/config.h"
#include "wants.h"

#define HUB VAKA_SOURCE_DIR "/tests/data/hub/"

static void load(const char *path, struct vk_config *ret_config)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	int r = vk_config_load(path, &problems, ret_config);

	if (r)
		print_error("%s", problems.text.text);
	assert_int_equal(r, 0);
	assert_int_equal(problems.n, 0);
}

static void minimal_has_the_defaults(void **state)
{
	struct vk_config config;

	(void)state;
	load(HUB "minimal.yaml", &config);
	assert_string_equal(config.base, "vaka/1/soder/hub-0417");
	assert_string_equal(config.zone.name, "Europe/Stockholm");
	assert_string_equal(config.patients[0].plan, "/etc/vaka/plans/p-1042.yaml");
	assert_string_equal(config.store_path, "/var/lib/vaka/vaka.db");
	assert_int_equal(config.n_users, VK_N_ROLES);
	assert_string_equal(config.users[VK_ROLE_GPIO].user, "vaka-gpio");
	assert_false(config.has_mqtt);
	assert_false(config.is_unsigned_allowed);
}

static void example_says_the_defaults(void **state)
{
	struct vk_config example, minimal;

	(void)state;
	load(VAKA_SOURCE_DIR "/config/hub.yaml", &example);
	load(HUB "minimal.yaml", &minimal);
	assert_null(vk_config_restart_key(&minimal, &example));
	assert_false(vk_config_role_changed(VK_ROLE_BLE, &minimal, &example));
	assert_true(vk_config_role_changed(VK_ROLE_MQTT, &minimal, &example));
	assert_int_equal(example.mqtt.keep_alive_s, 60);
	assert_int_equal(example.mqtt.session_expiry_s, 7 * 86400);
	assert_int_equal(example.mqtt.receipt, VK_RECEIPT_REQUIRED);
	assert_string_equal(example.gpio.lines[1].patient, "p-1042");
	assert_string_equal(example.gpio.lines[2].patient, "");
	assert_int_equal(example.gpio.lines[3].direction, VK_LINE_OUT);
}

static void every_mistake_has_its_place(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct vk_config config;

	(void)state;
	assert_int_equal(vk_config_load(HUB "mistakes.yaml", &problems, &config), -EINVAL);
	wants_compare(HUB "mistakes.yaml", &problems);
}

static void a_missing_file_is_a_mistake(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct vk_config config;

	(void)state;
	assert_int_equal(vk_config_load("/nowhere/hub.yaml", &problems, &config), -EINVAL);
	assert_string_equal(problems.text.text,
			    "/nowhere/hub.yaml:1:1: cannot be read (No such file or directory), "
			    "expected a readable file\n");
}

static void sections_are_the_welcome(void **state)
{
	static const char *const wanted[] = {
		[VK_ROLE_BLE] = "{\"adapter\":\"hci0\"}",
		[VK_ROLE_GPIO] =
			"{\"chip\":\"gpiochip0\",\"lines\":["
			"{\"name\":\"bed-exit\",\"line\":\"bed-exit\",\"direction\":\"in\","
			"\"active_low\":true,\"debounce_ms\":20,\"bias\":\"pull-up\"},"
			"{\"name\":\"lamp\",\"line\":17,\"direction\":\"out\","
			"\"active_low\":false,\"debounce_ms\":50,\"bias\":\"as-is\"}]}",
		[VK_ROLE_MQTT] = "{\"site\":\"soder\",\"hub\":\"hub-0417\",\"base\":\"vaka/1/soder/"
				 "hub-0417\","
				 "\"patients\":[\"p-1042\"],\"brokers\":[{\"host\":\"10.0.2.2\","
				 "\"port\":8883}],"
				 "\"ca\":\"/a\",\"cert\":\"/b\",\"key\":\"/c\",\"keep_alive_s\":30,"
				 "\"session_expiry_s\":3600,\"fail_back_s\":300,\"will_delay_s\":0,"
				 "\"payload\":\"json\","
				 "\"will\":{\"state\":\"offline\"}}",
		[VK_ROLE_HOOK] = "{\"command\":\"/etc/vaka/second-path\",\"timeout_s\":30}",
		[VK_ROLE_DISPLAY] = "{}",
		[VK_ROLE_WITNESS] = "{\"adapter\":\"hci0\"}",
	};
	struct vk_config config;

	(void)state;
	load(HUB "sections.json", &config);
	for (int role = 0; role < VK_N_ROLES; role++) {
		vk_auto(vk_str_done) struct vk_str text = {0};
		struct vk_json json = vk_json_init(&text);

		vk_config_section(&config, (enum vk_role)role, "{\"state\":\"offline\"}", &json,
				  NULL);
		assert_string_equal(text.text, wanted[role]);
	}
}

static void a_reload_knows_what_needs_a_start(void **state)
{
	struct vk_config before, after;

	(void)state;
	load(HUB "sections.json", &before);
	after = before;
	assert_null(vk_config_restart_key(&before, &after));
	after.mqtt.brokers[0].port = 1883;
	assert_null(vk_config_restart_key(&before, &after));
	assert_true(vk_config_role_changed(VK_ROLE_MQTT, &before, &after));
	assert_false(vk_config_role_changed(VK_ROLE_GPIO, &before, &after));
	(void)strcpy(after.patients[0].id, "p-7");
	assert_string_equal(vk_config_restart_key(&before, &after), "patients");
	(void)strcpy(after.hub, "hub-2");
	assert_string_equal(vk_config_restart_key(&before, &after), "hub");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minimal_has_the_defaults),
		cmocka_unit_test(example_says_the_defaults),
		cmocka_unit_test(every_mistake_has_its_place),
		cmocka_unit_test(a_missing_file_is_a_mistake),
		cmocka_unit_test(sections_are_the_welcome),
		cmocka_unit_test(a_reload_knows_what_needs_a_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
