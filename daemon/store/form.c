/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decoded value as lines of text, one field a line, every enum by its public name:
 *
 *	v systolic mm[Hg] - 124 0
 *	f body-movement
 *	t 2024-06-15T17:17:27
 *
 * so that a file outlives a change of the lists, and every field comes back as it was.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 160, NAME_MAX_BYTES = 40 };

void vk_form_values(struct vk_str *out, const struct vk_value *values, int n)
{
	for (int i = 0; i < n; i++) {
		const struct vk_value *v = &values[i];

		vk_str_add(out, "v ");
		vk_str_add(out, vk_quantity_text((int)v->quantity));
		vk_str_add(out, " ");
		vk_str_add(out, vk_unit_text((int)v->unit));
		vk_str_add(out, " ");
		vk_str_add(out, v->absent == VK_ABSENT_NONE ? "-" : vk_absent_text((int)v->absent));
		vk_str_add(out, " ");
		vk_str_add_int(out, v->number.mantissa);
		vk_str_add(out, " ");
		vk_str_add_int(out, v->number.exponent);
		vk_str_add(out, "\n");
	}
}

static void add_number(struct vk_str *out, char name, int32_t value)
{
	if (value != -1)
		vk_str_addf(out, "%c %" PRId32 "\n", name, value);
}

static void add_time(struct vk_str *out, const struct vk_decoded *d)
{
	char text[VK_RFC3339_TEXT];

	if (d->time_state == VK_TIME_UNKNOWN)
		vk_str_add(out, "t unknown\n");
	if (d->time_state != VK_TIME_KNOWN)
		return;
	vk_civil_format(text, &d->device_time);
	vk_str_addf(out, "t %s\n", text);
}

void vk_form_decoded(struct vk_str *out, const struct vk_decoded *d)
{
	vk_form_values(out, d->values, d->n_values);
	for (int i = 0; i < VK_N_FLAGS; i++)
		if (d->flags >> i & 1)
			vk_str_addf(out, "f %s\n", vk_flag_text(i));
	add_time(out, d);
	add_number(out, 'u', d->user);
	add_number(out, 'q', d->sequence);
	add_number(out, 's', d->sample_type);
	add_number(out, 'l', d->location);
	add_number(out, 'i', d->site);
	for (int i = 0; i < VK_N_CONTEXTS; i++)
		if (d->context[i] >= 0)
			vk_str_addf(out, "c %s %" PRId32 "\n", vk_context_text(i), d->context[i]);
	for (int i = 0; i < d->n_rr; i++)
		vk_str_addf(out, "r %u\n", d->rr_ms[i]);
	if (d->kind == VK_KIND_RACP)
		vk_str_addf(out, "p %u %u %" PRId32 " %" PRId32 " %" PRId32 "\n", d->racp.op,
			    d->racp.operator_, d->racp.count, d->racp.request_op, d->racp.result);
}

static int parse_value(const char *line, struct vk_value *v)
{
	char quantity[NAME_MAX_BYTES], unit[NAME_MAX_BYTES], absent[NAME_MAX_BYTES];
	int exponent;

	if (sscanf(line, "v %39s %39s %39s %" SCNd64 " %d", quantity, unit, absent,
		   &v->number.mantissa, &exponent) != 5)
		return -EBADMSG;
	int q = vk_quantity_parse(quantity), u = vk_unit_parse(unit);
	int a = strcmp(absent, "-") == 0 ? VK_ABSENT_NONE : vk_absent_parse(absent);

	if (q < 0 || u < 0 || a < 0)
		return -EBADMSG;
	v->quantity = (enum vk_quantity)q;
	v->unit = (enum vk_unit)u;
	v->absent = (enum vk_absent)a;
	v->number.exponent = (int8_t)exponent;
	return 0;
}

static int parse_time(const char *text, struct vk_decoded *d)
{
	if (strcmp(text, "unknown") == 0) {
		d->time_state = VK_TIME_UNKNOWN;
		return 0;
	}
	d->time_state = VK_TIME_KNOWN;
	return vk_civil_parse(text, &d->device_time) ? -EBADMSG : 0;
}

static int parse_flag(const char *text, struct vk_decoded *d)
{
	int flag = vk_flag_parse(text);

	if (flag < 0)
		return -EBADMSG;
	vk_decoded_flag(d, (enum vk_flag)flag);
	return 0;
}

static int parse_racp(const char *line, struct vk_racp *racp)
{
	return sscanf(line, "p %" SCNu8 " %" SCNu8 " %" SCNd32 " %" SCNd32 " %" SCNd32, &racp->op,
		      &racp->operator_, &racp->count, &racp->request_op, &racp->result) == 5
		       ? 0
		       : -EBADMSG;
}

static int parse_number(const char *text, int32_t *ret_value)
{
	return sscanf(text, "%" SCNd32, ret_value) == 1 ? 0 : -EBADMSG;
}

static int parse_context(const char *text, struct vk_decoded *d)
{
	char name[NAME_MAX_BYTES];
	int32_t value;
	int which = sscanf(text, "%39s %" SCNd32, name, &value) == 2 ? vk_context_parse(name) : -1;

	if (which < 0)
		return -EBADMSG;
	d->context[which] = value;
	return 0;
}

static int parse_rr(const char *text, struct vk_decoded *d)
{
	if (d->n_rr == VK_MAX_RR || sscanf(text, "%" SCNu16, &d->rr_ms[d->n_rr]) != 1)
		return -EBADMSG;
	d->n_rr++;
	return 0;
}

static int parse_line(const char *line, struct vk_decoded *d)
{
	const char *text = line + 2;

	switch (line[0]) {
	case 'v':
		if (d->n_values == VK_MAX_VALUES)
			return -EBADMSG;
		return parse_value(line, &d->values[d->n_values++]);
	case 'f':
		return parse_flag(text, d);
	case 't':
		return parse_time(text, d);
	case 'u':
		return parse_number(text, &d->user);
	case 'q':
		return parse_number(text, &d->sequence);
	case 's':
		return parse_number(text, &d->sample_type);
	case 'l':
		return parse_number(text, &d->location);
	case 'i':
		return parse_number(text, &d->site);
	case 'c':
		return parse_context(text, d);
	case 'r':
		return parse_rr(text, d);
	case 'p':
		return parse_racp(line, &d->racp);
	default:
		return -EBADMSG;
	}
}

/* Copies the next line without its end; false when there is none that fits. */
static bool next_line(const char **text, char line[LINE_MAX_BYTES])
{
	const char *end = strchr(*text, '\n');
	size_t len = end ? (size_t)(end - *text) : 0;

	if (len < 3 || len >= LINE_MAX_BYTES)
		return false;
	memcpy(line, *text, len);
	line[len] = '\0';
	*text = end + 1;
	return true;
}

int vk_form_parse_decoded(const char *text, struct vk_decoded *ret_d)
{
	char line[LINE_MAX_BYTES];
	int r = 0;

	*ret_d = vk_decoded_init(ret_d->kind);
	while (!r && *text)
		r = next_line(&text, line) ? parse_line(line, ret_d) : -EBADMSG;
	return r;
}

int vk_form_parse_values(const char *text, struct vk_value *ret_values, int max)
{
	char line[LINE_MAX_BYTES];
	int n = 0;

	while (*text) {
		if (n == max || !next_line(&text, line) || parse_value(line, &ret_values[n]))
			return -EBADMSG;
		n++;
	}
	return n;
}
