# SPDX-License-Identifier: Apache-2.0
"""d: an edge at the bed and a planned time each open a check; who claimed it and how it ended is on
record."""
from __future__ import annotations

from .support import PATIENT, Listener, VirtualHome, equal, first_plan, wait_for


def check_in(staff: Listener, state: str, why: str, other_than: set[str] = frozenset()) -> dict:
    return staff.wait(lambda m: m.topic.startswith(f"check/{PATIENT}/") and m.payload and
                      m.json()["state"] == state and m.json()["id"] not in other_than, why,
                      90).json()


def claimed_and_done(home: VirtualHome, staff: Listener, check: dict) -> None:
    reply = home.command("night-3", "check/claim", object=check["id"], rev=check["rev"])
    equal(reply["result"], "ok", f"claim: {reply}")
    claimed = staff.wait(lambda m: m.payload and m.json().get("id") == check["id"] and
                         m.json()["state"] == "claimed", "the claimed check").json()
    equal(claimed["by"], "night-3", "who claimed it")
    reply = home.command("night-3", "check/view", object=check["id"], rev=claimed["rev"])
    equal(reply["result"], "ok", f"view: {reply}")
    reply = home.command("night-3", "check/outcome", object=check["id"], rev=reply["rev"],
                         outcome="ok")
    equal(reply["result"], "ok", f"outcome: {reply}")
    done = [c for c in home.vakactl("checks", "--all") if c["id"] == check["id"]]
    equal([(c["state"], c["by"], c["outcome"]) for c in done], [("done", "night-3", "ok")],
          "what is on record")
    trail = [(a["actor"], a["action"]) for a in home.vakactl("audit", "--limit", "200")
             if a["object"] == check["id"] and a["domain"] == "social"]
    for entry in (("night-3", "check-claim"), ("night-3", "check-outcome")):
        equal(entry in trail, True, f"{entry} in the audit trail {trail}")


def bed_exit(home: VirtualHome, staff: Listener) -> str:
    home.ward("gpio", "bed-exit", "1")
    check = check_in(staff, "due", "a check after the edge")
    home.ward("gpio", "bed-exit", "0")
    equal((check["attempt"], check["name"]), (1, "night"), "the check")
    claimed_and_done(home, staff, check)
    return check["id"]


def planned(home: VirtualHome, staff: Listener, first: str) -> None:
    """A time an hour ahead is planned, and the home's clock is set to just before it."""
    now = int(home.ward("exec", "date +%s").stdout)
    due = now + 3600 - now % 60
    at = home.ward("exec", f"TZ=Europe/Stockholm date -d @{due} +%H:%M").stdout.strip()
    with home.listener("care-service", f"plan/{PATIENT}/applied") as care:
        home.send_plan(first_plan(version=9, check_at=at))
        care.wait(lambda m: m.json()["version"] == 9, "the plan with a time soon")
    home.ward("clock", f"+{due - 3 - int(home.ward('exec', 'date +%s').stdout)}")
    check = check_in(staff, "due", f"a check at {at}", {first})
    equal(check["due"][11:16], at, "when it was due")
    claimed_and_done(home, staff, check)


def run(home: VirtualHome, case) -> None:
    staff = home.listener("night-3", "check/#")
    first = ""
    with case("d: an edge at the bed opens a check; claim and outcome are on record"):
        first = bed_exit(home, staff)
    with case("d: a planned time opens a check; claim and outcome are on record"):
        planned(home, staff, first)
    wait_for(lambda: not home.vakactl("checks"), "no check is left open")
    staff.close()
