"""A chain that says what a vector's chain.json recorded: the same answers for every verifier."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.identity.organization import KeyEntry, OrgId, Role
from ledger.ports import ChainReader, HeadOnChain, OrganizationOnChain, StatusOnChain
from ledger.verify.quorum import QuorumReader


class RecordedChain:
    """Implements ledger.ports.ChainReader over docs/formats/vectors.md `chain.json`."""

    def __init__(self, recorded: dict[str, Any]) -> None:
        self._recorded = recorded

    def identity(self) -> tuple[int, Digest]:
        state = self._state()
        return state["chainId"], _digest(state["genesis"])

    def find_head(self, log_id: Digest, size: int) -> HeadOnChain | None:
        for head in self._state()["heads"]:
            if _digest(head["logId"]) == log_id and head["size"] == size:
                return HeadOnChain(size, _digest(head["root"]), head["time"], head["block"])
        return None

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        for entry in self._state()["organizations"]:
            if OrgId.parse(entry["org"]) == org:
                return OrganizationOnChain(
                    org=org,
                    status=entry["status"],
                    roles=entry["roles"],
                    registered_at=entry["registeredAt"],
                    status_since=entry["statusSince"],
                    profile=_digest(entry["profile"]),
                )
        return None

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        for entry in self._state()["keys"]:
            if OrgId.parse(entry["org"]) == org and entry["address"] == address.lower():
                return KeyEntry(
                    address=address,
                    custodial=entry["custodial"],
                    purposes=entry["purposes"],
                    valid_from=entry["validFrom"],
                    valid_until=entry["validUntil"],
                    registered_at=entry["registeredAt"],
                    compromised_at=entry["compromisedAt"],
                )
        return None

    def statuses(self, subject: Digest) -> Sequence[StatusOnChain]:
        return [
            StatusOnChain(
                org=OrgId.parse(entry["org"]),
                kind=entry["kind"],
                time=entry["time"],
                reason=_digest(entry["reason"]),
                authority=bool(entry["roles"] & Role.AUTHORITY),
            )
            for entry in self._state()["statuses"]
            if _digest(entry["subject"]) == subject
        ]

    def block_hash(self, number: int) -> Digest | None:
        found = self._state()["blocks"].get(str(number))
        return None if found is None else _digest(found)

    def _state(self) -> dict[str, Any]:
        if self._recorded["unreachable"]:
            raise Unavailable("chain-unavailable", "the recorded node does not answer")
        return self._recorded


def load_chain(folder: Path) -> ChainReader | None:
    """The node or nodes a vector folder records; None where the vector is checked offline."""
    nodes = load_nodes(folder)
    if not nodes:
        return None
    return QuorumReader([RecordedChain(node) for node in nodes])


def load_nodes(folder: Path) -> list[dict[str, Any]]:
    """What chain.json and, where there is one, chain-2.json record."""
    files = [folder / "chain.json", folder / "chain-2.json"]
    return [json.loads(file.read_bytes()) for file in files if file.exists()]


def _digest(text: str) -> Digest:
    return Digest.from_hex(text.removeprefix("0x"))
