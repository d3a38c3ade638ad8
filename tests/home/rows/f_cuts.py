# SPDX-License-Identifier: Apache-2.0
"""f: twenty power cuts at seeded random moments while readings arrive. What a device saw confirmed,
or any party was told is stored, is there afterwards and reaches the staff. The same with
synchronous=OFF must lose something, or the cuts cut nothing."""
from __future__ import annotations

import random
import threading

from .support import Listener, VirtualHome, check, equal, wait_for

CUTS = 20  # half of them here, half in f_cuts_more, so that two homes share the time
SEED = 20260301
SYNC_OFF = ("[Service]\nExecStart=\n"
            "ExecStart=/usr/libexec/vaka/vakad --synchronous-off\n")


class Sender(threading.Thread):
    """Somebody steps on the scale again and again until the power goes."""

    def __init__(self, home: VirtualHome, grams: int) -> None:
        super().__init__(daemon=True)
        self.home, self.grams, self.sent = home, grams, 0

    def run(self) -> None:
        while True:
            done = self.home.ward("kit", "send", "scale", f"weight={self.grams / 1000:.3f}",
                                  "--window", "4", check=False)
            if done.returncode not in (0, 3):
                return  # the power is off
            self.sent += 1
            self.grams += 5


def told_stored(home: VirtualHome) -> set[str]:
    """Raw bytes of what the scale saw confirmed, ever."""
    return {r["hex"] for r in home.ask("kit", "confirmed", "scale")}


def one_cut(home: VirtualHome, chance: random.Random, grams: int, heard: Listener) -> int:
    """A few readings, the plug at a random moment, power again. Returns the next weight."""
    sender = Sender(home, grams)
    sender.start()
    wait_for(lambda: sender.sent or not sender.is_alive(), "a first reading before the cut", 60)
    moment = threading.Event()
    moment.wait(chance.uniform(0.0, 2.5))  # the moment of the cut is the test's input, not a wait
    home.ward("power", "cut", "--seed", str(chance.randrange(1 << 30)))
    sender.join(60)
    home.ward("power", "on")
    wait_for(home.is_ready, "the hub after the cut", 60)
    return sender.grams + 10


def missing(home: VirtualHome, heard: Listener) -> tuple[set[str], set[str]]:
    """Confirmed but not in the hub; published (so told to the staff) but not in the hub."""
    readings = home.readings(kind="weight")
    confirmed_lost = told_stored(home) - {r["raw"] for r in readings}
    published_lost = {m.user["id"] for m in heard.messages} - {r["id"] for r in readings}
    return confirmed_lost, published_lost


def cut_again_and_again(home: VirtualHome, cuts: range) -> None:
    chance = random.Random(SEED + cuts.start)
    home.pair("scale", "scale")
    heard = home.listener("n-17", "reading/#")
    grams = 60000
    for i in cuts:
        grams = one_cut(home, chance, grams, heard)
        confirmed_lost, published_lost = missing(home, heard)
        equal((confirmed_lost, published_lost), (set(), set()), f"lost by cut {i} of {CUTS}")
        print(f"# f: cut {i} of {CUTS} lost nothing", flush=True)
    home.send("scale", f"weight={grams / 1000:.3f}")
    stored = {r["id"] for r in home.readings(kind="weight")}
    check(len(stored) > len(cuts), f"only {len(stored)} readings in {len(cuts)} cuts")
    heard.wait_all(lambda all_of: {m.user["id"] for m in all_of} >= stored,
                   "all of them at the staff", 60)
    confirmed = told_stored(home)
    print(f"# f: {len(cuts)} cuts, {len(stored)} readings, {len(confirmed)} confirmed, 0 lost",
          flush=True)
    heard.close()


def without_sync(home: VirtualHome) -> None:
    """Must fail: shows that the cuts do lose what is not flushed."""
    chance = random.Random(SEED)
    drop_in = home.folder / "synchronous-off.conf"
    drop_in.write_text(SYNC_OFF, encoding="ascii")
    home.ward("push", str(drop_in), "/etc/systemd/system/vakad.service.d/")
    wait_for(home.is_ready, "the hub with synchronous=OFF", 60)
    heard = home.listener("n-17", "reading/#")
    grams = 90000
    for i in range(CUTS):
        grams = one_cut(home, chance, grams, heard)
        confirmed_lost, published_lost = missing(home, heard)
        if confirmed_lost or published_lost:
            print(f"# f: with synchronous=OFF cut {i + 1} lost {len(confirmed_lost)} confirmed and "
                  f"{len(published_lost)} published readings, as it must", flush=True)
            heard.close()
            return
    raise AssertionError(f"{CUTS} cuts with synchronous=OFF lost nothing: the test cuts nothing")


def run(home: VirtualHome, case) -> None:
    with case(f"f: power cuts 1 to {CUTS // 2} lose nothing that anybody was told is stored"):
        cut_again_and_again(home, range(1, CUTS // 2 + 1))
    with case("f: the same with synchronous=OFF fails, so the cuts are real"):
        without_sync(home)
