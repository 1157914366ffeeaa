"""Organizations and their API keys: who may ask for what.

An organization begins `registering`, and may capture once the chain has confirmed it and its
signing key (see `enrolling`). API secrets are shown once; only their SHA-256 is kept, which is
enough because they carry 190 bits of randomness.
"""

from __future__ import annotations

import secrets
import string
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as fast_sha256

from ledger.clock import Clock
from ledger.digest import Digest, sha256
from ledger.errors import Forbidden, InvalidInput, NotFound, Unauthenticated, Unavailable
from ledger.identity.address import parse_address
from ledger.identity.keystore import Keystore
from ledger.identity.organization import OrgId, Profile, Purpose, Role
from ledger.services.caller import Caller, Scope
from ledger.storage.api_keys import ApiKeyRow
from ledger.storage.database import Database
from ledger.storage.organizations import KeyRow, OrganizationRow, OrganizationState

OPERATOR_NAME = "Đơn vị vận hành Sổ nguồn gốc"
OPERATOR_NAME_EN = "Operator of the Provenance Ledger"

_ALPHABET = string.ascii_letters + string.digits
_SECRET_LENGTH = 32
_ENROLMENT_SECONDS = 60.0
_REMEMBERED_SECONDS = 2.0
_REMEMBERED_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """What is asked of the operator. `key_address` makes the key the organization's own; with
    `more_key_addresses` it has several, one for each person who signs."""

    name: str
    name_en: str = ""
    kind: str = "producer"
    roles: Role = Role.PRODUCER
    key_address: str | None = None
    more_key_addresses: tuple[str, ...] = ()
    events_per_day: int | None = None


