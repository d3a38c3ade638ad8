/* SPDX-License-Identifier: Apache-2.0 */
#include "wants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void wants_compare(const char *path, const struct vk_problems *problems)
{
	static const char mark[] = "# want: ";
	vk_auto(vk_str_done) struct vk_str wanted = {0};
	char line[600];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, mark, sizeof mark - 1) == 0)
			vk_str_addf(&wanted, "%s:%s", path, line + sizeof mark - 1);
	(void)fclose(file);
	assert_string_equal(problems->text.text ? problems->text.text : "",
			    wanted.text ? wanted.text : "");
}
