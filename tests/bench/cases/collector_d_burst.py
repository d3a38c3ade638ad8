# SPDX-License-Identifier: Apache-2.0
"""Issue 3, row d: 500 records without a pause are stored and confirmed within twice the time that the
simulator needs to send them. Sent is a record when the controller has it, not when it lies in a queue."""
from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from harness import Bench, median
from rows.r_history import TIMES, burst
from rows.support import PATIENT, Missing, VirtualHome

BURSTS, QUICK = 5, 1


def run(bench: Bench, quick: bool) -> None:
    if not shutil.which("qemu-system-x86_64"):
        raise Missing("qemu-system-x86_64")
    folder = Path(tempfile.mkdtemp(prefix="vaka-bench-burst-"))
    home = VirtualHome(folder)
    try:
        home.up()
        device = home.pair("meter", "keeper", PATIENT, "--passkey")["device"]
        seen = [burst(home, device) for _ in range(QUICK if quick else BURSTS)]
    finally:
        home.down()
        shutil.rmtree(folder, ignore_errors=True)
    bench.figure("stored and confirmed", median([s["times"] for s in seen]), "times", at_most=TIMES,
                 beside=f"of {median([s['sending_s'] for s in seen]):.2f} s to send; received "
                        f"{median([s['received_times'] for s in seen]):.2f} times",
                 runs=[s["times"] for s in seen])
    bench.figure("records lost", sum(s["lost"] for s in seen), "", at_most=0)
