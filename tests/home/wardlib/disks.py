# SPDX-License-Identifier: Apache-2.0
"""The memories of a virtual home: the hub's state disk behind a volatile write cache, and the kits'
own disk, which keeps what the kits synced whatever happens to the hub."""
from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
from pathlib import Path

from .machine import Machine, MachineError, kill_hard, pid_of

STATE_MIB = 64
KITS_MIB = 32


def make_ext4(file: Path, label: str, size_mib: int) -> None:
    """A new empty disk."""
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-m", "0", "-E", "lazy_itable_init=0", "-L",
                    label, "-F", str(part), f"{size_mib}M"], check=True, stdout=subprocess.DEVNULL)
    part.rename(file)


def build_plugin(source: Path, cache: Path) -> Path:
    """Compiles the power-cut disk for nbdkit once."""
    built = cache / "powercut.so"
    if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
        part = built.with_suffix(f".{os.getpid()}")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-o", str(part),
                        str(source), "-lpthread"], check=True)
        part.rename(built)
    return built


class Disks:
    """The two disks of one home."""

    def __init__(self, home: Path, plugin: Path) -> None:
        self.home, self.plugin = home, plugin
        self.state, self.kits = home / "state.raw", home / "kits.raw"
        self.pid_file, self.fifo = home / "nbdkit.pid", home / "nbdkit.ctl"

    def make(self) -> None:
        if not self.state.exists():
            make_ext4(self.state, "VAKASTATE", STATE_MIB)
        if not self.kits.exists():
            make_ext4(self.kits, "VAKAKITS", KITS_MIB)
        if not self.fifo.exists():
            os.mkfifo(self.fifo)

    def wipe(self) -> None:
        self.state.unlink(missing_ok=True)
        self.kits.unlink(missing_ok=True)

    def serve(self) -> None:
        """Starts nbdkit, which goes into the background when its socket is there. (In the
        foreground it would end with the process that started it.)"""
        for name in ("nbd.sock", "nbdkit.pid"):
            (self.home / name).unlink(missing_ok=True)
        with open(self.home / "nbdkit.log", "ab") as log:
            done = subprocess.run(
                ["nbdkit", "-U", "nbd.sock", "-P", "nbdkit.pid", str(self.plugin),
                 "file=state.raw", "control=nbdkit.ctl", "report=nbdkit.cut"], cwd=self.home, check=False,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        if done.returncode != 0:
            words = (self.home / "nbdkit.log").read_text(errors="replace")[-1000:]
            raise MachineError(f"nbdkit did not start: {words}")

    def plug(self, machine: Machine) -> None:
        """Plugs both disks into the running machine."""
        machine.checked(
            "drive_add 0 if=none,id=state,file=nbd+unix:///?socket=nbd.sock,format=raw,cache=none",
            "device_add virtio-blk-pci,drive=state,serial=vaka-state,id=state-disk",
            "drive_add 0 if=none,id=kits,file=kits.raw,format=raw,cache=writethrough",
            "device_add virtio-blk-pci,drive=kits,serial=vaka-kits,id=kits-disk")

    def cut(self, seed: int) -> dict:
        """The power goes: a seeded subset of what was not flushed reaches the file. Tells how many
        4 KiB blocks were lost, survived, were torn."""
        (self.home / "nbdkit.cut").write_text("{}", encoding="ascii")
        if pid_of(self.pid_file):
            pid = os.pidfd_open(pid_of(self.pid_file) or 0)
            with open(self.fifo, "w", encoding="ascii") as fifo:
                fifo.write(f"cut {seed}\n")
            if not select.select([pid], [], [], 20)[0]:
                os.close(pid)
                kill_hard(self.pid_file)
                raise MachineError("nbdkit did not end at the cut")
            os.close(pid)
        self.pid_file.unlink(missing_ok=True)
        return json.loads((self.home / "nbdkit.cut").read_text(encoding="ascii"))

    def stop(self) -> None:
        """After an orderly end of the machine, when everything was flushed."""
        kill_hard(self.pid_file)


def copy_sparse(source: Path, target: Path) -> None:
    """Copies a disk image; a copy is private to one home."""
    part = target.with_suffix(".part")
    done = subprocess.run(["cp", "--sparse=auto", "--reflink=auto", str(source), str(part)],
                          check=False)
    if done.returncode != 0:
        shutil.copyfile(source, part)
    part.rename(target)
