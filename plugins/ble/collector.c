/* SPDX-License-Identifier: Apache-2.0 */
/* Wiring: every callback of hub, world and pairing ends here or is passed on by one line. */
#include "collector.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/str.h"
#include "peer.h"
#include "scales.h"
#include "wall.h"

uint32_t vk_collector_serial(struct vk_collector *c)
{
	if (++c->last_serial == 0)
		c->last_serial = 1;
	return c->last_serial;
}

/* ---- peers ---- */

struct vk_peer *vk_collector_peer(struct vk_collector *c, const char *id)
{
	for (int i = 0; i < c->n_peers; i++)
		if (strcmp(c->peers[i]->id, id) == 0)
			return c->peers[i];
	return NULL;
}

struct vk_peer *vk_collector_peer_at(struct vk_collector *c, const char *address)
{
	for (int i = 0; i < c->n_peers; i++)
		if (strcasecmp(c->peers[i]->address, address) == 0)
			return c->peers[i];
	return NULL;
}

struct vk_peer *vk_collector_add(struct vk_collector *c, const char *address, int address_type)
{
	struct vk_peer *peer;

	if (c->n_peers == VK_PEERS_MAX)
		return NULL;
	peer = vk_peer_new(c, address, address_type);
	if (peer)
		c->peers[c->n_peers++] = peer;
	return peer;
}

void vk_collector_remove(struct vk_collector *c, struct vk_peer *peer)
{
	for (int i = 0; i < c->n_peers; i++) {
		if (c->peers[i] != peer)
			continue;
		c->peers[i] = c->peers[--c->n_peers];
		vk_peer_free(peer);
		return;
	}
}

void vk_collector_consider_all(struct vk_collector *c)
{
	for (int i = 0; i < c->n_peers; i++)
		vk_peer_consider(c->peers[i]);
}

/* ---- from the hub ---- */

static void on_welcome(void *user, const struct vk_packet *packet)
{
	struct vk_collector *c = user;
	const json_t *config = json_object_get(packet->header, "config");
	const char *adapter = json_string_value(json_object_get(config, "adapter"));

	vk_wall_set_zone(vk_packet_str(packet, "zone", "UTC"));
	(void)vk_copy(c->world.wanted, sizeof c->world.wanted, adapter ? adapter : "");
}

static void on_models(void *user, int count)
{
	struct vk_collector *c = user;

	for (int i = 0; i < c->n_peers; i++)
		c->peers[i]->model = NULL; /* found again at the next session */
	if (vk_models_begin(&c->models, count) < 0)
		vk_log(VK_LOG_ERR, "hub", "no room for models count=%d", count);
}

static void on_model(void *user, const struct vk_packet *packet)
{
	struct vk_collector *c = user;

	if (vk_models_add(&c->models, packet) < 0)
		vk_log(VK_LOG_WARNING, "hub", "a model was not understood");
}

static void take_users(struct vk_session_given *given, const struct vk_packet *packet)
{
	const json_t *list = json_object_get(packet->header, "users"), *item;
	size_t i;

	given->n_users = 0;
	json_array_foreach(list, i, item)
	{
		json_int_t user = json_integer_value(json_object_get(item, "user"));
		json_int_t consent = json_integer_value(json_object_get(item, "consent"));

		if (!json_is_integer(json_object_get(item, "consent")) || user < 0 || user > 254 ||
		    consent < 0 || consent > 9999 || given->n_users == VK_SESSION_USERS)
			continue;
		given->users[given->n_users].user = (uint8_t)user;
		given->users[given->n_users++].consent = (uint16_t)consent;
	}
}

