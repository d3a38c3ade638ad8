# SPDX-License-Identifier: Apache-2.0
"""How vaka-mqtt finds a broker and trusts it, and what it does when there is none."""
from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import relay_house
from relay_house import (BASE, CHIP, DEADLINE_S, HAS_CHIP, SOFT_CHIP, TOKENS, Broker, CountingProxy,
                         Hub, RelayCase, RudeBroker, free_port)


class ConnectionTest(RelayCase):
    def test_broker_dies_and_returns(self) -> None:
        hub = self.hub()
        hub.link("up")
        assert self.broker.process
        self.broker.process.send_signal(signal.SIGSTOP)
        for n in range(3):
            hub.publish(n, "reading/p-1042/weight")
        hub.say({"t": "ping", "n": 1})
        hub.expect("pong")
        self.broker.kill()
        self.assertEqual([hub.expect("unsent")[0]["n"] for _ in range(3)], [0, 1, 2])
        self.assertNotEqual(hub.link("down")["reason"], "")
        hub.publish(9, "reading/p-1042/weight")
        self.assertEqual(hub.read()[0]["t"] in ("unsent", "link"), True)
        self.broker.start()
        while (header := hub.read()[0]).get("state") != "up":
            self.assertIn(header["t"], ("link", "unsent"))
        hub.publish(0, "reading/p-1042/weight")
        self.assertEqual(hub.expect("settled")[0]["n"], 0)

    def test_next_broker_in_turn(self) -> None:
        hub = self.hub(free_port(), self.broker.tls)
        self.assertEqual(hub.link("down")["broker"], 0)
        self.assertEqual(hub.link("up")["broker"], 1)

    def test_brokers_that_do_not_say_a_word(self) -> None:
        """Before TLS, behind it, or not even to a SYN: each has its time, however long the keep-alive
        of a mobile link is and the kernel's patience; then the next has its turn."""
        lone = socket.socket()
        lone.bind(("127.0.0.1", 0))
        late = self.hub(brokers=[{"host": "127.0.0.1", "port": lone.getsockname()[1]}])
        self.assertEqual(late.link("down")["reason"], "Connection refused")
        self.fill(lone)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            ports = silent.getsockname()[1], RudeBroker(is_old=False, is_mute=True).port
            hubs = [self.hub(port, self.broker.tls, keep_alive_s=3600) for port in ports]
            self.assertEqual(late.link("down")["reason"], "Connection timed out")
            for hub in hubs:
                down = hub.link("down")
                self.assertEqual((down["broker"], down["reason"]),
                                 (0, "the broker accepts and says nothing"))
                self.assertEqual(hub.link("up")["broker"], 1)

    def fill(self, listener: socket.socket) -> None:
        """Its queue, so that the next SYN gets no answer."""
        listener.listen(0)
        self.addCleanup(listener.close)
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            self.addCleanup(filler.close)

    def test_back_to_the_preferred_broker(self) -> None:
        """When it is there again, and with what was on its way meanwhile."""
        first = Broker(is_started=False)
        self.addCleanup(first.kill)
        hub = self.hub(first.tls, self.broker.tls, fail_back_s=1)
        hub.link("down")
        self.assertEqual(hub.link("up")["broker"], 1)
        hub.publish(1, "reading/p-1042/weight")
        hub.settle_one(1)
        first.start()
        waiting, number, back = {1000}, 1000, False
        hub.publish(number, "reading/p-1042/weight")
        while waiting or not back:
            header, _ = hub.read()
            if header["t"] == "link":
                hub.say({"t": "done", "n": header["n"]})
                back |= header["state"] == "up" and header["broker"] == 0
                if header["state"] == "down":
                    self.assertEqual(header["reason"], "back to a preferred broker")
                else:
                    for n in waiting:
                        hub.publish(n, "reading/p-1042/weight")
            elif header["t"] == "settled":
                waiting.discard(header["n"])
                if not back and header["n"] == number:
                    number += 1
                    waiting.add(number)
                    hub.publish(number, "reading/p-1042/weight")
        status = self.staff(f"{BASE}/status")
        self.broker.publish(f"{BASE}/status", b"last")
        status.until(f"{BASE}/status|0||||last")  # no will: it said good-bye

    def test_a_ca_that_is_not_ours(self) -> None:
        hub = self.hub(ca=f"{relay_house.FOLDER}/other.pem")
        self.assertEqual(hub.link("down")["reason"],
                         "tls: self-signed certificate in certificate chain")

    def test_a_name_the_certificate_does_not_say(self) -> None:
        hub = self.hub(brokers=[{"host": "127.0.0.1", "port": self.broker.tls}])
        self.assertEqual(hub.link("down")["reason"], "tls: IP address mismatch")

    def test_a_key_that_is_missing(self) -> None:
        hub = self.hub(key=f"{relay_house.FOLDER}/none.key")
        self.assertEqual(hub.link("down")["reason"],
                         "cannot read the hub's key: No such file or directory")

    def test_a_key_that_is_another_ones(self) -> None:
        hub = self.hub(key=f"{relay_house.FOLDER}/broker.key")
        self.assertEqual(hub.link("down")["reason"],
                         "cannot read the hub's key: key values mismatch")

    def test_a_key_in_a_chip(self) -> None:
        folder = relay_house.FOLDER
        (folder / "tokens").mkdir()
        (folder / "softhsm.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
        os.environ |= {TOKENS: f"{folder}/softhsm.conf", CHIP: str(SOFT_CHIP)}
        for words in (["--init-token", "--free", "--label", "hub", "--so-pin", "1234"],
                      ["--import", f"{folder}/hub.key", "--token", "hub", "--label", "hub", "--id",
                       "01"]):
            subprocess.run(["softhsm2-util", *words, "--pin", "1234"], check=True,
                           capture_output=True)
        key = "pkcs11:token=hub;object={};type=private?pin-value=1234"
        hub = self.hub(key=key.format("hub"))
        self.assertEqual(hub.link("up")["reason"], "")
        hub = self.hub(key=key.format("none"))
        self.assertIn("cannot read the hub's key", hub.link("down")["reason"])

    def test_a_new_certificate_is_taken_without_a_restart(self) -> None:
        """As soon as it and its key are there; one without the other breaks nothing."""
        folder = relay_house.FOLDER
        for kind in ("pem", "key"):
            shutil.copy(folder / f"hub.{kind}", folder / f"mine.{kind}")
        hub = self.hub(cert=f"{folder}/mine.pem", key=f"{folder}/mine.key", keep_alive_s=5)
        hub.link("up")
        os.replace(shutil.copy(folder / "renewed.pem", folder / "new"), folder / "mine.pem")
        hub.log_says(b"not taken: ")
        hub.publish(1, "reading/p-1042/weight")
        self.assertLess(hub.expect("settled")[0]["reason"], 0x80)
        os.replace(shutil.copy(folder / "renewed.key", folder / "new"), folder / "mine.key")
        self.assertEqual(hub.link("down")["reason"], "new certificate or key")
        hub.link("up")
        # The new one has another name, which may not write there.
        hub.publish(2, "reading/p-1042/weight")
        self.assertEqual(hub.expect("settled")[0]["reason"], 0x87)

    def test_a_clock_that_starts_in_the_past(self) -> None:
        """A certificate that is not valid yet by the clock is judged by the time that is known."""
        broker = Broker("tomorrow")
        self.addCleanup(broker.kill)
        hub = self.hub(broker.tls)
        self.assertEqual(hub.link("down")["reason"], "tls: certificate is not yet valid")
        hub = self.hub(broker.tls, time_floor=int(time.time()) + 3 * 365 * 86400)
        self.assertEqual(hub.link("up")["reason"],
                         "the clock is behind: certificates judged at its floor")
        hub = self.hub(self.broker.tls, time_floor=int(time.time()) + 3 * 365 * 86400)
        self.assertEqual(hub.link("down")["reason"], "tls: certificate has expired")

    def test_a_broker_of_yesterday(self) -> None:
        hub = self.hub(RudeBroker(is_old=True).port)
        self.assertEqual(hub.link("down")["reason"], "the broker does not speak MQTT 5")

    def test_a_session_shorter_than_asked_for(self) -> None:
        hub = self.hub(RudeBroker(is_old=False, granted=b"\x11\x00\x01\x51\x80").port)
        up = hub.link("up")
        self.assertEqual((up["granted_expiry_s"], up["reason"]), (
            86400, "the broker keeps the session for 86400 s, asked for 604800 s"))

    def test_a_broker_that_does_not_answer(self) -> None:
        """A connect that hangs holds up nothing: pings are answered, SIGTERM ends the relay."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.fill(listener)
        hub = self.hub(listener.getsockname()[1])
        hub.publish(1, "reading/p-1042/weight")
        self.assertEqual(hub.expect("unsent")[0]["n"], 1)
        hub.say({"t": "ping", "n": 5})
        self.assertEqual(hub.expect("pong")[0]["n"], 5)
        hub.process.terminate()
        self.assertEqual(hub.process.wait(DEADLINE_S), 0)

    def proxied(self, broker: Broker) -> tuple[CountingProxy, Hub]:
        """A hub that has sent twenty messages through a proxy that counts."""
        proxy = CountingProxy(broker.tls)
        self.addCleanup(proxy.listener.close)
        hub = self.hub(proxy.port)
        hub.link("up")
        for n in range(1, 21):
            hub.publish(n, "reading/p-1042/weight", b"x" * 100 * n)
            hub.expect("settled")
        return proxy, hub

    @staticmethod
    def repeated() -> int:
        """Segments that this machine's TCP has sent once more, ever."""
        names, values = (line.split() for line in Path("/proc/net/snmp").read_text().splitlines()
                         if line.startswith("Tcp:"))
        return int(values[names.index("RetransSegs")])

    def judge(self, hub: Hub, counted: dict[str, int], before: int) -> None:
        """The same to the byte. What the kernel repeats was on the wire twice and reaches the proxy once."""
        if self.repeated() == before:
            self.assertEqual(hub.traffic["sent"], counted["sent"])
        self.assertGreaterEqual(hub.traffic["sent"], counted["sent"])

    def test_traffic_is_what_the_wire_carried(self) -> None:
        """To the byte, handshake and good-bye in it, when the broker ends the connection."""
        broker = Broker()
        self.addCleanup(broker.kill)
        before = self.repeated()
        proxy, hub = self.proxied(broker)
        self.assertGreater(hub.traffic["sent"], 0)  # it is told while the connection lives
        broker.kill()
        hub.link("down")
        hub.is_asked_for_traffic = True
        hub.expect("traffic")
        self.judge(hub, proxy.counted(), before)
        self.assertEqual(hub.traffic["received"], proxy.received)
        self.assertGreater(proxy.sent, 21000)
        self.assertGreater(hub.traffic["packets"], 40)
        self.assertGreater(hub.n_traffic, 1)

    def test_traffic_of_a_relay_that_is_stopped(self) -> None:
        before = self.repeated()
        proxy, hub = self.proxied(self.broker)
        hub.process.send_signal(signal.SIGTERM)
        with self.assertRaises(AssertionError):
            hub.read()
        counted = proxy.counted()
        self.judge(hub, counted, before)
        # The broker's answer to a good-bye comes when nobody listens any more.
        self.assertIn(counted["received"] - hub.traffic["received"], range(64))

    def test_a_hub_without_a_care_service(self) -> None:
        hub = self.hub(nothing=True)
        hub.publish(1, "health")
        self.assertEqual(hub.expect("unsent")[0]["n"], 1)


if __name__ == "__main__":
    if not HAS_CHIP:  # as with libgpiod 2: Debian 12 has no such provider
        print("a key in a chip is left out: SoftHSM or OpenSSL's PKCS#11 provider is not here")
        del ConnectionTest.test_a_key_in_a_chip
    relay_house.main()
