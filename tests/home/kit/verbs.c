/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests can say to a device: measure, pair, forget, switch off, show what it remembers. A
 * word that is not understood changes nothing and is answered with what was expected.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "util.h"

#define PAIRING_S   120
#define STREAM_S    5
#define FILL_STEP_S 3600

enum fault {
	FAULT_NONE,
	FAULT_NAN,
	FAULT_DUPLICATE,
	FAULT_CLOCK_JUMP,
	FAULT_DISCONNECT,
	FAULT_BOND_LOST,
	FAULT_REVERSED,
	FAULT_TRUNCATED,
	FAULT_SILENT_LOSS,
	FAULT_COUNT
};

static const char *const fault_names[FAULT_COUNT] = {
	[FAULT_NONE] = "none",
	[FAULT_NAN] = "nan",
	[FAULT_DUPLICATE] = "duplicate",
	[FAULT_CLOCK_JUMP] = "clock-jump",
	[FAULT_DISCONNECT] = "disconnect-mid-transfer",
	[FAULT_BOND_LOST] = "bond-lost",
	[FAULT_REVERSED] = "reversed-sequence",
	[FAULT_TRUNCATED] = "truncated",
	[FAULT_SILENT_LOSS] = "silent-loss",
};

struct send {
	struct vk_measurement m;
	enum fault fault;
	bool has_at;
	int64_t at_s;
	bool has_seq;
	bool wait;
	bool measured; /* false: only the button that sends what is stored */
	long window_s;
	long continuous_s;
};

static int usage(FILE *out, const char *text, const char *word)
{
	fprintf(out, "{\"error\":\"%s\",\"word\":\"", text);
	for (const char *p = word; *p; p++) {
		if (*p == '"' || *p == '\\' || *p < ' ')
			fprintf(out, "\\u%04x", (unsigned)(unsigned char)*p);
		else
			fputc(*p, out);
	}
	fputs("\"}", out);
	return VK_CONTROL_USAGE;
}

static int done(FILE *out, int rc)
{
	if (rc < 0) {
		fprintf(out, "{\"error\":\"%s\"}", strerror(-rc));
		return 1;
	}
	fputs("{\"ok\":true}", out);
	return VK_CONTROL_OK;
}

/* A whole number of 0..max; -1 when it is none. */
static long number(const char *text, long max)
{
	char *end;
	long v = strtol(text, &end, 10);

	return *text == '\0' || *end || v < 0 || v > max ? -1 : v;
}

static const char *on_off(bool on)
{
	return on ? "true" : "false";
}

static bool parse_switch(const char *word, bool *on)
{
	*on = strcmp(word, "on") == 0;
	return *on || strcmp(word, "off") == 0;
}

static int parse_fault(const char *word, struct send *s)
{
	for (int i = 0; i < FAULT_COUNT; i++) {
		if (strcmp(word, fault_names[i]) == 0) {
			s->fault = (enum fault)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_quantity(char *word, struct send *s)
{
	char *equals = strchr(word, '=');
	enum vk_quantity q;
	int rc;

	if (!equals)
		return -EINVAL;
	*equals = '\0';
	rc = vk_quantity_parse(word, &q);
	if (rc == 0)
		rc = vk_decimal_parse(equals + 1, &s->m.value[q]);
	*equals = '=';
	s->measured = true;
	if (rc == 0)
		s->m.has[q] = true;
	return rc;
}

static int parse_option(const char *option, const char *value, struct send *s)
{
	long seq;

	if (strcmp(option, "--unit") == 0)
		return vk_unit_parse(value, &s->m.unit);
	if (strcmp(option, "--at") == 0) {
		s->has_at = true;
		return vk_instant_parse(value, &s->at_s);
	}
	if (strcmp(option, "--fault") == 0)
		return parse_fault(value, s);
	if (strcmp(option, "--window") == 0)
		return (s->window_s = number(value, 86400)) < 0 ? -EINVAL : 0;
	if (strcmp(option, "--continuous") == 0)
		return (s->continuous_s = number(value, 3600)) < 0 ? -EINVAL : 0;
	if (strcmp(option, "--seq") != 0)
		return -EINVAL;
	seq = number(value, UINT16_MAX);
	s->has_seq = true;
	s->m.seq = (uint16_t)seq;
	return seq < 0 ? -EINVAL : 0;
}

/* The word that is wrong, or NULL. */
static const char *parse_send(int argc, char **argv, struct send *s)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--no-wait") == 0) {
			s->wait = false;
		} else if (strncmp(argv[i], "--", 2) == 0) {
			if (i + 1 == argc || parse_option(argv[i], argv[i + 1], s) < 0)
				return argv[i];
			i++;
		} else if (parse_quantity(argv[i], s) < 0) {
			return argv[i];
		}
	}
	return NULL;
}

