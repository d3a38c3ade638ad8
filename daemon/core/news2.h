/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NEWS2 (RCP 2017) from what a home kit can measure: points of the known parts, their sum as a
 * lower bound, and the parts that are missing by name. Never a total: respiration and consciousness
 * are not measured here (clinical.md 2.2). The bands are the published score's, not a limit of
 * ours; what raises an alert stands in the plan.
 */
#ifndef VAKA_CORE_NEWS2_H
#define VAKA_CORE_NEWS2_H

#include "core/trend.h"

enum vk_news2_part {
	VK_NEWS2_SPO2,
	VK_NEWS2_OXYGEN,
	VK_NEWS2_SYSTOLIC,
	VK_NEWS2_PULSE,
	VK_NEWS2_TEMPERATURE,
	VK_NEWS2_RESPIRATION,   /* never known */
	VK_NEWS2_CONSCIOUSNESS, /* never known */
	VK_N_NEWS2
};

struct vk_news2 {
	int32_t points[VK_N_NEWS2]; /* -1: missing */
	int32_t sum;                /* of the known: the true score is at least this */
	int32_t highest;            /* single part */
	int n_measured;             /* parts with a value, oxygen not counted */
};

/* Points of one value, scaled as in the quantity table. */
int32_t vk_news2_points(enum vk_news2_part part, int64_t scaled, const struct vk_plan_news2 *how);

/* Values not older than half an hour at a moment. latest as vk_trend_latest() fills it. */
struct vk_news2 vk_news2_of(const struct vk_plan_news2 *how, const struct vk_before *latest,
			    int64_t utc_ms);

/* Names of the parts in Swedish and English, static. */
const char *vk_news2_text(enum vk_news2_part part, bool is_swedish);

#endif
