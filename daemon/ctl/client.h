/* SPDX-License-Identifier: Apache-2.0 */
/* vakactl's side of se.vaka.Hub1: one call, one JSON document. Blocking; this is a command. */
#ifndef VAKA_CTL_CLIENT_H
#define VAKA_CTL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Calls a method with string arguments (types: "s", "ss"). Returns the parsed answer (caller
 * decrefs), or NULL after printing why on standard error.
 */
json_t *vk_client_call(const char *method, const char *types, const char *a, const char *b);

struct vk_pair_call {
	const char *match;   /* name or address */
	const char *patient; /* to give it to, "" nobody */
	uint32_t seconds;
	bool is_again; /* the old bond goes first */
};

/*
 * Pairs: prints progress on standard error, asks for the passkey on standard input when the device
 * wants one. NULL after printing why not.
 */
json_t *vk_client_pair(const struct vk_pair_call *wish);
/* Says whose a device is: user -1 the whole of it, consent -1 none known; patient "" nobody's. */
json_t *vk_client_assign(const char *device, const char *patient, int32_t user, int32_t consent);
json_t *vk_client_scan(uint32_t seconds);

#endif
