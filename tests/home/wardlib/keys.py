# SPDX-License-Identifier: Apache-2.0
"""Who may sign in a virtual home: the provider's key, the staff directory it signs, and the
clinician whose signature makes a plan valid. Made once a home, by openssl; Ed25519."""
from __future__ import annotations

import base64
import json
import subprocess
import tempfile
from pathlib import Path

from .machine import MachineError

PROVIDER, PHYSICIAN = "provider", "dr-17"
STAFF = {PHYSICIAN: "physician", "n-17": "nurse", "night-3": "night-team"}
RAW_KEY_BYTES = 32


def _openssl(*args: str) -> bytes:
    done = subprocess.run(["openssl", *args], capture_output=True, check=False)
    if done.returncode != 0:
        raise MachineError(f"openssl {args[0]}: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout


class Keys:
    """The keys of one home, in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.sign.pem"

    def make(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for name in (PROVIDER, *STAFF):
            if not self.file(name).exists():
                _openssl("genpkey", "-algorithm", "ed25519", "-out", str(self.file(name)))

    def public(self, name: str) -> str:
        """The raw public key in base64, as hubs read it."""
        der = _openssl("pkey", "-in", str(self.file(name)), "-pubout", "-outform", "DER")
        return base64.b64encode(der[-RAW_KEY_BYTES:]).decode()

    def sign(self, name: str, data: bytes) -> str:
        """A detached signature in base64."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return base64.b64encode(_openssl("pkeyutl", "-sign", "-rawin", "-inkey",
                                             str(self.file(name)), "-in", file.name)).decode()

    def directory(self) -> bytes:
        """The staff directory; all but the physician sign nothing that a hub accepts as a plan."""
        staff = [{"id": name, "role": role, "sign": self.public(name), "view": None,
                  "from": "2026-01-01T00:00:00+01:00"} for name, role in STAFF.items()]
        return json.dumps({"version": 1, "staff": staff}, indent=1).encode()

    def plan_message(self, plan: bytes, signer: str = PHYSICIAN) -> dict:
        """The payload of plan/{patient}: the exact bytes and their signature."""
        if signer not in STAFF:
            raise MachineError(f"no key of {signer}; there are: {', '.join(STAFF)}")
        return {"plan": base64.b64encode(plan).decode(), "key": signer,
                "signature": self.sign(signer, plan)}
