/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The D-Bus interface se.vaka.Hub1 at /se/vaka/Hub1: what vakactl and a technician's tool ask. Each
 * method answers with one JSON document; nothing here decides. Who may call is the bus policy's.
 *
 * sd-bus on libuv: re-arm events and time-out before each wait, process until there is nothing. A
 * bus that goes away is closed at once, as its descriptor would stay readable for ever, and opened
 * again.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "base/log.h"
#include "hub/hub.h"

static const char bus_name[] = "se.vaka.Hub1";
static const char bus_path[] = "/se/vaka/Hub1";

struct vk_bus {
	struct vk_hub *hub;
	sd_bus *bus; /* NULL while away */
	uv_poll_t poll;
	int watched; /* events of poll, 0: not started */
	uv_timer_t timeout, retry;
	uv_prepare_t prepare;
	bool is_ending, is_poll_open;
	int n_open; /* handles, for the last close */
	uint64_t pause_ms;
};

enum {
	SCAN_MAX_S = 60,
	PAIR_MAX_S = 180,
	CONSENT_MAX = 9999,
	PAUSE_FIRST_MS = 250,
	PAUSE_MOST_MS = 10000,
};

static void on_poll_gone(uv_handle_t *handle);

/* Without polling stopped the loop would spin. */
static void lose(struct vk_bus *b, int error)
{
	if (!b->bus || !b->is_poll_open)
		return;
	vk_log(VK_LOG_WARNING, "bus", "lost: %s; the command line comes back with the bus",
	       strerror(-error));
	b->is_poll_open = false;
	b->watched = 0;
	(void)uv_prepare_stop(&b->prepare);
	(void)uv_timer_stop(&b->timeout);
	uv_close((uv_handle_t *)&b->poll, on_poll_gone);
}

static void pump(struct vk_bus *b)
{
	int r;

	do {
		r = sd_bus_process(b->bus, NULL);
	} while (r > 0);
	if (r < 0)
		lose(b, r);
}

static void on_poll(uv_poll_t *poll_handle, int status, int events)
{
	struct vk_bus *b = poll_handle->data;

	(void)events;
	if (status < 0)
		b->watched = 0; /* libuv has stopped it */
	pump(b);
}

