# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row f: 24 hours of a normal day, with 400 days of readings behind it, in vakad and vaka-mqtt
as they ship; their clocks run 60 times as fast as the machine's, timers and all. Memory, descriptors,
database and its log are looked at every minute of it. Memory has two levels, at work and given back at
rest, and which of them a minute meets is chance: so the lowest and the highest of each hour count (but
for a twentieth at either end), and both have to stay: what is left of a slope over the last half is at
most 1 % of the mean."""
from __future__ import annotations

import itertools
import random
import shutil
import statistics
import time
from pathlib import Path

from house import Clock, House, hub_process, memory_kib
from rows.support import check
from ways import keys, wait_until

HOME = RESUMES = False
ROUNDS, TIMES, BEHIND = 24, 60, 8000
SLOPE_MAX = 0.01
LIMIT = f"slope over the last half at most {SLOPE_MAX:.0%} of the mean"
# By the hour since the start: a weight in the morning, pressures morning and evening, three a day more.
WEIGHTS, PRESSURES = (1, 13), (1, 4, 7, 12, 13)


class Day:
    """One house, and what was seen of it at the end of each hour."""

    def __init__(self, folder: Path, seed: int) -> None:
        folder.chmod(0o755)
        keys(folder)
        self.chance = random.Random(seed)
        self.house = House(folder, Clock(TIMES))
        self.house.collect()
        self.house.collector.plugin.close()
        wait_until(lambda: self.house.status()["plugins"]["ble"] != "ok", "the collector is gone")
        self.house.fill(BEHIND)
        self.house.collect()
        self.began_s = self.house.clock.elapsed_s()
        self.seen: list[dict[str, int]] = []

    def measure(self, hour: int) -> None:
        if hour in WEIGHTS:
            raw = 16480 + self.chance.randrange(-40, 40)
            self.ask(hub_process.weight(raw, f"{raw / 200:.3f}"))
        if hour in PRESSURES:
            self.ask(hub_process.pressure(118 + self.chance.randrange(20), 74, self.house.clock.local()))

    def ask(self, header: dict) -> None:
        answer = self.house.collector.ask(header)
        check(answer["t"] == "stored", f"not stored: {answer}")

    def look(self) -> dict[str, int]:
        seen = {}
        for name, pid in self.house.processes().items():
            seen[f"{name} memory KiB"] = memory_kib(pid)["private"]
            seen[f"{name} descriptors"] = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        database = self.house.hub.path / "state/vaka.db"
        seen["database KiB"] = database.stat().st_size // 1024
        seen["log KiB"] = Path(f"{database}-wal").stat().st_size // 1024
        return seen


def begin(folder: Path, seed: int) -> Day:
    return Day(folder, seed)


def round(day: Day, number: int) -> str:
    day.measure(number)
    ends_s = day.began_s + (number + 1) * 3600
    looks = []
    while (left_s := (ends_s - day.house.clock.elapsed_s()) / TIMES) > 0:
        time.sleep(min(left_s, 1))  # a minute of the hour that is measured
        day.house.have_relay()
        looks.append(day.look())
    day.seen.append(levels(looks))
    return f"hour {number + 1}: " + ", ".join(f"{k} {v}" for k, v in day.seen[-1].items())


def levels(looks: list[dict[str, int]]) -> dict[str, int]:
    """The least and the most of an hour, by name; a twentieth of the looks lies beyond either."""
    seen = {}
    for name in looks[0]:
        values = sorted(look[name] for look in looks)
        beyond = len(values) // 20
        seen[f"{name}, least"], seen[f"{name}, most"] = values[beyond], values[-1 - beyond]
    return seen


def slope(values: list[int]) -> float:
    """What the last half rises by, as a part of the mean: by the median of the slopes between any two
    hours (Theil and Sen), so that an hour without rest, or with the day's housekeeping, is no trend; what
    leaks shows in every pair."""
    last = values[len(values) // 2:]
    pairs = itertools.combinations(enumerate(last), 2)
    rise = statistics.median((b - a) / (j - i) for (i, a), (j, b) in pairs)
    return rise * (len(last) - 1) / statistics.mean(last)


def end(day: Day) -> str:
    day.house.close()
    shutil.rmtree(day.house.folder, ignore_errors=True)
    slopes = {name: slope([seen[name] for seen in day.seen]) for name in day.seen[0]}
    beyond = [f"{name} {value:+.2%}: {[seen[name] for seen in day.seen]}"
              for name, value in slopes.items() if value > SLOPE_MAX]
    check(not beyond, f"beyond {SLOPE_MAX:.0%}: {'; '.join(beyond)}")
    return (", ".join(f"{name} {value:+.2%}" for name, value in slopes.items()) +
            f"; cut off for a late pong: collector {day.house.collector.cuts}, relay "
            f"{day.house.relays - 1} times")
