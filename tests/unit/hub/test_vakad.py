# SPDX-License-Identifier: Apache-2.0
"""vakad as a process: its plugins are played by this script over the real socket.

What a person would notice: a reading is answered only after it is kept, survives any kill, reaches
the relay once per revision; an alert rises under the plan and is moved by staff; a plugin that
misbehaves is cut off and the rest goes on.
"""
from __future__ import annotations

import base64
import json
import os
import re
import sqlite3
import struct
import subprocess
import tempfile
import time
import threading
import unittest
from contextlib import closing
from pathlib import Path

import hub_process
from hub_process import (BASE, CUFF, PLAN, SCALE, Home, Hub, Plugin, now_local, pressure, published,
                         wait_for, weight)


class Readings(unittest.TestCase):
    def setUp(self) -> None:
        self.hub = Hub()

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0, "vakad did not end in order")

    def test_stored_then_published_as_a_bundle(self) -> None:
        relay, collector = self.hub.relay(), self.hub.plugin("ble")
        answer = collector.ask(weight(16000, "80.00"))
        self.assertEqual((answer["t"], answer["repeat"]), ("stored", False))
        message = published(relay, "reading/")
        self.assertEqual(message["topic"], "reading/unassigned/weight")
        self.assertEqual((message["id"], message["rev"]), (answer["id"], 0))
        bundle = json.loads(message["body"])
        self.assertEqual((bundle["resourceType"], bundle["type"]), ("Bundle", "transaction"))
        self.assertIn(b"80.00", message["body"])

    def test_same_bytes_again_are_the_same_reading(self) -> None:
        collector = self.hub.plugin("ble")
        first = collector.ask(weight(16000, "80.00"))
        again = [collector.ask(weight(16000, "80.00")) for _ in range(20)]
        self.assertEqual({a["id"] for a in again}, {first["id"]})
        self.assertTrue(all(a["repeat"] for a in again))

    def test_kept_over_kill_and_sent_again_under_the_same_id(self) -> None:
        collector = self.hub.plugin("ble")
        ids = [collector.ask(weight(16000 + i, f"{80 + i / 200:.3f}"))["id"] for i in range(30)]
        self.hub.kill()
        self.hub.start()
        relay = self.hub.relay()
        sent = [relay.until(lambda h: h["t"] == "publish" and h["topic"].startswith("reading/"))
                for _ in ids]
        self.assertEqual([m["id"] for m in sent], ids)
        self.hub.kill()  # nothing was settled: all of it comes again
        self.hub.start()
        relay = self.hub.relay()
        self.assertEqual([published(relay, "reading/")["id"] for _ in ids], ids)

    def test_several_leave_in_one_packet_where_the_relay_takes_that(self) -> None:
        collector = self.hub.plugin("ble")
        ids = [collector.ask(weight(16000 + i, f"{80 + i / 200:.3f}"))["id"] for i in range(8)]
        for batch in (True, False):
            relay = self.hub.relay(batch)
            sent = [relay.until(lambda h: h["t"] == "publish" and h["topic"].startswith("reading/"))
                    for _ in ids]  # none is settled: all of it comes again
            self.assertEqual([m["id"] for m in sent], ids)
            self.assertEqual(relay.n_batches > 0, batch)
            self.hub.kill()
            self.hub.start()

    def test_settled_rows_do_not_come_again(self) -> None:
        relay, collector = self.hub.relay(), self.hub.plugin("ble")
        first = collector.ask(weight(16000, "80.00"))["id"]
        self.assertEqual(published(relay, "reading/")["id"], first)
        second = collector.ask(weight(16001, "80.005"))["id"]
        relay.until(lambda h: h["t"] == "publish" and h.get("id") == second)
        relay.close()
        again = wait_for(self.reconnect, "a second relay")
        self.assertEqual(published(again, "reading/")["id"], second)

    def test_a_settled_row_needs_no_other_write_to_leave(self) -> None:
        relay, collector = self.hub.relay(), self.hub.plugin("ble")
        for i in range(3):  # what a start writes is over by then
            collector.ask(weight(16000 + i, f"{80 + i / 200:.3f}"))
            published(relay, "reading/")
            wait_for(lambda: self.hub.vakactl("status")["engine"]["outbox"]["depth"] == 0, "it has left")

    def test_a_relay_that_settles_at_once_is_never_too_early(self) -> None:
        """The row comes from the engine's thread; the loop must know of it before it is settled."""
        relay, collector = self.hub.relay(batch=True), self.hub.plugin("ble")

        def answer() -> None:
            try:
                while True:
                    header = relay.receive()
                    if header["t"] == "publish":
                        relay.send({"t": "settled", "n": header["n"], "reason": 0})
            except (EOFError, OSError):
                pass

        threading.Thread(target=answer, daemon=True).start()
        for i in range(150):
            collector.ask(weight(16000 + i, f"{80 + i / 200:.3f}"))
        wait_for(lambda: self.hub.vakactl("status")["engine"]["outbox"]["depth"] == 0,
                 "all of it has left")

    def test_what_was_settled_before_an_orderly_stop_does_not_come_again(self) -> None:
        relay, collector = self.hub.relay(), self.hub.plugin("ble")
        collector.ask(weight(16000, "80.00"))
        published(relay, "reading/")
        self.assertEqual(relay.ask({"t": "no-such-word"})["t"], "failed")  # behind the settlement
        self.assertEqual(self.hub.end(), 0)
        self.hub.start()
        relay, collector = self.hub.relay(), self.hub.plugin("ble")
        second = collector.ask(weight(16001, "80.005"))["id"]
        self.assertEqual(published(relay, "reading/")["id"], second)

    def reconnect(self) -> Plugin | None:
        relay = self.hub.plugin("mqtt")
        if relay.welcome["t"] != "welcome":
            return None
        relay.ask({"t": "link", "state": "up", "reason": "connack"})
        return relay

    def test_undecodable_bytes_are_kept_and_named(self) -> None:
        collector = self.hub.plugin("ble")
        answer = collector.ask({"t": "reading", "device": SCALE, "char": 0x2a9d, "raw": "0e205c",
                                "error": {"byte": 3, "why": "time stamp expected"}})
        self.assertEqual(answer["t"], "stored")
        self.assertIn("byte 3: time stamp expected", self.hub.log.read_text())

    def test_good_value_heals_the_unreadable_one_over_a_restart(self) -> None:
        collector = self.hub.plugin("ble")
        collector.ask({"t": "reading", "device": SCALE, "char": 0x2a9d, "raw": "0e205c",
                       "error": {"byte": 3, "why": "time stamp expected"}})
        rules = [a["rule"] for a in self.hub.vakactl("alerts")]
        self.assertIn(f"reading-unreadable-{SCALE}", rules)
        self.hub.kill()
        self.hub.start()
        self.hub.plugin("ble").ask(weight(16000, "80.00"))
        rules = [a["rule"] for a in self.hub.vakactl("alerts")]
        self.assertNotIn(f"reading-unreadable-{SCALE}", rules)

    def faults(self) -> set[str]:
        return {f["name"] for f in self.hub.vakactl("status")["engine"]["faults"]}

    def test_what_is_wrong_with_a_device_is_a_fault_until_it_is_right(self) -> None:
        collector = self.hub.plugin("ble")
        collector.ask({"t": "device", "device": SCALE, "bonded": True, "state": "bond-lost"})
        self.assertEqual(self.faults(), {f"bond-lost-{SCALE}"})
        collector.ask({"t": "device", "device": SCALE, "state": "foreign-owner"})
        self.assertEqual(self.faults(), {f"foreign-owner-{SCALE}"})
        empty = weight(65535, "80.00")
        empty["decoded"]["values"] = {"weight": {"absent": "unsuccessful"}}
        collector.ask(empty)
        self.assertIn(f"reading-empty-{SCALE}", self.faults())
        collector.ask(weight(16000, "80.00"))
        collector.ask({"t": "device", "device": SCALE, "state": "ok"})
        self.assertEqual(self.faults(), set())

    def test_device_that_is_forgotten_has_no_fault_left(self) -> None:
        collector = self.hub.plugin("ble")
        collector.ask({"t": "device", "device": SCALE, "bonded": True, "state": "bond-lost"})
        collector.ask({"t": "reading", "device": SCALE, "char": 0x2a9d, "raw": "0e205c",
                       "error": {"byte": 3, "why": "time stamp expected"}})
        self.assertEqual(self.faults(), {f"bond-lost-{SCALE}", f"reading-unreadable-{SCALE}"})
        self.hub.vakactl("forget", SCALE)
        self.assertEqual(self.faults(), set())