static void take_facts(struct vk_peer *peer, const struct vk_packet *packet)
{
	json_int_t last = vk_packet_int(packet, "last_sequence", -1);
	int fallback_type = peer->address_type;

	vk_peer_set_address(peer, vk_packet_str(packet, "address", peer->address),
			    (int)vk_packet_int(packet, "address_type", fallback_type));
	(void)vk_copy(peer->name, sizeof peer->name, vk_packet_str(packet, "name", ""));
	(void)vk_copy(peer->kind, sizeof peer->kind, vk_packet_str(packet, "kind", ""));
	(void)vk_copy(peer->manufacturer, sizeof peer->manufacturer,
		      vk_packet_str(packet, "manufacturer", ""));
	(void)vk_copy(peer->model_name, sizeof peer->model_name,
		      vk_packet_str(packet, "model", ""));
	vk_memory_parse(vk_packet_str(packet, "memory", ""), &peer->given.memory);
	take_users(&peer->given, packet);
	peer->given.may_delete = vk_packet_bool(packet, "may_delete", 0) != 0;
	peer->is_authenticated = vk_packet_bool(packet, "authenticated", 0) != 0;
	peer->last_sequence = last < 0 || last > UINT16_MAX ? -1 : (int32_t)last;
}

/* While we have a link, we know more than the hub. */
static bool is_ours_to_say(const struct vk_peer *peer)
{
	return peer->is_pairing || peer->session;
}

static void on_device(void *user, const struct vk_packet *packet)
{
	struct vk_collector *c = user;
	const char *address = vk_packet_str(packet, "address", "");
	struct vk_peer *peer = vk_collector_peer(c, vk_packet_str(packet, "device", ""));

	if (!peer)
		peer = vk_collector_peer_at(c, address);
	if (!peer)
		peer = vk_collector_add(c, address, 1);
	if (!peer) {
		vk_log(VK_LOG_ERR, "hub", "too many devices most=%d", VK_PEERS_MAX);
		return;
	}
	if (is_ours_to_say(peer))
		return;
	take_facts(peer, packet);
	if (!peer->knows_attributes && peer->attributes.n == 0)
		(void)vk_attributes_parse(vk_packet_str(packet, "attributes", ""),
					  &peer->attributes);
	peer->knows_attributes = true;
	peer->is_bonded = vk_packet_bool(packet, "bonded", 0) != 0;
	vk_peer_consider(peer);
}

static void on_devices_end(void *user)
{
	struct vk_collector *c = user;

	c->has_devices = true;
	vk_log(VK_LOG_INFO, "hub", "devices known n=%d", c->n_peers);
	vk_scales_settle(c);
	vk_collector_consider_all(c);
}

static void on_device_gone(void *user, const char *id)
{
	struct vk_collector *c = user;
	struct vk_peer *peer = vk_collector_peer(c, id);
	const struct vk_near *near;

	if (!peer)
		return;
	if (peer->is_pairing)
		vk_pairing_cancel(&c->pairing, c->pairing.n);
	peer = vk_collector_peer(c, id);
	if (!peer)
		return;
	near = vk_world_by_address(&c->world, peer->address);
	if (near)
		(void)vk_world_remove(&c->world, near->path);
	vk_log(VK_LOG_INFO, "device", "forgotten device=%s", id);
	vk_collector_remove(c, peer);
	vk_scales_settle(c);
}

static void on_scan(void *user, json_int_t n, int seconds)
{
	struct vk_collector *c = user;

	vk_scan_start(&c->scan, n, seconds);
}

static void on_pair(void *user, json_int_t n, const char *match, int seconds, bool is_again)
{
	struct vk_collector *c = user;

	vk_pairing_start(&c->pairing, n, match, seconds, is_again);
}

static void on_passkey(void *user, json_int_t n, const char *passkey)
{
	struct vk_collector *c = user;

	vk_pairing_passkey(&c->pairing, n, passkey);
}

static void on_pair_cancel(void *user, json_int_t n)
{
	struct vk_collector *c = user;

	vk_pairing_cancel(&c->pairing, n);
}

static void on_answered(void *user, const struct vk_cookie *cookie, bool is_done)
{
	struct vk_collector *c = user;

	for (int i = 0; i < c->n_peers; i++) {
		struct vk_peer *peer = c->peers[i];

		if (cookie->token == VK_ADVERT_TOKEN && peer->serial == cookie->serial) {
			vk_advert_answered(&peer->advert, is_done);
			return;
		}
		if (cookie->token && peer->session && peer->session_serial == cookie->serial) {
			vk_peer_answered(peer, cookie->token, is_done);
			return;
		}
		if (!cookie->token && peer->serial == cookie->serial && peer->is_pairing) {
			vk_pairing_answered(&c->pairing, is_done);
			return;
		}
	}
}

