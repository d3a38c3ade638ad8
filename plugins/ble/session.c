/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a session: one step after the other, one request at a time. What the device sends by
 * itself meanwhile is session_values.c's.
 */
#include "session.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/str.h"
#include "clock.h"
#include "session_values.h"

enum { UUID_SERVICE_CHANGED = 0x2a05, UUID_BATTERY = 0x2a19, UUID_COMPOSITION = 0x2a9c };

/* What is subscribed to, in this order: the readings that cannot wait first. */
static const uint16_t subscriptions[] = {
	0x2a35, 0x2a9d,          UUID_COMPOSITION,        0x2a5e,       0x2a5f,
	0x2a1c, VK_UUID_GLUCOSE, VK_UUID_GLUCOSE_CONTEXT, VK_UUID_RACP, UUID_SERVICE_CHANGED,
};

static const uint16_t identities[] = {0x2a29, 0x2a24, 0x2a25, 0x2a26};

static void advance(struct vk_session *s);

void vk_session_now(const struct vk_session *s, struct vk_session_now *ret_now)
{
	s->ops->now(s->user, ret_now);
}

void vk_session_fail(struct vk_session *s, int error)
{
	if (!s->error)
		s->error = error;
}

static void request(struct vk_session *s, const uint8_t *pdu, size_t len, vk_att_reply_fn fn)
{
	struct vk_session_now now;
	int r;

	vk_session_now(s, &now);
	s->is_busy = true;
	r = vk_att_request(&s->att, pdu, len, now.mono_ms, fn, s);
	if (r < 0)
		vk_session_fail(s, r);
}

static void go(struct vk_session *s, enum vk_session_step step)
{
	s->step = step;
	s->item = 0;
}

static void read_value(struct vk_session *s, const struct vk_attribute *a, vk_att_reply_fn fn)
{
	uint8_t pdu[VK_ATT_REQUEST_MAX];

	request(s, pdu, vk_att_build_read(pdu, a->value), fn);
}

static void write_value(struct vk_session *s, uint16_t handle, const void *value, size_t len,
			vk_att_reply_fn fn)
{
	uint8_t pdu[VK_ATT_REQUEST_MAX];

	request(s, pdu, vk_att_build_write(pdu, handle, value, len), fn);
}

/* ---- discovery ---- */

static void on_discovered(void *user, int error)
{
	struct vk_session *s = user;

	s->is_busy = false;
	if (error < 0) {
		vk_session_fail(s, error);
		return;
	}
	s->is_fresh = true;
	s->is_stale = false;
	s->ops->learned(s->user, VK_LEARNED_ATTRIBUTES);
	go(s, VK_STEP_MTU);
	advance(s);
}

static void discover(struct vk_session *s)
{
	struct vk_session_now now;

	vk_session_now(s, &now);
	s->is_busy = true;
	vk_discovery_start(&s->discovery, &s->att, now.mono_ms, s->attributes, on_discovered, s);
}

static void on_mtu(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	(void)reply; /* refused: the default holds */
	s->is_busy = false;
	go(s, VK_STEP_SUBSCRIBE);
	advance(s);
}

/* Only body composition does not fit into 20 bytes; some old devices drop the link when asked. */
static void exchange_mtu(struct vk_session *s)
{
	uint8_t pdu[VK_ATT_REQUEST_MAX];

	if (vk_attributes_by_uuid(s->attributes, UUID_COMPOSITION))
		request(s, pdu, vk_att_build_mtu(pdu), on_mtu);
	else
		go(s, VK_STEP_SUBSCRIBE);
}

/* ---- subscriptions ---- */

static bool is_security_error(uint8_t error)
{
	return error == VK_ATT_E_AUTHENTICATION || error == VK_ATT_E_ENCRYPTION;
}

