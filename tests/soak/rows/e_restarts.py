# SPDX-License-Identifier: Apache-2.0
"""Issue row e in full: thirty restarts of every kind, at seeded moments, eager cuff."""
from __future__ import annotations

from rows.e_restarts import KINDS, Restarts

ROUNDS = 30
LIMIT = "0 readings confirmed and not stored in 30 of 30 restarts"


def begin(home, seed: int) -> Restarts:
    return Restarts(home, seed)


def round(state: Restarts, number: int) -> str:
    return state.round(number, KINDS[number % len(KINDS)])


def end(state: Restarts) -> str:
    return state.end()
