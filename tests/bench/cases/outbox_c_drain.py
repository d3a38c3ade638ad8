# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row c: 20,000 rows wait while the broker is down, with a high alert in their middle; then
it is up. Beside it the floor of the drain, which is judged: the same number sent from memory, with the
same subscriber attached. Then once more, with hub and relay killed when half of it has come.

Shown, not judged, is a floor that reads its rows from a table, deletes them once they are acknowledged
(synchronous=FULL) and has the properties that the contract asks for: the guarantees of a hub, and
nothing else of one."""
from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from harness import Bench, median
from ways import (Broker, Counter, Hub, Way, in_flight_most, keys, lost_of, now_ns, repeats_of,
                  wait_until)

COUNT, ROUNDS, WINDOW = 20000, 5, 1000
FIRST_MAX_S, OF_FLOOR_MAX, ALERT_MAX_S, AGAIN_MAX_MS, TURN_MAX_MS = 1.0, 1.2, 2.0, 100, 20


def drain_floor(way: Way, count: int, is_kept: bool = False) -> float:
    """From the first to the last that comes."""
    with way.broker:
        counter = Counter(way, way.name("counter"), count)
        try:
            way.floor(count, WINDOW, is_stored=is_kept, is_kept=is_kept)
            page = wait_until(lambda: whole(counter, count), "all of the floor's")
            return (page["last_ns"] - page["first_ns"]) / 1e9
        finally:
            counter.end()


def whole(counter: Counter, count: int) -> dict | None:
    page = counter.page.read()
    return page if page["unique"] >= count else None


def fill(way: Way, count: int) -> Hub:
    """Everything is stored, nothing has left: there is no broker."""
    hub = Hub(way, way.name("hub"))
    hub.start("fill", count, WINDOW, urgent=count // 2)
    hub.process.event("filled")
    return hub


def drain(way: Way, count: int) -> dict:
    hub = fill(way, count)
    try:
        counter = hub.open_way(count, count // 2)
        # Nobody looks at the page before, as beside the floor: each look takes the processor from all.
        hub.process.event("done")
        page = wait_until(lambda: whole(counter, count), "everything")
        relay, times = hub.relay.page.read(), counter.page.times()
        counter.end()
        since = relay["connected_ns"]
        return {"first_s": (page["first_ns"] - since) / 1e9, "all_s": (page["last_ns"] - since) / 1e9,
                "alert_s": (page["urgent_ns"] - since) / 1e9, "lost": lost_of(times, count),
                "repeated": repeats_of(times),
                "turn_ms": max(relay["longest_turn_ns"], hub.page.read()["longest_turn_ns"]) / 1e6}
    finally:
        hub.kill()
        way.broker.end()
        shutil.rmtree(hub.folder)


def quiet(counter: Counter) -> int:
    """What the broker still had of the dead hub has come too; how many there are."""
    had, since = -1, now_ns()
    while now_ns() - since < 300_000_000:
        if (n := counter.page.read()["unique"]) != had:
            had, since = n, now_ns()
        time.sleep(0.01)
    return had


def drain_killed(way: Way, count: int) -> dict:
    hub = fill(way, count)
    try:
        counter = hub.open_way(count, count // 2)
        wait_until(lambda: counter.page.read()["unique"] >= count // 2, "half of it")
        hub.kill()
        had = quiet(counter)
        counter.page.clear("again_ns")
        began = now_ns()
        hub.start("drain")
        again = wait_until(lambda: counter.page.read()["again_ns"], "the first one after the start")
        page = wait_until(lambda: whole(counter, count), "everything")
        hub.process.event("done")
        times = counter.page.times()
        counter.end()
        return {"left": count - had, "again_ms": (again - began) / 1e6,
                "rest_s": (page["last_ns"] - began) / 1e9, "lost": lost_of(times, count),
                "repeated": repeats_of(times)}
    finally:
        hub.kill()
        way.broker.end()
        shutil.rmtree(hub.folder)


def report(bench: Bench, label: str, floors: list[float], kept: list[float], ours: list[dict],
           killed: list[dict]) -> None:
    def of(runs: list[dict], key: str) -> float:
        return median([run[key] for run in runs])

    def runs(key: str, of_runs: list[dict], digits: int = 3) -> list[float]:
        return [round(run[key], digits) for run in of_runs]

    floor = median(floors)
    bench.figure(f"connect to first message{label}", of(ours, "first_s"), "s", at_most=FIRST_MAX_S,
                 runs=runs("first_s", ours))
    bench.figure(f"connect to the last of {COUNT}, of the floor's{label}", of(ours, "all_s") / floor,
                 "x", at_most=OF_FLOOR_MAX, runs=runs("all_s", ours),
                 beside=f"{of(ours, 'all_s'):.2f} s, floor {floor:.2f} s {[round(f, 2) for f in floors]}")
    bench.figure(f"the same, of a floor that keeps and names its rows{label}",
                 of(ours, "all_s") / median(kept), "x",
                 beside=f"floor {median(kept):.2f} s {[round(f, 2) for f in kept]}")
    bench.figure(f"connect to the high alert in the middle{label}", of(ours, "alert_s"), "s",
                 at_most=ALERT_MAX_S, runs=runs("alert_s", ours))
    bench.figure(f"longest turn of a loop, hub or relay{label}", max(r["turn_ms"] for r in ours), "ms",
                 at_most=TURN_MAX_MS, runs=runs("turn_ms", ours, 1))
    bench.figure(f"kill -9 in the middle: start to sending again{label}", of(killed, "again_ms"), "ms",
                 at_most=AGAIN_MAX_MS, runs=runs("again_ms", killed, 0),
                 beside=f"{of(killed, 'left'):.0f} left, all of it {of(killed, 'rest_s'):.2f} s "
                        "after the start")
    bench.figure(f"lost{label}", sum(r["lost"] for r in ours + killed), "", at_most=0)
    bench.figure(f"most repeats of one kill{label}", max(r["repeated"] for r in killed), "",
                 at_most=in_flight_most(), runs=[r["repeated"] for r in killed],
                 beside=f"without a kill {max(r['repeated'] for r in ours)}")


def run(bench: Bench, quick: bool) -> None:
    rounds = 1 if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="vaka-bench-") as name:
        keys(Path(name))
        broker = Broker(Path(name))
        for is_tls in (False, True):
            way = Way(Path(name), broker, is_tls)
            floors, kept, ours, killed = [], [], [], []
            for _ in range(rounds):
                floors.append(drain_floor(way, COUNT))
                kept.append(drain_floor(way, COUNT, is_kept=True))
                ours.append(drain(way, COUNT))
                killed.append(drain_killed(way, COUNT))
            report(bench, ", TLS" if is_tls else "", floors, kept, ours, killed)
