/* SPDX-License-Identifier: Apache-2.0 */
/* JSON answers in plain words, one line per thing, for a person at a terminal. */
#ifndef VAKA_CTL_SHOW_H
#define VAKA_CTL_SHOW_H

#include <jansson.h>

void vk_show_readings(const json_t *list);
void vk_show_alerts(const json_t *list);
void vk_show_checks(const json_t *list);
void vk_show_devices(const json_t *list);
void vk_show_notices(const json_t *list);
void vk_show_audit(const json_t *list);
void vk_show_person(const json_t *list); /* who looked, when, and how long */
void vk_show_found(const json_t *list);
void vk_show_status(const json_t *status);

#endif
