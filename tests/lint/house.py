# SPDX-License-Identifier: Apache-2.0
"""The habits that a file shows by itself: licence line, length, no loose ends, no foreign paths."""

import pathlib
import re
from collections.abc import Iterator

SOURCES = (".c", ".h", ".py", ".sh", ".cmake")
LONGEST = 600
LONGEST_TEST = 800  # tables of cases run on
LOOSE_ENDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# Folders of one person's machine; the appliance's own paths are none of these.
FOREIGN_PATHS = re.compile(r"(?<![\w./-])/(work|home/[a-z]+|Users|root/[a-z]|tmp/(?:brief|build-))\b")
# Nothing here may tell anybody that all is well (design, section 2): it says what was measured.
REASSURING = re.compile(r"\b(allt är (bra|väl|lugnt)|ingen fara|all is well|everything is (fine|ok))\b",
                        re.IGNORECASE)
WITHOUT_README = {".ci", "cmake", ".github"}


def is_script(path: pathlib.Path) -> bool:
    if path.suffix in SOURCES or path.suffix:
        return False
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def file_problems(path: str, root: pathlib.Path) -> Iterator[str]:
    """What is wrong in one file of ours."""
    full = root / path
    if full.suffix not in SOURCES and full.name != "CMakeLists.txt" and not is_script(full):
        return
    lines = full.read_text(encoding="utf-8", errors="replace").splitlines()
    if not any("SPDX-License-Identifier:" in line for line in lines[:3]):
        yield f"{path}:1: no SPDX line"
    longest = LONGEST_TEST if path.startswith("tests/") else LONGEST
    if len(lines) > longest:
        yield f"{path}:{longest}: {len(lines)} lines; a file of this house has at most {longest}"
    is_this = path == "tests/lint/house.py"
    for number, line in enumerate(lines, 1):
        if LOOSE_ENDS.search(line) and not is_this:
            yield f"{path}:{number}: a loose end belongs into an issue"
        if (REASSURING.search(line) and path.startswith(("daemon/", "plugins/", "config/")) and
                not line.lstrip().startswith(("*", "/*"))):
            yield f"{path}:{number}: nobody is told that all is well"
        if FOREIGN_PATHS.search(line) and not is_this:
            yield f"{path}:{number}: a path of somebody's machine"


def folders_without_readme(paths: list[str]) -> Iterator[str]:
    """Each folder of the house (two levels, and the ones the design names) explains itself."""
    folders = {path.split("/")[0] for path in paths if "/" in path}
    for top in ("daemon", "plugins", "tests"):
        folders |= {"/".join(path.split("/")[:2]) for path in paths
                    if path.startswith(top + "/") and path.count("/") >= 2}
    folders |= {"plugins/ble/att", "plugins/ble/profiles", "daemon/include/vaka"} & {
        path.rpartition("/")[0] for path in paths}
    folders -= {"daemon/include"}
    for folder in sorted(folders - WITHOUT_README):
        if f"{folder}/README.md" not in paths:
            yield f"{folder}: no README.md"
    if "README.md" not in paths:
        yield "no README.md"
