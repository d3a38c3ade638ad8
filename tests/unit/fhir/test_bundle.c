/* SPDX-License-Identifier: Apache-2.0 */
/* What a Bundle says, member by member; what foreign validators say of it is tests/fhir/run's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "samples.h"

static const char mdc[] = "urn:iso:std:iso:11073:10101";
static const char loinc[] = "http://loinc.org";

struct bundle {
	struct vk_str text;
	json_t *json;
};

static struct bundle make(const struct sample *s)
{
	struct bundle b = {0};
	json_error_t error;

	assert_int_equal(vk_fhir_bundle(&s->reading, &s->context, &b.text), 0);
	b.json = json_loads(b.text.text, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(b.json);
	return b;
}

static void done(struct bundle *b)
{
	json_decref(b->json);
	vk_str_done(&b->text);
}

/* Borrowed: by keys and array indexes, "entry.2.resource.status". NULL where there is none. */
static json_t *at(json_t *json, const char *path)
{
	char copy[200], *rest = copy, *step;

	snprintf(copy, sizeof copy, "%s", path);
	while (json && (step = strsep(&rest, ".")))
		json = json_is_array(json) ? json_array_get(json, strtoul(step, NULL, 10))
					   : json_object_get(json, step);
	return json;
}

static const char *text_at(json_t *json, const char *path)
{
	const char *text = json_string_value(at(json, path));

	return text ? text : "";
}

static const char *code_of(json_t *concept, const char *system)
{
	size_t i;
	json_t *coding;

	json_array_foreach(json_object_get(concept, "coding"), i,
			   coding) if (strcmp(text_at(coding, "system"), system) ==
				       0) return text_at(coding, "code");
	return "";
}

/* The entry whose resource has this MDC code. */
static json_t *entry_of(const struct bundle *b, const char *code)
{
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(b->json, "entry"), i,
			   entry) if (strcmp(code_of(at(entry, "resource.code"), mdc), code) ==
				      0) return entry;
	return NULL;
}

static void blood_pressure_is_a_compound(void **state)
{
	struct sample s = sample_pressure();
	struct bundle b = make(&s);
	json_t *o = at(entry_of(&b, "150020"), "resource");

	(void)state;
	assert_string_equal(text_at(b.json, "resourceType"), "Bundle");
	assert_string_equal(text_at(b.json, "type"), "transaction");
	assert_int_equal(json_array_size(at(b.json, "entry")), 5);
	assert_string_equal(text_at(o, "meta.profile.0"),
			    "http://hl7.org/fhir/uv/phd/StructureDefinition/"
			    "PhdCompoundNumericObservation");
	assert_string_equal(text_at(o, "status"), "final");
	assert_string_equal(code_of(at(o, "code"), loinc), "85354-9");
	assert_string_equal(text_at(o, "subject.reference"), "Patient/p-1042");
	assert_string_equal(text_at(o, "effectiveDateTime"), "2026-03-04T07:40:12+01:00");
	assert_null(at(o, "valueQuantity"));
	assert_int_equal(json_array_size(at(o, "component")), 3);
	assert_string_equal(code_of(at(o, "component.0.code"), mdc), "150021");
	assert_string_equal(code_of(at(o, "component.0.code"), loinc), "8480-6");
	assert_int_equal(json_integer_value(at(o, "component.0.valueQuantity.value")), 128);
	assert_string_equal(text_at(o, "component.0.valueQuantity.code"), "mm[Hg]");
	assert_string_equal(code_of(at(o, "component.1.code"), loinc), "8462-4");
	assert_string_equal(code_of(at(o, "component.2.dataAbsentReason"),
				    "http://terminology.hl7.org/CodeSystem/data-absent-reason"),
			    "not-a-number");
	assert_null(at(o, "component.2.valueQuantity"));
	o = at(entry_of(&b, "149546"), "resource");
	assert_int_equal(json_integer_value(at(o, "valueQuantity.value")), 51);
	assert_string_equal(code_of(at(o, "code"), loinc), "8867-4");
	done(&b);
}

