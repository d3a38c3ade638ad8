/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a key on a desk to a plan in force: the signing tool's output is what the hub accepts, and
 * every change on the way is refused with its reason.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"
#include "ctl/main.h"
#include "ctl/sign.h"
#include "hub/base64.h"
#include "hub/plans.h"

#define PLAN_FILE VAKA_SOURCE_DIR "/config/plans/heart-failure.yaml"
#define NOW_MS    INT64_C(1780000000000) /* 2026-05-28 */

struct desk {
	char dir[64];
	char provider[96], doctor[96], nurse[96], staff[96];
	char doctor_public[VK_BASE64_KEY], nurse_public[VK_BASE64_KEY];
	struct vk_staff *directory;
	char *plan;
	size_t plan_len;
};

static void in(const struct desk *d, const char *name, char out[96])
{
	(void)snprintf(out, 96, "%s/%s", d->dir, name);
}

static void write_staff(struct desk *d, const char *key, const char *provider_key)
{
	char text[1024], signature[VK_BASE64_SIGNATURE], path[128];

	(void)snprintf(text, sizeof text,
		       "{\"version\":3,\"staff\":["
		       "{\"id\":\"dr-17\",\"role\":\"physician\",\"sign\":\"%s\",\"view\":null,"
		       "\"from\":\"2026-01-01T00:00:00Z\",\"until\":\"2027-01-01T00:00:00Z\"},"
		       "{\"id\":\"n-17\",\"role\":\"nurse\",\"sign\":\"%s\","
		       "\"from\":\"2026-01-01T00:00:00Z\"},"
		       "{\"id\":\"n-18\",\"role\":\"nurse\",\"may_sign\":true,\"sign\":\"%s\","
		       "\"from\":\"2026-01-01T00:00:00Z\"}]}",
		       key, d->nurse_public, d->nurse_public);
	assert_int_equal(vk_write_file(d->staff, 0644, text), 0);
	assert_int_equal(vk_sign(provider_key, text, strlen(text), signature), 0);
	(void)snprintf(path, sizeof path, "%s.sig", d->staff);
	assert_int_equal(vk_write_file(path, 0644, signature), 0);
}

static int load_staff(struct desk *d, struct vk_problems *problems)
{
	char provider_public[128];

	vk_staff_free(vk_take(&d->directory));
	(void)snprintf(provider_public, sizeof provider_public, "%s.pub", d->provider);
	return vk_staff_load(d->staff, provider_public, problems, &d->directory);
}

static int set_up(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct desk *d = calloc(1, sizeof *d);
	char provider_public[VK_BASE64_KEY];

	assert_non_null(d);
	(void)strcpy(d->dir, "/tmp/vaka-plans-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	in(d, "provider.key", d->provider);
	in(d, "doctor.key", d->doctor);
	in(d, "nurse.key", d->nurse);
	in(d, "staff.json", d->staff);
	assert_int_equal(vk_key_new(d->provider, provider_public), 0);
	assert_int_equal(vk_key_new(d->doctor, d->doctor_public), 0);
	assert_int_equal(vk_key_new(d->nurse, d->nurse_public), 0);
	write_staff(d, d->doctor_public, d->provider);
	assert_int_equal(load_staff(d, &problems), 0);
	assert_int_equal(vk_slurp(PLAN_FILE, VK_PLAN_MAX, &d->plan, &d->plan_len), 0);
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"provider.key", "provider.key.pub", "doctor.key", "doctor.key.pub",
		"nurse.key",    "nurse.key.pub",    "staff.json", "staff.json.sig",
		"plan.yaml",    "plan.yaml.sig",
	};
	struct desk *d = *state;
	char path[96];

	for (size_t i = 0; i < VK_ARRAY_LEN(names); i++) {
		in(d, names[i], path);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(d->dir), 0);
	vk_staff_free(d->directory);
	free(d->plan);
	free(d);
	return 0;
}

static struct vk_plan_terms terms_of(const struct desk *d)
{
	return (struct vk_plan_terms){
		.staff = d->directory,
		.patient = "p-1042",
		.now_utc_ms = NOW_MS,
		.is_clock_synced = true,
	};
}

