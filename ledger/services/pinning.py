"""Facts an installation pins at its first start and never changes its mind about.

They lie in the database: whoever may write it can stop this installation by an edit, and can point
it at another chain only together with the chain's own history, which no verifier elsewhere accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ledger.chain.endpoints import ChainIdentity
from ledger.digest import Digest
from ledger.errors import Misconfigured
from ledger.identity.organization import OrgId
from ledger.services.deployment import Deployment
from ledger.storage.database import Database

if TYPE_CHECKING:
    # What takes captures in asks for the contracts too, and deploys none.
    from ledger.chain.deploy import Deployment as Standing

CONTRACTS = ("registry", "checkpoint_log", "record_status", "mandates", "document_exchange")
_OPERATOR = "operator.org"
_NODE = "chain.rpc"


def find_identity(db: Database) -> ChainIdentity | None:
    """The chain of this installation, None before the first contact."""
    with db.read() as tx:
        chain_id, genesis = tx.facts.get("chain.id"), tx.facts.get("chain.genesis")
    if chain_id is None or genesis is None:
        return None
    return ChainIdentity(int(chain_id), Digest.from_hex(genesis))


def pin_identity(db: Database, found: ChainIdentity) -> None:
    """Adopt this chain for ever. Raises Conflict `fact-changed`."""
    with db.write() as tx:
        tx.facts.put_once("chain.id", str(found.chain_id))
        tx.facts.put_once("chain.genesis", found.genesis.hex())


def find_node(db: Database) -> str | None:
    """Address of the local chain when it last ran. It may change; the identity may not."""
    with db.read() as tx:
        return tx.facts.get(_NODE)


def note_node(db: Database, url: str) -> None:
    """Tell other processes of this installation where the local chain is."""
    with db.write() as tx:
        tx.facts.put(_NODE, url)


def pin_operator(db: Database) -> OrgId:
    """The organization that runs this installation; its id is drawn at the first asking."""
    return OrgId.parse(pin(db, _OPERATOR, lambda: OrgId.random().text))


def get_operator(db: Database) -> OrgId:
    """The operator of an installation founded before. Raises Misconfigured `not-initialised`."""
    with db.read() as tx:
        known = tx.facts.get(_OPERATOR)
    if known is None:
        raise Misconfigured("not-initialised", "this database belongs to no installation yet")
    return OrgId.parse(known)


def get_deployment(db: Database) -> Deployment:
    """Where the contracts stand. Raises Misconfigured `not-initialised`."""
    identity = find_identity(db)
    with db.read() as tx:
        known = {name: tx.facts.get(f"contract.{name}") for name in CONTRACTS}
    found = {name: address for name, address in known.items() if address is not None}
    if identity is None or len(found) < len(known):
        missing = ", ".join(name for name in known if name not in found) or "the chain"
        raise Misconfigured("not-initialised", f"never deployed from here: {missing}")
    return Deployment(identity.chain_id, identity.genesis, **found)


def pin_contracts(db: Database, standing: Standing) -> None:
    """Adopt these contracts: those of the first start, for ever."""
    pin(db, "contract.registry", standing.organization_registry.lower)
    pin(db, "contract.checkpoint_log", standing.checkpoint_log.lower)
    pin(db, "contract.record_status", standing.record_status.lower)
    pin(db, "contract.mandates", standing.mandates.lower)
    pin(db, "contract.document_exchange", standing.document_exchange.lower)


def pin(db: Database, name: str, make: Callable[[], str]) -> str:
    """The pinned value, made and pinned at the first asking."""
    with db.write() as tx:
        known = tx.facts.get(name)
        if known is None:
            known = make()
            tx.facts.put_once(name, known)
    return known
