/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hub's welcome tells the relay. The hub has judged its own file already; this is judged
 * again, because it comes through a socket.
 */
#ifndef VAKA_MQTT_CONFIG_H
#define VAKA_MQTT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "vaka/wire.h"

enum {
	VK_RELAY_BROKERS = 8,
	VK_RELAY_PATIENTS = 32,
	VK_RELAY_ID = 65, /* an id and its NUL */
	VK_RELAY_BASE = 160,
	VK_RELAY_PATH = 256,
	VK_RELAY_WILL = 1024,
};

struct vk_broker {
	char host[256]; /* name or address, as the certificate says */
	int port;       /* 1…65535 */
};

struct vk_relay_config {
	char hub[VK_RELAY_ID];    /* client id too */
	char base[VK_RELAY_BASE]; /* "vaka/1/{site}/{hub}" */
	int n_brokers; /* 1…VK_RELAY_BROKERS, tried in this order; 0: no care service */
	struct vk_broker brokers[VK_RELAY_BROKERS];
	char ca[VK_RELAY_PATH], cert[VK_RELAY_PATH];
	char key[VK_RELAY_PATH];   /* a file, or a URI pkcs11:… */
	int keep_alive_s;          /* 5…3600 */
	uint32_t session_expiry_s; /* as asked for */
	int fail_back_s;           /* how often a preferred broker is asked for; 0 never */
	int will_delay_s;          /* how long the broker waits with the will */
	int64_t time_floor_s;      /* UTC: it is at least so late; 0 not known */
	bool is_compact;           /* documents leave as CBOR */
	int n_patients;
	char patients[VK_RELAY_PATIENTS][VK_RELAY_ID];
	char will[VK_RELAY_WILL]; /* JSON text, the retained "offline" status */
};

/* Takes a welcome. 0; -EINVAL: logged, with the field and what was expected. */
int vk_relay_config_parse(const struct vk_packet *welcome, struct vk_relay_config *ret_config);

#endif
