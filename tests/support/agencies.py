"""An agency with keys for each purpose, as the registry on the chain has them."""

from __future__ import annotations

import secrets

from ledger.chain.contracts import OrganizationRegistry
from ledger.identity.organization import OrgId, Purpose
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from tests.support.running_app import RunningApp


def register_key(server: RunningApp, org: OrgId, purposes: Purpose) -> KeySigner:
    """One more key of the organization, of its own custody, once the chain has it."""
    signer = KeySigner(PrivateKey.generate())
    registry = OrganizationRegistry(server.app.deployment.registry, server.app.client)
    act = registry.add_key(
        org, signer.address, custodial=False, purposes=purposes, valid_from=1, valid_until=0
    )
    server.app.admin.submit(f"test/key/{secrets.token_hex(8)}", *act)
    server.wait_until(lambda: server.app.reader.find_key(org, signer.address) is not None)
    return signer
