/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the broker: commands of staff, plans, receipts. The broker's access list ties {staff}
 * in the topic to the authenticated user; everything else is checked here, answered once, kept
 * seven days, and audited.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "core/snooze.h"
#include "hub/command_form.h"
#include "hub/documents.h"

enum { RECEIPT_MAX = 256 };

/* What was meant for one night is not carried out in another. Answers are kept for longer, so that
 * no repeat is taken for something new. */
#define AGE_MOST_MS INT64_C(86400000)

/* One command on its way through this file. */
struct request {
	struct vk_command command;
	char patient[VK_ID_TEXT]; /* of reading/assign */
	int32_t attempt;          /* of the check that is meant */
	int64_t planned_utc_ms;
	const char *reply_topic; /* whole topic, or NULL: nobody wants an answer */
	const uint8_t *correlation;
	uint8_t correlation_len;
	struct vk_now now;
};

struct verdict {
	enum vk_reply_result result;
	const char *code;
	const char *text_sv, *text_en;
	const char *detail; /* which member is wrong, and what was expected; NULL */
	const char *object;
	int32_t rev;
	char *extra; /* JSON member "state", owned; NULL none */
};

static const struct {
	const char *code, *sv, *en;
} reply_texts[] = {
	{"ok", "Utfört.", "Done."},
	{"conflict", "Någon annan hann före: hämta läget och försök igen.",
	 "Somebody else was first: get the state and try again."},
	{"not-found", "Det finns inget sådant öppet ärende.", "There is no such open object."},
	{"wrong-state", "Det går inte i det läge ärendet är nu.",
	 "Not possible in the state the object is in."},
	{"invalid", "Kommandot är felaktigt.", "The command is malformed."},
	{"unknown", "Kommandot finns inte.", "There is no such command."},
	{"reply-topic", "Svarsämnet är inte avsändarens eget.",
	 "The response topic is not the sender's own."},
	{"no-outcome", "Utfall måste anges.", "An outcome must be given."},
	{"bad-outcome", "Utfallet finns inte.", "There is no such outcome."},
	{"no-reason", "Skäl måste anges.", "A reason must be given."},
	{"no-until", "En sluttid som inte har passerats måste anges.",
	 "An end that has not passed must be given."},
	{"too-long", "Så långt fram tillåter planen inte.", "The plan does not allow so long."},
	{"not-supported-by-plan", "Planen tillåter inte det.", "The plan does not allow it."},
	{"too-many", "Det går inte att hålla fler.", "No more of them can be kept."},
	{"not-yours", "Någon annan har ärendet.", "Somebody else has it."},
	{"no-consent", "Samtycke saknas: titta inte, åk dit.",
	 "There is no consent: do not look, go there."},
	{"no-plan", "Vårdtagaren har ingen plan här.", "The patient has no plan here."},
	{"no-such-text", "Planen har ingen sådan text.", "The plan has no such text."},
	{"heals-itself", "Ett tekniskt larm avslutas när felet är borta.",
	 "A technical alert ends when the fault is gone."},
	{"check-open", "Tillsynen är inte avslutad.", "The check has not ended."},
	{"too-old", "Kommandot är äldre än ett dygn: hämta läget och försök igen.",
	 "The command is more than a day old: get the state and try again."},
};

static void texts_of(struct verdict *v)
{
	v->text_sv = v->text_en = v->code;
	for (size_t i = 0; i < VK_ARRAY_LEN(reply_texts); i++) {
		if (strcmp(reply_texts[i].code, v->code) != 0)
			continue;
		v->text_sv = reply_texts[i].sv;
		v->text_en = reply_texts[i].en;
	}
}

static const char *result_text(enum vk_reply_result result)
{
	static const char *const texts[] = {"ok", "refused", "error"};

	return texts[result];
}

static void verdict_json(struct vk_str *out, const struct request *q, const struct verdict *v)
{
	struct vk_json j = vk_json_init(out);

	vk_json_open(&j, NULL, '{');
	vk_json_str(&j, "cmd_id", q->command.cmd_id);
	vk_json_str(&j, "result", result_text(v->result));
	vk_json_str(&j, "code", v->code);
	vk_json_str(&j, "text_sv", v->text_sv);
	vk_json_str(&j, "text_en", v->text_en);
	if (v->detail && v->detail[0])
		vk_json_str(&j, "detail", v->detail);
	if (v->object && v->object[0])
		vk_json_str(&j, "object", v->object);
	if (v->rev >= 0)
		vk_json_int(&j, "rev", v->rev);
	if (v->extra)
		vk_json_raw(&j, "state", v->extra);
	vk_json_close(&j, '}');
}

