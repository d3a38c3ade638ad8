/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accept, reject, close: the only ways in which a clinical alert moves towards its end (design §2,
 * principle 4). Closing asks for a person who has accepted and for an outcome. snooze is taking it
 * with silence until an end.
 */
#include <string.h>

#include "core/alerts.h"
#include "core/checks.h"
#include "core/commands.h"
#include "core/reach.h"
#include "core/snooze.h"

static bool is_waiting(const struct vk_alert *alert)
{
	return alert->state == VK_ALERT_RAISED || alert->state == VK_ALERT_RECEIVED;
}

static const char *accept(struct vk_step *s, struct vk_alert *alert, const struct vk_command *c,
			  int32_t *ret_rev)
{
	if (!is_waiting(alert))
		return "wrong-state";
	vk_alerts_accept(s, alert, c->staff);
	*ret_rev = alert->rev;
	return "ok";
}

/* "I cannot": the next in the ladder, at once. Also for the one who had accepted. */
static const char *reject(struct vk_step *s, struct vk_alert *alert, const struct vk_command *c,
			  int32_t *ret_rev)
{
	if (!is_waiting(alert)) {
		if (strcmp(alert->by, c->staff) != 0)
			return "wrong-state";
		alert->state = VK_ALERT_RECEIVED;
	}
	VK_SET(alert->by, c->staff);
	vk_reach_escalate(s, alert, s->now.mono_ms, "rejected");
	*ret_rev = alert->rev;
	return "ok";
}

static const char *close_alert(struct vk_step *s, struct vk_alert *alert,
			       const struct vk_command *c, int32_t *ret_rev)
{
	if (alert->state != VK_ALERT_ACCEPTED)
		return "wrong-state";
	if (alert->class_ == VK_ALERT_TECHNICAL)
		return "heals-itself";
	if (!c->outcome[0])
		return "no-outcome";
	if (vk_checks_hold(s->core, alert))
		return "check-open";
	*ret_rev = alert->rev + 1;
	vk_alerts_close(s, alert, c->staff, c->outcome, "closed");
	return "ok";
}

static const char *snooze(struct vk_step *s, struct vk_alert *alert, const struct vk_command *c,
			  int32_t *ret_rev)
{
	const char *code = "no-reason";

	if (c->reason[0])
		code = vk_snooze_begin(s, alert, c->staff, c->until_utc_ms);
	*ret_rev = alert->rev;
	return code;
}

void vk_alert_command(struct vk_step *s, const struct vk_command *c, struct vk_answer *answer)
{
	static const struct {
		const char *verb;
		const char *(*run)(struct vk_step *, struct vk_alert *, const struct vk_command *,
				   int32_t *);
	} verbs[] = {
		{"accept", accept}, {"reject", reject}, {"close", close_alert}, {"snooze", snooze}};
	struct vk_alert *alert = vk_alerts_by_id(s->core, c->object);

	if (!alert) {
		answer->code = "not-found";
		return;
	}
	VK_SET(answer->patient, alert->patient);
	answer->rev = alert->rev;
	if (c->rev >= 0 && c->rev != alert->rev) {
		answer->code = "conflict";
		return;
	}
	for (size_t i = 0; i < VK_ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].verb, c->verb) == 0)
			answer->code = verbs[i].run(s, alert, c, &answer->rev);
}
