"""Where an installation's contracts stand, for those who need no chain to know it."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.digest import Digest
from ledger.identity.eip712 import Domain


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the contracts stand on which chain. Addresses lower-case with 0x."""

    chain_id: int
    genesis: Digest
    registry: str
    checkpoint_log: str
    record_status: str
    mandates: str
    document_exchange: str

    @property
    def registry_domain(self) -> Domain:
        """The EIP-712 domain of submissions."""
        return Domain(self.chain_id, self.registry)

    @property
    def status_domain(self) -> Domain:
        """The EIP-712 domain of declarations about records."""
        return Domain(self.chain_id, self.record_status)

    @property
    def exchange_domain(self) -> Domain:
        """The EIP-712 domain of what is signed about documents."""
        return Domain(self.chain_id, self.document_exchange)