/* True when the same item shall be tried again later. */
static bool is_refused(struct vk_session *s, uint8_t error)
{
	if (is_security_error(error)) {
		if (s->has_raised) {
			vk_session_fail(s, -EACCES);
		} else {
			s->has_raised = s->is_raising = true;
			s->ops->raise(s->user);
		}
		return true;
	}
	if ((error == VK_ATT_E_HANDLE || error == VK_ATT_E_NOT_FOUND) && !s->is_fresh) {
		go(s, VK_STEP_DISCOVER);
		return true;
	}
	return false;
}

static void on_subscribed(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	if (!reply->error || !is_refused(s, reply->error))
		s->item++;
	advance(s);
}

static const struct vk_attribute *next_subscription(struct vk_session *s)
{
	for (; s->item < (int)(sizeof subscriptions / sizeof subscriptions[0]); s->item++) {
		const struct vk_attribute *a =
			vk_attributes_by_uuid(s->attributes, subscriptions[s->item]);

		if (a && a->cccd)
			return a;
	}
	return NULL;
}

static void subscribe(struct vk_session *s)
{
	const struct vk_attribute *a = next_subscription(s);
	uint8_t value[2] = {0};

	if (!a) {
		go(s, VK_STEP_CLOCK_READ);
		return;
	}
	value[0] = a->properties & VK_GATT_INDICATE ? 2 : 1;
	write_value(s, a->cccd, value, sizeof value, on_subscribed);
}

/* ---- the device's clock ---- */

static const struct vk_attribute *clock_attribute(const struct vk_session *s)
{
	const struct vk_attribute *a = vk_attributes_by_uuid(s->attributes, VK_UUID_CURRENT_TIME);

	return a ? a : vk_attributes_by_uuid(s->attributes, VK_UUID_DATE_TIME);
}

static void settle_clock(struct vk_session *s, enum vk_session_step step)
{
	s->is_clock_settled = true;
	go(s, step);
	vk_session_release_held(s);
}

/* -ERANGE: a clock that is lifetimes away tells nothing about when something was measured. */
static int take_offset(struct vk_session *s, int64_t offset_s)
{
	if (offset_s > VK_SESSION_OFFSET_MOST_S || offset_s < -VK_SESSION_OFFSET_MOST_S)
		return -ERANGE;
	s->has_offset = true;
	s->offset_s = offset_s;
	s->ops->learned(s->user, VK_LEARNED_CLOCK);
	return 0;
}

static void on_clock(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;
	struct vk_session_now now;
	struct vk_civil clock;
	int r = reply->error ? -ENODATA : vk_device_clock_parse(reply->data, reply->len, &clock);

	s->is_busy = false;
	vk_session_now(s, &now);
	if (r == 0)
		r = take_offset(s, vk_civil_seconds(&now.local) - vk_civil_seconds(&clock));
	/* A clock that says it does not know (-ERANGE) wants to be set. */
	settle_clock(s, r == 0 || r == -ERANGE ? VK_STEP_CLOCK_WRITE : VK_STEP_IDENTIFY);
	advance(s);
}

static void read_clock(struct vk_session *s)
{
	const struct vk_attribute *a = clock_attribute(s);

	if (a && (a->properties & VK_GATT_READ))
		read_value(s, a, on_clock);
	else
		settle_clock(s, VK_STEP_IDENTIFY);
}

static void on_clock_set(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	s->is_clock_set = !reply->error || reply->error == VK_ATT_E_IGNORED;
	go(s, VK_STEP_IDENTIFY);
	advance(s);
}

static void set_clock(struct vk_session *s)
{
	const struct vk_attribute *a = clock_attribute(s);
	bool is_good = s->has_offset && s->offset_s <= VK_SESSION_CLOCK_SLACK_S &&
		       s->offset_s >= -VK_SESSION_CLOCK_SLACK_S;
	struct vk_session_now now;
	uint8_t value[VK_CLOCK_MAX];
	size_t len;

	vk_session_now(s, &now);
	if (is_good || !now.is_trusted || !(a->properties & VK_GATT_WRITE)) {
		go(s, VK_STEP_IDENTIFY);
		return;
	}
	len = vk_device_clock_format(a->uuid, &now.local, value);
	write_value(s, a->value, value, len, on_clock_set);
}

