/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `vakactl plan diff` and `plan try`: a proposed plan beside the one in force, and over what the
 * hub has kept. The hub hands out its history a page at a time; what would have been decided is
 * found here, by the same core.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/civil.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/yaml.h"
#include "conf/zone.h"
#include "core/plan.h"
#include "ctl/client.h"
#include "ctl/main.h"
#include "ctl/plan_diff.h"
#include "ctl/replay.h"

enum { PAGE = 1000, READINGS_MAX = 20000, DAYS = 30, DAYS_MAX = 400 };

struct words {
	const char *what, *first, *second, *days;
};

static bool sort_words(const struct vk_args *args, struct words *w)
{
	for (int i = 0; i < args->n; i++) {
		if (strcmp(args->words[i], "--days") == 0) {
			if (++i == args->n)
				return false;
			w->days = args->words[i];
		} else if (!w->what) {
			w->what = args->words[i];
		} else if (!w->first) {
			w->first = args->words[i];
		} else if (!w->second) {
			w->second = args->words[i];
		} else {
			return false;
		}
	}
	return w->first;
}

static void print_json(json_t *json)
{
	(void)json_dumpf(json, stdout, JSON_INDENT(1));
	(void)putchar('\n');
}

/* Checks a plan as a whole: what has mistakes is neither compared nor tried. */
static int read_plan(const char *path, struct vk_node **ret_root, struct vk_plan *ret_plan)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	int r = vk_conf_read_file(path, &problems, ret_root, NULL, NULL);

	if (r == 0)
		r = vk_plan_parse(*ret_root, vk_zone_load, NULL, &problems, ret_plan);
	if (r)
		(void)fputs(problems.text.text ? problems.text.text : "out of memory\n", stderr);
	return r;
}

/* The bytes of the plan that is in force for a patient. */
static int read_in_force(const char *patient, struct vk_node **ret_root)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = "plan in force"};
	json_t *options = json_pack("{s:s}", "patient", patient), *answer = NULL;
	vk_auto(vk_freep) char *text = json_dumps(options, JSON_COMPACT);
	const char *bytes;
	int r = -ENOENT;

	json_decref(options);
	answer = vk_client_call("Query", "ss", "plan", text);
	bytes = json_string_value(json_object_get(json_array_get(answer, 0), "text"));
	if (bytes)
		r = vk_conf_read(bytes, strlen(bytes), &problems, ret_root);
	else if (answer)
		(void)fprintf(stderr, "vakactl: no plan is in force for %s\n", patient);
	json_decref(answer);
	return r;
}

/* ---- diff ---- */

static void print_changes(const char *list_text, enum vk_lang lang)
{
	json_t *list = json_loads(list_text, 0, NULL), *change;
	bool is_english = lang == VK_EN;
	size_t i;

	json_array_foreach(list, i, change)(void)
		puts(json_string_value(json_object_get(change, is_english ? "en" : "sv")));
	if (!json_array_size(list))
		(void)puts(is_english ? "Nothing changes." : "Ingenting ändras.");
	json_decref(list);
}

static int diff(const struct vk_args *args, const struct words *w)
{
	vk_auto(vk_node_freep) struct vk_node *was = NULL, *becomes = NULL;
	vk_auto(vk_freep) struct vk_plan *plan = calloc(1, sizeof *plan);
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);
	const char *path = w->second ? w->second : w->first;

	if (!plan || read_plan(path, &becomes, plan))
		return 1;
	if (w->second ? read_plan(w->first, &was, plan) : read_in_force(plan->patient, &was))
		return 1;
	(void)vk_plan_diff(was, becomes, &j);
	if (out.error)
		return 1;
	if (args->is_json)
		(void)puts(out.text);
	else
		print_changes(out.text, args->lang);
	return 0;
}

/* ---- history ---- */

/* Events of the replay's form, in order of time. */
struct history {
	char since[VK_RFC3339_TEXT];
	int64_t since_ms;
	json_t *events; /* list of {t, …} */
	int n_readings, n_signals;
	json_t *was; /* alerts that were raised */
};

static int64_t time_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	int64_t utc_ms = 0;

	return text && vk_rfc3339_parse(text, &utc_ms) == 0 ? utc_ms : 0;
}

static json_t *ask(const char *what, json_t *options)
{
	vk_auto(vk_freep) char *text = json_dumps(options, JSON_COMPACT);

	json_decref(options);
	return vk_client_call("Query", "ss", what, text);
}

static void add_reading(struct history *h, const json_t *r)
{
	static const char *const same[] = {"kind",      "values",      "flags",       "implausible",
					   "user",      "sequence",    "sample_type", "location",
					   "context",   "device_time", "device",      "patient",
					   "retracted", "id",          "time",        "whose"};
	json_t *reading = json_object();

	for (size_t i = 0; i < VK_ARRAY_LEN(same); i++) {
		json_t *value = json_object_get(r, same[i]);

		if (value && (!json_is_null(value) || strcmp(same[i], "device_time") == 0))
			(void)json_object_set(reading, same[i], value);
	}
	(void)json_object_set_new(reading, "stored",
				  json_boolean(!json_is_true(json_object_get(r, "live"))));
	(void)json_array_append_new(
		h->events,
		json_pack("{s:O,s:o}", "t", json_object_get(r, "received"), "reading", reading));
	h->n_readings++;
}

