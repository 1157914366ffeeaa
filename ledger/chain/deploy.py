"""Setting up the contracts: every step is a journalled transaction with its own purpose.

Addresses of created contracts follow from the account and the nonce in the journal (keccak-256 of
RLP [sender, nonce], last 20 bytes), so all steps are signed in a row without waiting, a killed
deployment goes on where it stopped, and a lost chain is rebuilt at the same addresses by sending
the same bytes again.

1. `deploy/AccessManager`, governed by the deploying account
2. `deploy/OrganizationRegistry`, the access root
3. `deploy/CheckpointLog`, `deploy/RecordStatus`, obeying the registry
4. `deploy/operator`, `deploy/publisher-key`: the operator's organization and its PUBLISH key
5. `deploy/open-log/<log id>`: the log, for the keys of that organization
6. `deploy/Mandates`, `deploy/DocumentExchange`, obeying the registry; they need no rights, so an
   installation from before the exchange gets them at its next start
7. `deploy/grant-admin`, `deploy/renounce-admin`: governance handed to `admin_address`, if another
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from ledger.chain.abi import load_interface
from ledger.chain.client import ChainClient
from ledger.chain.contracts import (
    AccessManager,
    Act,
    CheckpointLog,
    OrganizationRegistry,
    RecordStatus,
)
from ledger.chain.exchange_contracts import DocumentExchange, Mandates
from ledger.chain.submitter import Submitter
from ledger.chain.wire import contract_address
from ledger.digest import Digest
from ledger.errors import Conflict, Unavailable
from ledger.identity.address import address_bytes, parse_address
from ledger.identity.organization import OrgId, Purpose, Role
from ledger.ports import JournalEntry, TransactionState

_CREATION_GAS = 5_000_000
_PASS_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the contracts stand (checksummed), and the highest block a step of theirs is in."""

    access_manager: str
    organization_registry: str
    checkpoint_log: str
    record_status: str
    mandates: str
    document_exchange: str
    block: int


def deploy(
    submitter: Submitter,
    client: ChainClient,
    *,
    admin_address: str,
    publisher_org: OrgId,
    publisher_key: str,
    log_id: Digest,
    profile_digest: Digest,
    timeout: float = 120.0,
) -> Deployment:
    """Take every step not yet taken and wait until all are confirmed and found on chain.

    Raises Unavailable `deployment-incomplete` at the timeout (run it again), and Conflict
    `deployment-mismatch` when a step failed or the chain holds something else at our addresses.
    """
    entries: list[JournalEntry] = []

    def step(purpose: str, act: Act) -> JournalEntry:
        # Not simulated: the state the step meets is made by the steps before it.
        entry = submitter.submit(f"deploy/{purpose}", *act, simulate=False)
        entries.append(entry)
        return entry

    def create(name: str, *arguments: bytes) -> str:
        code = load_interface(name).creation_code(*arguments)
        entry = step(name, Act(None, code, _CREATION_GAS))
        return contract_address(entry.sender, entry.nonce)

    manager = AccessManager(create("AccessManager", address_bytes(submitter.address)), client)
    registry = OrganizationRegistry(
        create("OrganizationRegistry", address_bytes(manager.address)), client
    )
    heads = CheckpointLog(create("CheckpointLog", address_bytes(registry.address)), client)
    statuses = RecordStatus(create("RecordStatus", address_bytes(registry.address)), client)
    step("operator", registry.register_organization(publisher_org, profile_digest, Role.OPERATOR))
    step(
        "publisher-key",
        registry.add_key(publisher_org, publisher_key, custodial=False, purposes=Purpose.PUBLISH),
    )
    step(f"open-log/{log_id.hex()}", heads.open_log(log_id, publisher_org))
    mandates = Mandates(create("Mandates", address_bytes(registry.address)), client)
    exchange = DocumentExchange(create("DocumentExchange", address_bytes(mandates.address)), client)
    if parse_address(admin_address) != submitter.address:
        role = AccessManager.ADMIN_ROLE
        step("grant-admin", manager.grant_role(role, admin_address))
        step("renounce-admin", manager.renounce_role(role, submitter.address))

    block = _await(submitter, entries, timeout)
    _check_standing(registry, heads, statuses, manager.address, log_id, publisher_org)
    if (mandates.registry(), exchange.mandates()) != (registry.address, mandates.address):
        raise Conflict("deployment-mismatch", "the exchange on chain obeys other contracts")
    return Deployment(
        access_manager=manager.address,
        organization_registry=registry.address,
        checkpoint_log=heads.address,
        record_status=statuses.address,
        mandates=mandates.address,
        document_exchange=exchange.address,
        block=block,
    )


def _await(submitter: Submitter, entries: list[JournalEntry], timeout: float) -> int:
    state = {entry.id: entry for entry in entries}
    deadline = time.monotonic() + timeout
    while True:
        doubt: Unavailable | None = None
        try:
            for changed in submitter.advance():
                if changed.id in state:
                    state[changed.id] = changed
        except Unavailable as error:
            doubt = error
        for entry in state.values():
            if entry.state is TransactionState.FAILED:
                raise Conflict(
                    "deployment-mismatch", f"{entry.purpose} failed: {entry.failure or 'reverted'}"
                )
        waiting = [e for e in state.values() if e.state is not TransactionState.CONFIRMED]
        if not waiting:
            return max(entry.block or 0 for entry in state.values())
        if time.monotonic() > deadline:
            why = doubt.detail if doubt is not None else submitter.trouble or "not mined yet"
            raise Unavailable(
                "deployment-incomplete",
                f"{len(waiting)} of {len(state)} steps are not confirmed: {why}",
            )
        time.sleep(_PASS_SECONDS)


def _check_standing(
    registry: OrganizationRegistry,
    heads: CheckpointLog,
    statuses: RecordStatus,
    manager: str,
    log_id: Digest,
    publisher: OrgId,
) -> None:
    """The journal says it stands; ask the chain."""
    found = (registry.authority(), heads.registry(), statuses.registry())
    if found != (manager, registry.address, registry.address):
        raise Conflict("deployment-mismatch", "the contracts on chain obey other contracts")
    if heads.find_publisher(log_id) != publisher:
        raise Conflict("deployment-mismatch", "the log on chain is another organization's")
