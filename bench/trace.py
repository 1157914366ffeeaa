"""How long a trace takes in a graph of so many events.

Every chain is a story of twenty events: fish and salt into a barrel, the barrel into a lot, the lot
into twelve bottles, bottles into a case, the case onto a pallet, shipped, received and unpacked,
bottles sold. Five hundred chains share a lot of salt, so that following the salt forward goes
through ten thousand events. The rows are written as a capture writes them, and sequenced and
anchored before anything is asked; a trace is asked for over HTTP, until its last byte.
"""

from __future__ import annotations

import json
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from bench.product import Product
from bench.result import Result, at_most, informs
from ledger.cli.options import settings_of
from ledger.digest import Digest
from ledger.epcis.keys import event_keys
from ledger.identity.organization import OrgId, Profile
from ledger.storage.database import Database
from ledger.storage.epcis import EventRow, event_key
from ledger.storage.organizations import OrganizationRow, OrganizationState
from ledger.storage.submissions import SubmissionRow

STEM = "https://id.gs1.org"
FISH, SALT, BARREL, SAUCE, BOTTLE = (
    "09521234001010", "09521234001027", "09521234001034", "09521234001041", "09521234001058",
)  # fmt: skip
PLACE = {"id": f"{STEM}/414/9521234000136"}
SHARING = 500
PER_CHAIN = 20
_AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
_T0 = 1_772_352_000_000
_SUBMISSION = 10_000


def chain(number: int) -> Iterator[dict[str, Any]]:
    """The events of one chain, in order."""
    fish, barrel, sauce = (f"{STEM}/01/{g}/10/{number}" for g in (FISH, BARREL, SAUCE))
    salt = f"{STEM}/01/{SALT}/10/{number // SHARING}"
    bottles = [f"{STEM}/01/{BOTTLE}/21/{number}-{one}" for one in range(12)]
    case, pallet = (_sscc(2 * number + one) for one in range(2))
    yield _event("ObjectEvent", action="ADD", quantityList=[_amount(fish, 1850)])
    yield _event("ObjectEvent", action="OBSERVE", quantityList=[_amount(fish, 1850)])
    yield _event("ObjectEvent", action="OBSERVE", quantityList=[_amount(fish, 1850)])
    yield _event(
        "TransformationEvent",
        inputQuantityList=[_amount(fish, 1850), _amount(salt, 600)],
        outputQuantityList=[_amount(barrel, 2400)],
    )
    for _ in range(4):
        yield _event("ObjectEvent", action="OBSERVE", quantityList=[_amount(barrel, 2400)])
    yield _event(
        "TransformationEvent",
        inputQuantityList=[_amount(barrel, 2400)],
        outputQuantityList=[_amount(sauce, 1400)],
    )
    yield _event(
        "TransformationEvent",
        inputQuantityList=[_amount(sauce, 6)],
        outputEPCList=bottles,
    )
    yield _event("AggregationEvent", action="ADD", parentID=case, childEPCs=bottles)
    yield _event("AggregationEvent", action="ADD", parentID=pallet, childEPCs=[case])
    yield _event("ObjectEvent", action="OBSERVE", epcList=[pallet], bizStep="shipping")
    yield _event("ObjectEvent", action="OBSERVE", epcList=[pallet], bizStep="receiving")
    yield _event("AggregationEvent", action="DELETE", parentID=pallet)
    yield _event("AggregationEvent", action="DELETE", parentID=case)
    for bottle in bottles[:4]:
        yield _event("ObjectEvent", action="OBSERVE", epcList=[bottle], bizStep="retail_selling")


