/* SPDX-License-Identifier: Apache-2.0 */
/* What the core, the plans, the devices and the answers leave in the file comes back whole. */
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Static, so that the padding is zero and whole structs can be compared. */
static const struct vk_alert alert_model = {
	.rev = 4,
	.patient = "p-1042",
	.rule = "BP_CRISIS",
	.plan_version = 7,
	.priority = VK_PRIORITY_HIGH,
	.is_active = true,
	.state = VK_ALERT_RECEIVED,
	.level = 2,
	.role = "duty-nurse",
	.reason = "threshold-confirmed",
	.n_values = 1,
	.values = {{VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE, {190, 0}}},
	.n_readings = 2,
	.readings = {"0aa00000-0000-8000-8000-000000000001",
		     "0aa00000-0000-8000-8000-000000000002"},
	.raised_utc_ms = 1772600000000,
	.changed_utc_ms = 1772600000001,
	.detail = "2: battery-low device-not-heard",
	.count = 3,
	.is_upper = true,
	.n_told = 2,
	.told = {{VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE, {190, 0}},
		 {VK_QUANTITY_TEMPERATURE, VK_UNIT_CEL, VK_ABSENT_NONE, {-3, -1}}},
	.escalate_mono_ms = VK_NEVER,
	.second_path_mono_ms = VK_NEVER,
	.lamp_mono_ms = 1772600000002,
	.is_lit = true,
	.is_listed = true,
	.by = "n-17",
};

static struct vk_alert sample_alert(uint32_t serial)
{
	struct vk_alert a;

	memcpy(&a, &alert_model, sizeof a);
	a.serial = serial;
	a.class_ = serial % 2 ? VK_ALERT_CLINICAL : VK_ALERT_TECHNICAL;
	if (serial == 3)
		a.n_told = 0, memset(a.told, 0, sizeof a.told);
	return a;
}

struct alerts {
	int n;
	struct vk_alert list[8];
};

static int add_alert(const struct vk_alert *alert, void *user)
{
	struct alerts *alerts = user;

	memcpy(&alerts->list[alerts->n++], alert, sizeof *alert);
	return 0;
}

static void alerts_come_back(void **state)
{
	struct home *home = *state;
	struct alerts open = {0}, all = {0};

	for (uint32_t i = 1; i <= 3; i++) {
		struct vk_alert a = sample_alert(i);

		assert_int_equal(vk_store_put_alert(home->store, &a), 0);
	}
	struct vk_alert closed = sample_alert(2);

	closed.state = VK_ALERT_CLOSED;
	strcpy(closed.outcome, "visited");
	assert_int_equal(vk_store_put_alert(home->store, &closed), 0);
	home_reopen(home);
	assert_int_equal(vk_store_each_alert(home->store, true, 8, add_alert, &open), 0);
	assert_int_equal(open.n, 2);
	for (int i = 0; i < 2; i++) {
		struct vk_alert a = sample_alert(i ? 3 : 1);

		assert_memory_equal(&open.list[i], &a, sizeof a);
	}
	assert_int_equal(vk_store_each_alert(home->store, false, 8, add_alert, &all), 0);
	assert_int_equal(all.n, 3);
	assert_memory_equal(&all.list[1], &closed, sizeof closed);
}

/* Latest first; without a reading there is nothing a correction could concern. */
static void ended_ones_come_back(void **state)
{
	struct home *home = *state;
	struct alerts ended = {0};

	for (uint32_t i = 1; i <= 5; i++) {
		struct vk_alert a = sample_alert(i);

		a.state = i == 2 ? VK_ALERT_ACCEPTED : VK_ALERT_CLOSED;
		a.n_readings = i == 4 ? 0 : a.n_readings;
		assert_int_equal(vk_store_put_alert(home->store, &a), 0);
	}
	assert_int_equal(vk_store_each_ended_alert(home->store, 2, add_alert, &ended), 0);
	assert_int_equal(ended.n, 2);
	assert_int_equal(ended.list[0].serial, 5);
	assert_int_equal(ended.list[1].serial, 3);
}

static int copy_check(const struct vk_check *check, void *user)
{
	memcpy(user, check, sizeof *check);
	return 0;
}

static const struct vk_check check_model = {
	.serial = 9,
	.rev = 2,
	.patient = "p-1042",
	.name = "night",
	.attempt = 2,
	.due_utc_ms = 5,
	.changed_utc_ms = 6,
	.deadline_mono_ms = VK_NEVER,
	.is_reminded = true,
	.has_looked_again = true,
	.by = "night-3",
	.outcome = "not-in-bed",
	.reason = "bed-exit",
};

