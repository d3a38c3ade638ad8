/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each kind of job does to core and store. Everything here runs inside a transaction, or, with
 * is_journaling, without one; a store error is returned at once and undone by the caller.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "core/storm.h"
#include "hub/documents.h"
#include "hub/trouble.h"

enum { STEPS_MAX = 32 };

struct claims {
	int n;
	struct vk_claim list[VK_MAX_CLAIMS];
};

int vk_apply_event(struct vk_engine *e, const struct vk_event *event)
{
	struct vk_event next = *event;
	int more = 0, r = 0;

	/* A step that is full says so and goes on with a tick of the same moment. */
	for (int i = 0; i < STEPS_MAX && r == 0; i++) {
		more = vk_core_step(e->core, &next, &e->effects);
		if (more == -ENOBUFS)
			return more; /* the stepped state is void: undo it with the event */
		if (more < 0)
			return 0; /* makes no sense to the core: nothing changed, nothing to keep */
		e->is_promise_due |= e->effects.n > 0;
		r = vk_effects_keep(e, event->now);
		if (!more)
			break;
		next = (struct vk_event){.type = VK_EVENT_TICK, .now = event->now};
	}
	return r;
}

/* What is new or healed is told in health at once. */
int vk_apply_fault(struct vk_engine *e, const struct vk_event *event)
{
	bool was_open = vk_fault_patient(e->core, event->fault.rule) != NULL;
	int r = vk_apply_event(e, event);

	if (r == 0 && (vk_fault_patient(e->core, event->fault.rule) != NULL) != was_open)
		e->news.is_health_changed = true;
	return r;
}

/* 0 new, 1 repeat, negative: the store. Sent again while the store fails: it waits already. */
static int identify(struct vk_engine *e, struct vk_reading *r, const struct vk_zone *zone,
		    enum vk_clock_quality quality)
{
	if (e->is_journaling && vk_journal_has(e, r))
		return -EINPROGRESS;
	return vk_store_identify(e->store, r, zone, quality);
}

static int judge_reading(struct vk_engine *e, struct vk_job *job)
{
	struct vk_event event = {
		.type = VK_EVENT_READING, .now = job->now, .reading = job->reading};
	int r;

	if (job->decode_error[0]) {
		vk_log(VK_LOG_WARNING, "reading",
		       "device=%s characteristic=%04x cannot be decoded: %s", job->reading->device,
		       job->reading->characteristic, job->decode_error);
		return vk_trouble_judge(e, job);
	}
	r = vk_reading_send(e, job->reading, job->now);
	if (r == 0)
		r = vk_trouble_judge(e, job);
	return r ? r : vk_apply_event(e, &event);
}

/* What was said of the device it comes from; and that it was heard. */
static int know_device(struct vk_engine *e, const struct vk_reading *r, struct claims *ret_claims)
{
	const struct vk_device *device;
	int error = vk_store_find_device(e->store, r->device, &device);

	ret_claims->n = 0;
	if (error == -ENOENT)
		return 0; /* no assignment: unassigned, which is a legal state */
	if (error)
		return e->is_journaling ? 0 : error;
	ret_claims->n = vk_device_claims(device, ret_claims->list);
	if (e->is_journaling)
		return 0;
	return vk_store_hear_device(e->store, r->device, r->received_utc_ms,
				    r->has_clock_offset ? &r->clock_offset_s : NULL);
}

/* A reading that nobody but the witness brought: somebody else confirmed it. */
static int note_recovered(struct vk_engine *e, struct vk_job *job)
{
	struct vk_audit audit = {.domain = "hub",
				 .actor = "witness",
				 .action = "reading-recovered",
				 .patient = "",
				 .object = job->reading->device,
				 .result = "ok",
				 .detail = "another program had confirmed it to the device"};

	vk_log(VK_LOG_WARNING, "reading", "recovered device=%s: another program had taken it",
	       job->reading->device);
	return vk_audit_keep(e, job->now, &audit);
}

static int apply_reading(struct vk_engine *e, struct vk_job *job)
{
	struct vk_reading *r = job->reading;
	const struct vk_zone *zone;
	struct claims claims;
	int outcome, error = job->is_recovered ? vk_store_has_bytes(e->store, r) : 0;

	job->is_repeat = error > 0;
	if (error > 0)
		return 0;
	error = know_device(e, r, &claims);
	if (error)
		return error;
	zone = vk_engine_zone(e, claims.n == 1 ? claims.list[0].patient : "");
	vk_reading_place(r, zone, job->now.quality);
	vk_whose(e->core, claims.list, claims.n, r);
	outcome = identify(e, r, zone, job->now.quality);
	if (outcome < 0)
		return outcome;
	(void)vk_copy(job->id, sizeof job->id, r->id);
	job->is_repeat = outcome == VK_STORE_REPEAT;
	if (job->is_repeat && job->is_recovered)
		return 0;
	if (job->is_repeat)
		return e->is_journaling ? 0 : vk_store_count_repeat(e->store, r->id);
	if (job->is_recovered) {
		r->decoded.flags |= UINT64_C(1) << VK_FLAG_RECOVERED;
		error = note_recovered(e, job);
		if (error)
			return error;
	}
	error = e->is_journaling ? 0 : vk_store_put_reading(e->store, r);
	vk_placing_note(e, r);
	return error ? error : judge_reading(e, job);
}

