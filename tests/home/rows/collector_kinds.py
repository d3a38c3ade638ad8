# SPDX-License-Identifier: Apache-2.0
"""Issue 3: devices that are met less often. A chest strap and a glucose sensor, which notify while they
measure; a cuff that keeps records in segments and asks for the time in Omron's manner; and devices that
mean no good, which are cut off, named, and let in again when they behave."""
from __future__ import annotations

import datetime
import json

from .collector_c_morning import device_faults
from .support import PATIENT, VirtualHome, check, equal, wait_for

NAMED_S, NEAR_S = 60, 120
# The manner, who has it, and how it is named: each breaks the protocol, does not stop, or says nothing.
HOSTILE = (("flood", "cuff", "hostile"), ("malformed", "cuff", "hostile"), ("records", "meter", "hostile"),
           ("huge", "cuff", "hostile"), ("table", "cuff", "hostile"), ("mute", "cuff", "mute"))


def status(home: VirtualHome, name: str) -> dict:
    return json.loads(home.ward("kit", "status", name).stdout)


def seconds_apart(row: dict) -> float:
    when = [datetime.datetime.fromisoformat(row[k].replace("Z", "+00:00")) for k in ("time", "received")]
    return abs((when[0] - when[1]).total_seconds())


def strap(home: VirtualHome) -> None:
    home.pair("heart-rate", "strap", PATIENT)
    home.send("strap", "heart-rate=72", "--continuous", "14")
    rows = wait_for(lambda: home.readings(kind="heart-rate"), "the heart rate", 30)
    equal([r["values"]["heart-rate"]["value"] for r in rows], ["72"], "one number of a stream")


def sensor(home: VirtualHome) -> None:
    home.pair("cgm", "sensor", PATIENT)
    home.send("sensor", "glucose=120", "--seq", "600", "--continuous", "3")
    rows = wait_for(lambda: home.readings(kind="cgm"), "the sensor's value", 30)
    equal([r["values"]["glucose"]["value"] for r in rows], ["120"], "equal seconds of a sensor")
    check(rows[0]["device_time"], "its minutes are no time")
    check(seconds_apart(rows[0]) <= NEAR_S, f"measured now, placed {rows[0]}")


def record_cuff(home: VirtualHome) -> None:
    before = status_after_adding(home)
    home.ward("pair", "omron", "--patient", PATIENT)
    # It was an hour off, as a cuff that never saw summer time: set once it has asked.
    wait_for(lambda: status(home, "omron")["clock_offset_s"] != before, "its clock is set", 30)
    for systolic in ("121", "122", "123"):
        home.send("omron", f"systolic={systolic}", "diastolic=81", "pulse-rate=61")
    told = [r["hex"] for r in json.loads(home.ward("kit", "confirmed", "omron").stdout)]
    rows = [r for r in home.readings(kind="blood-pressure") if r["raw"] in told]
    equal(sorted(r["values"]["systolic"]["value"] for r in rows), ["121", "122", "123"],
          "records of which the cuff was told that they are taken")
    check(all(seconds_apart(r) <= NEAR_S for r in rows), f"measured now, placed {rows}")
    check("clock written out of turn" not in home.log(), "its clock was written unasked")


def status_after_adding(home: VirtualHome) -> int:
    home.ward("kit", "add", "record-cuff", "omron")
    return status(home, "omron")["clock_offset_s"]


def words(kind: str, n: int) -> list[str]:
    return [f"glucose={5 + n / 10:.1f}"] if kind == "meter" else \
        [f"systolic={130 + n}", "diastolic=82", "pulse-rate=62"]


def hostile(home: VirtualHome, manner: str, kind: str, word: str, n: int) -> None:
    name = f"odd-{kind}"
    if name not in home.paired:
        home.pair(kind, name, PATIENT)
    want = f"{word}-{status(home, name)['address'].replace(':', '')}"
    home.ward("kit", "set", name, "hostile", manner)
    home.ward("kit", "send", name, *words(kind, n), "--window", str(NAMED_S), "--no-wait")
    # The others go on meanwhile.
    home.send("omron", f"systolic={140 + n}", "diastolic=83", "pulse-rate=63", "--window", "20")
    wait_for(lambda: want in device_faults(home), f"{manner}: health names {want}", NAMED_S)
    home.ward("kit", "set", name, "hostile", "none")
    home.send(name, *words(kind, n + 5), "--window", "30", check=False)
    wait_for(lambda: want not in device_faults(home) or
             not home.ward("kit", "transfer", name, check=False), f"{manner}: it behaves, and is let in", 90)


def run(home: VirtualHome, case) -> None:
    with case("issue 3: a chest strap gives one heart rate of a stream"):
        strap(home)
    with case("issue 3: a glucose sensor's minutes are times"):
        sensor(home)
    with case("issue 3: a cuff with records in segments and Omron's clock"):
        record_cuff(home)
    for n, (manner, kind, word) in enumerate(HOSTILE):
        with case(f"issue 3: a device that means no good ({manner}) is cut off, named, and let in again"):
            hostile(home, manner, kind, word, n)
