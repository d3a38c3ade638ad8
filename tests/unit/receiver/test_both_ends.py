# SPDX-License-Identifier: Apache-2.0
"""From a device's reading to the care service's shelf: the real vakad and vaka-mqtt, a real broker
with TLS, the reference receiver. Whatever is killed on the way, the receiver ends with exactly what
the hub has stored, each once, at its highest revision.

What the receiver is told beside that, that a hub went silent, is shown too.
"""
from __future__ import annotations

import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from contextlib import closing
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "hub"), str(HERE.parent / "mqtt")]
import relay_house  # noqa: E402
import hub_process as hub_test  # noqa: E402
from hub_process import SCALE, wait_for, weight  # noqa: E402

SEED = int(os.environ.get("VAKA_SEED", "7"))
READINGS = 160
RELAY = RECEIVER = ""


class Process:
    """A program that may be killed at any time, and is started anew then."""

    def __init__(self, *command: str, **environment: str) -> None:
        self.command, self.environment = command, {**os.environ, **environment}
        self.process: subprocess.Popen | None = None
        self.lines: list[dict] = []
        self.rest = ""
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, env=self.environment, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        self.read()
        self.process.kill()
        self.process.communicate()
        self.rest = ""

    def read(self) -> list[dict]:
        """The JSON lines that it has written so far."""
        while select.select([self.process.stdout], [], [], 0)[0]:
            chunk = os.read(self.process.stdout.fileno(), 65536).decode()
            if not chunk:
                break
            *whole, self.rest = (self.rest + chunk).split("\n")
            self.lines += [json.loads(line) for line in whole if line]
        return self.lines

    def events(self, *names: str) -> list[dict]:
        return [line for line in self.read() if line["event"] in names]


