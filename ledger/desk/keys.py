"""The agency's own keys: what its clerks, its gateway and its leader sign with, and what it reads
with. All come from the one seed of its keystore, by name and number.
"""

from __future__ import annotations

from ledger.envelope.encryption_key import DecryptionKey
from ledger.identity.keystore import Keystore
from ledger.identity.organization import Purpose
from ledger.identity.signer import KeySigner

_NAMES = {Purpose.CLERK: "clerk", Purpose.GATEWAY: "gateway", Purpose.LEADER: "leader"}

PURPOSES = tuple(_NAMES)
"""What the desk has a signing key for each."""

_MOST_ENCRYPTION_KEYS = 1000


class DeskKeys:
    """Derives keys when they are needed and shows none."""

    def __init__(self, keystore: Keystore, encryption_keys: int = 1) -> None:
        """`encryption_keys` is how many there have been so far, the present one included."""
        assert 1 <= encryption_keys <= _MOST_ENCRYPTION_KEYS, "a desk has some keys"
        self._keystore = keystore
        self._count = encryption_keys

    def __repr__(self) -> str:
        return "DeskKeys(…)"

    def signer(self, purpose: Purpose) -> KeySigner:
        """The key for exactly that purpose."""
        return KeySigner(self._keystore.derive(f"desk/{_NAMES[purpose]}/0"))

    def addresses(self) -> dict[str, str]:
        """The addresses to be registered, by the purpose's name."""
        return {name: self.signer(purpose).address for purpose, name in _NAMES.items()}

    def use(self, encryption_keys: int) -> None:
        """There is one more to read with."""
        assert self._count <= encryption_keys <= _MOST_ENCRYPTION_KEYS, "keys are never taken back"
        self._count = encryption_keys

    @property
    def decryption(self) -> DecryptionKey:
        """The present key to read with."""
        return self._decryption(self._count - 1)

    def find_decryption(self, key_id: bytes) -> DecryptionKey | None:
        """The key something was wrapped to, however old; None where it is none of ours."""
        for number in reversed(range(self._count)):
            key = self._decryption(number)
            if key.public.id == key_id:
                return key
        return None

    def _decryption(self, number: int) -> DecryptionKey:
        return DecryptionKey(self._keystore.derive_seed(f"desk/encryption/{number}"))
