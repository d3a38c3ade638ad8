# SPDX-License-Identifier: Apache-2.0
"""What vaka-mqtt carries, out and in, and what it keeps on the way."""
from __future__ import annotations

import signal
import subprocess
import time

import relay_house
from relay_house import BASE, Hub, RelayCase, RudeBroker


class RelayTest(RelayCase):
    def test_out(self) -> None:
        staff = self.staff(f"{BASE}/reading/#")
        asker = self.staff(f"{BASE}/reply/#")
        hub = self.hub()
        up = hub.link("up")
        self.assertEqual((up["reason"], up["granted_expiry_s"], up["broker"]), ("", 604800, 0))
        self.assertAlmostEqual(up["certificate_until"], time.time() + 90 * 86400, delta=3600)
        hub.publish(7, "reading/p-1042/weight", b'{"a":1}', content_type="application/fhir+json",
                    id="u-7", rev=2, expiry_s=600)
        self.assertEqual(hub.expect("settled")[0], {"t": "settled", "n": 7, "reason": 0})
        self.assertEqual(staff.next(), f"{BASE}/reading/p-1042/weight|0|application/fhir+json||"
                                       "id:u-7 rev:2|{\"a\":1}")
        hub.say({"t": "publish", "n": 8, "response_to": f"{BASE}/reply/n-17/x",
                 "correlation": "414243"}, b"ok")
        self.assertEqual(hub.expect("settled")[0]["n"], 8)
        self.assertEqual(asker.next(), f"{BASE}/reply/n-17/x|0||ABC||ok")

    def test_settled_in_lists(self) -> None:
        """What the broker answers together is one packet; each message is in exactly one."""
        hub = self.hub()
        hub.link("up")
        for n in range(200):
            hub.publish(n, "reading/p-1042/weight")
        numbers = [hub.expect("settled")[0]["n"] for _ in range(200)]
        self.assertEqual(sorted(numbers), list(range(200)))
        self.assertGreater(hub.lists, 0)

    def test_settled_while_much_is_on_its_way(self) -> None:
        """What waits for company is told all the same when none comes."""
        hub = self.hub(RudeBroker(is_old=False, answers=3).port)
        hub.link("up")
        for n in range(100):
            hub.publish(n, "reading/p-1042/weight")
        self.assertEqual([hub.expect("settled")[0]["n"] for _ in range(3)], [0, 1, 2])

    def test_out_retained(self) -> None:
        hub = self.hub()
        hub.link("up")
        hub.publish(1, "health", b"{}", retain=True)
        hub.expect("settled")
        late = self.staff(f"{BASE}/health")
        hub.publish(2, "health", b"", retain=True)
        self.assertEqual(hub.expect("settled")[0]["n"], 2)
        late.next()
        out = subprocess.run(["mosquitto_sub", "-p", str(self.broker.plain), "-t",
                              f"{BASE}/health", "--retained-only", "-W", "1"],
                             capture_output=True, check=False)
        self.assertEqual(out.stdout, b"")

    def test_what_cannot_be_sent(self) -> None:
        hub = self.hub()
        hub.link("up")
        for n, (more, reason) in enumerate([
                ({"topic": "forbidden"}, 0x87),
                ({"topic": "a/+/b"}, 0x90),
                ({"topic": ""}, 0x90),
                ({"response_to": "vaka/1/soder/other/reply/x"}, 0x90),
                ({"response_to": f"{BASE}/cmd/n-17/alert/accept"}, 0x90),
                ({"response_to": f"{BASE}/reply/x", "correlation": "zz"}, 0x81)]):
            hub.publish(n, **({"topic": "x"} | more))
            self.assertEqual(hub.expect("settled")[0], {"t": "settled", "n": n, "reason": reason})

    def test_in(self) -> None:
        hub = self.hub()
        hub.link("up")
        self.broker.publish(f"{BASE}/cmd/n-17/alert/accept", b'{"cmd_id":"c"}',
                            "-D", "publish", "response-topic", f"{BASE}/reply/n-17/x",
                            "-D", "publish", "correlation-data", "AB",
                            "-D", "publish", "message-expiry-interval", "60")
        header, body = hub.expect("message")
        self.assertEqual(body, b'{"cmd_id":"c"}')
        self.assertEqual(header["topic"], "cmd/n-17/alert/accept")
        self.assertEqual(header["response_topic"], f"{BASE}/reply/n-17/x")
        self.assertEqual(header["correlation"], "4142")
        self.assertIn(header["expired_in_s"], (59, 60))
        # Too long, and a patient that is not ours: neither arrives, the next one does.
        self.broker.publish(f"{BASE}/receipt/care", b"x" * 70000)
        self.broker.publish(f"{BASE}/plan/p-9999", b"{}")
        self.broker.publish(f"{BASE}/plan/p-1042", b"plan")
        self.assertEqual(hub.expect("message")[1], b"plan")
        self.broker.publish(f"{BASE}/receipt/care", b"receipt")
        self.assertEqual(hub.expect("message")[0]["topic"], "receipt/care")
        hub.acknowledge()

    def test_session_keeps_what_was_sent_meanwhile(self) -> None:
        hub = Hub([self.broker.tls])
        hub.link("up")
        hub.close()
        self.broker.publish(f"{BASE}/receipt/care", b"while away")
        hub = self.hub()
        seen = {}
        while len(seen) < 2:
            header, body = hub.read()
            seen[header["t"]] = (header, body)
        self.assertTrue(seen["link"][0]["session_present"])
        self.assertEqual(seen["message"][1], b"while away")

    def test_a_command_is_the_brokers_until_the_hub_has_stored_it(self) -> None:
        """The relay dies between the broker's publish and the hub's commit."""
        topic = f"{BASE}/cmd/n-17/check/claim"
        hub = Hub([self.broker.tls])
        hub.link("up")
        self.broker.publish(topic, b"1")
        self.assertEqual(self.unanswered(hub), b"1")
        hub.process.kill()
        hub.close()
        hub = Hub([self.broker.tls])
        first = self.unanswered(hub)
        self.assertEqual(first, b"1", "the broker has forgotten it")
        hub.process.terminate()  # an orderly end must not acknowledge it either
        hub.close()
        hub = Hub([self.broker.tls])
        self.assertEqual(hub.message()[1], b"1")
        hub.acknowledge()
        hub.process.kill()
        hub.close()
        hub = self.hub()
        self.broker.publish(topic, b"2")
        self.assertEqual(hub.message()[1], b"2")
        hub.acknowledge()

    @staticmethod
    def unanswered(hub: Hub) -> bytes:
        """The next message, read and not answered."""
        while True:
            header, body = hub.read()
            if header["t"] == "message":
                return body
            hub.say({"t": "done", "n": header["n"]})

    def test_a_hub_that_cannot_store_holds_up_no_alert(self) -> None:
        hub = self.hub()
        hub.link("up")
        self.broker.publish(f"{BASE}/cmd/n-17/check/claim", b"1")
        self.assertEqual(self.unanswered(hub), b"1")
        hub.publish(1, "alert/p-1042/a1")
        begun = time.monotonic()
        hub.settle_one(1)
        self.assertLess(time.monotonic() - begun, 5.0)
        hub.acknowledge()

    def test_will(self) -> None:
        staff = self.staff(f"{BASE}/status")
        for number in (signal.SIGKILL, signal.SIGTERM):
            hub = self.hub()
            hub.link("up")
            hub.publish(1, "status", b'{"state":"online"}', retain=True)
            hub.expect("settled")
            staff.until(f'{BASE}/status|0|application/json||id:id-1 rev:0|'
                        '{"state":"online"}')
            hub.process.send_signal(number)
            self.assertEqual(staff.next(),
                             f'{BASE}/status|0|application/json|||{{"state":"offline"}}')

    def test_compact_documents_and_a_compact_will(self) -> None:
        staff = self.staff(f"{BASE}/x/#", "%t|%C|%x")
        watcher = self.staff(f"{BASE}/status", "%t|%C|%x")
        hub = self.hub(payload="cbor")
        hub.link("up")
        for n, (body, form) in enumerate([(b'{"value":80.50}', "application/fhir+json"),
                                          (b'{"value":-0}', "application/fhir+json"),
                                          (b"\xff\xd8", "image/jpeg"), (b"", "application/json")]):
            hub.publish(n, f"x/{n}", body, content_type=form)
            hub.expect("settled")
        self.assertEqual([staff.next() for _ in range(4)], [
            f"{BASE}/x/0|application/fhir+cbor|" + "A16576616C7565C48221191F72".lower(),
            f"{BASE}/x/1|application/fhir+json|" + b'{"value":-0}'.hex(),  # it has no exact form
            f"{BASE}/x/2|image/jpeg|ffd8", f"{BASE}/x/3|application/json|"])
        hub.process.kill()
        watcher.until(f"{BASE}/status|application/cbor|" + "A165737461746567".lower() +
                      b"offline".hex())  # the will of another test may still be kept there

    def test_poison(self) -> None:
        hub = self.hub(RudeBroker(is_old=False).port)
        for last in ("unsent", "unsent", "poison"):
            hub.link("up")
            hub.publish(5, "poison")
            hub.publish(6, "good")
            answers: dict[int, str] = {}
            while len(answers) < 2:
                header, _ = hub.read()
                if header["t"] == "link":  # the cut may come between the two
                    hub.say({"t": "done", "n": header["n"]})
                else:
                    answers[header["n"]] = header["t"]
            self.assertEqual(answers, {5: last, 6: "unsent"})
        hub.link("up")
        hub.publish(6, "good")
        self.assertEqual(hub.expect("settled")[0], {"t": "settled", "n": 6, "reason": 0})

    def test_poison_among_others(self) -> None:
        """What came before it is not acknowledged yet when the broker cuts the connection."""
        hub = self.hub(RudeBroker(is_old=False, is_late=True).port)
        told, _ = hub.deliver({n: "poison" if n == 3 else "good" for n in (1, 2, 3, 4)})
        self.assertEqual(told, {1: "settled", 2: "settled", 3: "poison", 4: "settled"})

    def test_topic_aliases(self) -> None:
        """As many as the broker allows, on this connection."""
        broker = RudeBroker(is_old=False, granted=b"\x22\x00\x01")
        hub = self.hub(broker.port)
        for _ in range(2):
            hub.link("up")
            broker.published.clear()
            for n, topic in enumerate(("reading/p-1042/weight", "reading/p-1042/weight",
                                       "reading/p-1042/pulse", "reading/p-1042/weight")):
                hub.publish(n, topic)
                self.assertEqual(hub.expect("settled")[0]["n"], n)
            self.assertEqual([topic for topic, _ in broker.published],
                             [f"{BASE}/reading/p-1042/weight", "", f"{BASE}/reading/p-1042/pulse",
                              ""])
            self.assertLess(broker.published[1][1], broker.published[0][1] - len(BASE))
            hub.publish(9, "poison")
            self.assertEqual(hub.expect("unsent")[0]["n"], 9)

    def test_topic_aliases_of_a_real_broker(self) -> None:
        staff = self.staff(f"{BASE}/reading/#")
        hub = self.hub()
        hub.link("up")
        kinds = [f"reading/p-1042/kind-{n}" for n in range(20)] * 2
        for n, topic in enumerate(kinds):
            hub.publish(n, topic, str(n).encode())
            self.assertEqual(hub.expect("settled")[0]["n"], n)
        for n, topic in enumerate(kinds):
            self.assertEqual(staff.next(),
                             f"{BASE}/{topic}|0|application/json||id:id-{n} rev:0|{n}")

    def test_message_expiry(self) -> None:
        staff = self.staff(f"{BASE}/plan/#", "%t %E")
        hub = self.hub()
        hub.link("up")
        for n, more in enumerate(({"expiry_s": 300}, {"expiry_s": 0})):
            hub.publish(n, "plan/p-1042/wanted", **more)
            hub.expect("settled")
        self.assertIn(staff.next(), (f"{BASE}/plan/p-1042/wanted 300",
                                     f"{BASE}/plan/p-1042/wanted 299"))
        self.assertEqual(staff.next(), f"{BASE}/plan/p-1042/wanted ")

    def test_a_will_that_waits(self) -> None:
        """A hub that is back in time was never offline."""
        staff = self.staff(f"{BASE}/status")
        offline = f'{BASE}/status|0|application/json|||{{"state":"offline"}}'
        self.broker.publish(f"{BASE}/status", b"begin")
        staff.until(f"{BASE}/status|0||||begin")
        for delay_s, is_heard in ((3600, False), (1, True)):
            hub = Hub([self.broker.tls], will_delay_s=delay_s)
            hub.link("up")
            hub.process.kill()
            hub.close()
            if is_heard:
                self.assertEqual(staff.next(), offline)
            else:
                hub = Hub([self.broker.tls])
                hub.link("up")
                self.broker.publish(f"{BASE}/status", b"now")
                self.assertEqual(staff.next(), f"{BASE}/status|0||||now")
                hub.close()
                self.assertEqual(staff.next(), offline)

    def test_messages_the_hub_could_not_take(self) -> None:
        hub = self.hub()
        hub.link("up")
        self.broker.publish(f"{BASE}/cmd/n-17/x/{'y' * 200}", b"1")
        self.broker.publish(f"{BASE}/cmd/n-17/x/y", b"2", "-D", "publish", "response-topic",
                            "r" * 200)
        self.broker.publish(f"{BASE}/cmd/n-17/x/y", b"3", "-D", "publish", "correlation-data",
                            "c" * 65)
        self.broker.publish(f"{BASE}/cmd/n-17/x/y", b"4")
        self.assertEqual(hub.expect("message")[1], b"4")
        hub.acknowledge()

    def test_ends_with_the_hub(self) -> None:
        hub = Hub([self.broker.tls])
        hub.link("up")
        hub.close()
        self.assertEqual(hub.process.returncode, 1)


if __name__ == "__main__":
    relay_house.main()
