# SPDX-License-Identifier: Apache-2.0
"""c: a limit of the signed plan raises an alert in the same second; people move it; who may not,
cannot; a plan altered on the way is refused and says so."""
from __future__ import annotations

import json

from .support import BASE, PATIENT, Listener, VirtualHome, check, equal, first_plan, wait_for


def alert_in(staff: Listener, of: dict, state: str) -> dict:
    return staff.wait(lambda m: m.topic == f"alert/{PATIENT}/{of['id']}" and m.payload and
                      m.json()["state"] == state, f"alert {of['id']} {state}").json()


def clinical(home: VirtualHome) -> list[dict]:
    return [a for a in home.vakactl("alerts") if a["class"] == "clinical"]


def at_once(home: VirtualHome, staff: Listener) -> dict:
    staff_reading = home.listener("n-17", f"reading/{PATIENT}/blood-pressure")
    home.send("cuff", "systolic=190", "diastolic=112", "pulse-rate=80")
    reading = staff_reading.wait(lambda m: True, "the reading")
    staff_reading.close()
    message = staff.wait(lambda m: m.topic.startswith(f"alert/{PATIENT}/") and m.payload and
                         m.json()["rule"] == "BP_CRISIS" and m.json()["state"] == "raised" and
                         not m.retain, "the alert")
    alert = message.json()
    check(abs(message.at - reading.at) < 1.0, "the alert was not there in the same second")
    equal((alert["rule"], alert["state"], alert["priority"]), ("BP_CRISIS", "raised", "high"),
          "the alert")
    equal((alert["values"]["systolic"]["value"], alert["plan"]), ("190", 1), "what it rests on")
    check("190" in alert["sbar"]["sv"], "its summary in Swedish")
    return alert


def moved_by_staff(home: VirtualHome, staff: Listener, alert: dict) -> None:
    reply = home.command("n-17", "alert/accept", object=alert["id"], rev=alert["rev"])
    equal(reply["result"], "ok", f"accept: {reply}")
    accepted = alert_in(staff, alert, "accepted")
    equal(accepted["by"], "n-17", "who accepted")
    shown = [a for a in home.vakactl("alerts") if a["id"] == alert["id"]]
    equal([a["state"] for a in shown], ["accepted"], "what vakactl shows")
    stale = home.command("n-17", "alert/close", object=alert["id"], rev=alert["rev"],
                         outcome="called")
    equal((stale["result"], stale["code"]), ("refused", "conflict"), "a command behind the times")
    reply = home.command("n-17", "alert/close", object=alert["id"], rev=accepted["rev"],
                         outcome="called")
    equal(reply["result"], "ok", f"close: {reply}")
    closed = alert_in(staff, alert, "closed")
    equal((closed["by"], closed["outcome"]), ("n-17", "called"), "who closed it and how")
    equal(clinical(home), [], "open alerts afterwards")


def late_client(home: VirtualHome) -> None:
    home.send("cuff", "systolic=191", "diastolic=113", "pulse-rate=80")
    wait_for(lambda: clinical(home), "a second alert")
    state = home.command("n-17", "state/get")["state"]
    open_ones = [a for a in state["alerts"] if a["class"] == "clinical"]
    equal([(a["rule"], a["state"]) for a in open_ones], [("BP_CRISIS", "raised")],
          "what a later client gets")
    equal(state["plans"], [{"patient": PATIENT, "version": 1}], "plan versions")
    alert = open_ones[0]
    accepted = home.command("n-17", "alert/accept", object=alert["id"], rev=alert["rev"])
    closed = home.command("n-17", "alert/close", object=alert["id"], rev=accepted["rev"],
                          outcome="called")
    equal(closed["result"], "ok", f"close: {closed}")


def others_topic(home: VirtualHome) -> None:
    code = home.publish("n-17", f"{BASE}/cmd/night-3/state/get", '{"cmd_id":"stolen"}')
    equal(code, 0x87, "reason code for a command in another's name")
    check("stolen" not in json.dumps(home.vakactl("audit")), "the hub heard of it")
    with home.listener("night-3", f"reading/{PATIENT}/#") as night:
        home.send("cuff", "systolic=121", "diastolic=81", "pulse-rate=70")
        wait_for(lambda: any(r["values"]["systolic"]["value"] == "121"
                             for r in home.readings(kind="blood-pressure")), "the reading")
        home.command("n-17", "hub/selftest")  # what the broker had for night-3 has passed by now
        equal(night.messages, [], "readings that night staff could read")


def altered_plan(home: VirtualHome) -> None:
    with home.listener("care-service", f"plan/{PATIENT}/applied") as care:
        home.send_plan(first_plan(version=2), altered=True)
        applied = care.wait(lambda m: m.json()["errors"], "the refusal").json()
        equal(applied["version"], 1, "plan in force")
        check("signature" in " ".join(applied["errors"]), f"what it says: {applied['errors']}")
        home.send_plan(first_plan(version=2), signer="n-17")
        applied = care.wait(lambda m: "may not sign" in " ".join(m.json()["errors"]),
                            "the refusal of a nurse's signature").json()
        equal(applied["version"], 1, "plan in force")


def confirmed(home: VirtualHome, staff: Listener) -> None:
    with home.listener("care-service", f"plan/{PATIENT}/applied") as care:
        home.send_plan(first_plan(version=3, confirm=True))
        care.wait(lambda m: m.json()["version"] == 3, "the new plan in force")
    before = len(staff.messages)
    home.send("cuff", "systolic=188", "diastolic=110", "pulse-rate=80")
    wait_for(lambda: any(n["kind"] == "ask" and n["id"].startswith("repeat")
                         for n in home.vakactl("notices")), "the patient is asked to rest")
    check(any(n["kind"] == "message" and "Vila" in n.get("sv", "")
              for n in home.vakactl("notices")), "the plan's text is shown")
    equal(clinical(home), [], "alerts after one reading")
    home.later(330)
    home.send("cuff", "systolic=189", "diastolic=111", "pulse-rate=80")
    alert = staff.wait_all(lambda all_of: [m.json() for m in all_of[before:]
                                           if m.topic.startswith(f"alert/{PATIENT}/") and m.payload
                                           and m.json()["class"] == "clinical"] or None,
                           "the alert after the second reading")[0]
    equal((alert["rule"], alert["reason"]), ("BP_CRISIS", "threshold-confirmed"), "the alert")


def run(home: VirtualHome, case) -> None:
    home.have("cuff")
    staff = home.listener("n-17", "alert/#")
    alert: dict = {}
    with case("c: 190/112 without confirmation is an alert in the same second"):
        alert = at_once(home, staff)
    with case("c: staff accept and close it, and vakactl shows it"):
        moved_by_staff(home, staff, alert)
    with case("c: a client that comes later gets all that is open"):
        late_client(home)
    with case("c: a topic of another staff member is refused by the broker"):
        others_topic(home)
    with case("c: a plan altered on the way is refused and says so"):
        altered_plan(home)
    with case("c: with confirm the first reading asks for rest, the second raises"):
        confirmed(home, staff)
    staff.close()
