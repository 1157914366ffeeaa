from __future__ import annotations

from typing import Any

from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.services.correcting import Corrective, Version, find_corrections

PRODUCER, RIVAL = OrgId(bytes([1] * 32)), OrgId(bytes([2] * 32))


def version(number: int, event_id: str, org: OrgId = PRODUCER, **members: Any) -> Version:
    return Version(RecordId(bytes([number] * 16)), org, {"eventID": event_id, **members})


def declaration(**members: Any) -> dict[str, Any]:
    return {"errorDeclaration": {"declarationTime": "2026-05-05T00:00:00Z", **members}}


def test_both_versions_told_of_the_declaration_and_of_what_stands_instead() -> None:
    original, better = version(1, "urn:e:1"), version(3, "urn:e:2")
    declared = version(
        2,
        "urn:e:1",
        **declaration(reason="incorrect_data", correctiveEventIDs=["urn:e:2", "urn:e:elsewhere"]),
    )
    found = find_corrections([original, declared, better])
    assert set(found) == {original.record_id, declared.record_id}
    told = found[original.record_id]
    assert told == found[declared.record_id]
    assert (told.declared_by, told.reason) == (declared.record_id, "incorrect_data")
    assert told.correctives == (
        Corrective("urn:e:2", better.record_id),
        Corrective("urn:e:elsewhere", None),
    )


def test_later_declaration_counts() -> None:
    first = version(1, "urn:e:1", **declaration(reason="incorrect_data"))
    second = version(2, "urn:e:1", **declaration(reason="did_not_occur"))
    found = find_corrections([first, second])
    assert {one.declared_by for one in found.values()} == {second.record_id}


def test_declaration_of_another_organization_changes_nothing() -> None:
    ours = version(1, "urn:e:1")
    theirs = version(2, "urn:e:1", RIVAL, **declaration())
    assert set(find_corrections([ours, theirs])) == {theirs.record_id}


def test_declaration_of_any_shape_never_crashes() -> None:
    odd = version(1, "urn:e:1", errorDeclaration={"correctiveEventIDs": [None, "urn:e:9"]})
    (found,) = find_corrections([odd]).values()
    assert found.correctives == (Corrective("urn:e:9", None),)
    assert find_corrections([version(1, "urn:e:1", errorDeclaration="x")]) == {}
