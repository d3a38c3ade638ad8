/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four letters, each a function; a line that would say nothing is left out, so that the whole stays
 * within what a nurse reads standing. Text goes into a bounded buffer that is cut between
 * characters: the longest plan fits, and a longer one loses its end and not its form.
 */
#include "core/summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "core/messages.h"
#include "core/missing.h"
#include "core/news2.h"
#include "core/quantity.h"
#include "core/trend.h"

struct writer {
	const struct vk_core *core;
	const struct vk_plan *plan; /* may be NULL */
	const struct vk_alert *alert;
	const struct vk_rule *rule; /* of the plan, or NULL */
	const struct vk_zone *zone;
	int64_t at_utc_ms;
	bool is_swedish;
	char *out;
	size_t n;
};

static const struct vk_zone utc;
static const int64_t minute_ms = 60000;

VK_PRINTF(2, 3) static void add(struct writer *w, const char *fmt, ...)
{
	size_t room = VK_SUMMARY_BYTES - w->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->out + w->n, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	w->n += (size_t)n < room ? (size_t)n : room - 1;
	if ((size_t)n < room)
		return;
	/* Cut: back to the last whole character. The head line is plain, so there is one. */
	while (((unsigned char)w->out[w->n - 1] & 0xc0) == 0x80)
		w->n--;
	if ((unsigned char)w->out[w->n - 1] >= 0xc0)
		w->n--;
	w->out[w->n] = '\0';
}

/* A macro, so that the compiler sees the formats. */
#define SAY(w, sv, en) ((w)->is_swedish ? (sv) : (en))

/* ---- words ---- */

struct word {
	int code;
	const char *sv, *en;
};

/* What a meter says of its own reading, as a nurse says it; never the name of a disease. */
static const struct word flag_words[] = {
	{VK_FLAG_IRREGULAR_PULSE, "oregelbunden puls", "irregular pulse"},
	{VK_FLAG_RESULT_LOW, "LO, under mätområdet", "LO, below its range"},
	{VK_FLAG_RESULT_HIGH, "HI, över mätområdet", "HI, above its range"},
	{VK_FLAG_BODY_MOVEMENT, "rörelse under mätningen", "movement while measuring"},
	{VK_FLAG_CUFF_LOOSE, "lös manschett", "loose cuff"},
	{VK_FLAG_IMPROPER_POSITION, "fel läge", "wrong position"},
	{VK_FLAG_STRIP_INSERTION_ERROR, "stickan satt fel", "strip inserted wrongly"},
	{VK_FLAG_STRIP_TYPE_INCORRECT, "fel sorts sticka", "wrong type of strip"},
	{VK_FLAG_SAMPLE_INSUFFICIENT, "för lite blod", "sample too small"},
};

static const struct word absent_words[] = {
	{VK_ABSENT_NOT_A_NUMBER, "inget värde", "no value"},
	{VK_ABSENT_POSITIVE_INFINITY, "över mätområdet", "above the range"},
	{VK_ABSENT_NEGATIVE_INFINITY, "under mätområdet", "below the range"},
	{VK_ABSENT_ERROR, "mätfel", "error"},
	{VK_ABSENT_UNSUCCESSFUL, "mätningen misslyckades", "unsuccessful"},
};

static const char *word_of(const struct writer *w, const struct word *words, size_t n, int code,
			   const char *or_else)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].code == code)
			return w->is_swedish ? words[i].sv : words[i].en;
	return or_else;
}

/* ---- numbers, units, times ---- */

static void add_number(struct writer *w, int64_t scaled, int decimals)
{
	char text[VK_DECIMAL_TEXT];
	char *point;

	vk_decimal_format(text, (struct vk_decimal){scaled, (int8_t)-decimals});
	point = strchr(text, '.');
	if (point && w->is_swedish)
		*point = ',';
	add(w, "%s", text);
}

