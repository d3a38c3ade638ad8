/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A typed walker over document trees. A table says which keys a map may have, what each holds, and
 * where it goes in a plain struct; the walker fills the struct and reports every mistake at once,
 * each as "file:line:column: what, what was expected". Unknown and repeated keys are mistakes.
 *
 * One walker serves hub.yaml, plans and device files, so that they all complain alike. Tables are
 * const; what one key needs to know of its neighbours is a function of the table's owner.
 */
#ifndef VAKA_BASE_SCHEMA_H
#define VAKA_BASE_SCHEMA_H

#include "base/node.h"

enum vk_field_type {
	VK_FIELD_ID,       /* char[size]: [A-Za-z0-9_-]{1,64} */
	VK_FIELD_TEXT,     /* char[size]: UTF-8, at least `least` bytes, no control characters */
	VK_FIELD_INT,      /* int32_t or int64_t by size: least…most */
	VK_FIELD_DURATION, /* int32_t or int64_t by size: least…most, all in `unit_ms` */
	VK_FIELD_SWITCH,   /* bool: on or off */
	VK_FIELD_ENUM,     /* int or an enum: index in names, which ends with NULL */
	VK_FIELD_CLOCK,    /* int32_t: "HH:MM" in seconds since midnight */
	VK_FIELD_DATE,     /* int32_t: "2026-02-10" in days since 1970 */
	VK_FIELD_MOMENT,   /* int64_t: RFC 3339 with offset in ms since 1970, UTC */
	VK_FIELD_MAP,      /* a struct, or more members of this one (offset 0): schema */
	VK_FIELD_LIST,     /* array of `size` bytes each, at most max: element; count: int */
	VK_FIELD_DICT,     /* as LIST, from a map whose keys are ids, kept at key_offset */
	VK_FIELD_OWN,      /* own(): anything else */
};

struct vk_field;
struct vk_schema;

/*
 * Reads one value into target. map is the map that holds it (for neighbours), node the value.
 * Reports what is wrong itself.
 */
typedef void (*vk_field_fn)(struct vk_problems *problems, const struct vk_node *map,
			    const struct vk_node *node, void *target);

/* Offsets are from the struct of the table that holds the field. */
struct vk_field {
	const char *key;
	enum vk_field_type type;
	bool is_required;
	bool has_flag;        /* has_offset is a bool that becomes true when the key is there */
	const char *expect;   /* in words, for own(); NULL: made from the type */
	const char *fallback; /* text that stands for a missing key; NULL: target untouched */
	size_t offset, size;
	size_t has_offset;
	int64_t least, most;
	int64_t unit_ms;          /* of a duration: 1, 1000, 86400000 (then only "3d" will do) */
	const char *const *names; /* of an enum */
	const struct vk_schema *schema;
	const struct vk_field *element;
	size_t n_offset;   /* of a list's int count */
	size_t key_offset; /* of a dict's key in its element: char[VK_KEY_MAX] */
	int max;
	vk_field_fn own;
};

enum { VK_KEY_MAX = 65 };

/* Further keys that a map has when its tag key holds this name. */
struct vk_variant {
	const char *name;
	const struct vk_field *fields;
	int n_fields;
};

struct vk_schema {
	const char *what; /* "a rule", for the messages */
	const struct vk_field *fields;
	int n_fields;
	const char *tag; /* key of the enum that chooses the variant, or NULL */
	const struct vk_variant *variants;
	int n_variants;
};

/* Where a member is, for the tables. */
#define VK_AT(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define VK_LIST_AT(type, member, count, how_many)                                                  \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member[0]),                  \
	.n_offset = offsetof(type, count), .max = (how_many)
#define VK_HAS(type, member) .has_flag = true, .has_offset = offsetof(type, member)

/*
 * Fills target, which the caller has set to what missing optional keys leave. 0, or -EINVAL when
 * anything was added to problems (target is then only partly filled).
 */
int vk_schema_walk(const struct vk_schema *schema, const struct vk_node *root,
		   struct vk_problems *problems, void *target);

/* The i-th element of a list, or NULL. */
const struct vk_node *vk_node_at(const struct vk_node *list, int i);

/* Reports at a node: "<what>, expected <expected>". */
void vk_problem_at(struct vk_problems *problems, const struct vk_node *node, const char *fmt, ...)
	VK_PRINTF(3, 4);

/*
 * The nearest of n names to a misspelt one, or NULL when none is near. get(i, user) gives a name.
 */
typedef const char *(*vk_name_fn)(int i, const void *user);
const char *vk_nearest(const char *text, int n, vk_name_fn get, const void *user);

#endif
