# SPDX-License-Identifier: Apache-2.0
"""What the hub does with what the core decides: the second path, the lines, what the patient is
shown, plans over the air, and the record of it all. Plugins and staff are played by this script."""
from __future__ import annotations

import base64
import hashlib
import json
import os
import select
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import closing
from pathlib import Path
from typing import Any, Callable

import schema
import test_vakad
from test_vakad import CUFF, PLAN, Hub, Plugin, now_local, pressure, wait_for

VAKA_HOOK = ""
# Nobody answers within a second: the next in the ladder, and the second path.
HASTY = PLAN.replace(b"{to: duty-nurse, after: 3min}", b"{to: duty-nurse, after: 1s}")
CRISIS = "BP_CRISIS"


class Home(unittest.TestCase):
    """A hub with the cuff of its patient."""

    plan = PLAN
    second_path = ""

    def setUp(self) -> None:
        self.hub = Hub(plan=self.plan, more=self.second_path)
        self.collector = self.hub.plugin("ble")
        self.collector.ask({"t": "device", "device": CUFF, "kind": "cuff", "bonded": True,
                            "address": "00:AA:01:02:00:00", "address_type": 1})
        self.hub.vakactl("assign", CUFF, "p-1042")

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0)

    def measure(self, systolic: int = 190, diastolic: int = 112) -> None:
        answer = self.collector.ask(pressure(systolic, diastolic, now_local()))
        self.assertEqual(answer["t"], "stored", answer)

    def audited(self, action: str) -> list[dict]:
        return [a for a in self.hub.vakactl("audit", "--limit", "500") if a["action"] == action]

    def restart(self) -> None:
        self.hub.kill()
        self.hub.start()


class SecondPath(Home):
    """An alert without a receipt leaves by the command, once it has taken it."""

    plan = HASTY
    second_path = "second_path: {command: /etc/vaka/second-path}\n"

    def handed(self, hook: Plugin) -> dict:
        return hook.until(lambda h: h["t"] == "publish")

    def test_without_a_receipt_the_alert_takes_it(self) -> None:
        hook = self.hub.plugin("hook")
        self.assertEqual(hook.welcome["config"],
                         {"command": "/etc/vaka/second-path", "timeout_s": 30})
        self.measure()
        message = self.handed(hook)
        alert = json.loads(message["body"])
        self.assertEqual((alert["rule"], alert["state"], message["id"]),
                         (CRISIS, "raised", alert["id"]))
        hook.send({"t": "settled", "n": message["n"], "reason": 0})
        wait_for(lambda: [a["result"] for a in self.audited("second-path")] == ["ok"],
                 "it is on record")

    def test_what_the_command_refused_comes_again(self) -> None:
        hook = self.hub.plugin("hook")
        self.measure()
        first = self.handed(hook)
        hook.send({"t": "settled", "n": first["n"], "reason": 3})
        again = self.handed(hook)
        self.assertEqual((again["id"], again["n"] != first["n"]), (first["id"], True))
        wait_for(lambda: [(a["result"], a["detail"]) for a in self.audited("second-path")] ==
                 [("error", "code-3")], "the failure is on record")

    def test_what_waits_in_memory_needs_nothing_of_the_store(self) -> None:
        """Its rows can be neither written nor read."""
        self.hub.end()
        with closing(sqlite3.connect(self.hub.path / "state/vaka.db")) as db, db:
            db.execute("ALTER TABLE second_path RENAME TO gone")
        self.hub.start()
        hook, self.collector = self.hub.plugin("hook"), self.hub.plugin("ble")
        self.measure()
        self.assertEqual(json.loads(self.handed(hook)["body"])["rule"], CRISIS)

    def test_it_waits_for_a_hook_over_a_kill(self) -> None:
        self.measure()
        wait_for(lambda: "takes the second path" in self.hub.log.read_text(), "the step is taken")
        self.restart()
        message = self.handed(self.hub.plugin("hook"))
        self.assertEqual(json.loads(message["body"])["rule"], CRISIS)

    def test_a_received_alert_does_not_take_it(self) -> None:
        relay = self.hub.relay()
        self.measure()
        alert = json.loads(test_vakad.published(relay, "alert/p-1042/")["body"])
        relay.ask({"t": "message", "topic": "receipt/care"},
                  json.dumps({"stored": [alert["id"]]}).encode())
        wait_for(lambda: [a for a in self.hub.vakactl("alerts")
                          if a["rule"] == CRISIS and a["level"] >= 1], "the next in the ladder")
        self.assertNotIn("takes the second path", self.hub.log.read_text())


