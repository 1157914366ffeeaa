"""Addressing: what the resolver has to know about a code before it can answer.

The links that are registered for it, whether any event names it, and who describes it as a product,
place or party. Asked for every scan, mostly of codes never asked for before, so it is answered for
many of them with one trip to the database, and remembered for a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from ledger.epcis.keys import KeyRole
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.links import LinkSet
from ledger.identity.organization import OrgId
from ledger.masterdata.kind import Kind
from ledger.services.linking import Linking
from ledger.services.resolving import MASTER_KEYS, keys_of
from ledger.storage.database import Database
from ledger.storage.transaction import Transaction

_NAMING = (KeyRole.EPC, KeyRole.MENTIONED_LOT)
"""First and last role in which an event names a thing."""
_FRESH_SECONDS = 1.0
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Description:
    """Where one organization's master data of a key are, and whether they name certificates."""

    org: OrgId
    kind: Kind
    code: str
    name: str
    has_certificates: bool


@dataclass(frozen=True, slots=True)
class Address:
    """What a code can open.

    `levels` are registered links, most granular first. `is_recorded`: some event names the thing;
    by the hash of its name, so a story may still turn out to be another's. `descriptions` are of
    the key, whatever qualifiers follow it.
    """

    levels: tuple[LinkSet, ...]
    is_recorded: bool
    descriptions: tuple[Description, ...]


class Addressing:
    """Finds addresses. `find_remembered` never waits and belongs on an event loop."""

    def __init__(self, db: Database, linking: Linking) -> None:
        self._db = db
        self._linking = linking
        self._lock = threading.Lock()
        self._remembered: dict[str, tuple[float, Address]] = {}

    def find_remembered(self, link: DigitalLink) -> Address | None:
        """The address of an identifier as it was a second ago at most; None: ask `find`."""
        found = self._remembered.get(link.path)
        if found is None or found[0] < time.monotonic():
            return None
        levels = self._linking.find_remembered(link)
        if levels is None:
            return None
        return Address(levels, found[1].is_recorded, found[1].descriptions)

    def find(self, links: Sequence[DigitalLink]) -> Sequence[Address]:
        """The addresses of these identifiers, in their order, from one snapshot."""
        with self._db.read() as tx:
            levels = self._linking.look_up(tx, links)
            keys = [keys_of(link) for link in links]
            named = tx.steps.named({key for own in keys for key in own}, _NAMING)
            described = _descriptions(tx, links)
        found = [
            Address(own, not named.isdisjoint(names), described.get(link.key, ()))
            for link, own, names in zip(links, levels, keys, strict=True)
        ]
        until = time.monotonic() + _FRESH_SECONDS
        with self._lock:
            if len(self._remembered) > _REMEMBERED:
                self._remembered.clear()
            for link, address in zip(links, found, strict=True):
                # Who records a lot and scans its label at once must not be told it is unknown.
                if _leads_somewhere(link, address):
                    self._remembered[link.path] = (until, address)
        return found


def _leads_somewhere(link: DigitalLink, address: Address) -> bool:
    described = bool(address.descriptions) and not link.qualifiers
    return bool(address.levels) or address.is_recorded or described


def _descriptions(
    tx: Transaction, links: Sequence[DigitalLink]
) -> dict[tuple[str, str], tuple[Description, ...]]:
    """Master data by key, oldest first."""
    keys = {link.key for link in links if link.key[0] in MASTER_KEYS}
    if not keys:
        return {}
    found: dict[tuple[str, str], list[Description]] = {}
    for row in tx.masterdata.find_by_gs1_keys(sorted({value for _, value in keys})):
        if row.body is None:
            continue
        body = orjson.loads(row.body)
        kind = Kind(row.kind)
        for ai, value in keys:
            if MASTER_KEYS[ai] is kind and value == row.gs1_key:
                found.setdefault((ai, value), []).append(
                    Description(
                        row.org, kind, row.code, body["name"], bool(body.get("certificates"))
                    )
                )
    return {key: tuple(items) for key, items in found.items()}
