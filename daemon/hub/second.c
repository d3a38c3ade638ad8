/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop's side of the second path: one alert at a time to the hook, the oldest first; what it
 * could not take is tried again, later each time. Three failures in a row are a technical alert.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "hub/hub.h"

enum { RETRY_FIRST_MS = 2000, RETRY_MOST_MS = 60000, FAILURES_TOLD = 3, CODE_GONE = 255 };

static const char failed_rule[] = "second-path-failed";

static void fetch(struct vk_hub *hub)
{
	struct vk_second *s = &hub->second;
	struct vk_job *job;

	if (!s->has_more || s->is_fetching || s->alert[0] || s->is_resting || hub->is_stopping ||
	    !vk_server_role(&hub->server, VK_ROLE_HOOK))
		return;
	job = vk_job_new(VK_JOB_SECOND_FETCH, vk_hub_now(hub));
	if (!job)
		return;
	s->is_fetching = vk_hub_submit(hub, job) == 0;
	s->has_more = !s->is_fetching;
}

void vk_second_wake(struct vk_hub *hub)
{
	hub->second.has_more = true;
	fetch(hub);
}

static void hand_over(struct vk_hub *hub, const struct vk_message *m)
{
	struct vk_client *client = vk_server_role(&hub->server, VK_ROLE_HOOK);
	struct vk_second *s = &hub->second;
	json_t *header;

	if (!client)
		return;
	header = json_pack("{s:s,s:I,s:s,s:s,s:i}", "t", "publish", "n", ++hub->next_n, "topic",
			   "alert", "id", m->msg_id, "rev", m->rev);
	if (header && vk_client_send(client, header, m->payload, m->len) == 0) {
		s->n = hub->next_n;
		(void)vk_copy(s->alert, sizeof s->alert, m->msg_id);
	}
	json_decref(header);
}

static void on_rested(uv_timer_t *timer)
{
	struct vk_hub *hub = timer->data;

	hub->second.is_resting = false;
	vk_second_wake(hub);
}

static void rest(struct vk_hub *hub)
{
	struct vk_second *s = &hub->second;
	int64_t ms = RETRY_FIRST_MS;

	for (int i = 1; i < s->n_failures && ms < RETRY_MOST_MS; i++)
		ms *= 2;
	s->is_resting = true;
	(void)uv_timer_start(&s->retry, on_rested,
			     (uint64_t)(ms < RETRY_MOST_MS ? ms : RETRY_MOST_MS), 0);
}

void vk_second_fetched(struct vk_hub *hub, struct vk_job *job)
{
	struct vk_second *s = &hub->second;

	s->is_fetching = false;
	/* What waits in memory came first, so it is here even where the store could not be read. */
	if (job->outgoing)
		hand_over(hub, &job->outgoing->message);
	if (!s->alert[0] && (job->error || job->outgoing)) {
		s->has_more = true;
		rest(hub);
	}
	fetch(hub);
}

/* Also when the hook went away: whether it had begun nobody knows, and twice is harmless. */
static void ended(struct vk_hub *hub, int32_t code)
{
	struct vk_second *s = &hub->second;
	struct vk_job *job = vk_job_new(VK_JOB_SECOND_DONE, vk_hub_now(hub));

	if (job) {
		(void)vk_copy(job->text, sizeof job->text, s->alert);
		job->code = code;
		(void)vk_hub_submit(hub, job);
	}
	s->alert[0] = '\0';
	s->has_more = true;
	s->n_failures = code ? s->n_failures + 1 : 0;
	if (s->n_failures == FAILURES_TOLD)
		vk_hub_fault(hub, failed_rule, true, VK_PRIORITY_MEDIUM, failed_rule);
	if (code == 0 && s->is_failed_told)
		vk_hub_fault(hub, failed_rule, false, VK_PRIORITY_MEDIUM, "healed");
	s->is_failed_told = s->n_failures >= FAILURES_TOLD;
	if (code)
		rest(hub);
	fetch(hub);
}

int vk_second_message(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet)
{
	bool is_settled = strcmp(packet->type, "settled") == 0;

	if (!is_settled && strcmp(packet->type, "failed") != 0)
		return -EOPNOTSUPP;
	if (client->n_open > 0)
		client->n_open--;
	if (packet->n != hub->second.n || !hub->second.alert[0])
		return 0;
	ended(hub, is_settled ? (int32_t)vk_packet_int(packet, "reason", 0) : CODE_GONE);
	return 0;
}

void vk_second_changed(struct vk_hub *hub, bool is_present)
{
	if (!is_present && hub->second.alert[0])
		ended(hub, CODE_GONE);
	if (is_present)
		vk_second_wake(hub);
}

void vk_second_start(struct vk_hub *hub)
{
	(void)uv_timer_init(&hub->loop, &hub->second.retry);
	hub->second.retry.data = hub;
}
