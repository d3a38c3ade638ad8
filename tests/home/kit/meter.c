/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that keep what they measure: a glucose meter (Glucose Service 1808), and a cuff of Blood
 * Pressure Service 1.1 in the manner of Omron. The last thousand readings; what the
 * collector asks for at the Record Access Control Point is given out. Records leave as paced
 * notifications, which nobody confirms; the procedure ends by one indication, and its confirmation
 * is all a meter ever learns of the other end.
 */
#include <string.h>

#include "device.h"
#include "le.h"
#include "util.h"

#define RACP        0x2a52
#define MEASUREMENT 0x2a18
#define CONTEXT     0x2a34
#define SEQ_OFFSET  1 /* in both values */
#define RECORD      0x2b36
#define RECORD_HEAD 5  /* bytes that stand in each segment of a record */
#define BURST       64 /* records of a turn where the meter makes no pauses */

static void build(struct vk_device *d)
{
	static const uint8_t feature[2] = {0xff, 0x03};
	enum vk_guard racp = d->config.passkey ? VK_GUARD_AUTHENTICATED : VK_GUARD_ENCRYPTED;

	vk_gattdb_service(&d->db, 0x1808);
	vk_gattdb_char(&d->db, MEASUREMENT, VK_PROP_NOTIFY, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_char(&d->db, CONTEXT, VK_PROP_NOTIFY, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_char(&d->db, 0x2a51, VK_PROP_READ, VK_GUARD_NONE, feature, sizeof(feature));
	vk_gattdb_char(&d->db, RACP, VK_PROP_WRITE | VK_PROP_INDICATE, racp, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_clock_add_current_time(&d->db);
}

static int encode(const struct vk_device *d, const struct vk_measurement *m, struct vk_reading *out)
{
	(void)d;
	out->seq = m->seq;
	if (m->has[VK_Q_MEAL] && vk_glucose_context_encode(m, &out->context) < 0)
		return -1;
	return vk_glucose_encode(m, &out->value);
}

/* The record at a place of the transfer. A meter that counts backwards (fault) numbers its newest
 * 0. */
static struct vk_reading *record_at(struct vk_device *d, unsigned place, uint16_t *seq)
{
	struct vk_store *s = &d->store;
	struct vk_reading *r;

	if (d->window.open && d->window.newest_first) {
		*seq = (uint16_t)place;
		return &s->reading[s->count - 1 - place];
	}
	r = &s->reading[place];
	*seq = r->seq;
	return r;
}

static bool selected(struct vk_device *d, unsigned place)
{
	uint16_t seq;
	const struct vk_reading *r = record_at(d, place, &seq);

	return vk_racp_selects(&d->meter.request, place, d->store.count, seq, r->wall_s);
}

static void answer(struct vk_device *d, uint8_t op, uint8_t a, uint8_t b, bool end)
{
	d->meter.answer[0] = op;
	d->meter.answer[1] = 0;
	d->meter.answer[2] = a;
	d->meter.answer[3] = b;
	d->meter.answer_is_end = end;
	d->meter.answer_due = true;
}

static void begin_report(struct vk_device *d)
{
	struct vk_meter *m = &d->meter;

	m->running = true;
	m->next = 0;
	m->sent = 0;
	m->context_due = false;
	for (unsigned i = 0; i < d->store.count; i++)
		d->store.reading[i].out = false;
	vk_log(d->config.name, "racp report, %u records", m->selected);
}

static void begin(struct vk_device *d)
{
	struct vk_meter *m = &d->meter;

	m->selected = 0;
	for (unsigned i = 0; i < d->store.count; i++)
		m->selected += selected(d, i);
	if (d->hostile == VK_HOSTILE_RECORDS && m->selected)
		m->selected = UINT16_MAX;
	if (m->request.op == VK_RACP_COUNT)
		answer(d, VK_RACP_COUNT_RESPONSE, (uint8_t)(m->selected & 0xff),
		       (uint8_t)(m->selected >> 8), false);
	else if (m->selected == 0)
		answer(d, VK_RACP_RESPONSE, VK_RACP_REPORT, VK_RACP_NO_RECORDS, true);
	else
		begin_report(d);
}

static uint8_t write_point(struct vk_device *d, uint16_t uuid, const uint8_t *value, size_t len)
{
	struct vk_meter *m = &d->meter;
	struct vk_racp_request request;
	enum vk_racp_code code;

	if (uuid != RACP)
		return VK_ATT_ERR_WRITE;
	if (!vk_session_subscribed(d, RACP) ||
	    !vk_session_subscribed(d, d->config.kind->measurement))
		return VK_ATT_ERR_CCCD_IMPROPER;
	code = vk_racp_parse(value, len, &request);
	if (request.op != VK_RACP_ABORT &&
	    (m->running || m->leaving || m->answer_due || d->session.kind_waiting))
		return VK_ATT_ERR_IN_PROGRESS;
	m->request = request;
	if (request.op == VK_RACP_ABORT) {
		m->running = m->leaving = false;
		answer(d, VK_RACP_RESPONSE, VK_RACP_ABORT, (uint8_t)code, false);
	} else if (code != VK_RACP_SUCCESS) {
		answer(d, VK_RACP_RESPONSE, request.op, (uint8_t)code, false);
	} else {
		begin(d);
	}
	return 0;
}

/* The bytes with the sequence number that this transfer gives them. */
static struct vk_value numbered(const struct vk_value *value, uint16_t seq)
{
	struct vk_value v = *value;

	if (v.len >= SEQ_OFFSET + 2)
		vk_put16(v.byte + SEQ_OFFSET, seq);
	return v;
}

static void send_context(struct vk_device *d, const struct vk_reading *r, uint16_t seq)
{
	struct vk_value v = numbered(&r->context, seq);

	if (vk_session_notify(d, CONTEXT, &v) < 0)
		return;
	d->meter.context_due = false;
	d->meter.next++;
}

static int notify_part(struct vk_device *d, const struct vk_value *v, size_t from, uint8_t flag)
{
	struct vk_value part = *v;
	size_t len = v->len - from > VK_SEGMENT_MAX - RECORD_HEAD ? VK_SEGMENT_MAX - RECORD_HEAD
								  : v->len - from;

	part.byte[0] = (uint8_t)(flag | (d->meter.segments & 0x3f) << 2);
	memmove(part.byte + RECORD_HEAD, v->byte + from, len);
	part.len = (uint8_t)(RECORD_HEAD + len);
	if (vk_session_notify(d, d->config.kind->measurement, &part) < 0)
		return -1;
	d->meter.segments++;
	return 0;
}

/* A record that is longer than a notification leaves in two segments; one that broke off after the
 * first begins anew. */
static int notify_record(struct vk_device *d, const struct vk_value *v)
{
	if (v->len <= VK_SEGMENT_MAX)
		return vk_session_notify(d, d->config.kind->measurement, v);
	if (notify_part(d, v, RECORD_HEAD, 1) < 0)
		return -1;
	return notify_part(d, v, VK_SEGMENT_MAX, 2);
}

/* One notification. Where the link would not take it, it is tried again at the next turn. */
static void send_record(struct vk_device *d)
{
	struct vk_meter *m = &d->meter;
	uint16_t seq;
	struct vk_reading *r = record_at(d, m->next, &seq);
	struct vk_value v = numbered(&r->value, seq);

	if (m->context_due) {
		send_context(d, r, seq);
		return;
	}
	if (notify_record(d, &v) < 0)
		return;
	m->sent += !r->out;
	vk_store_out(r, &v);
	vk_window_note(d, r, false, vk_real_ms());
	if (r->twice) {
		r->twice = false;
		return;
	}
	m->context_due = r->context.len && vk_session_subscribed(d, CONTEXT);
	m->next += !m->context_due;
}

static void stream(struct vk_device *d, int64_t now)
{
	struct vk_meter *m = &d->meter;

	while (m->next < d->store.count && !selected(d, m->next))
		m->next++;
	if (d->hostile == VK_HOSTILE_RECORDS && m->next >= d->store.count)
		m->next = 0;
	if (m->next < d->store.count) {
		m->next_ms = now + d->pace_ms;
		send_record(d);
	} else {
		m->running = false;
		m->leaving = true;
		vk_log(d->config.name, "racp sent %u of %u", m->sent, m->selected);
	}
	if (d->window.open && d->window.drop && m->sent >= (m->selected + 1) / 2) {
		d->window.end_ms = 0;
		vk_session_drop(d, "fault, in mid-transfer");
	}
	if (d->window.open && d->window.silence && m->sent >= (m->selected + 1) / 2) {
		d->window.end_ms = 0;
		d->window.silence = false;
		vk_device_silence(d);
	}
}

/* A record that lies in a queue has not been sent: the end is told when the last one is in the air.
 */
static void end_report(struct vk_device *d)
{
	if (!d->meter.leaving || vk_session_unsent(d) > 0)
		return;
	d->meter.leaving = false;
	vk_log(d->config.name, "racp left");
	answer(d, VK_RACP_RESPONSE, VK_RACP_REPORT, VK_RACP_SUCCESS, true);
}

static bool step(struct vk_device *d, int64_t now, int *wait_ms)
{
	struct vk_meter *m = &d->meter;

	for (int i = 0; m->running && now >= m->next_ms && i < (d->pace_ms ? 1 : BURST); i++)
		stream(d, now);
	end_report(d);
	if (m->answer_due && !d->session.dropping &&
	    vk_session_indicate(d, RACP, m->answer, sizeof(m->answer)) == 0)
		m->answer_due = false;
	if (m->running || m->leaving || m->answer_due)
		*wait_ms = d->pace_ms ? (int)d->pace_ms : 1;
	return m->running || m->leaving || m->answer_due;
}

static void confirmed(struct vk_device *d)
{
	int64_t at = vk_real_ms();

	if (!d->meter.answer_is_end)
		return;
	d->meter.answer_is_end = false;
	/* What it writes down of it is the meter's own time, not the collector's. */
	vk_log(d->config.name, "racp confirmed");
	for (unsigned i = 0; i < d->store.count; i++) {
		if (d->store.reading[i].out)
			vk_window_note(d, &d->store.reading[i], true, at);
	}
	if (vk_store_confirm_out(&d->store, at, true) < 0)
		vk_log(d->config.name, "disk failed");
	d->window.complete = true;
}

const struct vk_kind vk_kind_meter = {.name = "meter",
				      .maker = "Ascensia",
				      .model = "Contour Next One",
				      .service = 0x1808,
				      .appearance = 0x0400,
				      .measurement = MEASUREMENT,
				      .idle_ms = 5000,
				      .records = true,
				      .build = build,
				      .encode = encode,
				      .write = write_point,
				      .step = step,
				      .confirmed = confirmed};

static void build_cuff(struct vk_device *d)
{
	static const uint8_t feature[2] = {0x17, 0};

	vk_gattdb_service(&d->db, 0x1810);
	vk_gattdb_char(&d->db, 0x2a49, VK_PROP_READ, VK_GUARD_NONE, feature, sizeof(feature));
	vk_gattdb_char(&d->db, RECORD, VK_PROP_NOTIFY, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_char(&d->db, RACP, VK_PROP_WRITE | VK_PROP_INDICATE, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_clock_add_current_time(&d->db);
}

static int encode_cuff(const struct vk_device *d, const struct vk_measurement *m,
		       struct vk_reading *out)
{
	(void)d;
	out->seq = m->seq;
	return vk_pressure_record_encode(m, &out->value);
}

static bool step_cuff(struct vk_device *d, int64_t now, int *wait_ms)
{
	vk_clock_tell(d);
	return step(d, now, wait_ms);
}

const struct vk_kind vk_kind_record_cuff = {.name = "record-cuff",
					    .maker = "OMRON",
					    .model = "HEM-7155T",
					    .service = 0x1810,
					    .appearance = 0x0381,
					    .measurement = RECORD,
					    .idle_ms = 5000,
					    .records = true,
					    .clock_once = true,
					    .build = build_cuff,
					    .encode = encode_cuff,
					    .write = write_point,
					    .step = step_cuff,
					    .confirmed = confirmed};
