/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every sentence and word of vakactl is there in both languages, with the same holes to fill; and
 * every code that the core can send has words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "core/core.h"
#include "core/whose.h"
#include "ctl/words.h"

/* Bit i: {i} stands in the text. */
static int holes(const char *text)
{
	int set = 0;

	for (int i = 1; i <= 3; i++) {
		char hole[4];

		(void)snprintf(hole, sizeof hole, "{%d}", i);
		set |= strstr(text, hole) ? 1 << i : 0;
	}
	return set;
}

static void assert_pair(const char *sv, const char *en)
{
	assert_non_null(sv);
	assert_non_null(en);
	assert_true(sv[0] && en[0]);
	assert_true(vk_is_utf8(sv, strlen(sv)) && vk_is_utf8(en, strlen(en)));
	if (holes(sv) != holes(en))
		print_error("not the same holes: %s / %s\n", sv, en);
	assert_int_equal(holes(sv), holes(en));
}

static void sentences(void **state)
{
	(void)state;
	for (int i = 0; i < VK_N_SAY; i++)
		assert_pair(vk_say((enum vk_say)i, VK_SV), vk_say((enum vk_say)i, VK_EN));
}

static void words(void **state)
{
	(void)state;
	for (int g = 0; g < VK_N_WORDS; g++) {
		const struct vk_word *list = vk_words_of((enum vk_words)g);

		assert_non_null(list);
		for (const struct vk_word *w = list; w->code; w++) {
			assert_pair(w->sv, w->en);
			assert_int_equal(!w->do_sv, !w->do_en);
			if (w->do_sv)
				assert_pair(w->do_sv, w->do_en);
			for (const struct vk_word *other = list; other < w; other++)
				assert_string_not_equal(other->code, w->code);
		}
	}
}

static void assert_known(enum vk_words group, const char *code)
{
	char own[64]; /* no literal of the tables can stand at its place */

	assert_true(vk_copy(own, sizeof own, code));
	bool is_known = vk_word(group, own, VK_SV) != own;

	if (!is_known)
		print_error("no words for \"%s\"\n", code);
	assert_true(is_known);
}

static void codes_of_the_core(void **state)
{
	(void)state;
	for (int i = 0; i < VK_N_KINDS; i++)
		assert_known(VK_WORDS_KIND, vk_kind_text(i));
	for (int i = 0; i < VK_N_UNITS; i++)
		assert_known(VK_WORDS_UNIT, vk_unit_text(i));
	for (int i = 0; i < VK_N_WHOSE; i++)
		assert_known(VK_WORDS_WHOSE, vk_whose_text((enum vk_whose_reason)i));
	for (int i = VK_ALERT_RAISED; i <= VK_ALERT_CLOSED; i++)
		assert_known(VK_WORDS_ALERT_STATE, vk_alert_state_text((enum vk_alert_state)i));
	for (int i = VK_CHECK_PLANNED; i <= VK_CHECK_SKIPPED; i++)
		assert_known(VK_WORDS_CHECK_STATE, vk_check_state_text((enum vk_check_state)i));
	for (int i = VK_PRIORITY_LOW; i <= VK_PRIORITY_HIGH; i++)
		assert_known(VK_WORDS_PRIORITY, vk_priority_text((enum vk_priority)i));
}

/* A technician heals these by following the line: it must name the command. */
static void faults_of_a_device_name_the_command(void **state)
{
	static const char *const states[] = {"bond-lost", "unbonded"};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(states); i++)
		for (int lang = VK_SV; lang <= VK_EN; lang++)
			assert_non_null(strstr(
				vk_word_do(VK_WORDS_DEVICE_STATE, states[i], (enum vk_lang)lang),
				"vakactl pair --again {1}"));
}

static void unknown_codes_show_as_they_are(void **state)
{
	(void)state;
	assert_string_equal(vk_word(VK_WORDS_FAULT, "quake", VK_SV), "quake");
	assert_null(vk_word_do(VK_WORDS_FAULT, "quake", VK_SV));
	/* one of a device has the words of its kind, and only where a "-" follows */
	assert_string_equal(vk_word(VK_WORDS_FAULT, "reading-unreadable-00AA01010000", VK_EN),
			    vk_word(VK_WORDS_FAULT, "reading-unreadable", VK_EN));
	assert_string_equal(vk_word(VK_WORDS_FAULT, "radio-downward", VK_EN), "radio-downward");
	assert_string_equal(vk_word(VK_WORDS_ERROR, "not-found-here", VK_EN), "not-found-here");
}

static void assert_filled(const char *text, const char *wanted)
{
	vk_auto(vk_str_done) struct vk_str out = {0};

	vk_fill(&out, text, "one", "two", NULL);
	assert_string_equal(out.text ? out.text : "", wanted);
}

static void holes_are_filled(void **state)
{
	(void)state;
	assert_filled("", "");
	assert_filled("{1} and {2}", "one and two");
	assert_filled("{2}{1}{3}.", "twoone.");
	assert_filled("a {4} {x} {", "a {4} {x} {");
	assert_filled("{1", "{1");
}

static void language(void **state)
{
	(void)state;
	assert_int_equal(vk_lang_of("en"), VK_EN);
	assert_int_equal(vk_lang_of("en_GB.UTF-8"), VK_EN);
	assert_int_equal(vk_lang_of("sv_SE.UTF-8"), VK_SV);
	assert_int_equal(vk_lang_of("C.UTF-8"), VK_SV);
	assert_int_equal(vk_lang_of(NULL), VK_SV);
	(void)unsetenv("LC_ALL");
	(void)unsetenv("LC_MESSAGES");
	(void)setenv("LANG", "en_US.UTF-8", 1);
	(void)setenv("VAKA_LANG", "", 1);
	assert_int_equal(vk_lang_here(), VK_EN);
	(void)setenv("VAKA_LANG", "sv", 1);
	assert_int_equal(vk_lang_here(), VK_SV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences),
		cmocka_unit_test(words),
		cmocka_unit_test(codes_of_the_core),
		cmocka_unit_test(faults_of_a_device_name_the_command),
		cmocka_unit_test(unknown_codes_show_as_they_are),
		cmocka_unit_test(holes_are_filled),
		cmocka_unit_test(language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
