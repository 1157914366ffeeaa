"""Who made goods, and who had them last."""

from __future__ import annotations

from dataclasses import replace

from ledger.epcis.custody import Keeper, last_keeper, makers
from ledger.epcis.step import Party, Step, Thing
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId

LOT, OTHER = "urn:lot:a", "urn:lot:b"
ONE, TWO = OrgId(b"\x01" * 32), OrgId(b"\x02" * 32)


def step(number: int, org: OrgId, **members: object) -> Step:
    made = Step(
        number=number,
        record_id=RecordId(bytes([number] * 16)),
        org=org,
        event_id=f"urn:e:{number}",
        type="ObjectEvent",
        time_ms=number * 1000,
        time="",
        action="OBSERVE",
        things=(Thing(LOT),),
    )
    return replace(made, **members)  # type: ignore[arg-type]


def test_makers_are_who_brought_it_about() -> None:
    steps = [
        step(1, ONE, action="ADD"),
        step(2, TWO),
        step(3, TWO, type="TransformationEvent", things=(), outputs=(Thing(OTHER),)),
        step(4, TWO, action="ADD", is_void=True),
    ]
    assert makers(steps, {LOT}) == (ONE,)
    assert makers(steps, {OTHER}) == (TWO,)
    assert makers(steps, {"urn:lot:c"}) == ()


def test_maker_of_an_item_is_found_by_its_lot() -> None:
    born = step(1, ONE, action="ADD", things=(Thing("urn:item:1", lot=LOT),))
    assert makers([born], {LOT}) == (ONE,)


def test_last_keeper_is_of_the_last_step_up_to_then() -> None:
    steps = [step(3, TWO), step(1, ONE), step(5, ONE)]
    assert last_keeper(steps, 4000) == Keeper(TWO, ())
    assert last_keeper(steps, 2000) == Keeper(ONE, ())
    assert last_keeper(steps, 0) is None


def test_last_keeper_is_to_whom_the_goods_went() -> None:
    sent = step(
        2,
        ONE,
        biz_step="shipping",
        destinations=(Party("owning_party", "urn:buyer"), Party("possessing_party", "urn:carrier")),
    )
    assert last_keeper([sent], 9000) == Keeper(ONE, ("urn:carrier",))


def test_sensor_reports_and_errors_take_nothing_over() -> None:
    steps = [step(1, ONE), step(2, TWO, biz_step="sensor_reporting"), step(3, TWO, is_void=True)]
    assert last_keeper(steps, 9000) == Keeper(ONE, ())
