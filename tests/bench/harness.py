# SPDX-License-Identifier: Apache-2.0
"""What every case needs: figures with a limit and something beside them, medians, the machine's name."""
from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def machine() -> str:
    """Processor, cores, system: figures of two machines are not compared."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def median(values: list[float]) -> float:
    return statistics.median(values)


def release(*targets: str) -> Path:
    """The build that the appliance runs, with the programs that measure it; the folder of it.

    VAKA_BENCH_BUILD names one that is there already, and is brought up to date all the same."""
    build = Path(os.environ.get("VAKA_BENCH_BUILD", ROOT / "build-bench"))
    if not (build / "build.ninja").exists():
        subprocess.run(["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo"],
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", build, *targets], check=True, stdout=subprocess.DEVNULL)
    return build


def cpu_s(pid: int) -> float:
    """Of one process, in nanosecond steps summed over its threads."""
    return sum(int(path.read_text().split()[0])
               for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def written(pid: int) -> int:
    """Bytes that a process caused to be written to a disk."""
    for line in Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    raise ValueError(f"no write_bytes of {pid}")


class Bench:
    """Collects the figures of one case; prints each as JSON when it is known."""

    def __init__(self, case: str) -> None:
        self.case = case
        self.figures: list[dict] = []

    def figure(self, name: str, value: float, unit: str, *, at_most: float | None = None,
               at_least: float | None = None, beside: str = "", runs: list | None = None) -> None:
        """One figure. beside: the alternative of the same run, in words with its own figure."""
        is_met = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
        limit = f"<= {at_most:g}" if at_most is not None else \
            f">= {at_least:g}" if at_least is not None else "-"
        figure = {"case": self.case, "name": name, "value": round(value, 3), "unit": unit,
                  "limit": limit, "met": is_met, "beside": beside, "runs": runs or [],
                  "machine": machine(), "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        self.figures.append(figure)
        print("# " + json.dumps(figure, ensure_ascii=False), flush=True)

    def missed(self) -> list[str]:
        return [f"{f['name']}: {f['value']:g} {f['unit']}, limit {f['limit']}"
                for f in self.figures if not f["met"]]


def table(figures: list[dict]) -> str:
    lines = [f"machine: {machine()}",
             f"{'case':22} {'figure':44} {'value':>9} {'unit':6} {'limit':>9}      beside"]
    for f in figures:
        lines.append(f"{f['case']:22} {f['name']:44} {f['value']:>9g} {f['unit']:6} {f['limit']:>9} "
                     f"{'ok  ' if f['met'] else 'MISS'} {f['beside']}")
    return "\n".join(lines)
