/* SPDX-License-Identifier: Apache-2.0 */
/* A context record lies where its measurement lies: same number, placed along with it. */
#include "records.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/err.h"
#include "profiles/profile.h"

enum { OFFSET_FLAG = 1, OFFSET_AT = 10 };

struct place {
	struct vk_record *record;
	struct vk_moment moment;
	int at; /* arrival, so that equal numbers keep their order */
};

static bool is_main(const struct vk_record *record)
{
	return record->uuid != VK_UUID_GLUCOSE_CONTEXT;
}

int64_t vk_record_device_s(const struct vk_record *record, const struct vk_quirks *quirks)
{
	struct vk_decode_error error;
	struct vk_decoded d;

	if (vk_profile_decode(record->uuid, quirks, record->raw, record->len, &d, &error) < 0 ||
	    d.time_state != VK_TIME_KNOWN || vk_decoded_has(&d, VK_FLAG_TIME_FAULT) ||
	    vk_decoded_has(&d, VK_FLAG_DEVICE_CLOCK_NOT_SET))
		return VK_RECORDS_NO_TIME;
	return vk_civil_seconds(&d.device_time);
}

/* The offset of a glucose record, which a good meter changes instead of its base time. */
static int32_t offset_min(const struct vk_record *record)
{
	if (record->uuid != VK_UUID_GLUCOSE || !(record->raw[0] & OFFSET_FLAG) ||
	    record->len < OFFSET_AT + 2)
		return 0;
	return (int16_t)vk_get_le16(record->raw + OFFSET_AT);
}

static int by_sequence(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->record->sequence != y->record->sequence)
		return x->record->sequence < y->record->sequence ? -1 : 1;
	return x->at - y->at;
}

static int collect(struct vk_transfer *t, const struct vk_quirks *quirks, struct place *places)
{
	int n = 0;

	for (int i = 0; i < t->n; i++) {
		struct place *p = &places[n];
		int64_t device_s;

		if (!is_main(&t->records[i]))
			continue;
		device_s = vk_record_device_s(&t->records[i], quirks);
		*p = (struct place){.record = &t->records[i], .at = i};
		p->moment = (struct vk_moment){
			.has_time = device_s != VK_RECORDS_NO_TIME,
			.device_s = device_s == VK_RECORDS_NO_TIME ? 0 : device_s,
			.offset_min = offset_min(&t->records[i]),
		};
		n++;
	}
	qsort(places, (size_t)n, sizeof *places, by_sequence);
	return n;
}

static void reverse(struct place *places, int n)
{
	for (int i = 0; i < n / 2; i++) {
		struct place other = places[i];

		places[i] = places[n - 1 - i];
		places[n - 1 - i] = other;
	}
}

static bool is_unchanged(const struct vk_timeline *line)
{
	int64_t before_s = line->before.wall_s - line->before.device_s;
	int64_t now_s = line->now.wall_s - line->now.device_s;

	return line->before.is_known && line->now.is_known &&
	       before_s - now_s <= VK_TIMELINE_SLACK_S && now_s - before_s <= VK_TIMELINE_SLACK_S;
}

/* -1, 1: the times of all of them fall, or rise, in the order of the numbers; 0: neither. */
static int direction(const struct place *places, int n)
{
	int way = 0;

	for (int i = 1; i < n; i++) {
		int64_t a = places[i - 1].moment.device_s, b = places[i].moment.device_s;
		int step = b < a ? -1 : b > a;

		if (places[i].record->sequence == places[i - 1].record->sequence)
			continue; /* asked for twice */
		if (!places[i].moment.has_time || !places[i - 1].moment.has_time || !step ||
		    (way && step != way))
			return 0;
		way = step;
	}
	return way;
}

/* Three that only fall are no jump of a clock any more; nor are two by a clock that never jumped.
 */
static bool is_telling(const struct vk_timeline *line, int n)
{
	return n >= 3 || (n == 2 && is_unchanged(line));
}

static void take(struct place *p)
{
	p->record->is_placed = true;
	p->record->by = (uint8_t)p->moment.by;
	p->record->uncertainty_s = p->moment.uncertainty_s;
	p->record->utc_s = p->moment.utc_s;
}

static int64_t newest_s(const struct place *places, int n)
{
	for (int i = n - 1; i >= 0; i--)
		if (places[i].moment.has_time)
			return places[i].moment.device_s;
	return VK_RECORDS_NO_TIME;
}

/*
 * A new number on what is not new, or the newest number on what is not the newest. Equal times say
 * nothing of a new number: many meters show no seconds, and a person measures twice in a minute.
 */
static bool is_under_a_wrong_number(const struct vk_transfer *t, const struct vk_record *record,
				    int64_t device_s, int64_t newest_s)
{
	if (newest_s == VK_RECORDS_NO_TIME || device_s == VK_RECORDS_NO_TIME)
		return false;
	if (t->ask == VK_ASK_NEWEST && record->sequence < t->last)
		return device_s <= newest_s;
	return (record->sequence > t->last || t->ask == VK_ASK_NEWEST) && device_s < newest_s;
}

/* New numbers whose times rise are a device's that counts forward, whatever its clock did before.
 */
static bool new_ones_rise(const struct vk_transfer *t, const struct vk_quirks *quirks)
{
	const struct vk_record *before = NULL;

	for (int i = 0; i < t->n; i++) {
		const struct vk_record *record = &t->records[i];

		if (!is_main(record) || record->sequence <= t->last)
			continue;
		if (before && record->sequence > before->sequence &&
		    vk_record_device_s(record, quirks) > vk_record_device_s(before, quirks))
			return true;
		before = record;
	}
	return false;
}

