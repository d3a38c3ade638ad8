/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts come in, trouble is judged from them, and the ladder is climbed in its own time. What is
 * due next is always a time in the state, so that the machine sleeps between.
 */
#include "supervisor.h"

enum { HOUR_MS = 3600 * 1000, URGENT_QUIET_MOST = 8 };

/* How long a trouble may last before the first rung, which rung that is, and the last one. */
static const struct {
	const char *text;
	int32_t grace_ms;
	enum vk_radio_rung first, last;
	bool is_repeated; /* from the beginning, long after the last rung */
} troubles[VK_N_RADIO_TROUBLES] = {
	[VK_RADIO_SOUND] = {"", 0, VK_RUNG_NONE, VK_RUNG_NONE, false},
	[VK_RADIO_NO_BUS] = {"no system bus", 600000, VK_RUNG_ASK_REBOOT, VK_RUNG_ASK_REBOOT, true},
	[VK_RADIO_NO_DAEMON] = {"no bluetoothd", 10000, VK_RUNG_RESTART_BLUEZ, VK_RUNG_ASK_REBOOT,
				true},
	[VK_RADIO_NO_ADAPTER] = {"no adapter", 20000, VK_RUNG_RESTART_BLUEZ, VK_RUNG_ASK_REBOOT,
				 true},
	[VK_RADIO_NO_POWER] = {"no power", 5000, VK_RUNG_POWER_CYCLE, VK_RUNG_ASK_REBOOT, true},
	[VK_RADIO_MUTE] = {"does not answer", 0, VK_RUNG_POWER_CYCLE, VK_RUNG_ASK_REBOOT, true},
	[VK_RADIO_UNLINKED] = {"a device is heard and not connected", 0, VK_RUNG_LISTEN_ANEW,
			       VK_RUNG_ASK_REBOOT, true},
	[VK_RADIO_DEAF] = {"hears nothing any more", 0, VK_RUNG_LISTEN_ANEW, VK_RUNG_ASK_REBOOT,
			   false},
	[VK_RADIO_MISSED] = {"an expected measurement did not come and nothing is heard", 0,
			     VK_RUNG_LISTEN_ANEW, VK_RUNG_POWER_CYCLE, false},
};

/* After a rung, so long before the next one. */
static const struct {
	const char *text;
	int32_t wait_ms;
} rungs[VK_N_RUNGS] = {
	[VK_RUNG_NONE] = {"none", 30000},
	[VK_RUNG_LISTEN_ANEW] = {"listen-anew", 30000},
	[VK_RUNG_DROP_STALE] = {"drop-stale", 30000},
	[VK_RUNG_POWER_CYCLE] = {"power-cycle", 60000},
	[VK_RUNG_RESTART_BLUEZ] = {"restart-bluetoothd", 90000},
	[VK_RUNG_RESET] = {"reset-controller", 120000},
	[VK_RUNG_ASK_REBOOT] = {"ask-reboot", 1800000},
};

const char *vk_radio_trouble_text(enum vk_radio_trouble trouble)
{
	return (unsigned)trouble < VK_N_RADIO_TROUBLES ? troubles[trouble].text : "";
}

