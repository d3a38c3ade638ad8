/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See mgmt.h. Commands that prepare something are waited for, at most five seconds: the controller
 * is virtual and answers in milliseconds. Commands within a link are not, since ATT must go on
 * meanwhile.
 */
#include "mgmt.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "le.h"
#include "util.h"

#define AF_BT           31
#define BTPROTO_HCI     1
#define INDEX_NONE      0xffff
#define CHANNEL_CONTROL 3
#define HEADER          6
#define WAIT_MS         5000
#define POWER_TRIES     5
#define POWER_PAUSE_MS  200

#define OP_READ_INFO          0x0004
#define OP_SET_POWERED        0x0005
#define OP_SET_BONDABLE       0x0009
#define OP_SET_LE             0x000d
#define OP_LOAD_LTKS          0x0013
#define OP_DISCONNECT         0x0014
#define OP_SET_IO_CAPABILITY  0x0018
#define OP_CONFIRM_REPLY      0x001c
#define OP_SET_BREDR          0x002a
#define OP_SET_SECURE_CONN    0x002d
#define OP_SET_PRIVACY        0x002f
#define OP_LOAD_IRKS          0x0030
#define OP_REMOVE_ADVERTISING 0x003f
#define OP_ADV_PARAMS         0x0054
#define OP_ADV_DATA           0x0055

#define EV_COMPLETE      0x0001
#define EV_STATUS        0x0002
#define EV_INDEX_REMOVED 0x0005
#define EV_NEW_LTK       0x000a
#define EV_CONNECTED     0x000b
#define EV_DISCONNECTED  0x000c
#define EV_CONFIRM       0x000f
#define EV_AUTH_FAILED   0x0011
#define EV_PASSKEY       0x0017
#define EV_NEW_IRK       0x0018

#define IO_DISPLAY_ONLY       0
#define IO_NONE               3
#define STATUS_NOT_CONNECTED  0x02
#define STATUS_INVALID_PARAMS 0x0d

#define ADV_INSTANCE       1
#define ADV_CONNECTABLE    1u
#define ADV_DISCOVERABLE   2u
#define ADV_FLAGS_FIELD    8u
#define ADV_INTERVALS      (1u << 14)
#define ADV_INTERVAL_UNITS 160 /* 100 ms in steps of 0.625 ms */
#define ADV_TX_POWER_ANY   0x7f
#define ADV_DATA_MAX       28 /* 31 less the flags, which the kernel adds */

struct sockaddr_control {
	uint16_t family;
	uint16_t dev;
	uint16_t channel;
};

int vk_mgmt_open(struct vk_mgmt *m, uint16_t index)
{
	struct sockaddr_control a = {AF_BT, INDEX_NONE, CHANNEL_CONTROL};
	int fd vk_auto(vk_close_fd) =
		socket(AF_BT, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, BTPROTO_HCI);

	*m = (struct vk_mgmt){.fd = -1, .index = index};
	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	m->fd = vk_steal_fd(&fd);
	return 0;
}

void vk_mgmt_close(struct vk_mgmt *m)
{
	vk_close_fd(&m->fd);
}

static int command(struct vk_mgmt *m, uint16_t op, const void *data, size_t len)
{
	uint8_t b[HEADER + VK_MGMT_EVENT_MAX];

	vk_put16(b, op);
	vk_put16(b + 2, m->index);
	vk_put16(b + 4, (uint16_t)len);
	if (len)
		memcpy(b + HEADER, data, len);
	return write(m->fd, b, HEADER + len) < 0 ? -errno : 0;
}

/* One raw event of this controller: 1, 0 (none waiting), negative errno. */
static int receive(struct vk_mgmt *m, struct vk_mgmt_raw *raw)
{
	for (;;) {
		ssize_t n = read(m->fd, raw->byte, sizeof(raw->byte));

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (n < HEADER || vk_get16(raw->byte + 2) != m->index)
			continue;
		raw->len = (size_t)n;
		return 1;
	}
}

static bool is_answer(const struct vk_mgmt_raw *raw)
{
	uint16_t event = vk_get16(raw->byte);

	return (event == EV_COMPLETE || event == EV_STATUS) && raw->len >= HEADER + 3;
}

static void keep(struct vk_mgmt *m, const struct vk_mgmt_raw *raw)
{
	if (m->backlog_count < VK_MGMT_BACKLOG)
		m->backlog[m->backlog_count++] = *raw;
}

/* The answer to op in raw; other events go to the backlog. */
static int await(struct vk_mgmt *m, uint16_t op, struct vk_mgmt_raw *raw)
{
	int64_t end = vk_mono_ms() + WAIT_MS;

	for (;;) {
		struct pollfd p = {.fd = m->fd, .events = POLLIN};
		int64_t left = end - vk_mono_ms();
		int rc = receive(m, raw);

		if (rc < 0)
			return rc;
		if (rc == 1 && is_answer(raw) && vk_get16(raw->byte + HEADER) == op) {
			if (raw->byte[HEADER + 2])
				m->refused = raw->byte[HEADER + 2];
			return raw->byte[HEADER + 2] ? -EPROTO : 0;
		}
		if (rc == 1) {
			keep(m, raw);
			continue;
		}
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
	}
}

