# SPDX-License-Identifier: Apache-2.0
"""The verbs of ward. Each is a function of a Home and its words; what it prints on standard output
is for programs, what it says on standard error is for people."""
from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import kits, provision
from .agent import AgentError, stdin_or_none, stdio_sink
from .home import Home, default_home, say
from .machine import MachineError

LINES = ("bed-exit", "call-button", "door", "mains", "lamp", "buzzer", "camera-power")
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class Usage(Exception):
    """The words of the command line make no sense."""


def emit(document: object) -> None:
    print(json.dumps(document, ensure_ascii=False), flush=True)


def passed_through(done) -> int:
    sys.stdout.buffer.write(done.out)
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(done.err)
    return done.rc


def verb_up(home: Home, args: argparse.Namespace) -> int:
    began = time.monotonic()
    home.lock()
    document = home.up(args.fresh, args.product_push)
    say(f"ward: up after {time.monotonic() - began:.1f} s")
    emit(document)
    return 0


def verb_down(home: Home, _args: argparse.Namespace) -> int:
    home.lock()
    home.down()
    return 0


def verb_kit(home: Home, args: argparse.Namespace) -> int:
    if args.action == "add":
        return kit_add(home, args.words)
    if args.action == "list":
        emit([{"name": name, **kit, "address": kits.address(kit["index"])}
              for name, kit in home.kits().items()])
        return 0
    if not args.words:
        raise Usage(f"kit {args.action} NAME …")
    name, *words = args.words
    return passed_through(kits.control(home, name, args.action, *words))


def kit_add(home: Home, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="ward kit add", allow_abbrev=False)
    parser.add_argument("kind", choices=kits.KINDS)
    parser.add_argument("name")
    parser.add_argument("--passkey", action="store_true")
    parser.add_argument("--clock", action="store_true", help="a scale that knows the time")
    parser.add_argument("--privacy", action="store_true", help="a private address that changes")
    parser.add_argument("--model", help="\"MAKER MODEL\" of its Device Information")
    parser.add_argument("--advertise", help="the name it advertises, else NAME")
    args = parser.parse_args(words)
    if not NAME.match(args.name):
        raise Usage(f"a kit's name is letters, digits, _ and -, not {args.name}")
    home.lock()
    emit(kits.add(home, args.kind, args.name, args.model, args.passkey, args.clock, args.privacy,
                  args.advertise))
    return 0


def verb_pair(home: Home, args: argparse.Namespace) -> int:
    """As a technician: puts the kit in pairing mode, asks the hub, types what the kit shows."""
    kit = home.kits().get(args.name)
    if kit is None:
        raise MachineError(f"no kit named {args.name}")
    kits.ask(home, args.name, "pairing", "on")
    what = kits.address(kit["index"]) if kit.get("advertise") else args.name
    command = ["vakactl", "pair", what, "--json"]
    command += ["--patient", args.patient] if args.patient else []

    def passkey() -> bytes | None:
        if not kit["passkey"]:
            return None
        shown = kits.ask(home, args.name, "display")
        shown = shown.get("passkey") if isinstance(shown, dict) else None
        return f"{shown}\n".encode() if shown else None

    with home.agent() as agent:
        done = agent.converse(command, passkey, 120, stdio_sink(sys.stderr))
    kits.control(home, args.name, "pairing", "off", timeout_s=20)
    return passed_through(done)


def verb_gpio(home: Home, args: argparse.Namespace) -> int:
    program = "/usr/lib/vaka-home/lines"
    if args.value is None:
        return passed_through(home.run(program, "get", args.line))
    return passed_through(home.run(program, "set", args.line, args.value))


def verb_broker(home: Home, args: argparse.Namespace) -> int:
    if args.action == "up":
        home.broker.up()
    elif args.action == "down":
        home.broker.down()
    else:
        print(home.broker.log())
    return 0


def verb_plan(home: Home, args: argparse.Namespace) -> int:
    """The care service sends a signed plan; the hub's answer is on plan/{patient}/applied."""
    message = json.dumps(home.keys.plan_message(args.file.read_bytes(), args.key))
    if args.print:
        print(message)
        return 0
    home.broker.publish("care-service", f"plan/{args.patient}", message)
    return 0


def verb_power(home: Home, args: argparse.Namespace) -> int:
    home.lock()
    if args.action == "cut":
        emit(home.cut(args.seed))
        return 0
    began = time.monotonic()
    home.power_on()
    say(f"ward: power is on after {time.monotonic() - began:.1f} s")
    return 0


def verb_exec(home: Home, args: argparse.Namespace) -> int:
    words = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not words:
        raise Usage("exec CMD …")
    argv = ["sh", "-c", words[0]] if len(words) == 1 else words
    with home.agent() as agent:
        return agent.run(argv, stdin=stdin_or_none(), timeout_s=None, out=stdio_sink(sys.stdout),
                         err=stdio_sink(sys.stderr)).rc


