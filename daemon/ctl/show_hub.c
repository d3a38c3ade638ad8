/* SPDX-License-Identifier: Apache-2.0 */
/* What a technician reads: the devices, the hub, its self-test. Every fault is followed by what to
 * type. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/faults.h"
#include "ctl/show_priv.h"

enum {
	CLOCK_RIGHT_S = 2,
	HEADS_BYTES = 52, /* of a packet: IPv4 20, TCP 20, its time stamps 12 */
};

/* ---- devices ---- */

static void add_owners(const struct vk_screen *s, struct vk_str *out, const json_t *d)
{
	const char *patient = vk_json_text(d, "patient");
	const json_t *user;
	size_t i;

	if (patient[0] && strcmp(patient, "unassigned") != 0)
		vk_str_add(out, patient);
	json_array_foreach(json_object_get(d, "users"), i, user)
	{
		char number[24];

		(void)snprintf(number, sizeof number, "%" PRIdMAX,
			       (intmax_t)json_integer_value(json_object_get(user, "user")));
		if (out->len)
			vk_str_add(out, ", ");
		vk_say_add(out, s->lang, VK_SAY_USER, number, vk_json_text(user, "patient"), NULL);
	}
	if (!out->len)
		vk_str_add(out, vk_say(VK_SAY_NOBODY, s->lang));
}

static void add_span(const struct vk_screen *s, struct vk_str *out, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		enum vk_say say;
	} spans[] = {{86400, VK_SAY_DAYS},
		     {3600, VK_SAY_HOURS},
		     {60, VK_SAY_MINUTES},
		     {1, VK_SAY_SECONDS}};

	for (size_t i = 0; i < VK_ARRAY_LEN(spans); i++) {
		char number[24];

		if (seconds < 2 * spans[i].seconds && spans[i].seconds > 1)
			continue;
		(void)snprintf(number, sizeof number, "%" PRId64, seconds / spans[i].seconds);
		vk_say_add(out, s->lang, spans[i].say, number, NULL, NULL);
		return;
	}
}

static void add_clock(const struct vk_screen *s, struct vk_str *out, const json_t *offset)
{
	vk_auto(vk_str_done) struct vk_str span = {0};
	int64_t seconds = json_integer_value(offset);

	if (!json_is_integer(offset)) {
		vk_str_add(out, vk_say(VK_SAY_UNKNOWN, s->lang));
		return;
	}
	if (seconds >= -CLOCK_RIGHT_S && seconds <= CLOCK_RIGHT_S) {
		vk_str_add(out, vk_say(VK_SAY_CLOCK_RIGHT, s->lang));
		return;
	}
	add_span(s, &span, seconds < 0 ? -seconds : seconds);
	vk_say_add(out, s->lang, seconds < 0 ? VK_SAY_CLOCK_AHEAD : VK_SAY_CLOCK_BEHIND, span.text,
		   NULL, NULL);
}

static enum vk_say bond_of(const json_t *d)
{
	if (!json_is_true(json_object_get(d, "bonded")))
		return VK_SAY_NO;
	return json_is_true(json_object_get(d, "authenticated")) ? VK_SAY_WITH_CODE : VK_SAY_YES;
}

/* "Köket (våg)": its name, and what it is. */
static void add_name(const struct vk_screen *s, struct vk_str *out, const json_t *d)
{
	const char *name = vk_json_text(d, "name"), *model = vk_json_text(d, "model");
	const char *kind = vk_word(VK_WORDS_KIND, vk_json_text(d, "kind"), s->lang);

	if (name[0] || model[0])
		vk_str_addf(out, "%s (%s)", name[0] ? name : model, kind);
	else
		vk_str_add(out, kind);
}

static void device_row(const struct vk_screen *s, struct vk_table *t, const json_t *d)
{
	const json_t *battery = json_object_get(d, "battery");
	struct vk_str cell = {0};

	add_name(s, &cell, d);
	vk_show_cell(t, &cell);
	vk_table_cell(t, vk_json_text(d, "device"));
	add_owners(s, &cell, d);
	vk_show_cell(t, &cell);
	vk_table_cell(t, vk_word(VK_WORDS_DEVICE_STATE, vk_device_state(d), s->lang));
	vk_show_cell_when(s, t, d, "heard");
	vk_show_cell_when(s, t, d, "reading");
	if (json_is_integer(battery))
		vk_str_addf(&cell, "%" PRIdMAX " %%", (intmax_t)json_integer_value(battery));
	else
		vk_str_add(&cell, vk_say(VK_SAY_UNKNOWN, s->lang));
	vk_show_cell(t, &cell);
	add_clock(s, &cell, json_object_get(d, "clock_offset_s"));
	vk_show_cell(t, &cell);
	vk_table_cell(t, vk_say(bond_of(d), s->lang));
	vk_table_cell(t, vk_json_text(d, "firmware"));
}

static const char *in(const struct vk_screen *s, const json_t *fault, const char *sv,
		      const char *en)
{
	return vk_json_text(fault, s->lang == VK_SV ? sv : en);
}

