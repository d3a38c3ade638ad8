/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading's values as Observations: blood pressure as one compound, everything else as one
 * Observation each. Two identifiers: the guide's, from the sensor's own clock, where it has one;
 * and ours, from the reading's id, by which a server knows it again even after it was assigned to
 * a patient. A value that is not one is a reason, and so is a moment that is not known.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fhir/fhir_priv.h"

#define TERMINOLOGY "http://terminology.hl7.org/CodeSystem/"

static const int64_t epoch_2000_s = INT64_C(946684800);

/* ---- what holds for all Observations of a reading ---- */

static const char *status(const struct vk_reading *r)
{
	if (r->is_retracted || vk_decoded_has(&r->decoded, VK_FLAG_INVALID))
		return "entered-in-error";
	if (r->rev > 0)
		return "amended";
	if (vk_decoded_has(&r->decoded, VK_FLAG_EARLY_ESTIMATE) ||
	    vk_decoded_has(&r->decoded, VK_FLAG_MEASUREMENT_ONGOING))
		return "preliminary";
	return "final";
}

/* Why the device itself says that its numbers are none; NULL: it does not. */
static const char *void_reason(const struct vk_decoded *d)
{
	if (vk_decoded_has(d, VK_FLAG_INVALID))
		return "error";
	if (vk_decoded_has(d, VK_FLAG_MEASUREMENT_UNAVAILABLE))
		return "not-performed";
	if (vk_decoded_has(d, VK_FLAG_KETONE)) /* something else in the place of glucose */
		return "unsupported";
	return NULL;
}

static void extension(struct vk_fhir *f, const char *url, int part)
{
	vk_json_open(&f->json, NULL, '{');
	vk_json_str(&f->json, "url", url);
	vk_fhir_reference(f, "valueReference", part);
	vk_json_close(&f->json, '}');
}

static void extensions(struct vk_fhir *f)
{
	vk_json_open(&f->json, "extension", '[');
	extension(f, "http://hl7.org/fhir/StructureDefinition/observation-gatewayDevice",
		  VK_PART_HUB);
	if (f->has_stamp)
		extension(f, VK_PHD "CoincidentTimeStampReference", VK_PART_TIME);
	vk_json_close(&f->json, ']');
}

static void identifier(struct vk_json *j, const char *system, const char *value)
{
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "system", system);
	vk_json_str(j, "value", value);
	vk_json_close(j, '}');
}

/* device-patient-type-timestamp, the timestamp in seconds since 2000 of the sensor's own clock. */
static void guide_identifier(struct vk_fhir *f, const char *code)
{
	const struct vk_reading *r = f->r;
	char value[4 * VK_ID_TEXT];

	if (r->decoded.time_state != VK_TIME_KNOWN)
		return;
	(void)snprintf(value, sizeof value, "%s-%s-%s-%" PRId64, r->device,
		       *r->patient ? r->patient : "unassigned", code,
		       vk_civil_seconds(&r->decoded.device_time) - epoch_2000_s);
	identifier(&f->json, VK_PHD "PhdBaseObservation", value);
}

static void category(struct vk_json *j, bool is_vital, bool is_phd)
{
	vk_json_open(j, "category", '[');
	if (is_vital)
		vk_fhir_concept(j, NULL, TERMINOLOGY "observation-category", "vital-signs", NULL);
	if (is_phd)
		vk_fhir_concept(j, NULL,
				"http://hl7.org/fhir/uv/phd/CodeSystem/PhdObservationCategories",
				"phd", NULL);
	else
		vk_fhir_concept(j, NULL, TERMINOLOGY "observation-category", "exam", NULL);
	vk_json_close(j, ']');
}

static void coding(struct vk_json *j, const char *system, const char *code, const char *display)
{
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "system", system);
	vk_json_str(j, "code", code);
	if (display)
		vk_json_str(j, "display", display);
	vk_json_close(j, '}');
}

static void code_text(const struct vk_fhir_code *code, char out[VK_ID_TEXT])
{
	char mdc[VK_MDC_TEXT];

	(void)vk_copy(out, VK_ID_TEXT,
		      code->mdc ? vk_fhir_mdc_text(code->mdc, mdc) : code->quantity);
}

static void write_code(struct vk_json *j, const struct vk_fhir_code *code)
{
	char text[VK_ID_TEXT];

	code_text(code, text);
	vk_json_open(j, "code", '{');
	vk_json_open(j, "coding", '[');
	coding(j, code->mdc ? VK_SYSTEM_MDC : VK_SYSTEM_QUANTITY, text, code->mdc_id);
	for (size_t i = 0; i < VK_ARRAY_LEN(code->loinc); i++)
		if (code->loinc[i])
			coding(j, VK_SYSTEM_LOINC, code->loinc[i], NULL);
	vk_json_close(j, ']');
	vk_json_str(j, "text", code->text);
	vk_json_close(j, '}');
}

