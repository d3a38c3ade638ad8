/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A limit is compared as the patient saw the value, so it must be exact in the decimals of its
 * quantity's table row and lie where values can be: anything else is a slip of the pen.
 */
#include "core/plan_fields.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "core/plan_schema.h"

void vk_read_plan_version(struct vk_problems *problems, const struct vk_node *map,
			  const struct vk_node *node, void *target)
{
	(void)map;
	(void)target;
	if (node->type != VK_NODE_SCALAR || strcmp(node->text, "1") != 0)
		vk_problem_at(problems, node, "'vaka_plan' is another version, expected 1");
}

void vk_read_zone_name(struct vk_problems *problems, const struct vk_node *map,
		       const struct vk_node *node, void *target)
{
	struct vk_zone *zone = target;

	(void)map;
	if (node->type != VK_NODE_SCALAR || !vk_copy(zone->name, sizeof zone->name, node->text)) {
		vk_problem_at(problems, node,
			      "'zone' is no zone name, expected one like Europe/Stockholm");
		zone->name[0] = '\0';
	}
}

void vk_read_delivery(struct vk_problems *problems, const struct vk_node *map,
		      const struct vk_node *node, void *target)
{
	const char *text = node->type == VK_NODE_SCALAR ? node->text : "";
	char shown[VK_EXCERPT];

	(void)map;
	*(bool *)target = strcmp(text, "local-only") == 0;
	if (!*(bool *)target && strcmp(text, "care") != 0)
		vk_problem_at(problems, node, "'delivery' is \"%s\", expected care or local-only",
			      vk_excerpt(shown, text));
}

static const char *quantity_name(int i, const void *user)
{
	(void)user;
	return vk_quantity_text(i);
}

static const char *kind_name(int i, const void *user)
{
	(void)user;
	return vk_kind_text(i);
}

/* "… is "wieght", expected a quantity like weight" */
static void report_name(struct vk_problems *problems, const struct vk_node *node, const char *what,
			int n, vk_name_fn get)
{
	const char *text = node->type == VK_NODE_SCALAR ? node->text : "";
	const char *near = vk_nearest(text, n, get, NULL);
	char shown[VK_EXCERPT];

	vk_problem_at(problems, node, "\"%s\" is no %s, expected one like %s",
		      vk_excerpt(shown, text), what, near ? near : get(0, NULL));
}

void vk_read_quantity(struct vk_problems *problems, const struct vk_node *map,
		      const struct vk_node *node, void *target)
{
	int quantity = node->type == VK_NODE_SCALAR ? vk_quantity_parse(node->text) : -1;

	(void)map;
	if (quantity < 0)
		report_name(problems, node, "quantity", VK_N_QUANTITIES, quantity_name);
	else
		*(enum vk_quantity *)target = (enum vk_quantity)quantity;
}

void vk_read_kind(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target)
{
	int kind = node->type == VK_NODE_SCALAR ? vk_kind_parse(node->text) : -1;

	(void)map;
	if (kind < 0)
		report_name(problems, node, "kind of reading", VK_N_KINDS, kind_name);
	else
		*(enum vk_kind *)target = (enum vk_kind)kind;
}

/* The table row of a map's quantity; NULL when it has none that is known (reported elsewhere). */
static const struct vk_quantity_info *info_of(const struct vk_node *map)
{
	const struct vk_node *node = vk_node_get(map, "quantity");
	int quantity = node && node->text ? vk_quantity_parse(node->text) : -1;

	return quantity < 0 ? NULL : vk_quantity_info((enum vk_quantity)quantity);
}

static const char *name_of(const struct vk_quantity_info *info)
{
	return vk_quantity_text((int)info->quantity);
}

static const char *unit_of(const struct vk_quantity_info *info)
{
	return vk_unit_text((int)info->unit);
}

void vk_read_unit(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target)
{
	const struct vk_quantity_info *info = info_of(map);
	char shown[VK_EXCERPT];

	(void)target;
	if (!info || (node->text && strcmp(node->text, unit_of(info)) == 0))
		return;
	vk_problem_at(problems, node, "unit \"%s\" is not the one %s is compared in, expected %s",
		      vk_excerpt(shown, node->text ? node->text : ""), name_of(info),
		      unit_of(info));
}

