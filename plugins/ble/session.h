/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One encrypted link with one device, from the first packet to the last, without the socket. It
 * subscribes first (the device may have seconds only), reads the device's clock before it sets it,
 * fetches records, and confirms an indication when, and only when, the hub has stored it. A value
 * that shows this very moment by a clock that was right the last time, or no time at all, is handed
 * over at once; any other waits for the clock. All else (battery, the hash of the handle map) waits
 * behind the readings. A device that is met for the
 * first time says who it is before all, because its model may want another order.
 *
 * Entry points return 0: go on; 1: nothing more to do here, close; negative errno: close without
 * confirming (-EPROTO the device breaks the protocol, -EIO the hub could not store, -ETIMEDOUT,
 * -EACCES the link is not secure enough for it, -EOVERFLOW it floods, …). Thread: one.
 */
#ifndef VAKA_BLE_SESSION_H
#define VAKA_BLE_SESSION_H

#include "att/attributes.h"
#include "att/client.h"
#include "att/discovery.h"
#include "memory.h"
#include "oximetry.h"
#include "profiles/cgm.h"
#include "profiles/profile.h"
#include "profiles/segments.h"
#include "timeline.h"
#include "transfer.h"

enum {
	VK_SESSION_STORE_MS = 20000, /* the hub's time to store; the device waits 30 s */
	VK_SESSION_IDLE_MS = 30000,
	VK_SESSION_HOLD_MS = 10000, /* an indication waits at most this long for clock and map */
	VK_SESSION_IN_FLIGHT = 256, /* readings handed to the hub and not answered */
	VK_SESSION_CLOCK_SLACK_S = 5,
	VK_SESSION_OFFSET_MOST_S = INT32_MAX,
	VK_SESSION_LIVE_S = 300,
	VK_SESSION_FIRST_NOTIFIED_S = 600, /* clock-first-notified: nearer is left alone */
	VK_SESSION_LINGER_MS = 2000,       /* hub-ends-session: this long after the last value */
	VK_SESSION_BURST = 12000,          /* packets at once, and again by so many a second: */
	VK_SESSION_RATE = 500,
	VK_SESSION_READINGS = 8000, /* more in one session is no measuring any more */
	VK_TEXT_MAX = 64,
	VK_SESSION_USERS = 8,
	VK_PROFILE_MAX = 20, /* bytes of one value of the User Data service that is written back */
};

/* A reading on its way to the hub. Pointers are borrowed for the call. */
struct vk_sample {
	uint16_t uuid; /* 0: not known */
	const uint8_t *raw;
	size_t len;
	bool is_decoded;
	struct vk_decoded decoded;    /* when is_decoded */
	struct vk_decode_error error; /* when not */
	int64_t utc_ms;
	bool is_live;
	bool has_offset;
	int64_t offset_s; /* hub's wall clock less the device's */
	/* Where it lies in time, as timeline.h says; VK_BY_WALL: the hub's own way. */
	enum vk_placed_by by;
	bool is_steady; /* VK_BY_WALL: the clock was as near to the wall in the session before */
	int64_t placed_utc_s, uncertainty_s;
	bool does_sequence_move; /* its number is another one tomorrow: time tells it from others */
};

/* How a device's clock was found. */
enum vk_clock_state {
	VK_CLOCK_UNKNOWN = 0, /* no way to read it, or not read */
	VK_CLOCK_RIGHT,
	VK_CLOCK_OFF,
	VK_CLOCK_SUMMER,  /* off by an hour: it did not follow summer time */
	VK_CLOCK_FACTORY, /* it counts from the day of its factory: the battery was changed */
	VK_CLOCK_UNSET,   /* it says itself that it does not know */
};

/* What the hub and earlier sessions know. */
struct vk_session_given {
	int32_t last_sequence; /* -1 none */
	struct vk_quirks quirks;
	struct vk_memory memory;
	bool may_delete; /* stored records may be deleted on the device */
	int n_users;
	struct {
		uint8_t user; /* of the device's User Data */
		uint16_t consent;
	} users[VK_SESSION_USERS];
	bool is_new; /* pairing: nobody knows yet what it is */
};

/* What vk_session_ops.learned tells, by bits; the values stand in the session. */
enum vk_learned {
	VK_LEARNED_ATTRIBUTES = 1,
	VK_LEARNED_CLOCK = 2,
	VK_LEARNED_IDENTITY = 4, /* manufacturer … firmware */
	VK_LEARNED_BATTERY = 8,
	VK_LEARNED_SEQUENCE = 16,
	VK_LEARNED_MEMORY = 32,
	VK_LEARNED_CONSENT = 64,
	VK_LEARNED_REPORT = 128, /* a report has come whole, though it is not stored yet */
};

enum vk_consent_state {
	VK_CONSENT_NONE = 0, /* not asked for */
	VK_CONSENT_GIVEN,
	VK_CONSENT_REFUSED, /* wrong code or user: asking again does not help */
};

struct vk_session_now {
	int64_t mono_ms, utc_ms;
	struct vk_civil local; /* what the wall clock at the patient's shows */
	bool is_trusted;       /* good enough to set a device by */
};

