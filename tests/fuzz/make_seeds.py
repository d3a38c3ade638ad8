#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the fuzzers' first inputs: OUT/<target>/<name>, from the vectors and from short lists."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "data" / "vectors" / "gatt.tsv"

ROOT = HERE.parent.parent
FILES = {
    "yaml_plan": [
        *ROOT.glob("config/plans/*.yaml"),
        *ROOT.glob("tests/data/plans/*.yaml"),
        ROOT / "config" / "hub.yaml",
        *ROOT.glob("tests/data/hub/*"),
    ],
    "zone": [
        pathlib.Path("/usr/share/zoneinfo") / name
        for name in ("Europe/Stockholm", "Europe/Dublin", "UTC")
    ],
}

TEXTS = {
    "decimal": ["0", "-1.5", "36.60", "999999999999999", "0.005", "1.", ".5", "1e3"],
    "rfc3339": [
        "2026-03-04T07:40:12+01:00",
        "1970-01-01T00:00:00Z",
        "2026-03-29T02:30:00.123-08:00",
        "2026-03-04T07:40:12",
        "9999-12-31T23:59:59-14:00",
    ],
    "utf8": ["p-1042", "å€\U0001f600", "a\nb\"c\\", "\x7f"],
}


def families() -> dict[str, list[str]]:
    """Which characteristics each fuzz_family_NAME chooses from, as CMakeLists.txt lists them."""
    text = (HERE / "CMakeLists.txt").read_text(encoding="utf-8")
    calls = re.findall(r"^vaka_fuzz_family\((\w+) ([0-9a-fx ]+)\)", text, re.MULTILINE)
    return {name: [uuid.removeprefix("0x") for uuid in uuids.split()] for name, uuids in calls}


def write(out: pathlib.Path, target: str, name: str, data: bytes) -> None:
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def main(out: pathlib.Path) -> None:
    for line in VECTORS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, uuid, text, *_ = line.split("\t")
        value = bytes.fromhex(text)
        uuid = uuid.partition(":")[0]
        if "float" in uuid:
            continue
        with_uuid = int(uuid, 16).to_bytes(2, "little") + value
        for family, uuids in families().items():
            if uuid in uuids:
                write(out, f"family_{family}", name, bytes((uuids.index(uuid), 0xff)) + value)
        if uuid in ("2b36", "2b8b") and value:
            write(out, "segments", name, bytes((len(value),)) + value)
        write(out, "decode", name, with_uuid)
        write(out, "hex", name, text.encode())
        if uuid == "2a52":
            write(out, "racp", name, value)
    for target, texts in TEXTS.items():
        for number, text in enumerate(texts):
            write(out, target, f"text-{number}", text.encode())
    for target, files in FILES.items():
        for file in files:
            if file.exists():
                write(out, target, f"{file.parent.name}-{file.name}", file.read_bytes())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_seeds.py OUT")
    main(pathlib.Path(sys.argv[1]))
