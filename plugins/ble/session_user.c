/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The users of a scale (User Data service): consent with the code that was given at assignment,
 * once; then, for models that measure nothing before it, the user's own data written back as they
 * are and the increment raised. A refusal is told and not repeated: the code is a person's to give.
 */
#include "session_values.h"

#include <string.h>

#include "profiles/user_data.h"

enum { UUID_INCREMENT = 0x2a99 };

/* Birth date, gender, height: what a scale needs for its composition. */
static const uint16_t profile[] = {0x2a85, 0x2a8c, 0x2a8e, UUID_INCREMENT};

static void tell(struct vk_session *s, enum vk_consent_state state)
{
	s->is_consent_due = false;
	s->consented++;
	/* One refusal is what a person must hear of. */
	if (s->consent != VK_CONSENT_REFUSED)
		s->consent = state;
	s->ops->learned(s->user, VK_LEARNED_CONSENT);
}

static void on_written(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	if (reply->error)
		tell(s, VK_CONSENT_REFUSED);
	vk_session_advance(s);
}

void vk_session_consent(struct vk_session *s)
{
	const struct vk_attribute *a = vk_attributes_by_uuid(s->attributes, VK_UUID_USER_POINT);
	uint8_t value[VK_USER_REQUEST_MAX];
	int len;

	if (s->is_consent_due)
		return; /* the answer is an indication */
	if (s->consented >= s->given.n_users || !a || !a->cccd) {
		vk_session_go(s, VK_STEP_READY);
		return;
	}
	len = vk_user_build_consent(value, s->given.users[s->consented].user,
				    s->given.users[s->consented].consent);
	if (len < 0) {
		tell(s, VK_CONSENT_REFUSED);
		vk_session_consent(s);
		return;
	}
	s->is_consent_due = true;
	vk_session_write(s, a->value, value, (size_t)len, on_written);
}

void vk_session_on_user_answer(struct vk_session *s, const uint8_t *data, size_t len)
{
	struct vk_user_answer answer;
	struct vk_decode_error error;

	if (!s->is_consent_due || vk_user_answer_decode(data, len, &answer, &error) < 0 ||
	    answer.request_op != VK_USER_CONSENT)
		return;
	if (answer.result != VK_USER_SUCCESS) {
		tell(s, VK_CONSENT_REFUSED);
		return;
	}
	tell(s, VK_CONSENT_GIVEN);
	/* The device takes what is written next for this user's. */
	if (vk_session_has_quirk(s, VK_QUIRK_PROFILE_WRITE_BACK))
		vk_session_go(s, VK_STEP_PROFILE);
}

/* ---- the profile, as it is ---- */

static void next_item(struct vk_session *s)
{
	s->profile_len = 0;
	s->item++;
}

static void on_item_read(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	s->is_busy = false;
	if (reply->error || reply->len == 0 || reply->len > sizeof s->profile) {
		next_item(s);
	} else {
		memcpy(s->profile, reply->data, reply->len);
		s->profile_len = reply->len;
	}
	vk_session_advance(s);
}

static void on_item_written(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;

	(void)reply; /* one that it does not take back leaves the others as useful */
	s->is_busy = false;
	next_item(s);
	vk_session_advance(s);
}

static void raise_increment(struct vk_session *s)
{
	struct vk_decode_error error;
	uint32_t increment;

	if (vk_user_increment_decode(s->profile, s->profile_len, &increment, &error) == 0)
		vk_user_increment_build(s->profile, increment + 1);
}

void vk_session_profile(struct vk_session *s)
{
	const struct vk_attribute *a = NULL;

	while (s->item < (int)(sizeof profile / sizeof profile[0]) && !a) {
		a = vk_attributes_by_uuid(s->attributes, profile[s->item]);
		if (!a || !(a->properties & VK_GATT_READ) || !(a->properties & VK_GATT_WRITE)) {
			a = NULL;
			next_item(s);
		}
	}
	if (!a) {
		vk_session_go(s, VK_STEP_CONSENT); /* the next user's */
	} else if (s->profile_len == 0) {
		vk_session_read(s, a->value, on_item_read);
	} else {
		if (profile[s->item] == UUID_INCREMENT)
			raise_increment(s);
		vk_session_write(s, a->value, s->profile, s->profile_len, on_item_written);
	}
}
