# SPDX-License-Identifier: Apache-2.0
"""config/schema/plan.json and the hub judge the same documents alike: what the hub takes is valid, and what
the schema forbids the hub refuses, at every key of a plan that uses them all."""
from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import unittest
from datetime import date, datetime
from pathlib import Path
from typing import Any, Iterator

VERDICTS = ""
ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "config/schema/plan.json").read_text(encoding="utf-8"))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float)}
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "oneOf",
         "pattern", "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "format",
         "description", "default", "title", "$schema", "propertyNames", "maxProperties"}
BOTH = {"sv": "Vila och mät igen.", "en": "Rest and measure again."}
HOURS = {"from": "22:00", "until": "06:00"}


def limit(quantity: str, side: str, value: str, **more: Any) -> dict:
    return {"quantity": quantity, side: value, **more}


def rule(type_: str, ident: str, priority: str = "medium", **more: Any) -> dict:
    return {"id": ident, "type": type_, "priority": priority, **more}


PLAN: dict = {
    "vaka_plan": 1, "patient": "p-1042", "version": 7, "author": {"id": "dr-17", "role": "physician"},
    "valid": {"from": "2026-03-01T00:00:00+01:00", "until": "2027-03-01T00:00:00+01:00"},
    "zone": "Europe/Stockholm", "alerting": "on", "delivery": "care", "contact": BOTH,
    "expects": [{"kind": "weight", "band": ["70", "95"], "jump": "3.0", "jump_within": "24h",
                 "jump_percent": 5, "jump_percent_within": "48h"},
                {"kind": "blood-pressure"}, {"kind": "glucose"}, {"kind": "spo2-spot"}],
    "schedule": [{"id": "morning", "measure": "weight", "from": "06:00", "until": "10:00",
                  "remind_after": "2h", "early": "1h", "missed": "rest"}],
    "targets": [{"quantity": "weight", "value": "78.0", "band": "2.0", "set": "2026-02-10", "ref": "r1"}],
    "plausible": [{"quantity": "systolic", "reject": ["40", "280"], "question": ["70", "240"]}],
    "news2": {"scale": 2, "breathes": "oxygen", "order": "ref-113"},
    "rules": [
        rule("threshold", "T1", "high", any=[limit("systolic", "at_least", "180", unit="mm[Hg]"),
                                             limit("diastolic", "above", "119")],
             confirm={"after": "5min", "within": "15min", "unconfirmed": "medium"}, clears={"by": "10"},
             worse_by="20", message="rest", snooze="forbidden"),
        rule("threshold", "T2", any=[limit("glucose", "below", "3.9")], retest={"within": "20min"},
             clears={"by": "0.1", "readings": 1, "apart": "10min"}),
        rule("threshold", "T3", any=[limit("systolic", "at_most", "90")],
             repeat={"times": 2, "within": "48h", "apart": "1h"}),
        rule("threshold", "T4", any=[limit("weight", "above_target", "2.0")], clears={"days": 2}),
        rule("threshold", "T5", "low", any=[limit("weight", "below_target", "2.0")], clears={"manual": "on"}),
        rule("threshold", "T6", any=[limit("weight", "percent_below_target", 5)]),
        rule("change", "C1", quantity="weight", unit="kg", direction="up", by="2.0", over="3d",
             confirm={"after": "1min", "within": "30min"}, clears={"by": "1.0", "days": 2}, worse_by="1.0"),
        rule("average", "A1", "low", any=[limit("systolic", "at_least", "135")], over="7d", days=3,
             discard=1, readings=12, clears={"by": "5"}),
        rule("baseline", "B1", "low", quantity="spo2", unit="%", direction="down", at_least="3", over="14d",
             days=7, clears={"by": "1"}, worse_by="2", **{"for": 2}),
        rule("status", "S1", flags=["irregular-pulse"], kind="blood-pressure", clears_after=2),
        rule("missing", "M1", schedule="morning", days=2),
        rule("news2", "N1", "high", points=7, single=3),
        rule("technical", "F1", "low", fault="device-not-heard", message="rest"),
        rule("input", "I1", "high", signal="bed-exit", longer_than="20min", during=HOURS,
             **{"class": "clinical"}),
    ],
    "messages": {"rest": {**BOTH, "min_interval": "20h", "max_per_week": 7}},
    "checks": [{"id": "night", "at": ["23:30", "02:45"], "on": ["bed-exit"], "during": HOURS, "view": "30s",
                "recheck_after": "15min", "role": "night-team", "closed_by": "bed-exit",
                "claim_remind": "10min", "claim_escalate": "15min", "view_start": "60s", "retry": "2min",
                "visit_accept": "10min", "visit_arrive": "45min", "visit_done": "2h"}],
    "escalation": {name: [{"to": "night-team", "after": "0min"}, {"to": "duty-nurse", "after": "3min"}]
                   for name in ("low", "medium", "high")},
    "quiet": {"from": "22:00", "until": "07:00"},
    "consents": [{"scope": "camera", "given": "2026-02-10", "withdrawn": "2027-02-10"}],
    "alerts": {"remind_after": "4h", "snooze_most": "24h", "work_list": ["08:00", "15:00"],
               "storm": {"alerts": 4, "within": "5min"},
               "unreceived": {name: {"second_path": "2min", "lamp": "2min"}
                              for name in ("low", "medium", "high")}},
    "pauses": [{"check": "night", "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z",
                "reason": "away"}],
}


