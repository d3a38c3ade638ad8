/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule that ends a TZif file, "CET-1CEST,M3.5.0,M10.5.0/3": offsets, and on which day of any
 * year the clock is set.
 */
#ifndef VAKA_CONF_TZRULE_H
#define VAKA_CONF_TZRULE_H

#include <stdbool.h>
#include <stdint.h>

struct vk_tz_day {
	enum { VK_TZ_MONTH_WEEK_DAY, VK_TZ_JULIAN_NO_LEAP, VK_TZ_DAY_OF_YEAR } form;
	int month, week, day; /* week 5 is the last; day is 0 Sunday, or of the year */
	int32_t at_s;         /* local time in force before, may be negative or beyond a day */
};

struct vk_tz_rule {
	int32_t standard_s, summer_s; /* local time is UTC plus this */
	bool has_summer;
	struct vk_tz_day start, end; /* of summer time */
};

/* Parses the whole text. 0 or -EINVAL. */
int vk_tz_rule_parse(const char *text, struct vk_tz_rule *ret_rule);

/* The moment at which the rule sets the clock in a year; before_s is the offset until then. */
int64_t vk_tz_day_utc_s(const struct vk_tz_day *day, int year, int32_t before_s);

#endif
