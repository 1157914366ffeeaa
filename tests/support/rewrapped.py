"""Keys of desks that follow others: what was wrapped to which, and a desk that gave its older keys
up."""

from __future__ import annotations

from ledger.desk.envelope import LegEnvelope
from ledger.desk.keys import DeskKeys
from ledger.desk.legs import LegRow
from ledger.digest import Digest
from ledger.envelope.encryption_key import DecryptionKey
from ledger.identity.keystore import Keystore
from tests.support.desks import Agency


class KeysLeft(DeskKeys):
    """What an agency has after it gave its older keys up: the present one."""

    def __init__(self, keys: DeskKeys) -> None:
        super().__init__(Keystore(bytes(32)))
        self._present = keys.decryption

    @property
    def decryption(self) -> DecryptionKey:
        return self._present

    def find_decryption(self, key_id: bytes) -> DecryptionKey | None:
        return self._present if self._present.public.id == key_id else None


def soon(agency: Agency) -> None:
    """What waits for its next look is looked at now."""
    with agency.desk.store.write() as tx:
        tx.execute("UPDATE legs SET try_at = 0, changed_at = changed_at - 3600")


def key_ids(row: LegRow) -> list[Digest]:
    """To which keys its data key was wrapped, one after the other."""
    texts = [row.wrapped_key or "", *row.rewrapped]
    return [LegEnvelope.parse(text).wrapped.key_id for text in texts]


def is_followed(sender: Agency, leg: Digest) -> bool:
    """Whether it was wrapped anew; if not, it is looked at again in the next round."""
    soon(sender)
    return bool(sender.leg(leg).rewrapped)