bool vk_records_are_renumbered(const struct vk_transfer *t, const struct vk_timeline *line,
			       const struct vk_quirks *quirks, int64_t newest_s)
{
	if (newest_s == VK_RECORDS_NO_TIME || vk_transfer_is_reversed(t) || t->last < 0 ||
	    !is_unchanged(line) || new_ones_rise(t, quirks))
		return false;
	for (int i = 0; i < t->n; i++) {
		const struct vk_record *record = &t->records[i];

		if (is_main(record) && !offset_min(record) &&
		    is_under_a_wrong_number(t, record, vk_record_device_s(record, quirks),
					    newest_s))
			return true;
	}
	return false;
}

int vk_records_place(struct vk_transfer *t, const struct vk_timeline *line,
		     const struct vk_quirks *quirks, int64_t *ret_newest_s)
{
	vk_auto(vk_freep) struct place *places = NULL;
	vk_auto(vk_freep) struct vk_moment *moments = NULL;
	size_t room = t->n > 0 ? (size_t)t->n : 1;
	int n, way;

	*ret_newest_s = VK_RECORDS_NO_TIME;
	places = calloc(room, sizeof *places);
	moments = calloc(room, sizeof *moments);
	if (!places || !moments)
		return -ENOMEM;
	n = collect(t, quirks, places);
	way = is_telling(line, n) ? direction(places, n) : 0;
	/* What the meter answers tells more than times, which fall with each new battery. */
	if (vk_transfer_grows_at_end(t))
		way = 1;
	if (way < 0)
		t->history = VK_HISTORY_REVERSED;
	t->is_order_guessed = vk_transfer_is_reversed(t) && !way &&
			      !vk_has_quirk(quirks, VK_QUIRK_SEQUENCE_REVERSED);
	/* Once it has counted backwards its numbers are not trusted again, but its clock is. */
	if (vk_transfer_is_reversed(t) && way <= 0)
		reverse(places, n);
	for (int i = 0; i < n; i++)
		moments[i] = places[i].moment;
	vk_timeline_place(line, moments, n);
	for (int i = 0; i < n; i++) {
		places[i].moment = moments[i];
		take(&places[i]);
	}
	*ret_newest_s = newest_s(places, n);
	vk_transfer_release(t);
	return 0;
}

static const struct vk_record *highest(const struct vk_transfer *t)
{
	const struct vk_record *high = NULL;

	for (int i = 0; i < t->n; i++)
		if (is_main(&t->records[i]) && (!high || t->records[i].sequence >= high->sequence))
			high = &t->records[i];
	return high;
}

int64_t vk_records_newest_s(const struct vk_transfer *t, const struct vk_quirks *quirks)
{
	const struct vk_record *newest = highest(t);

	return newest ? vk_record_device_s(newest, quirks) : VK_RECORDS_NO_TIME;
}

int32_t vk_records_number_of(const struct vk_transfer *t, const struct vk_quirks *quirks,
			     int64_t newest_s)
{
	const struct vk_record *newest = highest(t);

	if (!newest || newest_s == VK_RECORDS_NO_TIME || vk_transfer_is_reversed(t) ||
	    vk_record_device_s(newest, quirks) != newest_s)
		return -1;
	return newest->sequence;
}

bool vk_records_are_restarted(const struct vk_transfer *t, const struct vk_quirks *quirks,
			      int32_t newest_number, int64_t newest_s)
{
	const struct vk_record *newest = highest(t);
	int64_t device_s;

	if (t->ask != VK_ASK_NEWEST || !newest || newest->sequence != newest_number ||
	    newest_s == VK_RECORDS_NO_TIME)
		return false;
	device_s = vk_record_device_s(newest, quirks);
	return device_s != VK_RECORDS_NO_TIME && device_s != newest_s;
}

bool vk_record_is_ketone(const struct vk_transfer *t, const struct vk_record *record,
			 const struct vk_quirks *quirks)
{
	struct vk_decode_error error;
	struct vk_decoded d;

	if (record->uuid != VK_UUID_GLUCOSE || !vk_has_quirk(quirks, VK_QUIRK_MEAL_6_IS_KETONE))
		return false;
	for (int i = 0; i < t->n; i++) {
		const struct vk_record *other = &t->records[i];

		if (other->uuid == VK_UUID_GLUCOSE_CONTEXT && other->sequence == record->sequence &&
		    vk_profile_decode(other->uuid, quirks, other->raw, other->len, &d, &error) == 0)
			return vk_decoded_has(&d, VK_FLAG_KETONE);
	}
	return false;
}

void vk_records_stream(struct vk_transfer *t, const struct vk_timeline *line,
		       const struct vk_quirks *quirks, int64_t newest_s)
{
	const struct vk_record *last = NULL;

	if (!is_unchanged(line) || vk_transfer_is_reversed(t) ||
	    vk_has_quirk(quirks, VK_QUIRK_MEAL_6_IS_KETONE))
		return;
	for (int i = t->ready - 1; i >= 0 && !last; i--)
		if (is_main(&t->records[i]))
			last = &t->records[i];
	for (; t->ready < t->n; t->ready++) {
		struct vk_record *record = &t->records[t->ready];
		int64_t device_s;

		if (!is_main(record))
			continue;
		device_s = vk_record_device_s(record, quirks);
		if (offset_min(record) || device_s == VK_RECORDS_NO_TIME ||
		    is_under_a_wrong_number(t, record, device_s, newest_s) ||
		    (last && (record->sequence <= last->sequence ||
			      device_s < vk_record_device_s(last, quirks))))
			return;
		last = record;
	}
}
