/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of quantities, and the two questions asked of it: what number do rules compare, and can
 * it be. Conversions are ratios of integers, rounded once, because a limit is compared with what
 * the patient saw on the display and not with what a multiplication made of it.
 */
#include "core/quantity.h"

#include <errno.h>
#include <string.h>

static const struct vk_quantity_info infos[VK_N_QUANTITIES] = {
	{VK_QUANTITY_SYSTOLIC, 150021, "MDC_PRESS_BLD_NONINV_SYS", "8480-6", VK_UNIT_MMHG, 0, 40,
	 280, "Övertryck", "Systolic pressure"},
	{VK_QUANTITY_DIASTOLIC, 150022, "MDC_PRESS_BLD_NONINV_DIA", "8462-4", VK_UNIT_MMHG, 0, 20,
	 200, "Undertryck", "Diastolic pressure"},
	{VK_QUANTITY_MEAN_ARTERIAL, 150023, "MDC_PRESS_BLD_NONINV_MEAN", "8478-0", VK_UNIT_MMHG, 0,
	 20, 280, "Medeltryck", "Mean arterial pressure"},
	{VK_QUANTITY_PULSE_RATE, 149546, "MDC_PULS_RATE_NON_INV", "8867-4", VK_UNIT_PER_MIN, 0, 25,
	 250, "Puls", "Pulse rate"},
	{VK_QUANTITY_CUFF_PRESSURE, 0, NULL, NULL, VK_UNIT_MMHG, 0, 0, 300, "Manschettryck",
	 "Cuff pressure"},
	{VK_QUANTITY_GLUCOSE, 160020, "MDC_CONC_GLU_GEN", "14743-9", VK_UNIT_MMOL_L, 1, 6, 333,
	 "Blodsocker", "Blood glucose"},
	{VK_QUANTITY_SPO2, 150456, "MDC_PULS_OXIM_SAT_O2", "2708-6", VK_UNIT_PERCENT, 0, 50, 100,
	 "Syremättnad", "Oxygen saturation"},
	{VK_QUANTITY_PULSE_AMPLITUDE_INDEX, 150448, "MDC_PULS_OXIM_PERF_REL", "61006-3",
	 VK_UNIT_PERCENT, 1, 0, 300, "Perfusionsindex", "Perfusion index"},
	{VK_QUANTITY_WEIGHT, 188736, "MDC_MASS_BODY_ACTUAL", "29463-7", VK_UNIT_KG, 1, 200, 3000,
	 "Vikt", "Body weight"},
	{VK_QUANTITY_BMI, 188752, "MDC_RATIO_MASS_BODY_LEN_SQ", "39156-5", VK_UNIT_KG_M2, 1, 50,
	 1000, "BMI", "BMI"},
	{VK_QUANTITY_HEIGHT, 188740, "MDC_LEN_BODY_ACTUAL", "8302-2", VK_UNIT_M, 2, 50, 250,
	 "Längd", "Body height"},
	{VK_QUANTITY_BODY_FAT, 188748, "MDC_BODY_FAT", "41982-0", VK_UNIT_PERCENT, 1, 10, 750,
	 "Kroppsfett", "Body fat"},
	{VK_QUANTITY_BASAL_METABOLISM, 0, NULL, NULL, VK_UNIT_KJ, 0, 1500, 25000,
	 "Basal ämnesomsättning", "Basal metabolism"},
	{VK_QUANTITY_MUSCLE_PERCENTAGE, 0, NULL, NULL, VK_UNIT_PERCENT, 1, 50, 950, "Muskelandel",
	 "Muscle percentage"},
	{VK_QUANTITY_MUSCLE_MASS, 0, NULL, NULL, VK_UNIT_KG, 1, 10, 2000, "Muskelmassa",
	 "Muscle mass"},
	{VK_QUANTITY_FAT_FREE_MASS, 188756, "MDC_MASS_BODY_FAT_FREE", NULL, VK_UNIT_KG, 1, 50, 2500,
	 "Fettfri massa", "Fat-free mass"},
	{VK_QUANTITY_SOFT_LEAN_MASS, 188760, "MDC_MASS_BODY_SOFT_LEAN", NULL, VK_UNIT_KG, 1, 50,
	 2500, "Fettfri mjukdelsmassa", "Soft lean mass"},
	{VK_QUANTITY_BODY_WATER_MASS, 188764, "MDC_BODY_WATER", NULL, VK_UNIT_KG, 1, 50, 2000,
	 "Kroppsvatten", "Body water"},
	{VK_QUANTITY_IMPEDANCE, 0, NULL, NULL, VK_UNIT_OHM, 0, 50, 3000, "Impedans", "Impedance"},
	{VK_QUANTITY_TEMPERATURE, 150364, "MDC_TEMP_BODY", "8310-5", VK_UNIT_CEL, 1, 250, 450,
	 "Kroppstemperatur", "Body temperature"},
	{VK_QUANTITY_HEART_RATE, 147842, "MDC_ECG_HEART_RATE", "8867-4", VK_UNIT_PER_MIN, 0, 25,
	 250, "Hjärtfrekvens", "Heart rate"},
	{VK_QUANTITY_ENERGY_EXPENDED, 0, NULL, NULL, VK_UNIT_KJ, 0, 0, 65534, "Energiförbrukning",
	 "Energy expended"},
	{VK_QUANTITY_BATTERY, 0, NULL, NULL, VK_UNIT_PERCENT, 0, 0, 100, "Batteri", "Battery"},
};