static int add_readings(struct history *h, const char *patient)
{
	json_t *list = ask("readings", json_pack("{s:s,s:s,s:i}", "patient", patient, "since",
						 h->since, "limit", READINGS_MAX));
	json_t *r;
	size_t i;

	if (!list)
		return 1;
	json_array_foreach(list, i, r) add_reading(h, r);
	if (json_array_size(list) == READINGS_MAX)
		(void)fprintf(stderr, "vakactl: only the newest %d readings are tried\n",
			      READINGS_MAX);
	json_decref(list);
	return 0;
}

static void add_signal(struct history *h, const json_t *a, const char *patient)
{
	const char *action = json_string_value(json_object_get(a, "action"));
	const char *whose = json_string_value(json_object_get(a, "patient"));
	bool is_on = action && strcmp(action, "signal-on") == 0;

	if (!action || !whose || strcmp(whose, patient) != 0 ||
	    (!is_on && strcmp(action, "signal-off") != 0) || time_of(a, "time") < h->since_ms)
		return;
	(void)json_array_append_new(
		h->events, json_pack("{s:O,s:{s:O,s:b}}", "t", json_object_get(a, "time"), "signal",
				     "name", json_object_get(a, "object"), "active", is_on));
	h->n_signals++;
}

static int add_signals(struct history *h, const char *patient)
{
	json_int_t after = 0;
	size_t n = 1, i;

	while (n) {
		json_t *page = ask("audit", json_pack("{s:I,s:i}", "after", after, "limit", PAGE));
		json_t *a;

		if (!page)
			return 1;
		n = json_array_size(page);
		json_array_foreach(page, i, a)
		{
			after = json_integer_value(json_object_get(a, "seq"));
			add_signal(h, a, patient);
		}
		json_decref(page);
	}
	return 0;
}

/* What it did alert: rules of the plan only, so that like stands beside like. */
static int add_was(struct history *h, const char *patient)
{
	json_t *list = ask("alerts", json_pack("{s:b,s:i}", "all", 1, "limit", READINGS_MAX));
	json_t *a;
	size_t i;

	if (!list)
		return 1;
	json_array_foreach(list, i, a)
	{
		const char *whose = json_string_value(json_object_get(a, "patient"));

		if (whose && strcmp(whose, patient) == 0 && time_of(a, "raised") >= h->since_ms)
			(void)json_array_append_new(
				h->was,
				json_pack("{s:O,s:O,s:O}", "rule", json_object_get(a, "rule"),
					  "priority", json_object_get(a, "priority"), "raised",
					  json_object_get(a, "raised")));
	}
	json_decref(list);
	return 0;
}

struct moment {
	int64_t t_ms;
	size_t i; /* equal times stay in order */
	const json_t *event;
};

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->t_ms != y->t_ms)
		return x->t_ms < y->t_ms ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* The events as the text a replay reads, with an end at this moment. */
static char *history_text(const struct history *h)
{
	vk_auto(vk_str_done) struct vk_str out = {.max = 64 << 20};
	size_t n = json_array_size(h->events);
	vk_auto(vk_freep) struct moment *moments = calloc(n + 1, sizeof *moments);
	char now[VK_RFC3339_TEXT];

	if (!moments)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const json_t *event = json_array_get(h->events, i);

		moments[i] = (struct moment){time_of(event, "t"), i, event};
	}
	qsort(moments, n, sizeof *moments, by_time);
	for (size_t i = 0; i < n; i++) {
		vk_auto(vk_freep) char *line = json_dumps(moments[i].event, JSON_COMPACT);

		vk_str_addf(&out, "%s\n", line ? line : "");
	}
	vk_rfc3339_format(now, ((int64_t)time(NULL) + 1) * 1000, NULL);
	vk_str_addf(&out, "{\"t\":\"%s\",\"end\":true}\n", now);
	return vk_str_take(&out);
}

/* ---- try ---- */

/* An episode begins with its first revision. */
static void add_would(json_t *would, const char *line)
{
	json_t *e = json_loads(line, 0, NULL);
	const char *effect = json_string_value(json_object_get(e, "effect"));

	if (effect && strcmp(effect, "alert") == 0 &&
	    json_integer_value(json_object_get(e, "rev")) == 0)
		(void)json_array_append_new(would, json_pack("{s:O,s:O,s:O}", "rule",
							     json_object_get(e, "rule"), "priority",
							     json_object_get(e, "priority"),
							     "raised", json_object_get(e, "t")));
	json_decref(e);
}

