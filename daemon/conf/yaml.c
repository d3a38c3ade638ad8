/* SPDX-License-Identifier: Apache-2.0 */
/* Walks libyaml's events and refuses what a configuration does not need. */
#include "conf/yaml.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"
#include "conf/tree.h"

static struct vk_mark mark_of(yaml_mark_t mark)
{
	return (struct vk_mark){(uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

static int refuse(struct vk_tree *tree, struct vk_mark mark, const char *what)
{
	vk_problem(tree->problems, mark.line, mark.column, "%s", what);
	return -EINVAL;
}

static int on_scalar(struct vk_tree *tree, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	struct vk_mark mark = mark_of(event->start_mark);
	bool is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;

	if (event->data.scalar.anchor)
		return refuse(tree, mark, "an anchor (&), expected none: write the value out");
	if (event->data.scalar.tag)
		return refuse(tree, mark, "a tag (!), expected none: types come from the keys");
	if (vk_tree_wants_key(tree))
		return vk_tree_key(tree, mark, text, event->data.scalar.length);
	return vk_tree_scalar(tree, mark, text, event->data.scalar.length, is_quoted);
}

static int on_open(struct vk_tree *tree, const yaml_event_t *event)
{
	bool is_map = event->type == YAML_MAPPING_START_EVENT;
	struct vk_mark mark = mark_of(event->start_mark);

	if (is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor)
		return refuse(tree, mark, "an anchor (&), expected none: write the value out");
	if (is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag)
		return refuse(tree, mark, "a tag (!), expected none: types come from the keys");
	if (vk_tree_wants_key(tree))
		return refuse(tree, mark, "a map or list as key, expected a plain name");
	return vk_tree_open(tree, mark, is_map ? VK_NODE_MAP : VK_NODE_LIST);
}

static int on_event(struct vk_tree *tree, const yaml_event_t *event)
{
	struct vk_mark mark = mark_of(event->start_mark);

	if (event->type == YAML_SCALAR_EVENT)
		return on_scalar(tree, event);
	if (event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT)
		return on_open(tree, event);
	if (event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT)
		vk_tree_close(tree);
	if (event->type == YAML_ALIAS_EVENT)
		return refuse(tree, mark, "an alias (*), expected the value itself");
	if (event->type == YAML_DOCUMENT_START_EVENT && tree->root)
		return refuse(tree, mark, "a second document, expected one");
	return 0;
}

/* libyaml gives the place of the problem, or, for a broken encoding, only the byte. */
static int on_syntax(struct vk_tree *tree, const yaml_parser_t *parser)
{
	struct vk_mark mark = mark_of(parser->problem_mark);

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		mark = mark_of(parser->mark);
	vk_problem(tree->problems, mark.line, mark.column, "%s%s%s, expected well-formed YAML",
		   parser->problem ? parser->problem : "syntax error", parser->context ? " " : "",
		   parser->context ? parser->context : "");
	return -EINVAL;
}

static int read_events(yaml_parser_t *parser, struct vk_tree *tree)
{
	for (bool is_end = false; !is_end;) {
		yaml_event_t event;
		int r;

		if (!yaml_parser_parse(parser, &event))
			return on_syntax(tree, parser);
		is_end = event.type == YAML_STREAM_END_EVENT;
		r = on_event(tree, &event);
		yaml_event_delete(&event);
		if (r)
			return r;
	}
	return 0;
}

static int read_yaml(const void *bytes, size_t len, struct vk_tree *tree)
{
	yaml_parser_t parser;
	int r;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, bytes, len);
	r = read_events(&parser, tree);
	yaml_parser_delete(&parser);
	return r;
}

/* JSON starts with {" after blanks; a YAML flow map seldom quotes its first key. */
static bool is_json(const char *text, size_t len)
{
	size_t i = 0;

	for (int n_braces = 0; i < len; i++) {
		if (strchr(" \t\r\n", text[i]) && text[i])
			continue;
		if (text[i] != '{' || n_braces++)
			return text[i] == '"' && n_braces;
	}
	return false;
}

int vk_conf_read(const void *bytes, size_t len, struct vk_problems *problems,
		 struct vk_node **ret_root)
{
	vk_auto(vk_tree_done) struct vk_tree tree = {.problems = problems};
	int r;

	if (len > VK_CONF_MAX) {
		vk_problem(problems, 1, 1, "%zu bytes, expected at most %d", len, VK_CONF_MAX);
		return -EINVAL;
	}
	r = is_json(bytes, len) ? vk_json_read(bytes, len, &tree) : 0;
	if (!r && len && !tree.root)
		r = read_yaml(bytes, len, &tree);
	if (r)
		return r;
	if (!tree.root) {
		vk_problem(problems, 1, 1, "the file is empty, expected a map");
		return -EINVAL;
	}
	*ret_root = vk_take(&tree.root);
	return 0;
}

int vk_conf_read_file(const char *path, struct vk_problems *problems, struct vk_node **ret_root,
		      char **ret_bytes, size_t *ret_len)
{
	vk_auto(vk_freep) char *bytes = NULL;
	size_t len = 0;
	int r;

	problems->file = path;
	r = vk_slurp(path, VK_CONF_MAX, &bytes, &len);
	if (r) {
		vk_problem(problems, 1, 1, "cannot be read (%s), expected a readable file",
			   strerror(-r));
		return -EINVAL;
	}
	r = vk_conf_read(bytes, len, problems, ret_root);
	if (r || !ret_bytes)
		return r;
	*ret_bytes = vk_take(&bytes);
	*ret_len = len;
	return 0;
}
