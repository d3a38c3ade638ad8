/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Bundle around a reading. Its first sending creates what is not there yet; a later revision
 * updates what is there. Both find it by our identifier, so that sending twice is harmless. All
 * names inside are made from the reading's id: equal input, equal bytes.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "fhir/fhir_priv.h"

enum { LAST_DIGITS = 4 };

/* The reading's id with another ending: the last four hex digits are exclusive-ored with part. */
void vk_fhir_urn(const struct vk_fhir *f, int part, char out[VK_UUID_TEXT + 9])
{
	static const char scheme[] = "urn:uuid:";
	const size_t len = strlen(f->r->id);
	uint8_t last[LAST_DIGITS / 2] = {0};
	char *at = out + sizeof scheme - 1;

	memcpy(out, scheme, sizeof scheme);
	memcpy(at, f->r->id, len + 1);
	if (len < LAST_DIGITS || vk_hex_parse(at + len - LAST_DIGITS, last, sizeof last) < 0)
		return;
	last[0] ^= (uint8_t)((unsigned)part >> 8);
	last[1] ^= (uint8_t)part;
	vk_hex_format(at + len - LAST_DIGITS, last, sizeof last);
}

void vk_fhir_concept(struct vk_json *j, const char *key, const char *system, const char *code,
		     const char *display)
{
	vk_json_open(j, key, '{');
	vk_json_open(j, "coding", '[');
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "system", system);
	vk_json_str(j, "code", code);
	if (display)
		vk_json_str(j, "display", display);
	vk_json_close(j, '}');
	vk_json_close(j, ']');
	vk_json_close(j, '}');
}

/* From the end, where the text begins is returned: a Bundle has a dozen of them. */
const char *vk_fhir_mdc_text(uint32_t mdc, char out[VK_MDC_TEXT])
{
	char *at = out + VK_MDC_TEXT - 1;

	*at = '\0';
	do
		*--at = (char)('0' + mdc % 10);
	while (mdc /= 10);
	return at;
}

void vk_fhir_mdc(struct vk_json *j, const char *key, uint32_t mdc, const char *id)
{
	char code[VK_MDC_TEXT];

	vk_fhir_concept(j, key, VK_SYSTEM_MDC, vk_fhir_mdc_text(mdc, code), id);
}

void vk_fhir_reference(struct vk_fhir *f, const char *key, int part)
{
	char urn[VK_UUID_TEXT + 9];

	vk_fhir_urn(f, part, urn);
	vk_json_open(&f->json, key, '{');
	vk_json_str(&f->json, "reference", urn);
	vk_json_close(&f->json, '}');
}

static void tag(struct vk_json *j, const char *key, const char *system, const char *code)
{
	vk_json_open(j, key, '[');
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "system", system);
	vk_json_str(j, "code", code);
	vk_json_close(j, '}');
	vk_json_close(j, ']');
}

static bool is_test(const struct vk_decoded *d)
{
	return vk_decoded_has(d, VK_FLAG_TEST_DATA) || vk_decoded_has(d, VK_FLAG_DEMONSTRATION) ||
	       vk_fhir_is_control(d);
}

/* profile NULL: none is claimed. */
static void meta(struct vk_fhir *f, const char *profile, bool is_observation)
{
	bool has_security = is_observation && is_test(&f->r->decoded);

	if (!profile && !has_security && f->context->is_stored)
		return;
	vk_json_open(&f->json, "meta", '{');
	if (profile) {
		vk_json_open(&f->json, "profile", '[');
		vk_json_str(&f->json, NULL, profile);
		vk_json_close(&f->json, ']');
	}
	if (has_security)
		tag(&f->json, "security", "http://terminology.hl7.org/CodeSystem/v3-ActReason",
		    "HTEST");
	if (!f->context->is_stored)
		tag(&f->json, "tag", "urn:vaka:stored", "false");
	vk_json_close(&f->json, '}');
}

