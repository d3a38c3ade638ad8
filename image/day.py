# SPDX-License-Identifier: Apache-2.0
"""A short day in a virtual home, told in plain words: what the patient did, what the hub did with it,
what the staff received. Every line is printed because it was seen, not because it was planned.

Called by image/demo: day.py SECONDS-SO-FAR [--end]
"""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/home"))
from rows.support import BASE, PATIENT, Listener, VirtualHome, wait_for  # noqa: E402

BEGAN = time.monotonic()
SO_FAR = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
FOLDER = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"vaka-demo-{os.getuid()}"
RECEIVER = os.environ.get("VAKA_RECEIVER", "vaka-receiver")


def say(text: str = "") -> None:
    print(f"[{SO_FAR + time.monotonic() - BEGAN:3.0f} s] {text}" if text else "", flush=True)


def scene(title: str) -> None:
    print(flush=True)
    say(f"—— {title} ——")


def values_of(bundle: dict) -> str:
    """The numbers in a FHIR Bundle, as a person would read them out."""
    said = []
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] != "Observation":
            continue
        for thing in (resource, *resource.get("component", [])):
            quantity = thing.get("valueQuantity")
            if quantity:
                name = thing["code"].get("text") or thing["code"]["coding"][0].get("display", "")
                said.append(f"{name} {quantity['value']} {quantity.get('unit', '')}".strip())
    return ", ".join(said)


class CareService:
    """The reference receiver beside the staff: keeps what comes, answers with receipts, watches the
    hub's promise. It goes on when the demo has ended, as the home does."""

    def __init__(self) -> None:
        self.db, self.log, self.pid = (FOLDER / f"care-service.{what}" for what in ("db", "log", "pid"))
        self.end()  # of a demo before this one
        for old in FOLDER.glob("care-service.*"):
            old.unlink()

    def start(self, home: VirtualHome) -> None:
        mqtt, user = home.access["mqtt"], home.access["users"]["care-service"]
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [RECEIVER, "--db", str(self.db), "--host", mqtt["host"], "--port", str(mqtt["port"]),
                 "--ca", mqtt["ca"], "--cert", user["cert"], "--key", user["key"]],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.pid.write_text(str(process.pid), encoding="ascii")
        wait_for(lambda: self.events("connected"), "the care service at the broker", 20)

    def end(self) -> None:
        """Only what is the receiver still: a number may have gone to somebody else."""
        try:
            pid = int(self.pid.read_text(encoding="ascii"))
            if b"vaka-receiver" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGTERM)
        except (OSError, ValueError):
            pass

    def events(self, *names: str) -> list[dict]:
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [event for event in map(json.loads, (x for x in lines if x.startswith("{")))
                if event["event"] in names]

    def kept(self) -> list[tuple[str, int, str]]:
        """Id, revision and topic of each message on its shelf."""
        done = subprocess.run([RECEIVER, "--db", str(self.db), "--dump"], capture_output=True, text=True,
                              check=True)
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        return [(row[1], int(row[2]), row[3]) for row in rows]


