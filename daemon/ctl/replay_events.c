/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of JSON as events: {"t":…, "reading":{…}} and so on. Strict: an unknown member is a
 * mistake, because an event that is not understood would make a replay that lies.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "core/whose.h"
#include "ctl/replay.h"

enum { BATTERY_LOW_PERCENT = 15 }; /* clinical.md 1.6 */

VK_PRINTF(2, 3) static int wrong(struct vk_replay_line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(l->error, sizeof l->error, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Every member must be one of the names, which are separated by blanks. */
static int only(struct vk_replay_line *l, json_t *object, const char *what, const char *names)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return wrong(l, "%s is no object, expected {…} with %s", what, names);
	json_object_foreach(object, key, value)
	{
		size_t len = strlen(key);
		const char *at = strstr(names, key);

		while (at && ((at > names && at[-1] != ' ') || (at[len] && at[len] != ' ')))
			at = strstr(at + 1, key);
		if (!at || !len)
			return wrong(l, "unknown member %.40s in %s, expected %s", key, what,
				     names);
	}
	return 0;
}

/* An optional text of bounded length; without the member dst stays as it is. */
static int text(struct vk_replay_line *l, json_t *object, const char *key, char *dst, size_t size)
{
	json_t *value = json_object_get(object, key);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value) || !vk_copy(dst, size, json_string_value(value)))
		return wrong(l, "%s is no text, expected at most %zu bytes", key, size - 1);
	return 0;
}
#define TEXT(l, object, key, dst) text(l, object, key, dst, sizeof(dst))

static int time_of(struct vk_replay_line *l, json_t *object, const char *key, int64_t *ret_ms)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		return 0;
	if (!json_is_string(value) || strlen(json_string_value(value)) < 20 ||
	    vk_rfc3339_parse(json_string_value(value), ret_ms))
		return wrong(l, "%s is no time, expected RFC 3339 with offset", key);
	return 0;
}

static int integer(struct vk_replay_line *l, json_t *object, const char *key, int64_t *ret_n)
{
	json_t *value = json_object_get(object, key);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_integer(value))
		return wrong(l, "%s is no integer", key);
	*ret_n = json_integer_value(value);
	return 0;
}

static struct vk_event *add(struct vk_replay_line *l, enum vk_event_type type)
{
	struct vk_event *event = &l->events[l->n_events++];

	memset(event, 0, sizeof *event);
	event->type = type;
	return event;
}

/* ---- readings ---- */

static int value(struct vk_replay_line *l, const char *name, json_t *object)
{
	int quantity = vk_quantity_parse(name), unit, absent;
	const char *number = json_string_value(json_object_get(object, "value"));
	const char *unit_text = json_string_value(json_object_get(object, "unit"));
	const char *absent_text = json_string_value(json_object_get(object, "absent"));
	struct vk_decimal decimal = {0};

	if (quantity < 0)
		return wrong(l, "unknown quantity %.40s", name);
	if (only(l, object, name, "value unit absent"))
		return -EINVAL;
	absent = absent_text ? vk_absent_parse(absent_text) : VK_ABSENT_NONE;
	if (absent_text && absent <= VK_ABSENT_NONE)
		return wrong(l, "%s: unknown reason for an absent value", name);
	if (!absent_text && (!number || vk_decimal_parse(number, &decimal)))
		return wrong(l, "%s: value is no decimal, expected a text as \"124\"", name);
	unit = unit_text ? vk_unit_parse(unit_text) : VK_UNIT_MMHG;
	if (unit < 0 || (!unit_text && !absent_text))
		return wrong(l, "%s: unknown unit, expected a UCUM code", name);
	vk_decoded_add(&l->reading.decoded, (enum vk_quantity)quantity, (enum vk_unit)unit,
		       (enum vk_absent)absent, decimal);
	return 0;
}