struct vk_session_ops {
	int (*send)(void *user, const uint8_t *pdu, size_t len);
	/* Hands a reading over; vk_session_answer() brings the answer to token. 0 or -errno. */
	int (*reading)(void *user, const struct vk_sample *sample, uint32_t token);
	void (*learned)(void *user, unsigned what);
	/* The device wants an authenticated link; vk_session_raised() when it is. */
	void (*raise)(void *user);
	/* Who it is has been read: what its model does otherwise. */
	void (*identified)(void *user, struct vk_quirks *ret_quirks);
	/* Subscribed and identified: what pairing waits for. Called once. */
	void (*ready)(void *user);
	void (*now)(void *user, struct vk_session_now *ret_now);
};

enum vk_session_step {
	VK_STEP_DISCOVER,
	VK_STEP_MTU,
	VK_STEP_IDENTIFY,
	VK_STEP_SUBSCRIBE,
	VK_STEP_SENSOR,
	VK_STEP_CLOCK_READ,
	VK_STEP_CLOCK_WRITE,
	VK_STEP_CLOCK_CHECK,
	VK_STEP_CONSENT,
	VK_STEP_PROFILE,
	VK_STEP_READY,
	VK_STEP_RECORDS,
	VK_STEP_HASH,
	VK_STEP_BATTERY,
	VK_STEP_IDLE,
};

struct vk_session {
	const struct vk_session_ops *ops; /* borrowed, as attributes */
	void *user;
	struct vk_att att;
	struct vk_discovery discovery;
	struct vk_attributes *attributes;
	struct vk_transfer transfer;
	struct vk_oximetry oximetry, heart;
	struct vk_segments segments;   /* of 2B36 */
	struct vk_session_given given; /* memory is kept up to date */

	enum vk_session_step step;
	int item;        /* of the step's list */
	bool is_busy;    /* a request of the step is in flight */
	bool is_raising; /* waiting for an authenticated link */
	bool has_raised, is_fresh, is_identified, is_stale, is_ready, is_over;
	int error;    /* sticks; returned by every entry point */
	bool is_mute; /* error is -ETIMEDOUT as the device did not answer in time, not as the link
			 had died when something was sent */

	bool has_offset, is_clock_settled, is_clock_set, has_written_clock, has_been_notified;
	int64_t offset_s;
	enum vk_clock_state clock_state;
	bool has_newest;
	int64_t newest_s; /* time of the newest record of a meter that counts backwards */
	struct vk_clock_mark found, left; /* the device's clock as read, and after it was set */

	bool has_held; /* an indication that waits for clock or map */
	bool is_confirm_due, is_racp_confirm_due;
	uint16_t held_handle;
	size_t held_len;
	int64_t held_utc_ms, held_mono_ms;
	uint8_t held[VK_ATT_PDU_MAX];

	uint32_t next_token, confirm_token;
	int unanswered;
	int64_t waiting_since_ms;  /* for the hub, INT64_MAX: not */
	int64_t heard_ms;          /* last packet */
	int64_t valued_ms;         /* last value that was stored, INT64_MAX: none */
	int readings;              /* stored in this session */
	int handed;                /* to the hub */
	int64_t budget, budget_ms; /* packets it may still send, in thousandths, and when filled */
	bool has_spot, is_stream_bad;
	bool has_sensor_start;
	struct vk_cgm_start sensor_start; /* what a glucose sensor's minutes count from */
	bool is_battery_read, is_hash_read;
	bool has_resubscribed; /* RACP said that the CCCDs are not as they should be */
	bool is_consent_due;
	int consented; /* of given.users, so far */
	enum vk_consent_state consent;
	uint8_t profile[VK_PROFILE_MAX];
	size_t profile_len;

	char identity[4][VK_TEXT_MAX]; /* manufacturer, model, serial, firmware */
	int battery_percent;           /* -1 unknown */
};

/* The link is encrypted. attributes is read and, after a discovery, written. */
int vk_session_start(struct vk_session *s, const struct vk_session_ops *ops, void *user,
		     struct vk_attributes *attributes, const struct vk_session_given *given);
void vk_session_done(struct vk_session *s); /* frees; safe twice */

int vk_session_input(struct vk_session *s, const uint8_t *pdu, size_t len);
/* All that had come in has been given to vk_session_input(): hand the records over. */
int vk_session_dry(struct vk_session *s);
/* The hub's answer. */
int vk_session_answer(struct vk_session *s, uint32_t token, bool is_stored);
int vk_session_raised(struct vk_session *s);

/* When vk_session_tick() wants to be called, INT64_MAX never. */
int64_t vk_session_deadline_ms(const struct vk_session *s);
int vk_session_tick(struct vk_session *s);

/*
 * The link is gone. What can still be handed over is; answers go on coming until
 * vk_session_is_drained().
 */
void vk_session_end(struct vk_session *s);
bool vk_session_is_drained(const struct vk_session *s);

/* "ok", "off", "summer-time", "factory", "unset", "" for one that nobody read. Static. */
const char *vk_clock_state_text(enum vk_clock_state state);

#endif