class Day:
    def __init__(self) -> None:
        FOLDER.mkdir(mode=0o700, exist_ok=True)
        self.home = VirtualHome(FOLDER)
        self.staff: Listener | None = None
        self.care = CareService()

    def put_up(self) -> None:
        scene("A hub is installed")
        say("booting the appliance: real kernel, real bluetoothd, virtual radios")
        self.home.up()
        wait_for(self.home.link_is_up, "the way to the staff", 60)
        self.staff = self.home.listener("n-17", "#")
        self.care.start(self.home)
        say("the care service listens too: it keeps each message, then says so by a receipt")
        say("the hub is up, joined to the staff's broker over TLS, and has a signed care plan")
        for kind in ("scale", "cuff", "oximeter", "meter"):
            passkey = ["--passkey"] if kind == "meter" else []
            paired = self.home.pair(kind, kind, PATIENT, *passkey)
            how = "with the six digits it shows" if passkey else "just works"
            say(f"technician pairs the {kind} ({how}): device {paired['device']}")

    def measure(self, kind: str, topic: str, *words: str) -> None:
        before = len(self.staff.messages)
        sent = self.home.send(kind, *words)
        say(f"patient uses the {kind}: {' '.join(words)}; it saw "
            f"{sum(1 for s in sent['sent'] if s['confirmed'])} confirmation(s), each after the commit")
        message = self.staff.wait_all(
            lambda all_of: [m for m in all_of[before:] if m.topic == f"reading/{PATIENT}/{topic}"],
            f"the {kind}'s reading at the staff")[-1]
        say(f"   staff receive: {values_of(message.json())}")

    def morning(self) -> None:
        scene("Morning")
        self.measure("scale", "weight", "weight=80.05")
        self.measure("cuff", "blood-pressure", "systolic=128", "diastolic=78", "pulse-rate=64")
        self.measure("oximeter", "spo2-spot", "spo2=96", "pulse-rate=66")
        self.measure("meter", "glucose", "glucose=6.4")

    def alert(self) -> None:
        scene("A value beyond the limit that the clinician signed")
        self.measure("cuff", "blood-pressure", "systolic=190", "diastolic=112", "pulse-rate=88")
        alert = self.staff.wait(lambda m: m.topic.startswith("alert/") and m.payload and
                                m.json()["state"] == "raised" and m.json()["class"] == "clinical",
                                "the alert").json()
        say(f"   alert {alert['id']}, {alert['priority']}, to {alert['role']}: {alert['reason']}")
        for line in alert["sbar"]["sv"].splitlines():
            print(f"          {line}")
        shown = [n for n in self.home.vakactl("notices") if n["kind"] == "message"]
        for notice in shown:
            say(f"   the patient is shown: {notice['sv']}")
        received = self.staff.wait(lambda m: m.topic == f"alert/{PATIENT}/{alert['id']}" and
                                   m.payload and m.json()["state"] == "received", "the receipt").json()
        say("   the care service has stored it and says so: received. It goes on until a person has it")
        reply = self.done("n-17", "alert/accept", object=alert["id"], rev=received["rev"])
        say(f"nurse n-17 accepts it: {reply['text_sv']} (escalation stops)")
        reply = self.done("n-17", "alert/close", object=alert["id"], rev=reply["rev"],
                          outcome="called-patient")
        say(f"nurse n-17 closes it with an outcome: {reply['text_sv']}")

    def done(self, user: str, noun_verb: str, **body: object) -> dict:
        """A command of staff, which must have been carried out."""
        reply = self.home.command(user, noun_verb, **body)
        if reply["result"] != "ok":
            raise AssertionError(f"{noun_verb}: {reply['text_en']}")
        return reply

    def night(self) -> None:
        scene("Night")
        self.home.ward("gpio", "bed-exit", "1")
        self.home.ward("gpio", "bed-exit", "0")
        check = self.staff.wait(lambda m: m.topic.startswith("check/") and m.payload and
                                m.json()["state"] == "due", "a check").json()
        say(f"somebody left the bed: check {check['id']} is due for the night team")
        reply = self.done("night-3", "check/claim", object=check["id"], rev=check["rev"])
        reply = self.done("night-3", "check/view", object=check["id"], rev=reply["rev"])
        reply = self.done("night-3", "check/outcome", object=check["id"], rev=reply["rev"], outcome="ok")
        say(f"night-3 claims it, looks, and records the outcome ok: {reply['text_sv']}")

    def power_cut(self) -> None:
        scene("The plug is pulled")
        before = {r["id"] for r in self.home.readings()}
        self.home.ward("broker", "down")
        self.home.send("scale", "weight=80.30")
        say("the staff's broker is away; the patient weighs 80.30 kg; the scale is told: stored")
        self.home.ward("power", "cut", "--seed", "7")
        self.home.ward("power", "on")
        self.home.ward("broker", "up")
        wait_for(self.home.is_ready, "the hub after the cut", 60)
        after = {r["id"] for r in self.home.readings()}
        say(f"power and broker are back: {len(before - after)} readings lost of {len(before) + 1}")
        new = after - before
        self.staff.wait(lambda m: m.user.get("id") in new, "the weight after the cut", 60)
        say("   and the staff receive the weight that was stored before the cut, under its one id")

    def shelf(self) -> None:
        """What the care service has, beside what the hub has."""
        scene("What the care service has kept")
        stored = {r["id"]: r["rev"] for r in self.home.readings()}

        def readings() -> dict[str, int]:
            return {i: rev for i, rev, topic in self.care.kept() if topic.startswith("reading/")}
        wait_for(lambda: readings() == stored, "the same readings at both ends", 60)
        say(f"every reading that the hub has stored, {len(stored)} of {len(stored)}, each once, under the hub's id")
        kept = self.care.kept()
        for word, what in (("alert", "alert(s)"), ("check", "check(s)")):
            revs = [rev for _, rev, topic in kept if topic.startswith(f"{word}/")]
            say(f"{len(revs)} {what}, at revision {', '.join(map(str, revs))}: the last that the hub sent")
        again = len(self.care.events("repeat"))
        say(f"{again} message(s) came twice and count once; each was answered with a receipt when it was on disk")
        wait_for(lambda: self.home.vakactl("status")["receipt"], "a receipt at the hub")
        say(f"the hub's last receipt: {self.home.vakactl('status')['receipt']}")


def what_next(day: Day) -> None:
    ward = f"tests/home/ward --home {FOLDER}/home"
    user = day.home.access["users"]["n-17"]
    mqtt = day.home.access["mqtt"]
    print(f"""
The home stays up. Try, from the repository:
  {ward} exec vakactl status
  {ward} exec vakactl readings
  {ward} kit send cuff systolic=182 diastolic=95 pulse-rate=80
  {ward} exec vakactl alerts
  {ward} gpio bed-exit 1
  {ward} exec vakactl audit
  mosquitto_sub -V 5 -h {mqtt['host']} -p {mqtt['port']} --cafile {mqtt['ca']} \\
    --cert {user['cert']} --key {user['key']} -q 1 -v -t '{BASE}/#'

The care service keeps what comes and watches the hub's promise to be heard again. A dead hub is raised
when that has run out, a quarter of an hour after its last word; pull its plug and look:
  {ward} power cut
  tail -f {day.care.log} | grep -e hub-silent -e hub-back
  {ward} power on
Everything it has kept, and how to end it and the home:
  {RECEIVER} --db {day.care.db} --dump
  kill $(cat {day.care.pid}); {ward} down
Vaka is a prototype, not CE-marked, and never a replacement for 112.""")


def main() -> int:
    day = Day()
    try:
        for part in (day.put_up, day.morning, day.alert, day.night, day.power_cut, day.shelf):
            part()
    except AssertionError as error:
        say(f"the day ended early: {error}")
        return 1
    finally:
        if day.staff:
            day.staff.close()
    if "--end" in sys.argv:
        day.care.end()
        day.home.down()
        return 0
    what_next(day)
    return 0


if __name__ == "__main__":
    sys.exit(main())
