# SPDX-License-Identifier: Apache-2.0
"""Bundles before validators that nobody here wrote: those of a matrix, and those that the hub sent in
the tests that play its relay."""

import pathlib
import tempfile

import programs
from build import JOBS, build, run
from tally import Tally, say

SENDERS = "^test_(vakad|store_trouble|second_path|audit|plans_in_force|commands|people)$"


def main(tally: Tally) -> None:
    where = build(tally, "dev", "dev", "gcc")
    if not where:
        return
    with tempfile.TemporaryDirectory() as seen:
        say("fhir: the hub's tests, their Bundles kept")
        done = run("ctest", "--test-dir", str(where), "-R", SENDERS, "-j", JOBS,
                   "--output-on-failure", env={"VAKA_SEEN": seen})
        files = sorted(str(file) for file in pathlib.Path(seen).iterdir())
        if done.returncode or not files:
            tally.fail("fhir: the hub's tests", done.stdout)
        else:
            tally.ok()
        programs.main(tally, "fhir", str(where / "tests/unit/fhir/fhir_samples"), *files)
