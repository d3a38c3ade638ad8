/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two Devices of a Bundle say the same in the next one, but for the name of their entry, and
 * they are half of its text. The last one's is kept and written again, as long as everything that
 * it hangs on is the same.
 */
#include <string.h>

#include "fhir/fhir_priv.h"

static bool is_same(const struct vk_fhir_device *kept, const struct vk_fhir_about *about)
{
	if (!kept->text.len || kept->kind != about->kind || kept->is_synced != about->is_synced ||
	    kept->is_stored != about->is_stored)
		return false;
	for (size_t i = 0; i < VK_FHIR_NAMES; i++)
		if (strcmp(kept->names[i], about->names[i] ? about->names[i] : "") != 0)
			return false;
	return true;
}

bool vk_fhir_write_kept(struct vk_fhir *f, const struct vk_fhir_device *kept,
			const struct vk_fhir_about *about)
{
	if (!kept || !is_same(kept, about))
		return false;
	vk_str_add_n(f->json.out, kept->text.text, kept->text.len);
	f->json.needs_comma = true;
	return true;
}

void vk_fhir_keep(const struct vk_fhir *f, size_t from, const struct vk_fhir_about *about,
		  struct vk_fhir_device *kept)
{
	bool is_whole = !f->json.out->error;

	if (!kept)
		return;
	kept->text.len = 0;
	kept->kind = about->kind;
	kept->is_synced = about->is_synced;
	kept->is_stored = about->is_stored;
	for (size_t i = 0; i < VK_FHIR_NAMES; i++)
		is_whole &= vk_copy(kept->names[i], sizeof kept->names[i],
				    about->names[i] ? about->names[i] : "");
	if (is_whole)
		vk_str_add_n(&kept->text, f->json.out->text + from, f->json.out->len - from);
	if (kept->text.error)
		vk_str_done(&kept->text);
}

void vk_fhir_forget(struct vk_fhir_kept *kept)
{
	vk_str_done(&kept->sensor.text);
	vk_str_done(&kept->hub.text);
}
