/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hub will have said, and until when: each planned look, each measurement that was agreed
 * and a sign of life. Who has the promise can raise a hub that keeps silent (design §4).
 */
#ifndef VAKA_CORE_PROMISE_H
#define VAKA_CORE_PROMISE_H

#include "core/core.h"

enum { VK_MAX_EXPECTED = 128 };

enum vk_expected_kind { VK_EXPECTED_CHECK, VK_EXPECTED_READING, VK_EXPECTED_HEARTBEAT };

/*
 * One thing to come. id: of a look that is not open yet the check's name in the plan, of an open
 * one "c<serial>", of a measurement the schedule's, of the sign of life "heartbeat" (patient "").
 * Within grace_s after due_utc_ms the hub has said what became of it, whatever that is.
 */
struct vk_expected {
	enum vk_expected_kind kind;
	char patient[VK_ID_TEXT];
	char id[VK_ID_TEXT];
	int64_t due_utc_ms;
	int32_t grace_s;
};

/* In order of due time. Everything that is due before until_utc_ms is listed. */
struct vk_promise {
	int64_t until_utc_ms;
	int n;
	struct vk_expected list[VK_MAX_EXPECTED];
};

/* Reads the state only. Thread: as of the state. */
void vk_core_promise(const struct vk_core *core, const struct vk_now *now,
		     struct vk_promise *ret_promise);

/* "check", "reading", "heartbeat". Static storage. */
const char *vk_expected_kind_text(enum vk_expected_kind kind);

#endif