static const char *unit_text(const struct writer *w, enum vk_unit unit)
{
	switch ((int)unit) {
	case VK_UNIT_MMHG:
		return "mmHg";
	case VK_UNIT_PER_MIN:
		return SAY(w, "slag/min", "/min");
	case VK_UNIT_MMOL_L:
		return SAY(w, "mmol/l", "mmol/L");
	case VK_UNIT_CEL:
		return "°C";
	default:
		return vk_unit_text((int)unit);
	}
}

static const char *label_of(const struct writer *w, enum vk_quantity quantity)
{
	const struct vk_quantity_info *info = vk_quantity_info(quantity);

	return SAY(w, info->label_sv, info->label_en);
}

/* "78,4 kg", as rules compare it. */
static void add_value(struct writer *w, enum vk_quantity quantity, int64_t scaled)
{
	const struct vk_quantity_info *info = vk_quantity_info(quantity);

	add_number(w, scaled, info->decimals);
	add(w, " %s", unit_text(w, info->unit));
}

static void add_sent(struct writer *w, const struct vk_value *value)
{
	int64_t scaled;

	if (vk_quantity_canonical(value, &scaled))
		add(w, "%s: %s", label_of(w, value->quantity),
		    word_of(w, absent_words, VK_ARRAY_LEN(absent_words), (int)value->absent,
			    vk_absent_text((int)value->absent)));
	else
		add(w, "%s ", label_of(w, value->quantity)), add_value(w, value->quantity, scaled);
}

/* "07:48" of the same local day, "2026-03-03 07:48" of another. */
static void add_time(struct writer *w, int64_t utc_ms)
{
	char text[VK_RFC3339_TEXT];
	bool is_today = vk_zone_day(w->zone, utc_ms) == vk_zone_day(w->zone, w->at_utc_ms);

	vk_rfc3339_format(text, utc_ms - utc_ms % minute_ms, w->zone);
	text[10] = ' ';
	text[16] = '\0';
	add(w, "%s", is_today ? text + 11 : text);
}

/* ---- S ---- */

static void add_limit(struct writer *w, const struct vk_condition *c, const char *before)
{
	const struct {
		bool has;
		int64_t limit;
		const char *sign;
	} limits[] = {{c->has_at_least, c->at_least, "≥"},
		      {c->has_at_most, c->at_most, "≤"},
		      {c->has_above, c->above, ">"},
		      {c->has_below, c->below, "<"}};

	for (size_t i = 0; i < VK_ARRAY_LEN(limits); i++) {
		if (!limits[i].has)
			continue;
		add(w, "%s%s %s ", before, label_of(w, c->quantity), limits[i].sign);
		add_value(w, c->quantity, limits[i].limit);
		before = ", ";
	}
}

static void add_limits(struct writer *w)
{
	for (int i = 0; i < w->rule->n_conditions; i++)
		add_limit(w, &w->rule->conditions[i], i ? ", " : SAY(w, "Gräns: ", "Limit: "));
	add(w, ". ");
}

static void add_change(struct writer *w)
{
	const struct vk_rule *rule = w->rule;

	add(w, "%s",
	    rule->type == VK_RULE_CHANGE ? SAY(w, "Gräns: mer än ", "Limit: more than ")
					 : SAY(w, "Gräns: minst ", "Limit: at least "));
	add_value(w, rule->quantity, rule->by);
	if (rule->type == VK_RULE_CHANGE)
		add(w, SAY(w, " på %d dagar. ", " in %d days. "), rule->over_days);
	else
		add(w, SAY(w, " från egen median på %d dagar. ", " from own median of %d days. "),
		    rule->over_days);
}

