/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the enums, as they stand in messages and in the database. */
#include "base/err.h"
#include "core/core.h"

const char *vk_alert_state_text(enum vk_alert_state state)
{
	static const char *const texts[] = {"raised", "received", "accepted", "closed"};

	return (unsigned)state < VK_ARRAY_LEN(texts) ? texts[state] : "?";
}

const char *vk_check_state_text(enum vk_check_state state)
{
	static const char *const texts[] = {
		"planned",        "due",     "claimed", "viewing", "recheck-wait", "visit-required",
		"visit-accepted", "arrived", "done",    "skipped"};

	return (unsigned)state < VK_ARRAY_LEN(texts) ? texts[state] : "?";
}

const char *vk_priority_text(enum vk_priority priority)
{
	static const char *const texts[] = {"low", "medium", "high"};

	return (unsigned)priority < VK_ARRAY_LEN(texts) ? texts[priority] : "?";
}

const char *vk_clock_quality_text(enum vk_clock_quality quality)
{
	static const char *const texts[] = {"unsynced", "held", "synced"};

	return (unsigned)quality < VK_ARRAY_LEN(texts) ? texts[quality] : "?";
}
