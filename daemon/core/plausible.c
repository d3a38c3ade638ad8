/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three looks at a value: at itself, at its neighbours in the reading, and at the one before it.
 * What is rejected hides nothing: it is stored and relayed like any other.
 */
#include "core/plausible.h"

#include "core/quantity.h"

#define BIT(quantity) (UINT32_C(1) << (quantity))

/* Flag column and steps of clinical.md 1.5, in the decimals of the quantity table. */
struct row {
	enum vk_quantity quantity;
	int64_t least, most;   /* outside: questioned */
	int64_t step;          /* further from the one before … */
	int64_t step_until_ms; /* … that is so old at most: questioned; 0: not looked at */
};

static const struct row rows[] = {
	{VK_QUANTITY_SYSTOLIC, 70, 240, 40, 15 * 60000},
	{VK_QUANTITY_DIASTOLIC, 40, 140, 0, 0},
	{VK_QUANTITY_PULSE_RATE, 35, 200, 20, 5 * 60000},
	{VK_QUANTITY_HEART_RATE, 35, 200, 0, 0},
	{VK_QUANTITY_SPO2, 70, 100, 0, 0},
	{VK_QUANTITY_GLUCOSE, 6, 250, 50, 5 * 60000},
	{VK_QUANTITY_TEMPERATURE, 340, 420, 0, 0},
};

enum { PULSE_PRESSURE_LEAST = 10, PULSE_PRESSURE_MOST = 150, PERFUSION_LEAST = 3 };

static const struct row *row_of(enum vk_quantity quantity)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++)
		if (rows[i].quantity == quantity)
			return &rows[i];
	return NULL;
}

static const struct vk_plan_plausible *said_of(const struct vk_plan *plan,
					       enum vk_quantity quantity)
{
	for (int i = 0; i < plan->n_plausible; i++)
		if (plan->plausible[i].quantity == quantity)
			return &plan->plausible[i];
	return NULL;
}

static bool is_outside(int64_t value, int64_t least, int64_t most)
{
	return value < least || value > most;
}

static bool is_rejected(const struct vk_plan_plausible *said, const struct vk_quantity_info *info,
			int64_t value)
{
	if (said && said->has_reject)
		return is_outside(value, said->reject_least, said->reject_most);
	return is_outside(value, info->least, info->most);
}

static bool is_far(const struct row *row, const struct vk_before *before, int64_t value,
		   int64_t utc_ms)
{
	int64_t age_ms = utc_ms - before->utc_ms;
	int64_t step = value - before->scaled;

	return row->step && before->utc_ms != VK_NEVER && age_ms >= 0 &&
	       age_ms <= row->step_until_ms && (step > row->step || -step > row->step);
}

static void look_at(const struct vk_plan *plan, const struct vk_value *value,
		    const struct vk_before *before, int64_t utc_ms, struct vk_doubt *doubt)
{
	const struct vk_quantity_info *info = vk_quantity_info(value->quantity);
	const struct vk_plan_plausible *said = said_of(plan, value->quantity);
	const struct row *row = row_of(value->quantity);
	int64_t scaled;

	if (value->absent != VK_ABSENT_NONE)
		return;
	if (vk_quantity_canonical(value, &scaled) || is_rejected(said, info, scaled)) {
		doubt->rejected |= BIT(value->quantity);
		return;
	}
	if (said && said->has_question) {
		if (is_outside(scaled, said->question_least, said->question_most))
			doubt->questioned |= BIT(value->quantity);
	} else if (row && is_outside(scaled, row->least, row->most)) {
		doubt->questioned |= BIT(value->quantity);
	}
	if (row && is_far(row, &before[value->quantity], scaled, utc_ms))
		doubt->questioned |= BIT(value->quantity);
}

static bool value_of(const struct vk_decoded *d, enum vk_quantity quantity, int64_t *ret_scaled)
{
	const struct vk_value *value = vk_decoded_value(d, quantity);

	return value && !vk_quantity_canonical(value, ret_scaled);
}

/* Two pressures in the wrong order are both wrong; a mean that is not between them is alone. */
static void look_at_pressures(const struct vk_decoded *d, struct vk_doubt *doubt)
{
	static const uint32_t both = BIT(VK_QUANTITY_SYSTOLIC) | BIT(VK_QUANTITY_DIASTOLIC);
	int64_t high, low, mean;

	if (!value_of(d, VK_QUANTITY_SYSTOLIC, &high) || !value_of(d, VK_QUANTITY_DIASTOLIC, &low))
		return;
	if (high <= low)
		doubt->rejected |= both;
	else if (is_outside(high - low, PULSE_PRESSURE_LEAST, PULSE_PRESSURE_MOST))
		doubt->questioned |= both;
	if (value_of(d, VK_QUANTITY_MEAN_ARTERIAL, &mean) && is_outside(mean, low, high))
		doubt->rejected |= BIT(VK_QUANTITY_MEAN_ARTERIAL);
}

static void look_at_perfusion(const struct vk_decoded *d, struct vk_doubt *doubt)
{
	int64_t index;

	if (value_of(d, VK_QUANTITY_PULSE_AMPLITUDE_INDEX, &index) && index < PERFUSION_LEAST)
		doubt->questioned |= BIT(VK_QUANTITY_SPO2);
}

struct vk_doubt vk_plausible(const struct vk_plan *plan, const struct vk_decoded *d,
			     const struct vk_before *before, int64_t utc_ms)
{
	struct vk_doubt doubt = {0};

	for (int i = 0; i < d->n_values; i++)
		look_at(plan, &d->values[i], before, utc_ms, &doubt);
	look_at_pressures(d, &doubt);
	look_at_perfusion(d, &doubt);
	doubt.questioned &= ~doubt.rejected;
	return doubt;
}
