"""Organizations and API keys on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.clock import format_time, parse_time
from ledger.identity.organization import Purpose, Role

if TYPE_CHECKING:
    from ledger.services.caller import Caller
    from ledger.storage.api_keys import ApiKeyRow
    from ledger.storage.organizations import KeyRow, OrganizationRow

RoleName = Literal["producer", "agency", "authority", "operator", "auditor"]
PurposeName = Literal["submit", "status", "admin", "clerk", "gateway", "leader"]
ScopeName = Literal["capture", "read", "status", "admin"]


class OrganizationRequest(Request):
    """A new organization."""

    name: str = Field(min_length=1, max_length=200, description="As it calls itself.")
    name_en: str = Field(default="", max_length=200)
    kind: str = Field(default="producer", min_length=1, max_length=40)
    roles: list[RoleName] = Field(default=["producer"], min_length=1, max_length=5)
    key_address: str | None = Field(
        default=None,
        pattern=r"^0x[0-9a-fA-F]{40}$",
        description="Address of the organization's own signing key; without it the platform "
        "keeps one, which is marked as custodial for ever.",
    )
    more_key_addresses: list[Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]] = Field(
        default=[],
        max_length=9,
        description="Further keys of its own, beside `keyAddress`: one for each person who signs.",
    )
    events_per_day: int | None = Field(default=None, ge=1, le=2**53 - 1)

    def role_bits(self) -> Role:
        """The roles as the bit set of the registry."""
        bits = Role(0)
        for name in self.roles:
            bits |= Role[name.upper()]
        return bits


class OrganizationAnswer(Answer):
    """An organization of this installation."""

    org: str = Field(description="0x and 64 hex digits.")
    name: str
    name_en: str
    kind: str
    roles: list[RoleName]
    state: str = Field(description="`registering` until the chain has confirmed it; then `active`.")
    events_per_day: int | None
    created_at: str


class CallerAnswer(Answer):
    """Whom an API key speaks for, and what it may be used for."""

    org: str = Field(description="0x and 64 hex digits.")
    name: str
    name_en: str
    state: str = Field(description="`registering` until the chain has confirmed it; then `active`.")
    scopes: list[ScopeName]


class SigningKeyRequest(Request):
    """A further signing key, held by the organization itself."""

    address: str = Field(pattern=r"^0x[0-9a-fA-F]{40}$")
    purposes: list[PurposeName] = Field(min_length=1, max_length=6)
    valid_until: str | None = Field(default=None, description="RFC 3339 with a zone.")

    def expiry(self) -> datetime | None:
        """When the key ends. Raises InvalidInput `time-malformed`."""
        return parse_time(self.valid_until) if self.valid_until is not None else None


class SigningKeyAnswer(Answer):
    """A signing key of an organization; `registered` once the chain has it, and only then does it
    count."""

    address: str
    purposes: list[str]
    custodial: bool
    registered: bool
    valid_from: str
    valid_until: str | None


class KeyRequest(Request):
    """A new API key."""

    label: str = Field(min_length=1, max_length=100, description="What it is for.")
    scopes: list[ScopeName] = Field(min_length=1, max_length=4)
    expires_at: str | None = Field(default=None, description="RFC 3339 with a zone.")

    def expiry(self) -> datetime | None:
        """When the key ends. Raises InvalidInput `time-malformed`."""
        return parse_time(self.expires_at) if self.expires_at is not None else None


class KeyAnswer(Answer):
    """An API key, without its secret."""

    id: str
    org: str
    label: str
    scopes: list[ScopeName]
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class NewKeyAnswer(KeyAnswer):
    """A key just issued: the only time its secret is shown."""

    secret: str


def organization_answer(row: OrganizationRow) -> OrganizationAnswer:
    """The wire form of an organization."""
    return OrganizationAnswer(
        org=row.org.text,
        name=row.profile.name,
        name_en=row.profile.name_en,
        kind=row.profile.kind,
        roles=_role_names(Role(row.roles)),
        state=row.state.value,
        events_per_day=row.events_per_day,
        created_at=format_time(row.created_at),
    )


def caller_answer(caller: Caller, row: OrganizationRow) -> CallerAnswer:
    """The wire form of who asks."""
    return CallerAnswer(
        org=row.org.text,
        name=row.profile.name,
        name_en=row.profile.name_en,
        state=row.state.value,
        scopes=sorted(scope.value for scope in caller.scopes),
    )


def _role_names(roles: Role) -> list[RoleName]:
    names: list[RoleName] = ["producer", "agency", "authority", "operator", "auditor"]
    return [name for name in names if roles & Role[name.upper()]]


def key_answer(row: ApiKeyRow) -> KeyAnswer:
    """The wire form of an API key."""
    return KeyAnswer(**_key_fields(row))


def new_key_answer(row: ApiKeyRow, secret: str) -> NewKeyAnswer:
    """The wire form of a key just issued."""
    return NewKeyAnswer(**_key_fields(row), secret=secret)


def _key_fields(row: ApiKeyRow) -> dict[str, object]:
    return {
        "id": row.id,
        "org": row.org.text,
        "label": row.label,
        "scopes": sorted(row.scopes),
        "created_at": format_time(row.created_at),
        "expires_at": format_time(row.expires_at) if row.expires_at is not None else None,
        "revoked_at": format_time(row.revoked_at) if row.revoked_at is not None else None,
    }


def signing_key_answer(row: KeyRow, *, registered: bool) -> SigningKeyAnswer:
    """The wire form of a signing key."""
    return SigningKeyAnswer(
        address=row.address.lower(),
        purposes=[(one.name or "").lower() for one in Purpose if row.purposes & one],
        custodial=row.custodial,
        registered=registered,
        valid_from=format_time(row.valid_from),
        valid_until=format_time(row.valid_until) if row.valid_until is not None else None,
    )
