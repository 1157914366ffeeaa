"""Signed readings of sensor devices: a JWS in, a sensor event out.

A reading is a JWS in compact form (RFC 7515) with `{"alg":"EdDSA","kid":…}` (RFC 8037, Ed25519) as
its header; `kid` is the RFC 7638 thumbprint of the device's key. The payload::

    {"counter": 17, "time": "2026-03-01T08:00:00+07:00",
     "reports": [{"type": "Temperature", "value": 4.2, "uom": "CEL"}]}

The counter makes the eventID, so a counter counts once for ever: a reading played back is the event
that is recorded already, and another reading under its counter is a conflict. Readings may come
late, twice and in any order. The JWS itself stands in the event, where anyone can check it.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger import canonical
from ledger.epcis.context import STANDARD, Context
from ledger.epcis.fields import check_time, parse_time, require
from ledger.errors import InvalidInput, VerificationFailed
from ledger.gs1.identifier import find_identifier
from ledger.gs1.urn import is_class_pattern

MAX_BYTES = 8 * 1024
MAX_REPORTS = 16
NAMESPACE = "urn:provenance-ledger:device:"
"""Namespace of the extension that carries the device's signature."""

_LARGEST_COUNTER = 2**53 - 1
_MEMBERS = {"counter", "time", "reports"}


@dataclass(frozen=True, slots=True)
class SignedReading:
    """A JWS taken apart; nothing in it is believed before `verify`."""

    kid: str
    payload: bytes
    signature: bytes
    signed: bytes
    text: str

    def verify(self, public_key: bytes) -> None:
        """Raises VerificationFailed `device-signature-invalid`."""
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(self.signature, self.signed)
        except (InvalidSignature, ValueError):
            raise VerificationFailed(
                "device-signature-invalid", "the signature is not that of the device's key"
            ) from None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a device's readings are about: itself, where it is and what it travels with."""

    device_id: str
    read_point: str
    items: Sequence[str]


def thumbprint(public_key: bytes) -> str:
    """RFC 7638 thumbprint of an Ed25519 public key of 32 bytes."""
    key = {"crv": "Ed25519", "kty": "OKP", "x": encode_base64url(public_key)}
    return encode_base64url(sha256(json.dumps(key, separators=(",", ":")).encode()).digest())


def read_signed(body: bytes) -> SignedReading:
    """Take a compact JWS apart. Raises InvalidInput `device-reading-malformed`."""
    if len(body) > MAX_BYTES:
        _refuse(f"more than {MAX_BYTES} bytes")
    try:
        text = body.decode("ascii").strip()
    except UnicodeDecodeError:
        _refuse("not ASCII")
    parts = text.split(".")
    if len(parts) != 3:
        _refuse("not three parts with two dots between them")
    header = canonical.parse(decode_base64url(parts[0]))
    if type(header) is not dict or header.keys() != {"alg", "kid"} or header["alg"] != "EdDSA":
        _refuse('the header is not {"alg":"EdDSA","kid":…}')
    if type(header["kid"]) is not str:
        _refuse("kid is not text")
    return SignedReading(
        header["kid"],
        decode_base64url(parts[1]),
        decode_base64url(parts[2]),
        f"{parts[0]}.{parts[1]}".encode(),
        text,
    )


def sensor_event(reading: SignedReading, org: str, subject: Subject) -> dict[str, Any]:
    """The event that a verified reading tells; it has yet to pass the checks of capture.

    Raises InvalidInput `device-reading-malformed` or of a field, pointer into the payload.
    """
    payload = canonical.parse(reading.payload)
    if type(payload) is not dict or not payload.keys() <= _MEMBERS:
        _refuse("the payload is an object of counter, time and reports")
    require(payload, ("counter", "time", "reports"))
    counter, time, reports = payload["counter"], payload["time"], payload["reports"]
    if type(counter) is not int or not 0 <= counter <= _LARGEST_COUNTER:
        _refuse("the counter is no number that only grows", "/counter")
    check_time(time, Context())
    if type(reports) is not list or not 0 < len(reports) <= MAX_REPORTS:
        _refuse(f"reports is a list of 1 to {MAX_REPORTS}", "/reports")
    offset = parse_time(time).isoformat()[-6:]
    event: dict[str, Any] = {
        "@context": [STANDARD, {"device": NAMESPACE}],
        "type": "ObjectEvent",
        "eventID": reading_id(org, reading.kid, counter),
        "eventTime": time,
        "eventTimeZoneOffset": offset,
        "action": "OBSERVE",
        "bizStep": "sensor_reporting",
        "readPoint": {"id": subject.read_point},
        "sensorElementList": [
            {
                "sensorMetadata": {"time": time, "deviceID": subject.device_id},
                "sensorReport": reports,
            }
        ],
        "device:reading": reading.text,
    }
    classes = [item for item in subject.items if _is_class(item)]
    instances = [item for item in subject.items if item not in classes]
    if instances:
        event["epcList"] = instances
    if classes:
        event["quantityList"] = [{"epcClass": item} for item in classes]
    return event


def reading_id(org: str, kid: str, counter: int) -> str:
    """The eventID of a device's reading: the counter counts once."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}{org}/{kid}/{counter}").urn


def encode_base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _is_class(item: str) -> bool:
    found = find_identifier(item)
    return is_class_pattern(item) if found is None else not found.is_instance


def decode_base64url(text: str) -> bytes:
    """The inverse. Raises InvalidInput `device-reading-malformed`."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        _refuse("not base64url")
    if encode_base64url(data) != text:
        _refuse("not base64url")
    return data


def _refuse(detail: str, pointer: str | None = None) -> NoReturn:
    raise InvalidInput("device-reading-malformed", detail, pointer=pointer)
