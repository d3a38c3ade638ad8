/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock of a replay: time goes from event to event and stops wherever the core has something
 * due. The wall clock and the hub's own line may go apart from the file's time, as they do in a
 * home: by a step, or by a restart without a clock.
 */
#include "ctl/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/yaml.h"
#include "conf/zone.h"
#include "ctl/main.h"
#include "ctl/replay_rows.h"
#include "ctl/trial.h"

enum { PLANS_MAX = 64, STEPS_MAX = 1000 };

struct replay {
	const char *events_path;
	FILE *out, *err;
	int line;
	bool has_started;
	int64_t t_ms; /* of the file: now */
	int64_t utc_shift_ms, mono_shift_ms;
	enum vk_clock_quality quality;
	struct vk_core *core;
	struct vk_effects *effects;
	struct vk_replay_rows rows;
	struct vk_trial *trial; /* staff of its own; NULL: the file's alone */
	int n_plans;
	struct vk_plan *plans[PLANS_MAX]; /* owned: the core borrows them to the end */
};

static void replay_done(struct replay *r)
{
	for (int i = 0; i < r->n_plans; i++)
		free(r->plans[i]);
	vk_replay_rows_done(&r->rows);
	free(r->core);
	free(r->effects);
}

static struct vk_now now_of(const struct replay *r)
{
	return (struct vk_now){.utc_ms = r->t_ms + r->utc_shift_ms,
			       .mono_ms = r->t_ms + r->mono_shift_ms,
			       .quality = r->quality};
}

static int complain(struct replay *r, const char *what)
{
	(void)fprintf(r->err, "%s:%d: %s\n", r->events_path, r->line, what);
	return 1;
}

/* ---- plans ---- */

static const struct vk_plan *load_plan(struct replay *r, const char *path)
{
	struct vk_problems problems = {.file = path};
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	struct vk_plan *plan = calloc(1, sizeof *plan);
	int error = plan && r->n_plans < PLANS_MAX ? 0 : -ENOMEM;

	if (!error)
		error = vk_conf_read_file(path, &problems, &root, NULL, NULL);
	if (!error)
		error = vk_plan_parse(root, vk_zone_load, NULL, &problems, plan);
	if (error) {
		(void)fputs(problems.text.text ? problems.text.text : "out of memory\n", r->err);
		free(plan);
		plan = NULL;
	} else {
		r->plans[r->n_plans++] = plan;
	}
	vk_problems_done(&problems);
	return plan;
}

/* A plan that a line names stands beside the file of events, unless its path is absolute. */
static const struct vk_plan *load_named(struct replay *r, const char *name)
{
	const char *slash = strrchr(r->events_path, '/');
	vk_auto(vk_freep) char *path = NULL;

	if (name[0] == '/' || !slash)
		return load_plan(r, name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - r->events_path), r->events_path, name) < 0) {
		path = NULL;
		return NULL;
	}
	return load_plan(r, path);
}

/* ---- time ---- */

static void write_effects(struct replay *r)
{
	for (int i = 0; i < r->effects->n; i++) {
		const struct vk_effect *effect = &r->effects->list[i];
		struct vk_str text = {0};
		struct vk_json j = vk_json_init(&text);

		if (r->trial)
			vk_trial_effect(r->trial, effect, r->t_ms);
		else if (effect->type == VK_EFFECT_REPLY && effect->reply.result != VK_REPLY_OK)
			(void)fprintf(r->err, "%s:%d: %s is refused: %s\n", r->events_path, r->line,
				      effect->reply.object, effect->reply.code);
		if (vk_replay_effect(&j, effect, r->t_ms, &r->plans[0]->zone) && text.text)
			(void)fprintf(r->out, "%s\n", text.text);
		vk_str_done(&text);
	}
}

