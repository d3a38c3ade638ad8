# SPDX-License-Identifier: Apache-2.0
"""Runs commands inside the guest over its serial ports (the other end is guest agent.py).

There are several ports and no process in the middle: whoever wants to run something takes the
lock of a free port, so requests of several drivers run side by side.
"""
from __future__ import annotations

import base64
import fcntl
import json
import os
import random
import select
import socket
import stat
import sys
import time
from pathlib import Path
from typing import BinaryIO, Callable

PORTS = 12
CHUNK = 24576


class AgentError(Exception):
    """The guest did not answer."""


class Result:
    """What a command in the guest did."""

    def __init__(self, rc: int, out: bytes, err: bytes) -> None:
        self.rc, self.out, self.err = rc, out, err

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "replace")


def connect_in(home: Path, name: str) -> socket.socket:
    """Connects a socket by its folder: a socket's whole path may have 107 characters at most."""
    folder = os.open(home, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.connect(f"/proc/self/fd/{folder}/{name}")
        return sock
    except OSError:
        sock.close()
        raise
    finally:
        os.close(folder)


def port_name(number: int) -> str:
    return f"port{number}.sock"


class Agent:
    """One port of the guest, held from construction to close."""

    def __init__(self, home: Path, wait_s: float = 30.0) -> None:
        self.home, self.buffer = home, b""
        self.lock, number = self._take_port(wait_s)
        try:
            self.sock = connect_in(home, port_name(number))
        except OSError as error:
            self.close()
            raise AgentError("the virtual home is not running (ward up starts it)") from error

    def _take_port(self, wait_s: float):
        deadline = time.monotonic() + wait_s
        numbers = list(range(PORTS))
        random.shuffle(numbers)
        while True:
            for number in numbers:
                file = open(self.home / f"port{number}.lock", "w", encoding="ascii")
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return file, number
                except BlockingIOError:
                    file.close()
            if time.monotonic() > deadline:
                raise AgentError("all ports into the guest are taken")
            select.select([], [], [], 0.02)

    def __enter__(self) -> "Agent":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if hasattr(self, "sock"):
            self.sock.close()
        self.lock.close()

    def _send(self, frame: dict) -> None:
        self.sock.sendall(json.dumps(frame).encode() + b"\n")

    def _frame(self, deadline: float | None) -> dict:
        while b"\n" not in self.buffer:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise AgentError("no answer from the guest in time")
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                continue
            except OSError as error:
                raise AgentError("the guest went away") from error
            if not data:
                raise AgentError("the guest went away")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        try:
            return json.loads(line)
        except ValueError:
            return {}

    def _answers(self, ident: int, deadline: float | None):
        while True:
            frame = self._frame(deadline)
            if frame.get("id") == ident:
                yield frame
                if "rc" in frame:
                    return

    def ask(self, timeout_s: float = 10.0, **request: object) -> None:
        """A request of the agent itself: ping, clock."""
        ident = random.getrandbits(48)
        self.sock.sendall(b"\n")
        self._send({"id": ident, **request})
        for _ in self._answers(ident, time.monotonic() + timeout_s):
            pass

    def run(self, argv: list[str], stdin: BinaryIO | bytes | None = None,
            timeout_s: float | None = 60.0, env: dict | None = None,
            out: Callable[[bytes], object] | None = None,
            err: Callable[[bytes], object] | None = None) -> Result:
        """Runs argv in the guest; with out/err, what it prints is handed on as it comes."""
        ident = random.getrandbits(48)
        self.sock.sendall(b"\n")
        self._send({"id": ident, "run": argv, "stdin": stdin is not None, "env": env or {}})
        if stdin is not None:
            self._feed(ident, stdin)
        got = {"out": bytearray(), "err": bytearray()}
        sinks = {"out": out, "err": err}
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        rc = 127
        for frame in self._answers(ident, deadline):
            for name, sink in sinks.items():
                if name in frame:
                    (sink or got[name].extend)(base64.b64decode(frame[name]))
            rc = frame.get("rc", rc)
        return Result(rc, bytes(got["out"]), bytes(got["err"]))

    def converse(self, argv: list[str], next_input: Callable[[], bytes | None],
                 timeout_s: float, err: Callable[[bytes], object]) -> Result:
        """Runs argv and asks next_input several times a second what to type, until it has typed
        once; None is nothing yet."""
        ident = random.getrandbits(48)
        self.sock.sendall(b"\n")
        self._send({"id": ident, "run": argv, "stdin": True})
        out, deadline, typed = bytearray(), time.monotonic() + timeout_s, False
        while True:
            try:
                frame = self._frame(min(deadline, time.monotonic() + 0.2))
            except AgentError:
                if time.monotonic() > deadline:
                    raise
                text = None if typed else next_input()
                if text is not None:
                    typed = True
                    self._send({"id": ident, "in": base64.b64encode(text).decode()})
                    self._send({"id": ident, "eof": 1})
                continue
            if frame.get("id") != ident:
                continue
            out += base64.b64decode(frame.get("out", ""))
            if "err" in frame:
                err(base64.b64decode(frame["err"]))
            if "rc" in frame:
                return Result(frame["rc"], bytes(out), b"")

    def _feed(self, ident: int, stdin: BinaryIO | bytes) -> None:
        data = stdin if isinstance(stdin, bytes) else stdin.read()
        for at in range(0, len(data), CHUNK):
            piece = base64.b64encode(data[at:at + CHUNK]).decode()
            self._send({"id": ident, "in": piece})
        self._send({"id": ident, "eof": 1})


def wait_for_agent(home: Path, deadline: float, alive: Callable[[], bool]) -> None:
    """Returns when the guest answers; raises AgentError when it does not in time, or died."""
    while True:
        if not alive():
            raise AgentError("QEMU ended")
        try:
            with Agent(home) as agent:
                agent.ask(timeout_s=min(1.0, max(0.05, deadline - time.monotonic())), ping=1)
            return
        except AgentError:
            if time.monotonic() > deadline:
                raise
            select.select([], [], [], 0.02)


def stdio_sink(stream) -> Callable[[bytes], None]:
    """Hands the guest's output on at once."""
    def write(data: bytes) -> None:
        stream.buffer.write(data)
        stream.buffer.flush()
    return write


def stdin_or_none() -> BinaryIO | None:
    """Our standard input when it is a file, or a pipe that has something to say already."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return None
    if stat.S_ISREG(mode) or (stat.S_ISFIFO(mode) and select.select([0], [], [], 0)[0]):
        return sys.stdin.buffer
    return None