/* The message a clinician's desk would publish, signed by a key under a name. */
static void make_message(const struct desk *d, const char *key, const char *id, struct vk_str *out)
{
	char signature[VK_BASE64_SIGNATURE];

	assert_int_equal(vk_sign(key, d->plan, d->plan_len, signature), 0);
	vk_sign_json(out, d->plan, d->plan_len, id, signature);
	assert_int_equal(out->error, 0);
}

/* Parses a message and judges it; wanted is the one line of refusal, NULL: accepted. */
static void judge(const char *message, const struct vk_plan_terms *terms, const char *wanted)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = "plan p-1042"};
	struct vk_signed_plan plan = {0};
	struct vk_plan parsed;
	int r = vk_signed_plan_parse(message, strlen(message), &problems, &plan);

	if (!r)
		r = vk_plan_verify(&plan, terms, &problems, &parsed);
	vk_signed_plan_done(&plan);
	assert_string_equal(problems.text.text ? problems.text.text : "", wanted ? wanted : "");
	assert_int_equal(r, wanted ? -EINVAL : 0);
	if (!wanted)
		assert_string_equal(parsed.patient, "p-1042");
}

static void a_signed_plan_is_accepted(void **state)
{
	vk_auto(vk_str_done) struct vk_str message = {0};
	const struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);

	make_message(d, d->doctor, "dr-17", &message);
	judge(message.text, &terms, NULL);
	vk_str_done(&message);
	make_message(d, d->nurse, "n-18", &message); /* the directory lets her sign */
	judge(message.text, &terms, NULL);
}

static void a_plan_altered_on_the_way_is_refused(void **state)
{
	vk_auto(vk_str_done) struct vk_str message = {0};
	struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);
	char signature[VK_BASE64_SIGNATURE];
	char *limit = strstr(d->plan, "at_least: \"180\"");

	assert_non_null(limit);
	assert_int_equal(vk_sign(d->doctor, d->plan, d->plan_len, signature), 0);
	limit[strlen("at_least: \"")] = '2';
	vk_sign_json(&message, d->plan, d->plan_len, "dr-17", signature);
	limit[strlen("at_least: \"")] = '1';
	judge(message.text, &terms,
	      "plan p-1042: signature does not match the bytes, expected the plan as it was "
	      "signed\n");
}

static void only_those_who_may_sign(void **state)
{
	vk_auto(vk_str_done) struct vk_str wrong_role = {0}, stranger = {0}, borrowed = {0};
	const struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);

	make_message(d, d->nurse, "n-17", &wrong_role);
	judge(wrong_role.text, &terms,
	      "plan p-1042: the signer may not sign plans, expected a physician or one whom the "
	      "directory lets sign\n");
	make_message(d, d->doctor, "dr-99", &stranger);
	judge(stranger.text, &terms,
	      "plan p-1042: the signer is not in the staff directory, expected a known key\n");
	make_message(d, d->nurse, "dr-17", &borrowed);
	judge(borrowed.text, &terms,
	      "plan p-1042: signature does not match the bytes, expected the plan as it was "
	      "signed\n");
	make_message(d, d->doctor, "dr-17", &borrowed);
	terms.staff = NULL;
	vk_str_done(&borrowed);
	make_message(d, d->doctor, "dr-17", &borrowed);
	judge(borrowed.text, &terms,
	      "plan p-1042: the signer is not in the staff directory, expected a known key\n");
}

static void a_key_is_valid_in_its_time(void **state)
{
	static const char late[] = "plan p-1042: the signer's key is not valid now, expected one "
				   "within its time in the directory\n";
	vk_auto(vk_str_done) struct vk_str message = {0};
	const struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);

	make_message(d, d->doctor, "dr-17", &message);
	terms.now_utc_ms = INT64_C(1798761600000); /* 2027-01-01, the key's end */
	judge(message.text, &terms, late);
	terms.now_utc_ms--;
	judge(message.text, &terms, NULL);
	terms.now_utc_ms = 0; /* a board without a clock chip: not judged */
	judge(message.text, &terms, late);
	terms.is_clock_synced = false;
	judge(message.text, &terms, NULL);
}

