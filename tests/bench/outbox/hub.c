/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub's outbox and relay alone: the real engine thread, store, pump and plugin socket, with
 * opaque rows put into them instead of readings, and the real vaka-mqtt at the other end of the
 * socket. What is put is a job like any other; only what it does (one row into the outbox) is laid
 * over vk_apply() by the linker, as is the moment when the pump learns of a PUBACK.
 *
 * hub CONFIG SOCKET PAGE MODE COUNT WINDOW [URGENT]
 *	run    once the link is up: COUNT rows, at most WINDOW submitted and not acknowledged
 *	fill   at once: COUNT rows, at most WINDOW submitted and not stored
 *	drain  nothing is put; what is there leaves
 *
 * Where only one is on its way at a time, the moment of its PUBACK is the one that the relay noted
 * in its own page ($RELAY_PAGE); what is later is how long the hub takes to hear of it.
 *
 * URGENT is the number of the row that is a high alert. Prints a line of JSON as each comes: ready,
 * up, filled, done (the outbox is empty). Ends when standard input ends.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/log.h"
#include "hub/engine_priv.h"
#include "hub/hub.h"
#include "load.h"

/* Of the jobs that are laid over: a row, and how many rows wait. */
enum row_job { ROW_PUT = 1, ROW_DEPTH = 2 };

enum { SPARE_ROWS = 100000, DEPTH_EVERY_MS = 5 };

struct driver {
	struct vk_hub hub;
	struct load_page *page, *relay; /* relay: where the moment of a PUBACK is of interest */
	bool is_filling, is_asking, is_done;
	int64_t count, window, urgent;
	int64_t submitted, stored, settled;
	int64_t up_ns, last_ns, cpu_ns, written;
	int64_t first_seq; /* of the first row of this run, 0 none yet */
	int64_t *began_ns; /* by number */
	int64_t *stored_ns, *settled_ns, *told_ns;
	int64_t *number_of; /* by seq - first_seq; -1 a row of the hub's own */
	uv_prepare_t prepare;
	uv_timer_t look;
	uv_poll_t input;
};

static struct driver *driver_of(struct vk_hub *hub)
{
	return (struct driver *)((char *)hub - offsetof(struct driver, hub));
}

/* ---- laid over by the linker ---- */

int __real_vk_apply(struct vk_engine *e, struct vk_job *job);
int __wrap_vk_apply(struct vk_engine *e, struct vk_job *job);
void __real_vk_pump_settled(struct vk_pump *pump, int64_t seq, int32_t reason);
void __wrap_vk_pump_settled(struct vk_pump *pump, int64_t seq, int32_t reason);

static int put_row(struct vk_engine *e, struct vk_job *job)
{
	struct vk_message m = {.payload = job->payload,
			       .len = job->payload_len,
			       .topic = "reading/p-1042/blood-pressure",
			       .patient = "p-1042",
			       .content_type = "application/fhir+json",
			       .is_urgent = job->code != 0};

	(void)snprintf(m.msg_id, sizeof m.msg_id, "obs-%08" PRId64, (int64_t)job->n);
	int r = vk_message_keep(e, &m, job->now);

	job->seq = m.seq;
	return r;
}

static int ask_depth(struct vk_engine *e, struct vk_job *job)
{
	struct vk_outbox_stats stats;
	int r = vk_store_outbox_stats(e->store, &stats);

	job->seq = stats.depth;
	return r;
}

int __wrap_vk_apply(struct vk_engine *e, struct vk_job *job)
{
	if (job->type == VK_JOB_SELFTEST && job->user == ROW_PUT)
		return put_row(e, job);
	if (job->type == VK_JOB_QUERY && job->user == ROW_DEPTH)
		return ask_depth(e, job);
	return __real_vk_apply(e, job);
}

