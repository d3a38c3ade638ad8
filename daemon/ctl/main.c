/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vakactl: what a technician types. One table of verbs; every verb prints plain words, or with
 * --json one JSON document. decode, replay, plan and key need no daemon.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/str.h"
#include "ctl/client.h"
#include "ctl/decode.h"
#include "ctl/main.h"
#include "ctl/model.h"
#include "ctl/show.h"

enum { DECODE_MAX = 512 };

enum { PAIR_S = 60, SCAN_S = 10 };

/* The value of "--name VALUE", or NULL. */
static const char *option(const struct vk_args *a, const char *name)
{
	for (int i = 0; i + 1 < a->n; i++)
		if (strcmp(a->words[i], name) == 0)
			return a->words[i + 1];
	return NULL;
}

static bool has(const struct vk_args *a, const char *name)
{
	for (int i = 0; i < a->n; i++)
		if (strcmp(a->words[i], name) == 0)
			return true;
	return false;
}

/* The n-th word that is neither an option nor an option's value. */
static const char *positional(const struct vk_args *a, int n)
{
	for (int i = 0; i < a->n; i++) {
		if (strncmp(a->words[i], "--", 2) == 0) {
			i += strcmp(a->words[i], "--all") != 0;
			continue;
		}
		if (n-- == 0)
			return a->words[i];
	}
	return NULL;
}

static int print(const struct vk_args *a, json_t *answer, void (*show)(const json_t *))
{
	if (!answer)
		return 1;
	if (a->is_json || !show)
		(void)json_dumpf(answer, stdout, JSON_INDENT(1) | JSON_ENCODE_ANY);
	else
		show(answer);
	if (a->is_json || !show)
		(void)putchar('\n');
	json_decref(answer);
	return 0;
}

static void add_option(json_t *options, const struct vk_args *a, const char *name)
{
	const char *value = option(a, name);

	if (value)
		(void)json_object_set_new(options, name + 2, json_string(value));
}

static int query(const struct vk_args *a, const char *what, void (*show)(const json_t *))
{
	json_t *options = json_object();
	const char *limit = option(a, "--limit");
	vk_auto(vk_freep) char *text = NULL;

	add_option(options, a, "--patient");
	add_option(options, a, "--device");
	add_option(options, a, "--kind");
	add_option(options, a, "--since");
	if (limit)
		(void)json_object_set_new(options, "limit", json_integer(atoi(limit)));
	if (has(a, "--all"))
		(void)json_object_set_new(options, "all", json_true());
	text = json_dumps(options, JSON_COMPACT);
	json_decref(options);
	return print(a, vk_client_call("Query", "ss", what, text), show);
}

static int on_status(const struct vk_args *a)
{
	json_t *status = vk_client_call("Status", "", NULL, NULL);
	json_t *engine = status ? vk_client_call("Query", "ss", "status", "") : NULL;

	if (engine)
		(void)json_object_set(status, "engine", json_array_get(engine, 0));
	json_decref(engine);
	return print(a, status, vk_show_status);
}

static int on_readings(const struct vk_args *a)
{
	return query(a, "readings", vk_show_readings);
}

static int on_alerts(const struct vk_args *a)
{
	return query(a, "alerts", vk_show_alerts);
}

static int on_checks(const struct vk_args *a)
{
	return query(a, "checks", vk_show_checks);
}

static int on_devices(const struct vk_args *a)
{
	return query(a, "devices", vk_show_devices);
}

static int on_notices(const struct vk_args *a)
{
	return query(a, "notices", vk_show_notices);
}

static int on_scan(const struct vk_args *a)
{
	const char *seconds = option(a, "--seconds");

	return print(a, vk_client_scan(seconds ? (uint32_t)atoi(seconds) : SCAN_S), vk_show_found);
}

static int on_pair(const struct vk_args *a)
{
	const char *match = positional(a, 0), *patient = option(a, "--patient");
	const char *seconds = option(a, "--seconds");

	if (!match)
		return on_scan(a); /* what is near, to choose from */
	return print(a,
		     vk_client_pair(match, patient ? patient : "",
				    seconds ? (uint32_t)atoi(seconds) : PAIR_S),
		     NULL);
}

static int on_assign(const struct vk_args *a)
{
	const char *device = positional(a, 0), *patient = option(a, "--patient");
	const char *user = option(a, "--user"), *consent = option(a, "--consent");

	if (!patient)
		patient = positional(a, 1);
	if (!device || !patient)
		return VK_USAGE;
	if (strcmp(patient, "unassigned") == 0)
		patient = "";
	return print(a,
		     vk_client_assign(device, patient, user ? atoi(user) : -1,
				      consent ? atoi(consent) : -1),
		     NULL);
}

