/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub.yaml as tables. A reload (SIGHUP) takes over what stands in the sections mqtt, gpio, ble and
 * second_path: their plugins get a new welcome. Everything else needs a new start of vakad, see
 * vk_config_restart_key().
 */
#include "hub/config_schema.h"

#include <stddef.h>
#include <string.h>

const char *const vk_role_names[] = {"ble", "gpio", "mqtt", "hook", "display", "witness", NULL};
const char *const vk_direction_names[] = {"in", "out", NULL};
const char *const vk_bias_names[] = {"as-is", "disabled", "pull-up", "pull-down", NULL};
static const char *const receipt_names[] = {"required", "none", NULL};
const char *const vk_payload_names[] = {"json", "cbor", NULL};
static const char *const settled_by_names[] = {"puback", "receipt", NULL};

static void read_version(struct vk_problems *problems, const struct vk_node *map,
			 const struct vk_node *node, void *target)
{
	(void)map;
	(void)target;
	if (node->type != VK_NODE_SCALAR || strcmp(node->text, "1") != 0)
		vk_problem_at(problems, node, "'vaka_hub' is another version, expected 1");
}

static void read_zone_name(struct vk_problems *problems, const struct vk_node *map,
			   const struct vk_node *node, void *target)
{
	struct vk_zone *zone = target;

	(void)map;
	if (node->type != VK_NODE_SCALAR || !vk_copy(zone->name, sizeof zone->name, node->text))
		vk_problem_at(problems, node,
			      "'zone' is no zone name, expected one like Europe/Stockholm");
}

/* A line of the chip: its name, or its number. */
static void read_line(struct vk_problems *problems, const struct vk_node *map,
		      const struct vk_node *node, void *target)
{
	const char *text = node->type == VK_NODE_SCALAR ? node->text : "";
	bool is_number = text[strspn(text, "0123456789")] == '\0';

	(void)map;
	if (!text[0] || !vk_copy(target, VK_ID_TEXT, text) ||
	    (is_number && (strlen(text) > 4 || strtol(text, NULL, 10) > VK_LINE_MAX)))
		vk_problem_at(problems, node,
			      "'line' is no line, expected its name or its number on the chip, 0 "
			      "to %d",
			      VK_LINE_MAX);
}

static void read_line_patient(struct vk_problems *problems, const struct vk_node *map,
			      const struct vk_node *node, void *target)
{
	(void)map;
	if (node->type != VK_NODE_SCALAR || (node->text[0] && !vk_is_id(node->text)) ||
	    !vk_copy(target, VK_ID_TEXT, node->text))
		vk_problem_at(problems, node,
			      "'patient' is no id, expected one of patients, or \"\" for a line "
			      "of the whole home");
}

#define PATH(owner, field, name, fallback_text)                                                    \
	{                                                                                          \
		.key = (name), .type = VK_FIELD_TEXT, .least = 1,                                  \
		.expect = "a path of 1 to 107 bytes", .fallback = (fallback_text),                 \
		VK_AT(owner, field)                                                                \
	}

static const struct vk_field patient_fields[] = {
	{.key = "id",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_config_patient, id)},
	PATH(struct vk_config_patient, plan, "plan", NULL),
};
static const struct vk_schema patient_schema = {
	.what = "a patient",
	.fields = patient_fields,
	.n_fields = VK_ARRAY_LEN(patient_fields),
};
static const struct vk_field patient_element = {
	.key = "patients", .type = VK_FIELD_MAP, .schema = &patient_schema};

static const struct vk_field user_fields[] = {
	{.key = "role",
	 .type = VK_FIELD_ENUM,
	 .names = vk_role_names,
	 .is_required = true,
	 VK_AT(struct vk_config_user, role)},
	{.key = "user",
	 .type = VK_FIELD_TEXT,
	 .least = 1,
	 .is_required = true,
	 VK_AT(struct vk_config_user, user)},
};
static const struct vk_schema user_schema = {
	.what = "a plugin",
	.fields = user_fields,
	.n_fields = VK_ARRAY_LEN(user_fields),
};
static const struct vk_field user_element = {
	.key = "plugins", .type = VK_FIELD_MAP, .schema = &user_schema};