static void the_version_must_rise(void **state)
{
	vk_auto(vk_str_done) struct vk_str message = {0};
	const struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);

	make_message(d, d->doctor, "dr-17", &message);
	terms.version_in_force = 1;
	judge(message.text, &terms,
	      "plan p-1042: version 1 is not above the one in force, expected more than 1\n");
	terms.is_in_force = true; /* the same again after a restart */
	judge(message.text, &terms, NULL);
}

/* valid.from of the example is 2026-03-01; an end is written in here. */
static void a_plan_is_valid_in_its_time(void **state)
{
	static const char from[] = "2026-03-01T00:00:00+01:00}";
	static const char early[] = "plan p-1042: the plan is not valid yet, expected "
				    "'valid.from' in the past: send it again then\n";
	static const char late[] = "plan p-1042: the plan is not valid any longer, expected "
				   "'valid.until' in the future\n";
	vk_auto(vk_str_done) struct vk_str message = {0}, text = {0};
	struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);
	const char *at = strstr(d->plan, from);

	assert_non_null(at);
	vk_str_add_n(&text, d->plan, (size_t)(at - d->plan));
	vk_str_add(&text, "2026-03-01T00:00:00Z, until: 2026-06-01T00:00:00Z}");
	vk_str_add(&text, at + sizeof from - 1);
	free(d->plan);
	d->plan_len = text.len;
	d->plan = vk_str_take(&text);
	make_message(d, d->doctor, "dr-17", &message);
	terms.now_utc_ms = INT64_C(1772323200000); /* 2026-03-01 */
	judge(message.text, &terms, NULL);
	terms.now_utc_ms -= 301000;
	judge(message.text, &terms, early);
	terms.now_utc_ms = INT64_C(1780272000000); /* 2026-06-01 */
	judge(message.text, &terms, late);
	terms.is_in_force = true; /* a restart takes no plan away */
	terms.version_in_force = 1;
	judge(message.text, &terms, NULL);
	terms.version_in_force = 0;
	terms.is_in_force = terms.is_clock_synced = false;
	judge(message.text, &terms, NULL);
}

static void the_plan_is_for_its_topic(void **state)
{
	vk_auto(vk_str_done) struct vk_str message = {0};
	const struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);

	make_message(d, d->doctor, "dr-17", &message);
	terms.patient = "p-7";
	judge(message.text, &terms, "plan p-1042: the plan is for p-1042, expected one for p-7\n");
}

static void unsigned_only_where_allowed(void **state)
{
	static const char message[] = "{\"plan\":\"dmFrYV9wbGFuOiAx\"}"; /* vaka_plan: 1 */
	const struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct vk_signed_plan plan = {.bytes = d->plan, .len = d->plan_len};
	struct vk_plan parsed;

	judge(message, &terms, "plan p-1042: the plan is not signed, expected a signature\n");
	terms.is_unsigned_allowed = true;
	assert_int_equal(vk_plan_verify(&plan, &terms, &problems, &parsed), 0);
}

static void what_was_in_force_outlives_its_key(void **state)
{
	vk_auto(vk_str_done) struct vk_str message = {0};
	const struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);

	make_message(d, d->doctor, "dr-99", &message);
	terms.is_in_force = true;
	judge(message.text, &terms, NULL);
	vk_str_done(&message);
	make_message(d, d->nurse, "dr-17", &message); /* but not a signature that is wrong */
	judge(message.text, &terms,
	      "plan p-1042: signature does not match the bytes, expected the plan as it was "
	      "signed\n");
}

static void half_a_message_is_refused(void **state)
{
	static const struct {
		const char *message, *wanted;
	} cases[] = {
		{"", "no JSON object, expected {\"plan\",\"key\",\"signature\"}"},
		{"[]", "no JSON object, expected {\"plan\",\"key\",\"signature\"}"},
		{"{}", "'plan' is missing, expected the plan's bytes in base64"},
		{"{\"plan\":\"*\"}", "'plan' is not base64, expected the plan's exact bytes"},
		{"{\"plan\":\"AA==\",\"key\":\"dr-17\"}",
		 "'signature' is no signature, expected 64 bytes in base64"},
		{"{\"plan\":\"AA==\",\"key\":\"dr 17\",\"signature\":\"AA==\"}",
		 "'key' is no id, expected the staff id of the signer"},
	};
	const struct desk *d = *state;
	struct vk_plan_terms terms = terms_of(d);
	char wanted[160];

	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		(void)snprintf(wanted, sizeof wanted, "plan p-1042: %s\n", cases[i].wanted);
		judge(cases[i].message, &terms, wanted);
	}
}