static int on_reading(const struct vk_args *a)
{
	const char *verb = positional(a, 0), *id = positional(a, 1), *patient = positional(a, 2);
	bool is_assign = verb && strcmp(verb, "assign") == 0;

	if (!verb || !id || (!is_assign && strcmp(verb, "retract") != 0) || is_assign != !!patient)
		return VK_USAGE;
	return print(a, vk_client_call("Revise", "ss", id, patient ? patient : ""), NULL);
}

static int on_forget(const struct vk_args *a)
{
	const char *device = positional(a, 0);

	return device ? print(a, vk_client_call("Forget", "s", device, NULL), NULL) : VK_USAGE;
}

static int print_decoded(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *bytes,
			 size_t len)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_decode_error error = {0};
	int r = vk_decode_json(uuid, quirks, bytes, len, &out, &error);

	if (r == 0) {
		(void)puts(out.text);
		return 0;
	}
	if (r == -ENOTSUP)
		(void)fprintf(stderr, "vakactl: no decoder for %04x\n", uuid);
	else
		(void)fprintf(stderr, "byte %zu: %s\n", error.byte, error.why);
	return 1;
}

/* decode --uuid 2a35 [--model M] HEX… */
static int on_decode(const struct vk_args *a)
{
	const char *uuid_text = option(a, "--uuid"), *model = option(a, "--model"), *word;
	struct vk_quirks quirks = {0};
	vk_auto(vk_str_done) struct vk_str hex = {0};
	uint8_t uuid[2], bytes[DECODE_MAX];
	int n;

	if (!uuid_text || vk_hex_parse(uuid_text, uuid, sizeof uuid) != 2 || !positional(a, 0))
		return VK_USAGE;
	for (int i = 0; (word = positional(a, i)); i++)
		vk_str_addf(&hex, "%s ", word);
	n = hex.error ? hex.error : vk_hex_parse(hex.text, bytes, sizeof bytes);
	if (n < 0) {
		(void)fputs("vakactl: not hex, or longer than 512 bytes\n", stderr);
		return 1;
	}
	if (model && vk_ctl_quirks(model, &quirks))
		return 1;
	return print_decoded((uint16_t)(uuid[0] << 8 | uuid[1]), &quirks, bytes, (size_t)n);
}

static const struct {
	const char *name;
	int (*run)(const struct vk_args *a);
	const char *usage;
} verbs[] = {
	{"status", on_status, "status                              how the hub is"},
	{"devices", on_devices,
	 "devices                             what is paired, and whose it is"},
	{"scan", on_scan, "scan [--seconds N]                  which health devices are near"},
	{"pair", on_pair, "pair [NAME|ADDRESS] [--patient P]   pair a device in pairing mode"},
	{"assign", on_assign, "assign DEVICE PATIENT|unassigned    say whose a device is"},
	{"forget", on_forget, "forget DEVICE                       remove a device and its bond"},
	{"readings", on_readings, "readings [--patient P] [--kind K] [--since T] [--limit N]"},
	{"reading", on_reading,
	 "reading assign ID PATIENT | retract ID  say whose a reading is, or take it back"},
	{"alerts", on_alerts, "alerts [--all]                      open alerts, or all"},
	{"checks", on_checks, "checks [--all]                      open checks, or all"},
	{"notices", on_notices,
	 "notices                             what the patient is shown and asked"},
	{"audit", vk_ctl_audit,
	 "audit [verify [FILE] [--head N:HASH] | export [--domain D] [--patient P] | person P]"},
	{"decode", on_decode, "decode --uuid 2a35 [--model M] HEX…   bytes in the decoded form"},
	{"plan", vk_ctl_plan, "plan check FILE | plan sign --key KEY [--id STAFF] FILE"},
	{"key", vk_ctl_key, "key new FILE | key sign --key KEY FILE"},
	{"replay", vk_ctl_replay, "replay --plan PLAN EVENTS.jsonl     run the core over events"},
};

static int print_usage(FILE *to)
{
	(void)fputs("vakactl VERB … [--json]\n\n", to);
	for (size_t i = 0; i < VK_ARRAY_LEN(verbs); i++)
		(void)fprintf(to, "  %s\n", verbs[i].usage);
	return 2;
}

/* Takes --json out of the words, wherever it stands. */
static struct vk_args arguments(int argc, char **argv)
{
	struct vk_args a = {.words = argv};

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			a.is_json = true;
		else
			a.words[a.n++] = argv[i];
	}
	return a;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return print_usage(stderr);
	if (strcmp(argv[1], "--help") == 0)
		return print_usage(stdout) - 2;
	for (size_t i = 0; i < VK_ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, argv[1]) != 0)
			continue;
		struct vk_args a = arguments(argc - 2, argv + 2);
		int r = verbs[i].run(&a);

		if (r == VK_USAGE)
			(void)fprintf(stderr, "vakactl %s\n", verbs[i].usage);
		return r;
	}
	(void)fprintf(stderr, "vakactl: no verb %s\n", argv[1]);
	return print_usage(stderr);
}
