from __future__ import annotations

import pytest

from ledger.errors import Unavailable
from ledger.identity.sealing import Seal

SEAL = Seal(bytes(range(32)))


def test_sealed_secret_opened_by_its_owner_alone() -> None:
    sealed = SEAL.close(b"secret", "one")
    assert SEAL.open(sealed, "one") == b"secret"
    assert b"secret" not in sealed
    assert SEAL.close(b"secret", "one") != sealed
    for other in (SEAL, Seal(bytes(32))):
        with pytest.raises(Unavailable) as raised:
            other.open(sealed, "two" if other is SEAL else "one")
        assert raised.value.code == "secret-unreadable"


def test_sealed_secret_changed_or_cut_refused() -> None:
    sealed = SEAL.close(b"secret", "one")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(Unavailable):
            SEAL.open(changed, "one")
        with pytest.raises(Unavailable):
            SEAL.open(sealed[:at], "one")
