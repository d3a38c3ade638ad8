# SPDX-License-Identifier: Apache-2.0
"""A smoke run of every fuzz target: some seconds each, from the seeds. A crash is kept as a file."""

import concurrent.futures
import os
import pathlib
import shutil
import tempfile

from build import JOBS, ROOT, build, folder, run
from tally import Tally, say

SECONDS = os.environ.get("VAKA_FUZZ_SECONDS", "6")
SOURCES = ROOT / "tests" / "fuzz"


def run_target(tally: Tally, target: pathlib.Path, seeds: pathlib.Path) -> None:
    name = target.name.removeprefix("fuzz_")
    crash = folder("fuzz") / f"crash-{name}-"
    with tempfile.TemporaryDirectory() as corpus:
        places = [corpus]
        places += [str(p) for p in (seeds / name, SOURCES / "seeds" / name) if p.is_dir()]
        done = run(str(target), f"-max_total_time={SECONDS}", "-timeout=5", "-max_len=4096",
                   "-rss_limit_mb=1024", f"-artifact_prefix={crash}", *places)
    if done.returncode:
        tally.fail(f"fuzz {name}", done.stdout)
        return
    lines = done.stdout.strip().splitlines()
    say(f"fuzz {name}: {lines[-1] if lines else 'done'}")
    tally.ok()


def main(tally: Tally) -> None:
    compiler = "clang"
    if not shutil.which(compiler):
        tally.skip("fuzz", "clang is not installed")
        return
    where = build(tally, "fuzz", "fuzz", compiler)
    if not where:
        return
    targets = sorted(p for p in (where / "tests" / "fuzz").glob("fuzz_*")
                     if p.is_file() and os.access(p, os.X_OK))
    sources = {p.stem for p in SOURCES.glob("fuzz_*.c")}
    for name in sorted(sources - {p.name for p in targets}):
        tally.fail(f"fuzz {name}", "there is a source, but no target in tests/fuzz/CMakeLists.txt")
    seeds = where / "seeds"
    done = run("python3", "-B", str(SOURCES / "make_seeds.py"), str(seeds))
    if done.returncode:
        tally.fail("fuzz seeds", done.stdout)
        return
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        for _ in pool.map(lambda target: run_target(tally, target, seeds), targets):
            pass
