"""The rule of a desk: which documents go on, and what is said of those that do not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ledger.desk.admitting import Admitting, OwnFile, reason_for, shortfalls_in, shortfalls_of
from ledger.desk.inspecting import inspector
from ledger.desk.settings import DeskSettings
from ledger.desk.signature_rule import SignatureRule
from ledger.errors import Conflict, InvalidInput, Misconfigured, Unavailable
from ledger.exchange.evidence import ExchangeParty
from ledger.identity.organization import OrgId
from tests.support.inspected import pki
from tests.support.signed_documents import pdf, sign_pdf

SENDER = ExchangeParty(OrgId(b"\1" * 32), "H56.01", "Sở Nông nghiệp và Môi trường")
ADVISORY, REQUIRED = SignatureRule.ADVISORY, SignatureRule.REQUIRED


def admitting(tmp_path: Path, rule: SignatureRule = REQUIRED) -> Admitting:
    roots = tmp_path / "roots"
    roots.mkdir(exist_ok=True)
    (roots / "root.pem").write_bytes(pki().root.pem)
    return Admitting(rule, inspector(roots))


def files(tmp_path: Path, *contents: bytes) -> list[OwnFile]:
    paths = [tmp_path / f"{at}.pdf" for at in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return [OwnFile(f"p{at}", one.name, partial(Path, one)) for at, one in enumerate(paths)]


def by_person() -> bytes:
    return sign_pdf(pdf(), pki().person, "NguoiKy")


def by_agency() -> bytes:
    return sign_pdf(pdf(), pki().agency, "CoQuan")


def by_both() -> bytes:
    return sign_pdf(by_person(), pki().agency, "CoQuan")


def test_a_document_of_both_with_an_annex_of_the_agency_goes_on(tmp_path: Path) -> None:
    desk = admitting(tmp_path)
    found = desk.look(files(tmp_path, by_both(), by_agency()))
    assert [one["profile"] for one in found] == ["agency", "attachment"]
    assert desk.admit(found, SENDER, None) is None


def test_what_is_missing_is_said_with_file_and_agency(tmp_path: Path) -> None:
    desk = admitting(tmp_path)
    found = desk.look(files(tmp_path, by_person(), pdf()))
    with pytest.raises(Conflict) as refused:
        desk.admit(found, SENDER, "vội")
    assert refused.value.code == "desk-signatures-missing"
    assert "Sở Nông nghiệp và Môi trường (H56.01)" in refused.value.detail
    told = [(one.file, one.code) for one in shortfalls_in(refused.value)]
    assert ("0.pdf", "organization-signature-missing") in told
    assert ("1.pdf", "organization-signature-missing") in told
    assert not any(code == "person-signature-missing" for _, code in told)
    assert reason_for(found) == 1003


def test_a_broken_signature_is_refused_as_not_authentic(tmp_path: Path) -> None:
    before, name, after = by_both().rpartition(b"CoQuan")
    desk = admitting(tmp_path)
    found = desk.look(files(tmp_path, before + name.upper() + after))
    with pytest.raises(Conflict):
        desk.admit(found, SENDER, None)
    assert reason_for(found) == 1001


def test_an_exception_is_for_an_advisory_rule_and_has_a_reason(tmp_path: Path) -> None:
    desk = admitting(tmp_path, ADVISORY)
    found = desk.look(files(tmp_path, by_agency()))
    with pytest.raises(Conflict):
        desk.admit(found, SENDER, None)
    with pytest.raises(InvalidInput):
        desk.admit(found, SENDER, " \n")
    with pytest.raises(InvalidInput):
        desk.admit(found, SENDER, "x" * 501)
    body = desk.admit(found, SENDER, " Hỏa tốc,\nký bổ sung sau ")
    assert body is not None
    assert body["despite"] == "Hỏa tốc, ký bổ sung sau"
    assert [one["code"] for one in body["lacks"]] == ["person-signature-missing"]
    shown = Admitting(SignatureRule.SHOWN, None)
    assert shown.admit(found, SENDER, None) is None


@pytest.mark.parametrize("cause", ["nothing checks", "the file is gone", "no roots can be read"])
def test_what_could_not_be_checked_is_neither_signed_nor_missing(
    tmp_path: Path, cause: str
) -> None:
    desk = admitting(tmp_path) if cause != "nothing checks" else Admitting(REQUIRED, None)
    wanted = files(tmp_path, by_both())
    if cause == "the file is gone":
        wanted = [replace(one, find=lambda: tmp_path / "gone.pdf") for one in wanted]
    if cause == "no roots can be read":
        (tmp_path / "roots" / "root.pem").unlink()
    found: list[dict[str, Any]] = desk.look(wanted)
    assert found[0]["verdict"] == "UNCHECKED"
    assert [one.code for one in shortfalls_of(found)] == ["unchecked"]
    with pytest.raises(Unavailable) as doubt:
        desk.admit(found, SENDER, None)
    assert doubt.value.code == "desk-signatures-unchecked"
    assert shortfalls_in(doubt.value) == shortfalls_of(found)


def test_the_rule_stands_in_the_settings_and_older_ones_show_only() -> None:
    settings = DeskSettings(
        SENDER.org, SENDER.organ_id, SENDER.name or "", "http://x", "0x" + "11" * 20,
        signatures=ADVISORY,
    )  # fmt: skip
    assert DeskSettings.parse(settings.encode()) == settings
    older = settings.encode().replace(b',"signatures":"advisory"', b"")
    assert DeskSettings.parse(older).signatures is SignatureRule.SHOWN
    with pytest.raises(Misconfigured):
        DeskSettings.parse(settings.encode().replace(b"advisory", b"lax"))
