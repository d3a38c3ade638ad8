# SPDX-License-Identifier: Apache-2.0
"""A page of the database is damaged by hand, of each sort: the hub starts, or goes on, says what is
damaged, keeps what can be read, sets the damaged file aside as it is, and a high alert still gets out."""
from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import time
import unittest
from contextlib import closing
from pathlib import Path
from unittest import mock

import hub_process
from hub_process import CRISIS, CUFF, SCALE, Hub, now_local, pressure, wait_for, weight

PAGE, FRAME, MANY = 2048, 24 + 2048, 120


class House(unittest.TestCase):
    """A hub with readings that wait for the relay."""

    def setUp(self) -> None:
        self.hub = Hub(more="watch: {every: 1s}\n")
        self.file = self.hub.path / "state/vaka.db"
        collector = self.hub.plugin("ble")
        for device, kind in ((SCALE, "scale"), (CUFF, "cuff")):
            collector.ask({"t": "device", "device": device, "kind": kind, "bonded": True,
                           "address": "00:AA:01:02:00:00", "address_type": 1})
            self.hub.vakactl("assign", device, "p-1042")
        self.ids = [collector.ask(weight(15900 + i, f"{79.5 + i / 200:.3f}"))["id"] for i in range(MANY)]

    def tearDown(self) -> None:
        self.assertIsNone(self.hub.process.poll(), self.hub.log.read_text())
        self.hub.kill()
        os.system(f"umount -l {self.file.parent} 2>/dev/null")
        self.hub.close()

    # -- by hand

    def page(self, sql: str) -> int:
        with closing(sqlite3.connect(self.file)) as db:
            return db.execute(sql).fetchone()[0]

    def leaf(self, tree: str) -> int:
        return self.page(f"SELECT pageno FROM dbstat WHERE name = '{tree}' AND pagetype = 'leaf' ORDER BY"
                         f" path LIMIT 1 OFFSET (SELECT count(*) / 2 FROM dbstat WHERE name = '{tree}'"
                         " AND pagetype = 'leaf')")

    def root(self, tree: str) -> int:
        return self.page(f"SELECT rootpage FROM sqlite_schema WHERE name = '{tree}'")

    def write(self, file: Path, at: int, size: int = PAGE) -> None:
        with file.open("r+b") as f:
            f.seek(at)
            f.write(b"\xa5" * size)

    def damage(self, *pages: int) -> None:
        for page in pages:
            self.write(self.file, (page - 1) * PAGE)

    # -- to be seen

    def aside(self) -> list[Path]:
        return [p for p in self.file.parent.glob("vaka.db.damaged-*") if not p.name.endswith("-wal")]

    def told(self) -> dict[str, str]:
        return {f["name"]: f["reason"] for f in self.hub.vakactl("status")["engine"]["faults"]}

    def alerts_and_heals(self, lost: str, n_lost: int = 0) -> None:
        """What is stored reaches the relay, what was lost of the outbox too; a high alert first."""
        reason = f"not whole: {lost}" if lost else "mended, nothing is lost"
        wait_for(lambda: self.told().get("store-damaged") == reason, f"{reason}: {self.told()}")
        self.assertEqual(len(self.aside()), 1)
        # The collector of before went with the hub that it spoke to, or is still there.
        relay, collector = self.hub.relay(), self.hub.plugin("ble")
        if collector.welcome["t"] != "welcome":
            collector = self.hub.plugins[0]
        answer = collector.ask(pressure(190, 112, now_local()))
        self.assertEqual(answer["t"], "stored", answer)
        came: set[str] = set()
        is_high = False
        while not is_high or not came >= set(self.ids):
            m = relay.until(lambda h: h["t"] == "publish")
            relay.send({"t": "settled", "n": m["n"], "reason": 0})
            came.add(m["id"])
            if m["topic"].startswith("alert/p-1042/") and m["body"]:
                is_high |= json.loads(m["body"])["rule"] == CRISIS
        kept = {r["id"] for r in self.hub.vakactl("readings", "--limit", "1000")}
        self.assertLessEqual(len(set(self.ids) - kept), n_lost)
        self.assertEqual(self.hub.vakactl("status")["engine"]["store"], "ok")
        self.assertIn("store-rebuilt", [a["action"] for a in self.hub.vakactl("audit", "--limit", "500")])

    def taken_away(self) -> None:
        for file in self.file.parent.glob("vaka.db.damaged-*"):
            file.unlink()
        wait_for(lambda: "store-damaged" not in self.told(), "taken away, it is healed")

    def stopped(self) -> None:
        self.assertEqual(self.hub.end(), 0)


