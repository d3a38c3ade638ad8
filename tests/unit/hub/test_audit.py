# SPDX-License-Identifier: Apache-2.0
"""The record of it all: who did what, redone by a third party, and what was touched is found."""
from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
from typing import Any

import hub_process
from hub_process import BASE, Home


FIELDS = ("form seq utc_ms mono_ms clock domain actor role action patient object attempt "
          "planned_utc_ms outcome consent client result detail salt").split()


def redone(lines: list[str]) -> str:
    """The chain of an export, by the form that daemon/store/README.md documents; its head."""
    head = bytes(32)
    for line in lines:
        row = json.loads(line)
        if "vaka_audit" in row:
            continue
        digest = bytes.fromhex(row["digest"])
        if "domain" in row:
            texts = [str(row[name]).encode() for name in FIELDS]
            whole = b"".join(str(len(text)).encode() + b":" + text for text in texts)
            assert hashlib.sha256(whole).digest() == digest, f"entry {row['seq']}"
        head = hashlib.sha256(head + digest).digest()
        assert head.hex() == row["hash"], f"chain at {row['seq']}"
    return head.hex()


class Audit(Home):
    """Who did what: redone by others, and found when somebody changes it."""

    def setUp(self) -> None:
        super().setUp()
        self.relay = self.hub.relay()
        self.look()

    def command(self, staff: str, verb: str, **body: Any) -> None:
        self.relay.ask({"t": "message", "topic": f"cmd/{staff}/check/{verb}",
                        "response_topic": f"{BASE}/reply/{staff}/tablet"},
                       json.dumps({"cmd_id": f"{staff}-{verb}", "object": "c1", **body}).encode())

    def look(self) -> None:
        self.hub.plugin("gpio").ask({"t": "signal", "name": "bed-exit", "active": True,
                                     "at_ms": 0})
        self.command("night-3", "view")
        self.command("n-17", "outcome", outcome="ok")
        self.command("night-3", "outcome", outcome="ok")

    def ctl(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([hub_process.VAKACTL, "audit", *words], capture_output=True,
                              text=True, env=self.hub.bus.environment(), check=False)

    def test_person_is_told_who_looked_and_how_long(self) -> None:
        looks = [a for a in self.hub.vakactl("audit", "person", "p-1042")
                 if a["action"] == "view-open"]
        self.assertEqual([(a["actor"], a["object"], a["attempt"], a["consent"]) for a in looks],
                         [("night-3", "c1", 1, "camera 2026-02-10")])
        self.assertIn(looks[0]["seconds"], (0, 1))
        refused = [a for a in self.hub.vakactl("audit", "person", "p-1042")
                   if a["result"] == "refused"]
        self.assertEqual([(a["actor"], a["action"], a["client"]) for a in refused],
                         [("n-17", "check-outcome", "tablet")])
        self.assertEqual(self.hub.vakactl("audit", "person", "p-9"), [])

    def test_export_is_redone_by_a_third_party(self) -> None:
        whole = self.ctl("export").stdout.splitlines()
        told = json.loads(whole[0])
        self.assertEqual((told["hub"], told["entries"]), ("hub-0417", len(whole) - 1))
        self.assertEqual(redone(whole), told["head"])
        social = self.ctl("export", "--domain", "social")
        rows = [json.loads(line) for line in social.stdout.splitlines()[1:]]
        self.assertEqual({r.get("domain") for r in rows}, {None, "social"})
        self.assertEqual(redone(social.stdout.splitlines()),
                         json.loads(social.stdout.splitlines()[0])["head"])
        file = self.hub.path / "export"
        file.write_text(social.stdout, encoding="utf-8")
        self.assertEqual(self.ctl("verify", str(file)).returncode, 0)
        self.assertEqual(len(self.audited("audit-export")), 2)

    def bad(self, text: str, *words: str) -> str:
        file = self.hub.path / "bad"
        file.write_text(text, encoding="utf-8")
        done = self.ctl("verify", str(file), *words)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stdout

    def test_an_export_that_was_touched_is_found(self) -> None:
        lines = self.ctl("export").stdout.splitlines(keepends=True)
        said = self.bad("".join(lines[:3] + [lines[3].replace('"hub"', '"hab"')] + lines[4:]))
        self.assertIn("entry 3: the entry is not what its digest says", said)
        self.assertIn("entry 4: an entry is missing", self.bad("".join(lines[:4] + lines[5:])))
        self.assertIn("cut off", self.bad("".join(lines[:-1])))
        told = json.loads(lines[0])
        rebuilt = {**json.loads(lines[-1]), "hash": "0" * 64}
        self.assertIn("does not follow", self.bad("".join(lines[:-1]) + json.dumps(rebuilt)))
        self.bad("".join(lines), "--head", f"{told['entries'] - 1}:{told['head']}")

    def tampered(self, sql: str) -> str:
        """The hub's own file, changed behind its back, and what health told before."""
        head = self.hub.vakactl("status")["engine"]["audit"]
        self.hub.process.terminate()
        self.hub.process.wait(hub_process.DEADLINE_S)
        with sqlite3.connect(self.hub.path / "state/vaka.db") as db:
            db.executescript(sql)
        db.close()
        self.hub.start()
        done = self.ctl("verify", "--head", f"{head['seq']}:{head['head']}")
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stdout

    def test_a_changed_row_is_found(self) -> None:
        self.assertEqual(self.ctl("verify").returncode, 0)
        self.assertIn("entry 2: ", self.tampered("UPDATE audit SET result='ok ' WHERE seq=2"))

    def test_a_removed_row_is_found(self) -> None:
        self.assertIn("entry 2: ", self.tampered("DELETE FROM audit WHERE seq=2"))

    def test_a_tail_that_is_cut_off_with_its_head_is_found(self) -> None:
        said = self.tampered(
            "DELETE FROM audit WHERE seq > 3; UPDATE meta SET value = 3 WHERE key = 'audit_seq';"
            "UPDATE meta SET value = (SELECT hash FROM audit WHERE seq = 3)"
            " WHERE key = 'audit_head'")
        self.assertRegex(said, "cut off|another than")


if __name__ == "__main__":
    hub_process.main()