static int send_answer(struct vk_engine *e, const struct request *q, const char *json)
{
	struct vk_message message = {.is_urgent = true, .expiry_s = 3600};

	if (!q->reply_topic)
		return 0;
	(void)vk_copy(message.topic, sizeof message.topic, "reply");
	(void)vk_copy(message.response_to, sizeof message.response_to, q->reply_topic);
	(void)vk_copy(message.content_type, sizeof message.content_type, "application/json");
	(void)vk_copy(message.msg_id, sizeof message.msg_id, q->command.cmd_id);
	message.correlation_len = q->correlation_len;
	memcpy(message.correlation, q->correlation, q->correlation_len);
	message.payload = json;
	message.len = strlen(json);
	return vk_message_keep(e, &message, q->now);
}

/* What the object was when the command came: a check has left the state when it has ended. */
static void note_object(const struct vk_engine *e, struct request *q)
{
	const struct vk_core *core = e->core;
	char id[16];

	for (int i = 0; i < core->n_checks; i++) {
		(void)snprintf(id, sizeof id, "c%u", core->checks[i].serial);
		if (strcmp(id, q->command.object) != 0)
			continue;
		q->attempt = core->checks[i].attempt;
		q->planned_utc_ms = core->checks[i].due_utc_ms;
		(void)vk_copy(q->patient, sizeof q->patient, core->checks[i].patient);
	}
	for (int i = 0; i < core->n_alerts; i++) {
		(void)snprintf(id, sizeof id, "a%u", core->alerts[i].serial);
		if (strcmp(id, q->command.object) == 0)
			(void)vk_copy(q->patient, sizeof q->patient, core->alerts[i].patient);
	}
}

static int audit_command(struct vk_engine *e, const struct request *q, const struct verdict *v)
{
	char action[64];
	bool is_social = strcmp(q->command.noun, "check") == 0;
	const char *client = q->reply_topic ? strrchr(q->reply_topic, '/') : NULL;
	struct vk_audit audit = {.domain = is_social ? "social" : "care",
				 .actor = q->command.staff,
				 .action = action,
				 .patient = q->patient,
				 .object = q->command.object,
				 .attempt = q->attempt,
				 .planned_utc_ms = q->planned_utc_ms,
				 .outcome = q->command.outcome,
				 .client = client ? client + 1 : "",
				 .result = result_text(v->result),
				 .detail = v->code};

	(void)snprintf(action, sizeof action, "%s-%s", q->command.noun, q->command.verb);
	return vk_audit_keep(e, q->now, &audit);
}

static int answer(struct vk_engine *e, const struct request *q, struct verdict *v)
{
	vk_auto(vk_str_done) struct vk_str body = {.max = VK_INBOUND_MAX * 4};
	int r = 0;

	texts_of(v);
	verdict_json(&body, q, v);
	if (body.error)
		return body.error;
	if (!e->is_journaling && q->command.cmd_id[0])
		r = vk_store_put_answer(e->store, q->command.staff, q->command.cmd_id, body.text,
					q->now.utc_ms);
	if (r == 0)
		r = audit_command(e, q, v);
	return r ? r : send_answer(e, q, body.text);
}

static struct verdict refused(const char *code)
{
	return (struct verdict){.result = VK_REPLY_REFUSED, .code = code, .rev = -1};
}

/* All that is open, for a client that comes later: the contract, where retained copies are only a
 * convenience. */
static void add_time(struct vk_json *j, const struct vk_engine *e, const char *patient,
		     const char *key, int64_t utc_ms)
{
	char text[VK_RFC3339_TEXT];

	vk_rfc3339_format(text, utc_ms, vk_engine_zone(e, patient));
	vk_json_str(j, key, text);
}

/* What is silenced or left out for a time must be seen by everybody for as long as it is. */
static void add_snoozes(struct vk_json *j, const struct vk_engine *e, struct vk_now now)
{
	vk_json_open(j, "snoozes", '[');
	for (int i = 0; i < e->core->n_memories; i++) {
		const struct vk_rule_memory *memory = &e->core->memories[i];
		bool is_upper;
		const char *rule = vk_snooze_rule(memory, &is_upper);

		if (!rule || vk_engine_is_local(e, memory->patient))
			continue;
		vk_json_open(j, NULL, '{');
		vk_json_str(j, "patient", memory->patient);
		vk_json_str(j, "rule", rule);
		vk_json_str(j, "direction", is_upper ? "up" : "down");
		add_time(j, e, memory->patient, "until",
			 now.utc_ms + (memory->ask_until_mono_ms - now.mono_ms));
		vk_json_str(j, "by", memory->ask_reading);
		vk_json_close(j, '}');
	}
	vk_json_close(j, ']');
}

