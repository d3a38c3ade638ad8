# SPDX-License-Identifier: Apache-2.0
"""Issue 3, row b: from the first advertisement of a bonded cuff to a committed reading, with three
other kits talking, with and without an advertising-only scale assigned.

Beside it runs the floor: the least collector there can be on the same radio (vaka-kit floor: its own
ATT bearer, one fdatasync a reading, nothing else), in turns with the product. The cuff itself keeps
the times: when it began to advertise, when its indication left, when the confirmation came, which
the hub sends after its commit. So "ours beyond one fsync" is the product's time from indication to
confirmation less the floor's.
"""
from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path

from harness import Bench, median
from rows.support import Missing, VirtualHome, wait_for

WINDOW_S, ROUNDS, WINDOWS = 5, 5, 10
OTHERS = {"scale": ["weight=80.5"], "oximeter": ["spo2=96", "pulse-rate=60"],
          "thermometer": ["temperature=36.8"]}
RATIO_MAX, OURS_MAX_MS = 1.5, 15
FLOOR = "/usr/lib/vaka-home/vaka-kit floor"


class Talk:
    """The other kits measure one after the other, as long as it lasts."""

    def __init__(self, home: VirtualHome) -> None:
        self.home, self.stop = home, threading.Event()
        self.threads = [threading.Thread(target=self.run, args=item) for item in OTHERS.items()]

    def run(self, name: str, words: list[str]) -> None:
        while not self.stop.is_set():
            self.home.send(name, *words, "--window", str(WINDOW_S), check=False)

    def __enter__(self) -> "Talk":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


class Times:
    """What one collector made of its windows, in ms."""

    def __init__(self) -> None:
        self.windows = self.caught = 0
        self.whole: list[int] = []
        self.answer: list[int] = []

    def add(self, sent: dict) -> None:
        self.windows += 1
        done = [x for x in sent["sent"] if x["confirmed"]]
        if not done:
            return
        self.caught += 1
        self.whole.append(done[-1]["at"] - sent["advertised"])
        self.answer.append(done[-1]["at"] - done[-1]["indicated"])


def measure(home: VirtualHome, times: Times, windows: int, first: int) -> None:
    for i in range(windows):
        times.add(home.send("cuff", f"systolic={100 + (first + i) % 80}", "diastolic=70", "pulse-rate=60",
                            "--window", str(WINDOW_S), check=False))


def as_product(home: VirtualHome) -> None:
    home.ward("exec", "systemctl stop 'vaka-floor-*' 2>/dev/null; systemctl start vaka-ble")
    wait_for(lambda: home.vakactl("status")["radio"]["state"] == "up", "the collector is back")


def as_floor(home: VirtualHome) -> None:
    home.ward("exec", "systemctl stop vaka-ble")
    for device in home.vakactl("devices"):
        name, address = device["name"], device["address"]
        home.ward("exec", f"systemd-run --quiet --collect --unit vaka-floor-{name} {FLOOR} "
                          f"00:AA:01:00:00:00 {address} /state/floor-{name}")


def compare(bench: Bench, home: VirtualHome, label: str, rounds: int, windows: int) -> None:
    product, floor = Times(), Times()
    with Talk(home):
        for number in range(rounds):
            as_floor(home)
            measure(home, floor, windows, number * windows)
            as_product(home)
            measure(home, product, windows, number * windows)
    bench.figure(f"windows of 5 s caught, of {product.windows}{label}", product.caught, "",
                 at_least=product.windows, beside=f"floor {floor.caught} of {floor.windows}")
    if not (product.whole and floor.whole):
        return
    bench.figure(f"advertisement to confirmed, median{label}", median(product.whole), "ms",
                 beside=f"floor {median(floor.whole):g} ms", runs=product.whole)
    bench.figure(f"the same as a multiple of the floor{label}",
                 median(product.whole) / median(floor.whole), "x", at_most=RATIO_MAX)
    bench.figure(f"ours beyond one fsync, median{label}",
                 median(product.answer) - median(floor.answer), "ms", at_most=OURS_MAX_MS,
                 beside=f"indication to confirmation {median(product.answer):g} ms, "
                        f"floor {median(floor.answer):g} ms", runs=product.answer)


def run(bench: Bench, quick: bool) -> None:
    if not shutil.which("qemu-system-x86_64"):
        raise Missing("qemu-system-x86_64")
    rounds, windows = (1, 3) if quick else (ROUNDS, WINDOWS)
    folder = Path(tempfile.mkdtemp(prefix="vaka-bench-"))
    home = VirtualHome(folder)
    try:
        home.up()
        for kind in ("cuff", *OTHERS):
            home.pair(kind, kind)
        compare(bench, home, "", rounds, windows)
        home.pair("beacon-scale", "beacon")
        compare(bench, home, ", adv scale assigned", rounds, windows)
    finally:
        home.down()
        shutil.rmtree(folder, ignore_errors=True)
