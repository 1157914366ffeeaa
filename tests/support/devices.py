"""A sensor device: its key and the readings it signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.epcis.device_reading import encode_base64url, thumbprint

DEVICE_ID = "https://id.gs1.org/8004/9521234LOGGER1"
PLACE = "https://id.gs1.org/414/9521234000136"


@dataclass
class Device:
    """Signs as a data logger does."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def kid(self) -> str:
        return thumbprint(self.public_key)

    def sign(self, payload: Any, **header: Any) -> str:
        """A compact JWS over the payload."""
        parts = [{"alg": "EdDSA", "kid": self.kid, **header}, payload]
        text = ".".join(encode_base64url(orjson.dumps(part)) for part in parts)
        return f"{text}.{encode_base64url(self.key.sign(text.encode()))}"

    def registration(self, org: str, items: Sequence[str] = ()) -> dict[str, Any]:
        """The body of PUT /devices."""
        return {
            "deviceID": DEVICE_ID,
            "publicKey": encode_base64url(self.public_key),
            "readPoint": PLACE,
            "items": list(items),
            "proof": self.sign({"device": DEVICE_ID, "org": org}),
        }

    def reading(self, counter: int, time: str, celsius: float) -> str:
        """A signed temperature."""
        reports = [{"type": "Temperature", "value": celsius, "uom": "CEL"}]
        return self.sign({"counter": counter, "time": time, "reports": reports})
