/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The installation: /etc/vaka/hub.yaml as a plain struct. Which home, which patients, which lines
 * and brokers; nothing of any person (plans) and no device model (devices.d). Secrets are paths.
 *
 * vakad reads it; the plugins get their section as JSON in their welcome (include/vaka/README.md).
 */
#ifndef VAKA_HUB_CONFIG_H
#define VAKA_HUB_CONFIG_H

#include "base/json.h"
#include "base/node.h"
#include "core/core.h"

#define VK_CONFIG_PATH "/etc/vaka/hub.yaml"

enum {
	VK_PATH_TEXT = 108,
	VK_HOST_TEXT = 254,
	VK_USER_TEXT = 33,
	VK_MAX_USERS = 8,
	VK_MAX_BROKERS = 4,
	VK_KEY_TEXT = 256, /* a URI of every attribute a chip has */
	VK_MAX_LINES = 16,
	VK_LINE_MAX = 1023, /* number of a line on its chip */
	VK_BASE_TEXT = 144,
};

/* Indices of the names in hub.yaml and of the hello packet: ble, gpio, mqtt, hook, display. */
enum vk_role {
	VK_ROLE_BLE,
	VK_ROLE_GPIO,
	VK_ROLE_MQTT,
	VK_ROLE_HOOK,    /* the second path */
	VK_ROLE_DISPLAY, /* what the patient is shown */
	VK_ROLE_WITNESS, /* sees what foreign programs take from a device */
	VK_N_ROLES,
};

struct vk_config_patient {
	char id[VK_ID_TEXT];
	char plan[VK_PATH_TEXT]; /* file; its signature is <file>.sig */
};

struct vk_config_user {
	enum vk_role role;
	char user[VK_USER_TEXT]; /* of the connecting process */
};

struct vk_config_broker {
	char host[VK_HOST_TEXT];
	int32_t port;
};

enum vk_receipt { VK_RECEIPT_REQUIRED, VK_RECEIPT_NONE };
enum vk_payload { VK_PAYLOAD_JSON, VK_PAYLOAD_CBOR };
enum vk_settled_by { VK_SETTLED_BY_PUBACK, VK_SETTLED_BY_RECEIPT };

struct vk_config_mqtt {
	int n_brokers;
	struct vk_config_broker brokers[VK_MAX_BROKERS]; /* tried in order */
	char ca[VK_PATH_TEXT], cert[VK_PATH_TEXT];
	char key[VK_KEY_TEXT]; /* a file, or the URI of a key in a chip */
	int32_t keep_alive_s;
	int32_t session_expiry_s;
	int32_t fail_back_s;           /* how often a broker further up the list is asked for */
	int32_t will_delay_s;          /* before the broker says that the hub is offline */
	enum vk_payload payload;       /* the form in which documents leave */
	enum vk_receipt receipt;       /* does the care service answer with receipts */
	enum vk_settled_by settled_by; /* what takes a row out of the outbox */
	int32_t receipt_within_s, receipt_tries; /* … and when it is sent again, told */
};

enum vk_line_direction { VK_LINE_IN, VK_LINE_OUT };

struct vk_config_line {
	char name[VK_ID_TEXT]; /* of the signal or output */
	char line[VK_ID_TEXT]; /* name or offset on the chip */
	enum vk_line_direction direction;
	bool is_active_low;
	int32_t debounce_ms;
	int bias;                 /* index in vk_bias_names */
	char patient[VK_ID_TEXT]; /* "" is the home's, of no patient */
	bool has_patient;
};

struct vk_config_gpio {
	char chip[VK_ID_TEXT]; /* name or label */
	int n_lines;
	struct vk_config_line lines[VK_MAX_LINES];
};

struct vk_config_ble {
	char adapter[16]; /* "hci0" */
};

/* The way that is taken when the ordinary one does not answer: a command of the installation. */
struct vk_config_second_path {
	char command[VK_PATH_TEXT]; /* gets the alert as JSON on standard input */
	int32_t timeout_s;          /* for one run */
};

/* What the hub looks at by itself, and from when it is told. */
struct vk_config_watch {
	int32_t every_s;
	int32_t battery_percent; /* of a kit: at most */
	int32_t not_heard_s;     /* a kit with a person: nothing for so long */
	int32_t backlog_s;       /* the oldest message waits so long */
	int32_t clock_s;         /* the wall clock is unsure for so long */
};

struct vk_config {
	char site[VK_ID_TEXT];
	char hub[VK_ID_TEXT];
	char base[VK_BASE_TEXT]; /* of topics: "vaka/1/<site>/<hub>" */
	struct vk_zone zone;     /* of the home: device clocks and log of the hub */
	int n_patients;
	struct vk_config_patient patients[VK_MAX_PATIENTS];
	int n_users;
	struct vk_config_user users[VK_MAX_USERS];
	bool has_mqtt, has_gpio, has_ble, has_second_path; /* sections that are there */
	struct vk_config_mqtt mqtt;
	struct vk_config_gpio gpio;
	struct vk_config_ble ble;
	struct vk_config_second_path second_path;
	char store_path[VK_PATH_TEXT];
	int32_t outbox_rows, outbox_mib, outbox_days; /* what may wait for the staff */
	struct vk_config_watch watch;
	char staff_path[VK_PATH_TEXT];    /* directory; its signature is <file>.sig */
	char provider_path[VK_PATH_TEXT]; /* provider's public key */

	/* Of the command line, never of the file. */
	bool is_unsigned_allowed;
	bool is_synchronous_off; /* for the test that must fail */
};

/*
 * Reads and checks a file. 0, or -EINVAL with every mistake in problems (vk_problems_done frees),
 * or -ENOMEM. ret_config keeps nothing of the file.
 */
int vk_config_load(const char *path, struct vk_problems *problems, struct vk_config *ret_config);
/* The same from a tree. */
int vk_config_parse(const struct vk_node *root, struct vk_problems *problems,
		    struct vk_config *ret_config);

/*
 * The first key whose change needs a new start of vakad, or NULL when a reload will do: site, hub,
 * zone, store, patients, users do; a changed section of a plugin needs only a new welcome.
 */
const char *vk_config_restart_key(const struct vk_config *before, const struct vk_config *after);
/* True when the role's section differs: its plugin must connect again. */
bool vk_config_role_changed(enum vk_role role, const struct vk_config *before,
			    const struct vk_config *after);

const char *vk_role_text(enum vk_role role);
int vk_role_parse(const char *text); /* -1: none */

/*
 * Writes the role's section as an object into an open JSON object or as its root (key NULL). will
 * is the JSON text of the will's payload, for VK_ROLE_MQTT, or NULL.
 */
void vk_config_section(const struct vk_config *config, enum vk_role role, const char *will,
		       struct vk_json *json, const char *key);

#endif
