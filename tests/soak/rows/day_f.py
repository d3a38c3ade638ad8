# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row f: 24 hours of a normal day, with 400 days of readings behind it, in vakad and vaka-mqtt
as they ship; their clocks run 60 times as fast as the machine's, timers and all. Memory, descriptors,
database and its log are looked at some six hundred times an hour, and the hour's mean counts: the slope
over the last half, up or down, is at most 1 % of the mean. A fall is no leak, but a figure that
falls for no reason could hide a rise.

Both processes give back each minute what they used in it, so their memory has levels, and a look
each minute would meet one of them for hours, then the other. The looks come at no fixed time of the
minute, ten in each, and the mean knows how long each level lasted: with one look a minute it wandered
by half a percent from hour to hour, which alone may be a slope of one."""
from __future__ import annotations

import random
import shutil
import statistics
from pathlib import Path

from house import Clock, House, hub_process, memory_kib
from rows.support import check
from ways import keys, wait_until

HOME = RESUMES = False
ROUNDS, TIMES, BEHIND = 24, 60, 8000
SLOPE_MAX = 0.01
LIMIT = f"slope over the last half, up or down, at most {SLOPE_MAX:.0%} of the mean"
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
        self.seen: list[dict[str, float]] = []

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
    while (now_s := day.house.clock.elapsed_s()) < ends_s:
        # Seconds of the hub, of no fixed number, so that the looks do not fall in with its minutes.
        next_s = min(ends_s, now_s + day.chance.uniform(3, 9))
        wait_until(lambda: day.house.clock.elapsed_s() >= next_s, "the next look")
        day.house.have_relay()
        day.house.have_collector()
        looks.append(day.look())
    day.seen.append({name: statistics.mean(look[name] for look in looks) for name in looks[0]})
    return f"hour {number + 1}: " + ", ".join(f"{k} {v:.0f}" for k, v in day.seen[-1].items())


def slope(values: list[float]) -> float:
    """Of the line of least squares through the last half: its rise, as a part of the mean."""
    last = values[len(values) // 2:]
    n, mean = len(last), sum(last) / len(last)
    middle = (n - 1) / 2
    rise = sum((i - middle) * (v - mean) for i, v in enumerate(last))
    spread = sum((i - middle) ** 2 for i in range(n))
    return rise / spread * (n - 1) / mean if spread and mean else 0.0


def end(day: Day) -> str:
    day.house.close()
    shutil.rmtree(day.house.folder, ignore_errors=True)
    slopes = {name: slope([seen[name] for seen in day.seen]) for name in day.seen[0]}
    beyond = [f"{name} {value:+.2%}: {[f'{seen[name]:.0f}' for seen in day.seen]}"
              for name, value in slopes.items() if abs(value) > SLOPE_MAX]
    check(not beyond, f"beyond {SLOPE_MAX:.0%}: {'; '.join(beyond)}")
    return (", ".join(f"{name} {value:+.2%}" for name, value in slopes.items()) +
            f"; cut off for a late pong: collector {day.house.collector.cuts}, relay "
            f"{day.house.relays - 1} times")
