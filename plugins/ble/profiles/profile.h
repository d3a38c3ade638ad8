/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characteristic values to the decoded form: one pure decoder per Bluetooth service, listed in one
 * table. A decoder judges layout and length only; whether 300 kg can be is the core's question.
 * Layouts: Bluetooth SIG GATT definitions, as in ble-profiles.md. Any thread, no state.
 */
#ifndef VAKA_PROFILES_PROFILE_H
#define VAKA_PROFILES_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/decoded.h"
#include "profiles/quirks.h"

/* Which byte is wrong, and why. */
struct vk_decode_error {
	size_t byte;
	char why[120];
};

/*
 * Decodes the value of a characteristic (16-bit UUID; for 181D and 181B the service data of an
 * advertisement, service_data.h) that holds one record, as all but 2AA7 do. 0;
 * -EBADMSG: layout or length is wrong (reterr_error says where and why); -ENOTSUP: no decoder for
 * this UUID; -E2BIG: several records. A longer value than the flags demand is decoded as far as it
 * is known (newer revisions append fields). quirks are those of the device's model, NULL when
 * nothing is known of it. ret_d is written only with 0.
 */
int vk_profile_decode(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *data,
		      size_t len, struct vk_decoded *ret_d, struct vk_decode_error *reterr_error);

/* The same for any number of records: returns 1…VK_MAX_RECORDS, or the errors above. */
int vk_profile_decode_records(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *data,
			      size_t len, struct vk_decoded ret_records[VK_MAX_RECORDS],
			      struct vk_decode_error *reterr_error);

/*
 * True when a value of this characteristic is a measurement to be stored as a reading; false for
 * control points, clocks, the battery, and what a device shows while it is still measuring.
 */
bool vk_profile_is_measurement(uint16_t uuid);

/*
 * False for a decoded measurement that says itself that nothing was measured: no such value, a
 * demonstration, a test. It is confirmed to the device and not stored as a reading.
 */
bool vk_profile_is_reading(const struct vk_decoded *d);

#endif