class BothEnds(unittest.TestCase):
    settled_by = ""
    readings = READINGS
    odds = 0.12  # of a kill after a reading
    victims = ["vakad", "vaka-mqtt"]

    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        tls = relay_house.FOLDER
        self.broker = relay_house.Broker()
        self.addCleanup(self.broker.kill)
        self.hub = hub_test.Hub(mqtt=(
            f"  brokers:\n    - {{host: localhost, port: {self.broker.tls}}}\n"
            f"  ca: {tls}/ca.pem\n  cert: {tls}/hub.pem\n  key: {tls}/hub.key\n" + self.settled_by))
        self.addCleanup(self.end_hub)
        self.relay = Process(RELAY, VAKA_SOCKET=str(self.hub.socket))
        self.addCleanup(self.relay.kill)
        self.db = f"{self.folder.name}/kept.db"
        self.receiver = Process(RECEIVER, "--db", self.db, "--port", str(self.broker.plain))
        self.addCleanup(self.receiver.kill)
        wait_for(lambda: self.receiver.events("connected"), "the receiver listens")
        self.collector = self.hub.plugin("ble")
        self.collector.ask({"t": "device", "device": SCALE, "kind": "scale", "bonded": True,
                            "address": "00:AA:01:01:00:00", "address_type": 1})
        self.hub.vakactl("assign", SCALE, "p-1042")

    def end_hub(self) -> None:
        self.hub.kill()
        self.hub.close()

    def dump(self) -> dict[str, int]:
        """What the receiver keeps: id and revision of every reading."""
        done = subprocess.run([RECEIVER, "--db", self.db, "--dump"], capture_output=True, text=True,
                              check=True)
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        return {r[1]: int(r[2]) for r in rows if r[3].startswith("reading/")}

    def stored(self) -> dict[str, int]:
        return {r["id"]: r["rev"] for r in self.hub.vakactl("readings", "--limit", "5000")}

    def outbox(self) -> int:
        return self.hub.vakactl("status")["engine"]["outbox"]["depth"]

    def measure(self, n: int) -> None:
        """As a scale does: again and again until it is told that the reading is stored."""
        while True:
            try:
                if self.collector.ask(weight(16000 + n, f"{80 + n / 200:.3f}"))["t"] == "stored":
                    return
            except OSError:
                pass
            except EOFError:
                pass
            wait_for(self.reconnect, "the hub serves again")

    def reconnect(self) -> bool:
        try:
            self.collector = self.hub.plugin("ble")
        except OSError:
            return False
        return self.collector.welcome["t"] == "welcome"

    def kill_one(self, dice: random.Random) -> str:
        who = dice.choice(self.victims)
        if who == "vaka-receiver":
            self.receiver.kill()
            self.receiver.start()
            return who
        if who == "vakad":
            self.hub.kill()
            self.hub.start()
        # The relay ends with its hub; systemd would start both.
        self.relay.kill()
        self.relay.start()
        return who

    def freeze(self, numbers: list[int]) -> None:
        """A broker that says nothing while readings come, and a relay that dies meanwhile."""
        self.broker.process.send_signal(signal.SIGSTOP)
        for n in numbers:
            self.measure(n)
        self.relay.kill()
        self.broker.process.send_signal(signal.SIGCONT)
        self.relay.start()

    def test_kills_on_the_way_lose_nothing_and_double_nothing(self) -> None:
        dice = random.Random(SEED)
        kills: dict[str, int] = {}
        numbers = list(range(self.readings))
        while numbers:
            self.measure(numbers.pop())
            if dice.random() < self.odds:
                who = self.kill_one(dice)
                kills[who] = kills.get(who, 0) + 1
            if len(numbers) in (40, 80):
                wait_for(lambda: self.hub.vakactl("status")["link"]["state"] == "up", "the link")
                self.freeze([numbers.pop() for _ in range(35)])
        wait_for(lambda: self.outbox() == 0, "the outbox is empty")
        stored = self.stored()
        self.assertEqual(len(stored), self.readings)
        wait_for(lambda: len(self.dump()) >= self.readings, "the receiver has them all")
        self.assertEqual(self.dump(), stored)
        self.assertGreater(sum(kills.values()), 3, f"kills of seed {SEED}")
        repeats = [e for e in self.receiver.events("repeat") if e["topic"].startswith("reading/")]
        print(f"seed={SEED} readings={self.readings} kills={kills} repeats={len(repeats)} lost=0",
              file=sys.stderr)

    def test_no_command_is_lost_on_the_way_in(self) -> None:
        """Each is sent once, whatever dies meanwhile, and each is carried out and answered."""
        base = "vaka/1/soder/hub-0417"
        staff = self.broker.subscribe(f"{base}/reply/n-17/#")
        self.addCleanup(staff.close)
        wait_for(lambda: self.hub.vakactl("status")["link"]["state"] == "up", "the link")
        dice, wanted = random.Random(SEED), {f"k{n}" for n in range(60)}
        for cmd_id in sorted(wanted):
            self.broker.publish(
                f"{base}/cmd/n-17/hub/selftest", json.dumps({"cmd_id": cmd_id}).encode(),
                "-D", "publish", "response-topic", f"{base}/reply/n-17/x")
            if dice.random() < 0.2:
                self.kill_one(dice)
        answered: set[str] = set()
        while answered != wanted:
            answered.add(json.loads(staff.next().split("|")[5])["cmd_id"])

    def test_a_correction_replaces_and_an_older_one_does_not(self) -> None:
        self.measure(0)
        (reading,) = self.stored()
        wait_for(lambda: self.dump() == {reading: 0}, "it is received")
        self.broker.publish("vaka/1/soder/hub-0417/reading/p-1042/weight", b"{}", "-D", "publish",
                            "user-property", "id", reading, "-D", "publish", "user-property", "rev",
                            "2")
        wait_for(lambda: self.dump() == {reading: 2}, "the correction")
        self.broker.publish("vaka/1/soder/hub-0417/reading/p-1042/weight", b"{}", "-D", "publish",
                            "user-property", "id", reading, "-D", "publish", "user-property", "rev",
                            "1")
        wait_for(lambda: self.receiver.events("older"), "it came")
        self.assertEqual(self.dump(), {reading: 2})

    def test_receipts_come_after_the_commit_and_reach_the_hub(self) -> None:
        staff = self.broker.subscribe("vaka/1/soder/hub-0417/receipt/#")
        self.addCleanup(staff.close)
        self.measure(0)
        (reading,) = self.stored()
        while reading not in staff.next():
            pass
        self.assertEqual(self.dump(), {reading: 0})
        wait_for(lambda: self.hub.vakactl("status")["receipt"] is not None, "a receipt at the hub")

    def test_a_dead_hub_is_raised(self) -> None:
        wait_for(lambda: self.receiver.read(), "the receiver")
        topic = "vaka/1/soder/hub-0999/promise"
        self.broker.publish(topic, b'{"until":"2026-01-01T00:00:00Z","expects":[]}')
        wait_for(lambda: self.names("hub-silent") == ["hub-0999"], "a promise that has passed")
        self.broker.publish(topic, b'{"until":"2126-01-01T00:00:00Z","expects":[]}')
        wait_for(lambda: self.names("hub-back") == ["hub-0999"], "the hub is back")

    def names(self, event: str) -> list[Any]:
        return [e["hub"] for e in self.receiver.events(event)]


