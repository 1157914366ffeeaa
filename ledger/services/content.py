"""The content of documents: to whom it is encrypted, how it comes in, who gets it, how it ends."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.services.erasing import Erasing
from ledger.services.fetching import Fetching
from ledger.services.key_publishing import KeyPublishing
from ledger.services.uploading import Uploading


@dataclass(frozen=True, slots=True)
class Content:
    """The services about content, over one blob store."""

    keys: KeyPublishing
    uploading: Uploading
    fetching: Fetching
    erasing: Erasing
