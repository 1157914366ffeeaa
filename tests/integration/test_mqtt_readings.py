"""Readings by way of a real broker: nothing lost that it has taken, nothing refused comes again."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from paho.mqtt.publish import single

from ledger.errors import InvalidInput, Misconfigured, Unavailable
from ledger.services.mqtt_readings import Broker, MqttReadings
from tests.support.mosquitto import running_mosquitto

TOPIC = "provenance/readings/#"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_mosquitto(tmp_path_factory.mktemp("broker")) as found:
        yield found


@contextmanager
def hearing(port: int, name: str, receive: Callable[[bytes], object]) -> Iterator[MqttReadings]:
    readings = MqttReadings(Broker.parse(f"mqtt://127.0.0.1:{port}"), TOPIC, name, receive)
    readings.start()
    try:
        assert readings.is_subscribed.wait(10)
        yield readings
    finally:
        readings.close()


def publish(port: int, payload: str) -> None:
    single("provenance/readings/a", payload, qos=1, hostname="127.0.0.1", port=port)


def test_readings_arrive_also_those_sent_while_we_were_away(port: int) -> None:
    got: queue.Queue[bytes] = queue.Queue()
    with hearing(port, "away", got.put):
        publish(port, "one")
        assert got.get(timeout=10) == b"one"
    publish(port, "two")
    with hearing(port, "away", got.put):
        assert got.get(timeout=10) == b"two"
        time.sleep(0.3)
    assert got.empty()


def test_reading_waits_until_it_can_be_stored(port: int) -> None:
    seen: queue.Queue[bytes] = queue.Queue()
    failures = iter([Unavailable("storage-busy", "not now")])

    def receive(body: bytes) -> None:
        seen.put(body)
        for failure in failures:
            raise failure

    with hearing(port, "busy", receive):
        publish(port, "patience")
        assert [seen.get(timeout=10) for _ in range(2)] == [b"patience"] * 2


def test_refused_readings_are_not_sent_again(port: int) -> None:
    seen: queue.Queue[bytes] = queue.Queue()

    def receive(body: bytes) -> None:
        seen.put(body)
        if body == b"bug":
            raise RuntimeError
        raise InvalidInput("device-reading-malformed", "no")

    with hearing(port, "refusing", receive):
        for body in ("bad", "bug", "x" * 9_000):
            publish(port, body)
        assert {seen.get(timeout=10) for _ in range(2)} == {b"bad", b"bug"}
        time.sleep(0.3)
    with hearing(port, "refusing", receive):
        time.sleep(0.5)
    assert seen.empty()


@pytest.mark.parametrize(
    "url", ["", "http://x", "mqtt://", "mqtt://host:port", "mqtt://host/path", "mqtt://h:99999"]
)
def test_addresses_of_no_broker_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        Broker.parse(url)
    assert raised.value.code == "mqtt-url-malformed"


def test_address_of_a_broker() -> None:
    broker = Broker.parse("mqtts://may%40do:bi%3Amat@broker.example")
    assert broker == Broker("broker.example", 8883, True, "may@do", "bi:mat")
