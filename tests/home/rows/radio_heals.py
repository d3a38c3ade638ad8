# SPDX-License-Identifier: Apache-2.0
"""radio: D-Bus, bluetoothd, power and adapter fail one after the other. Each is named in `health`,
healed by a rung that the audit chain holds, and the next reading arrives; vakad and vaka-ble are the
same processes at the end as at the beginning."""
from __future__ import annotations

import json

from .support import VirtualHome, check, equal, wait_for


def processes(home: VirtualHome) -> str:
    return home.ward("exec", "systemctl show -p MainPID --value vakad vaka-ble").stdout


def radio(home: VirtualHome) -> dict:
    """What the hub says of its radio; empty while the bus is away."""
    done = home.ward("exec", "vakactl status --json", check=False)
    if done.returncode != 0:
        return {}
    return json.loads(done.stdout)["radio"]


def is_up(home: VirtualHome) -> bool:
    return radio(home).get("state") == "up"


def rungs(home: VirtualHome) -> list[str]:
    return [a["object"] for a in home.vakactl("audit") if a["action"] == "radio-rung"]


class Cuff:
    """Somebody who measures after each fault, a little higher each time."""

    def __init__(self, home: VirtualHome) -> None:
        self.home, self.systolic = home, 110

    def measures(self) -> None:
        self.systolic += 1
        sent = self.home.send("cuff", f"systolic={self.systolic}", "diastolic=70", "pulse-rate=61",
                              check=False)
        confirmed = [one for one in sent["sent"] if one["confirmed"]]
        check(confirmed, f"nothing was taken: {sent}")
        value = str(self.systolic)
        wait_for(lambda: any(r["values"].get("systolic", {}).get("value") == value
                             for r in self.home.readings(kind="blood-pressure")),
                 f"the reading {value}")


def dbus_restarts(home: VirtualHome, cuff: Cuff) -> None:
    """The bus takes bluetoothd along, which nobody else starts again."""
    home.ward("exec", "systemctl restart dbus")
    wait_for(lambda: radio(home).get("state") == "down", "the hub names it", 30)
    wait_for(lambda: is_up(home), "the radio is back", 60)
    check("restart-bluetoothd" in rungs(home), f"the rung is not in the audit chain: {rungs(home)}")
    cuff.measures()


def bluetoothd_restarts(home: VirtualHome, cuff: Cuff) -> None:
    before = rungs(home)
    for how in ("restart", "kill"):
        home.ward("bluetoothd", how)
        wait_for(lambda: is_up(home), f"the radio after {how}", 60)
        cuff.measures()
    equal(rungs(home), before, "rungs for a bluetoothd that only restarts")


def power_goes(home: VirtualHome, cuff: Cuff) -> None:
    home.ward("exec", "busctl set-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 Powered b false")
    wait_for(lambda: "power-cycle" in rungs(home), "the power is asked for", 60)
    wait_for(lambda: is_up(home), "the radio is up", 30)
    cuff.measures()


def controller_reset(home: VirtualHome, cuff: Cuff) -> None:
    """The rung itself, as the collector asks for it."""
    home.ward("exec", "echo hci0 >/run/asked && chown vaka-ble:vaka-ble /run/asked && "
              "mv /run/asked /run/vaka-ble/reset-controller")
    wait_for(lambda: "closed and opened adapter=hci0" in home.log(), "the controller is reset", 30)
    wait_for(lambda: is_up(home), "the radio is up", 30)
    cuff.measures()


def adapter_vanishes(home: VirtualHome, cuff: Cuff) -> None:
    home.ward("radio", "yank")
    wait_for(lambda: radio(home).get("reason") == "no adapter", "the hub names it", 30)
    home.ward("radio", "restore")
    wait_for(lambda: is_up(home), "the radio is back", 60)
    cuff.measures()


CASES = (
    ("D-Bus restarts and takes bluetoothd along", dbus_restarts),
    ("bluetoothd restarted, then killed: no rung is needed", bluetoothd_restarts),
    ("the controller's power goes", power_goes),
    ("the controller is reset on request", controller_reset),
    ("the adapter vanishes and comes back", adapter_vanishes),
)


def run(home: VirtualHome, case) -> None:
    home.have("cuff")
    home.ward("kit", "set", "cuff", "window", "4")
    cuff, before = Cuff(home), processes(home)
    for name, test in CASES:
        with case(f"radio: {name}: healed, the next reading arrives"):
            test(home, cuff)
            equal(processes(home), before, "processes of vakad and vaka-ble")
