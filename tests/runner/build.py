# SPDX-License-Identifier: Apache-2.0
"""Builds a preset, with a compiler, in a folder of its own."""

import os
import pathlib
import re
import shutil
import subprocess

from tally import Tally, say

ROOT = pathlib.Path(__file__).resolve().parents[2]
JOBS = str(os.cpu_count() or 2)


def folder(name: str) -> pathlib.Path:
    """build-NAME in the repository, or below $VAKA_BUILD."""
    where = os.environ.get("VAKA_BUILD")
    return (pathlib.Path(where) if where else ROOT) / f"build-{name}"


def cache() -> pathlib.Path:
    """What may be lost: everything works without it, slower."""
    return pathlib.Path(os.environ.get("VAKA_CACHE") or ROOT / ".cache")


def remembered() -> tuple[list[str], dict[str, str]]:
    """Options and environment of a build that knows what it compiled before, in another clone too."""
    if not shutil.which("ccache"):
        return [], {}
    return ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"], {
        "CCACHE_DIR": str(cache() / "ccache"), "CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1",
        "CCACHE_MAXSIZE": "1G"}


def run(*command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                          check=False)


def without_steps(output: str) -> str:
    """What a build says when it fails, without the steps that went well."""
    steps = re.compile(r"^\[\d+/\d+\] (Building|Linking)")
    return "\n".join(line for line in output.splitlines() if not steps.match(line))


def build(tally: Tally, name: str, preset: str, compiler: str) -> pathlib.Path | None:
    """Configures and builds; counts one case. None when it could not be built."""
    case = f"build {name}"
    if not shutil.which(compiler):
        tally.skip(case, f"{compiler} is not installed")
        return None
    say(f"{case}: preset {preset} with {compiler}")
    where = folder(name)
    options, env = remembered()
    done = run("cmake", "--preset", preset, "-B", str(where), f"-DCMAKE_C_COMPILER={compiler}",
               "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *options)
    if done.returncode == 0:
        if "vaka-gpio is left out" in done.stdout:
            say("vaka-gpio is left out of this build: there is no libgpiod 2 here")
        done = run("ninja", "-C", str(where), "-j", JOBS, env=env)
    if done.returncode:
        tally.fail(case, without_steps(done.stdout))
        return None
    tally.ok()
    return where
