# SPDX-License-Identifier: Apache-2.0
"""Row e of issue 4, its long part: a power cut in any state of an alert and of a check."""
from __future__ import annotations

from .decides_e import cuts, furnish
from .support import VirtualHome


def run(home: VirtualHome, case) -> None:
    staff = home.listener("night-3", "check/#")
    home.have("cuff")
    furnish(home)
    with case("e: a power cut in any state of alert and check changes nothing"):
        cuts(home, staff)
    staff.close()
