/* SPDX-License-Identifier: Apache-2.0 */
/* One window at a time; every way out goes through finish(). */
#include "pairing.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/str.h"
#include "collector.h"
#include "peer.h"
#include "scales.h"

enum { RETRY_MS = 1000, LINGER_MS = 2500, FAILURES_MOST = 3 };

static void tell(struct vk_pairing *p, const char *state)
{
	json_t *m = json_pack("{s:s}", "state", state);

	if (m && p->peer)
		(void)json_object_set_new(m, "device", json_string(p->peer->id));
	(void)vk_hub_answer(&p->collector->hub, "pairing", p->n, m);
}

/* ---- the ways out ---- */

static void close_window(struct vk_pairing *p)
{
	if (p->state == VK_PAIRING_SEARCHING)
		vk_world_discover_end(&p->collector->world);
	(void)uv_timer_stop(&p->window);
	(void)uv_timer_stop(&p->retry);
	vk_agent_unregister(&p->collector->agent);
	p->state = VK_PAIRING_NONE;
	p->collector->world.pinned[0] = '\0';
	vk_radio_event(&p->collector->radio, VK_RADIO_BUSY, false);
}

/* A peer that got no bond leaves no trace; one that did is served like any other from now on. */
static void let_peer_go(struct vk_pairing *p)
{
	struct vk_peer *peer = p->peer;

	p->peer = NULL;
	if (!peer)
		return;
	peer->is_pairing = false;
	if (peer->is_advertiser) {
		vk_scales_settle(p->collector);
		return;
	}
	if (peer->is_bonded) {
		if (peer->bearer.state == VK_BEARER_CLOSED)
			vk_peer_close(peer); /* a session whose link ended meanwhile */
		vk_peer_consider(peer);
		return;
	}
	vk_peer_close(peer);
	if (p->path[0])
		(void)vk_world_remove(&p->collector->world, p->path);
	if (p->is_new)
		vk_collector_remove(p->collector, peer);
}

static void fail(struct vk_pairing *p, const char *code, const char *text)
{
	if (p->state == VK_PAIRING_NONE)
		return;
	vk_log(VK_LOG_NOTICE, "pairing", "failed code=%s", code);
	close_window(p);
	let_peer_go(p);
	(void)vk_hub_failed(&p->collector->hub, p->n, code, text);
}

static void succeed(struct vk_pairing *p)
{
	struct vk_peer *peer = p->peer;

	vk_log(VK_LOG_INFO, "pairing", "paired device=%s kind=%s", peer->id, peer->kind);
	close_window(p);
	(void)vk_hub_answer(&p->collector->hub, "paired", p->n,
			    json_pack("{s:s, s:s}", "device", peer->id, "kind", peer->kind));
	let_peer_go(p);
}

void vk_pairing_known(struct vk_pairing *p, const struct vk_peer *peer)
{
	if (p->state != VK_PAIRING_SEARCHING || p->is_again ||
	    (strcasecmp(peer->address, p->match) != 0 && strcmp(peer->name, p->match) != 0))
		return;
	vk_log(VK_LOG_INFO, "pairing", "paired already device=%s", peer->id);
	close_window(p);
	(void)vk_hub_answer(&p->collector->hub, "paired", p->n,
			    json_pack("{s:s, s:s}", "device", peer->id, "kind", peer->kind));
}

static void on_window(uv_timer_t *timer)
{
	struct vk_pairing *p = timer->data;

	if (p->state == VK_PAIRING_SEARCHING)
		fail(p, "not-found", "no such device advertised for pairing");
	else
		fail(p, "timeout", "the device did not finish pairing in time");
}

/* ---- the link ---- */

static void arm(struct vk_pairing *p)
{
	struct vk_link_end end = {.stage = VK_LINK_CONNECTING};
	int r;

	p->is_up = p->was_asked = p->was_answered = false;
	r = vk_peer_arm(p->peer, p->level);
	if (r < 0) {
		end.error = -r;
		vk_pairing_ended(p, p->peer, &end);
	}
}

