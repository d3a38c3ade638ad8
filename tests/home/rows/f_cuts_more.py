# SPDX-License-Identifier: Apache-2.0
"""f, its other half: f_cuts says what is cut and what must not be lost."""
from __future__ import annotations

from .f_cuts import CUTS, cut_again_and_again
from .support import VirtualHome


def run(home: VirtualHome, case) -> None:
    with case(f"f: power cuts {CUTS // 2 + 1} to {CUTS} lose nothing that anybody was told is stored"):
        cut_again_and_again(home, range(CUTS // 2 + 1, CUTS + 1))
