# SPDX-License-Identifier: Apache-2.0
"""What the broker does not take: tried again without a new connection, set aside after bounded tries and
told, and not lost: a new start tries it once more. The relay is played by this script."""
from __future__ import annotations

import unittest

import hub_process
from hub_process import Hub, Plugin, published, wait_for, weight

NOT_AUTHORISED, IMPLEMENTATION, QUOTA = 0x87, 0x83, 0x97
TRIES = 5


class Refused(unittest.TestCase):
    def setUp(self) -> None:
        self.hub = Hub()
        self.relay, self.collector = self.hub.relay(), self.hub.plugin("ble")
        self.ids = [self.collector.ask(weight(16000 + n, f"{80 + n / 200:.3f}"))["id"] for n in range(2)]

    def tearDown(self) -> None:
        self.assertEqual(self.hub.stop(), 0)

    def outbox(self) -> tuple[int, int]:
        """What waits, and what was set aside."""
        outbox = self.hub.vakactl("status")["engine"]["outbox"]
        return outbox["depth"], outbox["set_aside"]

    def answer(self, relay: Plugin, reason: int) -> str:
        """The next reading, with this reason for the first and 0 for the other; the rest is taken."""
        while True:
            header = relay.until(lambda h: h["t"] == "publish")
            is_first = header["id"] == self.ids[0]
            relay.send({"t": "settled", "n": header["n"], "reason": reason if is_first else 0})
            if header["topic"].startswith("reading/"):
                return header["id"]

    def again(self, reason: int) -> None:
        """The link falls and comes again, when the other reading has left."""
        wait_for(lambda: self.outbox()[0] == 1, "the other has left")
        self.relay.ask({"t": "link", "state": "down", "reason": "test"})
        self.relay.ask({"t": "link", "state": "up", "reason": ""})
        self.assertEqual(self.answer(self.relay, reason), self.ids[0])

    def test_a_full_broker_is_asked_again_over_the_same_link(self) -> None:
        self.assertEqual({self.answer(self.relay, QUOTA) for _ in range(2)}, set(self.ids))
        for _ in range(TRIES):  # it may be full for as long as it likes
            self.again(QUOTA)
        self.assertEqual(self.answer(self.relay, 0), self.ids[0])
        wait_for(lambda: self.outbox() == (0, 0), "it has left")

    def test_set_aside_after_bounded_tries_and_tried_by_a_new_start(self) -> None:
        self.assertEqual({self.answer(self.relay, IMPLEMENTATION) for _ in range(2)}, set(self.ids))
        for n in range(1, TRIES):
            self.assertEqual(self.outbox()[1], 0, n)
            self.again(IMPLEMENTATION)
        self.is_tried_by_a_new_start()

    def test_what_is_forbidden_is_set_aside_at_once(self) -> None:
        self.assertEqual({self.answer(self.relay, NOT_AUTHORISED) for _ in range(2)}, set(self.ids))
        self.is_tried_by_a_new_start()

    def is_tried_by_a_new_start(self) -> None:
        wait_for(lambda: self.outbox()[1] == 1, "it is set aside")
        self.hub.kill()
        self.hub.start()
        self.assertEqual(published(self.hub.relay(), "reading/")["id"], self.ids[0])
        wait_for(lambda: self.outbox()[1] == 0 and self.hub.vakactl("status")["puback"], "it has left")


if __name__ == "__main__":
    hub_process.main()