static void the_directory_is_the_provider_s(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct desk *d = *state;
	const struct vk_staff_member *doctor = vk_staff_get(d->directory, "dr-17");

	assert_non_null(doctor);
	assert_true(doctor->may_sign && doctor->has_sign && !doctor->has_view);
	assert_int_equal(vk_staff_version(d->directory), 3);
	assert_false(vk_staff_get(d->directory, "n-17")->may_sign);
	assert_true(vk_staff_get(d->directory, "n-17")->until_utc_ms == VK_NEVER);
	write_staff(d, d->doctor_public, d->doctor);
	assert_int_equal(load_staff(d, &problems), -EINVAL);
	assert_non_null(strstr(problems.text.text, "staff.json: signature does not match the "
						   "bytes, expected one by the provider key\n"));
	assert_null(d->directory);
	vk_problems_done(&problems);
	write_staff(d, "c2hvcnQ=", d->provider);
	assert_int_equal(load_staff(d, &problems), -EINVAL);
	assert_non_null(strstr(problems.text.text,
			       "staff.json:1:63: 'sign' is no key, expected 32 bytes in base64, "
			       "or null\n"));
}

static void no_directory_is_told_apart(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct desk *d = *state;

	assert_int_equal(unlink(d->staff), 0);
	assert_int_equal(load_staff(d, &problems), -ENOENT);
	assert_int_equal(problems.n, 0);
}

/* The verbs as typed, with a plan file and its .sig as an installation has them. */
static void the_tool_makes_what_the_hub_loads(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = "plan p-1042"};
	struct desk *d = *state;
	char path[96];
	char *words[] = {(char[]){"sign"}, (char[]){"--key"}, d->doctor, path};
	struct vk_args args = {.n = 4, .words = words};
	struct vk_plan_terms terms = terms_of(d);
	struct vk_signed_plan plan = {0};
	struct vk_plan parsed;

	in(d, "plan.yaml", path);
	assert_int_equal(vk_signed_plan_load(path, &problems, &plan), -ENOENT);
	assert_int_equal(vk_write_file(path, 0644, d->plan), 0);
	assert_int_equal(vk_ctl_plan(&args), 0);
	assert_int_equal(vk_signed_plan_load(path, &problems, &plan), 0);
	assert_string_equal(plan.key, "dr-17"); /* the plan's author, when no --id is given */
	assert_int_equal(vk_plan_verify(&plan, &terms, &problems, &parsed), 0);
	vk_signed_plan_done(&plan);
	args.n = 2;
	assert_int_equal(vk_ctl_plan(&args), VK_USAGE);
}

static void a_key_is_private_and_never_overwritten(void **state)
{
	const struct desk *d = *state;
	char public[VK_BASE64_KEY], signature[VK_BASE64_SIGNATURE];
	struct stat st;

	assert_int_equal(stat(d->doctor, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(vk_key_new(d->doctor, public), -EEXIST);
	assert_int_equal(vk_sign(d->staff, "x", 1, signature), -EINVAL);
}

#define AT_DESK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_DESK(a_signed_plan_is_accepted),
		AT_DESK(a_plan_altered_on_the_way_is_refused),
		AT_DESK(only_those_who_may_sign),
		AT_DESK(a_key_is_valid_in_its_time),
		AT_DESK(the_version_must_rise),
		AT_DESK(a_plan_is_valid_in_its_time),
		AT_DESK(the_plan_is_for_its_topic),
		AT_DESK(unsigned_only_where_allowed),
		AT_DESK(what_was_in_force_outlives_its_key),
		AT_DESK(half_a_message_is_refused),
		AT_DESK(the_directory_is_the_provider_s),
		AT_DESK(no_directory_is_told_apart),
		AT_DESK(the_tool_makes_what_the_hub_loads),
		AT_DESK(a_key_is_private_and_never_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
