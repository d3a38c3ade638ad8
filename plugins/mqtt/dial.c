/* SPDX-License-Identifier: Apache-2.0 */
/* One after the other, each with its time. */
#include "mqtt/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <time.h>

#include "mqtt/reach.h"

static int64_t monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_shaking(struct mosquitto *client)
{
	const SSL *ssl = mosquitto_ssl_get(client);

	return ssl && !SSL_is_init_finished(ssl);
}

static int shake_hands(struct mosquitto *client)
{
	int64_t end_ms = monotonic_ms() + VK_HANDSHAKE_MS;
	int result = MOSQ_ERR_SUCCESS;

	while (result == MOSQ_ERR_SUCCESS && is_shaking(client)) {
		int64_t left_ms = end_ms - monotonic_ms();
		short out = mosquitto_want_write(client) ? POLLOUT : 0;
		struct pollfd wait = {mosquitto_socket(client), (short)(POLLIN | out), 0};

		if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) == 0) {
			errno = ETIME;
			return MOSQ_ERR_ERRNO;
		}
		result = mosquitto_loop_read(client, 1);
	}
	return result;
}

static int connect_to(struct mosquitto *client, const struct vk_relay_config *config, int broker)
{
	const struct vk_broker *b = &config->brokers[broker];
	mosquitto_property *properties = NULL;
	int result = mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
						  config->session_expiry_s);

	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_connect_bind_v5(client, b->host, b->port, config->keep_alive_s,
						   NULL, properties);
	int error = errno;

	mosquitto_property_free_all(&properties);
	errno = error;
	return result;
}

int vk_dial(struct mosquitto *client, const struct vk_relay_config *config, int broker,
	    bool is_unsure, int *ret_fd)
{
	int r = is_unsure ? vk_reach(&config->brokers[broker], VK_REACH_MS) : 0;

	*ret_fd = -1;
	if (r < 0) {
		errno = -r;
		return MOSQ_ERR_ERRNO;
	}
	int result = connect_to(client, config, broker);

	if (result != MOSQ_ERR_SUCCESS)
		return result;
	*ret_fd = fcntl(mosquitto_socket(client), F_DUPFD_CLOEXEC, 0);
	return shake_hands(client);
}