class Alerts(unittest.TestCase):
    """A cuff that is the patient's, a relay, and staff behind it."""

    def setUp(self) -> None:
        self.hub = Hub()
        self.relay, self.collector = self.hub.relay(), self.hub.plugin("ble")

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0)

    def command(self, topic: str, payload: dict, staff: str = "n-17") -> dict:
        response = f"{BASE}/reply/{staff}/board"
        self.relay.ask({"t": "message", "topic": f"cmd/{staff}/{topic}", "correlation": "0a0b",
                        "response_topic": response}, json.dumps(payload).encode())
        message = self.relay.until(
            lambda h: h["t"] == "publish" and h.get("response_to") == response and
            h["id"] == payload["cmd_id"])
        self.relay.send({"t": "settled", "n": message["n"], "reason": 0})
        self.assertEqual(message["correlation"], "0a0b")
        return json.loads(message["body"])

    def raise_alert(self) -> dict:
        collector = self.collector
        self.assertEqual(collector.ask({"t": "device", "device": CUFF, "kind": "cuff",
                                        "address": "00:AA:01:02:00:00", "address_type": 1,
                                        "bonded": True})["t"], "done")
        self.hub.vakactl("assign", CUFF, "p-1042")
        self.measured = collector.ask(pressure(190, 112, now_local()))
        self.assertEqual(self.measured["t"], "stored", self.measured)
        return json.loads(published(self.relay, "alert/p-1042/")["body"])

    def test_raised_accepted_closed(self) -> None:
        alert = self.raise_alert()
        self.assertEqual((alert["state"], alert["priority"]), ("raised", "high"))
        accept = {"cmd_id": "x1", "object": alert["id"], "rev": alert["rev"]}
        reply = self.command("alert/accept", accept)
        self.assertEqual(reply["result"], "ok", reply)
        accepted = json.loads(published(self.relay, "alert/p-1042/")["body"])
        self.assertEqual((accepted["state"], accepted["by"]), ("accepted", "n-17"))
        self.assertEqual(self.command("alert/accept", accept), reply, "a repeated cmd_id")
        stale = self.command("alert/close", {"cmd_id": "x2", "object": alert["id"], "rev": 0,
                                             "outcome": "called"})
        self.assertEqual((stale["result"], stale["code"]), ("refused", "conflict"))
        state = self.command("state/get", {"cmd_id": "x3"})["state"]
        self.assertEqual([a["id"] for a in state["alerts"]], [alert["id"]])
        reply = self.command("alert/close", {"cmd_id": "x4", "object": alert["id"],
                                             "rev": accepted["rev"], "outcome": "called"})
        self.assertEqual(reply["result"], "ok", reply)
        closed = published(self.relay, "alert/p-1042/")
        self.assertEqual((json.loads(closed["body"])["state"], closed.get("retain", False)),
                         ("closed", False))
        emptied = published(self.relay, "alert/p-1042/")
        self.assertEqual((emptied["body"], emptied["retain"]), (b"", True))
        self.assertEqual(self.command("state/get", {"cmd_id": "x5"})["state"]["alerts"], [])

    def test_an_alert_hurries_a_link_that_is_down(self) -> None:
        """Said once, said again to a relay that starts anew and by a hub that does, until it is up."""
        self.relay.ask({"t": "link", "state": "down", "reason": "gone"})
        self.collector.ask({"t": "device", "device": CUFF, "kind": "cuff", "bonded": True,
                            "address": "00:AA:01:02:00:00", "address_type": 1})
        self.hub.vakactl("assign", CUFF, "p-1042")
        self.collector.ask(pressure(190, 112, now_local()))
        self.relay.until(lambda h: h["t"] == "hurry")
        self.hub.kill()
        self.hub.start()
        relay = self.hub.plugin("mqtt")
        relay.until(lambda h: h["t"] == "hurry")
        relay.ask({"t": "link", "state": "up", "reason": "connack", "session_present": False})
        published(relay, "alert/p-1042/")

    def test_open_alert_survives_kill(self) -> None:
        alert = self.raise_alert()
        self.hub.kill()
        self.hub.start()
        self.relay = self.hub.relay()
        state = self.command("state/get", {"cmd_id": "y1"})["state"]
        self.assertEqual([a["id"] for a in state["alerts"]], [alert["id"]])

    def test_reply_topic_must_be_the_senders_own(self) -> None:
        self.relay.ask({"t": "message", "topic": "cmd/n-17/state/get",
                        "response_topic": f"{BASE}/reply/n-99/board"}, b'{"cmd_id":"z1"}')
        wait_for(lambda: "outside the sender's own" in self.hub.log.read_text(), "refusal logged")

    def test_altered_plan_is_refused_with_reasons(self) -> None:
        payload = {"plan": base64.b64encode(PLAN).decode(), "key": "dr-17",
                   "signature": base64.b64encode(bytes(64)).decode()}
        self.relay.ask({"t": "message", "topic": "plan/p-1042"}, json.dumps(payload).encode())
        applied = self.relay.until(lambda h: h["t"] == "publish" and
                                   h["topic"] == "plan/p-1042/applied" and
                                   json.loads(h["body"])["errors"])
        self.assertGreaterEqual(json.loads(applied["body"])["version"], 1)

    def test_bed_exit_opens_a_check(self) -> None:
        lines = self.hub.plugin("gpio")
        answer = lines.ask({"t": "signal", "name": "bed-exit", "active": True,
                            "at_ms": int(time.time() * 1000)})
        self.assertEqual(answer["t"], "done")
        check = json.loads(published(self.relay, "check/p-1042/")["body"])
        self.assertEqual((check["state"], check["attempt"]), ("due", 1))
        reply = self.command("check/claim", {"cmd_id": "c1", "object": check["id"],
                                             "rev": check["rev"]}, "night-3")
        self.assertEqual(reply["result"], "ok", reply)
        claimed = json.loads(published(self.relay, "check/p-1042/")["body"])
        self.assertEqual((claimed["state"], claimed["by"]), ("claimed", "night-3"))


