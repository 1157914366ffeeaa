"""A barrel, its jars, and who had them: goods for tests of recalls."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from ledger.identity.organization import OrgId, Role
from ledger.services.membership import NewOrganization
from tests.support.epcis_events import CONTEXT, GTIN
from tests.support.running_app import RunningApp


@dataclass(frozen=True)
class Jars:
    """Keys of a barrel and of the lot of jars filled from it, and the record of the filling."""

    barrel: str
    jars: str
    filling: str

    @property
    def jar_path(self) -> str:
        """What the code on a jar opens."""
        return self.jars.removeprefix("https://id.gs1.org")


def fill_jars(server: RunningApp) -> Jars:
    """The producer makes a barrel and fills jars from it; the rival receives these."""
    name = uuid.uuid4().hex[:10].upper()
    barrel, jars = (f"https://id.gs1.org/01/{GTIN}/10/{kind}{name}" for kind in "BJ")
    record(server.producer, "ObjectEvent", action="ADD", quantityList=[amount(barrel, 100)])
    filling = record(
        server.producer,
        "TransformationEvent",
        inputQuantityList=[amount(barrel, 100)],
        outputQuantityList=[amount(jars, 90)],
    )
    record(
        server.rival,
        "ObjectEvent",
        action="OBSERVE",
        bizStep="receiving",
        quantityList=[amount(jars, 90)],
    )
    return Jars(barrel, jars, filling)


def amount(key: str, kilograms: float) -> dict[str, Any]:
    """An element of a quantity list."""
    return {"epcClass": key, "quantity": kilograms, "uom": "KGM"}


def record(client: httpx.Client, kind: str, **members: Any) -> str:
    """Capture one event; its record id."""
    body = {
        "@context": [CONTEXT],
        "type": kind,
        "eventID": uuid.uuid4().urn,
        "eventTime": "2026-03-01T08:00:00.000+07:00",
        "eventTimeZoneOffset": "+07:00",
        **members,
    }
    answer = client.post("/epcis/events", json=body)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["recordID"]
    return found


def authority(server: RunningApp) -> tuple[httpx.Client, httpx.Client]:
    """Two people of a new competent authority."""
    wanted = NewOrganization(
        name="Chi cục An toàn thực phẩm", kind="authority", roles=Role.AUTHORITY
    )
    org = server.app.membership.found(OrgId.random(), wanted).org
    server.wait_until_active(org.text)
    first, second = (
        server.app.membership.mint_key(org, ["status", "read"], label=name)[1]
        for name in ("một", "hai")
    )
    return server.client(first), server.client(second)


def wait_for(client: httpx.Client, recall: str, state: str) -> dict[str, Any]:
    """The recall, once it has come so far."""
    deadline = time.monotonic() + 30
    while True:
        found: dict[str, Any] = client.get(f"/recalls/{recall}").json()
        if found["state"] == state:
            return found
        assert time.monotonic() < deadline, found["state"]
        time.sleep(0.05)
