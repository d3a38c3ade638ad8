/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hub's database would hold: the rows of effects and nothing else. A restart in a replay
 * throws the state away and builds it from them, as a start of the hub does.
 */
#ifndef VAKA_CTL_REPLAY_ROWS_H
#define VAKA_CTL_REPLAY_ROWS_H

#include "core/core.h"

struct vk_replay_rows {
	size_t n_alerts, n_checks, n_memories;
	struct vk_alert *alerts; /* by serial, from 1; owned */
	struct vk_check *checks;
	struct vk_rule_memory *memories;
};

/* 0, or -ENOMEM. */
int vk_replay_rows_keep(struct vk_replay_rows *rows, const struct vk_effects *effects);
/* The state anew, with the plans that the old one has in force. 0, or a negative errno. */
int vk_replay_rows_restore(const struct vk_replay_rows *rows, struct vk_core *core);
void vk_replay_rows_done(struct vk_replay_rows *rows);

#endif