static int values(struct vk_replay_line *l, json_t *reading)
{
	const char *name;
	json_t *object;

	json_object_foreach(json_object_get(reading, "values"), name, object)
	{
		if (value(l, name, object))
			return -EINVAL;
	}
	return 0;
}

static int flags(struct vk_replay_line *l, json_t *reading)
{
	json_t *name;
	size_t i;

	json_array_foreach(json_object_get(reading, "flags"), i, name)
	{
		int flag = json_is_string(name) ? vk_flag_parse(json_string_value(name)) : -1;

		if (flag < 0)
			return wrong(l, "unknown flag, expected a name of the flag table");
		vk_decoded_flag(&l->reading.decoded, (enum vk_flag)flag);
	}
	return 0;
}

static int device_time(struct vk_replay_line *l, json_t *reading)
{
	json_t *time = json_object_get(reading, "device_time");
	struct vk_decoded *d = &l->reading.decoded;

	if (!time)
		return 0;
	d->time_state = VK_TIME_UNKNOWN;
	if (json_is_null(time))
		return 0;
	if (!json_is_string(time) || vk_civil_parse(json_string_value(time), &d->device_time))
		return wrong(l, "device_time is no local time, expected 2026-03-04T07:40:12");
	d->time_state = VK_TIME_KNOWN;
	return 0;
}

static int numbers(struct vk_replay_line *l, json_t *reading)
{
	int64_t rev = 0, sequence = -1, user = -1, sample = -1, offset_s = INT64_MIN;

	if (integer(l, reading, "rev", &rev) || integer(l, reading, "sequence", &sequence) ||
	    integer(l, reading, "user", &user) || integer(l, reading, "sample_type", &sample) ||
	    integer(l, reading, "clock_offset_s", &offset_s))
		return -EINVAL;
	l->reading.rev = (int32_t)rev;
	l->reading.decoded.sequence = (int32_t)sequence;
	l->reading.decoded.user = (int32_t)user;
	l->reading.decoded.sample_type = (int32_t)sample;
	l->reading.has_clock_offset = offset_s != INT64_MIN;
	l->reading.clock_offset_s = l->reading.has_clock_offset ? offset_s : 0;
	return 0;
}

static int reading(struct vk_replay_line *l, json_t *object, const char *patient, int n)
{
	static const char known[] =
		"kind values flags implausible device_time user sequence sample_type location "
		"site context rr_ms patient id rev device time stored retracted clock_offset_s "
		"whose";
	const char *kind_text = json_string_value(json_object_get(object, "kind"));
	int kind = kind_text ? vk_kind_parse(kind_text) : -1;
	struct vk_reading *r = &l->reading;
	char whose[VK_ID_TEXT] = "";

	if (only(l, object, "reading", known))
		return -EINVAL;
	if (kind < 0)
		return wrong(l, "reading without a known kind, expected \"weight\" or another");
	r->decoded = vk_decoded_init((enum vk_kind)kind);
	(void)snprintf(r->id, sizeof r->id, "r%d", n);
	(void)vk_copy(r->patient, sizeof r->patient, patient);
	(void)vk_copy(r->device, sizeof r->device, "replay");
	r->is_live = !json_is_true(json_object_get(object, "stored"));
	r->is_retracted = json_is_true(json_object_get(object, "retracted"));
	if (json_object_get(object, "time")) {
		l->is_placed = true;
		r->time_reason = VK_PLACED_DEVICE;
	}
	if (values(l, object) || flags(l, object) || device_time(l, object) || numbers(l, object) ||
	    TEXT(l, object, "id", r->id) || TEXT(l, object, "patient", r->patient) ||
	    TEXT(l, object, "device", r->device) || time_of(l, object, "time", &r->time_utc_ms))
		return -EINVAL;
	if (strcmp(r->patient, "unassigned") == 0)
		r->patient[0] = '\0';
	/* Only a person's word stands; what the hub made of the evidence is made anew. */
	if (TEXT(l, object, "whose", whose))
		return -EINVAL;
	if (strcmp(whose, vk_whose_text(VK_WHOSE_SAID)) == 0)
		r->whose = VK_WHOSE_SAID;
	add(l, VK_EVENT_READING); /* the caller points it at its own reading */
	return 0;
}

