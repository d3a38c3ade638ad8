# SPDX-License-Identifier: Apache-2.0
"""What the tests of vaka-mqtt share: a real broker with TLS, and its hub played by a script.

Also two brokers of our own that misbehave as some do: one that only knows MQTT 3.1.1, one that
closes the connection when it does not like a message. Everything lives in a temporary folder and
on loopback ports that the kernel picked.
"""
from __future__ import annotations

import json
import os
import select
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Callable

BASE = "vaka/1/soder/hub-0417"
DEADLINE_S = 20.0
RELAY = MOSQUITTO = ""
FOLDER = Path()
# A chip that is none: SoftHSM behind OpenSSL's PKCS#11 provider, which Debian has since 13.
TOKENS, CHIP = "SOFTHSM2_CONF", "PKCS11_PROVIDER_MODULE"
SOFT_CHIP = Path("/usr/lib/softhsm/libsofthsm2.so")
HAS_CHIP = SOFT_CHIP.exists() and bool(shutil.which("softhsm2-util")) and any(
    Path("/usr/lib").glob("*/ossl-modules/pkcs11.so"))


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def openssl(*args: str) -> None:
    subprocess.run(["openssl", *args], check=True, cwd=FOLDER, capture_output=True)


def make_ca(name: str) -> None:
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "4000", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")


def make_cert(name: str, common_name: str, ca: str = "ca") -> None:
    (FOLDER / "ext").write_text("subjectAltName=DNS:localhost\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", f"/CN={common_name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
            "-CAcreateserial", "-days", "90", "-extfile", "ext", "-out", f"{name}.pem")


def make_future_cert(name: str) -> None:
    """Valid from the year after next, for four years; the CA that says so is valid now already."""
    year = time.gmtime().tm_year
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=localhost", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    (FOLDER / "index.txt").write_text("")
    (FOLDER / "ca.conf").write_text(
        "[ca]\ndefault_ca=one\n[one]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\n"
        "default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n")
    openssl("ca", "-batch", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in",
            f"{name}.csr", "-out", f"{name}.pem", "-notext", "-extfile", "ext",
            "-startdate", f"{year + 2}0101000000Z", "-enddate", f"{year + 6}0101000000Z")


class Broker:
    """mosquitto: TLS with client certificates for the hub, plain on loopback for the staff."""

    def __init__(self, certificate: str = "broker", is_started: bool = True) -> None:
        self.tls, self.plain = free_port(), free_port()
        self.conf = FOLDER / f"mosquitto-{self.tls}.conf"
        # One access list for both listeners, as in config/: with lists per listener, mosquitto 2.0.21
        # checks a queued message against none while its receiver is away, and drops it.
        (FOLDER / "acl").write_text(
            f"topic readwrite #\nuser hub-0417\ntopic readwrite {BASE}/#\ntopic deny {BASE}/forbidden\n")
        self.conf.write_text(
            f"log_type none\nallow_anonymous true\nacl_file {FOLDER}/acl\n"
            f"listener {self.tls} 127.0.0.1\ncafile {FOLDER}/ca.pem\ncertfile {FOLDER}/{certificate}.pem\n"
            f"keyfile {FOLDER}/{certificate}.key\nrequire_certificate true\n"
            f"use_identity_as_username true\n"
            f"listener {self.plain} 127.0.0.1\n")
        self.process: subprocess.Popen[bytes] | None = None
        if is_started:
            self.start()

    def start(self) -> None:
        user = ["setpriv", "--reuid", "65534", "--clear-groups", "--regid", "65534"]
        command = [MOSQUITTO, "-c", str(self.conf)]
        self.process = subprocess.Popen(
            user + command if os.getuid() == 0 else command,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: is_open(self.plain) and is_open(self.tls), "the broker's ports")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def publish(self, topic: str, payload: bytes, *options: str) -> None:
        subprocess.run(["mosquitto_pub", "-V", "5", "-p", str(self.plain), "-q", "1", "-t", topic,
                        "-s", *options], input=payload, check=True)

    def subscribe(self, topic: str, form: str = "") -> "Subscriber":
        return Subscriber(self.plain, topic, form or "%t|%r|%C|%D|%P|%p")


