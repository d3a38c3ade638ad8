/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairing as a technician does it: what is near, in words; what the model wants done, from
 * devices.d; the code it shows; a test reading; and only then whose it is, so that the technician's
 * own value is never the patient's. Asked on a terminal, taken from the options elsewhere.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/main.h"
#include "ctl/model.h"
#include "ctl/show_priv.h"

enum { SCAN_S = 10, PAIR_S = 90, LOOK_MS = 500, MISSING = 3 };

struct pairing {
	const struct vk_args *args;
	struct vk_models models;
	bool is_asking; /* a person sits there */
	char match[80], name[80], kind[32], patient[80], device[32];
	const char *user, *consent;
	bool is_again;
	uint32_t seconds;
};

static void say(const struct pairing *p, enum vk_say what, const char *first, const char *second)
{
	vk_args_say(p->args, what, first, second, NULL);
}

/* A line that was typed, without its end; false at the end of input. */
static bool ask(const struct pairing *p, enum vk_say what, const char *first, char *line,
		size_t size)
{
	vk_auto(vk_str_done) struct vk_str question = {0};

	vk_say_add(&question, p->args->lang, what, first, NULL, NULL);
	(void)fputs(question.text ? question.text : "", stderr);
	(void)fflush(stderr);
	if (!fgets(line, (int)size, stdin))
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

/* ---- models ---- */

static const struct vk_model *model_of(const struct pairing *p, const char *maker,
				       const char *model, const char *name)
{
	return vk_model_find(p->models.list, p->models.n, maker, model, name);
}

static const struct vk_model_steps *in(const struct pairing *p, const struct vk_model_words *words)
{
	return p->args->lang == VK_SV ? &words->sv : &words->en;
}

/* Why it serves in part or not at all, in one text. */
static void add_because(const struct pairing *p, struct vk_str *out, const struct vk_model *model)
{
	const struct vk_model_advice *advice = vk_models_advice(&p->models, model);
	const struct vk_model_steps *lines;

	if (!advice || !advice->has_because)
		return;
	lines = in(p, &advice->because);
	for (int i = 0; i < lines->n; i++)
		vk_str_addf(out, "%s%s", i ? " " : "", lines->list[i]);
}

static void tell_steps(const struct pairing *p, const struct vk_model *model)
{
	const struct vk_model_advice *advice = model ? vk_models_advice(&p->models, model) : NULL;
	const struct vk_model_steps *steps;

	if (!advice || !advice->has_pairing) {
		say(p, VK_SAY_PAIR_GENERIC, NULL, NULL);
		return;
	}
	steps = in(p, &advice->pairing);
	say(p, VK_SAY_PAIR_STEPS, model->label, NULL);
	for (int i = 0; i < steps->n; i++) {
		char number[16];

		(void)snprintf(number, sizeof number, "%d", i + 1);
		say(p, VK_SAY_PAIR_STEP, number, steps->list[i]);
	}
}

/* False for a model that cannot be used: it is told why. */
static bool can_serve(const struct pairing *p, const struct vk_model *model)
{
	vk_auto(vk_str_done) struct vk_str why = {0};

	if (!model || model->support != VK_MODEL_NONE)
		return true;
	add_because(p, &why, model);
	say(p, VK_SAY_PAIR_CANNOT, model->label, why.text);
	return false;
}

/* ---- what is near ---- */

static void add_use(const struct pairing *p, const struct vk_screen *s, struct vk_table *t,
		    const struct vk_model *model, bool is_bonded)
{
	vk_auto(vk_str_done) struct vk_str why = {0};
	struct vk_str cell = {0};

	if (model && model->support != VK_MODEL_FULL) {
		add_because(p, &why, model);
		vk_say_add(&cell, s->lang,
			   model->support == VK_MODEL_NONE ? VK_SAY_UNUSABLE : VK_SAY_PARTLY,
			   why.text, NULL, NULL);
	} else {
		vk_str_add(&cell, vk_say(is_bonded ? VK_SAY_ALREADY_PAIRED : VK_SAY_YES, s->lang));
	}
	vk_show_cell(t, &cell);
}

static void print_near(const struct pairing *p, const json_t *list)
{
	static const enum vk_say heads[] = {VK_SAY_HEAD_NUMBER, VK_SAY_HEAD_NAME,
					    VK_SAY_HEAD_WHAT,   VK_SAY_HEAD_MODEL,
					    VK_SAY_HEAD_SIGNAL, VK_SAY_HEAD_USABLE};
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_screen s = vk_args_screen(p->args, &out);
	struct vk_table t = {0};
	const json_t *f;
	size_t i;

	vk_show_head(&t, &s, heads, (int)VK_ARRAY_LEN(heads));
	json_array_foreach(list, i, f)
	{
		const struct vk_model *model = model_of(p, "", "", vk_json_text(f, "name"));
		const char *name = vk_json_text(f, "name");
		char number[24];

		(void)snprintf(number, sizeof number, "%zu", i + 1);
		vk_table_cell(&t, number);
		vk_table_cell(&t, name[0] ? name : vk_json_text(f, "address"));
		vk_table_cell(&t, vk_word(VK_WORDS_KIND, vk_json_text(f, "kind"), s.lang));
		vk_table_cell(&t, model ? model->label : "");
		vk_table_cell(&t, vk_show_strength(&s, json_object_get(f, "rssi")));
		add_use(p, &s, &t, model, json_is_true(json_object_get(f, "bonded")));
	}
	vk_table_print(&t, s.width, &out);
	vk_table_done(&t);
	if (out.text)
		(void)fputs(out.text, stdout);
}

static int list_near(const struct pairing *p, json_t *list)
{
	if (p->args->is_json)
		return vk_args_print(p->args, list, NULL);
	if (json_array_size(list)) {
		print_near(p, list);
		say(p, VK_SAY_PAIR_NEXT, NULL, NULL);
	} else {
		say(p, VK_SAY_NONE_NEAR, NULL, NULL);
	}
	json_decref(list);
	return 0;
}

static json_t *listen_near(const struct pairing *p)
{
	char seconds[16];

	(void)snprintf(seconds, sizeof seconds, "%d", SCAN_S);
	if (!p->args->is_json)
		say(p, VK_SAY_PAIR_LISTEN, seconds, NULL);
	return vk_client_scan(SCAN_S);
}

static bool take_choice(struct pairing *p, const json_t *list, const char *line)
{
	long number = strtol(line, NULL, 10);
	const json_t *f = number > 0 ? json_array_get(list, (size_t)number - 1) : NULL;

	if (!f)
		return false;
	(void)vk_copy(p->match, sizeof p->match, vk_json_text(f, "address"));
	(void)vk_copy(p->name, sizeof p->name, vk_json_text(f, "name"));
	(void)vk_copy(p->kind, sizeof p->kind, vk_json_text(f, "kind"));
	return true;
}

/* Until one is chosen. 0, or the exit code. */
static int choose(struct pairing *p)
{
	for (;;) {
		json_t *list = listen_near(p);
		char line[32];
		bool is_chosen;

		if (!list)
			return 1;
		if (json_array_size(list))
			print_near(p, list);
		else
			say(p, VK_SAY_NONE_NEAR, NULL, NULL);
		if (!ask(p, VK_SAY_PAIR_CHOOSE, NULL, line, sizeof line) || line[0] == 'q') {
			json_decref(list);
			return 1;
		}
		is_chosen = take_choice(p, list, line);
		json_decref(list);
		if (is_chosen)
			return 0;
	}
}

/* ---- a device that is known ---- */

static json_t *device_of(const char *id)
{
	json_t *list = vk_client_call("Query", "ss", "devices", ""), *device, *found = NULL;
	size_t i;

	json_array_foreach(list, i, device)
	{
		if (!found && (strcmp(vk_json_text(device, "device"), id) == 0 ||
			       strcmp(vk_json_text(device, "name"), id) == 0 ||
			       strcmp(vk_json_text(device, "address"), id) == 0))
			found = json_incref(device);
	}
	json_decref(list);
	return found;
}

static int find_again(struct pairing *p, const char *id)
{
	json_t *device = device_of(id);

	if (!device) {
		say(p, VK_SAY_NO_SUCH_DEVICE, id, NULL);
		return 1;
	}
	p->is_again = true;
	(void)vk_copy(p->match, sizeof p->match, vk_json_text(device, "address"));
	(void)vk_copy(p->name, sizeof p->name, vk_json_text(device, "name"));
	(void)vk_copy(p->kind, sizeof p->kind, vk_json_text(device, "kind"));
	tell_steps(p, model_of(p, vk_json_text(device, "manufacturer"),
			       vk_json_text(device, "model"), p->name));
	json_decref(device);
	return 0;
}

/* ---- the test reading ---- */

static enum vk_say test_of(const char *kind)
{
	static const struct {
		const char *kind;
		enum vk_say say;
	} tests[] = {{"cuff", VK_SAY_TEST_CUFF},
		     {"scale", VK_SAY_TEST_SCALE},
		     {"oximeter", VK_SAY_TEST_OXIMETER},
		     {"meter", VK_SAY_TEST_METER}};

	for (size_t i = 0; i < VK_ARRAY_LEN(tests); i++)
		if (strcmp(tests[i].kind, kind) == 0)
			return tests[i].say;
	return VK_SAY_TEST_OTHER;
}

static int64_t mono_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The newest reading of the device, or NULL; known: the ids it had before, not to be taken. */
static json_t *newest(const struct pairing *p, const json_t *known)
{
	char options[96];
	json_t *list, *reading, *found = NULL;
	size_t i;

	(void)snprintf(options, sizeof options, "{\"device\":\"%s\",\"limit\":20}", p->device);
	list = vk_client_call("Query", "ss", "readings", options);
	json_array_foreach(list, i, reading)
	{
		if (!found && !json_object_get(known, vk_json_text(reading, "id")))
			found = json_incref(reading);
	}
	json_decref(list);
	return found;
}

static json_t *ids_of(const struct pairing *p)
{
	char options[96];
	json_t *known = json_object(), *list, *reading;
	size_t i;

	(void)snprintf(options, sizeof options, "{\"device\":\"%s\",\"limit\":20000}", p->device);
	list = vk_client_call("Query", "ss", "readings", options);
	json_array_foreach(list, i, reading)
	{
		(void)json_object_set_new(known, vk_json_text(reading, "id"), json_true());
	}
	json_decref(list);
	return known;
}

static json_t *await_reading(const struct pairing *p, const json_t *known)
{
	json_t *reading = NULL;
	int64_t until_ms = mono_ms() + (int64_t)p->seconds * 1000;

	while (!reading && mono_ms() < until_ms) {
		reading = newest(p, known);
		if (!reading)
			(void)poll(NULL, 0, LOOK_MS);
	}
	return reading;
}

/* The technician's value is nobody's: taken back before the device is given to anybody. */
static void take_back(const struct pairing *p, const json_t *reading)
{
	json_t *answer = vk_client_call("Revise", "ss", vk_json_text(reading, "id"), "");

	if (answer)
		say(p, VK_SAY_TEST_TAKEN_BACK, NULL, NULL);
	json_decref(answer);
}

/* 0: it came. */
static int test(const struct pairing *p, json_t *ret_result)
{
	const struct vk_screen screen = vk_args_screen(p->args, NULL);
	vk_auto(vk_str_done) struct vk_str values = {0};
	const json_t *user;
	char seconds[16], number[24];
	json_t *reading, *known;

	/* Before the technician is asked: what comes from now on is the test's. */
	known = ids_of(p);
	say(p, VK_SAY_TEST_ASK, vk_say(test_of(p->kind), p->args->lang), NULL);
	reading = await_reading(p, known);
	json_decref(known);
	if (!reading) {
		(void)snprintf(seconds, sizeof seconds, "%u", p->seconds);
		say(p, VK_SAY_TEST_MISSING, seconds, NULL);
		return MISSING;
	}
	vk_show_values(&screen, &values, json_object_get(reading, "values"));
	say(p, VK_SAY_TEST_CAME, values.text, NULL);
	take_back(p, reading);
	user = json_object_get(reading, "user");
	if (json_is_integer(user) && !p->user) {
		(void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(user));
		say(p, VK_SAY_HAS_USERS, p->device, number);
	}
	(void)json_object_set_new(ret_result, "test", reading);
	return 0;
}

/* ---- whose it is ---- */

static void ask_patient(struct pairing *p)
{
	json_t *status = vk_client_call("Query", "ss", "status", ""), *plan;
	vk_auto(vk_str_done) struct vk_str names = {0};
	size_t i;

	json_array_foreach(json_object_get(json_array_get(status, 0), "plans"), i, plan)
		vk_str_addf(&names, "%s%s", i ? ", " : "", vk_json_text(plan, "patient"));
	(void)ask(p, VK_SAY_PAIR_WHO, names.text, p->patient, sizeof p->patient);
	json_decref(status);
}

static int give(const struct pairing *p)
{
	json_t *answer;

	if (!p->patient[0]) {
		if (!p->is_again)
			say(p, VK_SAY_NOT_ASSIGNED, p->device, NULL);
		return 0;
	}
	answer = vk_client_assign(p->device, p->patient, p->user ? atoi(p->user) : -1,
				  p->consent ? atoi(p->consent) : -1);
	if (!answer)
		return 1;
	json_decref(answer);
	say(p, VK_SAY_ASSIGNED, p->patient, NULL);
	return 0;
}

/* ---- all of it ---- */

static int pair(struct pairing *p, json_t **ret_result)
{
	struct vk_pair_call wish = {
		.match = p->match, .patient = "", .seconds = p->seconds, .is_again = p->is_again};
	char seconds[16];

	(void)snprintf(seconds, sizeof seconds, "%u", p->seconds);
	say(p, VK_SAY_PAIR_WINDOW, seconds, NULL);
	*ret_result = vk_client_pair(&wish);
	if (!*ret_result)
		return 1;
	(void)vk_copy(p->device, sizeof p->device, vk_json_text(*ret_result, "device"));
	if (vk_json_text(*ret_result, "kind")[0])
		(void)vk_copy(p->kind, sizeof p->kind, vk_json_text(*ret_result, "kind"));
	say(p, VK_SAY_PAIRED, vk_word(VK_WORDS_KIND, p->kind, p->args->lang), p->device);
	return 0;
}

static int finish(struct pairing *p, json_t *result)
{
	/* A device that is somebody's already would give them the technician's value. */
	bool is_tested = vk_args_has(p->args, "--test") ||
			 (p->is_asking && !p->is_again && !vk_args_has(p->args, "--no-test"));
	int r = is_tested ? test(p, result) : 0;

	if (r) {
		say(p, VK_SAY_DO_THIS, vk_say(VK_SAY_TEST_AGAIN_HEAD, p->args->lang), NULL);
		say(p, VK_SAY_TEST_AGAIN, p->device, NULL);
		return r;
	}
	if (p->is_asking && !p->patient[0] && !p->is_again)
		ask_patient(p);
	r = give(p);
	if (r == 0)
		say(p, VK_SAY_DONE, NULL, NULL);
	return r;
}

static int run(struct pairing *p)
{
	const char *again = vk_args_option(p->args, "--again"), *match = vk_args_word(p->args, 0);
	json_t *result = NULL;
	int r = 0;

	if (!again && !match && !p->is_asking) {
		result = listen_near(p);
		return result ? list_near(p, result) : 1;
	}
	if (again)
		r = find_again(p, again);
	else if (match)
		(void)(vk_copy(p->match, sizeof p->match, match) &&
		       vk_copy(p->name, sizeof p->name, match));
	else
		r = choose(p);
	if (r)
		return r;
	if (!again) {
		const struct vk_model *model = model_of(p, "", "", p->name);

		if (!can_serve(p, model))
			return 1;
		tell_steps(p, model);
	}
	r = pair(p, &result);
	if (r == 0)
		r = finish(p, result);
	if (r == 0 && p->args->is_json)
		return vk_args_print(p->args, result, NULL);
	json_decref(result);
	return r;
}

int vk_ctl_pair(const struct vk_args *args)
{
	const char *seconds = vk_args_option(args, "--seconds");
	const char *patient = vk_args_option(args, "--patient");
	struct pairing p = {.args = args,
			    .is_asking = !args->is_json && !vk_args_has(args, "--list") &&
					 isatty(STDIN_FILENO),
			    .user = vk_args_option(args, "--user"),
			    .consent = vk_args_option(args, "--consent"),
			    .seconds = seconds ? (uint32_t)atoi(seconds) : PAIR_S};
	int r;

	(void)vk_copy(p.patient, sizeof p.patient, patient ? patient : "");
	vk_ctl_models(&p.models);
	r = run(&p);
	vk_models_done(&p.models);
	return r;
}
