/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published table as bands: each part is a list of upper ends with their points, in order; a
 * value gets those of the first band it is not above. The second oxygen scale is two lists, because
 * above 92 % it depends on whether the person breathes air.
 */
#include "core/news2.h"

#include <string.h>

struct band {
	int32_t most;
	int32_t points;
};

enum { TOP = INT32_MAX, WITHIN_MS = 30 * 60000 };

static const struct band spo2_1[] = {{91, 3}, {93, 2}, {95, 1}, {TOP, 0}};
static const struct band spo2_2_air[] = {{83, 3}, {85, 2}, {87, 1}, {TOP, 0}};
static const struct band spo2_2_oxygen[] = {{83, 3}, {85, 2}, {87, 1}, {92, 0},
					    {94, 1}, {96, 2}, {TOP, 3}};
static const struct band systolic[] = {{90, 3}, {100, 2}, {110, 1}, {219, 0}, {TOP, 3}};
static const struct band pulse[] = {{40, 3}, {50, 1}, {90, 0}, {110, 1}, {130, 2}, {TOP, 3}};
static const struct band temperature[] = {{350, 3}, {360, 1}, {380, 0}, {390, 1}, {TOP, 2}};

static const struct band *bands_of(enum vk_news2_part part, const struct vk_plan_news2 *how)
{
	switch (part) {
	case VK_NEWS2_SPO2:
		if (how->scale != 2)
			return spo2_1;
		return how->is_on_oxygen ? spo2_2_oxygen : spo2_2_air;
	case VK_NEWS2_SYSTOLIC:
		return systolic;
	case VK_NEWS2_PULSE:
		return pulse;
	case VK_NEWS2_TEMPERATURE:
		return temperature;
	case VK_NEWS2_OXYGEN:
	case VK_NEWS2_RESPIRATION:
	case VK_NEWS2_CONSCIOUSNESS:
	case VK_N_NEWS2:
		break;
	}
	return NULL;
}

int32_t vk_news2_points(enum vk_news2_part part, int64_t scaled, const struct vk_plan_news2 *how)
{
	const struct band *band = bands_of(part, how);

	if (part == VK_NEWS2_OXYGEN)
		return how->is_on_oxygen ? 2 : 0;
	if (!band)
		return -1;
	while (scaled > band->most)
		band++;
	return band->points;
}

static bool is_fresh(const struct vk_before *value, int64_t utc_ms)
{
	return value->utc_ms != VK_NEVER && value->utc_ms <= utc_ms &&
	       utc_ms - value->utc_ms <= WITHIN_MS;
}

static const struct vk_before *value_of(enum vk_news2_part part, const struct vk_before *latest,
					int64_t utc_ms)
{
	static const enum vk_quantity quantities[VK_N_NEWS2] = {
		[VK_NEWS2_SPO2] = VK_QUANTITY_SPO2,
		[VK_NEWS2_SYSTOLIC] = VK_QUANTITY_SYSTOLIC,
		[VK_NEWS2_PULSE] = VK_QUANTITY_PULSE_RATE,
		[VK_NEWS2_TEMPERATURE] = VK_QUANTITY_TEMPERATURE,
	};
	const struct vk_before *value = &latest[quantities[part]];

	/* A chest strap counts as well as an oximeter. */
	if (part == VK_NEWS2_PULSE && !is_fresh(value, utc_ms))
		value = &latest[VK_QUANTITY_HEART_RATE];
	return is_fresh(value, utc_ms) ? value : NULL;
}

static void add(struct vk_news2 *score, enum vk_news2_part part, int32_t points)
{
	score->points[part] = points;
	score->sum += points;
	if (points > score->highest)
		score->highest = points;
}

struct vk_news2 vk_news2_of(const struct vk_plan_news2 *how, const struct vk_before *latest,
			    int64_t utc_ms)
{
	static const enum vk_news2_part measured[] = {VK_NEWS2_SPO2, VK_NEWS2_SYSTOLIC,
						      VK_NEWS2_PULSE, VK_NEWS2_TEMPERATURE};
	struct vk_news2 score = {0};

	for (int i = 0; i < VK_N_NEWS2; i++)
		score.points[i] = -1;
	for (size_t i = 0; i < VK_ARRAY_LEN(measured); i++) {
		const struct vk_before *value = value_of(measured[i], latest, utc_ms);

		if (!value)
			continue;
		add(&score, measured[i], vk_news2_points(measured[i], value->scaled, how));
		score.n_measured++;
	}
	if (how->is_on_oxygen)
		add(&score, VK_NEWS2_OXYGEN, vk_news2_points(VK_NEWS2_OXYGEN, 0, how));
	return score;
}

const char *vk_news2_text(enum vk_news2_part part, bool is_swedish)
{
	static const char *const texts[VK_N_NEWS2][2] = {
		[VK_NEWS2_SPO2] = {"SpO2", "SpO2"},
		[VK_NEWS2_OXYGEN] = {"syrgas", "oxygen"},
		[VK_NEWS2_SYSTOLIC] = {"BT", "BP"},
		[VK_NEWS2_PULSE] = {"puls", "pulse"},
		[VK_NEWS2_TEMPERATURE] = {"temp", "temp"},
		[VK_NEWS2_RESPIRATION] = {"andning", "respiration"},
		[VK_NEWS2_CONSCIOUSNESS] = {"medvetande", "consciousness"},
	};

	return texts[part][is_swedish ? 0 : 1];
}