/* Two identifiers: the guide's example of the sensor's own clock, and ours. */
static void identifiers(void **state)
{
	struct sample s = sample_pressure();
	struct bundle b = make(&s);
	json_t *entry = entry_of(&b, "150020"), *o = at(entry, "resource");

	(void)state;
	assert_string_equal(text_at(o, "identifier.0.system"), "urn:vaka:reading");
	assert_string_equal(text_at(o, "identifier.0.value"),
			    "b1a5c0de-0000-8000-8000-00000000ff42-150020");
	assert_string_equal(text_at(o, "identifier.1.value"),
			    "C0FFEE000417-p-1042-150020-825925310");
	assert_string_equal(text_at(entry, "request.method"), "POST");
	assert_string_equal(text_at(entry, "request.url"), "Observation");
	assert_string_equal(
		text_at(entry, "request.ifNoneExist"),
		"identifier=urn:vaka:reading|b1a5c0de-0000-8000-8000-00000000ff42-150020");
	assert_string_equal(text_at(entry, "fullUrl"),
			    "urn:uuid:b1a5c0de-0000-8000-8000-00000000ff42");
	done(&b);
}

/* Every reference of the Bundle leads to an entry of it, and no name stands twice. */
static void check_names(const struct sample *s, void *user)
{
	struct bundle b = make(s);
	size_t i, k;
	json_t *one, *other;

	json_array_foreach(at(b.json, "entry"), i, one)
	{
		int n = 0;

		json_array_foreach(at(b.json, "entry"), k, other) n +=
			strcmp(text_at(one, "fullUrl"), text_at(other, "fullUrl")) == 0;
		assert_int_equal(n, 1);
		assert_int_equal(strlen(text_at(one, "fullUrl")), 45);
		if (at(one, "resource.status")) {
			const char *device = text_at(one, "resource.device.reference");

			n = 0;
			json_array_foreach(at(b.json, "entry"), k, other) n +=
				strcmp(device, text_at(other, "fullUrl")) == 0;
			assert_int_equal(n, 1);
		}
	}
	++*(int *)user;
	done(&b);
}

static void names_inside_are_whole(void **state)
{
	int n = 0;

	(void)state;
	samples_each(check_names, &n);
	assert_true(n > 90);
}

static void equal_input_equal_bytes(void **state)
{
	struct sample s = sample_pressure();
	struct bundle a = make(&s), b = make(&s);

	(void)state;
	assert_string_equal(a.text.text, b.text.text);
	done(&a);
	done(&b);
}

struct both {
	struct vk_fhir_kept kept;
	int n;
};

/* With what the Bundle before left behind, and without. */
static void as_without(const struct sample *s, void *user)
{
	struct both *b = user;
	struct sample with = *s;
	vk_auto(vk_str_done) struct vk_str alone = {0}, again = {0};

	with.context.kept = &b->kept;
	assert_int_equal(vk_fhir_bundle(&s->reading, &s->context, &alone), 0);
	assert_int_equal(vk_fhir_bundle(&with.reading, &with.context, &again), 0);
	assert_string_equal(again.text, alone.text);
	b->n++;
}

