"""ASiC containers: what is intact, what somebody changed, and what no signature is over."""

from __future__ import annotations

import pytest

from ledger.signatures.inspection import Holder, SignatureKind
from ledger.signatures.profile import PROFILES
from ledger.signatures.verdict import Outcome, Verdict
from tests.support.inspected import (
    AFTER,
    NO_ROOTS,
    NOW,
    authority,
    codes,
    inspected,
    pki,
    stamping,
)
from tests.support.signed_documents import (
    ASICS,
    cades,
    container,
    manifest,
    repack,
    token,
    xades,
)
from tests.support.signing_pki import issue

DOCS = {"công văn.pdf": "Kính gửi".encode(), "phụ lục/1+1 %.txt": b"annex"}
LISTED = b'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def by_xades() -> bytes:
    signature = xades(DOCS, pki().person)
    return container(
        {**DOCS, "META-INF/manifest.xml": LISTED, "META-INF/signatures0.xml": signature}
    )


def by_cades() -> bytes:
    listed = manifest("META-INF/signature001.p7s", DOCS)
    signature = cades(listed, pki().agency)
    return container(
        {**DOCS, "META-INF/ASiCManifest.xml": listed, "META-INF/signature001.p7s": signature}
    )


def by_stamp() -> bytes:
    return container({"a.txt": b"A", "META-INF/timestamp.tst": token(b"A", authority())}, ASICS)


FORMS = {"xades": by_xades, "cades": by_cades, "stamp": by_stamp}


@pytest.fixture(params=FORMS, scope="module")
def packed(request: pytest.FixtureRequest) -> bytes:
    made: bytes = FORMS[request.param]()
    return made


def test_intact_container_is_valid(packed: bytes) -> None:
    found = inspected(packed)
    assert found.verdict is Verdict.VALID
    assert not found.unsigned


def test_intact_container_under_no_given_root_is_not(packed: bytes) -> None:
    found = inspected(packed, trust=NO_ROOTS)
    assert found.verdict in {Verdict.VALID_TEST_PKI, Verdict.INTACT_UNTRUSTED}
    assert found.result("integrity").outcome is Outcome.PASS
    assert found.result("chain").outcome is Outcome.UNKNOWN


def test_changed_document_is_invalid(packed: bytes) -> None:
    name = next(name for name in (*DOCS, "a.txt") if name.encode() in packed)
    found = inspected(repack(packed, {name: b"another"}))
    assert found.verdict is Verdict.INVALID
    assert codes(found) & {"content-changed", "time-stamp-of-other-data"}


def test_removed_document_is_invalid(packed: bytes) -> None:
    name = next(name for name in (*DOCS, "a.txt") if name.encode() in packed)
    found = inspected(repack(packed, {name: None}))
    assert found.verdict is Verdict.INVALID
    assert codes(found) & {"entry-missing", "data-object-count"}


@pytest.mark.parametrize("form", ["xades", "cades"])
def test_added_document_is_named_as_unsigned(form: str) -> None:
    found = inspected(repack(FORMS[form](), {"thêm.pdf": b"not signed"}))
    assert found.verdict is Verdict.VALID_WITH_UNSIGNED_ENTRIES
    assert found.unsigned == ("thêm.pdf",)
    assert PROFILES["default"].objections(found)


def test_file_added_to_meta_inf_is_named_too() -> None:
    found = inspected(repack(by_xades(), {"META-INF/hidden.bin": b"x"}))
    assert found.unsigned == ("META-INF/hidden.bin",)


def test_renamed_document_is_invalid() -> None:
    first = next(iter(DOCS))
    found = inspected(repack(by_xades(), {first: None, "khác.pdf": DOCS[first]}))
    assert found.verdict is Verdict.INVALID
    assert "entry-missing" in codes(found)


def test_second_document_of_a_simple_container_is_invalid() -> None:
    found = inspected(repack(by_stamp(), {"b.txt": b"B"}))
    assert (found.verdict, "data-object-count" in codes(found)) == (Verdict.INVALID, True)


def test_manifest_changed_after_signing_is_invalid() -> None:
    other = {**DOCS, "thêm.pdf": b"x"}
    listed = manifest("META-INF/signature001.p7s", other)
    changed = {"thêm.pdf": b"x", "META-INF/ASiCManifest.xml": listed}
    assert inspected(repack(by_cades(), changed)).verdict is Verdict.INVALID


def test_signature_no_manifest_names_is_invalid() -> None:
    signature = cades(b"nothing of this", pki().person)
    found = inspected(repack(by_cades(), {"META-INF/signature002.p7s": signature}))
    assert (found.verdict, "manifest-missing" in codes(found)) == (Verdict.INVALID, True)