static int apply_signal(struct vk_engine *e, struct vk_job *job)
{
	struct vk_event event = {.type = VK_EVENT_SIGNAL, .now = job->now, .signal = job->signal};
	struct vk_audit audit = {.domain = "hub",
				 .actor = "hub",
				 .action = job->signal.is_active ? "signal-on" : "signal-off",
				 .patient = job->signal.patient,
				 .object = job->signal.name,
				 .result = "ok",
				 .detail = ""};
	int r = vk_audit_keep(e, job->now, &audit);

	return r ? r : vk_apply_event(e, &event);
}

/* State "bond-lost" of a device is the fault "bond-lost-<device>"; reason NULL heals. */
static int apply_device_fault(struct vk_engine *e, struct vk_now now, const struct vk_device *d,
			      const char *state, const char *reason)
{
	struct vk_event event = {.type = VK_EVENT_FAULT, .now = now};

	if (!*state || strcmp(state, "ok") == 0)
		return 0;
	event.fault.is_active = reason != NULL;
	event.fault.priority = VK_PRIORITY_LOW;
	(void)snprintf(event.fault.rule, sizeof event.fault.rule, "%.30s-%.30s", state, d->id);
	/* The device may have gone to another patient since. */
	(void)vk_copy(event.fault.patient, sizeof event.fault.patient, d->patient);
	for (int i = 0; !reason && i < e->core->n_alerts; i++)
		if (strcmp(e->core->alerts[i].rule, event.fault.rule) == 0)
			(void)vk_copy(event.fault.patient, sizeof event.fault.patient,
				      e->core->alerts[i].patient);
	(void)vk_copy(event.fault.reason, sizeof event.fault.reason, reason ? reason : "healed");
	return vk_apply_fault(e, &event);
}

static int device_state_changed(struct vk_engine *e, struct vk_now now, const struct vk_device *d,
				const char *was)
{
	int r;

	if (strcmp(d->state, was) == 0)
		return 0;
	r = apply_device_fault(e, now, d, was, NULL);
	return r ? r : apply_device_fault(e, now, d, d->state, d->state);
}

/* The collector's word is merged into the row; whose the device is, only a person says (assign). */
static int apply_device(struct vk_engine *e, struct vk_job *job)
{
	struct vk_device device = {
		.battery_percent = -1, .clock_offset_s = INT64_MIN, .last_sequence = -1};
	char was[VK_ID_TEXT];
	int r = vk_store_get_device(e->store, job->text, &device);

	if (r && r != -ENOENT)
		return r;
	(void)vk_copy(device.id, sizeof device.id, job->text);
	(void)vk_copy(was, sizeof was, device.state);
	if (vk_device_merge(job->header, &device)) {
		job->error = -EINVAL;
		return 0;
	}
	r = vk_store_put_device(e->store, &device);
	return r ? r : device_state_changed(e, job->now, &device, was);
}

/* A device that is gone has no fault any more. */
static int heal_forgotten(struct vk_engine *e, struct vk_job *job)
{
	struct vk_device device = {0};
	int r = vk_trouble_forget(e, job->now, job->text);

	if (r || vk_store_get_device(e->store, job->text, &device))
		return r;
	return apply_device_fault(e, job->now, &device, device.state, NULL);
}

static int apply_forget(struct vk_engine *e, struct vk_job *job)
{
	struct vk_audit audit = {.domain = "hub",
				 .actor = job->actor,
				 .action = "device-forget",
				 .patient = "",
				 .object = job->text,
				 .result = "ok",
				 .detail = ""};
	int r = heal_forgotten(e, job);

	if (r == 0)
		r = vk_store_remove_device(e->store, job->text);
	e->news.is_devices_changed = true;
	return r ? r : vk_audit_keep(e, job->now, &audit);
}

static int apply_audit(struct vk_engine *e, struct vk_job *job)
{
	char *object = strchr(job->text, ' ');
	struct vk_audit audit = {.domain = "hub",
				 .actor = job->actor,
				 .action = job->text,
				 .patient = "",
				 .object = object ? object + 1 : "",
				 .result = "ok",
				 .detail = job->text2};

	if (object)
		*object = '\0';
	return vk_audit_keep(e, job->now, &audit);
}

