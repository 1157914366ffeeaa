"""PDF signatures: coverage, what was appended, who signed, in which form."""

from __future__ import annotations

from pyhanko.sign.fields import MDPPerm

from ledger.signatures.inspection import Holder
from ledger.signatures.profile import PROFILES
from ledger.signatures.verdict import Outcome, Verdict
from tests.support.inspected import AFTER, NO_ROOTS, codes, inspected, pki
from tests.support.signed_documents import add_page, fill_field, pdf, sign_pdf
from tests.support.signing_pki import issue


def signed() -> bytes:
    return sign_pdf(pdf(), pki().person, "NguoiKy")


def test_page_without_signature_has_none() -> None:
    assert inspected(pdf()).verdict is Verdict.NO_SIGNATURE


def test_signed_page_is_valid_and_told_of() -> None:
    found = inspected(signed())
    assert found.verdict is Verdict.VALID
    one = found.signatures[0]
    assert (one.id, one.format) == ("NguoiKy", "PAdES")
    assert one.signer is not None
    assert (one.signer.name, one.signer.holder) == ("Nguyễn Văn A", Holder.PERSON)
    assert one.claimed_time is not None
    assert one.covers[0].endswith("the whole file")
    assert found.result("revocation").outcome is Outcome.UNKNOWN


def test_person_then_agency_is_what_the_decree_asks_for() -> None:
    found = inspected(sign_pdf(signed(), pki().agency, "CoQuan"))
    assert found.verdict is Verdict.VALID_WITH_FORM_FILLING
    assert not PROFILES["agency"].objections(found)
    assert [one.id for one in found.signatures] == ["NguoiKy", "CoQuan"]


def test_field_filled_after_signing_is_told_apart_from_a_second_signature() -> None:
    found = inspected(sign_pdf(fill_field(signed(), "12/QĐ"), pki().agency, "CoQuan"))
    assert found.verdict is Verdict.VALID_WITH_FORM_FILLING
    told = {problem.code for problem in PROFILES["agency"].objections(found)}
    assert told == {"fields-filled"}
    assert not PROFILES["default"].objections(found)


def test_page_added_after_signing_is_invalid() -> None:
    found = inspected(add_page(signed()))
    assert (found.verdict, codes(found) & {"changed-after-signing"} != set()) == (
        Verdict.INVALID,
        True,
    )


def test_page_added_between_two_signatures_is_invalid_though_the_second_is_over_it() -> None:
    found = inspected(sign_pdf(add_page(signed()), pki().agency, "CoQuan"))
    assert found.verdict is Verdict.INVALID


def test_certified_document_allows_only_what_it_says() -> None:
    closed = sign_pdf(pdf(), pki().person, "K", allow=MDPPerm.NO_CHANGES)
    assert inspected(closed).verdict is Verdict.VALID
    found = inspected(fill_field(closed, "12"))
    assert found.verdict is Verdict.INVALID
    assert codes(found) & {"change-not-allowed", "changed-after-signing"}
    form = sign_pdf(pdf(), pki().person, "K", allow=MDPPerm.FILL_FORMS)
    again = inspected(sign_pdf(fill_field(form, "12"), pki().agency, "CoQuan"))
    assert again.verdict is Verdict.VALID_WITH_FORM_FILLING


def test_bytes_behind_the_end_are_not_passed_over() -> None:
    for tail in (b"%%", b"PK\x03\x04", b"\n%%EOF\n", b"x" * 5000):
        assert inspected(signed() + tail).verdict is Verdict.INVALID, tail
    assert inspected(signed() + b"\r\n").verdict is Verdict.VALID


def test_every_changed_byte_of_the_signed_range_is_seen() -> None:
    data = signed()
    start = data.index(b"/Contents <")
    for at in range(0, start, 97):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert inspected(changed).verdict in {Verdict.INVALID, Verdict.NO_SIGNATURE}, at


def test_placeholder_holds_nothing_but_the_signature() -> None:
    data = signed()
    end = data.index(b">", data.index(b"/Contents <"))
    found = inspected(data[: end - 2] + b"41" + data[end:])
    assert found.verdict is Verdict.INVALID


def test_signature_of_the_old_form_is_not_pades() -> None:
    found = inspected(sign_pdf(pdf(), pki().person, "K", pades=False))
    assert (found.verdict, found.signatures[0].format) == (Verdict.VALID_NOT_PADES, "PDF")


def test_self_signed_signer_is_intact_and_untrusted() -> None:
    found = inspected(sign_pdf(pdf(), issue("Tự ký", None, []), "K"))
    assert (found.verdict, codes(found)) == (
        Verdict.INTACT_UNTRUSTED,
        {"certificate-self-signed", "revocation-unknown"},
    )


def test_chain_to_a_root_not_given_is_test_pki() -> None:
    found = inspected(signed(), trust=NO_ROOTS)
    assert (found.verdict, "root-not-given" in codes(found)) == (Verdict.VALID_TEST_PKI, True)


def test_expired_signer_without_proof_of_time_is_not_valid() -> None:
    found = inspected(signed(), at=AFTER)
    assert (found.verdict, found.result("chain").outcome) == (
        Verdict.INTACT_UNTRUSTED,
        Outcome.UNKNOWN,
    )


def test_signature_of_a_kind_we_cannot_check_is_not_left_out() -> None:
    data = signed().replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ", 1)
    found = inspected(data)
    assert found.verdict is Verdict.INVALID
    assert found.result("integrity").outcome is Outcome.UNKNOWN
    assert "signature-unreadable" in codes(found)