static int take_more(struct vk_device *d, const struct send *s, uint8_t user)
{
	struct vk_reading r = {.wall_s = s->m.wall_s, .user = user};
	int rc = d->config.kind->encode_more ? d->config.kind->encode_more(d, &s->m, &r) : 1;
	uint32_t id;

	return rc < 0 ? rc : rc ? 0 : vk_store_add(&d->store, &r, true, &id);
}

static int take_reading(struct vk_device *d, const struct send *s, uint32_t *id)
{
	struct vk_reading r = {
		.uuid = d->config.kind->measurement, .wall_s = s->m.wall_s, .user = VK_NOBODY};
	int rc = d->config.kind->encode(d, &s->m, &r);

	if (rc < 0)
		return rc;
	if (s->fault == FAULT_TRUNCATED)
		r.value.len--;
	r.twice = s->fault == FAULT_DUPLICATE;
	if (d->config.kind->records)
		d->store.next_seq = (uint16_t)(s->m.seq + 1);
	rc = vk_store_add(&d->store, &r, true, id);
	return rc < 0 ? rc : take_more(d, s, r.user);
}

static int take_stream(struct vk_device *d, const struct send *s)
{
	const struct vk_kind *kind = d->config.kind;
	struct vk_reading r;
	int rc = -EINVAL;

	if (kind->stream)
		rc = (kind->encode_stream ? kind->encode_stream : kind->encode)(d, &s->m, &r);
	if (rc == 0) {
		d->stream.value = r.value;
		d->stream.end_ms = vk_mono_ms() + s->continuous_s * 1000;
	}
	return rc;
}

static int take_beacon(struct vk_device *d, const struct send *s)
{
	struct vk_reading r;
	int rc = d->config.kind->encode(d, &s->m, &r);

	if (rc == 0)
		vk_beacon_show(d, &r.value);
	return rc;
}

static int measure(struct vk_device *d, struct send *s, uint32_t *id)
{
	if (s->fault == FAULT_CLOCK_JUMP)
		vk_device_set_wall(d, VK_FACTORY_EPOCH_S);
	s->m.wall_s = s->has_at ? s->at_s + d->state.clock_offset_s : vk_device_wall_s(d);
	s->m.clock_not_set = s->m.wall_s < VK_FACTORY_EPOCH_S + 86400;
	s->m.not_a_number = s->fault == FAULT_NAN;
	if (!s->has_seq)
		s->m.seq = d->store.next_seq;
	if (d->config.kind->beacon)
		return take_beacon(d, s);
	if (d->config.kind->stream == d->config.kind->measurement && !s->continuous_s)
		s->continuous_s = STREAM_S;
	return s->continuous_s ? take_stream(d, s) : take_reading(d, s, id);
}

static void open_window(struct vk_device *d, const struct send *s, const struct vk_reading *r)
{
	bool known =
		vk_state_bonded(&d->state) || d->state.lost || d->pairing || d->config.kind->beacon;
	int64_t ms = (s->window_s + s->continuous_s) * 1000;

	/* Nobody to talk to: the round is over as it begins. */
	vk_window_open(d, known && !d->state.off ? ms : 0);
	d->window.complete = false;
	d->window.drop = s->fault == FAULT_DISCONNECT;
	d->window.silence = s->fault == FAULT_SILENT_LOSS;
	d->window.newest_first = s->fault == FAULT_REVERSED;
	if (r)
		vk_window_note(d, r, false, 0);
}

