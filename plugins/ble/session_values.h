/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a session among themselves: session.c keeps the order, session_clock.c the device's
 * clock, session_user.c its users, session_records.c its memory, session_sensor.c the minutes of a
 * glucose sensor, session_values.c what it sends by itself and the confirmation when the hub has
 * it.
 */
#ifndef VAKA_BLE_SESSION_VALUES_H
#define VAKA_BLE_SESSION_VALUES_H

#include "session.h"

/* Tokens of records carry their index. */
#define VK_RECORD_TOKEN 0x80000000u

enum {
	VK_UUID_SERVICE_CHANGED = 0x2a05,
	VK_UUID_BATTERY = 0x2a19,
	VK_UUID_COMPOSITION = 0x2a9c,
	VK_UUID_USER_POINT = 0x2a9f,
	VK_UUID_SPOT = 0x2a5e,
	VK_UUID_CONTINUOUS = 0x2a5f,
	VK_UUID_HEART_RATE = 0x2a37,
	VK_UUID_SENSOR = 0x2aa7, /* CGM Measurement */
	VK_UUID_SENSOR_START = 0x2aaa,
};

static inline bool vk_session_has_quirk(const struct vk_session *s, enum vk_quirk quirk)
{
	return vk_has_quirk(&s->given.quirks, quirk);
}

/* session.c */
void vk_session_go(struct vk_session *s, enum vk_session_step step);
bool vk_session_is_security_error(uint8_t error);
/* An answer longer than any format that is read: the device is given up. */
bool vk_session_is_huge(struct vk_session *s, const struct vk_att_reply *reply);
void vk_session_read(struct vk_session *s, uint16_t handle, vk_att_reply_fn fn);
void vk_session_write(struct vk_session *s, uint16_t handle, const void *value, size_t len,
		      vk_att_reply_fn fn);
void vk_session_now(const struct vk_session *s, struct vk_session_now *ret_now);
void vk_session_fail(struct vk_session *s, int error);
void vk_session_advance(struct vk_session *s);

/* session_clock.c: a step each, as the others */
void vk_session_clock_read(struct vk_session *s);
void vk_session_clock_write(struct vk_session *s);
void vk_session_clock_check(struct vk_session *s);
/* -ERANGE: a clock that is lifetimes away tells nothing about when something was measured. */
int vk_session_take_clock(struct vk_session *s, const struct vk_civil *clock);
void vk_session_clock_notified(struct vk_session *s, const uint8_t *data, size_t len);
/* What is known of the clock, for records; the mark that the next session gets. */
void vk_session_timeline(const struct vk_session *s, struct vk_timeline *ret_line);
void vk_session_leave_mark(struct vk_session *s);

/* session_user.c */
void vk_session_consent(struct vk_session *s);
void vk_session_profile(struct vk_session *s);
void vk_session_on_user_answer(struct vk_session *s, const uint8_t *data, size_t len);

/* session_sensor.c */
void vk_session_sensor(struct vk_session *s); /* a step */
void vk_session_on_sensor(struct vk_session *s, const uint8_t *data, size_t len);

/* session_records.c */
void vk_session_records(struct vk_session *s);
void vk_session_on_racp(struct vk_session *s, const uint8_t *data, size_t len);
void vk_session_on_record(struct vk_session *s, uint16_t uuid, const uint8_t *data, size_t len);
/* Of 2B36: a record that is longer than a notification comes in several. */
void vk_session_on_segment(struct vk_session *s, const uint8_t *data, size_t len);
void vk_session_hand_over_records(struct vk_session *s);
void vk_session_release_records(struct vk_session *s); /* no more will come */

/* session_values.c */
void vk_session_describe(const struct vk_session *s, uint16_t uuid, const uint8_t *raw, size_t len,
			 int64_t utc_ms, bool is_record, struct vk_sample *ret_sample);
void vk_session_hand_over(struct vk_session *s, const struct vk_sample *sample, uint32_t token);
/* A value nobody waits for a confirmation of. */
void vk_session_send_unconfirmed(struct vk_session *s, uint16_t uuid, const uint8_t *data,
				 size_t len, int64_t utc_ms);
void vk_session_confirm(struct vk_session *s);
void vk_session_on_value(void *user, uint16_t handle, const uint8_t *data, size_t len,
			 bool is_indication);
/* Hands the held indication over, if there is one and the clock is settled or tells nothing of it.
 */
void vk_session_release_held(struct vk_session *s);
/* Hands it over whatever is known. */
void vk_session_submit_held(struct vk_session *s);

#endif
