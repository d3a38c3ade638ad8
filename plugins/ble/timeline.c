/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First the meters that keep a base time and put a change into the offset: their change is undone.
 * Then no change, one change, or several, the simplest that contradicts nothing.
 */
#include "timeline.h"

#include <stddef.h>

enum { DAY_S = 86400, MINUTE_S = 60 };

static const char *const by_texts[] = {
	[VK_BY_WALL] = "",
	[VK_BY_READ] = "read",
	[VK_BY_KEPT] = "kept",
	[VK_BY_EITHER] = "either",
	[VK_BY_NEIGHBOURS] = "neighbours",
	[VK_BY_NOTHING] = "nothing",
};

const char *vk_placed_by_text(enum vk_placed_by by)
{
	return (unsigned)by < sizeof by_texts / sizeof by_texts[0] ? by_texts[by] : "";
}

static int64_t size_of(int64_t difference)
{
	return difference < 0 ? -difference : difference;
}

static int64_t utc_shift(const struct vk_clock_mark *mark)
{
	return mark->utc_s - mark->device_s;
}

static int64_t wall_shift(const struct vk_clock_mark *mark)
{
	return mark->wall_s - mark->device_s;
}

static int64_t days_between(const struct vk_timeline *t)
{
	return size_of(t->now_utc_s - t->before.utc_s) / DAY_S;
}

static int64_t slack_of(const struct vk_timeline *t)
{
	return VK_TIMELINE_SLACK_S +
	       (t->before.is_known ? VK_TIMELINE_DRIFT_S * days_between(t) : 0);
}

static void put(struct vk_moment *m, enum vk_placed_by by, int64_t shift_s, int64_t uncertainty_s)
{
	m->by = by;
	m->utc_s = m->device_s + shift_s;
	m->uncertainty_s = uncertainty_s;
}

/* ---- offsets in the records themselves ---- */

static int next_timed(const struct vk_moment *m, int n, int from)
{
	while (from < n && !m[from].has_time)
		from++;
	return from;
}

/* The base times must not fall: else the offset is not what the meter says it is. */
static bool keeps_base(const struct vk_moment *m, int n, int32_t *ret_first, int32_t *ret_last)
{
	int64_t base_s = INT64_MIN;

	for (int i = next_timed(m, n, 0); i < n; i = next_timed(m, n, i + 1)) {
		int64_t this_s = m[i].device_s - (int64_t)m[i].offset_min * MINUTE_S;

		if (this_s < base_s)
			return false;
		if (base_s == INT64_MIN)
			*ret_first = m[i].offset_min;
		base_s = this_s;
		*ret_last = m[i].offset_min;
	}
	return base_s != INT64_MIN;
}

/* Adds what takes the offset each record has to the newest one's; -1 takes it off again. */
static void level_offsets(struct vk_moment *m, int n, int32_t last_offset, int sign)
{
	for (int i = next_timed(m, n, 0); i < n; i = next_timed(m, n, i + 1))
		m[i].device_s += sign * ((int64_t)last_offset - m[i].offset_min) * MINUTE_S;
}

/* ---- no change, or one ---- */

static bool is_rising(const struct vk_moment *m, int n)
{
	int64_t last_s = INT64_MIN;

	for (int i = next_timed(m, n, 0); i < n; i = next_timed(m, n, i + 1)) {
		if (m[i].device_s < last_s)
			return false;
		last_s = m[i].device_s;
	}
	return true;
}

static void put_all(struct vk_moment *m, int n, enum vk_placed_by by, int64_t shift_s,
		    int64_t uncertainty_s)
{
	for (int i = next_timed(m, n, 0); i < n; i = next_timed(m, n, i + 1))
		put(&m[i], by, shift_s, uncertainty_s);
}

/* Whether the change can lie just before record p: nothing falls, nothing is impossible. */
static bool can_change_at(const struct vk_timeline *t, const struct vk_moment *m, int n, int p)
{
	int64_t slack = slack_of(t), last_s = INT64_MIN;

	for (int i = next_timed(m, n, 0); i < n; i = next_timed(m, n, i + 1)) {
		const struct vk_clock_mark *mark = i < p ? &t->before : &t->now;
		int64_t utc_s = m[i].device_s + utc_shift(mark);

		if (utc_s < last_s || utc_s > t->now_utc_s + slack ||
		    (i >= p && utc_s < t->before.utc_s - slack))
			return false;
		last_s = utc_s;
	}
	return true;
}