static int step(struct replay *r, const struct vk_event *event)
{
	struct vk_event next = *event;
	int more = 1;

	next.now = now_of(r);
	for (int i = 0; more == 1 && i < STEPS_MAX; i++) {
		more = vk_core_step(r->core, &next, r->effects);
		if (more < 0)
			return complain(r, "the event makes no sense");
		if (vk_replay_rows_keep(&r->rows, r->effects))
			return complain(r, "out of memory");
		write_effects(r);
		next = (struct vk_event){.type = VK_EVENT_TICK, .now = next.now};
	}
	return 0;
}

/* Whether the staff of a trial do something before the core's next timer. */
static bool answer_first(const struct replay *r, int64_t next_mono_ms, int64_t t_ms)
{
	int64_t at_ms = r->trial ? vk_trial_next_ms(r->trial) : VK_NEVER;

	return at_ms <= t_ms && at_ms != VK_NEVER &&
	       (next_mono_ms == VK_NEVER || at_ms <= next_mono_ms - r->mono_shift_ms);
}

static int answer(struct replay *r)
{
	struct vk_event event = {.type = VK_EVENT_COMMAND};

	if (vk_trial_next_ms(r->trial) > r->t_ms)
		r->t_ms = vk_trial_next_ms(r->trial);
	return vk_trial_take(r->trial, &event.command) ? step(r, &event) : 0;
}

/* Lets time pass, with every timer at its own moment. */
static int pass(struct replay *r, int64_t t_ms)
{
	static const struct vk_event tick = {.type = VK_EVENT_TICK};

	if (t_ms < r->t_ms)
		return complain(r, "t goes back, expected lines in order of time");
	for (;;) {
		struct vk_now now = now_of(r);
		int64_t next = vk_core_next_mono_ms(r->core, &now);

		if (answer_first(r, next, t_ms)) {
			if (answer(r))
				return 1;
			continue;
		}

		if (next == VK_NEVER || next - r->mono_shift_ms > t_ms)
			break;
		if (next - r->mono_shift_ms > r->t_ms)
			r->t_ms = next - r->mono_shift_ms;
		if (step(r, &tick))
			return 1;
	}
	r->t_ms = t_ms;
	return 0;
}

/* ---- lines ---- */

/*
 * Off: nothing fires, and what is left is what the rows hold. Without a clock the hub cannot know
 * how long, and goes on where it stopped.
 */
static int restart(struct replay *r, const struct vk_replay_line *l)
{
	r->t_ms += l->off_ms;
	if (l->has_quality && l->quality == VK_CLOCK_UNSYNCED) {
		r->utc_shift_ms -= l->off_ms;
		r->mono_shift_ms -= l->off_ms;
	}
	return vk_replay_rows_restore(&r->rows, r->core);
}

static int set_clock(struct replay *r, const struct vk_replay_line *l)
{
	int error = 0;

	if (l->is_restart)
		error = restart(r, l);
	else if (l->step_ms)
		r->utc_shift_ms += l->step_ms;
	else if (l->has_quality && l->quality == VK_CLOCK_SYNCED)
		r->utc_shift_ms = 0;
	if (l->has_quality)
		r->quality = l->quality;
	return error ? complain(r, "the rows give no state") : 0;
}

static void receive(const struct replay *r, struct vk_replay_line *l, struct vk_event *event)
{
	struct vk_now now = now_of(r);

	l->reading.received_utc_ms = now.utc_ms;
	l->reading.received_mono_ms = now.mono_ms;
	if (!l->is_placed)
		vk_reading_place(&l->reading, &r->plans[0]->zone, r->quality);
	event->reading = &l->reading;
}

static int put_plan(struct replay *r, const char *name)
{
	const struct vk_plan *plan = load_named(r, name);

	if (!plan)
		return complain(r, "the plan cannot be put in force");
	return step(r, &(struct vk_event){.type = VK_EVENT_PLAN, .plan = plan});
}

