/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hub behind a link that is paid by the byte sends its documents as CBOR: the same members, the
 * same order, decimals as decimal fractions. Here they become JSON again, digit by digit, so that
 * what is kept is the same whichever way it came.
 */
#ifndef VAKA_RECEIVER_PLAIN_H
#define VAKA_RECEIVER_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

/* "application/cbor", "application/fhir+cbor". */
bool plain_is_cbor(const char *content_type);

/* JSON text, compact, to be freed by the caller; NULL: it is no such document. */
char *plain_from_cbor(const void *data, size_t len);

#endif
