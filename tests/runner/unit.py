# SPDX-License-Identifier: Apache-2.0
"""Unit tests in three builds: two compilers, two sanitizers; and a build by the compiler of Debian 13."""

import pathlib
import platform
import shutil
import tempfile
import xml.etree.ElementTree as ET

import tap
from build import JOBS, ROOT, build, cache, run, without_steps
from tally import Tally, say

# name, preset, compiler, and programs at once for each core: many wait for brokers, timers and
# restarts, and more of them than cores keep the cores busy; less so where each step costs more.
BUILDS = (
    ("dev", "dev", "gcc", 5),
    ("asan-clang", "asan", "clang", 3),
    ("tsan", "tsan", "gcc", 3),
)
# Folders that are pure: there is one thread, and nothing for the thread sanitizer to see.
PURE = ("conf", "core", "ctl", "fhir", "kit", "models", "profiles")
SANITIZERS = {
    "CMOCKA_MESSAGE_OUTPUT": "TAP",
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1",
}


def count_program(tally: Tally, build_name: str, element: ET.Element) -> None:
    """One test program: its cases if it reports any, else itself."""
    name = f"{build_name}/{element.get('name')}"
    status = element.get("status")
    output = element.findtext("system-out") or ""
    found = list(tap.cases(output))
    failed = 0
    for result, case, reason in found:
        if result == "ok":
            tally.ok()
        elif result == "skipped":
            tally.skip(f"{name}: {case}", reason)
        else:
            tally.fail(f"{name}: {case}", "" if failed else output)
            failed += 1
    if status == "fail" and not failed:
        tally.fail(name, output)
    elif status in ("notrun", "disabled") and not found:
        lines = output.strip().splitlines()
        tally.skip(name, lines[-1] if lines else "it asked to be skipped")
    elif not found:
        tally.ok()


def keep_costs(source: pathlib.Path, target: pathlib.Path) -> None:
    """How long each took the last time: ctest begins with the longest, also in a fresh folder."""
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def run_tests(tally: Tally, name: str, where: pathlib.Path, at_once: int) -> None:
    costs = where / "Testing/Temporary/CTestCostData.txt", cache() / "costs" / name
    keep_costs(costs[1], costs[0])
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch) / "report.xml"
        command = ["ctest", "--test-dir", str(where), "-L", "unit", "-j", str(at_once),
                   "--output-junit", str(report), "--test-output-size-passed", "4000000",
                   "--test-output-size-failed", "4000000"]
        if name == "tsan":  # its shadow memory wants a fixed layout
            command = ["setarch", platform.machine(), "-R", *command,
                       "-LE", f"^({'|'.join(PURE)})$"]
        done = run(*command, env=SANITIZERS)
        keep_costs(*costs)
        if not report.exists():
            tally.fail(f"{name}: ctest", done.stdout)
            return
        programs = list(ET.parse(report).getroot().iter("testcase"))
    before = tally.passed
    if not programs:
        tally.fail(f"{name}: ctest", "no test was found")
    for element in programs:
        count_program(tally, name, element)
    say(f"{name}: {len(programs)} programs, {tally.passed - before} cases passed")


def newest_compiler(tally: Tally) -> None:
    """The house is built with GCC 14 too; elsewhere than on Debian 13 in image/build's root."""
    name = "build with GCC 14"
    version = run("gcc", "-dumpversion").stdout.strip() if shutil.which("gcc") else ""
    if version.split(".")[0] == "14":
        say(f"{name}: that is the compiler here, done above")
        return
    if not shutil.which("mmdebstrap"):
        tally.skip(name, "mmdebstrap is not installed")
        return
    say(f"{name}: in the build root of image/build")
    done = run(str(ROOT / "tests/runner/gcc14"))
    if done.returncode == 77:
        tally.skip(name, done.stdout.strip().splitlines()[-1])
    elif done.returncode:
        tally.fail(name, without_steps(done.stdout))
    else:
        tally.ok()


def main(tally: Tally) -> None:
    for name, preset, compiler, at_once in BUILDS:
        where = build(tally, name, preset, compiler)
        if where:
            run_tests(tally, name, where, at_once * int(JOBS))
    newest_compiler(tally)
