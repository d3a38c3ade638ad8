/* SPDX-License-Identifier: Apache-2.0 */
/* vakactl's side of se.vaka.Hub1: one call, one JSON document. Blocking; this is a command. */
#ifndef VAKA_CTL_CLIENT_H
#define VAKA_CTL_CLIENT_H

#include <jansson.h>
#include <stdint.h>

/*
 * Calls a method with string arguments (types: "s", "ss"). Returns the parsed answer (caller
 * decrefs), or NULL after printing why on standard error.
 */
json_t *vk_client_call(const char *method, const char *types, const char *a, const char *b);

/*
 * Pairs: prints progress on standard error, asks for the passkey on standard input when the device
 * wants one. NULL after printing why not.
 */
json_t *vk_client_pair(const char *match, const char *patient, uint32_t seconds);
json_t *vk_client_scan(uint32_t seconds);

#endif
