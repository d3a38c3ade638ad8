/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data files that know their own mistakes: lines "# want: 3:7: …" at the end of a YAML file are
 * what a reader must report, no more, no less and in this order.
 */
#ifndef TEST_WANTS_H
#define TEST_WANTS_H

#include "base/node.h"

/* Reads the wants of a file and compares them with the problems; fails the test when they differ.
 */
void wants_compare(const char *path, const struct vk_problems *problems);

#endif
