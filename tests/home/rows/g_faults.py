# SPDX-License-Identifier: Apache-2.0
"""g: what goes wrong is said clearly, where and what was expected, and the rest goes on."""
from __future__ import annotations

import json
import re

from .support import PATIENT, Listener, VirtualHome, check, equal, first_plan, wait_for

# A plugin of a foreign make: speaks version 2, or floods. Run in the hub by a plugin's user.
STRANGER = r'''
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("/run/vaka/plugin.sock")
version = 2 if sys.argv[1] == "version" else 1
s.send(json.dumps({"t": "hello", "v": version, "plugin": "gpio", "version": "9"}).encode())
answer = s.recv(65536)
print(answer.decode())
while sys.argv[1] == "flood":
    s.send(b'{"t":"signal","n":1,"name":"bed-exit","active":true}')
'''


def wrong_configuration(home: VirtualHome) -> None:
    done = home.ward("exec", "printf 'vaka_hub: 1\\nsite: s\\nhub: 7 7\\npatients: []\\nzome: X\\n' "
                     ">/run/wrong.yaml; /usr/libexec/vaka/vakad --check /run/wrong.yaml",
                     check=False)
    equal(done.returncode, 1, "exit code of --check")
    said = done.stderr + done.stdout
    for place in ("/run/wrong.yaml:3:6: ", "/run/wrong.yaml:5:1: "):
        check(place in said, f"{place} is not named in:\n{said}")


def wrong_plan(home: VirtualHome) -> None:
    text = first_plan(version=2).replace("over: 3d", "over: 3parsecs")
    with home.listener("care-service", f"plan/{PATIENT}/applied") as care:
        home.send_plan(text)
        applied = care.wait(lambda m: m.json()["errors"], "the refusal").json()
    line = text[:text.index("3parsecs")].count("\n") + 1
    check(any(f":{line}:" in e and "3parsecs" in e for e in applied["errors"]),
          f"the place is not named: {applied['errors']}")
    equal(applied["version"], 1, "plan in force")


def truncated(home: VirtualHome) -> None:
    home.send("cuff", "systolic=125", "diastolic=85", "pulse-rate=70", "--fault", "truncated")
    wait_for(lambda: "cannot be decoded: byte " in home.log(), "the log names the byte")
    good_reading(home, "126")


def not_a_number(home: VirtualHome) -> None:
    with home.listener("n-17", f"reading/{PATIENT}/#") as staff:
        home.send("cuff", "systolic=127", "diastolic=85", "pulse-rate=70", "--fault", "nan")
        message = staff.wait(lambda m: True, "the reading without a number")
    check("not-a-number" in message.payload, "the reason is not told")
    check("2047" not in message.payload, "a special value became a number")
    equal([a["rule"] for a in home.vakactl("alerts") if a["class"] == "clinical"], [], "alerts")


def good_reading(home: VirtualHome, systolic: str) -> None:
    home.send("cuff", f"systolic={systolic}", "diastolic=85", "pulse-rate=70")
    wait_for(lambda: any(r["values"].get("systolic", {}).get("value") == systolic
                         for r in home.readings(kind="blood-pressure")), f"the reading {systolic}")


def as_gpio(home: VirtualHome, how: str) -> str:
    """The stranger takes the place of vaka-gpio, with its user and groups."""
    home.ward("exec", "systemctl stop vaka-gpio")
    done = home.ward("exec", "setpriv --reuid vaka-gpio --regid vaka-gpio --groups vaka-plugin "
                     f"timeout 20 python3 - {how}", check=False, stdin=STRANGER)
    home.ward("exec", "systemctl start vaka-gpio")
    return done.stdout


def wrong_version(home: VirtualHome) -> None:
    answer = json.loads(as_gpio(home, "version").splitlines()[0])
    equal((answer["t"], answer["code"]), ("refused", "version"), "the answer")
    check("2" in answer["text"] and "1" in answer["text"], f"what it says: {answer['text']}")
    good_reading(home, "128")


