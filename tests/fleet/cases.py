# SPDX-License-Identifier: Apache-2.0
"""The hub and a region's cluster: the access list refuses what it must; a node dies while readings
flow, and then another, and nothing is lost; staff on another node see every open alert.

The real vakad, vaka-mqtt and reference receiver, on three nodes of RabbitMQ 4.
"""
from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "unit" / name) for name in ("hub", "mqtt", "receiver")]
import access  # noqa: E402
import cluster  # noqa: E402
import load  # noqa: E402
import test_both_ends as ends  # noqa: E402
import relay_house  # noqa: E402
import hub_process as hub_test  # noqa: E402
from relay_house import wait_for  # noqa: E402
from load import Load  # noqa: E402, F401  (unittest finds it here)
from hub_process import CUFF, SCALE, now_local, pressure  # noqa: E402

READINGS = 300
HUB = "vaka/1/soder/hub-0417"
CLUSTER: cluster.Cluster

# user, client id, verb, topic: what config/broker/rabbitmq/definitions.json allows, and what not.
# What may be written is the same for every broker.
ALLOWED = (
    *((user, user, "pub", topic) for user, topic in access.MAY_WRITE),
    ("hub-0418", "hub-0418", "sub", "vaka/1/soder/hub-0418/cmd/+/+/+"),
    ("hub-0418", "hub-0418", "sub", "vaka/1/soder/hub-0418/plan/p-2000"),
    ("n-17", "n-17-tablet", "sub", "vaka/1/soder/+/alert/#"),
    ("n-17", "n-17-tablet", "sub", f"{HUB}/reply/n-17/tablet"),
    ("night-3", "night-3", "sub", "vaka/1/soder/+/check/#"),
    ("care-service", "care-service", "sub", "vaka/1/soder/#"),
)
REFUSED = (
    *((user, user, "pub", topic) for user, topic in access.MAY_NOT_WRITE),
    ("hub-0418", "hub-0418", "sub", f"{HUB}/cmd/+/+/+"),
    ("hub-0418", "hub-0418", "sub", f"{HUB}/plan/p-1042"),
    ("hub-0418", "hub-0418", "sub", "vaka/1/soder/+/cmd/+/+/+"),
    ("hub-0418", "hub-0417", "sub", "vaka/1/soder/hub-0418/cmd/+/+/+"),
    ("n-17", "n-17-tablet", "sub", "vaka/1/soder/+/view/#"),
    ("n-17", "n-17-tablet", "sub", "vaka/1/soder/#"),
    ("n-17", "n-17-tablet", "sub", "vaka/1/norr/+/alert/#"),
    ("n-17", "n-17-tablet", "sub", f"{HUB}/reply/night-3/phone"),
    ("n-17", "night-3", "sub", f"{HUB}/reply/n-17/tablet"),
    ("night-3", "night-3", "sub", "vaka/1/soder/+/reading/#"),
    ("night-3", "night-3", "sub", "vaka/1/soder/+/alert/#"),
    ("night-3", "night-3", "sub", "vaka/1/soder/+/health"),
)


def tls(user: str) -> dict[str, str]:
    folder = relay_house.FOLDER
    return {"--cert": f"{folder}/{user}.pem", "--key": f"{folder}/{user}.key"}


def client(program: str, user: str, name: str, node: int, *words: str) -> list[str]:
    return [program, "-V", "5", "-h", "localhost", "-p", str(cluster.port(node)), "-i", name,
            "--cafile", f"{relay_house.FOLDER}/ca.pem", *(w for kv in tls(user).items() for w in kv),
            "-q", "1", *words]


class AccessList(unittest.TestCase):
    def is_allowed(self, user: str, name: str, verb: str, topic: str) -> bool:
        words = ["-d", "-t", topic, *(["-m", "{}"] if verb == "pub" else ["-E"])]
        done = subprocess.run(["stdbuf", "-oL", *client(f"mosquitto_{verb}", user, name, 1, *words)],
                              capture_output=True, text=True, timeout=relay_house.DEADLINE_S,
                              check=False)
        said = done.stdout + done.stderr
        self.assertIn("CONNACK (0)", said, "no connection at all")
        if verb == "sub":
            return re.search(r"Subscribed \(mid: 1\): 1$", said, re.M) is not None
        return re.search(r"PUBACK \(Mid: 1, RC:(0|16)\)", said) is not None

    def test_what_is_allowed_and_what_is_refused(self) -> None:
        for rows, wanted in ((ALLOWED, True), (REFUSED, False)):
            for row in rows:
                with self.subTest(row=row):
                    self.assertEqual(self.is_allowed(*row), wanted)

    def test_a_certificate_of_nobody_known(self) -> None:
        done = subprocess.run(client("mosquitto_pub", "stranger", "stranger", 1, "-t", "a", "-m", ""),
                              capture_output=True, text=True, timeout=relay_house.DEADLINE_S,
                              check=False)
        self.assertNotEqual(done.returncode, 0)


