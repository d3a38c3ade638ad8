# SPDX-License-Identifier: Apache-2.0
"""Issue 3, row c: twelve kits of all kinds measure at random, with every fault a kit can have, while the
radio is yanked and bluetoothd restarts. Nothing that a device was told is taken may be missing in the hub,
nothing may be there twice, each fault is named in health and forgotten when it is healed.

The short version; tests/soak/rows/collector_c_morning.py lives the whole morning.
"""
from __future__ import annotations

import collections
import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor

from .support import PATIENT, VirtualHome, check, equal, wait_for

KITS = {"scale1": "scale", "scale2": "scale", "cuff1": "cuff", "cuff2": "cuff", "cuff3": "cuff",
        "oximeter1": "oximeter", "oximeter2": "oximeter", "meter1": "meter", "meter2": "meter",
        "ear1": "thermometer", "ear2": "thermometer", "body": "composition-scale"}
FAULTS = ("nan", "duplicate", "clock-jump", "disconnect-mid-transfer", "silent-loss", "bond-lost",
          "reversed-sequence", "truncated")
# What health calls the faults that an operator can do something about; the others the hub puts right
# by itself, and nothing of them stays.
NAMED = {"nan": "reading-empty", "truncated": "reading-unreadable", "bond-lost": "bond-lost",
         "clock-jump": "device-clock"}
WINDOW_S, NAMED_S = 5, 60
HANDS = 4  # people that measure at the same time


def address_of(home: VirtualHome, name: str) -> str:
    return json.loads(home.ward("kit", "status", name).stdout)["address"].replace(":", "")


