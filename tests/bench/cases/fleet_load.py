# SPDX-License-Identifier: Apache-2.0
"""Issue 5, item 9: what a hub costs a site's broker. `fleet_load` acts as N hubs with real sessions (TLS,
MQTT 5, own topics, will, session expiry, health and promise every five minutes, six readings a day with their
receipts, all at a pace of 60 times that) against mosquitto under config/broker/mosquitto, at three values of
N. Processor and memory of the broker per session, and what a line through the three says of 10,000 sessions:
that last is extrapolated, and marked so.

Pings are measured apart: the library's shortest keep-alive is a twelfth of a hub's.
"""
from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from harness import ROOT, Bench, cpu_s, release
from ways import Process, program

sys.path.insert(0, str(ROOT / "tests/home"))
from wardlib.broker import Broker  # noqa: E402
from wardlib.machine import pid_of  # noqa: E402

SIZES, IDLE_S, WORK_S = (50, 200, 800), 10, 15
WORK_TIMES, PING_TIMES = 60, 12  # work 60 times as fast; pings each 5 s instead of each 60 s
FAR = 10000


def memory_kib(pid: int) -> int:
    """Private to the broker."""
    rows = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(row[1]) for row in rows if row[0] in ("Private_Clean:", "Private_Dirty:"))


class Site:
    """A fresh broker and N hubs."""

    def __init__(self, folder: Path, build: Path, n: int) -> None:
        program("mosquitto")
        self.folder, self.n = folder, n
        folder.mkdir()
        self.broker = Broker(folder, ROOT / "config/broker/mosquitto")
        self.broker.up()
        self.pid = pid_of(self.broker.pid_file)
        care, ca_key = self.broker.access("care-service"), folder / "tls/ca.key"
        self.load = Process([build / "tests/bench/fleet_load", care["port"], care["ca"], ca_key,
                             care["cert"], care["key"], n], folder / "load.log")
        self.load.event("ready")

    def do(self, words: str) -> tuple[dict, float]:
        """What was done, and the broker's processor seconds meanwhile."""
        before = cpu_s(self.pid)
        self.load.child.stdin.write(f"{words}\n".encode())
        self.load.child.stdin.flush()
        done = self.load.event("done", 90)
        assert done["sessions"] == self.n and done["acked"] == done["heard"] == done["sent"], done
        return done, cpu_s(self.pid) - before

    def close(self) -> None:
        self.load.end()
        self.broker.down()


def measured(folder: Path, build: Path, n: int, idle_s: int, work_s: int) -> dict[str, float]:
    site = Site(folder, build, n)
    try:
        empty = memory_kib(site.pid)
        joined, connect = site.do("connect")
        up = memory_kib(site.pid)
        _, idle = site.do(f"idle {idle_s}")
        worked, work = site.do(f"work {work_s} {WORK_TIMES}")
        assert worked["sent"] > joined["sent"] and worked["receipts"] > 0, worked
        full = memory_kib(site.pid)
    finally:
        site.close()
    # Of one session at a hub's own pace; the pings while it works are taken out first.
    pings = idle / idle_s / n
    return {"n": n, "connect_ms": connect * 1000 / n, "memory_kib": full, "empty_kib": empty,
            "up_kib": up, "session_kib": (full - empty) / n,
            "cpu_us_s": (pings / PING_TIMES + (work / work_s / n - pings) / WORK_TIMES) * 1e6}


def line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Least squares: what there is without sessions, and what each adds."""
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    slope = sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points)
    return my - slope * mx, slope


def report(bench: Bench, runs: list[dict[str, float]]) -> None:
    for run in runs:
        at = f"at {run['n']} sessions"
        bench.figure(f"broker's memory per session, {at}", run["session_kib"], "KiB",
                     beside=f"{run['memory_kib'] / 1024:.1f} MiB in all, {run['empty_kib'] / 1024:.1f} empty")
        bench.figure(f"broker's processor per session, {at}", run["cpu_us_s"], "us/s",
                     beside=f"{run['cpu_us_s'] * run['n'] / 1e4:.2f} % of a core in all; "
                            f"a handshake {run['connect_ms']:.2f} ms")
    empty, each = line([(r["n"], r["memory_kib"]) for r in runs])
    base, share = line([(r["n"], r["cpu_us_s"] * r["n"]) for r in runs])
    measured_at = ", ".join(str(r["n"]) for r in runs)
    bench.figure(f"memory of {FAR} sessions, extrapolated", (empty + each * FAR) / 1024, "MiB",
                 beside=f"a line through {measured_at}: {empty / 1024:.1f} MiB and {each:.1f} KiB each")
    bench.figure(f"processor of {FAR} sessions, extrapolated", (base + share * FAR) / 1e4, "%core",
                 beside=f"a line through {measured_at}: {share:.1f} us/s each")
    handshake = runs[-1]["connect_ms"]
    bench.figure(f"all {FAR} joining again, extrapolated", handshake * FAR / 1000, "s",
                 beside=f"one core, {handshake:.2f} ms each; hubs spread it by their back-off")


def run(bench: Bench, quick: bool) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    build = release("fleet_load")
    sizes, idle_s, work_s = ((10, 20, 40), 5, 5) if quick else (SIZES, IDLE_S, WORK_S)
    with tempfile.TemporaryDirectory(prefix="vaka-bench-") as name:
        report(bench, [measured(Path(name) / str(n), build, n, idle_s, work_s) for n in sizes])