const char *vk_radio_rung_text(enum vk_radio_rung rung)
{
	return (unsigned)rung < VK_N_RUNGS ? rungs[rung].text : "";
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool is_usable(const struct vk_supervisor *s)
{
	return s->has_bus && s->has_daemon && s->has_adapter && s->has_power;
}

/* ---- judging ---- */

static bool was_lively(const struct vk_supervisor *s)
{
	unsigned old = s->quiet < VK_RADIO_AMBIENT ? (unsigned)s->ambient >> s->quiet : 0;
	int n = 0;

	for (; old; old >>= 1)
		n += (int)(old & 1);
	return n >= VK_RADIO_AMBIENT_OLD;
}

static bool is_ignoring(const struct vk_supervisor *s)
{
	return s->ignored_ms != INT64_MAX && s->seen_ms - s->ignored_ms >= VK_RADIO_IGNORED_MS;
}

static enum vk_radio_trouble judge(const struct vk_supervisor *s)
{
	if (!s->has_bus)
		return VK_RADIO_NO_BUS;
	if (!s->has_daemon)
		return VK_RADIO_NO_DAEMON;
	if (!s->has_adapter)
		return VK_RADIO_NO_ADAPTER;
	if (!s->has_power)
		return VK_RADIO_NO_POWER;
	if (s->refused >= VK_RADIO_REFUSED_MOST)
		return VK_RADIO_MUTE;
	if (is_ignoring(s))
		return VK_RADIO_UNLINKED;
	if (s->is_deaf)
		return VK_RADIO_DEAF;
	if (s->missed_ms != INT64_MAX && s->quiet >= 2)
		return VK_RADIO_MISSED;
	return VK_RADIO_SOUND;
}

static void judge_again(struct vk_supervisor *s, int64_t now_ms)
{
	enum vk_radio_trouble trouble = judge(s);

	if (trouble == s->trouble)
		return;
	/* Another trouble after a sound while has a ladder of its own. */
	if (s->trouble == VK_RADIO_SOUND && trouble != s->climbed)
		s->rung = VK_RUNG_NONE;
	s->trouble = trouble;
	s->since_ms = now_ms;
	if (trouble == VK_RADIO_SOUND)
		s->sound_ms = now_ms;
}

/* ---- what is due when ---- */

/* Those are judged by a probe: one taken before the last rung says nothing about it. */
static bool is_by_probe(enum vk_radio_trouble trouble)
{
	return trouble == VK_RADIO_MUTE || trouble == VK_RADIO_DEAF || trouble == VK_RADIO_MISSED;
}

static bool is_at_the_end(const struct vk_supervisor *s)
{
	return s->rung >= troubles[s->trouble].last;
}

static int64_t next_rung_ms(const struct vk_supervisor *s)
{
	int64_t due_ms, oldest_ms = s->hour[s->n_acts % VK_RADIO_HOUR_MOST];

	if (s->trouble == VK_RADIO_SOUND || s->is_person_busy || s->links > 0)
		return INT64_MAX;
	if (is_at_the_end(s) && !troubles[s->trouble].is_repeated)
		return INT64_MAX;
	if (is_by_probe(s->trouble) && (s->is_probing || s->probed_ms < s->acted_ms))
		return INT64_MAX;
	due_ms = s->since_ms + troubles[s->trouble].grace_ms;
	if (s->n_acts > 0)
		due_ms = later(due_ms, s->acted_ms + rungs[s->rung].wait_ms);
	if (is_at_the_end(s))
		due_ms = later(due_ms, s->acted_ms + rungs[VK_RUNG_ASK_REBOOT].wait_ms);
	return oldest_ms == INT64_MIN ? due_ms : later(due_ms, oldest_ms + HOUR_MS + 1);
}

/* Somebody waits for the answer. */
static bool is_probe_urgent(const struct vk_supervisor *s)
{
	if (s->refused > 0)
		return s->rung < VK_RUNG_ASK_REBOOT;
	if (s->ignored_ms != INT64_MAX)
		return true;
	if (s->trouble == VK_RADIO_DEAF || s->trouble == VK_RADIO_MISSED)
		return !is_at_the_end(s);
	return s->missed_ms != INT64_MAX ? s->quiet < URGENT_QUIET_MOST
					 : s->quiet > 0 && was_lively(s);
}

static int64_t next_probe_ms(const struct vk_supervisor *s)
{
	if (s->is_probing || s->is_person_busy || s->links > 0 || !is_usable(s))
		return INT64_MAX;
	if (is_probe_urgent(s))
		return s->probed_ms + VK_RADIO_PROBE_AGAIN_MS;
	return later(s->heard_ms, s->probed_ms) + VK_RADIO_PROBE_MS;
}

static int64_t healed_ms(const struct vk_supervisor *s)
{
	return s->rung != VK_RUNG_NONE && s->trouble == VK_RADIO_SOUND
		       ? s->sound_ms + VK_RADIO_HEALED_MS
		       : INT64_MAX;
}

static int64_t forgiven_ms(const struct vk_supervisor *s)
{
	return s->ignored_ms != INT64_MAX ? s->seen_ms + VK_RADIO_FORGIVEN_MS : INT64_MAX;
}

static int64_t unanswered_ms(const struct vk_supervisor *s)
{
	return s->is_probing ? s->probed_ms + VK_RADIO_PROBE_ANSWER_MS : INT64_MAX;
}

int64_t vk_supervisor_deadline_ms(const struct vk_supervisor *s)
{
	int64_t due_ms = earlier(next_rung_ms(s), next_probe_ms(s));

	due_ms = earlier(due_ms, earlier(healed_ms(s), forgiven_ms(s)));
	return earlier(due_ms, earlier(unanswered_ms(s), s->expect_ms));
}

/* ---- facts ---- */

static void hear(struct vk_supervisor *s, int64_t now_ms)
{
	s->heard_ms = now_ms;
	s->quiet = 0;
	s->refused = 0;
	s->is_deaf = false;
	s->missed_ms = INT64_MAX;
}

/* Nothing that was learned over a controller that went holds for the one that comes. */
static void lose_air(struct vk_supervisor *s)
{
	s->links = 0;
	s->is_probing = false;
	s->refused = 0;
	s->ignored_ms = INT64_MAX;
}

/* What stands on a part that has gone has gone with it. */
static void take_presence(struct vk_supervisor *s, bool *part, bool is_on)
{
	bool was_usable = is_usable(s);

	*part = is_on;
	s->has_daemon = s->has_daemon && s->has_bus;
	s->has_adapter = s->has_adapter && s->has_daemon;
	s->has_power = s->has_power && s->has_adapter;
	if (was_usable && !is_usable(s))
		lose_air(s);
}

static void take_probe(struct vk_supervisor *s, bool is_answered)
{
	if (!s->is_probing)
		return;
	s->is_probing = false;
	if (!is_answered) {
		s->refused++;
		return;
	}
	s->refused = 0;
	s->ambient = (uint16_t)(s->ambient << 1 | (s->heard_ms >= s->probed_ms));
	if (s->heard_ms >= s->probed_ms)
		return;
	s->quiet += s->quiet < VK_RADIO_AMBIENT;
	if (s->quiet >= VK_RADIO_DEAF_PROBES && was_lively(s))
		s->is_deaf = true;
}

static void take_ignored(struct vk_supervisor *s, int64_t now_ms)
{
	if (s->ignored_ms == INT64_MAX)
		s->ignored_ms = now_ms;
	s->seen_ms = now_ms;
}

static void take_link(struct vk_supervisor *s, bool is_up, int64_t now_ms)
{
	if (is_up) {
		s->links++;
		s->ignored_ms = INT64_MAX;
	} else if (s->links > 0) {
		s->links--;
	}
	hear(s, now_ms);
}

static void take(struct vk_supervisor *s, const struct vk_radio_event *event, int64_t now_ms)
{
	switch (event->type) {
	case VK_RADIO_TICK:
		break;
	case VK_RADIO_BUS:
		take_presence(s, &s->has_bus, event->is_on);
		break;
	case VK_RADIO_DAEMON:
		take_presence(s, &s->has_daemon, event->is_on);
		break;
	case VK_RADIO_ADAPTER:
		take_presence(s, &s->has_adapter, event->is_on);
		break;
	case VK_RADIO_POWER:
		take_presence(s, &s->has_power, event->is_on);
		break;
	case VK_RADIO_HEARD:
		hear(s, now_ms);
		break;
	case VK_RADIO_LINK:
		take_link(s, event->is_on, now_ms);
		break;
	case VK_RADIO_PROBED:
		take_probe(s, event->is_on);
		break;
	case VK_RADIO_IGNORED:
		take_ignored(s, now_ms);
		break;
	case VK_RADIO_EXPECT:
		s->expect_ms = event->at_ms;
		break;
	case VK_RADIO_BUSY:
		s->is_person_busy = event->is_on;
		break;
	}
}

/* What time alone changes. */
static void pass_time(struct vk_supervisor *s, int64_t now_ms)
{
	if (now_ms >= unanswered_ms(s))
		take_probe(s, false);
	if (now_ms >= forgiven_ms(s))
		s->ignored_ms = INT64_MAX;
	if (now_ms >= s->expect_ms) {
		s->missed_ms = s->expect_ms;
		s->expect_ms = INT64_MAX;
		s->quiet = 0;
	}
	judge_again(s, now_ms);
	if (now_ms >= healed_ms(s))
		s->rung = VK_RUNG_NONE;
}

/* ---- the ladder ---- */

static enum vk_radio_rung next_rung(const struct vk_supervisor *s)
{
	enum vk_radio_rung first = troubles[s->trouble].first;

	if (is_at_the_end(s))
		return first; /* once more, from the beginning */
	return s->rung + 1 > first ? s->rung + 1 : first;
}

static struct vk_radio_action climb(struct vk_supervisor *s, int64_t now_ms)
{
	s->rung = next_rung(s);
	s->climbed = s->trouble;
	s->acted_ms = now_ms;
	s->hour[s->n_acts++ % VK_RADIO_HOUR_MOST] = now_ms;
	s->count[s->rung]++;
	if (s->trouble == VK_RADIO_UNLINKED)
		s->ignored_ms = INT64_MAX; /* it must be seen again */
	return (struct vk_radio_action){VK_RADIO_DO_RUNG, s->rung, s->trouble};
}

struct vk_radio_action vk_supervisor_step(struct vk_supervisor *s,
					  const struct vk_radio_event *event, int64_t now_ms)
{
	take(s, event, now_ms);
	pass_time(s, now_ms);
	if (now_ms >= next_rung_ms(s))
		return climb(s, now_ms);
	if (now_ms < next_probe_ms(s))
		return (struct vk_radio_action){VK_RADIO_DO_NOTHING, VK_RUNG_NONE, s->trouble};
	s->is_probing = true;
	s->probed_ms = now_ms;
	return (struct vk_radio_action){VK_RADIO_DO_PROBE, VK_RUNG_NONE, s->trouble};
}

void vk_supervisor_init(struct vk_supervisor *s, int64_t now_ms)
{
	*s = (struct vk_supervisor){
		.since_ms = now_ms,
		.sound_ms = now_ms,
		.heard_ms = now_ms,
		.probed_ms = now_ms,
		.ignored_ms = INT64_MAX,
		.expect_ms = INT64_MAX,
		.missed_ms = INT64_MAX,
		.trouble = VK_RADIO_NO_BUS,
	};
	for (int i = 0; i < VK_RADIO_HOUR_MOST; i++)
		s->hour[i] = INT64_MIN;
}
