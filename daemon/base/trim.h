/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives back what starting up took: free heap, and pages of program text that were read once (TLS
 * handshake, schema, configuration) and stay mapped for nothing. What is still needed is mapped
 * again from the page cache at its next use. A hub waits for hours; its memory should say so.
 */
#ifndef VAKA_BASE_TRIM_H
#define VAKA_BASE_TRIM_H

/* Any thread; takes well under a millisecond. */
void vk_trim(void);

#endif
