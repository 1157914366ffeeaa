"""The trust file, from what the database has anchored and the chain has registered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.endpoints import ChainIdentity
from ledger.clock import FixedClock
from ledger.errors import Conflict, Misconfigured, Unavailable
from ledger.identity.organization import KeyEntry, OrgId
from ledger.merkle.note import NoteSigner
from ledger.ports import OrganizationOnChain
from ledger.proof.trust import parse_trust
from ledger.services.deployment import Deployment
from ledger.services.pinning import (
    find_identity,
    find_node,
    get_deployment,
    get_operator,
    note_node,
    pin,
    pin_identity,
    pin_operator,
)
from ledger.services.trusting import Trusting
from ledger.storage.database import Database
from ledger.storage.organizations import KeyRow, OrganizationState
from tests.support.recorded_chain import RecordedChain
from tests.support.stored import digest, later, organization

KEY = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    opened.migrate()
    yield opened
    opened.close()


class Registry(RecordedChain):
    """Knows the organizations it was told, and can be cut off."""

    def __init__(self) -> None:
        super().__init__({})
        self.known: dict[OrgId, OrganizationOnChain] = {}
        self.is_cut_off = False

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        if self.is_cut_off:
            raise Unavailable("chain-unavailable", "cut off")
        return self.known.get(org)

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        return KeyEntry(address, True, 5, 1, 0, 2, 0) if org in self.known else None


def admit(database: Database, registry: Registry, state: OrganizationState) -> OrgId:
    row = organization()
    key = KeyRow(row.org, KEY, "org/x/0", True, 5, later(0), None)
    with database.write() as tx:
        tx.organizations.add(row)
        tx.organizations.add_key(key)
        tx.organizations.update_state(row.org, state)
    registry.known[row.org] = OrganizationOnChain(row.org, 1, 1, 2, 2, digest())
    return row.org


def trusting(database: Database, registry: Registry) -> Trusting:
    deployment = Deployment(7, digest(), *("0x" + f"{one}{one}" * 20 for one in range(1, 6)))
    key = NoteSigner.from_seed("provenance.example/log", bytes(32)).key
    return Trusting(
        database,
        FixedClock(later(0)),
        registry,
        deployment,
        key,
        engine="anvil",
        nodes=["http://127.0.0.1:1"],
    )


def test_issue_names_heads_and_registered_organizations(database: Database) -> None:
    registry = Registry()
    active = admit(database, registry, OrganizationState.ACTIVE)
    admit(database, registry, OrganizationState.REGISTERING)
    with database.write() as tx:
        for size in (3, 9, 12):
            tx.anchors.add(size, digest(), f"anchor/{size}")
        for size in (9, 3):
            tx.anchors.confirm(size, size, digest(), 1_000 + size, digest())
    anchors = trusting(database, registry).issue()
    assert [(trusted.head.size, trusted.head.time) for trusted in anchors.heads] == [
        (3, 1_003),
        (9, 1_009),
    ]
    assert [trusted.organization.org for trusted in anchors.organizations] == [active]
    assert [key.address for key in anchors.organizations[0].keys] == [KEY]
    assert parse_trust(anchors.encode()) == anchors


def test_issue_names_the_exchange_and_the_blocks_that_proofs_rest_on(database: Database) -> None:
    with database.write() as tx:
        tx.proven_blocks.add(9, digest())
        tx.proven_blocks.add(4, digest())
        standing = digest()
        tx.proven_blocks.add(9, standing)
    anchors = trusting(database, Registry()).issue()
    assert [block.number for block in anchors.blocks] == [4, 9]
    assert anchors.block_hashes[9] == standing
    assert anchors.document_exchange == "0x" + "55" * 20
    assert parse_trust(anchors.encode()) == anchors


def test_issue_while_the_chain_is_cut_off_says_less_and_nothing_false(database: Database) -> None:
    registry = Registry()
    admit(database, registry, OrganizationState.ACTIVE)
    registry.is_cut_off = True
    made = trusting(database, registry)
    assert made.issue().organizations == ()
    registry.is_cut_off = False
    assert len(made.issue().organizations) == 1
    registry.is_cut_off = True
    assert len(made.issue().organizations) == 1


def test_issue_names_a_key_at_once_that_was_added_since(database: Database) -> None:
    registry = Registry()
    org = admit(database, registry, OrganizationState.ACTIVE)
    made = trusting(database, registry)
    assert [len(one.keys) for one in made.issue().organizations] == [1]
    other = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
    with database.write() as tx:
        tx.organizations.add_key(KeyRow(org, other, None, False, 16, later(0), None))
    assert [len(one.keys) for one in made.issue().organizations] == [2]
    admit(database, registry, OrganizationState.ACTIVE)
    assert len(made.issue().organizations) == 2


def test_anchors_for_a_verifier_with_a_network_names_neither(database: Database) -> None:
    registry = Registry()
    admit(database, registry, OrganizationState.ACTIVE)
    anchors = trusting(database, registry).anchors()
    assert (anchors.heads, anchors.organizations) == ((), ())
    assert anchors.rpc == ("http://127.0.0.1:1",)


def test_identity_pinned_for_ever(database: Database) -> None:
    assert find_identity(database) is None
    first = ChainIdentity(7, digest())
    pin_identity(database, first)
    pin_identity(database, first)
    with pytest.raises(Conflict) as caught:
        pin_identity(database, ChainIdentity(8, first.genesis))
    assert caught.value.code == "fact-changed"
    assert find_identity(database) == first


def test_pin_makes_once(database: Database) -> None:
    assert pin(database, "x", lambda: "first") == "first"
    assert pin(database, "x", lambda: "second") == "first"


def test_operator_drawn_once_and_known_afterwards(database: Database) -> None:
    with pytest.raises(Misconfigured):
        get_operator(database)
    assert pin_operator(database) == pin_operator(database) == get_operator(database)


def test_node_may_move(database: Database) -> None:
    assert find_node(database) is None
    note_node(database, "http://127.0.0.1:1")
    note_node(database, "http://127.0.0.1:2")
    assert find_node(database) == "http://127.0.0.1:2"


def test_deployment_half_pinned_is_not_initialised(database: Database) -> None:
    pin_identity(database, ChainIdentity(7, digest()))
    pin(database, "contract.registry", lambda: "0x" + "11" * 20)
    with pytest.raises(Misconfigured) as caught:
        get_deployment(database)
    assert caught.value.code == "not-initialised"
    pin(database, "contract.checkpoint_log", lambda: "0x" + "22" * 20)
    pin(database, "contract.record_status", lambda: "0x" + "33" * 20)
    with pytest.raises(Misconfigured, match="mandates, document_exchange"):
        get_deployment(database)  # founded before there was an exchange, not started since
    pin(database, "contract.mandates", lambda: "0x" + "44" * 20)
    pin(database, "contract.document_exchange", lambda: "0x" + "55" * 20)
    assert get_deployment(database).record_status == "0x" + "33" * 20
