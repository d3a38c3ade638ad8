/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the audit chain, one line each, on standard output: codes as they are, for whoever
 * compares them. */
#ifndef VAKA_CTL_SHOW_AUDIT_H
#define VAKA_CTL_SHOW_AUDIT_H

#include <jansson.h>

void vk_show_audit(const json_t *list);
void vk_show_person(const json_t *list); /* who looked, when, and how long */

#endif
