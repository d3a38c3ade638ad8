# SPDX-License-Identifier: Apache-2.0
"""The part of JSON Schema that config/schema uses, so that every message a test sees is judged.

A reading's Bundle is FHIR and not judged here: where VAKA_SEEN names a folder it is kept there, a line
each, for the foreign validators of tests/fhir."""
from __future__ import annotations

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any, Iterator

FOLDER = Path(__file__).parents[3] / "config/schema"
MESSAGES = json.loads((FOLDER / "messages.json").read_text(encoding="utf-8"))
COMMANDS = json.loads((FOLDER / "command.json").read_text(encoding="utf-8"))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "pattern",
         "minimum", "maximum", "format", "contentEncoding", "$ref"}


def is_of(value: Any, name: str) -> bool:
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def scalar_mistakes(value: Any, schema: dict, at: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{at}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, str) and schema.get("format") == "date-time":
        try:
            if datetime.fromisoformat(value.replace("Z", "+00:00")).tzinfo is None:
                yield f"{at}: {value!r} has no offset"
        except ValueError:
            yield f"{at}: {value!r} is no time"
    if isinstance(value, int) and not (schema.get("minimum", value) <= value <=
                                       schema.get("maximum", value)):
        yield f"{at}: {value} is out of range"


def mistakes(value: Any, schema: dict, root: dict, at: str = "$") -> Iterator[str]:
    """What is wrong with a value; a keyword that is not understood is a mistake of the schema."""
    if "$ref" in schema:
        yield from mistakes(value, root["$defs"][schema["$ref"].split("/")[-1]], root, at)
        return
    if set(schema) - KNOWN:
        yield f"{at}: keywords not understood: {set(schema) - KNOWN}"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_of(value, name) for name in types):
        yield f"{at}: {value!r} is no {' or '.join(types)}"
        return
    yield from scalar_mistakes(value, schema, at)
    if isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for key in set(schema.get("required", [])) - set(value):
            yield f"{at}: {key} is missing"
        for key, item in value.items():
            if key in properties:
                yield from mistakes(item, properties[key], root, f"{at}.{key}")
            elif isinstance(others, dict):
                yield from mistakes(item, others, root, f"{at}.{key}")
            elif not others:
                yield f"{at}: {key} does not belong here"
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from mistakes(item, schema.get("items", {}), root, f"{at}[{i}]")


def keep_for_fhir(body: bytes) -> None:
    folder = os.environ.get("VAKA_SEEN")
    if folder:
        with (Path(folder) / f"{os.getpid()}.jsonl").open("ab") as file:
            file.write(body.replace(b"\n", b" ") + b"\n")


def message_mistakes(topic: str, body: bytes, content_type: str) -> list[str]:
    """Of one message the hub publishes; the empty one ends a retained document."""
    if not body:
        return []
    if content_type == "application/fhir+json":
        keep_for_fhir(body)
        return []
    words = topic.split("/")
    name = words[2] if words[0] == "plan" and len(words) > 2 else words[0]
    if name not in MESSAGES["$defs"]:
        return [f"no schema of {topic}"]
    return [f"{topic} {m}" for m in mistakes(json.loads(body), MESSAGES["$defs"][name], MESSAGES)]


def judge(topic: str, body: bytes, content_type: str) -> None:
    wrong = message_mistakes(topic, body, content_type)
    assert not wrong, wrong
