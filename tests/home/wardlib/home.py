# SPDX-License-Identifier: Apache-2.0
"""One virtual home: its folder, and how it is put up, cut off, powered on and taken down."""
from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import provision
from .agent import Agent, AgentError, Result
from .broker import STAFF, CLIENTS, Broker
from .disks import Disks, build_plugin, copy_sparse
from .keys import Keys
from .machine import SNAPSHOT, Machine, MachineError

TESTS_HOME = Path(__file__).resolve().parents[1]
REPO = TESTS_HOME.parents[1]

# $1: boot id of this start, $2: units if the overlay holds units, $3: what to start after the mounts.
POWER_ON = """
/usr/lib/vaka-home/plug
echo "$1" >/run/boot_id
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
""" + provision.UNPACK.replace("$1", "$2")

START = """
if [ -e /usr/lib/systemd/system/vaka.target ]; then vaka=vaka.target; else vaka=; fi
systemctl start bluetooth $vaka "$@"
"""


def default_home() -> Path:
    named = os.environ.get("VAKA_HOME")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"vaka-home-{os.getuid()}"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Home:
    """The folder of one virtual home and what runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.cache = Path(os.environ.get("VAKA_CACHE") or REPO / ".cache") / "virtual"
        self.overlay = self.folder / "overlay"
        self.broker = Broker(self.folder, REPO / "config/broker/mosquitto")
        self.keys = Keys(self.folder / "tls")
        self._lock = None

    # The parts are made when asked for: what they need may have to be built first.

    @property
    def image(self) -> Path:
        return (self.cache / "current").resolve()

    @property
    def machine(self) -> Machine:
        return Machine(self.folder, self.folder, self.folder / "disk.qcow2")

    @property
    def disks(self) -> Disks:
        return Disks(self.folder, self.cache / "powercut.so")

    def lock(self) -> None:
        """One verb that changes the home's life at a time."""
        self._lock = open(self.folder / "lock", "w", encoding="ascii")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def running(self) -> bool:
        return self.machine.alive()

    def agent(self) -> Agent:
        return Agent(self.folder)

    def run(self, *argv: str, timeout_s: float | None = 60.0, stdin: bytes | None = None) -> Result:
        with self.agent() as agent:
            return agent.run(list(argv), timeout_s=timeout_s, stdin=stdin)

    def must(self, *argv: str, timeout_s: float | None = 60.0, stdin: bytes | None = None) -> str:
        done = self.run(*argv, timeout_s=timeout_s, stdin=stdin)
        if done.rc != 0:
            raise MachineError(f"in the guest: {' '.join(argv)[:200]}: exit {done.rc}\n"
                               + done.err.decode("utf-8", "replace") + done.text)
        return done.text

    # -- up and down

    def build_image(self) -> None:
        if not (self.cache / "current" / "disk.qcow2").exists():
            say("ward: there is no image yet, building it")
            done = subprocess.run([str(REPO / "image/build"), "--board", "virtual"], check=False,
                                  stdout=sys.stderr)
            if done.returncode != 0:
                raise MachineError("image/build failed")
        build_plugin(REPO / "image/nbd/powercut.c", self.cache)

    def copy_image(self) -> None:
        """A private copy, made anew when the image was built anew: it may be built under our feet."""
        mark = self.folder / "image"
        disk = self.folder / "disk.qcow2"
        if disk.exists() and mark.exists() and mark.read_text(encoding="utf-8") == self.image.name:
            return
        for name in ("vmlinuz", "initrd", "disk.qcow2"):
            copy_sparse(self.image / name, self.folder / name)
        mark.write_text(self.image.name, encoding="utf-8")

    def up(self, fresh: bool, product: Path | None) -> dict:
        self.build_image()
        if fresh:
            self.down()
            self.disks.wipe()
            self.broker.wipe()
            for name in ("overlay", "kits.json", "clock"):
                path = self.folder / name
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        self.broker.up()
        if product:
            provision.copy_tree(product, self.overlay)
        if not self.running():
            self.copy_image()
            self.power_on()
        elif product:
            self.unpack()
            self.restart_product()
        return self.document()

    def document(self) -> dict:
        access = self.broker.access(STAFF)
        users = {name: {key: self.broker.access(name)[key] for key in ("cert", "key")}
                 for name in CLIENTS}
        return {"mqtt": access, "pages": None, "users": users, "home": str(self.folder)}

    def down(self) -> None:
        """Ends everything; what was flushed and what the broker holds stays for the next up."""
        if self.running():
            try:
                self.run("sh", "-c", "systemctl stop vaka.target bluetooth 'vaka-kit@*'; sync",
                         timeout_s=30)
            except Exception as error:  # it is to end whatever it says
                say(f"ward: the guest did not stop in order: {error}")
        self.machine.kill()
        self.disks.stop()
        self.broker.down()

    # -- the plug

    def clock_offset(self) -> float:
        try:
            return float((self.folder / "clock").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0.0

    def step_clock(self, seconds: float) -> None:
        (self.folder / "clock").write_text(str(self.clock_offset() + seconds), encoding="ascii")
        with self.agent() as agent:
            agent.ask(clock={"step": seconds})

    def power_on(self) -> None:
        """A cold start: the snapshot, fresh randomness, clock and boot id, the disks, the hub."""
        if self.running():
            raise MachineError("the power is on already")
        self.keys.make()
        provision.provision(self.overlay, self.broker, self.keys, TESTS_HOME / "guest")
        self.disks.make()
        try:
            self._start()
        except (AgentError, MachineError) as error:
            # The emulated machine hangs once in some hundred starts, and its guest with it.
            say(f"ward: it did not wake, and is started once more: {error}")
            self._start()

    def _start(self) -> None:
        disks, machine = self.disks, self.machine
        disks.serve()
        machine.start(SNAPSHOT)
        try:
            disks.plug(machine)
            machine.wait_ready(30)
            self._wake()
        except Exception:
            say(machine.last_words())
            machine.kill()
            disks.stop()
            raise

    def _wake(self) -> None:
        with self.agent() as agent:
            agent.ask(clock={"at": time.time() + self.clock_offset()}, seed=secrets.token_hex(64))
        boot_id = secrets.token_hex(16)
        boot_id = "-".join((boot_id[:8], boot_id[8:12], boot_id[12:16], boot_id[16:20],
                            boot_id[20:]))
        units = "units" if provision.holds_units(self.overlay) else "none"
        self.must("sh", "-euc", POWER_ON, "power-on", boot_id, units,
                  stdin=provision.pack(self.overlay))
        kits = [f"vaka-kit@{name}" for name in self.kits()]
        done = self.run("sh", "-uc", START, "start", *kits, timeout_s=90)
        if done.rc != 0:
            say("ward: not everything started:\n" + done.err.decode("utf-8", "replace").strip())

    def cut(self, seed: int | None) -> dict:
        """The plug is pulled: QEMU first, then the disk with what it had not written."""
        if not self.running():
            raise MachineError("the power is off already")
        seed = secrets.randbelow(1 << 31) if seed is None else seed
        self.machine.kill()
        return {"seed": seed, **self.disks.cut(seed)}

    # -- what people do to it

    def unpack(self) -> None:
        units = "units" if provision.holds_units(self.overlay) else "none"
        self.must("sh", "-euc", provision.UNPACK, "unpack", units,
                  stdin=provision.pack(self.overlay))

    def restart_product(self) -> None:
        self.must("sh", "-euc", "[ ! -e /usr/lib/systemd/system/vaka.target ] || { "
                  "systemctl stop vaka.target; systemctl restart vaka.target; }", timeout_s=90)

    def kits(self) -> dict:
        try:
            return json.loads((self.folder / "kits.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def save_kits(self, kits: dict) -> None:
        part = self.folder / "kits.json.part"
        part.write_text(json.dumps(kits, indent=1), encoding="utf-8")
        part.rename(self.folder / "kits.json")
