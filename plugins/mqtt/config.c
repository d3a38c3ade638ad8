/* SPDX-License-Identifier: Apache-2.0 */
/* The relay's configuration out of the welcome; keys and certificates stay in files. */
#include "mqtt/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

static int expected(const char *field, const char *what)
{
	vk_log(VK_LOG_ERR, "mqtt", "config.%s: expected %s", field, what);
	return -EINVAL;
}

static int parse_int(const json_t *object, const char *key, int least, int most, int fallback,
		     int *ret_value)
{
	const json_t *json = json_object_get(object, key);
	json_int_t value = json ? json_integer_value(json) : fallback;
	char range[64];

	if ((json && !json_is_integer(json)) || value < least || value > most) {
		snprintf(range, sizeof range, "a whole number from %d to %d", least, most);
		return expected(key, range);
	}
	*ret_value = (int)value;
	return 0;
}

static int parse_broker(const json_t *json, struct vk_broker *broker)
{
	const char *host = json_string_value(json_object_get(json, "host"));

	if (!host || !*host || !vk_copy(broker->host, sizeof broker->host, host))
		return expected("brokers[].host", "a name of 1 to 255 bytes");
	return parse_int(json, "port", 1, 65535, 8883, &broker->port);
}

static int parse_brokers(const json_t *config, struct vk_relay_config *c)
{
	const json_t *list = json_object_get(config, "brokers");
	size_t n = json_array_size(list);

	if (n < 1 || n > VK_RELAY_BROKERS)
		return expected("brokers", "a list of 1 to 8 {host, port}");
	for (size_t i = 0; i < n; i++)
		if (parse_broker(json_array_get(list, i), &c->brokers[i]) < 0)
			return -EINVAL;
	c->n_brokers = (int)n;
	return 0;
}

static int parse_patients(const json_t *config, struct vk_relay_config *c)
{
	const json_t *list = json_object_get(config, "patients");
	size_t n = json_array_size(list);

	if ((list && !json_is_array(list)) || n > VK_RELAY_PATIENTS)
		return expected("patients", "a list of at most 32 ids");
	for (size_t i = 0; i < n; i++) {
		const char *id = json_string_value(json_array_get(list, i));

		if (!id || !vk_is_id(id) || !vk_copy(c->patients[i], sizeof c->patients[i], id))
			return expected("patients[]", "an id, [A-Za-z0-9_-]{1,64}");
	}
	c->n_patients = (int)n;
	return 0;
}

/* A systemd credential of that name if there is one, else the file the configuration names. */
static int parse_file(const json_t *config, const char *key, const char *credential,
		      char ret_path[VK_RELAY_PATH])
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const char *path = json_string_value(json_object_get(config, key));

	if (folder) {
		int n = snprintf(ret_path, VK_RELAY_PATH, "%s/%s", folder, credential);

		if (n > 0 && n < VK_RELAY_PATH && access(ret_path, F_OK) == 0)
			return 0;
	}
	if (!path || !*path || !vk_copy(ret_path, VK_RELAY_PATH, path))
		return expected(key, "a file name of at most 255 bytes, or a credential");
	return 0;
}

static int parse_will(const json_t *config, struct vk_relay_config *c)
{
	const json_t *will = json_object_get(config, "will");

	if (!will) {
		strcpy(c->will, "{\"state\":\"offline\"}");
		return 0;
	}
	vk_auto(vk_freep) char *text = json_dumps(will, JSON_COMPACT);

	if (!json_is_object(will) || !text || !vk_copy(c->will, sizeof c->will, text))
		return expected("will", "an object of at most 1023 bytes");
	return 0;
}

static int parse_names(const struct vk_packet *welcome, struct vk_relay_config *c)
{
	const char *hub = vk_packet_str(welcome, "hub", "");
	const char *base = vk_packet_str(welcome, "base", "");

	if (!vk_is_id(hub) || !vk_copy(c->hub, sizeof c->hub, hub))
		return expected("hub", "an id, [A-Za-z0-9_-]{1,64}");
	if (strncmp(base, "vaka/1/", 7) != 0 || strpbrk(base, "+#") ||
	    !vk_copy(c->base, sizeof c->base, base))
		return expected("base", "\"vaka/1/{site}/{hub}\"");
	return 0;
}

static int parse_payload(const json_t *config, struct vk_relay_config *c)
{
	const json_t *json = json_object_get(config, "payload");
	const char *form = json ? json_string_value(json) : "json";

	if (!form || (strcmp(form, "json") != 0 && strcmp(form, "cbor") != 0))
		return expected("payload", "json or cbor");
	c->is_compact = strcmp(form, "cbor") == 0;
	return 0;
}

int vk_relay_config_parse(const struct vk_packet *welcome, struct vk_relay_config *ret_config)
{
	const json_t *config = json_object_get(welcome->header, "config");
	struct vk_relay_config *c = ret_config;
	int expiry_s = 0;

	*c = (struct vk_relay_config){0};
	if (!json_is_object(config))
		return expected("", "an object");
	if (json_object_size(config) == 0)
		return 0;
	if (parse_names(welcome, c) < 0 || parse_brokers(config, c) < 0 ||
	    parse_patients(config, c) < 0 || parse_file(config, "ca", "ca.pem", c->ca) < 0 ||
	    parse_file(config, "cert", "hub.pem", c->cert) < 0 ||
	    parse_file(config, "key", "hub.key", c->key) < 0 || parse_will(config, c) < 0 ||
	    parse_payload(config, c) < 0 ||
	    parse_int(config, "keep_alive_s", 5, 3600, 60, &c->keep_alive_s) < 0 ||
	    parse_int(config, "fail_back_s", 0, 86400, 300, &c->fail_back_s) < 0 ||
	    parse_int(config, "will_delay_s", 0, 86400, 0, &c->will_delay_s) < 0 ||
	    parse_int(config, "session_expiry_s", 0, INT32_MAX, 7 * 86400, &expiry_s) < 0)
		return -EINVAL;
	c->session_expiry_s = (uint32_t)expiry_s;
	c->time_floor_s = vk_packet_int(welcome, "time_floor", 0);
	return 0;
}
