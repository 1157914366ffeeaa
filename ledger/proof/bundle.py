"""The proof bundle: everything that is said about one record, in one file.

::

    record      what is disclosed of the record, member by member
    submission  the organization's signature over a batch, and the way from the record to its root
    log         the way from the batch's entry to a signed checkpoint; null before sequencing
    anchor      where that checkpoint's head is on the chain; null before anchoring
    signer      the signing key's entry in the registry, and the organization's public profile
    status      what was declared about the record when the bundle was made

`parse_bundle` says only that the file is whole and well-formed; whether any of it is true is for
`ledger.verify`. The file has exactly one spelling (canonical JSON), so that a flipped bit is a
refused file, and it carries a checksum that tells damage from a false statement. The checksum is
no defence against forgers: anybody can compute it.

Format: docs/formats/bundle.md. Every fault raises InvalidInput (`bundle-…` or `json-…`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import canonical, clock
from ledger.digest import Digest, sha256
from ledger.errors import InvalidInput, TooLarge
from ledger.identity.address import parse_address
from ledger.identity.organization import KeyEntry, OrgId, Profile
from ledger.ports import StatusOnChain
from ledger.proof.shape import Shape
from ledger.proof.trust import KEY_MEMBERS, key_to_json, read_key
from ledger.records.disclosure import DisclosedView
from ledger.records.record import RecordId
from ledger.records.submission import Submission

MEDIA_TYPE = "application/vnd.provenance.bundle+json"

MAX_BUNDLE_BYTES = 4 * 1024 * 1024
"""A bundle holds one record and some forty hashes; what is larger is not looked at."""

STATUS_KINDS = ("withdrawn", "recalled", "superseded", "recall-lifted")
"""Names of RecordStatus.Kind 1 to 4."""

_MOST_PATH = 63
_MOST_ENTRIES = 10_000
_CHECKSUM_DOMAIN = b"provenance/bundle/v1\n"

_SECTIONS = (
    "v",
    "type",
    "record",
    "submission",
    "log",
    "anchor",
    "signer",
    "status",
    "exportedAt",
    "checksum",
)
_SUBMISSION = (
    "v",
    "org",
    "root",
    "count",
    "signedAt",
    "nonce",
    "custody",
    "signer",
    "signature",
)
_ANCHOR = (
    "chainId",
    "genesis",
    "registry",
    "checkpointLog",
    "recordStatus",
    "block",
    "blockHash",
    "blockTime",
    "transaction",
)


@dataclass(frozen=True, slots=True)
class LogEvidence:
    """An inclusion proof in the log: RFC 9162 path, leaf first, and the signed checkpoint text."""

    origin: str
    index: int
    size: int
    path: tuple[Digest, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class AnchorEvidence:
    """Where the head of `LogEvidence.size` was anchored. Addresses have the EIP-55 spelling."""

    chain_id: int
    genesis: Digest
    registry: str
    checkpoint_log: str
    record_status: str
    block: int
    block_hash: Digest
    block_time: int
    transaction: Digest

    def __post_init__(self) -> None:
        for name in ("registry", "checkpoint_log", "record_status"):
            object.__setattr__(self, name, parse_address(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class SignerEvidence:
    """The key as the registry had it at export; the profile is None once it is erased."""

    key: KeyEntry
    profile: Profile | None


@dataclass(frozen=True, slots=True)
class StatusEvidence:
    """Declarations about the record at `checked_at` (unix seconds), oldest first."""

    checked_at: int
    entries: tuple[StatusOnChain, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One proof bundle, well-formed; nothing in it is known to be true."""

    record_id: RecordId
    view: DisclosedView
    submission: Submission
    submission_index: int
    submission_path: tuple[Digest, ...]
    log: LogEvidence | None
    anchor: AnchorEvidence | None
    signer: SignerEvidence
    status: StatusEvidence
    exported_at: datetime

    def to_json(self) -> dict[str, Any]:
        """The JSON of docs/formats/bundle.md, checksum included."""
        body: dict[str, Any] = {
            "v": 1,
            "type": "provenance.bundle",
            "record": {"id": self.record_id.text, "members": self.view.to_json()},
            "submission": {
                **self.submission.to_json(),
                "index": self.submission_index,
                "path": [node.hex() for node in self.submission_path],
            },
            "log": None if self.log is None else _log_to_json(self.log),
            "anchor": None if self.anchor is None else _anchor_to_json(self.anchor),
            "signer": {
                **key_to_json(self.signer.key),
                "profile": self.signer.profile and self.signer.profile.to_json(),
            },
            "status": {
                "checkedAt": self.status.checked_at,
                "entries": [status_to_json(entry) for entry in self.status.entries],
            },
            "exportedAt": clock.format_time(self.exported_at),
        }
        return body | {"checksum": checksum(body).hex()}

    def encode(self) -> bytes:
        """The canonical bytes, the only ones `parse_bundle` takes."""
        return canonical.encode(self.to_json())


def checksum(body: dict[str, Any]) -> Digest:
    """Guards a bundle against damage: SHA256("provenance/bundle/v1\\n" ‖ JCS without checksum)."""
    rest = {name: value for name, value in body.items() if name != "checksum"}
    return sha256(_CHECKSUM_DOMAIN, canonical.encode(rest))


