/* SPDX-License-Identifier: Apache-2.0 */
/* The life of one link: armed, up, in session, draining, paused, armed. */
#include "peer.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "collector.h"
#include "standing.h"
#include "uv_handle.h"
#include "wall.h"

enum {
	MISSING_MS = 10000,
	/* What somebody may be waiting for. The rest is told when the link has ended: the hub's
	 * commit of it must not stand before the commit of a reading. */
	TOLD_AT_ONCE = VK_DIRTY_IDENTITY | VK_DIRTY_STATE | VK_DIRTY_MODEL | VK_LEARNED_ATTRIBUTES |
		       VK_LEARNED_IDENTITY,
};

static const struct vk_session_ops session_ops;
static const struct vk_bearer_ops bearer_ops;

static int64_t mono_ms(void)
{
	return (int64_t)(uv_hrtime() / 1000000);
}

/* ---- the one timer: the session's deadline, or the end of a pause ---- */

static void on_timer(uv_timer_t *timer);

static int64_t next_due(const struct vk_peer *p)
{
	if (p->session)
		return vk_session_deadline_ms(p->session);
	return p->bearer.state == VK_BEARER_CLOSED ? p->pause_until_ms : INT64_MAX;
}

/* A timer that fires too early only looks again, so it is moved only when it must be sooner. */
static void set_timer(struct vk_peer *p)
{
	int64_t due = next_due(p), now = mono_ms();

	if (due == INT64_MAX || due >= p->timer_due_ms)
		return;
	p->timer_due_ms = due;
	(void)uv_timer_start(p->timer, on_timer, due > now ? (uint64_t)(due - now) : 0, 0);
}

/* ---- its state, as the hub is told it ---- */

static void set_state(struct vk_peer *p, const char *state)
{
	if (strcmp(p->state, state) == 0)
		return;
	p->state = state;
	p->dirty |= VK_DIRTY_STATE;
	vk_log(strcmp(state, "ok") == 0 ? VK_LOG_INFO : VK_LOG_WARNING, "device",
	       "state device=%s state=%s", p->id, state);
}

static void heal(struct vk_peer *p, enum vk_standing_event event)
{
	set_state(p, vk_standing_after(p->state, event));
}

static void heal_at_once(struct vk_peer *p, enum vk_standing_event event)
{
	heal(p, event);
	if (p->dirty & VK_DIRTY_STATE)
		(void)vk_peer_tell(p, NULL);
}

/* ---- the session's side ---- */

static int session_send(void *user, const uint8_t *pdu, size_t len)
{
	struct vk_peer *p = user;

	return vk_bearer_send(&p->bearer, pdu, len);
}

static int session_reading(void *user, const struct vk_sample *sample, uint32_t token)
{
	struct vk_peer *p = user;
	struct vk_cookie cookie = {.serial = p->session_serial, .token = token};

	if (!sample->is_decoded)
		vk_log(VK_LOG_WARNING, "device", "not decoded device=%s char=%04x byte=%zu why=%s",
		       p->id, sample->uuid, sample->error.byte, sample->error.why);
	return vk_hub_reading(&p->collector->hub, p->id, sample, &cookie);
}

static void take_sequence(struct vk_peer *p)
{
	int32_t committed = vk_transfer_committed(&p->session->transfer);

	if (committed < 0 || committed == p->last_sequence)
		return;
	p->last_sequence = committed;
	p->dirty |= VK_LEARNED_SEQUENCE;
}

static void take_memory(struct vk_peer *p)
{
	char before[VK_MEMORY_TEXT], after[VK_MEMORY_TEXT];

	vk_memory_format(before, &p->given.memory);
	vk_memory_format(after, &p->session->given.memory);
	if (strcmp(before, after) == 0)
		return;
	p->given.memory = p->session->given.memory;
	p->dirty |= VK_LEARNED_MEMORY;
}