/* canonical = (value - zero) * numerator / denominator. */
struct conversion {
	enum vk_unit from, to;
	int32_t zero;
	int32_t numerator, denominator;
};

static const struct conversion conversions[] = {
	{VK_UNIT_KPA, VK_UNIT_MMHG, 0, 750062, 100000}, /* clinical.md 1.0, all five */
	{VK_UNIT_LB, VK_UNIT_KG, 0, 45359237, 100000000}, {VK_UNIT_IN, VK_UNIT_M, 0, 254, 10000},
	{VK_UNIT_MG_DL, VK_UNIT_MMOL_L, 0, 1000, 18016},  {VK_UNIT_DEGF, VK_UNIT_CEL, 32, 5, 9},
};

enum {
	MOST_SHIFT = 12,   /* 10^15 * 10^12 * 10^8 stays in 128 bits; beyond, no quantity lives */
	LEAST_SHIFT = -22, /* below, everything is zero */
};

static const int64_t most_mantissa = INT64_C(1000000000000000);

const struct vk_quantity_info *vk_quantity_info(enum vk_quantity quantity)
{
	return &infos[quantity];
}

static __int128 power_of_ten(int n)
{
	__int128 p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

static int64_t saturated(__int128 value)
{
	if (value > INT64_MAX)
		return INT64_MAX;
	return value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static int64_t convert(struct vk_decimal d, int decimals, const struct conversion *c)
{
	int shift = d.exponent + decimals;
	int down = shift < 0 ? -shift : 0;
	__int128 top, bottom;

	if (d.mantissa > most_mantissa || (d.mantissa > 0 && shift > MOST_SHIFT))
		return INT64_MAX;
	if (d.mantissa < -most_mantissa || (d.mantissa < 0 && shift > MOST_SHIFT))
		return INT64_MIN;
	if (shift < LEAST_SHIFT || d.mantissa == 0) {
		d.mantissa = 0;
		shift = down = 0;
	}
	/* Everything times 10^down, so that the fraction of the value is kept up to the rounding.
	 */
	top = (__int128)d.mantissa * power_of_ten(shift > 0 ? shift : 0);
	top -= (__int128)c->zero * power_of_ten(decimals) * power_of_ten(down);
	top *= c->numerator;
	bottom = c->denominator * power_of_ten(down);
	return saturated((top < 0 ? top - bottom / 2 : top + bottom / 2) / bottom);
}

static const struct conversion *conversion_between(enum vk_unit from, enum vk_unit to)
{
	static const struct conversion same = {.numerator = 1, .denominator = 1};

	if (from == to)
		return &same;
	for (size_t i = 0; i < VK_ARRAY_LEN(conversions); i++)
		if (conversions[i].from == from && conversions[i].to == to)
			return &conversions[i];
	return NULL;
}

int vk_quantity_canonical(const struct vk_value *value, int64_t *ret_scaled)
{
	const struct vk_quantity_info *info = vk_quantity_info(value->quantity);
	const struct conversion *c = conversion_between(value->unit, info->unit);

	if (value->absent != VK_ABSENT_NONE)
		return -ENODATA;
	if (!c)
		return -EINVAL;
	*ret_scaled = convert(value->number, info->decimals, c);
	return 0;
}

struct vk_value vk_quantity_value(enum vk_quantity quantity, int64_t scaled)
{
	const struct vk_quantity_info *info = vk_quantity_info(quantity);
	struct vk_value value;

	memset(&value, 0, sizeof value);
	value.quantity = info->quantity;
	value.unit = info->unit;
	value.number.mantissa = scaled;
	value.number.exponent = (int8_t)-info->decimals;
	return value;
}

/* Neither of two pressures in the wrong order can be trusted. */
static uint32_t swapped_pressures(const struct vk_decoded *d)
{
	const struct vk_value *systolic = vk_decoded_value(d, VK_QUANTITY_SYSTOLIC);
	const struct vk_value *diastolic = vk_decoded_value(d, VK_QUANTITY_DIASTOLIC);
	int64_t high, low;

	if (!systolic || !diastolic || vk_quantity_canonical(systolic, &high) ||
	    vk_quantity_canonical(diastolic, &low) || high > low)
		return 0;
	return UINT32_C(1) << VK_QUANTITY_SYSTOLIC | UINT32_C(1) << VK_QUANTITY_DIASTOLIC;
}

uint32_t vk_implausible(const struct vk_decoded *d)
{
	uint32_t set = swapped_pressures(d);

	for (int i = 0; i < d->n_values; i++) {
		const struct vk_quantity_info *info = vk_quantity_info(d->values[i].quantity);
		int64_t scaled;
		int r = vk_quantity_canonical(&d->values[i], &scaled);

		if (r == -EINVAL || (!r && (scaled < info->least || scaled > info->most)))
			set |= UINT32_C(1) << info->quantity;
	}
	return set;
}
