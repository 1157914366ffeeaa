"""Evidence records (RFC 4998): proof that data existed at a time, renewed before its algorithms or
its authority's certificates give out.

A record is a sequence of chains of archive time-stamps. Within a chain each time-stamp is over the
one before it; each chain is over the data anew and over all chains before it. A time-stamp covers
many things at once by a hash tree; the record carries the part of it that leads from the data to
what was stamped (4.2, 4.3, 5.2, 5.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from asn1crypto import algos, cms, core

from ledger.signatures.chain import Knowledge
from ledger.signatures.digest_methods import DigestRefused, digest, named
from ledger.signatures.inspection import Anchorage, SignatureKind, SignatureReport
from ledger.signatures.time_stamp import inspect_token, read_token
from ledger.signatures.verdict import PASSED, SKIPPED, Outcome, failed, worst

MOST_STAMPS = 200
MOST_NODES = 10_000
_ASN1_ERRORS = (ValueError, TypeError, KeyError, OverflowError, AttributeError)


class _Hashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.OctetString


class _Tree(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Hashes


class _Attributes(core.SetOf):  # type: ignore[misc]
    _child_spec = cms.CMSAttribute


class _ArchiveTimeStamp(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012 - how asn1crypto is told
        ("digest_algorithm", algos.DigestAlgorithm, {"implicit": 0, "optional": True}),
        ("attributes", _Attributes, {"implicit": 1, "optional": True}),
        ("reduced_hashtree", _Tree, {"implicit": 2, "optional": True}),
        ("time_stamp", cms.ContentInfo),
    ]


class _Chain(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _ArchiveTimeStamp


class _Sequence(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Chain


class _Algorithms(core.SequenceOf):  # type: ignore[misc]
    _child_spec = algos.DigestAlgorithm


class _EncryptionInfo(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012 - how asn1crypto is told
        ("type", core.ObjectIdentifier),
        ("value", core.Any),
    ]


class _CryptoInfos(core.SequenceOf):  # type: ignore[misc]
    _child_spec = cms.CMSAttribute


class EvidenceRecord(core.Sequence):  # type: ignore[misc]
    """RFC 4998, 3.1."""

    _fields = [  # noqa: RUF012 - how asn1crypto is told
        ("version", core.Integer),
        ("digest_algorithms", _Algorithms),
        ("crypto_infos", _CryptoInfos, {"implicit": 0, "optional": True}),
        ("encryption_info", _EncryptionInfo, {"implicit": 1, "optional": True}),
        ("sequence", _Sequence),
    ]


class _Broken(Exception):
    """The record does not lead from the data to a time-stamp."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class _Stamp:
    algorithm: str
    tree: tuple[tuple[bytes, ...], ...]
    der: bytes
    """Of the ContentInfo: what the next time-stamp of the chain is over."""


@dataclass(frozen=True)
class _Record:
    chains: tuple[tuple[_Stamp, ...], ...]
    encoded: tuple[bytes, ...]
    """DER of each chain."""


def inspect_record(
    name: str, der: bytes, objects: dict[str, bytes], known: Knowledge, now: datetime
) -> SignatureReport:
    """`objects` are the entries the record must be over, by name."""
    blank = SignatureReport(
        id=name,
        kind=SignatureKind.EVIDENCE_RECORD,
        format="RFC4998",
        signer=None,
        integrity=PASSED,
        chain=SKIPPED,
        revocation=SKIPPED,
        coverage=PASSED,
        covers=tuple(objects),
    )
    try:
        record = _read(der)
        stamps = _check_stamps(name, record, list(objects.values()), known, now)
    except _Broken as error:
        return replace(blank, integrity=failed(error.code, str(error)))
    except ValueError as error:
        return replace(blank, integrity=failed("evidence-record-malformed", str(error)))
    # The newest answers for the record today; the older ones answer for what it is over.
    newest, first = stamps[-1], stamps[0]
    anchorages = {one.anchorage for one in stamps}
    anchored = anchorages == {Anchorage.ANCHORED}
    return replace(
        blank,
        signer=newest.signer,
        integrity=worst([one.integrity for one in stamps]),
        chain=worst([one.chain for one in stamps]),
        revocation=worst([one.revocation for one in stamps]),
        coverage=worst([one.coverage for one in stamps]),
        anchorage=Anchorage.ANCHORED if anchored else Anchorage.UNANCHORED,
        claimed_time=first.proven_time,
        proven_time=first.proven_time,
        marks=frozenset[str]().union(*(one.marks & {"certificate-missing"} for one in stamps)),
    )


