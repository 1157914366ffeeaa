"""Receiving: devices of organizations, and their signed readings as sensor events.

A device is registered with a proof that whoever registers it has its key, so that nobody can take
another's readings for its own. A reading needs no API key: its signature says whose it is. It is
captured as any other event, in group commits; a crash before the answer leaves a device that asks
again, and the counter sees to it that nothing is recorded twice.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

from ledger import canonical
from ledger.clock import Clock
from ledger.epcis.cold_chain import ColdChainRule
from ledger.epcis.context import Context
from ledger.epcis.device_reading import (
    Subject,
    read_signed,
    sensor_event,
    thumbprint,
)
from ledger.epcis.fields import check_identifier, check_reference
from ledger.epcis.schema import check_shape
from ledger.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from ledger.gs1.keys import Gtin
from ledger.identity.organization import Role
from ledger.services.caller import Caller, Scope
from ledger.services.cold_chain_watching import find_broken
from ledger.services.group_commit import GroupCommit
from ledger.services.intake import Stored
from ledger.storage.database import Database
from ledger.storage.devices import DeviceRow

MOST_DEVICES = 1_000
MOST_ITEMS = 50
STORE_SECONDS = 30.0
_TURNS = 256

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a reading. `alarm`: the cold-chain rule of an item is broken."""

    stored: Stored
    alarm: bool


