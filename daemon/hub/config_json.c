/* SPDX-License-Identifier: Apache-2.0 */
/* Each plugin's section of hub.yaml as the JSON of its welcome (include/vaka/README.md). */
#include <string.h>

#include "hub/config_schema.h"

static void write_mqtt(const struct vk_config *config, const char *will, struct vk_json *json)
{
	const struct vk_config_mqtt *mqtt = &config->mqtt;

	vk_json_str(json, "site", config->site);
	vk_json_str(json, "hub", config->hub);
	vk_json_str(json, "base", config->base);
	vk_json_open(json, "patients", '[');
	for (int i = 0; i < config->n_patients; i++)
		vk_json_str(json, NULL, config->patients[i].id);
	vk_json_close(json, ']');
	vk_json_open(json, "brokers", '[');
	for (int i = 0; i < mqtt->n_brokers; i++) {
		vk_json_open(json, NULL, '{');
		vk_json_str(json, "host", mqtt->brokers[i].host);
		vk_json_int(json, "port", mqtt->brokers[i].port);
		vk_json_close(json, '}');
	}
	vk_json_close(json, ']');
	vk_json_str(json, "ca", mqtt->ca);
	vk_json_str(json, "cert", mqtt->cert);
	vk_json_str(json, "key", mqtt->key);
	vk_json_int(json, "keep_alive_s", mqtt->keep_alive_s);
	vk_json_int(json, "session_expiry_s", mqtt->session_expiry_s);
	vk_json_int(json, "fail_back_s", mqtt->fail_back_s);
	vk_json_int(json, "will_delay_s", mqtt->will_delay_s);
	vk_json_str(json, "payload", vk_payload_names[mqtt->payload]);
	if (will)
		vk_json_raw(json, "will", will);
}

/* A line that is all digits is an offset, and leaves as a number. */
static void write_line_place(const char *line, struct vk_json *json)
{
	if (line[strspn(line, "0123456789")])
		vk_json_str(json, "line", line);
	else
		vk_json_int(json, "line", strtoll(line, NULL, 10));
}

static void write_gpio(const struct vk_config *config, struct vk_json *json)
{
	const struct vk_config_gpio *gpio = &config->gpio;

	vk_json_str(json, "chip", gpio->chip);
	vk_json_open(json, "lines", '[');
	for (int i = 0; i < gpio->n_lines; i++) {
		const struct vk_config_line *line = &gpio->lines[i];

		vk_json_open(json, NULL, '{');
		vk_json_str(json, "name", line->name);
		write_line_place(line->line, json);
		vk_json_str(json, "direction", vk_direction_names[line->direction]);
		vk_json_bool(json, "active_low", line->is_active_low);
		vk_json_int(json, "debounce_ms", line->debounce_ms);
		vk_json_str(json, "bias", vk_bias_names[line->bias]);
		vk_json_close(json, '}');
	}
	vk_json_close(json, ']');
}

static void write_hook(const struct vk_config *config, struct vk_json *json)
{
	vk_json_str(json, "command", config->second_path.command);
	vk_json_int(json, "timeout_s", config->second_path.timeout_s);
}

void vk_config_section(const struct vk_config *config, enum vk_role role, const char *will,
		       struct vk_json *json, const char *key)
{
	vk_json_open(json, key, '{');
	if (role == VK_ROLE_MQTT && config->has_mqtt)
		write_mqtt(config, will, json);
	if (role == VK_ROLE_GPIO && config->has_gpio)
		write_gpio(config, json);
	if (role == VK_ROLE_BLE || role == VK_ROLE_WITNESS)
		vk_json_str(json, "adapter", config->ble.adapter);
	if (role == VK_ROLE_HOOK && config->has_second_path)
		write_hook(config, json);
	vk_json_close(json, '}');
}

bool vk_config_role_changed(enum vk_role role, const struct vk_config *before,
			    const struct vk_config *after)
{
	vk_auto(vk_str_done) struct vk_str a = {0}, b = {0};
	struct vk_json json_a = vk_json_init(&a), json_b = vk_json_init(&b);

	vk_config_section(before, role, NULL, &json_a, NULL);
	vk_config_section(after, role, NULL, &json_b, NULL);
	return a.len != b.len || memcmp(a.text, b.text, a.len) != 0;
}
