/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the folder share: code tables, small JSON shapes, and one builder that holds
 * the reading and the names of everything in its Bundle. Pure. */
#ifndef VAKA_FHIR_FHIR_PRIV_H
#define VAKA_FHIR_FHIR_PRIV_H

#include "core/quantity.h"
#include "fhir/bundle.h"

#define VK_SYSTEM_MDC      "urn:iso:std:iso:11073:10101"
#define VK_SYSTEM_LOINC    "http://loinc.org"
#define VK_SYSTEM_UCUM     "http://unitsofmeasure.org"
#define VK_SYSTEM_READING  "urn:vaka:reading"  /* identifier: <reading id>-<code> */
#define VK_SYSTEM_HUB      "urn:vaka:hub"      /* identifier of a hub */
#define VK_SYSTEM_QUANTITY "urn:vaka:quantity" /* code, where MDC has none */
#define VK_PHD             "http://hl7.org/fhir/uv/phd/StructureDefinition/"

enum {
	VK_MDC_BLOOD_PRESSURE = 150020,
	VK_MDC_PULSE_OXIMETER = 149530,
	VK_MDC_GLUCOSE_CONTROL = 160208,
	VK_MDC_TIME_ABSOLUTE = 67975,
};

/* What an Observation is about. */
struct vk_fhir_code {
	uint32_t mdc;         /* 0: none, quantity stands for it */
	const char *mdc_id;   /* NULL: none */
	const char *loinc[2]; /* NULL: none */
	const char *text;     /* label */
	const char *quantity; /* the public name */
	bool is_vital;        /* of FHIR's vital signs */
};

struct vk_fhir_code vk_fhir_code(const struct vk_decoded *d, const struct vk_value *value);
struct vk_fhir_code vk_fhir_blood_pressure_code(void);
/* Glucose of a control solution is about the meter, never about the patient. */
bool vk_fhir_is_control(const struct vk_decoded *d);
/* How a person writes a UCUM unit. */
const char *vk_fhir_unit_text(enum vk_unit unit);
/* Code of HL7's data-absent-reason. */
const char *vk_fhir_absent_code(enum vk_absent absent);
/* Where a glucose sample was taken, or NULL. */
const char *vk_fhir_site_text(const struct vk_decoded *d);
/* MDC code of the device's specialization, and its name; 0: none. */
uint32_t vk_fhir_specialization(enum vk_kind kind, const char **ret_id);

/* Names within a Bundle, made from the reading's id: the same reading has the same names. */
enum vk_fhir_part {
	VK_PART_READING, /* the first Observation has the reading's own id */
	VK_PART_SENSOR,
	VK_PART_HUB,
	VK_PART_TIME,
	VK_PART_OTHERS, /* + n, the further Observations */
};

struct vk_fhir {
	struct vk_json json;
	const struct vk_reading *r;
	const struct vk_fhir_context *context;
	bool has_stamp;     /* a coincident time stamp is in the Bundle */
	int n_observations; /* written so far */
};

void vk_fhir_urn(const struct vk_fhir *f, int part, char out[VK_UUID_TEXT + 9]);
/* {"coding":[{system, code, display}]}; display may be NULL. */
void vk_fhir_concept(struct vk_json *j, const char *key, const char *system, const char *code,
		     const char *display);
enum { VK_MDC_TEXT = 12 };
const char *vk_fhir_mdc_text(uint32_t mdc, char out[VK_MDC_TEXT]);
void vk_fhir_mdc(struct vk_json *j, const char *key, uint32_t mdc, const char *id);
void vk_fhir_reference(struct vk_fhir *f, const char *key, int part);
/* Opens an entry with its name. */
void vk_fhir_entry(struct vk_fhir *f, int part);
/* Opens its resource up to and with type and profile; close writes its request. */
void vk_fhir_resource(struct vk_fhir *f, int part, const char *type, const char *profile);
/* Both. */
void vk_fhir_open(struct vk_fhir *f, int part, const char *type, const char *profile);
void vk_fhir_close(struct vk_fhir *f, const char *type, const char *system, const char *value);

/* What an entry of a Device hangs on, beside its name. */
struct vk_fhir_about {
	int kind;
	bool is_synced, is_stored;
	const char *names[VK_FHIR_NAMES]; /* NULL as "" */
};

/* kept.c: the rest of an entry behind its name. True: written; NULL keeps nothing. */
bool vk_fhir_write_kept(struct vk_fhir *f, const struct vk_fhir_device *kept,
			const struct vk_fhir_about *about);
/* … as it was written from there on. */
void vk_fhir_keep(const struct vk_fhir *f, size_t from, const struct vk_fhir_about *about,
		  struct vk_fhir_device *kept);

void vk_fhir_sensor(struct vk_fhir *f);
void vk_fhir_hub(struct vk_fhir *f);
void vk_fhir_stamp(struct vk_fhir *f);
/* All Observations of the reading. */
void vk_fhir_observations(struct vk_fhir *f);

#endif
