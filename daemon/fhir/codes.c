/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which codes a value has. The quantity table knows most of them; here stand those that hang on
 * more than the quantity: glucose by sample and unit, pulse by sensor. Codes: clinical.md 5.1 and
 * ble-profiles.md 15.
 */
#include "fhir/fhir_priv.h"

struct glucose_code {
	uint32_t mdc;
	const char *mdc_id;
	const char *mass, *moles; /* LOINC by unit */
};

/* By the SIG's number of the sample type; 0 stands for unknown. */
static const struct glucose_code glucose_codes[] = {
	{160020, "MDC_CONC_GLU_GEN", "2339-0", "15074-8"},
	{160184, "MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD", "41653-7", "14743-9"},
	{160188, "MDC_CONC_GLU_CAPILLARY_PLASMA", "41653-7", "14743-9"},
	{160192, "MDC_CONC_GLU_VENOUS_WHOLEBLOOD", "2339-0", "15074-8"},
	{160196, "MDC_CONC_GLU_VENOUS_PLASMA", "41653-7", "14743-9"},
	{160200, "MDC_CONC_GLU_ARTERIAL_WHOLEBLOOD", "2339-0", "15074-8"},
	{160204, "MDC_CONC_GLU_ARTERIAL_PLASMA", "2345-7", "14749-6"},
	{160364, "MDC_CONC_GLU_UNDETERMINED_WHOLEBLOOD", "2339-0", "15074-8"},
	{160368, "MDC_CONC_GLU_UNDETERMINED_PLASMA", "41653-7", "14743-9"},
	{160212, "MDC_CONC_GLU_ISF", "99504-3", "105272-9"},
	{VK_MDC_GLUCOSE_CONTROL, "MDC_CONC_GLU_CONTROL", NULL, NULL},
};

enum { SAMPLE_ISF = 9, SAMPLE_CONTROL = 10 };

bool vk_fhir_is_control(const struct vk_decoded *d)
{
	return d->sample_type == SAMPLE_CONTROL || vk_decoded_has(d, VK_FLAG_CONTROL_SOLUTION);
}

static void set_glucose(struct vk_fhir_code *code, const struct vk_decoded *d, enum vk_unit unit)
{
	int32_t type = d->kind == VK_KIND_CGM ? SAMPLE_ISF : d->sample_type;

	if (vk_fhir_is_control(d))
		type = SAMPLE_CONTROL;
	if (type < 0 || type >= (int32_t)VK_ARRAY_LEN(glucose_codes))
		type = 0;
	code->mdc = glucose_codes[type].mdc;
	code->mdc_id = glucose_codes[type].mdc_id;
	code->loinc[0] =
		unit == VK_UNIT_MG_DL ? glucose_codes[type].mass : glucose_codes[type].moles;
}

static bool is_vital(enum vk_quantity quantity)
{
	return quantity == VK_QUANTITY_SYSTOLIC || quantity == VK_QUANTITY_DIASTOLIC ||
	       quantity == VK_QUANTITY_MEAN_ARTERIAL || quantity == VK_QUANTITY_PULSE_RATE ||
	       quantity == VK_QUANTITY_HEART_RATE || quantity == VK_QUANTITY_SPO2 ||
	       quantity == VK_QUANTITY_WEIGHT || quantity == VK_QUANTITY_BMI ||
	       quantity == VK_QUANTITY_HEIGHT || quantity == VK_QUANTITY_TEMPERATURE;
}

struct vk_fhir_code vk_fhir_code(const struct vk_decoded *d, const struct vk_value *value)
{
	const struct vk_quantity_info *info = vk_quantity_info(value->quantity);
	struct vk_fhir_code code = {
		.mdc = info->mdc,
		.mdc_id = info->mdc_id,
		.loinc = {info->loinc},
		.text = info->label_sv,
		.quantity = vk_quantity_text((int)value->quantity),
		.is_vital = is_vital(value->quantity),
	};
	bool is_oximeter = d->kind == VK_KIND_SPO2_SPOT || d->kind == VK_KIND_SPO2_CONTINUOUS;

	if (value->quantity == VK_QUANTITY_GLUCOSE)
		set_glucose(&code, d, value->unit);
	if (value->quantity == VK_QUANTITY_SPO2)
		code.loinc[1] = "59408-5"; /* by pulse oximetry */
	if (value->quantity == VK_QUANTITY_PULSE_RATE && is_oximeter) {
		code.mdc = VK_MDC_PULSE_OXIMETER;
		code.mdc_id = "MDC_PULS_OXIM_PULS_RATE";
	}
	return code;
}

struct vk_fhir_code vk_fhir_blood_pressure_code(void)
{
	return (struct vk_fhir_code){
		.mdc = VK_MDC_BLOOD_PRESSURE,
		.mdc_id = "MDC_PRESS_BLD_NONINV",
		.loinc = {"85354-9"},
		.text = "Blodtryck",
		.quantity = "blood-pressure",
		.is_vital = true,
	};
}

const char *vk_fhir_unit_text(enum vk_unit unit)
{
	static const char *const texts[VK_N_UNITS] = {
		[VK_UNIT_MMHG] = "mmHg", [VK_UNIT_LB] = "lb",   [VK_UNIT_IN] = "in",
		[VK_UNIT_CEL] = "°C",    [VK_UNIT_DEGF] = "°F", [VK_UNIT_KG_M2] = "kg/m²",
	};

	return texts[unit] ? texts[unit] : vk_unit_text((int)unit);
}

const char *vk_fhir_absent_code(enum vk_absent absent)
{
	return absent == VK_ABSENT_UNSUCCESSFUL || absent == VK_ABSENT_NONE
		       ? "error"
		       : vk_absent_text((int)absent);
}

const char *vk_fhir_site_text(const struct vk_decoded *d)
{
	static const char *const sites[] = {NULL, "finger", "alternate site test", "earlobe"};

	if (d->kind != VK_KIND_GLUCOSE || d->location < 0 ||
	    d->location >= (int32_t)VK_ARRAY_LEN(sites))
		return NULL;
	return sites[d->location];
}

uint32_t vk_fhir_specialization(enum vk_kind kind, const char **ret_id)
{
	static const struct {
		enum vk_kind kind;
		uint32_t mdc;
		const char *id;
	} list[] = {
		{VK_KIND_BLOOD_PRESSURE, 528391, "MDC_DEV_SPEC_PROFILE_BP"},
		{VK_KIND_SPO2_SPOT, 528388, "MDC_DEV_SPEC_PROFILE_PULS_OXIM"},
		{VK_KIND_SPO2_CONTINUOUS, 528388, "MDC_DEV_SPEC_PROFILE_PULS_OXIM"},
		{VK_KIND_WEIGHT, 528399, "MDC_DEV_SPEC_PROFILE_SCALE"},
		{VK_KIND_GLUCOSE, 528401, "MDC_DEV_SPEC_PROFILE_GLUCOSE"},
		{VK_KIND_TEMPERATURE, 528392, "MDC_DEV_SPEC_PROFILE_TEMP"},
	};

	for (size_t i = 0; i < VK_ARRAY_LEN(list); i++) {
		if (list[i].kind != kind)
			continue;
		*ret_id = list[i].id;
		return list[i].mdc;
	}
	return 0;
}