static void on_retry(uv_timer_t *timer)
{
	struct vk_pairing *p = timer->data;

	if (p->peer && p->peer->bearer.state == VK_BEARER_CLOSED)
		arm(p);
}

static bool is_match(const struct vk_pairing *p, const struct vk_near *near)
{
	return strcasecmp(near->address, p->match) == 0 || strcmp(near->name, p->match) == 0;
}

static void adopt(struct vk_pairing *p, const struct vk_near *near)
{
	struct vk_peer *peer = vk_collector_peer_at(p->collector, near->address);

	p->is_new = !peer;
	if (!peer)
		peer = vk_collector_add(p->collector, near->address, near->address_type);
	p->peer = peer;
	if (!peer)
		return;
	vk_peer_close(peer);
	peer->is_pairing = true;
	peer->is_bonded = peer->is_authenticated = false;
	peer->attributes.n = 0;
	peer->rearm = (struct vk_rearm){0};
	(void)vk_copy(peer->name, sizeof peer->name, near->name);
	if (near->kind[0])
		(void)vk_copy(peer->kind, sizeof peer->kind, near->kind);
}

static void found(struct vk_pairing *p, const struct vk_near *near)
{
	(void)vk_copy(p->path, sizeof p->path, near->path);
	(void)vk_copy(p->collector->world.pinned, sizeof p->path, near->path);
	p->state = VK_PAIRING_CONNECTING;
	vk_world_discover_end(&p->collector->world);
	adopt(p, near);
	if (!p->peer) {
		fail(p, "refused", "this hub has as many devices as it can serve");
		return;
	}
	tell(p, "found");
	/* A meter gives its records only over an authenticated link. */
	p->level = strcmp(near->kind, "meter") == 0 ? VK_LEVEL_AUTHENTICATED : VK_LEVEL_ENCRYPTED;
	tell(p, "connecting");
	arm(p);
}

static bool is_bond_in_the_way(const struct vk_pairing *p, const struct vk_near *near)
{
	const struct vk_peer *peer = vk_collector_peer_at(p->collector, near->address);

	if (!near->is_bonded || !is_match(p, near))
		return false;
	return !peer || !peer->is_bonded || peer->rearm.aborted >= VK_REARM_ABORTED ||
	       (p->is_again && near->is_seen);
}

/* The old bond of a device that is paired again must go first, with our connect to it. */
static void clear_old_bond(struct vk_pairing *p, const struct vk_near *near)
{
	struct vk_peer *peer = vk_collector_peer_at(p->collector, near->address);

	if (peer) {
		vk_peer_close(peer);
		peer->is_bonded = false;
	}
	(void)vk_world_remove(&p->collector->world, near->path);
}

/* Bonded, encrypted, and its identity known: the hub is told before anything else happens. */
static void store(struct vk_pairing *p, const struct vk_near *near)
{
	struct vk_peer *peer = p->peer, *same = vk_collector_peer_at(p->collector, near->address);
	struct vk_cookie cookie = {.serial = peer->serial};

	if (same && same != peer) { /* known under its identity already */
		peer->last_sequence = same->last_sequence;
		vk_collector_remove(p->collector, same);
	}
	vk_peer_set_address(peer, near->address, near->address_type);
	peer->is_bonded = !peer->is_advertiser;
	peer->is_authenticated = vk_bearer_level(&peer->bearer) >= VK_LEVEL_AUTHENTICATED;
	if (near->name[0])
		(void)vk_copy(peer->name, sizeof peer->name, near->name);
	peer->state = "ok";
	peer->dirty |= VK_DIRTY_IDENTITY | VK_DIRTY_HEARD | VK_DIRTY_STATE;
	p->state = VK_PAIRING_STORING;
	if (vk_peer_tell(peer, &cookie) < 0)
		fail(p, "refused", "the hub could not be told");
}

