"""The result of an inspection as a value, with its JSON form and its digest.

The JSON form is what the child process hands back, what the command line prints and what a desk
keeps beside the document; its digest (SHA-256 over RFC 8785) goes into evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledger import canonical
from ledger.clock import format_time, parse_time
from ledger.digest import Digest, sha256
from ledger.signatures.verdict import (
    RESULTS,
    SKIPPED,
    Outcome,
    Problem,
    Result,
    Verdict,
    worst,
)

VERSION = 1


class Anchorage(StrEnum):
    """How far the signer's certificates lead."""

    ANCHORED = "anchored"
    """To a root that was given."""
    UNANCHORED = "unanchored"
    """To an issuer, and from there to no root that was given."""
    EXPIRED = "expired"
    """To a root that was given, but nothing proves a time at which they were in force."""
    ALONE = "alone"
    """Nowhere: self-signed, or its issuer's certificate is not at hand."""
    NONE = "none"
    """There is no certificate."""


class SignatureKind(StrEnum):
    """What it is that signs."""

    SIGNATURE = "signature"
    TIME_STAMP = "time-stamp"
    EVIDENCE_RECORD = "evidence-record"


class Holder(StrEnum):
    """Whom a certificate is issued to, as far as it says so."""

    PERSON = "person"
    ORGANIZATION = "organization"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Signer:
    """The certificate that signed."""

    name: str
    subject: str
    issuer: str
    serial: str
    holder: Holder
    not_before: datetime
    not_after: datetime
    fingerprint: Digest

    def to_json(self) -> dict[str, Any]:
        """Times in UTC; the serial number in decimal; the fingerprint is SHA-256 of the DER."""
        return {
            "name": self.name,
            "subject": self.subject,
            "issuer": self.issuer,
            "serial": self.serial,
            "holder": self.holder.value,
            "notBefore": format_time(self.not_before),
            "notAfter": format_time(self.not_after),
            "sha256": self.fingerprint.hex(),
        }


@dataclass(frozen=True)
class SignatureReport:
    """One signature, time-stamp or evidence record."""

    id: str
    kind: SignatureKind
    format: str
    """`PAdES`, `PDF`, `XAdES`, `XMLDSig`, `CAdES`, `CMS`, `RFC3161`, `RFC4998`."""
    signer: Signer | None
    integrity: Result
    chain: Result
    revocation: Result
    coverage: Result
    anchorage: Anchorage = Anchorage.NONE
    claimed_time: datetime | None = None
    """What the signer says."""
    proven_time: datetime | None = None
    """What a time-stamp says; the signature is not younger."""
    covers: tuple[str, ...] = ()
    """Entries or ranges this one is over."""
    archival: bool = False
    """Over other signatures, and not over documents themselves."""
    marks: frozenset[str] = frozenset()
    """What verdict and profile ask about; the names stand in `ledger.signatures.judging`."""

    def to_json(self) -> dict[str, Any]:
        """`time` is the proven one where there is one, else the claimed one."""
        told = self.proven_time or self.claimed_time
        return {
            "id": self.id,
            "kind": self.kind.value,
            "format": self.format,
            "signer": None if self.signer is None else self.signer.to_json(),
            "time": _spell(told),
            "claimedTime": _spell(self.claimed_time),
            "provenTime": _spell(self.proven_time),
            "anchorage": self.anchorage.value,
            "covers": list(self.covers),
            "archival": self.archival,
            "marks": sorted(self.marks),
            **{name: getattr(self, name).to_json() for name in RESULTS},
        }


@dataclass(frozen=True)
class Inspection:
    """What was found in one document. `structure` is of the file itself: container, coverage."""

    kind: str
    """`pdf`, `asic-e`, `asic-s`, `time-stamp-reply`, `time-stamp-token`, `cms`, `xml`, `other`."""
    sha256: Digest
    size: int
    at: datetime
    """As of when it was judged."""
    verdict: Verdict
    signatures: tuple[SignatureReport, ...]
    structure: Result = SKIPPED
    unsigned: tuple[str, ...] = ()
    """Entries no signature is over."""
    notices: tuple[Problem, ...] = ()
    results: dict[str, Result] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report; version 1 of docs/formats/inspection.md."""
        return {
            "version": VERSION,
            "verdict": self.verdict.value,
            "kind": self.kind,
            "sha256": self.sha256.hex(),
            "size": self.size,
            "at": format_time(self.at),
            **{name: self.result(name).to_json() for name in RESULTS},
            "signatures": [one.to_json() for one in self.signatures],
            "unsigned": list(self.unsigned),
            "notices": [notice.to_json() for notice in self.notices],
        }

    def result(self, name: str) -> Result:
        """One of the four, over all signatures and the file."""
        if name in self.results:
            return self.results[name]
        each = [getattr(one, name) for one in self.signatures]
        if name in {"integrity", "coverage"} and self.structure.outcome is not Outcome.SKIPPED:
            each.append(self.structure)
        return worst(each)

    @property
    def digest(self) -> Digest:
        """SHA-256 over the canonical JSON form: what evidence says was found."""
        return sha256(canonical.encode(self.to_json()))


def _spell(at: datetime | None) -> str | None:
    return None if at is None else format_time(at)


def read_inspection(value: dict[str, Any]) -> Inspection:
    """The value of a JSON form. Raises KeyError, ValueError, TypeError for any other."""
    return Inspection(
        kind=str(value["kind"]),
        sha256=Digest.from_hex(value["sha256"]),
        size=int(value["size"]),
        at=parse_time(value["at"]),
        verdict=Verdict(value["verdict"]),
        signatures=tuple(_read_signature(one) for one in value["signatures"]),
        unsigned=tuple(map(str, value["unsigned"])),
        notices=tuple(_read_problem(one) for one in value["notices"]),
        results={name: _read_result(value[name]) for name in RESULTS},
    )


def _read_signature(value: dict[str, Any]) -> SignatureReport:
    signer = value["signer"]
    return SignatureReport(
        id=str(value["id"]),
        kind=SignatureKind(value["kind"]),
        format=str(value["format"]),
        signer=None if signer is None else _read_signer(signer),
        anchorage=Anchorage(value["anchorage"]),
        claimed_time=_read_time(value["claimedTime"]),
        proven_time=_read_time(value["provenTime"]),
        covers=tuple(map(str, value["covers"])),
        archival=bool(value["archival"]),
        marks=frozenset(map(str, value["marks"])),
        **{name: _read_result(value[name]) for name in RESULTS},
    )


def _read_signer(value: dict[str, Any]) -> Signer:
    return Signer(
        name=str(value["name"]),
        subject=str(value["subject"]),
        issuer=str(value["issuer"]),
        serial=str(value["serial"]),
        holder=Holder(value["holder"]),
        not_before=parse_time(value["notBefore"]),
        not_after=parse_time(value["notAfter"]),
        fingerprint=Digest.from_hex(value["sha256"]),
    )


def _read_time(value: str | None) -> datetime | None:
    return None if value is None else parse_time(value)


def _read_problem(value: dict[str, Any]) -> Problem:
    return Problem(str(value["code"]), str(value["detail"]))


def _read_result(value: dict[str, Any]) -> Result:
    problems = tuple(_read_problem(one) for one in value["problems"])
    return Result(Outcome(value["outcome"]), problems)