/* What the rule looks at, in words and numbers of the plan. */
static void add_rule(struct writer *w)
{
	const struct vk_rule *rule = w->rule;

	switch (rule->type) {
	case VK_RULE_CHANGE:
	case VK_RULE_BASELINE:
		add_change(w);
		return;
	case VK_RULE_AVERAGE:
		add(w, SAY(w, "Medelvärde, %d dagar. ", "Average, %d days. "), rule->over_days);
		add_limits(w);
		return;
	case VK_RULE_THRESHOLD:
		add_limits(w);
		return;
	case VK_RULE_MISSING:
		add(w, SAY(w, "Ej mätt: %s, %d dag(ar) i rad. ", "Not measured: %s, %d day(s). "),
		    rule->schedule, vk_missing_days(w->core, w->alert->patient, rule->schedule));
		return;
	case VK_RULE_INPUT:
		add(w, "Signal: %s. ", rule->signal);
		return;
	case VK_RULE_STATUS:
		for (int i = 0; i < VK_N_FLAGS; i++)
			if (rule->flags >> i & 1)
				add(w, "%s: %s. ", SAY(w, "Mätaren", "Device"),
				    word_of(w, flag_words, VK_ARRAY_LEN(flag_words), i,
					    vk_flag_text(i)));
		return;
	case VK_RULE_NEWS2:
		add(w, "%s", SAY(w, "Delvis NEWS2, se A. ", "Partial NEWS2, see A. "));
		return;
	case VK_RULE_TECHNICAL:
		return;
	}
}

/* A reason code ends in how sure it is. */
static const char *sureness(const struct writer *w)
{
	const char *reason = w->alert->reason;

	if (strstr(reason, "unconfirmed"))
		return SAY(w, "Obekräftad. ", "Unconfirmed. ");
	if (strstr(reason, "confirmed") || strstr(reason, "repeated"))
		return SAY(w, "Bekräftad med ny mätning. ", "Confirmed by a second reading. ");
	if (strstr(reason, "late"))
		return SAY(w, "Försenad mätning. ", "Late reading. ");
	return "";
}

static void add_situation(struct writer *w)
{
	add(w, "S  %s", w->alert->rule);
	for (int i = 0; i < w->alert->n_values; i++) {
		add(w, "%s", i ? ", " : ": ");
		add_sent(w, &w->alert->values[i]);
	}
	add(w, ". ");
	if (w->rule)
		add_rule(w);
	add(w, "%s%s ", sureness(w), SAY(w, "Larm", "Alert"));
	add_time(w, w->alert->raised_utc_ms);
	add(w, " (%s).\n", w->alert->reason);
}

/* ---- B ---- */

static void add_target(struct writer *w, const struct vk_plan_target *target)
{
	char set[VK_RFC3339_TEXT];

	add(w, "%s %s ", SAY(w, " Målvärde:", " Target:"), label_of(w, target->quantity));
	add_value(w, target->quantity, target->value);
	if (target->has_band) {
		add(w, " (±");
		add_number(w, target->band, vk_quantity_info(target->quantity)->decimals);
		add(w, ")");
	}
	if (target->set_day != INT32_MIN) {
		vk_rfc3339_format(set, target->set_day * INT64_C(86400000), NULL);
		set[10] = '\0';
		add(w, SAY(w, " satt %s", " set %s"), set);
	}
	if (target->ref[0])
		add(w, " (ref %s)", target->ref);
	add(w, ".");
}

static void add_background(struct writer *w)
{
	add(w, "B  Plan version %d", (int)w->alert->plan_version);
	if (w->plan)
		add(w, SAY(w, ", signerad av %s (%s).", ", signed by %s (%s)."), w->plan->author,
		    w->plan->author_role);
	for (int i = 0; w->plan && i < w->plan->n_targets; i++)
		add_target(w, &w->plan->targets[i]);
	if (w->plan && w->plan->has_news2)
		add(w, SAY(w, " SpO2-skala %d, %s.", " SpO2 scale %d, %s."),
		    (int)w->plan->news2.scale,
		    w->plan->news2.is_on_oxygen ? SAY(w, "syrgas", "oxygen")
						: SAY(w, "luft", "air"));
	add(w, "\n");
}

/* ---- A ---- */

