"""An organization that holds its own signing keys, at a running server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from ledger.client.own_key import OwnKey
from ledger.identity.organization import OrgId
from ledger.proof.trust import TrustAnchors
from tests.support.running_app import RunningApp


class EthAccountSigner:
    """Signs with eth-account, which is not ours: what any wallet does."""

    def __init__(self, account: LocalAccount | None = None) -> None:
        self._account = account or Account.create()

    @property
    def address(self) -> str:
        return str(self._account.address)

    @property
    def secret(self) -> bytes:
        return bytes(self._account.key)

    def sign_digest(self, digest: bytes) -> bytes:
        return bytes(self._account.unsafe_sign_hash(Hash32(digest)).signature)


@dataclass(frozen=True)
class OwnKeyed:
    """The organization, its keys, and clients that hand in for it."""

    server: RunningApp
    org: OrgId
    signer: EthAccountSigner
    http: httpx.Client
    api_key: str

    def trust(self) -> TrustAnchors:
        """What the organization was given of the chain and its contracts."""
        return self.server.app.trust()

    def own_key(self, url: str | None = None, **changes: Any) -> OwnKey:
        """The client of its first key, perhaps through another address or with another key."""
        ledger = self.server.ledger_client(self.api_key, url)
        given = {"org": self.org, "signer": self.signer, "trust": self.trust(), **changes}
        return OwnKey(ledger, **given)


def admit(server: RunningApp, name: str = "Hợp tác xã Tự Ký", **wanted: Any) -> OwnKeyed:
    """Admit an organization with a key of its own, and wait until the chain has it."""
    signer = EthAccountSigner()
    created = server.operator.post(
        "/organizations", json={"name": name, "keyAddress": signer.address, **wanted}
    )
    assert created.status_code == 201, created.text
    org = created.json()["org"]
    api_key = issue(server, org)
    server.wait_until_active(org)
    return OwnKeyed(server, OrgId.parse(org), signer, server.client(api_key), api_key)


def issue(server: RunningApp, org: str) -> str:
    """One more API key for all that the organization itself may do."""
    body = {"label": "own", "scopes": ["capture", "read", "status", "admin"]}
    answer = server.operator.post(f"/organizations/{org}/keys", json=body)
    return str(answer.json()["secret"])
