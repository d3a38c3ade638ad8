/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time zone as the table the core reads: from the system's TZif files (RFC 8536), the stored
 * transitions first and then those its footer rule gives, from 2020 to 2060.
 */
#ifndef VAKA_CONF_ZONE_H
#define VAKA_CONF_ZONE_H

#include <stddef.h>

#include "base/civil.h"

/*
 * Loads "Europe/Stockholm" from /usr/share/zoneinfo. The name is checked: it cannot leave that
 * folder. 0; -EINVAL: no such name can be; -ENOENT and others: the file; -EBADMSG: not a TZif file
 * of version 2 or later; -ENOSPC: more transitions than a table holds. user is not used: the
 * signature is vk_zone_fn's.
 */
int vk_zone_load(const char *name, struct vk_zone *ret_zone, void *user);

/* The same from the bytes of a file. ret_zone->name stays empty. */
int vk_zone_parse(const void *bytes, size_t len, struct vk_zone *ret_zone);

#endif
