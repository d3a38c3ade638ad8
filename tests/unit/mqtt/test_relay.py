# SPDX-License-Identifier: Apache-2.0
"""vaka-mqtt against a real broker with TLS, its hub played by this script.

Also two brokers of our own that misbehave as some do: one that only knows MQTT 3.1.1, one that
closes the connection when it does not like a message. Everything lives in a temporary folder and
on loopback ports that the kernel picked.
"""
from __future__ import annotations

import json
import os
import select
import shutil
import signal
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
RELAY = ""
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

    def close(self) -> None:
        self.socket.close()
        self.process.wait(DEADLINE_S)
        assert self.process.stderr
        self.process.stderr.close()


class RudeBroker(threading.Thread):
    """Speaks just enough MQTT over TLS to be unpleasant."""

    def __init__(self, is_old: bool, granted: bytes = b"") -> None:
        super().__init__(daemon=True)
        self.is_old, self.granted = is_old, granted  # the properties of its CONNACK
        self.published: list[tuple[str, int]] = []  # topic as it was sent, and bytes in all
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
        while packet := self.packet(peer):
            kind, body = packet
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
                peer.sendall(b"\x40\x02" + body[2 + length:4 + length])

    @staticmethod
    def packet(peer: ssl.SSLSocket) -> tuple[int, bytes] | None:
        first = peer.recv(1)
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