/* The vital-signs profile wants a subject; an unassigned reading has one that says so. */
static void subject(struct vk_fhir *f)
{
	char reference[VK_ID_TEXT + 8];

	if (vk_fhir_is_control(&f->r->decoded)) {
		vk_fhir_reference(f, "subject", VK_PART_SENSOR);
		return;
	}
	vk_json_open(&f->json, "subject", '{');
	if (*f->r->patient) {
		(void)snprintf(reference, sizeof reference, "Patient/%s", f->r->patient);
		vk_json_str(&f->json, "reference", reference);
	} else {
		vk_json_open(&f->json, "identifier", '{');
		vk_json_str(&f->json, "system", "urn:vaka:subject");
		vk_json_str(&f->json, "value", "unassigned");
		vk_json_close(&f->json, '}');
		vk_json_str(&f->json, "display", "unassigned");
	}
	vk_json_close(&f->json, '}');
}

static void unknown_moment(struct vk_json *j, const char *reason)
{
	vk_json_open(j, "_effectiveDateTime", '{');
	vk_json_open(j, "extension", '[');
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason");
	vk_json_str(j, "valueCode", reason);
	vk_json_close(j, '}');
	vk_json_close(j, ']');
	vk_json_close(j, '}');
}

/* A stored record that nobody can place keeps when it arrived, which is not when it was measured.
 */
static void effective(struct vk_fhir *f)
{
	const struct vk_reading *r = f->r;
	char time[VK_RFC3339_TEXT];

	vk_rfc3339_format(time, r->time_utc_ms, f->context->zone);
	if (r->time_reason == VK_PLACED_HUB_UNSURE) {
		unknown_moment(&f->json, "temp-unknown");
	} else if (r->time_reason == VK_PLACED_UNPLACED) {
		unknown_moment(&f->json, "unknown");
		vk_json_str(&f->json, "issued", time);
	} else {
		vk_json_str(&f->json, "effectiveDateTime", time);
	}
}

/* ---- what the device says about its own reading ---- */

static void interpretation(struct vk_json *j, const struct vk_decoded *d)
{
	static const struct {
		enum vk_flag flag;
		const char *code;
	} list[] = {
		{VK_FLAG_QUESTIONABLE, "questionable"},
		{VK_FLAG_CALIBRATION_ONGOING, "calibration-ongoing"},
		{VK_FLAG_EARLY_ESTIMATE, "early-indication"},
		{VK_FLAG_MEASUREMENT_ONGOING, "msmt-ongoing"},
		{VK_FLAG_VALIDATED, "validated-data"},
	};
	bool is_open = false;

	for (size_t i = 0; i < VK_ARRAY_LEN(list); i++) {
		if (!vk_decoded_has(d, list[i].flag))
			continue;
		if (!is_open)
			vk_json_open(j, "interpretation", '[');
		is_open = true;
		vk_fhir_concept(j, NULL, TERMINOLOGY "measurement-status", list[i].code, NULL);
	}
	if (is_open)
		vk_json_close(j, ']');
}

static void add_note(struct vk_json *j, const struct vk_str *text)
{
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "text", text->text ? text->text : "");
	vk_json_close(j, '}');
}

static void time_note(struct vk_fhir *f)
{
	vk_auto(vk_str_done) struct vk_str text = {0};

	vk_str_addf(&text, "time: %s", vk_time_reason_text(f->r->time_reason));
	if (f->r->uncertainty_s > 0)
		vk_str_addf(&text, ", ±%" PRId64 " s", f->r->uncertainty_s);
	add_note(&f->json, &text);
}

static void flags_note(struct vk_fhir *f)
{
	vk_auto(vk_str_done) struct vk_str text = {0};
	uint64_t flags = f->r->decoded.flags;

	if (!flags)
		return;
	vk_str_add(&text, "flags:");
	for (int i = 0; i < VK_N_FLAGS; i++)
		if (flags >> i & 1)
			vk_str_addf(&text, " %s", vk_flag_text(i));
	add_note(&f->json, &text);
}

static void implausible_note(struct vk_fhir *f)
{
	vk_auto(vk_str_done) struct vk_str text = {0};
	uint32_t set = vk_implausible(&f->r->decoded);

	if (!set)
		return;
	vk_str_add(&text, "implausible:");
	for (int i = 0; i < VK_N_QUANTITIES; i++)
		if (set >> i & 1)
			vk_str_addf(&text, " %s", vk_quantity_text(i));
	add_note(&f->json, &text);
}