class Bounds(unittest.TestCase):
    def test_what_is_given_up_is_said_until_the_rest_has_gone(self) -> None:
        """At the start, where the store is tidied at once; else every half minute."""
        hub = Hub(store=", outbox_rows: 10")
        self.addCleanup(lambda: (hub.kill(), hub.close()))
        collector = hub.plugin("ble")
        ids = [collector.ask(weight(16000 + n, f"{80 + n / 200:.3f}"))["id"] for n in range(25)]
        hub.kill()
        hub.start()
        wait_for(lambda: hub.vakactl("status")["engine"]["messages_dropped"] >= 15, "the bound")
        self.assertEqual(hub.vakactl("status")["engine"]["outbox"]["most"],
                         {"rows": 10, "bytes": 256 << 20, "days": 400})
        relay, left, states = hub.relay(), set(), []
        while "closed" not in states:
            header = relay.until(lambda h: h["t"] == "publish")
            relay.send({"t": "settled", "n": header["n"], "reason": 0})
            if header["topic"].startswith("reading/"):
                left.add(header["id"])
            elif header["topic"].startswith("alert/") and header["body"]:
                alert = json.loads(header["body"])
                if alert["rule"] == "outbox-dropped":
                    states.append(alert["state"])
        self.assertEqual(states[0], "raised")
        self.assertLessEqual(left, set(ids[-10:]), "the oldest leave")
        self.assertEqual(len(hub.vakactl("readings", "--limit", "100")), 25, "readings stay")


