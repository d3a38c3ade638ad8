/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One link, from the collector's connect to the end. A reading leaves when the link is encrypted
 * and its CCCD is set; one indication is outstanding; its confirmation takes the reading off the
 * queue, on disk, before the next one leaves. The device ends the link itself when it has said
 * everything.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "device.h"
#include "le.h"
#include "util.h"

#define SOL_BLUETOOTH   274
#define BT_SECURITY     4
#define LEVEL_POLL_MS   20
#define CONFIRM_MS      30000
#define UNSUBSCRIBED_MS 10000 /* how long it waits for a collector that does not subscribe */
#define PAIRING_MS      60000 /* ... for a person who reads a number */
#define SETTLE_MS       5000  /* ... for more after a new bond */
#define FLOOD_MS        1
#define MUTE_MS         60000
#define CGM_MINUTES     600 /* how long the sensor has been worn */
#define CCC_NOTIFY      1
#define CCC_INDICATE    2

struct bt_security {
	uint8_t level;
	uint8_t key_size;
};

static int read_level(const struct vk_device *d)
{
	struct bt_security s = {0};
	socklen_t len = sizeof(s);

	if (d->session.fd < 0 ||
	    getsockopt(d->session.fd, SOL_BLUETOOTH, BT_SECURITY, &s, &len) < 0)
		return 0;
	return s.level;
}

static void log_pdu(const struct vk_device *d, const char *way, const uint8_t *pdu, size_t len)
{
	char hex[2 * VK_ATT_MTU_MAX + 1];

	if (!d->config.verbose || len > VK_ATT_MTU_MAX)
		return;
	vk_hex_encode(pdu, len, hex);
	vk_log(d->config.name, "%s %s", way, hex);
}

