# SPDX-License-Identifier: Apache-2.0
"""tests/hazards.md: every hazard of the risk analysis has a control that is there and a test that is
there. A test is a path, or a path and the name of a case that stands in that file."""
from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator

PAGE = "tests/hazards.md"
HAZARDS = [f"H{n}" for n in range(1, 19)]
QUOTED = re.compile(r"`([^`]+)`")


def rows(text: str) -> dict[str, list[str]]:
    """The cells of each row by its number."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if re.fullmatch(r"H[0-9]+", cells[0]):
            found[cells[0]] = cells
    return found


def reference_problem(reference: str, root: pathlib.Path) -> str | None:
    """What is wrong with `path` or `path: name`."""
    path, _, name = reference.partition(": ")
    place = root / path
    if not place.exists():
        return f"{path} is not there"
    if name and name not in place.read_text(encoding="utf-8", errors="replace"):
        return f"{path} has no {name}"
    return None


def problems(root: pathlib.Path, text: str | None = None) -> Iterator[str]:
    found = rows((root / PAGE).read_text(encoding="utf-8") if text is None else text)
    for hazard in HAZARDS:
        cells = found.get(hazard)
        if cells is None or len(cells) != 5:
            yield f"{PAGE}: {hazard} has no row of five columns"
            continue
        for what, cell in (("control", cells[2]), ("test", cells[3])):
            references = QUOTED.findall(cell)
            if not references:
                yield f"{PAGE}: {hazard} has no {what}"
            for reference in references:
                problem = reference_problem(reference, root)
                if problem:
                    yield f"{PAGE}: {hazard}: {problem}"
        if cells[3] and not any(r.startswith("tests/") for r in QUOTED.findall(cells[3])):
            yield f"{PAGE}: {hazard}: what it names is no test"


def test_the_lint_itself(root: pathlib.Path) -> Iterator[str]:
    """A row taken away, emptied or pointing nowhere must be found."""
    text = (root / PAGE).read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| H9 |"))
    cells = row.split("|")
    spoiled = (text.replace(row + "\n", ""),
               text.replace(row, "|".join([*cells[:4], " ", *cells[5:]])),
               text.replace(row, row.replace("nan_low_is_not_zero", "nan_low_is_zero")),
               text.replace(row, row.replace("daemon/base/decoded.h", "daemon/base/decoded.hh")))
    for n, broken in enumerate(spoiled):
        if broken == text or not any("H9" in p for p in problems(root, broken)):
            yield f"tests/lint/hazards.py does not find spoiled page {n}"
