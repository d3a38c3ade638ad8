# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row b2: the product as shipped, saturated. Readings of a scale come through the plugin
socket, ten rules judge them, each leaves as a FHIR Bundle over TLS by vaka-mqtt to mosquitto
(persistence off), and is done when the outbox is empty: every PUBACK has come and is settled.

Beside it the floor (hub_floor.c): the same rows and the same message, one thread, nothing else. In
turns in the same run, medians. What one round writes and uses is the hub's and the relay's own, from
/proc; the load's own processor time is in neither, but takes the same two processors.
"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import ROOT, Bench, cpu_s, median, release, written
from rows.support import Missing

sys.path[:0] = [str(ROOT / "tests/unit" / name) for name in ("hub", "mqtt")]
import relay_house  # noqa: E402
import hub_process as hub_test  # noqa: E402

# In all fewer than a plugin may send in a second (daemon/include/vaka/README.md): the hub takes them within one.
READINGS, WINDOW, ROUNDS = 18000, 1000, 5
RULES = b"""
  - {id: W_GAIN_1D, type: change, quantity: weight, direction: up, by: "1.5", over: 1d, priority: low}
  - {id: W_LOW, type: threshold, any: [{quantity: weight, below: "72"}], priority: low}
  - {id: SPO2_DROP, type: baseline, quantity: spo2, direction: down, at_least: "4", over: 14d, days: 7, priority: low}

messages:"""
PLAN = (ROOT / "config/plans/heart-failure.yaml").read_bytes().replace(b"\nmessages:", RULES, 1)
LIMITS = {"rate": 5000, "of_floor": 0.5, "cpu_us": 80, "bytes": 6000}


class Setup:
    """A broker with certificates, and the programs."""

    def __init__(self, folder: Path) -> None:
        self.build = release("vakad", "vakactl", "vaka-mqtt", "hub_load", "hub_floor")
        hub_test.VAKAD = str(self.build / "daemon/hub/vakad")
        hub_test.VAKACTL = str(self.build / "daemon/ctl/vakactl")
        self.folder = relay_house.FOLDER = folder
        relay_house.MOSQUITTO = relay_house.find("mosquitto")
        folder.chmod(0o755)
        relay_house.make_ca("ca")
        relay_house.make_cert("broker", "localhost")
        relay_house.make_cert("hub", "hub-0417")
        for key in folder.glob("*.key"):
            key.chmod(0o644)
        self.broker = relay_house.Broker(is_started=False)
        # As in the other cases: no bound of the broker's own, or twenty at once are all it takes.
        self.broker.conf.write_text("set_tcp_nodelay true\nmax_inflight_messages 0\n"
                                    "max_queued_messages 0\n" + self.broker.conf.read_text())
        self.broker.start()

    def hub(self) -> hub_test.Hub:
        hub = hub_test.Hub(plan=PLAN, mqtt=(
            f"  brokers:\n    - {{host: localhost, port: {self.broker.tls}}}\n"
            f"  ca: {self.folder}/ca.pem\n  cert: {self.folder}/hub.pem\n  key: {self.folder}/hub.key\n"))
        collector = hub.plugin("ble")
        collector.ask({"t": "device", "device": hub_test.SCALE, "kind": "scale", "bonded": True,
                       "address": "00:AA:01:01:00:00", "address_type": 1, "manufacturer": "A&D",
                       "model": "UC-352BLE", "serial": "5160100123", "firmware": "1.0"})
        hub.vakactl("assign", hub_test.SCALE, "p-1042")
        collector.close()
        return hub

    def load(self, hub: hub_test.Hub, count: int, window: int) -> dict:
        done = subprocess.run(
            [self.build / "tests/bench/hub_load", hub.socket, hub_test.SCALE, str(count), str(window)],
            env={**os.environ, "TZ": "Europe/Stockholm"}, stdout=subprocess.PIPE, check=True)
        result = json.loads(done.stdout)
        if result["failed"] or result["repeated"]:
            raise AssertionError(f"not every reading was a new one that was stored: {result}")
        return result


def depth(hub: hub_test.Hub) -> int:
    return hub.vakactl("status")["engine"]["outbox"]["depth"]


