/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the audit's fields, made from the same list as the enum. */
#include "base/audit.h"

#define TEXT(name, text) text,

const char *vk_audit_field_text(enum vk_audit_field field)
{
	static const char *const texts[] = {VK_AUDIT_LIST(TEXT)};

	return texts[field];
}
