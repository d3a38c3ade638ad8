#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A restart at every single event of a month, one replay each: the effects are the same, byte for
byte. Prints a table and one line of JSON; ends with 1 where one differs.

  core_restarts.py VAKACTL FOLDER        FOLDER of tests/scenario, with plan, events and effects
"""

import json
import pathlib
import subprocess
import sys
import time


def main(vakactl: str, folder: pathlib.Path) -> int:
    events = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    effects = (folder / "effects.jsonl").read_text(encoding="utf-8")
    began, different = time.monotonic(), []
    for i, line in enumerate(events[:-1]):
        restart = {"t": json.loads(line)["t"], "restart": {"off_s": 0, "clock": "synced"}}
        lines = [*events[:i + 1], json.dumps(restart), *events[i + 1:], ""]
        run = subprocess.run([vakactl, "replay", "--plan", str(folder / "plan.yaml"), "-"],
                             input="\n".join(lines), capture_output=True, text=True, check=False)
        if run.returncode or run.stdout != effects:
            different.append(i + 1)
    result = {"bench": "core_restarts", "restarts": len(events) - 1, "different": len(different),
              "different_limit": 0, "seconds": round(time.monotonic() - began, 1),
              "ok": not different}
    print("restarts  different  limit  seconds")
    print(f"{result['restarts']:8}  {len(different):9}  {0:5}  {result['seconds']:7}")
    if different:
        print("behind lines", *different[:20])
    print(json.dumps(result))
    return 1 if different else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