struct collecting {
	const struct vk_engine *e;
	struct vk_outgoing **tail;
};

/* A broker keeps what it was given last: what goes out late, or again, must not take the place of
 * what came after it. */
static bool is_to_be_kept(const struct vk_engine *e, const struct vk_message *m)
{
	return m->is_retained && (!m->len || vk_is_present(e->core, m->topic, m->msg_id, m->rev));
}

static int collect(const struct vk_message *message, void *user)
{
	struct collecting *c = user;
	struct vk_outgoing *out = vk_outgoing_new(message);

	if (!out)
		return -ENOMEM;
	out->message.is_retained = is_to_be_kept(c->e, message);
	*c->tail = out;
	c->tail = &out->next;
	return 0;
}

/* Loose ones first (nothing else will carry them), then urgent, then in order. */
static int apply_fetch(struct vk_engine *e, struct vk_job *job)
{
	struct collecting c = {e, &job->outgoing};
	int r = 0, n = 0;

	for (int i = 0; i < job->n_seqs && r == 0; i++)
		r = vk_store_get_message(e->store, job->seqs[i], collect, &c);
	if (job->n_seqs)
		return r;
	for (struct vk_outgoing *o = e->loose; o && r == 0 && n < job->limit; o = o->next) {
		r = collect(&o->message, &c);
		n++;
	}
	if (r == 0 && n < job->limit)
		r = vk_store_each_message(e->store, job->urgent_seq, true, job->limit - n, collect,
					  &c);
	if (r == 0 && job->ordinary)
		r = vk_store_each_message(e->store, job->seq, false, job->ordinary, collect, &c);
	return r;
}

static int apply_settle(struct vk_engine *e, struct vk_job *job)
{
	if (job->seq < 0) {
		vk_loose_settle(e, job->seq);
		return 0;
	}
	if (job->type == VK_JOB_ASIDE)
		return vk_store_set_aside(e->store, job->seq, job->code);
	if (!job->n_seqs)
		return vk_store_settle(e->store, &job->seq, 1);
	return vk_store_settle(e->store, job->seqs, job->n_seqs);
}

/* A number written and read back in this transaction; the commit is the rest of the proof. */
static int apply_selftest(struct vk_engine *e, const struct vk_job *job)
{
	int64_t is = 0;
	int r = vk_store_set_int(e->store, "selftest_utc_ms", job->now.utc_ms);

	if (r == 0)
		r = vk_store_get_int(e->store, "selftest_utc_ms", 0, &is);
	return r == 0 && is != job->now.utc_ms ? -EIO : r;
}

int vk_apply(struct vk_engine *e, struct vk_job *job)
{
	struct vk_event event = {.now = job->now};

	switch (job->type) {
	case VK_JOB_READING:
		return apply_reading(e, job);
	case VK_JOB_SIGNAL:
		return apply_signal(e, job);
	case VK_JOB_INBOUND:
		return vk_inbound_apply(e, job);
	case VK_JOB_TICK:
		event.type = job->code ? VK_EVENT_START : VK_EVENT_TICK;
		return vk_apply_event(e, &event);
	case VK_JOB_CLOCK:
		event.type = VK_EVENT_CLOCK;
		return vk_apply_event(e, &event);
	case VK_JOB_FAULT:
		event.type = VK_EVENT_FAULT;
		event.fault = job->fault;
		return vk_apply_fault(e, &event);
	case VK_JOB_DEVICE:
		return apply_device(e, job);
	case VK_JOB_ASSIGN:
		return vk_device_assign(e, job);
	case VK_JOB_REVISE:
		return vk_reading_say(e, job);
	case VK_JOB_FORGET:
		return apply_forget(e, job);
	case VK_JOB_SETTLE:
	case VK_JOB_ASIDE:
		return apply_settle(e, job);
	case VK_JOB_FETCH:
		return apply_fetch(e, job);
	case VK_JOB_SECOND_FETCH:
		return vk_second_fetch(e, job);
	case VK_JOB_SECOND_DONE:
		return vk_second_done(e, job);
	case VK_JOB_LINK_UP:
		return vk_copies_send(e, job->now);
	case VK_JOB_AUDIT:
		return apply_audit(e, job);
	case VK_JOB_QUERY:
		return vk_query_apply(e, job);
	case VK_JOB_WATCH:
		e->has_watched = true;
		return vk_watch_run(e, job->now);
	case VK_JOB_SELFTEST:
		return apply_selftest(e, job);
	case VK_JOB_TRAFFIC:
		vk_traffic_add(e, &job->traffic);
		return 0;
	case VK_JOB_NOTHING:
		vk_engine_rest(e);
		return 0;
	}
	return -EINVAL;
}
