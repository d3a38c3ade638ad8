# SPDX-License-Identifier: Apache-2.0
"""vakad as a process, its plugins played over the real socket: what the tests of the hub share."""
from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Callable

import schema

VAKAD = VAKACTL = VAKA_HOOK = ""
DEADLINE_S = 20.0
BASE = "vaka/1/soder/hub-0417"
SCALE, CUFF = "00AA01010000", "00AA01020000"
# The heart-failure plan, its first blood pressure rule told at the first value, its check at any hour.
PLAN = (Path(__file__).parents[3] / "config/plans/heart-failure.yaml").read_bytes().replace(
    b"    confirm: {after: 5min, within: 15min}\n", b"").replace(
    b'    during: {from: "22:00", until: "07:00"}\n', b"")
# Nobody answers within a second: the next in the ladder, and the second path.
HASTY = PLAN.replace(b"{to: duty-nurse, after: 3min}", b"{to: duty-nurse, after: 1s}")
CRISIS = "BP_CRISIS"
BROKERS = "  brokers:\n    - {host: localhost}\n"
SECOND_PATH = "second_path: {command: /etc/vaka/second-path}\n"


def wait_for(what: Callable[[], Any], why: str) -> Any:
    """Waits for a condition with a deadline; between looks the processor is the hub's."""
    end = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while time.monotonic() < end:
        result = what()
        if result:
            return result
        pause.wait(0.005)
    raise AssertionError(f"not within {DEADLINE_S:.0f} s: {why}")


class Plugin:
    """One connection to the hub, as a plugin."""

    def __init__(self, path: Path, name: str, version: int = 1, batch: bool = False) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(DEADLINE_S)
        self.socket.connect(str(path))
        self.n = 0
        self.waiting: list[dict] = []
        self.parts: list[bytes] = []  # of a batch, not looked at yet
        self.n_batches = 0
        self.send({"t": "hello", "v": version, "plugin": name, "version": "test",
                   **({"batch": True} if batch else {})})
        self.welcome = self.receive()

    def send(self, header: dict, body: bytes | None = None) -> None:
        data = json.dumps(header).encode()
        self.socket.send(data if body is None else data + b"\n" + body)

    def receive(self) -> dict:
        header = {"t": "ping"}
        while header["t"] == "ping":
            data = self.parts.pop(0) if self.parts else self.socket.recv(256 * 1024)
            if not data:
                raise EOFError
            head, _, body = data.partition(b"\n")
            header = json.loads(head)
            if header["t"] == "batch":
                self.take_batch(header["parts"], body)
                header = {"t": "ping"}
                continue
            header["body"] = body
            if header["t"] == "ping":
                self.send({"t": "pong", "n": header["n"]})
        if header["t"] == "publish":
            # The second path's messages and the pages' have no topic of the contract.
            response, topic = header.get("response_to") or "", header.get("topic", "")
            schema.judge(response.removeprefix(f"{BASE}/") or topic, body,
                         header.get("content_type", ""))
        return header

    def take_batch(self, lengths: list[int], body: bytes) -> None:
        assert sum(lengths) == len(body) and len(lengths) > 1, (lengths, len(body))
        for length in lengths:
            self.parts.append(body[:length])
            body = body[length:]
        self.n_batches += 1

    def until(self, match: Callable[[dict], bool]) -> dict:
        """The first message that matches; the others are kept for later."""
        for i, header in enumerate(self.waiting):
            if match(header):
                return self.waiting.pop(i)
        while True:
            header = self.receive()
            if match(header):
                return header
            self.waiting.append(header)

    def ask(self, header: dict, body: bytes | None = None) -> dict:
        self.n += 1
        self.send({**header, "n": self.n}, body)
        n = self.n
        return self.until(lambda h: h.get("n") == n and h["t"] in ("done", "failed", "stored"))

    def close(self) -> None:
        self.socket.close()


def weight(kg_x200: int, kg: str, device: str = SCALE) -> dict:
    return {"t": "reading", "device": device, "char": 0x2a9d, "live": True,
            "raw": "00" + struct.pack("<H", kg_x200).hex(),
            "decoded": {"kind": "weight", "values": {"weight": {"value": kg, "unit": "kg"}},
                        "flags": [], "implausible": []}}


def pressure(systolic: int, diastolic: int, when: str, device: str = CUFF) -> dict:
    raw = struct.pack("<BHHHHBBBBB", 2, systolic, diastolic, 0x7ff, int(when[:4]), int(when[5:7]),
                      int(when[8:10]), int(when[11:13]), int(when[14:16]), int(when[17:19]))
    return {"t": "reading", "device": device, "char": 0x2a35, "live": True, "raw": raw.hex(),
            "decoded": {"kind": "blood-pressure", "device_time": when, "flags": [],
                        "implausible": [],
                        "values": {"systolic": {"value": str(systolic), "unit": "mm[Hg]"},
                                   "diastolic": {"value": str(diastolic), "unit": "mm[Hg]"},
                                   "mean-arterial": {"absent": "not-a-number"}}}}


BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=@PATH@</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_type="method_return"/><allow send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="signal"/>
<allow receive_type="method_return"/><allow receive_type="error"/></policy></busconfig>
"""


class Bus:
    """A system bus of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.address = f"unix:path={folder}/bus"
        (folder / "bus.conf").write_text(BUS_CONFIG.replace("@PATH@", f"{folder}/bus"))
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--print-address"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout and self.process.stdout.readline()

    def environment(self) -> dict:
        return {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.address}

    def close(self) -> None:
        self.process.terminate()
        self.process.communicate()


def now_local() -> str:
    """The wall clock of a device in Stockholm, near enough for a live value."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 3600))


class Hub:
    """A vakad in a folder of its own."""

    def __init__(self, *options: str, plan: bytes = PLAN, more: str = "",
                 others: dict[str, bytes] | None = None, store: str = "",
                 mqtt: str = BROKERS) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.socket = self.path / "plugin.sock"
        self.log = self.path / "log"
        self.options = options
        (self.path / "hub.yaml").write_text(
            "vaka_hub: 1\nsite: soder\nhub: hub-0417\nzone: Europe/Stockholm\n"
            f"patients:\n  - {{id: p-1042, plan: {self.path}/plan.yaml}}\n" +
            "".join(f"  - {{id: {who}, plan: {self.path}/{who}.yaml}}\n" for who in others or {}) +
            f"mqtt:\n{mqtt}"
            "gpio:\n  chip: sim\n  lines:\n    - {name: bed-exit, direction: in, patient: p-1042}\n"
            f"store: {{path: {self.path}/state/vaka.db{store}}}\n"
            f"trust: {{provider: {self.path}/provider.pub, staff: {self.path}/staff.json}}\n" + more,
            encoding="utf-8")
        (self.path / "plan.yaml").write_bytes(plan)
        for who, text in (others or {}).items():
            (self.path / f"{who}.yaml").write_bytes(text)
        self.process: subprocess.Popen | None = None
        self.plugins: list[Plugin] = []
        self.bus = Bus(self.path)
        (self.path / "state").mkdir()
        self.start()

    def start(self) -> None:
        log = self.log.open("ab")
        self.process = subprocess.Popen(
            [VAKAD, "--config", str(self.path / "hub.yaml"), "--socket", str(self.socket),
             "--own-user", "--allow-unsigned", *self.options],
            stderr=log, stdin=subprocess.DEVNULL, env=self.bus.environment())
        log.close()
        wait_for(lambda: self.log.read_text().count("hub: ready") >= self.starts + 1,
                 "vakad ready: " + self.log.read_text())
        self.starts += 1

    starts = 0

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S)

    def stop(self) -> int:
        code = self.end()
        self.close()
        return code

    def close(self) -> None:
        for plugin in self.plugins:
            plugin.close()
        self.bus.close()
        self.folder.cleanup()

    def vakactl(self, *words: str) -> Any:
        done = subprocess.run([VAKACTL, *words, "--json"], capture_output=True, text=True,
                              timeout=DEADLINE_S, env=self.bus.environment(), check=False)
        assert done.returncode == 0, f"vakactl {words}: {done.stderr}"
        return json.loads(done.stdout)

    def plugin(self, name: str, version: int = 1, batch: bool = False) -> Plugin:
        self.plugins.append(Plugin(self.socket, name, version, batch))
        return self.plugins[-1]

    def relay(self, batch: bool = False) -> Plugin:
        relay = self.plugin("mqtt", batch=batch)
        relay.ask({"t": "link", "state": "up", "reason": "connack", "session_present": False})
        return relay


def published(relay: Plugin, topic: str) -> dict:
    """The next message below a topic, settled."""
    header = relay.until(lambda h: h["t"] == "publish" and h["topic"].startswith(topic))
    relay.send({"t": "settled", "n": header["n"], "reason": 0})
    return header


class Home(unittest.TestCase):
    """A hub with the cuff of its patient."""

    plan = PLAN
    second_path = ""
    mqtt = BROKERS

    def setUp(self) -> None:
        self.hub = Hub(plan=self.plan, more=self.second_path, mqtt=self.mqtt)
        self.collector = self.hub.plugin("ble")
        self.collector.ask({"t": "device", "device": CUFF, "kind": "cuff", "bonded": True,
                            "address": "00:AA:01:02:00:00", "address_type": 1})
        self.hub.vakactl("assign", CUFF, "p-1042")

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0)

    def measure(self, systolic: int = 190, diastolic: int = 112) -> None:
        answer = self.collector.ask(pressure(systolic, diastolic, now_local()))
        self.assertEqual(answer["t"], "stored", answer)

    def audited(self, action: str) -> list[dict]:
        return [a for a in self.hub.vakactl("audit", "--limit", "500") if a["action"] == action]

    def restart(self) -> None:
        self.hub.kill()
        self.hub.start()


def main() -> None:
    """Every test of the hub is told where its programs are."""
    global VAKAD, VAKACTL, VAKA_HOOK
    VAKAD, VAKACTL, VAKA_HOOK = sys.argv[1:4]
    unittest.main("__main__", argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