class Poison(unittest.TestCase):
    """These brokers answer what they forbid by closing the connection, and acknowledge nothing more of
    what came before it. The relay's hub is played here."""

    def test_it_is_found_among_others_and_they_go_on(self) -> None:
        subprocess.run(client("mosquitto_sub", "n-17", "n-17-poison", 2, "-c", "-x", "600", "-E", "-t",
                              "vaka/1/soder/+/reading/#"), check=True, timeout=relay_house.DEADLINE_S)
        folder = relay_house.FOLDER
        relay_house.RELAY = RELAY
        hub = relay_house.Hub([cluster.port(1)], cert=f"{folder}/hub-0417.pem", key=f"{folder}/hub-0417.key")
        self.addCleanup(hub.close)
        told, cuts = hub.deliver({n: "forbidden" if n == 10 else "reading/p-1042/weight"
                                  for n in range(1, 21)})
        print(f"# poison: {cuts} cuts", flush=True)
        self.assertEqual({n for n, what in told.items() if what == "poison"}, {10})


class Region(unittest.TestCase):
    """A hub that knows all three nodes, the first before the others."""

    dump, stored, outbox = ends.BothEnds.dump, ends.BothEnds.stored, ends.BothEnds.outbox
    measure, reconnect, end_hub = (ends.BothEnds.measure, ends.BothEnds.reconnect,
                                   ends.BothEnds.end_hub)

    figures: list[str] = []

    @classmethod
    def tearDownClass(cls) -> None:
        print("".join(f"# {line}\n" for line in cls.figures), end="", flush=True)

    def setUp(self) -> None:
        folder = relay_house.FOLDER
        self.hub = hub_test.Hub(mqtt="  brokers:\n" + "".join(
            f"    - {{host: localhost, port: {cluster.port(n)}}}\n" for n in cluster.NODES) +
            f"  ca: {folder}/ca.pem\n  cert: {folder}/hub-0417.pem\n  key: {folder}/hub-0417.key\n")
        self.addCleanup(self.end_hub)
        self.relay = ends.Process(RELAY, VAKA_SOCKET=str(self.hub.socket))
        self.addCleanup(self.relay.kill)
        wait_for(lambda: self.link() == "up", "the link")
        self.collector = self.hub.plugin("ble")
        for device, kind in ((SCALE, "scale"), (CUFF, "cuff")):
            self.collector.ask({"t": "device", "device": device, "kind": kind, "bonded": True,
                                "address": "00:AA:01:01:00:00", "address_type": 1})
            self.hub.vakactl("assign", device, "p-1042")

    def link(self) -> str:
        return self.hub.vakactl("status")["link"]["state"]

    def receiver(self, node: int) -> ends.Process:
        words = [w for kv in tls("care-service").items() for w in kv]
        process = ends.Process(ends.RECEIVER, "--db", self.db, "--host", "localhost", "--port",
                               str(cluster.port(node)), "--ca", f"{relay_house.FOLDER}/ca.pem", *words)
        self.addCleanup(self.end_receiver, process)
        # Connected is not subscribed: another hub is heard through it first.
        another = client("mosquitto_pub", "hub-0418", "hub-0418", 3, "-t", "vaka/1/soder/hub-0418/status",
                         "-m", "{}", "-D", "publish", "user-property", "id", "status")

        def is_heard() -> bool:
            subprocess.run(another, check=True, timeout=relay_house.DEADLINE_S, capture_output=True)
            return any(line.get("hub") == "hub-0418" for line in process.read())
        wait_for(is_heard, "the receiver listens")
        return process

    @staticmethod
    def end_receiver(process: ends.Process) -> None:
        """In order: what its client library has acknowledged is kept."""
        if process.process.poll() is None:
            process.process.terminate()
            process.process.wait(relay_house.DEADLINE_S)
            process.read()
            process.process.stdout.close()

    def cut(self, node: int, n: int) -> tuple[int, float]:
        """A node dies; what was on its way, and how long until reading n and all before it are over."""
        waiting, began = self.outbox(), time.monotonic()
        CLUSTER.kill(node)
        self.measure(n)
        wait_for(lambda: self.outbox() == 0, "the hub goes on over another node")
        return waiting, round(time.monotonic() - began, 2)

    def test_nodes_die_while_readings_flow(self) -> None:
        self.db = f"{relay_house.FOLDER}/kept.db"
        first = self.receiver(2)
        cuts = []
        for n in range(READINGS):
            if n == READINGS // 3:
                cuts.append(self.cut(1, n))
            elif n == 2 * READINGS // 3:
                CLUSTER.start(1)
                CLUSTER.whole()
                for extra in range(READINGS, READINGS + 40):
                    self.measure(extra)
                cuts.append(self.cut(2, n))  # the hub's and the receiver's
                self.end_receiver(first)
                second = self.receiver(3)
            else:
                self.measure(n)
        wait_for(lambda: self.outbox() == 0, "the outbox is empty")
        stored = self.stored()
        self.assertEqual(len(stored), READINGS + 40)
        wait_for(lambda: len(self.dump()) >= len(stored), "the receiver has them all")
        self.assertEqual(self.dump(), stored)
        repeats = [e for e in [*first.lines, *second.read()]
                   if e["event"] == "repeat" and e["topic"].startswith("reading/")]
        self.figures.append(f"readings={len(stored)} nodes_killed=2 lost=0 repeats={len(repeats)} "
                            f"waiting_and_gap_s={cuts}")
        CLUSTER.start(2)
        CLUSTER.whole()

    def ask_state(self, node: int, number: int) -> list[str]:
        """The open alerts as the hub tells them to a nurse on that node."""
        command = client("mosquitto_pub", "n-17", "n-17-ask", node, "-t", f"{HUB}/cmd/n-17/state/get",
                         "-m", json.dumps({"cmd_id": f"fleet-{number}", "issued":
                                           time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}),
                         "-D", "publish", "response-topic", f"{HUB}/reply/n-17/tablet")
        subprocess.run(command, check=True, timeout=relay_house.DEADLINE_S, capture_output=True)
        replies: list[dict] = []

        def is_answered() -> bool:
            replies[:] = [body for topic, body in self.heard() if "/reply/" in topic and
                          body["cmd_id"] == f"fleet-{number}"]
            return bool(replies)
        wait_for(is_answered, "the hub's answer on another node")
        return sorted(a["id"] for a in replies[0]["state"]["alerts"])

    def heard(self) -> list[tuple[str, dict]]:
        rows = [line.split(" ", 1) for line in self.log.read_text().splitlines() if " {" in line]
        return [(topic, json.loads(body)) for topic, body in rows]

    def open_alerts(self) -> list[str]:
        return sorted(a["id"] for a in self.hub.vakactl("alerts") if a["state"] != "closed")

    def test_staff_on_another_node_see_every_open_alert(self) -> None:
        self.log = relay_house.FOLDER / "nurse.log"
        with self.log.open("w") as out:
            nurse = subprocess.Popen(
                ["stdbuf", "-oL", *client("mosquitto_sub", "n-17", "n-17-tablet", 3, "-d", "-F",
                                          "%t %p", "-t", "vaka/1/soder/+/alert/#", "-t",
                                          f"{HUB}/reply/n-17/tablet")],
                stdout=out, stderr=subprocess.STDOUT)
        self.addCleanup(nurse.wait)
        self.addCleanup(nurse.kill)
        wait_for(lambda: "Subscribed" in self.log.read_text(), "the nurse's subscription")
        self.assertEqual(self.collector.ask(pressure(190, 112, now_local()))["t"], "stored")
        alerts = self.open_alerts()
        self.assertTrue(alerts)
        wait_for(lambda: {b["id"] for t, b in self.heard() if "/alert/" in t} >= set(alerts),
                 "the alerts on another node")
        self.assertEqual(self.ask_state(3, 1), alerts)
        self.cut(1, 0)
        self.assertEqual(self.ask_state(3, 2), alerts)
        CLUSTER.start(1)
        CLUSTER.whole()