static void show_fault(const struct vk_screen *s, const json_t *fault)
{
	const char *what = in(s, fault, "text_sv", "text_en");
	const char *how = in(s, fault, "do_sv", "do_en");
	const char *object = vk_json_text(fault, "object"), *name = vk_json_text(fault, "name");
	vk_auto(vk_str_done) struct vk_str line = {0};

	if (object[0] && name[0])
		vk_say_add(&line, s->lang, VK_SAY_TROUBLE, name, object, what);
	else if (object[0])
		vk_say_add(&line, s->lang, VK_SAY_TROUBLE_NAMELESS, object, what, NULL);
	else
		vk_str_add(&line, what);
	vk_show_line(s, VK_SAY_FAULT_LINE, line.text, NULL, NULL);
	if (how[0]) {
		vk_str_add(s->out, "  ");
		vk_show_line(s, VK_SAY_DO_THIS, how, NULL, NULL);
	}
}

void vk_show_devices(const struct vk_screen *s, const json_t *list)
{
	static const enum vk_say heads[] = {
		VK_SAY_HEAD_DEVICE, VK_SAY_HEAD_ID,      VK_SAY_HEAD_WHO,     VK_SAY_HEAD_STATE,
		VK_SAY_HEAD_HEARD,  VK_SAY_HEAD_READING, VK_SAY_HEAD_BATTERY, VK_SAY_HEAD_CLOCK,
		VK_SAY_HEAD_BOND,   VK_SAY_HEAD_FIRMWARE};
	json_t *faults = vk_faults(NULL, NULL, list);
	const json_t *fault;
	size_t i;

	vk_show_list(s, list, heads, (int)VK_ARRAY_LEN(heads), VK_SAY_NO_DEVICES, device_row);
	json_array_foreach(faults, i, fault)
	{
		if (!i)
			vk_str_add(s->out, "\n");
		show_fault(s, fault);
	}
	json_decref(faults);
}

/* ---- the hub ---- */

static void show_radio(const struct vk_screen *s, const json_t *radio)
{
	const char *rung = vk_json_text(radio, "rung");
	char count[24];

	vk_show_line(s, VK_SAY_RADIO_LINE,
		     vk_word(VK_WORDS_RADIO, vk_json_text(radio, "state"), s->lang), NULL, NULL);
	if (!rung[0] || strcmp(vk_json_text(radio, "state"), "up") == 0)
		return;
	(void)snprintf(count, sizeof count, "%" PRIdMAX,
		       (intmax_t)json_integer_value(json_object_get(radio, "rungs")));
	vk_show_line(s, VK_SAY_RADIO_RUNG, vk_word(VK_WORDS_RADIO, rung, s->lang), count, NULL);
}

static void show_link(const struct vk_screen *s, const json_t *link)
{
	vk_auto(vk_str_done) struct vk_str since = {0};
	bool is_up = strcmp(vk_json_text(link, "state"), "up") == 0;

	vk_show_when(s, &since, json_string_value(json_object_get(link, "since")));
	vk_show_line(s, is_up ? VK_SAY_LINK_UP : VK_SAY_LINK_DOWN, since.text, NULL, NULL);
}

/* "1,2 MB"; three digits are enough to see what a link costs. */
static void size_of(const struct vk_screen *s, char out[24], int64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB"};
	int64_t whole = bytes, tenths = 0;
	size_t unit = 0;

	for (; whole >= 1000 && unit + 1 < VK_ARRAY_LEN(units); unit++) {
		tenths = whole % 1000 / 100;
		whole /= 1000;
	}
	if (unit == 0 || whole >= 100)
		(void)snprintf(out, 24, "%" PRId64 " %s", whole, units[unit]);
	else
		(void)snprintf(out, 24, "%" PRId64 "%c%" PRId64 " %s", whole,
			       s->lang == VK_SV ? ',' : '.', tenths, units[unit]);
}

static void show_counts(const struct vk_screen *s, const char *when, const json_t *counts)
{
	int64_t sent = json_integer_value(json_object_get(counts, "sent"));
	int64_t received = json_integer_value(json_object_get(counts, "received"));
	int64_t packets = json_integer_value(json_object_get(counts, "packets"));
	vk_auto(vk_str_done) struct vk_str text = {0};
	char to[24], from[24], all[24];

	size_of(s, to, sent);
	size_of(s, from, received);
	size_of(s, all, sent + received + packets * HEADS_BYTES);
	vk_say_add(&text, s->lang, VK_SAY_TRAFFIC_OF, to, from, all);
	vk_show_line(s, VK_SAY_TRAFFIC_LINE, when, text.text, NULL);
}

