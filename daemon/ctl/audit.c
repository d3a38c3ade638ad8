/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `vakactl audit`: the chain is redone here, from what the hub hands out or from an export, and
 * never believed because the hub says so. base/audit.h has the form of an entry.
 */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/audit.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/str.h"
#include "ctl/client.h"
#include "ctl/main.h"
#include "ctl/show_audit.h"

enum { PAGE = 1000, LINE_MAX_BYTES = 64 * 1024 };

/* How far a chain was followed. */
struct chain {
	int64_t seq;
	uint8_t hash[crypto_hash_sha256_BYTES];
	int64_t first_bad; /* 0: none */
	const char *why;
	int64_t told_seq; /* of the head that somebody else knows; 0: none */
	const char *told_hash;
	char told_text[2 * crypto_hash_sha256_BYTES + 1];
	bool is_told_met;
};

static void hash_text(crypto_hash_sha256_state *state, const char *text)
{
	char length[24];
	int n = snprintf(length, sizeof length, "%zu:", strlen(text));

	(void)crypto_hash_sha256_update(state, (const uint8_t *)length, (unsigned long long)n);
	(void)crypto_hash_sha256_update(state, (const uint8_t *)text, strlen(text));
}

static void hash_member(crypto_hash_sha256_state *state, const json_t *value)
{
	char number[24];

	if (json_is_integer(value)) {
		(void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
			       json_integer_value(value));
		hash_text(state, number);
	} else {
		hash_text(state, json_is_string(value) ? json_string_value(value) : "");
	}
}

static bool read_hash(const json_t *row, const char *key, uint8_t out[crypto_hash_sha256_BYTES])
{
	const char *text = json_string_value(json_object_get(row, key));

	return text &&
	       vk_hex_parse(text, out, crypto_hash_sha256_BYTES) == crypto_hash_sha256_BYTES;
}

/* An entry that was left out of an export has its digest, and nothing else to check it by. */
static bool digest_of(const json_t *row, uint8_t digest[crypto_hash_sha256_BYTES])
{
	uint8_t told[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	if (!read_hash(row, "digest", told))
		return false;
	memcpy(digest, told, sizeof told);
	if (!json_object_get(row, "domain"))
		return true;
	(void)crypto_hash_sha256_init(&state);
	for (int i = 0; i < VK_N_AUDIT_FIELDS; i++)
		hash_member(&state,
			    json_object_get(row, vk_audit_field_text((enum vk_audit_field)i)));
	(void)crypto_hash_sha256_final(&state, digest);
	return sodium_memcmp(digest, told, sizeof told) == 0;
}

/* Form 1 of before: the hash is over the fields themselves, so one that is left out is believed. */
static bool follow_first(struct chain *c, const json_t *row)
{
	static const char *const fields[] = {"seq",    "utc_ms",  "clock",  "domain", "actor",
					     "action", "patient", "object", "result", "detail"};
	static const char *const clocks[] = {"unsynced", "held", "synced"};
	crypto_hash_sha256_state state;

	if (!json_object_get(row, "domain"))
		return read_hash(row, "hash", c->hash);
	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, c->hash, sizeof c->hash);
	for (size_t i = 0; i < VK_ARRAY_LEN(fields); i++) {
		const json_t *value = json_object_get(row, fields[i]);
		const char *text = json_string_value(value);
		char number[4];

		if (strcmp(fields[i], "clock") != 0) {
			hash_member(&state, value);
			continue;
		}
		for (int n = 0; n < (int)VK_ARRAY_LEN(clocks); n++) {
			if (!text || strcmp(text, clocks[n]) != 0)
				continue;
			(void)snprintf(number, sizeof number, "%d", n);
			hash_text(&state, number);
		}
	}
	(void)crypto_hash_sha256_final(&state, c->hash);
	return true;
}

