/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar arithmetic without a clock: proleptic Gregorian dates, RFC 3339 texts, and a time zone
 * as a table of transitions, so that the core never asks the C library what time it is.
 */
#ifndef VAKA_BASE_CIVIL_H
#define VAKA_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

struct vk_civil {
	int16_t year;  /* 1582…9999 in everything a device sends */
	uint8_t month; /* 1…12 */
	uint8_t day;   /* 1…31, checked against the month */
	uint8_t hour, minute, second;
};

enum { VK_RFC3339_TEXT = 40, VK_ZONE_MAX = 160 };

struct vk_zone_transition {
	int64_t utc_s;    /* from this second on … */
	int32_t offset_s; /* … local time is UTC plus this */
};

/* A zone: transitions ascending. Before the first, the first one's offset holds. n 0 is UTC. */
struct vk_zone {
	char name[48];
	int n;
	struct vk_zone_transition transitions[VK_ZONE_MAX];
};

bool vk_civil_is_valid(const struct vk_civil *c);

/* Days since 1970-01-01 of a date. */
int32_t vk_civil_day(int year, int month, int day);
void vk_civil_from_day(int32_t day, struct vk_civil *ret_c); /* time fields become 0 */

/* Seconds since 1970-01-01T00:00:00 of a wall clock, read as if it were UTC. */
int64_t vk_civil_seconds(const struct vk_civil *c);
void vk_civil_from_seconds(int64_t seconds, struct vk_civil *ret_c);

/* Writes "2026-03-04T07:40:12" and a NUL: a device's own clock, without zone. */
void vk_civil_format(char out[VK_RFC3339_TEXT], const struct vk_civil *c);
/* Parses the same, exactly. 0 or -EINVAL. */
int vk_civil_parse(const char *text, struct vk_civil *ret_c);

/* Offset in force at a moment. */
int32_t vk_zone_offset_s(const struct vk_zone *zone, int64_t utc_s);

/*
 * The moment at which the local clock shows these seconds. In a gap (spring) the moment after the
 * gap that lies as far behind its start; of two (autumn) the first. clinical.md 3.1.
 */
int64_t vk_zone_utc_s(const struct vk_zone *zone, int64_t local_s);

/* Local calendar day (days since 1970-01-01) of a moment. */
int32_t vk_zone_day(const struct vk_zone *zone, int64_t utc_ms);

/* "2026-03-04T07:40:12+01:00" with the zone's offset (NULL: UTC, "Z"). Milliseconds only if not 0.
 */
void vk_rfc3339_format(char out[VK_RFC3339_TEXT], int64_t utc_ms, const struct vk_zone *zone);

/* Parses RFC 3339 with a mandatory offset, fraction to the ms. 0 or -EINVAL. */
int vk_rfc3339_parse(const char *text, int64_t *ret_utc_ms);

#endif
