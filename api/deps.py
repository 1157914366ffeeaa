"""What routes are given: the application's services, and budgets that live as long as it does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from api.gathering import Gathering
from api.handover import Handover
from ledger.app import App
from ledger.errors import QuotaExceeded
from ledger.gs1.digital_link import DigitalLink
from ledger.services.addressing import Address
from ledger.services.intake import Stored

_REMEMBERED = 20_000


class Budget:
    """A token bucket per caller: `rate` requests per second, `burst` at once.

    Kept in this process only: with several API processes each grants the whole rate.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, caller: str, now: float | None = None) -> None:
        """Take one token. Raises QuotaExceeded `quota-requests` with the seconds to wait."""
        at = time.monotonic() if now is None else now
        with self._lock:
            tokens, since = self._buckets.pop(caller, (self._burst, at))
            tokens = min(self._burst, tokens + (at - since) * self._rate)
            allowed = tokens >= 1.0
            self._buckets[caller] = (tokens - 1.0 if allowed else tokens, at)
            if len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
        if not allowed:
            raise QuotaExceeded(
                "quota-requests",
                f"more than {self._rate:g} requests per second",
                retry_after=(1.0 - tokens) / self._rate,
            )


@dataclass(frozen=True, slots=True)
class Budgets:
    """The request budgets of one running application."""

    keys: Budget
    """Authenticated requests, by API key."""
    visitors: Budget
    """Anonymous requests that cost a verification or a chain call, by client address."""


def app_of(request: Request) -> App:
    """The composition root this server runs on."""
    found = request.app.state.ledger
    assert isinstance(found, App)
    return found


def budgets_of(request: Request) -> Budgets:
    """The budgets of this server."""
    found = request.app.state.budgets
    assert isinstance(found, Budgets)
    return found


def handover_of(request: Request) -> Handover[Stored]:
    """The way of results back into the running event loop."""
    loop = asyncio.get_running_loop()
    found = getattr(request.app.state, "handover", None)
    if not isinstance(found, Handover) or found.loop is not loop:
        found = request.app.state.handover = Handover(loop)
    return found


def addresses_of(request: Request) -> Gathering[DigitalLink, Address]:
    """Where addresses are asked for, many at once."""
    loop = asyncio.get_running_loop()
    found = getattr(request.app.state, "addresses", None)
    if not isinstance(found, Gathering) or found.loop is not loop:
        found = request.app.state.addresses = Gathering(loop, app_of(request).addressing.find)
    return found


def spend_as_visitor(request: Request) -> None:
    """Charge an anonymous, costly request to its client address."""
    client = request.client
    budgets_of(request).visitors.spend(client.host if client is not None else "")


Ledger = Annotated[App, Depends(app_of)]
Metered = Depends(spend_as_visitor)