static void session_learned(void *user, unsigned what)
{
	struct vk_peer *p = user;
	const char *kind;

	if (what & VK_LEARNED_REPORT) {
		vk_log(VK_LOG_INFO, "device", "report received device=%s records=%d", p->id,
		       p->session->transfer.n);
		return;
	}
	if (what & VK_LEARNED_BATTERY && p->session->battery_percent == p->battery_percent)
		what &= ~(unsigned)VK_LEARNED_BATTERY;
	p->dirty |= what & ~(unsigned)(VK_LEARNED_SEQUENCE | VK_LEARNED_MEMORY);
	if (what & VK_LEARNED_ATTRIBUTES) {
		p->knows_attributes = true;
		kind = vk_attributes_kind(&p->attributes);
		if (kind[0] && strcmp(kind, p->kind) != 0) {
			(void)vk_copy(p->kind, sizeof p->kind, kind);
			p->dirty |= VK_DIRTY_IDENTITY;
		}
	}
	if (what & VK_LEARNED_SEQUENCE) {
		take_sequence(p);
		if (p->dirty & VK_LEARNED_SEQUENCE)
			(void)vk_peer_tell(p, NULL);
	}
}

static void session_raise(void *user)
{
	struct vk_peer *p = user;
	int r = vk_bearer_raise(&p->bearer);

	if (r < 0)
		vk_log(VK_LOG_NOTICE, "device", "not raised device=%s reason=%s", p->id,
		       strerror(-r));
}

static void session_ready(void *user)
{
	struct vk_peer *p = user;

	if (p->is_pairing) {
		vk_pairing_ready(&p->collector->pairing, p);
		return;
	}
	if (p->dirty & TOLD_AT_ONCE)
		(void)vk_peer_tell(p, NULL);
	vk_pairing_known(&p->collector->pairing, p);
}

/* Asked for with every packet: the wall clock is worked out once a second. */
static void session_now(void *user, struct vk_session_now *ret_now)
{
	struct vk_peer *p = user;
	int64_t now_s;

	ret_now->mono_ms = mono_ms();
	ret_now->utc_ms = vk_wall_utc_ms();
	now_s = ret_now->utc_ms / 1000;
	if (p->local_at_s != now_s)
		p->local = vk_wall_local(now_s);
	p->local_at_s = now_s;
	ret_now->local = p->local;
	/* A board without a clock chip starts in the past. */
	ret_now->is_trusted = ret_now->local.year >= 2025;
}

/* Searching takes air time that some radios miss so much that their link ends. */
static void keep_quiet(struct vk_peer *p)
{
	bool is_quiet = p->is_linked && vk_has_quirk(&p->given.quirks, VK_QUIRK_NO_SCAN_IN_SESSION);

	if (p->is_quiet == is_quiet)
		return;
	p->is_quiet = is_quiet;
	vk_world_hold(&p->collector->world, is_quiet);
}

/* The model is known anew: by what the device says of itself, else by its name. */
static void find_model(struct vk_peer *p)
{
	const struct vk_models_list *list = &p->collector->models;
	const struct vk_model *model =
		vk_model_find(list->list, list->n, p->manufacturer, p->model_name, p->name);

	p->given.quirks = model ? model->quirks : (struct vk_quirks){0};
	keep_quiet(p);
	if (model && model->has_witness)
		vk_radio_want_witness(&p->collector->radio);
	if (model == p->model)
		return;
	p->model = model;
	p->dirty |= VK_DIRTY_MODEL;
	vk_log(VK_LOG_INFO, "device", "model device=%s model=%s", p->id, model ? model->id : "-");
}

static void session_identified(void *user, struct vk_quirks *ret_quirks)
{
	struct vk_peer *p = user;

	(void)vk_copy(p->manufacturer, sizeof p->manufacturer, p->session->identity[0]);
	(void)vk_copy(p->model_name, sizeof p->model_name, p->session->identity[1]);
	find_model(p);
	*ret_quirks = p->given.quirks;
}

