# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row e: one fault a round in a house of real processes (vakad, vaka-mqtt, vaka-hook, mosquitto
with TLS; the collector played): loss, delay, a name server that never answers, a broker that accepts and
says nothing, no space, a read-only disk, a damaged page. While it lasts the state is told, a high alert gets
out by one of its two ways, and thirty readings are taken; afterwards the hub heals by itself, and all of
them are stored and at the other end. Loss and delay are a proxy's here, which holds back what TCP would
send again; the kernel's own are in tests/home/rows/e_net.py."""
from __future__ import annotations

import os
import queue
import random
import shutil
import socket
import sqlite3
import struct
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

from house import Collector, hub_process
from harness import release
from rows.support import Missing, check
from ways import Broker, keys, program, wait_until

HOME = False
READINGS, ALERT_S, HEAL_S, PAGE = 30, 10, 120, 2048
LIMIT = f"told by name; a high alert out within {ALERT_S} s; 0 of {READINGS} readings lost; healed by itself"
CRISIS = f'"rule":"{hub_process.CRISIS}"'
NAME_SERVER = "127.9.9.9"
SECOND_PATH = "#!/bin/sh\ncat >>{file}\necho >>{file}\n"


class Wire(threading.Thread):
    """Between relay and broker: late, with gaps that TCP has to fill, or taken in and never answered."""

    def __init__(self, far: int, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.far, self.chance = far, chance
        self.delay_s, self.loss, self.is_silent = 0.0, 0.0, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        self.start()

    def run(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.far))
            except OSError:
                return
            self.open += [near, far]
            for a, b in ((near, far), (far, near)):
                due: queue.Queue = queue.Queue()
                threading.Thread(target=self.take, args=(a, due), daemon=True).start()
                threading.Thread(target=self.give, args=(b, due), daemon=True).start()

    def take(self, a: socket.socket, due: queue.Queue) -> None:
        """A lost piece holds up all behind it, until it has been sent again."""
        last = 0.0
        try:
            while data := a.recv(1400):
                again = self.chance.uniform(0.2, 1.0) if self.chance.random() < self.loss else 0.0
                last = max(last, time.monotonic() + self.delay_s + again)
                if not self.is_silent:
                    due.put((last, data))
        except OSError:
            pass
        due.put((last, b""))

    def give(self, b: socket.socket, due: queue.Queue) -> None:
        try:
            while True:
                when, data = due.get()
                time.sleep(max(0.0, when - time.monotonic()))  # what is late is late
                if not data:
                    b.shutdown(socket.SHUT_WR)
                    return
                b.sendall(data)
        except OSError:
            return

    def cut(self) -> None:
        for each in self.open:
            each.close()
        self.open.clear()

    def close(self) -> None:
        self.listener.close()
        self.cut()


