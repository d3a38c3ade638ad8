/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML or JSON bytes to a document tree with places. The only user of libyaml. Only what a
 * configuration needs is let in: one document, no anchors, aliases or tags, bounded in bytes, depth
 * and nodes. A text that starts with {" is JSON and is held to its strict grammar (libyaml lets
 * trailing commas pass and refuses surrogate pairs).
 */
#ifndef VAKA_CONF_YAML_H
#define VAKA_CONF_YAML_H

#include "base/node.h"

enum { VK_CONF_MAX = 256 * 1024 }; /* bytes of one document */

/*
 * Reads one document. 0 and a tree that the caller frees (vk_node_free), or -EINVAL with the reason
 * in problems, or -ENOMEM. A text with mistakes gives no tree.
 */
int vk_conf_read(const void *bytes, size_t len, struct vk_problems *problems,
		 struct vk_node **ret_root);

/*
 * The same from a file; its name stands in the problems (path is borrowed by problems->file). A
 * file that cannot be read is a problem too: -EINVAL. ret_bytes (may be NULL) gets the exact bytes,
 * which the caller frees.
 */
int vk_conf_read_file(const char *path, struct vk_problems *problems, struct vk_node **ret_root,
		      char **ret_bytes, size_t *ret_len);

#endif
