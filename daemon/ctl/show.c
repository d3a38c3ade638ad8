/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that every list shares, and the lists that are read by staff. */
#include "ctl/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "core/quantity.h"
#include "ctl/show_priv.h"

static const int64_t day_ms = INT64_C(86400000);

/* ---- shared ---- */

const char *vk_json_text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

void vk_show_head(struct vk_table *t, const struct vk_screen *s, const enum vk_say *heads, int n)
{
	for (int i = 0; i < n; i++)
		vk_table_head(t, vk_say(heads[i], s->lang));
}

void vk_show_cell(struct vk_table *t, struct vk_str *cell)
{
	vk_table_cell(t, cell->text && !cell->error ? cell->text : "");
	vk_str_done(cell);
	*cell = (struct vk_str){0};
}

void vk_show_line(const struct vk_screen *s, enum vk_say what, const char *first,
		  const char *second, const char *third)
{
	vk_auto(vk_str_done) struct vk_str line = {0};

	vk_say_add(&line, s->lang, what, first, second, third);
	if (line.text && !line.error)
		vk_text_wrap(s->out, line.text, s->width, 2);
}

/* Days since 1970 of a moment, as the clock on the wall said that wrote it. */
static int64_t local_day(int64_t utc_ms, const char *when)
{
	size_t len = strlen(when);
	int hours = 0, minutes = 0;
	char sign = '+';

	if (len > 6 && sscanf(when + len - 6, "%c%2d:%2d", &sign, &hours, &minutes) != 3)
		hours = minutes = 0;
	int64_t offset_ms = (hours * INT64_C(60) + minutes) * 60000;
	int64_t local_ms = utc_ms + (sign == '-' ? -offset_ms : offset_ms);

	return local_ms >= 0 ? local_ms / day_ms : (local_ms - day_ms + 1) / day_ms;
}

void vk_show_when(const struct vk_screen *s, struct vk_str *out, const char *when)
{
	int64_t utc_ms, ago;
	char clock[16], moment[20];

	if (!when || strlen(when) < 20 || vk_rfc3339_parse(when, &utc_ms)) {
		vk_str_add(out, vk_say(VK_SAY_NEVER, s->lang));
		return;
	}
	(void)snprintf(clock, sizeof clock, "%.5s", when + 11);
	(void)snprintf(moment, sizeof moment, "%.10s %.5s", when, when + 11);
	ago = local_day(s->now_utc_ms, when) - local_day(utc_ms, when);
	if (ago == 0)
		vk_say_add(out, s->lang, VK_SAY_TODAY, clock, NULL, NULL);
	else if (ago == 1)
		vk_say_add(out, s->lang, VK_SAY_YESTERDAY, clock, NULL, NULL);
	else
		vk_str_add(out, moment);
}

static void add_number(const struct vk_screen *s, struct vk_str *out, const char *number)
{
	for (; *number; number++)
		vk_str_add_n(out, s->lang == VK_SV && *number == '.' ? "," : number, 1);
}

static const char *quantity_label(const char *name, enum vk_lang lang)
{
	int quantity = vk_quantity_parse(name);
	const struct vk_quantity_info *info =
		quantity < 0 ? NULL : vk_quantity_info((enum vk_quantity)quantity);

	if (!info)
		return name;
	return lang == VK_SV ? info->label_sv : info->label_en;
}

void vk_show_values(const struct vk_screen *s, struct vk_str *out, const json_t *values)
{
	json_t *all = (json_t *)(uintptr_t)values;
	const char *separator = "";

	for (void *i = json_object_iter(all); i; i = json_object_iter_next(all, i)) {
		const json_t *value = json_object_iter_value(i);
		const char *number = vk_json_text(value, "value");

		if (!number[0])
			continue; /* not measured: nothing to read */
		vk_str_addf(out, "%s%s ", separator,
			    quantity_label(json_object_iter_key(i), s->lang));
		add_number(s, out, number);
		vk_str_addf(out, " %s",
			    vk_word(VK_WORDS_UNIT, vk_json_text(value, "unit"), s->lang));
		separator = ", ";
	}
}

const char *vk_show_strength(const struct vk_screen *s, const json_t *rssi)
{
	json_int_t dbm = json_integer_value(rssi);

	if (!rssi)
		return vk_say(VK_SAY_UNKNOWN, s->lang);
	if (dbm >= -60)
		return vk_say(VK_SAY_STRENGTH_STRONG, s->lang);
	if (dbm >= -75)
		return vk_say(VK_SAY_STRENGTH_GOOD, s->lang);
	return vk_say(dbm >= -88 ? VK_SAY_STRENGTH_WEAK : VK_SAY_STRENGTH_FAINT, s->lang);
}

void vk_show_list(const struct vk_screen *s, const json_t *list, const enum vk_say *heads, int n,
		  enum vk_say none, vk_row_fn row)
{
	struct vk_table t = {0};
	const json_t *item;
	size_t i;