static const struct vk_field broker_fields[] = {
	{.key = "host",
	 .type = VK_FIELD_TEXT,
	 .least = 1,
	 .expect = "a host name or address",
	 .is_required = true,
	 VK_AT(struct vk_config_broker, host)},
	{.key = "port",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = 65535,
	 .fallback = "8883",
	 VK_AT(struct vk_config_broker, port)},
};
static const struct vk_schema broker_schema = {
	.what = "a broker",
	.fields = broker_fields,
	.n_fields = VK_ARRAY_LEN(broker_fields),
};
static const struct vk_field broker_element = {
	.key = "brokers", .type = VK_FIELD_MAP, .schema = &broker_schema};

static const struct vk_field mqtt_fields[] = {
	{.key = "brokers",
	 .type = VK_FIELD_LIST,
	 .is_required = true,
	 .least = 1,
	 .element = &broker_element,
	 VK_LIST_AT(struct vk_config_mqtt, brokers, n_brokers, VK_MAX_BROKERS)},
	PATH(struct vk_config_mqtt, ca, "ca", "/etc/vaka/tls/ca.pem"),
	PATH(struct vk_config_mqtt, cert, "cert", "/etc/vaka/tls/hub.pem"),
	{.key = "key",
	 .type = VK_FIELD_TEXT,
	 .least = 1,
	 .expect = "a path, or a pkcs11: URI, of 1 to 255 bytes",
	 .fallback = "/etc/vaka/tls/hub.key",
	 VK_AT(struct vk_config_mqtt, key)},
	{.key = "keep_alive",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1000,
	 .least = 10,
	 .most = 3600,
	 .fallback = "60s",
	 VK_AT(struct vk_config_mqtt, keep_alive_s)},
	{.key = "session_expiry",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1000,
	 .least = 60,
	 .most = 90 * 86400,
	 .fallback = "7d",
	 VK_AT(struct vk_config_mqtt, session_expiry_s)},
	{.key = "fail_back",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1000,
	 .least = 1,
	 .most = 86400,
	 .fallback = "5min",
	 VK_AT(struct vk_config_mqtt, fail_back_s)},
	{.key = "will_delay",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1000,
	 .least = 0,
	 .most = 3600,
	 .fallback = "0s",
	 VK_AT(struct vk_config_mqtt, will_delay_s)},
	{.key = "payload",
	 .type = VK_FIELD_ENUM,
	 .names = vk_payload_names,
	 .fallback = "json",
	 VK_AT(struct vk_config_mqtt, payload)},
	{.key = "receipt",
	 .type = VK_FIELD_ENUM,
	 .names = receipt_names,
	 .fallback = "required",
	 VK_AT(struct vk_config_mqtt, receipt)},
	{.key = "settled_by",
	 .type = VK_FIELD_ENUM,
	 .names = settled_by_names,
	 .fallback = "puback",
	 VK_AT(struct vk_config_mqtt, settled_by)},
	{.key = "receipt_within",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1000,
	 .least = 1,
	 .most = 86400,
	 .fallback = "60s",
	 VK_AT(struct vk_config_mqtt, receipt_within_s)},
	{.key = "receipt_tries",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = 100,
	 .fallback = "5",
	 VK_AT(struct vk_config_mqtt, receipt_tries)},
};
static const struct vk_schema mqtt_schema = {
	.what = "mqtt",
	.fields = mqtt_fields,
	.n_fields = VK_ARRAY_LEN(mqtt_fields),
};