static int call(struct vk_mgmt *m, uint16_t op, const void *data, size_t len)
{
	struct vk_mgmt_raw raw;
	int rc = command(m, op, data, len);

	return rc < 0 ? rc : await(m, op, &raw);
}

static int call_byte(struct vk_mgmt *m, uint16_t op, uint8_t value)
{
	return call(m, op, &value, 1);
}

static int read_address(struct vk_mgmt *m)
{
	struct vk_mgmt_raw raw;
	int rc = command(m, OP_READ_INFO, NULL, 0);

	if (rc == 0)
		rc = await(m, OP_READ_INFO, &raw);
	if (rc == 0 && raw.len < HEADER + 3 + 6)
		rc = -EPROTO;
	if (rc == 0)
		memcpy(m->address, raw.byte + HEADER + 3, 6);
	return rc;
}

/* An identity key of its own, the same after each start: made of the public address. */
static int set_privacy(struct vk_mgmt *m)
{
	uint8_t b[17] = {1};
	int rc = read_address(m);

	for (size_t i = 0; i < 16; i++)
		b[1 + i] = (uint8_t)(m->address[i % sizeof(m->address)] + 17 * i + 1);
	return rc < 0 ? rc : call(m, OP_SET_PRIVACY, b, sizeof(b));
}

int vk_mgmt_setup(struct vk_mgmt *m, const struct vk_state *s, bool display, bool privacy)
{
	const struct {
		uint16_t op;
		uint8_t value;
	} steps[] = {
		{OP_SET_POWERED, 0},  {OP_SET_LE, 1},
		{OP_SET_BREDR, 0},    {OP_SET_IO_CAPABILITY, display ? IO_DISPLAY_ONLY : IO_NONE},
		{OP_SET_BONDABLE, 0}, {OP_SET_SECURE_CONN, 1},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		rc = call_byte(m, steps[i].op, steps[i].value);
	if (rc == 0 && privacy)
		rc = set_privacy(m);
	if (rc == 0)
		rc = vk_mgmt_load_keys(m, s);
	if (rc == 0 && !s->off)
		rc = vk_mgmt_power(m, true);
	return rc < 0 ? rc : read_address(m);
}

int vk_mgmt_power(struct vk_mgmt *m, bool on)
{
	int rc = call_byte(m, OP_SET_POWERED, on);

	/* A busy machine answers "busy" or runs into the kernel's time-out: press the switch again.
	 */
	for (int i = 1; rc == -EPROTO && i < POWER_TRIES; i++) {
		(void)poll(NULL, 0, POWER_PAUSE_MS);
		rc = call_byte(m, OP_SET_POWERED, on);
	}
	return rc;
}

int vk_mgmt_bondable(struct vk_mgmt *m, bool on)
{
	return call_byte(m, OP_SET_BONDABLE, on);
}

int vk_mgmt_load_keys(struct vk_mgmt *m, const struct vk_state *s)
{
	uint8_t b[2 + VK_LTK_MAX * VK_LTK_LEN] = {(uint8_t)s->ltk_count, 0};
	uint8_t irks[2 + VK_IRK_LEN] = {s->has_irk, 0};
	int rc;

	memcpy(b + 2, s->ltk, s->ltk_count * VK_LTK_LEN);
	rc = call(m, OP_LOAD_LTKS, b, 2 + s->ltk_count * VK_LTK_LEN);
	memcpy(irks + 2, s->irk, VK_IRK_LEN);
	return rc < 0 ? rc : call(m, OP_LOAD_IRKS, irks, s->has_irk ? sizeof(irks) : 2);
}

static uint8_t *put_name(uint8_t *p, const char *text, size_t room)
{
	size_t len = strlen(text);

	p[1] = len > room ? 0x08 : 0x09; /* shortened or complete local name */
	len = len > room ? room : len;
	p[0] = (uint8_t)(len + 1);
	memcpy(p + 2, text, len);
	return p + 2 + len;
}

static size_t advert_data(const struct vk_advert *a, uint8_t out[ADV_DATA_MAX])
{
	uint8_t head[8] = {3, 0x03, 0, 0, 3, 0x19, 0, 0};

	vk_put16(head + 2, a->service);
	vk_put16(head + 6, a->appearance);
	memcpy(out, head, sizeof(head));
	return (size_t)(put_name(out + 8, a->name, ADV_DATA_MAX - 10) - out);
}

static size_t beacon_data(const struct vk_advert *a, uint8_t out[ADV_DATA_MAX])
{
	uint8_t head[8] = {3, 0x03, 0, 0, (uint8_t)(3 + a->data.len), 0x16, 0, 0};
	size_t len = sizeof(head) + a->data.len;

	vk_put16(head + 2, a->service);
	vk_put16(head + 6, a->service);
	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), a->data.byte, a->data.len);
	return (size_t)(put_name(out + len, a->name, ADV_DATA_MAX - len - 2) - out);
}

