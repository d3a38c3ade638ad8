/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device model that a person names on the command line, looked up in devices.d without a daemon:
 * the site's folder, and the shipped one ($VAKA_DEVICES, else ../share/vaka/devices.d beside the
 * program, else /usr/share).
 */
#ifndef VAKA_CTL_MODEL_H
#define VAKA_CTL_MODEL_H

#include "models/models.h"

/* All that devices.d knows; a file with mistakes is named on stderr, and the others hold. */
void vk_ctl_models(struct vk_models *ret_models);
/* 0, or -ENOENT with a line on stderr: no file of devices.d knows such a model. */
int vk_ctl_quirks(const char *model, struct vk_quirks *ret_quirks);

#endif
