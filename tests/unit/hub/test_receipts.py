# SPDX-License-Identifier: Apache-2.0
"""vakad with `settled_by: receipt`: a PUBACK takes nothing out of the outbox, the care service's
receipt does; without one the same id and revision is sent again, then it is an alert, until the
receipt comes. The relay is played by this script.
"""
from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import hub_process
from hub_process import CRISIS, HASTY, Home, Hub, Plugin, wait_for, weight

RECEIPTS = ("  brokers:\n    - {host: localhost}\n  settled_by: receipt\n  receipt_within: 1s\n"
            "  receipt_tries: 2\n")


def puback(relay: Plugin, header: dict) -> None:
    relay.send({"t": "settled", "n": header["n"], "reason": 0})


def reading(relay: Plugin, reading_id: str = "") -> dict:
    """The next reading that is handed out, taken by the broker; what else comes is taken too."""
    while True:
        header = relay.until(lambda h: h["t"] == "publish")
        puback(relay, header)
        if header["topic"].startswith("reading/") and header["id"].startswith(reading_id):
            return header


class Receipts(unittest.TestCase):
    def setUp(self) -> None:
        self.hub = Hub(mqtt=RECEIPTS)
        self.relay, self.collector = self.hub.relay(), self.hub.plugin("ble")

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0, "vakad did not end in order")

    def measure(self, n: int) -> str:
        return self.collector.ask(weight(16000 + n, f"{80 + n / 200:.3f}"))["id"]

    def receipt(self, **body: list) -> None:
        self.relay.ask({"t": "message", "topic": "receipt/care"}, json.dumps(body).encode())

    def depth(self) -> int:
        return self.hub.vakactl("status")["engine"]["outbox"]["depth"]

    def is_told(self) -> bool:
        return any(a["rule"] == "receipt-missing" for a in self.hub.vakactl("alerts"))

    def test_the_receipt_settles_and_nothing_else(self) -> None:
        before = self.depth()
        one, two = self.measure(1), self.measure(2)
        sent = {reading(self.relay)["id"], reading(self.relay)["id"]}
        self.assertEqual(sent, {one, two})
        self.relay.ask({"t": "message", "topic": "receipt/care"}, b'{"stored":["somebody-else"]}')
        wait_for(lambda: self.hub.vakactl("status")["unconfirmed"] == before + 2, "both wait")
        self.assertEqual(self.depth(), before + 2)
        self.receipt(stored=[one], revs=[0])
        wait_for(lambda: self.depth() == before + 1, "one is settled")
        self.receipt(stored=[two])
        wait_for(lambda: self.depth() == before, "and the other")

    def test_the_same_again_then_an_alert_then_healed(self) -> None:
        one = self.measure(1)
        first, second = reading(self.relay, one), reading(self.relay, one)
        self.assertEqual((first["id"], first["rev"], first["body"]),
                         (second["id"], second["rev"], second["body"]))
        third = reading(self.relay, one)
        self.assertEqual(third["n"], first["n"])
        wait_for(self.is_told, "a technical alert")
        self.assertGreater(self.hub.vakactl("status")["missing_receipts"], 0)
        wait_for(lambda: self.confirm_all() and not self.is_told(), "healed")
        wait_for(lambda: self.confirm_all() and self.depth() == 0, "the outbox is empty")

    def confirm_all(self) -> bool:
        """What a care service does: a receipt for each that comes, and for what has come before."""
        self.relay.socket.settimeout(0.05)
        try:
            while True:
                self.relay.waiting.append(self.relay.receive())
        except TimeoutError:
            pass
        finally:
            self.relay.socket.settimeout(hub_process.DEADLINE_S)
        rows = [h for h in self.relay.waiting if h["t"] == "publish"]
        self.relay.waiting = [h for h in self.relay.waiting if h["t"] != "publish"]
        for header in rows:
            puback(self.relay, header)
        self.came = getattr(self, "came", {}) | {h["id"]: h["rev"] for h in rows if h.get("id")}
        for header in rows:
            self.came[header["id"]] = max(self.came[header["id"]], header["rev"])
        stored = [*self.came] + [a["id"] for a in self.hub.vakactl("alerts")]
        stored += [r["id"] for r in self.hub.vakactl("readings")]
        self.receipt(stored=stored, revs=[self.came.get(i, 0) for i in stored])
        return True

    def test_a_kill_before_the_receipt_sends_again(self) -> None:
        one = self.measure(1)
        reading(self.relay, one)
        self.hub.kill()
        self.hub.start()
        self.relay = self.hub.relay()
        again = reading(self.relay, one)
        self.assertEqual((again["id"], again["rev"]), (one, 0))
        self.receipt(stored=[one], revs=[0])
        wait_for(lambda: self.hub.vakactl("status")["engine"]["outbox"]["depth"] ==
                 self.hub.vakactl("status")["unconfirmed"], "the rest waits for its own")
        self.collector = self.hub.plugin("ble")

    def test_a_new_link_does_not_send_what_the_broker_has(self) -> None:
        one = self.measure(1)
        reading(self.relay, one)
        self.relay.ask({"t": "link", "state": "down", "reason": "test"})
        self.relay.ask({"t": "link", "state": "up", "reason": "", "session_present": True})
        two = self.measure(2)
        self.assertEqual(reading(self.relay)["id"], two)


    def reload(self, was: str, now: str) -> None:
        path, n = self.hub.path / "hub.yaml", self.hub.log.read_text().count("config: reloaded")
        path.write_text(path.read_text(encoding="utf-8").replace(was, now), encoding="utf-8")
        self.hub.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.hub.log.read_text().count("config: reloaded") == n + 1, "the reload")

    def test_a_reload_changes_what_settles(self) -> None:
        """What waits for a receipt that is no longer asked for is sent once more, and settled."""
        one = self.measure(1)
        reading(self.relay, one)
        wait_for(lambda: self.hub.vakactl("status")["unconfirmed"] > 0, "it waits")
        self.reload("settled_by: receipt", "settled_by: puback")
        self.assertEqual(reading(self.relay)["id"], one)
        wait_for(lambda: self.depth() == 0, "a PUBACK settles")
        self.reload("settled_by: puback", "settled_by: receipt")
        two = self.measure(2)
        reading(self.relay, two)
        wait_for(lambda: self.hub.vakactl("status")["unconfirmed"] == 1, "it waits for its receipt")
        self.receipt(stored=[two], revs=[0])
        wait_for(lambda: self.depth() == 0, "a receipt settles")


