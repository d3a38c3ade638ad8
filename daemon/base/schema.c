/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker: which keys a map has, and what is missing. What one scalar means stands in scalar.c.
 * It never stops at a mistake: the person who wrote the file wants them all.
 */
#include "base/schema.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/scalar.h"

/* One walk over one map. */
struct walk {
	const struct vk_schema *schema;
	const struct vk_variant *variant; /* NULL: none chosen */
	const struct vk_node *map;
	struct vk_problems *problems;
	char *target;
};

void vk_problem_at(struct vk_problems *problems, const struct vk_node *node, const char *fmt, ...)
{
	char what[320];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(what, sizeof what, fmt, args);
	va_end(args);
	vk_problem(problems, node->line, node->column, "%s", what);
}

const struct vk_node *vk_node_at(const struct vk_node *list, int i)
{
	const struct vk_node *n = list ? list->child : NULL;

	while (n && i-- > 0)
		n = n->next;
	return n;
}

enum { NEAR_MAX = 32 };

/* Levenshtein distance; texts longer than NEAR_MAX are far from everything. */
static int distance(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b);
	int row[NEAR_MAX + 1];

	if (len_a > NEAR_MAX || len_b > NEAR_MAX)
		return NEAR_MAX;
	for (size_t j = 0; j <= len_b; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= len_a; i++) {
		int diagonal = row[0];

		row[0] = (int)i;
		for (size_t j = 1; j <= len_b; j++) {
			int change = diagonal + (a[i - 1] != b[j - 1]);
			int shorter = row[j - 1] < row[j] ? row[j - 1] : row[j];

			diagonal = row[j];
			row[j] = change < shorter + 1 ? change : shorter + 1;
		}
	}
	return row[len_b];
}

const char *vk_nearest(const char *text, int n, vk_name_fn get, const void *user)
{
	int best = (int)strlen(text) / 3 + 1;
	const char *nearest = NULL;

	for (int i = 0; i < n; i++) {
		const char *name = get(i, user);
		int d = distance(text, name);

		if (d > best || (d == best && nearest))
			continue;
		best = d;
		nearest = name;
	}
	return nearest;
}

static int n_keys(const struct walk *w)
{
	return w->schema->n_fields + (w->variant ? w->variant->n_fields : 0);
}

static const struct vk_field *key_at(const struct walk *w, int i)
{
	int n = w->schema->n_fields;

	return i < n ? &w->schema->fields[i] : &w->variant->fields[i - n];
}

static const char *key_name(int i, const void *user)
{
	return key_at(user, i)->key;
}

static const struct vk_field *find_field(const struct walk *w, const char *key)
{
	for (int i = 0; i < n_keys(w); i++)
		if (strcmp(key_at(w, i)->key, key) == 0)
			return key_at(w, i);
	return NULL;
}

static void report_unknown(const struct walk *w, const struct vk_node *node)
{
	const char *near = vk_nearest(node->key, n_keys(w), key_name, w);
	char key[VK_EXCERPT];
	struct vk_str list = {.max = 240};

	if (near)
		vk_str_addf(&list, "'%s'", near);
	for (int i = 0; !near && i < n_keys(w); i++)
		vk_str_addf(&list, "%s%s", i ? ", " : "one of ", key_at(w, i)->key);
	vk_problem(w->problems, node->key_line, node->key_column,
		   "unknown key '%s' in %s%s%s, expected %s", vk_excerpt(key, node->key),
		   w->schema->what, w->variant ? " of type " : "",
		   w->variant ? w->variant->name : "", list.text ? list.text : "another");
	vk_str_done(&list);
}

static void report_repeated(const struct walk *w, const struct vk_node *node)
{
	const struct vk_node *first = vk_node_get(w->map, node->key);
	char key[VK_EXCERPT];

	vk_problem(w->problems, node->key_line, node->key_column,
		   "key '%s' is given again, expected it once (first on line %u)",
		   vk_excerpt(key, node->key), first->key_line);
}

static void read_value(struct vk_problems *problems, const struct vk_field *field,
		       const struct vk_node *map, const struct vk_node *node, char *base);

static void walk_map(const struct vk_schema *schema, const struct vk_node *map,
		     struct vk_problems *problems, char *target);

/* True when the list has room and the right form; sets the count. */
static bool count_elements(struct vk_problems *problems, const struct vk_field *field,
			   const struct vk_node *node, char *base)
{
	enum vk_node_type type = field->type == VK_FIELD_LIST ? VK_NODE_LIST : VK_NODE_MAP;
	int n = 0;

	if (node->type != type) {
		vk_problem_at(problems, node, "'%s' is %s, expected %s", field->key,
			      vk_node_type_text(node->type), vk_node_type_text(type));
		return false;
	}
	for (const struct vk_node *e = node->child; e; e = e->next)
		n++;
	if (n > field->max)
		vk_problem_at(problems, vk_node_at(node, field->max),
			      "'%s' has %d entries, expected at most %d", field->key, n,
			      field->max);
	if (n < field->least)
		vk_problem_at(problems, node, "'%s' is empty, expected at least one entry",
			      field->key);
	*(int *)(void *)(base + field->n_offset) = n > field->max ? field->max : n;
	return true;
}

