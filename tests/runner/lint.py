# SPDX-License-Identifier: Apache-2.0
"""Checks that need no running program: form, directions, habits, scripts, units, clang-tidy."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import sys
import time

import tap
from build import ROOT, build, cache, run
from tally import Tally, say

sys.path.insert(0, str(ROOT / "tests" / "lint"))

import hazards  # noqa: E402
import house  # noqa: E402
import includes  # noqa: E402

FORMAT_VERSION = "14"  # the one of Debian 12; others disagree about details
TIDY_SECONDS = int(os.environ.get("VAKA_TIDY_SECONDS", "120"))
# What a folder's library may not ask of the C library, whatever its sources look like.
CORE_FORBIDDEN = re.compile(
    r"^(time|clock_gettime|gettimeofday|localtime.*|gmtime.*|mktime|strftime|(v|f|vf|d|vd|as|vas)?printf|puts|"
    r"fopen.*|open.*|read|write|socket|getenv|malloc|calloc|realloc|free|strdup|pthread_.*)$")


def our_files() -> list[str]:
    """Everything that is or will be in the repository."""
    if shutil.which("git") and (ROOT / ".git").exists():
        done = run("git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others",
                   "--exclude-standard")
        paths = [p for p in done.stdout.split("\0") if p]
    else:
        paths = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()]
        paths = [p for p in paths if not p.startswith((".git/", ".cache/", "build"))]
    return sorted(p for p in paths if (ROOT / p).is_file() and not (ROOT / p).is_symlink())


def judge(tally: Tally, name: str, problems: list[str]) -> None:
    if problems:
        tally.fail(name, "\n".join(problems))
    else:
        tally.ok()


def check_format(tally: Tally, sources: list[str]) -> None:
    tool = shutil.which(f"clang-format-{FORMAT_VERSION}") or shutil.which("clang-format")
    if not tool:
        tally.skip("lint: format", "clang-format is not installed")
        return
    version = run(tool, "--version").stdout
    if f"version {FORMAT_VERSION}." not in version:
        say(f"format is judged by clang-format {FORMAT_VERSION} only; here is {version.strip()}")
        return
    done = run(tool, "--dry-run", "-Werror", *sources)
    wrong = sorted({line.split(":")[0] for line in done.stdout.splitlines() if ": error:" in line})
    judge(tally, "lint: format", [f"clang-format -i {path}" for path in wrong])


def is_bash(path: str) -> bool:
    with (ROOT / path).open("rb") as file:
        first = file.readline(80)
    return bool(re.match(rb"#!.*\b(ba|da)?sh\b", first))


def check_scripts(tally: Tally, files: list[str]) -> None:
    scripts = [p for p in files if is_bash(p)]
    if not shutil.which("shellcheck"):
        tally.skip("lint: scripts", "shellcheck is not installed")
        return
    # Not across files: what a sourced file sets is not seen.
    done = run("shellcheck", "-S", "warning", "-e", "SC1090,SC1091,SC2154", *scripts)
    judge(tally, f"lint: {len(scripts)} scripts", done.stdout.splitlines() if done.returncode else [])


def check_python(tally: Tally, files: list[str]) -> None:
    problems = []
    scripts = [p for p in files if p.endswith(".py")]
    for path in scripts:
        try:
            compile((ROOT / path).read_text(encoding="utf-8"), path, "exec")
        except SyntaxError as error:
            problems.append(f"{path}:{error.lineno}: {error.msg}")
    judge(tally, f"lint: {len(scripts)} Python files", problems)


def check_units(tally: Tally) -> None:
    program = ROOT / "tests" / "lint" / "units"
    if not program.exists():
        return
    done = run(str(program))
    found = list(tap.cases(done.stdout))
    for result, name, reason in found:
        if result == "ok":
            tally.ok()
        elif result == "skipped":
            tally.skip(f"lint: {name}", reason)
        else:
            tally.fail(f"lint: {name}", done.stdout)
    if done.returncode == 77 and not found:
        tally.skip("lint: units", (done.stdout.strip().splitlines() or ["cannot run here"])[-1])
    elif done.returncode and not any(r == "failed" for r, _, _ in found):
        tally.fail("lint: units", done.stdout)
    elif not found:
        tally.ok()


def check_core_links(tally: Tally, where: pathlib.Path) -> None:
    """The core's objects name no function of the C library that is clock, heap or I/O."""
    library = where / "daemon" / "core" / "libvaka_core.a"
    if not library.exists() or not shutil.which("nm"):
        tally.skip("lint: what the core links", "there is no built core, or no nm")
        return
    names = {line.split()[-1] for line in run("nm", "-u", str(library)).stdout.splitlines()
             if line.strip().startswith("U ")}
    judge(tally, "lint: what the core links",
          [f"the core calls {name}" for name in sorted(names) if CORE_FORBIDDEN.match(name)])


