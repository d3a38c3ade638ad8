/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core over timed events of a file (design §5, "Command line"): one JSON object a line in, one
 * JSON object per effect out. Time passes by itself between events, so timers fire where they would
 * have. The same plan and events always give the same bytes.
 */
#ifndef VAKA_CTL_REPLAY_H
#define VAKA_CTL_REPLAY_H

#include <jansson.h>
#include <stdio.h>

#include "base/json.h"
#include "core/core.h"

/* Runs it. Exit code: 0, or 1 with "file:line: what, what was expected" on err. */
int vk_replay_run(const char *plan_path, const char *events_path, FILE *in, FILE *out, FILE *err);

/*
 * The same for a plan that is only tried: over its own validity, with the staff of ctl/trial.h,
 * whose refusals are nobody's mistake.
 */
int vk_replay_trial(const char *plan_path, FILE *in, FILE *out, FILE *err);

/* What a line of the file asks for, in the core's words. */
enum { VK_REPLAY_EVENTS = 16, VK_REPLAY_ERROR = 200 };
struct vk_replay_line {
	int64_t t_ms;
	bool is_end;
	bool is_restart;
	int64_t off_ms;
	bool has_quality;
	enum vk_clock_quality quality;
	int64_t step_ms;
	const char *plan_file; /* borrowed from the JSON; NULL: no plan */
	int n_events;
	struct vk_event events[VK_REPLAY_EVENTS]; /* without now */
	struct vk_reading reading;                /* what a reading event points at */
	bool is_placed;                           /* the line gives the corrected time */
	char error[VK_REPLAY_ERROR];
};

/*
 * Reads one line. patient is whose it is when the line does not say. number makes the id of a
 * reading that has none. 0, or -EINVAL with error filled.
 */
int vk_replay_parse(json_t *root, const char *patient, int number, struct vk_replay_line *ret_line);

/* Writes one effect as a JSON object; false for those that are no effect to the outside. */
bool vk_replay_effect(struct vk_json *j, const struct vk_effect *effect, int64_t t_ms,
		      const struct vk_zone *zone);

#endif