static void print_queued(const struct vk_reading *r, FILE *out)
{
	char hex[2 * VK_VALUE_MAX + 1] = "";

	if (r)
		vk_hex_encode(r->value.byte, r->value.len, hex);
	fprintf(out, "{\"queued\":[%s%s%s]}", r ? "\"" : "", hex, r ? "\"" : "");
}

static int verb_send(struct vk_device *d, int argc, char **argv, FILE *out)
{
	struct send s = {.wait = true, .window_s = d->state.window_s};
	const char *wrong = parse_send(argc, argv, &s);
	const struct vk_reading *r;
	uint32_t id = 0;
	int rc;

	if (wrong)
		return usage(out, "not understood", wrong);
	if (!s.measured && s.fault != FAULT_NAN)
		return usage(out, "expected quantity=value", "send");
	rc = measure(d, &s, &id);
	if (rc == -ENODATA || rc == -EINVAL || rc == -ERANGE)
		return usage(out,
			     rc == -ENODATA  ? "a quantity is missing for this kind"
			     : rc == -ERANGE ? "value out of the device's range"
					     : "unit or option of another kind",
			     d->config.kind->name);
	if (rc < 0)
		return done(out, rc);
	if (s.fault == FAULT_BOND_LOST)
		vk_device_forget(d);
	r = id ? vk_store_find(&d->store, id) : NULL;
	open_window(d, &s, r);
	if (s.wait)
		return VK_CONTROL_WAIT;
	print_queued(r, out);
	return VK_CONTROL_OK;
}

static int verb_transfer(struct vk_device *d, int argc, char **argv, FILE *out)
{
	struct send s = {.wait = true, .window_s = d->state.window_s};
	const char *wrong = parse_send(argc, argv, &s);

	if (wrong || s.measured)
		return usage(out, "not understood", wrong ? wrong : "quantity");
	if (s.fault == FAULT_BOND_LOST)
		vk_device_forget(d);
	open_window(d, &s, NULL);
	if (s.wait)
		return VK_CONTROL_WAIT;
	print_queued(NULL, out);
	return VK_CONTROL_OK;
}

static int verb_pairing(struct vk_device *d, int argc, char **argv, FILE *out)
{
	long seconds = PAIRING_S;
	bool on;

	if (argc < 2 || !parse_switch(argv[1], &on))
		return usage(out, "expected on or off", argc < 2 ? "" : argv[1]);
	if (argc == 4 && strcmp(argv[2], "--window") == 0)
		seconds = number(argv[3], 3600);
	else if (argc != 2)
		return usage(out, "not understood", argv[2]);
	if (seconds < 0)
		return usage(out, "expected seconds", argv[3]);
	if (on && d->state.off)
		return usage(out, "the device is switched off", argv[1]);
	return done(out, vk_device_pairing(d, on, (int)seconds * 1000));
}

static int verb_display(struct vk_device *d, int argc, char **argv, FILE *out)
{
	(void)argc;
	(void)argv;
	if (d->passkey_shown)
		fprintf(out, "{\"passkey\":\"%06" PRIu32 "\"}", d->passkey);
	else
		fputs("{\"passkey\":null}", out);
	return VK_CONTROL_OK;
}

static void print_ccc(const struct vk_device *d, FILE *out)
{
	const char *comma = "";

	fputs("\"ccc\":{", out);
	for (unsigned i = 0; i < d->db.count; i++) {
		const struct vk_attr *a = &d->db.attr[i];

		if (a->type != VK_UUID_CCCD)
			continue;
		fprintf(out, "%s\"%04x\":%u", comma, a->owner, d->state.ccc[a->slot]);
		comma = ",";
	}
	fputs("}", out);
}