static const struct vk_session_ops session_ops = {
	.send = session_send,
	.reading = session_reading,
	.learned = session_learned,
	.raise = session_raise,
	.identified = session_identified,
	.ready = session_ready,
	.now = session_now,
};

/* All answers are in, or will not come: the session is history. */
static void finish_session(struct vk_peer *p)
{
	take_sequence(p);
	take_memory(p);
	(void)vk_peer_tell(p, NULL);
	vk_session_done(p->session);
	free(p->session);
	p->session = NULL;
	p->session_serial = 0;
}

/* ---- the end of a link ---- */

static void set_linked(struct vk_peer *p, bool is_linked)
{
	if (p->is_linked == is_linked)
		return;
	p->is_linked = is_linked;
	keep_quiet(p);
	vk_radio_event(&p->collector->radio, VK_RADIO_LINK, is_linked);
}

static void pause_for(struct vk_peer *p, int ms)
{
	p->pause_until_ms = mono_ms() + ms;
	p->timer_due_ms = INT64_MAX;
	set_timer(p);
}

static void judge(struct vk_peer *p, enum vk_link_verdict verdict)
{
	const struct vk_near *near;

	if (verdict == VK_LINK_FINE)
		return;
	set_state(p, vk_standing_by(verdict));
	if (verdict == VK_LINK_FOREIGN_OWNER) {
		/* That program may have been given a reading and confirmed it. */
		vk_radio_want_witness(&p->collector->radio);
		near = vk_world_by_address(&p->collector->world, p->address);
		if (near)
			(void)vk_world_disconnect(&p->collector->world, near->path);
	}
	(void)vk_peer_tell(p, NULL);
}

static void link_ended(struct vk_peer *p, struct vk_link_end *end)
{
	enum vk_link_verdict verdict;
	bool had_session = p->session && !p->session->is_over, had_attributes;
	int pause;

	set_linked(p, false);
	if (had_session) {
		had_attributes = p->attributes.n > 0;
		vk_session_end(p->session);
		if (had_attributes && p->attributes.n == 0 && !p->is_pairing)
			p->dirty |= VK_LEARNED_ATTRIBUTES;
		end->is_useful = p->session->readings > 0 || p->session->is_fresh;
		if (!end->is_hostile && (!end->is_mute || end->is_useful) && p->session->is_ready)
			heal(p, VK_STANDING_ENDED_WELL);
		vk_log(VK_LOG_INFO, "device", "link ended device=%s readings=%d reason=%s", p->id,
		       p->session->readings, end->error ? strerror(end->error) : "done");
	} else if (end->stage != VK_LINK_UP) {
		vk_log(VK_LOG_DEBUG, "device", "no link device=%s reason=%s", p->id,
		       strerror(end->error));
	}
	if (p->is_pairing) {
		vk_pairing_ended(&p->collector->pairing, p, end);
		return;
	}
	pause = vk_rearm_after(&p->rearm, end, &verdict);
	if (end->is_useful && p->model && pause < p->model->pause_s * 1000)
		pause = p->model->pause_s * 1000;
	judge(p, verdict);
	if (p->session && vk_session_is_drained(p->session))
		finish_session(p);
	p->is_lingering = end->is_ours;
	pause_for(p, pause);
	vk_peer_consider(p);
}

/* What no device does that means well: packets that make no sense, or without end. */
static bool is_hostile(int error)
{
	return error == EPROTO || error == EOVERFLOW || error == E2BIG || error == EBADMSG;
}

static void close_ours(struct vk_peer *p, int error)
{
	struct vk_link_end end = {.stage = VK_LINK_UP,
				  .error = error,
				  .is_ours = true,
				  .is_hostile = is_hostile(error),
				  .is_mute = p->session && p->session->is_mute};

	if (error)
		vk_log(VK_LOG_WARNING, "device", "closing device=%s reason=%s", p->id,
		       strerror(error));
	vk_bearer_close(&p->bearer);
	link_ended(p, &end);
}

