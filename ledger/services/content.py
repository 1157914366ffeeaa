"""The content of documents: to whom it is encrypted, how it comes in, who gets it, how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ledger.clock import Clock
from ledger.merkle.note import NoteSigner
from ledger.ports import ChainReader
from ledger.services.deployment import Deployment
from ledger.services.erasing import Erasing
from ledger.services.fetching import Fetching
from ledger.services.key_publishing import KeyPublishing
from ledger.services.uploading import ContentLimits, Uploading
from ledger.storage.blob_store import BlobStore
from ledger.storage.database import Database


@dataclass(frozen=True, slots=True)
class Content:
    """The services about content, over one blob store."""

    keys: KeyPublishing
    uploading: Uploading
    fetching: Fetching
    erasing: Erasing

    @classmethod
    def over(
        cls,
        blobs: BlobStore,
        limits: ContentLimits,
        db: Database,
        clock: Clock,
        registry: ChainReader,
        deployment: Deployment,
        signer: NoteSigner,
    ) -> Self:
        """All of them; `signer` signs what certifies an erasure."""
        return cls(
            keys=KeyPublishing(db, clock, registry, deployment.registry_domain),
            uploading=Uploading(db, clock, blobs, limits),
            fetching=Fetching(db, blobs),
            erasing=Erasing(db, clock, blobs, registry, deployment.exchange_domain, signer),
        )