static const char *follow(struct chain *c, const json_t *row)
{
	uint8_t both[2 * crypto_hash_sha256_BYTES], told[crypto_hash_sha256_BYTES];

	if (json_integer_value(json_object_get(row, "seq")) != c->seq + 1)
		return "an entry is missing";
	if (json_integer_value(json_object_get(row, "form")) < VK_AUDIT_FORM_NOW) {
		if (!follow_first(c, row))
			return "no hash";
	} else {
		memcpy(both, c->hash, sizeof c->hash);
		if (!digest_of(row, both + sizeof c->hash))
			return "the entry is not what its digest says";
		(void)crypto_hash_sha256(c->hash, both, sizeof both);
	}
	if (!read_hash(row, "hash", told) || memcmp(told, c->hash, sizeof told) != 0)
		return "the hash does not follow from the one before";
	c->seq++;
	return NULL;
}

static void check_told(struct chain *c)
{
	char text[2 * crypto_hash_sha256_BYTES + 1];

	if (c->told_seq != c->seq || c->is_told_met)
		return;
	vk_hex_format(text, c->hash, sizeof c->hash);
	c->is_told_met = strcmp(text, c->told_hash) == 0;
	if (c->is_told_met)
		return;
	c->first_bad = c->seq;
	c->why = "the head is another than the one that was told";
}

static void add(struct chain *c, const json_t *row)
{
	if (c->first_bad)
		return;
	c->why = follow(c, row);
	if (c->why)
		c->first_bad = c->seq + 1;
	else
		check_told(c);
}

static void end(struct chain *c)
{
	if (c->told_seq == 0 && c->told_hash)
		check_told(c);
	if (c->first_bad || !c->told_hash || c->is_told_met)
		return;
	c->first_bad = c->seq + 1;
	c->why = "the end is cut off: the head that was told is further on";
}

/* ---- where the entries come from ---- */

typedef int (*row_fn)(const json_t *row, void *user);

static int each_of_hub(row_fn fn, void *user)
{
	json_int_t after = 0;
	size_t n = 1, i;
	int r = 0;

	while (n && r == 0) {
		char options[80];
		json_t *page, *row;

		(void)snprintf(options, sizeof options,
			       "{\"after\":%" JSON_INTEGER_FORMAT ",\"limit\":%d}", after, PAGE);
		page = vk_client_call("Query", "ss", "audit", options);
		if (!page)
			return 1;
		n = json_array_size(page);
		json_array_foreach(page, i, row)
		{
			after = json_integer_value(json_object_get(row, "seq"));
			r = r ? r : fn(row, user);
		}
		json_decref(page);
	}
	return r;
}

static int each_of_file(FILE *in, row_fn fn, void *user)
{
	vk_auto(vk_freep) char *line = NULL;
	size_t size = 0;
	int r = 0;

	while (r == 0 && getline(&line, &size, in) > 0) {
		json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		r = fn(row, user); /* a line that is no JSON is an entry that does not hold */
		json_decref(row);
	}
	return r;
}

/* ---- verify ---- */

static int add_row(const json_t *row, void *user)
{
	struct chain *c = user;

	/* The first line of an export says what it is, and which head it ends at. */
	if (json_object_get(row, "vaka_audit")) {
		if (c->told_hash)
			return 0;
		c->told_seq = json_integer_value(json_object_get(row, "entries"));
		(void)vk_copy(c->told_text, sizeof c->told_text,
			      json_string_value(json_object_get(row, "head")) ?: "");
		c->told_hash = c->told_text;
		return 0;
	}
	add(c, row);
	return 0;
}

static int print_chain(const struct chain *c, bool is_json)
{
	char head[2 * crypto_hash_sha256_BYTES + 1];

	vk_hex_format(head, c->hash, sizeof c->hash);
	if (is_json && c->first_bad)
		(void)printf("{\"whole\":false,\"first_bad\":%" PRId64 ",\"why\":\"%s\"}\n",
			     c->first_bad, c->why);
	else if (is_json)
		(void)printf("{\"whole\":true,\"entries\":%" PRId64 ",\"head\":\"%s\"}\n", c->seq,
			     head);
	else if (c->first_bad)
		(void)printf("The chain is broken at entry %" PRId64 ": %s\n", c->first_bad,
			     c->why);
	else
		(void)printf("The chain is whole: %" PRId64 " entries, head %s\n", c->seq, head);
	return c->first_bad ? 1 : 0;
}

