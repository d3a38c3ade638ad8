/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's clock: read before it is written, written as its model wants it, and read back. How
 * far it was off places what was measured before; what it says afterwards is the next session's
 * mark.
 */
#include "session_values.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/err.h"
#include "clock.h"

static const char *const state_texts[] = {
	[VK_CLOCK_UNKNOWN] = "",        [VK_CLOCK_RIGHT] = "ok",
	[VK_CLOCK_OFF] = "off",         [VK_CLOCK_SUMMER] = "summer-time",
	[VK_CLOCK_FACTORY] = "factory", [VK_CLOCK_UNSET] = "unset",
};

const char *vk_clock_state_text(enum vk_clock_state state)
{
	return (unsigned)state < VK_ARRAY_LEN(state_texts) ? state_texts[state] : "";
}

static const struct vk_attribute *clock_attribute(const struct vk_session *s)
{
	const struct vk_attribute *own = vk_attributes_by_uuid(s->attributes, VK_UUID_DATE_TIME);
	const struct vk_attribute *a = vk_attributes_by_uuid(s->attributes, VK_UUID_CURRENT_TIME);

	if (own && vk_session_has_quirk(s, VK_QUIRK_CLOCK_DATE_TIME))
		return own;
	return a ? a : own;
}

static void settle(struct vk_session *s, enum vk_session_step step)
{
	s->is_clock_settled = true;
	vk_session_go(s, step);
	vk_session_release_held(s);
}

static struct vk_clock_mark mark_of(const struct vk_session_now *now, const struct vk_civil *clock)
{
	return (struct vk_clock_mark){
		.is_known = now->is_trusted,
		.utc_s = now->utc_ms / 1000,
		.wall_s = vk_civil_seconds(&now->local),
		.device_s = vk_civil_seconds(clock),
	};
}

static bool is_within(int64_t value, int64_t most)
{
	return value <= most && value >= -most;
}

static enum vk_clock_state judge(int64_t offset_s, const struct vk_civil *clock)
{
	if (is_within(offset_s, VK_SESSION_CLOCK_SLACK_S))
		return VK_CLOCK_RIGHT;
	if (vk_clock_is_factory(clock, offset_s))
		return VK_CLOCK_FACTORY;
	if (is_within(offset_s - VK_CLOCK_SUMMER_S, VK_CLOCK_SUMMER_SLACK_S) ||
	    is_within(offset_s + VK_CLOCK_SUMMER_S, VK_CLOCK_SUMMER_SLACK_S))
		return VK_CLOCK_SUMMER;
	return VK_CLOCK_OFF;
}

int vk_session_take_clock(struct vk_session *s, const struct vk_civil *clock)
{
	struct vk_session_now now;
	int64_t offset_s;

	vk_session_now(s, &now);
	offset_s = vk_civil_seconds(&now.local) - vk_civil_seconds(clock);
	s->clock_state = judge(offset_s, clock);
	if (!is_within(offset_s, VK_SESSION_OFFSET_MOST_S))
		return -ERANGE;
	s->has_offset = true;
	s->offset_s = offset_s;
	s->found = s->left = mark_of(&now, clock);
	return 0;
}

static void on_clock(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;
	struct vk_civil clock;
	int r = reply->error ? -ENODATA : vk_device_clock_parse(reply->data, reply->len, &clock);

	s->is_busy = false;
	if (vk_session_is_huge(s, reply))
		return;
	if (r == 0)
		r = vk_session_take_clock(s, &clock);
	else if (r == -ERANGE)
		s->clock_state = VK_CLOCK_UNSET;
	if (r == 0 || r == -ERANGE)
		s->ops->learned(s->user, VK_LEARNED_CLOCK);
	/* A clock that says it does not know (-ERANGE) wants to be set. */
	settle(s, r == 0 || r == -ERANGE ? VK_STEP_CLOCK_WRITE : VK_STEP_CONSENT);
	vk_session_advance(s);
}

void vk_session_clock_read(struct vk_session *s)
{
	const struct vk_attribute *a = clock_attribute(s);

	if (vk_session_has_quirk(s, VK_QUIRK_CLOCK_CONTOUR) &&
	    vk_attributes_by_uuid(s->attributes, VK_UUID_CONTOUR_CLOCK))
		settle(s, VK_STEP_CLOCK_WRITE);
	else if (a && (a->properties & VK_GATT_READ) &&
		 !vk_session_has_quirk(s, VK_QUIRK_CLOCK_UNTRUSTED))
		vk_session_read(s, a->value, on_clock);
	else
		settle(s, VK_STEP_CONSENT);
}

/* ---- writing ---- */

static void on_clock_written(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	s->has_written_clock = !reply->error || reply->error == VK_ATT_E_IGNORED;
	vk_session_go(s, s->has_written_clock ? VK_STEP_CLOCK_CHECK : VK_STEP_CONSENT);
	vk_session_advance(s);
}