/* Exactly as many decimals as the table compares. info may be NULL. 0 or -EINVAL, reported. */
static int read_scaled(struct vk_problems *problems, const struct vk_node *node,
		       const struct vk_quantity_info *info, int64_t *ret_scaled)
{
	struct vk_decimal d;
	char shown[VK_EXCERPT];

	if (node->type != VK_NODE_SCALAR || vk_decimal_parse(node->text, &d)) {
		vk_problem_at(problems, node, "\"%s\" is no number, expected one like \"2.0\"",
			      vk_excerpt(shown, node->text ? node->text : ""));
		return -EINVAL;
	}
	if (!info)
		return -EINVAL;
	*ret_scaled = vk_decimal_scaled(d, info->decimals);
	struct vk_decimal kept = {*ret_scaled, (int8_t)-info->decimals};

	if (vk_decimal_cmp(d, kept) == 0)
		return 0;
	vk_problem_at(problems, node,
		      "\"%s\" is finer than %s is compared, expected at most %d decimals",
		      vk_excerpt(shown, node->text), name_of(info), info->decimals);
	return -EINVAL;
}

/* 0, or -EINVAL reported, when a scaled number is outside least…most of its quantity. */
static int check_range(struct vk_problems *problems, const struct vk_node *node,
		       const struct vk_quantity_info *info, int64_t scaled, int64_t least,
		       int64_t most)
{
	char from[VK_DECIMAL_TEXT], to[VK_DECIMAL_TEXT];

	if (scaled >= least && scaled <= most)
		return 0;
	vk_decimal_format(from, (struct vk_decimal){least, (int8_t)-info->decimals});
	vk_decimal_format(to, (struct vk_decimal){most, (int8_t)-info->decimals});
	vk_problem_at(problems, node, "\"%s\" cannot be for %s, expected %s to %s %s", node->text,
		      name_of(info), from, to, unit_of(info));
	return -EINVAL;
}

void vk_read_limit(struct vk_problems *problems, const struct vk_node *map,
		   const struct vk_node *node, void *target)
{
	const struct vk_quantity_info *info = info_of(map);
	int64_t scaled;

	if (!read_scaled(problems, node, info, &scaled) &&
	    !check_range(problems, node, info, scaled, info->least, info->most))
		*(int64_t *)target = scaled;
}

void vk_read_step(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target)
{
	const struct vk_quantity_info *info = info_of(map);
	int64_t scaled;

	if (!read_scaled(problems, node, info, &scaled) &&
	    !check_range(problems, node, info, scaled, 1, info->most - info->least))
		*(int64_t *)target = scaled;
}

void vk_read_direction(struct vk_problems *problems, const struct vk_node *map,
		       const struct vk_node *node, void *target)
{
	const char *text = node->type == VK_NODE_SCALAR ? node->text : "";
	bool is_both = strcmp(text, "both") == 0;
	struct vk_rule *rule = target;
	char shown[VK_EXCERPT];

	(void)map;
	rule->is_up = is_both || strcmp(text, "up") == 0;
	rule->is_down = is_both || strcmp(text, "down") == 0;
	if (!rule->is_up && !rule->is_down)
		vk_problem_at(problems, node, "'direction' is \"%s\", expected up, down or both",
			      vk_excerpt(shown, text));
}

/* The table row that a rule's own numbers count in: of its quantity, or of its first condition. */
static const struct vk_quantity_info *info_of_rule(const struct vk_node *map)
{
	const struct vk_node *any = vk_node_get(map, "any");

	return info_of(any ? vk_node_at(any, 0) : map);
}

void vk_read_margin(struct vk_problems *problems, const struct vk_node *map,
		    const struct vk_node *node, void *target)
{
	const struct vk_quantity_info *info = info_of(map);
	int64_t scaled;

	if (!read_scaled(problems, node, info, &scaled) &&
	    !check_range(problems, node, info, scaled, 0, info->most - info->least))
		*(int64_t *)target = scaled;
}

void vk_read_worse(struct vk_problems *problems, const struct vk_node *map,
		   const struct vk_node *node, void *target)
{
	const struct vk_quantity_info *info = info_of_rule(map);
	int64_t scaled;

	if (!read_scaled(problems, node, info, &scaled) &&
	    !check_range(problems, node, info, scaled, 1, info->most - info->least))
		*(int64_t *)target = scaled;
}

static const char *flag_name(int i, const void *user)
{
	(void)user;
	return vk_flag_text(i);
}

