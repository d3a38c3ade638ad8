/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A glucose sensor on the skin (service 181F) tells no time of day: each record counts minutes from
 * the start of the sensor, which is read once a session. What it notifies has just been measured,
 * so the last record of a notification shows what its clock says now, to the minute. Several
 * records in one notification are as many readings. Its own memory is not asked for (there is no
 * device to try it with): what was measured out of reach is not fetched.
 */
#include "session_values.h"

#include "base/decoded.h"
#include "profiles/cgm.h"

enum { MINUTE_SLACK_S = 90 }; /* minutes are cut off, and the start itself may be */

static void on_start(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;
	struct vk_decode_error error;

	s->is_busy = false;
	s->has_sensor_start = !reply->error && vk_cgm_start_decode(reply->data, reply->len,
								   &s->sensor_start, &error) == 0;
	vk_session_go(s, VK_STEP_CLOCK_READ);
	vk_session_advance(s);
}

void vk_session_sensor(struct vk_session *s)
{
	const struct vk_attribute *a = vk_attributes_by_uuid(s->attributes, VK_UUID_SENSOR_START);

	if (a && (a->properties & VK_GATT_READ) &&
	    vk_attributes_by_uuid(s->attributes, VK_UUID_SENSOR))
		vk_session_read(s, a->value, on_start);
	else
		vk_session_go(s, VK_STEP_CLOCK_READ);
}

/* A sensor that was started with a wrong time is wrong by as much in every record. */
static void judge_clock(struct vk_session *s, const struct vk_decoded *newest)
{
	struct vk_session_now now;
	int64_t offset_s;

	if (s->has_offset || newest->time_state != VK_TIME_KNOWN)
		return;
	vk_session_now(s, &now);
	offset_s = vk_civil_seconds(&now.local) - vk_civil_seconds(&newest->device_time);
	if (offset_s > MINUTE_SLACK_S || offset_s < -MINUTE_SLACK_S)
		(void)vk_session_take_clock(s, &newest->device_time);
}

void vk_session_on_sensor(struct vk_session *s, const uint8_t *data, size_t len)
{
	const struct vk_cgm_start *start = s->has_sensor_start ? &s->sensor_start : NULL;
	struct vk_decoded records[VK_MAX_RECORDS];
	struct vk_decode_error error;
	struct vk_session_now now;
	int n = vk_cgm_decode(data, len, start, records, &error);

	vk_session_now(s, &now);
	if (n < 0) { /* kept once: a broken sensor goes on and on */
		if (!s->is_stream_bad)
			vk_session_send_unconfirmed(s, VK_UUID_SENSOR, data, len, now.utc_ms);
		s->is_stream_bad = true;
		return;
	}
	judge_clock(s, &records[n - 1]);
	for (int i = 0; i < n && !s->error; i++) {
		vk_session_send_unconfirmed(s, VK_UUID_SENSOR, data, data[0], now.utc_ms);
		data += data[0]; /* sizes were checked by the decoder */
	}
}