/* Of all places only those can do where the falls are, or, without a fall, any. */
static bool first_fall(const struct vk_moment *m, int n, int *ret_at)
{
	int64_t last_s = INT64_MIN;

	for (int i = next_timed(m, n, 0); i < n; i = next_timed(m, n, i + 1)) {
		if (m[i].device_s < last_s) {
			*ret_at = i;
			return true;
		}
		last_s = m[i].device_s;
	}
	return false;
}

/* The first and the last place that can be; false: none. */
static bool find_change(const struct vk_timeline *t, const struct vk_moment *m, int n,
			int *ret_first, int *ret_last)
{
	int low = 0, high = n;

	if (first_fall(m, n, &low)) {
		*ret_first = *ret_last = low;
		return can_change_at(t, m, n, low);
	}
	/* Each bound holds for a whole side of the places, so both ends are found by walking in. */
	while (low < n && !can_change_at(t, m, n, low))
		low++;
	while (high > low && !can_change_at(t, m, n, high))
		high--;
	*ret_first = low;
	*ret_last = high;
	return can_change_at(t, m, n, low);
}

static bool place_one_change(const struct vk_timeline *t, struct vk_moment *m, int n)
{
	int64_t kept_s = utc_shift(&t->before), read_s = utc_shift(&t->now);
	int64_t drift_s = VK_TIMELINE_JITTER_S + VK_TIMELINE_DRIFT_S * days_between(t);
	int first, last;

	if (!find_change(t, m, n, &first, &last))
		return false;
	for (int i = next_timed(m, n, 0); i < n; i = next_timed(m, n, i + 1)) {
		if (i < first)
			put(&m[i], VK_BY_KEPT, kept_s, drift_s);
		else if (i >= last)
			put(&m[i], VK_BY_READ, read_s, VK_TIMELINE_JITTER_S);
		else
			put(&m[i], VK_BY_EITHER, read_s + (kept_s - read_s) / 2,
			    size_of(kept_s - read_s) / 2 + drift_s);
	}
	return true;
}

/* ---- several ---- */

/* The records from first to last rise: one clock, one shift. */
struct stretch {
	int first, last;
};

static struct stretch stretch_before(const struct vk_moment *m, int end)
{
	struct stretch s = {.first = end, .last = end};

	for (int i = end - 1; i >= 0; i--) {
		if (!m[i].has_time)
			continue;
		if (m[i].device_s > m[s.first].device_s)
			break;
		s.first = i;
	}
	return s;
}

static void put_stretch(struct vk_moment *m, struct stretch s, enum vk_placed_by by,
			int64_t shift_s, int64_t uncertainty_s)
{
	for (int i = s.first; i <= s.last; i++)
		if (m[i].has_time)
			put(&m[i], by, shift_s, uncertainty_s);
}

/* From the newest stretch, which the clock just read may hold, back to the oldest. */
static void bound_above(const struct vk_timeline *t, struct vk_moment *m, int n)
{
	int64_t bound_s = t->now_utc_s;
	bool is_held = t->now.is_known;

	for (int last = n - 1; last >= 0;) {
		struct stretch s;

		if (!m[last].has_time) {
			last--;
			continue;
		}
		s = stretch_before(m, last);
		is_held = is_held && m[last].device_s <= t->now.device_s + VK_TIMELINE_SLACK_S;
		if (is_held)
			put_stretch(m, s, VK_BY_READ, utc_shift(&t->now), VK_TIMELINE_JITTER_S);
		else
			put_stretch(m, s, VK_BY_NOTHING, bound_s - m[last].device_s,
				    VK_TIMELINE_UNKNOWN_S);
		is_held = false;
		bound_s = m[s.first].utc_s;
		last = s.first - 1;
	}
}

static struct stretch stretch_after(const struct vk_moment *m, int n, int first)
{
	struct stretch s = {.first = first, .last = first};

	for (int i = next_timed(m, n, first + 1); i < n; i = next_timed(m, n, i + 1)) {
		if (m[i].device_s < m[s.last].device_s)
			break;
		s.last = i;
	}
	return s;
}

