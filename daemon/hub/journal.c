/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the store cannot write, alerting goes on: events are decided from memory, their messages
 * leave as loose ones (seq below 0, marked stored:false), and the events wait here, bounded, until
 * the database takes them. Only then is a device told that its reading is stored.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

int vk_loose_put(struct vk_engine *e, struct vk_message *message)
{
	struct vk_outgoing *out;

	if (e->n_loose >= VOLATILE_MAX)
		return -ENOBUFS;
	message->seq = e->next_loose_seq--;
	out = vk_outgoing_new(message);
	if (!out)
		return -ENOMEM;
	*e->loose_tail = out;
	e->loose_tail = &out->next;
	e->n_loose++;
	e->news.has_outgoing = true;
	return 0;
}

void vk_loose_settle(struct vk_engine *e, int64_t seq)
{
	for (struct vk_outgoing **p = &e->loose; *p; p = &(*p)->next) {
		struct vk_outgoing *out = *p;

		if (out->message.seq != seq)
			continue;
		*p = out->next;
		if (!*p)
			e->loose_tail = p;
		out->next = NULL;
		vk_outgoing_free(out);
		e->n_loose--;
		return;
	}
}

static void entry_free(struct journal_entry *entry)
{
	vk_job_free(entry->job);
	free(entry->effects);
	free(entry);
}

bool vk_journal_has(const struct vk_engine *e, const struct vk_reading *r)
{
	for (const struct journal_entry *j = e->journal; j; j = j->next) {
		const struct vk_reading *other = j->job->reading;

		if (other && strcmp(other->device, r->device) == 0 &&
		    other->raw_len == r->raw_len && memcmp(other->raw, r->raw, r->raw_len) == 0 &&
		    other->characteristic == r->characteristic)
			return true;
	}
	return false;
}

/* Only a store failure leaves a waiter unanswered; everything else that can go wrong is said. */
static void refuse(struct vk_engine *e, struct vk_job *job, int error)
{
	job->error = error;
	vk_engine_give_back(e, job);
}

int vk_journal_effects(struct vk_engine *e)
{
	struct journal_entry *entry = e->writing;
	size_t n_before = (size_t)entry->n_effects, n = (size_t)e->effects.n;
	struct vk_effect *effects;

	if (!n)
		return 0;
	effects = reallocarray(entry->effects, n_before + n, sizeof *effects);
	if (!effects)
		return -ENOMEM;
	memcpy(effects + n_before, e->effects.list, n * sizeof *effects);
	entry->effects = effects;
	entry->n_effects += (int)n;
	return 0;
}

/* A tick, or a fault told once more, leaves nothing to write: it takes no room of an event's. */
static bool has_to_wait(const struct journal_entry *entry, const struct vk_job *job)
{
	return entry->n_effects || job->reading || job->client || job->waiter ||
	       (job->type == VK_JOB_SECOND_DONE && job->code == 0);
}

static void entry_put(struct vk_engine *e, struct journal_entry *entry, struct vk_job *job)
{
	entry->job = job;
	*e->journal_tail = entry;
	e->journal_tail = &entry->next;
	e->n_journal++;
}

bool vk_journal_took_second(const struct vk_engine *e, const char *alert)
{
	for (const struct journal_entry *j = e->journal; j; j = j->next)
		if (j->job->type == VK_JOB_SECOND_DONE && strcmp(j->job->text, alert) == 0)
			return true;
	return false;
}

void vk_journal_job(struct vk_engine *e, struct vk_job *job)
{
	struct journal_entry *entry;
	int r;

	if (e->n_journal >= JOURNAL_MAX) {
		vk_log(VK_LOG_ERR, "store", "journal is full, an event is refused");
		refuse(e, job, -ENOSPC);
		return;
	}
	entry = calloc(1, sizeof *entry);
	if (!entry) {
		refuse(e, job, -ENOMEM);
		return;
	}
	vk_core_copy(e->saved, e->core);
	e->writing = entry;
	e->is_journaling = true;
	r = vk_apply(e, job);
	e->is_journaling = false;
	e->writing = NULL;
	if (r == 0 && has_to_wait(entry, job)) {
		entry_put(e, entry, job);
		return;
	}
	entry_free(entry);
	if (r == 0) {
		vk_engine_give_back(e, job);
		return;
	}
	vk_core_copy(e->core, e->saved);
	refuse(e, job, r);
}

