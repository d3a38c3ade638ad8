# SPDX-License-Identifier: Apache-2.0
"""Issue row g in full: ten minutes of sixty strangers a second; figures from the second minute on."""
from __future__ import annotations

from rows.g_storm import CPU_PERCENT, GROWTH_KIB, RATE, Storm

ROUNDS = 1
LIMIT = f"{RATE}/s for 10 minutes: growth <= {GROWTH_KIB} KiB, <= {CPU_PERCENT} % of a core"


def begin(home, seed: int) -> Storm:
    home.have("cuff")
    home.ward("kit", "set", "cuff", "window", "5")
    return Storm(home, 600)


def round(state: Storm, number: int) -> str:
    # Each look at rest: what storing a reading takes is given back within two beats of the hub, 20 s.
    state.run(120, 25)
    return f"{len(state.samples)} looks"


def end(state: Storm) -> str:
    return state.verdict("ten minutes")
