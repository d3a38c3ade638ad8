# SPDX-License-Identifier: Apache-2.0
"""What was counted, and the lines that say how far it is."""

import os
import sys
import time

STARTED = time.monotonic()
KEPT_LINES = 12  # of what a failed case said, told once more at the very end


def say(text: str) -> None:
    """A line of progress with the time since the start."""
    seconds = int(time.monotonic() - STARTED)
    print(f"[{seconds // 60:2d}:{seconds % 60:02d}] {text}", flush=True)


class Tally:
    """Counts test cases. In CI a skip is a failure, so that none can grow unseen."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []
        self.reasons: dict[str, list[str]] = {}
        self.skipped: list[str] = []
        self.is_strict = os.environ.get("CI", "").lower() in ("true", "1", "yes")

    def ok(self, count: int = 1) -> None:
        self.passed += count

    def fail(self, name: str, output: str = "") -> None:
        self.failed.append(name)
        say(f"FAILED {name}")
        for line in output.splitlines()[-60:]:
            print(f"        {line}")
        sys.stdout.flush()
        self.explain(name, output)

    def explain(self, name: str, output: str) -> None:
        """The end of what a failed case said; a log that follows it would push it out of sight."""
        kept = self.reasons.setdefault(name, [])
        kept += output.splitlines()
        del kept[:-KEPT_LINES]

    def skip(self, name: str, why: str) -> None:
        if self.is_strict:
            self.fail(name, f"skipped: {why} (CI: a skip is a failure)")
            return
        self.skipped.append(name)
        say(f"skipped {name}: {why}")

    def summary(self) -> int:
        for name in self.skipped:
            print(f"skipped: {name}")
        for name in self.failed:
            print(f"failed:  {name}")
            for line in self.reasons.pop(name, []):
                print(f"         {line}")
        print(f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped",
              flush=True)
        return 1 if self.failed else 0