def parse_bundle(data: bytes) -> Bundle:
    """Read a bundle. Raises InvalidInput: `bundle-too-large`, `json-…`, `bundle-malformed`,
    `bundle-version-unknown`, `bundle-not-canonical`, `bundle-checksum-mismatch`.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise TooLarge("bundle-too-large", f"{len(data)} bytes; we read up to {MAX_BUNDLE_BYTES}")
    body = canonical.parse(data)
    if not isinstance(body, dict) or body.get("type") != "provenance.bundle":
        raise InvalidInput("bundle-malformed", "not a proof bundle", pointer="/type")
    if type(body.get("v")) is not int or body["v"] != 1:
        raise InvalidInput("bundle-version-unknown", "only version 1 is known", pointer="/v")
    if canonical.encode(body) != data:
        raise InvalidInput("bundle-not-canonical", "the bytes are not the canonical spelling")
    shape = Shape(body, _SECTIONS, code="bundle-malformed")
    if shape.digest("checksum") != checksum(body):
        raise InvalidInput(
            "bundle-checksum-mismatch", "the file was damaged or changed", pointer="/checksum"
        )
    record = shape.object("record", ("id", "members"))
    submission = shape.object("submission", (*_SUBMISSION, "index", "path"))
    signer = shape.object("signer", (*KEY_MEMBERS, "profile"))
    log = shape.find_object("log", ("origin", "index", "size", "path", "checkpoint"))
    anchor = shape.find_object("anchor", _ANCHOR)
    if log is None and anchor is not None:
        shape.refuse("anchored without being in the log", "anchor")
    return Bundle(
        record_id=_read_id(record),
        view=_read_view(record),
        submission=_read_submission(submission),
        submission_index=submission.integer("index"),
        submission_path=tuple(submission.digests("path", _MOST_PATH)),
        log=None if log is None else _read_log(log),
        anchor=None if anchor is None else _read_anchor(anchor),
        signer=SignerEvidence(read_key(signer), _read_profile(signer)),
        status=_read_status(shape.object("status", ("checkedAt", "entries"))),
        exported_at=shape.time("exportedAt"),
    )


def status_to_json(entry: StatusOnChain) -> dict[str, Any]:
    """One declaration as bundles and reports spell it."""
    return {
        "org": entry.org.text,
        "kind": STATUS_KINDS[entry.kind - 1],
        "time": entry.time,
        "reason": entry.reason.hex(),
        "authority": entry.authority,
    }


def _log_to_json(log: LogEvidence) -> dict[str, Any]:
    return {
        "origin": log.origin,
        "index": log.index,
        "size": log.size,
        "path": [node.hex() for node in log.path],
        "checkpoint": log.checkpoint,
    }


def _anchor_to_json(anchor: AnchorEvidence) -> dict[str, Any]:
    return {
        "chainId": anchor.chain_id,
        "genesis": anchor.genesis.prefixed,
        "registry": anchor.registry.lower(),
        "checkpointLog": anchor.checkpoint_log.lower(),
        "recordStatus": anchor.record_status.lower(),
        "block": anchor.block,
        "blockHash": anchor.block_hash.prefixed,
        "blockTime": anchor.block_time,
        "transaction": anchor.transaction.prefixed,
    }


def _read_id(record: Shape) -> RecordId:
    try:
        return RecordId.parse(record.text("id"))
    except InvalidInput as error:
        record.refuse(error.detail, "id")


def _read_view(record: Shape) -> DisclosedView:
    try:
        return DisclosedView.from_json(record.value("members"))
    except InvalidInput as error:
        where = f"{record.at}/members{error.pointer}"
        raise InvalidInput(error.code, error.detail, pointer=where) from error


def _read_submission(shape: Shape) -> Submission:
    try:
        return Submission.from_json({name: shape.value(name) for name in _SUBMISSION})
    except InvalidInput as error:
        where = shape.at + (error.pointer or "")
        raise InvalidInput("submission-malformed", error.detail, pointer=where) from error


def _read_log(shape: Shape) -> LogEvidence:
    return LogEvidence(
        origin=shape.text("origin"),
        index=shape.integer("index"),
        size=shape.integer("size"),
        path=tuple(shape.digests("path", _MOST_PATH)),
        checkpoint=shape.text("checkpoint"),
    )


def _read_anchor(shape: Shape) -> AnchorEvidence:
    return AnchorEvidence(
        chain_id=shape.integer("chainId"),
        genesis=shape.chain_digest("genesis"),
        registry=shape.address("registry"),
        checkpoint_log=shape.address("checkpointLog"),
        record_status=shape.address("recordStatus"),
        block=shape.integer("block"),
        block_hash=shape.chain_digest("blockHash"),
        block_time=shape.integer("blockTime"),
        transaction=shape.chain_digest("transaction"),
    )


def _read_profile(signer: Shape) -> Profile | None:
    value = signer.value("profile")
    if value is None:
        return None
    try:
        return Profile.from_json(value)
    except InvalidInput as error:
        signer.refuse(error.detail, "profile")


def _read_status(shape: Shape) -> StatusEvidence:
    names = ("org", "kind", "time", "reason", "authority")
    entries: Sequence[Shape] = shape.objects("entries", names, _MOST_ENTRIES)
    return StatusEvidence(
        checked_at=shape.integer("checkedAt"),
        entries=tuple(
            StatusOnChain(
                org=OrgId(entry.chain_bytes("org", 32)),
                kind=STATUS_KINDS.index(entry.choice("kind", STATUS_KINDS)) + 1,
                time=entry.integer("time"),
                reason=entry.digest("reason"),
                authority=entry.boolean("authority"),
            )
            for entry in entries
        ),
    )
