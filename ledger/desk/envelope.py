"""A message's content on its way: sealed before it is sent, opened and checked when it came.

What goes with every leg is the wrapped key and where the sealed manifest is (canonical JSON)::

    {"keyId":hex,"manifest":hex,"manifestSize":bytes,"wrapped":hex}

`manifest` is the SHA-256 of the sealed manifest. What is sealed is the manifest's record with its
salt, `{"envelope":{…},"recordSalt":hex}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger import canonical
from ledger.desk.content import ContentFolder, Kept
from ledger.digest import Digest
from ledger.envelope.content import PART, open_content, seal_content
from ledger.envelope.data_key import DataKey
from ledger.envelope.manifest import open_manifest, seal_manifest
from ledger.envelope.wrapping import WrappedKey
from ledger.errors import InvalidInput, VerificationFailed
from ledger.exchange.message import KIND, Manifest
from ledger.records.commitment import RECORD_SALT_BYTES, commitment_of

_MOST_MANIFEST = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LegEnvelope:
    """What a recipient needs to open a message."""

    wrapped: WrappedKey
    manifest: Digest
    manifest_size: int

    @classmethod
    def parse(cls, text: str) -> LegEnvelope:
        """Read it. Raises VerificationFailed `desk-envelope-malformed`."""
        try:
            told = canonical.parse(text.encode())
            manifest, size = Digest.from_hex(told.pop("manifest")), told.pop("manifestSize")
            if type(size) is not int or not 0 < size <= _MOST_MANIFEST:
                raise InvalidInput("envelope-malformed", "no manifest has that size")
            return cls(WrappedKey.from_json(told), manifest, size)
        except (InvalidInput, AttributeError, KeyError, TypeError) as error:
            raise VerificationFailed(
                "desk-envelope-malformed", f"not a wrapped key and a manifest: {error!s:.100}"
            ) from error

    def encode(self) -> str:
        """The text that goes with the leg."""
        told = {
            **self.wrapped.to_json(),
            "manifest": self.manifest.hex(),
            "manifestSize": self.manifest_size,
        }
        return canonical.encode(told).decode()


@dataclass(frozen=True, slots=True)
class OpenedManifest:
    """A manifest as it was committed to."""

    envelope: dict[str, Any]
    salt: bytes
    manifest: Manifest


def seal_part(data_key: DataKey, source: Path, sealed: ContentFolder) -> Kept:
    """Encrypt one file into the folder of sealed ones."""
    with source.open("rb") as file:
        return sealed.keep(seal_content(data_key, PART, file))


def seal_record(
    data_key: DataKey, message: Digest, envelope: dict[str, Any], salt: bytes, sealed: ContentFolder
) -> Kept:
    """Encrypt the record of the manifest with its salt, into the folder of sealed files."""
    told = canonical.encode({"envelope": envelope, "recordSalt": salt.hex()})
    return sealed.keep([seal_manifest(data_key, message, told)])


def open_record(data_key: DataKey, message: Digest, sealed: Path) -> OpenedManifest:
    """Decrypt and check it against the commitment the sender signed.

    Raises VerificationFailed `envelope-damaged` or `desk-content-differs`, InvalidInput
    `document-malformed` or `envelope-malformed`.
    """
    try:
        told = canonical.parse(open_manifest(data_key, message, sealed.read_bytes()))
        envelope, salt = told["envelope"], bytes.fromhex(told["recordSalt"])
        fits = len(salt) == RECORD_SALT_BYTES and envelope["kind"] == KIND
        if not fits or commitment_of(envelope, salt) != message:
            raise VerificationFailed(
                "desk-content-differs", "the manifest is not the one that was committed to"
            )
        return OpenedManifest(envelope, salt, Manifest.read(envelope["body"]))
    except (KeyError, TypeError, ValueError) as error:
        raise VerificationFailed(
            "desk-content-differs", "what was sealed is no manifest"
        ) from error


def open_part(data_key: DataKey, sealed: Path) -> Iterator[bytes]:
    """Decrypt one file, piece by piece."""
    with sealed.open("rb") as file:
        yield from open_content(data_key, PART, file)
