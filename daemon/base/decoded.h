/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one characteristic value says, decoded and not judged: the form every decoder fills, every
 * interface that is not FHIR shows (design §5, "the decoded form"), and the wire carries. A plain
 * value without pointers: copy it freely.
 */
#ifndef VAKA_BASE_DECODED_H
#define VAKA_BASE_DECODED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/civil.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/names.h"

enum { VK_MAX_VALUES = 14, VK_MAX_RR = 9, VK_MAX_RECORDS = 16 };

struct vk_value {
	enum vk_quantity quantity;
	enum vk_unit unit;
	enum vk_absent absent;    /* VK_ABSENT_NONE: number holds the value */
	struct vk_decimal number; /* as sent; kg/L became mg/dL and mol/L mmol/L */
};

enum vk_time_state {
	VK_TIME_NO_FIELD = 0, /* the bytes hold no time */
	VK_TIME_UNKNOWN,      /* they hold one that is unknown or impossible: null */
	VK_TIME_KNOWN,
};

/* Record Access Control Point, request or response. Absent numbers are -1. */
struct vk_racp {
	uint8_t op; /* op code of the value itself */
	uint8_t operator_;
	int32_t count;      /* number of stored records, of op 5 */
	int32_t request_op; /* of op 6 */
	int32_t result;     /* of op 6: response code */
};

struct vk_decoded {
	enum vk_kind kind;
	int n_values;
	struct vk_value values[VK_MAX_VALUES]; /* in the order of the bytes */
	uint64_t flags;                        /* bit n: enum vk_flag n */
	enum vk_time_state time_state;
	struct vk_civil
		device_time; /* the device's own wall clock; glucose: base time plus offset */
	int32_t user;        /* -1: no such field; 255 as sent means unknown user */
	int32_t sequence;    /* -1: no such field; 0…65535 */
	int32_t sample_type; /* glucose and cgm, -1: none; the SIG's number */
	int32_t location;    /* -1: none */
	int32_t site;        /* temperature: where it was taken, the SIG's number; -1: none */
	int32_t context[VK_N_CONTEXTS]; /* glucose context, by enum vk_context; -1: none */
	int n_rr;
	uint16_t rr_ms[VK_MAX_RR];
	struct vk_racp racp; /* only when kind is VK_KIND_RACP */
};

/* A decoded value with every optional field absent. */
struct vk_decoded vk_decoded_init(enum vk_kind kind);

/* Adds a value; silently full after VK_MAX_VALUES (no profile has more). */
void vk_decoded_add(struct vk_decoded *d, enum vk_quantity quantity, enum vk_unit unit,
		    enum vk_absent absent, struct vk_decimal number);

static inline void vk_decoded_flag(struct vk_decoded *d, enum vk_flag flag)
{
	d->flags |= UINT64_C(1) << flag;
}

static inline bool vk_decoded_has(const struct vk_decoded *d, enum vk_flag flag)
{
	return d->flags >> flag & 1;
}

/* The value of a quantity, or NULL when the bytes held none. Borrowed from d. */
const struct vk_value *vk_decoded_value(const struct vk_decoded *d, enum vk_quantity quantity);

/* Writes {"value":…,"unit":…} or {"absent":…} under the quantity's name into an open object. */
void vk_value_json(struct vk_json *j, const struct vk_value *value);

/*
 * Writes the members of the decoded form (without the braces) into an open JSON object.
 * implausible is a bit set of quantities outside their plausible range, judged by the caller.
 */
void vk_decoded_json(struct vk_json *j, const struct vk_decoded *d, uint32_t implausible);

#endif