static void checks_come_back(void **state)
{
	struct home *home = *state;

	for (int s = VK_CHECK_PLANNED; s <= VK_CHECK_SKIPPED; s++) {
		struct vk_check c, back = {0}, open = {0};

		memcpy(&c, &check_model, sizeof c);
		c.state = (enum vk_check_state)s;
		c.has_retried = s % 2;
		assert_int_equal(vk_store_put_check(home->store, &c), 0);
		assert_int_equal(vk_store_each_check(home->store, false, 8, copy_check, &back), 0);
		assert_memory_equal(&back, &c, sizeof c);
		assert_int_equal(vk_store_each_check(home->store, true, 8, copy_check, &open), 0);
		assert_int_equal(open.serial, s < VK_CHECK_DONE ? 9 : 0);
	}
}

static int copy_memory(const struct vk_rule_memory *memory, void *user)
{
	memcpy(user, memory, sizeof *memory);
	return 0;
}

static const struct vk_rule_memory memory_model = {
	.patient = "p-1042",
	.rule = "W_GAIN_3D",
	.ask_mono_ms = VK_NEVER,
	.ask_until_mono_ms = 7,
	.ask_reading = "0aa00000-0000-8000-8000-000000000001",
	.n_days = VK_RULE_DAYS,
	.n_clear = 1,
	.clear_day = 20000,
};

static void memories_come_back(void **state)
{
	struct home *home = *state;
	struct vk_rule_memory m, back = {0};

	memcpy(&m, &memory_model, sizeof m);
	for (int i = 0; i < VK_RULE_DAYS; i++) {
		m.days[i] = 20000 + i;
		m.day_values[i] = i % 2 ? -800 - i : 800 + i;
	}
	assert_int_equal(vk_store_put_memory(home->store, &m), 0);
	home_reopen(home);
	assert_int_equal(vk_store_each_memory(home->store, copy_memory, &back), 0);
	assert_memory_equal(&back, &m, sizeof m);
}

struct plans {
	int n;
	int32_t version;
	char bytes[8];
	size_t len;
	uint8_t last_of_signature;
};

static int add_plan(const struct vk_plan_row *row, void *user)
{
	struct plans *plans = user;

	plans->n++;
	plans->version = row->version;
	plans->len = row->len;
	memcpy(plans->bytes, row->bytes, row->len);
	plans->last_of_signature = row->signature[63];
	assert_string_equal(row->key_id, "dr-17");
	return 0;
}

static void the_plan_put_last_is_in_force(void **state)
{
	struct home *home = *state;
	struct vk_plan_row row = {.patient = "p-1042", .version = 7, .key_id = "dr-17"};
	struct plans plans = {0};

	row.bytes = "a\0b";
	row.len = 3;
	assert_int_equal(vk_store_put_plan(home->store, &row, 1), 0);
	row.version = 8;
	row.bytes = "c\nd\0";
	row.len = 4;
	row.signature[63] = 0xee;
	assert_int_equal(vk_store_put_plan(home->store, &row, 2), 0);
	assert_int_equal(vk_store_each_plan(home->store, add_plan, &plans), 0);
	assert_int_equal(plans.n, 1);
	assert_int_equal(plans.version, 8);
	assert_int_equal(plans.len, 4);
	assert_memory_equal(plans.bytes, "c\nd\0", 4);
	assert_int_equal(plans.last_of_signature, 0xee);
}

static int append_notice(const char *patient, const char *kind, const char *id, const char *reason,
			 int64_t until_utc_ms, int64_t utc_ms, void *user)
{
	char *text = user;
	size_t at = strlen(text);

	snprintf(text + at, 200 - at, "%s %s %s %s %d %d;", patient, kind, id, reason,
		 (int)until_utc_ms, (int)utc_ms);
	return 0;
}

static void notices_come_and_go(void **state)
{
	struct home *home = *state;
	struct vk_store *s = home->store;
	char text[200] = "";

	assert_int_equal(vk_store_put_notice(s, "p-1042", "message", "rest", "old", 5, 1), 0);
	assert_int_equal(vk_store_put_notice(s, "p-1042", "message", "rest", "new", 6, 2), 0);
	assert_int_equal(vk_store_put_notice(s, "p-1042", "ask", "repeat", "confirm", 7, 3), 0);
	assert_int_equal(vk_store_each_notice(s, append_notice, text), 0);
	assert_string_equal(text, "p-1042 message rest new 6 2;p-1042 ask repeat confirm 7 3;");
	assert_int_equal(vk_store_remove_notice(s, "p-1042", "message", "rest"), 0);
	text[0] = '\0';
	assert_int_equal(vk_store_each_notice(s, append_notice, text), 0);
	assert_string_equal(text, "p-1042 ask repeat confirm 7 3;");
}

