# SPDX-License-Identifier: Apache-2.0
"""b: a meter's memory arrives once and in order, whatever interrupts it; equal values of a scale
without a clock on two days are two readings; a history sent a hundred times is one."""
from __future__ import annotations

from .support import VirtualHome, check, equal, wait_for

RECORDS = 200


def sequences(home: VirtualHome) -> list[int]:
    """Newest first as listed, so turned round: in the order of their time."""
    return [r["sequence"] for r in reversed(home.readings(kind="glucose"))]


def whole_memory(home: VirtualHome) -> None:
    home.pair("meter", "meter", "p-1042", "--passkey")
    home.ward("kit", "fill", "meter", str(RECORDS - 1))
    with home.listener("n-17", "reading/p-1042/glucose") as staff:
        home.send("meter", "glucose=6.4")
        messages = staff.wait_all(
            lambda all_of: all_of[:] if len({m.user["id"] for m in all_of}) >= RECORDS else None,
            f"{RECORDS} records at the staff", 60)
    equal(len(messages), RECORDS, "messages at the staff, none twice")
    stored = sequences(home)
    equal(len(stored), RECORDS, "records in the hub")
    equal(stored, sorted(stored), "their order")


def interrupted(home: VirtualHome) -> None:
    home.ward("kit", "fill", "meter", "100")
    home.send("meter", "glucose=7.1", "--fault", "disconnect-mid-transfer", check=False)
    home.send("meter", "glucose=7.2")
    wait_for(lambda: len(sequences(home)) >= RECORDS + 102, "the rest after the interruption", 40)
    stored = sequences(home)
    equal(len(stored), RECORDS + 102, "records after an interrupted transfer")
    equal(len(set(stored)), len(stored), "none twice")
    equal(stored, list(range(stored[0], stored[0] + len(stored))), "none missing, in order")


def two_days(home: VirtualHome) -> None:
    home.pair("scale", "scale")
    before = len(home.readings(kind="weight"))
    home.send("scale", "weight=79.95")
    home.ward("clock", "+86400")
    home.send("scale", "weight=79.95")
    wait_for(lambda: len(home.readings(kind="weight")) >= before + 2, "the second day's weight")
    today = home.readings(kind="weight")
    equal(len(today), before + 2, "two equal weights on two days")
    equal(len({r["id"] for r in today}), before + 2, "identities")


def same_history(home: VirtualHome) -> None:
    """The device sends its whole memory again and again, as some do at each connection."""
    before = sequences(home)
    again = home.ward("kit", "replay", "meter", "100", check=False)
    check(again.returncode == 0, "the meter could not send its memory again: " + again.stderr)
    equal(sequences(home), before, "a history sent a hundred times")


def run(home: VirtualHome, case) -> None:
    with case(f"b: {RECORDS} stored records arrive once and in order"):
        whole_memory(home)
    with case("b: a transfer cut in the middle loses and doubles none"):
        interrupted(home)
    with case("b: two equal weights without a clock on two days are two readings"):
        two_days(home)
    with case("b: a history sent a hundred times is one"):
        same_history(home)
