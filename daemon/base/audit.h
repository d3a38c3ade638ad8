/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of an entry of the audit chain (clinical.md 3.3), so that whoever writes it and whoever
 * redoes it mean the same bytes. An entry's digest is SHA-256 over its fields in this order, each
 * as its length in decimal, ':' and its text; its hash is SHA-256 over the 32 bytes of the hash
 * before it and the 32 bytes of the digest. So the chain can be redone where an entry itself is
 * left out, and the salt keeps what was left out from being guessed.
 */
#ifndef VAKA_BASE_AUDIT_H
#define VAKA_BASE_AUDIT_H

/* Numbers stand in decimal; "" and 0 say that a field does not apply. */
#define VK_AUDIT_LIST(X)                                                                           \
	X(FORM, "form")                                                                            \
	X(SEQ, "seq")                                                                              \
	X(UTC_MS, "utc_ms")                                                                        \
	X(MONO_MS, "mono_ms")                                                                      \
	X(CLOCK, "clock")                                                                          \
	X(DOMAIN, "domain")                                                                        \
	X(ACTOR, "actor")                                                                          \
	X(ROLE, "role")                                                                            \
	X(ACTION, "action")                                                                        \
	X(PATIENT, "patient")                                                                      \
	X(OBJECT, "object")                                                                        \
	X(ATTEMPT, "attempt")                                                                      \
	X(PLANNED_UTC_MS, "planned_utc_ms")                                                        \
	X(OUTCOME, "outcome")                                                                      \
	X(CONSENT, "consent")                                                                      \
	X(CLIENT, "client")                                                                        \
	X(RESULT, "result")                                                                        \
	X(DETAIL, "detail")                                                                        \
	X(SALT, "salt")

#define VK_AUDIT_ENUM(name, text) VK_AUDIT_##name,
enum vk_audit_field { VK_AUDIT_LIST(VK_AUDIT_ENUM) VK_N_AUDIT_FIELDS };

enum { VK_AUDIT_FORM_NOW = 2, VK_AUDIT_SALT_BYTES = 16 };

/* Names of the fields, as members of an exported entry too. Static storage. */
const char *vk_audit_field_text(enum vk_audit_field field);

#endif