static int verb_status(struct vk_device *d, int argc, char **argv, FILE *out)
{
	static const char *const eager[] = {"off", "on", "open"};
	char address[VK_ADDRESS_TEXT];
	char peer[VK_ADDRESS_TEXT];

	(void)argc;
	(void)argv;
	vk_address_text(d->mgmt.address, address);
	vk_address_text(d->state.ltk[0], peer);
	fprintf(out,
		"{\"name\":\"%s\",\"kind\":\"%s\",\"address\":\"%s\",\"bonded\":%s,\"lost\":%s,",
		d->config.name, d->config.kind->name, address, on_off(vk_state_bonded(&d->state)),
		on_off(d->state.lost));
	fprintf(out, "\"peer\":%s%s%s,", vk_state_bonded(&d->state) ? "\"" : "",
		vk_state_bonded(&d->state) ? peer : "null", vk_state_bonded(&d->state) ? "\"" : "");
	fprintf(out,
		"\"powered\":%s,\"advertising\":%s,\"pairing\":%s,\"connected\":%s,\"security\":%"
		"d,",
		on_off(!d->state.off), on_off(d->advertising), on_off(d->pairing),
		on_off(d->session.linked), d->session.level);
	fprintf(out, "\"queue\":%u,\"records\":%u,\"next_seq\":%u,\"clock_offset_s\":%" PRId64 ",",
		vk_device_waiting(d), d->store.count, d->store.next_seq, d->state.clock_offset_s);
	fprintf(out, "\"window_s\":%u,\"eager\":\"%s\",\"keep\":%s,\"battery\":%u,",
		d->state.window_s, eager[d->state.eager], on_off(d->state.keep), d->state.battery);
	print_ccc(d, out);
	fputs("}", out);
	return VK_CONTROL_OK;
}

static int verb_confirmed(struct vk_device *d, int argc, char **argv, FILE *out)
{
	int rc = vk_store_confirmed_json(&d->store, out);

	(void)argc;
	(void)argv;
	return rc < 0 ? done(out, rc) : VK_CONTROL_OK;
}

static int verb_records(struct vk_device *d, int argc, char **argv, FILE *out)
{
	(void)argc;
	(void)argv;
	vk_store_json(&d->store, out);
	return VK_CONTROL_OK;
}

/* One of many measurements that differ: every encoder finds what it needs in it. */
static void make_measurement(struct vk_measurement *m, int32_t i)
{
	static const enum vk_quantity q[] = {VK_Q_WEIGHT,        VK_Q_SYSTOLIC, VK_Q_DIASTOLIC,
					     VK_Q_MEAN_ARTERIAL, VK_Q_SPO2,     VK_Q_PULSE_RATE,
					     VK_Q_GLUCOSE};
	const struct vk_decimal v[] = {{700 + i % 200, -1}, {110 + i % 50, 0}, {65 + i % 20, 0},
				       {80 + i % 30, 0},    {92 + i % 8, 0},   {55 + i % 40, 0},
				       {40 + i % 160, -1}};

	for (size_t k = 0; k < sizeof(q) / sizeof(q[0]); k++) {
		m->has[q[k]] = true;
		m->value[q[k]] = v[k];
	}
}

static int verb_fill(struct vk_device *d, int argc, char **argv, FILE *out)
{
	long n = argc == 2 ? number(argv[1], VK_STORE_MAX) : -1;
	int64_t now = vk_device_wall_s(d);
	int rc = 0;

	if (n < 0)
		return usage(out, "expected a number of records, at most 1000",
			     argc == 2 ? argv[1] : "");
	for (long i = 0; rc == 0 && i < n; i++) {
		struct vk_measurement m = {.wall_s = now - (n - i) * FILL_STEP_S,
					   .seq = d->store.next_seq};
		struct vk_reading r = {.uuid = d->config.kind->measurement, .wall_s = m.wall_s};
		uint32_t id;

		make_measurement(&m, (int32_t)i);
		rc = d->config.kind->encode(d, &m, &r);
		d->store.next_seq++;
		if (rc == 0)
			rc = vk_store_add(&d->store, &r, i + 1 == n, &id);
	}
	if (rc < 0)
		return done(out, rc);
	fprintf(out, "{\"filled\":%ld,\"records\":%u}", n, d->store.count);
	return VK_CONTROL_OK;
}

static int verb_forget(struct vk_device *d, int argc, char **argv, FILE *out)
{
	(void)argc;
	(void)argv;
	return done(out, vk_device_forget(d));
}