/* A scale that only advertises is known by its name; there is nothing to bond with. */
static void found_scale(struct vk_pairing *p, const struct vk_near *near)
{
	vk_world_discover_end(&p->collector->world);
	p->state = VK_PAIRING_STORING;
	p->path[0] = '\0';
	adopt(p, near);
	if (!p->peer) {
		fail(p, "refused", "this hub has as many devices as it can serve");
		return;
	}
	tell(p, "found");
	(void)vk_copy(p->peer->kind, sizeof p->peer->kind, "scale");
	p->peer->is_advertiser = true;
	store(p, near);
}

void vk_pairing_near(struct vk_pairing *p, const struct vk_near *near)
{
	if (p->state == VK_PAIRING_SEARCHING && near->is_seen && is_match(p, near) &&
	    vk_scales_has_name(p->collector, near->name)) {
		found_scale(p, near);
	} else if (p->state == VK_PAIRING_SEARCHING) {
		if (is_bond_in_the_way(p, near))
			clear_old_bond(p, near);
		else if (!near->is_bonded && near->is_seen && is_match(p, near))
			found(p, near);
	} else if (p->state == VK_PAIRING_CONNECTING && p->is_up && near->is_bonded &&
		   strcmp(near->path, p->path) == 0) {
		store(p, near);
	}
}

void vk_pairing_up(struct vk_pairing *p, struct vk_peer *peer)
{
	const struct vk_near *near = vk_world_by_path(&p->collector->world, p->path);

	if (p->state == VK_PAIRING_DISCOVERING) { /* once more, after a link that broke */
		vk_peer_start_session(peer);
		return;
	}
	p->is_up = true;
	tell(p, "bonding");
	if (near)
		vk_pairing_near(p, near);
}

void vk_pairing_answered(struct vk_pairing *p, bool is_done)
{
	if (p->state != VK_PAIRING_STORING && p->state != VK_PAIRING_FINISHING)
		return;
	if (!is_done) {
		fail(p, "refused", "the hub could not store the device");
	} else if (p->state == VK_PAIRING_FINISHING || p->peer->is_advertiser) {
		succeed(p);
	} else {
		p->state = VK_PAIRING_DISCOVERING;
		tell(p, "discovering");
		if (p->peer->bearer.state == VK_BEARER_UP)
			vk_peer_start_session(p->peer);
		else
			(void)uv_timer_start(&p->retry, on_retry, RETRY_MS, 0);
	}
}

void vk_pairing_ready(struct vk_pairing *p, struct vk_peer *peer)
{
	struct vk_cookie cookie = {.serial = peer->serial};

	tell(p, "test-reading");
	p->state = VK_PAIRING_FINISHING;
	peer->dirty |= VK_DIRTY_IDENTITY;
	if (vk_peer_tell(peer, &cookie) < 0)
		fail(p, "refused", "the hub could not be told");
}

static bool is_refusal(int error)
{
	return error == ECONNABORTED || error == ECONNRESET || error == EACCES;
}

/* Before there is a bond. */
static void attempt_failed(struct vk_pairing *p, const struct vk_link_end *end)
{
	const struct vk_near *near = vk_world_by_path(&p->collector->world, p->path);
	uint64_t pause = RETRY_MS;

	if (p->was_answered) {
		fail(p, "passkey-wrong", "the device refused the number");
		return;
	}
	if (end->error == EALREADY || end->error == EBUSY) {
		if (end->error == EBUSY && near)
			(void)vk_world_disconnect(&p->collector->world, near->path);
		pause = LINGER_MS;
	} else if (p->level == VK_LEVEL_AUTHENTICATED && !p->was_asked && is_refusal(end->error)) {
		p->level = VK_LEVEL_ENCRYPTED; /* it has neither keys nor a display */
	} else if (++p->failures >= FAILURES_MOST) {
		fail(p, "refused", "the device ended the link");
		return;
	}
	(void)uv_timer_start(&p->retry, on_retry, pause, 0);
}

