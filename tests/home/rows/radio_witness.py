# SPDX-License-Identifier: Apache-2.0
"""radio: another program takes a cuff's link while the collector is away, and confirms its reading. The
witness has seen it: the reading is in the hub, marked as recovered; what the collector took itself is
there once and unmarked. A foreign owner that the collector meets is named."""
from __future__ import annotations

import json

from .support import VirtualHome, check, equal, wait_for

# Its pending connects outlive the collector and keep everybody else out; here somebody has let go of them.
AWAY = "systemctl stop vaka-ble; systemctl clean --what=fdstore vaka-ble"

# A foreign program: bluetoothd itself, told to connect as any tool would do it.
CONNECT = """
/usr/lib/vaka-home/vaka-kit ctl cuff send systolic={0} diastolic=71 pulse-rate=62 --no-wait >/dev/null
n=0
until busctl call org.bluez /org/bluez/hci0/dev_00_AA_01_01_00_01 org.bluez.Device1 Connect; do
    n=$((n + 1)); [ $n -lt 20 ] || exit 1
done
"""

# Another one, which holds the link as long as it can: confirms what comes, and goes on asking.
HOLDER = r'''
import ctypes, socket, struct
def address(text, kind):
    return struct.pack("<HH6sHBx", 31, 0, bytes(reversed(bytes.fromhex(text.replace(":", "")))), 4, kind)
libc = ctypes.CDLL(None, use_errno=True)
s = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
me, cuff = address("00:AA:01:00:00:00", 1), address("00:AA:01:01:00:01", 1)
assert libc.bind(s.fileno(), me, len(me)) == 0, ctypes.get_errno()
s.setsockopt(274, 4, b"\x02\x00")
assert libc.connect(s.fileno(), cuff, len(cuff)) == 0, ctypes.get_errno()
s.settimeout(0.4)
while True:
    try:
        pdu = s.recv(512)
    except TimeoutError:
        s.send(b"\x0a\x03\x00")
        continue
    if not pdu:
        break
    if pdu[0] == 0x1d:
        s.send(b"\x1e")
'''


def with_value(home: VirtualHome, systolic: int) -> list[dict]:
    return [r for r in home.readings(kind="blood-pressure")
            if r["values"].get("systolic", {}).get("value") == str(systolic)]


def radio(home: VirtualHome) -> dict:
    return json.loads(home.ward("exec", "vakactl status --json").stdout)["radio"]


def confirmed(home: VirtualHome) -> int:
    return len(home.ask("kit", "confirmed", "cuff"))


def is_watching(home: VirtualHome) -> bool:
    return "watching devices=1" in home.ward("exec", "journalctl -o cat --no-pager -u vaka-witness").stdout


def recovers(home: VirtualHome) -> None:
    # As the collector asks for it when a model wants it, or a foreign owner was met.
    home.ward("exec", "touch /run/vaka-ble/witness && chown vaka-ble:vaka-ble /run/vaka-ble/witness")
    wait_for(lambda: is_watching(home), "the witness watches", 40)
    home.send("cuff", "systolic=141", "diastolic=71", "pulse-rate=62")
    home.ward("exec", AWAY)
    try:
        home.ward("exec", CONNECT.format(142))
        wait_for(lambda: confirmed(home) == 2, "the foreign program confirms the reading", 30)
        equal(len(with_value(home, 142)), 0, "readings before the witness has spoken")
        wait_for(lambda: with_value(home, 142), "the witness hands it over", 30)
    finally:
        home.ward("exec", "systemctl start vaka-ble")
    equal([("recovered" in r["flags"]) for r in with_value(home, 142)], [True], "its mark")
    equal([("recovered" in r["flags"]) for r in with_value(home, 141)], [False], "the other's mark")
    equal(radio(home)["recovered"], 1, "how many health counts")
    check(any(a["action"] == "reading-recovered" for a in home.vakactl("audit")),
          "the audit chain does not hold it")


def names_the_owner(home: VirtualHome) -> None:
    before = confirmed(home)
    home.ward("exec", f"{AWAY}; cat >/run/holder.py", stdin=HOLDER)
    home.ward("exec", "systemd-run --quiet --unit=holder --uid=nobody python3 /run/holder.py")
    home.ward("kit", "send", "cuff", "systolic=143", "diastolic=71", "pulse-rate=62", "--no-wait")
    wait_for(lambda: confirmed(home) == before + 1, "the foreign program confirms the reading", 30)
    home.ward("exec", "systemctl start vaka-ble")
    wait_for(lambda: "state=foreign-owner" in home.log(), "the foreign owner is named", 30)
    wait_for(lambda: home.ward("exec", "systemctl is-active holder", check=False).returncode != 0,
             "its link is ended", 30)
    wait_for(lambda: with_value(home, 143), "its reading is recovered all the same", 40)
    home.send("cuff", "systolic=144", "diastolic=71", "pulse-rate=62")
    equal([("recovered" in r["flags"]) for r in with_value(home, 144)], [False], "the next one")
    equal([d["state"] for d in home.vakactl("devices")], ["ok"], "the cuff's state afterwards")


def run(home: VirtualHome, case) -> None:
    home.have("cuff")
    with case("radio: a reading that another program confirmed is recovered by the witness"):
        recovers(home)
    with case("radio: a foreign owner of the link is named, and ended"):
        names_the_owner(home)
