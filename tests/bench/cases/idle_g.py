# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row g: idle with an open TLS session and no kit speaking. vakad and vaka-mqtt here beside the
TLS floor of the same run (libmosquitto and SQLite in one process); where there is a virtual home, all
four processes together in it. Then how long each takes to start, and what an idle hour costs on the
wire: the hour passes in a minute, with the clocks of both processes running fast."""
from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from harness import Bench, cpu_s, median
from house import Clock, House, Meter, memory_kib, wakeups
from rows import h_idle
from rows.support import VirtualHome, wait_for
from ways import Process, keys, now_ns, wait_until

SECONDS, STARTS, FAST, LOOKS = 60, 5, 60, 6
PRIVATE_MAX_KIB, WAKEUPS_MAX, START_MAX_MS = 6 * 1024, 0.5, 30
KEEP_ALIVES = 4 / 60  # a second: vaka-mqtt looks four times in a keep-alive whether it is time
UNITS = ("vakad", "vaka-ble", "vaka-gpio", "vaka-mqtt")


class Floor:
    """One TLS session and one database."""

    def __init__(self, house: House) -> None:
        f = house.folder
        self.process = Process([house.build / "tests/bench/outbox/bench_idle_floor", f / "idle.db",
                                house.broker.tls, f / "ca.pem", f / "hub.pem", f / "hub.key"],
                               f / "idle.log")
        assert self.process.line() == "up"


def settle(house: House) -> None:
    """What a start leaves to do is done; what it needed is given back at the second quiet beat."""
    wait_until(lambda: house.depth() == 0, "everything is out")
    time.sleep(25)


def native(bench: Bench, house: House, seconds: int) -> None:
    floor = Floor(house)
    settle(house)
    pids = {**house.processes(), "floor": floor.process.pid}
    before = {name: (wakeups(pid), cpu_s(pid)) for name, pid in pids.items()}
    began = now_ns()
    time.sleep(seconds)  # the idle time that is measured
    took_s = (now_ns() - began) / 1e9
    rate = {name: (wakeups(pid) - before[name][0]) / took_s for name, pid in pids.items()}
    memory = {name: memory_kib(pid) for name, pid in pids.items()}
    for name, pid in pids.items():
        cpu_ms = (cpu_s(pid) - before[name][1]) * 60000 / took_s
        bench.figure(f"{name}: private memory", memory[name]["private"], "KiB",
                     beside=f"dirty {memory[name]['dirty']}, PSS {memory[name]['pss']} KiB, "
                            f"{rate[name]:.2f} wake-ups/s, {cpu_ms:.1f} ms CPU a minute")
    floor.process.end()


def in_the_home(bench: Bench, seconds: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="vaka-bench-"))
    home = VirtualHome(folder)
    try:
        home.up()
        home.have("scale")
        wait_for(lambda: all(home.vakactl("status")["plugins"][name] == "ok"
                             for name in ("ble", "gpio", "mqtt")), "ble, gpio and mqtt", 60)
        wait_for(home.link_is_up, "the link", 60)
        time.sleep(25)  # as above
        looks = [h_idle.look(home)]
        for _ in range(LOOKS):
            time.sleep(seconds / LOOKS)  # the idle time that is measured
            looks.append(h_idle.look(home))
        before, after = looks[0], looks[-1]
    finally:
        home.down()
        shutil.rmtree(folder, ignore_errors=True)
    private = {name: median([look[name]["private"] for look in looks]) for name in UNITS}
    dirty = sum(median([look[name]["private_dirty"] for look in looks]) for name in UNITS)
    totals = [sum(look[name]["private"] for name in UNITS) for look in looks]
    rates = {name: (after[name]["switches"] - before[name]["switches"]) /
             (after[name]["uptime"] - before[name]["uptime"]) for name in UNITS}
    bench.figure("four processes in the virtual home: private memory", sum(private.values()), "KiB",
                 at_most=PRIVATE_MAX_KIB, runs=totals,
                 beside=", ".join(f"{name} {kib:.0f}" for name, kib in private.items()) +
                        f"; dirty {dirty:.0f}, the rest is text that can be read again")
    bench.figure("four processes in the virtual home: wake-ups", sum(rates.values()) - KEEP_ALIVES,
                 "/s", at_most=WAKEUPS_MAX,
                 beside="beside keep-alive; " + ", ".join(f"{name} {rate:.2f}"
                                                          for name, rate in rates.items()))


def start_of_vakad(house: House) -> float:
    """From exec to READY=1, as systemd is told it."""
    path = house.folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(path))
        notify.settimeout(20)
        began = now_ns()
        process = subprocess.Popen(
            [house.build / "daemon/hub/vakad", "--config", house.hub.path / "hub.yaml", "--socket",
             house.folder / "start.sock", "--own-user", "--allow-unsigned"],
            env={**house.hub.bus.environment(), "NOTIFY_SOCKET": str(path)},
            stderr=subprocess.DEVNULL)
        while b"READY=1" not in notify.recv(4096):
            pass
        took_ms = (now_ns() - began) / 1e6
    process.kill()
    process.wait()
    path.unlink()
    return took_ms


def first_packet(listener: socket.socket, folder: Path, came: list[int]) -> None:
    """The broker's side of one TLS handshake; the first byte behind it is of the CONNECT."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    peer, _ = listener.accept()
    with context.wrap_socket(peer, server_side=True) as session:
        if session.recv(1) == b"\x10":
            came.append(now_ns())