static int count_device(const struct vk_device *device, void *user)
{
	(void)device;
	++*(int *)user;
	return 0;
}

static const struct vk_device device_model = {
	.id = "C0FFEE000417",
	.address = "C0:FF:EE:00:04:17",
	.address_type = 2,
	.name = "BF720",
	.manufacturer = "Beurer",
	.model = "BF 720",
	.serial = "1",
	.firmware = "2",
	.kind = "scale",
	.patient = "p-1042",
	.is_bonded = true,
	.is_authenticated = true,
	.battery_percent = -1,
	.clock_offset_s = INT64_MIN,
	.heard_utc_ms = 3,
	.reading_utc_ms = 4,
	.last_sequence = 65535,
	.state = "ok",
};

/* Everything but the id, so that a column that is not updated shows. */
static void change_all(struct vk_device *d)
{
	char *const texts[] = {d->address,  d->name, d->manufacturer, d->model, d->serial,
			       d->firmware, d->kind, d->patient,      d->state, d->attributes};

	for (size_t i = 0; i < VK_ARRAY_LEN(texts); i++)
		texts[i][0] = '~';
	d->address_type = 1;
	d->is_bonded = d->is_authenticated = false;
	d->battery_percent = 80;
	d->clock_offset_s = -98;
	d->heard_utc_ms = 9;
	d->reading_utc_ms = 10;
	d->last_sequence = 7;
}

static void devices_come_back(void **state)
{
	struct home *home = *state;
	struct vk_device d, back;
	int n = 0;

	memcpy(&d, &device_model, sizeof d);
	memset(d.attributes, 'h', sizeof d.attributes - 1);
	assert_int_equal(vk_store_put_device(home->store, &d), 0);
	change_all(&d);
	assert_int_equal(vk_store_put_device(home->store, &d), 0);
	home_reopen(home);
	memset(&back, 0, sizeof back);
	assert_int_equal(vk_store_get_device(home->store, d.id, &back), 0);
	assert_memory_equal(&back, &d, sizeof d);
	assert_int_equal(vk_store_each_device(home->store, count_device, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(vk_store_remove_device(home->store, d.id), 0);
	assert_int_equal(vk_store_get_device(home->store, d.id, &back), -ENOENT);
	vk_store_closep(&home->store);
	assert_int_equal(home_int(home, "SELECT count(*) FROM device_attributes"), 0);
}

static void answers_are_kept(void **state)
{
	struct home *home = *state;
	char *json = NULL;

	assert_int_equal(vk_store_get_answer(home->store, "n-17", "c1", &json), -ENOENT);
	assert_int_equal(vk_store_put_answer(home->store, "n-17", "c1", "{\"a\":1}", 5), 0);
	assert_int_equal(vk_store_get_answer(home->store, "n-17", "c1", &json), 0);
	assert_string_equal(json, "{\"a\":1}");
	free(json);
	assert_int_equal(vk_store_get_answer(home->store, "n-18", "c1", &json), -ENOENT);
}

static void settings_are_kept(void **state)
{
	struct home *home = *state;
	int64_t value;

	assert_int_equal(vk_store_get_int(home->store, "floor", -4, &value), 0);
	assert_int_equal(value, -4);
	assert_int_equal(vk_store_set_int(home->store, "floor", INT64_MAX), 0);
	home_reopen(home);
	assert_int_equal(vk_store_get_int(home->store, "floor", -4, &value), 0);
	assert_true(value == INT64_MAX);
}

#define IN_HOME(f) cmocka_unit_test_setup_teardown(f, home_up, home_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(alerts_come_back),
		IN_HOME(ended_ones_come_back),
		IN_HOME(checks_come_back),
		IN_HOME(memories_come_back),
		IN_HOME(the_plan_put_last_is_in_force),
		IN_HOME(notices_come_and_go),
		IN_HOME(devices_come_back),
		IN_HOME(answers_are_kept),
		IN_HOME(settings_are_kept),
	};

	return cmocka_run_group_tests_name("store of the core", tests, NULL, NULL);
}
