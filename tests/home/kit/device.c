/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See device.h. One poll loop: events of the controller, of the link and of the tests come in, then
 * one step does what has become due and says how long to wait. Whether it advertises is never
 * commanded, it follows from the state: something to say or pairing mode, a bond, no link, switched
 * on.
 */
#include "device.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "air.h"
#include "le.h"
#include "util.h"

#define PACE_MS 1

#define AF_BT           31
#define BTPROTO_L2CAP   0
#define CID_ATT         4
#define LE_PUBLIC       1
#define ADVERT_RETRY_MS 1000
#define ADVERT_STOP_MS  100
#define SILENCE_MS      3000

struct sockaddr_link {
	uint16_t family;
	uint16_t psm;
	uint8_t address[6];
	uint16_t cid;
	uint8_t type;
	uint8_t pad;
};

#define SOCKADDR_LINK_LEN 14

enum {
	POLL_MGMT,
	POLL_LISTEN,
	POLL_LINK,
	POLL_STOP,
	POLL_CONTROL,
	POLL_COUNT = POLL_CONTROL + 1 + VK_CONTROL_CLIENTS
};

static int listen_att(const struct vk_mgmt *m, int *out)
{
	struct sockaddr_link a = {.family = AF_BT, .cid = CID_ATT, .type = LE_PUBLIC};
	int fd vk_auto(vk_close_fd) =
		socket(AF_BT, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, BTPROTO_L2CAP);

	memcpy(a.address, m->address, sizeof(a.address));
	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, SOCKADDR_LINK_LEN) < 0 ||
	    listen(fd, 1) < 0)
		return -errno;
	*out = vk_steal_fd(&fd);
	return 0;
}

static void build_common(struct vk_device *d)
{
	struct vk_gattdb *db = &d->db;
	uint8_t appearance[2];

	vk_put16(appearance, d->config.kind->appearance);
	vk_gattdb_service(db, 0x1800);
	vk_gattdb_text(db, 0x2a00, d->config.advert);
	vk_gattdb_char(db, 0x2a01, VK_PROP_READ, VK_GUARD_NONE, appearance, sizeof(appearance));
	vk_gattdb_service(db, 0x1801);
	vk_gattdb_char(db, 0x2a05, VK_PROP_INDICATE, VK_GUARD_NONE, NULL, 0);
	vk_gattdb_cccd(db, VK_GUARD_NONE);
	vk_gattdb_service(db, 0x180a);
	vk_gattdb_text(db, 0x2a29, d->config.maker);
	vk_gattdb_text(db, 0x2a24, d->config.model);
	vk_gattdb_text(db, 0x2a25, d->config.name);
	vk_gattdb_text(db, 0x2a26, "1.0");
	vk_gattdb_service(db, 0x180f);
	vk_gattdb_char(db, 0x2a19, VK_PROP_READ, VK_GUARD_NONE, NULL, 0)->live = true;
}

void vk_device_init(struct vk_device *d)
{
	memset(d, 0, sizeof(*d));
	d->listen_fd = -1;
	d->session.fd = -1;
	d->mgmt.fd = -1;
	d->pace_ms = PACE_MS;
	vk_control_init(&d->control);
}

int vk_device_start(struct vk_device *d, const struct vk_config *config)
{
	char address[VK_ADDRESS_TEXT];
	int rc;

	vk_device_init(d);
	d->config = *config;
	d->clock_anchor_ms = vk_real_ms() - vk_mono_ms();
	rc = vk_state_load(&d->state, config->dir);
	if (rc == 0)
		rc = vk_store_load(&d->store, config->dir,
				   !config->kind->records && !d->state.keep);
	if (rc == 0)
		rc = vk_mgmt_open(&d->mgmt, config->index);
	if (rc == 0)
		rc = vk_mgmt_setup(&d->mgmt, &d->state, config->passkey, config->privacy);
	if (rc == 0)
		rc = listen_att(&d->mgmt, &d->listen_fd);
	if (rc == 0)
		rc = vk_control_open(&d->control, config->name);
	if (rc < 0)
		return rc;
	build_common(d);
	config->kind->build(d);
	vk_session_host(d);
	vk_address_text(d->mgmt.address, address);
	vk_log(config->name, "ready, %s %s, %s", config->kind->name, address,
	       vk_state_bonded(&d->state) ? "bonded" : "no bond");
	return vk_state_save(&d->state, config->dir);
}

