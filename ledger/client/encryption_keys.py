"""To whom one encrypts: the server hands statements out, the registry on the chain decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import orjson

from ledger.client.connection import JSON, Connection
from ledger.clock import Clock, SystemClock, unix_seconds
from ledger.envelope.encryption_key import EncryptionKey
from ledger.envelope.key_statement import KeyStatement
from ledger.errors import Forbidden, LedgerError, NotFound, Unavailable
from ledger.identity.eip712 import Domain
from ledger.identity.organization import KeyEntry, OrgId
from ledger.ports import OrganizationOnChain

_ACTIVE = 1


class KeyRegistry(Protocol):
    """What the chain says of organizations and their keys; a `ChainReader` is one."""

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        """The organization, if registered."""

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        """The key's history entry, if the organization ever had it."""


class EncryptionKeys:
    """Publishes keys of one's own and finds those of others. `domain` of OrganizationRegistry."""

    def __init__(
        self,
        connection: Connection,
        registry: KeyRegistry,
        domain: Domain,
        clock: Clock | None = None,
    ) -> None:
        self._connection = connection
        self._registry = registry
        self._domain = domain
        self._clock = clock or SystemClock()

    def publish(self, said: KeyStatement) -> None:
        """Have a statement handed out; may be repeated. Raises what the server's problem says."""
        body = orjson.dumps(said.to_json())
        self._connection.ask("PUT", _path(said.org), body, JSON)

    def list(self, org: OrgId) -> Sequence[KeyStatement]:
        """What the server has of the organization, unchecked. Raises Unavailable
        `server-answer-malformed`."""
        answer = self._connection.ask("GET", _path(org))
        try:
            return [KeyStatement.from_json(said) for said in answer.json()["keys"]]
        except (ValueError, KeyError, TypeError, LedgerError) as error:
            raise Unavailable(
                "server-answer-malformed", "this is no list of statements of keys"
            ) from error

    def find(self, org: OrgId) -> EncryptionKey:
        """The key to encrypt to now: of those the organization's own registered key states, the
        latest to begin.

        A statement that does not hold is passed over, whoever put it there. Raises NotFound
        `encryption-key-unknown`; Forbidden `encryption-key-unauthorized` or VerificationFailed
        where there are statements and none of them holds; Unavailable when no node answers.
        """
        now = unix_seconds(self._clock.now())
        standing = self._registry.find_organization(org)
        if standing is None or standing.status != _ACTIVE:
            raise Forbidden("encryption-key-unauthorized", f"{org.text} is no active organization")
        refusal: LedgerError | None = None
        valid = [one for one in self.list(org) if one.org == org and one.is_valid_at(now)]
        for said in sorted(valid, key=lambda one: one.valid_from, reverse=True):
            try:
                said.check(self._domain, self._registry.find_key(org, said.signer), now)
            except Unavailable:
                raise
            except LedgerError as error:
                refusal = refusal or error
            else:
                return said.key
        raise refusal or NotFound(
            "encryption-key-unknown", f"{org.text} has published no key that is valid now"
        )


def _path(org: OrgId) -> str:
    return f"/exchange/organizations/{org.text}/encryption-keys"
