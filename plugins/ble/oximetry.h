/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finger in a continuous oximeter (2A5F) speaks every second, a chest strap (2A37) with every
 * beat; a nurse needs one number. This keeps the last seconds of a stable run and gives one of the
 * values that were really sent, with its own bytes: the last one the device calls fully qualified,
 * else the median of the run. Pure.
 */
#ifndef VAKA_BLE_OXIMETRY_H
#define VAKA_BLE_OXIMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decoded.h"

enum {
	VK_OXIMETRY_WINDOW = 16,       /* values looked back */
	VK_OXIMETRY_STABLE_MS = 10000, /* a run shorter than this says nothing */
	VK_OXIMETRY_LONG_MS = 60000,   /* a longer one is reported on the way */
	VK_OXIMETRY_GAP_MS = 5000,     /* silence that ends a run */
	VK_OXIMETRY_RAW = 20,
};

struct vk_oximetry_value {
	int64_t mono_ms, utc_ms;
	int32_t level; /* what is ordered by: hundredths of a percent, or beats a minute */
	bool is_qualified;
	uint8_t len;
	uint8_t raw[VK_OXIMETRY_RAW];
};

struct vk_oximetry {
	struct vk_oximetry_value window[VK_OXIMETRY_WINDOW]; /* a ring */
	int n, next;
	int64_t run_started_ms, last_ms;
	bool has_run;
};

/*
 * Takes one value, decoded and raw. True when a summary is due now (the run was broken or is long):
 * *ret_value is the value that stands for it.
 */
bool vk_oximetry_value(struct vk_oximetry *o, const struct vk_decoded *decoded, const uint8_t *raw,
		       size_t len, int64_t mono_ms, int64_t utc_ms,
		       struct vk_oximetry_value *ret_value);

/* The session has ended, or a spot check has said it better: what is left, if it was stable. */
bool vk_oximetry_end(struct vk_oximetry *o, struct vk_oximetry_value *ret_value);

#endif