void vk_device_stop(struct vk_device *d)
{
	vk_control_close(&d->control);
	vk_close_fd(&d->session.fd);
	vk_close_fd(&d->listen_fd);
	if (d->mgmt.fd >= 0 && !d->gone)
		vk_mgmt_power(&d->mgmt, false);
	vk_mgmt_close(&d->mgmt);
}

int vk_device_save(struct vk_device *d)
{
	int rc = vk_state_save(&d->state, d->config.dir);

	if (rc < 0)
		vk_log(d->config.name, "cannot save state: %s", strerror(-rc));
	return rc;
}

unsigned vk_device_waiting(const struct vk_device *d)
{
	return vk_store_waiting(&d->store);
}

static bool is_talking(const struct vk_device *d)
{
	bool known = vk_state_bonded(&d->state) || d->state.lost || d->config.kind->beacon;

	return !d->state.off && (d->pairing || (d->window.open && known));
}

static bool wants_advert(const struct vk_device *d)
{
	return is_talking(d) && !d->session.linked && d->session.fd < 0;
}

static void start_advert(struct vk_device *d, int64_t now)
{
	struct vk_advert a = {.name = d->config.advert,
			      .service = d->config.kind->service,
			      .appearance = d->config.kind->appearance,
			      .discoverable = d->pairing,
			      .beacon = d->config.kind->beacon};
	int64_t began_ms = vk_real_ms();
	int rc;

	if (a.beacon)
		vk_beacon_data(d, now, &a.data);
	rc = vk_mgmt_advertise(&d->mgmt, &a);

	if (rc < 0) {
		vk_log(d->config.name, "cannot advertise: %s", strerror(-rc));
		d->advert_retry_ms = now + ADVERT_RETRY_MS;
		return;
	}
	d->advertising = true;
	d->discoverable = d->pairing;
	if (!d->window.advertised_ms)
		d->window.advertised_ms = began_ms;
	vk_log(d->config.name, "advertising%s", d->pairing ? " for pairing" : "");
}

/* What is not removed comes back by itself: the kernel advertises it again after the next link. */
static void stop_advert(struct vk_device *d, int64_t now)
{
	int rc = vk_mgmt_advertise_stop(&d->mgmt);

	if (rc < 0) {
		vk_log(d->config.name, "cannot stop advertising: %s, status %02x", strerror(-rc),
		       d->mgmt.refused);
		d->advert_retry_ms = now + ADVERT_STOP_MS;
		return;
	}
	d->advertising = false;
	vk_log(d->config.name, "silent");
}

static bool advert_is_wrong(const struct vk_device *d)
{
	return wants_advert(d) != d->advertising ||
	       (d->advertising && d->discoverable != d->pairing);
}

static void update_advert(struct vk_device *d, int64_t now)
{
	/* A beacon whose value stands still says so. */
	if (d->advertising && d->config.kind->beacon && !d->beacon.shown &&
	    now >= d->beacon.stable_ms)
		start_advert(d, now);
	if (d->advertising && advert_is_wrong(d) && now >= d->advert_retry_ms)
		stop_advert(d, now);
	if (!d->advertising && wants_advert(d) && now >= d->advert_retry_ms)
		start_advert(d, now);
}

int vk_device_pairing(struct vk_device *d, bool on, int window_ms)
{
	int rc = vk_mgmt_bondable(&d->mgmt, on);

	if (rc < 0)
		return rc;
	d->pairing = on;
	d->paired_here = false;
	d->pairing_end_ms = vk_mono_ms() + window_ms;
	vk_log(d->config.name, "pairing mode %s", on ? "on" : "off");
	/* Before the one who asked is answered: afterwards nobody gets in. */
	update_advert(d, vk_mono_ms());
	return 0;
}

