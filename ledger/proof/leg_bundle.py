"""The bundle of a leg: everything that proves one message on its way to one recipient, in one file.

::

    leg.json         parties, events as they were signed, their signatures, the signers' keys
    message.json     the message's manifest as a disclosed view: it gives the commitment
    evidence/*.json  the record of each event with its salt
    anchor/          the leg's head in the contract's storage, under the headers of blocks
    documents/*      files of the message, where the exporter has them and gives them away
    tsa/*            time-stamps of one of these blocks: statement and the authority's answer
    pki/*.crt        certificates for whoever has no better roots; believed by nobody
    report.pdf       the cover for people (`ledger.proof.leg_cover`)

`parse_leg_bundle` says only that the file is whole and well-formed; whether any of it is true is
for `ledger.verify.leg_verifier`. Format: docs/formats/leg-bundle.md. Every fault raises
InvalidInput (`container-…`, `leg-bundle-malformed`, `json-…`, `block-header-malformed` …).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger import canonical, clock
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.exchange.message import MOST_PARTS
from ledger.exchange.signed import LegKey
from ledger.identity.address import parse_address
from ledger.identity.eip712 import Domain
from ledger.identity.organization import KeyEntry, OrgId
from ledger.proof.block_headers import BlockHeader, encode_headers, read_headers
from ledger.proof.container import pack, unpack
from ledger.proof.leg_events import LegEvent, event_to_json, read_event
from ledger.proof.shape import Shape
from ledger.proof.state_proof import MAX_NODE_BYTES, MOST_NODES, StateProof
from ledger.proof.trust import KEY_MEMBERS, key_to_json, read_key
from ledger.records.disclosure import DisclosedView

_LEG = "leg.json"
_MESSAGE = "message.json"
_PROOF = "anchor/proof.json"
_HEADERS = "anchor/headers.rlp"
REPORT = "report.pdf"
_MALFORMED = "leg-bundle-malformed"

_MOST_EVENTS = 1_000
_MOST_KEYS = 100
_MOST_STAMPS = 16
_NUMBERED = re.compile(r"(evidence|tsa|pki|documents)/(\d{4})(\.[A-Za-z0-9]{1,8})?")
_NODE = re.compile(rf"(?:[0-9a-f]{{2}}){{1,{MAX_NODE_BYTES}}}")


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A record of kind `exchange.evidence`: its envelope, and the salt it is committed with."""

    envelope: dict[str, Any]
    salt: bytes


@dataclass(frozen=True, slots=True)
class LegAnchor:
    """The leg's head in the contract's storage at `block`, which is one of the headers; these
    follow each other, so that a time-stamp of any of them is one of the leg."""

    block: int
    headers: tuple[BlockHeader, ...]
    proof: StateProof


@dataclass(frozen=True, slots=True)
class StampFile:
    """What was stamped, and the authority's whole answer."""

    statement: bytes
    response: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LegBundle:
    """One leg's bundle, well-formed; nothing in it is known to be true.

    `evidence` goes by number of the event; what was erased is missing. `documents` by number of
    the part, from 0. `report` is the cover as it stands in the file; None in one to be written
    without.
    """

    domain: Domain
    genesis: Digest
    key: LegKey
    events: tuple[LegEvent, ...]
    keys: tuple[tuple[OrgId, KeyEntry], ...]
    message: DisclosedView
    evidence: Mapping[int, EvidenceFile]
    anchor: LegAnchor
    exported_at: datetime
    documents: Mapping[int, tuple[str, bytes]] = field(default_factory=dict)
    stamps: tuple[StampFile, ...] = ()
    certificates: tuple[bytes, ...] = ()
    report: bytes | None = None

    def encode(self) -> bytes:
        """The file. `documents` give ending and content of each."""
        files = {
            _LEG: canonical.encode(self._leg_json()),
            _MESSAGE: canonical.encode(self.message.to_json()),
            _PROOF: canonical.encode(
                {
                    "block": self.anchor.block,
                    "account": [node.hex() for node in self.anchor.proof.account],
                    "storage": [node.hex() for node in self.anchor.proof.storage],
                }
            ),
            _HEADERS: encode_headers([one.encoded for one in self.anchor.headers]),
        }
        for number, evidence in self.evidence.items():
            files[f"evidence/{number:04}.json"] = canonical.encode(
                {"envelope": evidence.envelope, "recordSalt": evidence.salt.hex()}
            )
        for number, (ending, content) in self.documents.items():
            files[f"documents/{number:04}{ending}"] = content
        for number, stamp in enumerate(self.stamps):
            files[f"tsa/{number:04}.json"] = stamp.statement
            files[f"tsa/{number:04}.tsr"] = stamp.response
        for number, certificate in enumerate(self.certificates):
            files[f"pki/{number:04}.crt"] = certificate
        if self.report is not None:
            files[REPORT] = self.report
        return pack(files, _LEG)

    def _leg_json(self) -> dict[str, Any]:
        return {
            "v": 1,
            "type": "provenance.leg",
            "chain": {
                "id": self.domain.chain_id,
                "genesis": self.genesis.prefixed,
                "documentExchange": self.domain.verifying_contract.lower(),
            },
            "leg": {
                "id": self.key.leg.hex(),
                "sender": self.key.sender.text,
                "recipient": self.key.recipient.text,
                "salt": self.key.salt.hex(),
            },
            "events": [event_to_json(event) for event in self.events],
            "keys": [{"org": org.text, **key_to_json(key)} for org, key in self.keys],
            "exportedAt": clock.format_time(self.exported_at),
        }


