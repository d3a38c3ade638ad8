/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading as one FHIR R4 Bundle of type transaction, postable as it is: Observations by HL7's
 * Personal Health Device guide, the sensor and the gateway as Devices, a coincident time stamp
 * where the sensor has a clock (clinical.md 5.1). Pure; any thread.
 */
#ifndef VAKA_FHIR_BUNDLE_H
#define VAKA_FHIR_BUNDLE_H

#include "core/reading.h"

/* What was said of a device, and what of it that hangs on. */
enum { VK_FHIR_NAMES = 5 };
struct vk_fhir_device {
	int kind;
	bool is_synced, is_stored;
	char names[VK_FHIR_NAMES][VK_ID_TEXT];
	struct vk_str text; /* empty: nothing is kept */
};

/* The devices of the Bundle before, for the next one. Starts as zeros. */
struct vk_fhir_kept {
	struct vk_fhir_device sensor, hub;
};

/* Frees what is kept. */
void vk_fhir_forget(struct vk_fhir_kept *kept);

/* About the two devices; borrowed strings, "" when unknown. */
struct vk_fhir_context {
	const char *hub;                                      /* "hub-0417" */
	const char *version;                                  /* of Vaka */
	const char *manufacturer, *model, *serial, *firmware; /* of the sensor */
	const struct vk_zone *zone;
	bool is_synced;            /* hub clock, for the gateway's time-sync property */
	bool is_stored;            /* false: the hub could not keep it (tag stored=false) */
	struct vk_fhir_kept *kept; /* of the caller, one at a time; NULL: none. Changes no byte */
};

/* Appends the JSON text of the Bundle. 0, -ENODATA when the kind has no FHIR form, -ENOMEM. */
int vk_fhir_bundle(const struct vk_reading *r, const struct vk_fhir_context *context,
		   struct vk_str *out);

#endif