class NameServer(threading.Thread):
    """The only one the relay has: takes every question, and answers when it is told to."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.is_silent, self.asked = True, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((NAME_SERVER, 53))
        self.start()

    def run(self) -> None:
        while True:
            try:
                data, peer = self.socket.recvfrom(512)
            except OSError:
                return
            self.asked += 1
            if self.is_silent:
                continue
            end = data.index(b"\0", 12) + 5  # behind name, type and class
            is_v4 = data[end - 4:end - 2] == b"\0\1"
            head = data[:2] + struct.pack(">HHHHH", 0x8180, 1, int(is_v4), 0, 0)
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1" if is_v4 else b""
            self.socket.sendto(head + data[12:end] + answer, peer)


class Kit(Collector):
    """Hands over without waiting; what was answered is looked at later."""

    def tell(self, header: dict) -> int:
        with self.news:
            self.n += 1
            self.plugin.send({**header, "n": self.n})
            return self.n

    def stored(self, numbers: list[int]) -> list[str]:
        with self.news:
            return [self.answers[n]["id"] for n in numbers
                    if self.answers.get(n, {}).get("t") == "stored"]


class Receiver(threading.Thread):
    """The staff: the ids of everything, and how often the high alert came."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.ids: set[str] = set()
        self.alerts = 0
        self.child = subprocess.Popen(
            ["stdbuf", "-oL", program("mosquitto_sub"), "-V", "5", "-p", str(port), "-q", "1", "-F", "%t %P %p",
             "-t", f"{hub_process.BASE}/reading/#", "-t", f"{hub_process.BASE}/alert/p-1042/#"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.start()

    def run(self) -> None:
        for line in self.child.stdout:
            self.alerts += CRISIS in line
            self.ids |= {word[3:] for word in line.split()[1:4] if word.startswith("id:")}

    def close(self) -> None:
        self.child.kill()
        self.child.wait()


class House:
    """Everything of one round."""

    def __init__(self, folder: Path, build: Path, chance: random.Random) -> None:
        self.folder, self.build = folder, build
        self.broker = Broker(folder).start()
        self.wire = Wire(self.broker.tls, chance)
        self.receiver = Receiver(self.broker.plain)
        self.second = folder / "second-path.out"
        self.second.unlink(missing_ok=True)
        command = folder / "second-path"
        command.write_text(SECOND_PATH.format(file=self.second), encoding="ascii")
        command.chmod(0o755)
        self.names: NameServer | None = None
        self.hub = hub_process.Hub(
            plan=hub_process.HASTY, more=f"second_path: {{command: {command}}}\nwatch: {{every: 1s}}\n",
            mqtt=(f"  brokers:\n    - {{host: localhost, port: {self.wire.port}}}\n  keep_alive: 10s\n"
                  f"  ca: {folder}/ca.pem\n  cert: {folder}/hub.pem\n  key: {folder}/hub.key\n"))
        self.file = self.hub.path / "state/vaka.db"
        self.is_mounted, self.is_closed = False, False
        self.plugins: dict[str, subprocess.Popen] = {}
        self.kit: Kit | None = None

    def mount(self) -> None:
        """The state on a disk of its own, which can be filled and made read-only."""
        self.hub.end()
        if os.system(f"mount -t tmpfs -o size=24m vaka-test {self.file.parent}"):
            raise Missing("the privilege to mount")
        self.is_mounted = True
        self.hub.start()

    def remount(self, how: str) -> None:
        check(os.system(f"mount -o remount,{how} {self.file.parent}") == 0, f"remount {how}")

    def serve(self) -> None:
        """As systemd does it: what ends is started again."""
        self.keep_up()
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        while not self.is_closed:
            self.keep_up()
            time.sleep(0.2)  # the pause of systemd before it starts something again

    def keep_up(self) -> None:
        for name in ("mqtt", "hook"):
            child = self.plugins.get(name)
            if not self.is_closed and (not child or child.poll() is not None):
                with (self.folder / f"{name}.log").open("ab") as log:
                    self.plugins[name] = subprocess.Popen(
                        self.command(name), stderr=log,
                        env={**os.environ, "VAKA_SOCKET": str(self.hub.socket)})

    def command(self, name: str) -> list[str]:
        path = str(self.build / f"plugins/{name}/vaka-{name}")
        if name != "mqtt" or not self.names:
            return [path]
        mounts = "".join(f"mount --bind {self.folder}/{mine} /etc/{mine}; "
                         for mine in ("resolv.conf", "hosts", "nsswitch.conf"))
        return ["unshare", "-m", "sh", "-ec", f"{mounts} exec {path}"]

    def ask_only(self, names: NameServer) -> None:
        self.names = names
        for name, text in (("resolv.conf", f"nameserver {NAME_SERVER}\n"), ("hosts", ""),
                           ("nsswitch.conf", "hosts: dns\n")):
            (self.folder / name).write_text(text, encoding="ascii")

    def collect(self) -> None:
        self.kit = Kit(self.hub.socket)
        for device, kind in ((hub_process.SCALE, "scale"), (hub_process.CUFF, "cuff")):
            self.kit.ask({"t": "device", "device": device, "kind": kind, "bonded": True,
                          "address": "00:AA:01:02:00:00", "address_type": 1})
            self.hub.vakactl("assign", device, "p-1042")

    def collect_again(self) -> None:
        """After a restart: what is assigned is known."""
        self.kit = Kit(self.hub.socket)

    def status(self) -> dict:
        return self.hub.vakactl("status")

    def faults(self) -> dict[str, str]:
        return {f["name"]: f.get("reason", "") for f in self.status()["engine"]["faults"]}

    def is_up(self) -> bool:
        return self.status()["link"]["state"] == "up"

    def measure(self, n: int, first: int = 15900) -> list[int]:
        return [self.kit.tell(hub_process.weight(first + i, f"{(first + i) / 200:.3f}")) for i in range(n)]

    def crisis(self) -> int:
        return self.kit.tell(hub_process.pressure(190, 112, hub_process.now_local()))

    def close(self) -> None:
        self.is_closed = True
        self.hub.kill()
        for child in self.plugins.values():
            child.kill()
            child.wait()
        if self.is_mounted:
            os.system(f"umount -l {self.file.parent}")
        self.receiver.close()
        self.wire.close()
        if self.names:
            self.names.socket.close()
        self.broker.end()
        self.hub.close()


# -- the faults: what makes one, by what it is told, what ends it

def loss(house: House):
    house.wire.loss = 0.1
    return (lambda: house.is_up() and "link up"), lambda: setattr(house.wire, "loss", 0.0)


def delay(house: House):
    house.wire.delay_s = 0.8
    return (lambda: house.is_up() and "link up"), lambda: setattr(house.wire, "delay_s", 0.0)


def down(house: House) -> str:
    link = house.status()["link"]
    is_told = link["state"] == "down" and link["reason"] not in ("", "relay-gone")
    return f"link down: {link['reason']}" if is_told else ""


def name_server(house: House):
    house.ask_only(NameServer())
    house.plugins["mqtt"].kill()  # it comes back, and has a name to look up
    wait_until(lambda: house.names.asked, "the name is asked for")
    return (lambda: down(house)), lambda: setattr(house.names, "is_silent", False)


def silent_broker(house: House):
    house.wire.is_silent = True

    def heal() -> None:
        house.wire.is_silent = False
        house.wire.cut()
    return (lambda: down(house)), heal


def failed(house: House) -> str:
    is_failed = house.status()["engine"]["store"] == "failed" and "store-failed" in house.faults()
    return "store: failed, store-failed" if is_failed else ""


def no_space(house: House):
    filler = house.file.parent / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            pass
    return (lambda: failed(house)), filler.unlink


def read_only(house: House):
    house.hub.kill()  # from the start on; under open files it is tests/home/rows/g_faults.py
    house.remount("ro")
    house.hub.start()
    house.collect_again()
    return (lambda: failed(house)), lambda: house.remount("rw")


def damaged_page(house: House):
    house.hub.kill()
    with closing(sqlite3.connect(house.file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = db.execute("SELECT pageno FROM dbstat WHERE name = 'reading' AND pagetype = 'leaf'"
                          " ORDER BY path DESC LIMIT 1").fetchone()[0]
    with house.file.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(os.urandom(PAGE))
    house.hub.start()
    house.collect_again()

    def heal() -> None:
        for aside in house.file.parent.glob("vaka.db.damaged-*"):
            aside.unlink()

    def told() -> str:
        reason = house.faults().get("store-damaged", "")
        return f"store-damaged: {reason}" if reason else ""
    return told, heal


FAULTS = (loss, delay, name_server, silent_broker, no_space, read_only, damaged_page)
ROUNDS = len(FAULTS)


class Row:
    def __init__(self, folder: Path, seed: int) -> None:
        folder.chmod(0o755)
        keys(folder)
        self.folder, self.chance = folder, random.Random(seed)
        self.build = release("vakad", "vakactl", "vaka-mqtt", "vaka-hook")
        hub_process.VAKAD = str(self.build / "daemon/hub/vakad")
        hub_process.VAKACTL = str(self.build / "daemon/ctl/vakactl")
        self.slowest = 0.0


def begin(folder: Path, seed: int) -> Row:
    return Row(folder, seed)


def out_by(house: House, seen: int) -> str:
    if house.receiver.alerts > seen:
        return "to the staff"
    return "by the second path" if house.second.exists() and CRISIS in house.second.read_text() else ""


def round(row: Row, number: int) -> str:
    fault = FAULTS[number]
    house = House(row.folder, row.build, row.chance)
    try:
        if fault in (no_space, read_only):
            house.mount()
        house.serve()
        house.collect()
        wait_until(house.is_up, "the link")
        before = house.measure(READINGS, 15000)
        wait_until(lambda: len(house.kit.stored(before)) == READINGS, "readings before it are stored")
        before_ids = set(house.kit.stored(before))
        wait_until(lambda: before_ids <= house.receiver.ids, "they are at the staff")

        told, heal = fault(house)
        seen, began = house.receiver.alerts, time.monotonic()
        numbers = [house.crisis()] + house.measure(READINGS)
        by = wait_until(lambda: out_by(house, seen), f"the high alert, {fault.__name__}", ALERT_S)
        alert_s = time.monotonic() - began
        words = wait_until(told, f"it is told, {fault.__name__}", HEAL_S)

        began = time.monotonic()
        heal()
        wait_until(lambda: len(house.kit.stored(numbers)) == len(numbers), "all are stored", HEAL_S)
        ids = set(house.kit.stored(numbers))
        wait_until(lambda: ids <= house.receiver.ids, "all are at the staff", HEAL_S)
        wait_until(lambda: house.is_up() and house.status()["engine"]["store"] == "ok" and
                   not {"store-failed", "store-damaged"} & set(house.faults()), "it has healed", HEAL_S)
        kept = {r["id"] for r in house.hub.vakactl("readings", "--limit", "1000")}
        check(ids <= kept, f"{len(ids - kept)} readings are not kept")
        check(house.hub.process.poll() is None, "vakad ended")
        row.slowest = max(row.slowest, alert_s)
        return (f"{fault.__name__}: told as \"{words}\"; alert after {alert_s:.1f} s {by}; "
                f"{len(ids)} of {len(numbers)} at the staff, healed {time.monotonic() - began:.1f} s after it")
    except AssertionError:
        print("".join(f"# log: {line}\n" for line in house.hub.log.read_text().splitlines()[-40:]),
              "".join(f"# mqtt: {line}\n" for line in
                      (row.folder / "mqtt.log").read_text().splitlines()[-20:]), flush=True)
        raise
    finally:
        house.close()


def end(row: Row) -> str:
    shutil.rmtree(row.folder, ignore_errors=True)
    return f"{ROUNDS} faults, each told and healed, 0 lost, slowest high alert {row.slowest:.1f} s"
