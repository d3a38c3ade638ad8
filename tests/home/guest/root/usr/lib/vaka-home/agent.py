#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Test gear: runs what the driver outside asks for, over virtio serial ports.

One request at a time on a port and many ports, so that requests run side by side without a
program in the middle. JSON lines: {"id", "run": [argv]} starts a program, {"id", "in": base64}
and {"id", "eof"} feed it; {"id", "out"|"err": base64} and {"id", "rc"} come back. When the host
lets go of a port, what ran for it is killed. Ports stay open over a snapshot.
"""
import base64
import ctypes
import fcntl
import glob
import json
import os
import select
import signal
import struct
import subprocess
import time

ET = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET
HIGH_WATER = 1 << 20
ENV = {"PATH": "/usr/lib/vaka-home:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
       "LC_ALL": "C.UTF-8", "TERM": "dumb"}


class Timex(ctypes.Structure):
    """struct timex as far as the fields that are set here; the rest is room."""
    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long),
                ("maxerror", ctypes.c_long), ("esterror", ctypes.c_long),
                ("status", ctypes.c_int), ("room", ctypes.c_char * 256)]


def set_clock(request: dict) -> None:
    """Sets the wall clock and says to the kernel whether it is synchronised."""
    if "at" in request:
        time.clock_settime(time.CLOCK_REALTIME, request["at"])
    if "step" in request:
        time.clock_settime(time.CLOCK_REALTIME, time.time() + request["step"])
    adj_maxerror, adj_esterror, adj_status, sta_unsync = 0x4, 0x8, 0x10, 0x40
    synced = request.get("synced", True)
    t = Timex(modes=adj_maxerror | adj_esterror | adj_status,
              maxerror=1000 if synced else 16000000, esterror=1000,
              status=0 if synced else sta_unsync)
    ctypes.CDLL(None).adjtimex(ctypes.byref(t))


def add_entropy(data: bytes) -> None:
    """A restored snapshot has the same random state each time: adds fresh bits and reseeds."""
    rndaddentropy, rndreseedcrng = 0x40085203, 0x5207
    with open("/dev/random", "wb") as device:
        fcntl.ioctl(device, rndaddentropy, struct.pack("ii", len(data) * 8, len(data)) + data)
        fcntl.ioctl(device, rndreseedcrng)


class Job:
    """One program that runs for one port."""

    def __init__(self, loop: "Loop", port: "Port", request: dict) -> None:
        self.loop, self.port, self.id = loop, port, request["id"]
        self.proc = subprocess.Popen(request["run"], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     start_new_session=True, env=ENV | request.get("env", {}),
                                     cwd="/root")
        self.stdin, self.input = self.proc.stdin.fileno(), bytearray()
        self.ending = not request.get("stdin")
        self.sources = {self.proc.stdout.fileno(): "out", self.proc.stderr.fileno(): "err"}
        self.pidfd = os.pidfd_open(self.proc.pid)
        os.set_blocking(self.stdin, False)
        for fd in list(self.sources) + [self.pidfd]:
            loop.watch(fd, select.EPOLLIN, self.event)
        self.feed()

    def feed(self) -> None:
        """Writes what the program takes now; the rest when it takes more."""
        if self.stdin < 0:
            return
        try:
            while self.input:
                del self.input[:os.write(self.stdin, self.input[:65536])]
        except BlockingIOError:
            self.loop.watch(self.stdin, select.EPOLLOUT, self.event)
            return
        except BrokenPipeError:
            self.input.clear()
            self.ending = True
        self.loop.forget(self.stdin)
        if self.ending:
            self.proc.stdin.close()
            self.stdin = -1

    def event(self, fd: int, _flags: int) -> None:
        if fd == self.stdin:
            self.feed()
        elif fd == self.pidfd:
            self.proc.wait()
            self.loop.forget(self.pidfd)
            # A background child may keep the pipes open for ever: what is there now is the end.
            for source in list(self.sources):
                os.set_blocking(source, False)
                while source in self.sources and self.read(source):
                    pass
            self.finish()
        else:
            self.read(fd)

    def read(self, fd: int) -> bool:
        try:
            data = os.read(fd, 49152)
        except BlockingIOError:
            return False
        if data:
            self.port.send({"id": self.id, self.sources[fd]: base64.b64encode(data).decode()})
            return True
        self.loop.forget(fd)
        del self.sources[fd]
        return False

    def pause(self, paused: bool) -> None:
        for fd in self.sources:
            self.loop.watch(fd, 0 if paused else select.EPOLLIN, self.event)

    def finish(self) -> None:
        rc = self.proc.returncode
        self.port.send({"id": self.id, "rc": rc if rc >= 0 else 128 - rc})
        self.close()

    def close(self) -> None:
        for fd in list(self.sources) + [self.pidfd, self.stdin]:
            self.loop.forget(fd)
        for stream in (self.proc.stdin, self.proc.stdout, self.proc.stderr):
            try:
                stream.close()
            except OSError:
                pass
        os.close(self.pidfd)
        self.port.job = None

    def kill(self) -> None:
        try:
            os.killpg(self.proc.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.proc.wait()
        self.close()


class Port:
    """One serial port: lines in, lines out, at most one job."""

    def __init__(self, loop: "Loop", path: str) -> None:
        self.loop, self.job, self.paused = loop, None, False
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.inbuf, self.outbuf = bytearray(), bytearray()
        loop.watch(self.fd, ET, self.event)

    def event(self, _fd: int, flags: int) -> None:
        if flags & select.EPOLLHUP:
            self.inbuf.clear()
            self.outbuf.clear()
            if self.job:
                self.job.kill()
            return
        self.flush()
        while True:
            try:
                data = os.read(self.fd, 65536)
            except (BlockingIOError, OSError):
                break
            if not data:
                break
            self.inbuf += data
            self.lines()

    def lines(self) -> None:
        while (end := self.inbuf.find(b"\n")) >= 0:
            line = bytes(self.inbuf[:end])
            del self.inbuf[:end + 1]
            if line.strip():
                self.request(line)

    def request(self, line: bytes) -> None:
        try:
            request = json.loads(line)
        except ValueError:
            return
        try:
            self.act(request)
        except Exception as error:  # told to the other side, which knows what it asked
            text = base64.b64encode(f"agent: {error}\n".encode()).decode()
            self.send({"id": request.get("id"), "err": text})
            self.send({"id": request.get("id"), "rc": 127})

    def act(self, request: dict) -> None:
        if "run" in request:
            if self.job:
                self.job.kill()
            self.job = Job(self.loop, self, request)
        elif "in" in request or "eof" in request:
            if self.job and self.job.id == request["id"]:
                self.job.input += base64.b64decode(request.get("in", ""))
                self.job.ending = self.job.ending or "eof" in request
                self.job.feed()
        elif "clock" in request:
            set_clock(request["clock"])
            if "seed" in request:
                add_entropy(bytes.fromhex(request["seed"]))
            self.send({"id": request["id"], "rc": 0})
        else:
            self.send({"id": request["id"], "rc": 0})

    def send(self, frame: dict) -> None:
        self.outbuf += json.dumps(frame).encode() + b"\n"
        self.flush()

    def flush(self) -> None:
        try:
            while self.outbuf:
                del self.outbuf[:os.write(self.fd, self.outbuf[:32768])]
        except (BlockingIOError, OSError):
            pass
        full = len(self.outbuf) > HIGH_WATER
        if self.job and full != self.paused:
            self.job.pause(full)
        self.paused = full


class Loop:
    """epoll and who wants to know."""

    def __init__(self) -> None:
        self.epoll, self.handlers = select.epoll(), {}

    def watch(self, fd: int, flags: int, handler) -> None:
        if fd in self.handlers:
            self.epoll.modify(fd, flags)
        else:
            self.epoll.register(fd, flags)
        self.handlers[fd] = handler

    def forget(self, fd: int) -> None:
        if self.handlers.pop(fd, None):
            self.epoll.unregister(fd)

    def run(self) -> None:
        while True:
            for fd, flags in self.epoll.poll():
                handler = self.handlers.get(fd)
                if handler:
                    handler(fd, flags)


def ports() -> list[str]:
    found = []
    for name in glob.glob("/sys/class/virtio-ports/*/name"):
        with open(name, encoding="ascii") as file:
            if file.read().startswith("vaka-home-"):
                found.append("/dev/" + name.split("/")[-2])
    return found


def main() -> None:
    loop = Loop()
    opened = [Port(loop, path) for path in ports()]
    if not opened:
        raise SystemExit("no serial port of the virtual home")
    loop.run()


if __name__ == "__main__":
    main()
