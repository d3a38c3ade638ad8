# SPDX-License-Identifier: Apache-2.0
"""What N hubs cost a broker: `fleet_load` told what to do, the broker's processes measured meanwhile, at
three values of N one upon the other, and the line through them. For a single broker (cases/fleet_load.py)
and for a cluster (tests/fleet)."""
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
    """Hubs at a broker of these processes. keys: the authority's certificate and key, the care service's."""

    def __init__(self, program: Path, ports: list[int], keys: list[str], most: int, pids: list[int],
                 folder: Path) -> None:
        self.pids = pids
        self.load = Process([program, ",".join(map(str, ports)), *keys, most], folder / "load.log")
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

    def empty(self, idle_s: int) -> dict[str, float]:
        """The broker without a hub, at rest."""
        _, base = self.do(f"idle {idle_s}")
        return {"n": 0, "memory_kib": self.memory_kib(), "idle": base / idle_s, "cpu_us_s": 0.0}

    def grown(self, n: int, empty: dict[str, float], idle_s: int, work_s: int) -> dict[str, float]:
        """With n hubs. Processor of all of them at their own pace: pings, and work without the pings of
        meanwhile; what the broker does by itself is taken out."""
        before, _ = self.do("idle 1")
        joined, connect = self.do(f"connect {n}")
        assert joined["sessions"] == n, joined
        _, idle = self.do(f"idle {idle_s}")
        worked, work = self.do(f"work {work_s} {WORK_TIMES}")
        assert worked["sent"] > joined["sent"] and worked["receipts"] > before["receipts"], worked
        pings = idle / idle_s - empty["idle"]
        return {"n": n, "connect_ms": connect * 1000 / (n - before["sessions"]),
                "memory_kib": self.memory_kib(), "idle": idle / idle_s,
                "cpu_us_s": (pings / PING_TIMES + (work / work_s - idle / idle_s) / WORK_TIMES) * 1e6}

    def measured(self, sizes: tuple[int, ...], idle_s: int, work_s: int) -> list[dict[str, float]]:
        runs = [self.empty(idle_s)]
        return runs + [self.grown(n, runs[0], idle_s, work_s) for n in sizes]


def line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Least squares: what there is without sessions, and what each adds."""
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    slope = sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points)
    return my - slope * mx, slope


def report(bench: Bench, runs: list[dict[str, float]]) -> None:
    """runs[0] is the broker without a hub."""
    for last, run in zip(runs, runs[1:]):
        n, more = run["n"], run["n"] - last["n"]
        bench.figure(f"memory a session added, {last['n']} to {n}",
                     (run["memory_kib"] - last["memory_kib"]) / more, "KiB",
                     beside=f"broker's {run['memory_kib'] / 1024:.1f} MiB in all, "
                            f"{runs[0]['memory_kib'] / 1024:.1f} empty")
        bench.figure(f"processor per session, at {n}", run["cpu_us_s"] / n, "us/s",
                     beside=f"{run['cpu_us_s'] / 1e4:.2f} % of a core in all, {runs[0]['idle'] * 100:.2f} % "
                            f"without; joining {run['connect_ms']:.2f} ms each")
    at = ", ".join(str(r["n"]) for r in runs[1:])
    empty, each = line([(r["n"], r["memory_kib"]) for r in runs[1:]])
    base, share = line([(r["n"], r["cpu_us_s"]) for r in runs[1:]])
    bench.figure(f"memory of {FAR} sessions, extrapolated", (empty + each * FAR) / 1024, "MiB",
                 beside=f"a line through {at}: {empty / 1024:.1f} MiB and {each:.1f} KiB each")
    bench.figure(f"processor of {FAR} sessions, extrapolated", (base + share * FAR) / 1e4, "%core",
                 beside=f"a line through {at}: {share:.1f} us/s each")
    joining = runs[-1]["connect_ms"]
    bench.figure(f"all {FAR} joining again, extrapolated", joining * FAR / 1000, "s",
                 beside=f"one core, {joining:.2f} ms each; hubs spread it by their back-off")
