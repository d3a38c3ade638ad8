/* SPDX-License-Identifier: Apache-2.0 */
/* Events in, actions done, the hub told. */
#include "radio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "collector.h"
#include "peer.h"
#include "wall.h"

enum {
	PROBE_WINDOW_MS = 3000,
	POWER_OFF_MS = 1500,
	PATIENCE_MS = 3000,
	EXPECT_MOST_MS = 7 * 24 * 3600 * 1000
};

static int64_t mono_ms(void)
{
	return (int64_t)(uv_hrtime() / 1000000);
}

/* ---- telling the hub ---- */

static const char *state_text(enum vk_radio_trouble trouble)
{
	if (trouble == VK_RADIO_SOUND)
		return "up";
	return trouble <= VK_RADIO_NO_POWER ? "down" : "silent";
}

static void tell(struct vk_radio *r, enum vk_radio_rung rung)
{
	static const struct vk_cookie nobody;
	const struct vk_supervisor *s = &r->supervisor;
	json_t *m = json_pack("{s:s, s:s, s:s}", "state", state_text(s->trouble), "reason",
			      vk_radio_trouble_text(s->trouble), "adapter", r->adapter);

	if (m && r->heard_utc_ms)
		(void)json_object_set_new(m, "heard_ms", json_integer((json_int_t)r->heard_utc_ms));
	if (m && rung != VK_RUNG_NONE) {
		(void)json_object_set_new(m, "rung", json_string(vk_radio_rung_text(rung)));
		(void)json_object_set_new(m, "count", json_integer((json_int_t)s->count[rung]));
	}
	(void)vk_hub_request(&r->collector->hub, "radio", m, &nobody);
}

static void tell_now(struct vk_radio *r)
{
	enum vk_radio_trouble trouble = r->supervisor.trouble;

	(void)uv_timer_stop(&r->patience);
	if (r->has_told && r->told == trouble)
		return;
	r->has_told = true;
	r->told = trouble;
	vk_log(trouble == VK_RADIO_SOUND ? VK_LOG_INFO : VK_LOG_WARNING, "radio", "%s",
	       trouble == VK_RADIO_SOUND ? "up" : vk_radio_trouble_text(trouble));
	tell(r, VK_RUNG_NONE);
}

static void on_patience(uv_timer_t *timer)
{
	tell_now(timer->data);
}

/* A bluetoothd that only restarts is nobody's trouble. */
static void tell_trouble(struct vk_radio *r)
{
	if (r->supervisor.trouble == VK_RADIO_SOUND)
		tell_now(r);
	else if (!uv_is_active((const uv_handle_t *)&r->patience))
		(void)uv_timer_start(&r->patience, on_patience, PATIENCE_MS, 0);
}

/* ---- the rungs ---- */

static void listen_anew(struct vk_radio *r)
{
	struct vk_collector *c = r->collector;

	vk_world_discover_anew(&c->world);
	for (int i = 0; i < c->n_peers; i++)
		vk_peer_listen_anew(c->peers[i]);
}

static void on_power(uv_timer_t *timer)
{
	struct vk_radio *r = timer->data;

	r->is_cycling = false;
	(void)vk_world_power(&r->collector->world, true);
}

static void power_cycle(struct vk_radio *r)
{
	struct vk_world *world = &r->collector->world;

	if (!world->is_powered) {
		(void)vk_world_power(world, true);
		return;
	}
	r->is_cycling = true;
	(void)vk_world_power(world, false);
	(void)uv_timer_start(&r->power, on_power, POWER_OFF_MS, 0);
}

/* systemd waits for the file (vaka-radio-*.path) and removes it. */
static void ask_systemd(const struct vk_radio *r, const char *what)
{
	const char *folder = getenv("RUNTIME_DIRECTORY");
	char path[128], part[136];
	vk_auto(vk_closep) int fd = -1;
	bool is_written;

	if (!folder || snprintf(path, sizeof path, "%s/%s", folder, what) >= (int)sizeof path) {
		vk_log(VK_LOG_WARNING, "radio", "cannot ask for %s: no runtime folder", what);
		return;
	}
	(void)snprintf(part, sizeof part, "%s.part", path);
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	is_written = fd >= 0 && fchmod(fd, 0640) == 0 && dprintf(fd, "%s\n", r->adapter) > 0;
	if (!is_written || rename(part, path) < 0)
		vk_log(VK_LOG_WARNING, "radio", "cannot ask for %s: %s", what, strerror(errno));
}

void vk_radio_want_witness(struct vk_radio *r)
{
	if (r->has_witness)
		return;
	r->has_witness = true;
	ask_systemd(r, "witness");
}

static void take_rung(struct vk_radio *r, enum vk_radio_rung rung)
{
	switch (rung) {
	case VK_RUNG_LISTEN_ANEW:
		listen_anew(r);
		break;
	case VK_RUNG_DROP_STALE:
		vk_world_forget_strangers(&r->collector->world);
		listen_anew(r);
		break;
	case VK_RUNG_POWER_CYCLE:
		power_cycle(r);
		break;
	case VK_RUNG_RESTART_BLUEZ:
		ask_systemd(r, "restart-bluetooth");
		break;
	case VK_RUNG_RESET:
		ask_systemd(r, "reset-controller");
		break;
	case VK_RUNG_ASK_REBOOT: /* the hub tells, a person decides */
	case VK_RUNG_NONE:
	case VK_N_RUNGS:
		break;
	}
}

/* ---- the look around ---- */

