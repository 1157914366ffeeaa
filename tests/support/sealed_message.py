"""A message with real content: sealed, handed in, its leg opened, its key wrapped."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ledger.client.connection import Connection
from ledger.client.exchange_drafting import CommittedMessage
from ledger.client.sealed_file import SealedFile, seal_file
from ledger.client.transferring import Transferring
from ledger.digest import Digest, sha256
from ledger.envelope.data_key import DataKey
from ledger.envelope.encryption_key import DecryptionKey
from ledger.envelope.manifest import ENCRYPTION, seal_manifest
from ledger.envelope.wrapping import WrappedKey, wrap
from ledger.exchange.description import Description
from ledger.exchange.message import Manifest, Part
from ledger.identity.eip712 import Domain
from tests.support.agency import Agency, Exchanged, a_document, submission

SUBJECT = "V/v thẩm định hồ sơ mật ong Pù Luông"


@dataclass
class SealedMessage:
    """What its sender knows of it."""

    data_key: DataKey
    sealed: SealedFile
    message: CommittedMessage
    manifest_blob: Digest
    legs: list[Exchanged]
    wrapped: list[WrappedKey]

    @property
    def needles(self) -> dict[str, bytes]:
        """Everything by which what is stored could confirm, open or find the content."""
        return {
            "data key": self.data_key.reveal(),
            "digest of the plaintext": self.sealed.digest,
            "digest of the ciphertext": self.sealed.blob,
            "digest of the sealed manifest": self.manifest_blob,
            "salt of the manifest": self.message.salt,
            "subject": SUBJECT.encode(),
            "name": b"to-trinh.pdf",
            "beginning of the ciphertext": self.sealed.path.read_bytes()[:64],
            **{f"wrapped key {at}": one.wrapped for at, one in enumerate(self.wrapped)},
        }


def send_sealed(
    connection: Connection, domain: Domain, folder: Path, sender: Agency, *recipients: Agency
) -> SealedMessage:
    """Seal a fresh document and submit it to these."""
    at = datetime.now(UTC).replace(microsecond=0)
    folder.mkdir()
    source, key = folder / "document", DataKey.generate()
    source.write_bytes(os.urandom(100_000))
    sealed = seal_file(source, key, folder / "sealed")
    transferring = Transferring(connection)
    transferring.upload(sealed.path, sealed.blob, sealed.blob_size)
    document = a_document(sender, *recipients, number=os.urandom(4).hex())
    part = Part("1", "to-trinh.pdf", "application/pdf", sealed.size, sealed.digest, sealed.blob)
    manifest = Manifest(document, Description(SUBJECT), (part,), dict(ENCRYPTION))
    message = CommittedMessage.commit(manifest, sender.org, at)
    hidden = folder / "manifest"
    hidden.write_bytes(seal_manifest(key, message.message, message.salt))
    blob = sha256(hidden.read_bytes())
    transferring.upload(hidden, blob, hidden.stat().st_size)
    body, legs = submission(domain, message, document, sender, *recipients)
    wraps = []
    for leg, told in zip(legs, body["legs"], strict=True):
        wrapped = wrap(key, DecryptionKey.generate().public, message.message, leg.leg)
        wraps.append(wrapped)
        told["wrappedKey"] = json.dumps(
            {
                **wrapped.to_json(),
                "manifest": blob.hex(),
                "manifestSize": hidden.stat().st_size,
            }
        )
    answer = sender.http.post("/exchange/messages", json=body)
    assert answer.status_code == 201, answer.text
    return SealedMessage(key, sealed, message, blob, legs, wraps)