def start_of_client(house: House, command: list, hub: Path | None = None) -> float:
    """From exec to its CONNECT; hub is where a relay finds its hub."""
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threads = [threading.Thread(target=first_packet, args=(listener, house.folder, came))]
        if hub:
            threads.append(threading.Thread(target=welcome_relay, args=(hub, port, house.folder)))
        for thread in threads:
            thread.start()
        if hub:
            wait_until(hub.exists, "the hub's socket")
        began = now_ns()
        process = subprocess.Popen([str(c).replace("PORT", str(port)) for c in command],
                                   env={**os.environ, "VAKA_SOCKET": str(hub)},
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        threads[0].join(20)
        process.kill()
        process.wait()
        for thread in threads:
            thread.join(20)
    if hub:
        hub.unlink()
    return (came[0] - began) / 1e6


def welcome_relay(path: Path, port: int, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen(1)
        hub, _ = listener.accept()
        with hub:
            hub.recv(65536)
            hub.send(json.dumps({
                "t": "welcome", "v": 1, "hub": "hub-0417", "site": "soder",
                "base": "vaka/1/soder/hub-0417",
                "config": {"brokers": [{"host": "localhost", "port": port}], "ca": f"{folder}/ca.pem",
                           "cert": f"{folder}/hub.pem", "key": f"{folder}/hub.key",
                           "patients": ["p-1042"]}}).encode())
            hub.settimeout(20)
            hub.recv(65536)  # until it says something or is gone


def starts(bench: Bench, house: House, rounds: int) -> None:
    f, build = house.folder, house.build
    relay = [build / "plugins/mqtt/vaka-mqtt"]
    floor = [build / "tests/bench/outbox/bench_idle_floor", ":memory:", "PORT", f / "ca.pem",
             f / "hub.pem", f / "hub.key"]
    house.hub.kill()
    of = {"vakad": [], "relay": [], "floor": []}
    for _ in range(rounds):
        of["vakad"].append(start_of_vakad(house))
        of["relay"].append(start_of_client(house, relay, f / "welcome.sock"))
        of["floor"].append(start_of_client(house, floor))
    bench.figure("vakad: exec to ready", median(of["vakad"]), "ms", at_most=START_MAX_MS,
                 runs=[round(v, 1) for v in of["vakad"]],
                 beside="after kill -9, with a plan in force")
    bench.figure("vaka-mqtt: exec to CONNECT", median(of["relay"]), "ms", at_most=START_MAX_MS,
                 runs=[round(v, 1) for v in of["relay"]],
                 beside=f"floor {median(of['floor']):.1f} ms; both with the TLS handshake")


def wire(bench: Bench, folder: Path, minutes: int) -> None:
    meter = Meter()
    house = House(folder, Clock(FAST), meter)
    try:
        wait_until(lambda: house.depth() == 0, "everything is out")
        began_s, before = house.clock.elapsed_s(), (meter.out, meter.back)
        wait_until(lambda: house.clock.elapsed_s() >= began_s + minutes * 60, "the idle hour", 120)
        hours = (house.clock.elapsed_s() - began_s) / 3600
        out, back = (meter.out - before[0]) / hours, (meter.back - before[1]) / hours
        bench.figure("bytes an hour on the wire, TLS included", out + back, "B",
                     beside=f"{out:.0f} out, {back:.0f} back; health and promise every 5 min")
    finally:
        house.close()


def run(bench: Bench, quick: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="vaka-bench-") as name:
        keys(Path(name))
        house = House(Path(name), Clock(1))
        try:
            native(bench, house, SECONDS // 6 if quick else SECONDS)
            starts(bench, house, 2 if quick else STARTS)
        finally:
            house.close()
        wire(bench, Path(name), 12 if quick else 60)
    if shutil.which("qemu-system-x86_64") and not quick:
        in_the_home(bench, SECONDS)
    elif not quick:
        print("# left out: the virtual home: qemu-system-x86_64 is not here", flush=True)
