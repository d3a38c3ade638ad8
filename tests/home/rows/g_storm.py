# SPDX-License-Identifier: Apache-2.0
"""Issue row g, the storm: sixty advertisers a second, each with an address never heard before. Vaka's
memory stays flat and its share of the processor small, bluetoothd keeps few objects, and a known cuff is
served as ever. Short here, ten minutes in tests/soak."""
from __future__ import annotations

import json
import threading
import time

from .support import VirtualHome, check, wait_for

RATE = 60
SECONDS = 120
GROWTH_KIB = 48
CPU_PERCENT = 5.0
OBJECTS = 64

# In the guest: memory of its own and processor time of each process, and how many devices bluetoothd has.
LOOK = r'''
import json, os, subprocess
def pid_of(unit):
    return subprocess.run(["systemctl", "show", "-p", "MainPID", "--value", unit],
                          capture_output=True, text=True).stdout.strip()
out = {}
for unit in ("vakad", "vaka-ble", "vaka-gpio", "vaka-mqtt", "vaka-witness", "bluetooth"):
    pid = pid_of(unit)
    if pid in ("", "0"):
        continue
    rows = [line.split() for line in open(f"/proc/{pid}/smaps_rollup") if ":" in line]
    kib = {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
    stat = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    # Clean pages of the program itself come and go as the kernel likes.
    out[unit] = {"private": kib["Private_Dirty"],
                 "cpu_s": (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")}
tree = subprocess.run(["busctl", "tree", "--list", "org.bluez"], capture_output=True, text=True).stdout
print(json.dumps({"units": out, "objects": tree.count("/dev_"),
                  "uptime": float(open("/proc/uptime").read().split()[0])}))
'''


def look(home: VirtualHome) -> dict:
    return json.loads(home.ward("exec", "--", "python3", "-", stdin=LOOK).stdout)


