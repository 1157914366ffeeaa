"""`eventQuery` over HTTP with many events recorded: by thing, by lot, by step and time window.

A year of events in random order of time: serials seen five times each in lots of fifty, at five
hundred places, business steps from common to rare. The first page of each question is timed; the
values asked for are drawn anew each time, so that little of what is read has been read before.

Asked by the organization that recorded the events, and by another one: every second event names it
as the buyer, so of each page half is matched and shown as to a partner, half as to the public.
"""

from __future__ import annotations

import http.client
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
from ledger.services.installation import open_keystore
from ledger.services.intake import Intake
from ledger.services.pinning import get_deployment, get_operator
from ledger.storage.database import Database

BATCH = 10_000
ASKED = 500
ASKED_WITHOUT_BAR = 100
CLIENTS = 4
BAR_MS = 50

_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
_SECONDS = 365 * 86_400
_STEPS = (
    ("shipping", 30), ("receiving", 30), ("packing", 15), ("storing", 12), ("commissioning", 8),
    ("inspecting", 4), ("sampling", 1),
)  # fmt: skip
_GTIN = "09520610100019"
_SELLER, _BUYER, _OTHER_BUYER = (
    f"https://id.gs1.org/417/{gln}" for gln in ("9520610091010", "9520610092017", "9520610093014")
)
_BUYERS_PREFIX = "952061009201"
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
            "sourceList": [{"type": "owning_party", "source": _SELLER}],
            "destinationList": [
                {"type": "owning_party", "destination": (_BUYER, _OTHER_BUYER)[number % 2]}
            ],
            "vn:note": _NOTE,
            "vn:number": number,
        }


def query(
    records: int, database: str, url: str | None, seed: int, kept: Path | None = None
) -> Result:
    """Fill to `records` and ask; what is `kept` from an earlier run is asked as it is."""
    result = Result(f"query_{database}", seed, database, "anvil")
    with _folder(kept) as folder, Product.start(folder, url) as product:
        fill(product, url or Settings(data_dir=folder).database, records, seed)
        buyers_key = _admit(product)
        result.figures = ask(product, "own events", product.key, records, seed, QUESTIONS)
        with_bar = [question for question in QUESTIONS if question.has_bar]
        result.figures += ask(product, "another's", buyers_key, records, seed, with_bar)
    return result


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield Path(folder)
    else:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept


def _admit(product: Product) -> str:
    """The key of the organization that is the buyer in every second event."""
    kept = product.data / "buyer.key"
    if not kept.exists():
        wanted = {"name": "Buyer", "kind": "company", "roles": ["producer"]}
        org = product.send("POST", "/organizations", wanted)["org"]
        while product.get(f"/organizations/{org}")["state"] != "active":
            time.sleep(0.1)
        product.send("PUT", f"/organizations/{org}/prefixes/{_BUYERS_PREFIX}")
        key = {"label": "bench", "scopes": ["read"]}
        secret = product.send("POST", f"/organizations/{org}/keys", key)["secret"]
        kept.write_text(secret, encoding="ascii")
    return kept.read_text(encoding="ascii")


def fill(product: Product, database: str, records: int, seed: int) -> None:
    """Record the events in the running product's database, unless they are there, and wait until
    all are provable.

    Through the real intake, past the checks: the events are built as the checks leave them, which
    one of each batch is checked for.
    """
    settings = Settings(data_dir=product.data)
    keystore = open_keystore(settings.keystore_path, settings.password_path, None)
    db = Database.open(database)
    clock = SystemClock()
    intake = Intake(clock, keystore, get_deployment(db).registry_domain)
    org = get_operator(db)
    with db.read() as tx:
        state = tx.log.state()
    there = 0 if state is None else state[0]
    started = time.monotonic()
    for first in range(there // BATCH * BATCH, records, BATCH):
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


def ask(
    product: Product,
    asker: str,
    key: str,
    records: int,
    seed: int,
    questions: Sequence[Question],
) -> list[Figure]:
    """The figures of every question, one client and several at once."""
    figures: list[Figure] = []
    for question in questions:
        source = random.Random(f"{seed}/{question.name}")
        asked = ASKED if question.has_bar else ASKED_WITHOUT_BAR
        paths = [f"/epcis/events?{urlencode(question.draw(source, records))}" for _ in range(asked)]
        alone = sorted(_times(product, key, paths))
        with ThreadPoolExecutor(CLIENTS) as pool:
            shares = [paths[at::CLIENTS] for at in range(CLIENTS)]
            beside = sorted(
                chain.from_iterable(pool.map(lambda share: _times(product, key, share), shares))
            )
        name = f"{asker}, {question.name}"
        figures.append(informs(f"{name}, median", statistics.median(alone), "ms"))
        for tail, times in ((name, alone), (f"{name}, {CLIENTS} clients at once", beside)):
            figures.append(
                at_most(f"{tail}, p99", _p99(times), "ms", BAR_MS)
                if question.has_bar
                else informs(f"{tail}, p99", _p99(times), "ms")
            )
    return figures


def _times(product: Product, key: str, paths: list[str]) -> list[float]:
    """Milliseconds of each request, over one connection."""
    connection = http.client.HTTPConnection(urlsplit(product.url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {key}"}
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
