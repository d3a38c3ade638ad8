/* SPDX-License-Identifier: Apache-2.0 */
/* One plan a line as JSON on standard input; "1" for each that is taken, "0" for each that is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/yaml.h"
#include "conf/zone.h"
#include "core/plan.h"

static bool is_taken(const char *text, struct vk_plan *plan)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = "-"};
	vk_auto(vk_node_freep) struct vk_node *root = NULL;

	return !vk_conf_read(text, strlen(text), &problems, &root) &&
	       !vk_plan_parse(root, vk_zone_load, NULL, &problems, plan);
}

int main(void)
{
	vk_auto(vk_freep) struct vk_plan *plan = malloc(sizeof *plan);
	vk_auto(vk_freep) char *line = NULL;
	size_t size = 0;

	while (plan && getline(&line, &size, stdin) > 0)
		(void)puts(is_taken(line, plan) ? "1" : "0");
	return plan && !ferror(stdin) ? EXIT_SUCCESS : EXIT_FAILURE;
}
