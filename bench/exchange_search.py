"""Search among many legs over HTTP: by number, organization, state, date, what is overdue.

Two hundred agencies have sent each other papers for a year, some of them far more than others; the
rows are put in beside the API, as many as no test would submit. Each question is drawn anew and its
first page timed, asked by one of the four agencies with the most legs.
"""

from __future__ import annotations

import json
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

from bench.product import Product
from bench.result import Result, at_most, informs
from ledger.config import Settings
from ledger.digest import Digest, sha256
from ledger.exchange.leg import NEVER_OPENED, LegMark
from ledger.exchange.rules import LegState
from ledger.exchange.signed import ZERO, LegKey
from ledger.identity.organization import OrgId
from ledger.storage.database import Database
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_messages import MessageRow

AGENCIES = 200
LARGE = 4
ASKED = 300
BATCH = 5_000
BAR_MS = 100

_FIRST = date(2026, 1, 1)
_STATES = (
    (LegState.DONE, 55), (LegState.RECEIVED, 20), (LegState.IN_PROGRESS, 10),
    (LegState.ARRIVED, 6), (LegState.SUBMITTED, 4), (LegState.REFUSED, 3), (LegState.RECALLED, 2),
)  # fmt: skip


def search(legs: int, database: str, url: str | None, seed: int) -> Result:
    """Fill to so many legs and ask."""
    result = Result(f"exchange_search_{database}", seed, database, "anvil")
    source = random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url) as product,
    ):
        orgs = _admit(product)
        db = Database.open(url or Settings(data_dir=Path(folder)).database)
        started = time.monotonic()
        _fill(db, orgs, legs, source)
        result.figures = [
            informs("legs", legs, ""),
            informs("legs put in", legs / (time.monotonic() - started), "per s"),
        ]
        if db.dialect == "postgresql":
            with db.engine.connect() as connection:
                connection.exec_driver_sql("ANALYZE exchange_legs")
        db.close()
        everything: list[float] = []
        for name, draw in _QUESTIONS.items():
            times = sorted(_ask(product, orgs, draw, source))
            everything += times
            result.figures.append(
                at_most(f"{name}, p99", times[int(0.99 * (len(times) - 1))], "ms", BAR_MS)
            )
        everything.sort()
        result.figures.append(
            informs("all questions, median", everything[len(everything) // 2], "ms")
        )
    return result


def _ask(
    product: Product,
    orgs: list[OrgId],
    draw: Callable[[random.Random, list[OrgId]], dict[str, str]],
    source: random.Random,
) -> Iterator[float]:
    for _ in range(ASKED):
        asked = {
            "organization": source.choice(orgs[:LARGE]).text,
            "box": source.choice(("in", "out")),
            **draw(source, orgs),
        }
        started = time.monotonic()
        product.get(f"/exchange/legs?{urlencode(asked)}")
        yield (time.monotonic() - started) * 1000


def _day(source: random.Random) -> date:
    return _FIRST + timedelta(days=source.randrange(365))


def _window(source: random.Random) -> dict[str, str]:
    since = _day(source)
    until = since + timedelta(days=source.choice((1, 7, 30)))
    return {"since": since.isoformat(), "until": until.isoformat()}


def _state(source: random.Random) -> str:
    return source.choice(_STATES)[0].name


_QUESTIONS: dict[str, Callable[[random.Random, list[OrgId]], dict[str, str]]] = {
    "newest": lambda *_: {},
    "by number": lambda source, _: {"number": str(source.randrange(1, 5_000))},
    "by number and notation": lambda source, _: {
        "number": str(source.randrange(1, 5_000)),
        "notation": f"{source.randrange(40)}/UBND-VX",
    },
    "by organization": lambda source, orgs: {"other": source.choice(orgs).text},
    "by state": lambda source, _: {"state": _state(source)},
    "by date": lambda source, _: _window(source),
    "by state and date": lambda source, _: {"state": _state(source), **_window(source)},
    "by organization, state and date": lambda source, orgs: {
        "other": source.choice(orgs).text,
        "state": _state(source),
        **_window(source),
    },
    "by organization and number": lambda source, orgs: {
        "other": source.choice(orgs).text,
        "number": str(source.randrange(1, 5_000)),
    },
    "overdue": lambda *_: {"overdue": "true"},
    "overdue, by organization": lambda source, orgs: {
        "overdue": "true",
        "other": source.choice(orgs).text,
    },
}


def _admit(product: Product) -> list[OrgId]:
    """Ids of agencies; the registry is not asked about who only searches."""
    assert json.loads(product.request("GET", "/exchange")[2])["chainId"]
    return [OrgId(secrets.token_bytes(32)) for _ in range(AGENCIES)]


def _fill(db: Database, orgs: list[OrgId], many: int, source: random.Random) -> None:
    weights = [40] * LARGE + [1] * (AGENCIES - LARGE)
    rows = _rows(orgs, weights, source)
    done = 0
    while done < many:
        batch = list(islice(rows, min(BATCH, many - done)))
        with db.write() as tx:
            first = tx.exchange_events.take_pks(len(batch))
            tx.exchange_messages.add_all(
                [replace(message, pk=first + n) for n, (message, _) in enumerate(batch)]
            )
            tx.exchange_legs.add_all(
                [
                    replace(leg, pk=first + n, message_pk=first + n)
                    for n, (_, leg) in enumerate(batch)
                ]
            )
        done += len(batch)


def _rows(
    orgs: list[OrgId], weights: list[int], source: random.Random
) -> Iterator[tuple[MessageRow, LegRow]]:
    states, shares = zip(*_STATES, strict=True)
    number = 0
    while True:
        number += 1
        sender, recipient = source.choices(orgs, weights, k=2)
        if sender == recipient:
            continue
        day = _day(source)
        at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        code, notation = str(source.randrange(1, 5_000)), f"{source.randrange(40)}/UBND-VX"
        message = MessageRow(
            pk=0,
            sender=sender,
            document_id=f"H56.{number},{day:%Y/%m/%d},{code}/{notation}",
            version=1,
            message=sha256(number.to_bytes(8, "big")),
            code_number=code,
            code_notation=notation,
            view="[]",
            received_at=at,
        )
        due = int(at.timestamp()) + source.randrange(2, 700) * 86_400
        standing = replace(
            NEVER_OPENED,
            state=source.choices(states, shares)[0],
            attempts=3,
            # Marked before: the worker is not to say a year of deadlines meanwhile.
            marks=LegMark(7),
            events=4,
            arrive_by=due,
            answer_within=86_400,
            answer_by=due + 10**9,
            settle_by=due,
            head=Digest(secrets.token_bytes(32)),
        )
        yield (
            message,
            LegRow(
                pk=0,
                key=LegKey(sender, recipient, secrets.token_bytes(32)),
                message_pk=0,
                code_number=code,
                code_notation=notation,
                promulgated=day,
                standing=standing,
                replaces=ZERO,
                anchored=4,
                wrapped_key=None,
                opened_at=at,
            ),
        )