void __wrap_vk_pump_settled(struct vk_pump *pump, int64_t seq, int32_t reason)
{
	struct driver *d = driver_of(pump->user);
	int64_t number = -1;

	__real_vk_pump_settled(pump, seq, reason);
	if (d->first_seq && seq >= d->first_seq && seq - d->first_seq < d->count + SPARE_ROWS)
		number = d->number_of[seq - d->first_seq];
	if (number < 0 || d->settled_ns[number])
		return;
	d->last_ns = load_now_ns();
	d->told_ns[number] = d->last_ns - d->began_ns[number];
	d->settled_ns[number] =
		d->relay ? d->relay->acknowledged_ns - d->began_ns[number] : d->told_ns[number];
	d->page->settled = ++d->settled;
}

/* ---- the load ---- */

static struct vk_job *row_job(struct driver *d, enum vk_job_type type, enum row_job what)
{
	struct vk_job *job = vk_job_new(type, vk_hub_now(&d->hub));

	if (!job)
		abort();
	job->user = (int32_t)what;
	return job;
}

static void submit_row(struct driver *d)
{
	struct vk_job *job = row_job(d, VK_JOB_SELFTEST, ROW_PUT);

	job->payload = malloc(LOAD_BYTES);
	if (!job->payload)
		abort();
	load_payload(job->payload, d->submitted);
	job->payload_len = LOAD_BYTES;
	job->n = d->submitted;
	job->code = d->submitted == d->urgent;
	d->began_ns[d->submitted] = load_now_ns();
	d->page->submitted = ++d->submitted;
	if (vk_hub_submit(&d->hub, job))
		abort(); /* the window is far below the engine's queue */
}

static void ask(struct driver *d)
{
	struct vk_job *job;

	if (d->is_asking || d->is_done || d->submitted < d->count || d->stored < d->count ||
	    d->settled < d->submitted || !d->hub.link.is_up)
		return;
	job = row_job(d, VK_JOB_QUERY, ROW_DEPTH);
	d->is_asking = vk_hub_submit(&d->hub, job) == 0;
}

static void start_clock(struct driver *d)
{
	d->up_ns = load_now_ns();
	d->cpu_ns = load_cpu_ns();
	d->written = load_written();
	printf("{\"event\":\"up\",\"at_ns\":%" PRId64 "}\n", d->up_ns);
}

/* Before each wait: what may be submitted is. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct driver *d = prepare->data;

	if (d->hub.link.is_up && !d->up_ns)
		start_clock(d);
	if (!d->is_filling && !d->up_ns)
		return;
	while (d->submitted < d->count &&
	       d->submitted - (d->is_filling ? d->stored : d->settled) < d->window)
		submit_row(d);
}

static void on_look(uv_timer_t *timer)
{
	ask(timer->data);
}

static void row_stored(struct driver *d, const struct vk_job *job)
{
	if (job->error || job->seq <= 0) {
		(void)fprintf(stderr, "hub: a row was not stored\n");
		exit(1);
	}
	if (!d->first_seq)
		d->first_seq = job->seq;
	d->number_of[job->seq - d->first_seq] = job->n;
	d->stored_ns[job->n] = load_now_ns() - d->began_ns[job->n];
	d->page->stored = ++d->stored;
	if (d->is_filling && d->stored == d->count)
		printf("{\"event\":\"filled\",\"written\":%.0f}\n",
		       (double)load_written() / (double)d->count);
}

static void depth_known(struct driver *d, const struct vk_job *job)
{
	double n = d->count ? (double)d->count : 1.0;

	d->is_asking = false;
	if (job->error || job->seq)
		return;
	d->is_done = true;
	printf("{\"event\":\"done\",\"rate\":%.0f,\"cpu_us\":%.2f,\"written\":%.0f,"
	       "\"longest_turn_ms\":%.1f",
	       n * 1e9 / (double)(d->last_ns - d->up_ns),
	       (double)(load_cpu_ns() - d->cpu_ns) / 1e3 / n,
	       (double)(load_written() - d->written) / n, (double)d->page->longest_turn_ns / 1e6);
	if (d->count)
		load_print_times(d->settled_ns, d->count);
	printf(",\"told\":{\"n\":%" PRId64, d->settled);
	if (d->count)
		load_print_times(d->told_ns, d->count);
	printf("}");
	printf(",\"stored\":{\"n\":%" PRId64, d->stored);
	if (d->count)
		load_print_times(d->stored_ns, d->count);
	printf("}}\n");
}

/* ---- the shell, as far as a relay needs it ---- */