def model(setup: Setup) -> Path:
    """A database with one reading and its message, as the hub writes them."""
    hub = setup.hub()
    setup.load(hub, 1, 1)
    hub.end()
    path = setup.folder / "model.db"
    shutil.copy(hub.path / "state/vaka.db", path)
    hub.close()
    return path


def product(setup: Setup, count: int, window: int) -> dict:
    hub = setup.hub()
    relay = subprocess.Popen([setup.build / "plugins/mqtt/vaka-mqtt"],
                             env={**os.environ, "VAKA_SOCKET": str(hub.socket)},
                             stderr=subprocess.DEVNULL)
    try:
        hub_test.wait_for(lambda: hub.vakactl("status")["link"]["state"] == "up", "the link is up")
        pids = {"vakad": hub.process.pid, "vaka-mqtt": relay.pid}
        cpu = {name: cpu_s(pid) for name, pid in pids.items()}
        start, bytes_before = time.monotonic(), written(hub.process.pid)
        done = setup.load(hub, count, window)
        hub_test.wait_for(lambda: depth(hub) == 0, "everything is out")
        seconds = time.monotonic() - start
        return {"stored": count / done["seconds"], "rate": count / seconds,
                **{name: (cpu_s(pid) - cpu[name]) * 1e6 / count for name, pid in pids.items()},
                "bytes": (written(hub.process.pid) - bytes_before) / count}
    finally:
        relay.kill()
        relay.wait()
        hub.kill()
        hub.close()


def floor(setup: Setup, model_path: Path, count: int, window: int) -> dict:
    path = setup.folder / "floor.db"
    for old in setup.folder.glob("floor.db*"):
        old.unlink()
    done = subprocess.run(
        [setup.build / "tests/bench/hub_floor", model_path, path, str(setup.broker.tls),
         setup.folder, str(count), str(window)], stdout=subprocess.PIPE, check=True)
    result = json.loads(done.stdout)
    return {"rate": count / result["seconds"], "cpu_us": result["cpu_us"],
            "bytes": result["written"], "payload": result["payload"]}


def report(bench: Bench, ours: list[dict], floors: list[dict]) -> None:
    def of(runs: list[dict], key: str) -> float:
        return median([run[key] for run in runs])

    payload = floors[0]["payload"]
    for run in ours:
        run["cpu_us"] = run["vakad"] + run["vaka-mqtt"]
    bench.figure("readings/s, entered to PUBACK and settled", of(ours, "rate"), "/s",
                 at_least=LIMITS["rate"], runs=[round(r["rate"]) for r in ours],
                 beside=f"floor {of(floors, 'rate'):.0f}/s; stored and answered {of(ours, 'stored'):.0f}/s")
    bench.figure("the same as a part of the floor", of(ours, "rate") / of(floors, "rate"), "x",
                 at_least=LIMITS["of_floor"], beside=f"floor's runs {[round(r['rate']) for r in floors]}")
    bench.figure("processor per reading, hub and relay", of(ours, "cpu_us"), "us",
                 at_most=LIMITS["cpu_us"], runs=[round(r["cpu_us"], 1) for r in ours],
                 beside=f"floor {of(floors, 'cpu_us'):.1f} us; vakad {of(ours, 'vakad'):.1f}, "
                        f"vaka-mqtt {of(ours, 'vaka-mqtt'):.1f}")
    bench.figure("written per reading", of(ours, "bytes"), "B", at_most=LIMITS["bytes"],
                 runs=[round(r["bytes"]) for r in ours],
                 beside=f"floor {of(floors, 'bytes'):.0f} B; one message has {payload} B")


def run(bench: Bench, quick: bool) -> None:
    if not shutil.which("mosquitto") and not Path("/usr/sbin/mosquitto").exists():
        raise Missing("mosquitto")
    rounds, count = (1, READINGS // 4) if quick else (ROUNDS, READINGS)
    with tempfile.TemporaryDirectory(prefix="vaka-bench-") as name:
        setup = Setup(Path(name))
        try:
            path = model(setup)
            ours, floors = [], []
            for _ in range(rounds):
                floors.append(floor(setup, path, count, WINDOW))
                ours.append(product(setup, count, WINDOW))
            report(bench, ours, floors)
        finally:
            setup.broker.kill()
