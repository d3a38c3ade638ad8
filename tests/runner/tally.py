# SPDX-License-Identifier: Apache-2.0
"""What was counted, and the lines that say how far it is."""

import os
import sys
import time

STARTED = time.monotonic()


def say(text: str) -> None:
    """A line of progress with the time since the start."""
    seconds = int(time.monotonic() - STARTED)
    print(f"[{seconds // 60:2d}:{seconds % 60:02d}] {text}", flush=True)


class Tally:
    """Counts test cases. In CI a skip is a failure, so that none can grow unseen."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []
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
        print(f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped",
              flush=True)
        return 1 if self.failed else 0
