/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON answers in plain words for a person at a terminal, in Swedish or English. Pure: what is
 * shown depends on the answer and the screen alone.
 */
#ifndef VAKA_CTL_SHOW_H
#define VAKA_CTL_SHOW_H

#include <jansson.h>

#include "ctl/words.h"

struct vk_screen {
	enum vk_lang lang;
	int width;          /* columns, 0: no limit */
	int64_t now_utc_ms; /* for "today" */
	struct vk_str *out; /* borrowed */
};

void vk_show_readings(const struct vk_screen *s, const json_t *list);
void vk_show_alerts(const struct vk_screen *s, const json_t *list);
void vk_show_checks(const struct vk_screen *s, const json_t *list);
void vk_show_devices(const struct vk_screen *s, const json_t *list);
void vk_show_notices(const struct vk_screen *s, const json_t *list);
/* status with its "faults". */
void vk_show_status(const struct vk_screen *s, const json_t *status);
/* {ok, parts: [{name, ok, code}]} */
void vk_show_selftest(const struct vk_screen *s, const json_t *answer);

/* "124 mmHg systoliskt, …": the values of a reading or an alert. */
void vk_show_values(const struct vk_screen *s, struct vk_str *out, const json_t *values);
/* "idag 07:40" from "2026-03-04T07:40:12+01:00"; NULL or null: never. */
void vk_show_when(const struct vk_screen *s, struct vk_str *out, const char *when);
/* Signal strength in words: a technician stands in a home, not in a laboratory. */
const char *vk_show_strength(const struct vk_screen *s, const json_t *rssi);
/* A line of its own, broken at the width. */
void vk_show_line(const struct vk_screen *s, enum vk_say what, const char *first,
		  const char *second, const char *third);

#endif
