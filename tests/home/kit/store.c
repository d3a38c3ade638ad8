/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See store.h. Files: "readings" (first line the counters, then one reading a line) and
 * "confirmed.log" (milliseconds since 1970, id, bytes).
 */
#include "store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "util.h"

#define READINGS "readings"
#define JOURNAL  "confirmed.log"
#define HEX_MAX  (2 * VK_VALUE_MAX + 1)
#define HEX_SCAN "%64s"

_Static_assert(HEX_MAX == 65, "HEX_SCAN reads a whole value");

static int parse_value(const char *hex, struct vk_value *v)
{
	int n = strcmp(hex, "-") == 0 ? 0 : vk_hex_decode(hex, v->byte, VK_VALUE_MAX);

	if (n < 0)
		return n;
	v->len = (uint8_t)n;
	return 0;
}

static int parse_reading(const char *line, struct vk_reading *r)
{
	char value[HEX_MAX];
	char context[HEX_MAX];
	int twice;
	int done;

	*r = (struct vk_reading){0};
	if (sscanf(line,
		   "%" SCNu32 " %" SCNx16 " %" SCNu16 " %" SCNd64 " %d %d " HEX_SCAN " " HEX_SCAN,
		   &r->id, &r->uuid, &r->seq, &r->wall_s, &twice, &done, value, context) != 8)
		return -EINVAL;
	r->twice = twice;
	r->done = done;
	return parse_value(value, &r->value) < 0 || parse_value(context, &r->context) < 0 ? -EINVAL
											  : 0;
}

static int parse_store(struct vk_store *s, char *text)
{
	char *save = NULL;
	char *line = strtok_r(text, "\n", &save);

	if (!line)
		return 0;
	if (sscanf(line, "%" SCNu32 " %" SCNu16, &s->next_id, &s->next_seq) != 2)
		return -EINVAL;
	while ((line = strtok_r(NULL, "\n", &save)) && s->count < VK_STORE_MAX) {
		if (parse_reading(line, &s->reading[s->count]) < 0)
			return -EINVAL;
		s->count++;
	}
	return 0;
}

/* A cut between journal and queue leaves a confirmed reading in the queue. */
static void drop_journalled(struct vk_store *s, char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const struct vk_reading *r;
		uint32_t id;

		if (sscanf(line, "%*d %" SCNu32 " ", &id) != 1)
			continue;
		r = vk_store_find(s, id);
		if (!r)
			continue;
		memmove(&s->reading[r - s->reading], r + 1,
			(size_t)(s->reading + s->count - (r + 1)) * sizeof(*r));
		s->count--;
	}
}

int vk_store_load(struct vk_store *s, const char *dir, bool queue)
{
	char *readings vk_auto(vk_free_text) = NULL;
	char *journal vk_auto(vk_free_text) = NULL;
	int rc;

	*s = (struct vk_store){.dir = dir, .next_id = 1, .next_seq = 1};
	rc = vk_file_read(dir, READINGS, &readings);
	if (rc == 0)
		rc = parse_store(s, readings);
	if (rc == 0 && queue)
		rc = vk_file_read(dir, JOURNAL, &journal);
	if (rc == 0 && queue)
		drop_journalled(s, journal);
	return rc;
}

static void print_hex(FILE *f, const struct vk_value *v)
{
	char hex[HEX_MAX];

	vk_hex_encode(v->byte, v->len, hex);
	fputs(v->len ? hex : "-", f);
}

int vk_store_save(const struct vk_store *s)
{
	char *text vk_auto(vk_free_text) = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	fprintf(f, "%" PRIu32 " %" PRIu16 "\n", s->next_id, s->next_seq);
	for (unsigned i = 0; i < s->count; i++) {
		const struct vk_reading *r = &s->reading[i];

		fprintf(f, "%" PRIu32 " %" PRIx16 " %" PRIu16 " %" PRId64 " %d %d ", r->id, r->uuid,
			r->seq, r->wall_s, r->twice, r->done);
		print_hex(f, &r->value);
		fputc(' ', f);
		print_hex(f, &r->context);
		fputc('\n', f);
	}
	if (fclose(f) != 0)
		return -ENOMEM;
	return vk_file_replace(s->dir, READINGS, text, len);
}

