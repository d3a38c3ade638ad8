/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least collector there can be: one ATT bearer to one bonded device, a line and one fdatasync
 * per indication, then its confirmation. What a product takes longer than this is its own doing.
 */
#ifndef VK_KIT_FLOOR_H
#define VK_KIT_FLOOR_H

/* ADAPTER DEVICE FILE: two public addresses "AA:BB:…", and where the lines go. Ends by a signal. */
int vk_floor_main(int argc, char **argv);

#endif