class Plugins(unittest.TestCase):
    def setUp(self) -> None:
        self.hub = Hub()

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0)

    def test_wrong_version_is_told(self) -> None:
        stranger = self.hub.plugin("ble", version=2)
        self.assertEqual((stranger.welcome["t"], stranger.welcome["code"]), ("refused", "version"))
        self.assertIn("speaks version 2, this hub speaks 1", stranger.welcome["text"])
        self.assertEqual(self.hub.plugin("ble").welcome["t"], "welcome")

    def test_one_of_each(self) -> None:
        first = self.hub.plugin("ble")
        self.assertEqual(self.hub.plugin("ble").welcome["code"], "twice")
        self.assertEqual(first.ask(weight(16000, "80.00"))["t"], "stored")

    def test_flood_is_cut_off_and_the_rest_goes_on(self) -> None:
        lines, collector = self.hub.plugin("gpio"), self.hub.plugin("ble")
        self.drown(collector)
        # By number, or, on a slow machine, because it never reads what it is answered.
        wait_for(lambda: re.search("ble cut off: (flood|does not read)", self.hub.log.read_text()),
                 "the flood is named")
        self.assertEqual(lines.ask({"t": "signal", "name": "bed-exit", "active": False,
                                    "at_ms": 0})["t"], "done")
        self.assertEqual(wait_for(self.back, "a new collector").welcome["t"], "welcome")

    def drown(self, collector: Plugin) -> None:
        with self.assertRaises((BrokenPipeError, ConnectionResetError, TimeoutError)):
            for i in range(200000):
                collector.send({**weight(16000, "80.00"), "n": i + 1})

    def back(self) -> Plugin | None:
        plugin = self.hub.plugin("ble")
        return plugin if plugin.welcome["t"] == "welcome" else None

    def test_rights_by_role(self) -> None:
        lines = self.hub.plugin("gpio")
        self.assertEqual(lines.ask(weight(16000, "80.00"))["code"], "rights")

    def test_third_invalid_message_ends_it(self) -> None:
        collector = self.hub.plugin("ble")
        bad = {**weight(16000, "80.00"), "raw": "zz"}
        self.assertEqual(collector.ask(bad)["code"], "invalid")
        self.assertIn("raw: expected", collector.ask(bad)["text"])
        collector.ask(bad)
        with self.assertRaises((EOFError, ConnectionResetError)):
            collector.receive()