static int run_line(struct replay *r, json_t *root, bool *ret_end)
{
	struct vk_replay_line l;
	int error = vk_replay_parse(root, r->plans[0]->patient, r->line, &l);

	if (error)
		return complain(r, l.error);
	if (!r->has_started) {
		r->has_started = true;
		r->t_ms = l.t_ms;
		error = step(r, &(struct vk_event){.type = VK_EVENT_START});
	}
	if (!error)
		error = pass(r, l.t_ms);
	*ret_end = l.is_end;
	if (!error)
		error = set_clock(r, &l);
	if (!error && l.plan_file)
		error = put_plan(r, l.plan_file);
	for (int i = 0; !error && i < l.n_events; i++) {
		if (l.events[i].type == VK_EVENT_READING)
			receive(r, &l, &l.events[i]);
		error = step(r, &l.events[i]);
	}
	return error;
}

static int run_text(struct replay *r, const char *text, bool *ret_end)
{
	json_error_t problem;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &problem);
	int error;

	if (!root) {
		(void)fprintf(r->err, "%s:%d:%d: %s, expected one JSON object a line\n",
			      r->events_path, r->line, problem.column, problem.text);
		return 1;
	}
	error = run_line(r, root, ret_end);
	json_decref(root);
	return error;
}

static int run(struct replay *r, FILE *in)
{
	vk_auto(vk_freep) char *text = NULL;
	bool is_end = false;
	size_t size = 0;
	int error = 0;

	for (r->line = 1; !error && !is_end && getline(&text, &size, in) > 0; r->line++)
		if (text[strspn(text, " \t\r\n")])
			error = run_text(r, text, &is_end);
	return error;
}

static int replay(const char *plan_path, const char *events_path, FILE *in, FILE *out, FILE *err,
		  struct vk_trial *trial)
{
	struct replay r = {.events_path = events_path,
			   .trial = trial,
			   .out = out,
			   .err = err,
			   .quality = VK_CLOCK_SYNCED,
			   .core = calloc(1, sizeof *r.core),
			   .effects = calloc(1, sizeof *r.effects)};
	const struct vk_plan *plan = r.core && r.effects ? load_plan(&r, plan_path) : NULL;
	int error = 1;

	if (plan && trial) {
		/* It is tried on a time before its own. */
		r.plans[0]->valid_from_utc_ms = 0;
		r.plans[0]->valid_until_utc_ms = VK_NEVER;
	}
	if (plan) {
		vk_core_init(r.core);
		error = vk_core_restore_plan(r.core, plan, 0) ? 1 : run(&r, in);
	}
	replay_done(&r);
	return error;
}

int vk_replay_run(const char *plan_path, const char *events_path, FILE *in, FILE *out, FILE *err)
{
	return replay(plan_path, events_path, in, out, err, NULL);
}

int vk_replay_trial(const char *plan_path, FILE *in, FILE *out, FILE *err)
{
	struct vk_trial *trial = calloc(1, sizeof *trial);
	int error = trial ? replay(plan_path, "history", in, out, err, trial) : 1;

	free(trial);
	return error;
}

int vk_ctl_replay(const struct vk_args *args)
{
	const char *plan = NULL, *events = NULL;
	FILE *in;
	int error;

	for (int i = 0; i < args->n; i++) {
		if (strcmp(args->words[i], "--plan") == 0 && i + 1 < args->n)
			plan = args->words[++i];
		else if (!events && (args->words[i][0] != '-' || !args->words[i][1]))
			events = args->words[i];
		else
			return VK_USAGE;
	}
	if (!plan || !events)
		return VK_USAGE;
	in = strcmp(events, "-") == 0 ? stdin : fopen(events, "re");
	if (!in) {
		(void)fprintf(stderr, "vakactl: %s: %s\n", events, strerror(errno));
		return 1;
	}
	error = vk_replay_run(plan, events, in, stdout, stderr);
	if (in != stdin)
		(void)fclose(in);
	return error;
}