class Hook(Home):
    """vaka-hook itself, with commands that behave and commands that do not."""

    plan = HASTY

    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.command = Path(self.folder.name) / "command"
        self.second_path = f"second_path: {{command: {self.command}, timeout: 1s}}\n"
        super().setUp()
        self.process: subprocess.Popen | None = None

    def tearDown(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        super().tearDown()
        self.folder.cleanup()

    def run_with(self, *lines: str) -> None:
        self.command.write_text("\n".join(("#!/bin/sh", *lines)) + "\n", encoding="utf-8")
        self.command.chmod(0o755)
        self.process = subprocess.Popen([VAKA_HOOK], env={**os.environ, "VAKA_SOCKET":
                                                          str(self.hub.socket)},
                                        stderr=subprocess.DEVNULL)
        self.measure()

    def results(self) -> list[tuple[str, str]]:
        return [(a["result"], a["detail"]) for a in self.audited("second-path")]

    def test_the_command_gets_the_alert(self) -> None:
        taken = Path(self.folder.name) / "taken"
        self.run_with(f"cat >{taken}.$VAKA_ALERT")
        wait_for(lambda: self.results() == [("ok", "")], "it was taken")
        (file,) = taken.parent.glob("taken.a*")
        alert = json.loads(file.read_text(encoding="utf-8"))
        self.assertEqual((alert["rule"], f"taken.{alert['id']}"), (CRISIS, file.name))

    def test_a_command_that_hangs_is_ended_and_run_again(self) -> None:
        once = Path(self.folder.name) / "once"
        self.run_with(f"mkdir {once} && sleep 600", "exit 0")
        wait_for(lambda: self.results() == [("ok", ""), ("error", "code-300")], "second run")

    def test_a_command_that_fails_is_run_again(self) -> None:
        once = Path(self.folder.name) / "once"
        self.run_with(f"mkdir {once} && exit 7", "exit 0")
        wait_for(lambda: self.results() == [("ok", ""), ("error", "code-7")], "second run")


class BadStart(Home):
    """The state's disk takes no write when the hub starts."""

    plan = HASTY
    second_path = SecondPath.second_path

    def setUp(self) -> None:
        super().setUp()
        self.state = self.hub.path / "state"
        self.hub.kill()
        self.saved = self.hub.path / "saved"
        shutil.copytree(self.state, self.saved, ignore=shutil.ignore_patterns("*.reserve"))
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
        self.assertEqual(self.hub.process.wait(test_vakad.DEADLINE_S), 0)
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
        self.assertEqual(self.handed_over(hook), [], "nobody is called twice")
        self.mount("-o", "remount,rw")
        wait_for(lambda: self.hub.vakactl("status")["engine"]["store"] == "ok", "it has healed")
        self.hub.kill()
        with sqlite3.connect(self.state / "vaka.db") as db:
            self.assertEqual(db.execute("SELECT count(*) FROM second_path").fetchone(), (0,))

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
        self.assertEqual(self.hub.process.wait(test_vakad.DEADLINE_S), 0, "a new start recovers")


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
                        "response_topic": f"{test_vakad.BASE}/reply/{staff}/tablet"},
                       json.dumps({"cmd_id": f"{staff}-{verb}", "object": "c1", **body}).encode())

    def look(self) -> None:
        self.hub.plugin("gpio").ask({"t": "signal", "name": "bed-exit", "active": True,
                                     "at_ms": 0})
        self.command("night-3", "view")
        self.command("n-17", "outcome", outcome="ok")
        self.command("night-3", "outcome", outcome="ok")

    def ctl(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([test_vakad.VAKACTL, "audit", *words], capture_output=True,
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
        self.hub.process.wait(test_vakad.DEADLINE_S)
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


class Promise(Home):
    """What the hub will have said by when, at each change."""

    def promised(self, relay: Plugin, match: Callable[[list[dict]], bool]) -> list[dict]:
        def fits(header: dict) -> bool:
            return (header["t"] == "publish" and header["topic"] == "promise" and
                    match(json.loads(header["body"])["expects"]))
        return json.loads(relay.until(fits)["body"])["expects"]

    def test_names_looks_and_itself(self) -> None:
        expects = self.promised(self.hub.relay(), lambda x: len(x) > 1)
        kinds = {(x["kind"], x["patient"], x["id"]) for x in expects}
        self.assertTrue({("heartbeat", None, "hub-0417"), ("check", "p-1042", "night")} <= kinds,
                        kinds)
        self.assertEqual({x["due"][11:16] for x in expects if x["kind"] == "check"},
                         {"23:30", "02:45"})
        self.assertEqual([x["due"] for x in expects], sorted(x["due"] for x in expects))

    def test_a_change_is_told_at_once(self) -> None:
        relay = self.hub.relay()
        self.promised(relay, lambda x: True)
        self.hub.plugin("gpio").ask({"t": "signal", "name": "bed-exit", "active": True,
                                     "at_ms": 0})
        self.promised(relay, lambda x: any(e["id"] == "c1" for e in x))


class Plans(Home):
    """Plans over the air, under a staff directory that can only go forward."""

    def setUp(self) -> None:
        super().setUp()
        self.tool("key", "new", "provider")
        (self.hub.path / "provider").with_suffix(".pub").write_text(self.public)
        self.tool("key", "new", "doctor")
        self.doctor = self.public
        self.directory(3)
        self.begin()

    def begin(self) -> None:
        self.restart()
        self.relay, self.collector = self.hub.relay(), self.hub.plugin("ble")

    def tool(self, *words: str) -> str:
        done = subprocess.run([test_vakad.VAKACTL, *words], capture_output=True, text=True,
                              cwd=self.hub.path, check=True)
        self.public = done.stdout.strip()
        return done.stdout

    def directory(self, version: int) -> None:
        (self.hub.path / "staff.json").write_text(json.dumps({"version": version, "staff": [
            {"id": "dr-17", "role": "physician", "sign": self.doctor, "view": None,
             "from": "2026-01-01T00:00:00Z"}]}), encoding="utf-8")
        self.tool("key", "sign", "--key", "provider", "staff.json")

    def plan_of(self, version: int, *changes: tuple[str, str]) -> str:
        text = PLAN.decode()
        for old, new in (("version: 1 ", f"version: {version} "), *changes):
            self.assertEqual(text.count(old), 1, old)
            text = text.replace(old, new)
        (self.hub.path / "next.yaml").write_text(text, encoding="utf-8")
        return self.tool("plan", "sign", "--key", "doctor", "--id", "dr-17", "next.yaml")

    def send(self, payload: str) -> dict:
        self.relay.ask({"t": "message", "topic": "plan/p-1042"}, payload.encode())
        message = self.relay.until(lambda h: h["t"] == "publish" and
                                   h["topic"] == "plan/p-1042/applied" and h["n"] > 0)
        self.relay.send({"t": "settled", "n": message["n"], "reason": 0})
        return json.loads(message["body"])

    def refused(self, payload: str, why: str) -> None:
        applied = self.send(payload)
        self.assertEqual(applied["version"], 1, applied)
        self.assertIn(why, " ".join(applied["errors"]))

    def test_takes_effect_and_loses_nothing_open(self) -> None:
        self.measure()
        before = [a for a in self.hub.vakactl("alerts") if a["rule"] == CRISIS][0]
        applied = self.send(self.plan_of(2))
        self.assertEqual((applied["version"], applied["errors"]), (2, []))
        after = [a for a in self.hub.vakactl("alerts") if a["rule"] == CRISIS][0]
        for key in ("id", "state", "level", "role", "raised", "readings", "values"):
            self.assertEqual(after[key], before[key], key)
        self.assertEqual(self.audited("plan-applied")[0]["actor"], "dr-17")
        self.assertIsNotNone(self.hub.vakactl("status")["engine"]["reading"], "when it was measured")
        self.restart()
        self.assertEqual(self.hub.vakactl("status")["engine"]["plans"][0]["version"], 2)

    def test_wrong_altered_and_older_are_refused_with_reasons(self) -> None:
        good = json.loads(self.plan_of(2))
        other = base64.b64encode(base64.b64decode(good["plan"]).replace(b"180", b"280")).decode()
        self.refused(json.dumps({**good, "plan": other}), "signature does not match")
        self.refused(self.plan_of(1), "version 1 is not above the one in force")
        self.assertEqual({(a["result"], a["object"]) for a in self.audited("plan-refused")},
                         {("refused", "p-1042")})

    def test_a_directory_that_goes_back_is_not_believed(self) -> None:
        self.directory(2)
        self.begin()
        self.assertEqual(self.hub.vakactl("status")["engine"]["staff"],
                         {"version": 0, "fault": "staff-rolled-back"})
        self.assertIn("staff-directory", [a["rule"] for a in self.hub.vakactl("alerts")])
        self.refused(self.plan_of(2), "not in the staff directory")
        self.directory(4)
        self.begin()
        self.assertEqual(self.send(self.plan_of(2))["version"], 2)
        self.assertNotIn("staff-directory", [a["rule"] for a in self.hub.vakactl("alerts")])


class Proposed(Home):
    """A proposed plan beside the one in force, and over what the hub has kept."""

    def propose(self, *changes: tuple[str, str]) -> Path:
        text = PLAN.decode()
        for old, new in (("version: 1 ", "version: 2 "), *changes):
            self.assertEqual(text.count(old), 1, old)
            text = text.replace(old, new)
        file = self.hub.path / "proposed.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    def test_diff_says_in_words_what_changes(self) -> None:
        file = self.propose(('at_least: "180"', 'at_least: "170"'),
                            ("{to: duty-nurse, after: 3min}", "{to: duty-nurse, after: 5min}"),
                            ("  - {id: CALL, type: input, signal: call-button, priority: high}\n", ""),
                            ('["23:30", "02:45"]', '["23:30"]'))
        changes = {c["path"]: c for c in self.hub.vakactl("plan", "diff", str(file))}
        self.assertEqual(set(changes), {
            "version", "rules/BP_CRISIS/any/systolic/at_least", "rules/CALL", "checks/night/at",
            "escalation/high/duty-nurse/after"})
        limit = changes["rules/BP_CRISIS/any/systolic/at_least"]
        self.assertEqual((limit["was"], limit["becomes"]), ("180", "170"))
        self.assertEqual(limit["sv"], "regel › BP_CRISIS › villkor › systolic › minst: 180 → 170")
        self.assertEqual(limit["en"], "rule › BP_CRISIS › condition › systolic › at least: 180 → 170")
        self.assertEqual(changes["checks/night/at"]["becomes"], "[23:30]")
        self.assertIn("utgår", changes["rules/CALL"]["sv"])
        same = self.hub.path / "plan.yaml"
        self.assertEqual(self.hub.vakactl("plan", "diff", str(same)), [])

    def test_try_tells_what_it_would_have_alerted(self) -> None:
        self.measure(190, 112)
        self.measure(172, 100)
        tried = self.hub.vakactl("plan", "try", str(self.propose()))
        self.assertEqual((tried["version"], tried["readings"]), (2, 2))
        self.assertEqual(tried["rules"][CRISIS], {"would": 1, "was": 1})
        lower = self.propose(('at_least: "180"', 'at_least: "200"'), ('at_least: "120"',
                                                                      'at_least: "130"'))
        tried = self.hub.vakactl("plan", "try", str(lower))
        self.assertEqual(tried["rules"][CRISIS], {"would": 0, "was": 1})
        self.assertEqual([a["rule"] for a in tried["was"] if a["rule"] == CRISIS], [CRISIS])
        self.assertEqual(self.hub.vakactl("status")["engine"]["plans"][0]["version"], 1)


class LocalOnly(Home):
    """Nothing of this patient leaves the home, in no way."""

    plan = HASTY.replace(b"delivery: care ", b"delivery: local-only ")
    second_path = SecondPath.second_path

    def test_no_row_reaches_the_outbox(self) -> None:
        relay, display = self.hub.relay(), self.hub.plugin("display")
        hook = self.hub.plugin("hook")
        self.measure()
        display.until(lambda h: h["t"] == "notices" and b"Vila" in h["body"])
        self.hub.plugin("gpio").ask({"t": "signal", "name": "bed-exit", "active": True,
                                     "at_ms": 0})
        self.assertEqual([a["rule"] for a in self.hub.vakactl("alerts")
                          if a["class"] == "clinical"], [CRISIS], "it is decided all the same")
        wait_for(lambda: [a for a in self.hub.vakactl("alerts")
                          if a["rule"] == CRISIS and a["level"] >= 1], "the next in the ladder")
        reply = f"{test_vakad.BASE}/reply/n-17/x"
        relay.ask({"t": "message", "topic": "cmd/n-17/state/get", "response_topic": reply},
                  b'{"cmd_id":"s1"}')
        answer = json.loads(relay.until(lambda h: h.get("response_to") == reply)["body"])
        self.assertEqual([a for a in answer["state"]["alerts"] if a["patient"]], [])
        self.assertEqual((answer["state"]["checks"], answer["state"]["plans"]), ([], []))
        self.assertEqual([m for m in relay.waiting if "p-1042" in m["topic"] and
                          not m["topic"].endswith("/wanted") or
                          b"p-1042" in m["body"] and m["topic"] == "promise"], [])
        hook.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):
            hook.socket.recv(1)
        self.hub.kill()
        with sqlite3.connect(self.hub.path / "state/vaka.db") as db:
            (n,) = db.execute("SELECT count(*) FROM outbox WHERE patient='p-1042'").fetchone()
        db.close()
        self.assertEqual(n, 0)
        self.hub.start()


class RelayOnly(Home):
    """alerting: off makes a pure relay."""

    plan = PLAN.replace(b"alerting: on ", b"alerting: off ")

    def test_readings_leave_and_nothing_is_judged(self) -> None:
        relay = self.hub.relay()
        self.measure()
        relay.until(lambda h: h["t"] == "publish" and h["topic"].startswith("reading/p-1042/"))
        self.assertEqual([a for a in self.hub.vakactl("alerts") if a["class"] == "clinical"], [])
        self.assertEqual([n for n in self.hub.vakactl("notices") if n["kind"] != "task"], [])


class Commands(Home):
    """A command is judged by its schema, answered, and on record; a repeat gets the same answer."""

    def setUp(self) -> None:
        super().setUp()
        self.relay, self.display = self.hub.relay(), self.hub.plugin("display")
        self.n = 0

    def raw(self, noun_verb: str, payload: bytes, staff: str = "n-17") -> dict:
        response = f"{test_vakad.BASE}/reply/{staff}/tablet"
        self.relay.ask({"t": "message", "topic": f"cmd/{staff}/{noun_verb}",
                        "response_topic": response}, payload)
        message = self.relay.until(lambda h: h["t"] == "publish" and
                                   h.get("response_to") == response)
        self.relay.send({"t": "settled", "n": message["n"], "reason": 0})
        return json.loads(message["body"])

    def command(self, noun_verb: str, **body: Any) -> dict:
        self.n += 1
        body = {"cmd_id": f"k{self.n}", "issued": "2026-03-04T02:30:00+01:00", **body}
        form = schema.COMMANDS["$defs"].get(noun_verb)
        reply = self.raw(noun_verb, json.dumps(body).encode())
        if form:
            wrong = list(schema.mistakes(body, form, schema.COMMANDS))
            self.assertEqual(bool(wrong), reply["code"] == "invalid" and "detail" in reply,
                             f"hub and schema disagree: {wrong} {reply}")
        return reply

    def result(self, noun_verb: str, **body: Any) -> str:
        reply = self.command(noun_verb, **body)
        self.assertNotEqual(reply["text_sv"], reply["code"], "plain words for the code")
        return reply["code"]

    def shown(self) -> set[str]:
        return {n["id"] for n in self.hub.vakactl("notices") if n["kind"] != "task"}

    def test_message_show_and_measure_ask(self) -> None:
        to = {"patient": "p-1042"}
        self.assertEqual(self.result("message/show", object="rest-and-call", **to), "ok")
        self.display.until(lambda h: h["t"] == "notices" and b"Vila" in h["body"])
        self.assertEqual(self.result("measure/ask", object="weight", **to), "ok")
        self.assertEqual(self.shown(), {"rest-and-call", "measure:weight"})
        self.assertEqual(self.result("message/show", object="own-words", **to), "no-such-text")
        self.assertEqual(self.result("measure/ask", object="mood", **to), "invalid")
        self.assertEqual(self.result("message/show", object="rest-and-call", patient="p-9"),
                         "no-plan")
        self.assertEqual(self.result("measure/ask", object="weight",
                                     until="2026-01-01T00:00:00Z", **to), "no-until")
        self.assertEqual({(a["actor"], a["result"]) for a in self.audited("message-show")},
                         {("n-17", "ok"), ("n-17", "refused")})

    def test_pause_of_checks(self) -> None:
        until = "2099-01-01T00:00:00Z"
        self.assertEqual(self.result("check/pause", object="p-1042", until=until), "no-reason")
        self.assertEqual(self.result("check/pause", object="p-1042", reason="guest"), "no-until")
        paused = self.result("check/pause", object="p-1042", reason="guest",
                             until=time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                 time.gmtime(time.time() + 3600)))
        self.assertEqual(paused, "ok")
        self.hub.plugin("gpio").ask({"t": "signal", "name": "bed-exit", "active": True,
                                     "at_ms": 0})
        self.assertNotIn("due", [c["state"] for c in self.hub.vakactl("checks")])

    def test_snooze_is_the_plans_to_allow(self) -> None:
        self.measure()
        (alert,) = [a for a in self.hub.vakactl("alerts") if a["rule"] == CRISIS]
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 600))
        reply = self.command("alert/snooze", object=alert["id"], until=soon)
        self.assertEqual((reply["result"], reply["code"]), ("refused", "no-reason"))
        reply = self.command("alert/snooze", object=alert["id"], until=soon, reason="known")
        self.assertIn(reply["code"], ("ok", "not-supported-by-plan"))

    def test_selftest_answers(self) -> None:
        self.assertEqual(self.result("hub/selftest"), "ok")

    def test_malformed_ones_are_told_what_is_wrong(self) -> None:
        for body, why in (({"object": "a 1"}, "'object' is malformed"),
                          ({"object": "a1", "untl": "x"}, "'untl' does not belong here"),
                          ({"object": "a1", "rev": -1}, "'rev' is malformed"),
                          ({"object": "a1", "rev": "2"}, "'rev' is malformed"),
                          ({"object": "a1", "issued": "yesterday"}, "'issued' is malformed"),
                          ({}, "'object' is missing")):
            reply = self.command("alert/accept", **body)
            self.assertEqual((reply["result"], reply["code"]), ("refused", "invalid"), body)
            self.assertIn(why, reply["detail"])
        for payload in (b"", b"[]", b"{", b'{"cmd_id":"x","cmd_id":"y"}',
                        b'{"cmd_id":"big","object":"' + b"a" * 5000 + b'"}'):
            self.assertEqual(self.raw("alert/accept", payload)["code"], "invalid", payload[:40])
        self.assertEqual(self.command("alert/ignore", object="a1")["code"], "unknown")

    def test_a_repeat_changes_nothing(self) -> None:
        body = json.dumps({"cmd_id": "same", "patient": "p-1042", "object": "weight"}).encode()
        first = self.raw("measure/ask", body)
        self.assertEqual(self.raw("measure/ask", body), first)
        self.assertEqual(len(self.audited("measure-ask")), 1)