class ByReceipt(BothEnds):
    """Where only the receipt settles, the other end may die too: it acknowledges what it has not
    stored yet."""

    settled_by = "  settled_by: receipt\n  receipt_within: 1s\n  receipt_tries: 3\n"
    readings = 100
    odds = 0.5
    victims = ["vakad", "vaka-mqtt", "vaka-receiver", "vaka-receiver"]
    test_a_correction_replaces_and_an_older_one_does_not = None
    test_no_command_is_lost_on_the_way_in = None
    test_a_dead_hub_is_raised = None
    test_receipts_come_after_the_commit_and_reach_the_hub = None

    def test_what_the_other_end_forgot_comes_again(self) -> None:
        """It acknowledged and died before its disk had it: the case a PUBACK cannot see."""
        self.receiver.kill()
        forgetful = self.broker.subscribe("vaka/1/soder/hub-0417/reading/#")
        self.addCleanup(forgetful.close)
        self.measure(0)
        (reading,) = self.stored()
        self.assertIn(reading, forgetful.next())
        self.assertIn(reading, forgetful.next())
        wait_for(lambda: self.hub.vakactl("status")["missing_receipts"] > 0, "it is missed")
        self.assertEqual([a["rule"] for a in self.hub.vakactl("alerts")
                          if a["rule"] == "receipt-missing"], ["receipt-missing"])
        self.receiver.start()
        wait_for(lambda: len(self.receiver.events("connected")) == 2, "the receiver is back")
        wait_for(lambda: self.dump() == {reading: 0}, "the receiver has it")
        wait_for(lambda: not any(a["rule"] == "receipt-missing"
                                 for a in self.hub.vakactl("alerts")), "healed")
        wait_for(lambda: self.outbox() == 0, "the outbox is empty")


class Compact(BothEnds):
    """`payload: cbor`: fewer bytes on the wire, the same document on the shelf."""

    settled_by = "  payload: cbor\n"
    test_a_correction_replaces_and_an_older_one_does_not = None
    test_no_command_is_lost_on_the_way_in = None
    test_a_dead_hub_is_raised = None
    test_receipts_come_after_the_commit_and_reach_the_hub = None
    test_kills_on_the_way_lose_nothing_and_double_nothing = None

    def kept(self, message: str) -> bytes:
        with closing(sqlite3.connect(self.db)) as db:
            (payload,) = db.execute("SELECT payload FROM message WHERE id = ?", (message,)).fetchone()
        return payload

    def test_the_same_document_in_fewer_bytes(self) -> None:
        base = "vaka/1/soder/hub-0417"
        wire = self.broker.subscribe(f"{base}/#", "%t|%C|%x")
        self.addCleanup(wire.close)
        wait_for(lambda: self.hub.vakactl("status")["link"]["state"] == "up", "the link")
        self.measure(1)
        (reading,) = self.stored()
        wait_for(lambda: self.dump() == {reading: 0}, "it is received")
        seen = {}
        while f"{base}/reading/p-1042/weight" not in seen or f"{base}/promise" not in seen:
            topic, form, payload = wire.next().split("|")
            seen[topic] = (form, bytes.fromhex(payload))
        form, payload = seen.pop(f"{base}/reading/p-1042/weight")
        self.assertEqual(form, "application/fhir+cbor")
        kept = self.kept(reading)
        self.assertIn(b'"value":80.005,', kept)
        self.assertEqual(json.loads(kept)["resourceType"], "Bundle")
        self.assertIn(bytes.fromhex("c48222 1a 00013885"), payload)  # 80005 and -3
        self.assertLess(len(payload), 0.9 * len(kept))
        self.assertEqual({form for topic, (form, _) in seen.items() if "/receipt/" not in topic},
                         {"application/cbor"})
        self.assertEqual(self.receiver.events("unreadable", "bad-promise"), [])

    def test_who_asks_in_json_is_answered_in_json(self) -> None:
        base = "vaka/1/soder/hub-0417"
        staff = self.broker.subscribe(f"{base}/reply/n-17/#", "%t|%C|%p")
        self.addCleanup(staff.close)
        wait_for(lambda: self.hub.vakactl("status")["link"]["state"] == "up", "the link")
        self.broker.publish(f"{base}/cmd/n-17/hub/selftest", b'{"cmd_id":"k1"}', "-D", "publish",
                            "response-topic", f"{base}/reply/n-17/x")
        _, form, answer = staff.next().split("|", 2)
        self.assertEqual((form, json.loads(answer)["cmd_id"]), ("application/json", "k1"))

    def test_what_cannot_be_read_is_not_kept(self) -> None:
        self.broker.publish("vaka/1/soder/hub-0417/reading/p-1042/weight", b"\xff", "-D", "publish",
                            "content-type", "application/fhir+cbor", "-D", "publish",
                            "user-property", "id", "a-1", "-D", "publish", "user-property", "rev", "0")
        wait_for(lambda: self.receiver.events("unreadable"), "it is told")
        self.assertNotIn("a-1", self.dump())


if __name__ == "__main__":
    hub_test.VAKAD, hub_test.VAKACTL, RELAY, RECEIVER = sys.argv[1:5]
    relay_house.MOSQUITTO = relay_house.find("mosquitto")
    for each in ("mosquitto_pub", "openssl", "dbus-daemon"):
        relay_house.find(each)
    with tempfile.TemporaryDirectory(prefix="vaka-ends-") as name:
        relay_house.FOLDER = Path(name)
        relay_house.FOLDER.chmod(0o755)
        relay_house.make_ca("ca")
        relay_house.make_cert("broker", "localhost")
        relay_house.make_cert("hub", "hub-0417")
        for key in relay_house.FOLDER.glob("*.key"):
            key.chmod(0o644)
        unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=2)