void vk_pairing_ended(struct vk_pairing *p, struct vk_peer *peer, const struct vk_link_end *end)
{
	vk_log(VK_LOG_NOTICE, "pairing", "link ended device=%s stage=%d reason=%s", peer->id,
	       (int)end->stage, strerror(end->error));
	switch (p->state) {
	case VK_PAIRING_CONNECTING:
		attempt_failed(p, end);
		break;
	case VK_PAIRING_DISCOVERING:
		vk_peer_close(peer);
		if (++p->failures >= FAILURES_MOST)
			fail(p, "refused", "the device ended the link while it was read");
		else
			(void)uv_timer_start(&p->retry, on_retry,
					     end->is_ours ? LINGER_MS : RETRY_MS, 0);
		break;
	case VK_PAIRING_STORING:
	case VK_PAIRING_FINISHING: /* the hub's answer decides */
	case VK_PAIRING_NONE:
	case VK_PAIRING_SEARCHING:
		break;
	}
}

/* ---- from the hub ---- */

void vk_pairing_start(struct vk_pairing *p, json_int_t n, const char *match, int seconds,
		      bool is_again)
{
	struct vk_hub *hub = &p->collector->hub;
	struct vk_world *world = &p->collector->world;
	int r;

	if (p->state != VK_PAIRING_NONE) {
		(void)vk_hub_failed(hub, n, "busy", "another device is being paired");
		return;
	}
	if (!match[0] || !vk_world_is_usable(world) ||
	    vk_agent_register(&p->collector->agent) < 0) {
		(void)vk_hub_failed(hub, n, match[0] ? "radio" : "invalid",
				    match[0] ? "Bluetooth is off" : "match: a name or an address");
		return;
	}
	p->n = n;
	p->peer = NULL;
	p->path[0] = '\0';
	p->failures = 0;
	p->is_again = is_again;
	(void)vk_copy(p->match, sizeof p->match, match);
	r = vk_world_discover(world);
	if (r < 0) {
		vk_agent_unregister(&p->collector->agent);
		(void)vk_hub_failed(hub, n, "radio", "the search could not be started");
		return;
	}
	p->state = VK_PAIRING_SEARCHING;
	vk_radio_event(&p->collector->radio, VK_RADIO_BUSY, true);
	(void)uv_timer_start(&p->window, on_window, (uint64_t)seconds * 1000, 0);
	vk_log(VK_LOG_INFO, "pairing", "window open seconds=%d", seconds);
	tell(p, "searching");
	for (int i = 0; i < world->n && p->state == VK_PAIRING_SEARCHING; i++)
		vk_pairing_near(p, &world->list[i]);
}

static int64_t number_of(const char *text)
{
	int64_t number = 0;

	if (strlen(text) != 6)
		return -1;
	for (int i = 0; i < 6; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

void vk_pairing_passkey(struct vk_pairing *p, json_int_t n, const char *passkey)
{
	if (p->state != VK_PAIRING_CONNECTING || n != p->n)
		return;
	p->was_answered = true;
	vk_agent_answer(&p->collector->agent, number_of(passkey));
}

void vk_pairing_cancel(struct vk_pairing *p, json_int_t n)
{
	if (n == p->n)
		fail(p, "refused", "cancelled");
}

void vk_pairing_radio_lost(struct vk_pairing *p)
{
	fail(p, "radio", "Bluetooth went away");
}

/* ---- from the agent ---- */

static bool may_pair(void *user, const char *path)
{
	struct vk_pairing *p = user;

	return p->state == VK_PAIRING_CONNECTING && strcmp(path, p->path) == 0;
}

static void on_passkey(void *user)
{
	struct vk_pairing *p = user;

	p->was_asked = true;
	tell(p, "passkey-wanted");
}

static void on_cancelled(void *user)
{
	(void)user; /* the link's end tells the rest */
}

const struct vk_agent_ops vk_pairing_agent_ops = {
	.may_pair = may_pair,
	.passkey = on_passkey,
	.cancelled = on_cancelled,
};

int vk_pairing_init(struct vk_pairing *p, struct vk_collector *collector, uv_loop_t *loop)
{
	int r;

	*p = (struct vk_pairing){.collector = collector};
	r = uv_timer_init(loop, &p->window);
	if (r == 0)
		r = uv_timer_init(loop, &p->retry);
	p->window.data = p->retry.data = p;
	return r;
}