static bool is_left_alone(const struct vk_session *s, const struct vk_session_now *now)
{
	return !now->is_trusted || vk_session_has_quirk(s, VK_QUIRK_CLOCK_NEVER_WRITE) ||
	       vk_session_has_quirk(s, VK_QUIRK_CLOCK_UNTRUSTED) ||
	       vk_session_has_quirk(s, VK_QUIRK_CLOCK_FIRST_NOTIFIED);
}

static const struct vk_attribute *contour_clock(const struct vk_session *s)
{
	if (!vk_session_has_quirk(s, VK_QUIRK_CLOCK_CONTOUR))
		return NULL;
	return vk_attributes_by_uuid(s->attributes, VK_UUID_CONTOUR_CLOCK);
}

void vk_session_clock_write(struct vk_session *s)
{
	const struct vk_attribute *vendor = contour_clock(s),
				  *a = vendor ? vendor : clock_attribute(s);
	bool is_good = s->has_offset && is_within(s->offset_s, VK_SESSION_CLOCK_SLACK_S);
	struct vk_session_now now;
	uint8_t value[VK_CLOCK_MAX];
	size_t len;

	vk_session_now(s, &now);
	if (is_good || is_left_alone(s, &now) || !(a->properties & VK_GATT_WRITE)) {
		vk_session_go(s, VK_STEP_CONSENT);
		return;
	}
	len = vendor ? vk_contour_clock_format(now.utc_ms / 1000, vk_civil_seconds(&now.local),
					       value)
		     : vk_device_clock_format(a->uuid, &now.local, value);
	vk_session_write(s, a->value, value, len, on_clock_written);
}

static void on_clock_checked(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;
	struct vk_session_now now;
	struct vk_civil clock;

	s->is_busy = false;
	vk_session_now(s, &now);
	if (!reply->error && vk_device_clock_parse(reply->data, reply->len, &clock) == 0) {
		s->left = mark_of(&now, &clock);
		s->is_clock_set =
			is_within(s->left.wall_s - s->left.device_s, VK_SESSION_CLOCK_SLACK_S);
	}
	vk_session_go(s, VK_STEP_CONSENT);
	vk_session_advance(s);
}

/* Some devices take the write and keep their time. */
void vk_session_clock_check(struct vk_session *s)
{
	const struct vk_attribute *a = clock_attribute(s);

	if (!contour_clock(s) && a && (a->properties & VK_GATT_READ))
		vk_session_read(s, a->value, on_clock_checked);
	else
		vk_session_go(s, VK_STEP_CONSENT);
}

/* ---- devices that want it once, after they have spoken ---- */

static void on_notified_clock_written(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;
	struct vk_session_now now;

	vk_session_now(s, &now);
	if (reply->error)
		return;
	s->has_written_clock = true;
	s->left = mark_of(&now, &now.local);
}

void vk_session_clock_notified(struct vk_session *s, const uint8_t *data, size_t len)
{
	const struct vk_attribute *a = vk_attributes_by_uuid(s->attributes, VK_UUID_CURRENT_TIME);
	uint8_t pdu[VK_ATT_REQUEST_MAX], value[VK_CLOCK_MAX];
	struct vk_session_now now;
	struct vk_civil clock;
	int r;

	if (s->has_been_notified || !vk_session_has_quirk(s, VK_QUIRK_CLOCK_FIRST_NOTIFIED))
		return;
	s->has_been_notified = true;
	if (vk_device_clock_parse(data, len, &clock) < 0 ||
	    (!s->has_offset && vk_session_take_clock(s, &clock) < 0))
		return;
	s->ops->learned(s->user, VK_LEARNED_CLOCK);
	vk_session_now(s, &now);
	if (!now.is_trusted || !a || !(a->properties & VK_GATT_WRITE) ||
	    is_within(s->offset_s, VK_SESSION_FIRST_NOTIFIED_S))
		return;
	len = vk_device_clock_format(a->uuid, &now.local, value);
	len = vk_att_build_write(pdu, a->value, value, len);
	r = vk_att_request(&s->att, pdu, len, now.mono_ms, on_notified_clock_written, s);
	if (r < 0)
		vk_session_fail(s, r);
}

/* ---- what is known ---- */

void vk_session_timeline(const struct vk_session *s, struct vk_timeline *ret_line)
{
	struct vk_session_now now;

	vk_session_now(s, &now);
	*ret_line = (struct vk_timeline){
		.before = s->given.memory.mark,
		.now = s->found,
		.now_utc_s = now.utc_ms / 1000,
		.now_wall_s = vk_civil_seconds(&now.local),
	};
	if (vk_session_has_quirk(s, VK_QUIRK_CLOCK_UNTRUSTED))
		ret_line->before.is_known = ret_line->now.is_known = false;
	/* A hub that does not know the time knows nothing of another clock. */
	if (!now.is_trusted)
		ret_line->before.is_known = ret_line->now.is_known = false;
}

void vk_session_leave_mark(struct vk_session *s)
{
	if (s->left.is_known)
		s->given.memory.mark = s->left;
}