def main(build: Path, root: Path) -> None:
    global CLUSTER, RELAY
    hub_test.VAKAD, hub_test.VAKACTL = (str(build / "daemon" / p) for p in ("hub/vakad", "ctl/vakactl"))
    RELAY = str(build / "plugins/mqtt/vaka-mqtt")
    ends.RECEIVER = str(build / "tests/receiver/vaka-receiver")
    relay_house.DEADLINE_S = hub_test.DEADLINE_S = 60.0
    with tempfile.TemporaryDirectory(prefix="vaka-fleet-") as name:
        relay_house.FOLDER = Path(name)
        relay_house.FOLDER.chmod(0o755)
        relay_house.make_ca("ca")
        relay_house.make_cert("broker", "localhost")
        for user in (*cluster.USERS, "stranger"):
            relay_house.make_cert(user, user)
        CLUSTER = cluster.Cluster(root, relay_house.FOLDER)
        began = time.monotonic()
        try:
            CLUSTER.start(*cluster.NODES)
            CLUSTER.whole()
            load.CLUSTER, load.PROGRAM = CLUSTER, build / "tests/bench/fleet_load"
            print(f"# {len(cluster.NODES)} nodes in {time.monotonic() - began:.0f} s", flush=True)
            unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
        except AssertionError:
            print(CLUSTER.log(), flush=True)
            raise
        finally:
            CLUSTER.kill(*cluster.NODES)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
