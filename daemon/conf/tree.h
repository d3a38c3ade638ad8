/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing a document tree in the order in which a reader meets it: open, keys, scalars, close.
 * Keeps the bounds of depth and number for both readers.
 */
#ifndef VAKA_CONF_TREE_H
#define VAKA_CONF_TREE_H

#include "base/node.h"

struct vk_mark {
	uint32_t line, column; /* from 1 */
};

struct vk_tree {
	struct vk_problems *problems;
	struct vk_node *root; /* owned until taken */
	int depth, n;
	struct {
		struct vk_node *parent, *last; /* last child so far */
	} open[VK_NODE_MAX_DEPTH];
	char *key; /* of the next member, owned */
	struct vk_mark key_mark;
};

void vk_tree_done(struct vk_tree *tree);

/* True when the next scalar is a key: the innermost open thing is a map and no key waits. */
bool vk_tree_wants_key(const struct vk_tree *tree);

/*
 * All: 0, -ENOMEM, or -EINVAL with the broken bound reported. text need not be terminated and is
 * copied; it must be UTF-8 without NUL.
 */
int vk_tree_key(struct vk_tree *tree, struct vk_mark mark, const char *text, size_t len);
int vk_tree_scalar(struct vk_tree *tree, struct vk_mark mark, const char *text, size_t len,
		   bool is_quoted);
int vk_tree_open(struct vk_tree *tree, struct vk_mark mark, enum vk_node_type type);
void vk_tree_close(struct vk_tree *tree);

/* JSON, strictly (RFC 8259). Returns as vk_conf_read(). */
int vk_json_read(const char *text, size_t len, struct vk_tree *tree);

#endif
