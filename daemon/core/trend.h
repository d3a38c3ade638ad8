/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a patient's values: the latest accepted one of each quantity, and the first
 * accepted one of each of the last local days. Two kinds of memory, "latest:" and
 * "trend:<quantity>": as large after ten years as after two weeks.
 */
#ifndef VAKA_CORE_TREND_H
#define VAKA_CORE_TREND_H

#include "core/memory.h"
#include "core/plausible.h"
#include "core/rules.h"

#define VK_MEMORY_LATEST "latest:"
#define VK_MEMORY_TREND  "trend:"

/* The quantities that are followed, in the order they are told. */
enum { VK_N_TRENDS = 8 };
extern const enum vk_quantity vk_trend_quantities[VK_N_TRENDS];

/* ret_before[VK_N_QUANTITIES]: the latest of each; utc_ms VK_NEVER where there is none. */
void vk_trend_latest(const struct vk_core *core, const char *patient, struct vk_before *ret_before);
/* First accepted value of each local day, oldest first; n_days 0: none. */
struct vk_rule_memory vk_trend_of(const struct vk_core *core, const char *patient,
				  enum vk_quantity quantity);
/* The median of the values of the days from…until, or false with fewer than min_days of them. */
bool vk_trend_median(const struct vk_rule_memory *trend, int32_t from, int32_t until,
		     int32_t min_days, int64_t *ret_median);

/* A judged reading becomes part of it, unless it is doubted. */
void vk_trend_reading(struct vk_step *s, const struct vk_measured *m);
void vk_trend_retracted(struct vk_step *s, const struct vk_plan *plan, const struct vk_reading *r);

/* Puts the first value of a local day in its place among the others; the oldest leaves. */
void vk_days_add(struct vk_rule_memory *memory, int32_t day, int64_t value);
/* Takes a value back from its day. */
void vk_days_remove(struct vk_rule_memory *memory, int32_t day, int64_t value);

#endif