class Storm:
    """Strangers pass for so long, while figures are taken and somebody measures."""

    def __init__(self, home: VirtualHome, seconds: int, more=lambda n: None) -> None:
        self.home, self.seconds, self.systolic, self.more = home, seconds, 100, more
        self.samples: list[dict] = []
        # What faces the strangers, and what stores what is measured meanwhile; the relay's moves with
        # the broker.
        self.judged = {"vaka-ble", "vaka-witness", "vakad"}

    def measure(self) -> None:
        self.systolic += 1
        value = str(self.systolic)
        sent = self.home.send("cuff", f"systolic={value}", "diastolic=70", "pulse-rate=60", check=False)
        check(sent["delivered"] > 0, f"the cuff was not heard in the storm: {sent}")
        wait_for(lambda: self.newest() == value, f"reading {value}")

    def newest(self) -> str:
        """One is asked for: an answer that grows with what was measured is no cost of the strangers."""
        rows = self.home.vakactl("readings", "--limit", "1", "--kind", "blood-pressure")
        return rows[0]["values"]["systolic"]["value"] if rows else ""

    def begin(self, settle_s: float) -> float:
        self.measure()
        self.home.ward("storm", str(RATE), str(self.seconds))  # returns when it blows
        began = time.monotonic()
        threading.Event().wait(settle_s)
        self.samples.append(look(self.home))
        return began

    def run_short(self, settle_s: float, quiet_s: float) -> None:
        """What the strangers cost, then that those who are known are served among them."""
        began = self.begin(settle_s)
        threading.Event().wait(quiet_s)  # the time that is measured
        self.samples.append(look(self.home))
        self.measure()
        self.more(len(self.samples))
        check(time.monotonic() - began < self.seconds, "the storm was over before they were served")

    def run(self, settle_s: float, every_s: float) -> None:
        """The same for long, with somebody measuring all the while; figures count from settle_s on."""
        began = self.begin(settle_s)
        while time.monotonic() - began < self.seconds - 2:
            self.measure()
            self.more(len(self.samples))
            threading.Event().wait(every_s)
            self.samples.append(look(self.home))

    def least(self, unit: str, is_last: bool) -> int:
        """Of a quarter of the looks: one may fall into the moment when a reading is being stored."""
        n = max(len(self.samples) // 4, 1)
        some = self.samples[-n:] if is_last else self.samples[:n]
        return min(look["units"][unit]["private"] for look in some)

    def trend(self, unit: str) -> float:
        """How much a line through all looks rises from the first to the last: what comes and goes levels
        out, what stays does not."""
        at = [look["uptime"] for look in self.samples]
        kib = [look["units"][unit]["private"] for look in self.samples]
        middle = sum(at) / len(at)
        spread = sum((t - middle) ** 2 for t in at)
        return sum((t - middle) * k for t, k in zip(at, kib)) / spread * (at[-1] - at[0])

    def grown(self, unit: str) -> int:
        """By either measure, whichever says more."""
        return max(self.least(unit, True) - self.least(unit, False), round(self.trend(unit)), 0)

    def verdict(self, name: str) -> str:
        first, last = self.samples[0], self.samples[-1]
        seconds = last["uptime"] - first["uptime"]
        growth, cpu = 0, 0.0
        for unit, now in last["units"].items():
            before = first["units"][unit]
            share = 100 * (now["cpu_s"] - before["cpu_s"]) / seconds
            print(f"# g: {name}: {unit:12} {self.least(unit, False):6} -> {self.least(unit, True):6} KiB, "
                  f"trend {self.trend(unit):+.0f} KiB, {share:5.2f} % of a core", flush=True)
            print(f"# g: {name}: {unit:12} {[look['units'][unit]['private'] for look in self.samples]}",
                  flush=True)
            if unit != "bluetooth":
                cpu += share
            if unit in self.judged:
                growth += self.grown(unit)
        objects = max(s["objects"] for s in self.samples)
        figures = {"row": "g-storm", "case": name, "seconds": round(seconds), "rate": RATE,
                   "growth_kib": growth, "growth_limit_kib": GROWTH_KIB, "cpu_percent": round(cpu, 2),
                   "cpu_limit_percent": CPU_PERCENT, "objects": objects, "objects_limit": OBJECTS}
        print("# " + json.dumps(figures), flush=True)
        check(growth <= GROWTH_KIB, f"memory grew by {growth} KiB of {GROWTH_KIB}")
        check(cpu <= CPU_PERCENT, f"{cpu:.2f} % of a core of {CPU_PERCENT}")
        check(objects <= OBJECTS, f"bluetoothd kept {objects} devices of {OBJECTS}")
        return f"growth {growth} KiB, {cpu:.2f} % of a core, {objects} objects"


def weigh(home: VirtualHome, grams: int) -> None:
    """Somebody steps on the scale that nobody connects to."""
    value = f"{grams / 1000:.2f}"
    home.ward("kit", "send", "bath", f"weight={value}", "--no-wait")
    wait_for(lambda: any(r["raw"] and r["values"].get("weight", {}).get("value", "").startswith(value)
                         for r in home.readings(kind="weight")), f"the weight {value}", 20)


def have_beacon(home: VirtualHome) -> None:
    home.ward("kit", "add", "beacon-scale", "bath", "--advertise", "MI SCALE2")
    home.ward("kit", "set", "bath", "window", "8")
    home.ward("kit", "send", "bath", "weight=70.00", "--no-wait")
    home.ward("pair", "bath", "--patient", "p-1042")
    weigh(home, 71000)


def run(home: VirtualHome, case) -> None:
    home.have("cuff")
    home.ward("kit", "set", "cuff", "window", "5")
    with case(f"g: {RATE} strangers a second: flat, quiet, and the cuff is served"):
        storm = Storm(home, SECONDS)
        storm.run_short(5, 15)
        storm.verdict("no scale")
    with case("g: the same while a scale that only advertises is listened for; it is heard"):
        have_beacon(home)
        storm = Storm(home, SECONDS, lambda n: weigh(home, 72000 + 500 * n))
        storm.systolic = 150
        storm.run_short(5, 15)
        storm.verdict("with a scale")