static int verify_file(struct chain *c, const char *path, bool is_json)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");

	if (!in) {
		(void)fprintf(stderr, "vakactl: %s: %s\n", path, strerror(errno));
		return 1;
	}
	(void)each_of_file(in, add_row, c);
	if (in != stdin)
		(void)fclose(in);
	end(c);
	return print_chain(c, is_json);
}

/* The head is asked for first: what is written meanwhile lies behind it. */
static int verify_hub(struct chain *c, bool is_json)
{
	json_t *status = vk_client_call("Query", "ss", "status", "");
	const json_t *head = json_object_get(json_array_get(status, 0), "audit");
	int r = status ? 0 : 1;

	if (!c->told_hash) {
		c->told_seq = json_integer_value(json_object_get(head, "seq"));
		c->told_hash = json_string_value(json_object_get(head, "head"));
	}
	if (r == 0)
		r = each_of_hub(add_row, c);
	if (r == 0)
		end(c);
	r = r ? r : print_chain(c, is_json);
	json_decref(status);
	return r;
}

/* "--head SEQ:HASH": what the care service got in `health`. */
static bool parse_head(struct chain *c, const char *text)
{
	char *rest;

	c->told_seq = strtoll(text, &rest, 10);
	c->told_hash = rest + 1;
	return *rest == ':' && strlen(c->told_hash) == 2 * crypto_hash_sha256_BYTES;
}

/* ---- export ---- */

struct export
{
	const char *domain, *patient; /* NULL: all */
	FILE *out;
};

static bool is_wanted(const struct export *x, const json_t *row)
{
	const char *domain = json_string_value(json_object_get(row, "domain"));
	const char *patient = json_string_value(json_object_get(row, "patient"));

	return (!x->domain || (domain && strcmp(domain, x->domain) == 0)) &&
	       (!x->patient || (patient && strcmp(patient, x->patient) == 0));
}

/* Left out: only its place in the chain. */
static int write_row(const json_t *row, void *user)
{
	static const char *const kept[] = {"seq", "form", "digest", "hash"};
	struct export *x = user;
	json_t *bare;

	if (is_wanted(x, row))
		return json_dumpf(row, x->out, JSON_COMPACT) || fputc('\n', x->out) < 0;
	bare = json_object();
	for (size_t i = 0; i < VK_ARRAY_LEN(kept); i++)
		(void)json_object_set(bare, kept[i], json_object_get(row, kept[i]));
	int r = json_dumpf(bare, x->out, JSON_COMPACT) || fputc('\n', x->out) < 0;

	json_decref(bare);
	return r;
}

static int export_chain(struct export *x)
{
	json_t *status = vk_client_call("Query", "ss", "audit-export", "");
	json_t *head = json_array_get(status, 0);
	int r = head ? 0 : 1;

	if (r == 0)
		r = json_dumpf(head, x->out, JSON_COMPACT) || fputc('\n', x->out) < 0;
	json_decref(status);
	return r ? r : each_of_hub(write_row, x);
}

/* ---- person: who looked, when, and how long ---- */

enum { OPEN_MAX = 32 };
struct person {
	const char *patient;
	json_t *open[OPEN_MAX]; /* views without an end yet, owned */
	int n_open;
	json_t *list;
};

static bool is_action(const json_t *row, const char *action)
{
	const char *text = json_string_value(json_object_get(row, "action"));

	return text && strcmp(text, action) == 0;
}

static void copy_members(json_t *to, const json_t *row)
{
	static const char *const members[] = {"time",    "clock",   "domain", "actor",
					      "role",    "action",  "object", "attempt",
					      "outcome", "consent", "client", "result"};

	for (size_t i = 0; i < VK_ARRAY_LEN(members); i++)
		(void)json_object_set(to, members[i], json_object_get(row, members[i]));
}

static void close_view(struct person *p, const json_t *row)
{
	for (int i = 0; i < p->n_open; i++) {
		json_t *view = p->open[i];
		json_int_t ms = json_integer_value(json_object_get(row, "mono_ms")) -
				json_integer_value(json_object_get(view, "mono_ms"));

		if (!json_equal(json_object_get(view, "object"), json_object_get(row, "object")))
			continue;
		(void)json_object_set(view, "until", json_object_get(row, "time"));
		(void)json_object_set_new(view, "seconds", json_integer((ms + 500) / 1000));
		json_decref(view);
		p->open[i] = p->open[--p->n_open];
		return;
	}
}

