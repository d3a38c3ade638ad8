/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoded form (design §5) as a packet brings it; vk_decoded_json() writes it. What comes in is
 * foreign, even from our own plugins: names, decimals, bounds and unknown members are checked, and
 * the first mistake is named with its field and what was expected. Measured values never stand in
 * that text.
 */
#ifndef VAKA_PLUGIN_DECODED_WIRE_H
#define VAKA_PLUGIN_DECODED_WIRE_H

#include <jansson.h>

#include "base/decoded.h"

enum { VK_DECODED_ERROR_TEXT = 192 };

/*
 * Parses one decoded form. also: further members that may stand in the object (NULL-terminated
 * list, or NULL). 0; -EINVAL with a text in ret_error. "implausible" is checked and dropped: the
 * hub judges that itself.
 */
int vk_decoded_wire_parse(const json_t *object, const char *const *also,
			  char ret_error[VK_DECODED_ERROR_TEXT], struct vk_decoded *ret_decoded);

/*
 * The same, or {"records":[…]} with 1…VK_MAX_RECORDS of them (then also is for the outer object).
 * Returns their number, or -EINVAL. ret_list holds VK_MAX_RECORDS.
 */
int vk_decoded_wire_parse_all(const json_t *object, const char *const *also,
			      char ret_error[VK_DECODED_ERROR_TEXT], struct vk_decoded *ret_list);

#endif