class Subscriber:
    """mosquitto_sub, one line a message; it is known to listen once it prints its own marker."""

    def __init__(self, port: int, topic: str, form: str) -> None:
        marker = f"marker/{os.urandom(4).hex()}"
        self.process = subprocess.Popen(
            ["mosquitto_sub", "-V", "5", "-p", str(port), "-q", "1", "-t", topic, "-t", marker,
             "-F", form], stdout=subprocess.PIPE, text=True)
        while True:
            subprocess.run(["mosquitto_pub", "-p", str(port), "-t", marker, "-m", "m"], check=True)
            if self.process.stdout and select.select([self.process.stdout], [], [], 0.05)[0]:
                break
        self.marker, self.text = marker, ""

    def next(self) -> str:
        assert self.process.stdout
        while True:
            while "\n" not in self.text:
                if not select.select([self.process.stdout], [], [], DEADLINE_S)[0]:
                    raise AssertionError("the staff got nothing")
                self.text += os.read(self.process.stdout.fileno(), 65536).decode()
            line, _, self.text = self.text.partition("\n")
            if not line.startswith(self.marker):
                return line

    def until(self, line: str) -> None:
        """Passes over what comes before this line."""
        while self.next() != line:
            pass

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def is_open(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {DEADLINE_S:.0f} s for {what}")
        time.sleep(0.01)


class Hub:
    """The hub's end of the plugin socket, and the relay process that it serves."""

    def __init__(self, ports: list[int], **config: Any) -> None:
        path = str(FOLDER / f"hub-{os.urandom(4).hex()}")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(path)
        listener.listen(1)
        environment = {"VAKA_SOCKET": path, "PATH": os.environ["PATH"]}
        environment |= {k: v for k, v in os.environ.items()
                        if k.endswith("SAN_OPTIONS") or k in (TOKENS, CHIP)}
        self.process = subprocess.Popen([RELAY], env=environment, stderr=subprocess.PIPE)
        listener.settimeout(DEADLINE_S)
        self.socket, _ = listener.accept()
        listener.close()
        self.socket.settimeout(DEADLINE_S)
        self.settled: list[int] = []
        self.traffic = {"sent": 0, "received": 0, "packets": 0}
        self.n_traffic = 0
        self.is_asked_for_traffic = False
        self.lists = 0
        assert self.read()[0]["t"] == "hello"
        settings = {"brokers": [{"host": "localhost", "port": p} for p in ports],
                    "ca": f"{FOLDER}/ca.pem", "cert": f"{FOLDER}/hub.pem",
                    "key": f"{FOLDER}/hub.key", "keep_alive_s": 60, "patients": ["p-1042"],
                    "will": {"state": "offline"}} | config
        if config.get("nothing"):
            settings = {}
        self.say({"t": "welcome", "v": 1, "hub": "hub-0417", "site": "soder", "base": BASE,
                  "time_floor": settings.pop("time_floor", 0), "config": settings})

    def say(self, header: dict[str, Any], body: bytes = b"") -> None:
        text = json.dumps(header).encode()
        self.socket.send(text + b"\n" + body if body else text)

    def read(self) -> tuple[dict[str, Any], bytes]:
        """The next message; what was settled in one packet comes one by one."""
        if self.settled:
            return {"t": "settled", "n": self.settled.pop(0), "reason": 0}, b""
        head, _, body = self.socket.recv(1 << 17).partition(b"\n")
        if not head:
            raise AssertionError("the relay has ended")
        header = json.loads(head)
        if header["t"] == "traffic":
            self.n_traffic += 1
            self.traffic = {k: n + header[k] for k, n in self.traffic.items()}
            return (header, body) if self.is_asked_for_traffic else self.read()
        if "list" in header:
            self.lists += 1
            self.settled = header["list"]
            return self.read()
        return header, body

    def expect(self, kind: str) -> tuple[dict[str, Any], bytes]:
        """The next message, which must be of this type; requests are answered."""
        header, body = self.read()
        if header["t"] in ("link", "message"):
            self.say({"t": "done", "n": header["n"]})
        if header["t"] != kind:
            raise AssertionError(f"expected {kind}, got {header}")
        return header, body

    def link(self, state: str) -> dict[str, Any]:
        """The next link in this state; reasons of failed attempts before it are passed over."""
        while True:
            header, _ = self.expect("link")
            if header["state"] == state:
                return header

    def message(self) -> tuple[dict[str, Any], bytes]:
        """The next message of the broker, stored."""
        while True:
            header, body = self.read()
            self.say({"t": "done", "n": header["n"]})
            if header["t"] == "message":
                return header, body

    def log_says(self, text: bytes) -> None:
        assert self.process.stderr
        seen = b""
        while text not in seen:
            if not select.select([self.process.stderr], [], [], DEADLINE_S)[0]:
                raise AssertionError(f"the relay did not say {text!r}, but {seen!r}")
            part = os.read(self.process.stderr.fileno(), 65536)
            if not part:
                raise AssertionError(f"the relay has ended: {seen!r}")
            seen += part

    def acknowledge(self) -> None:
        """What was answered is acknowledged to the broker, or the next hub would get it again:
        what is settled behind it proves that."""
        self.publish(1, "reading/p-1042/weight")
        self.settle_one(1)

    def settle_one(self, n: int) -> None:
        """Until this one is acknowledged, handing it out again when the link came too late."""
        while True:
            header, _ = self.read()
            if header["t"] == "settled" and header["n"] == n:
                return
            if header["t"] == "unsent":
                self.publish(n, "reading/p-1042/weight")
            elif header["t"] in ("link", "message"):
                self.say({"t": "done", "n": header["n"]})

    def publish(self, n: int, topic: str, body: bytes = b"{}", **more: Any) -> None:
        self.say({"t": "publish", "n": n, "topic": topic, "retain": False,
                  "content_type": "application/json", "id": f"id-{n}", "rev": 0} | more, body)

    def deliver(self, topics: dict[int, str]) -> tuple[dict[int, str], int]:
        """Until something was told of each: what, and how often the link went down meanwhile. At each new
        link all that is left goes out again, as the hub does it."""
        told: dict[int, str] = {}
        cuts = 0
        while len(told) < len(topics):
            header, _ = self.read()
            n = header["n"]
            if header["t"] == "link":
                self.say({"t": "done", "n": n})
                for each in sorted(topics.keys() - told) if header["state"] == "up" else ():
                    self.publish(each, topics[each])
                if header["state"] == "down":
                    cuts += 1
                    self.say({"t": "hurry"})
            elif header["t"] != "unsent":
                told[n] = header["t"]
        return told, cuts

    def close(self) -> None:
        self.socket.close()
        self.process.wait(DEADLINE_S)
        assert self.process.stderr
        self.process.stderr.close()


class RudeBroker(threading.Thread):
    """Speaks just enough MQTT over TLS to be unpleasant."""

    def __init__(self, is_old: bool, granted: bytes = b"", is_mute: bool = False,
                 is_late: bool = False, answers: int = 1 << 30) -> None:
        super().__init__(daemon=True)
        self.is_old, self.granted = is_old, granted  # the properties of its CONNACK
        self.is_mute = is_mute  # no word behind the handshake
        self.is_late = is_late  # acknowledges once nothing more has come for a moment
        self.answers = answers  # so many it acknowledges, and no more
        self.published: list[tuple[str, int]] = []  # topic as it was sent, and bytes in all
        self.owed = b""  # PUBACKs
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(FOLDER / "broker.pem", FOLDER / "broker.key")
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)),
                                            server_side=True)
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
                self.serve(peer)
                peer.close()
            except (ConnectionError, ssl.SSLError):
                continue
            except OSError:
                return

    def serve(self, peer: ssl.SSLSocket) -> None:
        self.owed = b""
        while packet := self.packet(peer):
            kind, body = packet
            if self.is_mute:
                continue
            if kind == 1:
                granted = bytes([len(self.granted)]) + self.granted
                peer.sendall(b"\x20\x02\x00\x01" if self.is_old else
                             bytes([0x20, 2 + len(granted), 0, 0]) + granted)
                if self.is_old:
                    return
            if kind == 8:
                # The three filters of one patient, all granted.
                peer.sendall(b"\x90\x06" + body[:2] + b"\x00\x01\x01\x01")
            if kind == 3:
                (length,) = struct.unpack(">H", body[:2])
                self.published.append((body[2:2 + length].decode(), len(body)))
                if body[2:2 + length].endswith(b"/poison"):
                    return
                if len(self.published) <= self.answers:
                    self.owed += b"\x40\x02" + body[2 + length:4 + length]
                if not self.is_late:
                    self.acknowledge(peer)

    def acknowledge(self, peer: ssl.SSLSocket) -> None:
        peer.sendall(self.owed)
        self.owed = b""

    def first(self, peer: ssl.SSLSocket) -> bytes:
        """Of the next packet; what is owed is given while there is none."""
        while self.owed:
            peer.settimeout(0.1)
            try:
                return peer.recv(1)
            except TimeoutError:
                self.acknowledge(peer)
            finally:
                peer.settimeout(None)
        return peer.recv(1)

    def packet(self, peer: ssl.SSLSocket) -> tuple[int, bytes] | None:
        first = self.first(peer)
        if not first:
            return None
        length = shift = 0
        while True:
            byte = peer.recv(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        body = b""
        while len(body) < length:
            body += peer.recv(length - len(body))
        return first[0] >> 4, body


class CountingProxy:
    """Stands between relay and broker, and counts what passes: what TCP carried, and no more."""

    def __init__(self, to: int) -> None:
        self.to, self.sent, self.received = to, 0, 0  # as the relay sees it
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pumps: list[threading.Thread] = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            try:
                relay, _ = self.listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                relay.close()
                continue
            self.pumps = [threading.Thread(target=self.pump, args=each, daemon=True)
                          for each in ((relay, broker, "sent"), (broker, relay, "received"))]
            for pump in self.pumps:
                pump.start()

    def pump(self, source: socket.socket, sink: socket.socket, name: str) -> None:
        while True:
            try:
                data = source.recv(65536)
            except ConnectionError:
                data = b""
            setattr(self, name, getattr(self, name) + len(data))
            try:
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(data)
            except OSError:
                if not data:
                    return

    def counted(self) -> dict[str, int]:
        """After both ends have said good-bye."""
        for pump in self.pumps:
            pump.join(DEADLINE_S)
        return {"sent": self.sent, "received": self.received}


class RelayCase(unittest.TestCase):
    broker: Broker

    @classmethod
    def setUpClass(cls) -> None:
        cls.broker = Broker()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.broker.kill()

    def hub(self, *ports: int, **config: Any) -> Hub:
        hub = Hub(list(ports) or [self.broker.tls], **config)
        self.addCleanup(hub.close)
        return hub

    def staff(self, topic: str, form: str = "") -> Subscriber:
        staff = self.broker.subscribe(topic, form)
        self.addCleanup(staff.close)
        return staff


def find(program: str) -> str:
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        print(f"skipped: {program} is not installed")
        sys.exit(77)
    return path


def main() -> None:
    """The tests of the program that was started, with what they need in a folder."""
    global RELAY, MOSQUITTO, FOLDER
    RELAY = sys.argv.pop(1)
    MOSQUITTO = find("mosquitto")
    for each in ("mosquitto_sub", "mosquitto_pub", "openssl"):
        find(each)
    with tempfile.TemporaryDirectory(prefix="vaka-relay-") as name:
        FOLDER = Path(name)
        FOLDER.chmod(0o755)
        make_ca("ca")
        make_ca("other")
        make_cert("broker", "localhost")
        make_cert("hub", "hub-0417")
        make_cert("renewed", "hub-0418")
        make_future_cert("tomorrow")
        for key in FOLDER.glob("*.key"):
            key.chmod(0o644)
        unittest.main("__main__", verbosity=2)