def is_of(value: Any, name: str) -> bool:
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def is_format(value: str, name: str) -> bool:
    try:
        if name == "date":
            return date.fromisoformat(value) is not None
        return datetime.fromisoformat(value.replace("Z", "+00:00")).tzinfo is not None
    except ValueError:
        return False


def within(n: int, schema: dict, least: str, most: str) -> bool:
    return schema.get(least, n) <= n <= schema.get(most, n)


def is_valid(value: Any, schema: dict) -> bool:
    assert not set(schema) - KNOWN, f"keywords not understood: {set(schema) - KNOWN}"
    types = schema.get("type", [])
    if types == "string" and isinstance(value, int):
        value = json.dumps(value)  # a plain word keeps its letters, as in YAML: id: 17
    if types and not any(is_of(value, t) for t in ([types] if isinstance(types, str) else types)):
        return False
    if "oneOf" in schema and sum(is_valid(value, one) for one in schema["oneOf"]) != 1:
        return False
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        return False
    if isinstance(value, str):
        return (re.search(schema.get("pattern", ""), value) is not None and
                ("format" not in schema or is_format(value, schema["format"])) and
                within(len(value.encode()), schema, "minLength", "maxLength"))
    if isinstance(value, int) and not isinstance(value, bool):
        return within(value, schema, "minimum", "maximum")
    if isinstance(value, list):
        return within(len(value), schema, "minItems", "maxItems") and \
            all(is_valid(item, schema.get("items", {})) for item in value)
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        return set(schema.get("required", [])) <= set(value) and \
            len(value) <= schema.get("maxProperties", len(value)) and \
            all(is_valid(key, schema.get("propertyNames", {})) for key in value) and \
            all(is_valid(item, known[key]) if key in known else
                is_valid(item, others) if isinstance(others, dict) else others
                for key, item in value.items())
    return True


def places(value: Any, at: tuple = ()) -> Iterator[tuple]:
    yield at
    items = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*at, key))


def get(document: Any, at: tuple) -> Any:
    for key in at:
        document = document[key]
    return document


def changed(at: tuple, value: Any) -> dict:
    document = copy.deepcopy(PLAN)
    get(document, at[:-1])[at[-1]] = value
    return document


def without(at: tuple) -> dict:
    document = copy.deepcopy(PLAN)
    del get(document, at[:-1])[at[-1]]
    return document


def variants() -> Iterator[tuple[str, dict]]:
    """At each place: a key too many or too few, another type, another value, one more of a list."""
    for at in places(PLAN):
        value, name = get(PLAN, at), "/".join(map(str, at))
        if isinstance(value, dict) and at:
            yield f"{name}: a key too many", changed((*at, "oven"), "x")
        if at and isinstance(get(PLAN, at[:-1]), dict):
            yield f"{name}: left out", without(at)
        if isinstance(value, list) and value:
            yield f"{name}: a long list", changed(at, value * 40)
            yield f"{name}: an empty list", changed(at, [])
        others = ([], {}, None) if not isinstance(value, (dict, list)) else ("x",)
        if at:
            for other in (*others, *(("!", -1, 2**40) if len(others) > 1 else ())):
                yield f"{name}: {other!r}", changed(at, other)


class Alike(unittest.TestCase):
    def refused(self, documents: list[tuple[str, dict]]) -> set[str]:
        """Names of those the hub's reader refuses."""
        lines = "".join(json.dumps(document) + "\n" for _, document in documents)
        out = subprocess.run([VERDICTS], input=lines, capture_output=True, text=True, check=True)
        self.assertEqual(len(out.stdout.split()), len(documents))
        return {name for (name, _), one in zip(documents, out.stdout.split()) if one == "0"}

    def test_the_whole_plan_is_taken_by_both(self) -> None:
        self.assertTrue(is_valid(PLAN, SCHEMA))
        self.assertEqual(self.refused([("whole", PLAN)]), set())

    def test_what_one_takes_the_other_takes(self) -> None:
        documents = list(variants())
        refused = self.refused(documents)
        forbidden = {name for name, document in documents if not is_valid(document, SCHEMA)}
        self.assertEqual(forbidden - refused, set(), "forbidden by the schema, taken by the hub")
        self.assertGreater(len(forbidden), 1000)
        # What only a look at the whole can tell is the hub's alone: names, order, reach.
        self.assertLess(len(refused - forbidden), 200)


if __name__ == "__main__":
    VERDICTS = sys.argv.pop(1)
    unittest.main(verbosity=2)
