# SPDX-License-Identifier: Apache-2.0
"""Issue 5, row b1: the same as row a, saturated: 1000 submitted and not acknowledged. Beside it the
bare floor, and the peers that survive kill -9 (none of them syncs before it says that a message is
accepted); then ours and the floor with 5 ms added to every sync, as on a card."""
from __future__ import annotations

import tempfile
from pathlib import Path

import peers
from harness import Bench, median
from rows.support import Missing
from ways import Broker, Way, keys

COUNT, WINDOW, ROUNDS = 20000, 1000, 5
OF_FLOOR_MIN, OF_PEERS_MIN, SLOW_MIN = 0.6, 2.0, 10000
CPU_MAX_US, WRITTEN_MAX = 25, 2500
# Paho is slower the more it holds: its best window is taken.
PEERS = {"Paho C, files": (peers.paho, 20, COUNT), "MQTT.js, level": (peers.mqttjs, 1000, COUNT),
         "mosquitto bridge, saving each": (peers.bridge, 20, 500)}


def of(runs: list[dict], key: str) -> float:
    return median([run[key] for run in runs])


def rates(runs: list[dict]) -> list[int]:
    return [round(run["rate"]) for run in runs]


class Runs:
    """What ran in turns, by name; a peer that is not here is left out with its reason."""

    def __init__(self) -> None:
        self.by: dict[str, list[dict]] = {}
        self.left_out: dict[str, str] = {}

    def add(self, name: str, measure) -> None:
        if name in self.left_out:
            return
        try:
            self.by.setdefault(name, []).append(measure())
        except Missing as missing:
            self.left_out[name] = str(missing)
            del self.by[name]


def measure(plain: Way, tls: Way, count: int, rounds: int) -> Runs:
    runs = Runs()
    for _ in range(rounds):
        runs.add("floor", lambda: plain.floor(count, WINDOW))
        runs.add("ours", lambda: plain.hub(count, WINDOW))
        runs.add("floor, TLS", lambda: tls.floor(count, WINDOW))
        runs.add("ours, TLS", lambda: tls.hub(count, WINDOW))
        for name, (peer, window, most) in PEERS.items():
            runs.add(name, lambda: peer(plain, min(count, most), window))
        runs.add("floor, 5 ms", lambda: plain.floor(count, WINDOW, is_slow=True))
        runs.add("ours, 5 ms", lambda: plain.hub(count, WINDOW, is_slow=True))
    return runs


def report(bench: Bench, runs: Runs) -> None:
    by = runs.by
    ours = by["ours"]
    bench.figure("messages/s, as a part of the floor", of(ours, "rate") / of(by["floor"], "rate"),
                 "x", at_least=OF_FLOOR_MIN, runs=rates(ours),
                 beside=f"{of(ours, 'rate'):.0f}/s, floor {of(by['floor'], 'rate'):.0f}/s "
                        f"{rates(by['floor'])}")
    bench.figure("the same, TLS on both", of(by["ours, TLS"], "rate") / of(by["floor, TLS"], "rate"),
                 "x", runs=rates(by["ours, TLS"]),
                 beside=f"{of(by['ours, TLS'], 'rate'):.0f}/s, floor "
                        f"{of(by['floor, TLS'], 'rate'):.0f}/s")
    for name in PEERS:
        if name in by:
            bench.figure(f"of {name}", of(ours, "rate") / of(by[name], "rate"), "x",
                         at_least=OF_PEERS_MIN, runs=rates(by[name]),
                         beside=f"{of(by[name], 'rate'):.0f}/s, {of(by[name], 'cpu_us'):.0f} us, "
                                f"{of(by[name], 'written'):.0f} B written")
        else:
            print(f"# left out: {name}: {runs.left_out[name]}", flush=True)
    bench.figure("messages/s with 5 ms in every sync", of(by["ours, 5 ms"], "rate"), "/s",
                 at_least=SLOW_MIN, runs=rates(by["ours, 5 ms"]),
                 beside=f"floor {of(by['floor, 5 ms'], 'rate'):.0f}/s")
    for label in ("", ", TLS"):
        runs_of = by["ours" + label]
        bench.figure(f"processor per message, hub and relay{label}", of(runs_of, "cpu_us"), "us",
                     at_most=None if label else CPU_MAX_US, runs=[round(r["cpu_us"], 1) for r in runs_of],
                     beside=f"hub {of(runs_of, 'hub_cpu_us'):.1f}, relay "
                            f"{of(runs_of, 'relay_cpu_us'):.1f}; floor "
                            f"{of(by['floor' + label], 'cpu_us'):.1f} us")
    bench.figure("written per message", of(ours, "written"), "B", at_most=WRITTEN_MAX,
                 runs=[r["written"] for r in ours], beside=f"floor {of(by['floor'], 'written'):.0f} B")


def run(bench: Bench, quick: bool) -> None:
    count, rounds = (COUNT // 4, 1) if quick else (COUNT, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="vaka-bench-") as name:
        keys(Path(name))
        with Broker(Path(name)) as broker:
            plain, tls = Way(Path(name), broker, False), Way(Path(name), broker, True)
            report(bench, measure(plain, tls, count, rounds))
