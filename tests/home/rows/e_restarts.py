# SPDX-License-Identifier: Apache-2.0
"""Issue row e: bluetoothd, the collector, the hub's daemon and the whole hub are restarted or killed
while a cuff measures that indicates at once on each first connection. What the cuff saw confirmed is
stored, in every round; and nobody is told of a loss where there was none.

Short here, thirty rounds in tests/soak."""
from __future__ import annotations

import random
import threading

from .support import VirtualHome, check, equal, wait_for

KINDS = ("bluetoothd-restart", "bluetoothd-kill", "vaka-ble-restart", "vaka-ble-kill", "vaka-ble-stop",
         "vakad-restart", "vakad-kill", "hub-restart", "power")
SHORT = ("bluetoothd-restart", "vaka-ble-kill", "vakad-kill", "hub-restart", "power",
         "bluetoothd-kill")
SEED = 20260302
COMMANDS = {
    "vaka-ble-restart": "systemctl restart vaka-ble",
    "vaka-ble-stop": "systemctl stop vaka-ble; systemctl start vaka-ble",
    "vaka-ble-kill": "systemctl kill -s KILL vaka-ble",
    "vakad-restart": "systemctl restart vakad",
    "vakad-kill": "systemctl kill -s KILL vakad",
    "bluetoothd-restart": "systemctl restart bluetooth",
    "bluetoothd-kill": "systemctl kill -s KILL bluetooth; systemctl restart bluetooth",
    "hub-restart": "systemctl stop vaka.target bluetooth; systemctl start bluetooth vaka.target",
}


class Measuring(threading.Thread):
    """Somebody measures; while the power is off, he tries again."""

    def __init__(self, home: VirtualHome, systolic: int) -> None:
        super().__init__(daemon=True)
        self.home, self.systolic, self.done = home, systolic, False
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.done and not self.stop.is_set():
            sent = self.home.ward("kit", "send", "cuff", f"systolic={self.systolic}",
                                  "diastolic=70", "pulse-rate=61", check=False)
            self.done = sent.returncode in (0, 3)


class Restarts:
    """A home with a cuff, and what became of its readings."""

    def __init__(self, home: VirtualHome, seed: int) -> None:
        self.home, self.seed, self.rounds = home, seed, 0
        home.have("cuff")
        home.ward("kit", "set", "cuff", "window", "6")

    def fail(self, kind: str) -> None:
        if kind != "power":
            self.home.ward("exec", COMMANDS[kind], check=False)
            return
        self.home.ward("power", "cut", "--seed", str(self.seed + self.rounds))
        self.home.ward("power", "on")

    def round(self, number: int, kind: str) -> str:
        """One measurement around one restart; what there is to say about it."""
        chance = random.Random(f"{self.seed}-{number}")
        self.rounds = number
        eager = chance.choice(("on", "open"))
        self.home.ward("kit", "set", "cuff", "eager", eager)
        lead = chance.uniform(-1.2, 1.2)  # the moment is the test's input, not a wait
        person = Measuring(self.home, 90 + number % 100)
        if lead < 0:
            person.start()
            threading.Event().wait(-lead)
            self.fail(kind)
        else:
            later = threading.Timer(lead, person.start)
            later.start()
            self.fail(kind)
            later.join()
        person.join(90)
        person.stop.set()
        wait_for(self.home.is_ready, f"the hub after {kind}", 60)
        lost = self.lost()
        equal(lost, set(), f"confirmed and not stored, round {number}, {kind}, eager {eager}")
        self.nothing_wrong_said(kind)
        return f"round {number}: {kind}, eager {eager}, {lead:+.2f} s: nothing lost"

    def confirmed(self) -> set[str]:
        return {one["hex"] for one in self.home.ask("kit", "confirmed", "cuff")}

    def lost(self) -> set[str]:
        """Both lists at rest: asked again until the last reading has come through."""
        confirmed = self.confirmed()
        try:
            wait_for(lambda: confirmed <= self.stored(), "all that is confirmed is stored", 15)
        except AssertionError:
            pass
        return confirmed - self.stored()

    def stored(self) -> set[str]:
        return {r["raw"] for r in self.home.readings(kind="blood-pressure")}

    def nothing_wrong_said(self, kind: str) -> None:
        states = {d["name"]: d.get("state") for d in self.home.vakactl("devices")}
        check(states.get("cuff") in ("ok", ""), f"after {kind} the cuff is said to be {states}")

    def end(self) -> str:
        """A last measurement in peace brings whatever waited in the cuff."""
        self.home.ward("kit", "set", "cuff", "eager", "on")
        for _ in range(3):
            sent = self.home.send("cuff", "systolic=199", "diastolic=70", "pulse-rate=61",
                                  check=False)
            if sent["sent"] and all(one["confirmed"] for one in sent["sent"]):
                break
        equal(self.lost(), set(), "confirmed and not stored at the end")
        confirmed, stored = self.confirmed(), self.stored()
        check(len(confirmed) > 1, f"only {len(confirmed)} readings were ever confirmed")
        check("foreign-owner" not in self.home.log(), "a loss is named where none was")
        return f"{len(confirmed)} confirmed, {len(stored)} stored, 0 lost"


def run(home: VirtualHome, case) -> None:
    with case(f"e: {len(SHORT)} restarts while an eager cuff measures: confirmed is stored"):
        restarts = Restarts(home, SEED)
        for number, kind in enumerate(SHORT):
            print(f"# e: {restarts.round(number, kind)}", flush=True)
        print(f"# e: {len(SHORT)} restarts, {restarts.end()}", flush=True)
