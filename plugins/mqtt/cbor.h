/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document of the hub, which is JSON, as CBOR (RFC 8949): the same members in the same order, for
 * links that are paid by the byte. Definite lengths, shortest heads. No number passes through a
 * float: one without point and exponent is an integer, any other a decimal fraction (tag 4) with
 * the digits that were written, so that 80.50 stays 80.50.
 *
 * It writes only, and what it reads comes from the hub.
 */
#ifndef VAKA_MQTT_CBOR_H
#define VAKA_MQTT_CBOR_H

#include <stddef.h>

#include "base/str.h"

enum { VK_CBOR_DEPTH = 32, VK_CBOR_TYPE = 48 };

/*
 * Appends to out. 0; -EBADMSG: no JSON, or deeper than VK_CBOR_DEPTH; -ERANGE: a number that has no
 * exact form here (more than 64 bits of digits, minus zero); -ENOMEM, -EMSGSIZE. After an error out
 * holds a part of it.
 */
int vk_cbor_from_json(const void *json, size_t len, struct vk_str *out);

/* "application/fhir+json" becomes "application/fhir+cbor". False: it is no JSON, or too long. */
bool vk_cbor_content_type(const char *json_type, char ret[VK_CBOR_TYPE]);

#endif
