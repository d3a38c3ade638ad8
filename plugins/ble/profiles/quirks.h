/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What real devices do otherwise than their profile says (ble-profiles.md 17), as data: a file of
 * `devices.d` names quirks, whoever loads it hands the set to decoder and session. Each line is the
 * enum, the name in YAML, and what it makes us do. Those before VK_N_DECODE_QUIRKS change what
 * bytes mean; the others are about the session and never change a decoding. What no code asks for
 * is done for every device (subscribe-after-paired: a session begins when the bond is stored), or
 * is for the technician to know.
 */
#ifndef VAKA_PROFILES_QUIRKS_H
#define VAKA_PROFILES_QUIRKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VK_DECODE_QUIRK_LIST(X)                                                                    \
	X(CUFF_TAIL_BIG_ENDIAN, "cuff-tail-big-endian",                                            \
	  "2A35 of 19 bytes with flags 0x56: the user id is there though its flag is 0; pulse "    \
	  "rate "                                                                                  \
	  "and status are big-endian")                                                             \
	X(CUFF_VENDOR_HEADER, "cuff-vendor-header",                                                \
	  "2A35 that begins with FE 20: four bytes of the maker, then pressures, time, pulse and " \
	  "user without flags")                                                                    \
	X(MAP_ZERO_IS_ABSENT, "map-zero-is-absent", "a mean arterial pressure of 0 is none")       \
	X(ZERO_COMPOSITION_IS_NONE, "zero-composition-is-none",                                    \
	  "a composition field of 0 was not measured; with all of them 0 it is no reading")        \
	X(MEAL_6_IS_KETONE, "meal-6-is-ketone",                                                    \
	  "2A34 with meal 6: the record of that sequence is a ketone result, not glucose")

#define VK_SESSION_QUIRK_LIST(X)                                                                   \
	/* clock */                                                                                \
	X(CLOCK_DATE_TIME, "clock-date-time",                                                      \
	  "the clock is 2A08 inside the measurement service: read and write that, not 2A2B")       \
	X(CLOCK_FIRST_NOTIFIED, "clock-first-notified",                                            \
	  "write 2A2B once, after its first notification, and only when off by 10 minutes")        \
	X(CLOCK_NEVER_WRITE, "clock-never-write", "read the clock, never write it")                \
	X(CLOCK_CONTOUR, "clock-contour",                                                          \
	  "the clock is the vendor's 00001026-0002-11e2-9e96-0800200c9a66, written once notified") \
	X(CLOCK_UNTRUSTED, "clock-untrusted", "there is no way to read the clock: distrust it")    \
	/* history */                                                                              \
	X(SEQUENCE_REVERSED, "sequence-reversed",                                                  \
	  "record 0 is the newest: ask for the first one, and know records by their time")         \
	X(RACP_ALL_ONLY, "racp-all-only", "ask for all records, no filter is understood")          \
	X(RACP_LAST_ONLY, "racp-last-only", "ask for the last record first (01 06)")               \
	X(UNSOLICITED_RECORDS, "unsolicited-records",                                              \
	  "a new record comes once subscribed, without a request")                                 \
	X(NO_CONTEXT, "no-context", "there is no 2A34: do not wait for a context")                 \
	X(RESENDS_ALL, "resends-all", "every stored record comes again each time")                 \
	X(DELETES_SENT, "deletes-sent", "what was confirmed is gone from the device")              \
	X(TRANSFER_BUTTON, "transfer-button",                                                      \
	  "nothing comes until the person presses the transfer button")                            \
	/* link */                                                                                 \
	X(HUB_ENDS_SESSION, "hub-ends-session",                                                    \
	  "the device waits: end the link 2 s after its last value")                               \
	X(DISCONNECT_AFTER_BOND, "disconnect-after-bond",                                          \
	  "end the link once after bonding, to leave the pairing mode")                            \
	X(NO_SCAN_IN_SESSION, "no-scan-in-session", "do not scan while a session runs")            \
	X(ENCRYPT_FIRST, "encrypt-first", "encrypt before anything is discovered or read")         \
	X(SERVICE_CHANGED_FIRST, "service-changed-first",                                          \
	  "subscribe Service Changed before the measurement")                                      \
	X(ADVERTISING_ONLY, "advertising-only",                                                    \
	  "the weight is in the advertisement's service data: never connect")                      \
	/* pairing */                                                                              \
	X(PASSKEY_ON_DEVICE, "passkey-on-device", "the device shows six digits to be typed")       \
	X(SUBSCRIBE_AFTER_PAIRED, "subscribe-after-paired",                                        \
	  "subscribe only once pairing is complete: earlier fails")                                \
	X(PAIR_TWICE, "pair-twice", "the first pairing may fail: offer a second one at once")      \
	X(ONE_BOND, "one-bond", "it keeps one bond: pairing puts a phone out, and a phone us")     \
	X(BOND_PER_SESSION, "bond-per-session",                                                    \
	  "it refuses the stored key on the next link: offer to pair again, on order")             \
	/* people */                                                                               \
	X(CONSENT_NEEDED, "consent-needed",                                                        \
	  "composition and history come only after consent in the User Data service")              \
	X(PROFILE_WRITE_BACK, "profile-write-back",                                                \
	  "composition is 0 until birth date, gender and height and the increment were written")   \
	X(BATTERY_WIPES_USERS, "battery-wipes-users",                                              \
	  "a battery change forgets user slots and consent codes")

#define VK_ENUM_QUIRK(name, text, what) VK_QUIRK_##name,
enum vk_quirk {
	VK_DECODE_QUIRK_LIST(VK_ENUM_QUIRK) VK_N_DECODE_QUIRKS,
	VK_QUIRK_BEFORE_SESSION = VK_N_DECODE_QUIRKS - 1,
	VK_SESSION_QUIRK_LIST(VK_ENUM_QUIRK) VK_N_QUIRKS
};

_Static_assert(VK_N_QUIRKS <= 64, "a set of quirks is 64 bits");

/* A set of quirks: plain value, zero is none. */
struct vk_quirks {
	uint64_t bits; /* bit n: enum vk_quirk n */
};

static inline bool vk_has_quirk(const struct vk_quirks *quirks, enum vk_quirk quirk)
{
	return quirks && (quirks->bits >> quirk & 1);
}

static inline void vk_add_quirk(struct vk_quirks *quirks, enum vk_quirk quirk)
{
	quirks->bits |= UINT64_C(1) << quirk;
}

/* The name in YAML and what it makes us do, in English; "?" for a number that is none. */
const char *vk_quirk_text(int quirk);
const char *vk_quirk_what(int quirk);

/* The number of a name, or -1. */
int vk_quirk_parse(const char *text);

#endif
