# SPDX-License-Identifier: Apache-2.0
"""Issue 3, row c in full: a morning of twelve kits, in rounds of twenty measurements; each round yanks
the radio and restarts bluetoothd once, and is judged by itself."""
from __future__ import annotations

import random

from rows.collector_c_morning import Morning, restart_bluetoothd, yank

ROUNDS = 15
LIMIT = "0 of what a device was told is taken is missing, 0 twice, each fault named within 60 s and healed"


def begin(home, seed: int) -> Morning:
    morning = Morning(home, seed)
    morning.move_in()
    return morning


def round(morning: Morning, number: int) -> str:
    draw = random.Random(f"{number}-{morning.count}")
    first, second = sorted(draw.sample(range(2, 19), 2))
    morning.live(morning.plan(20, 0.3), [(first, yank), (second, restart_bluetoothd)])
    morning.settle()
    said = morning.judge()
    morning.healed()
    return said


def end(morning: Morning) -> str:
    return f"{morning.judge()}, {morning.count} measurements"