class Models(unittest.TestCase):
    """devices.d reaches the collector; what it knows of a record's place reaches the store."""

    def setUp(self) -> None:
        os.environ["VAKA_DEVICES"] = str(Path(__file__).parents[3] / "config/devices.d")
        self.hub = Hub()
        self.collector = self.hub.plugin("ble")

    def tearDown(self) -> None:
        del os.environ["VAKA_DEVICES"]
        self.assertEqual(self.hub.stop(), 0)

    def test_collector_gets_the_models_before_its_devices(self) -> None:
        count = self.collector.until(lambda m: m["t"] == "models")["count"]
        told = []
        while not told or told[-1]["t"] != "devices-end":
            message = self.collector.receive()
            if message["t"] != "expect":  # when something is awaited is told at any time
                told.append(message)
        self.assertEqual([m["t"] for m in told], ["model"] * count + ["devices-end"])
        models = {m["id"]: m for m in told[:count]}
        omron = models["omron-blesmart"]
        self.assertIn("clock-first-notified", omron["quirks"])
        self.assertEqual((omron["names"], omron["support"]), (["BLESmart_*"], "full"))
        self.assertIn("service-changed-first", models["and-uc-352ble"]["quirks"])

    def test_notes_come_back_with_the_device(self) -> None:
        notes = {"memory": "v1 c1,2,3", "model_id": "and-ua-651ble", "clock": "factory",
                 "consent": "refused", "manufacturer": "A&D", "model": "UA-651BLE"}
        self.assertEqual(self.collector.ask({"t": "device", "device": CUFF, **notes})["t"], "done")
        self.collector.close()
        again = wait_for(self.back, "the collector's place is free")
        device = again.until(lambda m: m["t"] == "device")
        self.assertEqual((device["memory"], device["manufacturer"], device["model"]),
                         ("v1 c1,2,3", "A&D", "UA-651BLE"))
        self.assertFalse(device["may_delete"])
        shown = self.hub.vakactl("devices")[0]
        self.assertEqual((shown["model_id"], shown["clock"], shown["user_consent"]),
                         ("and-ua-651ble", "factory", "refused"))

    def back(self) -> Plugin | None:
        plugin = self.hub.plugin("ble")
        return plugin if plugin.welcome["t"] == "welcome" else None

    def test_place_of_a_record_goes_before_its_clock(self) -> None:
        record = {**pressure(121, 81, "2017-01-01T00:20:00"), "live": False}
        placed = {"by": "neighbours", "time_ms": 1772539200000, "uncertainty_s": 1802}
        self.assertEqual(self.collector.ask({**record, "placed": placed})["t"], "stored")
        reading = self.hub.vakactl("readings")[0]
        self.assertEqual((reading["uncertainty_s"], reading["time_reason"]), (1802, "sequence"))
        self.assertTrue(reading["time"].startswith("2026-03-03T13:00:00"), reading["time"])
        self.assertEqual(self.collector.ask({**record, "placed": {**placed, "by": "guess"}})["code"],
                         "invalid")

    def test_moving_number_is_one_reading(self) -> None:
        def record(sequence: int) -> dict:
            raw = struct.pack("<BHHBBBBBHB", 2, sequence, 2026, 3, 3, 7, 0, 0, 0xb055, 0x11)
            return {"t": "reading", "device": CUFF, "char": 0x2a18, "live": False,
                    "raw": raw.hex(), "sequence_moves": True, "clock_offset_s": 0,
                    "decoded": {"kind": "glucose", "sequence": sequence, "flags": [],
                                "device_time": "2026-03-03T07:00:00", "implausible": [],
                                "values": {"glucose": {"value": "85", "unit": "mg/dL"}}}}
        first, second = self.collector.ask(record(0)), self.collector.ask(record(1))
        self.assertEqual((first["id"], second["repeat"]), (second["id"], True))