/* One entry into the database, with what it caused. */
static int write_entry(struct vk_engine *e, struct journal_entry *entry)
{
	struct vk_job *job = entry->job;
	int r = vk_store_begin(e->store);

	if (r == 0 && job->reading)
		r = vk_store_put_reading(e->store, job->reading);
	if (r == VK_STORE_REPEAT)
		r = 0; /* it was there all the time: the failed commit had reached the disk */
	if (r == 0)
		r = vk_effects_rows(e, entry->effects, entry->n_effects, job->now);
	if (r == 0 && job->type == VK_JOB_SECOND_DONE)
		r = vk_store_remove_second(e->store, job->text);
	if (r == 0)
		r = vk_store_commit(e->store);
	if (r)
		vk_store_rollback(e->store);
	return r;
}

/* What was done while nothing could be written, for the record of afterwards. */
struct deferred {
	struct deferred *next;
	struct vk_audit entry;
	char domain[VK_ID_TEXT], actor[VK_ID_TEXT], action[VK_ID_TEXT], patient[VK_ID_TEXT];
	char object[VK_ID_TEXT], result[VK_ID_TEXT], detail[VK_ID_TEXT];
	char role[VK_ID_TEXT], outcome[VK_ID_TEXT], consent[VK_ID_TEXT], client[VK_ID_TEXT];
};

static const char *keep_text(char *dst, const char *text)
{
	(void)vk_copy(dst, VK_ID_TEXT, text ? text : "");
	return dst;
}

int vk_journal_audit(struct vk_engine *e, const struct vk_audit *entry)
{
	struct deferred *d = e->n_deferred < VOLATILE_MAX ? calloc(1, sizeof *d) : NULL;

	if (!d) {
		vk_log(VK_LOG_ERR, "audit", "an entry is lost: no room for more in memory");
		return 0; /* no reason to lose the event too */
	}
	d->entry = *entry;
	d->entry.domain = keep_text(d->domain, entry->domain);
	d->entry.actor = keep_text(d->actor, entry->actor);
	d->entry.action = keep_text(d->action, entry->action);
	d->entry.patient = keep_text(d->patient, entry->patient);
	d->entry.object = keep_text(d->object, entry->object);
	d->entry.result = keep_text(d->result, entry->result);
	d->entry.role = keep_text(d->role, entry->role);
	d->entry.outcome = keep_text(d->outcome, entry->outcome);
	d->entry.consent = keep_text(d->consent, entry->consent);
	d->entry.client = keep_text(d->client, entry->client);
	d->entry.detail = keep_text(d->detail, entry->detail);
	*e->deferred_tail = d;
	e->deferred_tail = &d->next;
	e->n_deferred++;
	return 0;
}

static void drop_first(struct vk_engine *e)
{
	struct deferred *d = e->deferred;

	e->deferred = d->next;
	if (!e->deferred)
		e->deferred_tail = &e->deferred;
	e->n_deferred--;
	free(d);
}

static int write_deferred(struct vk_engine *e)
{
	int r = vk_store_begin(e->store);

	for (const struct deferred *d = e->deferred; d && r == 0; d = d->next)
		r = vk_store_audit(e->store, &d->entry);
	if (r == 0)
		r = vk_store_commit(e->store);
	if (r)
		vk_store_rollback(e->store);
	while (r == 0 && e->deferred)
		drop_first(e);
	return r;
}

int vk_journal_heal(struct vk_engine *e)
{
	while (e->journal) {
		struct journal_entry *entry = e->journal;

		int r = write_entry(e, entry);

		if (r)
			return r;
		e->journal = entry->next;
		if (!e->journal)
			e->journal_tail = &e->journal;
		e->n_journal--;
		vk_engine_give_back(e, entry->job);
		entry->job = NULL;
		entry_free(entry);
	}
	return e->deferred ? write_deferred(e) : 0;
}

void vk_journal_free(struct vk_engine *e)
{
	while (e->deferred)
		drop_first(e);
	while (e->journal) {
		struct journal_entry *entry = e->journal;

		e->journal = entry->next;
		entry_free(entry);
	}
	vk_outgoing_free(e->loose);
	vk_outgoing_free(e->second);
}
