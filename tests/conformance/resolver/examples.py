"""The links and identifiers that the conformance tests of the resolver look at.

The links are those of the Community Edition's examples, so that somebody else chose them.
"""

from __future__ import annotations

from typing import Any

import httpx

from ledger.gs1.keys import check_digit

GTIN = "09506000134376"
LOT = "LOT_123"
KNOWN = f"/01/{GTIN}/10/CE-2026"
LINKSET = {"accept": "application/linkset+json"}
PRIMARY_KEYS = (
    "00", "01", "8006", "8013", "8010", "414", "417", "8017", "8018", "255", "253", "401", "402",
    "8003", "8004",
)  # fmt: skip


def taken(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the Community Edition; `und` (undetermined) is no language there is."""
    links = []
    for link in entry["links"]:
        kept = {name: value for name, value in link.items() if name != "linktype"}
        kept["hreflang"] = [tag for tag in link.get("hreflang", []) if tag != "und"]
        links.append({"linkType": link["linktype"], **kept})
    return {
        "itemDescription": entry["itemDescription"],
        "defaultLinkType": entry["defaultLinktype"],
        "links": links,
    }


def linkset(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    answer = client.get(path, headers=LINKSET)
    assert answer.status_code == 200, answer.text
    found = answer.json()["linkset"]
    assert isinstance(found, list)
    return found


def without_query(address: str) -> str:
    return address.partition("?")[0]


def checked(digits: str) -> str:
    """With their check digit."""
    return digits + check_digit(digits)
