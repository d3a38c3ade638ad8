# SPDX-License-Identifier: Apache-2.0
"""Kits: the fake devices in the guest, each a unit with its own radio and its own memory."""
from __future__ import annotations

import json
import shlex

from .home import Home
from .machine import MachineError

KINDS = ("scale", "cuff", "oximeter", "meter", "thermometer", "composition-scale", "heart-rate", "cgm",
         "beacon-scale", "record-cuff")
KIT = "/usr/lib/vaka-home/vaka-kit"
RADIOS = range(1, 21)


def add(home: Home, kind: str, name: str, model: str | None = None, passkey: bool = False,
        clock: bool = False, privacy: bool = False, advertise: str | None = None) -> dict:
    """Buys a device: it gets the first free radio and keeps it."""
    kits = home.kits()
    if name in kits:
        raise MachineError(f"there is a kit {name} already, a {kits[name]['kind']}")
    taken = {kit["index"] for kit in kits.values()}
    free = [index for index in RADIOS if index not in taken]
    if not free:
        raise MachineError("all twenty radios are taken")
    kit = {"kind": kind, "index": free[0], "passkey": passkey, "clock": clock, "privacy": privacy,
           "model": model, "advertise": advertise}
    env = (f"INDEX={kit['index']}\nKIND={kind}\nPASSKEY={'yes' if passkey else ''}\n"
           f"CLOCK={'yes' if clock else ''}\n"
           f"PRIVACY={'yes' if privacy else ''}\nADVERT={shlex.quote(advertise or '')}\n"
           f"MODEL={shlex.quote(model or '')}\n")
    home.must("sh", "-euc", 'mkdir -p "/var/lib/vaka-home/kit/$1"\n'
              'cat >"/var/lib/vaka-home/kit/$1/kit.env"\nsync -f /var/lib/vaka-home\n'
              'systemctl start "vaka-kit@$1"\n'
              'n=0; until [ -S "/run/vaka-home/$1.sock" ]; do\n'
              '  n=$((n + 1)); [ $n -lt 200 ] || exit 1; sleep 0.05\ndone',
              "add", name, stdin=env.encode())
    home.save_kits(kits | {name: kit})
    return {"name": name, **kit, "address": address(kit["index"])}


def address(index: int) -> str:
    """btvirt numbers its controllers and, with the number twice, their addresses."""
    return f"00:AA:01:{index:02X}:00:{index:02X}"


def control(home: Home, name: str, *words: str, timeout_s: float | None = None):
    """Speaks to a device through its control program: exit code, what it printed."""
    if name not in home.kits():
        raise MachineError(f"no kit named {name}; there are: {', '.join(home.kits()) or 'none'}")
    return home.run(KIT, "ctl", name, *words, timeout_s=timeout_s)


def ask(home: Home, name: str, *words: str) -> object:
    """The JSON answer of a device."""
    done = control(home, name, *words, timeout_s=60)
    if done.rc != 0:
        raise MachineError(f"kit {name} {' '.join(words)}: exit {done.rc}: "
                           + done.err.decode("utf-8", "replace") + done.text)
    return json.loads(done.out) if done.out.strip() else None
