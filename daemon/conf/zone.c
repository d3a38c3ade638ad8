/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TZif: a first block with 32-bit times that is skipped, a second with 64-bit times, a footer with
 * the rule for all later years. Every size in the header is checked against what is there.
 */
#include "conf/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "conf/tzrule.h"

#define ZONE_DIR   "/usr/share/zoneinfo/"
#define KEPT_SINCE INT64_C(1577836800) /* 2020-01-01: no device time is older */

enum {
	HEADER = 44,
	FILE_MAX = 64 * 1024,
	LAST_YEAR = 2060,
	FOOTER_MAX = 80,
	OFFSET_MAX_S = 26 * 3600
};

/* The six counts of a header, and where the block's parts begin. */
struct block {
	const uint8_t *data;
	uint32_t n_times, n_types, n_chars, n_leaps, n_std, n_ut;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static size_t block_size(const struct block *b, size_t time_size)
{
	return b->n_times * (time_size + 1) + (size_t)b->n_types * 6 + b->n_chars +
	       b->n_leaps * (time_size + 4) + b->n_std + b->n_ut;
}

/* Reads the header at p; 0 or -EBADMSG. Counts are bounded so that sizes cannot overflow. */
static int read_header(const uint8_t *p, const uint8_t *end, struct block *ret_block)
{
	if (end - p < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return -EBADMSG;
	*ret_block = (struct block){
		.data = p + HEADER,
		.n_ut = be32(p + 20),
		.n_std = be32(p + 24),
		.n_leaps = be32(p + 28),
		.n_times = be32(p + 32),
		.n_types = be32(p + 36),
		.n_chars = be32(p + 40),
	};
	for (int i = 20; i < HEADER; i += 4)
		if (be32(p + i) > FILE_MAX)
			return -EBADMSG;
	return ret_block->n_types ? 0 : -EBADMSG;
}

/* Moments must rise; before what we keep, only the latest offset counts. */
static int add(struct vk_zone *zone, int64_t utc_s, int32_t offset_s)
{
	struct vk_zone_transition *last = zone->n ? &zone->transitions[zone->n - 1] : NULL;

	if (offset_s < -OFFSET_MAX_S || offset_s > OFFSET_MAX_S || (last && utc_s <= last->utc_s))
		return -EBADMSG;
	if (last && last->offset_s == offset_s)
		return 0;
	if (last && utc_s <= KEPT_SINCE) {
		*last = (struct vk_zone_transition){utc_s, offset_s};
		return 0;
	}
	if (zone->n == VK_ZONE_MAX)
		return -ENOSPC;
	zone->transitions[zone->n++] = (struct vk_zone_transition){utc_s, offset_s};
	return 0;
}

static int add_stored(const struct block *b, struct vk_zone *zone)
{
	const uint8_t *types = b->data + (size_t)b->n_times * 8;
	const uint8_t *infos = types + b->n_times;
	int r = b->n_times ? 0 : add(zone, INT64_MIN, (int32_t)be32(infos));

	for (uint32_t i = 0; i < b->n_times && !r; i++) {
		if (types[i] >= b->n_types)
			return -EBADMSG;
		r = add(zone, be64(b->data + (size_t)i * 8),
			(int32_t)be32(infos + (size_t)types[i] * 6));
	}
	return r;
}

/* The two transitions of a year, in the order in which they come. */
static int add_year(const struct vk_tz_rule *rule, int year, int64_t after_s, struct vk_zone *zone)
{
	int64_t start = vk_tz_day_utc_s(&rule->start, year, rule->standard_s);
	int64_t end = vk_tz_day_utc_s(&rule->end, year, rule->summer_s);
	int r = 0;

	for (int i = 0; i < 2 && !r; i++) {
		bool is_start = (start < end) == (i == 0);
		int64_t utc_s = is_start ? start : end;

		if (utc_s > after_s)
			r = add(zone, utc_s, is_start ? rule->summer_s : rule->standard_s);
	}
	return r;
}

static int add_ruled(const char *text, int64_t after_s, struct vk_zone *zone)
{
	struct vk_tz_rule rule;
	int r = vk_tz_rule_parse(text, &rule);

	if (r)
		return -EBADMSG;
	if (!rule.has_summer)
		return zone->n ? 0 : add(zone, INT64_MIN, rule.standard_s);
	for (int year = 2019; year <= LAST_YEAR && !r; year++)
		r = add_year(&rule, year, after_s, zone);
	return r;
}

/* "\n<rule>\n" at the end of the file. An empty rule says nothing about later years. */
static int read_footer(const uint8_t *p, const uint8_t *end, char out[FOOTER_MAX])
{
	size_t len = (size_t)(end - p);

	if (len < 2 || *p != '\n' || end[-1] != '\n' || len - 2 >= FOOTER_MAX)
		return -EBADMSG;
	memcpy(out, p + 1, len - 2);
	out[len - 2] = '\0';
	return 0;
}

int vk_zone_parse(const void *bytes, size_t len, struct vk_zone *ret_zone)
{
	const uint8_t *p = bytes, *end = p + len;
	struct vk_zone zone = {0};
	char footer[FOOTER_MAX];
	int64_t last_s = INT64_MIN;
	struct block b;
	int r = read_header(p, end, &b);

	if (r || (size_t)(end - b.data) < block_size(&b, 4))
		return -EBADMSG;
	r = read_header(b.data + block_size(&b, 4), end, &b);
	if (r || (size_t)(end - b.data) < block_size(&b, 8))
		return -EBADMSG;
	r = read_footer(b.data + block_size(&b, 8), end, footer);
	if (!r)
		r = add_stored(&b, &zone);
	if (b.n_times)
		last_s = be64(b.data + (size_t)(b.n_times - 1) * 8);
	if (!r && footer[0])
		r = add_ruled(footer, last_s, &zone);
	if (r)
		return r;
	if (zone.n == 1 && zone.transitions[0].offset_s == 0)
		zone.n = 0; /* UTC */
	*ret_zone = zone;
	return 0;
}

static bool is_zone_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_+-/";
	size_t n = strspn(name, letters);

	return n && !name[n] && n < sizeof(((struct vk_zone *)0)->name) && name[0] != '/' &&
	       name[n - 1] != '/';
}

int vk_zone_load(const char *name, struct vk_zone *ret_zone, void *user)
{
	vk_auto(vk_freep) uint8_t *bytes = malloc(FILE_MAX);
	char path[128];
	ssize_t n;
	int r;

	(void)user;
	if (!is_zone_name(name))
		return -EINVAL;
	if (!bytes)
		return -ENOMEM;
	(void)snprintf(path, sizeof path, ZONE_DIR "%s", name);
	vk_auto(vk_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	n = read(fd, bytes, FILE_MAX);
	if (n < 0)
		return -errno;
	r = vk_zone_parse(bytes, (size_t)n, ret_zone);
	if (!r)
		(void)vk_copy(ret_zone->name, sizeof ret_zone->name, name);
	return r;
}
