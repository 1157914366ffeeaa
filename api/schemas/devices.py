"""Devices, cold-chain rules and readings on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.clock import format_time
from ledger.epcis.cold_chain import ColdChainRule
from ledger.epcis.device_reading import encode_base64url

if TYPE_CHECKING:
    from ledger.storage.devices import DeviceRow


class DeviceRequest(Request):
    """A device to register, or what is new about it."""

    device_id: str = Field(alias="deviceID", max_length=1024, description="URI, such as a GIAI.")
    public_key: str = Field(max_length=64, description="Ed25519, 32 bytes in base64url.")
    read_point: str = Field(max_length=1024, description="URI of the place, such as a GLN.")
    items: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="URIs of the lots, items or containers whose temperature it tells.",
    )
    proof: str = Field(
        max_length=8192,
        description='Compact JWS of the device\'s key over {"device": deviceID, "org": yours}.',
    )


class DeviceAnswer(Answer):
    """A registered device."""

    kid: str = Field(description="RFC 7638 thumbprint: the `kid` of its readings.")
    device_id: str = Field(alias="deviceID")
    public_key: str
    read_point: str
    items: list[str]
    registered_at: str
    revoked_at: str | None


class RegisteredDevice(Answer):
    """The answer to a registration."""

    kid: str


class RuleBody(Request):
    """A cold-chain rule: one bound or both."""

    min_celsius: float | None = None
    max_celsius: float | None = None
    allowed_minutes: int = Field(description="Minutes outside of the bounds that are no breach.")

    def rule(self) -> ColdChainRule:
        """The rule. Raises InvalidInput `cold-chain-rule-malformed`."""
        return ColdChainRule(self.min_celsius, self.max_celsius, self.allowed_minutes)


class ReceivedAnswer(Answer):
    """A reading that is stored as an event."""

    event_id: str = Field(alias="eventID")
    record_id: str = Field(alias="recordID", description="See /records/{id}/proof.")
    alarm: bool = Field(description="The cold-chain rule of an item is broken.")


def device_answer(row: DeviceRow) -> DeviceAnswer:
    """The wire form of a device."""
    return DeviceAnswer(
        kid=row.kid,
        device_id=row.device_id,
        public_key=encode_base64url(row.public_key),
        read_point=row.read_point,
        items=list(row.items),
        registered_at=format_time(row.registered_at),
        revoked_at=None if row.revoked_at is None else format_time(row.revoked_at),
    )
