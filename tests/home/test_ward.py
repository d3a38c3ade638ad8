#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The virtual home itself: what tests of the hub take for granted is tested here.

A power cut that loses nothing, a restored snapshot with the old boot id, or a read-only disk that
still writes would make every fault test pass without meaning anything.
"""
import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

WARD = Path(__file__).resolve().parent / "ward"
WRITE = """
echo kept >/state/{name}-flushed; sync -f /state
for i in $(seq 60); do
	dd if=/dev/urandom of=/state/{name}-$i bs=4096 count=4 oflag=direct status=none
done
"""


class WardTest(unittest.TestCase):
    """One home for all of them; each leaves it powered."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory(prefix="vaka-ward-test-")
        cls.env = os.environ | {"VAKA_HOME": cls.folder.name}
        cls.addClassCleanup(cls.folder.cleanup)
        cls.addClassCleanup(cls.ward, "down", check=False)
        cls.document = json.loads(cls.ward("up").stdout)

    @classmethod
    def ward(cls, *words: str, check: bool = True, stdin: bytes = b"",
             ) -> subprocess.CompletedProcess:
        done = subprocess.run([str(WARD), *words], env=cls.env, input=stdin, capture_output=True,
                              timeout=300, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"ward {' '.join(words)}: {done.returncode}: {done.stderr!r}")
        return done

    def inside(self, line: str) -> str:
        return self.ward("exec", line).stdout.decode()

    def replug(self, seed: str) -> dict:
        cut = json.loads(self.ward("power", "cut", "--seed", seed).stdout)
        self.ward("power", "on")
        return cut

    def test_up_tells_how_to_reach_the_broker(self) -> None:
        mqtt = self.document["mqtt"]
        done = subprocess.run(
            ["mosquitto_pub", "-V", "5", "-h", mqtt["host"], "-p", str(mqtt["port"]), "--cafile",
             mqtt["ca"], "--cert", mqtt["cert"], "--key", mqtt["key"], "-q", "1",
             "-t", "vaka/1/soder/hub-0417/cmd/n-17/alert/accept", "-m", "{}"],
            capture_output=True, timeout=20, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_broker_refuses_another_staff_members_topic(self) -> None:
        mqtt = self.document["mqtt"]
        done = subprocess.run(
            ["mosquitto_pub", "-V", "5", "-h", mqtt["host"], "-p", str(mqtt["port"]), "--cafile",
             mqtt["ca"], "--cert", mqtt["cert"], "--key", mqtt["key"], "-q", "1",
             "-t", "vaka/1/soder/hub-0417/cmd/night-3/alert/accept", "-m", "{}"],
            capture_output=True, timeout=20, check=False)
        self.assertIn(b"Not authorized", done.stderr)

    def test_exec_hands_everything_through(self) -> None:
        data = os.urandom(300_000)
        done = self.ward("exec", "cat; echo seen >&2; exit 7", check=False, stdin=data)
        self.assertEqual((done.returncode, done.stderr, done.stdout), (7, b"seen\n", data))

    def test_cut_loses_what_was_not_flushed(self) -> None:
        """Three times at most: in a slow moment the guest's own journal flushes all of them before."""
        for seed in ("7", "17", "27"):
            name = f"cut{seed}"
            self.inside(WRITE.format(name=name))
            cut = self.replug(seed)
            self.assertEqual(self.inside(f"cat /state/{name}-flushed"), "kept\n")
            left = int(self.inside(f"ls /state/ | grep -c '^{name}-[0-9]' || :"))
            if left < 60:
                break
        self.assertLess(left, 60)
        self.assertGreater(cut["lost"], 0)
        self.assertGreater(cut["survived"], 0)

    def test_kits_disk_keeps_what_was_synced(self) -> None:
        self.inside("echo kept >/var/lib/vaka-home/probe; sync -f /var/lib/vaka-home")
        self.replug("8")
        self.assertEqual(self.inside("cat /var/lib/vaka-home/probe"), "kept\n")

    def test_each_start_is_another_boot(self) -> None:
        look = "cat /proc/sys/kernel/random/boot_id; head -c 16 /dev/urandom | od -An -x"
        before = self.inside(look).splitlines()
        self.replug("9")
        after = self.inside(look).splitlines()
        self.assertNotEqual(before[0], after[0])
        self.assertNotEqual(before[1], after[1])

    def test_clock_is_now_and_steps(self) -> None:
        now = float(subprocess.check_output(["date", "+%s"]))
        self.assertAlmostEqual(float(self.inside("date +%s")), now, delta=5)
        self.ward("clock", "+3600")
        self.addCleanup(self.ward, "clock", "-3600")
        self.assertAlmostEqual(float(self.inside("date +%s")), now + 3600, delta=10)

    def test_disk_faults_meet_open_files(self) -> None:
        self.inside("nohup sh -c 'exec 3>/state/open; while read l; do echo $l >&3; done' "
                    "</dev/zero >/dev/null 2>&1 & echo $! >/run/writer")
        self.addCleanup(self.ward, "exec", "kill $(cat /run/writer)", check=False)
        self.ward("disk", "read-only")
        refused = self.ward("exec", "echo x >/state/x", check=False)
        self.assertIn(b"Read-only file system", refused.stderr)
        self.ward("disk", "free")
        self.inside("echo x >/state/x")
        self.ward("disk", "full")
        refused = self.ward("exec", "head -c 100000 /dev/zero >/state/y", check=False)
        self.assertIn(b"No space left", refused.stderr)
        self.ward("disk", "free")
        self.inside("head -c 100000 /dev/zero >/state/y")

    def test_gpio_lines(self) -> None:
        self.assertEqual(self.ward("gpio", "mains").stdout, b"1\n")
        for value in (b"1\n", b"0\n"):
            self.ward("gpio", "bed-exit", value.decode().strip())
            self.assertEqual(self.ward("gpio", "bed-exit").stdout, value)

    def test_net_is_slow_and_well_again(self) -> None:
        look = "tc qdisc show | grep -c netem"
        self.ward("net", "delay", "800ms")
        self.assertEqual(self.inside(look), "1\n")
        began = time.monotonic()
        self.inside("timeout 20 python3 -c 'import socket; socket.create_connection((\"10.0.2.2\", "
                    f"{self.document['mqtt']['port']}))'")
        self.assertGreater(time.monotonic() - began, 0.8, "the way is as slow as was said")
        self.ward("net", "off")
        self.assertEqual(self.ward("exec", look, check=False).stdout, b"0\n")

    def test_camera_comes_and_goes(self) -> None:
        self.ward("camera", "on")
        self.assertEqual(self.inside("ls -d /dev/video0"), "/dev/video0\n")
        self.ward("camera", "off")
        self.assertEqual(self.ward("exec", "ls -d /dev/video0", check=False).stdout, b"")

    def test_radio_comes_back(self) -> None:
        look = "ls /sys/class/bluetooth | wc -l"
        self.assertEqual(self.inside(look), "21\n")
        self.ward("radio", "yank")
        self.assertEqual(self.inside(look), "20\n", "the kits keep theirs")
        self.ward("radio", "restore")
        self.assertEqual(self.inside(look), "21\n")

    def test_bad_words_are_told(self) -> None:
        for words in (("gpio", "nothing", "1"), ("power", "off"), ("exec",), ("kit", "add", "fork"),
                      ("up", "--nonsense"), ("kit", "add", "scale", "not a name")):
            self.assertEqual(self.ward(*words, check=False).returncode, 2, words)


if __name__ == "__main__":
    unittest.main(verbosity=2)
