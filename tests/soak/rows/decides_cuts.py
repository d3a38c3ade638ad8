# SPDX-License-Identifier: Apache-2.0
"""Issue 4, row e in full: a power cut in every state of an alert and of a check changes nothing."""
from __future__ import annotations

import json

from rows.decides_e import BASE, RECHECK_S, Night, clinical_of, crisis, put_in_force
from rows.support import check, equal, wait_for

ALERTS = ("raised", "received", "accepted")
CHECKS = ("due", "claimed", "viewing", "recheck-wait", "visit-required", "visit-accepted", "arrived")
WAYS = {"due": (), "claimed": (("claim", "claimed"),), "viewing": (("view", "viewing"),),
        "recheck-wait": (("view", "viewing"), ("outcome:not-in-bed", "recheck-wait")),
        "visit-required": (("view", "viewing"), ("outcome:concern", "visit-required"))}
WAYS["visit-accepted"] = (*WAYS["visit-required"], ("visit-accept", "visit-accepted"))
WAYS["arrived"] = (*WAYS["visit-accepted"], ("arrive", "arrived"))
ROUNDS = len(ALERTS) * len(CHECKS)
LIMIT = f"0 changes by {ROUNDS} cuts, one in each pair of states"


class Walk:
    """A home with a cuff, and a seed for what the disk loses."""

    def __init__(self, home, seed: int) -> None:
        self.home, self.seed = home, seed
        home.have("cuff")
        # Longer than a power cut on a slow machine: a claim would run out, as it should.
        put_in_force(home, 2, ("    recheck_after: 15min", "    recheck_after: 15min\n"
                               "    view_start: 10min"))
        self.staff = home.listener("night-3", "check/#")

    def alert_in(self, state: str) -> dict:
        self.home.send("cuff", "systolic=190", "diastolic=112", "pulse-rate=80")
        alert = wait_for(lambda: crisis(self.home), "an alert")
        if state != "raised":
            self.home.publish("care-service", f"{BASE}/receipt/care-service",
                              json.dumps({"stored": [alert["id"]]}))
            wait_for(lambda: crisis(self.home)["state"] == "received", "the receipt counts")
        if state == "accepted":
            self.home.command("n-17", "alert/accept", object=alert["id"])
        return crisis(self.home)

    def check_in(self, state: str) -> Night:
        night = Night(self.home, self.staff)
        for verb, then in WAYS[state]:
            verb, _, outcome = verb.partition(":")
            night.does(verb, then, **({"outcome": outcome} if outcome else {}))
        return night

    def cut(self, number: int) -> None:
        self.home.ward("power", "cut", "--seed", str(self.seed * 1000 + number))
        self.home.ward("power", "on")
        wait_for(self.home.is_ready, "the hub after the cut", 120)
        wait_for(self.home.link_is_up, "the link is back", 120)

    def clean(self, alert: dict, night: Night) -> None:
        """Both are brought to their end by people, whatever state they are in."""
        if night.now()["state"] == "recheck-wait":
            self.home.later(RECHECK_S)
            wait_for(lambda: night.now()["state"] == "due", "the second look is due", 60)
        for verb, more in (("view", {}), ("outcome", {"outcome": "concern"}), ("visit-accept", {}),
                           ("arrive", {}), ("done", {"outcome": "helped"})):
            self.home.command("night-3", f"check/{verb}", object=night.id, **more)
        wait_for(lambda: night.now()["state"] == "done", "the check is done", 60)
        for a in self.home.vakactl("alerts"):
            if a["class"] == "clinical":
                self.home.command("n-17", "alert/accept", object=a["id"])
                self.home.command("n-17", "alert/close", object=a["id"], outcome="called")
        check(alert["id"] not in [a["id"] for a in self.home.vakactl("alerts")], "the alert is closed")


def begin(home, seed: int) -> Walk:
    return Walk(home, seed)


def round(walk: Walk, number: int) -> str:
    alert_state, check_state = ALERTS[number % len(ALERTS)], CHECKS[number % len(CHECKS)]
    alert, night = walk.alert_in(alert_state), walk.check_in(check_state)
    before = (clinical_of(walk.home), night.now())
    walk.cut(number)
    after = (clinical_of(walk.home), night.now())
    equal(after[0], before[0], f"alerts over a cut, {alert_state}")
    if check_state != "viewing":  # a view ends after half a minute, with or without power
        equal(after[1], before[1], f"the check over a cut, {check_state}")
    equal(walk.home.vakactl("audit", "verify")["whole"], True, "the audit chain")
    walk.clean(alert, night)
    return f"{alert_state} and {check_state}: nothing changed"


def end(walk: Walk) -> str:
    walk.staff.close()
    return f"{ROUNDS} cuts, nothing changed"