/* A stretch that now ends as late as it can, moved to where it is known or may be. */
static void settle_stretch(const struct vk_timeline *t, struct vk_moment *m, struct stretch s,
			   int64_t floor_s)
{
	int64_t latest_s = m[s.first].utc_s - m[s.first].device_s;
	int64_t kept_s = utc_shift(&t->before), room_s;

	if (floor_s == INT64_MIN) {
		if (t->before.is_known && kept_s <= latest_s + VK_TIMELINE_SLACK_S)
			put_stretch(m, s, VK_BY_KEPT, kept_s,
				    VK_TIMELINE_JITTER_S + VK_TIMELINE_DRIFT_S * days_between(t));
		return;
	}
	room_s = m[s.first].utc_s - floor_s;
	put_stretch(m, s, VK_BY_NEIGHBOURS, latest_s - room_s / 2,
		    size_of(room_s) / 2 + VK_TIMELINE_JITTER_S);
}

/* What is before a stretch says how early it can be. */
static void bound_below(const struct vk_timeline *t, struct vk_moment *m, int n)
{
	int64_t floor_s = INT64_MIN;

	for (int i = next_timed(m, n, 0); i < n;) {
		struct stretch s = stretch_after(m, n, i);

		if (m[i].by == VK_BY_NOTHING)
			settle_stretch(t, m, s, floor_s);
		if (m[i].by != VK_BY_NOTHING)
			floor_s = m[s.last].utc_s;
		i = next_timed(m, n, s.last + 1);
	}
}

/* ---- records without a time ---- */

static void place_timeless(const struct vk_timeline *t, struct vk_moment *m, int n)
{
	const struct vk_moment *before = NULL;

	for (int i = 0; i < n; i++) {
		int next = next_timed(m, n, i);
		bool is_held;
		int64_t high_s, low_s;

		if (m[i].has_time) {
			before = m[i].by == VK_BY_NOTHING ? NULL : &m[i];
			continue;
		}
		is_held = before && (next == n || m[next].by != VK_BY_NOTHING);
		if (!is_held || before->by == VK_BY_WALL) {
			m[i].by = VK_BY_NOTHING;
			m[i].uncertainty_s = VK_TIMELINE_UNKNOWN_S;
			continue;
		}
		low_s = before->utc_s - before->uncertainty_s;
		high_s = next == n ? t->now_utc_s : m[next].utc_s + m[next].uncertainty_s;
		m[i].by = VK_BY_NEIGHBOURS;
		m[i].device_s = m[i].utc_s = low_s + (high_s - low_s) / 2;
		m[i].uncertainty_s = size_of(high_s - low_s) / 2 + 1;
	}
}

/* ---- the choice ---- */

static void place_timed(const struct vk_timeline *t, struct vk_moment *m, int n)
{
	bool has_both = t->before.is_known && t->now.is_known;
	int64_t wall_s = has_both ? size_of(wall_shift(&t->before) - wall_shift(&t->now)) : 0;
	int64_t utc_s = has_both ? size_of(utc_shift(&t->before) - utc_shift(&t->now)) : 0;

	if (is_rising(m, n) && wall_s <= slack_of(t)) {
		put_all(m, n, VK_BY_WALL, t->now_utc_s - t->now_wall_s, wall_s);
	} else if (is_rising(m, n) && utc_s <= slack_of(t)) {
		/* The wall went to or from summer time, the device did not. */
		put_all(m, n, VK_BY_READ, utc_shift(&t->now), utc_s + VK_TIMELINE_JITTER_S);
	} else if (!has_both || !place_one_change(t, m, n)) {
		bound_above(t, m, n);
		bound_below(t, m, n);
	}
}

/* What was levelled is no longer what the device shows: the wall says nothing about it. */
static void take_off_the_wall(const struct vk_timeline *t, struct vk_moment *m, int n)
{
	for (int i = next_timed(m, n, 0); i < n; i = next_timed(m, n, i + 1))
		if (m[i].by == VK_BY_WALL && t->now.is_known)
			put(&m[i], VK_BY_READ, utc_shift(&t->now), VK_TIMELINE_JITTER_S);
		else if (m[i].by == VK_BY_WALL)
			put(&m[i], VK_BY_KEPT, t->now_utc_s - t->now_wall_s,
			    VK_TIMELINE_UNCHECKED_S);
}

void vk_timeline_place(const struct vk_timeline *t, struct vk_moment *moments, int n)
{
	int32_t first = 0, last = 0;
	bool is_levelled = keeps_base(moments, n, &first, &last) && first != last;

	if (is_levelled)
		level_offsets(moments, n, last, 1);
	place_timed(t, moments, n);
	if (is_levelled)
		take_off_the_wall(t, moments, n);
	place_timeless(t, moments, n);
	if (is_levelled)
		level_offsets(moments, n, last, -1);
}
