# SPDX-License-Identifier: Apache-2.0
"""What staff ask for over the relay, judged by its schema and answered; what the patient is shown."""
from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

import hub_process
import schema
from hub_process import BASE, CRISIS, PLAN, SCALE, Home, Plugin, weight


def ago(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))


class Commands(Home):
    """A command is judged by its schema, answered, and on record; a repeat gets the same answer."""

    def setUp(self) -> None:
        super().setUp()
        self.relay, self.display = self.hub.relay(), self.hub.plugin("display")
        self.n = 0

    def raw(self, noun_verb: str, payload: bytes, staff: str = "n-17") -> dict:
        response = f"{BASE}/reply/{staff}/tablet"
        self.relay.ask({"t": "message", "topic": f"cmd/{staff}/{noun_verb}",
                        "response_topic": response}, payload)
        message = self.relay.until(lambda h: h["t"] == "publish" and
                                   h.get("response_to") == response)
        self.relay.send({"t": "settled", "n": message["n"], "reason": 0})
        return json.loads(message["body"])

    def command(self, noun_verb: str, **body: Any) -> dict:
        self.n += 1
        body = {"cmd_id": f"k{self.n}", "issued": ago(0), **body}
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

    def test_what_was_meant_for_another_day_is_not_carried_out(self) -> None:
        """By a clock that somebody has set; by any other one no age is known."""
        is_known = self.hub.vakactl("status")["clock"] == "synced"
        self.measure()
        (alert,) = [a for a in self.hub.vakactl("alerts") if a["rule"] == CRISIS]
        reply = self.command("alert/accept", object=alert["id"], issued=ago(86400 + 60))
        self.assertEqual((reply["result"], reply["code"]),
                         ("refused", "too-old") if is_known else ("ok", "ok"))
        reply = self.command("alert/reject", object=alert["id"], issued=ago(86400 - 60))
        self.assertNotEqual(reply["code"], "too-old")
        self.assertEqual(self.audited("alert-accept")[0]["detail"], "too-old" if is_known else "ok")

    def test_a_repeat_changes_nothing(self) -> None:
        body = json.dumps({"cmd_id": "same", "patient": "p-1042", "object": "weight"}).encode()
        first = self.raw("measure/ask", body)
        self.assertEqual(self.raw("measure/ask", body), first)
        self.assertEqual(len(self.audited("measure-ask")), 1)

    def test_what_is_silenced_or_paused_is_seen_by_everybody(self) -> None:
        self.measure()
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        alert = [a for a in self.hub.vakactl("alerts") if a["rule"] == CRISIS][0]
        for verb, body in (("alert/snooze", {"object": alert["id"]}),
                           ("check/pause", {"object": "p-1042"})):
            answer = self.raw(verb, json.dumps({"cmd_id": verb.replace("/", "-"), "reason": "away",
                                                "until": until, **body}).encode())
            self.assertEqual(answer["result"], "ok", answer)
        state = self.raw("state/get", b'{"cmd_id":"s"}')["state"]
        (snooze,), (plan,) = state["snoozes"], state["plans"]
        self.assertEqual((snooze["patient"], snooze["rule"], snooze["direction"], snooze["by"]),
                         ("p-1042", CRISIS, "up", "n-17"))
        self.assertEqual(plan["checks_paused_reason"], "away")
        for told in (snooze["until"], plan["checks_paused_until"]):
            self.assertLess(abs(datetime.fromisoformat(told).timestamp() -
                                datetime.fromisoformat(until).timestamp()), 2)


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
        self.assertEqual(notice["contact"], {"sv": "Hjärtsviktsmottagningen 0155-00 00 00",
                                             "en": "Heart failure clinic 0155-00 00 00"})
        self.assertNotIn("silent", notice)
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


def hours_around_now() -> bytes:
    """Quiet hours that neither begin nor end while a test runs, in summer and in winter."""
    now = time.gmtime().tm_hour + 1
    return f'quiet: {{from: "{(now - 3) % 24:02d}:00", until: "{(now + 4) % 24:02d}:00"}}'.encode()


class Quiet(Home):
    """It is night: only what is high may make a sound."""

    plan = PLAN.replace(b'quiet: {from: "22:00", until: "07:00"}', hours_around_now())

    def test_what_is_shown_makes_a_sound_only_where_it_is_high(self) -> None:
        self.measure()
        self.measure(300)
        self.collector.ask(weight(16000, "80.00"))
        relay = self.hub.relay()
        relay.ask({"t": "message", "topic": "cmd/n-17/measure/ask"},
                  b'{"cmd_id":"m","patient":"p-1042","object":"weight"}')
        silent = {n["id"]: "silent" in n for n in self.hub.vakactl("notices")}
        self.assertEqual(silent, {"rest-and-call": False, "repeat:": True, "measure:weight": False,
                                  f"who:{SCALE}": False, f"assign:{SCALE}": False})


if __name__ == "__main__":
    hub_process.main()
