/* SPDX-License-Identifier: Apache-2.0 */
/* Effects as lines of JSON: the members of design §5, "Replay events". */
#include <inttypes.h>

#include "ctl/replay.h"

static void number(struct vk_json *j, const char *key, char letter, uint32_t serial)
{
	char id[16];

	(void)snprintf(id, sizeof id, "%c%" PRIu32, letter, serial);
	vk_json_str(j, key, id);
}

static void alert_json(struct vk_json *j, const struct vk_alert *a)
{
	number(j, "alert", 'a', a->serial);
	vk_json_str(j, "rule", a->rule);
	vk_json_str(j, "class", a->class_ == VK_ALERT_CLINICAL ? "clinical" : "technical");
	vk_json_str(j, "priority", vk_priority_text(a->priority));
	vk_json_int(j, "level", a->level);
	vk_json_str(j, "role", a->role);
	vk_json_str(j, "condition", a->is_active ? "active" : "cleared");
	vk_json_str(j, "state", vk_alert_state_text(a->state));
	vk_json_open(j, "readings", '[');
	for (int i = 0; i < a->n_readings; i++)
		vk_json_str(j, NULL, a->readings[i]);
	vk_json_close(j, ']');
	vk_json_int(j, "rev", a->rev);
}

static void check_json(struct vk_json *j, const struct vk_check *c)
{
	number(j, "check", 'c', c->serial);
	vk_json_str(j, "name", c->name);
	vk_json_str(j, "state", vk_check_state_text(c->state));
	vk_json_int(j, "attempt", c->attempt);
	vk_json_int(j, "rev", c->rev);
}

static const char *name_of(const struct vk_effect *effect)
{
	static const char *const names[] = {[VK_EFFECT_ALERT] = "alert",
					    [VK_EFFECT_CHECK] = "check",
					    [VK_EFFECT_MESSAGE] = "message",
					    [VK_EFFECT_ASK] = "ask",
					    [VK_EFFECT_NOTIFY] = "notify",
					    [VK_EFFECT_OUTPUT] = "output",
					    [VK_EFFECT_SECOND_PATH] = "second-path",
					    [VK_EFFECT_VIEW] = "view",
					    [VK_EFFECT_TASK] = "task"};

	return (size_t)effect->type < VK_ARRAY_LEN(names) ? names[effect->type] : NULL;
}

static void body(struct vk_json *j, const struct vk_effect *effect)
{
	static const char *const asks[] = {"repeat", "remind", "who"};

	switch (effect->type) {
	case VK_EFFECT_ALERT:
		alert_json(j, &effect->alert);
		break;
	case VK_EFFECT_CHECK:
		check_json(j, &effect->check);
		break;
	case VK_EFFECT_MESSAGE:
		vk_json_str(j, "message", effect->message.message);
		vk_json_str(j, "state", effect->message.is_shown ? "shown" : "withdrawn");
		if (effect->message.is_silent)
			vk_json_bool(j, "silent", true);
		break;
	case VK_EFFECT_ASK:
		vk_json_str(j, "ask", asks[effect->ask.what]);
		vk_json_str(j, "rule", effect->ask.rule);
		if (effect->ask.is_withdrawn ||
		    (effect->ask.what == VK_ASK_WHO && effect->ask.until_utc_ms))
			vk_json_bool(j, "withdrawn", true);
		if (effect->ask.is_silent)
			vk_json_bool(j, "silent", true);
		break;
	case VK_EFFECT_NOTIFY:
		vk_json_str(j, "role", effect->notify.role);
		vk_json_int(j, "level", effect->notify.level);
		vk_json_str(j, "object", effect->notify.alert);
		break;
	case VK_EFFECT_OUTPUT:
		vk_json_str(j, "line", effect->output.line);
		vk_json_int(j, "value", effect->output.value);
		break;
	case VK_EFFECT_VIEW:
		vk_json_str(j, "view", effect->view.is_open ? "open" : "close");
		vk_json_str(j, "check", effect->view.check);
		vk_json_str(j, "viewer", effect->view.viewer);
		break;
	case VK_EFFECT_TASK:
		vk_json_str(j, "task", effect->task.task);
		if (effect->task.object[0])
			vk_json_str(j, "object", effect->task.object);
		if (effect->task.is_done)
			vk_json_bool(j, "done", true);
		break;
	case VK_EFFECT_SECOND_PATH:
		vk_json_str(j, "alert", effect->second_path.alert);
		vk_json_str(j, "role", effect->second_path.role);
		vk_json_int(j, "level", effect->second_path.level);
		break;
	case VK_EFFECT_MEMORY:
	case VK_EFFECT_REPLY:
		break;
	}
}

bool vk_replay_effect(struct vk_json *j, const struct vk_effect *effect, int64_t t_ms,
		      const struct vk_zone *zone)
{
	const char *name = name_of(effect);
	char time[VK_RFC3339_TEXT];

	if (!name)
		return false;
	vk_rfc3339_format(time, t_ms, zone);
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "t", time);
	vk_json_str(j, "effect", name);
	vk_json_str(j, "patient", effect->patient);
	vk_json_str(j, "reason", effect->reason);
	if (effect->line)
		vk_json_int(j, "line", effect->line);
	body(j, effect);
	if (effect->reading[0] && effect->type != VK_EFFECT_ALERT) {
		vk_json_open(j, "readings", '[');
		vk_json_str(j, NULL, effect->reading);
		vk_json_close(j, ']');
	}
	vk_json_close(j, '}');
	return true;
}
