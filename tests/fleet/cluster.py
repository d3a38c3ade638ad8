# SPDX-License-Identifier: Apache-2.0
"""Three nodes of RabbitMQ on the loopback of a network namespace, from config/broker/rabbitmq.

They share a Debian root; each has data, ports and a name of its own. The process and its
namespaces end together, so nothing is left behind, not even Erlang's port mapper.
"""
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import relay_house

CONFIG = Path(__file__).resolve().parents[2] / "config/broker/rabbitmq"
NODES = (1, 2, 3)
USERS = [u["name"] for u in json.loads((CONFIG / "definitions.json").read_text())["users"]]


def port(node: int) -> int:
    return 18880 + node


class Cluster:
    """work becomes /srv of the root; the certificates are in relay_house.FOLDER."""

    def __init__(self, root: Path, work: Path) -> None:
        self.root, self.srv = root, work / "srv"
        passwd = (root / "etc/passwd").read_text().splitlines()
        _, _, uid, gid, *_ = next(p for p in passwd if p.startswith("rabbitmq:")).split(":")
        self.owner = int(uid), int(gid)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.make_folders()
        for args in (["--bind", str(self.srv), f"{root}/srv"], ["-t", "proc", "proc", f"{root}/proc"],
                     ["--rbind", "/dev", f"{root}/dev"]):
            subprocess.run(["mount", *args], check=True)

    def make_folders(self) -> None:
        vaka = self.srv / "vaka"
        vaka.mkdir(parents=True)
        for name in ("ca.pem", "broker.pem", "broker.key"):
            shutil.copy(relay_house.FOLDER / name, vaka)
        shutil.copy(CONFIG / "definitions.json", vaka)
        text = (CONFIG / "rabbitmq.conf").read_text()
        for old, new in (("/etc/rabbitmq/vaka", "/srv/vaka"), ("rabbit@broker", "rmq"),
                         ("disk_free_limit.absolute = 1GB", "disk_free_limit.absolute = 50MB")):
            assert old in text
            text = text.replace(old, new)
        for node in NODES:
            text = text.replace(f"= rmq{node}\n", f"= rmq{node}@localhost\n")
        (self.srv / "home").mkdir()
        (self.srv / "home/.erlang.cookie").write_text("only-for-this-test")
        (self.srv / "home/.erlang.cookie").chmod(0o400)
        for node in NODES:
            folder = self.srv / f"rmq{node}"
            folder.mkdir()
            (folder / "rabbitmq.conf").write_text(text.replace("8883", f"127.0.0.1:{port(node)}"))
            shutil.copy(CONFIG / "enabled_plugins", folder)
        for path in [self.srv, *self.srv.rglob("*")]:
            os.chown(path, *self.owner)

    def command(self, node: int, *words: str) -> list[str]:
        folder = f"/srv/rmq{node}"
        settings = {"NODENAME": f"rmq{node}@localhost", "DIST_PORT": str(25670 + node),
                    "CONFIG_FILE": f"{folder}/rabbitmq.conf", "MNESIA_BASE": f"{folder}/db",
                    "ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
                    "LOG_BASE": f"{folder}/log", "PID_FILE": f"{folder}/pid",
                    "SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"}
        return ["chroot", str(self.root), "setpriv", f"--reuid={self.owner[0]}",
                f"--regid={self.owner[1]}", "--clear-groups", "env", "-i", "HOME=/srv/home",
                "LANG=C.UTF-8", "PATH=/usr/bin:/bin:/usr/sbin",
                *(f"RABBITMQ_{k}={v}" for k, v in settings.items()),
                f"/usr/lib/rabbitmq/bin/{words[0]}", *words[1:]]

    def start(self, *nodes: int) -> None:
        for node in nodes:
            with (self.srv / f"rmq{node}/out").open("ab") as out:
                subprocess.Popen(self.command(node, "rabbitmq-server"), stdout=out,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        for node in nodes:
            relay_house.wait_for(lambda n=node: relay_house.is_open(port(n)), f"node {node}'s port")

    def log(self) -> str:
        """The last of what each node has to say."""
        files = [f for n in NODES for f in (self.srv / f"rmq{n}/out",
                                            *(self.srv / f"rmq{n}/log").glob("*.log"))]
        return "".join(f"# {f.parent.name}/{f.name}: {line}\n" for f in files if f.exists()
                       for line in f.read_text(errors="replace").splitlines()[-12:])

    def whole(self) -> None:
        """All nodes are one cluster, as the last of them sees it: the one no test kills."""
        words = ("rabbitmqctl", "-q", "await_online_nodes", str(len(NODES)), "--timeout", "20")
        relay_house.wait_for(lambda: subprocess.run(
            self.command(NODES[-1], *words), capture_output=True, check=False,
            timeout=relay_house.DEADLINE_S).returncode == 0, "a whole cluster")

    def kill(self, *nodes: int) -> None:
        names = {f"RABBITMQ_NODENAME=rmq{node}@localhost".encode() for node in nodes}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "comm").read_text() == "beam.smp\n" and \
                        names & set((folder / "environ").read_bytes().split(b"\0")):
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                continue
        for node in nodes:
            relay_house.wait_for(lambda n=node: not relay_house.is_open(port(n)), f"node {node} gone")
