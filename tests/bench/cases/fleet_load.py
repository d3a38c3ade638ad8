# SPDX-License-Identifier: Apache-2.0
"""Issue 5, item 9: what a hub costs a site's broker. `fleet_load` acts as N hubs with real sessions (TLS,
MQTT 5, own certificate, topics, will, session expiry, health and promise every five minutes, six readings a
day with their receipts, all at a pace of 60 times that) against mosquitto under config/broker/mosquitto, at
three values of N. Processor and memory of the broker per session, and what a line through the three says of
10,000 sessions: that last is extrapolated, and marked so.

Pings are measured apart: the library's shortest keep-alive is a twelfth of a hub's.
"""
from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from harness import ROOT, Bench, release
from sessions import Fleet, report
from ways import program

sys.path.insert(0, str(ROOT / "tests/home"))
from wardlib.broker import Broker  # noqa: E402
from wardlib.machine import pid_of  # noqa: E402

SIZES, IDLE_S, WORK_S = (50, 200, 800), 10, 15


def measured(folder: Path, build: Path, sizes: tuple[int, ...], idle_s: int, work_s: int) -> list[dict]:
    """A fresh broker, and hubs that become more."""
    program("mosquitto")
    broker = Broker(folder, ROOT / "config/broker/mosquitto")
    broker.up()
    care = broker.access("care-service")
    try:
        fleet = Fleet(build / "tests/bench/fleet_load", [care["port"]],
                      [care["ca"], str(folder / "tls/ca.key"), care["cert"], care["key"]], sizes[-1],
                      [pid_of(broker.pid_file)], folder)
        try:
            return fleet.measured(sizes, idle_s, work_s)
        finally:
            fleet.load.end()
    finally:
        broker.down()


def run(bench: Bench, quick: bool) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    build = release("fleet_load")
    sizes, idle_s, work_s = ((10, 20, 40), 5, 5) if quick else (SIZES, IDLE_S, WORK_S)
    with tempfile.TemporaryDirectory(prefix="vaka-bench-") as name:
        report(bench, measured(Path(name), build, sizes, idle_s, work_s))
