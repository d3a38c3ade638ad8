# SPDX-License-Identifier: Apache-2.0
"""config/broker/mosquitto as it is, paths and port apart: what it lets through and what it refuses."""
from __future__ import annotations

import os
import re
import select
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import relay_house
from access import HUB, MAY_HEAR, MAY_NOT_WRITE, MAY_WRITE, OTHER, USERS
from relay_house import wait_for

CONFIG = Path(__file__).resolve().parents[3] / "config/broker/mosquitto"
END = "end"


class Site(unittest.TestCase):
    port = 0

    @classmethod
    def setUpClass(cls) -> None:
        folder, cls.port = relay_house.FOLDER, relay_house.free_port()
        text = (CONFIG / "mosquitto.conf").read_text(encoding="utf-8")
        for was, now in (("/etc/mosquitto/vaka/", f"{folder}/"), ("/var/lib/mosquitto/", f"{folder}/"),
                         ("listener 8883", f"listener {cls.port} 127.0.0.1")):
            if was not in text:
                raise AssertionError(f"mosquitto.conf no longer says {was}")
            text = text.replace(was, now)
        (folder / "mosquitto.conf").write_text(text, encoding="utf-8")
        (folder / "acl").write_bytes((CONFIG / "acl").read_bytes())
        user = ["setpriv", "--reuid", "65534", "--clear-groups", "--regid", "65534"]
        cls.broker = subprocess.Popen(
            [*(user if os.getuid() == 0 else []), relay_house.MOSQUITTO, "-c",
             f"{folder}/mosquitto.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.end)
        wait_for(lambda: relay_house.is_open(cls.port), "the broker's port")

    @classmethod
    def end(cls) -> None:
        cls.broker.kill()
        cls.broker.wait()

    def client(self, program: str, user: str, *words: str) -> list[str]:
        folder = relay_house.FOLDER
        return ["stdbuf", "-oL", program, "-V", "5", "-h", "localhost", "-p", str(self.port), "-q",
                "1", "-d", "--cafile", f"{folder}/ca.pem", "--cert", f"{folder}/{user}.pem", "--key",
                f"{folder}/{user}.key", *words]

    def reason(self, user: str, topic: str, text: str = "{}") -> int:
        """Of the PUBACK."""
        done = subprocess.run(self.client("mosquitto_pub", user, "-t", topic, "-m", text),
                              capture_output=True, text=True, timeout=relay_house.DEADLINE_S,
                              check=False)
        found = re.search(r"PUBACK \(Mid: 1, RC:(\d+)\)", done.stdout)
        self.assertIsNotNone(found, f"{user} got no answer: {done.stdout}{done.stderr}")
        return int(found[1])

    def test_who_may_write_where(self) -> None:
        for rows, is_allowed in ((MAY_WRITE, True), (MAY_NOT_WRITE, False)):
            for user, topic in rows:
                with self.subTest(user=user, topic=topic):
                    self.assertEqual(self.reason(user, topic) < 0x80, is_allowed)

    def test_who_hears_what(self) -> None:
        """Everybody asks for everything."""
        ears = {user: Ear(self.client("mosquitto_sub", user, "-t", "#", "-F", "heard %t %p"))
                for user in USERS}
        for ear in ears.values():
            self.addCleanup(ear.close)
        for user, topic in MAY_WRITE:
            self.reason(user, topic)
        self.reason("hub-0417", f"{HUB}/status", END)
        for hub in (HUB, OTHER):
            self.reason("n-17", f"{hub}/cmd/n-17/hub/selftest", END)
        for user, ear in ears.items():
            heard = ear.until_end(2 if user == "care-service" else 1)
            self.assertEqual({topic.removeprefix(f"{HUB}/") for topic in heard}, MAY_HEAR[user], user)

    def test_a_stranger_is_not_let_in(self) -> None:
        for words in (["--cert", f"{relay_house.FOLDER}/stranger.pem", "--key",
                       f"{relay_house.FOLDER}/stranger.key"], []):
            done = subprocess.run(
                ["mosquitto_pub", "-V", "5", "-h", "localhost", "-p", str(self.port), "--cafile",
                 f"{relay_house.FOLDER}/ca.pem", *words, "-t", f"{HUB}/status", "-m", "{}"],
                capture_output=True, timeout=relay_house.DEADLINE_S, check=False)
            self.assertNotEqual(done.returncode, 0)


class Ear:
    """mosquitto_sub; it is known to listen once it says that it has subscribed."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.text = ""
        self.read_until(lambda: "Subscribed (mid: 1)" in self.text)

    def read_until(self, is_enough: object) -> None:
        assert self.process.stdout
        deadline = time.monotonic() + relay_house.DEADLINE_S
        while not is_enough():
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise AssertionError(f"heard only: {self.text}")
            self.text += os.read(self.process.stdout.fileno(), 65536).decode()

    def until_end(self, ends: int) -> list[str]:
        """The topics heard before the last message."""
        self.read_until(lambda: len(re.findall(rf"^heard \S+ {END}$", self.text, re.M)) >= ends)
        return re.findall(r"^heard (\S+) \{\}$", self.text, re.M)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


if __name__ == "__main__":
    relay_house.MOSQUITTO = relay_house.find("mosquitto")
    for each in ("mosquitto_sub", "mosquitto_pub", "openssl", "stdbuf"):
        relay_house.find(each)
    with tempfile.TemporaryDirectory(prefix="vaka-access-") as name:
        relay_house.FOLDER = Path(name)
        relay_house.FOLDER.chmod(0o777)
        for ca in ("other", "ca"):
            relay_house.make_ca(ca)
        relay_house.make_cert("broker", "localhost")
        for each in USERS:
            relay_house.make_cert(each, each)
        relay_house.make_cert("stranger", "hub-0417", ca="other")
        for key in relay_house.FOLDER.glob("*.key"):
            key.chmod(0o644)
        unittest.main(verbosity=2)
