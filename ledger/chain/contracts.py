"""The contracts as this project speaks to them: one class per contract.

Methods that change the chain return an `Act` (what to send, unsigned) and touch nothing; methods
that read ask the client and return our values. Meaning, events and errors of each function are told
in contracts/interfaces/.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ledger.chain.abi import Function, load_interface, name_revert
from ledger.chain.client import LATEST, CallReverted, ChainClient
from ledger.digest import Digest
from ledger.identity.address import address_bytes, parse_address
from ledger.identity.organization import KeyEntry, OrgId
from ledger.ports import HeadOnChain, OrganizationOnChain, StatusOnChain

AUTHORITY = 4
"""Role bit of a competent authority in OrganizationRegistry."""


class Act(NamedTuple):
    """A call to be sent: `submitter.submit(purpose, *act)`. `to` is None for a creation. `gas` is
    a limit with room; what is not used costs nothing."""

    to: str | None
    data: bytes
    gas: int


class Facade:
    """One contract at one address, asked and called through a client."""

    contract: str

    def __init__(self, address: str, client: ChainClient) -> None:
        self.address = parse_address(address)
        self._client = client
        self._interface = load_interface(self.contract)

    def function(self, name: str) -> Function:
        """The named function's codec."""
        return self._interface.functions[name]

    def event_topic(self, name: str) -> str:
        """First topic of the named event."""
        return "0x" + self._interface.events[name].hex()

    def _act(self, name: str, gas: int, *arguments: Any) -> Act:
        return Act(self.address, self.function(name).encode(arguments), gas)

    def _read(self, name: str, *arguments: Any, block: int | str = LATEST) -> Any:
        function = self.function(name)
        data = function.encode(arguments)
        try:
            answer = self._client.call(self.address, data, block=block)
        except CallReverted as reverted:
            raise name_revert(reverted) from reverted
        values = function.decode(answer)
        return values[0] if len(values) == 1 else values


class OrganizationRegistry(Facade):
    """Organizations, roles and signing keys; the access root of the other contracts."""

    contract = "OrganizationRegistry"

    def register_organization(self, org: OrgId, profile: Digest, roles: int) -> Act:
        """Enter an organization, active from now on. Governance."""
        return self._act("registerOrganization", 400_000, org, profile, roles)

    def set_profile(self, org: OrgId, profile: Digest) -> Act:
        """Replace the profile's digest. Governance."""
        return self._act("setProfile", 200_000, org, profile)

    def set_roles(self, org: OrgId, roles: int) -> Act:
        """Replace all roles. Governance."""
        return self._act("setRoles", 200_000, org, roles)

    def set_status(self, org: OrgId, status: int) -> Act:
        """1 active, 2 suspended, 3 removed for good. Governance."""
        return self._act("setStatus", 300_000, org, status)

    def add_key(
        self,
        org: OrgId,
        address: str,
        *,
        custodial: bool,
        purposes: int,
        valid_from: int = 0,
        valid_until: int = 0,
    ) -> Act:
        """Let a key act for the organization in [valid_from, valid_until), 0 = open. Governance."""
        key = address_bytes(address)
        return self._act(
            "addKey", 300_000, org, key, custodial, int(purposes), valid_from, valid_until
        )

    def end_key(self, org: OrgId, address: str, valid_until: int) -> Act:
        """Shorten a key's window. Governance."""
        return self._act("endKey", 200_000, org, address_bytes(address), valid_until)

    def mark_compromised(self, org: OrgId, address: str, since: int) -> Act:
        """Declare a key to have been in foreign hands from `since` on. Governance."""
        return self._act("markCompromised", 200_000, org, address_bytes(address), since)

    def find_organization(
        self, org: OrgId, block: int | str = LATEST
    ) -> OrganizationOnChain | None:
        """The organization's entry, None if it was never registered."""
        return self.read_organization(org, self._read("organization", org, block=block))

    def find_key(self, org: OrgId, address: str, block: int | str = LATEST) -> KeyEntry | None:
        """The key's entry, None if the organization never had it."""
        return self.read_key(address, self._read("key", org, address_bytes(address), block=block))

    def is_authorized(self, org: OrgId, address: str, purpose: int) -> bool:
        """Whether the key may act for the organization in the newest block."""
        return bool(self._read("isAuthorized", org, address_bytes(address), int(purpose)))

    def authority(self) -> str:
        """Address of the AccessManager that governs."""
        return parse_address(self._read("authority"))

    @staticmethod
    def read_organization(org: OrgId, values: Any) -> OrganizationOnChain | None:
        """Our value from the contract's struct."""
        status, roles, registered_at, status_since, profile = values
        if status == 0:
            return None
        return OrganizationOnChain(org, status, roles, registered_at, status_since, Digest(profile))

    @staticmethod
    def read_key(address: str, values: Any) -> KeyEntry | None:
        """Our value from the contract's struct."""
        custodial, purposes, valid_from, valid_until, registered_at, compromised_at = values
        if registered_at == 0:
            return None
        return KeyEntry(
            address=parse_address(address),
            custodial=custodial,
            purposes=purposes,
            valid_from=valid_from,
            valid_until=valid_until,
            registered_at=registered_at,
            compromised_at=compromised_at,
        )


