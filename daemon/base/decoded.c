/* SPDX-License-Identifier: Apache-2.0 */
/* The decoded form and its JSON members. */
#include "base/decoded.h"

struct vk_decoded vk_decoded_init(enum vk_kind kind)
{
	struct vk_decoded d = {
		.kind = kind,
		.user = -1,
		.sequence = -1,
		.sample_type = -1,
		.location = -1,
		.site = -1,
		.racp = {.count = -1, .request_op = -1, .result = -1},
	};

	for (int i = 0; i < VK_N_CONTEXTS; i++)
		d.context[i] = -1;
	return d;
}

void vk_decoded_add(struct vk_decoded *d, enum vk_quantity quantity, enum vk_unit unit,
		    enum vk_absent absent, struct vk_decimal number)
{
	if (d->n_values == VK_MAX_VALUES)
		return;
	d->values[d->n_values++] = (struct vk_value){quantity, unit, absent, number};
}

const struct vk_value *vk_decoded_value(const struct vk_decoded *d, enum vk_quantity quantity)
{
	for (int i = 0; i < d->n_values; i++)
		if (d->values[i].quantity == quantity)
			return &d->values[i];
	return NULL;
}

void vk_value_json(struct vk_json *j, const struct vk_value *value)
{
	char text[VK_DECIMAL_TEXT];

	vk_json_open(j, vk_quantity_text((int)value->quantity), '{');
	if (value->absent != VK_ABSENT_NONE) {
		vk_json_str(j, "absent", vk_absent_text((int)value->absent));
	} else {
		vk_decimal_format(text, value->number);
		vk_json_str(j, "value", text);
		vk_json_str(j, "unit", vk_unit_text((int)value->unit));
	}
	vk_json_close(j, '}');
}

static void values_json(struct vk_json *j, const struct vk_decoded *d)
{
	vk_json_open(j, "values", '{');
	for (int i = 0; i < d->n_values; i++)
		vk_value_json(j, &d->values[i]);
	vk_json_close(j, '}');
}

static void names_json(struct vk_json *j, const char *key, uint64_t set, int n,
		       const char *(*text)(int))
{
	vk_json_open(j, key, '[');
	for (int i = 0; i < n; i++)
		if (set >> i & 1)
			vk_json_str(j, NULL, text(i));
	vk_json_close(j, ']');
}

static void time_json(struct vk_json *j, const struct vk_decoded *d)
{
	char text[VK_RFC3339_TEXT];

	switch (d->time_state) {
	case VK_TIME_NO_FIELD:
		return;
	case VK_TIME_UNKNOWN:
		vk_json_null(j, "device_time");
		return;
	case VK_TIME_KNOWN:
		vk_civil_format(text, &d->device_time);
		vk_json_str(j, "device_time", text);
		return;
	}
}

static void optional_int(struct vk_json *j, const char *key, int32_t value)
{
	if (value >= 0)
		vk_json_int(j, key, value);
}

static void racp_json(struct vk_json *j, const struct vk_racp *racp)
{
	vk_json_open(j, "racp", '{');
	vk_json_int(j, "op", racp->op);
	vk_json_int(j, "operator", racp->operator_);
	optional_int(j, "count", racp->count);
	optional_int(j, "request", racp->request_op);
	optional_int(j, "result", racp->result);
	vk_json_close(j, '}');
}

static void context_json(struct vk_json *j, const struct vk_decoded *d)
{
	bool is_there = false;

	for (int i = 0; i < VK_N_CONTEXTS; i++)
		is_there |= d->context[i] >= 0;
	if (!is_there)
		return;
	vk_json_open(j, "context", '{');
	for (int i = 0; i < VK_N_CONTEXTS; i++)
		optional_int(j, vk_context_text(i), d->context[i]);
	vk_json_close(j, '}');
}

void vk_decoded_json(struct vk_json *j, const struct vk_decoded *d, uint32_t implausible)
{
	vk_json_str(j, "kind", vk_kind_text((int)d->kind));
	values_json(j, d);
	names_json(j, "flags", d->flags, VK_N_FLAGS, vk_flag_text);
	names_json(j, "implausible", implausible, VK_N_QUANTITIES, vk_quantity_text);
	time_json(j, d);
	optional_int(j, "user", d->user);
	optional_int(j, "sequence", d->sequence);
	optional_int(j, "sample_type", d->sample_type);
	optional_int(j, "location", d->location);
	optional_int(j, "site", d->site);
	context_json(j, d);
	if (d->n_rr) {
		vk_json_open(j, "rr_ms", '[');
		for (int i = 0; i < d->n_rr; i++)
			vk_json_int(j, NULL, d->rr_ms[i]);
		vk_json_close(j, ']');
	}
	if (d->kind == VK_KIND_RACP)
		racp_json(j, &d->racp);
}
