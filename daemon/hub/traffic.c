/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes on the wire, as the relay tells them: added up in memory, and written with the floor of the
 * clock, which is written each minute anyway. A cut of power loses that minute. Engine thread.
 */
#include <stdio.h>
#include <string.h>

#include "hub/engine_priv.h"

static struct vk_traffic_day *day_of(struct vk_traffic_days *t, int32_t day)
{
	for (int i = t->n - 1; i >= 0; i--)
		if (t->days[i].day == day)
			return &t->days[i];
	if (t->n == VK_TRAFFIC_DAYS)
		memmove(t->days, t->days + 1, (size_t)--t->n * sizeof *t->days);
	t->days[t->n] = (struct vk_traffic_day){.day = day};
	return &t->days[t->n++];
}

static void add(struct vk_traffic_day *sum, const struct vk_traffic_day *more)
{
	sum->sent += more->sent;
	sum->received += more->received;
	sum->packets += more->packets;
	sum->is_changed = true;
}

void vk_traffic_add(struct vk_engine *e, const struct vk_traffic_day *more)
{
	struct vk_traffic_day *day = day_of(&e->traffic, more->day);

	if (!day->packets)
		e->floor_written_ms = 0; /* a new day is written with whatever comes next */
	add(day, more);
}

static int load(const char *relay, const struct vk_traffic_day *day, void *user)
{
	struct vk_engine *e = user;

	if (strcmp(relay, vk_role_text(VK_ROLE_MQTT)) == 0)
		*day_of(&e->traffic, day->day) = *day;
	return 0;
}

int vk_traffic_load(struct vk_engine *e)
{
	e->traffic.n = 0;
	return vk_store_each_traffic(e->store, load, e);
}

int vk_traffic_keep(struct vk_engine *e)
{
	int r = 0;

	for (int i = 0; i < e->traffic.n && r == 0; i++)
		if (e->traffic.days[i].is_changed)
			r = vk_store_put_traffic(e->store, vk_role_text(VK_ROLE_MQTT),
						 &e->traffic.days[i]);
	return r;
}

void vk_traffic_kept(struct vk_engine *e)
{
	for (int i = 0; i < e->traffic.n; i++)
		e->traffic.days[i].is_changed = false;
}

void vk_traffic_end(struct vk_engine *e)
{
	int r = vk_store_begin(e->store);

	if (r == 0)
		r = vk_traffic_keep(e);
	if (r == 0)
		r = vk_store_commit(e->store);
	if (r)
		vk_store_rollback(e->store);
}

/* ---- as health and status tell it ---- */

static void write_counts(struct vk_json *j, const struct vk_traffic_day *day)
{
	vk_json_int(j, "sent", day->sent);
	vk_json_int(j, "received", day->received);
	vk_json_int(j, "packets", day->packets);
}

static void write_day(struct vk_json *j, const struct vk_traffic_day *day)
{
	struct vk_civil date;
	char text[24];

	vk_civil_from_day(day->day, &date);
	(void)snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "day", text);
	write_counts(j, day);
	vk_json_close(j, '}');
}

static void write_all(struct vk_json *j, const struct vk_traffic_days *t)
{
	struct vk_traffic_day sum = {0};

	for (int i = 0; i < t->n; i++)
		add(&sum, &t->days[i]);
	vk_json_open(j, "all", '{');
	vk_json_int(j, "days", t->n);
	write_counts(j, &sum);
	vk_json_close(j, '}');
}

/* Health, which itself is paid by the byte, tells the latest day; whoever asks here is told the day
 * before too, and the sum of all that are kept. */
void vk_traffic_json(const struct vk_engine *e, struct vk_json *j, bool is_whole)
{
	const struct vk_traffic_days *t = &e->traffic;
	int most = is_whole ? 2 : 1;

	vk_json_open(j, "traffic", '[');
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "relay", vk_role_text(VK_ROLE_MQTT));
	vk_json_open(j, "latest", '[');
	for (int i = t->n - 1; i >= 0 && i >= t->n - most; i--)
		write_day(j, &t->days[i]);
	vk_json_close(j, ']');
	if (is_whole)
		write_all(j, t);
	vk_json_close(j, '}');
	vk_json_close(j, ']');
}
