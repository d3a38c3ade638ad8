#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""snapshot.py FOLDER: boots the disk in FOLDER once and saves the snapshot "base" in it.

The snapshot is of an appliance that is up, with radios and lines, but with no memory plugged in
and neither bluetoothd nor the hub started: restoring it and plugging the disks is a cold start of
everything that matters, in seconds.
"""
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests/home"))
from wardlib.agent import Agent  # noqa: E402
from wardlib.machine import SNAPSHOT, Machine, MachineError  # noqa: E402

BOOT_S = 400
WAIT = """
systemctl is-system-running --wait || systemctl --failed --no-legend
n=0
until systemctl start vaka-home-radio; do	# a unit that failed restarts itself, too
	n=$((n + 1)); [ $n -lt 5 ] || { journalctl -u vaka-home-radio; exit 1; }
done
for unit in vaka-home-lines systemd-networkd dbus vaka-home-radio; do
	systemctl -q is-active $unit || { systemctl status $unit; exit 1; }
done
test -e /dev/gpiochip0
sync
# What a start reads is in memory already: the disk under emulation is slow, and no test is about it.
echo 3 >/proc/sys/vm/drop_caches
cat /usr/libexec/vaka/* /usr/bin/vakactl /usr/lib/vaka-home/* /usr/libexec/bluetooth/bluetoothd \
	/usr/lib/systemd/systemd-executor /usr/bin/systemctl /usr/bin/tar /usr/bin/mount /usr/bin/chown \
	/usr/lib/x86_64-linux-gnu/*.so.* /usr/lib/x86_64-linux-gnu/systemd/*.so >/dev/null 2>&1 || :
"""


def main() -> None:
    folder = Path(sys.argv[1])
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vaka-snapshot-") as temp:
        machine = Machine(Path(temp), folder, folder / "disk.qcow2")
        machine.start(None)
        try:
            machine.wait_ready(BOOT_S)
            print(f"agent answers after {time.monotonic() - began:.1f} s")
            with Agent(Path(temp)) as agent:
                done = agent.run(["sh", "-euc", WAIT], timeout_s=BOOT_S)
                print(done.text, done.err.decode("utf-8", "replace"))
                if done.rc != 0:
                    raise MachineError("a unit did not come up\n" + machine.last_words())
                print(agent.run(["systemd-analyze"]).text)
            print(f"up after {time.monotonic() - began:.1f} s")
            machine.checked("stop", f"savevm {SNAPSHOT}", timeout_s=120)
            print(machine.monitor("info snapshots"))
            print(f"saved after {time.monotonic() - began:.1f} s")
            machine.quit()
        except Exception:
            print(machine.last_words())
            raise
        finally:
            machine.kill()


if __name__ == "__main__":
    main()
