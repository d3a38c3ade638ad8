# SPDX-License-Identifier: Apache-2.0
"""An alert that nobody receives leaves by the command, once it has taken it. The plugin is played by this
script, or is vaka-hook itself."""
from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import hub_process
from hub_process import CRISIS, HASTY, SECOND_PATH, Home, Plugin, published, wait_for


class SecondPath(Home):
    """An alert without a receipt leaves by the command, once it has taken it."""

    plan = HASTY
    second_path = SECOND_PATH

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

    def crisis(self) -> dict:
        return next((a for a in self.hub.vakactl("alerts") if a["rule"] == CRISIS), {"rev": -1})

    def test_a_receipt_of_an_older_revision_confirms_nothing(self) -> None:
        """The next in the ladder is on the way when the receipt of the first comes."""
        relay = self.hub.relay()
        self.measure()
        first = json.loads(published(relay, "alert/p-1042/")["body"])
        wait_for(lambda: self.crisis()["rev"] > first["rev"], "a newer revision")
        for rev, state in ((first["rev"], "raised"), (first["rev"] + 9, "received")):
            relay.ask({"t": "message", "topic": "receipt/care"},
                      json.dumps({"stored": [first["id"]], "revs": [rev]}).encode())
            self.assertEqual(self.crisis()["state"], state)

    def test_a_received_alert_does_not_take_it(self) -> None:
        relay = self.hub.relay()
        self.measure()
        alert = json.loads(published(relay, "alert/p-1042/")["body"])
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
        self.process = subprocess.Popen([hub_process.VAKA_HOOK], env={**os.environ, "VAKA_SOCKET":
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


if __name__ == "__main__":
    hub_process.main()
