/* SPDX-License-Identifier: Apache-2.0 */
/* "v1", then words of a letter and its numbers; a word that is not known is passed over. */
#include "memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { END_SIZE = 8 }; /* bytes of the hash of a record */

void vk_memory_format(char out[VK_MEMORY_TEXT], const struct vk_memory *memory)
{
	char *end = out + VK_MEMORY_TEXT;
	char *p = out + snprintf(out, VK_MEMORY_TEXT, "v1");

	if (memory->mark.is_known)
		p += snprintf(p, (size_t)(end - p), " c%" PRId64 ",%" PRId64 ",%" PRId64,
			      memory->mark.utc_s, memory->mark.wall_s, memory->mark.device_s);
	if (memory->is_reversed)
		p += snprintf(p, (size_t)(end - p), " r");
	if (memory->has_newest)
		p += snprintf(p, (size_t)(end - p), " n%" PRId64, memory->newest_s);
	if (memory->has_newest && memory->has_newest_number)
		p += snprintf(p, (size_t)(end - p), " q%" PRIu16, memory->newest_number);
	if (memory->ends.has_first)
		p += snprintf(p, (size_t)(end - p), " f%016" PRIx64, memory->ends.first);
	if (memory->ends.has_last)
		p += snprintf(p, (size_t)(end - p), " l%016" PRIx64, memory->ends.last);
	if (memory->has_hash) {
		p += snprintf(p, (size_t)(end - p), " h");
		vk_hex_format(p, memory->hash, VK_HASH_SIZE);
	}
}

/* Seconds that a clock can show: the years 1582 to 9999. */
static bool is_time(int64_t s)
{
	return s >= INT64_C(-12244089600) && s <= INT64_C(253402300799);
}

static bool parse_end(const char *word, char letter, uint64_t *ret_end)
{
	uint8_t bytes[END_SIZE + 1];

	if (word[0] != letter || vk_hex_parse(word + 1, bytes, sizeof bytes) != END_SIZE)
		return false;
	*ret_end = 0;
	for (int i = 0; i < END_SIZE; i++)
		*ret_end = *ret_end << 8 | bytes[i];
	return true;
}

static void parse_word(const char *word, struct vk_memory *m)
{
	struct vk_clock_mark mark = {.is_known = true};
	uint8_t hash[VK_HASH_SIZE + 1];
	int64_t newest_s;
	unsigned number;

	if (sscanf(word, "c%" SCNd64 ",%" SCNd64 ",%" SCNd64, &mark.utc_s, &mark.wall_s,
		   &mark.device_s) == 3) {
		if (is_time(mark.utc_s) && is_time(mark.wall_s) && is_time(mark.device_s))
			m->mark = mark;
	} else if (strcmp(word, "r") == 0) {
		m->is_reversed = true;
	} else if (sscanf(word, "n%" SCNd64, &newest_s) == 1 && is_time(newest_s)) {
		m->has_newest = true;
		m->newest_s = newest_s;
	} else if (sscanf(word, "q%u", &number) == 1 && number <= UINT16_MAX) {
		m->has_newest_number = true;
		m->newest_number = (uint16_t)number;
	} else if (parse_end(word, 'f', &m->ends.first)) {
		m->ends.has_first = true;
	} else if (parse_end(word, 'l', &m->ends.last)) {
		m->ends.has_last = true;
	} else if (word[0] == 'h' && vk_hex_parse(word + 1, hash, sizeof hash) == VK_HASH_SIZE) {
		m->has_hash = true;
		memcpy(m->hash, hash, VK_HASH_SIZE);
	}
}

void vk_memory_parse(const char *text, struct vk_memory *ret_memory)
{
	char copy[VK_MEMORY_TEXT], *at = NULL;

	*ret_memory = (struct vk_memory){0};
	if (strncmp(text, "v1", 2) != 0 || strlen(text) >= sizeof copy)
		return;
	memcpy(copy, text, strlen(text) + 1);
	for (char *word = strtok_r(copy, " ", &at); word; word = strtok_r(NULL, " ", &at))
		parse_word(word, ret_memory);
}
