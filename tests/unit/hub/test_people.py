# SPDX-License-Identifier: Apache-2.0
"""Whose device, whose reading: what a person said is evidence, what does not agree is asked, and
only an answer ends the question. Plugins and staff are played by this script."""
from __future__ import annotations

import json
import os
import pty
import subprocess
import unittest
from pathlib import Path

import hub_process
from hub_process import BASE, CUFF, PLAN, SCALE, Hub, published, wait_for, weight

SECOND = "p-2000"
OTHER_PLAN = PLAN.replace(b"patient: p-1042", b"patient: p-2000").replace(
    b'band: ["70", "95"]', b'band: ["40", "65"]')


def weighed(kg: float, user: int | None = None) -> dict:
    reading = weight(int(kg * 200), f"{kg:.2f}")
    if user is not None:
        reading["decoded"]["user"] = user
        reading["raw"] += f"{user:02x}"
    return reading


def run(hub: Hub, *words: str, lang: str = "en") -> subprocess.CompletedProcess:
    return subprocess.run([hub_process.VAKACTL, *words, "--lang", lang], capture_output=True,
                          text=True, check=False, timeout=hub_process.DEADLINE_S,
                          stdin=subprocess.DEVNULL, env=environment(hub))


def environment(hub: Hub) -> dict:
    devices = Path(__file__).parents[3] / "config/devices.d"
    return {**hub.bus.environment(), "VAKA_DEVICES": str(devices), "COLUMNS": "1000"}


class Household(unittest.TestCase):
    """Two patients and a scale that knows the hub."""

    def setUp(self) -> None:
        self.hub = Hub(others={SECOND: OTHER_PLAN})
        self.relay, self.collector = self.hub.relay(), self.hub.plugin("ble")
        self.collector.ask({"t": "device", "device": SCALE, "kind": "scale", "bonded": True,
                            "address": "00:AA:01:01:00:00", "address_type": 1})

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0)

    def reading(self, message: dict) -> dict:
        answer = self.collector.ask(message)
        self.assertEqual(answer["t"], "stored", answer)
        return self.kept(answer["id"])

    def kept(self, reading: str) -> dict:
        return next(r for r in self.hub.vakactl("readings") if r["id"] == reading)

    def notices(self, kind: str) -> list[tuple]:
        return sorted((n["patient"], n["id"], n["reason"]) for n in self.hub.vakactl("notices")
                      if n["kind"] == kind)

    def command(self, what: str, payload: dict) -> dict:
        response = f"{BASE}/reply/n-17/board"
        self.relay.ask({"t": "message", "topic": f"cmd/n-17/{what}",
                        "response_topic": response}, json.dumps(payload).encode())
        message = self.relay.until(lambda h: h["t"] == "publish" and
                                   h.get("response_to") == response and
                                   h["id"] == payload["cmd_id"])
        self.relay.send({"t": "settled", "n": message["n"], "reason": 0})
        return json.loads(message["body"])


