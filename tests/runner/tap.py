# SPDX-License-Identifier: Apache-2.0
"""Reads how test programs report their cases: TAP, or the verbose lines of Python's unittest."""

import re
from collections.abc import Iterator

LINE = re.compile(r"^(not )?ok\b(?: +\d+)?(?: +-)? *(.*)$")
UNITTEST = re.compile(r"^(.*?)(?: \([\w.]+\).*)? \.\.\. "
                      r"(ok|FAIL|ERROR|skipped)(?: ['\"](.*)['\"])?$")
UNITTEST_RESULTS = {"ok": "ok", "FAIL": "failed", "ERROR": "failed", "skipped": "skipped"}


def cases(output: str) -> Iterator[tuple[str, str, str]]:
    """(ok|failed|skipped, name, reason) of each case."""
    for line in output.splitlines():
        match = UNITTEST.match(line)
        if match:
            yield UNITTEST_RESULTS[match[2]], match[1], match[3] or ""
            continue
        match = LINE.match(line.strip())
        if not match:
            continue
        name, _, directive = match[2].partition("# ")
        if directive.upper().startswith("SKIP"):
            yield "skipped", name.strip(), directive[4:].strip() or "no reason given"
        else:
            yield ("failed" if match[1] else "ok"), name.strip(), ""
