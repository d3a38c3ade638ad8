/* SPDX-License-Identifier: Apache-2.0 */
/* The topic below the base, where to answer, and how old it may become. */
#include "mqtt/inbound.h"

#include <mqtt_protocol.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

enum { TOPIC_MAX = 199, CORRELATION_MAX = 64 }; /* what the hub takes */

static const char *below_base(const struct vk_relay_config *c, const char *topic)
{
	size_t n = strlen(c->base);

	if (strncmp(topic, c->base, n) != 0 || topic[n] != '/' || strlen(topic + n + 1) > TOPIC_MAX)
		return NULL;
	return topic + n + 1;
}

static int add_response_topic(json_t *header, const mosquitto_property *properties)
{
	vk_auto(vk_freep) char *topic = NULL;

	if (!mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC, &topic, false))
		return 0;
	if (strlen(topic) > TOPIC_MAX)
		return -1;
	return json_object_set_new(header, "response_topic", json_string(topic));
}

static int add_correlation(json_t *header, const mosquitto_property *properties)
{
	vk_auto(vk_freep) void *data = NULL;
	char hex[2 * CORRELATION_MAX + 1];
	uint16_t len = 0;

	if (!mosquitto_property_read_binary(properties, MQTT_PROP_CORRELATION_DATA, &data, &len,
					    false))
		return 0;
	if (len > CORRELATION_MAX)
		return -1;
	vk_hex_format(hex, data, len);
	return json_object_set_new(header, "correlation", json_string(hex));
}

static int add_expiry(json_t *header, const mosquitto_property *properties)
{
	uint32_t left_s = 0;

	if (!mosquitto_property_read_int32(properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, &left_s,
					   false))
		return 0;
	return json_object_set_new(header, "expired_in_s", json_integer(left_s));
}

json_t *vk_inbound_header(const struct vk_relay_config *config,
			  const struct mosquitto_message *message,
			  const mosquitto_property *properties, json_int_t n, const char **ret_why)
{
	const char *topic = below_base(config, message->topic);

	*ret_why = "topic";
	if (!topic)
		return NULL;
	*ret_why = "size";
	if (message->payloadlen < 0 || message->payloadlen > VK_INBOUND_MAX)
		return NULL;
	*ret_why = "properties";
	json_t *header = json_pack("{s:s,s:I,s:s}", "t", "message", "n", n, "topic", topic);

	if (add_response_topic(header, properties) < 0 || add_correlation(header, properties) < 0 ||
	    add_expiry(header, properties) < 0 ||
	    (message->retain && json_object_set_new(header, "retain", json_true()) < 0)) {
		json_decref(header);
		return NULL;
	}
	return header;
}