void vk_read_flags(struct vk_problems *problems, const struct vk_node *map,
		   const struct vk_node *node, void *target)
{
	uint64_t *flags = target;

	(void)map;
	if (node->type != VK_NODE_LIST || !node->child) {
		vk_problem_at(problems, node,
			      "'flags' has another form, expected a list like "
			      "[irregular-pulse]");
		return;
	}
	for (const struct vk_node *n = node->child; n; n = n->next) {
		int flag = n->type == VK_NODE_SCALAR ? vk_flag_parse(n->text) : -1;

		if (flag < 0)
			report_name(problems, n, "flag", VK_N_FLAGS, flag_name);
		else
			*flags |= UINT64_C(1) << flag;
	}
}

void vk_read_breathes(struct vk_problems *problems, const struct vk_node *map,
		      const struct vk_node *node, void *target)
{
	const char *text = node->type == VK_NODE_SCALAR ? node->text : "";
	char shown[VK_EXCERPT];

	(void)map;
	*(bool *)target = strcmp(text, "oxygen") == 0;
	if (!*(bool *)target && strcmp(text, "air") != 0)
		vk_problem_at(problems, node, "'breathes' is \"%s\", expected air or oxygen",
			      vk_excerpt(shown, text));
}

/* The numbers of `clears`, before its rule's quantity is known. */
struct clears {
	const struct vk_node *by;
	int32_t days, readings;
	int64_t apart_ms;
	bool is_manual;
};

static void read_by(struct vk_problems *problems, const struct vk_node *map,
		    const struct vk_node *node, void *target)
{
	(void)problems;
	(void)map;
	*(const struct vk_node **)target = node;
}

#define BY_FIELD(needed)                                                                           \
	{                                                                                          \
		.key = "by", .type = VK_FIELD_OWN, .own = read_by, .is_required = (needed),        \
		.expect = "a number like \"1.0\"", .offset = offsetof(struct clears, by)           \
	}
#define DAYS_FIELD(or_else)                                                                        \
	{                                                                                          \
		.key = "days", .type = VK_FIELD_INT, .least = 1, .most = 7, .fallback = (or_else), \
		VK_AT(struct clears, days)                                                         \
	}

static const struct vk_field change_fields[] = {BY_FIELD(true), DAYS_FIELD("1")};
static const struct vk_field by_fields[] = {BY_FIELD(true)};
static const struct vk_field threshold_fields[] = {
	BY_FIELD(false),
	DAYS_FIELD(NULL),
	{.key = "readings",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = 10,
	 .fallback = "2",
	 VK_AT(struct clears, readings)},
	{.key = "apart",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1,
	 .least = 0,
	 .most = 86400000,
	 .fallback = "5min",
	 VK_AT(struct clears, apart_ms)},
	{.key = "manual", .type = VK_FIELD_SWITCH, VK_AT(struct clears, is_manual)},
};

#define CLEARS(of, table)                                                                          \
	{                                                                                          \
		.what = (of), .fields = (table), .n_fields = VK_ARRAY_LEN(table)                   \
	}
static const struct vk_schema change_clears = CLEARS("clears", change_fields);
static const struct vk_schema by_clears = CLEARS("clears", by_fields);
static const struct vk_schema threshold_clears = CLEARS("clears of a threshold", threshold_fields);

const struct vk_schema *vk_clears_schema(const char *type)
{
	if (strcmp(type, "change") == 0)
		return &change_clears;
	return strcmp(type, "threshold") == 0 ? &threshold_clears : &by_clears;
}

/* All conditions must count in the same steps: one margin holds for each. */
static void check_same_units(struct vk_problems *problems, const struct vk_node *map,
			     const struct vk_node *node, const struct vk_quantity_info *info)
{
	const struct vk_node *any = vk_node_get(map, "any");

	for (const struct vk_node *n = any ? any->child : NULL; n; n = n->next) {
		const struct vk_quantity_info *other = info_of(n);

		if (other && (other->unit != info->unit || other->decimals != info->decimals))
			vk_problem_at(problems, node,
				      "'clears' counts in %s, expected conditions of that unit "
				      "only, but %s is in %s",
				      unit_of(info), name_of(other), unit_of(other));
	}
}

/* A change clears when it has come down to `by`; the others when so far inside the limit. */
void vk_read_clears(struct vk_problems *problems, const struct vk_node *map,
		    const struct vk_node *node, void *target)
{
	const struct vk_quantity_info *info = info_of_rule(map);
	struct vk_rule *rule = target;
	struct clears clears = {0};
	int64_t scaled = 0;

	/* Only a rule whose type is known has this key. */
	if (vk_schema_walk(vk_clears_schema(vk_node_get(map, "type")->text), node, problems,
			   &clears))
		return;
	if (clears.by) {
		if (read_scaled(problems, clears.by, info, &scaled) ||
		    check_range(problems, clears.by, info, scaled, 0, info->most - info->least))
			return;
		check_same_units(problems, map, node, info);
	}
	rule->clears_by = scaled;
	rule->clears_days = clears.days;
	rule->clears_readings = clears.readings;
	rule->clears_apart_ms = clears.apart_ms;
	rule->is_clears_manual = clears.is_manual;
}

