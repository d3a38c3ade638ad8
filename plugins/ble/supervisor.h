/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The radio's supervisor, pure: events and time in, one action out. It answers "up but deaf", the
 * complaint that every gateway gets, without doing harm in a home where nothing happens.
 *
 * Trouble is what contradicts what should be: a part that is not there, a controller that refuses a
 * probe, a device that is heard and not connected, or an ether that fell silent where there always
 * was somebody. A home without activity is none of these: when nothing was heard for a while, a
 * short look around (the probe) asks whether the controller still answers. Only a measurement that
 * the plan expected and that did not come makes silence alone a reason, and then for the harmless
 * rungs only.
 *
 * The ladder is bounded: rungs rise while the trouble lasts, each waits longer than the one before,
 * no more than VK_RADIO_HOUR_MOST are taken in an hour, and the last one only asks. Two
 * trouble-free minutes lead back to the ground. Thread: one.
 */
#ifndef VAKA_BLE_SUPERVISOR_H
#define VAKA_BLE_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

enum vk_radio_trouble {
	VK_RADIO_SOUND,
	VK_RADIO_NO_BUS,     /* no system bus */
	VK_RADIO_NO_DAEMON,  /* bluetoothd is not there */
	VK_RADIO_NO_ADAPTER, /* bluetoothd has no adapter */
	VK_RADIO_NO_POWER,
	VK_RADIO_MUTE,     /* the controller refused the probe, twice */
	VK_RADIO_UNLINKED, /* a bonded device was heard for long and no connect took it */
	VK_RADIO_DEAF,     /* nothing at all, where there always was somebody */
	VK_RADIO_MISSED,   /* nothing at all, and an expected measurement did not come */
	VK_N_RADIO_TROUBLES,
};

/* The ladder; none is below the first rung. */
enum vk_radio_rung {
	VK_RUNG_NONE,
	VK_RUNG_LISTEN_ANEW, /* discovery and the pending connects are ended and made anew */
	VK_RUNG_DROP_STALE,  /* bluetoothd's objects of unbonded devices are removed */
	VK_RUNG_POWER_CYCLE, /* controller off and on */
	VK_RUNG_RESTART_BLUEZ,
	VK_RUNG_RESET,      /* of the controller: HCI, rfkill, USB */
	VK_RUNG_ASK_REBOOT, /* said, never done */
	VK_N_RUNGS,
};

enum vk_radio_event_type {
	VK_RADIO_TICK,
	VK_RADIO_BUS,     /* is_on */
	VK_RADIO_DAEMON,  /* is_on; a daemon that goes takes adapter and power along */
	VK_RADIO_ADAPTER, /* is_on */
	VK_RADIO_POWER,   /* is_on */
	VK_RADIO_HEARD,   /* anything from the air: advertisement, link, packet */
	VK_RADIO_LINK,    /* is_on: a link of ours came up, or ended */
	VK_RADIO_PROBED,  /* is_on: the controller answered; what it heard was told by HEARD */
	VK_RADIO_IGNORED, /* a bonded device advertises beside its pending connect */
	VK_RADIO_EXPECT,  /* at_ms: a measurement should have come by then; INT64_MAX none */
	VK_RADIO_BUSY,    /* is_on: pairing or scan, a person is at it: no action meanwhile */
};

struct vk_radio_event {
	enum vk_radio_event_type type;
	bool is_on;
	int64_t at_ms;
};

enum vk_radio_action_type {
	VK_RADIO_DO_NOTHING,
	VK_RADIO_DO_PROBE, /* look around; answer with VK_RADIO_PROBED */
	VK_RADIO_DO_RUNG,
};

struct vk_radio_action {
	enum vk_radio_action_type type;
	enum vk_radio_rung rung;
	enum vk_radio_trouble trouble; /* the reason */
};

enum {
	VK_RADIO_HOUR_MOST = 8,          /* rungs in any hour */
	VK_RADIO_PROBE_MS = 10 * 60000,  /* after so long without hearing anything */
	VK_RADIO_PROBE_AGAIN_MS = 60000, /* a probe that heard nothing, while it matters */
	VK_RADIO_PROBE_ANSWER_MS = 30000,
	VK_RADIO_IGNORED_MS = 20000,   /* seen so long, and no link */
	VK_RADIO_FORGIVEN_MS = 120000, /* not seen for so long: it has gone */
	VK_RADIO_HEALED_MS = 120000,
	VK_RADIO_AMBIENT = 16,    /* probes remembered */
	VK_RADIO_AMBIENT_OLD = 8, /* … of which so many must have heard somebody */
	VK_RADIO_DEAF_PROBES = 3, /* quiet in a row */
	VK_RADIO_REFUSED_MOST = 2,
};

struct vk_supervisor {
	bool has_bus, has_daemon, has_adapter, has_power;
	bool is_probing, is_person_busy;
	int links;
	int64_t since_ms;   /* the trouble of now */
	int64_t sound_ms;   /* no trouble since */
	int64_t heard_ms;   /* last */
	int64_t probed_ms;  /* last probe asked */
	int64_t ignored_ms; /* first sight, INT64_MAX none */
	int64_t seen_ms;    /* last sight of the ignored one */
	int64_t expect_ms;  /* INT64_MAX nothing expected */
	int64_t missed_ms;  /* the expected time that passed unheard, INT64_MAX none */
	int refused;        /* probes in a row */
	int quiet;          /* probes in a row that were answered and heard nothing */
	bool is_deaf;       /* sticks until something is heard */
	uint16_t ambient;   /* a bit a probe, the newest lowest: somebody was heard */
	enum vk_radio_trouble trouble;
	enum vk_radio_rung rung;          /* highest taken since it was last sound for long */
	enum vk_radio_trouble climbed;    /* what that rung was for */
	int64_t acted_ms;                 /* last rung */
	int64_t hour[VK_RADIO_HOUR_MOST]; /* when, as a ring; INT64_MIN never */
	unsigned n_acts;
	uint32_t count[VK_N_RUNGS]; /* since the start */
};

void vk_supervisor_init(struct vk_supervisor *s, int64_t now_ms);

/* One event. What is returned is to be done now; more may follow at the deadline. */
struct vk_radio_action vk_supervisor_step(struct vk_supervisor *s,
					  const struct vk_radio_event *event, int64_t now_ms);
/* When to send VK_RADIO_TICK; INT64_MAX: nothing is due before the next event, as while a link is
 * up. */
int64_t vk_supervisor_deadline_ms(const struct vk_supervisor *s);

/* The words of the wire and the log. Static. */
const char *vk_radio_trouble_text(enum vk_radio_trouble trouble);
const char *vk_radio_rung_text(enum vk_radio_rung rung);

#endif