/* What a metered link is charged for: the two latest days, and all that are remembered. */
static void show_traffic(const struct vk_screen *s, const json_t *list)
{
	const json_t *relay, *day;
	size_t i, k;

	json_array_foreach(list, i, relay)
	{
		const json_t *all = json_object_get(relay, "all");
		vk_auto(vk_str_done) struct vk_str when = {0};
		char days[24];

		json_array_foreach(json_object_get(relay, "latest"), k, day)
			show_counts(s, vk_json_text(day, "day"), day);
		if (json_integer_value(json_object_get(all, "days")) < 3)
			continue;
		(void)snprintf(days, sizeof days, "%" PRIdMAX,
			       (intmax_t)json_integer_value(json_object_get(all, "days")));
		vk_say_add(&when, s->lang, VK_SAY_TRAFFIC_ALL, days, NULL, NULL);
		show_counts(s, when.text, all);
	}
}

static void show_plugins(const struct vk_screen *s, const json_t *plugins)
{
	json_t *all = (json_t *)(uintptr_t)plugins;
	vk_auto(vk_str_done) struct vk_str words = {0};

	for (void *i = json_object_iter(all); i; i = json_object_iter_next(all, i)) {
		const json_t *state = json_object_iter_value(i);

		vk_str_addf(&words, "%s%s %s", words.len ? ", " : "",
			    vk_word(VK_WORDS_PLUGIN, json_object_iter_key(i), s->lang),
			    vk_word(VK_WORDS_PLUGIN,
				    json_is_string(state) ? json_string_value(state) : "",
				    s->lang));
	}
	if (words.len)
		vk_show_line(s, VK_SAY_PLUGIN_LINE, words.text, NULL, NULL);
}

static void number_of(char out[24], const json_t *object, const char *key)
{
	(void)snprintf(out, 24, "%" PRIdMAX,
		       (intmax_t)json_integer_value(json_object_get(object, key)));
}

static void show_engine(const struct vk_screen *s, const json_t *engine)
{
	char first[24], second[24];
	const json_t *plan;
	size_t i;

	number_of(first, json_object_get(engine, "outbox"), "depth");
	vk_show_line(s, VK_SAY_OUTBOX_LINE, first, NULL, NULL);
	show_traffic(s, json_object_get(engine, "traffic"));
	number_of(first, engine, "open_alerts");
	number_of(second, engine, "open_checks");
	vk_show_line(s, VK_SAY_OPEN_LINE, first, second, NULL);
	json_array_foreach(json_object_get(engine, "plans"), i, plan)
	{
		number_of(first, plan, "version");
		vk_show_line(s, VK_SAY_PLAN_LINE, vk_json_text(plan, "patient"), first, NULL);
	}
}

static void show_faults(const struct vk_screen *s, const json_t *faults)
{
	const json_t *fault;
	size_t i;

	vk_show_line(s, json_array_size(faults) ? VK_SAY_FAULTS : VK_SAY_NO_FAULTS, NULL, NULL,
		     NULL);
	json_array_foreach(faults, i, fault) show_fault(s, fault);
}

void vk_show_status(const struct vk_screen *s, const json_t *status)
{
	const json_t *disk = json_object_get(status, "disk");
	const json_t *engine = json_object_get(status, "engine");
	vk_auto(vk_str_done) struct vk_str since = {0};
	char percent[24];

	vk_show_when(s, &since, json_string_value(json_object_get(status, "since")));
	vk_show_line(s, VK_SAY_HUB_LINE, vk_json_text(status, "hub"),
		     vk_json_text(status, "version"), since.text);
	vk_show_line(s, VK_SAY_CLOCK_LINE,
		     vk_word(VK_WORDS_CLOCK, vk_json_text(status, "clock"), s->lang), NULL, NULL);
	show_radio(s, json_object_get(status, "radio"));
	show_link(s, json_object_get(status, "link"));
	show_plugins(s, json_object_get(status, "plugins"));
	if (engine)
		show_engine(s, engine);
	if (disk) {
		number_of(percent, disk, "free_percent");
		vk_show_line(s, VK_SAY_DISK_LINE, percent, NULL, NULL);
	}
	vk_str_add(s->out, "\n");
	show_faults(s, json_object_get(status, "faults"));
}

/* ---- self-test ---- */

void vk_show_selftest(const struct vk_screen *s, const json_t *answer)
{
	const json_t *part;
	bool is_ok = true;
	size_t i;

	json_array_foreach(json_object_get(answer, "parts"), i, part)
	{
		const char *name = vk_json_text(part, "name");
		bool is_good = json_is_true(json_object_get(part, "ok"));
		const char *how = vk_word_do(VK_WORDS_TEST, name, s->lang);

		vk_show_line(s, is_good ? VK_SAY_TEST_OK : VK_SAY_TEST_BAD,
			     vk_word(VK_WORDS_TEST, name, s->lang), NULL, NULL);
		if (!is_good && how)
			vk_show_line(s, VK_SAY_DO_THIS, how, NULL, NULL);
		is_ok = is_ok && is_good;
	}
	if (is_ok)
		vk_show_line(s, VK_SAY_TEST_ALL_OK, NULL, NULL, NULL);
}
