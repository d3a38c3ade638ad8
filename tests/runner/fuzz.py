# SPDX-License-Identifier: Apache-2.0
"""
Runs every fuzz target from the seeds: some seconds each, or `--minutes N` for all of them together.
A crash is kept as a file. Prints the executions of each, with the limit beside them, as a table and
as JSON; the limit counts only where minutes were given.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import tempfile

from build import JOBS, ROOT, build, folder, run
from tally import Tally, say

SECONDS = float(os.environ.get("VAKA_FUZZ_SECONDS", "3"))
FAMILY_SECONDS = SECONDS / 3  # eleven of them share a few lines of code each
DECODERS = ("family_", "racp", "segments", "decode")
DECODER_LIMIT = 10_000_000
SOURCES = ROOT / "tests" / "fuzz"


def is_decoder(name: str) -> bool:
    return name.startswith(DECODERS) and name != "decoded_wire"


def seconds_of(name: str, n_targets: int, minutes: float | None) -> float:
    """Smoke: a moment. With minutes: an equal share of what the machine has in that time."""
    if minutes is not None:
        return minutes * 60 * int(JOBS) / n_targets
    return FAMILY_SECONDS if name.startswith("family_") else SECONDS


def run_target(tally: Tally, target: pathlib.Path, seeds: pathlib.Path, seconds: float) -> dict:
    name = target.name.removeprefix("fuzz_")
    crash = folder("fuzz") / f"crash-{name}-"
    with tempfile.TemporaryDirectory() as corpus:
        places = [corpus]
        places += [str(p) for p in (seeds / name, SOURCES / "seeds" / name) if p.is_dir()]
        done = run(str(target), f"-max_total_time={max(1, round(seconds))}", "-timeout=5",
                   "-max_len=4096" if not is_decoder(name) else "-max_len=256",
                   "-rss_limit_mb=1024", "-print_final_stats=1", f"-artifact_prefix={crash}",
                   *places)
    counted = re.search(r"number_of_executed_units:\s*(\d+)", done.stdout)
    result = {"target": name, "executions": int(counted[1]) if counted else 0,
              "seconds": round(seconds), "clean": done.returncode == 0,
              "limit": DECODER_LIMIT if is_decoder(name) else None}
    say(f"fuzz {name}: {result['executions']} executions"
        f"{'' if result['clean'] else ', and a crash'}")
    if done.returncode:
        tally.fail(f"fuzz {name}", done.stdout)
    else:
        tally.ok()
    return result


def report(tally: Tally, results: list[dict], minutes: float | None) -> None:
    print(f"{'target':<24}{'executions':>14}{'limit':>12}{'seconds':>9}  clean")
    for r in sorted(results, key=lambda r: r["target"]):
        limit = r["limit"] if minutes is not None and r["limit"] else "-"
        print(f"{r['target']:<24}{r['executions']:>14}{limit:>12}{r['seconds']:>9}  "
              f"{'yes' if r['clean'] else 'NO'}")
    print(json.dumps({"fuzz": {"minutes": minutes, "targets": results}}), flush=True)
    if minutes is None:
        return
    for r in results:
        if r["limit"] and r["executions"] < r["limit"]:
            tally.fail(f"fuzz {r['target']}: executions",
                       f"{r['executions']} of at least {r['limit']}: give it more minutes")


def main(tally: Tally, minutes: float | None = None) -> None:
    compiler = "clang"
    if not shutil.which(compiler):
        tally.skip("fuzz", "clang is not installed")
        return
    where = build(tally, "fuzz", "fuzz", compiler)
    if not where:
        return
    targets = sorted(p for p in (where / "tests" / "fuzz").glob("fuzz_*")
                     if p.is_file() and os.access(p, os.X_OK))
    listed = (SOURCES / "CMakeLists.txt").read_text(encoding="utf-8")
    targets = [p for p in targets if is_listed(p.name, listed)]  # a build folder keeps old ones
    names = {p.name for p in targets}
    for source in sorted(p.stem for p in SOURCES.glob("fuzz_*.c")):
        if not any(name == source or name.startswith(source + "_") for name in names):
            tally.fail(f"fuzz {source}", "a source without a target in tests/fuzz/CMakeLists.txt")
    seeds = where / "seeds"
    done = run("python3", "-B", str(SOURCES / "make_seeds.py"), str(seeds))
    if done.returncode:
        tally.fail("fuzz seeds", done.stdout)
        return

    def one(target: pathlib.Path) -> dict:
        name = target.name.removeprefix("fuzz_")
        return run_target(tally, target, seeds, seconds_of(name, len(targets), minutes))

    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        results = list(pool.map(one, targets))
    report(tally, results, minutes)


def is_listed(name: str, listed: str) -> bool:
    name = name.removeprefix("fuzz_")
    return bool(re.search(rf"^\s*vaka_fuzz\({name}\b", listed, re.MULTILINE)
                or re.search(rf"^\s*vaka_fuzz_family\({name.removeprefix('family_')}\b", listed,
                             re.MULTILINE))