class Membership:
    """Creates organizations and keys; turns a bearer secret into a Caller."""

    def __init__(self, db: Database, clock: Clock, keystore: Keystore) -> None:
        self._db = db
        self._clock = clock
        self._keystore = keystore
        self._lock = threading.Lock()
        self._remembered: dict[bytes, tuple[float, Caller, datetime | None]] = {}

    def create_organization(self, caller: Caller, wanted: NewOrganization) -> OrganizationRow:
        """Record a new organization; the worker then registers it on chain."""
        caller.require_operator()
        return self.found(OrgId.random(), wanted)

    def found_operator(self, org: OrgId) -> OrganizationRow:
        """The operator's own organization, recorded at the first asking."""
        with self._db.read() as tx:
            known = tx.organizations.find(org)
        if known is not None:
            return known
        return self.found(
            org,
            NewOrganization(
                name=OPERATOR_NAME,
                name_en=OPERATOR_NAME_EN,
                kind="operator",
                roles=Role.OPERATOR,
            ),
        )

    def found(self, org: OrgId, wanted: NewOrganization) -> OrganizationRow:
        """Record an organization without asking who wants it: the operator's own, at the start."""
        now = self._clock.now()
        path = None if wanted.key_address else f"org/{org.hex()}/0"
        addresses = (
            [self._keystore.derive(path).address]
            if path is not None
            else _read_key_addresses(wanted)
        )
        if path is not None and wanted.more_key_addresses:
            raise InvalidInput(
                "address-malformed",
                "further keys stand beside one of its own",
                pointer="/moreKeyAddresses",
            )
        row = OrganizationRow(
            org=org,
            profile=Profile.new(org, wanted.name.strip(), wanted.name_en.strip(), wanted.kind),
            roles=wanted.roles,
            state=OrganizationState.REGISTERING,
            events_per_day=wanted.events_per_day,
            created_at=now,
        )
        keys = [
            KeyRow(
                org=org,
                address=address,
                path=path,
                custodial=path is not None,
                purposes=Purpose.SUBMIT | Purpose.STATUS,
                valid_from=now,
                valid_until=None,
            )
            for address in addresses
        ]
        with self._db.write() as tx:
            tx.organizations.add(row)
            for key in keys:
                tx.organizations.add_key(key)
        return row

    def get_organization(self, org: OrgId) -> OrganizationRow:
        """One organization. Raises NotFound `organization-unknown`."""
        with self._db.read() as tx:
            row = tx.organizations.find(org)
        if row is None:
            raise NotFound("organization-unknown", f"no organization {org.text}")
        return row

    def wait_until_active(self, org: OrgId, stopping: threading.Event) -> None:
        """Until the worker, in whatever process, has enrolled the organization.

        Raises Unavailable `organization-registering` after a minute, `shutting-down` once
        `stopping` is set, NotFound `organization-unknown`.
        """
        deadline = time.monotonic() + _ENROLMENT_SECONDS
        while self.get_organization(org).state is OrganizationState.REGISTERING:
            if time.monotonic() > deadline:
                raise Unavailable(
                    "organization-registering", "the chain did not confirm the organization"
                )
            if stopping.wait(0.05):
                raise Unavailable("shutting-down", "stopped before the chain had confirmed it")

    def list_organizations(self, caller: Caller) -> Sequence[OrganizationRow]:
        """Every organization for the operator, its own for anyone else."""
        with self._db.read() as tx:
            if caller.is_operator and Scope.ADMIN in caller.scopes:
                return tx.organizations.list()
            own = tx.organizations.find(caller.org)
        return [own] if own is not None else []

    def issue_key(
        self,
        caller: Caller,
        org: OrgId,
        scopes: Iterable[str],
        *,
        label: str,
        expires_at: datetime | None = None,
    ) -> tuple[ApiKeyRow, str]:
        """A new API key and its secret, which is never shown again."""
        caller.require(Scope.ADMIN)
        caller.require_org(org)
        self.get_organization(org)
        return self.mint_key(org, scopes, label=label, expires_at=expires_at)

    def mint_key(
        self, org: OrgId, scopes: Iterable[str], *, label: str, expires_at: datetime | None = None
    ) -> tuple[ApiKeyRow, str]:
        """Issue without asking who wants it: for the command line on the operator's machine."""
        try:
            wanted = frozenset(Scope(scope) for scope in scopes)
        except ValueError as error:
            raise InvalidInput("scope-unknown", str(error), pointer="/scopes") from error
        now = self._clock.now()
        if not wanted:
            raise InvalidInput("scope-unknown", "a key needs at least one scope", pointer="/scopes")
        if not label.strip() or len(label) > 100:
            raise InvalidInput(
                "label-malformed", "a label has 1 to 100 characters", pointer="/label"
            )
        if expires_at is not None and expires_at <= now:
            raise InvalidInput("expiry-past", "the key would be born expired", pointer="/expiresAt")
        secret = "pk_" + "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
        row = ApiKeyRow(
            id=str(uuid.uuid4()),
            org=org,
            secret_hash=hash_secret(secret),
            label=label.strip(),
            scopes=frozenset(scope.value for scope in wanted),
            created_at=now,
            expires_at=expires_at,
            revoked_at=None,
        )
        with self._db.write() as tx:
            tx.api_keys.add(row)
        return row, secret

    def list_keys(self, caller: Caller, org: OrgId) -> Sequence[ApiKeyRow]:
        """The organization's API keys, revoked ones included; never a secret."""
        caller.require(Scope.ADMIN)
        caller.require_org(org)
        with self._db.read() as tx:
            return tx.api_keys.list(org)

    def revoke_key(self, caller: Caller, org: OrgId, key_id: str) -> None:
        """End a key now. Other processes notice within two seconds."""
        caller.require(Scope.ADMIN)
        caller.require_org(org)
        with self._db.write() as tx:
            if key_id not in {row.id for row in tx.api_keys.list(org)}:
                raise NotFound("api-key-unknown", f"no key {key_id!r:.60} of this organization")
            tx.api_keys.revoke(key_id, self._clock.now())
        with self._lock:
            self._remembered.clear()

    def find_remembered(self, secret: str) -> Caller | None:
        """The caller, if authenticated within the last two seconds. Asks no database, so that an
        event loop may call it."""
        known = self._remembered.get(fast_sha256(secret.encode(errors="replace")).digest())
        if known is None or known[0] <= time.monotonic():
            return None
        if known[2] is not None and known[2] <= self._clock.now():
            return None
        return known[1]

    def authenticate(self, secret: str) -> Caller:
        """The caller behind a bearer secret. Raises Unauthenticated without saying why."""
        known = self.find_remembered(secret)
        if known is not None:
            return known
        hashed = fast_sha256(secret.encode(errors="replace")).digest()
        now = self._clock.now()
        with self._db.read() as tx:
            row = tx.api_keys.find_by_hash(hashed)
            org = tx.organizations.find(row.org) if row is not None else None
        if (
            row is None
            or org is None
            or row.revoked_at is not None
            or (row.expires_at is not None and row.expires_at <= now)
        ):
            raise _refusal()
        if org.state in (OrganizationState.SUSPENDED, OrganizationState.REMOVED):
            raise Forbidden("organization-suspended", f"the organization is {org.state.value}")
        caller = Caller(
            org=row.org,
            key_id=row.id,
            roles=Role(org.roles),
            scopes=frozenset(Scope(scope) for scope in row.scopes),
        )
        with self._lock:
            if len(self._remembered) >= _REMEMBERED_KEYS:
                self._remembered.clear()
            self._remembered[hashed] = (
                time.monotonic() + _REMEMBERED_SECONDS,
                caller,
                row.expires_at,
            )
        return caller


def _read_key_addresses(wanted: NewOrganization) -> list[str]:
    """The addresses of an organization's own keys, each once."""
    given = {"/keyAddress": wanted.key_address or ""} | {
        f"/moreKeyAddresses/{index}": text for index, text in enumerate(wanted.more_key_addresses)
    }
    found: list[str] = []
    for pointer, text in given.items():
        address = _read_key_address(text, pointer)
        if address in found:
            raise InvalidInput("address-malformed", "this key stands there twice", pointer=pointer)
        found.append(address)
    return found


def _read_key_address(text: str, pointer: str) -> str:
    """The address of an organization's own key. Nobody holds a key to the zero address."""
    try:
        address = parse_address(text)
    except InvalidInput as error:
        raise InvalidInput(error.code, error.detail, pointer=pointer) from error
    if not int(address, 16):
        raise InvalidInput("address-malformed", "the zero address has no key", pointer=pointer)
    return address


def hash_secret(secret: str) -> Digest:
    """What is kept of an API secret."""
    return sha256(secret.encode(errors="replace"))


def _refusal() -> Unauthenticated:
    return Unauthenticated("api-key-refused", "the API key is unknown, expired or revoked")
