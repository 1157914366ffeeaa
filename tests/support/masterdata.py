"""Master data as a fish-sauce household would write it."""

from __future__ import annotations

from typing import Any

GTIN = "08938500000010"
PHOTO = "ab" * 32
PAPER = "cd" * 32


def product(**changes: Any) -> dict[str, Any]:
    """Everything there is to say about a product; a change to None leaves the member out."""
    whole = {
        "name": "Nước mắm Ba Làng",
        "nameEn": "Ba Lang fish sauce",
        "description": "Ủ chượp 12 tháng",
        "category": "fish-sauce",
        "brand": "Ba Làng",
        "images": [{"sha256": PHOTO, "mediaType": "image/jpeg", "title": "Chai 500 ml"}],
        "producer": "ho-may",
        "place": "nha-thung-1",
        "originCountry": "VN",
        "origin": "Hải Bình, Thanh Hóa",
        "plantingAreaCode": "VN-TH-0312",
        "ocopStars": 4,
        "standards": ["TCVN 5107:2018"],
        "certificates": [
            {
                "standard": "VietGAP",
                "issuer": "Chi cục Quản lý chất lượng",
                "number": "VG-17",
                "issued": "2026-01-02",
                "expires": "2028-01-01",
                "file": {"sha256": PAPER, "mediaType": "application/pdf"},
            }
        ],
        "netContent": {"value": 0.5, "unit": "LTR"},
        "shelfLife": 730,
        "storage": "Nơi khô ráo",
        "safetyWarning": "Nhiều muối",
        "coldChain": {"minTemperature": 2, "maxTemperature": 8.5, "minutes": 30},
        "growers": ["ho-lan"],
        "publicGrowers": ["ho-may"],
        "stampIssuer": "Bộ Công an",
        "extra": [{"name": "Mã hồ sơ", "value": "HS-1"}],
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


def party(**changes: Any) -> dict[str, Any]:
    """A household."""
    whole = {
        "name": "Hộ bà Bùi Thị Mây",
        "nameEn": "Bui Thi May household",
        "type": "household",
        "gln": "8938500000003",
        "taxCode": "2800123456",
        "personalIdDigest": "ef" * 32,
        "address": {"street": "Thôn 3", "commune": "Hải Bình", "province": "Thanh Hóa"},
        "geo": {"latitude": 19.4, "longitude": 105.77},
        "phone": "0912 345 678",
        "email": "may@example.vn",
        "website": "https://example.vn/may",
        "roles": ["processor"],
        "certificates": [{"standard": "ATTP", "issuer": "UBND xã"}],
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


def place(**changes: Any) -> dict[str, Any]:
    """A fermentation house."""
    whole = {
        "name": "Nhà thùng số 1",
        "nameEn": "Vat house 1",
        "type": "workshop",
        "gln": "8938500000003",
        "party": "ho-may",
        "address": {"commune": "Hải Bình", "province": "Thanh Hóa", "country": "VN"},
        "geo": {"latitude": 19.4, "longitude": 105.77},
        "plantingAreaCode": "VN-TH-0312",
        "area": 0.12,
        "certificates": [{"standard": "HACCP", "issuer": "Quacert"}],
        "images": [{"sha256": PHOTO, "mediaType": "image/png"}],
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}
