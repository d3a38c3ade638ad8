/* SPDX-License-Identifier: Apache-2.0 */
/* Calls over the system bus; pairing is the one call that talks back while it runs. */
#include "ctl/client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/err.h"
#include "ctl/words.h"

static const char service[] = "se.vaka.Hub1";
static const char path[] = "/se/vaka/Hub1";

enum { CALL_S = 30, PAIR_EXTRA_S = 30 };

static void complain(enum vk_say what, const char *detail)
{
	vk_auto(vk_str_done) struct vk_str line = {0};

	vk_say_add(&line, vk_lang_here(), what, detail, NULL, NULL);
	if (line.text)
		(void)fprintf(stderr, "%s\n", line.text);
}

static sd_bus *open_bus(void)
{
	sd_bus *bus = NULL;
	int r = sd_bus_open_system(&bus);

	if (r >= 0)
		return bus;
	complain(VK_SAY_NO_BUS, strerror(-r));
	return NULL;
}

/* "se.vaka.Hub1.Error.not_found" is "not-found"; anything else has no words of ours. */
static void code_of(char code[64], const char *name)
{
	static const char prefix[] = "se.vaka.Hub1.Error.";

	code[0] = '\0';
	if (!name || strncmp(name, prefix, sizeof prefix - 1) != 0)
		return;
	(void)vk_copy(code, 64, name + sizeof prefix - 1);
	for (char *p = code; *p; p++)
		if (*p == '_')
			*p = '-';
}

/* What went wrong, in words, and what to do next; what the hub says of it where it says more. */
static void say_error(const sd_bus_error *error, int r)
{
	enum vk_lang lang = vk_lang_here();
	char code[64];
	const char *words, *how;

	code_of(code, error->name);
	words = vk_word(VK_WORDS_ERROR, code, lang);
	how = vk_word_do(VK_WORDS_ERROR, code, lang);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
	    sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER)) {
		complain(VK_SAY_NO_HUB, NULL);
		return;
	}
	if (!code[0] || words == code)
		words = error->message ? error->message : strerror(-r);
	(void)fprintf(stderr, "%s", words);
	if (strcmp(code, "invalid") == 0 || strcmp(code, "failed") == 0)
		(void)fprintf(stderr, " (%s)", error->message ? error->message : "");
	(void)fputc('\n', stderr);
	if (how)
		complain(VK_SAY_DO_THIS, how);
}

static json_t *parse_answer(sd_bus_message *answer)
{
	const char *text = NULL;
	json_t *json;

	if (sd_bus_message_read(answer, "s", &text) < 0)
		return NULL;
	json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (!json)
		complain(VK_SAY_BAD_ANSWER, NULL);
	return json;
}

static sd_bus_message *new_call(sd_bus *bus, const char *method)
{
	sd_bus_message *call = NULL;

	(void)sd_bus_message_new_method_call(bus, &call, service, path, service, method);
	return call;
}

static json_t *finish(sd_bus *bus, sd_bus_message *call, uint64_t timeout_s)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *answer = NULL;
	json_t *json = NULL;
	int r = sd_bus_call(bus, call, timeout_s * 1000000, &error, &answer);

	if (r < 0)
		say_error(&error, r);
	else
		json = parse_answer(answer);
	sd_bus_error_free(&error);
	sd_bus_message_unref(answer);
	sd_bus_message_unref(call);
	sd_bus_flush_close_unref(bus);
	return json;
}

json_t *vk_client_call(const char *method, const char *types, const char *a, const char *b)
{
	sd_bus *bus = open_bus();
	sd_bus_message *call = bus ? new_call(bus, method) : NULL;

	if (!call)
		return NULL;
	if (types[0])
		(void)sd_bus_message_append_basic(call, 's', a);
	if (types[0] && types[1])
		(void)sd_bus_message_append_basic(call, 's', b);
	return finish(bus, call, CALL_S);
}

json_t *vk_client_assign(const char *device, const char *patient, int32_t user, int32_t consent)
{
	sd_bus *bus = open_bus();
	sd_bus_message *call = bus ? new_call(bus, "Assign") : NULL;

	if (!call)
		return NULL;
	(void)sd_bus_message_append(call, "ssii", device, patient, user, consent);
	return finish(bus, call, CALL_S);
}

json_t *vk_client_scan(uint32_t seconds)
{
	sd_bus *bus = open_bus();
	sd_bus_message *call = bus ? new_call(bus, "Scan") : NULL;

	if (!call)
		return NULL;
	(void)sd_bus_message_append_basic(call, 'u', &seconds);
	return finish(bus, call, seconds + CALL_S);
}

struct pairing {
	sd_bus *bus;
	bool is_over;
	json_t *result;
};

static int on_passkey_taken(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)user;
	(void)error;
	if (sd_bus_message_is_method_error(m, NULL))
		say_error(sd_bus_message_get_error(m), -EIO);
	return 0;
}

static void ask_passkey(struct pairing *p)
{
	char line[32] = "";

	(void)fputs(vk_say(VK_SAY_PASSKEY, vk_lang_here()), stderr);
	(void)fflush(stderr);
	if (!fgets(line, sizeof line, stdin))
		return;
	line[strcspn(line, "\r\n")] = '\0';
	(void)sd_bus_call_method_async(p->bus, NULL, service, path, service, "Passkey",
				       on_passkey_taken, p, "s", line);
}

static int on_progress(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct pairing *p = user;
	const char *text = "", *state;
	json_t *json;

	(void)error;
	if (sd_bus_message_read(m, "s", &text) < 0)
		return 0;
	json = json_loads(text, 0, NULL);
	state = json_string_value(json_object_get(json, "state"));
	if (state)
		(void)fprintf(stderr, "%s\n", vk_word(VK_WORDS_PAIRING, state, vk_lang_here()));
	if (state && strcmp(state, "passkey-wanted") == 0)
		ask_passkey(p);
	json_decref(json);
	return 0;
}

static int on_paired(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct pairing *p = user;

	(void)error;
	p->is_over = true;
	if (sd_bus_message_is_method_error(m, NULL))
		say_error(sd_bus_message_get_error(m), -EIO);
	else
		p->result = parse_answer(m);
	return 0;
}

static int start_pairing(struct pairing *p, const struct vk_pair_call *wish)
{
	sd_bus_message *call = new_call(p->bus, "Pair");
	int r = sd_bus_match_signal(p->bus, NULL, service, path, service, "Pairing", on_progress,
				    p);

	if (r >= 0)
		r = sd_bus_message_append(call, "ssub", wish->match, wish->patient, wish->seconds,
					  (int)wish->is_again);
	if (r >= 0)
		r = sd_bus_call_async(p->bus, NULL, call, on_paired, p,
				      (uint64_t)(wish->seconds + PAIR_EXTRA_S) * 1000000);
	sd_bus_message_unref(call);
	return r;
}

json_t *vk_client_pair(const struct vk_pair_call *wish)
{
	struct pairing p = {.bus = open_bus()};
	int r = p.bus ? start_pairing(&p, wish) : -ENOTCONN;

	while (r >= 0 && !p.is_over) {
		r = sd_bus_process(p.bus, NULL);
		if (r == 0)
			r = sd_bus_wait(p.bus, UINT64_MAX);
	}
	if (r < 0 && p.bus)
		complain(VK_SAY_NO_BUS, strerror(-r));
	sd_bus_flush_close_unref(p.bus);
	return p.result;
}
