# SPDX-License-Identifier: Apache-2.0
"""Tests that are programs of their own and report in TAP: home, bench, soak, fhir."""

import os
import subprocess

import tap
from build import ROOT
from tally import Tally, say


def main(tally: Tally, what: str, *arguments: str) -> None:
    program = ROOT / "tests" / what / "run"
    if not program.exists():
        say(f"{what}: there is none yet (no tests/{what}/run)")
        return
    say(f"{what}: {program.relative_to(ROOT)}")
    n_cases = 0
    with subprocess.Popen([str(program), *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=1,
                          errors="replace", env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdout
        recent: list[str] = []
        failing = ""  # the case whose reason the comment lines after it tell
        for line in process.stdout:
            say(f"{what}: {line.rstrip()}")
            if failing and line.startswith("# ") and not line.startswith("# log: "):
                tally.explain(failing, line[2:])
            else:
                failing = ""
            for result, name, reason in tap.cases(line):
                n_cases += 1
                failing = f"{what}: {name}" if result == "failed" else ""
                if result == "ok":
                    tally.ok()
                elif result == "skipped":
                    tally.skip(f"{what}: {name}", reason)
                else:
                    tally.fail(f"{what}: {name}")
            recent = [*recent[-40:], line]
        status = process.wait()
    if status == 77 and not n_cases:
        tally.skip(what, recent[-1].strip() if recent else "it asked to be skipped")
    elif status not in (0, 1) or not n_cases or (status == 1 and not tally.failed):
        tally.fail(what, f"ended with status {status} after {n_cases} cases")
