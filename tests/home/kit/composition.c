/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body composition scale of several users (Body Composition Service 181B beside Weight Scale
 * 181D, User Data Service 181C) in the manner of Beurer's: a weighing is two indications of two
 * services. What belongs to a user leaves only when the collector has given that user's consent
 * code in this link; what belongs to nobody leaves at once.
 */
#include <string.h>

#include "device.h"
#include "le.h"
#include "util.h"

#define WEIGHT       0x2a9d
#define COMPOSITION  0x2a9c
#define USER_POINT   0x2a9f
#define INCREMENT    0x2a99
#define OP_CONSENT   0x02
#define OP_RESPONSE  0x20
#define SUCCESS      1
#define UNSUPPORTED  2
#define UNAUTHORISED 5
#define CONSENT_BASE 1000 /* user 1's code is 1001, and so on */
#define USERS        8

static void build(struct vk_device *d)
{
	uint8_t weight[4];
	uint8_t body[4];
	static const uint8_t zero[4];

	vk_put32(weight, 1 | 2 | 7u << 3);
	vk_put32(body, 1 | 2 | 1u << 3 | 1u << 7 | 1u << 8 | 7u << 11);
	vk_gattdb_service(&d->db, 0x181d);
	vk_gattdb_char(&d->db, 0x2a9e, VK_PROP_READ, VK_GUARD_NONE, weight, sizeof(weight));
	vk_gattdb_char(&d->db, WEIGHT, VK_PROP_INDICATE, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_service(&d->db, 0x181b);
	vk_gattdb_char(&d->db, 0x2a9b, VK_PROP_READ, VK_GUARD_NONE, body, sizeof(body));
	vk_gattdb_char(&d->db, COMPOSITION, VK_PROP_INDICATE, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_service(&d->db, 0x181c);
	vk_gattdb_char(&d->db, USER_POINT, VK_PROP_WRITE | VK_PROP_INDICATE, VK_GUARD_ENCRYPTED,
		       NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_char(&d->db, INCREMENT, VK_PROP_READ | VK_PROP_WRITE, VK_GUARD_ENCRYPTED, zero,
		       sizeof(zero));
	vk_clock_add_current_time(&d->db);
}

static int encode(const struct vk_device *d, const struct vk_measurement *m, struct vk_reading *out)
{
	int32_t user = VK_NOBODY;

	(void)d;
	if (m->has[VK_Q_USER] && vk_decimal_units(m->value[VK_Q_USER], 1, &user) < 0)
		return -1;
	out->user = (uint8_t)user;
	return vk_weight_encode(m, true, &out->value);
}

static int encode_more(const struct vk_device *d, const struct vk_measurement *m,
		       struct vk_reading *out)
{
	(void)d;
	out->uuid = COMPOSITION;
	return m->has[VK_Q_BODY_FAT] || m->not_a_number ? vk_composition_encode(m, &out->value) : 1;
}

static bool may_leave(const struct vk_device *d, const struct vk_reading *r)
{
	return r->user == VK_NOBODY || (r->user < 32 && d->session.consented & 1u << r->user);
}

static uint8_t consent(struct vk_device *d, const uint8_t *value, size_t len)
{
	if (len != 4 || value[1] == 0 || value[1] > USERS ||
	    vk_get16(value + 2) != CONSENT_BASE + value[1])
		return UNAUTHORISED;
	d->session.consented |= 1u << value[1];
	vk_log(d->config.name, "consent of user %u", value[1]);
	return SUCCESS;
}

static uint8_t write_point(struct vk_device *d, uint16_t uuid, const uint8_t *value, size_t len)
{
	struct vk_answer *a = &d->user_answer;

	if (uuid == INCREMENT)
		return len == 4 ? 0 : VK_ATT_ERR_LENGTH;
	if (uuid != USER_POINT || len == 0)
		return VK_ATT_ERR_WRITE;
	if (!vk_session_subscribed(d, USER_POINT))
		return VK_ATT_ERR_CCCD_IMPROPER;
	if (a->due)
		return VK_ATT_ERR_IN_PROGRESS;
	a->byte[0] = OP_RESPONSE;
	a->byte[1] = value[0];
	a->byte[2] = value[0] == OP_CONSENT ? consent(d, value, len) : UNSUPPORTED;
	a->due = true;
	return 0;
}

static bool step(struct vk_device *d, int64_t now, int *wait_ms)
{
	struct vk_answer *a = &d->user_answer;

	(void)now;
	(void)wait_ms;
	if (a->due && vk_session_indicate(d, USER_POINT, a->byte, sizeof(a->byte)) == 0)
		a->due = false;
	return a->due;
}

static void confirmed(struct vk_device *d)
{
	(void)d;
}

const struct vk_kind vk_kind_composition = {.name = "composition-scale",
					    .maker = "Beurer",
					    .model = "BF720",
					    .service = 0x181d,
					    .appearance = 0x0c80,
					    .measurement = WEIGHT,
					    .idle_ms = 2000,
					    .build = build,
					    .encode = encode,
					    .encode_more = encode_more,
					    .may_leave = may_leave,
					    .write = write_point,
					    .step = step,
					    .confirmed = confirmed};
