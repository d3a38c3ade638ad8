/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver keeps the highest revision of each id of each hub, and nothing before its commit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../receiver/kept.h"

struct folder {
	char dir[64], file[80];
};

static int make(void **state)
{
	static struct folder folder;

	strcpy(folder.dir, "/tmp/vaka-kept-XXXXXX");
	if (!mkdtemp(folder.dir))
		return -1;
	snprintf(folder.file, sizeof folder.file, "%s/db", folder.dir);
	*state = &folder;
	return 0;
}

static int drop(void **state)
{
	struct folder *folder = *state;
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", folder->dir);
	return system(command);
}

static enum kept_as put(struct kept *kept, const char *hub, const char *id, int64_t rev)
{
	enum kept_as as;
	struct kept_message m = {.hub = hub,
				 .id = id,
				 .topic = "alert/p-1/a1",
				 .rev = rev,
				 .payload = "{}",
				 .len = 2};

	assert_int_equal(kept_put(kept, &m, &as), 0);
	return as;
}

static void assert_dump(struct kept *kept, const char *wanted)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(kept_dump(kept, out), 0);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void test_highest_revision_stays(void **state)
{
	struct folder *folder = *state;
	struct kept *kept;

	assert_int_equal(kept_open(folder->file, &kept), 0);
	assert_int_equal(put(kept, "hub-1", "a1", 1), KEPT_NEW);
	assert_int_equal(put(kept, "hub-1", "a1", 0), KEPT_OLDER);
	assert_int_equal(put(kept, "hub-1", "a1", 1), KEPT_REPEAT);
	assert_int_equal(put(kept, "hub-1", "a1", 3), KEPT_NEWER);
	assert_int_equal(put(kept, "hub-2", "a1", 0), KEPT_NEW);
	assert_int_equal(kept_commit(kept), 0);
	assert_dump(kept, "hub-1\ta1\t3\talert/p-1/a1\nhub-2\ta1\t0\talert/p-1/a1\n");
	kept_close(kept);
}

static void test_what_was_not_committed_is_not_there(void **state)
{
	struct folder *folder = *state;
	struct kept *kept;

	assert_int_equal(kept_open(folder->file, &kept), 0);
	put(kept, "hub-1", "a1", 0);
	assert_int_equal(kept_commit(kept), 0);
	put(kept, "hub-1", "a2", 0);
	kept_close(kept);
	assert_int_equal(kept_open(folder->file, &kept), 0);
	assert_dump(kept, "hub-1\ta1\t0\talert/p-1/a1\n");
	kept_close(kept);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_highest_revision_stays, make, drop),
		cmocka_unit_test_setup_teardown(test_what_was_not_committed_is_not_there, make,
						drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