int vk_device_forget(struct vk_device *d)
{
	bool bonded = vk_state_bonded(&d->state);

	if (d->session.linked)
		vk_session_drop(d, "bond forgotten");
	d->state.ltk_count = 0;
	d->state.has_irk = false;
	d->state.lost = d->state.lost || bonded;
	memset(d->state.ccc, 0, sizeof(d->state.ccc));
	vk_device_save(d);
	vk_log(d->config.name, "bond forgotten");
	return vk_mgmt_load_keys(&d->mgmt, &d->state);
}

int vk_device_power(struct vk_device *d, bool on)
{
	int rc;

	d->state.off = !on;
	vk_device_save(d);
	d->advertising = false;
	if (!on) {
		d->window.end_ms = 0;
		d->pairing = false;
	}
	vk_log(d->config.name, "switched %s", on ? "on" : "off");
	rc = vk_mgmt_power(&d->mgmt, on);
	/* The kernel does not tell of links that end with the power. */
	vk_session_end(d);
	d->session = (struct vk_session){.fd = -1};
	return rc;
}

static void lower(int *wait_ms, int64_t ms)
{
	int64_t bounded = ms < 0 ? 0 : ms;

	if (*wait_ms < 0 || bounded < *wait_ms)
		*wait_ms = (int)bounded;
}

void vk_device_silence(struct vk_device *d)
{
	int rc = vk_air_set(d->config.index, VK_AIR_SILENT);

	if (rc < 0)
		vk_log(d->config.name, "cannot go out of reach: %s", strerror(-rc));
	else
		vk_log(d->config.name, "out of reach");
	d->silent_end_ms = vk_mono_ms() + SILENCE_MS;
}

static void end_silence(struct vk_device *d, int64_t now, int *wait_ms)
{
	if (!d->silent_end_ms)
		return;
	if (now < d->silent_end_ms) {
		lower(wait_ms, d->silent_end_ms - now);
		return;
	}
	d->silent_end_ms = 0;
	vk_air_set(d->config.index, VK_AIR_OPEN);
	vk_log(d->config.name, "in reach again");
}

/* The first key of a pairing ends the old bond: a device has room for one. */
static void on_ltk(struct vk_device *d, const struct vk_mgmt_event *e)
{
	struct vk_state *s = &d->state;

	if (!e->store)
		return;
	if (!d->session.rekeyed) {
		s->ltk_count = 0;
		s->has_irk = false;
		for (unsigned i = 0; i < VK_CCC_MAX; i++) {
			if (!(d->session.written & 1u << i))
				s->ccc[i] = 0;
		}
	}
	d->session.rekeyed = true;
	if (s->ltk_count < VK_LTK_MAX)
		memcpy(s->ltk[s->ltk_count++], e->key, VK_LTK_LEN);
	s->lost = false;
	d->paired_here = d->pairing;
	d->passkey_shown = false;
	vk_device_save(d);
	vk_log(d->config.name, "bonded");
}

static void on_disconnected(struct vk_device *d, uint8_t reason)
{
	bool rekeyed = d->session.rekeyed;

	vk_log(d->config.name, "link down, reason %u", reason);
	vk_session_end(d);
	d->session = (struct vk_session){.fd = -1};
	/* The kernel still holds the key of the bond that was replaced. */
	if (rekeyed && vk_mgmt_load_keys(&d->mgmt, &d->state) < 0)
		vk_log(d->config.name, "cannot load keys");
}

