# SPDX-License-Identifier: Apache-2.0
"""Reads TAP, the form in which every kind of test reports its cases."""

import re
from collections.abc import Iterator

LINE = re.compile(r"^(not )?ok\b(?: +\d+)?(?: +-)? *(.*)$")


def cases(output: str) -> Iterator[tuple[str, str, str]]:
    """(ok|failed|skipped, name, reason) of each case."""
    for line in output.splitlines():
        match = LINE.match(line.strip())
        if not match:
            continue
        name, _, directive = match[2].partition("# ")
        if directive.upper().startswith("SKIP"):
            yield "skipped", name.strip(), directive[4:].strip() or "no reason given"
        else:
            yield ("failed" if match[1] else "ok"), name.strip(), ""
