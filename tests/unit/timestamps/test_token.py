"""A token counts for its data, its authority and its time, and for nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.errors import VerificationFailed
from ledger.timestamps.token import MAX_RESPONSE_BYTES, check_token, make_request
from tests.support.time_authority import ISSUED, Fault, Pki, TimeAuthority

DATA = b"the data"
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
Authority = Callable[..., TimeAuthority]


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.make()


@pytest.fixture
def authority(pki: Pki) -> TimeAuthority:
    return TimeAuthority(pki, lambda: NOW)


def refusal(authority: TimeAuthority, pki: Pki, data: bytes = DATA) -> str:
    request = make_request(DATA)
    with pytest.raises(VerificationFailed) as caught:
        check_token(authority.answer(request.encoded), data, [pki.root], request.nonce)
    return caught.value.code


def test_check_good_token_tells_its_time_and_authority(authority: TimeAuthority, pki: Pki) -> None:
    request = make_request(DATA)
    token = check_token(authority.answer(request.encoded), DATA, [pki.root], request.nonce)
    assert token.time == NOW
    assert token.authority == "Common Name: Test authority"


def test_make_request_never_has_the_same_nonce_twice() -> None:
    assert len({make_request(DATA).nonce for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.WRONG_NONCE, "timestamp-nonce-differs"),
        (Fault.NO_NONCE, "timestamp-nonce-differs"),
        (Fault.WRONG_IMPRINT, "timestamp-data-differs"),
        (Fault.REJECTED, "timestamp-not-granted"),
        (Fault.GARBAGE, "timestamp-malformed"),
        (Fault.NO_PURPOSE, "timestamp-untrusted"),
        (Fault.SHADOWED, "timestamp-signer-unnamed"),
        (Fault.NO_ATTRIBUTE, "timestamp-signer-unnamed"),
    ],
)
def test_check_faulty_answer_is_refused(
    authority: TimeAuthority, pki: Pki, fault: Fault, code: str
) -> None:
    authority.fault = fault
    assert refusal(authority, pki) == code


def test_check_other_data_is_refused(authority: TimeAuthority, pki: Pki) -> None:
    assert refusal(authority, pki, b"other data") == "timestamp-data-differs"


def test_check_other_root_is_refused(authority: TimeAuthority) -> None:
    assert refusal(authority, Pki.make("Somebody else")) == "timestamp-untrusted"


def test_check_certificate_ended_before_its_token_is_refused() -> None:
    ended = Pki.make(until=NOW - timedelta(seconds=1))
    assert refusal(TimeAuthority(ended, lambda: NOW), ended) == "timestamp-untrusted"


def test_check_certificate_begun_after_its_token_is_refused(pki: Pki) -> None:
    early = TimeAuthority(pki, lambda: ISSUED - timedelta(days=1))
    assert refusal(early, pki) == "timestamp-untrusted"


def test_check_token_outlives_its_certificate() -> None:
    past = ISSUED + timedelta(days=1)
    ended = Pki.make(until=ISSUED + timedelta(days=2))
    request = make_request(DATA)
    response = TimeAuthority(ended, lambda: past).answer(request.encoded)
    assert check_token(response, DATA, [ended.root]).time == past


def test_check_flipped_bit_never_changes_what_is_said(authority: TimeAuthority, pki: Pki) -> None:
    request = make_request(DATA)
    response = authority.answer(request.encoded)
    said = check_token(response, DATA, [pki.root])
    for place in range(0, len(response)):
        bent = bytearray(response)
        bent[place] ^= 1 << place % 8
        with suppress(VerificationFailed):
            assert check_token(bytes(bent), DATA, [pki.root]) == said


def test_check_too_large_is_not_looked_at(pki: Pki) -> None:
    with pytest.raises(VerificationFailed, match="bytes"):
        check_token(bytes(MAX_RESPONSE_BYTES + 1), DATA, [pki.root])


def test_openssl_says_the_same(authority: TimeAuthority, pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "response").write_bytes(authority.answer(make_request(DATA).encoded))
    (tmp_path / "data").write_bytes(DATA)
    root = pki.write_root(tmp_path / "root.pem")
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "response", "-CAfile"]
    done = subprocess.run(
        [*command, root.name],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert "Verification: OK" in done.stdout, done.stderr