static char *state_json(struct vk_engine *e, struct vk_now now)
{
	vk_auto(vk_str_done) struct vk_str out = {.max = VK_INBOUND_MAX * 4};
	struct vk_json j = vk_json_init(&out);
	const struct vk_core *core = e->core;

	vk_json_open(&j, NULL, '{');
	vk_json_open(&j, "alerts", '[');
	for (int i = 0; i < core->n_alerts; i++)
		if (!vk_engine_is_local(e, core->alerts[i].patient))
			vk_alert_json(&j, NULL, &core->alerts[i],
				      vk_engine_plan(e, core->alerts[i].patient),
				      vk_engine_zone(e, core->alerts[i].patient), core, true);
	vk_json_close(&j, ']');
	vk_json_open(&j, "checks", '[');
	for (int i = 0; i < core->n_checks; i++)
		if (!vk_engine_is_local(e, core->checks[i].patient))
			vk_check_json(&j, NULL, &core->checks[i],
				      vk_engine_zone(e, core->checks[i].patient));
	vk_json_close(&j, ']');
	vk_json_open(&j, "plans", '[');
	for (int i = 0; i < core->n_patients; i++) {
		const struct vk_plan *plan = core->patients[i].plan;

		if (plan->is_local_only)
			continue;
		vk_json_open(&j, NULL, '{');
		vk_json_str(&j, "patient", plan->patient);
		vk_json_int(&j, "version", plan->version);
		if (core->patients[i].paused_until_utc_ms > now.utc_ms) {
			add_time(&j, e, plan->patient, "checks_paused_until",
				 core->patients[i].paused_until_utc_ms);
			vk_json_str(&j, "checks_paused_reason", core->patients[i].paused_reason);
		}
		vk_json_close(&j, '}');
	}
	vk_json_close(&j, ']');
	add_snoozes(&j, e, now);
	vk_json_close(&j, '}');
	return vk_str_take(&out);
}

static int by_core(struct vk_engine *e, const struct request *q, struct verdict *ret_v)
{
	struct vk_event event = {.type = VK_EVENT_COMMAND, .now = q->now, .command = q->command};
	int r;

	e->has_reply = false;
	r = vk_apply_event(e, &event);
	if (r)
		return r;
	if (!e->has_reply) {
		*ret_v = refused("unknown");
		return 0;
	}
	*ret_v = (struct verdict){.result = e->reply.result,
				  .code = e->reply.code[0] ? e->reply.code : "ok",
				  .object = e->reply.object,
				  .rev = e->reply.rev};
	return 0;
}

static int by_hub(struct vk_engine *e, const struct request *q, struct verdict *ret_v)
{
	const struct vk_command *c = &q->command;
	bool is_retract = strcmp(c->verb, "retract") == 0;
	int r;

	*ret_v = (struct verdict){.result = VK_REPLY_OK, .code = "ok", .rev = -1};
	if (strcmp(c->noun, "state") == 0 && strcmp(c->verb, "get") == 0) {
		ret_v->extra = state_json(e, q->now);
		return ret_v->extra ? 0 : -ENOMEM;
	}
	if (strcmp(c->noun, "hub") == 0 && strcmp(c->verb, "selftest") == 0)
		return 0; /* that this answer comes back is the test of the whole way */
	if (strcmp(c->noun, "reading") == 0 && (is_retract || strcmp(c->verb, "assign") == 0)) {
		r = vk_reading_revise(e, c->object, is_retract ? NULL : q->patient, q->now);
		if (r == -ENOENT || r == -EINVAL) {
			*ret_v = refused(r == -ENOENT ? "not-found" : "invalid");
			return 0;
		}
		ret_v->object = c->object;
		return r;
	}
	if (strcmp(c->noun, "message") == 0)
		return vk_message_show(e, c, q->patient, q->now, &ret_v->code);
	if (strcmp(c->noun, "measure") == 0)
		return vk_measure_ask(e, c, q->patient, q->now, &ret_v->code);
	*ret_v = refused("unknown");
	return 0;
}

static int carry_out(struct vk_engine *e, struct request *q)
{
	bool is_core =
		strcmp(q->command.noun, "alert") == 0 || strcmp(q->command.noun, "check") == 0;
	struct verdict v;
	int r;

	note_object(e, q);
	r = is_core ? by_core(e, q, &v) : by_hub(e, q, &v);
	if (r == 0 && !is_core && strcmp(v.code, "ok") != 0)
		v.result = VK_REPLY_REFUSED;

	if (r)
		return r;
	r = answer(e, q, &v);
	free(v.extra);
	return r;
}

