"""Organizations and their signing keys, as this installation knows them.

A copy for our own use: verifiers ask the chain's registry, so an edit here can stop an
organization from capturing but can make nothing verify.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from ledger import canonical
from ledger.errors import Forbidden, NotFound, Unavailable
from ledger.identity.organization import OrgId, Profile
from ledger.storage.tables import Organizations, SigningKeys, core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none

_ORGANIZATIONS = core(Organizations)
_KEYS = core(SigningKeys)


class OrganizationState(StrEnum):
    """Life of an organization here; the chain's status follows the same steps."""

    REGISTERING = "registering"
    """Recorded; the chain has not confirmed it yet."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    """For good."""


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """One organization. `events_per_day` None: the installation's default quota."""

    org: OrgId
    profile: Profile
    roles: int
    state: OrganizationState
    events_per_day: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One signing key. `path` is the keystore path of a custodial key, else None."""

    org: OrgId
    address: str
    path: str | None
    custodial: bool
    purposes: int
    valid_from: datetime
    valid_until: datetime | None


class OrganizationStore:
    """Organizations and signing keys in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: OrganizationRow) -> None:
        """Record a new organization. Its id being there already ends in `storage-duplicate`."""
        self._connection.execute(
            insert(_ORGANIZATIONS).values(
                org=bytes(row.org),
                profile=canonical.encode(row.profile.to_json()).decode(),
                roles=int(row.roles),
                state=row.state.value,
                events_per_day=row.events_per_day,
                created_at=to_ms(row.created_at),
            )
        )

    def find(self, org: OrgId) -> OrganizationRow | None:
        """The organization, if known."""
        found = self._connection.execute(
            select(_ORGANIZATIONS).where(_ORGANIZATIONS.c.org == bytes(org))
        ).first()
        return None if found is None else _organization(found)

    def list(self) -> Sequence[OrganizationRow]:
        """All of them, oldest first."""
        found = self._connection.execute(
            select(_ORGANIZATIONS).order_by(_ORGANIZATIONS.c.created_at, _ORGANIZATIONS.c.org)
        )
        return [_organization(row) for row in found]

    def in_state(self, state: OrganizationState) -> Sequence[OrganizationRow]:
        """Those in this state, oldest first."""
        found = self._connection.execute(
            select(_ORGANIZATIONS)
            .where(_ORGANIZATIONS.c.state == state.value)
            .order_by(_ORGANIZATIONS.c.created_at, _ORGANIZATIONS.c.org)
        )
        return [_organization(row) for row in found]

    def count_known(self) -> tuple[int, int]:
        """How many organizations are past registering, and how many signing keys all have."""
        registered = _ORGANIZATIONS.c.state != OrganizationState.REGISTERING.value
        row = self._connection.execute(
            select(
                select(func.count())
                .select_from(_ORGANIZATIONS)
                .where(registered)
                .scalar_subquery(),
                select(func.count()).select_from(_KEYS).scalar_subquery(),
            )
        ).one()
        return int(row[0]), int(row[1])

    def check_active(self, org: OrgId) -> None:
        """Raise unless the organization may capture now.

        NotFound `organization-unknown`, Unavailable `organization-registering`, Forbidden
        `organization-suspended`.
        """
        state = self._connection.execute(
            select(_ORGANIZATIONS.c.state).where(_ORGANIZATIONS.c.org == bytes(org))
        ).scalar()
        if state is None:
            raise NotFound("organization-unknown", f"no organization {org.text}")
        if state == OrganizationState.REGISTERING:
            raise Unavailable(
                "organization-registering", "the chain has not confirmed this organization yet"
            )
        if state != OrganizationState.ACTIVE:
            raise Forbidden("organization-suspended", f"the organization is {state}")

    def update_state(self, org: OrgId, state: OrganizationState) -> None:
        """Move it to another state. Raises NotFound `organization-unknown`."""
        self._change(org, state=state.value)

    def update_roles(self, org: OrgId, roles: int) -> None:
        """Replace its roles. Raises NotFound `organization-unknown`."""
        self._change(org, roles=int(roles))

    def update_quota(self, org: OrgId, events_per_day: int | None) -> None:
        """Replace its quota. Raises NotFound `organization-unknown`."""
        self._change(org, events_per_day=events_per_day)

    def update_profile(self, profile: Profile) -> None:
        """Replace its profile. Raises NotFound `organization-unknown`."""
        self._change(profile.org, profile=canonical.encode(profile.to_json()).decode())

    def add_key(self, row: KeyRow) -> None:
        """Record a signing key."""
        self._connection.execute(
            insert(_KEYS).values(
                org=bytes(row.org),
                address=row.address,
                path=row.path,
                custodial=row.custodial,
                purposes=int(row.purposes),
                valid_from=to_ms(row.valid_from),
                valid_until=to_ms_or_none(row.valid_until),
            )
        )

    def end_key(self, org: OrgId, address: str, valid_until: datetime) -> None:
        """State when a key ends. Raises NotFound `signing-key-unknown`."""
        done = self._connection.execute(
            update(_KEYS)
            .where(_KEYS.c.org == bytes(org), _KEYS.c.address == address)
            .values(valid_until=to_ms(valid_until))
        )
        if done.rowcount != 1:
            raise NotFound("signing-key-unknown", f"no key {address!r:.60} of {org.text}")

    def keys(self, org: OrgId) -> Sequence[KeyRow]:
        """Its signing keys, newest first: the first usable one is the one to sign with."""
        found = self._connection.execute(
            select(_KEYS)
            .where(_KEYS.c.org == bytes(org))
            .order_by(_KEYS.c.valid_from.desc(), _KEYS.c.address)
        )
        return [
            KeyRow(
                org=org,
                address=row.address,
                path=row.path,
                custodial=row.custodial,
                purposes=row.purposes,
                valid_from=from_ms(row.valid_from),
                valid_until=from_ms_or_none(row.valid_until),
            )
            for row in found
        ]

    def _change(self, org: OrgId, **values: object) -> None:
        done = self._connection.execute(
            update(_ORGANIZATIONS).where(_ORGANIZATIONS.c.org == bytes(org)).values(**values)
        )
        if done.rowcount != 1:
            raise NotFound("organization-unknown", f"no organization {org.text}")


def _organization(row: Any) -> OrganizationRow:
    return OrganizationRow(
        org=OrgId(row.org),
        profile=Profile.from_json(json.loads(row.profile)),
        roles=row.roles,
        state=OrganizationState(row.state),
        events_per_day=row.events_per_day,
        created_at=from_ms(row.created_at),
    )