/* What a session's entry point said. */
static void heed(struct vk_peer *p, int r)
{
	if (r == 0 || !p->session || p->session->is_over)
		set_timer(p);
	else
		close_ours(p, r < 0 ? -r : 0);
}

/* ---- the bearer's side ---- */

static void on_up(void *user)
{
	struct vk_peer *p = user;

	p->heard_utc_ms = vk_wall_utc_ms();
	p->dirty |= VK_DIRTY_HEARD;
	set_linked(p, true);
	if (p->is_pairing) {
		vk_bearer_hold(&p->bearer, true);
		vk_pairing_up(&p->collector->pairing, p);
		return;
	}
	heal(p, VK_STANDING_LINKED);
	vk_peer_start_session(p);
}

void vk_peer_start_session(struct vk_peer *p)
{
	if (p->session)
		finish_session(p);
	p->session = calloc(1, sizeof *p->session);
	if (!p->session) {
		close_ours(p, ENOMEM);
		return;
	}
	p->session_serial = vk_collector_serial(p->collector);
	p->timer_due_ms = INT64_MAX;
	vk_bearer_hold(&p->bearer, false);
	find_model(p);
	p->given.last_sequence = p->last_sequence;
	p->given.is_new = p->is_pairing;
	heed(p, vk_session_start(p->session, &session_ops, p, &p->attributes, &p->given));
}

static void on_raised(void *user)
{
	struct vk_peer *p = user;

	p->is_authenticated = true;
	p->dirty |= VK_DIRTY_IDENTITY;
	if (p->session)
		heed(p, vk_session_raised(p->session));
}

static void on_packet(void *user, const uint8_t *data, size_t len)
{
	struct vk_peer *p = user;

	if (p->session)
		heed(p, vk_session_input(p->session, data, len));
}

static void on_dry(void *user)
{
	struct vk_peer *p = user;

	if (p->session)
		heed(p, vk_session_dry(p->session));
}

static void on_ended(void *user, enum vk_link_stage stage, int error)
{
	struct vk_link_end end = {.stage = stage, .error = error};

	link_ended(user, &end);
}

static const struct vk_bearer_ops bearer_ops = {
	.up = on_up,
	.raised = on_raised,
	.packet = on_packet,
	.dry = on_dry,
	.ended = on_ended,
};

static void on_timer(uv_timer_t *timer)
{
	struct vk_peer *p = timer->data;

	p->timer_due_ms = INT64_MAX;
	if (p->session && p->session->is_over) {
		/* The hub did not answer in time: the records are asked for again. */
		if (mono_ms() >= vk_session_deadline_ms(p->session))
			finish_session(p);
	} else if (p->session) {
		heed(p, vk_session_tick(p->session));
	}
	set_timer(p);
	vk_peer_consider(p);
}

void vk_peer_answered(struct vk_peer *p, uint32_t token, bool is_stored)
{
	int r = vk_session_answer(p->session, token, is_stored);

	if (is_stored)
		heal_at_once(p, VK_STANDING_STORED);
	if (!p->session->is_over) {
		heed(p, r);
	} else if (vk_session_is_drained(p->session)) {
		finish_session(p);
		p->timer_due_ms = INT64_MAX;
		set_timer(p);
		vk_peer_consider(p);
	}
}

/* ---- listening ---- */

int vk_peer_arm(struct vk_peer *p, int level)
{
	struct vk_bearer_address adapter, device;
	int r = vk_bearer_address_parse(p->collector->world.adapter_address, 1, &adapter);

	if (r == 0)
		r = vk_bearer_address_parse(p->address, p->address_type, &device);
	if (r < 0)
		return r;
	/* While pairing the name may change, and there is no bond that bluetoothd could serve. */
	vk_bearer_keep(&p->bearer, p->is_pairing ? NULL : &p->collector->kept, p->id);
	return vk_bearer_arm(&p->bearer, &adapter, &device, level);
}

