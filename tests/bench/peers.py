# SPDX-License-Identifier: Apache-2.0
"""Who else stores and forwards: Paho C with file persistence, MQTT.js with a store on LevelDB, and a
mosquitto that bridges. Each with the same rows, the same broker, plain, as each does it by itself."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from harness import ROOT, written
from rows.support import Missing
from ways import Broker, Process, Way, free_port, program

BRIDGE = """persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
connection up
address 127.0.0.1:{port}
topic bench/# out 1
cleansession false
local_cleansession false
notifications_local_only true
restart_timeout 1
"""


def say(process: Process, folder: Path) -> dict:
    try:
        return json.loads(process.line(120))
    finally:
        process.end()
        shutil.rmtree(folder, ignore_errors=True)


def fresh(way: Way, what: str) -> Path:
    folder = way.folder / way.name(what)
    folder.mkdir()
    return folder


def paho(way: Way, count: int, window: int) -> dict:
    """Survives kill -9 but for one message at the hand-over; syncs nothing."""
    command = way.built / "bench_paho"
    if not command.exists():
        raise Missing("libpaho-mqtt-dev")
    folder = fresh(way, "paho")
    return say(Process([command, way.broker.plain, count, window, folder], way.folder / "paho.log"),
               folder)


def js_modules() -> Path:
    """The packages, fetched once into the cache."""
    cache = Path(os.environ.get("VAKA_CACHE") or ROOT / ".cache") / "bench-js"
    wanted = ROOT / "tests/bench/outbox/package.json"
    cache.mkdir(parents=True, exist_ok=True)
    if (cache / "complete").exists() and \
            (cache / "package.json").read_bytes() == wanted.read_bytes():
        return cache / "node_modules"
    shutil.copy(wanted, cache)
    done = subprocess.run([program("npm"), "install", "--no-audit", "--no-fund", "--no-package-lock",
                           "--ignore-scripts", "--loglevel", "error"], cwd=cache,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing("the packages of MQTT.js: " + done.stderr[-200:])
    (cache / "complete").touch()
    return cache / "node_modules"


def mqttjs(way: Way, count: int, window: int) -> dict:
    """Survives kill -9; syncs nothing."""
    node, modules = program("node"), js_modules()
    folder = fresh(way, "mqttjs")
    return say(Process([node, ROOT / "tests/bench/outbox/mqttjs.js", way.broker.plain, count, window,
                        folder / "store"], way.folder / "mqttjs.log", NODE_PATH=str(modules)), folder)


class Bridge(Broker):
    """A local broker that saves after each change, and bridges to the one of the way."""

    def __init__(self, way: Way, folder: Path) -> None:
        for name in ("ca.pem", "broker.pem", "broker.key"):
            (folder / name).symlink_to(way.folder / name)
        super().__init__(folder, BRIDGE.format(folder=folder, port=way.broker.plain))
        self.plain = free_port()

    def connected(self, folder: Path) -> None:
        """The broker itself says, retained, that the far one has taken its bridge."""
        said = Process([program("mosquitto_sub"), "-p", self.plain, "-t",
                        "$SYS/broker/connection/+/state"], folder / "state.log")
        try:
            while said.line() != "1":
                pass
        finally:
            said.end()


def bridge(way: Way, count: int, window: int) -> dict:
    """Says PUBACK before it has saved: survives kill -9 but for the last message."""
    folder = fresh(way, "bridge")
    with Bridge(way, folder) as local:
        local.connected(folder)  # or this measures a queue
        process = Process([way.built / "bench_floor", "-", local.plain, count, window],
                          way.folder / "bridge.log")
        result = say(process, folder / "none")
        result["written"] = written(local.process.pid) / count
    shutil.rmtree(folder, ignore_errors=True)
    return result
