/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything vakactl says to a person, in Swedish and English: sentences (messages.h) and the words
 * for codes that the hub sends. A code without words shows as itself, so that a new one is seen
 * and not lost. Static storage throughout.
 */
#ifndef VAKA_CTL_WORDS_H
#define VAKA_CTL_WORDS_H

#include "base/str.h"
#include "ctl/messages.h"

enum vk_lang { VK_SV, VK_EN };

#define VK_SAY_ENUM(name, sv, en) VK_SAY_##name,
enum vk_say { VK_MESSAGES(VK_SAY_ENUM) VK_N_SAY };
#undef VK_SAY_ENUM

/* Which codes: each group is a list of its own. */
enum vk_words {
	VK_WORDS_KIND,
	VK_WORDS_DEVICE_STATE,
	VK_WORDS_RADIO,
	VK_WORDS_CLOCK,
	VK_WORDS_PLUGIN,
	VK_WORDS_FAULT,
	VK_WORDS_ALERT_STATE,
	VK_WORDS_PRIORITY,
	VK_WORDS_CHECK_STATE,
	VK_WORDS_OUTCOME,
	VK_WORDS_REASON,
	VK_WORDS_WHOSE,
	VK_WORDS_NOTICE,
	VK_WORDS_ERROR,
	VK_WORDS_PAIRING,
	VK_WORDS_TEST,
	VK_WORDS_UNIT,
	VK_N_WORDS,
};

/* A code in words, and what a person does about it; in both {1} may stand for a device or object.
 */
struct vk_word {
	const char *code;
	const char *sv, *en;
	const char *do_sv, *do_en; /* NULL: nothing to do */
};

/* "sv_SE.UTF-8", "en", … ; NULL, "C" and anything else is Swedish. */
enum vk_lang vk_lang_of(const char *text);
/* Of this process: $VAKA_LANG (what --lang sets), $LC_ALL, $LC_MESSAGES, $LANG. */
enum vk_lang vk_lang_here(void);

const char *vk_say(enum vk_say what, enum vk_lang lang);
/* Appends a sentence with {1}, {2}, {3} filled in; NULL leaves nothing. */
void vk_say_add(struct vk_str *out, enum vk_lang lang, enum vk_say what, const char *first,
		const char *second, const char *third);

/* The words of a code, or the code; a code may be longer than its entry by "-…". */
const char *vk_word(enum vk_words group, const char *code, enum vk_lang lang);
/* What to do, or NULL. */
const char *vk_word_do(enum vk_words group, const char *code, enum vk_lang lang);
/* Appends a text with {1}, {2}, {3} filled in. */
void vk_fill(struct vk_str *out, const char *text, const char *first, const char *second,
	     const char *third);
/* For tests: the whole list, ended by a NULL code. */
const struct vk_word *vk_words_of(enum vk_words group);

#endif