/* bluetoothd tells its devices one by one after it has started: only what lasts is a fault. */
static void miss(struct vk_peer *p)
{
	int64_t now = mono_ms();

	if (!p->missing_since_ms)
		p->missing_since_ms = now;
	if (now < p->missing_since_ms + MISSING_MS) {
		pause_for(p, (int)(p->missing_since_ms + MISSING_MS - now));
		return;
	}
	set_state(p, VK_STANDING_UNBONDED);
	(void)vk_peer_tell(p, NULL);
}

void vk_peer_consider(struct vk_peer *p)
{
	struct vk_world *world = &p->collector->world;
	const struct vk_near *near;
	struct vk_link_end end = {.stage = VK_LINK_CONNECTING};
	int r;

	if (p->is_pairing || p->session || p->bearer.state != VK_BEARER_CLOSED || !p->is_bonded ||
	    !p->collector->has_devices || !vk_world_is_usable(world))
		return;
	near = vk_world_by_address(world, p->address);
	if (!near || !near->is_bonded) {
		miss(p);
		return;
	}
	heal_at_once(p, VK_STANDING_BOND_SEEN);
	if (p->missing_since_ms)
		p->pause_until_ms = 0;
	p->missing_since_ms = 0;
	if (mono_ms() < p->pause_until_ms) {
		set_timer(p);
		return;
	}
	r = vk_peer_arm(p, p->is_authenticated ? VK_LEVEL_AUTHENTICATED : VK_LEVEL_ENCRYPTED);
	if (r < 0) {
		end.error = -r;
		link_ended(p, &end);
	}
}

void vk_peer_listen_anew(struct vk_peer *p)
{
	if (p->is_pairing || p->bearer.state != VK_BEARER_PENDING)
		return;
	/* The next connect follows at once: a link that is being made finds it. */
	vk_bearer_close(&p->bearer);
	p->pause_until_ms = 0;
	vk_peer_consider(p);
}

void vk_peer_disconnected(struct vk_peer *p)
{
	if (!p->is_lingering)
		return;
	p->is_lingering = false;
	p->pause_until_ms = 0;
	vk_peer_consider(p);
}

void vk_peer_close(struct vk_peer *p)
{
	vk_bearer_close(&p->bearer);
	set_linked(p, false);
	if (p->session) {
		vk_session_end(p->session);
		finish_session(p);
	}
}

/* ---- life ---- */

void vk_peer_set_address(struct vk_peer *p, const char *address, int address_type)
{
	char *out = p->id;

	(void)vk_copy(p->address, sizeof p->address, address);
	p->address_type = address_type == 2 ? 2 : 1;
	for (const char *in = p->address; *in && out < p->id + sizeof p->id - 1; in++)
		if (*in != ':')
			*out++ = (char)toupper((unsigned char)*in);
	*out = '\0';
}

struct vk_peer *vk_peer_new(struct vk_collector *collector, const char *address, int address_type)
{
	struct vk_peer *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->timer = calloc(1, sizeof *p->timer);
	if (!p->timer) {
		free(p);
		return NULL;
	}
	(void)uv_timer_init(collector->loop, p->timer);
	p->timer->data = p;
	p->timer_due_ms = INT64_MAX;
	p->collector = collector;
	p->serial = vk_collector_serial(collector);
	p->last_sequence = -1;
	p->battery_percent = -1;
	p->state = "";
	vk_bearer_init(&p->bearer, collector->loop, &bearer_ops, p);
	vk_peer_set_address(p, address, address_type);
	return p;
}

void vk_peer_free(struct vk_peer *p)
{
	if (!p)
		return;
	vk_bearer_close(&p->bearer);
	set_linked(p, false);
	vk_uv_close((uv_handle_t **)&p->timer);
	if (p->session)
		vk_session_done(p->session);
	free(p->session);
	free(p);
}