static void notes(struct vk_fhir *f)
{
	vk_json_open(&f->json, "note", '[');
	time_note(f);
	flags_note(f);
	implausible_note(f);
	vk_json_close(&f->json, ']');
}

/* ---- values ---- */

static void absent(struct vk_json *j, const char *code)
{
	vk_fhir_concept(j, "dataAbsentReason", TERMINOLOGY "data-absent-reason", code, NULL);
}

static void write_value(struct vk_fhir *f, const struct vk_value *v)
{
	const char *reason = void_reason(&f->r->decoded);

	if (!reason && v->absent != VK_ABSENT_NONE)
		reason = vk_fhir_absent_code(v->absent);
	if (reason) {
		absent(&f->json, reason);
		return;
	}
	vk_json_open(&f->json, "valueQuantity", '{');
	vk_json_decimal(&f->json, "value", v->number);
	vk_json_str(&f->json, "unit", vk_fhir_unit_text(v->unit));
	vk_json_str(&f->json, "system", VK_SYSTEM_UCUM);
	vk_json_str(&f->json, "code", vk_unit_text((int)v->unit));
	vk_json_close(&f->json, '}');
}

static bool is_pressure(const struct vk_value *v)
{
	return v->quantity == VK_QUANTITY_SYSTOLIC || v->quantity == VK_QUANTITY_DIASTOLIC ||
	       v->quantity == VK_QUANTITY_MEAN_ARTERIAL;
}

static void components(struct vk_fhir *f)
{
	const struct vk_decoded *d = &f->r->decoded;

	vk_json_open(&f->json, "component", '[');
	for (int i = 0; i < d->n_values; i++) {
		if (!is_pressure(&d->values[i]))
			continue;
		struct vk_fhir_code code = vk_fhir_code(d, &d->values[i]);

		vk_json_open(&f->json, NULL, '{');
		write_code(&f->json, &code);
		write_value(f, &d->values[i]);
		vk_json_close(&f->json, '}');
	}
	vk_json_close(&f->json, ']');
}

/* Up to and with everything that does not hang on the value. Returns our identifier in ours. */
static void open_observation(struct vk_fhir *f, const struct vk_fhir_code *code,
			     const char *profile, char ours[VK_UUID_TEXT + VK_ID_TEXT])
{
	char text[VK_ID_TEXT];
	int part = f->n_observations++;

	code_text(code, text);
	(void)snprintf(ours, VK_UUID_TEXT + VK_ID_TEXT, "%s-%s", f->r->id, text);
	vk_fhir_open(f, part ? VK_PART_OTHERS + part : VK_PART_READING, "Observation", profile);
	extensions(f);
	vk_json_open(&f->json, "identifier", '[');
	identifier(&f->json, VK_SYSTEM_READING, ours);
	guide_identifier(f, text);
	vk_json_close(&f->json, ']');
	vk_json_str(&f->json, "status", status(f->r));
	category(&f->json, code->is_vital, code->mdc != 0);
	write_code(&f->json, code);
	subject(f);
	effective(f);
	vk_fhir_reference(f, "device", VK_PART_SENSOR);
	interpretation(&f->json, &f->r->decoded);
	notes(f);
}

static void blood_pressure(struct vk_fhir *f)
{
	struct vk_fhir_code code = vk_fhir_blood_pressure_code();
	char ours[VK_UUID_TEXT + VK_ID_TEXT];

	open_observation(f, &code, VK_PHD "PhdCompoundNumericObservation", ours);
	components(f);
	vk_fhir_close(f, "Observation", VK_SYSTEM_READING, ours);
}

static void numeric(struct vk_fhir *f, const struct vk_value *value)
{
	struct vk_fhir_code code = vk_fhir_code(&f->r->decoded, value);
	const char *site = vk_fhir_site_text(&f->r->decoded);
	char ours[VK_UUID_TEXT + VK_ID_TEXT];

	open_observation(f, &code, code.mdc ? VK_PHD "PhdNumericObservation" : NULL, ours);
	if (site) {
		vk_json_open(&f->json, "bodySite", '{');
		vk_json_str(&f->json, "text", site);
		vk_json_close(&f->json, '}');
	}
	write_value(f, value);
	vk_fhir_close(f, "Observation", VK_SYSTEM_READING, ours);
}

void vk_fhir_observations(struct vk_fhir *f)
{
	const struct vk_decoded *d = &f->r->decoded;

	if (d->kind == VK_KIND_BLOOD_PRESSURE)
		blood_pressure(f);
	for (int i = 0; i < d->n_values; i++)
		if (d->kind != VK_KIND_BLOOD_PRESSURE || !is_pressure(&d->values[i]))
			numeric(f, &d->values[i]);
}
