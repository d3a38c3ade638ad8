/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensor and the hub as Devices, and the coincident time stamp that says what the sensor's
 * clock showed at a moment of the hub's. The sensor is named by its Bluetooth address and by
 * nothing that was made from it: a transport address is no system id. The guide wants a system id
 * of the gateway and has zeros for one that has none.
 */
#include <stdio.h>
#include <string.h>

#include "fhir/fhir_priv.h"

enum { ADDRESS_HEX = 12 };

static const char id_types[] = "http://hl7.org/fhir/uv/phd/CodeSystem/ContinuaDeviceIdentifiers";
static const char bluetooth[] = "http://hl7.org/fhir/sid/eui-48/bluetooth";
static const char eui_64[] = "urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2680";

/* "C0FFEE000417" becomes "C0-FF-EE-00-04-17". */
static void dashed(const char *device, char out[24])
{
	size_t at = 0;

	for (size_t i = 0; i < ADDRESS_HEX && device[i]; i++) {
		if (i && i % 2 == 0)
			out[at++] = '-';
		out[at++] = device[i];
	}
	out[at] = '\0';
}

static void identifier(struct vk_json *j, const char *type, const char *system, const char *value)
{
	vk_json_open(j, NULL, '{');
	if (type)
		vk_fhir_concept(j, "type", id_types, type, NULL);
	vk_json_str(j, "system", system);
	vk_json_str(j, "value", value);
	vk_json_close(j, '}');
}

static void text(struct vk_json *j, const char *key, const char *value)
{
	if (value && *value)
		vk_json_str(j, key, value);
}

static void version(struct vk_json *j, uint32_t mdc, const char *id, const char *value)
{
	if (!value || !*value)
		return;
	vk_json_open(j, "version", '[');
	vk_json_open(j, NULL, '{');
	vk_fhir_mdc(j, "type", mdc, id);
	vk_json_str(j, "value", value);
	vk_json_close(j, '}');
	vk_json_close(j, ']');
}

static void specialization(struct vk_json *j, enum vk_kind kind)
{
	const char *id;
	uint32_t mdc = vk_fhir_specialization(kind, &id);

	if (!mdc)
		return;
	vk_json_open(j, "specialization", '[');
	vk_json_open(j, NULL, '{');
	vk_fhir_mdc(j, "systemType", mdc, id);
	vk_json_close(j, '}');
	vk_json_close(j, ']');
}

static void sensor(struct vk_fhir *f)
{
	const struct vk_fhir_context *c = f->context;
	char address[24];

	dashed(f->r->device, address);
	vk_fhir_resource(f, VK_PART_SENSOR, "Device", VK_PHD "PhdDevice");
	vk_json_open(&f->json, "identifier", '[');
	identifier(&f->json, "BTMAC", bluetooth, address);
	vk_json_close(&f->json, ']');
	text(&f->json, "manufacturer", c->manufacturer);
	text(&f->json, "serialNumber", c->serial);
	text(&f->json, "modelNumber", c->model);
	vk_fhir_mdc(&f->json, "type", 65573, "MDC_MOC_VMS_MDS_SIMP");
	specialization(&f->json, f->r->decoded.kind);
	version(&f->json, 531976, "MDC_ID_PROD_SPEC_FW", c->firmware);
	vk_fhir_close(f, "Device", bluetooth, address);
}

void vk_fhir_sensor(struct vk_fhir *f)
{
	const struct vk_fhir_context *c = f->context;
	struct vk_fhir_device *kept = c->kept ? &c->kept->sensor : NULL;
	struct vk_fhir_about about = {
		.kind = (int)f->r->decoded.kind,
		.is_stored = c->is_stored,
		.names = {f->r->device, c->manufacturer, c->model, c->serial, c->firmware},
	};
	size_t from;

	vk_fhir_entry(f, VK_PART_SENSOR);
	from = f->json.out->len;
	if (vk_fhir_write_kept(f, kept, &about))
		return;
	sensor(f);
	vk_fhir_keep(f, from, &about, kept);
}