static int verb_off(struct vk_device *d, int argc, char **argv, FILE *out)
{
	(void)argc;
	(void)argv;
	return done(out, vk_device_power(d, false));
}

static int verb_on(struct vk_device *d, int argc, char **argv, FILE *out)
{
	(void)argc;
	(void)argv;
	return done(out, vk_device_power(d, true));
}

static int set_key(struct vk_device *d, const char *key, const char *value)
{
	long n = number(value, 86400);
	int64_t wall;

	if (strcmp(key, "clock") == 0)
		return vk_wall_parse(value, &wall) < 0 ? -EINVAL : vk_device_set_wall(d, wall);
	if (strcmp(key, "eager") == 0 && strcmp(value, "open") == 0)
		d->state.eager = VK_EAGER_OPEN;
	else if (strcmp(key, "eager") == 0 && strcmp(value, "on") == 0)
		d->state.eager = VK_EAGER_ON;
	else if (strcmp(key, "eager") == 0 && strcmp(value, "off") == 0)
		d->state.eager = VK_EAGER_OFF;
	else if (strcmp(key, "keep") == 0 && !d->config.kind->records &&
		 parse_switch(value, &d->state.keep))
		return vk_device_save(d);
	else if (strcmp(key, "window") == 0 && n > 0)
		d->state.window_s = (unsigned)n;
	else if (strcmp(key, "hostile") == 0 && vk_hostile_parse(value, &d->hostile) == 0)
		return 0;
	else if (strcmp(key, "rounds") == 0 && n > 0)
		d->rounds = (unsigned)n;
	else if (strcmp(key, "pace") == 0 && n >= 0 && n <= 1000)
		d->pace_ms = (unsigned)n;
	else if (strcmp(key, "battery") == 0 && n >= 0 && n <= 100)
		d->state.battery = (unsigned)n;
	else
		return -EINVAL;
	return vk_device_save(d);
}

static int verb_set(struct vk_device *d, int argc, char **argv, FILE *out)
{
	int rc = argc == 3 ? set_key(d, argv[1], argv[2]) : -EINVAL;

	if (rc == -EINVAL)
		return usage(out,
			     "expected window SECONDS, eager off|on|open, keep on|off, rounds N, "
			     "hostile none|mute|flood|huge|table|records|malformed, "
			     "battery PERCENT or clock "
			     "YYYY-MM-DDTHH:MM:SS",
			     argc > 1 ? argv[1] : "");
	return done(out, rc);
}

/* Now when encrypted, else at the beginning of the next encrypted link. */
static int verb_raw(struct vk_device *d, int argc, char **argv, FILE *out)
{
	int n = argc == 2 ? vk_hex_decode(argv[1], d->raw, VK_RAW_MAX) : -EINVAL;

	if (n <= 0)
		return usage(out, "expected the hex of one PDU, at most 64 bytes",
			     argc == 2 ? argv[1] : "");
	d->raw_len = (size_t)n;
	if (d->session.fd < 0 || d->session.level < VK_SECURITY_ENCRYPTED) {
		fputs("{\"raw\":\"pending\"}", out);
		return VK_CONTROL_OK;
	}
	d->att.host.send(d->att.host.ctx, d->raw, d->raw_len);
	d->raw_len = 0;
	fputs("{\"raw\":\"sent\"}", out);
	return VK_CONTROL_OK;
}

int vk_verb_run(struct vk_device *d, int argc, char **argv, FILE *out)
{
	static const struct {
		const char *name;
		int (*run)(struct vk_device *d, int argc, char **argv, FILE *out);
	} verbs[] = {
		{"send", verb_send},       {"transfer", verb_transfer},
		{"pairing", verb_pairing}, {"display", verb_display},
		{"status", verb_status},   {"confirmed", verb_confirmed},
		{"records", verb_records}, {"fill", verb_fill},
		{"forget", verb_forget},   {"off", verb_off},
		{"on", verb_on},           {"set", verb_set},
		{"raw", verb_raw},
	};

	for (size_t i = 0; argc > 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[0], verbs[i].name) == 0)
			return verbs[i].run(d, argc, argv, out);
	}
	return usage(out, "no such verb", argc > 0 ? argv[0] : "");
}
