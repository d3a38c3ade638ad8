/* SPDX-License-Identifier: Apache-2.0 */
/* Appends to the innermost open map or list, within the bounds of base/node.h. */
#include "conf/tree.h"

#include <errno.h>
#include <string.h>

void vk_tree_done(struct vk_tree *tree)
{
	vk_node_free(tree->root);
	free(tree->key);
	tree->root = NULL;
	tree->key = NULL;
}

bool vk_tree_wants_key(const struct vk_tree *tree)
{
	return tree->depth && !tree->key && tree->open[tree->depth - 1].parent->type == VK_NODE_MAP;
}

/* Copies into *ret_text; 0, -ENOMEM or -EINVAL. */
static int copy_text(struct vk_tree *tree, struct vk_mark mark, const char *text, size_t len,
		     char **ret_text)
{
	if (!vk_is_utf8(text, len)) {
		vk_problem(tree->problems, mark.line, mark.column,
			   "text is not UTF-8 or holds a NUL, expected plain UTF-8");
		return -EINVAL;
	}
	*ret_text = strndup(text, len);
	return *ret_text ? 0 : -ENOMEM;
}

int vk_tree_key(struct vk_tree *tree, struct vk_mark mark, const char *text, size_t len)
{
	tree->key_mark = mark;
	return copy_text(tree, mark, text, len, &tree->key);
}

static int append(struct vk_tree *tree, struct vk_mark mark, enum vk_node_type type,
		  struct vk_node **ret_node)
{
	struct vk_node *node;

	if (++tree->n > VK_NODE_MAX) {
		vk_problem(tree->problems, mark.line, mark.column,
			   "too many values, expected at most %d", VK_NODE_MAX);
		return -EINVAL;
	}
	node = calloc(1, sizeof *node);
	if (!node)
		return -ENOMEM;
	node->type = type;
	node->line = mark.line;
	node->column = mark.column;
	node->key_line = tree->key_mark.line;
	node->key_column = tree->key_mark.column;
	node->key = vk_take(&tree->key);
	if (!tree->depth) {
		tree->root = node;
	} else if (!tree->open[tree->depth - 1].last) {
		tree->open[tree->depth - 1].parent->child = node;
	} else {
		tree->open[tree->depth - 1].last->next = node;
	}
	if (tree->depth)
		tree->open[tree->depth - 1].last = node;
	*ret_node = node;
	return 0;
}

int vk_tree_scalar(struct vk_tree *tree, struct vk_mark mark, const char *text, size_t len,
		   bool is_quoted)
{
	struct vk_node *node;
	int r = append(tree, mark, VK_NODE_SCALAR, &node);

	if (r)
		return r;
	node->is_quoted = is_quoted;
	return copy_text(tree, mark, text, len, &node->text);
}

int vk_tree_open(struct vk_tree *tree, struct vk_mark mark, enum vk_node_type type)
{
	struct vk_node *node;
	int r;

	if (tree->depth == VK_NODE_MAX_DEPTH) {
		vk_problem(tree->problems, mark.line, mark.column,
			   "nested too deeply, expected at most %d levels", VK_NODE_MAX_DEPTH);
		return -EINVAL;
	}
	r = append(tree, mark, type, &node);
	if (r)
		return r;
	tree->open[tree->depth].parent = node;
	tree->open[tree->depth++].last = NULL;
	return 0;
}

void vk_tree_close(struct vk_tree *tree)
{
	tree->depth--;
}