def measure(name: str, url: str | None, seed: int, sizes: tuple[int, ...]) -> Result:
    """Fill a running product to each size and trace."""
    result = Result(f"trace_{name}", seed, name, "anvil")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url) as product,
    ):
        settings = settings_of(data_dir=Path(folder), database_url=url)
        with closing(Database.open(settings.database)) as db:
            org = _found(db)
            filled = 0
            for size, bound in zip(sizes, (1.0, 5.0), strict=False):
                _fill(db, org, range(filled // PER_CHAIN, size // PER_CHAIN))
                filled = size
                product.wait_until_provable(size, 1_200)
                _trace_all(result, product, size, bound, random.Random(seed))
    return result


def _trace_all(
    result: Result, product: Product, size: int, bound: float, source: random.Random
) -> None:
    chains = [source.randrange(size // PER_CHAIN) for _ in range(50)]
    questions = {
        "back from a bottle": [(f"{STEM}/01/{BOTTLE}/21/{one}-3", "back") for one in chains],
        "forward from a catch": [(f"{STEM}/01/{FISH}/10/{one}", "forward") for one in chains],
        "forward from salt of 500 barrels": [
            (f"{STEM}/01/{SALT}/10/{one // SHARING}", "forward") for one in chains[:5]
        ],
    }
    for what, asked in questions.items():
        times, events = [], 0
        for subject, direction in asked:
            path = f"/trace?id={quote(subject, safe='')}&direction={direction}"
            started = time.perf_counter()
            status, _, body = product.request("GET", path)
            times.append(time.perf_counter() - started)
            assert status == 200, body[:300]
            events = max(events, len(json.loads(body)["events"]))
        label = f"{size:,} events: {what}, {events:,} events told"
        result.figures.append(at_most(f"{label}, median", statistics.median(times), "s", bound))
        result.figures.append(informs(f"{label}, slowest", max(times), "s"))


def _fill(db: Database, org: OrgId, chains: range) -> None:
    batch: list[dict[str, Any]] = []
    number = chains.start * PER_CHAIN
    for one in chains:
        batch += chain(one)
        if len(batch) >= _SUBMISSION or one == chains[-1]:
            _store(db, org, batch, number)
            number += len(batch)
            batch = []


def _store(db: Database, org: OrgId, events: list[dict[str, Any]], first: int) -> None:
    """As a capture does, without the commitments."""
    with db.write() as tx:
        pk = tx.submissions.add(
            SubmissionRow(
                org=org,
                root=Digest(secrets.token_bytes(32)),
                count=len(events),
                signed_at=_T0 // 1000,
                nonce=secrets.token_bytes(32),
                custody="platform",
                signer="0x" + "ab" * 20,
                signature=bytes(65),
                digest=Digest(secrets.token_bytes(32)),
                commitments=bytes(32 * len(events)),
                job_id=None,
                created_at=_AT,
            )
        )
        names = [f"urn:bench:{first + at}" for at in range(len(events))]
        bodies = [
            orjson.dumps({**event, "eventID": name}, option=orjson.OPT_SORT_KEYS)
            for event, name in zip(events, names, strict=True)
        ]
        pks = tx.records.add_many(
            [
                (secrets.token_bytes(16), pk, at, "epcis.event", _AT, body, bytes(32))
                for at, body in enumerate(bodies)
            ]
        )
        rows = [
            EventRow(
                record_pk=record,
                org=org,
                event_id=name,
                event_key=event_key(org, name),
                content=bytes(16),
                type=event["type"],
                time_ms=_T0 + first + at,
                biz_step=event.get("bizStep"),
                disposition=None,
            )
            for at, (event, name, record) in enumerate(zip(events, names, pks, strict=True))
        ]
        keys = [
            (text, role, row.record_pk, row.time_ms)
            for event, row in zip(events, rows, strict=True)
            for text, role in event_keys(event)
        ]
        tx.epcis.add_many(rows, keys)


def _found(db: Database) -> OrgId:
    org = OrgId.random()
    profile = Profile.new(org, "Nước mắm Ba Làng", "Ba Lang fish sauce", "producer")
    with db.write() as tx:
        tx.organizations.add(OrganizationRow(org, profile, 1, OrganizationState.ACTIVE, None, _AT))
    return org


def _event(kind: str, **members: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "eventTime": "2026-03-01T08:00:00.000+07:00",
        "eventTimeZoneOffset": "+07:00",
        "readPoint": PLACE,
        "bizLocation": PLACE,
        **members,
    }


def _amount(key: str, kilograms: float) -> dict[str, Any]:
    return {"epcClass": key, "quantity": kilograms, "uom": "KGM"}


def _sscc(number: int) -> str:
    digits = f"09521234{number:09d}"
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(digits))
    return f"{STEM}/00/{digits}{-total % 10}"
