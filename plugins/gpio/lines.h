/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of one chip as the kernel gives them: inputs with edges debounced and stamped by the
 * kernel, outputs inactive until told. Thread: one.
 */
#ifndef VAKA_GPIO_LINES_H
#define VAKA_GPIO_LINES_H

#include "gpio/config.h"

struct vk_lines;

/* line: index into the configuration. edge_ms: monotonic, the kernel's. */
typedef void (*vk_edge_fn)(void *user, int line, bool active, int64_t edge_ms);

/*
 * Finds the chip, and asks for all lines of the configuration (borrowed). 0; a negative errno:
 * logged, which chip or line and why.
 */
int vk_lines_open(const struct vk_lines_config *config, struct vk_lines **ret_lines);

/* To poll for POLLIN; -1 when there are no inputs. */
int vk_lines_fd(const struct vk_lines *lines);

/* Hands on the edges that are there. When the kernel had to drop some, the states too. */
int vk_lines_read(struct vk_lines *lines, vk_edge_fn fn, void *user);

/* Hands on the state of every input, as of now_ms. 0 or a negative errno. */
int vk_lines_states(struct vk_lines *lines, int64_t now_ms, vk_edge_fn fn, void *user);

/* 0 or a negative errno. */
int vk_lines_set(struct vk_lines *lines, int line, bool active);

#endif