class RelayTest(unittest.TestCase):
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

    def test_out(self) -> None:
        staff = self.staff(f"{BASE}/reading/#")
        asker = self.staff(f"{BASE}/reply/#")
        hub = self.hub()
        up = hub.link("up")
        self.assertEqual((up["reason"], up["granted_expiry_s"], up["broker"]), ("", 604800, 0))
        self.assertAlmostEqual(up["certificate_until"], time.time() + 90 * 86400, delta=3600)
        hub.publish(7, "reading/p-1042/weight", b'{"a":1}', content_type="application/fhir+json",
                    id="u-7", rev=2, expiry_s=600)
        self.assertEqual(hub.expect("settled")[0], {"t": "settled", "n": 7, "reason": 0})
        self.assertEqual(staff.next(), f"{BASE}/reading/p-1042/weight|0|application/fhir+json||"
                                       "hub:hub-0417 id:u-7 rev:2|{\"a\":1}")
        hub.say({"t": "publish", "n": 8, "response_to": f"{BASE}/reply/n-17/x",
                 "correlation": "414243"}, b"ok")
        self.assertEqual(hub.expect("settled")[0]["n"], 8)
        self.assertEqual(asker.next(), f"{BASE}/reply/n-17/x|0||ABC|hub:hub-0417|ok")

    def test_settled_in_lists(self) -> None:
        """What the broker answers in one turn is one packet; each message is in exactly one."""
        hub = self.hub()
        hub.link("up")
        for n in range(200):
            hub.publish(n, "reading/p-1042/weight")
        numbers = [hub.expect("settled")[0]["n"] for _ in range(200)]
        self.assertEqual(sorted(numbers), list(range(200)))
        self.assertGreater(hub.lists, 0)

    def test_out_retained(self) -> None:
        hub = self.hub()
        hub.link("up")
        hub.publish(1, "health", b"{}", retain=True)
        hub.expect("settled")
        late = self.staff(f"{BASE}/health")
        hub.publish(2, "health", b"", retain=True)
        self.assertEqual(hub.expect("settled")[0]["n"], 2)
        late.next()
        out = subprocess.run(["mosquitto_sub", "-p", str(self.broker.plain), "-t",
                              f"{BASE}/health", "--retained-only", "-W", "1"],
                             capture_output=True, check=False)
        self.assertEqual(out.stdout, b"")

    def test_what_cannot_be_sent(self) -> None:
        hub = self.hub()
        hub.link("up")
        for n, (more, reason) in enumerate([
                ({"topic": "forbidden"}, 0x87),
                ({"topic": "a/+/b"}, 0x90),
                ({"topic": ""}, 0x90),
                ({"response_to": "vaka/1/soder/other/reply/x"}, 0x90),
                ({"response_to": f"{BASE}/cmd/n-17/alert/accept"}, 0x90),
                ({"response_to": f"{BASE}/reply/x", "correlation": "zz"}, 0x81)]):
            hub.publish(n, **({"topic": "x"} | more))
            self.assertEqual(hub.expect("settled")[0], {"t": "settled", "n": n, "reason": reason})

    def test_in(self) -> None:
        hub = self.hub()
        hub.link("up")
        self.broker.publish(f"{BASE}/cmd/n-17/alert/accept", b'{"cmd_id":"c"}',
                            "-D", "publish", "response-topic", f"{BASE}/reply/n-17/x",
                            "-D", "publish", "correlation-data", "AB",
                            "-D", "publish", "message-expiry-interval", "60")
        header, body = hub.expect("message")
        self.assertEqual(body, b'{"cmd_id":"c"}')
        self.assertEqual(header["topic"], "cmd/n-17/alert/accept")
        self.assertEqual(header["response_topic"], f"{BASE}/reply/n-17/x")
        self.assertEqual(header["correlation"], "4142")
        self.assertIn(header["expired_in_s"], (59, 60))
        # Too long, and a patient that is not ours: neither arrives, the next one does.
        self.broker.publish(f"{BASE}/receipt/care", b"x" * 70000)
        self.broker.publish(f"{BASE}/plan/p-9999", b"{}")
        self.broker.publish(f"{BASE}/plan/p-1042", b"plan")
        self.assertEqual(hub.expect("message")[1], b"plan")
        self.broker.publish(f"{BASE}/receipt/care", b"receipt")
        self.assertEqual(hub.expect("message")[0]["topic"], "receipt/care")
        hub.acknowledge()

    def test_session_keeps_what_was_sent_meanwhile(self) -> None:
        hub = Hub([self.broker.tls])
        hub.link("up")
        hub.close()
        self.broker.publish(f"{BASE}/receipt/care", b"while away")
        hub = self.hub()
        seen = {}
        while len(seen) < 2:
            header, body = hub.read()
            seen[header["t"]] = (header, body)
        self.assertTrue(seen["link"][0]["session_present"])
        self.assertEqual(seen["message"][1], b"while away")

    def test_a_command_is_the_brokers_until_the_hub_has_stored_it(self) -> None:
        """The relay dies between the broker's publish and the hub's commit."""
        topic = f"{BASE}/cmd/n-17/check/claim"
        hub = Hub([self.broker.tls])
        hub.link("up")
        self.broker.publish(topic, b"1")
        self.assertEqual(self.unanswered(hub), b"1")
        hub.process.kill()
        hub.close()
        hub = Hub([self.broker.tls])
        first = self.unanswered(hub)
        self.assertEqual(first, b"1", "the broker has forgotten it")
        hub.process.terminate()  # an orderly end must not acknowledge it either
        hub.close()
        hub = Hub([self.broker.tls])
        self.assertEqual(hub.message()[1], b"1")
        hub.acknowledge()
        hub.process.kill()
        hub.close()
        hub = self.hub()
        self.broker.publish(topic, b"2")
        self.assertEqual(hub.message()[1], b"2")
        hub.acknowledge()

    @staticmethod
    def unanswered(hub: Hub) -> bytes:
        """The next message, read and not answered."""
        while True:
            header, body = hub.read()
            if header["t"] == "message":
                return body
            hub.say({"t": "done", "n": header["n"]})

    def test_a_hub_that_cannot_store_holds_up_no_alert(self) -> None:
        hub = self.hub()
        hub.link("up")
        self.broker.publish(f"{BASE}/cmd/n-17/check/claim", b"1")
        self.assertEqual(self.unanswered(hub), b"1")
        hub.publish(1, "alert/p-1042/a1")
        begun = time.monotonic()
        hub.settle_one(1)
        self.assertLess(time.monotonic() - begun, 5.0)
        hub.acknowledge()

    def test_broker_dies_and_returns(self) -> None:
        hub = self.hub()
        hub.link("up")
        assert self.broker.process
        self.broker.process.send_signal(signal.SIGSTOP)
        for n in range(3):
            hub.publish(n, "reading/p-1042/weight")
        hub.say({"t": "ping", "n": 1})
        hub.expect("pong")
        self.broker.kill()
        self.assertEqual([hub.expect("unsent")[0]["n"] for _ in range(3)], [0, 1, 2])
        self.assertNotEqual(hub.link("down")["reason"], "")
        hub.publish(9, "reading/p-1042/weight")
        self.assertEqual(hub.read()[0]["t"] in ("unsent", "link"), True)
        self.broker.start()
        while (header := hub.read()[0]).get("state") != "up":
            self.assertIn(header["t"], ("link", "unsent"))
        hub.publish(0, "reading/p-1042/weight")
        self.assertEqual(hub.expect("settled")[0]["n"], 0)

    def test_next_broker_in_turn(self) -> None:
        hub = self.hub(free_port(), self.broker.tls)
        self.assertEqual(hub.link("down")["broker"], 0)
        self.assertEqual(hub.link("up")["broker"], 1)

    def test_a_broker_that_accepts_and_says_nothing(self) -> None:
        """It has the keep-alive's time, then the next has its turn."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            hub = self.hub(silent.getsockname()[1], self.broker.tls, keep_alive_s=5)
            self.assertEqual(hub.link("down")["broker"], 0)
            self.assertEqual(hub.link("up")["broker"], 1)

    def test_back_to_the_preferred_broker(self) -> None:
        """When it is there again, and with what was on its way meanwhile."""
        first = Broker(is_started=False)
        self.addCleanup(first.kill)
        hub = self.hub(first.tls, self.broker.tls, fail_back_s=1)
        hub.link("down")
        self.assertEqual(hub.link("up")["broker"], 1)
        hub.publish(1, "reading/p-1042/weight")
        hub.settle_one(1)
        first.start()
        waiting, number, back = {1000}, 1000, False
        hub.publish(number, "reading/p-1042/weight")
        while waiting or not back:
            header, _ = hub.read()
            if header["t"] == "link":
                hub.say({"t": "done", "n": header["n"]})
                back |= header["state"] == "up" and header["broker"] == 0
                if header["state"] == "down":
                    self.assertEqual(header["reason"], "back to a preferred broker")
                else:
                    for n in waiting:
                        hub.publish(n, "reading/p-1042/weight")
            elif header["t"] == "settled":
                waiting.discard(header["n"])
                if not back and header["n"] == number:
                    number += 1
                    waiting.add(number)
                    hub.publish(number, "reading/p-1042/weight")
        status = self.staff(f"{BASE}/status")
        self.broker.publish(f"{BASE}/status", b"last")
        status.until(f"{BASE}/status|0||||last")  # no will: it said good-bye

    def test_a_ca_that_is_not_ours(self) -> None:
        hub = self.hub(ca=f"{FOLDER}/other.pem")
        self.assertEqual(hub.link("down")["reason"],
                         "tls: self-signed certificate in certificate chain")

    def test_a_name_the_certificate_does_not_say(self) -> None:
        hub = self.hub(brokers=[{"host": "127.0.0.1", "port": self.broker.tls}])
        self.assertEqual(hub.link("down")["reason"], "tls: IP address mismatch")

    def test_a_key_that_is_missing(self) -> None:
        hub = self.hub(key=f"{FOLDER}/none.key")
        self.assertEqual(hub.link("down")["reason"],
                         "cannot read the hub's key: No such file or directory")

    def test_a_key_that_is_another_ones(self) -> None:
        hub = self.hub(key=f"{FOLDER}/broker.key")
        self.assertEqual(hub.link("down")["reason"],
                         "cannot read the hub's key: key values mismatch")

    def test_a_key_in_a_chip(self) -> None:
        (FOLDER / "tokens").mkdir()
        (FOLDER / "softhsm.conf").write_text(f"directories.tokendir = {FOLDER}/tokens\n")
        os.environ |= {TOKENS: f"{FOLDER}/softhsm.conf", CHIP: str(SOFT_CHIP)}
        for words in (["--init-token", "--free", "--label", "hub", "--so-pin", "1234"],
                      ["--import", f"{FOLDER}/hub.key", "--token", "hub", "--label", "hub", "--id",
                       "01"]):
            subprocess.run(["softhsm2-util", *words, "--pin", "1234"], check=True,
                           capture_output=True)
        key = "pkcs11:token=hub;object={};type=private?pin-value=1234"
        hub = self.hub(key=key.format("hub"))
        self.assertEqual(hub.link("up")["reason"], "")
        hub = self.hub(key=key.format("none"))
        self.assertIn("cannot read the hub's key", hub.link("down")["reason"])

    def test_a_new_certificate_is_taken_without_a_restart(self) -> None:
        """As soon as it and its key are there; one without the other breaks nothing."""
        for kind in ("pem", "key"):
            shutil.copy(FOLDER / f"hub.{kind}", FOLDER / f"mine.{kind}")
        hub = self.hub(cert=f"{FOLDER}/mine.pem", key=f"{FOLDER}/mine.key", keep_alive_s=5)
        hub.link("up")
        os.replace(shutil.copy(FOLDER / "renewed.pem", FOLDER / "new"), FOLDER / "mine.pem")
        hub.log_says(b"not taken: ")
        hub.publish(1, "reading/p-1042/weight")
        self.assertLess(hub.expect("settled")[0]["reason"], 0x80)
        os.replace(shutil.copy(FOLDER / "renewed.key", FOLDER / "new"), FOLDER / "mine.key")
        self.assertEqual(hub.link("down")["reason"], "new certificate or key")
        hub.link("up")
        # The new one has another name, which may not write there.
        hub.publish(2, "reading/p-1042/weight")
        self.assertEqual(hub.expect("settled")[0]["reason"], 0x87)

    def test_a_clock_that_starts_in_the_past(self) -> None:
        """A certificate that is not valid yet by the clock is judged by the time that is known."""
        broker = Broker("tomorrow")
        self.addCleanup(broker.kill)
        hub = self.hub(broker.tls)
        self.assertEqual(hub.link("down")["reason"], "tls: certificate is not yet valid")
        hub = self.hub(broker.tls, time_floor=int(time.time()) + 3 * 365 * 86400)
        self.assertEqual(hub.link("up")["reason"],
                         "the clock is behind: certificates judged at its floor")
        hub = self.hub(self.broker.tls, time_floor=int(time.time()) + 3 * 365 * 86400)
        self.assertEqual(hub.link("down")["reason"], "tls: certificate has expired")

    def test_will(self) -> None:
        staff = self.staff(f"{BASE}/status")
        for number in (signal.SIGKILL, signal.SIGTERM):
            hub = self.hub()
            hub.link("up")
            hub.publish(1, "status", b'{"state":"online"}', retain=True)
            hub.expect("settled")
            staff.until(f'{BASE}/status|0|application/json||hub:hub-0417 id:id-1 rev:0|'
                        '{"state":"online"}')
            hub.process.send_signal(number)
            self.assertEqual(staff.next(),
                             f'{BASE}/status|0|application/json||hub:hub-0417|{{"state":"offline"}}')

    def test_compact_documents_and_a_compact_will(self) -> None:
        staff = self.staff(f"{BASE}/x/#", "%t|%C|%x")
        watcher = self.staff(f"{BASE}/status", "%t|%C|%x")
        hub = self.hub(payload="cbor")
        hub.link("up")
        for n, (body, form) in enumerate([(b'{"value":80.50}', "application/fhir+json"),
                                          (b'{"value":-0}', "application/fhir+json"),
                                          (b"\xff\xd8", "image/jpeg"), (b"", "application/json")]):
            hub.publish(n, f"x/{n}", body, content_type=form)
            hub.expect("settled")
        self.assertEqual([staff.next() for _ in range(4)], [
            f"{BASE}/x/0|application/fhir+cbor|" + "A16576616C7565C48221191F72".lower(),
            f"{BASE}/x/1|application/fhir+json|" + b'{"value":-0}'.hex(),  # it has no exact form
            f"{BASE}/x/2|image/jpeg|ffd8", f"{BASE}/x/3|application/json|"])
        hub.process.kill()
        watcher.until(f"{BASE}/status|application/cbor|" + "A165737461746567".lower() +
                      b"offline".hex())  # the will of another test may still be kept there

    def test_a_broker_of_yesterday(self) -> None:
        hub = self.hub(RudeBroker(is_old=True).port)
        self.assertEqual(hub.link("down")["reason"], "the broker does not speak MQTT 5")

    def test_a_session_shorter_than_asked_for(self) -> None:
        hub = self.hub(RudeBroker(is_old=False, granted=b"\x11\x00\x01\x51\x80").port)
        up = hub.link("up")
        self.assertEqual((up["granted_expiry_s"], up["reason"]), (
            86400, "the broker keeps the session for 86400 s, asked for 604800 s"))

    def test_poison(self) -> None:
        hub = self.hub(RudeBroker(is_old=False).port)
        for last in ("unsent", "unsent", "poison"):
            hub.link("up")
            hub.publish(5, "poison")
            hub.publish(6, "good")
            answers: dict[int, str] = {}
            while len(answers) < 2:
                header, _ = hub.read()
                if header["t"] == "link":  # the cut may come between the two
                    hub.say({"t": "done", "n": header["n"]})
                else:
                    answers[header["n"]] = header["t"]
            self.assertEqual(answers, {5: last, 6: "unsent"})
        hub.link("up")
        hub.publish(6, "good")
        self.assertEqual(hub.expect("settled")[0], {"t": "settled", "n": 6, "reason": 0})

    def test_topic_aliases(self) -> None:
        """As many as the broker allows, on this connection."""
        broker = RudeBroker(is_old=False, granted=b"\x22\x00\x01")
        hub = self.hub(broker.port)
        for _ in range(2):
            hub.link("up")
            broker.published.clear()
            for n, topic in enumerate(("reading/p-1042/weight", "reading/p-1042/weight",
                                       "reading/p-1042/pulse", "reading/p-1042/weight")):
                hub.publish(n, topic)
                self.assertEqual(hub.expect("settled")[0]["n"], n)
            self.assertEqual([topic for topic, _ in broker.published],
                             [f"{BASE}/reading/p-1042/weight", "", f"{BASE}/reading/p-1042/pulse",
                              ""])
            self.assertLess(broker.published[1][1], broker.published[0][1] - len(BASE))
            hub.publish(9, "poison")
            self.assertEqual(hub.expect("unsent")[0]["n"], 9)

    def test_topic_aliases_of_a_real_broker(self) -> None:
        staff = self.staff(f"{BASE}/reading/#")
        hub = self.hub()
        hub.link("up")
        kinds = [f"reading/p-1042/kind-{n}" for n in range(20)] * 2
        for n, topic in enumerate(kinds):
            hub.publish(n, topic, str(n).encode())
            self.assertEqual(hub.expect("settled")[0]["n"], n)
        for n, topic in enumerate(kinds):
            self.assertEqual(staff.next(),
                             f"{BASE}/{topic}|0|application/json||hub:hub-0417 id:id-{n} rev:0|{n}")

    def test_message_expiry(self) -> None:
        staff = self.staff(f"{BASE}/plan/#", "%t %E")
        hub = self.hub()
        hub.link("up")
        for n, more in enumerate(({"expiry_s": 300}, {"expiry_s": 0})):
            hub.publish(n, "plan/p-1042/wanted", **more)
            hub.expect("settled")
        self.assertIn(staff.next(), (f"{BASE}/plan/p-1042/wanted 300",
                                     f"{BASE}/plan/p-1042/wanted 299"))
        self.assertEqual(staff.next(), f"{BASE}/plan/p-1042/wanted ")

    def test_a_will_that_waits(self) -> None:
        """A hub that is back in time was never offline."""
        staff = self.staff(f"{BASE}/status")
        offline = f'{BASE}/status|0|application/json||hub:hub-0417|{{"state":"offline"}}'
        self.broker.publish(f"{BASE}/status", b"begin")
        staff.until(f"{BASE}/status|0||||begin")
        for delay_s, is_heard in ((3600, False), (1, True)):
            hub = Hub([self.broker.tls], will_delay_s=delay_s)
            hub.link("up")
            hub.process.kill()
            hub.close()
            if is_heard:
                self.assertEqual(staff.next(), offline)
            else:
                hub = Hub([self.broker.tls])
                hub.link("up")
                self.broker.publish(f"{BASE}/status", b"now")
                self.assertEqual(staff.next(), f"{BASE}/status|0||||now")
                hub.close()
                self.assertEqual(staff.next(), offline)

    def test_a_broker_that_does_not_answer(self) -> None:
        """A connect that hangs holds up nothing: pings are answered, SIGTERM ends the relay."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        self.addCleanup(listener.close)
        for _ in range(3):  # fill the queue, so that the next SYN gets no answer
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            self.addCleanup(filler.close)
        hub = self.hub(listener.getsockname()[1])
        hub.publish(1, "reading/p-1042/weight")
        self.assertEqual(hub.expect("unsent")[0]["n"], 1)
        hub.say({"t": "ping", "n": 5})
        self.assertEqual(hub.expect("pong")[0]["n"], 5)
        hub.process.terminate()
        self.assertEqual(hub.process.wait(DEADLINE_S), 0)

    def test_messages_the_hub_could_not_take(self) -> None:
        hub = self.hub()
        hub.link("up")
        self.broker.publish(f"{BASE}/cmd/n-17/x/{'y' * 200}", b"1")
        self.broker.publish(f"{BASE}/cmd/n-17/x/y", b"2", "-D", "publish", "response-topic",
                            "r" * 200)
        self.broker.publish(f"{BASE}/cmd/n-17/x/y", b"3", "-D", "publish", "correlation-data",
                            "c" * 65)
        self.broker.publish(f"{BASE}/cmd/n-17/x/y", b"4")
        self.assertEqual(hub.expect("message")[1], b"4")
        hub.acknowledge()

    def proxied(self, broker: Broker) -> tuple[CountingProxy, Hub]:
        """A hub that has sent twenty messages through a proxy that counts."""
        proxy = CountingProxy(broker.tls)
        self.addCleanup(proxy.listener.close)
        hub = self.hub(proxy.port)
        hub.link("up")
        for n in range(1, 21):
            hub.publish(n, "reading/p-1042/weight", b"x" * 100 * n)
            hub.expect("settled")
        return proxy, hub

    def bytes_of(self, hub: Hub) -> dict[str, int]:
        return {k: hub.traffic[k] for k in ("sent", "received")}

    def test_traffic_is_what_the_wire_carried(self) -> None:
        """To the byte, handshake and good-bye in it, when the broker ends the connection."""
        broker = Broker()
        self.addCleanup(broker.kill)
        proxy, hub = self.proxied(broker)
        self.assertGreater(hub.traffic["sent"], 0)  # it is told while the connection lives
        broker.kill()
        hub.link("down")
        hub.is_asked_for_traffic = True
        hub.expect("traffic")
        self.assertEqual(self.bytes_of(hub), proxy.counted())
        self.assertGreater(proxy.sent, 21000)
        self.assertGreater(hub.traffic["packets"], 40)
        self.assertGreater(hub.n_traffic, 1)

    def test_traffic_of_a_relay_that_is_stopped(self) -> None:
        proxy, hub = self.proxied(self.broker)
        hub.process.send_signal(signal.SIGTERM)
        with self.assertRaises(AssertionError):
            hub.read()
        seen, counted = self.bytes_of(hub), proxy.counted()
        self.assertEqual(seen["sent"], counted["sent"])
        # The broker's answer to a good-bye comes when nobody listens any more.
        self.assertIn(counted["received"] - seen["received"], range(64))

    def test_a_hub_without_a_care_service(self) -> None:
        hub = self.hub(nothing=True)
        hub.publish(1, "health")
        self.assertEqual(hub.expect("unsent")[0]["n"], 1)

    def test_ends_with_the_hub(self) -> None:
        hub = Hub([self.broker.tls])
        hub.link("up")
        hub.close()
        self.assertEqual(hub.process.returncode, 1)


def find(program: str) -> str:
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        print(f"skipped: {program} is not installed")
        sys.exit(77)
    return path


if __name__ == "__main__":
    RELAY = sys.argv.pop(1)
    MOSQUITTO = find("mosquitto")
    for each in ("mosquitto_sub", "mosquitto_pub", "openssl"):
        find(each)
    with tempfile.TemporaryDirectory(prefix="vaka-relay-") as name:
        FOLDER = Path(name)
        FOLDER.chmod(0o755)
        if not HAS_CHIP:  # as with libgpiod 2: Debian 12 has no such provider
            print("a key in a chip is left out: SoftHSM or OpenSSL's PKCS#11 provider is not here")
            del RelayTest.test_a_key_in_a_chip
        make_ca("ca")
        make_ca("other")
        make_cert("broker", "localhost")
        make_cert("hub", "hub-0417")
        make_cert("renewed", "hub-0418")
        make_future_cert("tomorrow")
        for key in FOLDER.glob("*.key"):
            key.chmod(0o644)
        unittest.main(verbosity=2)
