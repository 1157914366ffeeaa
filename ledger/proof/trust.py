"""Trust anchors: what a verifier believes before it opens any bundle.

A bundle proves nothing about the ledger it names, so chain, contracts and log key come from here
and only from here. Whoever can change this file decides what verifies: get it from somebody you
trust, not from whoever gave you the bundle.

`heads` and `organizations` are what the issuer of the file saw confirmed on the chain when it was
issued. They let a verifier without a network check a bundle against the issuer's word; with a
network the chain itself is asked and they are not used.

Format: docs/formats/trust.md. Every fault raises InvalidInput (`trust-malformed` or `json-…`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from ledger import canonical, clock
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.identity.address import parse_address
from ledger.identity.organization import KeyEntry, OrgId
from ledger.merkle.note import NoteKey
from ledger.ports import HeadOnChain, OrganizationOnChain
from ledger.proof.shape import Shape

MEDIA_TYPE = "application/vnd.provenance.trust+json"

_MOST_NODES = 32
_MOST_HEADS = 1_000_000
_MOST_ORGANIZATIONS = 1_000_000
_MOST_KEYS = 1_000

KEY_MEMBERS = (
    "address",
    "custodial",
    "purposes",
    "validFrom",
    "validUntil",
    "registeredAt",
    "compromisedAt",
)
"""Members of a key history entry, here and in a bundle."""


@dataclass(frozen=True, slots=True)
class TrustedHead:
    """An anchored head the issuer saw, and the block it was in."""

    head: HeadOnChain
    block_hash: Digest


@dataclass(frozen=True, slots=True)
class TrustedBlock:
    """A settled block the issuer saw: proofs of state rest on it."""

    number: int
    hash: Digest


@dataclass(frozen=True, slots=True)
class TrustedOrganization:
    """An organization and its keys as the issuer saw them."""

    organization: OrganizationOnChain
    keys: tuple[KeyEntry, ...]


@dataclass(frozen=True, kw_only=True)
class TrustAnchors:
    """One trust file. Addresses have the EIP-55 spelling inside; `rpc` may be empty.

    `document_exchange` and `blocks` are left out of the file where there is none: files from
    before the exchange of documents have neither.
    """

    chain_id: int
    genesis: Digest
    engine: str
    rpc: tuple[str, ...]
    organization_registry: str
    checkpoint_log: str
    record_status: str
    origin: str
    key: NoteKey
    issued_at: datetime
    heads: tuple[TrustedHead, ...] = ()
    organizations: tuple[TrustedOrganization, ...] = ()
    document_exchange: str | None = None
    blocks: tuple[TrustedBlock, ...] = ()

    def __post_init__(self) -> None:
        for name in ("organization_registry", "checkpoint_log", "record_status"):
            object.__setattr__(self, name, parse_address(getattr(self, name)))
        if self.document_exchange is not None:
            object.__setattr__(self, "document_exchange", parse_address(self.document_exchange))

    @cached_property
    def heads_by_size(self) -> dict[int, TrustedHead]:
        """Every head by its size."""
        return {trusted.head.size: trusted for trusted in self.heads}

    @cached_property
    def block_hashes(self) -> dict[int, Digest]:
        """Hash of every block the issuer saw, by its number."""
        return {trusted.head.block: trusted.block_hash for trusted in self.heads} | {
            block.number: block.hash for block in self.blocks
        }

    @cached_property
    def organizations_by_id(self) -> dict[OrgId, TrustedOrganization]:
        """Every organization by its id."""
        return {trusted.organization.org: trusted for trusted in self.organizations}

    def to_json(self) -> dict[str, Any]:
        """The JSON of docs/formats/trust.md."""
        return {
            "v": 1,
            "type": "provenance.trust",
            "chain": {
                "id": self.chain_id,
                "genesis": self.genesis.prefixed,
                "engine": self.engine,
                "rpc": list(self.rpc),
            },
            "contracts": {
                "organizationRegistry": self.organization_registry.lower(),
                "checkpointLog": self.checkpoint_log.lower(),
                "recordStatus": self.record_status.lower(),
                **(
                    {}
                    if self.document_exchange is None
                    else {"documentExchange": self.document_exchange.lower()}
                ),
            },
            "log": {"origin": self.origin, "key": self.key.vkey},
            "issuedAt": clock.format_time(self.issued_at),
            "heads": [
                {
                    "size": trusted.head.size,
                    "root": trusted.head.root.hex(),
                    "time": trusted.head.time,
                    "block": trusted.head.block,
                    "blockHash": trusted.block_hash.prefixed,
                }
                for trusted in self.heads
            ],
            **(
                {
                    "blocks": [
                        {"number": block.number, "hash": block.hash.prefixed}
                        for block in self.blocks
                    ]
                }
                if self.blocks
                else {}
            ),
            "organizations": [
                {
                    "org": trusted.organization.org.text,
                    "status": trusted.organization.status,
                    "roles": trusted.organization.roles,
                    "registeredAt": trusted.organization.registered_at,
                    "statusSince": trusted.organization.status_since,
                    "profile": trusted.organization.profile.hex(),
                    "keys": [key_to_json(key) for key in trusted.keys],
                }
                for trusted in self.organizations
            ],
        }

    def encode(self) -> bytes:
        """Canonical JSON bytes."""
        return canonical.encode(self.to_json())


def parse_trust(data: bytes) -> TrustAnchors:
    """Read a trust file. It is written by hand or by program, so any JSON spelling will do."""
    value = canonical.parse(data)
    members = ["v", "type", "chain", "contracts", "log", "issuedAt", "heads", "organizations"]
    if isinstance(value, dict) and "blocks" in value:
        members.append("blocks")
    shape = Shape(value, members, code="trust-malformed")
    shape.constant("type", "provenance.trust")
    shape.constant("v", 1)
    chain = shape.object("chain", ("id", "genesis", "engine", "rpc"))
    names = ["organizationRegistry", "checkpointLog", "recordStatus"]
    exchange = "documentExchange"
    if isinstance(value["contracts"], dict) and exchange in value["contracts"]:
        names.append(exchange)
    contracts = shape.object("contracts", names)
    log = shape.object("log", ("origin", "key"))
    origin = log.text("origin")
    key = _read_log_key(log, origin)
    heads = shape.objects("heads", ("size", "root", "time", "block", "blockHash"), _MOST_HEADS)
    organizations = shape.objects(
        "organizations",
        ("org", "status", "roles", "registeredAt", "statusSince", "profile", "keys"),
        _MOST_ORGANIZATIONS,
    )
    return TrustAnchors(
        chain_id=chain.integer("id"),
        genesis=chain.chain_digest("genesis"),
        engine=chain.text("engine"),
        rpc=_read_nodes(chain),
        organization_registry=contracts.address("organizationRegistry"),
        checkpoint_log=contracts.address("checkpointLog"),
        record_status=contracts.address("recordStatus"),
        origin=origin,
        key=key,
        issued_at=shape.time("issuedAt"),
        heads=tuple(map(_read_head, heads)),
        organizations=tuple(map(_read_organization, organizations)),
        document_exchange=contracts.address(exchange) if exchange in names else None,
        blocks=_read_blocks(shape) if "blocks" in members else (),
    )


def key_to_json(key: KeyEntry) -> dict[str, Any]:
    """A key history entry as trust files and bundles spell it; times in unix seconds."""
    return {
        "address": key.address.lower(),
        "custodial": key.custodial,
        "purposes": key.purposes,
        "validFrom": key.valid_from,
        "validUntil": key.valid_until,
        "registeredAt": key.registered_at,
        "compromisedAt": key.compromised_at,
    }


def read_key(shape: Shape) -> KeyEntry:
    """The inverse of `key_to_json`."""
    return KeyEntry(
        address=parse_address(shape.address("address")),
        custodial=shape.boolean("custodial"),
        purposes=shape.integer("purposes", 255),
        valid_from=shape.integer("validFrom"),
        valid_until=shape.integer("validUntil"),
        registered_at=shape.integer("registeredAt"),
        compromised_at=shape.integer("compromisedAt"),
    )


def _read_log_key(log: Shape, origin: str) -> NoteKey:
    try:
        key = NoteKey.parse(log.text("key"))
    except InvalidInput as error:
        log.refuse(error.detail, "key")
    if key.name != origin:
        # A checkpoint is signed under its origin; another name could never verify.
        log.refuse("the key's name is not the log's origin", "key")
    return key


def _read_nodes(chain: Shape) -> tuple[str, ...]:
    nodes = chain.texts("rpc", _MOST_NODES)
    for index, node in enumerate(nodes):
        try:
            parts = urlsplit(node)
        except ValueError:
            chain.refuse("not a URL", "rpc", index)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            chain.refuse("not an http or https URL", "rpc", index)
    return tuple(nodes)


def _read_head(shape: Shape) -> TrustedHead:
    head = HeadOnChain(
        size=shape.integer("size"),
        root=shape.digest("root"),
        time=shape.integer("time"),
        block=shape.integer("block"),
    )
    return TrustedHead(head, shape.chain_digest("blockHash"))


def _read_blocks(shape: Shape) -> tuple[TrustedBlock, ...]:
    blocks = shape.objects("blocks", ("number", "hash"), _MOST_HEADS)
    if not blocks:
        shape.refuse("left out where there is none", "blocks")
    return tuple(TrustedBlock(one.integer("number"), one.chain_digest("hash")) for one in blocks)


def _read_organization(shape: Shape) -> TrustedOrganization:
    organization = OrganizationOnChain(
        org=OrgId(shape.chain_bytes("org", 32)),
        status=shape.integer("status", 3),
        roles=shape.integer("roles", 2**32 - 1),
        registered_at=shape.integer("registeredAt"),
        status_since=shape.integer("statusSince"),
        profile=shape.digest("profile"),
    )
    keys = shape.objects("keys", KEY_MEMBERS, _MOST_KEYS)
    return TrustedOrganization(organization, tuple(map(read_key, keys)))