class Whose(Household):
    def test_nobodys_device_is_asked_about_once_and_its_assignment_ends_that(self) -> None:
        for i in range(3):
            self.assertEqual(self.reading(weighed(80 + i / 10))["whose"], "unassigned")
        self.assertEqual(self.notices("task"), [("", f"assign:{SCALE}", "unassigned")])
        self.hub.vakactl("assign", SCALE, "p-1042")
        mine = self.reading(weighed(80.5))
        self.assertEqual((mine["patient"], mine["whose"]), ("p-1042", "assigned"))
        self.assertEqual((self.notices("task"), self.notices("ask")), ([], []))

    def test_a_number_of_the_scale_is_a_person(self) -> None:
        self.hub.vakactl("assign", SCALE, "--user", "1", "--patient", "p-1042")
        self.hub.vakactl("assign", SCALE, "--user", "2", "--patient", SECOND, "--consent", "123")
        self.assertEqual(self.reading(weighed(80, 1))["patient"], "p-1042")
        self.assertEqual(self.reading(weighed(60, 2))["patient"], SECOND)
        self.assertEqual(self.reading(weighed(60, 3))["whose"], "unknown-user")
        self.assertEqual(self.reading(weighed(60.5, 1))["whose"], "outside-band")
        # without a number, her weight cannot be his
        self.assertEqual(self.reading(weighed(61))["patient"], SECOND)
        self.assertEqual(self.reading(weighed(67))["whose"], "outside-band")
        users = self.hub.vakactl("devices")[0]["users"]
        self.assertEqual([(u["user"], u["patient"], u["consent"]) for u in users],
                         [(1, "p-1042", False), (2, SECOND, True)])
        self.hub.vakactl("assign", SCALE, "unassigned")
        self.assertEqual(self.hub.vakactl("devices")[0]["users"], [])
        self.assertEqual(self.reading(weighed(80.5, 1))["whose"], "unassigned")

    def test_the_radio_is_told_the_code_and_not_the_person(self) -> None:
        self.hub.vakactl("assign", SCALE, "--user", "2", "--patient", SECOND, "--consent", "123")
        told = self.collector.until(lambda h: h["t"] == "device" and h["users"])
        self.assertEqual(told["users"], [{"user": 2, "consent": 123}])
        self.hub.kill()
        self.hub.start()
        self.collector = self.hub.plugin("ble")
        again = self.collector.until(lambda h: h["t"] == "device")
        self.assertEqual(again["users"], [{"user": 2, "consent": 123}])
        self.assertNotIn(SECOND, json.dumps(again["users"]))
        self.hub.vakactl("assign", SCALE, "unassigned")
        self.collector.until(lambda h: h["t"] == "device" and not h["users"])

    def test_visitor_is_unassigned_until_staff_take_it_back(self) -> None:
        self.hub.vakactl("assign", SCALE, "p-1042")
        visitor = self.reading(weighed(99))
        self.assertEqual((visitor["patient"], visitor["whose"]), ("unassigned", "outside-band"))
        self.assertEqual(published(self.relay, "reading/")["topic"], "reading/unassigned/weight")
        asked = [("p-1042", f"assign:{SCALE}", "outside-band")]
        self.assertEqual(self.notices("task"), asked)
        self.assertEqual(self.notices("ask"), [("p-1042", f"who:{SCALE}", "outside-band")])
        self.hub.kill()
        self.hub.start()
        self.relay, self.collector = self.hub.relay(), self.hub.plugin("ble")
        self.reading(weighed(80))
        self.assertEqual(self.notices("task"), asked, "another reading answered it")
        reply = self.command("reading/retract", {"cmd_id": "r1", "object": visitor["id"]})
        self.assertEqual(reply["result"], "ok", reply)
        self.assertEqual((self.notices("task"), self.notices("ask")), ([], []))
        taken = self.kept(visitor["id"])
        self.assertEqual((taken["rev"], taken["retracted"]), (1, True))

    def test_assigned_later_is_judged_and_sent_again(self) -> None:
        cuff = hub_process.pressure(190, 112, hub_process.now_local())
        self.collector.ask({"t": "device", "device": CUFF, "kind": "cuff", "bonded": True,
                            "address": "00:AA:01:02:00:00", "address_type": 1})
        reading = self.reading(cuff)
        self.assertEqual([a for a in self.hub.vakactl("alerts") if a["class"] == "clinical"], [])
        self.assertEqual(published(self.relay, "reading/")["rev"], 0)
        reply = self.command("reading/assign", {"cmd_id": "r2", "object": reading["id"],
                                                "patient": "p-1042"})
        self.assertEqual(reply["result"], "ok", reply)
        again = published(self.relay, "reading/")
        self.assertEqual((again["topic"], again["id"], again["rev"]),
                         ("reading/p-1042/blood-pressure", reading["id"], 1))
        self.assertIn(b'"amended"', again["body"])
        self.assertEqual([a["rule"] for a in self.hub.vakactl("alerts")
                          if a["class"] == "clinical"], ["BP_CRISIS"])
        refused = self.command("reading/assign", {"cmd_id": "r3", "object": reading["id"],
                                                  "patient": "p-stranger"})
        self.assertEqual((refused["result"], refused["code"]), ("refused", "invalid"))

    def test_moved_to_another_the_first_one_is_told(self) -> None:
        self.collector.ask({"t": "device", "device": CUFF, "kind": "cuff", "bonded": True,
                            "address": "00:AA:01:02:00:00", "address_type": 1})
        self.hub.vakactl("assign", CUFF, "p-1042")
        reading = self.reading(hub_process.pressure(190, 112, hub_process.now_local()))
        self.hub.vakactl("reading", "assign", reading["id"], SECOND)
        patients = {a["patient"]: a["reason"] for a in self.hub.vakactl("alerts")
                    if a["class"] == "clinical"}
        self.assertEqual(set(patients), {"p-1042", SECOND})
        audited = [a["action"] for a in self.hub.vakactl("audit")]
        self.assertIn("reading-assign", audited)
        moved = self.kept(reading["id"])
        self.assertEqual((moved["patient"], moved["rev"], moved["whose"]), (SECOND, 1, "said"))

    def test_a_jump_is_asked_and_an_answer_withdraws_the_question(self) -> None:
        self.hub.vakactl("assign", SCALE, "p-1042")
        self.reading(weighed(80))
        jump = self.reading(weighed(83.5))
        self.assertEqual((jump["patient"], jump["whose"]), ("p-1042", "jump"))
        self.assertEqual(self.notices("ask"), [("p-1042", f"who:{SCALE}", "jump")])
        self.hub.vakactl("reading", "assign", jump["id"], "p-1042")
        self.assertEqual(self.notices("ask"), [])
        self.assertEqual(self.reading(weighed(83.6))["whose"], "assigned")

    def test_what_cannot_be_is_said(self) -> None:
        def refused(*words: str) -> str:
            done = run(self.hub, *words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn("Do this: ", done.stderr)
            return done.stderr

        self.assertIn("no such patient", refused("assign", SCALE, "p-stranger"))
        self.assertIn("no such device", refused("assign", "00AA99999999", "p-1042"))
        self.assertIn("no such reading", refused("reading", "retract", "no-id"))
        self.assertIn("0 to 254", run(self.hub, "assign", SCALE, "p-1042", "--user", "255").stderr)
        for user in range(7):
            self.hub.vakactl("assign", SCALE, "p-1042", "--user", str(user))
        self.assertIn("as many users", refused("assign", SCALE, "p-1042", "--user", "7"))
        swedish = run(self.hub, "assign", SCALE, "p-stranger", lang="sv").stderr
        self.assertIn("Det finns ingen sådan patient", swedish)


class Unreadable(Household):
    def test_each_device_for_itself(self) -> None:
        def bad(device: str) -> dict:
            return {"t": "reading", "device": device, "char": 0x2a9d, "raw": "0e205c",
                    "error": {"byte": 3, "why": "time stamp expected"}}

        def rules() -> list[str]:
            return sorted(a["rule"] for a in self.hub.vakactl("alerts")
                          if a["rule"].startswith("reading-unreadable"))

        self.hub.vakactl("assign", SCALE, "p-1042")
        self.collector.ask(bad(SCALE))
        self.collector.ask(bad(CUFF))
        both = [f"reading-unreadable-{SCALE}", f"reading-unreadable-{CUFF}"]
        self.assertEqual(rules(), sorted(both))
        self.collector.ask(weighed(80))
        self.assertEqual(rules(), both[1:], "the scale's good value healed the cuff")
        # assigned in between, the device's good value heals it all the same
        self.collector.ask({"t": "device", "device": CUFF, "kind": "cuff", "bonded": True,
                            "address": "00:AA:01:02:00:00", "address_type": 1})
        self.hub.vakactl("assign", CUFF, SECOND)
        self.collector.ask(hub_process.pressure(120, 80, hub_process.now_local()))
        self.assertEqual(rules(), [])


class Pairing(Household):
    """The technician's window; this script is the collector, and the technician."""

    def begin(self, *words: str, tty: bool = False) -> subprocess.Popen:
        command = [hub_process.VAKACTL, "pair", *words, "--lang", "en"]
        stdin: int = subprocess.PIPE
        if tty:
            self.keyboard, stdin = pty.openpty()
            self.addCleanup(os.close, self.keyboard)
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, text=True,
                                   stderr=subprocess.STDOUT, env=environment(self.hub))
        if tty:
            os.close(stdin)
        self.addCleanup(process.kill)
        return process

    def end(self, process: subprocess.Popen) -> tuple[int, str]:
        out, _ = process.communicate(timeout=hub_process.DEADLINE_S)
        return process.returncode, out

    def asked(self, what: str = "pair") -> dict:
        return self.collector.until(lambda h: h["t"] == what)

    def tell(self, request: dict, t: str, **more: object) -> None:
        self.collector.send({"t": t, "n": request["n"], **more})

    def bond(self, request: dict, device: str = CUFF, kind: str = "cuff") -> None:
        """What the collector says when a device has been paired."""
        self.tell(request, "pairing", state="found")
        self.tell(request, "pairing", state="bonding")
        address = ":".join(device[i:i + 2] for i in range(0, 12, 2))
        self.collector.ask({"t": "device", "device": device, "kind": kind, "bonded": True,
                            "address": address, "address_type": 1, "name": "A&D_UA-651BLE_0001",
                            "state": "ok"})
        self.tell(request, "paired", device=device, kind=kind)

    def owner(self, device: str) -> str:
        return next(d["patient"] for d in self.hub.vakactl("devices") if d["device"] == device)

    def test_steps_code_and_person(self) -> None:
        process = self.begin("A&D_UA-651BLE_0001", "--patient", "p-1042", "--seconds", "45")
        request = self.asked()
        self.assertEqual((request["match"], request["seconds"], request["again"]),
                         ("A&D_UA-651BLE_0001", 45, False))
        self.tell(request, "pairing", state="passkey-wanted")
        process.stdin.write("012345\n")
        process.stdin.flush()
        self.assertEqual(self.asked("passkey")["passkey"], "012345")
        self.bond(request)
        code, out = self.end(process)
        self.assertEqual(code, 0, out)
        for text in ("Hold START until Pr shows.", "listens for 45 seconds", "The digits that",
                     "Found.", "Pairing", f"blood pressure cuff {CUFF}", "Given to p-1042."):
            self.assertIn(text, out)
        self.assertEqual(self.owner(CUFF), "p-1042")

    def test_the_test_reading_is_nobodys(self) -> None:
        process = self.begin("Kit", "--patient", "p-1042", "--user", "2", "--test")
        self.bond(self.asked())
        wait_for(lambda: "Test it now" in (process.stdout.readline() or "Test it now"), "the test")
        high = hub_process.pressure(190, 112, hub_process.now_local())
        high["decoded"]["user"] = 2
        # vakactl has looked at what was there once before it asks the technician
        reading = self.reading(high)
        code, out = self.end(process)
        self.assertEqual(code, 0, out)
        self.assertIn("190 mmHg", out)
        self.assertIn("taken back", out)
        taken = self.kept(reading["id"])
        self.assertEqual((taken["patient"], taken["retracted"]), ("unassigned", True))
        self.assertEqual([a for a in self.hub.vakactl("alerts") if a["class"] == "clinical"], [])
        self.assertEqual(self.notices("task"), [])
        users = [d["users"] for d in self.hub.vakactl("devices") if d["device"] == CUFF][0]
        self.assertEqual([(u["user"], u["patient"]) for u in users], [(2, "p-1042")])

    def test_without_a_test_reading_it_is_nobodys(self) -> None:
        process = self.begin("Kit", "--patient", "p-1042", "--test", "--seconds", "1")
        self.bond(self.asked())
        code, out = self.end(process)
        self.assertEqual(code, 3, out)
        self.assertIn(f"vakactl pair --again {CUFF}", out)
        self.assertIn(f"vakactl assign {CUFF} PATIENT", out)
        self.assertEqual(self.owner(CUFF), "unassigned")

    def test_every_failure_says_what_to_do_next(self) -> None:
        for code in ("not-found", "passkey-wrong", "refused", "timeout", "busy", "radio"):
            process = self.begin("Kit")
            self.tell(self.asked(), "failed", code=code, text="in the collector's words")
            status, out = self.end(process)
            self.assertEqual(status, 1, out)
            self.assertNotIn("in the collector's words", out)
            self.assertRegex(out, "Do this: .+", code)

    def test_again_is_said_by_devices_and_does_what_it_says(self) -> None:
        self.hub.vakactl("assign", SCALE, "p-1042")
        self.collector.ask({"t": "device", "device": SCALE, "state": "bond-lost"})
        command = f"vakactl pair --again {SCALE}"
        for verb in ("devices", "status"):
            self.assertIn(command, run(self.hub, verb).stdout)
            self.assertIn(command, run(self.hub, verb, lang="sv").stdout)
        faults = {f["code"]: f.get("object") for f in self.hub.vakactl("status")["faults"]}
        self.assertEqual(faults["bond-lost"], SCALE)
        process = self.begin(*command.split()[2:])
        request = self.asked()
        self.assertEqual((request["match"], request["again"]), ("00:AA:01:01:00:00", True))
        self.bond(request, SCALE, "scale")
        code, out = self.end(process)
        self.assertEqual(code, 0, out)
        self.assertEqual(self.owner(SCALE), "p-1042", "whose it was stays")
        self.assertNotIn(command, run(self.hub, "devices").stdout)

    def test_a_fault_heals_also_when_the_device_went_to_another(self) -> None:
        def faults() -> list[str]:
            return [a["rule"] for a in self.hub.vakactl("alerts") if SCALE in a["rule"]]

        self.hub.vakactl("assign", SCALE, "p-1042")
        self.collector.ask({"t": "device", "device": SCALE, "state": "bond-lost"})
        self.assertEqual(faults(), [f"bond-lost-{SCALE}"])
        self.hub.vakactl("assign", SCALE, SECOND)
        self.collector.ask({"t": "device", "device": SCALE, "state": "ok"})
        self.assertEqual(faults(), [])

    def test_again_of_a_stranger(self) -> None:
        code, out = self.end(self.begin("--again", "00AA99999999"))
        self.assertEqual(code, 1)
        self.assertIn("There is no device 00AA99999999", out)

    near = [{"address": "00:AA:01:02:00:00", "address_type": 1, "name": "A&D_UA-651BLE_0001",
             "kind": "cuff", "rssi": -50, "bonded": False},
            {"address": "00:AA:01:09:00:00", "address_type": 1, "name": "PO60_0815",
             "kind": "oximeter", "rssi": -92, "bonded": False}]

    def test_what_is_near_in_words(self) -> None:
        process = self.begin()
        self.tell(self.asked("scan"), "found", list=self.near)
        code, out = self.end(process)
        self.assertEqual(code, 0, out)
        self.assertRegex(out, r"A&D_UA-651BLE_0001 +blood pressure cuff +A&D UA-651BLE +close +yes")
        self.assertRegex(out, r"PO60_0815 +oximeter +Beurer PO60 +very weak +no: .+")
        process = self.begin("--json")
        self.tell(self.asked("scan"), "found", list=self.near)
        self.assertEqual(json.loads(self.end(process)[1])[0]["name"], "A&D_UA-651BLE_0001")

    def test_a_model_that_cannot_be_used_is_not_tried(self) -> None:
        code, out = self.end(self.begin("PO60_0815"))
        self.assertEqual(code, 1)
        self.assertIn("Beurer PO60 cannot be used: ", out)

    def test_at_a_terminal(self) -> None:
        process = self.begin(tty=True)
        self.tell(self.asked("scan"), "found", list=[])  # nothing yet: search again
        os.write(self.keyboard, b"\n")
        self.tell(self.asked("scan"), "found", list=self.near)
        os.write(self.keyboard, b"1\n")
        request = self.asked()
        self.assertEqual(request["match"], "00:AA:01:02:00:00")
        self.bond(request)
        # it asks for a test reading by itself, then whose it is
        lines: list[str] = []
        wait_for(lambda: lines.append(process.stdout.readline()) or "Test it now" in lines[-1],
                 "the test reading is asked for")
        self.reading(hub_process.pressure(120, 80, hub_process.now_local()))
        os.write(self.keyboard, b"p-1042\n")
        code, out = self.end(process)
        self.assertEqual(code, 0, "".join(lines) + out)
        self.assertIn(f"Whose is it? p-1042, {SECOND}", out)
        self.assertEqual(self.owner(CUFF), "p-1042")


