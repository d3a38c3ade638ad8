/* SPDX-License-Identifier: Apache-2.0 */
/* The readers: what YAML and JSON become, and what is refused, with its place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "conf/yaml.h"

/* {k=v,l=[…]} with the text of scalars, quoted ones in quotes. */
static void dump(struct vk_str *out, const struct vk_node *node)
{
	static const char open[] = {[VK_NODE_MAP] = '{', [VK_NODE_LIST] = '['};
	static const char close[] = {[VK_NODE_MAP] = '}', [VK_NODE_LIST] = ']'};

	if (node->key)
		vk_str_addf(out, "%s=", node->key);
	if (node->type == VK_NODE_SCALAR) {
		vk_str_addf(out, node->is_quoted ? "'%s'" : "%s", node->text);
		return;
	}
	vk_str_addf(out, "%c", open[node->type]);
	for (const struct vk_node *n = node->child; n; n = n->next) {
		dump(out, n);
		if (n->next)
			vk_str_add(out, ",");
	}
	vk_str_addf(out, "%c", close[node->type]);
}

struct sample {
	const char *text;
	const char *tree;    /* NULL: refused */
	const char *problem; /* behind "f:" */
};

static void check(const struct sample *s)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = "f"};
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	vk_auto(vk_str_done) struct vk_str tree = {0};
	int r = vk_conf_read(s->text, strlen(s->text), &problems, &root);

	if (s->tree) {
		assert_int_equal(r, 0);
		dump(&tree, root);
		assert_string_equal(tree.text, s->tree);
		return;
	}
	if (!r)
		print_error("accepted: %s\n", s->text);
	assert_int_equal(r, -EINVAL);
	assert_null(root);
	assert_string_equal(problems.text.text, s->problem);
}

