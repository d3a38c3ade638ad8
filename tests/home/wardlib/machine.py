# SPDX-License-Identifier: Apache-2.0
"""The virtual machine: QEMU's command line, its monitor, its life.

The same command line makes the snapshot (image/build) and restores it (ward): a snapshot can only
be loaded into a machine of the same devices. Disks that hold memory are plugged in afterwards.
"""
from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

from .agent import PORTS, AgentError, connect_in, port_name, wait_for_agent

SNAPSHOT = "base"


class MachineError(Exception):
    """QEMU refused, or the guest did not come up."""


def pid_of(file: Path) -> int | None:
    """The process a pid file names, if it lives."""
    try:
        pid = int(file.read_text(encoding="ascii"))
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
        return None if state == "Z" else pid
    except (OSError, ValueError, IndexError):
        return None


def kill_hard(file: Path) -> None:
    """SIGKILL to the process a pid file names, and waits until it is gone."""
    pid = pid_of(file)
    if pid:
        fd = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        select.select([fd], [], [], 10)
        os.close(fd)
    file.unlink(missing_ok=True)


class Machine:
    """One QEMU in one folder. The folder holds its sockets, pid, log and private disk."""

    def __init__(self, home: Path, image: Path, disk: Path) -> None:
        self.home, self.image, self.disk = home, image, disk
        self.pid_file = home / "qemu.pid"
        self.serial = home / "serial.log"

    def command(self) -> list[str]:
        accel = "kvm" if os.environ.get("VAKA_KVM") == "1" else "tcg,thread=multi"
        argv = ["qemu-system-x86_64", "-name", "vaka-home", "-accel", accel,
                "-cpu", "max", "-smp", "2", "-m", "512", "-display", "none", "-nodefaults",
                "-no-reboot", "-serial", "file:serial.log",
                "-monitor", "unix:mon.sock,server=on,wait=off",
                "-kernel", str(self.image / "vmlinuz"), "-initrd", str(self.image / "initrd"),
                "-append", "console=ttyS0 root=/dev/vda rw quiet systemd.show_status=0 "
                "mitigations=off random.trust_cpu=on nowatchdog audit=0 tsc=reliable",
                "-drive", f"file={self.disk},if=none,id=root,format=qcow2,cache=unsafe",
                "-device", "virtio-blk-pci,drive=root,serial=vaka-root",
                "-device", "virtio-rng-pci",
                "-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0,romfile=",
                "-device", "virtio-serial-pci,max_ports=16"]
        for number in range(PORTS):
            argv += ["-chardev", f"socket,path={port_name(number)},server=on,"
                     f"wait=off,id=c{number}",
                     "-device", f"virtserialport,chardev=c{number},name=vaka-home-{number}"]
        return argv

    def start(self, snapshot: str | None) -> None:
        """Starts QEMU, restoring the snapshot if one is named; returns when it answers."""
        argv = self.command() + (["-loadvm", snapshot] if snapshot else [])
        for number in range(PORTS):
            (self.home / port_name(number)).unlink(missing_ok=True)
        with open(self.home / "qemu.log", "wb") as log:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True, cwd=self.home)
        self.pid_file.write_text(str(process.pid), encoding="ascii")

    def alive(self) -> bool:
        return pid_of(self.pid_file) is not None

    def wait_ready(self, timeout_s: float) -> None:
        try:
            wait_for_agent(self.home, time.monotonic() + timeout_s, self.alive)
        except AgentError as error:
            raise MachineError(f"the guest did not come up in {timeout_s:.0f} s: {error}\n"
                               + self.last_words()) from error

    def last_words(self) -> str:
        """The tails of QEMU's own messages and of the serial log."""
        words = []
        for file in (self.home / "qemu.log", self.serial):
            try:
                tail = file.read_bytes()[-3000:].decode("utf-8", "replace")
            except OSError:
                continue
            words.append(f"--- {file.name}\n{tail.strip()}")
        return "\n".join(words)

    def monitor(self, *commands: str, timeout_s: float = 60.0) -> str:
        """Runs monitor commands; returns what the monitor said."""
        said = ""
        with self._monitor_socket(time.monotonic() + timeout_s) as sock:
            sock.settimeout(timeout_s)
            self._prompt(sock)
            for command in commands:
                sock.sendall(command.encode() + b"\n")
                said += self._prompt(sock)
        return said

    def _monitor_socket(self, deadline: float) -> socket.socket:
        while True:
            try:
                return connect_in(self.home, "mon.sock")
            except OSError as error:
                if not self.alive() or time.monotonic() > deadline:
                    raise MachineError(f"no monitor: {error}\n{self.last_words()}") from error
                select.select([], [], [], 0.01)

    @staticmethod
    def _prompt(sock: socket.socket) -> str:
        text = b""
        while not text.endswith(b"(qemu) "):
            data = sock.recv(4096)
            if not data:
                break
            text += data
        # The monitor echoes what it is sent with cursor movements; what counts is on later lines.
        return text.decode("utf-8", "replace").replace("\r", "").partition("\n")[2]

    def checked(self, *commands: str, timeout_s: float = 60.0) -> str:
        said = self.monitor(*commands, timeout_s=timeout_s)
        if "Error" in said or "rror:" in said or "could not" in said:
            raise MachineError(f"QEMU refused: {said}")
        return said

    def quit(self) -> None:
        """Ends QEMU in order, so that its disk image is whole."""
        pid = pid_of(self.pid_file)
        if pid:
            fd = os.pidfd_open(pid)
            self.monitor("quit")
            select.select([fd], [], [], 20)
            os.close(fd)
        self.kill()

    def kill(self) -> None:
        kill_hard(self.pid_file)