static void time_sync(struct vk_fhir *f)
{
	vk_json_open(&f->json, "property", '[');
	vk_json_open(&f->json, NULL, '{');
	vk_fhir_mdc(&f->json, "type", 68220, "MDC_TIME_SYNC_PROTOCOL");
	vk_json_open(&f->json, "valueCode", '[');
	if (f->context->is_synced)
		vk_fhir_mdc(&f->json, NULL, 532226, "MDC_TIME_SYNC_NTPV4");
	else
		vk_fhir_mdc(&f->json, NULL, 532224, "MDC_TIME_SYNC_NONE");
	vk_json_close(&f->json, ']');
	vk_json_close(&f->json, '}');
	vk_json_close(&f->json, ']');
}

static void hub(struct vk_fhir *f)
{
	const struct vk_fhir_context *c = f->context;

	vk_fhir_resource(f, VK_PART_HUB, "Device", VK_PHD "PhgDevice");
	vk_json_open(&f->json, "identifier", '[');
	identifier(&f->json, NULL, VK_SYSTEM_HUB, c->hub);
	identifier(&f->json, "SYSID", eui_64, "00-00-00-00-00-00-00-00");
	vk_json_close(&f->json, ']');
	vk_json_str(&f->json, "manufacturer", "Vaka");
	vk_json_str(&f->json, "modelNumber", "Vaka hub");
	vk_fhir_mdc(&f->json, "type", 531981, "MDC_MOC_VMS_MDS_AHD");
	version(&f->json, 531975, "MDC_ID_PROD_SPEC_SW", c->version);
	time_sync(f);
	vk_fhir_close(f, "Device", VK_SYSTEM_HUB, c->hub);
}

void vk_fhir_hub(struct vk_fhir *f)
{
	const struct vk_fhir_context *c = f->context;
	struct vk_fhir_device *kept = c->kept ? &c->kept->hub : NULL;
	struct vk_fhir_about about = {
		.is_synced = c->is_synced,
		.is_stored = c->is_stored,
		.names = {c->hub, c->version},
	};
	size_t from;

	vk_fhir_entry(f, VK_PART_HUB);
	from = f->json.out->len;
	if (vk_fhir_write_kept(f, kept, &about))
		return;
	hub(f);
	vk_fhir_keep(f, from, &about, kept);
}

/* What the sensor's clock showed when the hub's showed the time of reception. */
static void stamp_value(struct vk_fhir *f)
{
	const struct vk_reading *r = f->r;
	char device_time[VK_RFC3339_TEXT];

	if (!r->has_clock_offset) {
		vk_fhir_concept(&f->json, "dataAbsentReason",
				"http://terminology.hl7.org/CodeSystem/data-absent-reason",
				"unknown", NULL);
		return;
	}
	vk_rfc3339_format(device_time,
			  (r->received_utc_ms / 1000 - r->clock_offset_s) * INT64_C(1000),
			  f->context->zone);
	vk_json_str(&f->json, "valueDateTime", device_time);
}

void vk_fhir_stamp(struct vk_fhir *f)
{
	char value[VK_UUID_TEXT + 12], hub_time[VK_RFC3339_TEXT];

	(void)snprintf(value, sizeof value, "%s-%d", f->r->id, VK_MDC_TIME_ABSOLUTE);
	vk_rfc3339_format(hub_time, f->r->received_utc_ms, f->context->zone);
	vk_fhir_open(f, VK_PART_TIME, "Observation", VK_PHD "PhdCoincidentTimeStampObservation");
	vk_json_open(&f->json, "identifier", '[');
	identifier(&f->json, NULL, VK_SYSTEM_READING, value);
	vk_json_close(&f->json, ']');
	vk_json_str(&f->json, "status", "final");
	vk_fhir_mdc(&f->json, "code", VK_MDC_TIME_ABSOLUTE, "MDC_ATTR_TIME_ABS");
	vk_fhir_reference(f, "subject", VK_PART_SENSOR);
	vk_json_str(&f->json, "effectiveDateTime", hub_time);
	stamp_value(f);
	vk_fhir_reference(f, "device", VK_PART_HUB);
	vk_fhir_close(f, "Observation", VK_SYSTEM_READING, value);
}