static void yaml_becomes_a_tree(void **state)
{
	static const struct sample samples[] = {
		{"a: 1", "{a=1}", NULL},
		{"a: 2.0\nb: \"2.0\"\nc: '2.0'", "{a=2.0,b='2.0',c='2.0'}", NULL},
		{"a: [x, {b: y}]\nc:\n  - z", "{a=[x,{b=y}],c=[z]}", NULL},
		{"at: 23:30\non: off\nno: yes", "{at=23:30,on=off,no=yes}", NULL},
		{"a:", "{a=}", NULL},
		{"a: {}\nb: []", "{a={},b=[]}", NULL},
		{"a: \"h\\u00e4l\"", "{a='häl'}", NULL},
		{"a: |\n  x\n  y\n", "{a='x\ny\n'}", NULL},
		{"a: 1\na: 2", "{a=1,a=2}", NULL}, /* the schema tells */
		{"- 1\n- 2", "[1,2]", NULL},
		{"%YAML 1.2\n---\na: 1\n...\n", "{a=1}", NULL},
		{"\xef\xbb\xbf"
		 "a: 1",
		 "{a=1}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(samples); i++)
		check(&samples[i]);
}

static void yaml_is_refused_with_its_place(void **state)
{
	static const struct sample samples[] = {
		{"", NULL, "f:1:1: the file is empty, expected a map\n"},
		{"# only a comment\n", NULL, "f:1:1: the file is empty, expected a map\n"},
		{"a: &x 1", NULL, "f:1:4: an anchor (&), expected none: write the value out\n"},
		{"a: 1\nb: &x {}", NULL,
		 "f:2:4: an anchor (&), expected none: write the value out\n"},
		{"a: *x", NULL, "f:1:4: an alias (*), expected the value itself\n"},
		{"a: !!int 1", NULL, "f:1:4: a tag (!), expected none: types come from the keys\n"},
		{"a: !x []", NULL, "f:1:4: a tag (!), expected none: types come from the keys\n"},
		{"a: 1\n---\nb: 2", NULL, "f:2:1: a second document, expected one\n"},
		{"? [a]\n: 1", NULL, "f:1:3: a map or list as key, expected a plain name\n"},
		{"a: [1, 2", NULL,
		 "f:2:1: did not find expected ',' or ']' while parsing a flow sequence, expected "
		 "well-formed YAML\n"},
		{"a: 1\n  b: 2", NULL,
		 "f:2:4: mapping values are not allowed in this context, expected well-formed "
		 "YAML\n"},
		{"a: \"x\\0y\"", NULL,
		 "f:1:4: text is not UTF-8 or holds a NUL, expected plain UTF-8\n"},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(samples); i++)
		check(&samples[i]);
}

static void json_becomes_the_same_tree(void **state)
{
	static const struct sample samples[] = {
		{"{\"a\":1,\"b\":\"2.0\",\"c\":2.00}", "{a=1,b='2.0',c=2.00}", NULL},
		{" {\n\t\"a\" : [ true , null , -1.5e+3 ] }\n", "{a=[true,null,-1.5e+3]}", NULL},
		{"{\"a\":\"\\ud83d\\ude00 \\u00e5\\/\\n\\\"\"}", "{a='😀 å/\n\"'}", NULL},
		{"{\"\":{},\"b\":[]}", "{={},b=[]}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(samples); i++)
		check(&samples[i]);
}

static void json_is_held_to_its_grammar(void **state)
{
	static const struct sample samples[] = {
		{"{\"a\":1,}", NULL, "f:1:8: '}', expected another value after ','\n"},
		{"{\"a\":[1,]}", NULL, "f:1:9: ']', expected another value after ','\n"},
		{"{\"a\":01}", NULL, "f:1:6: '0', expected a value\n"},
		{"{\"a\":1.}", NULL, "f:1:6: '1', expected a value\n"},
		{"{\"a\":+1}", NULL, "f:1:6: '+', expected a value\n"},
		{"{\"a\":yes}", NULL, "f:1:6: 'y', expected a value\n"},
		{"{\"a\":}", NULL, "f:1:6: '}', expected a value\n"},
		{"{\"a\" 1}", NULL, "f:1:6: '1', expected ':' after a key\n"},
		{"{\"a\":1 \"b\":2}", NULL, "f:1:8: '\"', expected ',' or '}'\n"},
		{"{\"a\":1,b:2}", NULL, "f:1:8: 'b', expected a quoted key\n"},
		{"{\"a\":\"\\ud83d\"}", NULL,
		 "f:1:13: '\"', expected the second half of a surrogate pair\n"},
		{"{\"a\":\"\\ude00\"}", NULL,
		 "f:1:13: '\"', expected the first half of a surrogate pair before the second\n"},
		{"{\"a\":\"\\u0000\"}", NULL,
		 "f:1:13: '\"', expected a character that is not NUL\n"},
		{"{\"a\":\"\\x\"}", NULL,
		 "f:1:8: 'x', expected one of \" \\ / b f n r t u after a backslash\n"},
		{"{\"å\":\"x\ny\"}", NULL,
		 "f:1:8: byte 0x0a, expected no control character in a "
		 "text\n"},
		{"{\"a\":\"x", NULL, "f:1:8: the end, expected a closing quote\n"},
		{"{\"a\":1}\n{}", NULL, "f:2:1: '{', expected nothing after the document\n"},
		{"{\"a\":\"\xff\"}", NULL,
		 "f:1:6: text is not UTF-8 or holds a NUL, expected plain UTF-8\n"},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(samples); i++)
		check(&samples[i]);
}

static void places_count_characters(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	static const char text[] = "x: 1\nåäö: {é: ö, b: 2}\n";
	const struct vk_node *map, *b;

	(void)state;
	assert_int_equal(vk_conf_read(text, sizeof text - 1, &problems, &root), 0);
	map = vk_node_get(root, "åäö");
	b = vk_node_get(map, "b");
	assert_int_equal(map->key_line, 2);
	assert_int_equal(map->column, 6);
	assert_int_equal(b->key_column, 13);
	assert_int_equal(b->column, 16);
}

/* n times open, as flow YAML and as JSON. */
static int read_nested(const char *head, const char *open, int n)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	vk_auto(vk_str_done) struct vk_str text = {0};
	vk_auto(vk_str_done) struct vk_str tail = {0};

	vk_str_add(&text, head);
	for (int i = 0; i < n; i++)
		vk_str_add(&text, open);
	for (int i = 0; i < n; i++)
		vk_str_add(&tail, "]");
	vk_str_add(&text, tail.text);
	if (*head == '{')
		vk_str_add(&text, "}");
	return vk_conf_read(text.text, text.len, &problems, &root);
}

static void depth_and_number_are_bounded(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = "f"};
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	vk_auto(vk_str_done) struct vk_str text = {0};

	(void)state;
	assert_int_equal(read_nested("", "[", VK_NODE_MAX_DEPTH), 0);
	assert_int_equal(read_nested("", "[", VK_NODE_MAX_DEPTH + 1), -EINVAL);
	assert_int_equal(read_nested("", "[", 50000), -EINVAL);
	assert_int_equal(read_nested("{\"a\":", "[", VK_NODE_MAX_DEPTH - 1), 0);
	assert_int_equal(read_nested("{\"a\":", "[", VK_NODE_MAX_DEPTH), -EINVAL);
	for (int i = 0; i < VK_NODE_MAX; i++)
		vk_str_add(&text, "- x\n");
	assert_int_equal(vk_conf_read(text.text, text.len, &problems, &root), -EINVAL);
	assert_string_equal(problems.text.text,
			    "f:8192:3: too many values, expected at most 8192\n");
}

static void size_is_bounded(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = "f"};
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	char *text = malloc(VK_CONF_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', VK_CONF_MAX + 1);
	text[0] = 'a';
	text[1] = ':';
	text[3] = '1';
	assert_int_equal(vk_conf_read(text, VK_CONF_MAX, &problems, &root), 0);
	assert_int_equal(problems.n, 0);
	vk_node_free(vk_take(&root));
	assert_int_equal(vk_conf_read(text, VK_CONF_MAX + 1, &problems, &root), -EINVAL);
	assert_string_equal(problems.text.text, "f:1:1: 262145 bytes, expected at most 262144\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_becomes_a_tree),
		cmocka_unit_test(yaml_is_refused_with_its_place),
		cmocka_unit_test(json_becomes_the_same_tree),
		cmocka_unit_test(json_is_held_to_its_grammar),
		cmocka_unit_test(places_count_characters),
		cmocka_unit_test(depth_and_number_are_bounded),
		cmocka_unit_test(size_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
