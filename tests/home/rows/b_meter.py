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
    """What it kept before it was paired, sent when somebody presses its button."""
    home.ward("kit", "add", "meter", "meter", "--passkey")
    home.ward("kit", "fill", "meter", str(RECORDS))
    with home.listener("n-17", "reading/#") as staff:
        home.ward("pair", "meter", "--patient", "p-1042")
        if len(sequences(home)) < RECORDS:
            home.ward("kit", "transfer", "meter")
        messages = staff.wait_all(
            lambda all_of: all_of[:] if len({m.user["id"] for m in all_of}) >= RECORDS else None,
            f"{RECORDS} records at the staff", 60)
    equal(len(messages), RECORDS, "messages at the staff, none twice")
    stored = sequences(home)
    equal(len(stored), RECORDS, "records in the hub")
    equal(stored, sorted(stored), "their order")


def interrupted(home: VirtualHome) -> None:
    """The link falls in the middle of a transfer; a second session brings the rest."""
    home.ward("kit", "fill", "meter", "100")
    sent = home.send("meter", "glucose=7.1", "--fault", "disconnect-mid-transfer", check=False)
    # The hub may be back on the line at once, so what it holds by now says nothing; the meter does.
    equal(sent["delivered"], 0, "reports that the meter saw to their end in that session")
    home.ward("kit", "transfer", "meter", check=False)
    wait_for(lambda: len(sequences(home)) >= RECORDS + 101, "the rest after the interruption", 40)
    stored = sequences(home)
    equal(sorted(stored), list(range(min(stored), min(stored) + RECORDS + 101)),
          "records after an interrupted transfer: none missing, none twice")


def two_days(home: VirtualHome) -> None:
    home.have("scale")
    before = len(home.readings(kind="weight"))
    home.send("scale", "weight=79.95")
    home.later(86400)
    home.send("scale", "weight=79.95")
    wait_for(lambda: len(home.readings(kind="weight")) >= before + 2, "the second day's weight")
    today = home.readings(kind="weight")
    equal(len(today), before + 2, "two equal weights on two days")
    equal(len({r["id"] for r in today}), before + 2, "identities")


ROUNDS, HISTORY = 100, 5


def same_history(home: VirtualHome) -> None:
    """A cuff that keeps what it sent, and sends all of it a hundred times."""
    home.have("cuff")
    home.ward("kit", "set", "cuff", "keep", "on")
    for i in range(HISTORY):
        home.send("cuff", f"systolic={120 + i}", "diastolic=80", "pulse-rate=60")
    before = {r["id"] for r in home.readings(kind="blood-pressure")}
    equal(len(before), HISTORY, "readings of the cuff")
    home.ward("kit", "set", "cuff", "rounds", str(ROUNDS))
    with home.listener("n-17", "reading/#") as staff:
        home.ward("kit", "transfer", "cuff", "--window", "120")
        repeats = wait_for(lambda: count_sent(home) >= ROUNDS * HISTORY, "all of it was sent", 90)
        check(repeats, "the cuff sent less")
        home.command("n-17", "hub/selftest")  # whatever the hub sent before has passed by now
        equal(staff.messages, [], "messages about readings that were known")
    equal({r["id"] for r in home.readings(kind="blood-pressure")}, before,
          f"a history sent {ROUNDS} times")


def count_sent(home: VirtualHome) -> int:
    """Confirmations that the cuff logged in this run of it."""
    return int(home.ward("exec", "journalctl -o cat --no-pager -u vaka-kit@cuff | grep -c 'confirmed,'",
                         check=False).stdout or 0)


def run(home: VirtualHome, case) -> None:
    with case(f"b: {RECORDS} stored records arrive once and in order"):
        whole_memory(home)
    with case("b: a transfer cut in the middle loses and doubles none"):
        interrupted(home)
    with case("b: two equal weights without a clock on two days are two readings"):
        two_days(home)
    with case("b: a history sent a hundred times is one"):
        same_history(home)