class SelfTest(Household):
    def parts(self, process: subprocess.Popen) -> tuple[int, dict]:
        out, _ = process.communicate(timeout=hub_process.DEADLINE_S)
        return process.returncode, {p["name"]: p["ok"] for p in json.loads(out)["parts"]}

    def begin(self) -> subprocess.Popen:
        return subprocess.Popen([hub_process.VAKACTL, "selftest", "--json"], text=True,
                                stdout=subprocess.PIPE, env=environment(self.hub))

    def test_a_message_went_and_was_acknowledged(self) -> None:
        self.collector.ask({"t": "radio", "state": "up", "reason": "", "adapter": "hci0"})
        process = self.begin()
        message = self.relay.until(lambda h: h["t"] == "publish" and h["id"] == "selftest")
        self.assertEqual((message["topic"], message["retain"]), ("status", True))
        self.relay.send({"t": "settled", "n": message["n"], "reason": 0})
        code, parts = self.parts(process)
        self.assertEqual((parts["store"], parts["relay"], parts["disk"]), (True, True, True))
        self.assertNotEqual((code, parts["plugins"]), (0, True), "no gpio plugin runs here")
        lines = self.hub.plugin("gpio")
        self.assertEqual(lines.welcome["t"], "welcome")
        process = self.begin()
        message = self.relay.until(lambda h: h["t"] == "publish" and h["id"] == "selftest")
        self.relay.send({"t": "settled", "n": message["n"], "reason": 0x87})
        code, parts = self.parts(process)
        self.assertEqual((code, parts["relay"], parts["plugins"]), (1, False, True))

    def test_a_broken_way_is_said_at_once(self) -> None:
        self.relay.ask({"t": "link", "state": "down", "reason": "connect"})
        done = run(self.hub, "selftest", lang="sv")
        self.assertEqual(done.returncode, 1)
        self.assertIn("✓ Lagringen: fungerar", done.stdout)
        self.assertIn("✗ Vägen till personalen: fungerar inte", done.stdout)
        self.assertIn("Gör så här: ", done.stdout)


class Words(Household):
    def test_each_list_in_both_languages(self) -> None:
        self.hub.vakactl("assign", SCALE, "p-1042")
        self.reading(weighed(99))
        for verb, swedish, english in (
                ("readings", "någon annans?", "somebody else's?"),
                ("notices", "Var det du som mätte?", "was it you who measured?"),
                ("devices", "Senaste mätning", "Last reading"), ("alerts", "Inga öppna larm", "No open alerts"),
                ("checks", "Ingen tillsyn pågår.", "No check is open."),
                ("status", "Klocka: ", "Clock: ")):
            self.assertIn(swedish, run(self.hub, verb, lang="sv").stdout, verb)
            self.assertIn(english, run(self.hub, verb, lang="en").stdout, verb)

    def test_a_hub_that_is_not_there(self) -> None:
        self.hub.kill()
        done = run(self.hub, "status", lang="sv")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Hubben är inte igång", done.stderr)
        self.hub.start()


if __name__ == "__main__":
    hub_process.main()
