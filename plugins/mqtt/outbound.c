/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's fields become MQTT 5 properties. */
#include "mqtt/outbound.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "mqtt/cbor.h"

enum { TOPIC_MAX = 512, CORRELATION_MAX = 128, QOS = 1 };

static void free_properties(mosquitto_property **properties)
{
	mosquitto_property_free_all(properties);
}

/* Where a reply may go is the asker's wish, and therefore checked here too. */
static bool is_below(const char *topic, const char *base, const char *below)
{
	size_t base_len = strlen(base);

	return strncmp(topic, base, base_len) == 0 &&
	       strncmp(topic + base_len, below, strlen(below)) == 0;
}

static bool make_topic(const struct vk_relay_config *c, const struct vk_packet *packet,
		       char out[TOPIC_MAX])
{
	const char *reply = vk_packet_str(packet, "response_to", NULL);
	const char *topic = vk_packet_str(packet, "topic", "");
	int n;

	if (reply && !is_below(reply, c->base, "/reply/"))
		return false;
	if (!reply && !*topic)
		return false;
	if (reply)
		n = snprintf(out, TOPIC_MAX, "%s", reply);
	else
		n = snprintf(out, TOPIC_MAX, "%s/%s", c->base, topic);
	return n < TOPIC_MAX && mosquitto_pub_topic_check(out) == MOSQ_ERR_SUCCESS;
}

static int add_user(mosquitto_property **properties, const char *name, const char *value)
{
	return mosquitto_property_add_string_pair(properties, MQTT_PROP_USER_PROPERTY, name, value);
}

/* Which hub it is stands in the topic: each property costs everybody on the way. */
static int add_identity(mosquitto_property **properties, const struct vk_packet *packet)
{
	const char *id = vk_packet_str(packet, "id", NULL);
	char rev[24];

	if (!id)
		return MOSQ_ERR_SUCCESS;
	snprintf(rev, sizeof rev, "%lld", (long long)vk_packet_int(packet, "rev", 0));
	int result = add_user(properties, "id", id);

	return result == MOSQ_ERR_SUCCESS ? add_user(properties, "rev", rev) : result;
}

static int add_correlation(mosquitto_property **properties, const char *hex)
{
	uint8_t data[CORRELATION_MAX];
	int n = vk_hex_parse(hex, data, sizeof data);

	if (n < 0)
		return MOSQ_ERR_INVAL;
	return mosquitto_property_add_binary(properties, MQTT_PROP_CORRELATION_DATA, data,
					     (uint16_t)n);
}

static int add_properties(mosquitto_property **properties, const struct vk_packet *packet,
			  const char *content_type)
{
	const char *correlation = vk_packet_str(packet, "correlation", NULL);
	json_int_t expiry_s = vk_packet_int(packet, "expiry_s", 0);
	int result = add_identity(properties, packet);

	if (result == MOSQ_ERR_SUCCESS && content_type)
		result = mosquitto_property_add_string(properties, MQTT_PROP_CONTENT_TYPE,
						       content_type);
	if (result == MOSQ_ERR_SUCCESS && correlation)
		result = add_correlation(properties, correlation);
	if (result == MOSQ_ERR_SUCCESS && expiry_s > 0 && expiry_s <= UINT32_MAX)
		result = mosquitto_property_add_int32(properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL,
						      (uint32_t)expiry_s);
	return result;
}

/* An error of the library before anything was sent. */
static int outcome(int result)
{
	if (result == MOSQ_ERR_SUCCESS)
		return 0;
	if (result == MOSQ_ERR_PAYLOAD_SIZE || result == MOSQ_ERR_OVERSIZE_PACKET)
		return MQTT_RC_PACKET_TOO_LARGE;
	if (result == MOSQ_ERR_QOS_NOT_SUPPORTED)
		return MQTT_RC_QOS_NOT_SUPPORTED;
	if (result == MOSQ_ERR_RETAIN_NOT_SUPPORTED)
		return MQTT_RC_RETAIN_NOT_SUPPORTED;
	if (result == MOSQ_ERR_INVAL || result == MOSQ_ERR_MALFORMED_UTF8)
		return MQTT_RC_MALFORMED_PACKET;
	return result == MOSQ_ERR_NOMEM ? -ENOMEM : -ENOTCONN;
}

/* What is sent: the document as the hub wrote it, or the same in fewer bytes. */
struct payload {
	const void *data;
	size_t len;
	const char *type;
	char compact_type[VK_CBOR_TYPE];
	struct vk_str compact;
};

static void payload_done(struct payload *p)
{
	vk_str_done(&p->compact);
}

/* Who asked in JSON is answered in JSON; and what has no exact form in CBOR leaves as it is. */
static void choose(struct payload *p, const struct vk_relay_config *c,
		   const struct vk_packet *packet)
{
	p->data = packet->body_len ? packet->body : NULL;
	p->len = packet->body_len;
	p->type = vk_packet_str(packet, "content_type", NULL);
	if (!c->is_compact || !p->len || !p->type || vk_packet_str(packet, "response_to", NULL) ||
	    !vk_cbor_content_type(p->type, p->compact_type) ||
	    vk_cbor_from_json(p->data, p->len, &p->compact) < 0)
		return;
	p->data = p->compact.text;
	p->len = p->compact.len;
	p->type = p->compact_type;
}

int vk_outbound_publish(struct mosquitto *client, const struct vk_relay_config *config,
			struct vk_aliases *aliases, const struct vk_packet *packet, int *ret_mid)
{
	vk_auto(free_properties) mosquitto_property *properties = NULL;
	const char *below = vk_packet_str(packet, "response_to", NULL)
				    ? ""
				    : vk_packet_str(packet, "topic", "");
	vk_auto(payload_done) struct payload payload = {0};
	char topic[TOPIC_MAX];
	bool is_known;
	uint16_t alias = vk_alias_of(aliases, below, &is_known);

	/* What the broker knows by a number has been looked at before. */
	if (!is_known && !make_topic(config, packet, topic))
		return MQTT_RC_TOPIC_NAME_INVALID;
	choose(&payload, config, packet);
	int result = add_properties(&properties, packet, payload.type);

	if (result == MOSQ_ERR_SUCCESS && alias)
		result = mosquitto_property_add_int16(&properties, MQTT_PROP_TOPIC_ALIAS, alias);
	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_publish_v5(client, ret_mid, is_known ? NULL : topic,
					      (int)payload.len, payload.data, QOS,
					      vk_packet_bool(packet, "retain", 0), properties);
	if (result == MOSQ_ERR_SUCCESS)
		vk_alias_keep(aliases, below);
	return outcome(result);
}
