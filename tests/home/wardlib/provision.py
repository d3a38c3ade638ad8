# SPDX-License-Identifier: Apache-2.0
"""What the technician and the care organisation put on a hub: TLS files, hub.yaml, plans, keys.

It is laid out as a tree on the host (HOME/overlay) and unpacked over the guest's root at each power
on, because the guest's own root goes back to the snapshot then. `ward push` adds to the same tree.
"""
from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

from .broker import HUB, SITE, Broker
from .keys import PROVIDER, Keys

PATIENT = "p-1042"


def write(file: Path, data: bytes, mode: int = 0o644) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    file.chmod(mode)


def provision(overlay: Path, broker: Broker, keys: Keys, guest: Path) -> None:
    """Joins the hub to the home's broker and pins the provider's key. What was pushed stays."""
    etc = overlay / "etc/vaka"
    for name, source in (("ca.pem", "ca.pem"), ("hub.pem", f"{HUB}.pem"),
                         ("hub.key", f"{HUB}.key")):
        write(etc / "tls" / name, (broker.tls / source).read_bytes(), 0o600)
    if not (etc / "staff.json.sig").exists():
        directory = keys.directory()
        write(etc / "provider.pub", keys.public(PROVIDER).encode())
        write(etc / "staff.json", directory)
        write(etc / "staff.json.sig", keys.sign(PROVIDER, directory).encode())
    if not (etc / "hub.yaml").exists():
        template = (guest / "hub.yaml.in").read_text(encoding="utf-8")
        for key, value in (("SITE", SITE), ("HUB", HUB), ("PATIENT", PATIENT),
                           ("PORT", str(broker.port))):
            template = template.replace(f"@{key}@", value)
        write(etc / "hub.yaml", template.encode())


def copy_tree(source: Path, target: Path) -> None:
    """Adds a file or a folder's content to the overlay."""
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def pack(tree: Path) -> bytes:
    """The overlay as a tar of root's files."""
    def as_root(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        return info

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for entry in sorted(tree.iterdir()) if tree.is_dir() else []:
            tar.add(entry, arcname=entry.name, filter=as_root)
    return buffer.getvalue()


def holds_units(tree: Path) -> bool:
    """Whether the overlay changes what systemd, dbus or udev have read at boot."""
    return any((tree / place).exists() for place in
               ("usr/lib/systemd/system", "usr/lib/sysusers.d", "usr/share/dbus-1/system.d",
                "etc/systemd/system", "usr/lib/udev/rules.d"))


UNPACK = """
tar -x -C / --no-same-owner --keep-directory-symlink --no-overwrite-dir
if [ "$1" = units ]; then
	systemd-sysusers
	udevadm control --reload
	udevadm trigger --subsystem-match=gpio
	systemctl daemon-reload
	systemctl reload dbus
	systemd-tmpfiles --create /usr/lib/tmpfiles.d/vaka.conf
fi
if [ -d /etc/vaka/plans ]; then
	chown -R root:vaka /etc/vaka/plans
	chmod -R u=rwX,g=rX,o= /etc/vaka/plans
fi
"""
