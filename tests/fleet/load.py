# SPDX-License-Identifier: Apache-2.0
"""What a hub costs the cluster: N hubs with real sessions, spread over the three nodes, each session a quorum
queue on all of them. Processor and memory are those of the three nodes together. The figures are told, and
no limit judges them; that everything sent is acknowledged and heard is what can fail.

A broker of one site is measured by tests/bench/cases/fleet_load.py.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("bench", "home")]
import cluster  # noqa: E402
import relay_house  # noqa: E402
from harness import Bench, table  # noqa: E402
from sessions import Fleet, report  # noqa: E402

SIZES, IDLE_S, WORK_S = (30, 90, 240), 6, 10
CLUSTER: cluster.Cluster
PROGRAM = Path()


def definitions(names: list[str]) -> dict:
    """Hubs of these names, with the rights of the example's first hub."""
    text = json.dumps(json.loads((cluster.CONFIG / "definitions.json").read_text()))
    whole = json.loads(text)
    hub = {kind: next(row for row in whole[kind] if row.get("user", row.get("name")) == "hub-0417")
           for kind in ("users", "permissions", "topic_permissions")}
    return {"vhosts": whole["vhosts"],
            **{kind: [json.loads(json.dumps(row).replace("hub-0417", name)) for name in names]
               for kind, row in hub.items()}}


def nodes() -> list[int]:
    """The processes of the three, in this namespace."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")
            if (folder / "comm").exists() and (folder / "comm").read_text() == "beam.smp\n"
            and b"RABBITMQ_NODENAME=rmq" in (folder / "environ").read_bytes()]


class Load(unittest.TestCase):
    def allow(self, n: int) -> None:
        file = CLUSTER.srv / "vaka/load.json"
        file.write_text(json.dumps(definitions([f"hub-{i:05d}" for i in range(1, n + 1)])))
        os.chown(file, *CLUSTER.owner)
        subprocess.run(CLUSTER.command(3, "rabbitmqctl", "-q", "import_definitions", "/srv/vaka/load.json"),
                       check=True, timeout=relay_house.DEADLINE_S, capture_output=True)

    def test_what_a_session_costs(self) -> None:
        folder = relay_house.FOLDER
        self.allow(SIZES[-1])
        bench = Bench("fleet_cluster")
        fleet = Fleet(PROGRAM, [cluster.port(node) for node in cluster.NODES],
                      [f"{folder}/{name}" for name in ("ca.pem", "ca.key", "care-service.pem",
                                                       "care-service.key")], SIZES[-1], nodes(), folder)
        self.addCleanup(fleet.load.end)
        report(bench, fleet.measured(SIZES, IDLE_S, WORK_S))
        print("".join(f"# {row}\n" for row in table(bench.figures).splitlines()), end="", flush=True)
