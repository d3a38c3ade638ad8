# SPDX-License-Identifier: Apache-2.0
"""Issue 3, row c: twelve kits of all kinds measure at random, with every fault a kit can have, while the
radio is yanked and bluetoothd restarts. Nothing that a device was told is taken may be missing in the hub,
nothing may be there twice, each fault is named in health and forgotten when it is healed.

The short version; tests/soak/rows/collector_c_morning.py lives the whole morning.
"""
from __future__ import annotations

import collections
import datetime
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
# What health calls the faults that an operator can do something about.
NAMED = {"nan": "reading-empty", "truncated": "reading-unreadable", "bond-lost": "bond-lost"}
# Who can have a fault, where not everybody can: a jump needs a clock, a numbering needs numbers.
WHO = {"clock-jump": ("cuff", "meter", "thermometer"), "reversed-sequence": ("meter",)}
WINDOW_S, NAMED_S = 5, 60
HANDS = 4  # people that measure at the same time
NEAR_S = 300  # as the hub places what it calls measured now


def key(name: str, raw: str) -> str:
    """A record by what it says. A meter that begins to count backwards gives the same record another
    number (bytes 1 and 2), and it is the same all the same."""
    return raw[:2] + raw[6:] if KITS[name] == "meter" else raw


def is_nothing(name: str, raw: str) -> bool:
    """A body composition that says itself that nothing was measured (BCS 3.2.1.2: body fat 0xFFFF) is
    confirmed and not stored; the weight beside it is, and says why."""
    return KITS[name] == "composition-scale" and raw[4:8] == "ffff"


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Morning:
    """The home of a seed, and what was done in it."""

    def __init__(self, home: VirtualHome, seed: int) -> None:
        self.home, self.random = home, random.Random(seed)
        self.busy = {name: threading.Lock() for name in KITS}
        self.technician = threading.Lock()  # there is one, and the hub pairs one kit at a time
        self.count = 0
        self.seen: collections.Counter = collections.Counter()  # faults that happened
        self.named = 0
        self.devices: dict[str, str] = {}
        self.clocks: dict[str, int] = {}
        self.health = None

    def move_in(self) -> None:
        self.health = self.home.listener("n-17", "health")
        for name, kind in KITS.items():
            self.home.pair(kind, name, PATIENT)
            status = self.status(name)
            self.devices[name] = status["address"].replace(":", "")
            self.clocks[name] = status["clock_offset_s"]  # a wall clock's, set by the hub just now

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

    def who(self, fault: str) -> str:
        kinds = WHO.get(fault, set(KITS.values()))
        return self.random.choice(sorted(name for name, kind in KITS.items() if kind in kinds))

    def plan(self, n: int, share_of_faults: float) -> list[tuple[str, list[str], str]]:
        """What happens, drawn before it happens, so that a seed is a morning: every fault once, and
        the others at random."""
        steps = []
        for i in range(n):
            fault = FAULTS[i] if i < len(FAULTS) else ""
            if not fault and self.random.random() < share_of_faults:
                fault = self.random.choice(FAULTS)
            name = self.who(fault)
            steps.append((name, self.words(KITS[name]), fault))
        return steps

    def measure(self, step: tuple[str, list[str], str]) -> None:
        name, words, fault = step
        with self.busy[name]:
            if fault:
                self.faulty(name, words, fault)
            else:
                self.send(name, words)

    def send(self, name: str, words: list[str], fault: str = "") -> dict:
        """The record of the measurement as the kit tells it: its bytes, whether it was confirmed. A
        meter tells it before whatever else of its memory it gave out."""
        options = ["--fault", fault] if fault else []
        sent = self.home.send(name, *words, *options, "--window", str(WINDOW_S), check=False)["sent"]
        return sent[0 if KITS[name] == "meter" else -1] if sent else {}

    def faulty(self, name: str, words: list[str], fault: str) -> None:
        """Measures with the fault, and sees that what must follow does, within a minute."""
        if fault == "reversed-sequence":
            for _ in range(2):  # what a meter's numbering is shows in three of them
                self.send(name, self.words(KITS[name]))
        record = self.send(name, words, fault)
        self.seen[fault] += 1
        if fault in NAMED:
            self.expect(name, fault)
        if fault == "bond-lost":
            self.pair_again(name)
        elif fault in ("disconnect-mid-transfer", "silent-loss"):
            self.fetched_again(name, record)
        elif fault == "clock-jump":
            self.clock_is_right_again(name, record)
        elif fault in ("duplicate", "reversed-sequence"):
            self.is_there(name, record)

    def press(self, name: str, window_s: int = NAMED_S) -> None:
        """Its person presses the button again: a device that was not heard (the radio may be out just
        now) has nothing to be judged by."""
        self.home.ward("kit", "transfer", name, "--window", str(window_s), "--no-wait", check=False)

    def expect(self, name: str, fault: str) -> None:
        want = f"{NAMED[fault]}-{self.devices[name]}"
        self.press(name)
        self.health.wait(lambda m: want in names(m.json()), f"health names {want}", NAMED_S)
        self.named += 1

    def fetched_again(self, name: str, record: dict) -> None:
        """The link broke before the device was told: told or not, it must come again, and be one."""
        if record and KITS[name] != "meter":
            check(not record["confirmed"], f"{name} was told that {record} is taken, on a broken link")
        self.is_there(name, record)

    def is_there(self, name: str, record: dict) -> None:
        self.press(name)
        wait_for(lambda: self.is_empty(name) and (not record or self.rows(name)[key(name, record["hex"])]),
                 f"{name} got rid of {record}", NAMED_S)

    def clock_is_right_again(self, name: str, record: dict) -> None:
        """What was measured with the clock in 2017 lies where it was measured, and the clock is set."""
        self.is_there(name, record)
        wait_for(lambda: abs(self.status(name)["clock_offset_s"] - self.clocks[name]) < 60,
                 f"the clock of {name} is set", NAMED_S)
        placed = [r for r in self.of(name) if record and r["raw"] == record["hex"]]
        for row in placed:
            apart = abs((moment(row["time"]) - moment(row["received"])).total_seconds())
            check(apart <= NEAR_S + row["uncertainty_s"], f"{name} measured just now, placed {row}")

    def status(self, name: str) -> dict:
        return json.loads(self.home.ward("kit", "status", name).stdout)

    def of(self, name: str) -> list[dict]:
        return [r for r in self.home.readings() if r["device"] == self.devices[name]]

    def rows(self, name: str) -> collections.Counter:
        return collections.Counter(key(name, r["raw"]) for r in self.of(name))

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
        """Everybody presses the button until nothing waits any more, then measures once, well: at
        the same time, as people do."""
        with ThreadPoolExecutor(HANDS) as people:
            for one in [people.submit(self.settle_one, name) for name in KITS]:
                one.result()

    def settle_one(self, name: str) -> None:
        wait_for(lambda: self.is_empty(name), f"{name} got rid of what it holds", 90)
        record = self.send(name, self.words(KITS[name]))
        check(record, f"{name} tells of its good measurement")
        self.is_there(name, record)

    def is_empty(self, name: str) -> bool:
        """A meter keeps what it has, and cannot tell; a report that was confirmed to its end can."""
        if KITS[name] == "meter":
            done = self.home.ward("kit", "transfer", name, "--window", "10", check=False)
            return done.returncode == 0
        if self.status(name)["queue"]:
            self.home.ward("kit", "transfer", name, "--window", "10", check=False)
            return self.status(name)["queue"] == 0
        return True

    def judge(self) -> str:
        taken, missing, twice = 0, [], []
        for name in KITS:
            rows, told = self.rows(name), collections.defaultdict(set)
            for record in json.loads(self.home.ward("kit", "confirmed", name).stdout):
                taken += 1
                told[key(name, record["hex"])].add(record["id"])
                if not rows[key(name, record["hex"])] and not is_nothing(name, record["hex"]):
                    missing.append((name, record["hex"]))
            # A scale that measured nothing says so in the same three bytes each time.
            twice += [(name, k) for k, n in rows.items() if n > max(1, len(told[k]))]
        equal(missing, [], f"of {taken} values that devices were told are taken, those not stored")
        equal(twice, [], "readings that are there twice")
        return (f"{taken} taken, 0 missing, 0 twice, {sum(self.seen.values())} faults "
                f"({', '.join(f'{n} {f}' for f, n in sorted(self.seen.items()))}), "
                f"{self.named} named in health")

    def healed(self) -> None:
        try:
            wait_for(lambda: not device_faults(self.home), "no fault of a device is left", NAMED_S)
        except AssertionError as late:
            faults = self.home.vakactl("status")["engine"]["faults"]
            raise AssertionError(f"{late}: {faults}") from None


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