static json_t *run_trial(const char *path, const char *events)
{
	FILE *in = fmemopen((void *)(uintptr_t)events, strlen(events), "r");
	vk_auto(vk_freep) char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	json_t *would = NULL;
	char *rest, *line;

	if (in && out && vk_replay_trial(path, in, out, stderr) == 0)
		would = json_array();
	if (in)
		(void)fclose(in);
	if (out)
		(void)fclose(out);
	for (line = would ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		add_would(would, line);
	return would;
}

static size_t count(const json_t *list, const char *rule)
{
	json_t *a;
	size_t i, n = 0;

	json_array_foreach(list, i, a) n +=
		strcmp(json_string_value(json_object_get(a, "rule")), rule) == 0;
	return n;
}

static void add_rules(json_t *rules, const json_t *of, const json_t *would, const json_t *was)
{
	json_t *a;
	size_t i;

	json_array_foreach(of, i, a)
	{
		const char *rule = json_string_value(json_object_get(a, "rule"));

		if (!json_object_get(rules, rule))
			(void)json_object_set_new(rules, rule,
						  json_pack("{s:I,s:I}", "would",
							    (json_int_t)count(would, rule), "was",
							    (json_int_t)count(was, rule)));
	}
}

static void show_trial(const json_t *result, enum vk_lang lang)
{
	bool is_english = lang == VK_EN;
	const char *rule, *lists[] = {"would", "was"};
	json_t *counts, *a;
	size_t i;

	(void)printf(is_english ? "Version %lld tried since %s: %lld readings, %lld signals\n"
				: "Version %lld provad sedan %s: %lld mätningar, %lld signaler\n",
		     json_integer_value(json_object_get(result, "version")),
		     json_string_value(json_object_get(result, "since")),
		     json_integer_value(json_object_get(result, "readings")),
		     json_integer_value(json_object_get(result, "signals")));
	(void)printf("%-24s %10s %10s\n", is_english ? "rule" : "regel",
		     is_english ? "would" : "skulle", is_english ? "did" : "gjorde");
	json_object_foreach(json_object_get(result, "rules"), rule, counts)(void) printf(
		"%-24s %10lld %10lld\n", rule, json_integer_value(json_object_get(counts, "would")),
		json_integer_value(json_object_get(counts, "was")));
	for (size_t k = 0; k < 2; k++)
		json_array_foreach(json_object_get(result, lists[k]), i, a)(void) printf(
			"%s  %-7s %s %s\n", json_string_value(json_object_get(a, "raised")),
			k ? (is_english ? "did" : "gjorde") : (is_english ? "would" : "skulle"),
			json_string_value(json_object_get(a, "priority")),
			json_string_value(json_object_get(a, "rule")));
}

static int finish(const struct vk_args *args, const struct words *w, const struct vk_plan *plan,
		  const struct history *h)
{
	vk_auto(vk_freep) char *events = history_text(h);
	json_t *would = events ? run_trial(w->first, events) : NULL, *result;

	if (!would)
		return 1;
	result = json_pack("{s:s,s:i,s:s,s:i,s:i,s:{},s:o,s:O}", "patient", plan->patient,
			   "version", plan->version, "since", h->since, "readings", h->n_readings,
			   "signals", h->n_signals, "rules", "would", would, "was", h->was);
	add_rules(json_object_get(result, "rules"), would, would, h->was);
	add_rules(json_object_get(result, "rules"), h->was, would, h->was);
	if (args->is_json)
		print_json(result);
	else
		show_trial(result, args->lang);
	json_decref(result);
	return 0;
}

static int try_plan(const struct vk_args *args, const struct words *w)
{
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	vk_auto(vk_freep) struct vk_plan *plan = calloc(1, sizeof *plan);
	int days = w->days ? atoi(w->days) : DAYS, r;
	struct history h = {.events = json_array(), .was = json_array()};

	if (days < 1 || days > DAYS_MAX)
		return VK_USAGE;
	h.since_ms = ((int64_t)time(NULL) - (int64_t)days * 86400) * 1000;
	vk_rfc3339_format(h.since, h.since_ms, NULL);
	r = plan ? read_plan(w->first, &root, plan) : 1;
	if (r == 0)
		r = add_readings(&h, plan->patient);
	if (r == 0)
		r = add_signals(&h, plan->patient);
	if (r == 0)
		r = add_was(&h, plan->patient);
	if (r == 0)
		r = finish(args, w, plan, &h);
	json_decref(h.events);
	json_decref(h.was);
	return r ? 1 : 0;
}

int vk_ctl_plans(const struct vk_args *args)
{
	struct words w = {0};

	if (args->n == 0 ||
	    (strcmp(args->words[0], "diff") != 0 && strcmp(args->words[0], "try") != 0))
		return vk_ctl_plan(args);
	if (!sort_words(args, &w))
		return VK_USAGE;
	if (strcmp(w.what, "try") == 0)
		return w.second ? VK_USAGE : try_plan(args, &w);
	return w.days ? VK_USAGE : diff(args, &w);
}
