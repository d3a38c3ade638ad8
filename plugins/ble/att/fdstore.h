/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pending connects outlive this process: systemd holds a second reference to each (its file
 * descriptor store) and hands it to the next start. Without it, a process that dies while the
 * kernel is making a connection leaves the new link to bluetoothd, which confirms whatever the
 * device says first to nobody. Nothing happens outside systemd. Thread: the loop's.
 */
#ifndef VAKA_BLE_ATT_FDSTORE_H
#define VAKA_BLE_ATT_FDSTORE_H

enum { VK_FDSTORE_MAX = 64 };

struct vk_fdstore {
	int n;
	struct {
		char name[16];
		int fd;
	} kept[VK_FDSTORE_MAX]; /* from the life before; -1: taken */
};

/* Collects what systemd has kept. */
void vk_fdstore_init(struct vk_fdstore *s);
void vk_fdstore_done(struct vk_fdstore *s); /* closes what nobody took */

/* The descriptor kept under this name, now the caller's; -1: none. */
int vk_fdstore_take(struct vk_fdstore *s, const char *name);

/* name: letters and digits, at most 15. */
void vk_fdstore_put(const char *name, int fd);
void vk_fdstore_remove(const char *name);

#endif
