"""The default policy: what each audience sees, and that nothing unnamed is shown."""

from __future__ import annotations

import pytest

from ledger.records.policy import ENVELOPE, POLICIES, Audience, is_disclosed

KIND = "epcis.event"

PUBLIC = [
    *ENVELOPE,
    "/body/type",
    "/body/eventID",
    "/body/eventTime",
    "/body/eventTimeZoneOffset",
    "/body/action",
    "/body/bizStep",
    "/body/disposition",
    "/body/readPoint/id",
    "/body/bizLocation/id",
    "/body/epcList",
    "/body/parentID",
    "/body/childEPCs",
    "/body/inputEPCList",
    "/body/outputEPCList",
    "/body/quantityList",
    "/body/childQuantityList",
    "/body/inputQuantityList",
    "/body/outputQuantityList",
    "/body/transformationID",
    "/body/ilmd",
    "/body/ilmd/cbvmda:lotNumber",
    "/body/ilmd/ext:origin/commune",
    "/body/certificationInfo",
    "/body/persistentDisposition/set",
    "/body/persistentDisposition/unset",
    "/body/errorDeclaration/reason",
    "/body/errorDeclaration/declarationTime",
    "/body/errorDeclaration/correctiveEventIDs",
    "/body/sensorElementList",
    "/body/@context",
]
PARTNER = ["/body/bizTransactionList", "/body/sourceList", "/body/destinationList"]
AGENCY = [
    f"/body/vn:{name}"
    for name in (
        *("inputKind", "inputName", "inputAmount", "inputUnit", "isolationDays"),
        *("loaiVatTu", "tenVatTu", "lieuLuong", "donViLieu", "soNgayCachLy"),
    )
]
PRIVATE = [
    "/body",
    "/body/ext:price",
    "/body/price",
    "/body/readPoint/ext:guard",
    "/body/bizLocation/ext:rent",
    "/body/errorDeclaration/ext:blame",
    "/body/ilmdx",
    "/body/ilmd-note",
    "/body/type/x",
    "/body/bizTransactionList/0",
    "/bodytype",
    "/type",
    "/recordSalt",
    "",
]


@pytest.mark.parametrize("pointer", PUBLIC)
def test_public_member_is_shown_to_everyone(pointer: str) -> None:
    assert all(is_disclosed(KIND, pointer, audience) for audience in Audience)


@pytest.mark.parametrize("pointer", PARTNER)
def test_partner_member_is_hidden_from_public(pointer: str) -> None:
    shown = [audience for audience in Audience if is_disclosed(KIND, pointer, audience)]
    assert shown == [Audience.PARTNER, Audience.AGENCY, Audience.OWNER]


@pytest.mark.parametrize("pointer", AGENCY)
def test_logbook_is_shown_to_agencies(pointer: str) -> None:
    shown = [audience for audience in Audience if is_disclosed(KIND, pointer, audience)]
    assert shown == [Audience.AGENCY, Audience.OWNER]


@pytest.mark.parametrize("pointer", PRIVATE)
def test_unnamed_member_is_shown_to_owner_alone(pointer: str) -> None:
    shown = [audience for audience in Audience if is_disclosed(KIND, pointer, audience)]
    assert shown == [Audience.OWNER]


@pytest.mark.parametrize("pointer", ["/body", "/body/type", "/body/ilmd"])
def test_unknown_kind_shows_its_envelope_only(pointer: str) -> None:
    assert not is_disclosed("no.such.kind", pointer, Audience.AGENCY)
    assert is_disclosed("no.such.kind", pointer, Audience.OWNER)
    assert all(is_disclosed("no.such.kind", member, Audience.PUBLIC) for member in ENVELOPE)


def test_every_kind_shows_its_envelope() -> None:
    for kind in POLICIES:
        assert all(is_disclosed(kind, member, Audience.PUBLIC) for member in ENVELOPE)


def test_table_names_each_member_once_and_tested() -> None:
    policy = POLICIES[KIND]
    named = {*policy.members, *policy.subtrees}
    assert named == {*PUBLIC, *PARTNER, *AGENCY, "/body/recordTime"} - {
        "/body/ilmd/cbvmda:lotNumber",
        "/body/ilmd/ext:origin/commune",
    }


def test_audiences_are_nested() -> None:
    audiences = list(Audience)
    for rank, audience in enumerate(audiences):
        for other_rank, other in enumerate(audiences):
            assert audience.includes(other) is (rank >= other_rank)