class Morning:
    """The home of a seed, and what was done in it."""

    def __init__(self, home: VirtualHome, seed: int) -> None:
        self.home, self.random = home, random.Random(seed)
        self.busy = {name: threading.Lock() for name in KITS}
        self.technician = threading.Lock()  # there is one, and the hub pairs one kit at a time
        self.count = 0
        self.wanted: set[str] = set()  # faults that health must have named
        self.named: set[str] = set()
        self.devices: dict[str, str] = {}
        self.health = None

    def move_in(self) -> None:
        self.health = self.home.listener("n-17", "health")
        for name, kind in KITS.items():
            self.home.pair(kind, name, PATIENT)
            self.devices[name] = address_of(self.home, name)

    def words(self, kind: str) -> list[str]:
        """A measurement nobody has made before: equal bytes would be one reading."""
        self.count += 1
        n, r = self.count, self.random
        return {"scale": [f"weight={40 + n * 0.005:.3f}"],
                "cuff": [f"systolic={r.randint(100, 179)}", f"diastolic={r.randint(50, 95)}",
                         f"pulse-rate={40 + n % 120}"],
                "oximeter": [f"spo2={r.randint(88, 99)}", f"pulse-rate={40 + n % 120}"],
                "meter": [f"glucose={r.randint(30, 200) / 10:.1f}"],
                "thermometer": [f"temperature={35 + n * 0.01:.2f}"],
                "composition-scale": [f"weight={40 + n * 0.005:.3f}", "body-fat=20.5"]}[kind]

    def plan(self, n: int, share_of_faults: float) -> list[tuple[str, list[str]]]:
        """What happens, drawn before it happens, so that a seed is a morning."""
        steps = []
        for i in range(n):
            name = self.random.choice(sorted(KITS))
            words = self.words(KITS[name])
            if i < len(FAULTS):
                words += ["--fault", FAULTS[i]]
            elif self.random.random() < share_of_faults:
                words += ["--fault", self.random.choice(FAULTS)]
            steps.append((name, words))
        return steps

    def measure(self, step: tuple[str, list[str]]) -> None:
        name, words = step
        with self.busy[name]:
            self.home.send(name, *words, "--window", str(WINDOW_S), check=False)
            fault = words[-1] if "--fault" in words else ""
            if fault == "bond-lost":
                self.expect(name, fault)
                self.pair_again(name)

    def expect(self, name: str, fault: str) -> None:
        """Its person presses the button again: a device that was not heard (the radio may be out just
        now) cannot be named."""
        want = f"{NAMED[fault]}-{self.devices[name]}"
        self.wanted.add(want)
        self.home.ward("kit", "transfer", name, "--window", str(NAMED_S), "--no-wait", check=False)
        self.health.wait(lambda m: want in names(m.json()), f"health names {want}", NAMED_S)

    def pair_again(self, name: str) -> None:
        """Again when the radio was out just then, as vakactl says."""
        with self.technician:
            wait_for(lambda: self.home.ward("pair", name, "--patient", PATIENT, check=False).returncode == 0,
                     f"{name} is paired again", 240)

    def live(self, steps: list, events: list) -> None:
        """Some people measure at the same time; things happen to the radio meanwhile."""
        with ThreadPoolExecutor(HANDS) as people:
            done = [people.submit(self.measure, step) for step in steps]
            for at, event in events:
                done[min(at, len(done) - 1)].result()
                event(self.home)
            for one in done:
                one.result()

    def settle(self) -> None:
        """Everybody presses the button until nothing waits any more, then measures once, well."""
        for name, kind in KITS.items():
            if kind == "meter":
                self.home.ward("kit", "transfer", name, check=False)
            self.home.send(name, *self.words(kind), "--window", "15", check=False)
            wait_for(lambda n=name: self.is_empty(n), f"{name} got rid of what it holds", 60)

    def is_empty(self, name: str) -> bool:
        if KITS[name] != "meter" and json.loads(self.home.ward("kit", "status", name).stdout)["queue"]:
            self.home.ward("kit", "transfer", name, "--window", "10", check=False)
            return False
        return True

    def judge(self) -> str:
        rows = collections.Counter((r["device"], r["raw"]) for r in self.home.readings())
        taken = missing = 0
        for name, kind in KITS.items():
            for record in json.loads(self.home.ward("kit", "confirmed", name).stdout):
                taken += 1
                key = (self.devices[name], record["hex"])
                missing += key not in rows
        twice = [key for key, n in rows.items() if n > 1]
        equal(missing, 0, f"of {taken} values that devices were told are taken, those that are not stored")
        equal(twice, [], "readings that are there twice")
        return f"{taken} taken, 0 missing, 0 twice, {len(self.wanted)} faults named"

    def healed(self) -> None:
        wait_for(lambda: not device_faults(self.home), "no fault of a device is left in health", NAMED_S)


def names(health: dict) -> set[str]:
    return {f["name"] for f in (health.get("engine") or {}).get("faults", [])}


def device_faults(home: VirtualHome) -> set[str]:
    return {n for n in names(home.vakactl("status")) if n != "store-failed"}


def yank(home: VirtualHome) -> None:
    home.ward("radio", "yank")
    try:
        wait_for(lambda: home.vakactl("status")["radio"]["state"] != "up", "health says what the radio is",
                 NAMED_S)
    finally:
        home.ward("radio", "restore")
    wait_for(lambda: home.vakactl("status")["radio"]["state"] == "up", "the radio is back", NAMED_S)


def restart_bluetoothd(home: VirtualHome) -> None:
    home.ward("bluetoothd", "restart")
    wait_for(lambda: home.vakactl("status")["radio"]["state"] == "up", "the radio is up again", NAMED_S)


def run(home: VirtualHome, case) -> None:
    morning = Morning(home, seed=3)
    with case("issue 3 c: twelve kits of all kinds are paired"):
        morning.move_in()
    with case("issue 3 c: they measure with every fault, a yanked radio, bluetoothd restarting"):
        morning.live(morning.plan(20, 0.3), [(8, yank), (14, restart_bluetoothd)])
    with case("issue 3 c: what a device was told is taken is stored, once; what was wrong is healed"):
        morning.settle()
        print(f"# {morning.judge()} | limit: 0 missing, 0 twice", flush=True)
        morning.healed()
    check(morning.count, "something was measured")