/* ---- the other events ---- */

static int signal_event(struct vk_replay_line *l, json_t *object, const char *patient, int n)
{
	struct vk_event *event = add(l, VK_EVENT_SIGNAL);
	json_t *active = json_object_get(object, "active");

	(void)n;
	(void)vk_copy(event->signal.patient, sizeof event->signal.patient, patient);
	if (only(l, object, "signal", "name active patient") ||
	    TEXT(l, object, "name", event->signal.name) ||
	    TEXT(l, object, "patient", event->signal.patient))
		return -EINVAL;
	if (!event->signal.name[0] || !json_is_boolean(active))
		return wrong(l, "signal is not complete, expected name and active");
	event->signal.is_active = json_is_true(active);
	return 0;
}

static int command(struct vk_replay_line *l, json_t *object, const char *patient, int n)
{
	struct vk_command *c = &add(l, VK_EVENT_COMMAND)->command;
	int64_t rev = -1;

	(void)patient;
	(void)snprintf(c->cmd_id, sizeof c->cmd_id, "line-%d", n);
	if (only(l, object, "command",
		 "staff noun verb cmd_id issued object rev outcome reason until") ||
	    TEXT(l, object, "staff", c->staff) || TEXT(l, object, "noun", c->noun) ||
	    TEXT(l, object, "verb", c->verb) || TEXT(l, object, "cmd_id", c->cmd_id) ||
	    TEXT(l, object, "object", c->object) || TEXT(l, object, "outcome", c->outcome) ||
	    TEXT(l, object, "reason", c->reason) || integer(l, object, "rev", &rev) ||
	    time_of(l, object, "until", &c->until_utc_ms))
		return -EINVAL;
	c->rev = (int32_t)rev;
	if (!c->staff[0] || !c->noun[0] || !c->verb[0])
		return wrong(l, "command is not complete, expected staff, noun and verb");
	return 0;
}

static int receipt(struct vk_replay_line *l, json_t *object, const char *patient, int n)
{
	json_t *stored = json_object_get(object, "stored");
	json_t *id;
	size_t i;

	(void)patient;
	(void)n;
	if (only(l, object, "receipt", "service stored"))
		return -EINVAL;
	if (!json_is_array(stored) || json_array_size(stored) > VK_REPLAY_EVENTS)
		return wrong(l, "receipt without stored, expected a list of at most %d ids",
			     VK_REPLAY_EVENTS);
	json_array_foreach(stored, i, id)
	{
		struct vk_event *event = add(l, VK_EVENT_RECEIPT);

		if (!json_is_string(id) ||
		    !vk_copy(event->receipt.id, sizeof event->receipt.id, json_string_value(id)))
			return wrong(l, "receipt of something that is no id");
	}
	return 0;
}

static void fault(struct vk_replay_line *l, const char *rule, bool is_active, const char *reason)
{
	struct vk_fault *f = &add(l, VK_EVENT_FAULT)->fault;

	(void)vk_copy(f->rule, sizeof f->rule, rule);
	(void)vk_copy(f->reason, sizeof f->reason, reason);
	f->priority = VK_PRIORITY_LOW;
	f->is_active = is_active;
}

static int link_event(struct vk_replay_line *l, json_t *state, const char *patient, int n)
{
	const char *word = json_is_string(state) ? json_string_value(state) : "";

	(void)patient;
	(void)n;
	if (strcmp(word, "up") != 0 && strcmp(word, "down") != 0)
		return wrong(l, "unknown state of link, expected \"up\" or \"down\"");
	fault(l, "link-lost", strcmp(word, "down") == 0, "link-lost");
	l->events[l->n_events - 1].fault.priority = VK_PRIORITY_MEDIUM;
	return 0;
}