static void on_expect(void *user, int64_t due_utc_ms)
{
	struct vk_collector *c = user;

	vk_radio_expect(&c->radio, due_utc_ms);
}

static const struct vk_hub_ops hub_ops = {
	.welcome = on_welcome,
	.models = on_models,
	.model = on_model,
	.device = on_device,
	.devices_end = on_devices_end,
	.device_gone = on_device_gone,
	.scan = on_scan,
	.pair = on_pair,
	.passkey = on_passkey,
	.pair_cancel = on_pair_cancel,
	.expect = on_expect,
	.answered = on_answered,
};

/* ---- from bluetoothd ---- */

static void on_adapter(void *user)
{
	struct vk_collector *c = user;

	if (c->is_ending)
		return;
	/* An adapter that goes ends its connects in the same way as a device without our key. */
	for (int i = 0; i < c->n_peers; i++)
		c->peers[i]->rearm.aborted = 0;
	vk_radio_look(&c->radio);
	if (vk_world_is_usable(&c->world)) {
		vk_scales_settle(c);
		vk_collector_consider_all(c);
		return;
	}
	vk_pairing_radio_lost(&c->pairing);
	vk_scan_radio_lost(&c->scan);
}

static void on_near(void *user, const struct vk_near *near)
{
	struct vk_collector *c = user;
	struct vk_peer *peer = vk_collector_peer_at(c, near->address);

	vk_pairing_near(&c->pairing, near);
	if (!peer || peer != vk_collector_peer_at(c, near->address))
		return;
	if (!near->is_connected)
		vk_peer_disconnected(peer);
	vk_peer_consider(peer);
}

static void on_gone(void *user, const struct vk_near *near)
{
	struct vk_collector *c = user;
	struct vk_peer *peer = vk_collector_peer_at(c, near->address);

	if (peer)
		vk_peer_consider(peer);
}

static void on_heard(void *user, const struct vk_near *near)
{
	struct vk_collector *c = user;
	struct vk_peer *peer = vk_collector_peer_at(c, near->address);

	if (peer)
		vk_scales_heard(c, peer, near);
	vk_radio_heard(&c->radio, near);
}

static void on_searching(void *user, bool is_on)
{
	struct vk_collector *c = user;

	vk_radio_searching(&c->radio, is_on);
}

static const struct vk_world_ops world_ops = {
	.adapter = on_adapter,
	.near = on_near,
	.heard = on_heard,
	.searching = on_searching,
	.gone = on_gone,
};

static void on_bus_up(void *user)
{
	struct vk_collector *c = user;

	vk_agent_up(&c->agent);
	vk_world_up(&c->world);
}

static void on_bus_down(void *user)
{
	struct vk_collector *c = user;

	vk_agent_down(&c->agent);
	vk_world_down(&c->world);
}

/* ---- life ---- */

int vk_collector_init(struct vk_collector *c, uv_loop_t *loop)
{
	int r;

	memset(c, 0, sizeof *c);
	c->loop = loop;
	vk_fdstore_init(&c->kept);
	r = vk_radio_init(&c->radio, c, loop);
	if (r == 0)
		r = vk_world_init(&c->world, loop, &c->bus, &world_ops, c);
	vk_agent_init(&c->agent, &c->bus, &vk_pairing_agent_ops, &c->pairing);
	if (r == 0)
		r = vk_pairing_init(&c->pairing, c, loop);
	if (r == 0)
		r = vk_scan_init(&c->scan, c, loop);
	if (r == 0)
		r = vk_hub_init(&c->hub, loop, &hub_ops, c);
	if (r == 0)
		r = vk_bus_init(&c->bus, loop, on_bus_up, on_bus_down, c);
	return r;
}

void vk_collector_done(struct vk_collector *c)
{
	c->is_ending = true;
	for (int i = 0; i < c->n_peers; i++)
		vk_bearer_leave(&c->peers[i]->bearer);
	while (c->n_peers > 0)
		vk_collector_remove(c, c->peers[0]);
	if (c->hub.plugin && c->bus.bus)
		vk_bus_done(&c->bus);
	vk_hub_done(&c->hub);
	vk_models_free(&c->models);
	vk_fdstore_done(&c->kept);
}