int vk_store_add(struct vk_store *s, const struct vk_reading *r, bool save, uint32_t *id)
{
	if (s->count == VK_STORE_MAX) {
		memmove(s->reading, s->reading + 1, (VK_STORE_MAX - 1) * sizeof(*r));
		s->count--;
	}
	s->reading[s->count] = *r;
	s->reading[s->count].id = *id = s->next_id++;
	s->count++;
	return save ? vk_store_save(s) : 0;
}

struct vk_reading *vk_store_find(struct vk_store *s, uint32_t id)
{
	for (unsigned i = 0; i < s->count; i++) {
		if (s->reading[i].id == id)
			return &s->reading[i];
	}
	return NULL;
}

struct vk_reading *vk_store_next(struct vk_store *s, bool newest_first)
{
	for (unsigned i = 0; i < s->count; i++) {
		struct vk_reading *r = &s->reading[newest_first ? s->count - 1 - i : i];

		if (!r->done || r->again)
			return r;
	}
	return NULL;
}

unsigned vk_store_waiting(const struct vk_store *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->count; i++)
		n += !s->reading[i].done || s->reading[i].again;
	return n;
}

void vk_store_out(struct vk_reading *r, const struct vk_value *said)
{
	r->out = true;
	r->said = *said;
}

static int journal_out(const struct vk_store *s, int64_t at_ms)
{
	char *text vk_auto(vk_free_text) = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	for (unsigned i = 0; i < s->count; i++) {
		const struct vk_reading *r = &s->reading[i];

		if (!r->out || r->done)
			continue;
		fprintf(f, "%" PRId64 " %" PRIu32 " ", at_ms, r->id);
		print_hex(f, &r->said);
		fputc('\n', f);
	}
	if (fclose(f) != 0)
		return -ENOMEM;
	return len ? vk_file_append(s->dir, JOURNAL, text, len) : 0;
}

int vk_store_confirm_out(struct vk_store *s, int64_t at_ms, bool keep)
{
	int rc = journal_out(s, at_ms);
	unsigned kept = 0;

	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < s->count; i++) {
		struct vk_reading r = s->reading[i];

		if (r.out && !r.twice && !keep)
			continue;
		if (r.out && !r.twice)
			r.done = true;
		r.again = r.again && !r.out;
		r.twice = r.twice && !r.out;
		r.out = false;
		s->reading[kept++] = r;
	}
	s->count = kept;
	return vk_store_save(s);
}

int vk_store_confirmed_json(const struct vk_store *s, FILE *out)
{
	char *text vk_auto(vk_free_text) = NULL;
	char *save = NULL;
	const char *comma = "";
	int rc = vk_file_read(s->dir, JOURNAL, &text);

	if (rc < 0)
		return rc;
	fputc('[', out);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char hex[HEX_MAX];
		uint32_t id;
		int64_t at;

		if (sscanf(line, "%" SCNd64 " %" SCNu32 " " HEX_SCAN, &at, &id, hex) != 3)
			continue;
		fprintf(out, "%s{\"id\":%" PRIu32 ",\"hex\":\"%s\",\"at\":%" PRId64 "}", comma, id,
			hex, at);
		comma = ",";
	}
	fputc(']', out);
	return 0;
}

void vk_store_json(const struct vk_store *s, FILE *out)
{
	fputc('[', out);
	for (unsigned i = 0; i < s->count; i++) {
		const struct vk_reading *r = &s->reading[i];

		fprintf(out,
			"%s{\"id\":%" PRIu32 ",\"uuid\":\"%" PRIx16 "\",\"seq\":%" PRIu16
			",\"hex\":\"",
			i ? "," : "", r->id, r->uuid, r->seq);
		print_hex(out, &r->value);
		fprintf(out, "\",\"done\":%s}", r->done ? "true" : "false");
	}
	fputc(']', out);
}