	if (json_array_size(list) == 0) {
		vk_show_line(s, none, NULL, NULL, NULL);
		return;
	}
	vk_show_head(&t, s, heads, n);
	json_array_foreach(list, i, item) row(s, &t, item);
	vk_table_print(&t, s->width, s->out);
	vk_table_done(&t);
}

void vk_show_cell_when(const struct vk_screen *s, struct vk_table *t, const json_t *object,
		       const char *key)
{
	struct vk_str cell = {0};

	vk_show_when(s, &cell, json_string_value(json_object_get(object, key)));
	vk_show_cell(t, &cell);
}

/* ---- readings ---- */

static void add_remark(struct vk_str *out, const char *text)
{
	vk_str_addf(out, "%s%s", out->len ? "; " : "", text);
}

static void remarks(const struct vk_screen *s, struct vk_str *out, const json_t *r)
{
	const char *whose = vk_json_text(r, "whose");
	bool is_placed = strcmp(whose, "assigned") == 0 || strcmp(whose, "said") == 0;

	if (json_is_true(json_object_get(r, "retracted")))
		add_remark(out, vk_say(VK_SAY_RETRACTED, s->lang));
	else if (whose[0] && !is_placed)
		add_remark(out, vk_word(VK_WORDS_WHOSE, whose, s->lang));
	if (json_array_size(json_object_get(r, "implausible")))
		add_remark(out, vk_say(VK_SAY_IMPLAUSIBLE, s->lang));
	if (json_integer_value(json_object_get(r, "uncertainty_s")) != 0)
		add_remark(out, vk_say(VK_SAY_TIME_UNSURE, s->lang));
	if (json_is_false(json_object_get(r, "live")))
		add_remark(out, vk_say(VK_SAY_FROM_MEMORY, s->lang));
}

static const char *who(const struct vk_screen *s, const char *patient)
{
	return !patient[0] || strcmp(patient, "unassigned") == 0 ? vk_say(VK_SAY_NOBODY, s->lang)
								 : patient;
}

static void reading_row(const struct vk_screen *s, struct vk_table *t, const json_t *r)
{
	struct vk_str cell = {0};

	vk_show_cell_when(s, t, r, "time");
	vk_table_cell(t, vk_word(VK_WORDS_KIND, vk_json_text(r, "kind"), s->lang));
	vk_table_cell(t, who(s, vk_json_text(r, "patient")));
	vk_show_values(s, &cell, json_object_get(r, "values"));
	vk_show_cell(t, &cell);
	remarks(s, &cell, r);
	vk_show_cell(t, &cell);
	vk_table_cell(t, vk_json_text(r, "id"));
}

void vk_show_readings(const struct vk_screen *s, const json_t *list)
{
	static const enum vk_say heads[] = {VK_SAY_HEAD_TIME,   VK_SAY_HEAD_WHAT,   VK_SAY_HEAD_WHO,
					    VK_SAY_HEAD_VALUES, VK_SAY_HEAD_REMARK, VK_SAY_HEAD_ID};

	vk_show_list(s, list, heads, (int)VK_ARRAY_LEN(heads), VK_SAY_NO_READINGS, reading_row);
}

/* ---- alerts, checks ---- */

static void alert_row(const struct vk_screen *s, struct vk_table *t, const json_t *a)
{
	const char *rule = vk_json_text(a, "rule");
	const char *state = vk_word(VK_WORDS_ALERT_STATE, vk_json_text(a, "state"), s->lang);
	struct vk_str cell = {0};

	vk_table_cell(t, vk_json_text(a, "id"));
	vk_table_cell(t, vk_word(VK_WORDS_PRIORITY, vk_json_text(a, "priority"), s->lang));
	vk_table_cell(t, vk_json_text(a, "patient"));
	vk_table_cell(t, strcmp(vk_json_text(a, "class"), "technical") == 0
				 ? vk_word(VK_WORDS_FAULT, rule, s->lang)
				 : rule);
	vk_show_values(s, &cell, json_object_get(a, "values"));
	vk_show_cell(t, &cell);
	vk_table_cell(t, vk_word(VK_WORDS_REASON, vk_json_text(a, "reason"), s->lang));
	if (strcmp(vk_json_text(a, "condition"), "cleared") == 0)
		vk_say_add(&cell, s->lang, VK_SAY_CLEARED, state, NULL, NULL);
	else
		vk_str_add(&cell, state);
	vk_show_cell(t, &cell);
	vk_show_cell_when(s, t, a, "raised");
	vk_table_cell(t, vk_json_text(a, "by"));
}