class Receiving:
    """Registers devices and rules, takes readings."""

    def __init__(self, db: Database, clock: Clock, group_commit: GroupCommit) -> None:
        self._db = db
        self._clock = clock
        self._group_commit = group_commit
        self._turns = [threading.Lock() for _ in range(_TURNS)]

    def register(self, caller: Caller, public_key: bytes, subject: Subject, proof: bytes) -> str:
        """Register a device or change what is known of it; its kid.

        `proof` is a JWS of the device's key whose payload is `{"device": id, "org": id}`. Raises
        InvalidInput, Conflict `device-taken`, VerificationFailed `device-signature-invalid`.
        """
        caller.require(Scope.ADMIN)
        _check_subject(subject)
        if len(public_key) != 32:
            raise InvalidInput(
                "device-key-malformed", "an Ed25519 public key has 32 bytes", pointer="/publicKey"
            )
        kid = thumbprint(public_key)
        claim = read_signed(proof)
        claim.verify(public_key)
        said = canonical.parse(claim.payload)
        if said != {"device": subject.device_id, "org": caller.org.text}:
            raise InvalidInput(
                "device-proof-foreign",
                "the proof names another device or organization",
                pointer="/proof",
            )
        row = DeviceRow(
            kid=kid,
            org=caller.org,
            public_key=public_key,
            device_id=subject.device_id,
            read_point=subject.read_point,
            items=subject.items,
            registered_at=self._clock.now(),
        )
        with self._db.write() as tx:
            known = tx.devices.find(kid)
            if known is not None and known.org != caller.org:
                raise Conflict("device-taken", "another organization has registered this key")
            if known is not None and known.revoked_at is not None:
                raise Conflict("device-taken", "this key was revoked; give the device a new one")
            if known is None and len(tx.devices.list(caller.org)) >= MOST_DEVICES:
                raise Conflict("device-taken", f"more than {MOST_DEVICES} devices")
            tx.devices.put(row)
        return kid

    def devices(self, caller: Caller) -> Sequence[DeviceRow]:
        """The devices of the caller's organization."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            return tx.devices.list(caller.org)

    def revoke(self, caller: Caller, kid: str) -> None:
        """Take no more readings of a device. Raises NotFound `device-unknown`."""
        caller.require(Scope.ADMIN)
        with self._db.write() as tx:
            known = tx.devices.find(kid)
            if known is None or known.org != caller.org:
                raise NotFound("device-unknown", f"no device {kid!r:.60}")
            if known.revoked_at is None:
                tx.devices.revoke(kid, self._clock.now())

    def set_rule(self, caller: Caller, gtin: str, rule: ColdChainRule | None) -> None:
        """Set the cold-chain rule of a product for the caller's organization, or take it away."""
        caller.require(Scope.ADMIN)
        with self._db.write() as tx:
            tx.devices.set_rule(caller.org, Gtin(gtin).padded, rule)

    def rule(self, caller: Caller, gtin: str) -> ColdChainRule:
        """The rule of a product. Raises NotFound `cold-chain-rule-unknown`."""
        caller.require(Scope.READ)
        key = Gtin(gtin).padded
        with self._db.read() as tx:
            found = tx.devices.rules(caller.org, [key])
        if not found:
            raise NotFound("cold-chain-rule-unknown", f"no rule for {gtin!r:.20}")
        return found[key]

    def receive(self, body: bytes) -> Received:
        """Take one signed reading; back once it is durable.

        Raises InvalidInput, NotFound `device-unknown`, Forbidden `device-revoked`,
        VerificationFailed `device-signature-invalid`, Conflict `event-id-taken` where its counter
        was used for another reading, QuotaExceeded, Unavailable.
        """
        reading = read_signed(body)
        with self._db.read() as tx:
            device = tx.devices.find(reading.kid)
        if device is None:
            raise NotFound("device-unknown", f"no device {reading.kid!r:.60}")
        reading.verify(device.public_key)
        if device.revoked_at is not None:
            raise Forbidden("device-revoked", "the organization has revoked this device")
        event = sensor_event(
            reading, device.org.text, Subject(device.device_id, device.read_point, device.items)
        )
        check_shape(event, Context().extended(event["@context"]))
        # One reading of a device after the other: two at once would not see each other, and one
        # episode would be told as two.
        with self._turns[hash(device.kid) % _TURNS]:
            return self._store(device, event)

    def _store(self, device: DeviceRow, event: dict[str, Any]) -> Received:
        with self._db.read() as tx:
            broken = find_broken(tx, device, event)
        for rule in dict.fromkeys(one.rule for one in broken):
            _raise_alarm(event, rule)
        if broken:
            # Noted first: a crash before the reading is stored leaves a note that is forgotten,
            # one after it leaves nobody untold.
            with self._db.write() as tx:
                for one in broken:
                    tx.breaches.note(one.episode, self._clock.now())
            _log.warning("cold chain breached", device=device.device_id, event_id=event["eventID"])
        captor = Caller(device.org, f"device:{device.kid}", Role(0), frozenset({Scope.CAPTURE}))
        answer = self._group_commit.capture_event(captor, orjson.dumps(event))
        try:
            return Received(answer.result(STORE_SECONDS), bool(broken))
        except TimeoutError:
            raise Unavailable("capture-overloaded", "the reading waits too long") from None


def _raise_alarm(event: dict[str, Any], rule: ColdChainRule) -> None:
    """Say in the event itself, and so in the signed record, that the rule is broken."""
    event["disposition"] = "non_conformant"
    bounds = {"minValue": rule.min_celsius, "maxValue": rule.max_celsius}
    event["sensorElementList"][0]["sensorReport"].append(
        {
            "type": "Temperature",
            "exception": "ALARM_CONDITION",
            **{name: bound for name, bound in bounds.items() if bound is not None},
            "uom": "CEL",
        }
    )


def _check_subject(subject: Subject) -> None:
    try:
        check_reference(subject.device_id, Context())
    except InvalidInput as fault:
        fault.pointer = "/deviceID"
        raise
    for pointer, text in (
        ("/readPoint", subject.read_point),
        *((f"/items/{at}", item) for at, item in enumerate(subject.items)),
    ):
        try:
            check_identifier(text, Context())
        except InvalidInput as fault:
            fault.pointer = pointer
            raise
    if len(subject.items) > MOST_ITEMS:
        raise InvalidInput(
            "request-malformed", f"a device travels with at most {MOST_ITEMS}", pointer="/items"
        )
