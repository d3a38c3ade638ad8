# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row d, second half: the plug is pulled while the outbox works: saturated, filling while the
broker is away, draining afterwards. What the collector was told is stored is there afterwards and
reaches the other end; what comes twice there is never more than the window, under the id it had. With
synchronous=OFF the same cuts must lose, which is shown once at the end."""
from __future__ import annotations

import random
import secrets
import subprocess
import sys
import threading
import time

from rows.f_cuts import SYNC_OFF
from rows.support import BASE, WARD, check, equal, wait_for
from ways import in_flight_most

ROUNDS, COUNT, WINDOW, WITHOUT_SYNC_MOST = 50, 600, 128, 10
COUNTS = ("rounds", "stored", "repeated", "most")
IN_FLIGHT_MOST = in_flight_most()
LIMIT = f"0 lost of what was told is stored; repeats of one cut at most {IN_FLIGHT_MOST}"
# From the first answer, or from the first message at the other end.
MOMENT_S = {"saturated": 2.0, "filling": 1.5, "draining": 1.0}
HUB_S = 180

# Plays the collector as its own user: so many readings, so many of them unanswered at a time; says
# the id of each when it was told that it is stored.
PLAYER = r'''
import json, socket, sys
device, count, window = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("/run/vaka/plugin.sock")
say = lambda header: s.send(json.dumps(header).encode())
say({"t": "hello", "v": 1, "plugin": "ble", "version": "soak"})
sent = told = 0
while told < count:
    while sent < count and sent - told < window:
        raw, sent = 8000 + sent, sent + 1
        say({"t": "reading", "n": sent, "device": device, "char": 0x2a9d, "live": True,
             "raw": "00" + raw.to_bytes(2, "little").hex(),
             "decoded": {"kind": "weight", "flags": [], "implausible": [],
                         "values": {"weight": {"value": "%.3f" % (raw / 200), "unit": "kg"}}}})
    answer = json.loads(s.recv(262144).partition(b"\n")[0])
    if answer["t"] == "ping":
        say({"t": "pong", "n": answer["n"]})
    if answer["t"] == "stored":
        told += 1
        print(answer["id"], flush=True)
'''


class Player:
    """The collector of one round, in the hub; what it was told has reached us."""

    def __init__(self, home, device: str) -> None:
        home.ward("exec", "systemctl stop vaka-ble")
        self.child = subprocess.Popen(
            [sys.executable, str(WARD), "--home", str(home.folder / "home"), "exec",
             "setpriv --reuid vaka-ble --regid vaka-ble --groups vaka-plugin python3 - "
             f"{device} {COUNT} {WINDOW}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.told: list[str] = []
        self.child.stdin.write(PLAYER)
        self.child.stdin.close()
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self) -> None:
        for line in self.child.stdout:
            if line.endswith("\n"):
                self.told.append(line.strip())

    def end(self) -> set[str]:
        self.child.wait(60)
        self.thread.join(60)
        return set(self.told)


class Receiver:
    """The other end, with a session that the broker keeps while one of the two is away: the ids of
    what came, in order."""

    def __init__(self, home) -> None:
        self.ids: list[str] = []
        # Only the user properties: "hub:… id:… rev:…"
        self.command = ["stdbuf", "-oL", "mosquitto_sub", *home.user("n-17"), "-q", "1", "-c", "-x", "86400",
                        "-i", f"soak-{secrets.token_hex(4)}", "-F", "%P", "-t", f"{BASE}/reading/#"]
        self.listen()

    def listen(self) -> None:
        self.child = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.thread = threading.Thread(target=self.read, args=(self.child,), daemon=True)
        self.thread.start()

    def read(self, child: subprocess.Popen) -> None:
        for line in child.stdout:
            words = dict(word.split(":", 1) for word in line.split() if ":" in word)
            if "id" in words:
                self.ids.append(f"{words['id']} {words['rev']}")
            else:
                print(f"# receiver: {line.strip()}", flush=True)

    def leave(self) -> None:
        """While nothing is on its way, or it would come again."""
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.thread.join(10)


class Cuts:
    """One home, and what was counted in it."""

    def __init__(self, home, seed: int) -> None:
        self.home, self.seed = home, seed
        self.receiver = Receiver(home)
        self.rounds = self.stored = self.repeated = self.most = 0

    def cut(self, number: int, phase: str) -> tuple[set[str], set[str], int]:
        """Ids that somebody was told of, ids that are there afterwards, and what came twice."""
        chance = random.Random(f"{self.seed}-{number}")
        home, device = self.home, f"50AC{number:08X}"
        begun = len(self.receiver.ids)
        if phase != "saturated":
            self.receiver.leave()
            home.ward("broker", "down")
            wait_for(lambda: not home.link_is_up(), "the hub sees that the broker is gone", 120)
        player = Player(home, device)
        wait_for(lambda: player.told, "a first one is stored", 60)
        if phase == "draining":
            wait_for(lambda: len(player.told) == COUNT, "all are stored", 120)
            self.broker_up()
            wait_for(lambda: len(self.receiver.ids) > begun, "the first one comes", 120)
        time.sleep(chance.random() * MOMENT_S[phase])  # a moment is a length of time
        home.ward("power", "cut", "--seed", str(chance.randrange(1 << 30)))
        told = player.end()
        told |= {one.split()[0] for one in self.receiver.ids[begun:]}
        if phase == "filling":
            self.broker_up()
        home.ward("power", "on")
        wait_for(home.is_ready, "the hub after the cut", HUB_S)
        stored = {r["id"] for r in home.readings(device=device)}
        return told, stored, begun

    def broker_up(self) -> None:
        self.home.ward("broker", "up")
        self.receiver.listen()

    def settle(self, stored: set[str], begun: int) -> int:
        """Everything that is stored comes, once after keeping by id and revision; how much came twice."""
        wanted = {f"{one} 0" for one in stored}
        wait_for(lambda: wanted <= set(self.receiver.ids[begun:]), "all of it at the other end", HUB_S)
        wait_for(lambda: self.home.vakactl("status")["engine"]["outbox"]["depth"] == 0, "nothing waits",
                 HUB_S)
        came = self.receiver.ids[begun:]
        equal(set(came), wanted, "what the other end has after keeping by id and revision")
        return len(came) - len(set(came))


def begin(home, seed: int) -> Cuts:
    return Cuts(home, seed)


def round(cuts: Cuts, number: int) -> str:
    phase = list(MOMENT_S)[number % len(MOMENT_S)]
    told, stored, begun = cuts.cut(number, phase)
    equal(cuts.home.vakactl("status")["engine"]["files_set_aside"], 0, "files taken for damaged: a cut is none")
    check(told <= stored, f"{len(told - stored)} of {len(told)} lost, {phase}")
    repeated = cuts.settle(stored, begun)
    check(repeated <= IN_FLIGHT_MOST, f"{repeated} came twice, {phase}")
    cuts.rounds += 1
    cuts.stored += len(stored)
    cuts.repeated += repeated
    cuts.most = max(cuts.most, repeated)
    return f"cut {number + 1}, {phase}: {len(told)} told, {len(stored)} stored, {repeated} came twice"


def without_sync(cuts: Cuts) -> str:
    """Must lose: shows that the cuts do take what is not flushed."""
    drop_in = cuts.home.folder / "synchronous-off.conf"
    drop_in.write_text(SYNC_OFF, encoding="ascii")
    cuts.home.ward("push", str(drop_in), "/etc/systemd/system/vakad.service.d/")
    wait_for(cuts.home.is_ready, "the hub with synchronous=OFF", HUB_S)
    for number in range(WITHOUT_SYNC_MOST):
        told, stored, _ = cuts.cut(1000 + number, "filling")
        if told - stored:
            return f"with synchronous=OFF cut {number + 1} lost {len(told - stored)} of {len(told)}"
    raise AssertionError(f"{WITHOUT_SYNC_MOST} cuts with synchronous=OFF lost nothing: nothing is cut")


def end(cuts: Cuts) -> str:
    said = without_sync(cuts)
    cuts.receiver.leave()
    return (f"{cuts.rounds} cuts, {cuts.stored} stored, 0 lost, {cuts.repeated} came twice, at most "
            f"{cuts.most} by one cut; {said}")
