"""`eventQuery` over HTTP with many events recorded: by thing, by lot, by step and time window.

A year of events in random order of time: serials seen five times each in lots of fifty, at five
hundred places, business steps from common to rare. The first page of each question is timed; the
values asked for are drawn anew each time, so that little of what is read has been read before.
"""

from __future__ import annotations

import http.client
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.events import CONTEXT
from bench.product import Product
from bench.result import Figure, Result, at_most, informs
from ledger.clock import SystemClock
from ledger.config import Settings
from ledger.epcis.context import Context
from ledger.epcis.event import Event, check_event
from ledger.epcis.keys import event_keys
from ledger.offline import registry_domain
from ledger.services.installation import open_keystore
from ledger.services.intake import Intake
from ledger.services.pinning import get_deployment, get_operator
from ledger.storage.database import Database

BATCH = 10_000
ASKED = 500
CLIENTS = 4
BAR_MS = 50

_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
_SECONDS = 365 * 86_400
_STEPS = (
    ("shipping", 30), ("receiving", 30), ("packing", 15), ("storing", 12), ("commissioning", 8),
    ("inspecting", 4), ("sampling", 1),
)  # fmt: skip
_GTIN = "09520610100019"
_NOTE = "Nước mắm Ba Làng, mẻ muối tháng ba, ủ chượp mười hai tháng trong thùng gỗ bời lời. "


@dataclass(frozen=True, slots=True)
class Question:
    """A kind of question: its name, whether it has a bar, and how its parameters are drawn."""

    name: str
    has_bar: bool
    draw: Callable[[random.Random, int], dict[str, str]]


