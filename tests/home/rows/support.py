# SPDX-License-Identifier: Apache-2.0
"""Hands and eyes of the tests: the home through ward, the staff through a real MQTT 5 client.

No sleeping: every wait is for a condition, with a deadline.
"""
from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable

HERE = Path(__file__).resolve().parents[1]
REPO = HERE.parents[1]
WARD = HERE / "ward"
SITE, HUB, PATIENT = "soder", "hub-0417", "p-1042"
BASE = f"vaka/1/{SITE}/{HUB}"
KINDS = {"scale": "weight", "cuff": "blood-pressure", "oximeter": "spo2-spot", "meter": "glucose"}


class Missing(Exception):
    """A privilege or program that this machine lacks: the test counts as skipped."""


def wait_for(what: Callable[[], Any], why: str, deadline_s: float = 30.0) -> Any:
    """Waits for a condition with a deadline and returns it."""
    end = time.monotonic() + deadline_s
    pause = threading.Event()
    while True:
        result = what()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s:.0f} s: {why}")
        pause.wait(0.05)


class WardFailed(AssertionError):
    def __init__(self, words: tuple[str, ...], done: subprocess.CompletedProcess) -> None:
        super().__init__(f"ward {' '.join(words)}: exit {done.returncode}\n"
                         f"{done.stdout[-1500:]}{done.stderr[-1500:]}")
        self.done = done


# vakad starts as in a machine that was off: the kernel's number of this boot is another one.
ANOTHER_BOOT = ("boot=/proc/sys/kernel/random/boot_id; "
                "cat /proc/sys/kernel/random/uuid >/run/another-boot && "
                "mount --bind /run/another-boot $boot && systemctl restart vakad; "
                "code=$?; umount $boot; exit $code")


class VirtualHome:
    """One booted appliance with its devices, and the keys of its care organisation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.access: dict = {}
        self.paired: set[str] = set()

    def ward(self, *words: str, check: bool = True, stdin: str | None = None,
             timeout_s: float = 240) -> subprocess.CompletedProcess:
        done = subprocess.run([sys.executable, str(WARD), "--home", str(self.folder / "home"), *words],
                              text=True, capture_output=True, input=stdin, timeout=timeout_s,
                              check=False, stdin=None if stdin else subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise WardFailed(words, done)
        return done

    def ask(self, *words: str) -> Any:
        return json.loads(self.ward(*words).stdout)

    def up(self, plan: bool = True) -> None:
        """A fresh home, with a signed plan in force."""
        push = os.environ.get("VAKA_PRODUCT")
        self.access = self.ask("up", "--fresh", *(["--product-push", push] if push else []))
        wait_for(self.is_ready, "the hub serves its command line")
        wait_for(self.link_is_up, "the hub has joined the broker")
        if plan:
            with self.listener("care-service", "plan/#") as care:
                self.send_plan(first_plan())
                care.wait(lambda m: m.topic.endswith("/applied") and m.json()["version"] == 1,
                          "the plan is in force")

    def down(self) -> None:
        self.ward("down", check=False)

    def is_ready(self) -> bool:
        done = self.ward("exec", "vakactl status --json", check=False)
        return done.returncode == 0

    def vakactl(self, *words: str) -> Any:
        done = self.ward("exec", "--", "vakactl", *words, "--json")
        return json.loads(done.stdout)

    def link_is_up(self) -> bool:
        return self.vakactl("status")["link"]["state"] == "up"

    def later(self, seconds: int) -> None:
        """So much later: the hub's own line follows the wall clock at its first start in a boot."""
        self.ward("clock", f"+{seconds}")
        self.ward("exec", ANOTHER_BOOT)
        wait_for(self.is_ready, "the hub is back")
        wait_for(self.link_is_up, "the link is back", 60)

    def readings(self, **filters: str) -> list[dict]:
        words = [w for key, value in filters.items() for w in (f"--{key}", value)]
        return self.vakactl("readings", "--limit", "5000", *words)

    def log(self) -> str:
        return self.ward("exec", "journalctl -o cat --no-pager").stdout

    # -- devices

    def have(self, kind: str) -> None:
        """Buys and pairs a kit, unless an earlier row has left it."""
        if kind not in self.paired:
            self.pair(kind, kind, PATIENT, *(["--passkey"] if kind == "meter" else []))

    def pair(self, kind: str, name: str, patient: str | None = PATIENT, *options: str) -> dict:
        self.paired.add(name)
        self.ward("kit", "add", kind, name, *options)
        done = self.ward("pair", name, *(["--patient", patient] if patient else []))
        return json.loads(done.stdout)

    def send(self, name: str, *words: str, check: bool = True) -> dict:
        done = self.ward("kit", "send", name, *words, check=False)
        if check and done.returncode != 0:
            raise WardFailed(("kit", "send", name, *words), done)
        return json.loads(done.stdout)

    # -- staff

    def user(self, name: str) -> list[str]:
        mqtt, user = self.access["mqtt"], self.access["users"][name]
        return ["-V", "5", "-h", mqtt["host"], "-p", str(mqtt["port"]), "--cafile", mqtt["ca"],
                "--cert", user["cert"], "--key", user["key"]]

    def listener(self, user: str, *topics: str, **options: Any) -> "Listener":
        return Listener(self, user, topics, **options)

    def publish(self, user: str, topic: str, payload: str, *options: str) -> int:
        """One message at QoS 1; the reason code of the PUBACK, 0 when it was taken."""
        done = subprocess.run(["mosquitto_pub", *self.user(user), "-q", "1", "-t", topic, "-s", "-d",
                               *options], input=payload, text=True, capture_output=True,
                              timeout=30, check=False)
        for word in (done.stdout + done.stderr).split("RC:")[1:]:
            if int(word.split(")")[0]):
                return int(word.split(")")[0])
        return done.returncode

    def send_plan(self, text: str, signer: str = "dr-17", altered: bool = False) -> None:
        """The care service sends a plan; altered: one limit is changed after it was signed."""
        file = self.folder / "plan.yaml"
        file.write_text(text, encoding="utf-8")
        payload = self.ask("plan", PATIENT, str(file), "--key", signer, "--print")
        if altered:
            other = text.replace('at_least: "180"', 'at_least: "280"')
            assert other != text
            payload["plan"] = base64.b64encode(other.encode()).decode()
        self.publish("care-service", f"{BASE}/plan/{PATIENT}", json.dumps(payload))

    def command(self, user: str, noun_verb: str, **body: Any) -> dict:
        """A staff command and its answer; staff live in the hub's time, which a test may have moved."""
        client = "t" + secrets.token_hex(4)
        reply = f"{BASE}/reply/{user}/{client}"
        payload = {"cmd_id": secrets.token_hex(8),
                   "issued": self.ward("exec", "date -u +%Y-%m-%dT%H:%M:%SZ").stdout.strip(), **body}
        with self.listener(user, f"reply/{user}/{client}") as answers:
            self.publish(user, f"{BASE}/cmd/{user}/{noun_verb}", json.dumps(payload),
                         "-D", "publish", "response-topic", reply)
            return answers.wait(lambda m: True, f"an answer to {noun_verb}").json()


