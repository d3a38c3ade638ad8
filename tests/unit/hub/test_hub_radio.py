# SPDX-License-Identifier: Apache-2.0
"""What the hub makes of the radio: each rung of the collector's ladder in audit and health, what the
witness recovered, and when the next measurement is expected. The plugins are played by this script."""
from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import hub_process
from hub_process import CUFF, PLAN, Home, now_local, pressure, wait_for


class Radio(Home):
    def tell(self, **members: object) -> None:
        answer = self.collector.ask({"t": "radio", "adapter": "hci0", **members})
        self.assertEqual(answer["t"], "done")

    def health(self) -> dict:
        return self.hub.vakactl("status")["radio"]

    def faults(self) -> set[str]:
        return {a["rule"] for a in self.hub.vakactl("alerts") if a["rule"].startswith("radio-")}

    def test_each_rung_is_kept_and_told(self) -> None:
        self.tell(state="down", reason="no adapter")
        self.tell(state="down", reason="no adapter", rung="reset-controller", count=2)
        self.assertEqual([(a["object"], a["actor"], a["detail"])
                          for a in self.hub.vakactl("audit") if a["action"] == "radio-rung"],
                         [("reset-controller", "ble", "no adapter, 2 since the collector started")])
        health = self.health()
        self.assertEqual((health["state"], health["reason"], health["rungs"], health["rung"]),
                         ("down", "no adapter", 1, "reset-controller"))
        wait_for(lambda: self.faults() == {"radio-down"}, "the fault")
        self.tell(state="up", reason="")
        wait_for(lambda: self.faults() == set(), "it is healed")

    def test_silence_is_another_fault_and_a_reboot_is_only_asked_for(self) -> None:
        self.tell(state="silent", reason="does not answer", rung="ask-reboot", count=1)
        wait_for(lambda: self.faults() == {"radio-silent", "radio-reboot"}, "both faults")
        self.assertTrue(self.health()["reboot_wanted"])
        self.tell(state="up", reason="")
        wait_for(lambda: self.faults() == set(), "both are healed")
        self.assertFalse(self.health()["reboot_wanted"])


class Witness(Home):
    def setUp(self) -> None:
        super().setUp()
        self.witness = self.hub.plugin("witness")

    def readings(self) -> list[dict]:
        return self.hub.vakactl("readings")

    def test_is_told_the_devices(self) -> None:
        device = self.witness.until(lambda m: m["t"] == "device")
        self.assertEqual((device["device"], device["bonded"]), (CUFF, True))
        self.witness.until(lambda m: m["t"] == "devices-end")

    def test_what_is_stored_is_not_counted_again(self) -> None:
        taken = pressure(124, 81, now_local())
        self.collector.ask(taken)
        answer = self.witness.ask(taken)
        self.assertEqual((answer["t"], answer["repeat"]), ("stored", True))
        self.assertEqual([(r["flags"]) for r in self.readings()], [[]])
        self.assertEqual(self.hub.vakactl("status")["radio"]["recovered"], 0)

    def test_what_nobody_stored_is_recovered(self) -> None:
        answer = self.witness.ask(pressure(125, 82, now_local()))
        self.assertEqual((answer["t"], answer["repeat"]), ("stored", False))
        self.assertEqual([r["flags"] for r in self.readings()], [["recovered"]])
        self.assertEqual([(a["actor"], a["object"]) for a in self.hub.vakactl("audit")
                          if a["action"] == "reading-recovered"], [("witness", CUFF)])
        self.assertEqual(self.hub.vakactl("status")["radio"]["recovered"], 1)

    def test_says_nothing_else(self) -> None:
        answer = self.witness.ask({"t": "device", "device": CUFF, "bonded": False})
        self.assertEqual((answer["t"], answer["code"]), ("failed", "rights"))


def soon() -> bytes:
    """A window that begins within the day, whatever time it is."""
    hour = datetime.now(ZoneInfo("Europe/Stockholm")).hour
    first = hour + 1 if hour < 21 else 1
    return f'from: "{first:02}:00", until: "{first + 1:02}:59"'.encode()


class Expected(Home):
    plan = PLAN.replace(b'from: "06:00", until: "10:00"', soon())

    def test_the_next_measurement_is_told(self) -> None:
        self.collector.close()
        told = self.hub.plugin("ble").until(lambda m: m["t"] == "expect")
        self.assertGreater(told["due_ms"], 0)
        expects = self.hub.relay().until(lambda m: m.get("topic") == "promise")
        due = [x["due"] for x in json.loads(expects["body"])["expects"] if x["kind"] == "reading"][0]
        self.assertEqual(datetime.fromisoformat(due).timestamp() * 1000, told["due_ms"])


if __name__ == "__main__":
    hub_process.main()
