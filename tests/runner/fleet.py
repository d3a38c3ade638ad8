# SPDX-License-Identifier: Apache-2.0
"""The hub against a cluster of brokers."""

import programs
from build import build
from tally import Tally


def main(tally: Tally) -> None:
    where = build(tally, "dev", "dev", "gcc")
    if where:
        programs.main(tally, "fleet", str(where))
