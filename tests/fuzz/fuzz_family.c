/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One Bluetooth service, all its characteristics: the first byte chooses one of FAMILY, the second
 * which decode quirks the device's model has, the rest is the value. Built once per service, so
 * that each decoder gets its own share of executions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profiles/cgm.h"
#include "profiles/date_time.h"
#include "profiles/device_info.h"
#include "profiles/feature.h"
#include "profiles/profile.h"
#include "profiles/user_data.h"

static const uint16_t family[] = {FAMILY};

static void check(const struct vk_decoded *d)
{
	if (d->n_values < 0 || d->n_values > VK_MAX_VALUES || d->n_rr < 0 || d->n_rr > VK_MAX_RR)
		abort();
	if (d->time_state == VK_TIME_KNOWN && !vk_civil_is_valid(&d->device_time))
		abort();
	for (int i = 0; i < d->n_values; i++)
		if (d->values[i].number.exponent < -18 || d->values[i].number.exponent > 18)
			abort();
}

/* What has no decoded form. Returns what the codec of this UUID said, -ENOTSUP without one. */
static int decode_aside(uint16_t uuid, const uint8_t *data, size_t len,
			struct vk_decode_error *error)
{
	union {
		struct vk_feature feature;
		struct vk_local_time local;
		struct vk_reference_time reference;
		struct vk_cgm_start start;
		struct vk_cgm_status status;
		struct vk_cgm_answer answer;
		struct vk_user_request request;
		struct vk_system_id system_id;
		struct vk_pnp_id pnp;
		uint16_t hours;
		char text[VK_DEVICE_TEXT_MAX];
	} out;
	struct vk_user_answer user;

	switch (uuid) {
	case 0x2a0f:
		return vk_local_time_decode(data, len, &out.local, error);
	case 0x2a14:
		return vk_reference_time_decode(data, len, &out.reference, error);
	case 0x2aaa:
		return vk_cgm_start_decode(data, len, &out.start, error);
	case 0x2aa9:
		return vk_cgm_status_decode(data, len, &out.status, error);
	case 0x2aab:
		return vk_cgm_run_time_decode(data, len, &out.hours, error);
	case 0x2aac:
		return vk_cgm_answer_decode(data, len, &out.answer, error);
	case 0x2a9f:
		(void)vk_user_answer_decode(data, len, &user, error);
		return vk_user_request_decode(data, len, &out.request, error);
	case 0x2a23:
		return vk_system_id_decode(data, len, &out.system_id, error);
	case 0x2a50:
		return vk_pnp_id_decode(data, len, &out.pnp, error);
	case 0x2a29:
		vk_device_text(data, len, out.text);
		if (strlen(out.text) >= sizeof out.text)
			abort();
		return 0;
	default:
		return vk_feature_decode(uuid, data, len, &out.feature, error);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_decoded records[VK_MAX_RECORDS];
	struct vk_decode_error error = {0};
	struct vk_quirks quirks;

	if (size < 2)
		return 0;
	uint16_t uuid = family[data[0] % (sizeof family / sizeof *family)];

	quirks.bits = data[1];
	int n = vk_profile_decode_records(uuid, &quirks, data + 2, size - 2, records, &error);

	for (int i = 0; i < n; i++)
		check(&records[i]);
	if (n == -ENOTSUP)
		n = decode_aside(uuid, data + 2, size - 2, &error);
	if (n < 0 && (n != -EBADMSG || error.byte > size - 2 || !*error.why))
		abort();
	return 0;
}