void vk_show_alerts(const struct vk_screen *s, const json_t *list)
{
	static const enum vk_say heads[] = {
		VK_SAY_HEAD_ID,    VK_SAY_HEAD_PRIORITY, VK_SAY_HEAD_WHO,
		VK_SAY_HEAD_RULE,  VK_SAY_HEAD_VALUES,   VK_SAY_HEAD_REASON,
		VK_SAY_HEAD_STATE, VK_SAY_HEAD_RAISED,   VK_SAY_HEAD_BY};

	vk_show_list(s, list, heads, (int)VK_ARRAY_LEN(heads), VK_SAY_NO_ALERTS, alert_row);
}

static void check_row(const struct vk_screen *s, struct vk_table *t, const json_t *c)
{
	char attempt[24];

	(void)snprintf(attempt, sizeof attempt, "%" PRIdMAX,
		       (intmax_t)json_integer_value(json_object_get(c, "attempt")));
	vk_table_cell(t, vk_json_text(c, "id"));
	vk_table_cell(t, vk_json_text(c, "patient"));
	vk_table_cell(t, vk_json_text(c, "name"));
	vk_table_cell(t, vk_word(VK_WORDS_CHECK_STATE, vk_json_text(c, "state"), s->lang));
	vk_table_cell(t, attempt);
	vk_show_cell_when(s, t, c, "due");
	vk_table_cell(t, vk_json_text(c, "by"));
	vk_table_cell(t, vk_word(VK_WORDS_OUTCOME, vk_json_text(c, "outcome"), s->lang));
}

void vk_show_checks(const struct vk_screen *s, const json_t *list)
{
	static const enum vk_say heads[] = {
		VK_SAY_HEAD_ID,      VK_SAY_HEAD_WHO, VK_SAY_HEAD_NAME, VK_SAY_HEAD_STATE,
		VK_SAY_HEAD_ATTEMPT, VK_SAY_HEAD_DUE, VK_SAY_HEAD_BY,   VK_SAY_HEAD_OUTCOME};

	vk_show_list(s, list, heads, (int)VK_ARRAY_LEN(heads), VK_SAY_NO_CHECKS, check_row);
}

/* ---- notices ---- */

/* "who:00AA01010000": what comes behind the colon. */
static const char *object_of(const char *id)
{
	const char *colon = strchr(id, ':');

	return colon ? colon + 1 : "";
}

static enum vk_say question_of(const char *id)
{
	if (strncmp(id, "repeat", 6) == 0)
		return VK_SAY_QUESTION_REPEAT;
	return strncmp(id, "remind", 6) == 0 ? VK_SAY_QUESTION_REMIND : VK_SAY_QUESTION_WHO;
}

static void show_task(const struct vk_screen *s, const char *id)
{
	vk_auto(vk_str_done) struct vk_str how = {0};

	if (strncmp(id, "plan", 4) == 0) {
		vk_show_line(s, VK_SAY_TASK_PLAN, object_of(id), NULL, NULL);
		return;
	}
	if (strncmp(id, "assign", 6) != 0) {
		vk_show_line(s, VK_SAY_TASK_OTHER, id, NULL, NULL);
		return;
	}
	vk_show_line(s, VK_SAY_TASK_WHOSE, object_of(id), NULL, NULL);
	vk_say_add(&how, s->lang, VK_SAY_TASK_WHOSE_DO, object_of(id), NULL, NULL);
	vk_show_line(s, VK_SAY_DO_THIS, how.text, NULL, NULL);
}

static void show_notice(const struct vk_screen *s, const json_t *n)
{
	const char *kind = vk_json_text(n, "kind"), *id = vk_json_text(n, "id");
	const char *reason = vk_json_text(n, "reason");
	const char *why = vk_word(VK_WORDS_WHOSE, reason, s->lang);
	vk_auto(vk_str_done) struct vk_str head = {0};

	vk_str_addf(&head, "%s · %s · ", who(s, vk_json_text(n, "patient")),
		    vk_word(VK_WORDS_NOTICE, kind, s->lang));
	vk_show_when(s, &head, vk_json_text(n, "since"));
	vk_str_addf(&head, " · %s",
		    why != reason ? why : vk_word(VK_WORDS_REASON, reason, s->lang));
	if (head.text && !head.error)
		vk_text_wrap(s->out, head.text, s->width, 2);
	if (strcmp(kind, "ask") == 0)
		vk_show_line(s, question_of(id), object_of(id), NULL, NULL);
	else if (strcmp(kind, "task") == 0)
		show_task(s, id);
	else if (vk_json_text(n, "sv")[0])
		vk_text_wrap(s->out, vk_json_text(n, s->lang == VK_SV ? "sv" : "en"), s->width, 2);
}

void vk_show_notices(const struct vk_screen *s, const json_t *list)
{
	const json_t *notice;
	size_t i;

	json_array_foreach(list, i, notice)
	{
		if (i)
			vk_str_add(s->out, "\n");
		show_notice(s, notice);
	}
	if (json_array_size(list) == 0)
		vk_show_line(s, VK_SAY_NO_NOTICES, NULL, NULL, NULL);
}
