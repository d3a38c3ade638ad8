/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that survive a power cut: a document is replaced as a whole (new file, fsync, rename, fsync
 * of the folder), a journal grows by whole lines that are synced one by one.
 */
#ifndef VK_KIT_FILE_H
#define VK_KIT_FILE_H

#include <stddef.h>

/* 0 or negative errno; after 0 the new content survives a cut, after an error the old one does. */
int vk_file_replace(const char *dir, const char *name, const char *text, size_t len);
/* Appends whole lines, the last one with its newline. 0 after fsync, or negative errno. */
int vk_file_append(const char *dir, const char *name, const char *text, size_t len);
/* The whole file, NUL-terminated, to be freed by the caller; an absent file is an empty text. */
int vk_file_read(const char *dir, const char *name, char **out);

#endif
