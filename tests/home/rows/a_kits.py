# SPDX-License-Identifier: Apache-2.0
"""a: four kits are paired from the command line, their readings arrive as FHIR Bundles, and each is
caught ten times of ten in a window of five seconds after its own power was cycled."""
from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from .support import KINDS, Listener, Message, VirtualHome, check, equal, observations

MDC, LOINC = "urn:iso:std:iso:11073:10101", "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
TIME_STAMPS = ("67975", "68225", "67983")  # coincident: the subject is the sensor's clock

MEASURED = {
    "scale": ["weight=80.05"],
    "cuff": ["systolic=124", "diastolic=86", "mean-arterial=97", "pulse-rate=51"],
    "oximeter": ["spo2=97", "pulse-rate=61"],
    "meter": ["glucose=6.4"],
}

# MDC code of the Observation or component -> value as sent, unit, LOINC.
WANTED = {
    "scale": {"188736": ("80.05", "kg", "29463-7")},
    "cuff": {"150021": ("124", "mm[Hg]", "8480-6"), "150022": ("86", "mm[Hg]", "8462-4"),
             "149546": ("51", "/min", "8867-4")},
    "oximeter": {"150456": ("97", "%", "2708-6"), "149530": ("61", "/min", "8867-4")},
    "meter": {"160184": ("6.4", "mmol/L", "14743-9")},
}


def codes(thing: dict, system: str) -> list[str]:
    return [c["code"] for c in thing["code"]["coding"] if c["system"] == system]


def quantities(bundle: dict) -> dict[str, dict]:
    """Every value of a Bundle by MDC code: Observations and their components."""
    found = {}
    for observation in observations(bundle).values():
        for thing in (observation, *observation.get("component", [])):
            for code in codes(thing, MDC):
                found[code] = thing
    return found


def bundle_is_right(message: Message, kind: str, sent_at: float) -> None:
    bundle = message.json()
    equal((bundle["resourceType"], bundle["type"]), ("Bundle", "transaction"), "the document")
    equal(message.properties.get("content-type"), "application/fhir+json", "content type")
    things = quantities(bundle)
    for code, (value, unit, loinc) in WANTED[kind].items():
        check(code in things, f"{kind}: no MDC {code} in {sorted(things)}")
        quantity = things[code]["valueQuantity"]
        equal((quantity["system"], quantity["code"]), (UCUM, unit), f"{kind} {code} unit")
        check(f'"value":{value}' in message.payload.replace(" ", ""),
              f"{kind} {code}: {value} is not sent as it was measured")
        check(loinc in codes(things[code], LOINC), f"{kind} {code}: no LOINC {loinc}")
    for code, observation in observations(bundle).items():
        if code in TIME_STAMPS:
            continue
        when = observation.get("effectiveDateTime", "")
        check(when[-6:] in ("+01:00", "+02:00"), f"{kind}: time without the home's zone: {when}")
        seconds = time.mktime(time.strptime(when[:19], "%Y-%m-%dT%H:%M:%S"))
        offset = int(when[-6:-3]) * 3600
        utc = seconds - time.mktime(time.gmtime(0)) - offset
        check(abs(utc - sent_at) < 90, f"{kind}: {when} is not when it was measured")
        check(observation["subject"]["reference"].endswith("p-1042"), f"{kind}: whose it is")


def measure_once(home: VirtualHome, staff: Listener, kind: str) -> None:
    sent_at = time.time()
    sent = home.send(kind, *MEASURED[kind])
    equal(sent["delivered"], 1, f"{kind}: delivered")
    message = staff.wait(lambda m: m.topic == f"reading/p-1042/{KINDS[kind]}",
                         f"the {kind}'s Bundle")
    bundle_is_right(message, kind, sent_at)


TIMES = 10
AGAIN = {"scale": "weight={:.2f}", "cuff": "systolic={:.0f}", "oximeter": "spo2={:.0f}",
         "meter": "glucose={:.1f}"}
START = {"scale": 81.0, "cuff": 110, "oximeter": 88, "meter": 5.0}
STEP = {"scale": 0.05, "cuff": 1, "oximeter": 1, "meter": 0.1}


def measure_again(home: VirtualHome, kind: str) -> int:
    """Device off and on, five seconds of advertising, the next reading: ten times."""
    caught = 0
    for i in range(TIMES):
        home.ward("kit", "off", kind)
        home.ward("kit", "on", kind)
        words = [AGAIN[kind].format(START[kind] + i * STEP[kind])]
        words += ["diastolic=70"] if kind == "cuff" else []
        words += ["pulse-rate=60"] if kind == "oximeter" else []
        caught += home.send(kind, *words, "--window", "5", check=False)["delivered"] >= 1
    return caught


def run(home: VirtualHome, case) -> None:
    staff = home.listener("n-17", "reading/#")
    for kind in KINDS:
        with case(f"a: a {kind} is paired from the command line and its reading is a right Bundle"):
            options = ["--passkey"] if kind == "meter" else []
            paired = home.pair(kind, kind, "p-1042", *options)
            equal(paired["kind"], kind, "what was paired")
            measure_once(home, staff, kind)
    with ThreadPoolExecutor(len(KINDS)) as pool:
        counts = {kind: pool.submit(measure_again, home, kind) for kind in KINDS}
    for kind in KINDS:
        with case(f"a: {kind} off and on, five seconds of advertising, ten readings of ten"):
            equal(counts[kind].result(), TIMES, f"{kind}: windows in which it was caught")
            staff.wait_all(lambda all_of, k=kind: len({m.user["id"] for m in all_of if m.topic ==
                           f"reading/p-1042/{KINDS[k]}"}) == TIMES + 1,
                           f"{TIMES + 1} readings of the {kind} at the staff")
    staff.close()