static void read_list(struct vk_problems *problems, const struct vk_field *field,
		      const struct vk_node *node, char *base)
{
	int i = 0;

	if (!count_elements(problems, field, node, base))
		return;
	for (const struct vk_node *e = node->child; e && i < field->max; e = e->next, i++)
		read_value(problems, field->element, node, e,
			   base + field->offset + (size_t)i * field->size);
}

static bool is_repeated(const struct vk_node *map, const struct vk_node *node)
{
	return vk_node_get(map, node->key) != node;
}

static void read_dict(struct vk_problems *problems, const struct vk_field *field,
		      const struct vk_node *node, char *base)
{
	int i = 0;

	if (!count_elements(problems, field, node, base))
		return;
	for (const struct vk_node *e = node->child; e && i < field->max; e = e->next, i++) {
		char *target = base + field->offset + (size_t)i * field->size;
		char key[VK_EXCERPT];

		(void)vk_excerpt(key, e->key);
		if (is_repeated(node, e))
			vk_problem(problems, e->key_line, e->key_column,
				   "key '%s' is given again, expected it once", key);
		if (!vk_is_id(e->key))
			vk_problem(problems, e->key_line, e->key_column,
				   "key '%s' is no id, expected [A-Za-z0-9_-]{1,64}", key);
		(void)vk_copy(target + field->key_offset, VK_KEY_MAX, e->key);
		read_value(problems, field->element, node, e, target);
	}
}

static void read_value(struct vk_problems *problems, const struct vk_field *field,
		       const struct vk_node *map, const struct vk_node *node, char *base)
{
	if (field->has_flag)
		*(bool *)(base + field->has_offset) = true;
	if (field->type == VK_FIELD_MAP)
		walk_map(field->schema, node, problems, base + field->offset);
	else if (field->type == VK_FIELD_LIST)
		read_list(problems, field, node, base);
	else if (field->type == VK_FIELD_DICT)
		read_dict(problems, field, node, base);
	else if (field->type == VK_FIELD_OWN)
		field->own(problems, map, node, base + field->offset);
	else
		vk_scalar_read(problems, field, node, base + field->offset);
}

static void fill_missing(const struct walk *w, const struct vk_field *field)
{
	char expected[160];

	if (field->is_required) {
		vk_field_expect(field, expected, sizeof expected);
		vk_problem_at(w->problems, w->map, "%s lacks the key '%s', expected %s",
			      w->schema->what, field->key, expected);
	} else if (field->fallback) {
		struct vk_node node = {
			.type = VK_NODE_SCALAR,
			.line = w->map->line,
			.column = w->map->column,
			.text = (char *)(uintptr_t)field->fallback,
		};

		if (field->type == VK_FIELD_OWN)
			field->own(w->problems, w->map, &node, w->target + field->offset);
		else
			vk_scalar_read(w->problems, field, &node, w->target + field->offset);
	}
}

static const struct vk_variant *choose_variant(const struct vk_schema *schema,
					       const struct vk_node *map)
{
	const struct vk_node *tag = schema->tag ? vk_node_get(map, schema->tag) : NULL;

	for (int i = 0; tag && tag->text && i < schema->n_variants; i++)
		if (strcmp(schema->variants[i].name, tag->text) == 0)
			return &schema->variants[i];
	return NULL;
}

static void walk_map(const struct vk_schema *schema, const struct vk_node *map,
		     struct vk_problems *problems, char *target)
{
	struct walk w = {schema, NULL, map, problems, target};

	if (map->type != VK_NODE_MAP) {
		vk_problem_at(problems, map, "%s is %s, expected a map", schema->what,
			      vk_node_type_text(map->type));
		return;
	}
	w.variant = choose_variant(schema, map);
	for (const struct vk_node *n = map->child; n; n = n->next) {
		const struct vk_field *field = find_field(&w, n->key);

		if (is_repeated(map, n))
			report_repeated(&w, n);
		else if (field)
			read_value(problems, field, map, n, target);
		else if (!schema->tag || w.variant)
			report_unknown(&w, n);
	}
	for (int i = 0; i < n_keys(&w); i++)
		if (!vk_node_get(map, key_at(&w, i)->key))
			fill_missing(&w, key_at(&w, i));
}

int vk_schema_walk(const struct vk_schema *schema, const struct vk_node *root,
		   struct vk_problems *problems, void *target)
{
	int before = problems->n;

	walk_map(schema, root, problems, target);
	return problems->n == before ? 0 : -EINVAL;
}
