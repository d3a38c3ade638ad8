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
#include "ctl/faults.h"
#include "ctl/main.h"
#include "ctl/model.h"
#include "ctl/show.h"

enum { DECODE_MAX = 512 };

static void add_option(json_t *options, const struct vk_args *a, const char *name)
{
	const char *value = vk_args_option(a, name);

	if (value)
		(void)json_object_set_new(options, name + 2, json_string(value));
}

static int query(const struct vk_args *a, const char *what,
		 void (*show)(const struct vk_screen *, const json_t *))
{
	json_t *options = json_object();
	const char *limit = vk_args_option(a, "--limit");
	vk_auto(vk_freep) char *text = NULL;

	add_option(options, a, "--patient");
	add_option(options, a, "--device");
	add_option(options, a, "--kind");
	add_option(options, a, "--since");
	if (limit)
		(void)json_object_set_new(options, "limit", json_integer(atoi(limit)));
	if (vk_args_has(a, "--all"))
		(void)json_object_set_new(options, "all", json_true());
	text = json_dumps(options, JSON_COMPACT);
	json_decref(options);
	return vk_args_print(a, vk_client_call("Query", "ss", what, text), show);
}

/* The hub's document, with the engine's part, and everything that is wrong in one list. */
static int on_status(const struct vk_args *a)
{
	json_t *status = vk_client_call("Status", "", NULL, NULL);
	json_t *engine = status ? vk_client_call("Query", "ss", "status", "") : NULL;
	json_t *alerts = engine ? vk_client_call("Query", "ss", "alerts", "") : NULL;
	json_t *devices = alerts ? vk_client_call("Query", "ss", "devices", "") : NULL;

	if (engine)
		(void)json_object_set(status, "engine", json_array_get(engine, 0));
	if (status)
		(void)json_object_set_new(status, "faults", vk_faults(status, alerts, devices));
	json_decref(engine);
	json_decref(alerts);
	json_decref(devices);
	return vk_args_print(a, status, vk_show_status);
}

