/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laid over vaka-mqtt (LD_PRELOAD) where the alternative beside it has no TLS either: the relay
 * itself knows no way without.
 */
#include <mosquitto.h>

__attribute__((visibility("default"))) int
mosquitto_void_option(struct mosquitto *client, enum mosq_opt_t option, void *value)
{
	(void)client;
	(void)option; /* the relay sets one: its TLS context */
	(void)value;
	return MOSQ_ERR_SUCCESS;
}
