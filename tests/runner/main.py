# SPDX-License-Identifier: Apache-2.0
"""Behind tests/run: runs one kind of test or all, and closes with what was counted."""

import pathlib
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import fhir  # noqa: E402
import fleet  # noqa: E402
import fuzz  # noqa: E402
import lint  # noqa: E402
import programs  # noqa: E402
import unit  # noqa: E402
from tally import Tally, say  # noqa: E402

KINDS = {
    "lint": lint.main,
    "unit": unit.main,
    "fuzz": fuzz.main,
    "fhir": fhir.main,
    "fleet": fleet.main,
    "home": lambda tally: programs.main(tally, "home"),
    "bench": lambda tally: programs.main(tally, "bench"),
    "soak": lambda tally: programs.main(tally, "soak"),
}
ALL = ("lint", "unit", "fuzz", "home")


def main(what: str, minutes: float | None) -> int:
    tally = Tally()
    for kind in ALL if what == "all" else (what,):
        say(f"== {kind}")
        try:
            if kind == "fuzz":
                fuzz.main(tally, minutes)
            else:
                KINDS[kind](tally)
        except KeyboardInterrupt:
            tally.fail(kind, "interrupted")
            break
        except Exception:  # one kind that breaks must not hide the others' results
            tally.fail(kind, traceback.format_exc())
    return tally.summary()


if __name__ == "__main__":
    given = sys.argv[2] if len(sys.argv) > 2 else ""
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all", float(given) if given else None))