static int on_selftest(const struct vk_args *a)
{
	json_t *answer = vk_client_call("SelfTest", "", NULL, NULL);
	bool is_ok = json_is_true(json_object_get(answer, "ok"));
	int r = vk_args_print(a, answer, vk_show_selftest);

	return r ? r : !is_ok;
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

/* Prints the answer of a verb that changes something: JSON, or a sentence. */
static int tell(const struct vk_args *a, json_t *answer, enum vk_say what, const char *about)
{
	if (!answer)
		return 1;
	if (a->is_json)
		return vk_args_print(a, answer, NULL);
	vk_args_say(a, what, about, NULL, NULL);
	json_decref(answer);
	return 0;
}

static int number_of(const char *text)
{
	return text ? atoi(text) : -1;
}

static int on_scan(const struct vk_args *a)
{
	char list[] = "--list";
	char *words[] = {list};

	return vk_ctl_pair(
		&(struct vk_args){.n = 1, .words = words, .is_json = a->is_json, .lang = a->lang});
}

static int on_assign(const struct vk_args *a)
{
	const char *device = vk_args_word(a, 0), *patient = vk_args_option(a, "--patient");
	int user = number_of(vk_args_option(a, "--user"));
	int consent = number_of(vk_args_option(a, "--consent"));

	if (!patient)
		patient = vk_args_word(a, 1);
	if (!device || !patient)
		return VK_USAGE;
	if (strcmp(patient, "unassigned") == 0)
		patient = "";
	return tell(a, vk_client_assign(device, patient, user, consent),
		    patient[0] ? VK_SAY_ASSIGNED : VK_SAY_TAKEN_FROM_ALL, patient);
}

static int on_reading(const struct vk_args *a)
{
	const char *verb = vk_args_word(a, 0), *id = vk_args_word(a, 1);
	const char *patient = vk_args_word(a, 2);
	bool is_assign = verb && strcmp(verb, "assign") == 0;

	if (!verb || !id || (!is_assign && strcmp(verb, "retract") != 0) || is_assign != !!patient)
		return VK_USAGE;
	return tell(a, vk_client_call("Revise", "ss", id, patient ? patient : ""),
		    is_assign ? VK_SAY_ASSIGNED : VK_SAY_READING_TAKEN_BACK, patient);
}

static int on_forget(const struct vk_args *a)
{
	const char *device = vk_args_word(a, 0);

	if (!device)
		return VK_USAGE;
	return tell(a, vk_client_call("Forget", "s", device, NULL), VK_SAY_FORGOTTEN, device);
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
	const char *uuid_text = vk_args_option(a, "--uuid"), *model = vk_args_option(a, "--model"),
		   *word;
	struct vk_quirks quirks = {0};
	vk_auto(vk_str_done) struct vk_str hex = {0};
	uint8_t uuid[2], bytes[DECODE_MAX];
	int n;

	if (!uuid_text || vk_hex_parse(uuid_text, uuid, sizeof uuid) != 2 || !vk_args_word(a, 0))
		return VK_USAGE;
	for (int i = 0; (word = vk_args_word(a, i)); i++)
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

struct verb {
	const char *name;
	int (*run)(const struct vk_args *a);
	const char *usage, *sv, *en;
};

/* clang-format off */
static const struct verb verbs[] = {
	{"status", on_status, "status", "hur hubben mår, och vad som är fel", "how the hub is, and what is wrong"},
	{"selftest", on_selftest, "selftest", "prova lagring, väg till personalen, radio och klocka", "test store, way to the staff, radio and clock"},
	{"devices", on_devices, "devices", "vad som är parkopplat, vems det är och hur det mår", "what is paired, whose it is and how it is"},
	{"pair", vk_ctl_pair, "pair [NAME|ADDRESS] [--patient P] [--user N] [--consent PIN] [--seconds N] [--test|--no-test]", "parkoppla en mätare; utan namn: vilka som hörs", "pair a kit; without a name: which are heard"},
	{"pair", vk_ctl_pair, "pair --again DEVICE", "parkoppla en känd enhet på nytt", "pair a known device again"},
	{"scan", on_scan, "scan", "vilka mätare som hörs", "which kits are heard"},
	{"assign", on_assign, "assign DEVICE PATIENT|unassigned [--user N [--consent PIN]]", "säg vems en enhet är, eller ett av dess användarnummer", "say whose a device is, or one of its user numbers"},
	{"forget", on_forget, "forget DEVICE", "ta bort en enhet och dess parkoppling", "remove a device and its bond"},
	{"readings", on_readings, "readings [--patient P|unassigned] [--device D] [--kind K] [--since T] [--limit N]", "mätningar, de senaste först", "readings, the latest first"},
	{"reading", on_reading, "reading assign ID PATIENT | reading retract ID", "säg vems en mätning är, eller ta tillbaka den", "say whose a reading is, or take it back"},
	{"alerts", on_alerts, "alerts [--all]", "öppna larm, eller alla", "open alerts, or all"},
	{"checks", on_checks, "checks [--all]", "pågående tillsyn, eller all", "open checks, or all"},
	{"notices", on_notices, "notices", "vad patienten ser och vad som ska göras", "what the patient is shown and what is to be done"},
	{"audit", vk_ctl_audit, "audit [verify [FILE] [--head N:HASH] | export [--domain D] [--patient P] | person P]", "vem som gjort vad; är kedjan hel", "who did what; is the chain whole"},
	{"decode", on_decode, "decode --uuid 2a35 [--model M] HEX…", "byte i avkodad form", "bytes in the decoded form"},
	{"plan", vk_ctl_plans, "plan check FILE | diff [OLD] NEW | try FILE [--days N] | sign --key KEY [--id STAFF] FILE", "vårdplaner: kontrollera, jämföra, prova och signera", "care plans: check, compare, try and sign"},
	{"key", vk_ctl_key, "key new FILE | key sign --key KEY FILE", "nycklar", "keys"},
	{"replay", vk_ctl_replay, "replay --plan PLAN EVENTS.jsonl", "kör kärnan över händelser", "run the core over events"},
};
/* clang-format on */

static int print_usage(FILE *to)
{
	enum vk_lang lang = vk_lang_here();

	(void)fputs("vakactl VERB … [--json] [--lang sv|en]\n\n", to);
	for (size_t i = 0; i < VK_ARRAY_LEN(verbs); i++)
		(void)fprintf(to, "  %s\n      %s\n", verbs[i].usage,
			      lang == VK_SV ? verbs[i].sv : verbs[i].en);
	return 2;
}

static void print_verb(const struct verb *verb)
{
	(void)fprintf(stderr, "vakactl %s\n    %s\n", verb->usage,
		      vk_lang_here() == VK_SV ? verb->sv : verb->en);
}

/* Takes --json and --lang out of the words, wherever they stand. */
static struct vk_args arguments(int argc, char **argv)
{
	struct vk_args a = {.words = argv};

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			a.is_json = true;
		else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			(void)setenv("VAKA_LANG", argv[++i], 1);
		else
			a.words[a.n++] = argv[i];
	}
	a.lang = vk_lang_here();
	return a;
}

int main(int argc, char **argv)
{
	struct vk_args a = arguments(argc - 1, argv + 1);
	const char *name = a.n ? a.words[0] : "";

	if (a.n == 0)
		return print_usage(stderr);
	if (strcmp(name, "--help") == 0)
		return print_usage(stdout) - 2;
	a.words++;
	a.n--;
	for (size_t i = 0; i < VK_ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, name) != 0)
			continue;
		int r = verbs[i].run(&a);

		if (r == VK_USAGE)
			print_verb(&verbs[i]);
		return r;
	}
	vk_args_say(&(struct vk_args){.is_json = true, .lang = a.lang}, VK_SAY_NO_VERB, name, NULL,
		    NULL);
	return print_usage(stderr);
}