static void on_timeout(uv_timer_t *timer)
{
	pump(timer->data);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct vk_bus *b = prepare->data;
	uint64_t due_us = UINT64_MAX;
	struct timespec now;
	int events = sd_bus_get_events(b->bus);
	int uv_events = UV_DISCONNECT;

	if (events < 0) {
		lose(b, events);
		return;
	}
	if (events & POLLIN)
		uv_events |= UV_READABLE;
	if (events & POLLOUT)
		uv_events |= UV_WRITABLE;
	/* To start it anew is two system calls each turn. */
	if (uv_events != b->watched && uv_poll_start(&b->poll, uv_events, on_poll) == 0)
		b->watched = uv_events;
	if (sd_bus_get_timeout(b->bus, &due_us) < 0 || due_us == UINT64_MAX) {
		(void)uv_timer_stop(&b->timeout);
		return;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	uint64_t now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;

	/* Rounded up: a timer that fires early would spin. */
	(void)uv_timer_start(&b->timeout, on_timeout,
			     due_us > now_us ? (due_us - now_us + 999) / 1000 : 0, 0);
}

static int reply_error(sd_bus_message *m, const char *code, const char *text)
{
	char name[96] = "se.vaka.Hub1.Error.";
	vk_auto(vk_freep) char *dotless = strdup(code);

	if (!dotless)
		return -ENOMEM;
	for (char *p = dotless; *p; p++)
		if (*p == '-')
			*p = '_';
	(void)strncat(name, dotless, sizeof name - strlen(name) - 1);
	return sd_bus_reply_method_errorf(m, name, "%s", text);
}

static const char *code_of(const struct vk_job *job)
{
	switch (job->error) {
	case -ENOENT:
		return job->type == VK_JOB_REVISE ? "no-reading" : "no-device";
	case -ESRCH:
		return "no-patient";
	case -E2BIG:
		return "too-many";
	case -EINVAL:
		return "invalid";
	default:
		return "failed";
	}
}

static const char *text_of(const struct vk_job *job)
{
	switch (job->error) {
	case -ENOENT:
		return job->type == VK_JOB_REVISE ? "no such reading" : "no such device";
	case -ESRCH:
		return "no such patient in hub.yaml";
	case -E2BIG:
		return "the device has as many users as can be told apart";
	default:
		return strerror(-job->error);
	}
}

/* The engine's answer goes to whoever asked. */
void vk_bus_job(struct vk_bus *b, struct vk_job *job)
{
	sd_bus_message *m = job->waiter;
	int r = job->error;

	(void)b;
	if (r)
		(void)reply_error(m, code_of(job), text_of(job));
	else
		(void)sd_bus_reply_method_return(m, "s", job->answer ? job->answer : "{}");
	sd_bus_message_unref(m);
	job->waiter = NULL;
}

static int submit(struct vk_bus *b, sd_bus_message *m, struct vk_job *job)
{
	if (!job)
		return reply_error(m, "failed", "out of memory");
	job->waiter = sd_bus_message_ref(m);
	if (vk_hub_submit(b->hub, job)) {
		sd_bus_message_unref(m);
		return reply_error(m, "failed", "the engine is full");
	}
	return 1;
}

/* Query(s what, s options): readings, alerts, checks, devices, notices, audit, audit-verify. */
static int on_query(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_bus *b = user;
	const char *what, *options;
	struct vk_job *job;
	int r = sd_bus_message_read(m, "ss", &what, &options);

	(void)error;
	if (r < 0)
		return r;
	job = vk_job_new(VK_JOB_QUERY, vk_hub_now(b->hub));
	if (job && options[0]) {
		job->payload = strdup(options);
		job->payload_len = strlen(options);
	}
	if (job)
		(void)vk_copy(job->text, sizeof job->text, what);
	return submit(b, m, job);
}

static int on_status(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_bus *b = user;
	vk_auto(vk_freep) char *json = vk_health_json(b->hub, NULL);

	(void)error;
	return sd_bus_reply_method_return(m, "s", json ? json : "{}");
}

static int submit_saying(struct vk_bus *b, sd_bus_message *m, struct vk_job *job,
			 const char *object, const char *patient)
{
	if (job) {
		(void)vk_copy(job->text, sizeof job->text, object);
		(void)vk_copy(job->text2, sizeof job->text2, patient);
		(void)vk_copy(job->actor, sizeof job->actor, "technician");
	}
	return submit(b, m, job);
}

/* Assign(s device, s patient, i user, i consent): user -1 the whole device, consent -1 none;
 * patient "" takes back what was said. */
static int on_assign(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_bus *b = user;
	struct vk_job *job;
	const char *device, *patient;
	int32_t number, consent;
	int r = sd_bus_message_read(m, "ssii", &device, &patient, &number, &consent);

	(void)error;
	if (r < 0)
		return r;
	if (number < VK_USER_ANY || number >= VK_USER_UNKNOWN || consent < VK_NO_CONSENT ||
	    consent > CONSENT_MAX)
		return reply_error(m, "invalid", "a user is 0 to 254, a consent code 0 to 9999");
	job = vk_job_new(VK_JOB_ASSIGN, vk_hub_now(b->hub));
	if (job) {
		job->user = number;
		job->consent = consent;
	}
	return submit_saying(b, m, job, device, patient);
}

/* Revise(s reading, s patient): a reading is given a person, or, with "", taken back. */
static int on_revise(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_bus *b = user;
	const char *reading, *patient;
	int r = sd_bus_message_read(m, "ss", &reading, &patient);

	(void)error;
	return r < 0 ? r
		     : submit_saying(b, m, vk_job_new(VK_JOB_REVISE, vk_hub_now(b->hub)), reading,
				     patient);
}

static int on_forget(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_bus *b = user;
	struct vk_client *collector = vk_server_role(&b->hub->server, VK_ROLE_BLE);
	const char *device;
	int r = sd_bus_message_read(m, "s", &device);

	(void)error;
	if (r < 0)
		return r;
	if (collector)
		(void)vk_client_send_take(
			collector, json_pack("{s:s,s:s}", "t", "device-gone", "device", device));
	return submit_saying(b, m, vk_job_new(VK_JOB_FORGET, vk_hub_now(b->hub)), device, "");
}

static bool start_pairing(struct vk_hub *hub, sd_bus_message *m, bool is_scan)
{
	if (hub->pairing.waiter)
		return false;
	hub->pairing = (struct vk_pairing){
		.waiter = sd_bus_message_ref(m), .is_scan = is_scan, .n = ++hub->next_n};
	return true;
}

void vk_bus_answer(void *waiter, const char *json)
{
	sd_bus_message *m = waiter;

	if (json)
		(void)sd_bus_reply_method_return(m, "s", json);
	else
		(void)reply_error(m, "failed", "out of memory");
	sd_bus_message_unref(m);
}

/* SelfTest(): answers when everything has, or has not in time. */
static int on_selftest(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_bus *b = user;
	int r = vk_selftest_start(b->hub, sd_bus_message_ref(m));

	(void)error;
	if (r == 0)
		return 1;
	sd_bus_message_unref(m);
	return reply_error(m, r == -EBUSY ? "busy" : "failed", "another self-test goes on");
}

/* Pair(s match, s patient, u seconds, b again): answers when it is over; progress by the signal
 * Pairing. again: the old bond of the device goes first. */
static int on_pair(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_hub *hub = ((struct vk_bus *)user)->hub;
	struct vk_client *collector = vk_server_role(&hub->server, VK_ROLE_BLE);
	const char *match, *patient;
	uint32_t seconds;
	int is_again;
	int r = sd_bus_message_read(m, "ssub", &match, &patient, &seconds, &is_again);

	(void)error;
	if (r < 0)
		return r;
	if (!collector)
		return reply_error(m, "radio", "the collector is not running");
	if (!start_pairing(hub, m, false))
		return reply_error(m, "busy", "another pairing or scan goes on");
	(void)vk_copy(hub->pairing.patient, sizeof hub->pairing.patient, patient);
	(void)vk_client_send_take(collector,
				  json_pack("{s:s,s:I,s:s,s:i,s:b}", "t", "pair", "n",
					    hub->pairing.n, "match", match, "seconds",
					    (int)(seconds < PAIR_MAX_S ? seconds : PAIR_MAX_S),
					    "again", is_again));
	return 1;
}

static int on_scan(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_hub *hub = ((struct vk_bus *)user)->hub;
	struct vk_client *collector = vk_server_role(&hub->server, VK_ROLE_BLE);
	uint32_t seconds;
	int r = sd_bus_message_read(m, "u", &seconds);

	(void)error;
	if (r < 0)
		return r;
	if (!collector)
		return reply_error(m, "radio", "the collector is not running");
	if (!start_pairing(hub, m, true))
		return reply_error(m, "busy", "another pairing or scan goes on");
	(void)vk_client_send_take(
		collector, json_pack("{s:s,s:I,s:i}", "t", "scan", "n", hub->pairing.n, "seconds",
				     (int)(seconds < SCAN_MAX_S ? seconds : SCAN_MAX_S)));
	return 1;
}

static int on_passkey(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_hub *hub = ((struct vk_bus *)user)->hub;
	struct vk_client *collector = vk_server_role(&hub->server, VK_ROLE_BLE);
	const char *passkey;
	int r = sd_bus_message_read(m, "s", &passkey);

	(void)error;
	if (r < 0)
		return r;
	if (!hub->pairing.waiter || !collector)
		return reply_error(m, "no-pairing", "no pairing goes on");
	if (strlen(passkey) != 6 || strspn(passkey, "0123456789") != 6)
		return reply_error(m, "invalid", "a passkey has six digits");
	(void)vk_client_send_take(collector, json_pack("{s:s,s:I,s:s}", "t", "passkey", "n",
						       hub->pairing.n, "passkey", passkey));
	return sd_bus_reply_method_return(m, "s", "{}");
}

void vk_bus_pairing(struct vk_bus *b, const json_t *progress)
{
	vk_auto(vk_freep) char *text = json_dumps(progress, JSON_COMPACT);

	if (b && b->bus && text)
		(void)sd_bus_emit_signal(b->bus, bus_path, bus_name, "Pairing", "s", text);
}

void vk_bus_pairing_end(struct vk_hub *hub, const json_t *result, const char *code,
			const char *text)
{
	sd_bus_message *m = hub->pairing.waiter;
	vk_auto(vk_freep) char *json = NULL;

	if (!m)
		return;
	hub->pairing = (struct vk_pairing){0};
	if (result)
		json = json_dumps(result, JSON_COMPACT);
	if (code)
		(void)reply_error(m, code, text && text[0] ? text : code);
	else
		(void)sd_bus_reply_method_return(m, "s", json ? json : "{}");
	sd_bus_message_unref(m);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Status", "", "s", on_status, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Query", "ss", "s", on_query, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Assign", "ssii", "s", on_assign, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Revise", "ss", "s", on_revise, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Forget", "s", "s", on_forget, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("SelfTest", "", "s", on_selftest, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Pair", "ssub", "s", on_pair, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Scan", "u", "s", on_scan, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Passkey", "s", "s", on_passkey, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("Pairing", "s", 0),
	SD_BUS_VTABLE_END,
};

static int open_bus(struct vk_bus *b)
{
	int r = sd_bus_open_system(&b->bus);

	if (r >= 0)
		r = sd_bus_add_object_vtable(b->bus, NULL, bus_path, bus_name, vtable, b);
	if (r >= 0)
		r = sd_bus_request_name(b->bus, bus_name, 0);
	return r < 0 ? r : 0;
}

static void start(struct vk_bus *b)
{
	(void)uv_poll_init(&b->hub->loop, &b->poll, sd_bus_get_fd(b->bus));
	b->is_poll_open = true;
	(void)uv_prepare_start(&b->prepare, on_prepare);
}

static void on_retry(uv_timer_t *timer)
{
	struct vk_bus *b = timer->data;
	int r = open_bus(b);

	if (r == 0) {
		vk_log(VK_LOG_NOTICE, "bus", "back");
		b->pause_ms = PAUSE_FIRST_MS;
		start(b);
		return;
	}
	b->bus = sd_bus_close_unref(b->bus);
	(void)uv_timer_start(&b->retry, on_retry, b->pause_ms, 0);
	b->pause_ms = b->pause_ms * 2 > PAUSE_MOST_MS ? PAUSE_MOST_MS : b->pause_ms * 2;
}

static void on_closed(uv_handle_t *handle)
{
	struct vk_bus *b = handle->data;

	if (--b->n_open)
		return;
	sd_bus_flush_close_unref(b->bus);
	free(b);
}

/* The descriptor is no longer watched: now it may be closed. */
static void on_poll_gone(uv_handle_t *handle)
{
	struct vk_bus *b = handle->data;

	b->bus = sd_bus_close_unref(b->bus);
	if (b->is_ending)
		on_closed(handle);
	else
		(void)uv_timer_start(&b->retry, on_retry, b->pause_ms, 0);
}

int vk_bus_start(struct vk_hub *hub, struct vk_bus **ret_bus)
{
	struct vk_bus *b = calloc(1, sizeof *b);
	int r = b ? open_bus(b) : -ENOMEM;

	if (r) {
		vk_log(VK_LOG_ERR, "bus", "cannot serve %s: %s", bus_name, strerror(-r));
		if (b)
			sd_bus_flush_close_unref(b->bus);
		free(b);
		return r;
	}
	b->hub = hub;
	b->pause_ms = PAUSE_FIRST_MS;
	b->poll.data = b->timeout.data = b->retry.data = b->prepare.data = b;
	(void)uv_timer_init(&hub->loop, &b->timeout);
	(void)uv_timer_init(&hub->loop, &b->retry);
	(void)uv_prepare_init(&hub->loop, &b->prepare);
	start(b);
	*ret_bus = b;
	return 0;
}

void vk_bus_stop(struct vk_bus *b)
{
	bool is_poll_closing = uv_is_closing((uv_handle_t *)&b->poll) != 0;

	if (b->hub->pairing.waiter)
		vk_bus_pairing_end(b->hub, NULL, "failed", "the hub stops");
	b->is_ending = true;
	b->n_open = 3;
	(void)uv_prepare_stop(&b->prepare);
	if (b->is_poll_open || (is_poll_closing && b->bus))
		b->n_open++;
	if (b->is_poll_open)
		uv_close((uv_handle_t *)&b->poll, on_closed);
	uv_close((uv_handle_t *)&b->timeout, on_closed);
	uv_close((uv_handle_t *)&b->retry, on_closed);
	uv_close((uv_handle_t *)&b->prepare, on_closed);
}
