# SPDX-License-Identifier: Apache-2.0
"""The state's disk takes no write, is full, or cannot be read, at the start and later: the hub decides
and tells, confirms nothing that is not kept, and heals."""
from __future__ import annotations

import json
import os
import select
import shutil
import sqlite3
import subprocess
import unittest
from contextlib import closing
from pathlib import Path
from typing import Any, Callable

import hub_process
from hub_process import (CRISIS, CUFF, HASTY, SECOND_PATH, Home, Hub, Plugin, now_local, pressure, published,
                         wait_for)


class DiskTrouble(unittest.TestCase):
    """The state's disk is full: alerting goes on from memory, confirmation waits."""

    def setUp(self) -> None:
        self.hub = Hub()
        self.hub.kill()
        state = self.hub.path / "state"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "vaka-test", str(state)],
                              capture_output=True, check=False)
        if done.returncode != 0:
            self.hub.start()
            self.skipTest("needs the privilege to mount")
        self.hub.start()
        self.relay, self.collector = self.hub.relay(), self.hub.plugin("ble")

    def tearDown(self) -> None:
        self.assertEqual(self.hub.process.poll(), None, "vakad ended")
        self.hub.kill()
        subprocess.run(["umount", "-l", str(self.hub.path / "state")], check=False,
                       capture_output=True)
        self.hub.close()

    def crisis_on_a_full_disk(self) -> tuple[dict, dict, Path]:
        """The reading as it was sent, its alert, and what fills the disk."""
        self.collector.ask({"t": "device", "device": CUFF, "kind": "cuff", "bonded": True,
                            "address": "00:AA:01:02:00:00", "address_type": 1})
        self.hub.vakactl("assign", CUFF, "p-1042")
        filler = self.hub.path / "state/filler"
        with self.assertRaises(OSError):
            with filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
        reading = {**pressure(190, 112, now_local()), "n": 99}
        self.collector.send(reading)
        alert = self.relay.until(lambda h: h["t"] == "publish" and
                                 h["topic"].startswith("alert/p-1042/"))
        self.assertIs(json.loads(alert["body"])["stored"], False)
        return reading, alert, filler

    def test_sent_again_as_soon_as_there_is_space_is_one_reading_and_one_alert(self) -> None:
        reading, _, filler = self.crisis_on_a_full_disk()
        filler.unlink()
        # The device got no answer and comes again, before the hub has tried the disk by itself.
        again = self.collector.ask({**reading, "n": 100})
        self.assertEqual((again["t"], again["repeat"]), ("stored", True))
        first = self.collector.until(lambda h: h.get("n") == 99)
        self.assertEqual((first["t"], first["id"]), ("stored", again["id"]))
        open_ones = [a for a in self.hub.vakactl("alerts") if a["class"] == "clinical"]
        self.assertEqual([(a["rule"], a["rev"], len(a["readings"])) for a in open_ones],
                         [("BP_CRISIS", 0, 1)])
        self.hub.kill()
        self.hub.start()
        kept = [a for a in self.hub.vakactl("alerts") if a["class"] == "clinical"]
        self.assertEqual([a["id"] for a in kept], [a["id"] for a in open_ones])

    def test_what_leaves_nothing_to_write_takes_no_room_of_an_event(self) -> None:
        """The journal holds 256: a radio that tells its state for an hour must not fill it."""
        _, _, filler = self.crisis_on_a_full_disk()
        for n in range(100):
            self.collector.ask({"t": "radio", "n": 1000 + n, "state": "up"})
        self.collector.send({**pressure(150, 90, now_local()), "n": 200})
        self.assertLess(self.hub.vakactl("status")["engine"]["journal"], 20)
        filler.unlink()
        answer = self.collector.until(lambda h: h.get("n") == 200)
        self.assertEqual(answer["t"], "stored", answer)

    def test_all_that_one_event_caused_is_written_afterwards(self) -> None:
        self.collector.ask({"t": "reading", "device": CUFF, "char": 0x2a35, "raw": "0e205c",
                            "error": {"byte": 3, "why": "time stamp expected"}})
        unreadable = f"reading-unreadable-{CUFF}"

        def open_rules() -> list[str]:
            return [a["rule"] for a in self.hub.vakactl("alerts")]
        self.assertIn(unreadable, open_rules())
        # One value heals the fault and raises the alert.
        _, _, filler = self.crisis_on_a_full_disk()
        filler.unlink()
        self.collector.until(lambda h: h.get("n") == 99)
        self.hub.kill()
        self.hub.start()
        self.assertIn("BP_CRISIS", open_rules())
        self.assertNotIn(unreadable, open_rules())

    def test_full_disk_alerts_and_confirms_later(self) -> None:
        _, _, filler = self.crisis_on_a_full_disk()
        self.assertEqual(self.hub.vakactl("status")["engine"]["store"], "failed")
        filler.unlink()
        answer = self.collector.until(lambda h: h.get("n") == 99)
        self.assertEqual(answer["t"], "stored", "told only when it was")
        self.assertEqual([r["id"] for r in self.hub.vakactl("readings")], [answer["id"]])
        self.assertEqual([a["rule"] for a in self.hub.vakactl("alerts")
                          if a["class"] == "clinical"], ["BP_CRISIS"])


