# SPDX-License-Identifier: Apache-2.0
"""The way out of the house, as the bench takes it: a broker, the hub's outbox with the real vaka-mqtt,
the floor, the other end. Everything on loopback, in a folder of its own; only what was started here is
ended, by its process."""
from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from harness import ROOT, cpu_s, release
from rows.support import Missing

HUB, SITE = "hub-0417", "soder"
PAGE = ("submitted", "stored", "settled", "unique", "repeated", "first_ns", "last_ns", "urgent_ns",
        "again_ns", "longest_turn_ns", "connected_ns", "acknowledged_ns")
DEADLINE_S = 60.0
CONFIG = """vaka_hub: 1
site: {site}
hub: {hub}
zone: Europe/Stockholm
patients:
  - {{id: p-1042, plan: {folder}/no-plan.yaml}}
mqtt:
  brokers:
    - {{host: localhost, port: {port}}}
  ca: {folder}/ca.pem
  cert: {folder}/hub.pem
  key: {folder}/hub.key
store: {{path: {folder}/hub.db}}
"""


def program(name: str) -> str:
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        raise Missing(name)
    return path


def now_ns() -> int:
    """The clock of every program of the bench."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def wait_until(condition, what: str, seconds: float = DEADLINE_S):
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.002)
    return result


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def keys(folder: Path) -> None:
    """An authority, the broker's certificate and the hub's."""
    def openssl(*args: str) -> None:
        subprocess.run([program("openssl"), *args], check=True, cwd=folder, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *new, "-days", "2", "-subj", "/CN=bench", "-keyout", "ca.key",
            "-out", "ca.pem")
    (folder / "ext").write_text("subjectAltName=DNS:localhost\n")
    for name, subject in (("broker", "localhost"), ("hub", HUB)):
        openssl("req", "-new", *new, "-subj", f"/CN={subject}", "-keyout", f"{name}.key",
                "-out", f"{name}.csr")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "ext", "-out", f"{name}.pem")


class Process:
    """A child that says lines of JSON; killed with its object."""

    def __init__(self, command: list, log: Path, **env: str) -> None:
        self.log = log
        with log.open("ab") as err:
            self.child = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, stderr=err,
                                          env={**os.environ, **env})
        self.pid, self.text = self.child.pid, b""

    def line(self, seconds: float = DEADLINE_S) -> str:
        end = time.monotonic() + seconds
        while b"\n" not in self.text:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.child.stdout], [], [], left)[0]:
                raise AssertionError(f"waited {seconds:.0f} s for {self.child.args[0]}")
            more = os.read(self.child.stdout.fileno(), 65536)
            if not more:
                raise AssertionError(f"{self.child.args[0]} ended: " +
                                     self.log.read_text(errors="replace")[-400:])
            self.text += more
        line, _, self.text = self.text.partition(b"\n")
        return line.decode()

    def event(self, name: str, seconds: float = DEADLINE_S) -> dict:
        while True:
            event = json.loads(self.line(seconds))
            if event.get("event") == name:
                return event

    def end(self, number: int = signal.SIGKILL) -> None:
        if self.child.poll() is None:
            self.child.send_signal(number)
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


class Broker:
    """mosquitto, nothing kept on a disk, no bound of its own; plain and with TLS."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.folder, self.plain, self.tls = folder, free_port(), free_port()
        self.more, self.process = more, None

    def start(self) -> "Broker":
        (self.folder / "broker.conf").write_text(
            "allow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 0\n"
            f"max_inflight_messages 0\nlog_type none\nuser root\n{self.more}"
            f"listener {self.plain} 127.0.0.1\n"
            f"listener {self.tls} 127.0.0.1\ncafile {self.folder}/ca.pem\n"
            f"certfile {self.folder}/broker.pem\nkeyfile {self.folder}/broker.key\n")
        self.process = Process([program("mosquitto"), "-c", self.folder / "broker.conf"],
                               self.folder / "broker.log")
        wait_until(lambda: is_open(self.plain) and is_open(self.tls), "the broker")
        return self

    def end(self) -> None:
        if self.process:
            self.process.end(signal.SIGTERM)
        self.process = None

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.end()