/* Two numbers, the lower first. 0, or -EINVAL reported. */
static int read_pair(struct vk_problems *problems, const struct vk_node *node, const char *key,
		     const struct vk_quantity_info *info, int64_t least[2], int64_t most[2],
		     int64_t ret_pair[2])
{
	const struct vk_node *from = vk_node_at(node, 0), *to = vk_node_at(node, 1);

	if (node->type != VK_NODE_LIST || !to || to->next) {
		vk_problem_at(problems, node,
			      "'%s' has another form, expected two numbers like "
			      "[\"70\", \"95\"]",
			      key);
		return -EINVAL;
	}
	if (!info ||
	    read_scaled(problems, from, info, &ret_pair[0]) |
		    read_scaled(problems, to, info, &ret_pair[1]) ||
	    check_range(problems, from, info, ret_pair[0], least[0], most[0]) |
		    check_range(problems, to, info, ret_pair[1], least[1], most[1]))
		return -EINVAL;
	if (ret_pair[0] < ret_pair[1])
		return 0;
	vk_problem_at(problems, node,
		      "'%s' begins at or above its end, expected the lower number first", key);
	return -EINVAL;
}

/* A plan may move what is impossible, but not to where no number of this quantity ever is. */
static int read_plausible(struct vk_problems *problems, const struct vk_node *map,
			  const struct vk_node *node, const char *key, int64_t ret_pair[2])
{
	const struct vk_quantity_info *info = info_of(map);
	int64_t least[2] = {0, 0}, most[2] = {0, 0};

	if (info)
		most[0] = most[1] = INT64_C(2) * info->most;
	return read_pair(problems, node, key, info, least, most, ret_pair);
}

void vk_read_reject(struct vk_problems *problems, const struct vk_node *map,
		    const struct vk_node *node, void *target)
{
	struct vk_plan_plausible *p = target;
	int64_t pair[2];

	if (read_plausible(problems, map, node, "reject", pair))
		return;
	p->reject_least = pair[0];
	p->reject_most = pair[1];
}

void vk_read_question(struct vk_problems *problems, const struct vk_node *map,
		      const struct vk_node *node, void *target)
{
	struct vk_plan_plausible *p = target;
	int64_t pair[2];

	if (read_plausible(problems, map, node, "question", pair))
		return;
	p->question_least = pair[0];
	p->question_most = pair[1];
}

void vk_read_band(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target)
{
	const struct vk_node *kind = vk_node_get(map, "kind");
	int number = kind && kind->text ? vk_kind_parse(kind->text) : -1;
	int quantity = number < 0 ? -1 : vk_plan_kind_quantity((enum vk_kind)number);
	const struct vk_quantity_info *info =
		quantity < 0 ? NULL : vk_quantity_info((enum vk_quantity)quantity);
	struct vk_plan_expect *expect = target;
	int64_t least[2] = {0, 0}, most[2] = {0, 0}, pair[2];

	if (number >= 0 && !info)
		vk_problem_at(problems, node,
			      "'band' is given for %s, expected a kind of one value", kind->text);
	if (info) {
		least[0] = least[1] = info->least;
		most[0] = most[1] = info->most;
	}
	if (read_pair(problems, node, "band", info, least, most, pair))
		return;
	expect->band_least = pair[0];
	expect->band_most = pair[1];
}

void vk_read_jump(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target)
{
	const struct vk_node *kind = vk_node_get(map, "kind");
	int number = kind && kind->text ? vk_kind_parse(kind->text) : -1;
	int quantity = number < 0 ? -1 : vk_plan_kind_quantity((enum vk_kind)number);
	const struct vk_quantity_info *info;
	int64_t scaled;

	if (number >= 0 && quantity < 0)
		vk_problem_at(problems, node,
			      "'jump' is given for %s, expected a kind of one value", kind->text);
	if (quantity < 0)
		return;
	info = vk_quantity_info((enum vk_quantity)quantity);
	if (!read_scaled(problems, node, info, &scaled) &&
	    !check_range(problems, node, info, scaled, 1, info->most - info->least))
		*(int64_t *)target = scaled;
}
