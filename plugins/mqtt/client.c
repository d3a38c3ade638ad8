/* SPDX-License-Identifier: Apache-2.0 */
/* Options of one client. */
#include "mqtt/client.h"

#include <mqtt_protocol.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "mqtt/cbor.h"
#include "mqtt/window.h"

static const char *const fixed[] = {"cmd/+/+/+", "receipt/+"};

enum { N_FIXED = VK_ARRAY_LEN(fixed), FILTERS = N_FIXED + VK_RELAY_PATIENTS };

static int will_properties(const struct vk_relay_config *c, const char *type,
			   mosquitto_property **properties)
{
	int result = mosquitto_property_add_string(properties, MQTT_PROP_CONTENT_TYPE, type);

	if (result == MOSQ_ERR_SUCCESS && c->will_delay_s > 0)
		result = mosquitto_property_add_int32(properties, MQTT_PROP_WILL_DELAY_INTERVAL,
						      (uint32_t)c->will_delay_s);
	return result;
}

static int set_will(struct mosquitto *client, const struct vk_relay_config *c)
{
	mosquitto_property *properties = NULL;
	char topic[VK_RELAY_BASE + 16];
	vk_auto(vk_str_done) struct vk_str compact = {0};
	bool is_compact =
		c->is_compact && vk_cbor_from_json(c->will, strlen(c->will), &compact) == 0;
	const char *payload = is_compact ? compact.text : c->will;
	size_t len = is_compact ? compact.len : strlen(c->will);
	int result = will_properties(c, is_compact ? "application/cbor" : "application/json",
				     &properties);

	snprintf(topic, sizeof topic, "%s/status", c->base);
	/* On success the client owns the properties. */
	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_will_set_v5(client, topic, (int)len, payload, VK_CLIENT_QOS,
					       true, properties);
	if (result != MOSQ_ERR_SUCCESS)
		mosquitto_property_free_all(&properties);
	return result;
}

int vk_client_set_up(struct mosquitto *m, const struct vk_relay_config *c, const struct vk_tls *tls)
{
	int result = mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);

	(void)mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
	/* Not for threads: told so, the library queues what it has to send and leaves the writing
	 * to us. */
	(void)mosquitto_threaded_set(m, true);
	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_int_option(m, MOSQ_OPT_SEND_MAXIMUM, VK_WINDOW_MAX);
	if (result == MOSQ_ERR_SUCCESS)
		result = set_will(m, c);
	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_int_option(m, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_void_option(m, MOSQ_OPT_SSL_CTX, tls->context);
	return result;
}

bool vk_client_filter(const struct vk_relay_config *c, int i, char ret[VK_CLIENT_FILTER])
{
	if (i < N_FIXED)
		snprintf(ret, VK_CLIENT_FILTER, "%s/%s", c->base, fixed[i]);
	else if (i < N_FIXED + c->n_patients)
		snprintf(ret, VK_CLIENT_FILTER, "%s/plan/%s", c->base, c->patients[i - N_FIXED]);
	else
		return false;
	return true;
}

int vk_client_subscribe(struct mosquitto *client, const struct vk_relay_config *c)
{
	char filters[FILTERS][VK_CLIENT_FILTER];
	char *list[FILTERS];
	int n = 0;

	while (vk_client_filter(c, n, filters[n])) {
		list[n] = filters[n];
		n++;
	}
	return mosquitto_subscribe_multiple(client, NULL, n, list, VK_CLIENT_QOS, 0, NULL);
}
