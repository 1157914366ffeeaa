"""Readings of devices from an MQTT broker: the same signed readings as over HTTP.

Subscribed with QoS 1 in a session of its own name, and acknowledged by hand: the broker keeps a
reading until it is stored or refused for good, also while we are away. A reading twice is the same
event. The broker need not be trusted with more than delivery; what it makes up fails the signature.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ledger import metrics
from ledger.epcis.device_reading import MAX_BYTES
from ledger.errors import InvalidInput, LedgerError, Misconfigured, Unavailable

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_AT_ONCE = 16
_RETRY_SECONDS = 1.0
_KEEPALIVE_SECONDS = 30
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where readings come from."""

    host: str
    port: int
    is_encrypted: bool
    user: str | None
    password: str | None

    @classmethod
    def parse(cls, url: str) -> Self:
        """`mqtt://user:password@host:1883` or `mqtts://…`. Raises Misconfigured
        `mqtt-url-malformed`; the address is not repeated, it may hold a password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
            raise Misconfigured("mqtt-url-malformed", "PROVENANCE_MQTT_URL is no broker's address")
        return cls(
            parts.hostname,
            port or _PORTS[parts.scheme],
            parts.scheme == "mqtts",
            None if parts.username is None else unquote(parts.username),
            None if parts.password is None else unquote(parts.password),
        )


class MqttReadings:
    """Hands on what arrives under a topic until closed."""

    def __init__(
        self, broker: Broker, topic: str, client_id: str, receive: Callable[[bytes], object]
    ) -> None:
        self._broker = broker
        self._topic = topic
        self._receive = receive
        self._stopping = threading.Event()
        self.is_subscribed = threading.Event()
        """Set while the broker sends us readings."""
        self._pool = ThreadPoolExecutor(_AT_ONCE, "mqtt-reading")
        client = Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=False, manual_ack=True
        )
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        if broker.is_encrypted:
            client.tls_set()
        client.max_inflight_messages_set(_AT_ONCE)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = lambda *_: self.is_subscribed.set()
        self._client = client

    def start(self) -> None:
        """Connect, now or as soon as the broker answers."""
        self._client.connect_async(self._broker.host, self._broker.port, _KEEPALIVE_SECONDS)
        self._client.loop_start()

    def close(self) -> None:
        """Finish the readings in hand, then leave; the broker keeps the others for us."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self,
        client: Client,
        _: Any,
        __: ConnectFlags,
        reason: ReasonCode,
        ___: Properties | None,
    ) -> None:
        if reason.is_failure:
            _log.warning("mqtt broker refuses us", reason=str(reason))
            return
        client.subscribe(self._topic, qos=1)

    def _on_disconnect(self, *_: Any) -> None:
        self.is_subscribed.clear()
        if not self._stopping.is_set():
            _log.warning("mqtt broker lost", host=self._broker.host)

    def _on_message(self, _: Client, __: Any, message: MQTTMessage) -> None:
        if not self._stopping.is_set():
            self._pool.submit(self._take, message)

    def _take(self, message: MQTTMessage) -> None:
        while not self._stopping.is_set():
            try:
                if len(message.payload) > MAX_BYTES:
                    raise InvalidInput("device-reading-malformed", f"more than {MAX_BYTES} bytes")
                self._receive(bytes(message.payload))
            except Unavailable as error:
                # Not acknowledged: it is the broker's until it is stored.
                _log.warning("reading waits", code=error.code)
                self._stopping.wait(_RETRY_SECONDS)
                continue
            except LedgerError as error:
                metrics.READINGS.labels("refused").inc()
                _log.warning("reading refused", topic=message.topic, code=error.code)
            except Exception:
                metrics.READINGS.labels("refused").inc()
                _log.exception("reading failed", topic=message.topic)
            else:
                metrics.READINGS.labels("stored").inc()
            self._client.ack(message.mid, message.qos)
            return