static int host_send(void *ctx, const uint8_t *pdu, size_t len)
{
	struct vk_device *d = ctx;

	if (d->session.fd < 0 || d->session.dropping)
		return -ENOTCONN;
	log_pdu(d, "tx", pdu, len);
	if (send(d->session.fd, pdu, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	d->session.active_ms = vk_mono_ms();
	return 0;
}

static int host_security(void *ctx)
{
	return read_level(ctx);
}

static bool host_bonded(void *ctx)
{
	const struct vk_device *d = ctx;

	return vk_state_bonded(&d->state);
}

static size_t host_read(void *ctx, uint16_t uuid, uint8_t *out)
{
	struct vk_device *d = ctx;

	switch (uuid) {
	case 0x2a2b:
		vk_current_time_encode(vk_device_wall_s(d), out);
		return VK_CURRENT_TIME_LEN;
	case 0x2aaa:
		vk_date_time_encode(vk_device_wall_s(d) - CGM_MINUTES * 60, out);
		out[VK_DATE_TIME_LEN] = 0x80; /* zone and daylight saving are not known */
		out[VK_DATE_TIME_LEN + 1] = 0xff;
		vk_put16(out + VK_DATE_TIME_LEN + 2, vk_crc_e2e(out, VK_DATE_TIME_LEN + 2));
		return VK_DATE_TIME_LEN + 4;
	case 0x2a08:
		vk_date_time_encode(vk_device_wall_s(d), out);
		return VK_DATE_TIME_LEN;
	case 0x2a19:
		out[0] = (uint8_t)d->state.battery;
		return 1;
	default:
		return 0;
	}
}

static uint8_t write_clock(struct vk_device *d, const uint8_t *value, size_t len, size_t need)
{
	int64_t wall;

	if (len != need)
		return VK_ATT_ERR_LENGTH;
	if (vk_date_time_decode(value, &wall) < 0)
		return VK_ATT_ERR_OUT_OF_RANGE;
	if (!vk_clock_may_be_set(d, wall - vk_device_wall_s(d))) {
		vk_session_drop(d, "clock written out of turn");
		return VK_ATT_ERR_WRITE;
	}
	vk_log(d->config.name, "clock set by collector, moved %lld s",
	       (long long)(wall - vk_device_wall_s(d)));
	vk_device_set_wall(d, wall);
	return 0;
}

static uint8_t host_write(void *ctx, uint16_t uuid, const uint8_t *value, size_t len)
{
	struct vk_device *d = ctx;

	if (uuid == 0x2a2b)
		return write_clock(d, value, len, VK_CURRENT_TIME_LEN);
	if (uuid == 0x2a08)
		return write_clock(d, value, len, VK_DATE_TIME_LEN);
	return d->config.kind->write ? d->config.kind->write(d, uuid, value, len)
				     : VK_ATT_ERR_WRITE;
}

static uint16_t host_ccc(void *ctx, unsigned slot)
{
	const struct vk_device *d = ctx;

	return d->state.ccc[slot];
}

static uint8_t host_set_ccc(void *ctx, unsigned slot, uint16_t value)
{
	struct vk_device *d = ctx;

	vk_log(d->config.name, "cccd %u = %u", slot, value);
	d->session.written |= 1u << slot;
	if (d->state.ccc[slot] != value) {
		d->state.ccc[slot] = value;
		vk_device_save(d);
	}
	return 0;
}

static void reading_confirmed(struct vk_device *d)
{
	struct vk_reading *r = vk_store_find(&d->store, d->session.sending);
	int64_t at = vk_real_ms();

	d->session.sending = 0;
	if (!r)
		return;
	vk_store_out(r, &r->value);
	vk_window_note(d, r, true, at);
	if (vk_store_confirm_out(&d->store, at, d->state.keep) < 0)
		vk_log(d->config.name, "disk failed");
	if (vk_device_waiting(d) == 0)
		vk_window_next_round(d);
	vk_log(d->config.name, "confirmed, %u left", vk_device_waiting(d));
}

static void host_confirmed(void *ctx)
{
	struct vk_device *d = ctx;

	if (d->session.dropping)
		return;
	if (d->session.kind_waiting) {
		d->session.kind_waiting = false;
		d->config.kind->confirmed(d);
	} else if (d->session.sending) {
		reading_confirmed(d);
	}
}

void vk_session_host(struct vk_device *d)
{
	d->att = (struct vk_att){.db = &d->db,
				 .host = {.ctx = d,
					  .send = host_send,
					  .security = host_security,
					  .bonded = host_bonded,
					  .read = host_read,
					  .write = host_write,
					  .ccc = host_ccc,
					  .set_ccc = host_set_ccc,
					  .confirmed = host_confirmed}};
	vk_att_reset(&d->att);
}

void vk_session_attach(struct vk_device *d, int fd, const uint8_t peer[VK_PEER_LEN])
{
	bool linked = d->session.linked;

	vk_close_fd(&d->session.fd);
	d->session = (struct vk_session){.fd = fd, .linked = linked, .active_ms = vk_mono_ms()};
	memcpy(d->session.peer, peer, VK_PEER_LEN);
	d->meter = (struct vk_meter){0};
	d->user_answer = (struct vk_answer){0};
	d->window.linked = true;
	vk_att_reset(&d->att);
	vk_log(d->config.name, "att open, security %d", read_level(d));
}

/* What an unbonded collector subscribed to ends with its link. */
static void forget_subscriptions(struct vk_device *d)
{
	if (vk_state_bonded(&d->state) || d->session.written == 0)
		return;
	memset(d->state.ccc, 0, sizeof(d->state.ccc));
	vk_device_save(d);
}

void vk_session_end(struct vk_device *d)
{
	if (d->session.fd < 0)
		return;
	vk_log(d->config.name, "att closed%s",
	       d->att.indicating ? ", indication not confirmed" : "");
	forget_subscriptions(d);
	vk_close_fd(&d->session.fd);
	d->session.sending = 0;
	d->session.level = 0;
	d->session.kind_waiting = false;
	d->passkey_shown = false;
	vk_att_reset(&d->att);
}

void vk_session_drop(struct vk_device *d, const char *why)
{
	if (d->session.dropping)
		return;
	vk_log(d->config.name, "disconnecting: %s", why);
	d->session.dropping = true;
	vk_mgmt_disconnect(&d->mgmt, d->session.peer);
}

void vk_session_input(struct vk_device *d)
{
	uint8_t pdu[VK_ATT_MTU_MAX + 1];
	ssize_t n;

	while (d->session.fd >= 0) {
		n = recv(d->session.fd, pdu, sizeof(pdu), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			vk_session_end(d);
			return;
		}
		log_pdu(d, "rx", pdu, (size_t)n);
		d->session.active_ms = vk_mono_ms();
		/* The air takes a moment to close; what came through it meanwhile was not heard. */
		if (d->silent_end_ms)
			continue;
		if (!d->session.dropping && !vk_hostile_input(d, pdu, (size_t)n))
			vk_att_input(&d->att, pdu, (size_t)n);
	}
}

bool vk_session_subscribed(const struct vk_device *d, uint16_t uuid)
{
	int slot = vk_gattdb_slot(&d->db, uuid);

	return slot >= 0 && (d->state.ccc[slot] & (CCC_NOTIFY | CCC_INDICATE));
}

int vk_session_indicate(struct vk_device *d, uint16_t uuid, const uint8_t *value, size_t len)
{
	int rc = vk_att_indicate(&d->att, vk_gattdb_handle(&d->db, uuid), value, len);

	if (rc == 0) {
		d->session.kind_waiting = true;
		d->session.indicated_ms = vk_mono_ms();
	}
	return rc;
}

int vk_session_notify(struct vk_device *d, uint16_t uuid, const struct vk_value *v)
{
	return vk_att_notify(&d->att, vk_gattdb_handle(&d->db, uuid), v->byte, v->len);
}

/* For a socket of Bluetooth TIOCOUTQ tells what is free, not what is taken. */
int vk_session_unsent(const struct vk_device *d)
{
	int size = 0, left = 0;
	socklen_t len = sizeof(size);

	if (d->session.fd < 0 || ioctl(d->session.fd, TIOCOUTQ, &left) < 0 ||
	    getsockopt(d->session.fd, SOL_SOCKET, SO_SNDBUF, &size, &len) < 0)
		return 0;
	return size - left;
}

/* May a reading leave now? Eager devices trust what the bond remembers of the CCCD. */
static bool may_indicate(const struct vk_device *d)
{
	int slot = vk_gattdb_slot(&d->db, d->config.kind->measurement);
	bool open = d->state.eager == VK_EAGER_OPEN && vk_state_bonded(&d->state);

	if (d->att.indicating || slot < 0 || !(d->state.ccc[slot] & CCC_INDICATE))
		return false;
	if (d->session.level < VK_SECURITY_ENCRYPTED && !open)
		return false;
	/* In pairing mode this may be a new collector, and the CCCD what the old one left. */
	return (d->state.eager != VK_EAGER_OFF && !d->pairing) || (d->session.written & 1u << slot);
}

static void end_in_mid_transfer(struct vk_device *d)
{
	if (!d->window.open || !(d->window.drop || d->window.silence))
		return;
	d->window.end_ms = 0;
	if (d->window.drop) {
		vk_session_drop(d, "fault, before the confirmation");
		return;
	}
	/* What it said is on its way; the answer will not find it. */
	d->window.silence = false;
	vk_device_silence(d);
}

static void indicate_next(struct vk_device *d)
{
	struct vk_reading *r = vk_store_next(&d->store, d->window.newest_first);
	uint16_t handle = r ? vk_gattdb_handle(&d->db, r->uuid) : 0;

	if (!r || (d->config.kind->may_leave && !d->config.kind->may_leave(d, r)) ||
	    vk_att_indicate(&d->att, handle, r->value.byte, r->value.len) < 0)
		return;
	d->session.sending = r->id;
	d->session.indicated_ms = vk_mono_ms();
	r->said = r->value;
	vk_log(d->config.name, "indicated reading %u", r->id);
	vk_window_note(d, r, false, vk_real_ms());
	end_in_mid_transfer(d);
}

static int idle_limit(const struct vk_device *d)
{
	int limit = d->config.kind->idle_ms;

	if (d->pairing && !d->paired_here && d->session.level < VK_SECURITY_ENCRYPTED)
		return PAIRING_MS;
	if (!d->config.kind->records && vk_device_waiting(d))
		return UNSUBSCRIBED_MS;
	return d->pairing && limit < SETTLE_MS ? SETTLE_MS : limit;
}

static void lower(int *wait_ms, int64_t ms)
{
	int64_t bounded = ms < 0 ? 0 : ms;

	if (*wait_ms < 0 || bounded < *wait_ms)
		*wait_ms = (int)bounded;
}

static void watch_level(struct vk_device *d, int *wait_ms)
{
	int level = read_level(d);

	if (level >= VK_SECURITY_ENCRYPTED && d->session.level < VK_SECURITY_ENCRYPTED) {
		vk_log(d->config.name, "encrypted, security %d", level);
		d->session.active_ms = vk_mono_ms();
		if (d->raw_len)
			host_send(d, d->raw, d->raw_len);
		d->raw_len = 0;
	}
	d->session.level = level;
	if (level < VK_SECURITY_ENCRYPTED)
		lower(wait_ms, LEVEL_POLL_MS);
}

void vk_session_step(struct vk_device *d, int64_t now, int *wait_ms)
{
	bool busy = false;
	int64_t deadline;

	if (d->session.fd < 0 || d->session.dropping)
		return;
	watch_level(d, wait_ms);
	if (d->hostile == VK_HOSTILE_MUTE) {
		if (d->session.active_ms + MUTE_MS <= now)
			vk_session_drop(d, "nobody minds that I am mute");
		lower(wait_ms, d->session.active_ms + MUTE_MS - now);
		return;
	}
	if (!d->config.kind->records && may_indicate(d))
		indicate_next(d);
	if (d->session.level >= VK_SECURITY_ENCRYPTED && vk_hostile_step(d)) {
		*wait_ms = FLOOD_MS;
		return;
	}
	if (d->config.kind->step && d->session.level >= VK_SECURITY_ENCRYPTED)
		busy = d->config.kind->step(d, now, wait_ms);
	if (d->session.dropping)
		return;
	if (d->att.indicating && d->session.indicated_ms + CONFIRM_MS <= now)
		vk_session_drop(d, "no confirmation for 30 s");
	else if (!d->att.indicating && !busy && d->session.active_ms + idle_limit(d) <= now)
		vk_session_drop(d, "nothing more to say");
	deadline = d->att.indicating ? d->session.indicated_ms + CONFIRM_MS
				     : d->session.active_ms + idle_limit(d);
	if (!busy || d->att.indicating)
		lower(wait_ms, deadline - now);
}
