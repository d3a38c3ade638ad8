/* SPDX-License-Identifier: Apache-2.0 */
/* devices.d: the shipped files, a site's own, matching, and a new model that is a file only. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "models/models.h"
#include "profiles/profile.h"

#define SHIPPED VAKA_SOURCE_DIR "/config/devices.d"

struct site {
	char folder[64];
	struct vk_problems problems;
	struct vk_models models;
};

static int setup(void **state)
{
	struct site *s = calloc(1, sizeof *s);

	(void)snprintf(s->folder, sizeof s->folder, "/tmp/vaka-models-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	*state = s;
	return 0;
}

static void put(struct site *s, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int teardown(void **state)
{
	struct site *s = *state;
	static const char *const names[] = {"beurer-bm85.yaml", "own.yaml", "bad name.yaml"};
	char path[128];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(s->folder), 0);
	vk_models_done(&s->models);
	vk_problems_done(&s->problems);
	free(s);
	return 0;
}

static int load(struct site *s, const char *shipped)
{
	struct vk_models_from from = {.site = s->folder, .shipped = shipped};

	return vk_models_load(&from, &s->problems, &s->models);
}

static const struct vk_model *find(const struct site *s, const char *maker, const char *model,
				   const char *name)
{
	return vk_model_find(s->models.list, s->models.n, maker, model, name);
}

static bool has(const struct vk_model *model, enum vk_quirk quirk)
{
	return model && vk_has_quirk(&model->quirks, quirk);
}

#define OWN                                                                                        \
	"vaka_device: 1\nlabel: \"Own\"\nkind: cuff\nmatch: {model: [\"X-1*\"]}\n"                 \
	"pairing: {sv: [\"Tryck.\"], en: [\"Press.\"]}\nsource: \"a site\"\n"

static void shipped_files_are_without_mistakes(void **state)
{
	struct site *s = *state;
	int n_none = 0;

	assert_int_equal(load(s, SHIPPED), 0);
	if (s->problems.n)
		print_error("%s", s->problems.text.text);
	assert_int_equal(s->problems.n, 0);
	assert_true(s->models.n >= 45);
	for (int i = 0; i < s->models.n; i++) {
		const struct vk_model *m = &s->models.list[i];
		const struct vk_model_advice *a = vk_models_advice(&s->models, m);

		n_none += m->support == VK_MODEL_NONE;
		/* A step that one language lacks would leave a technician in the middle. */
		assert_int_equal(a->pairing.sv.n, a->pairing.en.n);
		assert_int_equal(a->because.sv.n, a->because.en.n);
		assert_int_equal(a->because.sv.n > 0, m->support != VK_MODEL_FULL);
	}
	assert_true(n_none >= 15);
}

/* Who must be told from whom, by ble-profiles.md 17. */
static const struct {
	const char *maker, *model, *name, *id;
} known[] = {
	{"A&D Medical", "UA-651BLE", "", "and-ua-651ble"},
	{"", "", "A&D_UA-651BLE_D1A2", "and-ua-651ble"},
	{"", "", "A&D_UC-352BLE_0099", "and-uc-352ble"},
	{"", "", "BLESmart_00000123ABC", "omron-blesmart"},
	{"", "", "BLEsmart_00000123ABC", "omron-blesmart"},
	{"OMRON HEALTHCARE", "HEM-7155T", "BLESmart_1", "omron-x4-smart"},
	{"OMRON HEALTHCARE", "HEM-7156T-E", "BLESmart_1", "omron-hem-7156t"},
	{"OMRON HEALTHCARE", "HEM-7188T1", "BLESmart_1", "omron-hem-7382t1"},
	{"OMRON HEALTHCARE", "HEM-7322T", "BLESmart_1", "omron-classic"},
	{"OMRON HEALTHCARE", "HEM-9999T", "BLESmart_1", "omron-blesmart"},
	{"", "", "meter+01234567", "accu-chek"},
	{"Ascensia", "Contour Next One", "", "contour-next"},
	{"", "", "Contour Next Link 2.4", "contour-next-link"},
	{"", "", "TRUEAIR1", "true-metrix-air"},
	{"TaiDoc Technology", "TD-4289", "", "taidoc-dm30b"},
	{"Nonin Medical", "Model 3230", "", "nonin-3230"},
	{"Beurer GmbH", "BM85", "", "beurer-bm85"},
	{"", "", "BF720", "beurer-bf-scales"},
	{"", "", "MI SCALE2", "xiaomi-mi-scale"},
	{"Masimo", "MightySat", "", "masimo-mightysat"},
	{"Withings", "WBS08", "", "withings"},
};

static void models_are_told_apart(void **state)
{
	struct site *s = *state;

	assert_int_equal(load(s, SHIPPED), 0);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		const struct vk_model *m = find(s, known[i].maker, known[i].model, known[i].name);

		assert_non_null(m);
		assert_string_equal(m->id, known[i].id);
	}
	assert_null(find(s, "Maker", "Model", "Scale of nobody"));
	assert_null(find(s, "", "", ""));
	/* The maker's word counts: another maker's BM85 is not Beurer's. */
	assert_null(find(s, "Somebody", "BM85", ""));
}

static void text_of_a_person_finds_a_model(void **state)
{
	struct site *s = *state;
	const struct vk_model *m;

	assert_int_equal(load(s, SHIPPED), 0);
	m = vk_model_by_text(s->models.list, s->models.n, "Beurer BM85");
	assert_true(has(m, VK_QUIRK_CUFF_TAIL_BIG_ENDIAN));
	assert_ptr_equal(m, vk_model_by_text(s->models.list, s->models.n, "beurer-bm85"));
	m = vk_model_by_text(s->models.list, s->models.n, "OMRON HEALTHCARE HEM-7156T");
	assert_true(has(m, VK_QUIRK_TRANSFER_BUTTON));
	m = vk_model_by_text(s->models.list, s->models.n, "BLEsmart_0001");
	assert_true(has(m, VK_QUIRK_CLOCK_FIRST_NOTIFIED));
	assert_null(vk_model_by_text(s->models.list, s->models.n, "Nobody Nothing"));
}

