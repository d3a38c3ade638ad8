# SPDX-License-Identifier: Apache-2.0
"""What the hub does with what the core decides: the second path, the lines, what the patient is
shown, plans over the air, and the record of it all. Plugins and staff are played by this script."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable

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
