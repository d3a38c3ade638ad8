/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laid over vaka-mqtt (LD_PRELOAD) where the alternative beside it has no TLS either: the relay
 * itself knows no way without.
 */
#include <mosquitto.h>

__attribute__((visibility("default"))) int
mosquitto_tls_set(struct mosquitto *client, const char *ca, const char *ca_path, const char *cert,
		  const char *key, int (*password)(char *, int, int, void *))
{
	(void)client;
	(void)ca;
	(void)ca_path;
	(void)cert;
	(void)key;
	(void)password;
	return MOSQ_ERR_SUCCESS;
}
