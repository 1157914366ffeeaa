from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from ledger.identity.organization import OrgId
from ledger.storage.epcis import event_key, key_hash

PRODUCER = OrgId(b"p" * 32)
CARRIER = OrgId(b"c" * 32)


def test_event_key_is_event_first_then_organization() -> None:
    key = event_key(PRODUCER, "urn:e")
    assert key == sha256(b"urn:e").digest()[:12] + sha256(PRODUCER).digest()[:4]
    assert key[:12] == event_key(CARRIER, "urn:e")[:12]
    assert key != event_key(CARRIER, "urn:e")


@given(st.text(max_size=60), st.text(max_size=60))
def test_event_key_differs_for_different_events(one: str, other: str) -> None:
    assert (event_key(PRODUCER, one) == event_key(PRODUCER, other)) == (one == other)


@given(st.text(max_size=80))
def test_key_hash_fits_a_signed_64_bit_column(text: str) -> None:
    assert -(2**63) <= key_hash(text) < 2**63


def test_key_hash_is_fixed_for_ever() -> None:
    assert key_hash("https://id.gs1.org/01/09506000134352/10/A") == int.from_bytes(
        sha256(b"https://id.gs1.org/01/09506000134352/10/A").digest()[:8], "big", signed=True
    )