void vk_fhir_entry(struct vk_fhir *f, int part)
{
	char urn[VK_UUID_TEXT + 9];

	vk_fhir_urn(f, part, urn);
	vk_json_open(&f->json, NULL, '{');
	vk_json_str(&f->json, "fullUrl", urn);
}

void vk_fhir_resource(struct vk_fhir *f, int part, const char *type, const char *profile)
{
	vk_json_open(&f->json, "resource", '{');
	vk_json_str(&f->json, "resourceType", type);
	meta(f, profile, part == VK_PART_READING || part >= VK_PART_OTHERS);
}

void vk_fhir_open(struct vk_fhir *f, int part, const char *type, const char *profile)
{
	vk_fhir_entry(f, part);
	vk_fhir_resource(f, part, type, profile);
}

/* Devices are created once; an Observation's later revision takes the place of the earlier one. */
void vk_fhir_close(struct vk_fhir *f, const char *type, const char *system, const char *value)
{
	vk_auto(vk_str_done) struct vk_str url = {0};
	bool is_update = f->r->rev > 0 && strcmp(type, "Observation") == 0;

	if (is_update)
		vk_str_addf(&url, "%s?", type);
	vk_str_add(&url, "identifier=");
	vk_str_add(&url, system);
	vk_str_add(&url, "|");
	vk_str_add(&url, value);
	if (url.error && !f->json.out->error)
		f->json.out->error = url.error;
	vk_json_close(&f->json, '}');
	vk_json_open(&f->json, "request", '{');
	vk_json_str(&f->json, "method", is_update ? "PUT" : "POST");
	vk_json_str(&f->json, "url", is_update ? url.text : type);
	if (!is_update)
		vk_json_str(&f->json, "ifNoneExist", url.text);
	vk_json_close(&f->json, '}');
	vk_json_close(&f->json, '}');
}

/* Kinds that say something about a person, or about a meter's check. */
static bool has_form(const struct vk_decoded *d)
{
	switch (d->kind) {
	case VK_KIND_BLOOD_PRESSURE:
	case VK_KIND_GLUCOSE:
	case VK_KIND_SPO2_SPOT:
	case VK_KIND_SPO2_CONTINUOUS:
	case VK_KIND_WEIGHT:
	case VK_KIND_BODY_COMPOSITION:
	case VK_KIND_TEMPERATURE:
	case VK_KIND_HEART_RATE:
	case VK_KIND_CGM:
		return d->n_values > 0;
	case VK_KIND_CUFF_PRESSURE:
	case VK_KIND_GLUCOSE_CONTEXT:
	case VK_KIND_RACP:
	case VK_KIND_DATE_TIME:
	case VK_KIND_CURRENT_TIME:
	case VK_KIND_BATTERY:
	case VK_N_KINDS:
	default:
		return false;
	}
}

static bool has_clock_fault(const struct vk_decoded *d)
{
	return vk_decoded_has(d, VK_FLAG_DEVICE_CLOCK_NOT_SET) ||
	       vk_decoded_has(d, VK_FLAG_TIME_FAULT);
}

int vk_fhir_bundle(const struct vk_reading *r, const struct vk_fhir_context *context,
		   struct vk_str *out)
{
	struct vk_fhir f = {
		.json = vk_json_init(out),
		.r = r,
		.context = context,
		.has_stamp = r->has_clock_offset || has_clock_fault(&r->decoded),
	};

	if (!has_form(&r->decoded))
		return -ENODATA;
	vk_json_open(&f.json, NULL, '{');
	vk_json_str(&f.json, "resourceType", "Bundle");
	meta(&f, NULL, false);
	vk_json_str(&f.json, "type", "transaction");
	vk_json_open(&f.json, "entry", '[');
	vk_fhir_sensor(&f);
	vk_fhir_hub(&f);
	if (f.has_stamp)
		vk_fhir_stamp(&f);
	vk_fhir_observations(&f);
	vk_json_close(&f.json, ']');
	vk_json_close(&f.json, '}');
	return out->error;
}
