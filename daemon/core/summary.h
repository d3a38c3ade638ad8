/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SBAR summary of an alert (clinical.md 2.4): at most 12 lines in Swedish or English of what
 * the hub knows, for a person to judge. Values with their time, newest last, what is missing by
 * name; no cause, no advice, no adjective, never a NEWS2 total.
 */
#ifndef VAKA_CORE_SUMMARY_H
#define VAKA_CORE_SUMMARY_H

#include "core/core.h"

enum { VK_SUMMARY_BYTES = 4096, VK_SUMMARY_LINES = 12 };

/*
 * Writes the text and a NUL, lines divided by \n, as things stood when the alert changed last. plan
 * may be NULL (none in force): then limits, targets and texts are left out. Whole UTF-8 always.
 */
void vk_summary_write(const struct vk_core *core, const struct vk_plan *plan,
		      const struct vk_alert *alert, bool is_swedish, char out[VK_SUMMARY_BYTES]);

#endif
