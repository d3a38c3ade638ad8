# SPDX-License-Identifier: Apache-2.0
"""Issue 5, item 6: what the way to the staff costs in bytes, with plain documents (JSON) and compact ones
(`payload: cbor`) side by side: of a document, of a reading on the wire with all that follows from it, of an
idle hour, and of a day of six readings, computed from the two.

A proxy counts what TCP carries between the relay and the broker (documents, MQTT, TLS, not the heads of
packets), and what the hub says it has carried stands beside it. The idle hour passes in half a minute, with
the clocks of hub and relay running fast.
"""
from __future__ import annotations

import os
import select
import subprocess
import tempfile
from pathlib import Path

from harness import Bench, median
from house import Clock, House, Meter
from ways import keys, program, wait_until

from hub_process import pressure, weight  # noqa: E402  (house has put it on the path)

FAST, IDLE_MINUTES, READINGS_A_DAY = 120, 60, 6
FORMS = {"plain": "", "compact": "  payload: cbor\n"}


class Sizes:
    """Documents as the broker has them, by the first word of their topic: their bytes."""

    def __init__(self, port: int) -> None:
        self.process = subprocess.Popen(
            [program("mosquitto_sub"), "-V", "5", "-p", str(port), "-q", "1", "-t", "vaka/1/#", "-F",
             "%t %l"], stdout=subprocess.PIPE)
        self.text, self.of = "", {}

    def read(self) -> dict[str, list[int]]:
        while select.select([self.process.stdout], [], [], 0)[0]:
            *lines, self.text = (self.text + os.read(self.process.stdout.fileno(), 65536).decode()).split("\n")
            for topic, size in (line.split() for line in lines):
                self.of.setdefault(topic.split("/")[4], []).append(int(size))
        return self.of

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def settled(house: House, count: int) -> bool:
    status = house.status()
    return len(house.hub.vakactl("readings", "--limit", "1000")) == count and \
        status["engine"]["outbox"]["depth"] == 0


def measured(house: House, count: int) -> None:
    """Weights and blood pressures in turn, each delivered before the next comes, as at home."""
    for n in range(count):
        reading = weight(16000 + n, f"{80 + n / 200:.3f}") if n % 2 else \
            pressure(118 + n % 7, 74 + n % 5, house.clock.local())
        reading["raw"] += f"{n:02x}"  # two cuffs of one second are two
        house.collector.ask(reading)
        wait_until(lambda n=n: settled(house, n + 1), f"reading {n} delivered")


def of_readings(folder: Path, form: str, count: int) -> dict[str, float]:
    meter = Meter()
    house = House(folder, Clock(1), meter, FORMS[form])
    sizes = Sizes(house.broker.plain)
    try:
        house.collect()
        measured(house, 0)
        wait_until(lambda: house.depth() == 0 and "promise" in sizes.read(), "the first documents")
        before = meter.out, meter.back
        measured(house, count)
        out, back = meter.out - before[0], meter.back - before[1]
        wait_until(lambda: len(sizes.read().get("reading", [])) == count, "all at the staff")
        house.relay.terminate()  # its last word is what it has carried
        house.relay.wait()
        wait_until(lambda: house.status()["link"]["state"] == "down", "the relay has gone")
        (told,) = house.status()["engine"]["traffic"]
        return {"reading": (out + back) / count, "out": out / count, "back": back / count,
                "document": median(sizes.of["reading"]), "health": median(sizes.of["health"]),
                "promise": median(sizes.of["promise"]),
                "meter": (told["all"]["sent"] + told["all"]["received"]) / (meter.out + meter.back)}
    finally:
        sizes.close()
        house.close()


def of_an_hour(folder: Path, form: str, minutes: int) -> float:
    meter = Meter()
    house = House(folder, Clock(FAST), meter, FORMS[form])
    try:
        wait_until(lambda: house.depth() == 0, "everything is out")
        began_s, before = house.clock.elapsed_s(), meter.out + meter.back
        wait_until(lambda: house.clock.elapsed_s() >= began_s + minutes * 60, "the idle hour", 120)
        return (meter.out + meter.back - before) * 3600 / (house.clock.elapsed_s() - began_s)
    finally:
        house.close()


def run(bench: Bench, quick: bool) -> None:
    minutes, count = (IDLE_MINUTES // 4, 6) if quick else (IDLE_MINUTES, 24)
    with tempfile.TemporaryDirectory(prefix="vaka-bench-") as name:
        folder = Path(name)
        keys(folder)
        of = {form: of_readings(folder, form, count) for form in FORMS}
        hour = {form: of_an_hour(folder, form, minutes) for form in FORMS}
    day = {form: 24 * hour[form] + READINGS_A_DAY * of[form]["reading"] for form in FORMS}
    plain, compact = of["plain"], of["compact"]

    def beside(small: float, large: float) -> str:
        return f"plain {large:.0f} B; compact is {small / large:.2f} of it"

    for name_ in ("document", "health", "promise"):
        words = {"document": "a reading's Bundle", "health": "health", "promise": "promise"}[name_]
        bench.figure(f"{words}, as CBOR", compact[name_], "B", beside=beside(compact[name_], plain[name_]))
    bench.figure("a reading on the wire, compact", compact["reading"], "B",
                 at_most=plain["reading"],
                 beside=beside(compact["reading"], plain["reading"]) +
                 f"; {compact['out']:.0f} out, {compact['back']:.0f} back")
    bench.figure("an idle hour on the wire, compact", hour["compact"], "B", at_most=hour["plain"],
                 beside=beside(hour["compact"], hour["plain"]))
    bench.figure("a day of six readings, compact, computed", day["compact"], "B", at_most=day["plain"],
                 beside=beside(day["compact"], day["plain"]))
    bench.figure("the hub's meter, as a part of the proxy's", plain["meter"], "x", at_least=0.99,
                 at_most=1.01, beside=f"compact {compact['meter']:.4f}")