static const struct vk_field line_fields[] = {
	{.key = "name",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_config_line, name)},
	{.key = "line", .type = VK_FIELD_OWN, .own = read_line, VK_AT(struct vk_config_line, line)},
	{.key = "direction",
	 .type = VK_FIELD_ENUM,
	 .names = vk_direction_names,
	 .is_required = true,
	 VK_AT(struct vk_config_line, direction)},
	{.key = "active_low",
	 .type = VK_FIELD_SWITCH,
	 .fallback = "off",
	 VK_AT(struct vk_config_line, is_active_low)},
	{.key = "debounce",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 0,
	 .most = 10000,
	 .fallback = "50ms",
	 VK_AT(struct vk_config_line, debounce_ms)},
	{.key = "bias",
	 .type = VK_FIELD_ENUM,
	 .names = vk_bias_names,
	 .fallback = "as-is",
	 VK_AT(struct vk_config_line, bias)},
	{.key = "patient",
	 .type = VK_FIELD_OWN,
	 .own = read_line_patient,
	 VK_HAS(struct vk_config_line, has_patient),
	 VK_AT(struct vk_config_line, patient)},
};
static const struct vk_schema line_schema = {
	.what = "a line",
	.fields = line_fields,
	.n_fields = VK_ARRAY_LEN(line_fields),
};
static const struct vk_field line_element = {
	.key = "lines", .type = VK_FIELD_MAP, .schema = &line_schema};

static const struct vk_field gpio_fields[] = {
	{.key = "chip",
	 .type = VK_FIELD_ID,
	 .expect = "a chip like gpiochip0, or its label",
	 .fallback = "gpiochip0",
	 VK_AT(struct vk_config_gpio, chip)},
	{.key = "lines",
	 .type = VK_FIELD_LIST,
	 .is_required = true,
	 .least = 1,
	 .element = &line_element,
	 VK_LIST_AT(struct vk_config_gpio, lines, n_lines, VK_MAX_LINES)},
};
static const struct vk_schema gpio_schema = {
	.what = "gpio",
	.fields = gpio_fields,
	.n_fields = VK_ARRAY_LEN(gpio_fields),
};

static const struct vk_field ble_fields[] = {
	{.key = "adapter",
	 .type = VK_FIELD_ID,
	 .expect = "an adapter like hci0",
	 .fallback = "hci0",
	 VK_AT(struct vk_config_ble, adapter)},
};
static const struct vk_schema ble_schema = {
	.what = "ble",
	.fields = ble_fields,
	.n_fields = VK_ARRAY_LEN(ble_fields),
};

static const struct vk_field second_path_fields[] = {
	{.key = "command",
	 .type = VK_FIELD_TEXT,
	 .least = 1,
	 .is_required = true,
	 .expect = "a path of 1 to 107 bytes",
	 VK_AT(struct vk_config_second_path, command)},
	{.key = "timeout",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1000,
	 .least = 1,
	 .most = 300,
	 .fallback = "30s",
	 VK_AT(struct vk_config_second_path, timeout_s)},
};
static const struct vk_schema second_path_schema = {
	.what = "second_path",
	.fields = second_path_fields,
	.n_fields = VK_ARRAY_LEN(second_path_fields),
};

static const struct vk_field store_fields[] = {
	PATH(struct vk_config, store_path, "path", "/var/lib/vaka/vaka.db"),
	{.key = "outbox_rows",
	 .type = VK_FIELD_INT,
	 .least = 10,
	 .most = 10000000,
	 .fallback = "100000",
	 VK_AT(struct vk_config, outbox_rows)},
	{.key = "outbox_mib",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = 65536,
	 .fallback = "256",
	 VK_AT(struct vk_config, outbox_mib)},
	{.key = "outbox_age",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 86400000,
	 .least = 1,
	 .most = 3650,
	 .fallback = "400d",
	 VK_AT(struct vk_config, outbox_days)},
};
static const struct vk_schema store_schema = {
	.what = "store",
	.fields = store_fields,
	.n_fields = VK_ARRAY_LEN(store_fields),
};

