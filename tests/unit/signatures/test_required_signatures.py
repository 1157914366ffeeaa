"""The two signatures Decree 30/2020 Art. 5 asks for: which ones count, and which never do."""

from __future__ import annotations

import pytest
from cryptography.x509.oid import NameOID

from ledger.signatures.certificate import holder_of
from ledger.signatures.inspection import Holder, Inspection
from ledger.signatures.profile import PROFILES
from ledger.signatures.verdict import Verdict
from tests.support.inspected import AFTER, NO_ROOTS, inspected, pki
from tests.support.signed_documents import container, pdf, sign_pdf, xades
from tests.support.signing_pki import SigningPki, issue

PERSON, ORGANIZATION = "person-signature-missing", "organization-signature-missing"


def missing(found: Inspection, profile: str = "agency") -> dict[str, str]:
    """What the profile misses, by code."""
    told = PROFILES[profile].objections(found)
    return {one.code: one.detail for one in told if one.code.endswith("-missing")}


def both() -> bytes:
    return sign_pdf(sign_pdf(pdf(), pki().person, "NguoiKy"), pki().agency, "CoQuan")


def test_person_and_organization_are_enough() -> None:
    assert not PROFILES["agency"].objections(inspected(both()))


def test_one_of_them_is_not_and_it_is_said_who_signed() -> None:
    by_person = inspected(sign_pdf(pdf(), pki().person, "NguoiKy"))
    assert list(missing(by_person)) == [ORGANIZATION]
    assert "NguoiKy is by Nguyễn Văn A (a person)" in missing(by_person)[ORGANIZATION]
    by_agency = inspected(sign_pdf(pdf(), pki().agency, "CoQuan"))
    assert list(missing(by_agency)) == [PERSON]
    assert not PROFILES["attachment"].objections(by_agency)
    assert list(missing(by_person, "attachment")) == [ORGANIZATION]
    assert set(missing(inspected(pdf()))) == {PERSON, ORGANIZATION}


@pytest.mark.parametrize("holder", ["person", "agency"])
def test_the_same_certificate_twice_is_one_signature(holder: str) -> None:
    signer = getattr(pki(), holder)
    found = inspected(sign_pdf(sign_pdf(pdf(), signer, "Mot"), signer, "Hai"))
    assert found.verdict is Verdict.VALID_WITH_FORM_FILLING
    assert list(missing(found)) == [ORGANIZATION if holder == "person" else PERSON]


def test_a_signature_under_an_unknown_root_never_counts() -> None:
    elsewhere = SigningPki.make("Một cơ quan chứng thực khác")
    found = inspected(sign_pdf(sign_pdf(pdf(), pki().person, "NguoiKy"), elsewhere.agency, "Dau"))
    assert found.verdict is Verdict.VALID_TEST_PKI
    assert list(missing(found)) == [ORGANIZATION]
    assert "Dau by UBND tỉnh Thanh Hóa (root-not-given" in missing(found)[ORGANIZATION]
    assert set(missing(inspected(both(), trust=NO_ROOTS))) == {PERSON, ORGANIZATION}


def test_a_signature_of_an_unknown_time_never_counts() -> None:
    lasting = SigningPki.make(until=AFTER.replace(year=2028))
    mixed = sign_pdf(sign_pdf(pdf(), lasting.person, "NguoiKy"), pki().agency, "CoQuan")
    assert ORGANIZATION in missing(inspected(mixed, at=AFTER))
    assert set(missing(inspected(both(), at=AFTER))) == {PERSON, ORGANIZATION}


def test_a_signature_that_is_broken_never_counts() -> None:
    before, name, after = both().rpartition(b"CoQuan")
    found = inspected(before + name.upper() + after)
    assert found.verdict is Verdict.INVALID
    assert ORGANIZATION in missing(found)


def test_a_certificate_that_does_not_say_whose_it_is_counts_as_neither() -> None:
    stranger = issue("Sở Nông nghiệp", pki().root, [(NameOID.ORGANIZATION_NAME, "Sở Nông nghiệp")])
    found = inspected(sign_pdf(sign_pdf(pdf(), pki().person, "NguoiKy"), stranger, "Dau"))
    assert list(missing(found)) == [ORGANIZATION]
    assert "does not say whose" in missing(found)[ORGANIZATION]


@pytest.mark.parametrize("order", [1, -1])
def test_who_signs_in_an_organization_is_a_person(order: int) -> None:
    numbers = [(NameOID.USER_ID, "CCCD:038000000001"), (NameOID.USER_ID, "MST:2800000001")]
    official = issue("Trần Thị B", pki().root, numbers[::order])
    found = inspected(sign_pdf(pdf(), official, "NguoiKy"))
    assert list(missing(found)) == [ORGANIZATION]


def test_an_organization_identifier_makes_an_organization() -> None:
    legal = issue("Sở", pki().root, [(NameOID.ORGANIZATION_IDENTIFIER, "NTRVN-2800000002")])
    assert holder_of(legal.signer().signing_cert) is Holder.ORGANIZATION


def test_in_a_container_the_organization_is_over_everything_that_was_signed() -> None:
    files = {"công văn.pdf": b"main", "phụ lục.txt": b"annex"}
    first = {"công văn.pdf": b"main"}

    def packed(*, seal_all: bool) -> bytes:
        return container(
            {
                **files,
                "META-INF/signatures0.xml": xades(files, pki().person),
                "META-INF/signatures1.xml": xades(files if seal_all else first, pki().agency),
            }
        )

    assert not PROFILES["agency"].objections(inspected(packed(seal_all=True)))
    apart = missing(inspected(packed(seal_all=False)))
    assert list(apart) == [ORGANIZATION]
    assert "phụ lục.txt" in apart[ORGANIZATION]