class CheckpointLog(Facade):
    """Heads of append-only logs, each proven on chain to contain the one before."""

    contract = "CheckpointLog"

    def open_log(self, log_id: Digest, publisher: OrgId) -> Act:
        """Open a log for the PUBLISH keys of one organization. Governance."""
        return self._act("openLog", 200_000, log_id, publisher)

    def append(self, log_id: Digest, size: int, root: Digest, proof: Sequence[bytes]) -> Act:
        """Anchor a head; `proof` is the consistency proof from the head that stands. Repeating an
        anchored head is harmless."""
        gas = 250_000 + 6_000 * len(proof)
        return self._act("append", gas, log_id, size, root, list(proof))

    def find_latest(self, log_id: Digest, block: int | str = LATEST) -> HeadOnChain | None:
        """The newest head, None if nothing is anchored."""
        return self.read_head(self._read("head", log_id, block=block))

    def find_head(self, log_id: Digest, size: int, block: int | str = LATEST) -> HeadOnChain | None:
        """The head anchored at exactly this size."""
        return self.read_head(self._read("findHead", log_id, size, block=block))

    def head_count(self, log_id: Digest) -> int:
        """Number of heads."""
        return int(self._read("headCount", log_id))

    def head_at(self, log_id: Digest, ordinal: int) -> HeadOnChain:
        """The head with that ordinal, from 0. Raises ContractReverted beyond the last."""
        head = self.read_head(self._read("headAt", log_id, ordinal))
        assert head is not None, "the contract keeps no empty head"
        return head

    def find_publisher(self, log_id: Digest) -> OrgId | None:
        """The organization that may append, None if the log was never opened."""
        org = self._read("publisherOf", log_id)
        return OrgId(org) if any(org) else None

    def registry(self) -> str:
        """Address of the registry it obeys."""
        return parse_address(self._read("registry"))

    @staticmethod
    def read_head(values: Any) -> HeadOnChain | None:
        """Our value from the contract's struct."""
        size, time, block, root = values
        if size == 0:
            return None
        return HeadOnChain(size=size, root=Digest(root), time=time, block=block)


class RecordStatus(Facade):
    """Withdrawals, recalls and supersessions, append-only."""

    contract = "RecordStatus"

    def declare(
        self,
        org: OrgId,
        subject: Digest,
        *,
        kind: int,
        reason: Digest,
        nonce: bytes,
        deadline: int,
        signature: bytes,
        signer: str,
    ) -> Act:
        """Relay a declaration signed by a STATUS key of the organization."""
        key = address_bytes(signer)
        return self._act(
            "declare", 500_000, org, subject, kind, reason, nonce, deadline, signature, key
        )

    def statuses(self, subject: Digest, block: int | str = LATEST) -> list[StatusOnChain]:
        """Every declaration about the subject, oldest first."""
        return self.read_statuses(self._read("statuses", subject, block=block))

    def is_nonce_used(self, org: OrgId, nonce: bytes) -> bool:
        """Whether the organization has spent that nonce."""
        return bool(self._read("isNonceUsed", org, nonce))

    def registry(self) -> str:
        """Address of the registry it obeys."""
        return parse_address(self._read("registry"))

    @staticmethod
    def read_statuses(values: Any) -> list[StatusOnChain]:
        """Our values from the contract's structs."""
        return [
            StatusOnChain(OrgId(org), kind, time, Digest(reason), bool(roles & AUTHORITY))
            for org, kind, time, reason, roles in values
        ]


class AccessManager(Facade):
    """OpenZeppelin's AccessManager: who governs."""

    contract = "AccessManager"
    ADMIN_ROLE = 0

    def grant_role(self, role: int, account: str, delay: int = 0) -> Act:
        """Give an account a role after no delay; its calls wait `delay` seconds."""
        return self._act("grantRole", 200_000, role, address_bytes(account), delay)

    def renounce_role(self, role: int, account: str) -> Act:
        """Give up one's own role."""
        return self._act("renounceRole", 200_000, role, address_bytes(account))

    def is_admin(self, account: str) -> bool:
        """Whether the account governs now."""
        member, _ = self._read("hasRole", self.ADMIN_ROLE, address_bytes(account))
        return bool(member)
