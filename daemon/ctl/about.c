/* SPDX-License-Identifier: Apache-2.0 */
/* One writer per kind of value, found by UUID. */
#include "ctl/about.h"

#include <errno.h>

#include "base/civil.h"
#include "base/err.h"
#include "profiles/cgm.h"
#include "profiles/date_time.h"
#include "profiles/device_info.h"
#include "profiles/feature.h"
#include "profiles/user_data.h"

enum { OP_USER_RESPONSE = 0x20 };

struct value {
	uint16_t uuid;
	const uint8_t *data;
	size_t len;
	struct vk_decode_error *error;
};

typedef int writer(const struct value *v, struct vk_json *j);

static void open_kind(struct vk_json *j, const char *kind)
{
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "kind", kind);
}

static int close_kind(struct vk_json *j)
{
	vk_json_close(j, '}');
	return 0;
}

static void flags_json(struct vk_json *j, const char *key, uint64_t flags)
{
	vk_json_open(j, key, '[');
	for (int i = 0; i < VK_N_FLAGS; i++)
		if (flags >> i & 1)
			vk_json_str(j, NULL, vk_flag_text(i));
	vk_json_close(j, ']');
}

static int feature(const struct value *v, struct vk_json *j)
{
	struct vk_feature f;
	int r = vk_feature_decode(v->uuid, v->data, v->len, &f, v->error);

	if (r)
		return r;
	open_kind(j, "feature");
	vk_json_open(j, "supports", '[');
	for (int i = 0; i < 32; i++) {
		const char *text = vk_feature_text(f.uuid, i);

		if (text && (f.bits >> i & 1))
			vk_json_str(j, NULL, text);
	}
	vk_json_close(j, ']');
	if (f.reports)
		flags_json(j, "reports", f.reports);
	if (f.sample_type >= 0) {
		vk_json_int(j, "sample_type", f.sample_type);
		vk_json_int(j, "location", f.location);
	}
	if (f.mass_step)
		vk_json_int(j, "mass_resolution", f.mass_step);
	if (f.height_step)
		vk_json_int(j, "height_resolution", f.height_step);
	return close_kind(j);
}

static int text(const struct value *v, struct vk_json *j)
{
	char out[VK_DEVICE_TEXT_MAX];

	vk_device_text(v->data, v->len, out);
	open_kind(j, "device-information");
	vk_json_str(j, vk_device_text_name(v->uuid), out);
	return close_kind(j);
}

static int system_id(const struct value *v, struct vk_json *j)
{
	struct vk_system_id id;
	int r = vk_system_id_decode(v->data, v->len, &id, v->error);

	if (r)
		return r;
	open_kind(j, "device-information");
	vk_json_int(j, "manufacturer_id", (int64_t)id.manufacturer);
	vk_json_int(j, "organisation_id", id.organisation);
	return close_kind(j);
}

static int pnp_id(const struct value *v, struct vk_json *j)
{
	struct vk_pnp_id id;
	int r = vk_pnp_id_decode(v->data, v->len, &id, v->error);

	if (r)
		return r;
	open_kind(j, "device-information");
	vk_json_int(j, "vendor_source", id.source);
	vk_json_int(j, "vendor", id.vendor);
	vk_json_int(j, "product", id.product);
	vk_json_int(j, "version", id.version);
	return close_kind(j);
}

static void optional(struct vk_json *j, const char *key, bool has_it, int64_t value)
{
	if (has_it)
		vk_json_int(j, key, value);
	else
		vk_json_null(j, key);
}

static int local_time(const struct value *v, struct vk_json *j)
{
	struct vk_local_time local;
	int r = vk_local_time_decode(v->data, v->len, &local, v->error);

	if (r)
		return r;
	open_kind(j, "local-time");
	optional(j, "zone_min", local.has_zone, local.zone_min);
	optional(j, "dst_min", local.has_dst, local.dst_min);
	return close_kind(j);
}

static int reference_time(const struct value *v, struct vk_json *j)
{
	struct vk_reference_time reference;
	int r = vk_reference_time_decode(v->data, v->len, &reference, v->error);

	if (r)
		return r;
	open_kind(j, "reference-time");
	vk_json_int(j, "source", reference.source);
	optional(j, "accuracy_ms", reference.has_accuracy, reference.accuracy_ms);
	optional(j, "age_h", reference.has_age, reference.age_h);
	return close_kind(j);
}