def parse_leg_bundle(data: bytes) -> LegBundle:
    """Read a file. Raises InvalidInput, and TooLarge before anything is looked at."""
    files = unpack(data, _LEG)
    leg = _read_json(files, _LEG)
    shape = Shape(
        leg, ("v", "type", "chain", "leg", "events", "keys", "exportedAt"), code=_MALFORMED
    )
    shape.constant("type", "provenance.leg")
    shape.constant("v", 1)
    chain = shape.object("chain", ("id", "genesis", "documentExchange"))
    key = _read_key(shape)
    numbered = _take_numbered(files)
    bundle = LegBundle(
        domain=Domain(chain.integer("id"), parse_address(chain.address("documentExchange"))),
        genesis=chain.chain_digest("genesis"),
        key=key,
        events=tuple(
            read_event(event, key, at=f"/events/{index}", code=_MALFORMED)
            for index, event in enumerate(shape.array("events", _MOST_EVENTS))
        ),
        keys=tuple(
            (OrgId(one.chain_bytes("org", 32)), read_key(one))
            for one in shape.objects("keys", ("org", *KEY_MEMBERS), _MOST_KEYS)
        ),
        message=DisclosedView.from_json(_read_json(files, _MESSAGE)),
        evidence={
            number: _read_evidence(content)
            for (kind, number, _), content in numbered.items()
            if kind == "evidence"
        },
        anchor=_read_anchor(files),
        exported_at=shape.time("exportedAt"),
        documents={
            number: (ending, content)
            for (kind, number, ending), content in numbered.items()
            if kind == "documents"
        },
        stamps=_read_stamps(numbered),
        certificates=tuple(content for (kind, _, _), content in numbered.items() if kind == "pki"),
        report=files.get(REPORT),
    )
    if not bundle.events or bundle.encode() != data:
        raise _refusal("there are no events, or an entry that does not belong here")
    return bundle


def _read_key(shape: Shape) -> LegKey:
    leg = shape.object("leg", ("id", "sender", "recipient", "salt"))
    key = LegKey(
        OrgId(leg.chain_bytes("sender", 32)),
        OrgId(leg.chain_bytes("recipient", 32)),
        bytes(leg.digest("salt")),
    )
    if key.leg != leg.digest("id"):
        leg.refuse("not the id that these parties and this salt make", "id")
    return key


def _take_numbered(files: Mapping[str, bytes]) -> dict[tuple[str, int, str], bytes]:
    found = {}
    for name, content in files.items():
        match = _NUMBERED.fullmatch(name)
        if match is not None:
            found[(match[1], int(match[2]), match[3] or "")] = content
    if sum(kind == "documents" for kind, _, _ in found) > MOST_PARTS:
        raise _refusal("more documents than a message can have")
    return found


def _read_evidence(content: bytes) -> EvidenceFile:
    shape = Shape(canonical.parse(content), ("envelope", "recordSalt"), code=_MALFORMED)
    envelope = shape.value("envelope")
    if not isinstance(envelope, dict):
        shape.refuse("not an object", "envelope")
    return EvidenceFile(envelope, bytes(shape.digest("recordSalt")))


def _read_anchor(files: Mapping[str, bytes]) -> LegAnchor:
    shape = Shape(_read_json(files, _PROOF), ("block", "account", "storage"), code=_MALFORMED)
    nodes = {
        name: tuple(_read_node(shape, name, text) for text in shape.texts(name, MOST_NODES))
        for name in ("account", "storage")
    }
    headers = read_headers(_take(files, _HEADERS))
    block = shape.integer("block")
    if sum(header.number == block for header in headers) != 1:
        shape.refuse("none of the headers is of this block, or several are", "block")
    return LegAnchor(block, headers, StateProof(nodes["account"], nodes["storage"]))


def _read_node(shape: Shape, name: str, text: str) -> bytes:
    if _NODE.fullmatch(text) is None:
        shape.refuse(f"not 1 to {MAX_NODE_BYTES} bytes in lower-case hexadecimal digits", name)
    return bytes.fromhex(text)


def _read_stamps(numbered: Mapping[tuple[str, int, str], bytes]) -> tuple[StampFile, ...]:
    count = sum(kind == "tsa" for kind, _, _ in numbered) // 2
    if count > _MOST_STAMPS:
        raise _refusal("more time-stamps than anybody needs")
    try:
        return tuple(
            StampFile(numbered[("tsa", number, ".json")], numbered[("tsa", number, ".tsr")])
            for number in range(count)
        )
    except KeyError as error:
        raise _refusal("a time-stamp has a statement and an answer") from error


def _read_json(files: Mapping[str, bytes], name: str) -> Any:
    return canonical.parse(_take(files, name))


def _take(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise _refusal(f"there is no {name}")
    return files[name]


def _refusal(detail: str) -> InvalidInput:
    return InvalidInput(_MALFORMED, detail)
