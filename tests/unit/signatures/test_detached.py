"""CMS signatures handed in by themselves, made by another library than the one that reads them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7Options,
    PKCS7SignatureBuilder,
)

from ledger.signatures.verdict import Outcome, Verdict
from tests.support.inspected import codes, inspected, pki

DETACHED = [PKCS7Options.DetachedSignature, PKCS7Options.Binary]
FORMS = {
    "detached": DETACHED,
    "without attributes": [*DETACHED, PKCS7Options.NoAttributes],
    "opaque": [PKCS7Options.Binary],
}


@pytest.fixture(params=FORMS, scope="module")
def message(request: pytest.FixtureRequest) -> bytes:
    person = pki().person
    builder = PKCS7SignatureBuilder().set_data(b"hello")
    builder = builder.add_signer(person.certificate, person.key, SHA256())
    return builder.sign(Encoding.DER, FORMS[request.param])


def test_signature_over_its_data_is_valid(message: bytes) -> None:
    found = inspected(message, detached=b"hello")
    assert (found.kind, found.verdict) == ("cms", Verdict.VALID)


def test_signature_over_other_data_is_invalid(message: bytes) -> None:
    found = inspected(message, detached=b"hallo")
    assert found.verdict is Verdict.INVALID
    assert codes(found) & {"content-changed", "signature-wrong"}


def test_without_data_only_the_opaque_one_can_be_judged(message: bytes) -> None:
    found = inspected(message)
    if b"hello" in message:
        assert found.verdict is Verdict.VALID
    else:
        assert (found.verdict, codes(found)) == (Verdict.INVALID, {"data-missing"})
        assert found.result("integrity").outcome is Outcome.UNKNOWN


def test_armored_signature_is_read_like_the_bare_one() -> None:
    person = pki().person
    builder = PKCS7SignatureBuilder().set_data(b"hello")
    builder = builder.add_signer(person.certificate, person.key, SHA256())
    text = builder.sign(Encoding.PEM, DETACHED)
    assert inspected(text, detached=b"hello").verdict is Verdict.VALID
    assert inspected(text, detached=b"hallo").verdict is Verdict.INVALID
    other = inspected(person.pem, name="a.p7s", detached=b"hello")
    assert codes(other) == {"format-differs"}
