/* SPDX-License-Identifier: Apache-2.0 */
/* What the hub is told of a device: only what is new, in one message. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "collector.h"
#include "peer.h"

static void add_text(json_t *m, const char *key, const char *text)
{
	if (text[0])
		(void)json_object_set_new(m, key, json_string(text));
}

static void add_int(json_t *m, const char *key, int64_t value)
{
	(void)json_object_set_new(m, key, json_integer((json_int_t)value));
}

static void add_identity(const struct vk_peer *p, json_t *m)
{
	add_text(m, "address", p->address);
	add_int(m, "address_type", p->address_type);
	add_text(m, "name", p->name);
	add_text(m, "kind", p->kind);
	(void)json_object_set_new(m, "bonded", json_boolean(p->is_bonded));
	(void)json_object_set_new(m, "authenticated", json_boolean(p->is_authenticated));
}

static void add_learned(struct vk_peer *p, json_t *m)
{
	const struct vk_session *s = p->session;
	char text[VK_ATTRIBUTES_TEXT];

	if (p->dirty & VK_LEARNED_ATTRIBUTES) {
		vk_attributes_format(text, &p->attributes);
		add_text(m, "attributes", text);
	}
	if (p->dirty & VK_LEARNED_SEQUENCE)
		add_int(m, "last_sequence", p->last_sequence);
	if (p->dirty & VK_LEARNED_MEMORY) {
		vk_memory_format(text, &p->given.memory);
		add_text(m, "memory", text);
	}
	if (p->dirty & VK_DIRTY_MODEL)
		add_text(m, "model_id", p->model ? p->model->id : "");
	if (!s)
		return;
	if (p->dirty & VK_LEARNED_CLOCK && s->has_offset)
		add_int(m, "clock_offset_s", s->offset_s);
	if (p->dirty & VK_LEARNED_CLOCK)
		add_text(m, "clock", vk_clock_state_text(s->clock_state));
	if (p->dirty & VK_LEARNED_CONSENT)
		add_text(m, "consent", s->consent == VK_CONSENT_GIVEN ? "given" : "refused");
	if (p->dirty & VK_LEARNED_BATTERY) {
		p->battery_percent = s->battery_percent;
		add_int(m, "battery", s->battery_percent);
	}
	if (p->dirty & VK_LEARNED_IDENTITY) {
		add_text(m, "manufacturer", s->identity[0]);
		add_text(m, "model", s->identity[1]);
		add_text(m, "serial", s->identity[2]);
		add_text(m, "firmware", s->identity[3]);
	}
}

int vk_peer_tell(struct vk_peer *p, const struct vk_cookie *cookie)
{
	static const struct vk_cookie nobody;
	json_t *m;
	int r;

	if (!p->dirty)
		return 0;
	m = json_pack("{s:s}", "device", p->id);
	if (!m)
		return -ENOMEM;
	if (p->dirty & VK_DIRTY_IDENTITY)
		add_identity(p, m);
	if (p->dirty & VK_DIRTY_HEARD)
		add_int(m, "heard_ms", p->heard_utc_ms);
	if (p->dirty & VK_DIRTY_STATE)
		add_text(m, "state", p->state);
	add_learned(p, m);
	r = vk_hub_request(&p->collector->hub, "device", m, cookie ? cookie : &nobody);
	if (r < 0)
		vk_log(VK_LOG_WARNING, "device", "not told device=%s reason=%s", p->id,
		       strerror(-r));
	else
		p->dirty = 0;
	return r;
}