def flooding(home: VirtualHome) -> None:
    as_gpio(home, "flood")
    # By number, or because it never reads its answers; its own end would not be the hub's doing.
    check(re.search("gpio cut off: (flood|does not read)", home.log()), "the flood is not named")
    good_reading(home, "129")
    gpio_works(home)


def gpio_works(home: VirtualHome) -> None:
    wait_for(lambda: home.vakactl("status")["plugins"]["gpio"] == "ok", "vaka-gpio is back", 40)


def killed(home: VirtualHome) -> None:
    for name in ("ble", "mqtt", "gpio"):
        home.ward("exec", f"systemctl kill -s KILL vaka-{name}")
        wait_for(lambda n=name: home.vakactl("status")["plugins"][n] == "ok",
                 f"vaka-{name} is back", 60)
    with home.listener("n-17", f"reading/{PATIENT}/#") as staff:
        good_reading(home, "130")
        staff.wait(lambda m: '"value":130' in m.payload.replace(" ", ""), "it at the staff", 60)


def read_only(home: VirtualHome) -> None:
    staff = home.listener("n-17", "alert/#", "health")
    home.ward("disk", "read-only")
    try:
        told_without_disk(home, staff)
    finally:
        home.ward("disk", "free")
    healed(home)
    staff.close()


def told_without_disk(home: VirtualHome, staff: Listener) -> None:
    # Nothing is confirmed to the cuff, so its window ends with nothing delivered; staff know at once.
    home.ward("kit", "send", "cuff", "systolic=190", "diastolic=112", "pulse-rate=80", check=False)
    alert = staff.wait(lambda m: m.payload and m.topic.startswith(f"alert/{PATIENT}/") and
                       m.json()["rule"] == "BP_CRISIS", "the alert", 60).json()
    equal(alert.get("stored"), False, "its mark")
    staff.wait(lambda m: m.topic == "health" and m.json()["engine"]["store"] == "failed",
               "health says store: failed", 60)


def healed(home: VirtualHome) -> None:
    wait_for(lambda: any(r["values"].get("systolic", {}).get("value") == "190"
                         for r in home.readings(kind="blood-pressure")),
             "the reading is stored when the disk can", 60)
    kept = [a for a in home.vakactl("alerts") if a["class"] == "clinical"]
    equal([a["rule"] for a in kept], ["BP_CRISIS"], "the alert is kept")
    reply = home.command("n-17", "alert/accept", object=kept[0]["id"], rev=kept[0]["rev"])
    reply = home.command("n-17", "alert/close", object=kept[0]["id"], rev=reply["rev"],
                         outcome="called")
    equal(reply["result"], "ok", f"close: {reply}")
    # The cuff was told nothing, so it sends again: the same reading, and no second alert of it.
    wait_for(lambda: home.ask("kit", "status", "cuff")["queue"] == 0 or
             home.ward("kit", "transfer", "cuff", check=False) is None,
             "the cuff gets rid of its reading", 60)
    equal([a["rule"] for a in home.vakactl("alerts") if a["class"] == "clinical"], [],
          "alerts of a reading sent again")


CASES = (
    ("a wrong configuration is named by file, line and column", wrong_configuration),
    ("a wrong plan is refused by line, the old one stays", wrong_plan),
    ("a truncated measurement is named by byte, the next one counts", truncated),
    ("NaN is a reason, never a number", not_a_number),
    ("a plugin of a wrong version is told so", wrong_version),
    ("a plugin that floods is cut off, the rest goes on", flooding),
    ("plugins killed with SIGKILL come back", killed),
    ("state disk read-only: 190/112 still reaches the staff, marked stored:false", read_only),
)


def run(home: VirtualHome, case) -> None:
    home.have("cuff")
    for name, test in CASES:
        with case(f"g: {name}"):
            test(home)