static void on_event(struct vk_device *d, const struct vk_mgmt_event *e)
{
	switch (e->what) {
	case VK_MGMT_INDEX_REMOVED:
		d->gone = true;
		break;
	case VK_MGMT_FAILED:
		vk_log(d->config.name, "mgmt %04x refused, status %02x", e->opcode, e->status);
		break;
	case VK_MGMT_NEW_LTK:
		on_ltk(d, e);
		break;
	case VK_MGMT_NEW_IRK:
		d->state.has_irk = true;
		memcpy(d->state.irk, e->key, VK_IRK_LEN);
		vk_device_save(d);
		break;
	case VK_MGMT_CONNECTED:
		d->session.linked = true;
		d->session.active_ms = vk_mono_ms();
		memcpy(d->session.peer, e->peer, VK_PEER_LEN);
		vk_log(d->config.name, "link up");
		if (!is_talking(d))
			vk_session_drop(d, "it came when I was silent");
		break;
	case VK_MGMT_DISCONNECTED:
		on_disconnected(d, e->status);
		break;
	case VK_MGMT_CONFIRM:
		vk_mgmt_confirm(&d->mgmt, e->peer);
		break;
	case VK_MGMT_AUTH_FAILED:
		d->passkey_shown = false;
		vk_log(d->config.name, "pairing failed, status %02x", e->status);
		break;
	case VK_MGMT_PASSKEY:
		d->passkey = e->passkey;
		d->passkey_shown = true;
		vk_log(d->config.name, "passkey shown");
		break;
	case VK_MGMT_NONE:
	default:
		break;
	}
}

static int read_events(struct vk_device *d)
{
	struct vk_mgmt_event e;
	int rc;

	while ((rc = vk_mgmt_next(&d->mgmt, &e)) == 1)
		on_event(d, &e);
	return rc;
}

static void accept_link(struct vk_device *d)
{
	struct sockaddr_link a = {0};
	socklen_t len = sizeof(a);
	uint8_t peer[VK_PEER_LEN];
	int fd = accept4(d->listen_fd, (struct sockaddr *)&a, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	memcpy(peer, a.address, sizeof(a.address));
	peer[6] = a.type;
	vk_session_attach(d, fd, peer);
}

/* A collector that made a bond and subscribed has what it came for. */
static void update_pairing(struct vk_device *d, int64_t now)
{
	bool served = d->paired_here && !d->session.linked &&
		      vk_session_subscribed(d, d->config.kind->measurement);

	if (d->pairing && (served || now >= d->pairing_end_ms))
		vk_device_pairing(d, false, 0);
}

static int step(struct vk_device *d)
{
	int64_t now = vk_mono_ms();
	int wait = -1;

	if (d->stream.end_ms && now >= d->stream.end_ms)
		d->stream.end_ms = 0;
	end_silence(d, now, &wait);
	vk_session_step(d, now, &wait);
	update_pairing(d, now);
	if (d->window.open && vk_window_finished(d, now))
		vk_window_close(d);
	update_advert(d, now);
	if (d->stream.end_ms)
		lower(&wait, d->stream.end_ms - now);
	if (d->pairing)
		lower(&wait, d->pairing_end_ms - now);
	if (d->window.open && !d->session.linked && d->session.fd < 0)
		lower(&wait, d->window.end_ms - now);
	if (d->advertising && d->config.kind->beacon && !d->beacon.shown)
		lower(&wait, d->beacon.stable_ms - now);
	if (advert_is_wrong(d))
		lower(&wait, d->advert_retry_ms - now);
	return d->mgmt.backlog_count ? 0 : wait;
}

int vk_device_run(struct vk_device *d, int stop_fd)
{
	while (!d->gone) {
		struct pollfd p[POLL_COUNT] = {
			[POLL_MGMT] = {.fd = d->mgmt.fd, .events = POLLIN},
			[POLL_LISTEN] = {.fd = d->listen_fd, .events = POLLIN},
			[POLL_LINK] = {.fd = d->session.fd, .events = POLLIN},
			[POLL_STOP] = {.fd = stop_fd, .events = POLLIN}};
		int wait = step(d);

		p[POLL_LINK].fd = d->session.fd;
		vk_control_poll(&d->control, p + POLL_CONTROL);
		if (poll(p, POLL_COUNT, wait) < 0 && errno != EINTR)
			return -errno;
		if (p[POLL_STOP].revents)
			return 0;
		if (read_events(d) < 0)
			return -EIO;
		if (p[POLL_LISTEN].revents)
			accept_link(d);
		vk_session_input(d);
		vk_control_serve(d, p + POLL_CONTROL);
	}
	return -ENODEV;
}
