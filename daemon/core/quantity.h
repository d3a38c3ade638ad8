/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of measurable things: code systems, units, decimals, plausible range and labels.
 * Decoding, rules, FHIR, pages and plan validation all read it. Ranges: clinical.md 1.5 (REJECT).
 * MDC and LOINC codes: ble-profiles.md 15. No limit of any alert stands here.
 */
#ifndef VAKA_CORE_QUANTITY_H
#define VAKA_CORE_QUANTITY_H

#include "base/decoded.h"

struct vk_quantity_info {
	enum vk_quantity quantity;
	uint32_t mdc;       /* 32-bit MDC code; 0: none */
	const char *mdc_id; /* "MDC_PRESS_BLD_NONINV_SYS" or NULL */
	const char *loinc;  /* NULL: none */
	enum vk_unit unit;  /* canonical unit, in which rules compare */
	int8_t decimals;    /* … to this many decimals: the value the patient saw */
	int32_t least;      /* plausible range in canonical unit, scaled by decimals */
	int32_t most;
	const char *label_sv;
	const char *label_en;
};

/* Never NULL for a valid quantity. Static storage. */
const struct vk_quantity_info *vk_quantity_info(enum vk_quantity quantity);

/*
 * The value in canonical unit, scaled by the table's decimals, as rules compare it (half away from
 * zero). 0, -ENODATA when the value is absent, -EINVAL for a unit that does not belong to it.
 */
int vk_quantity_canonical(const struct vk_value *value, int64_t *ret_scaled);

/* The other way: a value in the canonical unit. */
struct vk_value vk_quantity_value(enum vk_quantity quantity, int64_t scaled);

/* Bit set of the quantities of d that are outside their plausible range (or SYS <= DIA). */
uint32_t vk_implausible(const struct vk_decoded *d);

#endif