def is_open(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Page:
    """What a process wrote down before it ended or was killed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, int]:
        data = self.path.read_bytes() if self.path.exists() else b""
        return {name: int.from_bytes(data[8 * i:8 * i + 8], "little") for i, name in enumerate(PAGE)}

    def clear(self, name: str) -> None:
        """Its owner writes it anew at the next occasion."""
        with self.path.open("r+b") as file:
            file.seek(8 * PAGE.index(name))
            file.write(bytes(8))

    def times(self) -> bytes:
        """Of a counter: how often each number came."""
        return self.path.read_bytes()[8 * len(PAGE):]


def in_flight_most() -> int:
    """What the hub hands out before anything of it is acknowledged, and so the most that one kill may
    repeat."""
    return sum(int(re.search(rf"{name} = (\d+)", (ROOT / path).read_text(encoding="utf-8"))[1])
               for name, path in (("VK_PACE_MOST", "daemon/hub/pace.h"),
                                  ("VK_PUMP_URGENT", "daemon/hub/pump.h")))


def lost_of(times: bytes, stored: int) -> int:
    """How many of the first `stored` numbers never came."""
    return times[:stored].count(0)


def repeats_of(times: bytes) -> int:
    return sum(n - 1 for n in times if n > 1)


class Relay:
    """vaka-mqtt, started again when it ends, as systemd does it."""

    def __init__(self, way: "Way", folder: Path) -> None:
        self.way, self.folder = way, folder
        self.page = Page(folder / "relay.page")
        self.process: Process | None = None

    def start(self) -> None:
        env = {"VAKA_SOCKET": str(self.folder / "socket"), "LOOP_TURNS": str(self.page.path)}
        laid_over = [self.way.built / "bench_loop_turns.so"]
        if not self.way.is_tls:
            laid_over.append(self.way.built / "bench_plain_link.so")
        env["LD_PRELOAD"] = " ".join(map(str, laid_over))
        self.process = Process([self.way.build / "plugins/mqtt/vaka-mqtt"],
                               self.folder / "relay.log", **env)

    def end(self) -> None:
        if self.process:
            self.process.end()
        self.process = None

    def signal(self, number: int) -> None:
        self.process.child.send_signal(number)


class Hub:
    """The outbox with its pump, and the relay."""

    def __init__(self, way: "Way", name: str, is_slow: bool = False) -> None:
        self.way, self.folder, self.is_slow = way, way.folder / name, is_slow
        self.folder.mkdir()
        for key in ("ca.pem", "hub.pem", "hub.key"):
            (self.folder / key).symlink_to(way.folder / key)
        port = way.broker.tls if way.is_tls else way.broker.plain
        (self.folder / "hub.yaml").write_text(
            CONFIG.format(site=SITE, hub=HUB, folder=self.folder, port=port))
        self.page = Page(self.folder / "hub.page")
        self.relay = Relay(way, self.folder)
        self.process: Process | None = None

    def start(self, mode: str, count: int = 0, window: int = 1, urgent: int = -1,
              with_relay: bool = True) -> None:
        laid_over = [self.way.built / "bench_loop_turns.so"]
        if self.is_slow:
            laid_over.append(self.way.built / "bench_slow_sync.so")
        self.process = Process(
            [self.way.built / "bench_hub", self.folder / "hub.yaml", self.folder / "socket",
             self.page.path, mode, count, window, urgent], self.folder / "hub.log",
            LD_PRELOAD=" ".join(map(str, laid_over)), LOOP_TURNS=str(self.page.path),
            RELAY_PAGE=str(self.relay.page.path))
        self.process.event("ready")
        if with_relay:
            self.relay.start()

    def open_way(self, count: int, urgent: int = -1) -> "Counter":
        """The broker comes back; the relay does not see it before the other end listens."""
        self.relay.signal(signal.SIGSTOP)
        self.way.broker.start()
        counter = Counter(self.way, self.way.name("counter"), count, urgent)
        self.relay.signal(signal.SIGCONT)
        return counter

    def kill(self) -> None:
        """kill -9 of the hub; the relay ends with it."""
        self.process.end()
        self.relay.end()

    def measure(self, count: int, window: int) -> dict:
        """Of a run with the link up: the figures of both processes together."""
        self.start("run", count, window)
        self.process.event("up")
        relay_s = cpu_s(self.relay.process.pid)
        done = self.process.event("done")
        relay = (cpu_s(self.relay.process.pid) - relay_s) * 1e6 / count
        done |= {"hub_cpu_us": done["cpu_us"], "relay_cpu_us": relay,
                 "cpu_us": done["cpu_us"] + relay}
        self.kill()
        return done


class Counter:
    """The other end: counts what comes, with a session that outlives the broker's absence."""

    def __init__(self, way: "Way", name: str, count: int, urgent: int = -1) -> None:
        self.page = Page(way.folder / f"{name}.page")
        self.process = Process([way.built / "bench_counter", way.broker.plain, count, self.page.path,
                                urgent], way.folder / "counter.log")
        assert self.process.line() == "ready"

    def end(self) -> None:
        self.process.end()


class Way:
    """One broker, and which of its doors is taken."""

    def __init__(self, folder: Path, broker: Broker, is_tls: bool) -> None:
        self.folder, self.broker, self.is_tls = folder, broker, is_tls
        self.build = release("bench_hub", "bench_floor", "bench_counter", "bench_plain_link",
                              "bench_slow_sync", "bench_loop_turns",
                              "vaka-mqtt")
        if shutil.which("cmake") and "bench_paho" in (self.build / "build.ninja").read_text():
            release("bench_paho")
        self.built = self.build / "tests/bench/outbox"
        self.n = 0

    def name(self, what: str) -> str:
        self.n += 1
        return f"{what}-{'tls' if self.is_tls else 'plain'}-{self.n}"

    def hub(self, count: int, window: int, is_slow: bool = False) -> dict:
        hub = Hub(self, self.name("hub"), is_slow)
        try:
            return hub.measure(count, window)
        finally:
            hub.kill()
            shutil.rmtree(hub.folder)

    def floor(self, count: int, window: int, is_slow: bool = False, is_stored: bool = True,
              is_kept: bool = False) -> dict:
        """is_kept: read from the table, with the properties of the contract."""
        store = self.folder / self.name("floor")
        command = [self.built / "bench_floor", store if is_stored else "-",
                   self.broker.tls if self.is_tls else self.broker.plain, count, window]
        if self.is_tls:
            command += [self.folder / "ca.pem", self.folder / "hub.pem", self.folder / "hub.key"]
        env = {"LD_PRELOAD": str(self.built / "bench_slow_sync.so")} if is_slow else {}
        if is_kept:
            env["FLOOR_KEPT"] = "1"
        process = Process(command, self.folder / "floor.log", **env)
        try:
            return json.loads(process.line(120))
        finally:
            process.end()
            for file in self.folder.glob(store.name + "*"):
                file.unlink()
