"""ASiC manifests (EN 319 162-1 A.4): a list of entries with their digests, and who signs it."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from ledger.signatures.archive import Archive, ArchiveRefused
from ledger.signatures.digest_methods import DigestRefused, digest, of_uri
from ledger.signatures.signed_xml import (
    XmlRefused,
    decode_base64,
    entry_of_uri,
    local_name,
    read_xml,
)
from ledger.signatures.verdict import PASSED, Result, failed

MOST_REFERENCES = 1000


@dataclass(frozen=True)
class DataReference:
    """An entry and what its digest was."""

    entry: str
    method: str
    """The URI of the algorithm, as written."""
    value: bytes


@dataclass(frozen=True)
class Manifest:
    """A manifest that has the form of one."""

    name: str
    data: bytes
    signed_by: str
    """The entry that signs or stamps it."""
    references: tuple[DataReference, ...]

    @property
    def entries(self) -> tuple[str, ...]:
        """What it lists."""
        return tuple(each.entry for each in self.references)


def read_manifest(archive: Archive, name: str) -> Manifest:
    """Raises ValueError."""
    try:
        data = archive.read(name)
        root = read_xml(data)
    except (XmlRefused, ArchiveRefused) as error:
        raise ValueError(f"{name}: {error}") from None
    if local_name(root) != "ASiCManifest":
        raise ValueError(f"{name} is no ASiCManifest")
    signers = [each.get("URI", "") for each in root if local_name(each) == "SigReference"]
    if len(signers) != 1:
        raise ValueError(f"{name} has {len(signers)} SigReference")
    listed = [each for each in root if local_name(each) == "DataObjectReference"]
    if not 0 < len(listed) <= MOST_REFERENCES:
        raise ValueError(f"{name} lists {len(listed)} entries")
    references = tuple(_read_reference(each) for each in listed)
    if len({each.entry for each in references}) != len(references):
        raise ValueError(f"{name} lists an entry twice")
    return Manifest(name, data, entry_of_uri(signers[0]), references)


def _read_reference(element: etree._Element) -> DataReference:
    method, value = "", b""
    for child in element:
        if local_name(child) == "DigestMethod":
            method = child.get("Algorithm", "")
        elif local_name(child) == "DigestValue":
            value = decode_base64(child.text)
    return DataReference(entry_of_uri(element.get("URI", "")), method, value)


def check_references(archive: Archive, manifest: Manifest) -> Result:
    """Whether every listed entry is there and is what it was."""
    for reference in manifest.references:
        if reference.entry not in archive:
            return failed("entry-missing", f"{manifest.name}: no entry {reference.entry:.80}")
        try:
            actual = digest(of_uri(reference.method), archive.read(reference.entry))
        except DigestRefused as refused:
            return failed("algorithm-weak" if refused.weak else "algorithm-unknown", str(refused))
        except ArchiveRefused as refused:
            return failed(refused.code, str(refused))
        if actual != reference.value:
            told = f"{reference.entry:.80} is not what {manifest.name} lists"
            return failed("content-changed", told)
    return PASSED
