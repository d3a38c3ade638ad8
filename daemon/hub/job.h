/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work for the engine thread: one job is one event of the house, or one question about what it
 * keeps. The loop thread makes it and hands it over; the engine fills in the result and hands it
 * back after the commit. A job is never shared: at any moment it belongs to one thread.
 */
#ifndef VAKA_HUB_JOB_H
#define VAKA_HUB_JOB_H

#include <jansson.h>

#include "store/store.h"

enum vk_job_type {
	VK_JOB_READING, /* a collector has one */
	VK_JOB_SIGNAL,
	VK_JOB_INBOUND, /* a message from the broker: command, plan, receipt */
	VK_JOB_TICK,
	VK_JOB_CLOCK, /* the wall clock was set */
	VK_JOB_FAULT,
	VK_JOB_DEVICE,       /* a collector reports about a device */
	VK_JOB_ASSIGN,       /* a device to a patient, from the command line */
	VK_JOB_REVISE,       /* a reading is given a person, or taken back */
	VK_JOB_FORGET,       /* a device is removed */
	VK_JOB_SETTLE,       /* outbox rows that left */
	VK_JOB_ASIDE,        /* an outbox row that kills the connection */
	VK_JOB_FETCH,        /* outbox rows to send; waits for some where there are none */
	VK_JOB_LINK_UP,      /* retained copies go out again */
	VK_JOB_SECOND_FETCH, /* alerts that wait for the second path */
	VK_JOB_SECOND_DONE,  /* what became of one: text is the alert, code 0 when it was taken */
	VK_JOB_AUDIT,        /* what a plugin did by itself */
	VK_JOB_QUERY,        /* a question of vakactl, or of health */
	VK_JOB_SELFTEST,     /* proof that the store takes and gives */
	VK_JOB_WATCH,        /* kits, backlog and clock are looked at */
	VK_JOB_TRAFFIC,      /* what the relay has carried */
	VK_JOB_NOTHING,      /* proof that the engine still turns */
};

enum { VK_FETCH_MAX = 512, VK_SETTLE_MAX = 64, VK_INBOUND_MAX = 64 * 1024 };

/* A message on its way to the relay; owned copy of an outbox row. */
struct vk_outgoing {
	struct vk_outgoing *next;
	struct vk_message message; /* payload points into bytes */
	char bytes[];
};

struct vk_job {
	struct vk_job *next;
	enum vk_job_type type;
	struct vk_now now;

	/* Who waits for the answer: a plugin's request, or a caller on the bus. 0, 0, NULL: nobody.
	 */
	uint64_t client;
	json_int_t n;
	void *waiter;

	/* Input, by type. */
	struct vk_reading *reading; /* READING, owned */
	bool is_recovered;          /* READING: the witness's; stored only if nobody else did */
	char decode_error[160];     /* READING: why the bytes could not be decoded, else "" */
	struct vk_signal signal;    /* SIGNAL */
	struct vk_fault fault;      /* FAULT */
	json_t *header;             /* DEVICE, owned: the collector's message */
	char text[200];  /* INBOUND: topic below base; QUERY: verb; ASSIGN, FORGET: device;
			  REVISE: reading; AUDIT: "action object" */
	char text2[200]; /* INBOUND: response topic; ASSIGN, REVISE: patient; AUDIT: detail */
	char actor[VK_ID_TEXT]; /* ASSIGN, REVISE, FORGET, AUDIT: who */
	uint8_t correlation[64];
	uint8_t correlation_len;
	void *payload; /* INBOUND, owned; QUERY: JSON options, owned, or NULL */
	size_t payload_len;
	int64_t seq;                   /* SETTLE without a list, ASIDE; FETCH: after this one */
	int64_t urgent_seq;            /* FETCH: urgent ones after this one */
	int limit;                     /* FETCH: at most, of all */
	int ordinary;                  /* FETCH: … of those that are not urgent */
	int n_seqs;                    /* SETTLE: outbox rows, 0: seq alone; FETCH: these, if any */
	int64_t *seqs;                 /* … owned, room for VK_SETTLE_MAX */
	int32_t code;                  /* ASIDE */
	struct vk_traffic_day traffic; /* TRAFFIC */
	int32_t user;                  /* ASSIGN: of this number, VK_USER_ANY the whole device */
	int32_t consent;               /* ASSIGN: with this code, VK_NO_CONSENT none */

	/* Result. */
	int error;                    /* 0, negative errno */
	bool is_repeat;               /* READING */
	char id[VK_UUID_TEXT];        /* READING */
	char *answer;                 /* QUERY, ASSIGN: JSON text, owned */
	struct vk_outgoing *outgoing; /* FETCH, owned */
	int n_sent;                   /* FETCH: so many of them are with the relay (direct.h) */
};

/* A zeroed job, or NULL. */
struct vk_job *vk_job_new(enum vk_job_type type, struct vk_now now);
void vk_job_free(struct vk_job *job); /* NULL is fine */
void vk_job_freep(struct vk_job **job);
/* Somebody on the loop's thread wants to hear what became of it. */
bool vk_job_is_awaited(const struct vk_job *job);

/* A copy of an outbox row, or NULL. */
struct vk_outgoing *vk_outgoing_new(const struct vk_message *message);
void vk_outgoing_free(struct vk_outgoing *list);

/* A queue in order of arrival. */
struct vk_job_queue {
	struct vk_job *head, **tail;
	int n;
};

void vk_job_queue_init(struct vk_job_queue *queue);
void vk_job_queue_put(struct vk_job_queue *queue, struct vk_job *job); /* takes job */
struct vk_job *vk_job_queue_take(struct vk_job_queue *queue);          /* NULL when empty */

#endif
