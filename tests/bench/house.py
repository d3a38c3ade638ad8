# SPDX-License-Identifier: Apache-2.0
"""vakad and vaka-mqtt as they ship, by hand: a hub with a plan in force, its relay at a broker over
TLS, the collector played here. Their clocks may run many times as fast as the machine's."""
from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness import ROOT, release
from ways import Broker, now_ns, wait_until

sys.path[:0] = [str(ROOT / "tests/unit/hub")]
import hub_process  # noqa: E402


class Clock:
    """Runs `times` as fast from now on; 1 is the machine's own."""

    def __init__(self, times: int) -> None:
        self.times, self.since = times, now_ns()

    def elapsed_s(self) -> float:
        return (now_ns() - self.since) * self.times / 1e9

    def local(self) -> str:
        """As a device in Stockholm would show it, in winter."""
        ahead = (now_ns() - self.since) * (self.times - 1) / 1e9
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + ahead + 3600))

    @contextmanager
    def over(self, build: Path):
        """What is started inside has this clock."""
        if self.times > 1:
            os.environ |= {"LD_PRELOAD": str(build / "tests/bench/outbox/bench_fast_clock.so"),
                           "FAST_CLOCK": str(self.times), "FAST_CLOCK_SINCE": str(self.since)}
        try:
            yield
        finally:
            for name in ("LD_PRELOAD", "FAST_CLOCK", "FAST_CLOCK_SINCE"):
                os.environ.pop(name, None)


class Collector:
    """Plays vaka-ble: answers pings whenever they come, asks and waits for the answer. Cut off (a
    fast clock leaves little time for a pong), it comes back, as a plugin is started again."""

    def __init__(self, socket: Path) -> None:
        self.socket, self.n, self.cuts = socket, 0, -1
        self.answers: dict[int, dict] = {}
        self.news = threading.Condition()
        self.connect()

    def connect(self) -> None:
        self.cuts += 1
        self.plugin = hub_process.Plugin(self.socket, "ble")
        self.plugin.socket.settimeout(None)
        threading.Thread(target=self.listen, args=(self.plugin,), daemon=True).start()

    def listen(self, plugin: hub_process.Plugin) -> None:
        try:
            while True:
                header = plugin.receive()
                with self.news:
                    if header.get("n"):
                        self.answers[header["n"]] = header
                    self.news.notify_all()
        except (EOFError, OSError):
            with self.news:
                self.answers[0] = {}  # nobody listens any more
                self.news.notify_all()

    def come_back(self) -> None:
        """Where it was cut off. Under the lock."""
        if 0 in self.answers:
            self.answers.clear()
            self.connect()

    def ask(self, header: dict) -> dict:
        with self.news:
            self.come_back()
            self.n += 1
            n = self.n
            self.plugin.send({**header, "n": n})
            if not self.news.wait_for(lambda: n in self.answers or 0 in self.answers, 30):
                raise AssertionError(f"no answer to {header['t']}")
            if n in self.answers:
                return self.answers.pop(n)
        return self.ask(header)


class Meter(threading.Thread):
    """Stands between the relay and the broker, and counts."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.far = self.listener.getsockname()[1], 0
        self.out = self.back = 0

    def run(self) -> None:
        while True:
            near, _ = self.listener.accept()
            far = socket.create_connection(("127.0.0.1", self.far))
            for a, b, name in ((near, far, "out"), (far, near, "back")):
                threading.Thread(target=self.carry, args=(a, b, name), daemon=True).start()

    def carry(self, a: socket.socket, b: socket.socket, name: str) -> None:
        try:
            while data := a.recv(65536):
                setattr(self, name, getattr(self, name) + len(data))
                b.sendall(data)
        except OSError:
            return


class House:
    """One hub, one relay, one broker, and a meter between them where one is given."""

    def __init__(self, folder: Path, clock: Clock, meter: Meter | None = None,
                 mqtt: str = "") -> None:
        self.folder, self.clock = folder, clock
        self.build = release("vakad", "vakactl", "vaka-mqtt", "hub_load", "bench_fast_clock",
                             "bench_idle_floor")
        hub_process.VAKAD = str(self.build / "daemon/hub/vakad")
        hub_process.VAKACTL = str(self.build / "daemon/ctl/vakactl")
        self.broker = Broker(folder).start()
        port = self.broker.tls
        if meter:
            port, meter.far = meter.port, port
            meter.start()
        self.hub = hub_process.Hub(mqtt=(
            f"  brokers:\n    - {{host: localhost, port: {port}}}\n"
            f"  receipt: none\n  ca: {folder}/ca.pem\n  cert: {folder}/hub.pem\n"
            f"  key: {folder}/hub.key\n{mqtt}"))
        self.hub.end()
        with clock.over(self.build):
            self.hub.start()
        self.relay: subprocess.Popen | None = None
        self.relays = 0
        self.have_relay()
        self.collector: Collector | None = None
        wait_until(lambda: self.status()["link"]["state"] == "up", "the link")

    def have_relay(self) -> None:
        """Started again where it has ended."""
        if self.relay and self.relay.poll() is None:
            return
        self.relays += 1
        with self.clock.over(self.build):
            self.relay = subprocess.Popen(
                [self.build / "plugins/mqtt/vaka-mqtt"], stderr=subprocess.DEVNULL,
                env={**os.environ, "VAKA_SOCKET": str(self.hub.socket)})

    def have_collector(self) -> None:
        with self.collector.news:
            self.collector.come_back()

    def status(self) -> dict[str, Any]:
        return self.hub.vakactl("status")

    def depth(self) -> int:
        return self.status()["engine"]["outbox"]["depth"]

    def collect(self) -> None:
        self.collector = Collector(self.hub.socket)
        for device, kind in ((hub_process.SCALE, "scale"), (hub_process.CUFF, "cuff")):
            self.collector.ask({"t": "device", "device": device, "kind": kind, "bonded": True,
                                "address": ":".join(device[i:i + 2] for i in range(0, 12, 2)),
                                "address_type": 1})
            self.hub.vakactl("assign", device, "p-1042")

    def fill(self, count: int) -> None:
        """Readings of before, all sent and settled."""
        done = subprocess.run([self.build / "tests/bench/hub_load", self.hub.socket,
                               hub_process.SCALE, str(count), "500"], stdout=subprocess.PIPE,
                              env={**os.environ, "TZ": "Europe/Stockholm"}, check=True)
        assert not json.loads(done.stdout)["failed"]
        wait_until(lambda: self.depth() == 0, "everything is out")

    def processes(self) -> dict[str, int]:
        return {"vakad": self.hub.process.pid, "vaka-mqtt": self.relay.pid}

    def close(self) -> None:
        self.relay.kill()
        self.relay.wait()
        self.hub.kill()
        self.hub.close()
        self.broker.end()


def memory_kib(pid: int) -> dict[str, int]:
    rows = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    kib = {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
    return {"private": kib["Private_Dirty"] + kib["Private_Clean"], "dirty": kib["Private_Dirty"],
            "pss": kib["Pss"]}


def wakeups(pid: int) -> int:
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total
