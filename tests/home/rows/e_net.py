# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row e: the way to the staff loses every tenth packet, or is 800 ms late, by the kernel's own
netem: the link stays, what is measured arrives, a high alert within seconds."""
from __future__ import annotations

import time

from .support import PATIENT, VirtualHome, check, equal, wait_for

READINGS, ALERT_S = 3, 10


def measured(home: VirtualHome, first: int) -> None:
    with home.listener("n-17", "reading/#", f"alert/{PATIENT}/#") as staff:
        known = {r["id"] for r in home.readings()}
        for i in range(READINGS):
            home.send("cuff", f"systolic={first + i}", "diastolic=75", "pulse-rate=66")
        home.send("cuff", "systolic=190", "diastolic=112", "pulse-rate=80")
        alert = staff.wait(lambda m: m.payload and m.topic.startswith("alert/") and
                           m.json()["rule"] == "BP_CRISIS", "the high alert", 60)
        stored = {r["id"]: r["stored"] for r in home.readings() if r["id"] not in known}
        equal(len(stored), READINGS + 1, "readings that are stored")
        staff.wait_all(lambda all_of: {m.user["id"] for m in all_of} >= set(stored), "all of them arrive", 60)
        crisis = next(m for m in staff.messages if m.topic.startswith("reading/") and "190" in m.payload)
        check(alert.at - crisis.at < ALERT_S, f"the alert came {alert.at - crisis.at:.1f} s after its reading")
    equal(home.vakactl("status")["link"]["state"], "up", "the link")
    for a in home.vakactl("alerts"):
        if a["class"] == "clinical":
            home.command("n-17", "alert/accept", object=a["id"])
            home.command("n-17", "alert/close", object=a["id"], outcome="called")


def settled(home: VirtualHome) -> None:
    wait_for(lambda: home.vakactl("status")["engine"]["outbox"]["depth"] == 0, "nothing waits", 60)


def run(home: VirtualHome, case) -> None:
    home.have("cuff")
    for words, first in ((("loss", "10%"), 121), (("delay", "800ms"), 131)):
        with case(f"e: net {' '.join(words)}: all arrives, the high alert within {ALERT_S} s"):
            home.ward("net", *words)
            try:
                began = time.monotonic()
                measured(home, first)
                print(f"# e: net {' '.join(words)}: {time.monotonic() - began:.0f} s in all", flush=True)
            finally:
                home.ward("net", "off")
            settled(home)
