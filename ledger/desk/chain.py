"""The chain as the desk asks it: by nodes the agency chose, never by the server.

Keys and standing of organizations, and what the contract of the exchange holds of a leg. Whatever
goes wrong on the way to an answer is Unavailable: a doubt, never a finding.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.chain.client import ChainClient
from ledger.chain.exchange_contracts import DocumentExchange
from ledger.chain.reader import ContractReader
from ledger.errors import Conflict, LedgerError, Misconfigured, Unavailable
from ledger.exchange.leg import Leg
from ledger.identity.organization import KeyEntry, OrgId
from ledger.ports import OrganizationOnChain
from ledger.proof.trust import TrustAnchors

_NODE_SECONDS = 5.0


class DeskChain:
    """Reads through the first of these nodes that answers."""

    def __init__(self, nodes: Sequence[str], trust: TrustAnchors, exchange: str) -> None:
        client = ChainClient(nodes, timeout=_NODE_SECONDS)
        self._trust = trust
        self._exchange = DocumentExchange(exchange, client)
        self._reader = ContractReader(
            client,
            organization_registry=trust.organization_registry,
            checkpoint_log=trust.checkpoint_log,
            record_status=trust.record_status,
        )
        self._is_known = False

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
        except Unavailable:
            raise
        except (Conflict, Misconfigured) as error:
            raise Unavailable(error.code, error.detail, advice=error.advice) from error
        return found

    def _check_identity(self) -> None:
        """That the nodes are of the chain the trust file names: another answers questions too."""
        if self._is_known:
            return
        try:
            chain_id, genesis = self._reader.identity()
        except Unavailable:
            raise
        except LedgerError as error:
            raise Unavailable(error.code, error.detail, advice=error.advice) from error
        if (chain_id, genesis) != (self._trust.chain_id, self._trust.genesis):
            raise Unavailable("chain-unavailable", "the nodes are of another chain than trusted")
        self._is_known = True
