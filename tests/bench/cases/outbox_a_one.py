# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row a: opaque rows of 600 bytes through outbox and relay alone, one at a time: the time
from submitting one to its PUBACK, with its sync in between, beside the bare floor of the same run
(one thread, one table). A PUBACK has come when vaka-mqtt has it; that the hub hears of it is later and
stands beside. The limits stand on a way without TLS on both sides, as the floor has been
measured; with TLS on both sides it is shown beside."""
from __future__ import annotations

import tempfile
from pathlib import Path

from harness import Bench, median
from ways import Broker, Way, keys

COUNT, ROUNDS = 2000, 5
MEDIAN_MAX, P99_MAX = 1.3, 3.0


def compare(way: Way, count: int, rounds: int) -> tuple[list[dict], list[dict]]:
    ours, floors = [], []
    for _ in range(rounds):
        floors.append(way.floor(count, 1))
        ours.append(way.hub(count, 1))
    return ours, floors


def report(bench: Bench, label: str, ours: list[dict], floors: list[dict], is_judged: bool) -> None:
    def of(runs: list[dict], key: str) -> float:
        return median([run[key] for run in runs])

    for key, name, most in (("p50_us", "median", MEDIAN_MAX), ("p99_us", "p99", P99_MAX)):
        bench.figure(f"submit to PUBACK, {name}, of the floor's{label}",
                     of(ours, key) / of(floors, key), "x", at_most=most if is_judged else None,
                     runs=[round(r[key]) for r in ours],
                     beside=f"{of(ours, key):.0f} us, floor {of(floors, key):.0f} us "
                            f"{[round(r[key]) for r in floors]}")
    bench.figure(f"until it is stored, median{label}",
                 median([r["stored"]["p50_us"] for r in ours]), "us")
    bench.figure(f"until the hub has heard of the PUBACK, median{label}",
                 median([r["told"]["p50_us"] for r in ours]), "us")
    bench.figure(f"processor per message, hub and relay{label}", of(ours, "cpu_us"), "us",
                 beside=f"floor {of(floors, 'cpu_us'):.0f} us")
    bench.figure(f"written per message{label}", of(ours, "written"), "B",
                 beside=f"floor {of(floors, 'written'):.0f} B")


def run(bench: Bench, quick: bool) -> None:
    count, rounds = (COUNT // 4, 1) if quick else (COUNT, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="vaka-bench-") as name:
        keys(Path(name))
        with Broker(Path(name)) as broker:
            for is_tls in (False, True):
                ours, floors = compare(Way(Path(name), broker, is_tls), count, rounds)
                report(bench, ", TLS" if is_tls else "", ours, floors, not is_tls)