def _read(der: bytes) -> _Record:
    try:
        record = EvidenceRecord.load(der, strict=True)
        if record["version"].native != 1:
            raise ValueError("not version 1")
        if record["encryption_info"].native is not None:
            raise ValueError("records over encrypted data are not read")
        sequence = record["sequence"]
        chains, encoded, count = [], [], 0
        for chain in sequence:
            stamps = [_read_stamp(one) for one in chain]
            count += len(stamps)
            if not stamps or count > MOST_STAMPS:
                raise ValueError("an empty chain, or too many time-stamps")
            chains.append(tuple(stamps))
            encoded.append(chain.dump())
    except _ASN1_ERRORS as error:
        raise ValueError(f"not an evidence record: {error}"[:200]) from None
    if not chains:
        raise ValueError("no chain in it")
    return _Record(tuple(chains), tuple(encoded))


def _read_stamp(stamp: _ArchiveTimeStamp) -> _Stamp:
    der = stamp["time_stamp"].dump()
    told = stamp["digest_algorithm"].native
    try:
        token = read_token(der)
        algorithm = token.algorithm if told is None else named(told["algorithm"])
    except DigestRefused as refused:
        code = "algorithm-weak" if refused.weak else "algorithm-unknown"
        raise _Broken(code, str(refused)) from None
    tree = tuple(tuple(one.native for one in part) for part in stamp["reduced_hashtree"] or ())
    if sum(map(len, tree)) > MOST_NODES:
        raise ValueError("too large a hash tree")
    return _Stamp(algorithm, tree, der)


def _check_stamps(
    name: str, record: _Record, objects: list[bytes], known: Knowledge, now: datetime
) -> list[SignatureReport]:
    if not objects:
        raise _Broken("documents-uncovered", "there is nothing for the record to be over")
    reports: list[SignatureReport] = []
    for at, chain in enumerate(record.chains):
        algorithm = chain[0].algorithm
        if any(stamp.algorithm != algorithm for stamp in chain):
            raise _Broken("evidence-record-algorithms", "a chain has more than one algorithm")
        before = _encode_sequence(record.encoded[:at])
        for place, stamp in enumerate(chain):
            if place == 0:
                leaves = [_leaf(algorithm, data, before) for data in objects]
            else:
                leaves = [digest(algorithm, chain[place - 1].der)]
            root = _root(stamp, leaves)
            reports.append(_check_stamp(f"{name}/{at}.{place}", stamp, root, known, now))
    times = [one.proven_time for one in reports if one.proven_time is not None]
    if times != sorted(times):
        raise _Broken("evidence-record-order", "a renewal is older than what it renews")
    return reports


def _leaf(algorithm: str, data: bytes, before: bytes) -> bytes:
    """4.2 for the first chain; 5.2, step 4 for a renewed one: the data's digest with the digest of
    all chains before."""
    own = digest(algorithm, data)
    return own if not before else digest(algorithm, own, digest(algorithm, before))


def _encode_sequence(chains: tuple[bytes, ...]) -> bytes:
    """ArchiveTimeStampSequence of the chains, as they stand in the record."""
    if not chains:
        return b""
    body = b"".join(chains)
    length = len(body)
    if length < 0x80:
        return b"\x30" + bytes([length]) + body
    size = (length.bit_length() + 7) // 8
    return b"\x30" + bytes([0x80 | size]) + length.to_bytes(size, "big") + body


def _root(stamp: _Stamp, leaves: list[bytes]) -> bytes:
    """4.3: from the leaves to what was stamped."""
    if not stamp.tree:
        if len(leaves) != 1:
            raise _Broken("content-changed", "a record over several entries has no hash tree")
        return leaves[0]
    first = stamp.tree[0]
    if any(leaf not in first for leaf in leaves):
        raise _Broken("content-changed", "the record is of other data")
    if len(leaves) > 1 and len(first) != len(leaves):
        raise _Broken("entry-missing", "the record is over more than is at hand")
    value = _join(stamp.algorithm, list(first))
    for part in stamp.tree[1:]:
        value = _join(stamp.algorithm, [*part, value])
    return value


def _join(algorithm: str, values: list[bytes]) -> bytes:
    """A group of one is its only value; else binary ascending order, joined, hashed."""
    if len(values) == 1:
        return values[0]
    return digest(algorithm, *sorted(values))


def _check_stamp(
    name: str, stamp: _Stamp, root: bytes, known: Knowledge, now: datetime
) -> SignatureReport:
    token = read_token(stamp.der)
    report = inspect_token(name, token, lambda _: root, known, now)
    if token.algorithm != stamp.algorithm:
        raise _Broken("evidence-record-algorithms", "time-stamp and tree differ in algorithm")
    if report.coverage.outcome is Outcome.FAIL:
        raise _Broken("content-changed", "the time-stamp is not of the root of the hash tree")
    return report
