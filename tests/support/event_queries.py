"""Events and queries to play with, and the obvious answer to a query: match every event."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from hypothesis import strategies as st

from ledger import canonical
from ledger.clock import format_time
from ledger.digest import Digest
from ledger.epcis.event import Event
from ledger.epcis.query import Query
from ledger.identity.organization import OrgId
from ledger.records.policy import Audience, visible
from ledger.records.record import RecordId
from ledger.records.submission import Submission
from ledger.services.intake import KIND, Prepared, add_submission, prepared
from ledger.storage.database import Database
from tests.support.epcis import NOW, checked, event

GTIN = "09521234001058"
ITEMS = [f"https://id.gs1.org/01/{GTIN}/21/S{number}" for number in range(4)]
LOTS = [f"https://id.gs1.org/01/{GTIN}/10/L{number}" for number in range(3)]
CASES = ["https://id.gs1.org/00/095212340000000013"]
PLACES = [
    "https://id.gs1.org/414/9521234000136",
    "https://id.gs1.org/414/9521234000136/254/A1",
    "https://id.gs1.org/414/9521234000112",
]
STEPS = ["packing", "shipping", "https://example.org/steps/mine"]
DISPOSITIONS = ["active", "in_transit"]
PO = [f"https://shop.example/po/{number}" for number in range(2)]
START = datetime(2026, 3, 1, tzinfo=UTC)


def _time(minutes: int) -> str:
    return format_time(START + timedelta(minutes=minutes))


@st.composite
def raw_events(draw: st.DrawFn) -> dict[str, Any]:
    """A valid event of few things, places and words, so that queries meet some."""
    kind = draw(st.sampled_from(["ObjectEvent", "AggregationEvent", "TransformationEvent"]))
    changes: dict[str, Any] = {
        "eventTime": _time(draw(st.integers(0, 20))),
        "bizStep": draw(st.sampled_from([*STEPS, None])),
        "disposition": draw(st.sampled_from([*DISPOSITIONS, None])),
        "readPoint": draw(st.sampled_from([{"id": place} for place in PLACES] + [None])),
        "bizLocation": draw(st.sampled_from([{"id": place} for place in PLACES] + [None])),
        "vn:number": draw(st.sampled_from([1, 2.5, "2.5", "x", None])),
        "bizTransactionList": draw(
            st.sampled_from([[{"type": "po", "bizTransaction": po}] for po in PO] + [None])
        ),
    }
    items = draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=2, unique=True))
    lots = [
        {"epcClass": lot, "quantity": draw(st.integers(0, 3)), "uom": "KGM"}
        for lot in draw(st.lists(st.sampled_from(LOTS), max_size=2, unique=True))
    ]
    if kind == "ObjectEvent":
        changes |= {"epcList": items, "quantityList": lots or None}
        changes["ilmd"] = draw(st.sampled_from([{"vn:grade": "A"}, {"vn:grade": "B"}, None]))
    elif kind == "AggregationEvent":
        changes |= {"parentID": CASES[0], "childEPCs": items, "childQuantityList": lots or None}
    else:
        changes |= {"inputEPCList": items, "inputQuantityList": None}
        changes |= {"outputQuantityList": lots or None, "outputEPCList": [ITEMS[3]]}
    return event(kind, **changes)


_RECORDED = st.integers(0, 6).map(lambda minute: format_time(NOW + timedelta(minutes=minute)))

_WORDS: dict[str, st.SearchStrategy[Any]] = {
    "eventType": st.lists(
        st.sampled_from(["ObjectEvent", "AggregationEvent", "https://x.example/T"]), min_size=1
    ),
    "EQ_action": st.just(["ADD"]),
    "EQ_bizStep": st.lists(st.sampled_from(STEPS), min_size=1, unique=True),
    "EQ_disposition": st.lists(st.sampled_from(DISPOSITIONS), min_size=1, unique=True),
    "EQ_readPoint": st.lists(st.sampled_from(PLACES), min_size=1, unique=True),
    "WD_readPoint": st.lists(st.sampled_from(PLACES), min_size=1, unique=True),
    "EQ_bizLocation": st.lists(st.sampled_from(PLACES), min_size=1, unique=True),
    "WD_bizLocation": st.lists(st.sampled_from(PLACES), min_size=1, unique=True),
    "MATCH_epc": st.lists(st.sampled_from([*ITEMS, *CASES]), min_size=1, unique=True),
    "MATCH_anyEPC": st.lists(
        st.sampled_from([*ITEMS, *CASES, f"https://id.gs1.org/01/{GTIN}"]), min_size=1
    ),
    "MATCH_parentID": st.just(CASES),
    "MATCH_inputEPC": st.lists(st.sampled_from(ITEMS), min_size=1),
    "MATCH_epcClass": st.lists(st.sampled_from(LOTS), min_size=1),
    "MATCH_anyEPCClass": st.lists(
        st.sampled_from([*LOTS, "urn:epc:idpat:lgtin:9521234.000105.*"]), min_size=1
    ),
    "EQ_bizTransaction_po": st.lists(st.sampled_from(PO), min_size=1),
    "GE_eventTime": st.integers(0, 20).map(_time),
    "LT_eventTime": st.integers(0, 20).map(_time),
    "GE_recordTime": st.integers(0, 6).map(
        lambda minute: format_time(NOW + timedelta(minutes=minute))
    ),
    "LT_recordTime": st.integers(0, 6).map(
        lambda minute: format_time(NOW + timedelta(minutes=minute))
    ),
    "GE_quantity_GRM": st.integers(0, 3).map(lambda kilos: 1000 * kilos),
    "EQ_vn:number": st.sampled_from([1, 2.5, "x"]),
    "EQ_ILMD_vn:grade": st.just(["A"]),
    "EXISTS_vn:number": st.just(True),
    "orderBy": st.sampled_from(["eventTime", "recordTime", "vn:number"]),
    "orderDirection": st.sampled_from(["ASC", "DESC"]),
    "eventCountLimit": st.integers(1, 12),
}


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """A valid query of up to four parameters."""
    names = draw(st.lists(st.sampled_from(sorted(_WORDS)), max_size=4, unique=True))
    return Query.from_json({name: draw(_WORDS[name]) for name in names})


class Recorded:
    """Events stored as captures store them, beside what each was."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.events: list[tuple[OrgId, RecordId, dict[str, Any]]] = []

    def capture(self, org: OrgId, raw: Sequence[dict[str, Any]], at: datetime) -> None:
        """One submission; its signature is none, which nobody checks here."""
        items = [_prepare(org, checked({"eventID": uuid.uuid4().urn, **each})) for each in raw]
        submission = Submission(
            org=org,
            root=Digest(secrets.token_bytes(32)),
            count=len(items),
            signed_at=1,
            nonce=secrets.token_bytes(32),
            custody="platform",
            signer="0x" + "ab" * 20,
            signature=bytes(65),
        )
        with self._db.write() as tx:
            add_submission(tx, submission, [at] * len(items), items, created_at=at)
        self.events += [
            (org, RecordId(item.record_id), {**orjson.loads(item.body), **_recorded(at)})
            for item in items
        ]

    def expected(self, asker: OrgId, query: Query) -> set[RecordId]:
        """The obvious answer."""
        return {
            record
            for org, record, event in self.events
            if query.matches(_seen(event, Audience.OWNER if org == asker else Audience.PUBLIC))
        }


def _recorded(at: datetime) -> dict[str, str]:
    return {"recordTime": format_time(at)}


def _seen(event: dict[str, Any], audience: Audience) -> dict[str, Any]:
    return {**visible(KIND, event, audience), "recordTime": event["recordTime"]}


def _prepare(org: OrgId, event: Event) -> Prepared:
    body = canonical.encode(event.body)
    return prepared(
        org, event, secrets.token_bytes(16), secrets.token_bytes(32), body, secrets.token_bytes(32)
    )
