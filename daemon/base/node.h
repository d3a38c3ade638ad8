/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document as a tree with places: what hub.yaml, plans and device files become before the schema
 * walks them. YAML and JSON give the same tree; scalars keep their text, so "2.0" stays "2.0".
 * Built by conf/ from libyaml events; bounded in depth, nodes and bytes.
 */
#ifndef VAKA_BASE_NODE_H
#define VAKA_BASE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { VK_NODE_MAX_DEPTH = 16, VK_NODE_MAX = 8192 };

enum vk_node_type { VK_NODE_SCALAR, VK_NODE_MAP, VK_NODE_LIST };

struct vk_node {
	enum vk_node_type type;
	uint32_t line, column; /* from 1 */
	char *key;             /* of a map's member, else NULL */
	uint32_t key_line, key_column;
	char *text; /* scalar, else NULL */
	bool is_quoted;
	struct vk_node *child; /* first member or element */
	struct vk_node *next;  /* sibling */
};

/* Frees a tree; NULL is fine. For vk_auto(vk_node_freep) too. */
void vk_node_free(struct vk_node *node);
void vk_node_freep(struct vk_node **node);

/* The member of a map, or NULL. */
const struct vk_node *vk_node_get(const struct vk_node *map, const char *key);

/* Start of a foreign text for a message: whole characters, control characters as blanks. */
enum { VK_EXCERPT = 52 };
const char *vk_excerpt(char out[VK_EXCERPT], const char *text);

/* Everything found wrong in a file: lines of "file:line:column: what, what was expected". */
struct vk_problems {
	const char *file; /* for the lines; borrowed */
	int n;
	struct vk_str text; /* at most VK_PROBLEMS_MAX lines; the rest is counted */
};

enum { VK_PROBLEMS_MAX = 100 };

void vk_problems_done(struct vk_problems *p);
/* line 0: the document as a whole, "file: what, what was expected". */
void vk_problem(struct vk_problems *p, uint32_t line, uint32_t column, const char *fmt, ...)
	VK_PRINTF(4, 5);

#endif
