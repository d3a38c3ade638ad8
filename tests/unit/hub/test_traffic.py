# SPDX-License-Identifier: Apache-2.0
"""Bytes on the wire: what the relay tells is added up per day, shown, and kept over restarts."""
from __future__ import annotations

import json
import subprocess
import unittest

import hub_process
from hub_process import Hub, Plugin, wait_for, weight


class Traffic(unittest.TestCase):
    def setUp(self) -> None:
        self.hub = Hub()

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0)

    def tell(self, relay: Plugin, sent: int, received: int, packets: int) -> None:
        relay.send({"t": "traffic", "sent": sent, "received": received, "packets": packets})
        relay.ask({"t": "link", "state": "up", "reason": ""})  # answered behind it

    def traffic(self) -> dict:
        (relay,) = self.hub.vakactl("status")["engine"]["traffic"]
        return relay

    def test_added_up_shown_and_told_in_health(self) -> None:
        self.assertEqual(self.traffic(), {"relay": "mqtt", "latest": [], "all": {
            "days": 0, "sent": 0, "received": 0, "packets": 0}})
        relay = self.hub.relay()
        self.tell(relay, 1000, 400, 7)
        self.tell(relay, 234, 56, 2)
        counts = {"sent": 1234, "received": 456, "packets": 9}
        told = self.traffic()
        (day,) = told["latest"]
        self.assertEqual({**day, **counts}, day)
        self.assertEqual(told["all"], {"days": 1, **counts})
        # The health of the third connection holds it; the schema is judged by the test's plugin.
        relay.ask({"t": "link", "state": "down", "reason": "x"})
        relay.ask({"t": "link", "state": "up", "reason": ""})
        wait_for(lambda: self.is_in_health(relay, told), "a health that tells it")
        shown = subprocess.run([hub_process.VAKACTL, "status", "--lang", "sv"], check=False,
                               capture_output=True, text=True, env=self.hub.bus.environment()).stdout
        self.assertIn(f"Trafik {day['day']}: 1,2 kB sänt, 456 B mottaget (2,1 kB med paketens huvuden)",
                      " ".join(shown.split()))

    @staticmethod
    def is_in_health(relay: Plugin, told: dict) -> bool:
        health = relay.until(lambda h: h.get("topic") == "health")
        return json.loads(health["body"])["engine"]["traffic"] == [
            {"relay": "mqtt", "latest": told["latest"]}]

    def test_kept_over_an_orderly_end(self) -> None:
        self.tell(self.hub.relay(), 1000, 400, 7)
        self.hub.end()
        self.hub.start()
        self.assertEqual(self.traffic()["all"], {"days": 1, "sent": 1000, "received": 400, "packets": 7})
        self.tell(self.hub.relay(), 1, 1, 1)
        self.assertEqual(self.traffic()["all"], {"days": 1, "sent": 1001, "received": 401, "packets": 8})

    def test_kept_over_a_kill_once_something_was_written(self) -> None:
        self.tell(self.hub.relay(), 1000, 400, 7)
        self.assertEqual(self.traffic()["all"]["sent"], 1000)
        self.hub.plugin("ble").ask(weight(16000, "80.00"))
        self.hub.kill()
        self.hub.start()
        self.assertEqual(self.traffic()["all"]["sent"], 1000)

    def test_no_counts_are_refused(self) -> None:
        relay = self.hub.relay()
        for wrong in ({"sent": -1}, {"received": 1 << 41}, {"packets": "3"}):
            relay.send({"t": "traffic", "sent": 1, "received": 1, "packets": 1, **wrong})
            answer = relay.until(lambda h: h["t"] == "failed")
            self.assertEqual(answer["code"], "invalid")
            relay.ask({"t": "link", "state": "up", "reason": ""})
        self.assertEqual(self.traffic()["all"]["sent"], 0)


if __name__ == "__main__":
    hub_process.main()