static int cgm_start(const struct value *v, struct vk_json *j)
{
	char time[VK_RFC3339_TEXT];
	struct vk_cgm_start start;
	int r = vk_cgm_start_decode(v->data, v->len, &start, v->error);

	if (r)
		return r;
	open_kind(j, "cgm-session-start");
	vk_civil_format(time, &start.time);
	vk_json_str(j, "device_time", start.state == VK_TIME_KNOWN ? time : NULL);
	optional(j, "zone_min", start.has_zone, start.zone_min);
	optional(j, "dst_min", start.has_dst, start.dst_min);
	return close_kind(j);
}

static int cgm_status(const struct value *v, struct vk_json *j)
{
	struct vk_cgm_status status;
	int r = vk_cgm_status_decode(v->data, v->len, &status, v->error);

	if (r)
		return r;
	open_kind(j, "cgm-status");
	vk_json_int(j, "offset_min", status.offset_min);
	flags_json(j, "flags", status.flags);
	return close_kind(j);
}

static int cgm_run_time(const struct value *v, struct vk_json *j)
{
	uint16_t hours;
	int r = vk_cgm_run_time_decode(v->data, v->len, &hours, v->error);

	if (r)
		return r;
	open_kind(j, "cgm-run-time");
	vk_json_int(j, "hours", hours);
	return close_kind(j);
}

static int cgm_answer(const struct value *v, struct vk_json *j)
{
	struct vk_cgm_answer answer;
	int r = vk_cgm_answer_decode(v->data, v->len, &answer, v->error);

	if (r)
		return r;
	open_kind(j, "cgm-control");
	vk_json_int(j, "op", answer.op);
	if (answer.request_op) {
		vk_json_int(j, "request", answer.request_op);
		vk_json_int(j, "result", answer.operand);
	} else {
		vk_json_int(j, "interval_min", answer.operand);
	}
	return close_kind(j);
}

static int user_request(const struct value *v, struct vk_json *j)
{
	struct vk_user_request request;
	int r = vk_user_request_decode(v->data, v->len, &request, v->error);

	if (r)
		return r;
	open_kind(j, "user-control");
	vk_json_int(j, "op", request.op);
	if (request.index >= 0)
		vk_json_int(j, "user", request.index);
	if (request.consent >= 0)
		vk_json_int(j, "consent", request.consent);
	return close_kind(j);
}

static int user_control(const struct value *v, struct vk_json *j)
{
	struct vk_user_answer answer;
	int r;

	if (v->len && v->data[0] != OP_USER_RESPONSE)
		return user_request(v, j);
	r = vk_user_answer_decode(v->data, v->len, &answer, v->error);
	if (r)
		return r;
	open_kind(j, "user-control");
	vk_json_int(j, "op", OP_USER_RESPONSE);
	vk_json_int(j, "request", answer.request_op);
	vk_json_int(j, "result", answer.result);
	if (answer.index >= 0)
		vk_json_int(j, "user", answer.index);
	return close_kind(j);
}

static int user_index(const struct value *v, struct vk_json *j)
{
	uint8_t index;
	int r = vk_user_index_decode(v->data, v->len, &index, v->error);

	if (r)
		return r;
	open_kind(j, "user-index");
	vk_json_int(j, "user", index);
	return close_kind(j);
}

static int user_increment(const struct value *v, struct vk_json *j)
{
	uint32_t increment;
	int r = vk_user_increment_decode(v->data, v->len, &increment, v->error);

	if (r)
		return r;
	open_kind(j, "user-increment");
	vk_json_int(j, "increment", increment);
	return close_kind(j);
}

static const struct {
	uint16_t uuid;
	writer *write;
} writers[] = {
	{0x2a49, feature},        {0x2a51, feature},        {0x2a60, feature},
	{0x2a9e, feature},        {0x2a9b, feature},        {0x2aa8, feature},
	{0x2a24, text},           {0x2a25, text},           {0x2a26, text},
	{0x2a27, text},           {0x2a28, text},           {0x2a29, text},
	{0x2a23, system_id},      {0x2a50, pnp_id},         {0x2a0f, local_time},
	{0x2a14, reference_time}, {0x2aaa, cgm_start},      {0x2aa9, cgm_status},
	{0x2aab, cgm_run_time},   {0x2aac, cgm_answer},     {0x2a9f, user_control},
	{0x2a9a, user_index},     {0x2a99, user_increment},
};

int vk_about_json(uint16_t uuid, const uint8_t *data, size_t len, struct vk_json *j,
		  struct vk_decode_error *reterr_error)
{
	const struct value v = {uuid, data, len, reterr_error};

	for (size_t i = 0; i < VK_ARRAY_LEN(writers); i++)
		if (writers[i].uuid == uuid)
			return writers[i].write(&v, j);
	return -ENOTSUP;
}