def events(count: int, seed: int, first: int = 0) -> Iterator[dict[str, Any]]:
    """Valid events of the year, the same for the same seed."""
    source = random.Random(f"{seed}/{first}")
    words, weights = zip(*_STEPS, strict=True)
    for number in range(first, first + count):
        at = _YEAR + timedelta(seconds=source.randrange(_SECONDS))
        yield {
            "type": "ObjectEvent",
            "eventID": f"urn:uuid:{uuid.UUID(int=source.getrandbits(128), version=4)}",
            "eventTime": at.isoformat().replace("+00:00", "Z"),
            "eventTimeZoneOffset": "+07:00",
            "epcList": [_item(number // 5)],
            "action": "OBSERVE",
            "bizStep": source.choices(words, weights)[0],
            "disposition": "in_transit",
            "readPoint": {"id": _place(source.randrange(500))},
            "bizLocation": {"id": _place(source.randrange(500))},
            "quantityList": [{"epcClass": _lot(number // 250), "quantity": 12.5, "uom": "KGM"}],
            "vn:note": _NOTE,
            "vn:number": number,
        }


def query(records: int, database: str, url: str | None, seed: int) -> Result:
    """Fill to `records`, then ask."""
    result = Result(f"query_{database}", seed, database, "anvil")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url) as product,
    ):
        fill(product, url or Settings(data_dir=Path(folder)).database, records, seed)
        result.figures = ask(product, records, seed)
    return result


def fill(product: Product, database: str, records: int, seed: int) -> None:
    """Record the events in the running product's database and wait until all are provable.

    Through the real intake, past the checks: the events are built as the checks leave them, which
    one of each batch is checked for.
    """
    settings = Settings(data_dir=product.data)
    keystore = open_keystore(settings.keystore_path, settings.password_path, None)
    db = Database.open(database)
    clock = SystemClock()
    intake = Intake(clock, keystore, registry_domain(get_deployment(db)))
    org = get_operator(db)
    started = time.monotonic()
    for first in range(0, records, BATCH):
        raw = events(min(BATCH, records - first), seed, first)
        now = intake.now()
        items = list(intake.prepare(org, map(_checked, raw), now))
        with db.write() as tx:
            intake.store(tx, org, now, items)
        if first // BATCH % 10 == 9:
            rate = (first + BATCH) / (time.monotonic() - started)
            print(f"  {first + BATCH:>9,} events, {rate:.0f}/s", flush=True)
    db.close()
    product.wait_until_provable(records)


def _checked(raw: dict[str, Any]) -> Event:
    """The event as `check_event` leaves it."""
    number = raw["vn:number"]
    body = {"@context": CONTEXT, **raw}
    event = Event(
        event_id=raw["eventID"],
        has_own_id=True,
        type="ObjectEvent",
        time_ms=1_000 * int(datetime.fromisoformat(raw["eventTime"]).timestamp()),
        action="OBSERVE",
        biz_step=raw["bizStep"],
        disposition="in_transit",
        read_point=raw["readPoint"]["id"],
        biz_location=raw["bizLocation"]["id"],
        body=body,
        keys=event_keys(raw),
        warnings=(),
    )
    if number % BATCH == 0:
        assert event == check_event(body, Context(), SystemClock().now())._replace(warnings=())
    return event


def ask(product: Product, records: int, seed: int) -> list[Figure]:
    """The figures of every question, one client and several at once."""
    figures: list[Figure] = []
    for question in QUESTIONS:
        source = random.Random(f"{seed}/{question.name}")
        paths = [f"/epcis/events?{urlencode(question.draw(source, records))}" for _ in range(ASKED)]
        alone = sorted(_times(product, paths))
        with ThreadPoolExecutor(CLIENTS) as pool:
            shares = [paths[at::CLIENTS] for at in range(CLIENTS)]
            beside = sorted(
                chain.from_iterable(pool.map(lambda share: _times(product, share), shares))
            )
        tail = f"{question.name}, p99"
        figures += [
            informs(f"{question.name}, median", statistics.median(alone), "ms"),
            at_most(tail, _p99(alone), "ms", BAR_MS)
            if question.has_bar
            else informs(tail, _p99(alone), "ms"),
            informs(f"{question.name}, {CLIENTS} clients at once, p99", _p99(beside), "ms"),
        ]
    return figures


def _times(product: Product, paths: list[str]) -> list[float]:
    """Milliseconds of each request, over one connection."""
    connection = http.client.HTTPConnection(urlsplit(product.url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {product.key}"}
    times = []
    for path in paths:
        started = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        times.append(1e3 * (time.perf_counter() - started))
        assert answer.status == 200, body[:300]
    connection.close()
    return times


def _p99(times: list[float]) -> float:
    return times[int(0.99 * (len(times) - 1))]


def _item(number: int) -> str:
    return f"https://id.gs1.org/01/{_GTIN}/21/{number:010d}"


def _lot(number: int) -> str:
    return f"https://id.gs1.org/01/{_GTIN}/10/L{number:07d}"


def _place(number: int) -> str:
    return f"https://id.gs1.org/414/9520610001019/254/P{number:03d}"


def _window(source: random.Random, days: float) -> dict[str, str]:
    start = _YEAR + timedelta(seconds=source.randrange(_SECONDS - int(days * 86_400)))
    end = start + timedelta(days=days)
    return {
        "GE_eventTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "LT_eventTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
    }


def _step(source: random.Random) -> str:
    return source.choice([word for word, _ in _STEPS])


QUESTIONS = (
    Question("by thing", True, lambda source, n: {"MATCH_anyEPC": _item(source.randrange(n // 5))}),
    Question(
        "by lot", True, lambda source, n: {"MATCH_anyEPCClass": _lot(source.randrange(n // 250))}
    ),
    Question(
        "by step and week",
        True,
        lambda source, _: {"EQ_bizStep": _step(source), **_window(source, 7)},
    ),
    Question(
        "by step and hour, few or none",
        True,
        lambda source, _: {"EQ_bizStep": "sampling", **_window(source, 1 / 24)},
    ),
    Question(
        "by place and month",
        False,
        lambda source, _: {"EQ_readPoint": _place(source.randrange(500)), **_window(source, 30)},
    ),
    Question("by hour alone", False, lambda source, _: _window(source, 1 / 24)),
    Question("newest recorded", False, lambda *_: {"orderBy": "recordTime"}),
    Question(
        "by number of one's own, day, not indexed",
        False,
        lambda source, n: {"EQ_vn:number": str(source.randrange(n)), **_window(source, 1)},
    ),
)