static int device(struct vk_replay_line *l, json_t *object, const char *patient, int n)
{
	json_t *heard = json_object_get(object, "heard");
	json_t *battery = json_object_get(object, "battery");

	(void)patient;
	(void)n;
	if (only(l, object, "device", "name heard battery"))
		return -EINVAL;
	if (json_is_boolean(heard))
		fault(l, "device-not-heard", json_is_false(heard), "device-not-heard");
	if (json_is_integer(battery))
		fault(l, "battery-low", json_integer_value(battery) <= BATTERY_LOW_PERCENT,
		      "battery-low");
	return l->n_events ? 0 : wrong(l, "device says nothing, expected heard or battery");
}

static int quality(struct vk_replay_line *l, json_t *word)
{
	static const char *const words[] = {"unsynced", "held", "synced"};

	if (!word)
		return 0;
	for (size_t i = 0; json_is_string(word) && i < VK_ARRAY_LEN(words); i++) {
		if (strcmp(words[i], json_string_value(word)) != 0)
			continue;
		l->has_quality = true;
		l->quality = (enum vk_clock_quality)i;
		return 0;
	}
	return wrong(l, "unknown quality of the clock, expected unsynced, held or synced");
}

static int clock_event(struct vk_replay_line *l, json_t *object, const char *patient, int n)
{
	(void)patient;
	(void)n;
	if (only(l, object, "clock", "quality step_ms") ||
	    quality(l, json_object_get(object, "quality")) ||
	    integer(l, object, "step_ms", &l->step_ms))
		return -EINVAL;
	add(l, VK_EVENT_CLOCK);
	return 0;
}

static int plan_event(struct vk_replay_line *l, json_t *object, const char *patient, int n)
{
	(void)patient;
	(void)n;
	if (only(l, object, "plan", "file"))
		return -EINVAL;
	l->plan_file = json_string_value(json_object_get(object, "file"));
	return l->plan_file ? 0 : wrong(l, "plan without file");
}

static int restart(struct vk_replay_line *l, json_t *object, const char *patient, int n)
{
	int64_t off_s = 0;

	(void)patient;
	(void)n;
	if (only(l, object, "restart", "off_s clock") || integer(l, object, "off_s", &off_s) ||
	    quality(l, json_object_get(object, "clock")))
		return -EINVAL;
	if (off_s < 0)
		return wrong(l, "off_s is negative");
	l->is_restart = true;
	l->off_ms = off_s * 1000;
	add(l, VK_EVENT_START);
	return 0;
}

static int end(struct vk_replay_line *l, json_t *object, const char *patient, int n)
{
	(void)patient;
	(void)n;
	l->is_end = json_is_true(object);
	return l->is_end ? 0 : wrong(l, "end is not true");
}

int vk_replay_parse(json_t *root, const char *patient, int number, struct vk_replay_line *ret_line)
{
	static const struct {
		const char *name;
		int (*parse)(struct vk_replay_line *, json_t *, const char *, int);
	} types[] = {{"reading", reading}, {"signal", signal_event}, {"command", command},
		     {"receipt", receipt}, {"link", link_event},     {"clock", clock_event},
		     {"device", device},   {"plan", plan_event},     {"restart", restart},
		     {"end", end}};
	struct vk_replay_line *l = ret_line;

	memset(l, 0, sizeof *l);
	if (only(l, root, "the line",
		 "t reading signal command receipt link clock device plan restart end"))
		return -EINVAL;
	if (json_object_size(root) != 2 || !json_object_get(root, "t"))
		return wrong(l, "expected t and one event");
	if (time_of(l, root, "t", &l->t_ms))
		return -EINVAL;
	for (size_t i = 0; i < VK_ARRAY_LEN(types); i++) {
		json_t *object = json_object_get(root, types[i].name);

		if (object)
			return types[i].parse(l, object, patient, number);
	}
	return wrong(l, "expected an event beside t");
}
