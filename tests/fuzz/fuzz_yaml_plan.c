/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a plan that came over the network and as a hub.yaml: they are accepted without a
 * problem or refused with one, and what is said about them is always proper text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "conf/yaml.h"
#include "conf/zone.h"
#include "core/plan.h"
#include "hub/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int is_true)
{
	if (!is_true)
		abort();
}

static void check(int r, const struct vk_problems *problems)
{
	expect((r == 0) == (problems->n == 0));
	if (problems->text.text)
		expect(vk_is_utf8(problems->text.text, problems->text.len));
}

static int utc(const char *name, struct vk_zone *ret_zone, void *user)
{
	(void)name;
	(void)user;
	ret_zone->n = 0;
	return 0;
}

static void read_both(const struct vk_node *root)
{
	static struct vk_plan plan;
	static struct vk_config config;
	struct vk_problems problems = {.file = "plan"};
	int r = vk_plan_parse(root, utc, NULL, &problems, &plan);

	check(r, &problems);
	if (r == 0)
		for (int i = 0; i < plan.n_rules; i++)
			expect(!plan.rules[i].message[0] ||
			       vk_plan_message(&plan, plan.rules[i].message));
	vk_problems_done(&problems);
	check(vk_config_parse(root, &problems, &config), &problems);
	vk_problems_done(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_problems problems = {.file = "bytes"};
	struct vk_node *root = NULL;
	int r = vk_conf_read(data, size, &problems, &root);

	check(r, &problems);
	vk_problems_done(&problems);
	if (root)
		read_both(root);
	vk_node_free(root);
	return 0;
}
