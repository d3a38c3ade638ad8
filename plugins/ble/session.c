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

enum { UUID_HASH = 0x2b2a, BUDGET_UNIT = 1000, FORMAT_MOST = 20 };

/* What is subscribed to, in this order: the readings that cannot wait first. */
static const uint16_t subscriptions[] = {
	0x2a35,
	0x2a9d,
	VK_UUID_COMPOSITION,
	0x2a5e,
	VK_UUID_CONTINUOUS,
	0x2a1c,
	VK_UUID_HEART_RATE,
	VK_UUID_SENSOR,
	VK_UUID_GLUCOSE,
	VK_UUID_GLUCOSE_CONTEXT,
	VK_UUID_PRESSURE_RECORD,
	0x2b34,
	VK_UUID_USER_POINT,
	VK_UUID_RACP,
	VK_UUID_CURRENT_TIME,
	VK_UUID_CONTOUR_CLOCK,
	VK_UUID_SERVICE_CHANGED,
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

void vk_session_go(struct vk_session *s, enum vk_session_step step)
{
	s->step = step;
	s->item = 0;
}

void vk_session_read(struct vk_session *s, uint16_t handle, vk_att_reply_fn fn)
{
	uint8_t pdu[VK_ATT_REQUEST_MAX];

	request(s, pdu, vk_att_build_read(pdu, handle), fn);
}

void vk_session_write(struct vk_session *s, uint16_t handle, const void *value, size_t len,
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
	s->is_stale = s->is_hash_read = false;
	s->ops->learned(s->user, VK_LEARNED_ATTRIBUTES);
	vk_session_go(s, VK_STEP_MTU);
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
	vk_session_go(s, VK_STEP_IDENTIFY);
	advance(s);
}

/* Only these do not fit into 20 bytes; some old devices drop the link when asked. */
static void exchange_mtu(struct vk_session *s)
{
	uint8_t pdu[VK_ATT_REQUEST_MAX];

	if (vk_attributes_by_uuid(s->attributes, VK_UUID_COMPOSITION) ||
	    vk_attributes_by_uuid(s->attributes, VK_UUID_PRESSURE_RECORD))
		request(s, pdu, vk_att_build_mtu(pdu), on_mtu);
	else
		vk_session_go(s, VK_STEP_IDENTIFY);
}

/* ---- subscriptions ---- */

bool vk_session_is_security_error(uint8_t error)
{
	return error == VK_ATT_E_AUTHENTICATION || error == VK_ATT_E_ENCRYPTION;
}

/* True when the same item shall be tried again later. */
static bool is_refused(struct vk_session *s, uint8_t error)
{
	if (vk_session_is_security_error(error)) {
		if (s->has_raised) {
			vk_session_fail(s, -EACCES);
		} else {
			s->has_raised = s->is_raising = true;
			s->ops->raise(s->user);
		}
		return true;
	}
	if ((error == VK_ATT_E_HANDLE || error == VK_ATT_E_NOT_FOUND) && !s->is_fresh) {
		vk_session_go(s, VK_STEP_DISCOVER);
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

/* Clocks are listened to only where that is how they are set. */
static bool is_wanted(const struct vk_session *s, uint16_t uuid)
{
	if (uuid == VK_UUID_CURRENT_TIME)
		return vk_session_has_quirk(s, VK_QUIRK_CLOCK_FIRST_NOTIFIED);
	if (uuid == VK_UUID_CONTOUR_CLOCK)
		return vk_session_has_quirk(s, VK_QUIRK_CLOCK_CONTOUR);
	if (uuid == VK_UUID_GLUCOSE_CONTEXT)
		return !vk_session_has_quirk(s, VK_QUIRK_NO_CONTEXT);
	return true;
}

/* With service-changed-first the last of the list stands before the first. */
static uint16_t subscription(const struct vk_session *s, int item)
{
	int n = sizeof subscriptions / sizeof subscriptions[0];

	if (vk_session_has_quirk(s, VK_QUIRK_SERVICE_CHANGED_FIRST))
		item = (item + n - 1) % n;
	return subscriptions[item];
}

static const struct vk_attribute *next_subscription(struct vk_session *s)
{
	for (; s->item < (int)(sizeof subscriptions / sizeof subscriptions[0]); s->item++) {
		uint16_t uuid = subscription(s, s->item);
		const struct vk_attribute *a = vk_attributes_by_uuid(s->attributes, uuid);

		if (a && a->cccd && is_wanted(s, uuid))
			return a;
	}
	return NULL;
}

static void subscribe(struct vk_session *s)
{
	const struct vk_attribute *a = next_subscription(s);
	uint8_t value[2] = {0};

	if (!a) {
		vk_session_go(s, s->is_clock_settled ? VK_STEP_RECORDS : VK_STEP_SENSOR);
		return;
	}
	value[0] = a->properties & VK_GATT_INDICATE ? 2 : 1;
	vk_session_write(s, a->cccd, value, sizeof value, on_subscribed);
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

	if (!s->is_fresh || s->is_identified) {
		vk_session_go(s, VK_STEP_SUBSCRIBE);
		return;
	}
	for (; s->item < n && !a; s->item += !a)
		a = vk_attributes_by_uuid(s->attributes, identities[s->item]);
	if (a) {
		vk_session_read(s, a->value, on_identity);
		return;
	}
	s->is_identified = true;
	s->ops->learned(s->user, VK_LEARNED_IDENTITY);
	s->ops->identified(s->user, &s->given.quirks);
	vk_session_go(s, VK_STEP_SUBSCRIBE);
}

static void become_ready(struct vk_session *s)
{
	bool was_ready = s->is_ready;

	s->is_ready = true;
	vk_session_go(s, VK_STEP_RECORDS);
	if (!was_ready)
		s->ops->ready(s->user);
}

/* ---- battery, and the end ---- */

bool vk_session_is_huge(struct vk_session *s, const struct vk_att_reply *reply)
{
	if (reply->error || reply->len <= FORMAT_MOST)
		return false;
	vk_session_fail(s, -E2BIG);
	return true;
}

static void on_battery(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	if (!vk_session_is_huge(s, reply) && !reply->error && reply->len >= 1 &&
	    reply->data[0] <= 100) {
		s->battery_percent = reply->data[0];
		s->ops->learned(s->user, VK_LEARNED_BATTERY);
	}
	vk_session_go(s, VK_STEP_IDLE);
	advance(s);
}

/* Not worth losing data for: only behind the first stored reading, or at pairing. */
static void read_battery(struct vk_session *s)
{
	const struct vk_attribute *a = vk_attributes_by_uuid(s->attributes, VK_UUID_BATTERY);

	if (!a || !(a->properties & VK_GATT_READ) || s->is_battery_read || s->is_stale) {
		vk_session_go(s, VK_STEP_IDLE);
	} else if (s->is_fresh || s->readings > 0) {
		s->is_battery_read = true;
		vk_session_read(s, a->value, on_battery);
	}
}

/* Another hash is remembered with its map: the link may end before that is discovered. */
static void take_hash(struct vk_session *s, const uint8_t hash[VK_HASH_SIZE])
{
	struct vk_memory *memory = &s->given.memory;

	if (memory->has_hash && !s->is_fresh && memcmp(memory->hash, hash, VK_HASH_SIZE) != 0) {
		s->is_stale = true;
		return;
	}
	memory->has_hash = true;
	memcpy(memory->hash, hash, VK_HASH_SIZE);
	s->ops->learned(s->user, VK_LEARNED_MEMORY);
}

/* An answer by type is one entry: its length, its handle, its value. */
static void on_hash(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	if (!reply->error && reply->len == 3 + VK_HASH_SIZE && reply->data[0] == 2 + VK_HASH_SIZE)
		take_hash(s, reply->data + 3);
	vk_session_go(s, VK_STEP_BATTERY);
	advance(s);
}

/* By type, not by handle: handles are what may have changed. Only where there was one. */
static void read_hash(struct vk_session *s)
{
	uint8_t pdu[VK_ATT_REQUEST_MAX];

	if (s->is_hash_read || s->is_stale ||
	    (!s->given.memory.has_hash && !vk_attributes_by_uuid(s->attributes, UUID_HASH))) {
		vk_session_go(s, VK_STEP_BATTERY);
		return;
	}
	s->is_hash_read = true;
	request(s, pdu, vk_att_build_read_by_type(pdu, 1, UINT16_MAX, UUID_HASH), on_hash);
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
	case VK_STEP_SENSOR:
		vk_session_sensor(s);
		break;
	case VK_STEP_CLOCK_READ:
		vk_session_clock_read(s);
		break;
	case VK_STEP_CLOCK_WRITE:
		vk_session_clock_write(s);
		break;
	case VK_STEP_CLOCK_CHECK:
		vk_session_clock_check(s);
		break;
	case VK_STEP_CONSENT:
		vk_session_consent(s);
		break;
	case VK_STEP_PROFILE:
		vk_session_profile(s);
		break;
	case VK_STEP_IDENTIFY:
		identify(s);
		break;
	case VK_STEP_READY:
		become_ready(s);
		break;
	case VK_STEP_RECORDS:
		vk_session_records(s);
		break;
	case VK_STEP_BATTERY:
		read_battery(s);
		break;
	case VK_STEP_HASH:
		read_hash(s);
		break;
	case VK_STEP_IDLE:
		if (s->is_stale && !s->has_held)
			vk_session_go(s, VK_STEP_DISCOVER);
		break;
	}
	return s->step != step;
}

/* A value that did not wait for the clock: the device gets its answer before it is asked on. */
static bool is_waited_for(const struct vk_session *s)
{
	return s->is_confirm_due && !s->is_clock_settled;
}

static void advance(struct vk_session *s)
{
	while (!s->is_busy && !s->is_raising && !s->is_over && !s->error && !is_waited_for(s) &&
	       take_step(s))
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
		     struct vk_attributes *attributes, const struct vk_session_given *given)
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
	s->given = *given;
	s->waiting_since_ms = s->valued_ms = INT64_MAX;
	s->next_token = 1;
	vk_att_init(&s->att, &att_ops, s);
	vk_transfer_init(&s->transfer, given->last_sequence);
	vk_session_now(s, &now);
	s->heard_ms = s->budget_ms = now.mono_ms;
	s->budget = VK_SESSION_BURST * BUDGET_UNIT;
	vk_session_go(s, attributes->n > 0 ? VK_STEP_MTU : VK_STEP_DISCOVER);
	advance(s);
	return s->error;
}

void vk_session_done(struct vk_session *s)
{
	vk_transfer_done(&s->transfer);
}

/* A device may send a whole memory at once, and for ever no more than any sensor has to say. */
static bool is_flood(struct vk_session *s, int64_t now_ms)
{
	s->budget += (now_ms - s->budget_ms) * VK_SESSION_RATE;
	s->budget_ms = now_ms;
	if (s->budget > VK_SESSION_BURST * BUDGET_UNIT)
		s->budget = VK_SESSION_BURST * BUDGET_UNIT;
	s->budget -= BUDGET_UNIT;
	return s->budget < 0;
}

int vk_session_input(struct vk_session *s, const uint8_t *pdu, size_t len)
{
	struct vk_session_now now;
	int r;

	vk_session_now(s, &now);
	s->heard_ms = now.mono_ms;
	if (is_flood(s, now.mono_ms)) {
		vk_session_fail(s, -EOVERFLOW);
		return s->error;
	}
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

/* Some devices wait for the collector to go. */
static bool is_ours_to_end(const struct vk_session *s)
{
	bool is_idle = s->step == VK_STEP_IDLE && s->unanswered == 0 && !s->has_held;

	if (is_idle && s->given.is_new && vk_session_has_quirk(s, VK_QUIRK_DISCONNECT_AFTER_BOND))
		return true;
	return is_idle && s->valued_ms != INT64_MAX &&
	       vk_session_has_quirk(s, VK_QUIRK_HUB_ENDS_SESSION);
}

static int64_t ending_since(const struct vk_session *s)
{
	return s->valued_ms == INT64_MAX ? s->heard_ms : s->valued_ms;
}

int64_t vk_session_deadline_ms(const struct vk_session *s)
{
	int64_t deadline =
		earlier(s->att.deadline_ms, after(s->waiting_since_ms, VK_SESSION_STORE_MS));

	/* A silent device is let go only when the hub has answered: nothing is due before that. */
	if (s->unanswered == 0)
		deadline = earlier(deadline, s->heard_ms + VK_SESSION_IDLE_MS);
	if (s->has_held)
		deadline = earlier(deadline, s->held_mono_ms + VK_SESSION_HOLD_MS);
	if (is_ours_to_end(s))
		deadline = earlier(deadline, after(ending_since(s), VK_SESSION_LINGER_MS));
	return deadline;
}

int vk_session_tick(struct vk_session *s)
{
	struct vk_session_now now;

	vk_session_now(s, &now);
	if (vk_att_tick(&s->att, now.mono_ms) < 0) {
		s->is_mute = s->error == 0;
		vk_session_fail(s, -ETIMEDOUT);
	}
	if (now.mono_ms >= after(s->waiting_since_ms, VK_SESSION_STORE_MS))
		vk_session_fail(s, -ETIME);
	if (s->has_held && now.mono_ms >= s->held_mono_ms + VK_SESSION_HOLD_MS)
		vk_session_submit_held(s);
	if (s->error)
		return s->error;
	if (is_ours_to_end(s) && now.mono_ms >= after(ending_since(s), VK_SESSION_LINGER_MS))
		return 1;
	if (now.mono_ms < s->heard_ms + VK_SESSION_IDLE_MS || s->unanswered > 0)
		return 0;
	s->is_mute = s->transfer.is_waiting;
	return s->is_mute ? -ETIMEDOUT : 1;
}

bool vk_session_is_drained(const struct vk_session *s)
{
	return s->unanswered == 0;
}
