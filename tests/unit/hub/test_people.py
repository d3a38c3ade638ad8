# SPDX-License-Identifier: Apache-2.0
"""Whose device, whose reading: what a person said is evidence, what does not agree is asked, and
only an answer ends the question. Plugins and staff are played by this script."""
from __future__ import annotations

import json
import sys
import unittest

import test_vakad
from test_vakad import BASE, CUFF, PLAN, SCALE, Hub, Plugin, published, weight

SECOND = "p-2000"
OTHER_PLAN = PLAN.replace(b"patient: p-1042", b"patient: p-2000").replace(
    b'band: ["70", "95"]', b'band: ["40", "65"]')


def weighed(kg: float, user: int | None = None) -> dict:
    reading = weight(int(kg * 200), f"{kg:.2f}")
    if user is not None:
        reading["decoded"]["user"] = user
        reading["raw"] += f"{user:02x}"
    return reading


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
        again = self.hub.plugin("ble").until(lambda h: h["t"] == "device")
        self.assertEqual(again["users"], [{"user": 2, "consent": 123}])
        self.assertNotIn(SECOND, json.dumps(again["users"]))

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
        cuff = test_vakad.pressure(190, 112, test_vakad.now_local())
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
        reading = self.reading(test_vakad.pressure(190, 112, test_vakad.now_local()))
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
            done = test_vakad.subprocess.run(
                [test_vakad.VAKACTL, *words], capture_output=True, text=True, check=False,
                timeout=test_vakad.DEADLINE_S, env=self.hub.bus.environment())
            self.assertNotEqual(done.returncode, 0, words)
            return done.stderr

        self.assertIn("no such patient", refused("assign", SCALE, "p-stranger"))
        self.assertIn("no such device", refused("assign", "00AA99999999", "p-1042"))
        self.assertIn("no such reading", refused("reading", "retract", "no-id"))
        self.assertIn("0 to 254", refused("assign", SCALE, "p-1042", "--user", "255"))
        for user in range(7):
            self.hub.vakactl("assign", SCALE, "p-1042", "--user", str(user))
        self.assertIn("as many users", refused("assign", SCALE, "p-1042", "--user", "7"))


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
        self.collector.ask(test_vakad.pressure(120, 80, test_vakad.now_local()))
        self.assertEqual(rules(), [])


if __name__ == "__main__":
    test_vakad.VAKAD, test_vakad.VAKACTL = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