#define WATCH_FOR(key_, member, or_else)                                                           \
	{                                                                                          \
		.key = (key_), .type = VK_FIELD_DURATION, .unit_ms = 1000, .least = 1,             \
		.most = 31536000, .fallback = (or_else), VK_AT(struct vk_config, watch.member)     \
	}

static const struct vk_field watch_fields[] = {
	{.key = "every",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1000,
	 .least = 1,
	 .most = 3600,
	 .fallback = "1min",
	 VK_AT(struct vk_config, watch.every_s)},
	{.key = "battery",
	 .type = VK_FIELD_INT,
	 .least = 0,
	 .most = 90,
	 .fallback = "15",
	 VK_AT(struct vk_config, watch.battery_percent)},
	WATCH_FOR("not_heard", not_heard_s, "7d"),
	WATCH_FOR("backlog", backlog_s, "15min"),
	WATCH_FOR("clock", clock_s, "15min"),
};
static const struct vk_schema watch_schema = {
	.what = "watch",
	.fields = watch_fields,
	.n_fields = VK_ARRAY_LEN(watch_fields),
};

static const struct vk_field trust_fields[] = {
	PATH(struct vk_config, provider_path, "provider", "/etc/vaka/provider.pub"),
	PATH(struct vk_config, staff_path, "staff", "/etc/vaka/staff.json"),
};
static const struct vk_schema trust_schema = {
	.what = "trust",
	.fields = trust_fields,
	.n_fields = VK_ARRAY_LEN(trust_fields),
};

static const struct vk_field hub_fields[] = {
	{.key = "vaka_hub",
	 .type = VK_FIELD_OWN,
	 .own = read_version,
	 .is_required = true,
	 .expect = "1"},
	{.key = "site", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_config, site)},
	{.key = "hub", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_config, hub)},
	{.key = "zone",
	 .type = VK_FIELD_OWN,
	 .own = read_zone_name,
	 .is_required = true,
	 .expect = "a zone like Europe/Stockholm",
	 VK_AT(struct vk_config, zone)},
	{.key = "patients",
	 .type = VK_FIELD_LIST,
	 .is_required = true,
	 .element = &patient_element,
	 VK_LIST_AT(struct vk_config, patients, n_patients, VK_MAX_PATIENTS)},
	{.key = "plugins",
	 .type = VK_FIELD_LIST,
	 .element = &user_element,
	 VK_LIST_AT(struct vk_config, users, n_users, VK_MAX_USERS)},
	{.key = "mqtt",
	 .type = VK_FIELD_MAP,
	 .schema = &mqtt_schema,
	 VK_HAS(struct vk_config, has_mqtt),
	 VK_AT(struct vk_config, mqtt)},
	{.key = "gpio",
	 .type = VK_FIELD_MAP,
	 .schema = &gpio_schema,
	 VK_HAS(struct vk_config, has_gpio),
	 VK_AT(struct vk_config, gpio)},
	{.key = "ble",
	 .type = VK_FIELD_MAP,
	 .schema = &ble_schema,
	 VK_HAS(struct vk_config, has_ble),
	 VK_AT(struct vk_config, ble)},
	{.key = "second_path",
	 .type = VK_FIELD_MAP,
	 .schema = &second_path_schema,
	 VK_HAS(struct vk_config, has_second_path),
	 VK_AT(struct vk_config, second_path)},
	{.key = "store", .type = VK_FIELD_MAP, .schema = &store_schema},
	{.key = "watch", .type = VK_FIELD_MAP, .schema = &watch_schema},
	{.key = "trust", .type = VK_FIELD_MAP, .schema = &trust_schema},
};
const struct vk_schema vk_config_schema = {
	.what = "hub.yaml",
	.fields = hub_fields,
	.n_fields = VK_ARRAY_LEN(hub_fields),
};
