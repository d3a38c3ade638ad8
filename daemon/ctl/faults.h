/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong, in one list: the hub's own document, the open technical alerts and the devices
 * tell of the same things, each thing is named once, with what to do about it.
 */
#ifndef VAKA_CTL_FAULTS_H
#define VAKA_CTL_FAULTS_H

#include <jansson.h>

/*
 * Array of {code, object, text_sv, text_en, do_sv, do_en}; object is a device, an alert or absent,
 * do_… absent where nothing can be done. Any argument may be NULL. Caller decrefs.
 */
json_t *vk_faults(const json_t *status, const json_t *alerts, const json_t *devices);
/* Of one device: how it is, as its state's code. "" where it says nothing. Borrowed. */
const char *vk_device_state(const json_t *device);

#endif