def built_from(where: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """Object -> what of the house it was compiled from, as the build remembers it."""
    parts: dict[str, list[pathlib.Path]] = {}
    found: list[pathlib.Path] = []
    for line in run("ninja", "-C", str(where), "-t", "deps").stdout.splitlines():
        if line.startswith(" "):
            path = (where / line.strip()).resolve()
            if path.is_relative_to(ROOT):
                found.append(path)
        elif ": #deps" in line:
            found = parts.setdefault(line.split(": #deps")[0], [])
    return parts


def object_of(entry: dict[str, str]) -> str:
    found = re.search(r" -o (\S+) ", entry["command"])
    return found.group(1) if found else ""


def tidy_key(entry: dict[str, str], rules: bytes, parts: list[pathlib.Path]) -> str:
    digest = hashlib.sha256(rules + entry["command"].replace(str(ROOT), "").encode())
    for path in sorted({ROOT / entry["file"], *parts}):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def tidy_one(tool: str, where: pathlib.Path, entry: dict[str, str], end: float) -> str | None:
    """What clang-tidy says about one file; None when time is up."""
    if time.monotonic() > end:
        return None
    done = run(tool, "--quiet", "-p", str(where), entry["file"])
    return done.stdout if done.returncode else ""


def check_tidy(tally: Tally, where: pathlib.Path, files: list[str]) -> None:
    """Remembers what was clean, so that only what changed is looked at again."""
    tool = shutil.which("clang-tidy")
    if not tool:
        tally.skip("lint: clang-tidy", "clang-tidy is not installed")
        return
    rules = run(tool, "--version").stdout.encode() + (ROOT / ".clang-tidy").read_bytes()
    # Of an object that the build does not know, any header may be a part.
    parts, every = built_from(where), [ROOT / p for p in files if p.endswith(".h")]
    entries = [e for e in json.loads((where / "compile_commands.json").read_text())
               if "/daemon/" in e["file"] or "/plugins/" in e["file"]]
    unique = {e["file"]: e for e in entries}
    memory = cache() / "tidy"
    memory.mkdir(parents=True, exist_ok=True)
    keys = {tidy_key(e, rules, parts.get(object_of(e), every)): e for e in unique.values()}
    todo = {key: e for key, e in keys.items() if not (memory / key).exists()}
    say(f"clang-tidy: {len(todo)} of {len(unique)} files, at most {TIDY_SECONDS} s")
    end = time.monotonic() + TIDY_SECONDS
    late = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = pool.map(lambda item: (item, tidy_one(tool, where, item[1], end)), todo.items())
        for (key, entry), output in results:
            name = os.path.relpath(entry["file"], ROOT)
            if output is None:
                late += 1
            elif output:
                tally.fail(f"lint: clang-tidy {name}", output)
            else:
                (memory / key).touch()
                tally.ok()
    tally.ok(len(unique) - len(todo))
    if late:
        say(f"clang-tidy: time was up, {late} files are left for the next run")


def main(tally: Tally) -> None:
    files = our_files()
    sources = [p for p in files if p.endswith((".c", ".h"))]
    ours = [p for p in sources if p.startswith(("daemon/", "plugins/"))]
    check_format(tally, sources)
    judge(tally, "lint: directions", [w for p in ours for w in includes.problems(p, ROOT)])
    judge(tally, "lint: habits", [w for p in files for w in house.file_problems(p, ROOT)])
    judge(tally, "lint: every folder explains itself", list(house.folders_without_readme(files)))
    judge(tally, "lint: every hazard has a control and a test",
          [*hazards.problems(ROOT), *hazards.test_the_lint_itself(ROOT)])
    check_scripts(tally, files)
    check_python(tally, files)
    check_units(tally)
    where = build(tally, "dev-clang", "dev", "clang")
    if where:
        check_core_links(tally, where)
        check_tidy(tally, where, files)
