"""The accounts we send from, one per kind of transaction: none waits in another's queue."""

from __future__ import annotations

from ledger.chain.client import ChainClient
from ledger.chain.confirmation import Confirmation
from ledger.chain.submitter import Submitter
from ledger.identity.keystore import Keystore
from ledger.identity.signer import KeySigner
from ledger.ports import Journal

Lanes = tuple[Submitter, Submitter, Submitter, Submitter]

_PATHS = ("chain/admin", "chain/publisher", "chain/relay", "chain/exchange")


def open_lanes(
    client: ChainClient, journal: Journal, keystore: Keystore, chain_id: int, rule: Confirmation
) -> Lanes:
    """The governing account, the log's publisher, the relay of declarations and that of
    documents; each knows the others as its peers."""
    keys = [keystore.derive(path) for path in _PATHS]
    peers = [key.address for key in keys]
    admin, publisher, relay, exchange = (
        Submitter(client, journal, KeySigner(key), chain_id, rule, peers=peers) for key in keys
    )
    return admin, publisher, relay, exchange
