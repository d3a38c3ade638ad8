/* SPDX-License-Identifier: Apache-2.0 */
/* One line per sample: {"name": …, "resource": the Bundle}. Exit 1 if one has no form. */
#include <stdio.h>

#include "samples.h"

static void print(const struct sample *s, void *user)
{
	vk_auto(vk_str_done) struct vk_str bundle = {0}, line = {0};

	if (vk_fhir_bundle(&s->reading, &s->context, &bundle)) {
		(void)fprintf(stderr, "%s: no form\n", s->name);
		*(int *)user = 1;
		return;
	}
	struct vk_json j = vk_json_init(&line);

	vk_json_open(&j, NULL, '{');
	vk_json_str(&j, "name", s->name);
	vk_json_raw(&j, "resource", bundle.text);
	vk_json_close(&j, '}');
	(void)puts(line.text);
}

int main(void)
{
	int result = 0;

	samples_each(print, &result);
	return result;
}
