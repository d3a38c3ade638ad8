# SPDX-License-Identifier: Apache-2.0
"""Issue 3, row f: a bond lost on the device is named within 5 s, causes no storm of connections,
and is healed by following only what vakactl says."""
from __future__ import annotations

import json
import re
import time

from .support import VirtualHome, check, equal, wait_for

NAMED_S, WINDOW_S, LINKS_MAX = 5, 15, 8


def state(home: VirtualHome, address: str) -> str:
    return next(d["state"] for d in home.vakactl("devices") if d["address"] == address)


def lost(home: VirtualHome, address: str) -> None:
    """The cuff loses its half while nobody looks, and its person measures."""
    device = address.replace(":", "")
    with home.listener("n-17", "health") as health:
        began = time.monotonic()
        home.ward("kit", "send", "cuff", "systolic=131", "diastolic=81", "pulse-rate=61", "--no-wait",
                  "--fault", "bond-lost", "--window", str(WINDOW_S))
        wait_for(lambda: state(home, address) == "bond-lost", "vakactl devices says bond-lost", NAMED_S)
        health.wait(lambda m: f"bond-lost-{device}" in fault_names(m.json()), "health names it",
                    NAMED_S - (time.monotonic() - began))


def fault_names(health: dict) -> set[str]:
    return {f["name"] for f in (health.get("engine") or {}).get("faults", [])}


def links(home: VirtualHome) -> int:
    return int(home.ward("exec", "journalctl -o cat --no-pager -u vaka-kit@cuff | grep -c 'link up'",
                         check=False).stdout)


def no_storm(home: VirtualHome, links_before: int) -> None:
    wait_for(lambda: not json.loads(home.ward("kit", "status", "cuff").stdout)["advertising"] and
             "window closed" in home.ward("exec", "journalctl -o cat --no-pager -u vaka-kit@cuff | "
                                          "tail -n 3").stdout, "the window is over", WINDOW_S + 10)
    n = links(home) - links_before
    check(n <= LINKS_MAX, f"{n} connections in {WINDOW_S} s, at most {LINKS_MAX}")


def healed_by_the_book(home: VirtualHome, address: str) -> None:
    """Its two steps: pairing mode, as it says, and the command it prints, as it stands."""
    said = home.ward("exec", "vakactl devices").stdout
    command = re.search(r"vakactl pair [^\s].*$", said, re.M)
    check(command, f"vakactl devices does not say what to type:\n{said}")
    home.ward("kit", "pairing", "cuff", "on")
    with home.listener("n-17", "health") as health:
        home.ward("exec", command[0].strip().rstrip("."))
        health.wait(lambda m: not any(f.startswith("bond-lost") for f in fault_names(m.json())),
                    "health forgets it")
    equal(state(home, address), "ok", "its state")
    home.ward("kit", "transfer", "cuff", check=False)
    wait_for(lambda: any(r["values"]["systolic"].get("value") == "131"
                         for r in home.readings(kind="blood-pressure")),
             "the reading that waited in the cuff")


def run(home: VirtualHome, case) -> None:
    home.have("cuff")
    address = next(d["address"] for d in home.vakactl("devices") if d["kind"] == "cuff")
    before = links(home)
    with case(f"issue 3 f: a bond lost on the device is named within {NAMED_S} s, in health too"):
        lost(home, address)
    with case("issue 3 f: no reconnect storm"):
        no_storm(home, before)
    with case("issue 3 f: healed by following only what vakactl says"):
        healed_by_the_book(home, address)