def use_up_room(log: Path) -> None:
    """A log without the zeros the hub has put behind its last frame, or a full disk would still take
    what goes in there."""
    head, frame = 32, 24 + 2048
    used = len(log.read_bytes().rstrip(b"\0"))
    os.truncate(log, head + -(-(used - head) // frame) * frame)


class DamagedRow(unittest.TestCase):
    """A message in the outbox that cannot be unpacked any more."""

    def test_what_is_behind_it_leaves(self) -> None:
        hub = Hub()
        self.addCleanup(hub.close)
        collector = hub.plugin("ble")
        for systolic in (121, 122):
            collector.ask(pressure(systolic, 80, now_local()))
        hub.end()
        with closing(sqlite3.connect(hub.path / "state/vaka.db")) as db, db:
            first = db.execute("SELECT min(seq) FROM outbox WHERE size > 0").fetchone()[0]
            db.execute("UPDATE outbox SET is_urgent = 1, size = size + 1 WHERE seq = ?", (first,))
        hub.start()
        self.assertIn(b'"value":122', published(hub.relay(), "reading/")["body"].replace(b" ", b""))
        wait_for(lambda: hub.vakactl("status")["engine"]["outbox"]["set_aside"] == 1, "it is counted")
        self.assertEqual(hub.end(), 0)


class BadStart(Home):
    """The state's disk takes no write when the hub starts."""

    plan = HASTY
    second_path = SECOND_PATH

    def setUp(self) -> None:
        super().setUp()
        self.state = self.hub.path / "state"
        self.hub.kill()
        self.saved = self.hub.path / "saved"
        shutil.copytree(self.state, self.saved, ignore=shutil.ignore_patterns("*.reserve"))
        use_up_room(self.saved / "vaka.db-wal")
        if self.mount("-t", "tmpfs", "-o", "size=2m", "vaka-test"):
            self.hub.start()
            self.skipTest("needs the privilege to mount")
        shutil.copytree(self.saved, self.state, dirs_exist_ok=True)

    def mount(self, *words: str) -> int:
        return subprocess.run(["mount", *words, str(self.state)], capture_output=True,
                              check=False).returncode

    def tearDown(self) -> None:
        self.hub.kill()
        subprocess.run(["umount", "-l", str(self.state)], check=False, capture_output=True)
        self.hub.close()

    def serves(self, heal: Callable[[], Any]) -> None:
        """It starts, decides, tells by both ways, confirms nothing, and heals."""
        self.hub.start()
        relay, hook = self.hub.relay(), self.hub.plugin("hook")
        collector = self.hub.plugin("ble")
        self.assertEqual(self.hub.vakactl("status")["engine"]["plans"][0]["version"], 1)
        collector.send({**pressure(190, 112, now_local()), "n": 99})
        message = relay.until(lambda h: h["t"] == "publish" and h["topic"].startswith(
            "alert/p-1042/"))
        alert = json.loads(message["body"])
        self.assertEqual((alert["rule"], alert["stored"]), (CRISIS, False))
        relay.send({"t": "settled", "n": message["n"], "reason": 0})
        self.assertEqual(self.hub.vakactl("status")["engine"]["store"], "failed")
        second = hook.until(lambda h: h["t"] == "publish")
        self.assertEqual(second["id"], alert["id"])
        hook.send({"t": "settled", "n": second["n"], "reason": 0})
        heal()
        answer = collector.until(lambda h: h.get("n") == 99)
        self.assertEqual(answer["t"], "stored", "told only when it was")
        wait_for(lambda: self.hub.vakactl("status")["engine"]["store"] == "ok", "it has healed")
        self.assertIn(CRISIS, [a["rule"] for a in self.hub.vakactl("alerts")])
        self.assertEqual([a["result"] for a in self.audited("second-path")], ["ok"])
        self.restart()
        self.assertIn(CRISIS, [a["rule"] for a in self.hub.vakactl("alerts")])

    def test_read_only_after_an_unclean_stop(self) -> None:
        self.mount("-o", "remount,ro")
        self.serves(lambda: self.mount("-o", "remount,rw"))

    def test_read_only_after_an_orderly_stop(self) -> None:
        self.hub.start()
        self.hub.process.terminate()
        self.assertEqual(self.hub.process.wait(hub_process.DEADLINE_S), 0)
        self.mount("-o", "remount,ro")
        self.serves(lambda: self.mount("-o", "remount,rw"))

    def test_full(self) -> None:
        filler = self.state / "filler"
        with self.assertRaises(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        self.serves(filler.unlink)

    def handed_over(self, hook: Plugin) -> list[str]:
        """What the hook has got by now: an answer over the bus comes behind it."""
        for _ in range(2):
            self.hub.vakactl("status")
        ids = []
        while select.select([hook.socket], [], [], 0)[0]:
            header = json.loads(hook.socket.recv(65536).partition(b"\n")[0])
            ids += [header["id"]] if header["t"] == "publish" else []
        return ids

    def test_what_the_second_path_took_it_takes_once(self) -> None:
        """Kept while the store wrote, taken while it does not."""
        self.hub.start()
        self.collector = self.hub.plugin("ble")
        self.measure()
        wait_for(lambda: "takes the second path" in self.hub.log.read_text(), "the step is taken")
        self.hub.kill()
        self.mount("-o", "remount,ro")
        self.hub.start()
        hook = self.hub.plugin("hook")
        message = hook.until(lambda h: h["t"] == "publish")
        hook.send({"t": "settled", "n": message["n"], "reason": 0})
        # Of the store that fails there is an alert too, and it may come in the meantime.
        self.assertNotIn(message["id"], self.handed_over(hook), "nobody is called twice")
        self.mount("-o", "remount,rw")
        wait_for(lambda: self.hub.vakactl("status")["engine"]["store"] == "ok", "it has healed")
        self.hub.kill()
        with sqlite3.connect(self.state / "vaka.db") as db:
            left = db.execute("SELECT count(*) FROM second_path WHERE alert = ?", (message["id"],))
            self.assertEqual(left.fetchone(), (0,))

    def test_what_left_leaves_once(self) -> None:
        self.mount("-o", "remount,ro")
        self.hub.start()
        relay = self.hub.relay()
        self.hub.plugin("ble").send({**pressure(190, 112, now_local()), "n": 99})
        ids = []
        while "BP_CRISIS" not in (ids[-1][2] if ids else ""):
            m = relay.until(lambda h: h["t"] == "publish" and h["n"] > -1000000)
            relay.send({"t": "settled", "n": m["n"], "reason": 0})
            ids.append((m["n"], m["id"], m["body"].decode()))
        self.hub.vakactl("status")
        self.assertEqual(len({n for n, _, _ in ids}), len(ids), "each number once")

    def test_nothing_to_read_either(self) -> None:
        for file in self.state.iterdir():
            file.unlink()
        self.mount("-o", "remount,ro")
        self.hub.start()
        relay = self.hub.relay()
        self.hub.plugin("gpio").send({"t": "signal", "n": 1, "name": "bed-exit", "active": True,
                                      "at_ms": 0})
        check = relay.until(lambda h: h["t"] == "publish" and h["topic"].startswith("check/"))
        self.assertGreater(int(json.loads(check["body"])["id"][1:]), 1000000,
                           "a number that the lost file cannot have given out")
        self.mount("-o", "remount,rw")
        (self.state / "vaka.db").touch()
        self.assertEqual(self.hub.process.wait(hub_process.DEADLINE_S), 0, "a new start recovers")


if __name__ == "__main__":
    hub_process.main()