int vk_mgmt_advertise(struct vk_mgmt *m, const struct vk_advert *a)
{
	uint8_t params[18] = {ADV_INSTANCE};
	uint8_t data[3 + ADV_DATA_MAX] = {ADV_INSTANCE};
	size_t len = a->beacon ? beacon_data(a, data + 3) : advert_data(a, data + 3);
	int rc;

	/* The real scales are connectable, too; and only so the kernel shows the device's own
	 * address. */
	vk_put32(params + 1, ADV_CONNECTABLE | ADV_INTERVALS |
				     (a->discoverable ? ADV_DISCOVERABLE : ADV_FLAGS_FIELD));
	vk_put32(params + 9, ADV_INTERVAL_UNITS);
	vk_put32(params + 13, ADV_INTERVAL_UNITS);
	params[17] = ADV_TX_POWER_ANY;
	rc = call(m, OP_ADV_PARAMS, params, sizeof(params));
	if (rc < 0)
		return rc;
	data[1] = (uint8_t)len;
	return call(m, OP_ADV_DATA, data, 3 + len);
}

/* An instance that is not there any more is as good as removed. */
int vk_mgmt_advertise_stop(struct vk_mgmt *m)
{
	int rc = call_byte(m, OP_REMOVE_ADVERTISING, ADV_INSTANCE);

	return rc == -EPROTO && m->refused == STATUS_INVALID_PARAMS ? 0 : rc;
}

int vk_mgmt_disconnect(struct vk_mgmt *m, const uint8_t peer[VK_PEER_LEN])
{
	return command(m, OP_DISCONNECT, peer, VK_PEER_LEN);
}

int vk_mgmt_confirm(struct vk_mgmt *m, const uint8_t peer[VK_PEER_LEN])
{
	return command(m, OP_CONFIRM_REPLY, peer, VK_PEER_LEN);
}

static bool with_peer(struct vk_mgmt_event *out, enum vk_mgmt_what what, const uint8_t *p,
		      size_t len, size_t need)
{
	if (len < need)
		return false;
	out->what = what;
	memcpy(out->peer, p, VK_PEER_LEN);
	return true;
}

static bool with_key(struct vk_mgmt_event *out, enum vk_mgmt_what what, const uint8_t *p,
		     size_t len, size_t key)
{
	if (len < key)
		return false;
	out->what = what;
	memcpy(out->key, p + len - key, key);
	out->store = p[0];
	return true;
}

/* True when it is an event the device wants to know of. */
static bool parse(const struct vk_mgmt_raw *raw, struct vk_mgmt_event *out)
{
	const uint8_t *p = raw->byte + HEADER;
	size_t len = raw->len - HEADER;

	*out = (struct vk_mgmt_event){.what = VK_MGMT_NONE};
	switch (vk_get16(raw->byte)) {
	case EV_COMPLETE:
	case EV_STATUS:
		if (len < 3 || p[2] == 0 || p[2] == STATUS_NOT_CONNECTED)
			return false;
		*out = (struct vk_mgmt_event){
			.what = VK_MGMT_FAILED, .opcode = vk_get16(p), .status = p[2]};
		return true;
	case EV_INDEX_REMOVED:
		out->what = VK_MGMT_INDEX_REMOVED;
		return true;
	case EV_NEW_LTK:
		return with_key(out, VK_MGMT_NEW_LTK, p, len, VK_LTK_LEN) && len == 1 + VK_LTK_LEN;
	case EV_NEW_IRK:
		return with_key(out, VK_MGMT_NEW_IRK, p, len, VK_IRK_LEN);
	case EV_CONNECTED:
		return with_peer(out, VK_MGMT_CONNECTED, p, len, VK_PEER_LEN);
	case EV_DISCONNECTED:
		out->status = len > VK_PEER_LEN ? p[VK_PEER_LEN] : 0;
		return with_peer(out, VK_MGMT_DISCONNECTED, p, len, VK_PEER_LEN);
	case EV_CONFIRM:
		return with_peer(out, VK_MGMT_CONFIRM, p, len, VK_PEER_LEN);
	case EV_AUTH_FAILED:
		out->status = len > VK_PEER_LEN ? p[VK_PEER_LEN] : 0;
		return with_peer(out, VK_MGMT_AUTH_FAILED, p, len, VK_PEER_LEN);
	case EV_PASSKEY:
		if (!with_peer(out, VK_MGMT_PASSKEY, p, len, VK_PEER_LEN + 4))
			return false;
		out->passkey = vk_get32(p + VK_PEER_LEN);
		return true;
	default:
		return false;
	}
}

int vk_mgmt_next(struct vk_mgmt *m, struct vk_mgmt_event *out)
{
	for (;;) {
		struct vk_mgmt_raw raw;
		int rc = 1;

		if (m->backlog_count) {
			raw = m->backlog[0];
			memmove(m->backlog, m->backlog + 1, --m->backlog_count * sizeof(raw));
		} else {
			rc = receive(m, &raw);
		}
		if (rc <= 0)
			return rc;
		if (parse(&raw, out))
			return 1;
	}
}
