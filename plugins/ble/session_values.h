/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other half of a session: what the device sends by itself, its way to the hub, and the
 * confirmation when the hub has it. Internal to session.c and session_values.c.
 */
#ifndef VAKA_BLE_SESSION_VALUES_H
#define VAKA_BLE_SESSION_VALUES_H

#include "session.h"

/* session.c */
void vk_session_now(const struct vk_session *s, struct vk_session_now *ret_now);
void vk_session_fail(struct vk_session *s, int error);
void vk_session_advance(struct vk_session *s);

/* session_values.c */
void vk_session_on_value(void *user, uint16_t handle, const uint8_t *data, size_t len,
			 bool is_indication);
/* The clock is settled: hands the held indication over, if there is one. */
void vk_session_release_held(struct vk_session *s);
/* Hands it over whatever is known. */
void vk_session_submit_held(struct vk_session *s);

#endif