class Command(unittest.TestCase):
    def test_check_names_every_mistake(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "hub.yaml"
            file.write_text("vaka_hub: 1\nsite: sö der\nhubb: h1\nzone: Mars/Olympus\n",
                            encoding="utf-8")
            done = subprocess.run([hub_process.VAKAD, "--check", str(file)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        for place in (f"{file}:2:7: ", f"{file}:3:1: ", f"{file}:4:7: "):
            self.assertIn(place, done.stderr)

    def test_decode_needs_no_daemon(self) -> None:
        done = subprocess.run([hub_process.VAKACTL, "decode", "--uuid", "2a9d", "01 90 65"],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, json.loads(done.stdout)["values"]["weight"]),
                         (0, {"value": "260.00", "unit": "[lb_av]"}))


class Certificate(unittest.TestCase):
    """A hub whose certificate runs out would fall silent for good."""

    def test_it_is_told_in_time_and_healed_by_a_new_one(self) -> None:
        hub = Hub()
        self.addCleanup(hub.stop)
        relay = hub.plugin("mqtt")

        def names() -> set[str]:
            return {f["name"] for f in hub.vakactl("status")["engine"]["faults"]}

        for days, is_told in ((29, True), (31, False)):
            until = int(time.time()) + days * 86400
            for state in ("down", "up"):
                relay.ask({"t": "link", "state": state, "reason": "", "certificate_until": until})
            wait_for(lambda: ("certificate-expires" in names()) == is_told, f"{days} days are left")
        self.assertIsNotNone(hub.vakactl("status")["link"]["certificate_until"])


class Chip(unittest.TestCase):
    def test_the_relay_is_told_the_whole_uri_of_a_key(self) -> None:
        """As the tools of a chip print it."""
        key = ("pkcs11:model=SLB9670;manufacturer=Infineon;serial=0000000000000000;token=hub;id=%01;"
               "object=hub;type=private?pin-source=file:/etc/vaka/tls/hub.pin")
        hub = Hub(mqtt=f"{hub_process.BROKERS}  key: \"{key}\"\n")
        self.addCleanup(hub.stop)
        self.assertEqual(hub.plugin("mqtt").welcome["config"]["key"], key)


class TimeFloor(unittest.TestCase):
    """What a run before knew for sure is the relay's, whose certificates are judged by it."""

    def test_the_relay_is_told(self) -> None:
        hub = Hub()
        self.addCleanup(hub.stop)
        self.assertNotIn("time_floor", hub.plugin("mqtt").welcome)
        hub.end()
        with closing(sqlite3.connect(hub.path / "state/vaka.db")) as db, db:
            db.execute("INSERT INTO meta VALUES('utc_floor_ms', 1893456000123)")
        hub.start()
        self.assertEqual(hub.plugin("mqtt").welcome["time_floor"], 1893456000)


class Line(Home):
    """Within one boot of the machine the hub's line runs through; another one begins anew."""

    def line(self, more: int = 0) -> dict[str, int]:
        """What a killed hub has kept of it; the next one finds another boot where more is 1."""
        self.hub.kill()
        with closing(sqlite3.connect(self.hub.path / "state/vaka.db")) as db, db:
            line = dict(db.execute("SELECT key, value FROM meta WHERE key GLOB 'line_*'"))
            db.execute("UPDATE meta SET value = value + ? WHERE key = 'line_boot'", (more,))
        self.hub.start()
        return line

    def test_it_runs_through(self) -> None:
        self.measure()
        first = self.line()
        self.assertEqual((first["line_reading"], len(first)), (0, 3))
        self.assertEqual(self.line(more=1), first)
        again = self.line()
        self.assertEqual((again["line_boot"], again["line_reading"]), (first["line_boot"], 1))


if __name__ == "__main__":
    hub_process.main()