def test_second_signer_is_told_apart_from_the_first() -> None:
    both = repack(by_xades(), {"META-INF/signatures1.xml": xades(DOCS, pki().agency)})
    found = inspected(both)
    holders = [one.signer.holder for one in found.signatures if one.signer]
    assert holders == [Holder.PERSON, Holder.ORGANIZATION]
    assert not PROFILES["agency"].objections(found)


def test_agency_profile_asks_for_both() -> None:
    told = {problem.code for problem in PROFILES["agency"].objections(inspected(by_xades()))}
    assert told == {"organization-signature-missing"}


def test_signature_of_a_stranger_beside_a_good_one_is_not_passed_over() -> None:
    stranger = issue("Người lạ", None, [])
    found = inspected(repack(by_xades(), {"META-INF/signatures1.xml": xades(DOCS, stranger)}))
    assert found.verdict is Verdict.INTACT_UNTRUSTED


def test_blank_in_a_name_is_never_a_plus() -> None:
    docs = {"a b.txt": b"x"}
    signature = xades(docs, pki().person, uris={"a b.txt": "a+b.txt"})
    found = inspected(container({**docs, "META-INF/signatures.xml": signature}))
    assert "entry-missing" in codes(found)


def test_expired_certificate_is_good_only_with_a_time_stamp() -> None:
    plain = container({**DOCS, "META-INF/signatures.xml": xades(DOCS, pki().person)})
    late = inspected(plain, at=AFTER)
    assert late.verdict is Verdict.INTACT_UNTRUSTED
    assert "certificate-expired" in codes(late)
    stamped = xades(DOCS, pki().person, stamp=authority())
    found = inspected(container({**DOCS, "META-INF/signatures.xml": stamped}), at=AFTER)
    assert found.verdict is Verdict.VALID
    assert found.signatures[0].proven_time == NOW


def test_time_stamp_after_expiry_shows_that_it_was_too_late() -> None:
    stamped = xades(DOCS, pki().person, stamp=authority(AFTER))
    found = inspected(container({**DOCS, "META-INF/signatures.xml": stamped}), at=AFTER)
    assert (found.verdict, "certificate-not-in-force" in codes(found)) == (Verdict.INVALID, True)


def test_manifest_over_a_signature_proves_its_age() -> None:
    packed = by_xades()
    signature = xades(DOCS, pki().person)
    listed = manifest("META-INF/timestamp.tst", {"META-INF/signatures0.xml": signature})
    added = {
        "META-INF/signatures0.xml": signature,
        "META-INF/ASiCArchiveManifest.xml": listed,
        "META-INF/timestamp.tst": token(listed, authority()),
    }
    found = inspected(repack(packed, added), at=AFTER)
    assert found.verdict is Verdict.VALID
    stamp, signed = found.signatures
    assert (stamp.kind, stamp.archival) == (SignatureKind.TIME_STAMP, True)
    assert signed.proven_time == NOW


def test_time_stamp_alone_whose_authority_expired_is_valid_at_its_time() -> None:
    until = stamping().stamper.not_valid_after_utc
    found = inspected(by_stamp(), at=until.replace(year=until.year + 1))
    assert found.verdict is Verdict.VALID_AT_GENTIME


def test_container_without_signature_has_none() -> None:
    assert inspected(container(DOCS)).verdict is Verdict.NO_SIGNATURE


def test_mimetype_may_be_missing_only_where_the_name_tells() -> None:
    bare = repack(by_cades(), {"mimetype": None})
    assert inspected(bare, name="a.asice").verdict is Verdict.VALID
    assert inspected(bare, name="a.zip").verdict is Verdict.INVALID
    package = repack(by_xades(), {"mimetype": None})
    assert "mimetype-missing" in codes(inspected(package, name="a.asice"))


def test_simple_container_carries_one_kind_of_proof() -> None:
    mixed = repack(by_stamp(), {"META-INF/signature.p7s": cades(b"A", pki().person)})
    assert "asic-s-mixed" in codes(inspected(mixed))


@pytest.mark.parametrize(
    "manifest_text", [b"", b"<a/>", b"<!DOCTYPE a><a/>", b"\xff\xfe", b"<m:manifest/>"]
)
def test_broken_listing_is_refused(manifest_text: bytes) -> None:
    found = inspected(repack(by_xades(), {"META-INF/manifest.xml": manifest_text}))
    assert (found.verdict, "manifest-malformed" in codes(found)) == (Verdict.INVALID, True)