/* What a person did about the patient; what the hub did by itself is no looking. */
static int add_person(const json_t *row, void *user)
{
	struct person *p = user;
	const char *patient = json_string_value(json_object_get(row, "patient"));
	const char *actor = json_string_value(json_object_get(row, "actor"));
	json_t *item;

	if (!patient || strcmp(patient, p->patient) != 0)
		return 0;
	if (is_action(row, "view-close")) {
		close_view(p, row);
		return 0;
	}
	if (!actor || strcmp(actor, "hub") == 0)
		return 0;
	item = json_object();
	copy_members(item, row);
	if (is_action(row, "view-open") && p->n_open < OPEN_MAX) {
		(void)json_object_set(item, "mono_ms", json_object_get(row, "mono_ms"));
		p->open[p->n_open++] = json_incref(item);
	}
	return json_array_append_new(p->list, item);
}

static int person(const struct vk_args *args, const char *patient)
{
	struct person p = {.patient = patient, .list = json_array()};
	int r = each_of_hub(add_person, &p);
	json_t *item;
	size_t i;

	json_array_foreach(p.list, i, item)(void) json_object_del(item, "mono_ms");
	while (p.n_open)
		json_decref(p.open[--p.n_open]);
	if (r == 0 && args->is_json) {
		(void)json_dumpf(p.list, stdout, JSON_INDENT(1));
		(void)putchar('\n');
	} else if (r == 0) {
		vk_show_person(p.list);
	}
	json_decref(p.list);
	return r;
}

/* ---- the verb ---- */

struct words {
	const char *what, *operand, *head, *domain, *patient, *limit;
};

static bool sort_words(const struct vk_args *args, struct words *w)
{
	const struct {
		const char *name;
		const char **value;
	} options[] = {{"--head", &w->head},
		       {"--domain", &w->domain},
		       {"--patient", &w->patient},
		       {"--limit", &w->limit}};

	for (int i = 0; i < args->n; i++) {
		const char **value = NULL;

		for (size_t j = 0; j < VK_ARRAY_LEN(options); j++)
			if (strcmp(options[j].name, args->words[i]) == 0)
				value = options[j].value;
		if (value && i + 1 < args->n)
			*value = args->words[++i];
		else if (args->words[i][0] != '-' && !w->what)
			w->what = args->words[i];
		else if ((args->words[i][0] != '-' || !args->words[i][1]) && !w->operand)
			w->operand = args->words[i];
		else
			return false;
	}
	return true;
}

static int list(const struct vk_args *args, const char *limit)
{
	char options[48];
	json_t *answer;

	(void)snprintf(options, sizeof options, "{\"limit\":%d}", limit ? atoi(limit) : 100);
	answer = vk_client_call("Query", "ss", "audit", options);
	if (!answer)
		return 1;
	if (args->is_json) {
		(void)json_dumpf(answer, stdout, JSON_INDENT(1));
		(void)putchar('\n');
	} else {
		vk_show_audit(answer);
	}
	json_decref(answer);
	return 0;
}

int vk_ctl_audit(const struct vk_args *args)
{
	struct words w = {0};
	struct chain c = {0};

	if (!sort_words(args, &w) || sodium_init() < 0)
		return VK_USAGE;
	if (!w.what)
		return list(args, w.limit);
	if (strcmp(w.what, "verify") == 0) {
		if (w.head && !parse_head(&c, w.head))
			return VK_USAGE;
		return w.operand ? verify_file(&c, w.operand, args->is_json)
				 : verify_hub(&c, args->is_json);
	}
	if (strcmp(w.what, "export") == 0 && !w.operand)
		return export_chain(&(struct export){w.domain, w.patient, stdout});
	if (strcmp(w.what, "person") == 0 && w.operand)
		return person(args, w.operand);
	return VK_USAGE;
}