class Display(Home):
    """The patient's display is told the whole list, and told again when it starts anew."""

    def shown(self, display: Plugin, wanted: bool) -> list:
        def fits(header: dict) -> bool:
            texts = [n for n in json.loads(header["body"]) if n["kind"] == "message"]
            return header["t"] == "notices" and bool(texts) == wanted
        return json.loads(display.until(fits)["body"])

    def test_shown_again_after_restart_and_withdrawn(self) -> None:
        relay, display = self.hub.relay(), self.hub.plugin("display")
        self.shown(display, False)
        self.measure()
        notice = [n for n in self.shown(display, True) if n["kind"] == "message"][0]
        self.assertEqual((notice["id"], notice["patient"]), ("rest-and-call", "p-1042"))
        self.assertTrue(notice["sv"].startswith("Vila"))
        self.restart()
        relay, display = self.hub.relay(), self.hub.plugin("display")
        self.shown(display, True)
        alert = [a for a in self.hub.vakactl("alerts") if a["rule"] == CRISIS][0]
        for verb, more in (("accept", {}), ("close", {"outcome": "called"})):
            relay.ask({"t": "message", "topic": f"cmd/n-17/alert/{verb}"}, json.dumps(
                {"cmd_id": verb, "object": alert["id"], **more}).encode())
        self.shown(display, False)
        self.assertEqual({a["object"] for a in self.audited("message-withdrawn")},
                         {"rest-and-call"})


if __name__ == "__main__":
    test_vakad.VAKAD, test_vakad.VAKACTL, VAKA_HOOK = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