static void globs(void **state)
{
	(void)state;
	assert_true(vk_model_glob("HEM-*T*", "hem-7156T-e"));
	assert_false(vk_model_glob("HEM-*T*", "HEM-7156"));
	assert_true(vk_model_glob("*", ""));
	assert_true(vk_model_glob("", ""));
	assert_false(vk_model_glob("", "x"));
	assert_false(vk_model_glob("AB", "A"));
	assert_false(vk_model_glob("A", "AB"));
	assert_true(vk_model_glob("a*b*c", "axxbxbxc"));
	assert_false(vk_model_glob("a*b*c", "axxbxbx"));
}

static void file_of_the_site_stands_in_for_ours(void **state)
{
	struct site *s = *state;

	put(s, "beurer-bm85.yaml", OWN);
	assert_int_equal(load(s, SHIPPED), 0);
	assert_null(find(s, "Beurer", "BM85", ""));
	assert_string_equal(find(s, "", "X-100", "")->id, "beurer-bm85");
}

/* The whole of what a site does for a model that we do not know: one file. */
static void new_model_is_a_file_and_a_vector(void **state)
{
	static const uint8_t vector[] = {0x56, 0x6a, 0x00, 0x47, 0x00, 0x00, 0x00, 0xea, 0x07, 0x08,
					 0x0b, 0x12, 0x1f, 0x00, 0x00, 0x3f, 0x00, 0x00, 0x00};
	struct site *s = *state;
	struct vk_decode_error error;
	struct vk_decoded d;
	const struct vk_model *m;
	const struct vk_value *pulse;

	put(s, "own.yaml", OWN "quirks: [cuff-tail-big-endian, map-zero-is-absent]\n");
	assert_int_equal(load(s, SHIPPED), 0);
	m = find(s, "Any", "X-12", "");
	assert_non_null(m);
	assert_int_equal(vk_profile_decode(0x2a35, &m->quirks, vector, sizeof vector, &d, &error),
			 0);
	pulse = vk_decoded_value(&d, VK_QUANTITY_PULSE_RATE);
	assert_int_equal(vk_decimal_scaled(pulse->number, 0), 63);
	assert_int_equal(d.user, 0);
}

static void expect(struct site *s, const char *text, const char *problem)
{
	put(s, "own.yaml", text);
	vk_problems_done(&s->problems);
	vk_models_done(&s->models);
	s->problems = (struct vk_problems){0};
	assert_int_equal(load(s, SHIPPED), -EINVAL);
	if (!strstr(s->problems.text.text, problem))
		print_error("got: %s\nwanted: %s\n", s->problems.text.text, problem);
	assert_non_null(strstr(s->problems.text.text, problem));
	assert_non_null(strstr(s->problems.text.text, "/own.yaml:"));
	/* The others hold, the broken one fits nothing. */
	assert_non_null(find(s, "Beurer", "BM85", ""));
	assert_null(find(s, "", "X-12", ""));
}

static void mistakes_are_named_by_their_place(void **state)
{
	struct site *s = *state;

	expect(s, OWN "quirks: [cuff-tail-big-endain]\n", ":7:10: ");
	expect(s, OWN "quirks: [cuff-tail-big-endain]\n", "cuff-tail-big-endian");
	expect(s, OWN "qurks: []\n",
	       ":7:1: unknown key 'qurks' in a device model, expected 'quirks'");
	expect(s, OWN "support: none\n", "'because'");
	expect(s, OWN "pause: 20\n", ":7:8: ");
	expect(s, "vaka_device: 2\n", "'vaka_device' is another version, expected 1");
	expect(s, "vaka_device: 1\n", "lacks the key 'match'");
	expect(s, OWN "match: {}\n", "given again");
	expect(s, "{", "own.yaml");
	expect(s,
	       "vaka_device: 1\nlabel: \"Own\"\nkind: cuff\nmatch: {maker: [\"X\"]}\n"
	       "pairing: {sv: [\"Tryck.\"], en: [\"Press.\"]}\nsource: \"a site\"\n",
	       ":4:8: match fits no device");
	expect(s,
	       "vaka_device: 1\nlabel: \"Own\"\nkind: cuff\nmatch: {name: [\"X\"]}\nsource: "
	       "\"x\"\n",
	       "'pairing'");
}

static void name_that_is_no_id_is_a_mistake(void **state)
{
	struct site *s = *state;

	put(s, "bad name.yaml", OWN);
	assert_int_equal(load(s, SHIPPED), -EINVAL);
	assert_non_null(strstr(s->problems.text.text, "bad name.yaml"));
}

static void folders_that_are_not_there_hold_nothing(void **state)
{
	struct site *s = *state;

	assert_int_equal(load(s, "/nonexistent/devices.d"), 0);
	assert_int_equal(s->models.n, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(shipped_files_are_without_mistakes),      T(models_are_told_apart),
		T(text_of_a_person_finds_a_model),          cmocka_unit_test(globs),
		T(file_of_the_site_stands_in_for_ours),     T(new_model_is_a_file_and_a_vector),
		T(mistakes_are_named_by_their_place),       T(name_that_is_no_id_is_a_mistake),
		T(folders_that_are_not_there_hold_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