class Unsaid(Home):
    """A care service that never says which revision it has stored."""

    plan = HASTY
    mqtt = RECEIPTS

    def state(self) -> tuple[int, str]:
        return next(((a["rev"], a["state"]) for a in self.hub.vakactl("alerts")
                     if a["rule"] == CRISIS), (-1, ""))

    def test_the_first_receipt_is_for_the_first_revision(self) -> None:
        relay = self.hub.relay()
        self.measure()
        sent: dict[int, str] = {}
        while 1 not in sent:  # the next in the ladder is told
            header = relay.until(lambda h: h["t"] == "publish")
            puback(relay, header)
            if header["topic"].startswith("alert/"):
                sent[header["rev"]] = header["id"]
        for state in ("raised", "received"):
            relay.ask({"t": "message", "topic": "receipt/care"},
                      json.dumps({"stored": [sent[0]]}).encode())
            self.assertEqual(self.state()[1], state)


class Late(Home):
    """What is sent again must not take the place of what the broker was given after it."""

    mqtt = RECEIPTS

    def take(self, relay: Plugin, last: int) -> dict[int, bool]:
        """Whether the broker is to keep each revision of the alert: rows of the outbox, to the last."""
        kept: dict[int, bool] = {}
        while last not in kept:
            header = relay.until(lambda h: h["t"] == "publish")
            puback(relay, header)
            if header["topic"] == f"alert/p-1042/{self.alert}" and header["n"] > 0 and header["body"]:
                kept[header["rev"]] = header.get("retain", False)
        return kept

    def command(self, verb: str, **more: str) -> None:
        self.relay.ask({"t": "message", "topic": f"cmd/n-17/alert/{verb}"},
                       json.dumps({"cmd_id": verb, "object": self.alert, **more}).encode())

    def take_over_restart(self, last: int) -> dict[int, bool]:
        self.take(self.relay, last)
        self.restart()
        self.relay = self.hub.relay()
        return self.take(self.relay, last)

    def test_only_the_present_revision_is_kept(self) -> None:
        self.relay = self.hub.relay()
        self.measure()
        (self.alert,) = [a["id"] for a in self.hub.vakactl("alerts") if a["rule"] == CRISIS]
        self.command("accept")
        self.assertEqual(self.take_over_restart(1), {0: False, 1: True})
        self.command("close", outcome="called")
        self.assertEqual(self.take_over_restart(2), {0: False, 1: False, 2: False})


class Bad(unittest.TestCase):
    def test_receipts_that_nobody_sends_cannot_settle(self) -> None:
        example = Path(__file__).parents[3] / "config/hub.yaml"
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            text = example.read_text(encoding="utf-8").replace("receipt: required", "receipt: none")
            file.write(text.replace("settled_by: puback", "settled_by: receipt"))
            file.flush()
            done = subprocess.run([hub_process.VAKAD, "--check", file.name], capture_output=True,
                                  text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("'settled_by' waits for receipts", done.stdout + done.stderr)


if __name__ == "__main__":
    hub_process.main()