static void what_is_kept_changes_nothing(void **state)
{
	struct both b = {0};
	struct sample s = sample_pressure();
	char long_name[VK_ID_TEXT + 8];

	(void)state;
	samples_each(as_without, &b);
	assert_true(b.n > 10);
	for (int i = 0; i < 2; i++)
		as_without(&s, &b);
	s.context.firmware = "another";
	as_without(&s, &b);
	s.context.serial = s.context.firmware;
	as_without(&s, &b);
	s.context.is_synced = !s.context.is_synced;
	as_without(&s, &b);
	s.context.is_stored = !s.context.is_stored;
	as_without(&s, &b);
	s.context.hub = "hub-of-others";
	as_without(&s, &b);
	(void)vk_copy(s.reading.device, sizeof s.reading.device, "00AA01020099");
	as_without(&s, &b);
	memset(long_name, 'x', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	s.context.model = long_name;
	for (int i = 0; i < 2; i++)
		as_without(&s, &b);
	long_name[sizeof long_name - 2] = 'y';
	as_without(&s, &b);
	vk_fhir_forget(&b.kept);
}

/* … and it is what is written, as long as nothing it hangs on is another. */
static void what_is_kept_is_written_again(void **state)
{
	struct vk_fhir_kept kept = {0};
	struct sample s = sample_pressure();

	(void)state;
	s.context.kept = &kept;
	for (int i = 0; i < 3; i++) {
		vk_auto(vk_str_done) struct vk_str text = {0};

		s.context.version = i < 2 ? "1" : "2";
		assert_int_equal(vk_fhir_bundle(&s.reading, &s.context, &text), 0);
		assert_int_equal(strchr(text.text, '#') != NULL, i == 1);
		assert_non_null(kept.hub.text.text);
		memset(kept.hub.text.text, '#', 1);
	}
	vk_fhir_forget(&kept);
}

static void precision_is_kept(void **state)
{
	struct sample s = sample_of(VK_KIND_WEIGHT, "");
	struct bundle b;

	(void)state;
	sample_value(&s, VK_QUANTITY_WEIGHT, VK_UNIT_KG, 8000, -2);
	b = make(&s);
	assert_non_null(strstr(b.text.text, "\"value\":80.00,"));
	assert_string_equal(code_of(at(entry_of(&b, "188736"), "resource.code"), loinc), "29463-7");
	done(&b);
}

static void the_stamp_says_what_the_sensor_showed(void **state)
{
	struct sample s = sample_pressure();
	struct bundle b = make(&s);
	json_t *stamp = entry_of(&b, "67975"), *o = at(entry_of(&b, "150020"), "resource");

	(void)state;
	assert_string_equal(text_at(stamp, "resource.effectiveDateTime"),
			    "2026-03-04T07:40:12+01:00");
	assert_string_equal(text_at(stamp, "resource.valueDateTime"), "2026-03-04T07:41:50+01:00");
	assert_string_equal(text_at(o, "extension.1.valueReference.reference"),
			    text_at(stamp, "fullUrl"));
	done(&b);
	s.reading.has_clock_offset = false;
	b = make(&s);
	assert_null(entry_of(&b, "67975"));
	assert_int_equal(json_array_size(at(entry_of(&b, "150020"), "resource.extension")), 1);
	done(&b);
	vk_decoded_flag(&s.reading.decoded, VK_FLAG_TIME_FAULT);
	b = make(&s);
	assert_string_equal(code_of(at(entry_of(&b, "67975"), "resource.dataAbsentReason"),
				    "http://terminology.hl7.org/CodeSystem/data-absent-reason"),
			    "unknown");
	done(&b);
}

/* A later revision updates by our identifier, which knows no patient. */
static void revisions_update(void **state)
{
	struct sample s = sample_pressure();
	struct bundle b;

	(void)state;
	s.reading.patient[0] = '\0';
	b = make(&s);
	assert_string_equal(text_at(entry_of(&b, "150020"), "resource.subject.identifier.value"),
			    "unassigned");
	done(&b);
	s.reading.rev = 1;
	b = make(&s);
	assert_string_equal(text_at(entry_of(&b, "150020"), "resource.status"), "amended");
	assert_string_equal(text_at(entry_of(&b, "150020"), "request.method"), "PUT");
	assert_string_equal(text_at(entry_of(&b, "150020"), "request.url"),
			    "Observation?identifier=urn:vaka:reading|"
			    "b1a5c0de-0000-8000-8000-00000000ff42-150020");
	assert_null(at(entry_of(&b, "150020"), "request.ifNoneExist"));
	assert_string_equal(text_at(b.json, "entry.0.request.method"), "POST");
	done(&b);
	s.reading.is_retracted = true;
	b = make(&s);
	assert_string_equal(text_at(entry_of(&b, "150020"), "resource.status"), "entered-in-error");
	done(&b);
}

static void devices_are_created_once(void **state)
{
	struct sample s = sample_pressure();
	struct bundle b = make(&s);

	(void)state;
	assert_string_equal(
		text_at(b.json, "entry.0.request.ifNoneExist"),
		"identifier=http://hl7.org/fhir/sid/eui-48/bluetooth|C0-FF-EE-00-04-17");
	assert_string_equal(text_at(b.json, "entry.0.resource.modelNumber"), "BM 85 \"åäö\"");
	assert_string_equal(
		code_of(at(b.json, "entry.0.resource.specialization.0.systemType"), mdc), "528391");
	assert_string_equal(text_at(b.json, "entry.1.request.ifNoneExist"),
			    "identifier=urn:vaka:hub|hub-0417");
	assert_string_equal(code_of(at(b.json, "entry.1.resource.property.0.valueCode.0"), mdc),
			    "532226");
	done(&b);
	s.context.is_synced = false;
	b = make(&s);
	assert_string_equal(code_of(at(b.json, "entry.1.resource.property.0.valueCode.0"), mdc),
			    "532224");
	done(&b);
}

static void glucose_by_sample_and_unit(void **state)
{
	static const struct {
		int type;
		enum vk_unit unit;
		const char *mdc, *loinc;
	} cases[] = {
		{1, VK_UNIT_MMOL_L, "160184", "14743-9"},  {1, VK_UNIT_MG_DL, "160184", "41653-7"},
		{2, VK_UNIT_MMOL_L, "160188", "14743-9"},  {9, VK_UNIT_MG_DL, "160212", "99504-3"},
		{-1, VK_UNIT_MMOL_L, "160020", "15074-8"}, {10, VK_UNIT_MMOL_L, "160208", ""},
		{15, VK_UNIT_MG_DL, "160020", "2339-0"},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		struct sample s = sample_of(VK_KIND_GLUCOSE, "");

		s.reading.decoded.sample_type = cases[i].type;
		sample_value(&s, VK_QUANTITY_GLUCOSE, cases[i].unit, 570, -2);
		struct bundle b = make(&s);
		json_t *entry = entry_of(&b, cases[i].mdc);

		assert_non_null(entry);
		assert_string_equal(code_of(at(entry, "resource.code"), loinc), cases[i].loinc);
		done(&b);
	}
}

/* Nobody may take a meter's check for the patient's blood. */
static void a_control_is_not_the_patients(void **state)
{
	struct sample s = sample_of(VK_KIND_GLUCOSE, "");

	(void)state;
	sample_value(&s, VK_QUANTITY_GLUCOSE, VK_UNIT_MMOL_L, 570, -2);
	vk_decoded_flag(&s.reading.decoded, VK_FLAG_CONTROL_SOLUTION);
	struct bundle b = make(&s);
	json_t *entry = entry_of(&b, "160208");

	assert_string_equal(text_at(entry, "resource.subject.reference"),
			    text_at(b.json, "entry.0.fullUrl"));
	assert_string_equal(text_at(entry, "resource.meta.security.0.code"), "HTEST");
	assert_null(strstr(b.text.text, "Patient/"));
	done(&b);
}

static void an_oximeters_pulse_is_its_own(void **state)
{
	struct sample s = sample_of(VK_KIND_SPO2_SPOT, "");

	(void)state;
	sample_value(&s, VK_QUANTITY_SPO2, VK_UNIT_PERCENT, 97, 0);
	sample_value(&s, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, 62, 0);
	struct bundle b = make(&s);

	assert_non_null(entry_of(&b, "149530"));
	assert_null(entry_of(&b, "149546"));
	assert_string_equal(text_at(entry_of(&b, "150456"), "resource.code.coding.1.code"),
			    "2708-6");
	assert_string_equal(text_at(entry_of(&b, "150456"), "resource.code.coding.2.code"),
			    "59408-5");
	done(&b);
}

static void measurement_status(void **state)
{
	static const struct {
		enum vk_flag flag;
		const char *path, *wanted;
	} cases[] = {
		{VK_FLAG_QUESTIONABLE, "interpretation.0.coding.0.code", "questionable"},
		{VK_FLAG_CALIBRATION_ONGOING, "interpretation.0.coding.0.code",
		 "calibration-ongoing"},
		{VK_FLAG_EARLY_ESTIMATE, "interpretation.0.coding.0.code", "early-indication"},
		{VK_FLAG_EARLY_ESTIMATE, "status", "preliminary"},
		{VK_FLAG_INVALID, "status", "entered-in-error"},
		{VK_FLAG_INVALID, "dataAbsentReason.coding.0.code", "error"},
		{VK_FLAG_MEASUREMENT_UNAVAILABLE, "dataAbsentReason.coding.0.code",
		 "not-performed"},
		{VK_FLAG_KETONE, "dataAbsentReason.coding.0.code", "unsupported"},
		{VK_FLAG_TEST_DATA, "meta.security.0.code", "HTEST"},
		{VK_FLAG_DEMONSTRATION, "meta.security.0.code", "HTEST"},
		{VK_FLAG_LOW_PERFUSION, "note.1.text", "flags: low-perfusion"},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		struct sample s = sample_of(VK_KIND_SPO2_SPOT, "");

		sample_value(&s, VK_QUANTITY_SPO2, VK_UNIT_PERCENT, 97, 0);
		vk_decoded_flag(&s.reading.decoded, cases[i].flag);
		struct bundle b = make(&s);
		json_t *o = at(entry_of(&b, "150456"), "resource");

		assert_string_equal(text_at(o, cases[i].path), cases[i].wanted);
		assert_true(!at(o, "dataAbsentReason") != !at(o, "valueQuantity"));
		done(&b);
	}
}

static void moments_that_are_not_known(void **state)
{
	struct sample s = sample_pressure();
	struct bundle b;

	(void)state;
	s.reading.time_reason = VK_PLACED_UNPLACED;
	b = make(&s);
	assert_string_equal(text_at(entry_of(&b, "150020"), "resource.issued"),
			    "2026-03-04T07:40:12+01:00");
	assert_null(at(entry_of(&b, "150020"), "resource.effectiveDateTime"));
	done(&b);
	s.reading.time_reason = VK_PLACED_HUB_UNSURE;
	b = make(&s);
	assert_null(at(entry_of(&b, "150020"), "resource.effectiveDateTime"));
	assert_string_equal(text_at(entry_of(&b, "150020"), "resource.note.0.text"),
			    "time: hub-unsure");
	done(&b);
}

static void what_was_not_stored_says_so(void **state)
{
	struct sample s = sample_pressure();
	struct bundle b = make(&s);

	(void)state;
	assert_null(at(b.json, "meta"));
	done(&b);
	s.context.is_stored = false;
	b = make(&s);
	assert_string_equal(text_at(b.json, "meta.tag.0.system"), "urn:vaka:stored");
	assert_string_equal(text_at(b.json, "meta.tag.0.code"), "false");
	assert_string_equal(text_at(entry_of(&b, "150020"), "resource.meta.tag.0.code"), "false");
	done(&b);
}

static void what_has_no_form(void **state)
{
	static const enum vk_kind kinds[] = {VK_KIND_BATTERY,       VK_KIND_RACP,
					     VK_KIND_CURRENT_TIME,  VK_KIND_DATE_TIME,
					     VK_KIND_CUFF_PRESSURE, VK_KIND_GLUCOSE_CONTEXT};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(kinds); i++) {
		struct sample s = sample_of(kinds[i], "");
		vk_auto(vk_str_done) struct vk_str out = {0};

		sample_value(&s, VK_QUANTITY_BATTERY, VK_UNIT_PERCENT, 80, 0);
		assert_int_equal(vk_fhir_bundle(&s.reading, &s.context, &out), -ENODATA);
		assert_int_equal(out.len, 0);
	}
	struct sample empty = sample_of(VK_KIND_GLUCOSE, "");
	vk_auto(vk_str_done) struct vk_str out = {0};

	assert_int_equal(vk_fhir_bundle(&empty.reading, &empty.context, &out), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blood_pressure_is_a_compound),
		cmocka_unit_test(identifiers),
		cmocka_unit_test(names_inside_are_whole),
		cmocka_unit_test(equal_input_equal_bytes),
		cmocka_unit_test(what_is_kept_changes_nothing),
		cmocka_unit_test(what_is_kept_is_written_again),
		cmocka_unit_test(precision_is_kept),
		cmocka_unit_test(the_stamp_says_what_the_sensor_showed),
		cmocka_unit_test(revisions_update),
		cmocka_unit_test(devices_are_created_once),
		cmocka_unit_test(glucose_by_sample_and_unit),
		cmocka_unit_test(a_control_is_not_the_patients),
		cmocka_unit_test(an_oximeters_pulse_is_its_own),
		cmocka_unit_test(measurement_status),
		cmocka_unit_test(moments_that_are_not_known),
		cmocka_unit_test(what_was_not_stored_says_so),
		cmocka_unit_test(what_has_no_form),
	};

	return cmocka_run_group_tests_name("fhir bundle", tests, NULL, NULL);
}
