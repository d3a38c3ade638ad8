/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `vakactl plan` and `vakactl key`: what a technician or clinician does with plans at a desk,
 * without a hub. A plan with mistakes is never signed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "conf/yaml.h"
#include "conf/zone.h"
#include "core/plan.h"
#include "core/plan_notes.h"
#include "ctl/main.h"
#include "ctl/sign.h"

/* Words of a verb: options with values, and what is left. */
struct words {
	const char *key, *id;
	const char *rest[3]; /* verb and operands; NULL where there is none */
};

static bool sort_words(const struct vk_args *args, struct words *ret_words)
{
	struct words w = {0};
	int n = 0;

	for (int i = 0; i < args->n; i++) {
		bool is_key = strcmp(args->words[i], "--key") == 0;

		if (is_key || strcmp(args->words[i], "--id") == 0) {
			if (++i == args->n)
				return false;
			*(is_key ? &w.key : &w.id) = args->words[i];
		} else if (n < 2 && args->words[i][0] != '-') {
			w.rest[n++] = args->words[i];
		} else {
			return false;
		}
	}
	*ret_words = w;
	return n > 0;
}

static int fail(const char *path, int error)
{
	(void)fprintf(stderr, "vakactl: %s: %s\n", path,
		      error == -EINVAL ? "no signing key in it" : strerror(-error));
	return 1;
}

/* Reads and checks a plan; its mistakes are in problems. bytes are the caller's to free. */
static int read_plan(const char *path, struct vk_problems *problems, struct vk_plan *ret_plan,
		     char **ret_bytes, size_t *ret_len)
{
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	int r = vk_conf_read_file(path, problems, &root, ret_bytes, ret_len);

	return r ? r : vk_plan_parse(root, vk_zone_load, NULL, problems, ret_plan);
}

static void print_errors(struct vk_json *json, const struct vk_problems *problems)
{
	const char *line = problems->text.text ? problems->text.text : "";
	char text[480];

	vk_json_open(json, "errors", '[');
	while (*line) {
		size_t n = strcspn(line, "\n");

		(void)snprintf(text, sizeof text, "%.*s", (int)n, line);
		vk_json_str(json, NULL, text);
		line += n + (line[n] == '\n');
	}
	vk_json_close(json, ']');
}

/* "check night: 02:30 is left out on 2026-03-29, done at 03:00" */
static void format_note(char out[240], const struct vk_plan_note *note, const struct vk_zone *zone)
{
	char day[VK_RFC3339_TEXT], done[VK_RFC3339_TEXT];

	vk_rfc3339_format(day, note->day * INT64_C(86400000), NULL);
	vk_rfc3339_format(done, note->done_utc_ms, zone);
	(void)snprintf(out, 240, "%s %s: %02d:%02d %s on %.10s, done at %.5s%s", note->what,
		       note->id, (int)note->at_s / 3600, (int)note->at_s / 60 % 60,
		       note->is_left_out ? "is left out" : "comes twice", day, done + 11,
		       note->is_left_out ? "" : " the first time");
}

struct notes {
	const struct vk_plan *plan;
	struct vk_json *json; /* NULL: to standard output */
};

static void print_note(const struct vk_plan_note *note, void *user)
{
	const struct notes *notes = user;
	char text[240];

	format_note(text, note, &notes->plan->zone);
	if (notes->json)
		vk_json_str(notes->json, NULL, text);
	else
		(void)printf("note: %s\n", text);
}

/* plan is NULL when it was refused. */
static void print_json(const char *path, const struct vk_plan *plan,
		       const struct vk_problems *problems)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json json = vk_json_init(&out);

	vk_json_open(&json, NULL, '{');
	vk_json_str(&json, "file", path);
	vk_json_bool(&json, "ok", plan);
	if (plan) {
		vk_json_str(&json, "patient", plan->patient);
		vk_json_int(&json, "version", plan->version);
	}
	print_errors(&json, problems);
	if (plan) {
		vk_json_open(&json, "notes", '[');
		vk_plan_notes(plan, print_note, &(struct notes){plan, &json});
		vk_json_close(&json, ']');
	}
	vk_json_close(&json, '}');
	if (!out.error)
		(void)puts(out.text);
}

