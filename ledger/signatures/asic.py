"""Associated signature containers (ASiC, EN 319 162-1), X-Road's and DigiDoc's among them.

ASiC-S holds one data object and what is over it; ASiC-E any number, with XAdES signatures that name
their entries, or manifests that list entries and are signed, stamped or recorded themselves. All of
a container is looked at: an entry that no signature is over is named, for whoever opens the
container sees it beside what was signed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO

from ledger.signatures.archive import Archive, ArchiveRefused
from ledger.signatures.asic_manifest import Manifest, check_references, read_manifest
from ledger.signatures.chain import Knowledge
from ledger.signatures.cms_signature import Digester
from ledger.signatures.detached import inspect_signers
from ledger.signatures.digest_methods import digest
from ledger.signatures.document_signature import proves_time
from ledger.signatures.evidence_record import inspect_record
from ledger.signatures.findings import Findings
from ledger.signatures.hash_chain import HashChainBroken, follow, is_hash_chain
from ledger.signatures.inspection import SignatureKind, SignatureReport
from ledger.signatures.signed_xml import XmlRefused, local_name, read_xml
from ledger.signatures.time_stamp import inspect_token, malformed_token, read_token
from ledger.signatures.trust_roots import TrustRoots
from ledger.signatures.verdict import (
    PASSED,
    SKIPPED,
    Outcome,
    Problem,
    Result,
    failed,
    unknown,
    worst,
)
from ledger.signatures.xades import inspect_xml_signatures

MIMETYPE = "mimetype"
META = "META-INF/"
_KINDS = {
    "application/vnd.etsi.asic-e+zip": "asic-e",
    "application/vnd.etsi.asic-s+zip": "asic-s",
}
_ENDINGS = {"asice": "asic-e", "sce": "asic-e", "asics": "asic-s", "scs": "asic-s"}
_KNOWN_META = ("manifest.xml", "container.xml", "metadata.xml")
_MESSAGE = "message.xml"
MOST_SIGNATURE_FILES = 64


@dataclass
class _Container:
    """A container while it is looked at."""

    archive: Archive
    kind: str
    known: Knowledge
    now: datetime
    documents: tuple[str, ...]
    manifests: dict[str, Manifest] = field(default_factory=dict)
    """By the entry that signs them."""
    reports: list[SignatureReport] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    """Files of hash chains that were followed, and manifests."""
    proofs: dict[str, datetime] = field(default_factory=dict)
    """Entry: the earliest time that a time-stamp or record over it proves."""


def inspect_container(file: BinaryIO, name: str, trust: TrustRoots, now: datetime) -> Findings:
    """Every signature, time-stamp and record of a container, and its entries."""
    try:
        archive = Archive(file)
        kind, structure = _kind_of(archive, name)
    except ArchiveRefused as refused:
        outcome = failed if refused.code == "archive-malformed" else unknown
        return Findings("archive", structure=outcome(refused.code, str(refused)))
    if structure.outcome is not Outcome.PASS:
        return Findings(kind, structure=structure)
    documents = tuple(
        name for name in archive.names if name != MIMETYPE and not name.startswith(META)
    )
    box = _Container(archive, kind, Knowledge(trust), now, documents)
    structure = worst([_check_listing(archive), _inspect(box)])
    unsigned, uncovered = _unsigned(box)
    return Findings(
        kind,
        tuple(box.reports),
        structure=worst([structure, uncovered]),
        unsigned=unsigned,
        notices=_notices(archive),
    )


def _kind_of(archive: Archive, name: str) -> tuple[str, Result]:
    told = ""
    if MIMETYPE in archive:
        told = archive.read(MIMETYPE)[:200].decode("ascii", "replace").strip()
        if told in _KINDS:
            return _KINDS[told], PASSED
    if any(each.startswith("_xmlsignatures/") for each in archive.names):
        return "archive", unknown("signature-kind-unknown", "signatures of office documents")
    roles = {_role(each) for each in archive.names if _signs(each)} - {"manifest"}
    if not roles:
        return "archive", SKIPPED
    if told:
        return "archive", unknown("signature-kind-unknown", f"mimetype is {told!r:.60}")
    # Where the name tells the form the entry may be left out (EN 319 162-1, 4.3.3.1); XAdES comes
    # in the packages of OpenDocument, which begin with it.
    by_name = _ENDINGS.get(name.lower().rpartition(".")[2])
    if by_name is not None and "xades" not in roles:
        return by_name, PASSED
    return "archive", failed("mimetype-missing", "signatures, and no entry mimetype")


def _signs(name: str) -> bool:
    return name.startswith(META) and bool(_role(name))


def _role(name: str) -> str:
    """What a file of META-INF is, by its name (EN 319 162-1 4.3.3.2, 4.4.3.2)."""
    base = name.removeprefix(META).lower()
    if "/" in base:
        return ""
    if base.endswith(".xml") and "manifest" in base:
        return "manifest" if "asic" in base else ""
    for word, ending, role in (
        ("signature", ".xml", "xades"),
        ("signature", ".p7s", "cades"),
        ("timestamp", ".tst", "stamp"),
        ("evidencerecord", ".ers", "record"),
        ("evidencerecord", ".xml", "xml-record"),
    ):
        if word in base and base.endswith(ending):
            return role
    return ""


def _inspect(box: _Container) -> Result:
    roles = {name: _role(name) for name in box.archive.names if name.startswith(META)}
    if sum(1 for role in roles.values() if role) > MOST_SIGNATURE_FILES:
        return unknown("too-many-signatures", f"more than {MOST_SIGNATURE_FILES} signature files")
    for name in sorted(name for name, role in roles.items() if role == "manifest"):
        try:
            manifest = read_manifest(box.archive, name)
        except ValueError as error:
            return failed("manifest-malformed", str(error))
        if manifest.signed_by in box.manifests:
            return failed("manifest-malformed", f"two manifests name {manifest.signed_by:.80}")
        if manifest.signed_by not in box.archive:
            return failed("entry-missing", f"{name}: no entry {manifest.signed_by:.80}")
        box.manifests[manifest.signed_by] = manifest
        box.used.add(name)
    structure = _check_simple(box, roles) if box.kind == "asic-s" else PASSED
    if structure.outcome is Outcome.FAIL:
        return structure
    # Time-stamps and records first: they prove the age of the signatures they are over.
    order = ("record", "xml-record", "stamp", "cades", "xades")
    for role in order:
        for name in sorted(name for name, known in roles.items() if known == role):
            _READERS[role](box, name)
    return structure


def _check_listing(archive: Archive) -> Result:
    """The OpenDocument manifest is signed by nobody; it has to be one, and no more is read of it
    than that."""
    name = f"{META}manifest.xml"
    if name not in archive:
        return SKIPPED
    try:
        root = read_xml(archive.read(name))
    except (XmlRefused, ArchiveRefused) as error:
        return failed("manifest-malformed", f"{name}: {error}")
    if local_name(root) != "manifest":
        return failed("manifest-malformed", f"{name} is no manifest")
    return SKIPPED


def _check_simple(box: _Container, roles: dict[str, str]) -> Result:
    """ASiC-S: one data object; a time-stamp or signatures, not both."""
    if len(box.documents) != 1:
        return failed("data-object-count", f"{len(box.documents)} data objects, and not one")
    kinds = set(roles.values())
    if "stamp" in kinds and kinds & {"xades", "cades"}:
        return failed("asic-s-mixed", "a time-stamp and signatures over one data object")
    return PASSED


def _read_stamp(box: _Container, name: str) -> None:
    try:
        token = read_token(box.archive.read(name))
    except (ValueError, ArchiveRefused) as error:
        box.reports.append(malformed_token(name, str(error)))
        return
    over, covers, fault = _what_is_stamped(box, name, token.imprint)
    if over is None:
        box.reports.append(malformed_token(name, "no manifest names it"))
        return
    report = inspect_token(name, token, over, box.known, box.now)
    report = replace(
        report,
        integrity=worst([report.integrity, fault]),
        covers=covers,
        archival=_is_archival(covers),
    )
    box.reports.append(report)
    _prove(box, report)


def _what_is_stamped(
    box: _Container, name: str, imprint: bytes
) -> tuple[Digester | None, tuple[str, ...], Result]:
    """The bytes under a time-stamp, the entries it is over by that, and what is wrong there."""
    manifest = box.manifests.get(name)
    if manifest is None:
        if box.kind != "asic-s":
            return None, (), SKIPPED
        document = box.documents[0]
        return _digester(box.archive.read(document)), (document,), SKIPPED
    fault = _skip_pass(check_references(box.archive, manifest))
    covers = manifest.entries
    results = [entry for entry in covers if is_hash_chain(box.archive, entry)]
    if len(covers) == 1 and results and fault.outcome is Outcome.SKIPPED:
        # X-Road stamps the result of the chain itself, and lists it in a manifest.
        data = box.archive.read(results[0])
        try:
            followed = follow(box.archive, results[0])
        except HashChainBroken as error:
            return _digester(data), (), failed(error.code, str(error))
        box.used.update(followed.files)
        by_result = any(digest(one, data) == imprint for one in ("sha256", "sha384", "sha512"))
        stamped = data if by_result else manifest.data
        return _digester(stamped), (*covers, *followed.covers), SKIPPED
    return _digester(manifest.data), covers, fault


def _read_record(box: _Container, name: str) -> None:
    manifest = box.manifests.get(name)
    fault = SKIPPED
    if manifest is not None:
        fault = _skip_pass(check_references(box.archive, manifest))
        entries = manifest.entries
    elif box.kind == "asic-s":
        entries = box.documents
    else:
        entries, fault = (), failed("manifest-missing", f"no manifest names {name}")
    if fault.outcome is Outcome.FAIL:
        box.reports.append(_broken(name, SignatureKind.EVIDENCE_RECORD, "RFC4998", fault))
        return
    objects = {entry: box.archive.read(entry) for entry in entries}
    report = inspect_record(name, box.archive.read(name), objects, box.known, box.now)
    report = replace(report, archival=_is_archival(entries))
    box.reports.append(report)
    _prove(box, report)


def _read_xml_record(box: _Container, name: str) -> None:
    told = unknown("evidence-record-kind", "evidence records in XML (RFC 6283) are not read")
    box.reports.append(_broken(name, SignatureKind.EVIDENCE_RECORD, "RFC6283", told))


def _read_cades(box: _Container, name: str) -> None:
    manifest = box.manifests.get(name)
    if manifest is not None:
        data, covers = manifest.data, manifest.entries
        fault = _skip_pass(check_references(box.archive, manifest))
    elif box.kind == "asic-s":
        data, covers, fault = box.archive.read(box.documents[0]), box.documents, SKIPPED
    else:
        fault = failed("manifest-missing", f"no manifest names {name}")
        box.reports.append(_broken(name, SignatureKind.SIGNATURE, "CAdES", fault))
        return
    try:
        der = box.archive.read(name)
        reports = inspect_signers(der, name, _digester(data), box.known, box.now, _proof(box, name))
    except (ValueError, ArchiveRefused) as error:
        fault = failed("signature-malformed", str(error))
        box.reports.append(_broken(name, SignatureKind.SIGNATURE, "CAdES", fault))
        return
    for report in reports:
        integrity = worst([report.integrity, fault])
        box.reports.append(replace(report, integrity=integrity, covers=covers))


def _read_xades(box: _Container, name: str) -> None:
    proof = _proof(box, name)
    for report in inspect_xml_signatures(box.archive, name, box.known, box.now, proof):
        box.reports.append(_through_hash_chain(box, report))


def _through_hash_chain(box: _Container, report: SignatureReport) -> SignatureReport:
    """A signature over the result of a hash chain is over what the chain leads to."""
    results = [
        entry
        for entry in report.covers
        if entry in box.archive and is_hash_chain(box.archive, entry)
    ]
    covers = list(report.covers)
    for entry in results:
        try:
            followed = follow(box.archive, entry)
        except HashChainBroken as error:
            return replace(report, integrity=failed(error.code, str(error)))
        box.used.update(followed.files)
        covers += followed.covers
    if results and _MESSAGE in box.archive and _MESSAGE not in covers:
        told = failed("hash-chain-unused", f"the chain does not lead to {_MESSAGE}")
        return replace(report, integrity=told)
    return replace(report, covers=tuple(dict.fromkeys(covers)))


_READERS = {
    "record": _read_record,
    "xml-record": _read_xml_record,
    "stamp": _read_stamp,
    "cades": _read_cades,
    "xades": _read_xades,
}


def _is_archival(covers: tuple[str, ...]) -> bool:
    """Over signatures, time-stamps or records, whether or not over documents as well."""
    return any(_signs(entry) for entry in covers)


def _prove(box: _Container, report: SignatureReport) -> None:
    if report.proven_time is None or not proves_time(report, box.known.trust):
        return
    for entry in report.covers:
        earlier = box.proofs.get(entry, report.proven_time)
        box.proofs[entry] = min(earlier, report.proven_time)


def _proof(box: _Container, name: str) -> datetime | None:
    return box.proofs.get(name)


def _unsigned(box: _Container) -> tuple[tuple[str, ...], Result]:
    """Entries no signature is over; time-stamps and records count only where nothing signs."""
    signing = [one for one in box.reports if one.kind is SignatureKind.SIGNATURE]
    counted = signing or box.reports
    covered = {entry for one in counted for entry in one.covers} | box.used
    helpers = {name for name in box.documents if is_hash_chain(box.archive, name)}
    left = [name for name in box.documents if name not in covered]
    left += [
        name
        for name in box.archive.names
        if name.startswith(META)
        and not _role(name)
        and name.removeprefix(META) not in _KNOWN_META
        and name not in covered
    ]
    documents = set(box.documents) - helpers
    if box.reports and not documents & covered:
        told = failed("documents-uncovered", "no signature is over any document of the container")
        return tuple(left), told
    return (tuple(left) if box.reports else ()), SKIPPED


def _notices(archive: Archive) -> tuple[Problem, ...]:
    if archive.names and archive.names[0] != MIMETYPE:
        return (Problem("mimetype-not-first", "mimetype is not the first entry"),)
    return ()


def _digester(data: bytes) -> Digester:
    return lambda algorithm: digest(algorithm, data)


def _skip_pass(result: Result) -> Result:
    return SKIPPED if result.outcome is Outcome.PASS else result


def _broken(name: str, kind: SignatureKind, form: str, integrity: Result) -> SignatureReport:
    return SignatureReport(
        id=name,
        kind=kind,
        format=form,
        signer=None,
        integrity=integrity,
        chain=SKIPPED,
        revocation=SKIPPED,
        coverage=SKIPPED,
    )