/* base/reply/{staff}/{client}, and nothing else. */
static bool reply_is_own(const struct vk_engine *e, const char *topic, const char *staff)
{
	char prefix[256];
	int n = snprintf(prefix, sizeof prefix, "%s/reply/%s/", e->config->base, staff);

	return n > 0 && (size_t)n < sizeof prefix && strncmp(topic, prefix, (size_t)n) == 0 &&
	       vk_is_id(topic + n);
}

static int repeat_answer(struct vk_engine *e, const struct request *q, bool *ret_is_repeat)
{
	vk_auto(vk_freep) char *json = NULL;
	int r = vk_store_get_answer(e->store, q->command.staff, q->command.cmd_id, &json);

	*ret_is_repeat = r == 0;
	if (r == -ENOENT)
		return 0;
	return r ? r : send_answer(e, q, json);
}

/* Design §5: only a clock that somebody has set tells an age; else the broker's message expiry
 * does. */
static bool is_too_old(const struct vk_command_text *text, struct vk_now now)
{
	return text->issued_utc_ms && now.quality == VK_CLOCK_SYNCED &&
	       now.utc_ms - text->issued_utc_ms > AGE_MOST_MS;
}

static int apply_command(struct vk_engine *e, struct vk_job *job)
{
	struct request q = {.now = job->now,
			    .correlation = job->correlation,
			    .correlation_len = job->correlation_len};
	struct vk_command_text text = {0};
	struct verdict v = refused("invalid");
	const char *code;
	bool is_repeat;
	int r;

	if (!vk_command_topic(job->text, &text.command)) {
		vk_log(VK_LOG_WARNING, "command", "topic is no command: cmd/{staff}/{noun}/{verb}");
		return 0;
	}
	code = vk_command_read(job->payload, job->payload_len, &text);
	q.command = text.command;
	(void)vk_copy(q.patient, sizeof q.patient, text.patient);
	if (job->text2[0]) {
		if (!reply_is_own(e, job->text2, q.command.staff)) {
			v = refused("reply-topic");
			texts_of(&v);
			vk_log(VK_LOG_WARNING, "command",
			       "response topic outside the sender's own reply/");
			return audit_command(e, &q, &v);
		}
		q.reply_topic = job->text2;
	}
	if (code) {
		v = refused(code);
		v.detail = text.detail;
		return answer(e, &q, &v);
	}
	r = repeat_answer(e, &q, &is_repeat);
	if (r && !e->is_journaling)
		return r;
	if (is_repeat)
		return 0;
	if (!is_too_old(&text, q.now))
		return carry_out(e, &q);
	note_object(e, &q);
	v = refused("too-old");
	return answer(e, &q, &v);
}

/* -1: it names none. */
static int32_t receipt_rev(const json_t *revs, size_t i)
{
	const json_t *rev = json_array_get(revs, i);
	json_int_t value = json_is_integer(rev) ? json_integer_value(rev) : -1;

	return value >= 0 && value <= INT32_MAX ? (int32_t)value : -1;
}

static int apply_receipt(struct vk_engine *e, struct vk_job *job)
{
	json_t *root = json_loadb(job->payload, job->payload_len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(root, "stored");
	const json_t *revs = json_object_get(root, "revs");
	struct vk_event event = {.type = VK_EVENT_RECEIPT, .now = job->now};
	size_t n = json_array_size(list);
	int r = 0;

	for (size_t i = 0; i < n && i < RECEIPT_MAX && r == 0; i++) {
		const char *id = json_string_value(json_array_get(list, i));

		if (!id || !vk_is_id(id))
			continue;
		(void)vk_copy(event.receipt.id, sizeof event.receipt.id, id);
		event.receipt.rev = receipt_rev(revs, i);
		event.receipt.has_rev = event.receipt.rev >= 0;
		r = vk_apply_event(e, &event);
	}
	if (!json_is_array(list))
		vk_log(VK_LOG_WARNING, "receipt", "not {stored:[id,…]}");
	json_decref(root);
	return r;
}

int vk_inbound_apply(struct vk_engine *e, struct vk_job *job)
{
	if (strncmp(job->text, "cmd/", 4) == 0)
		return apply_command(e, job);
	if (strncmp(job->text, "plan/", 5) == 0 && vk_is_id(job->text + 5))
		return vk_plan_receive(e, job->text + 5, job->payload, job->payload_len, job->now);
	if (strncmp(job->text, "receipt/", 8) == 0)
		return apply_receipt(e, job);
	vk_log(VK_LOG_WARNING, "inbound", "a topic that nobody subscribed to");
	return 0;
}
