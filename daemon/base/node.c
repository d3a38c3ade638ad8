/* SPDX-License-Identifier: Apache-2.0 */
/* Document trees and the list of what is wrong in them. */
#include "base/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void vk_node_free(struct vk_node *node)
{
	/* Siblings in a loop, children by recursion: depth is bounded by VK_NODE_MAX_DEPTH. */
	while (node) {
		struct vk_node *next = node->next;

		vk_node_free(node->child);
		free(node->key);
		free(node->text);
		free(node);
		node = next;
	}
}

void vk_node_freep(struct vk_node **node)
{
	vk_node_free(*node);
}

const struct vk_node *vk_node_get(const struct vk_node *map, const char *key)
{
	if (!map || map->type != VK_NODE_MAP)
		return NULL;
	for (const struct vk_node *n = map->child; n; n = n->next)
		if (strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

const char *vk_excerpt(char out[VK_EXCERPT], const char *text)
{
	size_t n = strnlen(text, VK_EXCERPT - 1);

	if (text[n]) {
		n = VK_EXCERPT - 4;
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i];
	(void)vk_copy(out + n, VK_EXCERPT - n, text[n] ? "..." : "");
	return out;
}

void vk_problems_done(struct vk_problems *p)
{
	vk_str_done(&p->text);
	p->n = 0;
}

void vk_problem(struct vk_problems *p, uint32_t line, uint32_t column, const char *fmt, ...)
{
	char what[400];
	va_list args;

	if (++p->n > VK_PROBLEMS_MAX)
		return;
	va_start(args, fmt);
	(void)vsnprintf(what, sizeof what, fmt, args);
	va_end(args);
	if (line)
		vk_str_addf(&p->text, "%s:%u:%u: %s\n", p->file ? p->file : "-", line, column,
			    what);
	else
		vk_str_addf(&p->text, "%s: %s\n", p->file ? p->file : "-", what);
}
