"""Chains and revocation: by given roots, at the time that counts, by what the document carries."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ledger.signatures.inspecting import read_trust_folder
from ledger.signatures.inspection import Anchorage
from ledger.signatures.profile import PROFILES
from ledger.signatures.trust_roots import TrustMalformed, TrustRoots, read_trust
from ledger.signatures.verdict import Outcome, Verdict
from tests.support.inspected import AFTER, NO_ROOTS, NOW, authority, codes, inspected, pki
from tests.support.signed_documents import container, xades
from tests.support.signing_pki import ISSUED, Holder, answer, issue

DOCS = {"a.txt": b"A"}


def signed(
    holder: Holder,
    *,
    answers: tuple[bytes, ...] = (),
    stamped: datetime | None = NOW,
    certificates: tuple[bytes, ...] = (),
) -> bytes:
    stamp = None if stamped is None else authority(stamped)
    signature = xades(DOCS, holder, answers=answers, stamp=stamp, certificates=certificates)
    return container({**DOCS, "META-INF/signatures.xml": signature})


def test_good_answer_at_the_time_of_signing_passes() -> None:
    told = answer(pki().person, pki().root, NOW - timedelta(minutes=5))
    found = inspected(signed(pki().person, answers=(told,)), at=AFTER)
    assert found.verdict is Verdict.VALID
    assert found.signatures[0].revocation.outcome is Outcome.PASS
    assert not PROFILES["strict"].objections(found)


def test_no_answer_is_unknown_and_only_the_strict_profile_minds() -> None:
    found = inspected(signed(pki().person))
    assert (found.verdict, found.result("revocation").outcome) == (Verdict.VALID, Outcome.UNKNOWN)
    assert not PROFILES["default"].objections(found)
    assert [one.code for one in PROFILES["strict"].objections(found)] == ["revocation-unknown"]


def test_revoked_before_signing_is_invalid() -> None:
    gone = NOW - timedelta(days=1)
    told = answer(pki().person, pki().root, NOW - timedelta(minutes=5), revoked=gone)
    found = inspected(signed(pki().person, answers=(told,)))
    assert (found.verdict, "certificate-revoked" in codes(found)) == (Verdict.INVALID, True)


def test_revoked_after_a_proven_signing_is_not() -> None:
    later = NOW + timedelta(days=1)
    told = answer(pki().person, pki().root, later + timedelta(hours=1), revoked=later)
    found = inspected(signed(pki().person, answers=(told,)), at=later + timedelta(hours=2))
    assert found.verdict is Verdict.VALID


@pytest.mark.parametrize("case", ["old", "of another", "by a stranger"])
def test_answer_that_does_not_count_is_no_answer(case: str) -> None:
    fresh = NOW - timedelta(minutes=5)
    stranger = issue("stranger", None, [])
    told = {
        "old": answer(pki().person, pki().root, NOW - timedelta(days=30)),
        "of another": answer(pki().agency, pki().root, fresh),
        "by a stranger": answer(pki().person, pki().root, fresh, by=stranger),
    }[case]
    found = inspected(signed(pki().person, answers=(told,)))
    assert found.signatures[0].revocation.outcome is Outcome.UNKNOWN


def test_issuer_of_the_same_name_with_another_key_is_not_the_issuer() -> None:
    impostor = issue("Test documents", None, [], ca=True)
    holder = issue("Nguyễn Văn A", impostor, [])
    found = inspected(signed(holder))
    assert found.verdict is Verdict.INTACT_UNTRUSTED
    assert found.signatures[0].anchorage is Anchorage.ALONE


def test_certificate_signed_by_one_that_is_no_authority_is_not_trusted() -> None:
    below = issue("Cấp dưới", pki().person, [])
    found = inspected(signed(below, certificates=(pki().person.der,)))
    assert found.verdict not in {Verdict.VALID, Verdict.VALID_TEST_PKI}


def test_chain_through_an_intermediate_is_followed() -> None:
    middle = issue("CA cấp hai", pki().root, [], ca=True)
    holder = issue("Trần Thị B", middle, [])
    found = inspected(signed(holder, certificates=(middle.der,)))
    assert found.verdict is Verdict.VALID
    bare = inspected(signed(holder))
    assert bare.verdict is Verdict.INTACT_UNTRUSTED
    helped = TrustRoots(
        read_trust([pki().root.pem]).roots, read_trust([middle.pem]).roots, given=True
    )
    assert inspected(signed(holder, stamped=None), trust=helped).verdict is Verdict.VALID


def test_pinned_certificate_is_trusted_within_its_dates() -> None:
    own = issue("Tự ký", None, [])
    trust = read_trust([own.pem])
    assert inspected(signed(own, stamped=None), trust=trust).verdict is Verdict.VALID
    late = inspected(signed(own, stamped=None), trust=trust, at=AFTER)
    assert late.verdict is Verdict.INTACT_UNTRUSTED


def test_certificate_not_yet_in_force_is_not_good() -> None:
    found = inspected(signed(pki().person, stamped=None), at=ISSUED - timedelta(days=1))
    assert found.verdict is Verdict.INTACT_UNTRUSTED


def test_time_stamp_nobody_trusts_proves_no_time() -> None:
    data = signed(pki().person)
    only_documents = read_trust(pki().roots)
    late = inspected(data, trust=only_documents, at=AFTER)
    assert (late.verdict, late.signatures[0].proven_time) == (Verdict.INTACT_UNTRUSTED, None)
    assert inspected(data, trust=NO_ROOTS, at=AFTER).signatures[0].proven_time == NOW


def test_folder_is_read_with_its_subfolders_and_other_files_passed_over(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "root.crt").write_bytes(pki().root.der)
    (tmp_path / "request.der").write_bytes(b"\x30\x03\x02\x01\x01")
    (tmp_path / "README.md").write_text("no certificate")
    trust = read_trust(read_trust_folder(tmp_path))
    assert [one.dump() for one in trust.roots] == [pki().root.der]


def test_what_is_no_authority_only_helps() -> None:
    trust = read_trust([pki().root.pem + pki().person.pem])
    assert (len(trust.roots), len(trust.helpers)) == (1, 1)
    with pytest.raises(TrustMalformed):
        read_trust([b"", b"<a/>", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"])