class Message:
    def __init__(self, line: str) -> None:
        fields = json.loads(line)
        self.at = time.time()
        self.topic: str = fields["topic"].removeprefix(BASE + "/")
        self.payload: str = fields.get("payload") or ""
        self.retain = bool(fields.get("retain"))
        self.properties: dict = fields.get("properties") or {}

    @property
    def user(self) -> dict:
        users = self.properties.get("user-properties") or {}
        return users if isinstance(users, dict) else {k: v for pair in users
                                                      for k, v in pair.items()}

    def json(self) -> dict:
        return json.loads(self.payload)


class Listener:
    """mosquitto_sub at QoS 1 with TLS and a client certificate; everything it hears, in order."""

    def __init__(self, home: VirtualHome, user: str, topics: tuple[str, ...],
                 session: str | None = None) -> None:
        words = ["mosquitto_sub", *home.user(user), "-q", "1", "-F", "%j", "-d"]
        words += ["-i", session or f"{user}-{secrets.token_hex(4)}"]
        words += ["-c", "-x", "86400"] if session else []
        for topic in topics:
            words += ["-t", f"{BASE}/{topic}"]
        self.messages: list[Message] = []
        self.changed = threading.Condition()
        self.ready = threading.Event()
        self.trouble = ""
        self.process = subprocess.Popen(["stdbuf", "-oL", *words], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        if not self.ready.wait(20):
            raise AssertionError(f"{user} could not subscribe: {self.trouble}")

    def read(self) -> None:
        for line in self.process.stdout:
            if not line.startswith("{"):
                self.trouble += line
                if "SUBACK" in line or line.startswith("Subscribed"):
                    self.ready.set()
                continue
            with self.changed:
                self.messages.append(Message(line))
                self.changed.notify_all()

    def wait(self, match: Callable[[Message], bool], why: str, deadline_s: float = 20.0) -> Message:
        return self.wait_all(lambda all_of: [m for m in all_of if match(m)], why, deadline_s)[0]

    def wait_all(self, select: Callable[[list[Message]], Any], why: str,
                 deadline_s: float = 20.0) -> Any:
        end = time.monotonic() + deadline_s
        with self.changed:
            while True:
                result = select(self.messages)
                if result:
                    return result
                if not self.changed.wait(max(0.0, end - time.monotonic())):
                    heard = ", ".join(m.topic for m in self.messages[-8:])
                    raise AssertionError(f"not within {deadline_s:.0f} s: {why}; last: {heard}")

    def close(self) -> None:
        """Ends the client; one that hangs in its good-bye (seen once) is killed, as a lost one is."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def first_plan(version: int = 1, confirm: bool = False, check_at: str | None = None) -> str:
    """The heart-failure plan of config/plans, with its first pressure rule told at once or not, a look at any hour."""
    text = (REPO / "config/plans/heart-failure.yaml").read_text(encoding="utf-8")
    assert text.count("version: 1 ") == 1 and text.count("confirm: {after: 5min") == 1
    text = text.replace("version: 1 ", f"version: {version} ", 1)
    text = text.replace('    during: {from: "22:00", until: "07:00"}\n', "")
    if not confirm:
        text = text.replace("    confirm: {after: 5min, within: 15min}\n", "")
    if check_at:
        text = text.replace('["23:30", "02:45"]', f'["{check_at}"]')
    return text


def observations(bundle: dict) -> dict[str, dict]:
    """The Observations of a Bundle by their MDC code."""
    found = {}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] != "Observation":
            continue
        for coding in resource["code"]["coding"]:
            if coding["system"] == "urn:iso:std:iso:11073:10101":
                found[coding["code"]] = resource
    return found


def check(is_true: Any, why: str) -> None:
    if not is_true:
        raise AssertionError(why)


def equal(got: Any, wanted: Any, what: str) -> None:
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")
