# SPDX-License-Identifier: Apache-2.0
"""Plans over the air and tried out, what the hub promises under them, and whose rows never leave."""
from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Callable

import hub_process
from hub_process import BASE, CRISIS, HASTY, PLAN, SECOND_PATH, Home, Plugin, wait_for


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
        done = subprocess.run([hub_process.VAKACTL, *words], capture_output=True, text=True,
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

    def depth(self) -> int:
        return self.hub.vakactl("status")["engine"]["outbox"]["depth"]

    def send(self, payload: str) -> dict:
        self.relay.ask({"t": "message", "topic": "plan/p-1042"}, payload.encode())
        message = self.relay.until(lambda h: h["t"] == "publish" and
                                   h["topic"] == "plan/p-1042/applied" and h["n"] > 0)
        depth = self.depth()
        self.relay.send({"t": "settled", "n": message["n"], "reason": 0})
        # Killed before it has left the outbox, the hub would say it once more.
        wait_for(lambda: self.depth() < depth, "it has left the outbox")
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


class LocalOnly(Home):
    """Nothing of this patient leaves the home, in no way."""

    plan = HASTY.replace(b"delivery: care ", b"delivery: local-only ")
    second_path = SECOND_PATH

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
        reply = f"{BASE}/reply/n-17/x"
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


if __name__ == "__main__":
    hub_process.main()