static bool is_followed(const struct writer *w, enum vk_quantity quantity)
{
	for (int i = 0; i < w->alert->n_values; i++)
		if (w->alert->values[i].quantity == quantity)
			return true;
	return false;
}

/* "(78,3 · – · 79,6 · 80,6)": first value of each of seven local days. */
static void add_days(struct writer *w, enum vk_quantity quantity)
{
	struct vk_rule_memory trend = vk_trend_of(w->core, w->alert->patient, quantity);
	int32_t today = vk_zone_day(w->zone, w->at_utc_ms);
	bool has_begun = false;

	for (int32_t day = today - 6; day <= today; day++) {
		int i = 0;

		while (i < trend.n_days && trend.days[i] != day)
			i++;
		if (i == trend.n_days && !has_begun)
			continue;
		add(w, "%s", has_begun ? " · " : " (");
		has_begun = true;
		if (i == trend.n_days)
			add(w, "–");
		else
			add_number(w, trend.day_values[i], vk_quantity_info(quantity)->decimals);
	}
	if (has_begun)
		add(w, ")");
}

/* The latest of each quantity that was ever measured here, those of the alert with their days. */
static void add_latest(struct writer *w)
{
	struct vk_before latest[VK_N_QUANTITIES];
	const char *before = "A  ";

	vk_trend_latest(w->core, w->alert->patient, latest);
	for (int i = 0; i < VK_N_TRENDS; i++) {
		enum vk_quantity quantity = vk_trend_quantities[i];
		const struct vk_before *value = &latest[quantity];

		if (value->utc_ms == VK_NEVER || value->utc_ms > w->at_utc_ms)
			continue;
		add(w, "%s%s ", before, label_of(w, quantity));
		add_value(w, quantity, value->scaled);
		add(w, "%s", SAY(w, " kl ", " at "));
		add_time(w, value->utc_ms);
		if (is_followed(w, quantity))
			add_days(w, quantity);
		before = ". ";
	}
	if (before[0] == 'A')
		add(w, "A  %s", SAY(w, "Inga mätvärden", "No readings"));
	add(w, "%s",
	    SAY(w, ". Andning, medvetande, besvär: ej mätt.\n",
		". Breathing, consciousness, symptoms: not measured.\n"));
}

static void add_parts(struct writer *w, const struct vk_news2 *score, bool is_known)
{
	const char *before = "";

	for (int i = 0; i < VK_N_NEWS2; i++) {
		if ((score->points[i] >= 0) != is_known || (i == VK_NEWS2_OXYGEN && !is_known))
			continue;
		add(w, "%s%s", before, vk_news2_text((enum vk_news2_part)i, w->is_swedish));
		if (is_known)
			add(w, " %d", (int)score->points[i]);
		before = ", ";
	}
}

static void add_news2(struct writer *w)
{
	struct vk_before latest[VK_N_QUANTITIES];
	struct vk_news2 score;

	if (!w->plan || !w->plan->has_news2)
		return;
	vk_trend_latest(w->core, w->alert->patient, latest);
	score = vk_news2_of(&w->plan->news2, latest, w->at_utc_ms);
	if (!score.n_measured)
		return;
	add(w,
	    SAY(w, "   Delvis NEWS2: minst %d poäng av mätta parametrar (",
		"   Partial NEWS2: at least %d points of those measured ("),
	    (int)score.sum);
	add_parts(w, &score, true);
	add(w, "%s", SAY(w, "), saknas: ", "), missing: "));
	add_parts(w, &score, false);
	add(w, "%s", SAY(w, " – totalpoäng kan ej beräknas.\n", " – no total can be given.\n"));
}

