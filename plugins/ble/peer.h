/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One known device and its link: listens for it, runs the session, tells the hub what was learned,
 * and listens again. During pairing the same link is used, and the session starts only when the
 * hub has stored the new device. Thread: the loop's.
 */
#ifndef VAKA_BLE_PEER_H
#define VAKA_BLE_PEER_H

#include "advert.h"
#include "att/bearer.h"
#include "att/rearm.h"
#include "profiles/model.h"
#include "session.h"

struct vk_collector;
struct vk_cookie;

enum vk_peer_dirty {
	VK_DIRTY_IDENTITY =
		1 << 8, /* address, name, kind, bonded, authenticated; beside vk_learned */
	VK_DIRTY_HEARD = 1 << 9,
	VK_DIRTY_STATE = 1 << 10,
	VK_DIRTY_MODEL = 1 << 11,
};

struct vk_peer {
	struct vk_collector *collector; /* borrowed */
	uint32_t serial;                /* of the peer, for answers to device messages */
	char id[13];                    /* identity address, 12 upper-case hex digits */
	char address[18];
	int address_type;
	char name[VK_TEXT_MAX], kind[VK_TEXT_MAX];
	char manufacturer[VK_TEXT_MAX], model_name[VK_TEXT_MAX];
	const struct vk_model *model;  /* of devices.d, borrowed; NULL: none fits */
	struct vk_session_given given; /* for the next session */
	const char *state;             /* static text */
	bool is_bonded, is_authenticated;
	bool is_pairing; /* pairing.c decides when to listen */
	int32_t last_sequence;
	int battery_percent; /* last told, -1 none */
	struct vk_attributes attributes;
	bool knows_attributes; /* the hub's are older, even where these are none any more */

	struct vk_bearer bearer;
	struct vk_rearm rearm;
	struct vk_session *session; /* owned; NULL without a link and nothing unanswered */
	uint32_t session_serial;
	unsigned dirty;
	int64_t heard_utc_ms;
	int64_t local_at_s; /* second whose wall clock is: */
	struct vk_civil local;
	uv_timer_t *timer; /* owned by the loop once closed */
	int64_t timer_due_ms;
	int64_t pause_until_ms;   /* listen again then */
	int64_t missing_since_ms; /* bluetoothd shows no bond, 0: it does */
	bool is_advertiser;       /* a scale that is never connected to (scales.c) */
	struct vk_advert advert;
	bool is_linked;    /* as the supervisor was told */
	bool is_quiet;     /* its model bears no search beside its link, and none runs */
	bool is_lingering; /* our own closed link may live on until bluetoothd shows it gone */
};

/* NULL: no memory. */
struct vk_peer *vk_peer_new(struct vk_collector *collector, const char *address, int address_type);
void vk_peer_free(struct vk_peer *peer);

void vk_peer_set_address(struct vk_peer *peer, const char *address, int address_type);

/* Listens if it can be and is not. Cheap: called whenever something changed. */
void vk_peer_consider(struct vk_peer *peer);

/* Listens with this level (enum vk_bearer_level). 0 or negative errno. For pairing too. */
int vk_peer_arm(struct vk_peer *peer, int level);
/* Ends the link without a word; a session ends with it. */
void vk_peer_close(struct vk_peer *peer);
/* The link is up and the hub has the device: begin. */
void vk_peer_start_session(struct vk_peer *peer);

/* Sends what is dirty to the hub. The cookie gets the answer; NULL: nobody waits. 0 or -errno. */
int vk_peer_tell(struct vk_peer *peer, const struct vk_cookie *cookie);

/* The answer to a reading of the session with this serial. */
void vk_peer_answered(struct vk_peer *peer, uint32_t token, bool is_stored);

/* Ends a pending connect and makes it anew. */
void vk_peer_listen_anew(struct vk_peer *peer);

/* bluetoothd shows the link gone. */
void vk_peer_disconnected(struct vk_peer *peer);

#endif