def verb_push(home: Home, args: argparse.Namespace) -> int:
    """Lays files over the hub's root, now and at each power on, and restarts what is Vaka's."""
    source = Path(args.source)
    if not source.exists():
        raise Usage(f"no such file: {source}")
    target = home.overlay / args.dest.lstrip("/")
    if source.is_file() and args.dest.endswith("/"):
        target = target / source.name
    home.lock()
    provision.copy_tree(source, target)
    if home.running():
        home.unpack()
        if not args.no_restart:
            home.restart_product()
    return 0


def verb_logs(home: Home, args: argparse.Namespace) -> int:
    units = args.units or ["vakad", "vaka-ble", "vaka-gpio", "vaka-mqtt", "bluetooth", "vaka-kit@*"]
    command = ["journalctl", "--no-pager", "-o", "short-precise"]
    command += [f"--unit={unit}" for unit in units]
    command += ["-n", str(args.lines)] if args.lines else []
    with home.agent() as agent:
        return agent.run(command, timeout_s=60, out=stdio_sink(sys.stdout),
                         err=stdio_sink(sys.stderr)).rc


def verb_clock(home: Home, args: argparse.Namespace) -> int:
    if args.step in ("synced", "unsynced"):
        with home.agent() as agent:
            agent.ask(clock={"synced": args.step == "synced"})
        return 0
    try:
        home.step_clock(float(args.step))
    except ValueError as error:
        raise Usage("clock +SECONDS | -SECONDS | synced | unsynced") from error
    return 0


def verb_bluetoothd(home: Home, args: argparse.Namespace) -> int:
    how = {"restart": "systemctl restart bluetooth",
           "kill": "systemctl kill -s KILL bluetooth; systemctl restart bluetooth",
           "stop": "systemctl stop bluetooth", "start": "systemctl start bluetooth"}
    return passed_through(home.run("sh", "-c", how[args.action]))


def verb_radio(home: Home, args: argparse.Namespace) -> int:
    """The hub's own radio; the kits keep theirs."""
    if args.action in RADIO_AIR:
        if bool(args.until) != (args.action == "deaf"):
            raise Usage("radio deaf scan|reset|yank, radio hear")
        home.must(kits.KIT, "air", "0", RADIO_AIR[args.action] or DEAF[args.until])
        return 0
    if args.until:
        raise Usage("radio yank | radio restore")
    home.must("sh", "-euc", RADIO_PLUG, "radio", args.action)
    return 0


# $1: yank or restore. A signal pulls the first controller out, another one puts it in.
RADIO_PLUG = """
hub=/sys/class/bluetooth/hci0
case $1 in yank) [ -e $hub ] ;; restore) [ ! -e $hub ] ;; esac || exit 0
systemctl kill -s USR2 --kill-whom=main vaka-home-radio
n=0
if [ $1 = restore ]; then exec /usr/lib/vaka-home/radio-ready 21 30; fi
while [ -e $hub ]; do n=$((n + 1)); [ $n -lt 200 ]; sleep 0.05; done
"""
RADIO_AIR = {"deaf": "", "hear": "open"}
DEAF = {"scan": "deaf-to-adverts", "reset": "silent-until-reset", "yank": "silent"}


def verb_storm(home: Home, args: argparse.Namespace) -> int:
    """Strangers walk by: so many advertisers a second, each with an address never heard before."""
    home.must(kits.KIT, "storm", "0", str(args.rate), str(args.seconds))
    return 0


# $1: what netem is to do, or off. The hub's own interface: what it sends is lost or late, its
# acknowledgements too, so both directions of a connection feel it.
NET = """
dev=$(ip -o route get 10.0.2.2 | sed 's/.* dev \\([^ ]*\\).*/\\1/')
if [ "$1" = off ]; then tc qdisc del dev "$dev" root 2>/dev/null || :; exit 0; fi
modprobe sch_netem
tc qdisc replace dev "$dev" root netem "$@" limit 100000
"""


def verb_net(home: Home, args: argparse.Namespace) -> int:
    """The way to the staff: loss 10%, delay 800ms, cut, off."""
    pattern = {"loss": r"\d+(\.\d+)?%", "delay": r"\d+ms"}.get(args.action)
    if bool(pattern) != bool(args.value) or (pattern and not re.fullmatch(pattern, args.value)):
        raise Usage("net loss 10% | net delay 800ms | net cut | net off")
    words = {"cut": ["loss", "100%"], "off": ["off"]}.get(args.action, [args.action, args.value])
    home.must("sh", "-euc", NET, "net", *words)
    return 0


# udev may still look at what has just come.
CAMERA = {"on": "modprobe vivid n_devs=1 num_inputs=1", "off": "modprobe -r --wait=10000 vivid"}


def verb_camera(home: Home, args: argparse.Namespace) -> int:
    """A camera with a moving test picture is plugged in, or out."""
    home.must("sh", "-euc", CAMERA[args.action])
    return 0