/* ---- what it is ---- */

static void copy_text(char out[VK_TEXT_MAX], const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (n < len && n < VK_TEXT_MAX - 1 && data[n]) {
		out[n] = (char)(data[n] < 0x20 || data[n] == 0x7f ? '?' : data[n]);
		n++;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	if (!vk_is_utf8(out, n))
		for (size_t i = 0; i < n; i++)
			out[i] = (char)(out[i] & 0x80 ? '?' : out[i]);
}

static void on_identity(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	if (!reply->error)
		copy_text(s->identity[s->item], reply->data, reply->len);
	s->item++;
	advance(s);
}

static void identify(struct vk_session *s)
{
	int n = sizeof identities / sizeof identities[0];
	const struct vk_attribute *a = NULL;

	if (!s->is_fresh) {
		go(s, VK_STEP_READY);
		return;
	}
	for (; s->item < n && !a; s->item += !a)
		a = vk_attributes_by_uuid(s->attributes, identities[s->item]);
	if (a) {
		read_value(s, a, on_identity);
		return;
	}
	s->ops->learned(s->user, VK_LEARNED_IDENTITY);
	go(s, VK_STEP_READY);
}

static void become_ready(struct vk_session *s)
{
	bool was_ready = s->is_ready;

	s->is_ready = true;
	go(s, VK_STEP_RECORDS);
	if (!was_ready)
		s->ops->ready(s->user);
}

/* ---- records ---- */

static void on_racp_written(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	if (reply->error)
		vk_session_fail(s, is_security_error(reply->error) ? -EACCES : -EIO);
	advance(s);
}

static void ask_records(struct vk_session *s)
{
	const struct vk_attribute *racp = vk_attributes_by_uuid(s->attributes, VK_UUID_RACP);
	uint8_t value[VK_TRANSFER_REQUEST_MAX];
	size_t len;

	if (!racp || !racp->cccd || !vk_attributes_by_uuid(s->attributes, VK_UUID_GLUCOSE)) {
		go(s, VK_STEP_BATTERY);
		return;
	}
	if (s->transfer.is_waiting || s->is_racp_confirm_due)
		return;
	len = vk_transfer_request(&s->transfer, value);
	if (len > 0) {
		write_value(s, racp->value, value, len, on_racp_written);
		return;
	}
	s->ops->learned(s->user, VK_LEARNED_SEQUENCE);
	go(s, VK_STEP_BATTERY);
}

/* ---- battery, and the end ---- */

static void on_battery(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	if (!reply->error && reply->len >= 1 && reply->data[0] <= 100) {
		s->battery_percent = reply->data[0];
		s->ops->learned(s->user, VK_LEARNED_BATTERY);
	}
	go(s, VK_STEP_IDLE);
	advance(s);
}

/* Not worth losing data for: only behind the first stored reading, or at pairing. */
static void read_battery(struct vk_session *s)
{
	const struct vk_attribute *a = vk_attributes_by_uuid(s->attributes, UUID_BATTERY);

	if (!a || !(a->properties & VK_GATT_READ) || s->is_battery_read || s->is_stale) {
		go(s, VK_STEP_IDLE);
	} else if (s->is_fresh || s->readings > 0) {
		s->is_battery_read = true;
		read_value(s, a, on_battery);
	}
}

/* One step; false when it waits for something. */
static bool take_step(struct vk_session *s)
{
	enum vk_session_step step = s->step;

	switch (step) {
	case VK_STEP_DISCOVER:
		discover(s);
		break;
	case VK_STEP_MTU:
		exchange_mtu(s);
		break;
	case VK_STEP_SUBSCRIBE:
		subscribe(s);
		break;
	case VK_STEP_CLOCK_READ:
		read_clock(s);
		break;
	case VK_STEP_CLOCK_WRITE:
		set_clock(s);
		break;
	case VK_STEP_IDENTIFY:
		identify(s);
		break;
	case VK_STEP_READY:
		become_ready(s);
		break;
	case VK_STEP_RECORDS:
		ask_records(s);
		break;
	case VK_STEP_BATTERY:
		read_battery(s);
		break;
	case VK_STEP_IDLE:
		if (s->is_stale && !s->has_held)
			go(s, VK_STEP_DISCOVER);
		break;
	}
	return s->step != step;
}

static void advance(struct vk_session *s)
{
	while (!s->is_busy && !s->is_raising && !s->is_over && !s->error && take_step(s))
		continue;
}

void vk_session_advance(struct vk_session *s)
{
	advance(s);
}

/* ---- entry points ---- */

static int att_send(void *user, const uint8_t *pdu, size_t len)
{
	struct vk_session *s = user;

	return s->is_over ? -ENOTCONN : s->ops->send(s->user, pdu, len);
}

static void att_current_time(void *user, uint8_t out[VK_ATT_CURRENT_TIME_LEN])
{
	struct vk_session_now now;

	vk_session_now(user, &now);
	(void)vk_device_clock_format(VK_UUID_CURRENT_TIME, &now.local, out);
}

int vk_session_start(struct vk_session *s, const struct vk_session_ops *ops, void *user,
		     struct vk_attributes *attributes, int32_t last_sequence)
{
	static const struct vk_att_ops att_ops = {
		.send = att_send,
		.value = vk_session_on_value,
		.current_time = att_current_time,
	};
	struct vk_session_now now;

	memset(s, 0, sizeof *s);
	s->ops = ops;
	s->user = user;
	s->attributes = attributes;
	s->battery_percent = -1;
	s->waiting_since_ms = INT64_MAX;
	s->next_token = 1;
	vk_att_init(&s->att, &att_ops, s);
	vk_transfer_init(&s->transfer, last_sequence);
	vk_session_now(s, &now);
	s->heard_ms = now.mono_ms;
	go(s, attributes->n > 0 ? VK_STEP_MTU : VK_STEP_DISCOVER);
	advance(s);
	return s->error;
}

void vk_session_done(struct vk_session *s)
{
	vk_transfer_done(&s->transfer);
}

int vk_session_input(struct vk_session *s, const uint8_t *pdu, size_t len)
{
	struct vk_session_now now;
	int r;

	vk_session_now(s, &now);
	s->heard_ms = now.mono_ms;
	r = vk_att_input(&s->att, pdu, len, now.mono_ms);
	if (r < 0)
		vk_session_fail(s, r);
	return s->error;
}

int vk_session_raised(struct vk_session *s)
{
	s->is_raising = false;
	advance(s);
	return s->error;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t after(int64_t since_ms, int64_t ms)
{
	return since_ms == INT64_MAX ? INT64_MAX : since_ms + ms;
}

int64_t vk_session_deadline_ms(const struct vk_session *s)
{
	int64_t deadline = earlier(s->att.deadline_ms, s->heard_ms + VK_SESSION_IDLE_MS);

	deadline = earlier(deadline, after(s->waiting_since_ms, VK_SESSION_STORE_MS));
	if (s->has_held)
		deadline = earlier(deadline, s->held_mono_ms + VK_SESSION_HOLD_MS);
	return deadline;
}

int vk_session_tick(struct vk_session *s)
{
	struct vk_session_now now;

	vk_session_now(s, &now);
	if (vk_att_tick(&s->att, now.mono_ms) < 0)
		vk_session_fail(s, -ETIMEDOUT);
	if (now.mono_ms >= after(s->waiting_since_ms, VK_SESSION_STORE_MS))
		vk_session_fail(s, -ETIME);
	if (s->has_held && now.mono_ms >= s->held_mono_ms + VK_SESSION_HOLD_MS)
		vk_session_submit_held(s);
	if (s->error)
		return s->error;
	if (now.mono_ms < s->heard_ms + VK_SESSION_IDLE_MS || s->unanswered > 0)
		return 0;
	return s->transfer.is_waiting ? -ETIMEDOUT : 1;
}

bool vk_session_is_drained(const struct vk_session *s)
{
	return s->unanswered == 0;
}
