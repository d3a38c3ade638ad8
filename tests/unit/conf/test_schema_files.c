/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/schema says what the tables say. After a change of a table: `test_schema_files --write`
 * makes the files anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/plan_schema.h"
#include "hub/command_form.h"
#include "hub/config_schema.h"
#include "models/models.h"
#include "schema_json.h"

#define SCHEMAS VAKA_SOURCE_DIR "/config/schema/"

static json_t *make_plan(void)
{
	return schema_json(&vk_plan_schema, "Vaka care plan, version 1");
}

static json_t *make_hub(void)
{
	return schema_json(&vk_config_schema, "Vaka hub.yaml, version 1");
}

static json_t *make_device(void)
{
	return schema_json(&vk_model_schema, "Vaka device model, version 1");
}

static const struct {
	const char *path;
	json_t *(*make)(void);
} files[] = {
	{SCHEMAS "plan.json", make_plan},
	{SCHEMAS "hub.json", make_hub},
	{SCHEMAS "device.json", make_device},
	{SCHEMAS "names.json", names_json},
	{SCHEMAS "command.json", vk_command_schema},
};

static void files_say_what_the_tables_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(files); i++) {
		json_error_t error;
		json_t *wanted = files[i].make();
		json_t *file = json_load_file(files[i].path, JSON_REJECT_DUPLICATES, &error);

		assert_non_null(wanted);
		if (!file || !json_equal(file, wanted))
			print_error("%s is not what the tables say: run with --write\n",
				    files[i].path);
		assert_non_null(file);
		assert_true(json_equal(file, wanted));
		json_decref(wanted);
		json_decref(file);
	}
}

static int write_files(void)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(files); i++) {
		json_t *json = files[i].make();
		FILE *file = fopen(files[i].path, "w");

		if (!file || json_dumpf(json, file, JSON_INDENT(1)) || fputc('\n', file) == EOF ||
		    fclose(file))
			return EXIT_FAILURE;
		json_decref(json);
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_say_what_the_tables_say),
	};

	if (argc == 2 && strcmp(argv[1], "--write") == 0)
		return write_files();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