static void end_probe(struct vk_radio *r, bool is_answered)
{
	if (!r->is_probing)
		return;
	r->is_probing = false;
	(void)uv_timer_stop(&r->probe_end);
	vk_world_discover_end(&r->collector->world);
	vk_radio_event(r, VK_RADIO_PROBED, is_answered);
	if (is_answered && r->supervisor.heard_ms >= r->supervisor.probed_ms)
		tell(r, VK_RUNG_NONE);
}

static void on_probe_end(uv_timer_t *timer)
{
	end_probe(timer->data, true);
}

static void probe(struct vk_radio *r)
{
	struct vk_world *world = &r->collector->world;
	bool is_running = world->discovery == VK_DISCOVERY_ON;

	if (vk_world_discover(world) < 0) {
		vk_radio_event(r, VK_RADIO_PROBED, false);
		return;
	}
	r->is_probing = true;
	/* One that runs already proves nothing: the controller is asked anew. */
	if (is_running && world->discovery == VK_DISCOVERY_ON)
		vk_world_discover_anew(world);
}

void vk_radio_searching(struct vk_radio *r, bool is_on)
{
	if (!r->is_probing)
		return;
	if (is_on)
		(void)uv_timer_start(&r->probe_end, on_probe_end, PROBE_WINDOW_MS, 0);
	else
		end_probe(r, false);
}

/* ---- events ---- */

static void on_timer(uv_timer_t *timer)
{
	vk_radio_event(timer->data, VK_RADIO_TICK, false);
}

static void set_timer(struct vk_radio *r)
{
	int64_t due_ms = vk_supervisor_deadline_ms(&r->supervisor), now_ms = mono_ms();

	if (due_ms == INT64_MAX)
		(void)uv_timer_stop(&r->timer);
	else
		(void)uv_timer_start(&r->timer, on_timer,
				     due_ms > now_ms ? (uint64_t)(due_ms - now_ms) : 0, 0);
}

static void step(struct vk_radio *r, const struct vk_radio_event *event)
{
	struct vk_radio_action action = vk_supervisor_step(&r->supervisor, event, mono_ms());

	set_timer(r);
	tell_trouble(r);
	if (action.type == VK_RADIO_DO_PROBE) {
		probe(r);
	} else if (action.type == VK_RADIO_DO_RUNG) {
		vk_log(VK_LOG_WARNING, "radio", "rung=%s count=%u reason=%s",
		       vk_radio_rung_text(action.rung), r->supervisor.count[action.rung],
		       vk_radio_trouble_text(action.trouble));
		tell_now(r);
		tell(r, action.rung);
		take_rung(r, action.rung);
	}
}

void vk_radio_event(struct vk_radio *r, enum vk_radio_event_type type, bool is_on)
{
	struct vk_radio_event event = {.type = type, .is_on = is_on};

	if (type == VK_RADIO_LINK && is_on)
		r->heard_utc_ms = vk_wall_utc_ms();
	step(r, &event);
}

static void differ(struct vk_radio *r, enum vk_radio_event_type type, bool was_on, bool is_on)
{
	if (was_on != is_on)
		vk_radio_event(r, type, is_on);
}

void vk_radio_look(struct vk_radio *r)
{
	const struct vk_world *world = &r->collector->world;
	const struct vk_supervisor *s = &r->supervisor;
	const char *slash = strrchr(world->adapter_path, '/');

	if (slash)
		(void)vk_copy(r->adapter, sizeof r->adapter, slash + 1);
	if (!vk_world_is_usable(world))
		end_probe(r, true); /* it says nothing any more */
	differ(r, VK_RADIO_BUS, s->has_bus, world->is_joined);
	differ(r, VK_RADIO_DAEMON, s->has_daemon, world->is_joined && world->has_daemon);
	differ(r, VK_RADIO_ADAPTER, s->has_adapter, world->adapter_path[0] != '\0');
	/* Our own power cycle is not a loss of power. */
	if (!r->is_cycling || world->is_powered)
		differ(r, VK_RADIO_POWER, s->has_power, vk_world_is_usable(world));
	tell_trouble(r);
}

void vk_radio_heard(struct vk_radio *r, const struct vk_near *near)
{
	const struct vk_peer *peer = vk_collector_peer_at(r->collector, near->address);

	r->heard_utc_ms = vk_wall_utc_ms();
	vk_radio_event(r, VK_RADIO_HEARD, true);
	if (peer && near->is_bonded && !near->is_connected &&
	    peer->bearer.state == VK_BEARER_PENDING)
		vk_radio_event(r, VK_RADIO_IGNORED, true);
	else
		end_probe(r, true); /* one voice is enough */
}

void vk_radio_expect(struct vk_radio *r, int64_t due_utc_ms)
{
	int64_t in_ms = due_utc_ms - vk_wall_utc_ms();
	struct vk_radio_event event = {.type = VK_RADIO_EXPECT, .at_ms = INT64_MAX};

	/* What was due already, or is too far away to be true, is not waited for. */
	if (due_utc_ms > 0 && in_ms > 0 && in_ms < EXPECT_MOST_MS)
		event.at_ms = mono_ms() + in_ms;
	step(r, &event);
}

int vk_radio_init(struct vk_radio *r, struct vk_collector *collector, uv_loop_t *loop)
{
	int error;

	*r = (struct vk_radio){.collector = collector, .adapter = "hci0"};
	vk_supervisor_init(&r->supervisor, mono_ms());
	error = uv_timer_init(loop, &r->timer);
	if (error == 0)
		error = uv_timer_init(loop, &r->probe_end);
	if (error == 0)
		error = uv_timer_init(loop, &r->power);
	if (error == 0)
		error = uv_timer_init(loop, &r->patience);
	r->patience.data = r;
	r->timer.data = r->probe_end.data = r->power.data = r;
	return error;
}
