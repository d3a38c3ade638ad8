# SPDX-License-Identifier: Apache-2.0
"""What no message tells: a silent kit, a low battery, a backlog, a clock that nobody sets."""
from __future__ import annotations

import time
import unittest

import hub_process
from hub_process import CUFF, PLAN, SCALE, Hub, pressure, now_local, published, wait_for

DEAF = b"""  - {id: CUFF_SILENT, type: technical, fault: device-not-heard, priority: medium, message: silent}
"""
SILENT = b"""messages:
  silent: {sv: "M\xc3\xa4taren svarar inte.", en: "The meter does not answer."}
"""


class Looks(unittest.TestCase):
    watch = ""

    def setUp(self) -> None:
        self.hub = Hub(more=f"watch: {{every: 1s, {self.watch}}}\n", plan=PLAN.replace(b"\nmessages:\n", b"\n" + DEAF + b"\n" + SILENT))
        self.collector = self.hub.plugin("ble")
        self.device(CUFF, battery=80, heard_ms=int(time.time() * 1000))
        self.hub.vakactl("assign", CUFF, "p-1042")

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0)

    def device(self, device: str, **what: int) -> None:
        answer = self.collector.ask({"t": "device", "device": device, "bonded": True, **what})
        self.assertEqual(answer["t"], "done", answer)

    def faults(self) -> set[str]:
        return {f["name"] for f in self.hub.vakactl("status")["engine"]["faults"]}


class Kits(Looks):
    watch = "not_heard: 1h"

    def test_a_battery_is_low_until_there_is_a_new_one(self) -> None:
        self.device(SCALE, battery=3)  # nobody's kit
        self.device(CUFF, battery=15)
        wait_for(lambda: self.faults() == {f"battery-low-{CUFF}"}, "low")
        self.device(CUFF, battery=20)
        self.device(SCALE, heard_ms=1)
        self.hub.kill()
        self.hub.start()
        self.collector = self.hub.plugin("ble")
        self.assertEqual(self.faults(), {f"battery-low-{CUFF}"})
        self.device(CUFF, battery=21)
        wait_for(lambda: not self.faults(), "a new one")

    def test_a_kit_that_is_silent_is_told_with_the_plans_text(self) -> None:
        self.device(CUFF, heard_ms=int((time.time() - 3700) * 1000))
        wait_for(lambda: self.faults() == {f"device-not-heard-{CUFF}"}, "silent")
        (alert,) = (a for a in self.hub.vakactl("alerts") if a["rule"].startswith("device-not"))
        self.assertEqual((alert["patient"], alert["class"], alert["priority"]),
                         ("p-1042", "technical", "medium"))
        self.assertIn("silent", {n["id"] for n in self.hub.vakactl("notices")})
        self.device(CUFF, heard_ms=int(time.time() * 1000))
        wait_for(lambda: not self.faults(), "heard again")
        self.assertNotIn("silent", {n["id"] for n in self.hub.vakactl("notices")})


class Waiting(Looks):
    watch = "backlog: 1s"

    def test_what_waits_too_long_is_a_backlog_until_it_has_left(self) -> None:
        self.collector.ask(pressure(130, 80, now_local()))
        wait_for(lambda: self.faults() == {"backlog"}, "nobody takes it")
        relay = self.hub.relay()
        wait_for(lambda: published(relay, "") and not self.faults(), "all of it has left")


class Clock(Looks):
    watch = "clock: 1s, backlog: 3s"

    def test_a_clock_that_nobody_sets(self) -> None:
        """Where the tests run somebody may set it: then it must not be said."""
        is_unsure = self.hub.vakactl("status")["clock"] != "synced"
        self.collector.ask(pressure(130, 80, now_local()))
        wait_for(lambda: "backlog" in self.faults(), "three looks or more")
        self.assertEqual("clock-unsure" in self.faults(), is_unsure)


if __name__ == "__main__":
    hub_process.main()
