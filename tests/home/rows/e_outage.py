# SPDX-License-Identifier: Apache-2.0
"""e: the broker is away while all four kits measure: nothing is lost, all comes in order, no reading
under two ids."""
from __future__ import annotations

from .a_kits import AGAIN, START, STEP
from .support import KINDS, VirtualHome, equal, wait_for

ROUNDS = 3


def measured(home: VirtualHome) -> None:
    for i in range(ROUNDS):
        for kind in KINDS:
            words = [AGAIN[kind].format(START[kind] + (20 + i) * STEP[kind])]
            words += ["diastolic=75"] if kind == "cuff" else []
            words += ["pulse-rate=66"] if kind == "oximeter" else []
            equal(home.send(kind, *words)["delivered"] >= 1, True, f"{kind} {words} delivered")


def run(home: VirtualHome, case) -> None:
    for kind in KINDS:
        home.have(kind)
    wait_for(home.link_is_up, "the link")
    before = {r["id"] for r in home.readings()}
    with case("e: broker down while four kits measure, nothing lost, in order, one id each"):
        # A session that the broker keeps while it is down and we are away.
        home.listener("n-17", "reading/#", session="e-nurse").close()
        home.ward("broker", "down")
        wait_for(lambda: not home.link_is_up(), "the hub sees that the broker is gone", 90)
        measured(home)
        stored = [r["id"] for r in reversed(home.readings()) if r["id"] not in before]
        equal(len(stored), ROUNDS * len(KINDS), "readings in the hub")
        home.ward("broker", "up")
        with home.listener("n-17", "reading/#", session="e-nurse") as staff:
            heard = staff.wait_all(
                lambda all_of: [m for m in all_of if m.user["id"] in stored]
                if {m.user["id"] for m in all_of} >= set(stored) else None,
                "all readings after the outage", 90)
        order = list(dict.fromkeys(m.user["id"] for m in heard))
        equal(sorted(order), sorted(stored), "what arrived")
        ids = {(m.topic, observation_key(m)): set() for m in heard}
        for m in heard:
            ids[(m.topic, observation_key(m))].add(m.user["id"])
        equal([k for k, v in ids.items() if len(v) > 1], [], "readings under two ids")
        equal(order, arrived_in(home, stored), "their order")


def observation_key(message) -> str:
    return str([e["resource"].get("valueQuantity") or e["resource"].get("component")
                for e in message.json()["entry"]
                if e["resource"]["resourceType"] == "Observation"])


def arrived_in(home: VirtualHome, stored: list[str]) -> list[str]:
    """The order in which the hub kept them."""
    rows = {r["id"]: r["received"] for r in home.readings()}
    return sorted(stored, key=lambda one: (rows[one], stored.index(one)))
