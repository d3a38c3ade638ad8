/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of JSON that nearly every header has, read in one pass: objects, lists, texts of plain
 * ASCII without escapes, whole numbers, true, false and null, one blank where blanks are. Anything
 * else, and everything that is wrong, is left to the library, which is exact and a tenth as fast.
 */
#ifndef VAKA_PLUGIN_PLAIN_JSON_H
#define VAKA_PLUGIN_PLAIN_JSON_H

#include <jansson.h>

/*
 * What jansson would read with JSON_REJECT_DUPLICATES, at most so many objects and lists in each
 * other; owned by the caller. NULL: ask the library.
 */
json_t *vk_plain_json(const char *text, size_t len, int depth_max);

#endif