static void on_job(struct vk_job *job, void *user)
{
	struct driver *d = user;

	if (job->type == VK_JOB_SELFTEST && job->user == ROW_PUT)
		row_stored(d, job);
	else if (job->type == VK_JOB_QUERY && job->user == ROW_DEPTH)
		depth_known(d, job);
	else if (job->type == VK_JOB_FETCH)
		vk_relay_fetched(&d->hub, job);
	else if (job->type == VK_JOB_SETTLE)
		vk_pump_left(&d->hub.pump, job);
}

static void on_news(const struct vk_news *news, void *user)
{
	struct driver *d = user;

	if (news->has_outgoing)
		vk_pump_wake(&d->hub.pump);
	if (news->has_urgent)
		vk_relay_hurry(&d->hub);
}

static void on_input(uv_poll_t *poll, int status, int events)
{
	(void)poll;
	(void)status;
	(void)events;
	_exit(0); /* as a crash does: starting is recovering */
}

static int load_config(const char *path, struct vk_config *config)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = path};
	int r = vk_config_load(path, &problems, config);

	if (r && problems.text.text)
		(void)fputs(problems.text.text, stderr);
	return r;
}

static int start(struct driver *d, char **argv)
{
	struct vk_hub *hub = &d->hub;
	const struct vk_engine_handler handler = {on_job, on_news, &hub->direct, d};
	int r = load_config(argv[1], &hub->config_storage);

	hub->config = &hub->config_storage;
	vk_direct_init(&hub->direct);
	if (r == 0)
		r = uv_loop_init(&hub->loop);
	if (r == 0)
		r = vk_engine_start(hub->config, &hub->clock, &hub->loop, &handler, &hub->engine);
	if (r)
		return r;
	vk_relay_start(hub);
	hub->server.is_own_user_trusted = true;
	r = vk_server_start(&hub->server, hub, argv[2]);
	(void)uv_prepare_init(&hub->loop, &d->prepare);
	(void)uv_timer_init(&hub->loop, &d->look);
	(void)uv_poll_init(&hub->loop, &d->input, 0);
	d->prepare.data = d->look.data = d->input.data = d;
	(void)uv_prepare_start(&d->prepare, on_prepare);
	(void)uv_timer_start(&d->look, on_look, DEPTH_EVERY_MS, DEPTH_EVERY_MS);
	(void)uv_poll_start(&d->input, UV_READABLE | UV_DISCONNECT, on_input);
	return r;
}

static int64_t *times(int64_t n)
{
	int64_t *list = calloc((size_t)n + 1, sizeof *list);

	if (!list)
		abort();
	return list;
}

int main(int argc, char **argv)
{
	static struct driver d; /* too large for a stack */

	if (argc < 7 || sodium_init() < 0)
		return 2;
	vk_log_init();
	setvbuf(stdout, NULL, _IOLBF, 0);
	d.page = load_page_open(argv[3], 0);
	d.is_filling = strcmp(argv[4], "fill") == 0;
	d.count = strcmp(argv[4], "drain") == 0 ? 0 : atoll(argv[5]);
	d.window = atoll(argv[6]);
	d.urgent = argc > 7 ? atoll(argv[7]) : -1;
	d.began_ns = times(d.count);
	d.stored_ns = times(d.count);
	d.settled_ns = times(d.count);
	d.told_ns = times(d.count);
	if (d.window == 1 && getenv("RELAY_PAGE"))
		d.relay = load_page_open(getenv("RELAY_PAGE"), 0);
	d.number_of = times(d.count + SPARE_ROWS);
	memset(d.number_of, 0xff, (size_t)(d.count + SPARE_ROWS) * sizeof *d.number_of);
	if (start(&d, argv))
		return 1;
	printf("{\"event\":\"ready\",\"at_ns\":%" PRId64 "}\n", load_now_ns());
	return uv_run(&d.hub.loop, UV_RUN_DEFAULT);
}
