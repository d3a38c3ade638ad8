/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fake health device that behaves as a real intermittent one: silent until its user measures,
 * then advertising for a short window, serving one bonded collector, disconnecting by itself. The
 * parts share this one object and one thread: kind (what it measures), session (one link), window
 * (one round of advertising), control (the tests' hand on it).
 */
#ifndef VK_KIT_DEVICE_H
#define VK_KIT_DEVICE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "att.h"
#include "control.h"
#include "gattdb.h"
#include "hostile.h"
#include "mgmt.h"
#include "racp.h"
#include "state.h"
#include "store.h"

#define VK_RESULT_MAX (VK_STORE_MAX + 200)
#define VK_RAW_MAX    64

struct vk_device;

struct vk_kind {
	const char *name;
	const char *maker;
	const char *model;
	uint16_t service;
	uint16_t appearance;
	uint16_t measurement; /* characteristic of its readings */
	int idle_ms;          /* after the last word it disconnects */
	bool records;         /* keeps readings and gives them out on request (RACP) */
	bool clock_once; /* sets its clock only when it has asked to, and only when it is far off */
	bool beacon;     /* only advertises: no link, no bond, no memory */
	uint16_t stream; /* characteristic it notifies while it measures, 0 none */
	void (*build)(struct vk_device *d);
	/* Bytes of a measurement; errors of value.h. */
	int (*encode)(const struct vk_device *d, const struct vk_measurement *m,
		      struct vk_reading *out);
	/* The value it notifies; NULL: the same. */
	int (*encode_stream)(const struct vk_device *d, const struct vk_measurement *m,
			     struct vk_reading *out);
	/* The second value of the same measurement; 1: there is none. May be NULL. */
	int (*encode_more)(const struct vk_device *d, const struct vk_measurement *m,
			   struct vk_reading *out);
	/* May this reading leave in this link? NULL: all may. */
	bool (*may_leave)(const struct vk_device *d, const struct vk_reading *r);
	/* A write to one of its characteristics: 0 or ATT error. May be NULL. */
	uint8_t (*write)(struct vk_device *d, uint16_t uuid, const uint8_t *value, size_t len);
	/* Does what is due on an encrypted link; true while it has work. Lowers *wait_ms. May be
	 * NULL. */
	bool (*step)(struct vk_device *d, int64_t now, int *wait_ms);
	/* An indication of its own was confirmed. May be NULL. */
	void (*confirmed)(struct vk_device *d);
};

struct vk_config {
	const struct vk_kind *kind;
	const char *name;
	const char *advert; /* the name it advertises */
	const char *dir;
	const char *maker;
	const char *model;
	uint16_t index;
	bool privacy; /* advertises under a private address that changes */
	bool passkey; /* shows a passkey at pairing */
	bool clock;   /* a scale with a clock */
	bool verbose; /* PDUs in the log */
};

struct vk_session {
	bool linked; /* the controller has a link */
	int fd;      /* ATT, -1 when closed */
	uint8_t peer[VK_PEER_LEN];
	int level; /* BT_SECURITY as last read */
	int64_t active_ms;
	int64_t indicated_ms;
	unsigned consented; /* bit per user whose consent code was given in this link */
	unsigned written;   /* bit per CCCD slot written in this link */
	bool rekeyed;       /* this link made a new bond */
	bool dropping;      /* we have asked for the end of the link: nothing counts any more */
	uint32_t sending;   /* id of the reading that waits for its confirmation */
	bool clock_told;    /* clock_once: it has notified its time */
	bool changed;       /* hostile table: it has said that its table changed */
	bool kind_waiting;  /* the outstanding indication is the kind's own */
};

struct vk_result {
	uint32_t id;
	struct vk_value value;
	bool sent;
	bool confirmed;
	int64_t sent_ms; /* of the transmission, else 0 */
	int64_t at_ms;   /* of the confirmation, else of the transmission, else 0 */
};

struct vk_window {
	bool open;
	int64_t end_ms;
	int64_t advertised_ms; /* wall clock at its first advertisement, else 0 */
	bool linked;           /* a collector has been here */
	bool drop;             /* fault: end the link in mid-transfer */
	bool silence;          /* fault: go out of reach in mid-transfer */
	bool newest_first;     /* fault: reversed sequence */
	bool complete;         /* records: a report has been confirmed to its end */
	unsigned rounds;       /* keep: how often the whole history still goes out */
	unsigned count;
	struct vk_result result[VK_RESULT_MAX];
};

struct vk_meter {
	struct vk_racp_request request;
	bool running;
	bool leaving;    /* all records are on their way, and some still in a queue */
	bool answer_due; /* the answer below waits for its turn */
	uint8_t answer[4];
	bool answer_is_end; /* its confirmation ends a report */
	unsigned next;      /* place in the store */
	unsigned selected;  /* records in the selection */
	unsigned sent;
	unsigned segments; /* counter of the parts of long records */
	bool context_due;  /* the measurement went out, its context has not */
	int64_t next_ms;
};

struct vk_answer {
	bool due;
	uint8_t byte[3];
};

struct vk_beacon {
	struct vk_value value; /* its service data once it stands still */
	int64_t stable_ms;     /* from then on it does */
	bool shown;            /* the stable value is on the air */
};

struct vk_stream {
	struct vk_value value; /* what the display shows while measuring */
	int64_t end_ms;        /* 0: not measuring */
	int64_t next_ms;
};

struct vk_device {
	struct vk_config config;
	struct vk_state state;
	struct vk_store store;
	int64_t clock_anchor_ms; /* CLOCK_REALTIME less CLOCK_MONOTONIC at start: later steps do not
				    reach us */
	struct vk_mgmt mgmt;
	struct vk_gattdb db;
	struct vk_att att;
	int listen_fd;
	struct vk_session session;
	struct vk_window window;
	unsigned rounds; /* keep: how often the whole history goes out in a window; 0 is once */
	enum vk_hostile hostile;
	int64_t silent_end_ms; /* fault: out of reach until then; 0 is not */
	bool pairing;
	bool paired_here; /* this pairing mode has made a bond */
	int64_t pairing_end_ms;
	bool passkey_shown;
	uint32_t passkey;
	bool advertising;
	bool discoverable;
	int64_t advert_retry_ms;
	size_t raw_len; /* a PDU for the next encrypted link */
	uint8_t raw[VK_RAW_MAX];
	struct vk_meter meter;
	unsigned pace_ms; /* between two records of a meter; 0: as fast as the link takes them */
	struct vk_stream stream;
	struct vk_beacon beacon;
	struct vk_answer user_answer; /* of the User Control Point */
	struct vk_control control;
	bool gone; /* the controller disappeared: the process ends */
};

/* device.c: life of the process */
/* Holds nothing: may be stopped, or started. */
void vk_device_init(struct vk_device *d);
/* After an error, too, it must be stopped. */
int vk_device_start(struct vk_device *d, const struct vk_config *config);
/* Runs until stop_fd is readable or the controller is gone; 0 or negative errno. */
int vk_device_run(struct vk_device *d, int stop_fd);
void vk_device_stop(struct vk_device *d);
int64_t vk_device_wall_s(const struct vk_device *d);
int vk_device_set_wall(struct vk_device *d, int64_t wall_s);
int vk_device_pairing(struct vk_device *d, bool on, int window_ms);
int vk_device_forget(struct vk_device *d);
int vk_device_power(struct vk_device *d, bool on);
/* Out of everybody's reach, for a while: the link ends by its supervision timeout. */
void vk_device_silence(struct vk_device *d);
/* Saves the state; an error is logged here. */
int vk_device_save(struct vk_device *d);
/* Readings it has not got rid of. */
unsigned vk_device_waiting(const struct vk_device *d);

/* session.c: one link */
void vk_session_attach(struct vk_device *d, int fd, const uint8_t peer[VK_PEER_LEN]);
void vk_session_input(struct vk_device *d);
void vk_session_end(struct vk_device *d);
void vk_session_drop(struct vk_device *d, const char *why);
void vk_session_step(struct vk_device *d, int64_t now, int *wait_ms);
bool vk_session_subscribed(const struct vk_device *d, uint16_t uuid);
void vk_session_host(struct vk_device *d);
/* An indication of the kind itself; its confirmation goes to kind->confirmed. */
int vk_session_indicate(struct vk_device *d, uint16_t uuid, const uint8_t *value, size_t len);
int vk_session_notify(struct vk_device *d, uint16_t uuid, const struct vk_value *v);
/* Bytes of the socket's memory that the controller has not taken yet. */
int vk_session_unsent(const struct vk_device *d);

/* window.c: one round of advertising and what came of it */
void vk_window_open(struct vk_device *d, int64_t duration_ms);
void vk_window_close(struct vk_device *d);
/* In keep: the whole history once more, while rounds are left. */
void vk_window_next_round(struct vk_device *d);
void vk_window_note_waiting(struct vk_device *d);
void vk_window_note(struct vk_device *d, const struct vk_reading *r, bool confirmed, int64_t at_ms);
void vk_window_note_value(struct vk_device *d, const struct vk_value *v);
bool vk_window_finished(const struct vk_device *d, int64_t now);
unsigned vk_window_delivered(const struct vk_device *d);
void vk_window_json(const struct vk_device *d, FILE *out);

/* stream.c: one value a second while it measures; seconds nobody listened to are gone */
bool vk_stream_step(struct vk_device *d, int64_t now, int *wait_ms);

/* beacon.c: what is on the air; true when it stands still */
void vk_beacon_show(struct vk_device *d, const struct vk_value *value);
bool vk_beacon_data(struct vk_device *d, int64_t now, struct vk_value *out);

/* scale.c, cuff.c, oximeter.c, meter.c, … */
extern const struct vk_kind vk_kind_scale;
extern const struct vk_kind vk_kind_cuff;
extern const struct vk_kind vk_kind_oximeter;
extern const struct vk_kind vk_kind_meter;
extern const struct vk_kind vk_kind_record_cuff;
extern const struct vk_kind vk_kind_thermometer;
extern const struct vk_kind vk_kind_composition;
extern const struct vk_kind vk_kind_heart;
extern const struct vk_kind vk_kind_cgm;
extern const struct vk_kind vk_kind_beacon;

/* Clock characteristics the kinds share. */
void vk_clock_add_date_time(struct vk_gattdb *db);
void vk_clock_add_current_time(struct vk_gattdb *db);
/* A clock_once device says once a link what its clock shows. */
void vk_clock_tell(struct vk_device *d);
/* May the collector set this clock now, by so many seconds? */
bool vk_clock_may_be_set(const struct vk_device *d, int64_t moved_s);

#endif
