"""The chain as the desk asks it: by nodes the agency chose, never by the server.

Keys and standing of organizations, mandates, and what the contract of the exchange holds of a leg.
Whatever goes wrong on the way to an answer is Unavailable: a doubt, never a finding.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.chain.client import ChainClient
from ledger.chain.exchange_contracts import DocumentExchange, Mandates
from ledger.chain.reader import ContractReader, doubt
from ledger.errors import LedgerError, Unavailable
from ledger.exchange.leg import Leg
from ledger.exchange.mandate import Mandate
from ledger.identity.organization import KeyEntry, OrgId
from ledger.ports import OrganizationOnChain
from ledger.proof.trust import TrustAnchors

_NODE_SECONDS = 5.0


class DeskChain:
    """Reads through the first of these nodes that answers."""

    def __init__(self, nodes: Sequence[str], trust: TrustAnchors, exchange: str) -> None:
        self._client = client = ChainClient(nodes, timeout=_NODE_SECONDS)
        self._trust = trust
        self._exchange = DocumentExchange(exchange, client)
        self._reader = ContractReader(
            client,
            organization_registry=trust.organization_registry,
            checkpoint_log=trust.checkpoint_log,
            record_status=trust.record_status,
        )
        self._is_known = False
        self._mandates: Mandates | None = None

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        """A key's entry in the registry."""
        self._check_identity()
        return self._reader.find_key(org, address)

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        """An organization's entry in the registry."""
        self._check_identity()
        return self._reader.find_organization(org)

    def get_leg(self, leg: bytes) -> Leg:
        """What the contract holds of a leg; of one it never saw, nothing."""
        self._check_identity()
        try:
            (found,) = self._exchange.legs([leg])
        except LedgerError as error:
            raise doubt(error) from error
        return found

    def find_mandate(
        self, giver: OrgId, taker: OrgId, place: tuple[int, int] | None
    ) -> Mandate | None:
        """The mandate between the two that stood at that block and log index, or stands now."""
        try:
            if place is None:
                return self.mandates.find(giver, taker)
            return self.mandates.find_before(giver, taker, *place)
        except LedgerError as error:
            raise doubt(error) from error

    def count_mandates(self, giver: OrgId, taker: OrgId) -> int:
        """How many were given between the two."""
        try:
            return self.mandates.count(giver, taker)
        except LedgerError as error:
            raise doubt(error) from error

    @property
    def mandates(self) -> Mandates:
        """The contract of mandates that the exchange goes by. Raises Unavailable."""
        self._check_identity()
        if self._mandates is None:
            try:
                self._mandates = Mandates(self._exchange.mandates(), self._client)
            except LedgerError as error:
                raise doubt(error) from error
        return self._mandates

    def _check_identity(self) -> None:
        """That the nodes are of the chain the trust file names: another answers questions too."""
        if self._is_known:
            return
        try:
            chain_id, genesis = self._reader.identity()
        except LedgerError as error:
            raise doubt(error) from error
        if (chain_id, genesis) != (self._trust.chain_id, self._trust.genesis):
            raise Unavailable("chain-unavailable", "the nodes are of another chain than trusted")
        self._is_known = True
