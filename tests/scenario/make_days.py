#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the events of a scenario of many days: a patient who measures, a home in which things
happen, and staff that react to what the core decides. The staff's part is found by running the
replay again and again: whatever an effect asks for is answered by a line at a later time, by rules
that are functions of the seed and the object alone, so the same seed gives the same file.

  make_days.py VAKACTL FOLDER [--days 30] [--seed 1]     FOLDER holds plan.yaml
"""

import argparse
import datetime
import json
import pathlib
import random
import subprocess
import zoneinfo

ZONE = zoneinfo.ZoneInfo("Europe/Stockholm")
START = datetime.date(2026, 3, 10)  # with the night the clocks go forward
Event = tuple[float, str, object]


def moment(day: int, hour: int, minute: int, second: int = 0) -> float:
    date = START + datetime.timedelta(days=day)
    return datetime.datetime(date.year, date.month, date.day, hour, minute, second,
                             tzinfo=ZONE).timestamp()


def text(t: float) -> str:
    return datetime.datetime.fromtimestamp(t, ZONE).isoformat()


def reading(name: str, kind: str, **values: tuple[str, str]) -> dict[str, object]:
    return {"id": name, "kind": kind,
            "values": {k.replace("_", "-"): {"value": v, "unit": u} for k, (v, u) in values.items()}}


def pressure(rng: random.Random, name: str, high: bool) -> dict[str, object]:
    systolic = rng.randint(181, 195) if high else rng.choice([rng.randint(118, 148), rng.randint(88, 168)])
    found = reading(name, "blood-pressure", systolic=(str(systolic), "mm[Hg]"),
                    diastolic=(str(rng.randint(66, 84)), "mm[Hg]"),
                    pulse_rate=(str(rng.randint(58, 88)), "/min"))
    if rng.random() < 0.05:
        found["flags"] = ["irregular-pulse"]
    return found


def measure(rng: random.Random, day: int) -> list[Event]:
    """Six readings a day, now and then one that is missing, high, late or taken back."""
    found: list[Event] = []
    weight = f"{77.0 + rng.randint(0, 12) / 10 + (2.6 if rng.random() < 0.08 else 0):.1f}"
    if rng.random() > 0.12:
        found.append((moment(day, 7, rng.randint(0, 40)), "reading",
                      reading(f"w{day}", "weight", weight=(weight, "kg"))))
    at, high = moment(day, 7, 45), rng.random() < 0.15
    found.append((at, "reading", pressure(rng, f"b{day}", high)))
    if not high or rng.random() < 0.7:
        found.append((at + 360, "reading", pressure(rng, f"c{day}", high and rng.random() < 0.6)))
    low = rng.random() < 0.08
    for n in range(2 if low else 1):
        found.append((moment(day, 8, 10 + 2 * n), "reading", reading(
            f"o{day}-{n}", "spo2-spot", spo2=(str(87 if low else rng.randint(93, 98)), "%"),
            pulse_rate=(str(rng.randint(60, 85)), "/min"))))
    fever = rng.random() < 0.06
    found.append((moment(day, 12, 5), "reading", reading(
        f"t{day}", "temperature", temperature=(f"{rng.randint(385, 392) / 10 if fever else rng.randint(363, 374) / 10:.1f}", "Cel"))))
    found.append((moment(day, 19, rng.randint(0, 50)), "reading", pressure(rng, f"e{day}", False)))
    if rng.random() < 0.1:
        t, _, last = found[rng.randrange(len(found))]
        found.append((t + 5400, "reading", {**last, "retracted": True}))  # type: ignore[dict-item]
    return found


def happen(rng: random.Random, day: int) -> list[Event]:
    found: list[Event] = []
    if rng.random() < 0.3:
        t = moment(day, rng.randint(0, 4), rng.randint(0, 59))
        found += [(t, "signal", {"name": "bed-exit", "active": True}),
                  (t + rng.randint(300, 4000), "signal", {"name": "bed-exit", "active": False})]
    if rng.random() < 0.1:
        t = moment(day, rng.randint(9, 21), rng.randint(0, 59))
        found += [(t, "signal", {"name": "call-button", "active": True}),
                  (t + 5, "signal", {"name": "call-button", "active": False})]
    if rng.random() < 0.15:
        t = moment(day, rng.randint(0, 23), rng.randint(0, 59))
        found += [(t, "link", "down"), (t + rng.randint(60, 7200), "link", "up")]
    if rng.random() < 0.1:
        t = moment(day, rng.randint(0, 23), rng.randint(0, 59))
        found += [(t, "device", {"name": "scale", "heard": False, "battery": 9}),
                  (t + 7000, "device", {"name": "scale", "heard": True, "battery": 90})]
    if day % 9 == 4:
        t = moment(day, 15, 0)
        found += [(t, "clock", {"quality": "held"}), (t + 600, "clock", {"quality": "synced"})]
    return found


def command(t: float, staff: str, noun: str, verb: str, thing: str, **more: str) -> Event:
    return (t, "command", {"staff": staff, "noun": noun, "verb": verb, "object": thing, **more})


def answer_alert(seed: int, t: float, effect: dict[str, object]) -> list[Event]:
    rng = random.Random(f"{seed} {effect['alert']} {effect['rev']}")
    thing, found = str(effect["alert"]), []
    if rng.random() < 0.85:
        found.append((t + rng.randint(1, 20), "receipt", {"service": "care", "stored": [thing]}))
    if effect["class"] == "technical":
        return found
    wait = rng.choice([40, 100, 200, 500, 1500])
    if rng.random() < 0.15:
        found.append(command(t + wait, "night-3", "alert", "reject", thing))
        wait += rng.randint(30, 900)
    found.append(command(t + wait, "n-17", "alert", "accept", thing))
    if rng.random() < 0.1:
        found.append(command(t + wait + 60, "n-17", "alert", "snooze", thing, reason="on-the-way",
                             until=text(t + wait + rng.randint(3600, 80000))))
    found.append(command(t + wait + rng.choice([600, 3000, 20000]), "n-17", "alert", "close",
                         thing, outcome="called-patient"))
    return found


def answer_check(seed: int, t: float, effect: dict[str, object]) -> list[Event]:
    rng = random.Random(f"{seed} {effect['check']} {effect['rev']}")
    thing = str(effect["check"])
    staff = rng.choice(["night-3", "night-4"])
    if effect["state"] == "visit-required":
        found = [command(t + 90, staff, "check", "visit-accept", thing)]
        if rng.random() < 0.85:
            found += [command(t + 1000, staff, "check", "arrive", thing),
                      command(t + 2000, staff, "check", "done", thing, outcome="helped")]
        return found
    wait = rng.choice([50, 150, 420, 800, 1300])
    if effect["state"] == "due" and rng.random() < 0.2:
        found = [command(t + wait, staff, "check", "claim", thing)]
        if rng.random() < 0.3:
            return [*found, command(t + wait + 30, staff, "check", "release", thing)]
        wait += 40
    else:
        found = []
    found.append(command(t + wait, staff, "check", "view", thing))
    outcome = rng.choice(["ok"] * 8 + ["not-in-bed", "not-in-bed", "unsure", "technical", "concern"])
    if rng.random() < 0.93:
        found.append(command(t + wait + rng.choice([12, 25, 50]), staff, "check", "outcome", thing,
                             outcome=outcome))
    return found


def answers(seed: int, effect: dict[str, object]) -> list[Event]:
    t = datetime.datetime.fromisoformat(str(effect["t"])).timestamp()
    if effect["effect"] == "alert" and effect["state"] == "raised" and \
            effect["reason"] not in ("escalated", "no-receipt", "work-list", "corrected", "cleared"):
        return answer_alert(seed, t, effect)
    if effect["effect"] == "check" and effect["state"] in ("due", "claimed", "visit-required") and \
            effect["reason"] not in ("remind", "claimed", "check-unclaimed"):
        return answer_check(seed, t, effect)
    return []


def lines(events: list[Event], end: float) -> str:
    ordered = sorted(events, key=lambda event: event[0])
    return "".join(json.dumps({"t": text(t), kind: what}, separators=(",", ":")) + "\n"
                   for t, kind, what in ordered if t <= end) + \
        json.dumps({"t": text(end), "end": True}, separators=(",", ":")) + "\n"


def replay(vakactl: str, folder: pathlib.Path, events: str) -> str:
    run = subprocess.run([vakactl, "replay", "--plan", str(folder / "plan.yaml"), "-"], input=events,
                         capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    return run.stdout


def live(vakactl: str, folder: pathlib.Path, days: int, seed: int) -> list[Event]:
    events: list[Event] = []
    answered: set[tuple[str, object]] = set()
    for day in range(days):
        rng = random.Random(f"{seed} day {day}")
        events += measure(rng, day) + happen(rng, day)
        while True:  # the first that nobody has answered yet; what follows may change with it
            for line in replay(vakactl, folder, lines(events, moment(day + 1, 6, 0))).splitlines():
                effect = json.loads(line)
                key = (str(effect.get("alert") or effect.get("check")), effect.get("rev"))
                found = [] if key in answered else answers(seed, effect)
                if found:
                    answered.add(key)
                    events += found
                    break
            else:
                break
    return events


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vakactl")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    events = lines(live(args.vakactl, args.folder, args.days, args.seed),
                   moment(args.days, 12, 0))
    (args.folder / "events.jsonl").write_text(events, encoding="utf-8")
    (args.folder / "effects.jsonl").write_text(replay(args.vakactl, args.folder, events),
                                               encoding="utf-8")


if __name__ == "__main__":
    main()
