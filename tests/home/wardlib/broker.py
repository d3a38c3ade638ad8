# SPDX-License-Identifier: Apache-2.0
"""The care staff's side: a test CA, certificates, and mosquitto with the documented configuration.

The broker runs on the host. The guest reaches it as broker.vaka.test through QEMU's network.
"""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from .machine import MachineError, kill_hard, pid_of

SITE, HUB, STAFF = "soder", "hub-0417", "n-17"
CLIENTS = (HUB, STAFF, "night-3", "care-service")
NAMES = "subjectAltName=DNS:broker.vaka.test,DNS:localhost,IP:127.0.0.1,IP:10.0.2.2"
DAYS = "7300"


def _openssl(*args: str, stdin: str = "") -> None:
    done = subprocess.run(["openssl", *args], input=stdin, text=True, capture_output=True,
                          check=False)
    if done.returncode != 0:
        raise MachineError(f"openssl {args[0]}: {done.stderr.strip()}")


def make_certificates(tls: Path) -> None:
    """A CA of this home alone, the broker's certificate and one a client. Nothing secret is kept
    beyond the home: the CA's key is for tests."""
    if (tls / "done").exists():
        return
    tls.mkdir(mode=0o700, exist_ok=True)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl("req", "-x509", *curve, "-days", DAYS, "-subj", "/CN=Vaka test CA",
             "-keyout", f"{tls}/ca.key", "-out", f"{tls}/ca.pem")
    for name in ("broker", *CLIENTS):
        _openssl("req", *curve, "-subj", f"/CN={name}", "-keyout", f"{tls}/{name}.key",
                 "-out", f"{tls}/{name}.csr")
        extensions = tls / f"{name}.ext"
        extensions.write_text(NAMES if name == "broker" else "extendedKeyUsage=clientAuth",
                              encoding="ascii")
        _openssl("x509", "-req", "-in", f"{tls}/{name}.csr", "-CA", f"{tls}/ca.pem", "-CAkey",
                 f"{tls}/ca.key", "-CAcreateserial", "-days", DAYS, "-extfile", str(extensions),
                 "-out", f"{tls}/{name}.pem")
    (tls / "done").touch()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Broker:
    """mosquitto for one home."""

    def __init__(self, home: Path, config: Path) -> None:
        self.home, self.folder, self.tls, self.config = home, home / "broker", home / "tls", config
        self.pid_file = self.folder / "mosquitto.pid"

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text(encoding="ascii"))

    def prepare(self) -> None:
        self.folder.mkdir(exist_ok=True)
        make_certificates(self.tls)
        if not (self.folder / "port").exists():
            (self.folder / "port").write_text(str(free_port()), encoding="ascii")
        (self.folder / "acl").write_bytes((self.config / "acl").read_bytes())
        (self.folder / "acl").chmod(0o600)
        text = (self.config / "mosquitto.conf").read_text(encoding="utf-8")
        for old, new in (("/etc/mosquitto/vaka/acl", f"{self.folder}/acl"),
                         ("/etc/mosquitto/vaka/", f"{self.tls}/"),
                         ("/var/lib/mosquitto/", f"{self.folder}/"),
                         ("listener 8883", f"listener {self.port} 127.0.0.1")):
            if old not in text:
                raise MachineError(f"mosquitto.conf no longer says {old}")
            text = text.replace(old, new)
        text += "user root\n" if os.getuid() == 0 else ""
        (self.folder / "mosquitto.conf").write_text(text, encoding="utf-8")

    def wipe(self) -> None:
        (self.folder / "mosquitto.db").unlink(missing_ok=True)

    def up(self) -> None:
        """Starts the broker; returns when its port answers."""
        if pid_of(self.pid_file):
            return
        self.prepare()
        with open(self.folder / "mosquitto.log", "ab") as log:
            process = subprocess.Popen(["mosquitto", "-c", "mosquitto.conf"], cwd=self.folder,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True)
        self.pid_file.write_text(str(process.pid), encoding="ascii")
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise MachineError(f"mosquitto did not start:\n{self.log(15)}") from error
                time.sleep(0.01)

    def down(self) -> None:
        """Ends the broker as an operator would; it saves what waits."""
        pid = pid_of(self.pid_file)
        if pid:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + 5
            while pid_of(self.pid_file) and time.monotonic() < deadline:
                time.sleep(0.02)
        kill_hard(self.pid_file)

    def publish(self, client: str, topic: str, payload: str) -> None:
        """One message to the hub, quality of service 1; topic is below the hub's base."""
        access = self.access(client)
        done = subprocess.run(
            ["mosquitto_pub", "-V", "5", "-h", access["host"], "-p", str(access["port"]),
             "--cafile", access["ca"], "--cert", access["cert"], "--key", access["key"],
             "-i", f"ward-{os.getpid()}", "-q", "1", "-t", f"vaka/1/{SITE}/{HUB}/{topic}", "-s"],
            input=payload, text=True, capture_output=True, check=False)
        if done.returncode != 0 or done.stderr.strip():
            raise MachineError(f"mosquitto_pub: {done.stderr.strip()}")

    def log(self, lines: int = 0) -> str:
        try:
            text = (self.folder / "mosquitto.log").read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def access(self, client: str = STAFF) -> dict:
        return {"host": "127.0.0.1", "port": self.port, "ca": str(self.tls / "ca.pem"),
                "cert": str(self.tls / f"{client}.pem"), "key": str(self.tls / f"{client}.key")}