DISK = {
    # The kernel's emergency remount makes every file system read-only even while files are open
    # for writing, as an error of the medium would; all but the hub's state are given back at once.
    "read-only": """
echo u >/proc/sysrq-trigger
n=0
until grep -q ' /state ext4 ro' /proc/mounts; do n=$((n + 1)); [ $n -lt 200 ]; sleep 0.02; done
mount -o remount,rw /
mount -o remount,rw /var/lib/vaka-home
""",
    "full": """
left=$(df --output=avail -B4096 /state | tail -n 1)
fallocate -l $((left * 4096)) /state/filler 2>/dev/null || :
dd if=/dev/zero of=/state/filler2 bs=4096 status=none 2>/dev/null || :
sync -f /state
df -k /state >&2
""",
    "free": """
mount -o remount,rw /state
rm -f /state/filler /state/filler2
sync -f /state
""",
}


def verb_disk(home: Home, args: argparse.Namespace) -> int:
    home.must("sh", "-euc", DISK[args.action])
    return 0


def verb_status(home: Home, _args: argparse.Namespace) -> int:
    emit({"running": home.running(), "home": str(home.folder), "kits": home.kits()})
    return 0 if home.running() else 1


def positive(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="ward", allow_abbrev=False,
                                  description="drives a virtual home")
    top.add_argument("--home", type=Path, help="its folder (else $VAKA_HOME, else one per user)")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, run, text: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        made.set_defaults(run=run)
        return made

    one = verb("up", verb_up, "puts the home up; prints how to reach it")
    one.add_argument("--fresh", action="store_true", help="with empty memories")
    one.add_argument("--product-push", type=Path, metavar="DIR", help="lay a product tree over it")
    verb("down", verb_down, "takes it down; its memories stay")
    verb("status", verb_status, "whether it runs, and which kits there are")
    one = verb("kit", verb_kit, "add KIND NAME [--passkey] [--model M] | list | send NAME q=v … | "
               "any other word of the kit's own: pairing, display, status, confirmed, …")
    one.add_argument("action")
    one.add_argument("words", nargs=argparse.REMAINDER)
    one = verb("pair", verb_pair, "what the technician does")
    one.add_argument("name")
    one.add_argument("--patient")
    one = verb("gpio", verb_gpio, "sets an input, or prints a line's value")
    one.add_argument("line", choices=LINES)
    one.add_argument("value", nargs="?", choices=("0", "1"))
    one = verb("broker", verb_broker, "the way to the staff")
    one.add_argument("action", choices=("up", "down", "log"))
    one = verb("plan", verb_plan, "signs a plan and sends it to the hub")
    one.add_argument("patient")
    one.add_argument("file", type=Path)
    one.add_argument("--key", default="dr-17", help="who signs")
    one.add_argument("--print", action="store_true", help="only prints the message")
    one = verb("power", verb_power, "the plug")
    one.add_argument("action", choices=("cut", "on"))
    one.add_argument("--seed", type=positive, help="which unflushed writes survive")
    one = verb("exec", verb_exec, "runs a command inside the hub")
    one.add_argument("command", nargs=argparse.REMAINDER)
    one = verb("push", verb_push, "lays a file or a folder over the hub's root (for developers)")
    one.add_argument("source")
    one.add_argument("dest")
    one.add_argument("--no-restart", action="store_true")
    one = verb("logs", verb_logs, "the journal of the hub and the kits")
    one.add_argument("units", nargs="*")
    one.add_argument("--lines", type=positive)
    one = verb("clock", verb_clock, "steps the wall clock")
    one.add_argument("step", help="+SECONDS, -SECONDS, synced or unsynced")
    one = verb("bluetoothd", verb_bluetoothd, "its life")
    one.add_argument("action", choices=("restart", "kill", "stop", "start"))
    one = verb("radio", verb_radio, "pulls out the hub's radio, or puts it back; makes it deaf until "
               "scanning is started anew, until it is reset or until it is yanked; lets it hear again")
    one.add_argument("action", choices=("yank", "restore", "deaf", "hear"))
    one.add_argument("until", nargs="?", choices=tuple(DEAF))
    one = verb("net", verb_net, "loses or delays what the hub sends, or all of it")
    one.add_argument("action", choices=("loss", "delay", "cut", "off"))
    one.add_argument("value", nargs="?")
    one = verb("camera", verb_camera, "plugs the camera in, or out")
    one.add_argument("action", choices=tuple(CAMERA))
    one = verb("storm", verb_storm, "advertisers with random addresses, so many a second")
    one.add_argument("rate", type=positive)
    one.add_argument("seconds", type=positive)
    one = verb("disk", verb_disk, "faults of the state disk")
    one.add_argument("action", choices=tuple(DISK))
    return top


def main(words: list[str]) -> int:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if words[:1] == ["help"]:
        words = ["--help"]
    # What looks like an option after these belongs to the kit or to the command.
    if words[:1] == ["clock"] and len(words) == 2:
        words = ["clock", "--", words[1]]
    top = parser()
    args = top.parse_args(words)
    home = Home(args.home or default_home())
    try:
        return args.run(home, args)
    except Usage as error:
        say(f"ward: usage: {error}")
        return 2
    except (MachineError, AgentError, subprocess.CalledProcessError, OSError) as error:
        say(f"ward: {error}")
        return 1
