"""What the contract holds of a leg now, as a verifier asks it: `ledger.ports.LegReader`."""

from __future__ import annotations

from ledger.chain.client import ChainClient
from ledger.chain.exchange_contracts import DocumentExchange
from ledger.chain.reader import doubt
from ledger.errors import LedgerError
from ledger.exchange.leg import Leg
from ledger.identity.address import parse_address


class ContractLegReader:
    """Reads DocumentExchange through a client; any doubt is Unavailable."""

    def __init__(self, client: ChainClient, document_exchange: str) -> None:
        self._contract = DocumentExchange(parse_address(document_exchange), client)

    def find_leg(self, leg: bytes) -> Leg:
        """The leg as the newest block has it; `NEVER_OPENED` for one that the contract does not
        know."""
        try:
            return self._contract.legs([leg])[0]
        except LedgerError as error:
            raise doubt(error) from error