class Damage(House):
    def test_a_leaf_of_the_readings(self) -> None:
        self.stopped()
        self.damage(self.leaf("reading"))
        self.hub.start()
        self.alerts_and_heals("reading", n_lost=20)
        self.taken_away()

    def test_a_leaf_of_the_outbox(self) -> None:
        self.stopped()
        self.damage(self.leaf("outbox"))
        self.hub.start()
        self.alerts_and_heals("outbox")

    def test_an_index(self) -> None:
        self.stopped()
        self.damage(self.leaf("reading_series"))
        self.hub.start()
        self.alerts_and_heals("")

    def test_the_first_page(self) -> None:
        self.stopped()
        self.damage(1)
        self.hub.start()
        self.alerts_and_heals("")

    def test_what_the_core_must_find_again(self) -> None:
        """No state that is read at the start keeps the hub from starting."""
        self.stopped()
        self.damage(*(self.root(name) for name in ("alert", "check_", "plan", "memory")))
        self.hub.start()
        self.alerts_and_heals("plan alert check_ memory")

    def test_the_settings(self) -> None:
        self.stopped()
        self.damage(self.root("meta"))
        self.hub.start()
        self.alerts_and_heals("meta")

    def test_a_frame_of_the_log(self) -> None:
        self.hub.kill()
        log = Path(f"{self.file}-wal")
        used = len(log.read_bytes().rstrip(b"\0")) // FRAME
        self.write(log, 32 + used // 2 * FRAME + 300, 500)
        self.hub.start()
        wait_for(lambda: "store-damaged" in self.told(), "it is told")
        lost = self.told()["store-damaged"].partition(": ")[2]
        self.alerts_and_heals(lost, n_lost=20)

    def test_both_at_once_no_space_and_a_damaged_page(self) -> None:
        """Nothing can be made anew: it serves what it can, and tells."""
        self.stopped()
        self.damage(self.leaf("reading"))
        state, saved = self.file.parent, self.hub.path / "saved"
        shutil.copytree(state, saved)
        if os.system(f"mount -t tmpfs -o size=64m vaka-test {state}"):
            self.hub.start()
            self.skipTest("needs the privilege to mount")
        shutil.copy(saved / "vaka.db", state)
        with self.assertRaises(OSError), (state / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(65536))
        self.hub.start()
        relay, collector = self.hub.relay(), self.hub.plugin("ble")
        collector.send({**pressure(190, 112, now_local()), "n": 99})
        alert = relay.until(lambda h: h["t"] == "publish" and h["topic"].startswith("alert/p-1042/"))
        self.assertEqual(json.loads(alert["body"])["rule"], CRISIS)
        (state / "filler").unlink()
        self.assertEqual(collector.until(lambda h: h.get("n") == 99)["t"], "stored")


class WhileItRuns(House):
    """What is not in memory is met when it is asked for, or by the look that follows each start."""

    def grow(self) -> None:
        """A year of readings: more than the hub keeps in memory."""
        with closing(sqlite3.connect(self.file)) as db, db:
            columns = [c[1] for c in db.execute("PRAGMA table_info(reading)") if c[1] not in ("seq", "id")]
            names = ", ".join(columns)
            db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
                       f" INSERT INTO reading(id, {names}) SELECT randomblob(16), {names} FROM reading, n")

    def watched(self) -> socket.socket:
        """What systemd is told by the hub that is started next."""
        notes = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notes.close)
        notes.settimeout(hub_process.DEADLINE_S)
        notes.bind(str(self.hub.path / "notify"))
        watched = {"NOTIFY_SOCKET": str(self.hub.path / "notify"), "WATCHDOG_USEC": "30000000"}
        environment = mock.patch.dict(os.environ, watched)
        environment.start()
        self.addCleanup(environment.stop)
        return notes

    def test_it_is_mended_without_a_restart(self) -> None:
        self.stopped()
        self.grow()
        notes = self.watched()
        page = self.leaf("reading")
        self.hub.start()
        pid = self.hub.process.pid
        self.damage(page)
        wait_for(lambda: self.hub.vakactl("readings", "--limit", "20000") and self.told(), "it is met")
        self.alerts_and_heals("reading", n_lost=MANY)
        self.assertEqual(self.hub.process.pid, pid)
        said, end = [], time.monotonic() + hub_process.DEADLINE_S
        while "WATCHDOG_USEC=30000000" not in said:
            self.assertLess(time.monotonic(), end, said)
            said.append(notes.recv(4096).decode())
        self.assertIn("WATCHDOG_USEC=600000000", said, "systemd waits longer meanwhile")


if __name__ == "__main__":
    hub_process.main()