/* Rules that cannot say anything, and measurements that did not come. */
static void add_missing(struct writer *w)
{
	const char *before = SAY(w, "   Otillräckliga data: ", "   Insufficient data: ");
	bool has_any = false;

	for (int i = 0; w->plan && i < w->plan->n_rules; i++) {
		const struct vk_rule *rule = &w->plan->rules[i];

		if (vk_rule_state(w->core, w->plan, rule, w->at_utc_ms) != VK_RULE_INSUFFICIENT)
			continue;
		add(w, "%s%s", has_any ? ", " : before, rule->id);
		has_any = true;
	}
	for (int i = 0; w->plan && i < w->plan->n_schedules; i++) {
		const char *id = w->plan->schedules[i].id;
		int32_t days = vk_missing_days(w->core, w->alert->patient, id);

		if (!days)
			continue;
		add(w, "%s", has_any ? ". " : "   ");
		add(w, SAY(w, "Ej mätt %s: %d dag(ar)", "Not measured %s: %d day(s)"), id,
		    (int)days);
		has_any = true;
	}
	if (has_any)
		add(w, ".\n");
}

static void add_technical(struct writer *w)
{
	const char *before = SAY(w, "   Tekniskt: ", "   Technical: ");
	bool has_any = false;

	for (int i = 0; i < w->core->n_alerts; i++) {
		const struct vk_alert *alert = &w->core->alerts[i];

		if (alert->class_ != VK_ALERT_TECHNICAL || !alert->is_active ||
		    (alert->patient[0] && strcmp(alert->patient, w->alert->patient) != 0))
			continue;
		add(w, "%s%s", has_any ? ", " : before, alert->rule);
		has_any = true;
	}
	if (has_any)
		add(w, ".\n");
}

/* ---- R ---- */

static void add_recommendation(struct writer *w)
{
	const char *id = w->rule ? w->rule->message : "";
	const struct vk_text *text = id[0] ? vk_plan_message(w->plan, id) : NULL;
	int64_t shown = text ? vk_message_shown_utc_ms(w->core, w->plan, id) : VK_NEVER;

	if (text && shown != VK_NEVER && shown <= w->at_utc_ms) {
		add(w,
		    SAY(w, "R  Patienten har fått ordinerat meddelande %s (visat ",
			"R  The patient was shown the ordained message %s (at "),
		    id);
		add_time(w, shown);
		add(w, SAY(w, "): ”%s”", "): “%s”"), w->is_swedish ? text->sv : text->en);
	} else {
		add(w, "%s",
		    SAY(w, "R  Inget meddelande har visats för patienten.",
			"R  No message was shown to the patient."));
	}
	if (w->plan && w->plan->contact.sv[0])
		add(w, SAY(w, "\n   Kontakt: %s.", "\n   Contact: %s."),
		    w->is_swedish ? w->plan->contact.sv : w->plan->contact.en);
	add(w, "%s", SAY(w, "\n   Sjuksköterska tar ställning.", "\n   A nurse decides."));
}

void vk_summary_write(const struct vk_core *core, const struct vk_plan *plan,
		      const struct vk_alert *alert, bool is_swedish, char out[VK_SUMMARY_BYTES])
{
	struct writer w = {
		.core = core,
		.plan = plan,
		.alert = alert,
		.rule = plan ? vk_plan_rule(plan, alert->rule) : NULL,
		.zone = plan ? &plan->zone : &utc,
		.at_utc_ms = alert->changed_utc_ms,
		.is_swedish = is_swedish,
		.out = out,
	};
	char when[VK_RFC3339_TEXT];

	out[0] = '\0';
	vk_rfc3339_format(when, w.at_utc_ms, w.zone);
	when[10] = ' ';
	when[16] = '\0';
	add(&w,
	    SAY(&w, "SBAR – automatiskt underlag, ej bedömning   Vårdtagare: %s   %s\n",
		"SBAR – made by the hub, no assessment   Patient: %s   %s\n"),
	    alert->patient, when);
	add_situation(&w);
	add_background(&w);
	add_latest(&w);
	add_news2(&w);
	add_missing(&w);
	add_technical(&w);
	add_recommendation(&w);
}
