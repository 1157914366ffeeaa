"""Sensor devices and cold-chain rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, insert, select, update

from ledger.epcis.cold_chain import ColdChainRule
from ledger.identity.organization import OrgId
from ledger.storage.device_tables import ColdChainRules, Devices
from ledger.storage.tables import core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms

_DEVICES = core(Devices)
_RULES = core(ColdChainRules)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device. `kid` is the thumbprint of its Ed25519 key of 32 bytes."""

    kid: str
    org: OrgId
    public_key: bytes
    device_id: str
    read_point: str
    items: Sequence[str]
    registered_at: datetime
    revoked_at: datetime | None = None


class DeviceStore:
    """Devices and rules in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, kid: str) -> DeviceRow | None:
        """The device with this key, revoked or not."""
        row = self._connection.execute(select(_DEVICES).where(_DEVICES.c.kid == kid)).first()
        return None if row is None else _device(row)

    def list(self, org: OrgId) -> Sequence[DeviceRow]:
        """The organization's devices, oldest first."""
        rows = self._connection.execute(
            select(_DEVICES)
            .where(_DEVICES.c.org == bytes(org))
            .order_by(_DEVICES.c.registered_at, _DEVICES.c.kid)
        )
        return [_device(row) for row in rows]

    def put(self, device: DeviceRow) -> None:
        """Add a device, or give a known one another place and other items."""
        told = {
            "device_id": device.device_id,
            "read_point": device.read_point,
            "items": orjson.dumps(list(device.items)).decode(),
        }
        done = self._connection.execute(
            update(_DEVICES).where(_DEVICES.c.kid == device.kid).values(**told)
        )
        if done.rowcount == 0:
            self._connection.execute(
                insert(_DEVICES).values(
                    kid=device.kid,
                    org=bytes(device.org),
                    public_key=device.public_key,
                    registered_at=to_ms(device.registered_at),
                    **told,
                )
            )

    def revoke(self, kid: str, at: datetime) -> None:
        """Take no reading of this device any more; its earlier ones stay."""
        self._connection.execute(
            update(_DEVICES).where(_DEVICES.c.kid == kid).values(revoked_at=to_ms(at))
        )

    def rules(self, org: OrgId, gtins: Iterable[str]) -> dict[str, ColdChainRule]:
        """The rules in force for these GTINs."""
        rows = self._connection.execute(
            select(_RULES).where(_RULES.c.org == bytes(org), _RULES.c.gtin.in_(list(gtins)))
        )
        return {
            row.gtin: ColdChainRule(row.min_celsius, row.max_celsius, row.allowed_minutes)
            for row in rows
        }

    def set_rule(self, org: OrgId, gtin: str, rule: ColdChainRule | None) -> None:
        """Set the rule of a product, or (None) take it away."""
        held = (_RULES.c.org == bytes(org), _RULES.c.gtin == gtin)
        self._connection.execute(delete(_RULES).where(*held))
        if rule is not None:
            self._connection.execute(
                insert(_RULES).values(
                    org=bytes(org),
                    gtin=gtin,
                    min_celsius=rule.min_celsius,
                    max_celsius=rule.max_celsius,
                    allowed_minutes=rule.allowed_minutes,
                )
            )


def _device(row: Row[Any]) -> DeviceRow:
    return DeviceRow(
        kid=row.kid,
        org=OrgId(row.org),
        public_key=bytes(row.public_key),
        device_id=row.device_id,
        read_point=row.read_point,
        items=orjson.loads(row.items),
        registered_at=from_ms(row.registered_at),
        revoked_at=from_ms_or_none(row.revoked_at),
    )
