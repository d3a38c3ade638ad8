# SPDX-License-Identifier: Apache-2.0
"""What N hubs cost a broker: `fleet_load` told what to do, the broker's processes measured meanwhile, and the
line through several N. For a single broker (cases/fleet_load.py) and for a cluster (tests/fleet)."""
from __future__ import annotations

from pathlib import Path

from harness import Bench, cpu_s
from ways import Process

WORK_TIMES, PING_TIMES = 60, 12  # work 60 times as fast; pings each 5 s instead of each 60 s
FAR = 10000


def memory_kib(pid: int) -> int:
    """Private to the process."""
    rows = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(row[1]) for row in rows if row[0] in ("Private_Clean:", "Private_Dirty:"))


class Fleet:
    """N hubs at a broker of these processes. keys: the authority's certificate and key, the care service's."""

    def __init__(self, program: Path, ports: list[int], keys: list[str], n: int, pids: list[int],
                 folder: Path) -> None:
        self.n, self.pids = n, pids
        self.load = Process([program, ",".join(map(str, ports)), *keys, n], folder / f"load-{n}.log")
        self.load.event("ready", 60)

    def memory_kib(self) -> int:
        return sum(memory_kib(pid) for pid in self.pids)

    def do(self, words: str) -> tuple[dict, float]:
        """What was done, all of it acknowledged and heard, and the broker's processor seconds meanwhile."""
        before = sum(cpu_s(pid) for pid in self.pids)
        self.load.child.stdin.write(f"{words}\n".encode())
        self.load.child.stdin.flush()
        done = self.load.event("done", 120)
        assert done["acked"] == done["heard"] == done["sent"], done
        return done, sum(cpu_s(pid) for pid in self.pids) - before

    def end(self) -> None:
        """The sessions are gone at the broker too."""
        self.load.child.stdin.write(b"end\n")
        self.load.child.stdin.flush()
        self.load.event("left", 60)
        self.load.end()

    def measured(self, idle_s: int, work_s: int) -> dict[str, float]:
        empty = self.memory_kib()
        _, base = self.do(f"idle {idle_s}")
        joined, connect = self.do("connect")
        assert joined["sessions"] == self.n, joined
        _, idle = self.do(f"idle {idle_s}")
        worked, work = self.do(f"work {work_s} {WORK_TIMES}")
        assert worked["sent"] > joined["sent"] and worked["receipts"] > 0, worked
        full = self.memory_kib()
        # Of one session at a hub's own pace; what the broker does by itself, and the pings while the hubs
        # work, are taken out first.
        pings = (idle - base) / idle_s / self.n
        each = pings / PING_TIMES + ((work / work_s - base / idle_s) / self.n - pings) / WORK_TIMES
        return {"n": self.n, "connect_ms": connect * 1000 / self.n, "memory_kib": full,
                "empty_kib": empty, "session_kib": (full - empty) / self.n, "cpu_us_s": each * 1e6,
                "base_us_s": base / idle_s * 1e6}


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
                     beside=f"{run['cpu_us_s'] * run['n'] / 1e4:.2f} % of a core in all, "
                            f"{run['base_us_s'] / 1e4:.2f} % without; joining {run['connect_ms']:.2f} ms")
    empty, each = line([(r["n"], runs[0]["empty_kib"] + r["memory_kib"] - r["empty_kib"]) for r in runs])
    base, share = line([(r["n"], r["cpu_us_s"] * r["n"]) for r in runs])
    at = ", ".join(str(r["n"]) for r in runs)
    bench.figure(f"memory of {FAR} sessions, extrapolated", (empty + each * FAR) / 1024, "MiB",
                 beside=f"a line through {at}: {empty / 1024:.1f} MiB and {each:.1f} KiB each")
    bench.figure(f"processor of {FAR} sessions, extrapolated", (base + share * FAR) / 1e4, "%core",
                 beside=f"a line through {at}: {share:.1f} us/s each")
    joining = runs[-1]["connect_ms"]
    bench.figure(f"all {FAR} joining again, extrapolated", joining * FAR / 1000, "s",
                 beside=f"one core, {joining:.2f} ms each; hubs spread it by their back-off")