static int check(const char *path, bool is_json)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct vk_plan plan;
	int r = read_plan(path, &problems, &plan, NULL, NULL);

	if (is_json)
		print_json(path, r ? NULL : &plan, &problems);
	else if (r)
		(void)fputs(problems.text.text ? problems.text.text : "out of memory\n", stdout);
	if (r || is_json)
		return r ? 1 : 0;
	(void)printf("%s: version %d for %s, %d rules, %d checks: no mistake\n", path, plan.version,
		     plan.patient, plan.n_rules, plan.n_checks);
	vk_plan_notes(&plan, print_note, &(struct notes){&plan, NULL});
	return 0;
}

/* <path>.sig with a text and a line end. */
static int write_sig(const char *path, const char *text)
{
	vk_auto(vk_str_done) struct vk_str sig_path = {0}, line = {0};
	int r;

	vk_str_addf(&sig_path, "%s.sig", path);
	vk_str_addf(&line, "%s\n", text);
	r = sig_path.error || line.error ? -ENOMEM : vk_write_file(sig_path.text, 0644, line.text);
	return r ? fail(sig_path.text ? sig_path.text : path, r) : 0;
}

static int sign_plan(const struct words *w)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	vk_auto(vk_str_done) struct vk_str message = {0}, proof = {0};
	vk_auto(vk_freep) char *bytes = NULL;
	char signature[VK_BASE64_SIGNATURE];
	struct vk_plan plan;
	size_t len = 0;
	int r = read_plan(w->rest[1], &problems, &plan, &bytes, &len);

	if (r) {
		(void)fputs(problems.text.text ? problems.text.text : "out of memory\n", stderr);
		return 1;
	}
	r = vk_sign(w->key, bytes, len, signature);
	if (r)
		return fail(w->key, r);
	vk_sign_json(&proof, NULL, 0, w->id ? w->id : plan.author, signature);
	vk_sign_json(&message, bytes, len, w->id ? w->id : plan.author, signature);
	if (proof.error || message.error)
		return fail(w->rest[1], -ENOMEM);
	(void)puts(message.text);
	return write_sig(w->rest[1], proof.text);
}

int vk_ctl_plan(const struct vk_args *args)
{
	struct words w;

	if (!sort_words(args, &w) || !w.rest[1] || (w.id && !vk_is_id(w.id)))
		return VK_USAGE;
	if (strcmp(w.rest[0], "check") == 0 && !w.key)
		return check(w.rest[1], args->is_json);
	if (strcmp(w.rest[0], "sign") == 0 && w.key)
		return sign_plan(&w);
	return VK_USAGE;
}

/* Any file, with the bare signature as <file>.sig: the staff directory by the provider's key. */
static int sign_file(const struct words *w)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	vk_auto(vk_freep) char *bytes = NULL;
	char signature[VK_BASE64_SIGNATURE];
	size_t len = 0;
	int r = vk_conf_read_file(w->rest[1], &problems, &root, &bytes, &len);

	if (r) {
		(void)fputs(problems.text.text ? problems.text.text : "out of memory\n", stderr);
		return 1;
	}
	r = vk_sign(w->key, bytes, len, signature);
	return r ? fail(w->key, r) : write_sig(w->rest[1], signature);
}

int vk_ctl_key(const struct vk_args *args)
{
	char public[VK_BASE64_KEY];
	struct words w;
	int r;

	if (!sort_words(args, &w) || !w.rest[1])
		return VK_USAGE;
	if (strcmp(w.rest[0], "sign") == 0 && w.key)
		return sign_file(&w);
	if (strcmp(w.rest[0], "new") != 0 || w.key)
		return VK_USAGE;
	r = vk_key_new(w.rest[1], public);
	if (r)
		return fail(w.rest[1], r);
	(void)puts(public);
	return 0;
}
