# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row d, first half: kill -9 at a seeded moment of rows b1 (a saturated way) and c (queueing
while the broker is down, then the drain), of the hub, of the relay, or of both. What was reported as
stored is never lost; what comes twice is never more than the window, and comes under the id it had."""
from __future__ import annotations

import random
import shutil
import time

from rows.support import check
from ways import Broker, Counter, Hub, Way, in_flight_most, keys, lost_of, repeats_of, wait_until

HOME = False
ROUNDS, COUNT, WINDOW = 200, 6000, 1000
COUNTS = ("rounds", "stored", "repeated", "most", "by")
IN_FLIGHT_MOST = in_flight_most()
LIMIT = f"0 lost of what was stored; repeats of one kill at most {IN_FLIGHT_MOST}"
VICTIMS = ("hub", "relay", "both")
# From the start, or from the link: long enough for the last row, and a little behind it.
MOMENT_S = {"saturated": 1.0, "filling": 0.5, "draining": 0.6}


class Kills:
    """One way over TLS, and what was counted on it."""

    def __init__(self, folder, seed: int) -> None:
        folder.chmod(0o755)
        keys(folder)
        self.way = Way(folder, Broker(folder), True)
        self.seed = seed
        self.rounds = self.stored = self.repeated = self.most = 0
        self.by: dict[str, int] = {}

    def count(self, what: str, stored: int, lost: int, repeated: int) -> None:
        self.rounds += 1
        self.stored += stored
        self.repeated += repeated
        self.most = max(self.most, repeated)
        self.by[what] = self.by.get(what, 0) + 1
        check(lost == 0, f"{lost} of {stored} lost, {what}")
        check(repeated <= IN_FLIGHT_MOST, f"{repeated} repeats, {what}")


def begin(folder, seed: int) -> Kills:
    return Kills(folder, seed)


def kill(hub: Hub, victim: str) -> None:
    if victim == "relay":
        hub.relay.end()
        hub.relay.start()
    elif victim == "hub":
        hub.process.end()
        hub.relay.process.child.wait(20)  # it ends with its hub
        hub.relay.end()
    else:
        hub.kill()


def round(kills: Kills, number: int) -> str:
    chance = random.Random(f"{kills.seed}-{number}")
    phase, victim = chance.choice(list(MOMENT_S)), chance.choice(VICTIMS)
    moment = chance.random() * MOMENT_S[phase]
    way, hub = kills.way, Hub(kills.way, kills.way.name("hub"))
    counter = None
    try:
        if phase == "saturated":
            way.broker.start()
            counter = Counter(way, way.name("counter"), COUNT)
        hub.start("run" if phase == "saturated" else "fill", COUNT, WINDOW)
        if phase == "draining":
            hub.process.event("filled")
            counter = hub.open_way(COUNT)
        if phase != "filling":
            hub.process.event("up")
        time.sleep(moment)  # a moment is a length of time: there is no condition to wait for
        kill(hub, victim)
        if not counter and victim == "relay":  # a relay that lives must not be there before the other end
            counter = hub.open_way(COUNT)
        elif not counter:
            way.broker.start()
            counter = Counter(way, way.name("counter"), COUNT)
        if victim != "relay":
            hub.start("drain")
        stored = hub.page.read()["stored"] if victim != "relay" else COUNT
        hub.process.event("done", 120)
        stored = max(stored, hub.page.read()["stored"])
        wait_until(lambda: counter.page.read()["unique"] >= stored, "all that was stored", 20)
        times = counter.page.times()
        kills.count(f"{phase} {victim}", stored, lost_of(times, stored), repeats_of(times))
        return (f"{phase}, {victim} killed after {moment * 1000:.0f} ms: {stored} stored, "
                f"{repeats_of(times)} came twice")
    finally:
        if counter:
            counter.end()
        hub.kill()
        way.broker.end()
        shutil.rmtree(hub.folder, ignore_errors=True)


def end(kills: Kills) -> str:
    return (f"{kills.rounds} kills ({', '.join(f'{n} {what}' for what, n in sorted(kills.by.items()))}), "
            f"{kills.stored} stored, 0 lost, {kills.repeated} came twice, at most {kills.most} by one kill")
