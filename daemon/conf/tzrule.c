/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX TZ rules: a little grammar of offsets and days, and the calendar that goes with it. */
#include "conf/tzrule.h"

#include <errno.h>
#include <string.h>

#include "base/civil.h"

enum { DAY_S = 86400 };

/* Up to three digits; -1 when there is none. */
static int number(const char **p)
{
	int value = 0, n = 0;

	for (; **p >= '0' && **p <= '9' && n < 3; (*p)++, n++)
		value = value * 10 + (**p - '0');
	return n ? value : -1;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int read_time(const char **p, int32_t *ret_s)
{
	int sign = **p == '-' ? -1 : 1, part[3] = {0};

	*p += **p == '-' || **p == '+';
	for (int i = 0; i < 3; i++) {
		part[i] = number(p);
		if (part[i] < 0 || part[i] > (i ? 59 : 167))
			return -EINVAL;
		if (**p != ':')
			break;
		(*p)++;
	}
	*ret_s = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
	return 0;
}

/* "CET" or "<+03>", not kept. */
static int skip_name(const char **p)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	bool is_quoted = **p == '<';
	const char *start;

	*p += is_quoted;
	start = *p;
	while (**p && (strchr(letters, **p) || (is_quoted && strchr("0123456789+-", **p))))
		(*p)++;
	if (*p - start < 3 || (is_quoted && **p != '>'))
		return -EINVAL;
	*p += is_quoted;
	return 0;
}

static int read_month_week_day(const char **p, struct vk_tz_day *day)
{
	day->form = VK_TZ_MONTH_WEEK_DAY;
	day->month = number(p);
	if (*(*p)++ != '.')
		return -EINVAL;
	day->week = number(p);
	if (*(*p)++ != '.')
		return -EINVAL;
	day->day = number(p);
	return day->month >= 1 && day->month <= 12 && day->week >= 1 && day->week <= 5 &&
			       day->day >= 0 && day->day <= 6
		       ? 0
		       : -EINVAL;
}

static int read_day(const char **p, struct vk_tz_day *day)
{
	int r = 0;

	if (*(*p)++ != ',')
		return -EINVAL;
	if (**p == 'M') {
		(*p)++;
		r = read_month_week_day(p, day);
	} else {
		day->form = **p == 'J' ? VK_TZ_JULIAN_NO_LEAP : VK_TZ_DAY_OF_YEAR;
		*p += **p == 'J';
		day->day = number(p);
		if (day->day < (day->form == VK_TZ_JULIAN_NO_LEAP) || day->day > 365)
			return -EINVAL;
	}
	day->at_s = 2 * 3600;
	if (r || **p != '/')
		return r;
	(*p)++;
	return read_time(p, &day->at_s);
}

int vk_tz_rule_parse(const char *text, struct vk_tz_rule *ret_rule)
{
	struct vk_tz_rule rule = {0};
	const char *p = text;

	if (skip_name(&p) || read_time(&p, &rule.standard_s))
		return -EINVAL;
	rule.standard_s = -rule.standard_s; /* POSIX counts westward */
	rule.has_summer = *p != '\0';
	if (rule.has_summer) {
		if (skip_name(&p))
			return -EINVAL;
		rule.summer_s = -rule.standard_s - 3600; /* when not given: one hour ahead */
		if (*p != ',' && read_time(&p, &rule.summer_s))
			return -EINVAL;
		rule.summer_s = -rule.summer_s;
		if (read_day(&p, &rule.start) || read_day(&p, &rule.end) || *p)
			return -EINVAL;
	}
	*ret_rule = rule;
	return 0;
}

static int32_t day_number(const struct vk_tz_day *day, int year)
{
	int32_t first = vk_civil_day(year, 1, 1);
	bool is_leap = vk_civil_day(year, 3, 1) - vk_civil_day(year, 2, 1) == 29;

	if (day->form == VK_TZ_DAY_OF_YEAR)
		return first + day->day;
	if (day->form == VK_TZ_JULIAN_NO_LEAP)
		return first + day->day - 1 + (is_leap && day->day >= 60);
	int32_t month = vk_civil_day(year, day->month, 1);
	int32_t next = day->month == 12 ? vk_civil_day(year + 1, 1, 1)
					: vk_civil_day(year, day->month + 1, 1);
	int weekday =
		(int)((month + 4) % 7); /* 1970-01-01 was a Thursday; years before are not asked */
	int32_t found = month + (day->day - weekday + 7) % 7 + (day->week - 1) * 7;

	return found >= next ? found - 7 : found;
}

int64_t vk_tz_day_utc_s(const struct vk_tz_day *day, int year, int32_t before_s)
{
	return (int64_t)day_number(day, year) * DAY_S + day->at_s - before_s;
}
