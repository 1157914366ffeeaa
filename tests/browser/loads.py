"""A described product, its lots and items, and the pallet and crate they travel in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.gs1.keys import check_digit
from tests.support.jars import amount, record, wait_for
from tests.support.running_app import RunningApp

GTIN = "09506000134352"
GLN = "9506000134376"
STEM = "https://id.gs1.org"
NAME = "Nước mắm Ba Làng, chai 500 ml"


@dataclass(frozen=True)
class Load:
    """Paths of what is in the load, as codes on the goods open them."""

    pallet: str
    empty: str
    crate: str
    good: str
    recalled: str
    item: str
    product: str = f"/01/{GTIN}"
    place: str = f"/414/{GLN}"
    party: str = f"/417/{GLN}"


def send_load(server: RunningApp) -> Load:
    """Describe, make, pack, ship and unpack in part; recall one of the lots; all of it on chain."""
    _describe(server)
    pallet, empty = (f"/00/{_checked(f'0950600013435200{number}')}" for number in (1, 2))
    crate = f"/8003/0{GLN}CR-7"
    good, recalled, gone = (f"/01/{GTIN}/10/{lot}" for lot in ("BL-01", "BL-02", "BL-03"))
    item = f"/01/{GTIN}/21/S-0001"
    last = _make(server, (good, recalled, gone), item)
    _pack(server, pallet, empty, crate, (good, recalled, gone), item)
    answer = server.keeper.post(
        "/recalls", json={"subjects": [STEM + recalled], "reason": "Vượt ngưỡng histamin"}
    )
    assert answer.status_code == 202, answer.text
    wait_for(server.visitor, answer.json()["id"], "declared")
    last = record(
        server.rival,
        "ObjectEvent",
        action="OBSERVE",
        bizStep="receiving",
        disposition="in_progress",
        eventTime="2026-03-21T15:10:00.000+07:00",
        epcList=[STEM + pallet],
        bizLocation={"id": f"{STEM}/414/{GLN}"},
    )
    server.wait_until_anchored(f"/records/{last}")
    return Load(pallet, empty, crate, good, recalled, item)


def _describe(server: RunningApp) -> None:
    certificate = {
        "standard": "OCOP 4 sao", "issuer": "UBND tỉnh Thanh Hóa", "number": "12/QĐ-UBND",
        "issued": "2025-01-15", "expires": "2028-01-14",
    }  # fmt: skip
    over = {"standard": "VietGAP", "issuer": "NHO-QSCERT", "expires": "2024-06-30"}
    address = {
        "street": "Thôn 3", "commune": "Xã Hải Thanh", "province": "Thanh Hóa", "country": "VN"
    }  # fmt: skip
    for path, body in (
        (
            f"products/{GTIN}",
            {
                "name": NAME,
                "nameEn": "Ba Lang fish sauce, 500 ml",
                "description": "Cá cơm và muối, ủ chượp 18 tháng trong chum sành.",
                "brand": "Ba Làng",
                "originCountry": "VN",
                "ocopStars": 4,
                "netContent": {"value": 0.5, "unit": "LTR"},
                "shelfLife": 730,
                "storage": "Nơi khô mát, tránh nắng.",
                "standards": ["TCVN 5107:2018"],
                "certificates": [certificate, over],
            },
        ),
        (
            f"places/{GLN}",
            {
                "name": "Xưởng chượp Ba Làng",
                "type": "workshop",
                "address": address,
                "geo": {"latitude": 19.4213, "longitude": 105.8102},
                "area": 0.4,
            },
        ),
        (
            f"parties/{GLN}",
            {
                "name": "Hợp tác xã nước mắm Ba Làng",
                "nameEn": "Ba Lang fish sauce cooperative",
                "type": "cooperative",
                "taxCode": "2801234567",
                "roles": ["processor", "packer"],
                "website": "https://balang.example/",
                "address": address,
            },
        ),
    ):
        answer = server.producer.put(f"/masterdata/{path}", json=body)
        assert answer.status_code == 201, answer.text


def _make(server: RunningApp, lots: tuple[str, ...], item: str) -> str:
    for day, lot in enumerate(lots, 10):
        record(
            server.producer,
            "ObjectEvent",
            action="ADD",
            bizStep="commissioning",
            disposition="active",
            eventTime=f"2026-03-{day}T08:00:00.000+07:00",
            quantityList=[amount(STEM + lot, 60)],
        )
    return record(
        server.producer,
        "ObjectEvent",
        action="ADD",
        bizStep="commissioning",
        eventTime="2026-03-13T08:00:00.000+07:00",
        epcList=[STEM + item],
    )


def _pack(
    server: RunningApp, pallet: str, empty: str, crate: str, lots: tuple[str, ...], item: str
) -> None:
    def nest(action: str, hour: int, parent: str, **members: Any) -> None:
        record(
            server.producer,
            "AggregationEvent",
            action=action,
            bizStep="packing" if action == "ADD" else "unpacking",
            eventTime=f"2026-03-20T{hour:02}:00:00.000+07:00",
            parentID=STEM + parent,
            **members,
        )

    nest("ADD", 7, crate, childEPCs=[STEM + item])
    nest(
        "ADD",
        8,
        pallet,
        childEPCs=[STEM + crate],
        childQuantityList=[amount(STEM + lot, 60) for lot in lots],
    )
    nest("DELETE", 9, pallet, childQuantityList=[amount(STEM + lots[2], 60)])
    nest("DELETE", 10, pallet, childQuantityList=[amount(STEM + lots[0], 20)])
    nest("ADD", 8, empty, childQuantityList=[amount(STEM + lots[2], 1)])
    nest("DELETE", 9, empty)
    record(
        server.producer,
        "ObjectEvent",
        action="OBSERVE",
        bizStep="shipping",
        disposition="in_transit",
        eventTime="2026-03-21T07:45:00.000+07:00",
        epcList=[STEM + pallet],
    )


def _checked(digits: str) -> str:
    return digits + check_digit(digits)
