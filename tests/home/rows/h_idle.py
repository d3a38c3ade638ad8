# SPDX-License-Identifier: Apache-2.0
"""h: idle, with all plugins connected and a kit paired: private memory, PSS and wake-ups of every
Vaka process, printed and held against the budget at every look but one."""
from __future__ import annotations

import json
import threading

from .support import VirtualHome, check, wait_for

PRIVATE_KIB, PSS_KIB, WAKEUPS = 6 * 1024, 10 * 1024, 2.0
SECONDS, LOOKS = 80, 8  # more than one ping of the link in it

# In the guest: smaps_rollup and voluntary switches of every thread, by unit.
LOOK = r'''
import glob, json, subprocess
out = {}
for unit in ("vakad", "vaka-ble", "vaka-gpio", "vaka-mqtt"):
    pid = subprocess.run(["systemctl", "show", "-p", "MainPID", "--value", unit],
                         capture_output=True, text=True).stdout.strip()
    rows = [line.split() for line in open(f"/proc/{pid}/smaps_rollup") if ":" in line]
    kib = {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
    switches = 0
    for status in glob.glob(f"/proc/{pid}/task/*/status"):
        for line in open(status):
            if line.startswith("voluntary_ctxt_switches"):
                switches += int(line.split()[1])
    out[unit] = {"private": kib["Private_Dirty"] + kib["Private_Clean"], "pss": kib["Pss"],
                 "private_dirty": kib["Private_Dirty"], "switches": switches,
                 "uptime": float(open("/proc/uptime").read().split()[0])}
print(json.dumps(out))
'''


def look(home: VirtualHome) -> dict:
    return json.loads(home.ward("exec", "--", "python3", "-", stdin=LOOK).stdout)


def idle(home: VirtualHome) -> None:
    wait_for(lambda: all(home.vakactl("status")["plugins"][name] == "ok"
                         for name in ("ble", "gpio", "mqtt")), "ble, gpio and mqtt", 60)
    wait_for(home.link_is_up, "the link", 60)
    before, looks = look(home), []
    for _ in range(LOOKS):
        threading.Event().wait(SECONDS / LOOKS)  # the idle time that is measured
        looks.append(look(home))
    # One look may fall into the half second behind a ping of the link, before its code is given back.
    looks.sort(key=lambda x: sum(unit["private"] for unit in x.values()))
    judged, after = looks[-2], max(looks, key=lambda x: x["vakad"]["uptime"])
    total = {"private": 0, "pss": 0, "wakeups": 0.0}
    for unit, now in after.items():
        seconds = now["uptime"] - before[unit]["uptime"]
        wakeups = (now["switches"] - before[unit]["switches"]) / seconds
        kib = judged[unit]
        print(f"# h: {unit:9} private {kib['private']:5} KiB (dirty {kib['private_dirty']}), "
              f"PSS {kib['pss']:5} KiB, {wakeups:.2f} wake-ups/s", flush=True)
        total["private"] += kib["private"]
        total["pss"] += kib["pss"]
        total["wakeups"] += wakeups
    print(f"# h: all       private {total['private']:5} KiB of {PRIVATE_KIB}, PSS {total['pss']:5} "
          f"KiB of {PSS_KIB}, {total['wakeups']:.2f} wake-ups/s of {WAKEUPS}", flush=True)
    each = [sum(unit["private"] for unit in x.values()) for x in looks]
    print(f"# h: private at each look, in KiB, all but the last are judged: {each}", flush=True)
    check(total["private"] <= PRIVATE_KIB, f"private memory {total['private']} KiB")
    check(total["pss"] <= PSS_KIB, f"PSS {total['pss']} KiB")
    check(total["wakeups"] <= WAKEUPS, f"{total['wakeups']:.2f} wake-ups a second")


def run(home: VirtualHome, case) -> None:
    home.have("scale")
    with case("h: idle with ble, gpio and mqtt within 6 MB private, 10 MiB PSS, 2 wake-ups/s"):
        idle(home)
