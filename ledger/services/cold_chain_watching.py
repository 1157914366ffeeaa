"""Watching the cold chain: which rules a reading breaks, of which goods, since when.

A reading names what its device travels with. Where that is a logistic unit or a crate, its contents
at the time of the reading are what the rules are about: each from the time it was packed on, for
what the crate was exposed to before concerns other goods.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger import canonical
from ledger.epcis.cold_chain import ColdChainRule, Reading, excursion, is_breach, readings_of
from ledger.epcis.containment import BEGINNING
from ledger.epcis.custody import makers
from ledger.epcis.fields import parse_time
from ledger.epcis.keys import KeyRole, key_of
from ledger.epcis.tracing import find_contents
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import OrgId
from ledger.masterdata import cold_chain as product_rule
from ledger.masterdata.kind import Kind
from ledger.services.recorded_steps import RecordedSteps
from ledger.storage.breaches import Episode
from ledger.storage.devices import DeviceRow
from ledger.storage.transaction import Transaction

MOST_HISTORY = 500
"""Earlier events of an item looked at for an excursion."""
MOST_NAMED = 200
"""Goods named in one episode; it counts all."""
_MOST_BIRTHS = 200

BIRTH_ROLES = (KeyRole.EPC, KeyRole.CLASS, KeyRole.OUTPUT, KeyRole.OUTPUT_CLASS)
_GTIN = re.compile(r"https://id\.gs1\.org/01/([0-9]{14})(?:/|$)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is broken at a reading, with the episode this is part of."""

    rule: ColdChainRule
    episode: Episode


def find_broken(tx: Transaction, device: DeviceRow, event: Mapping[str, Any]) -> list[Broken]:
    """The rules broken at a checked sensor event of the device, by thing named and product."""
    told = readings_of(event)
    if not told:
        return []
    at = parse_time(event["eventTime"])
    reader = RecordedSteps(tx, None)
    found: list[Broken] = []
    for item in dict.fromkeys(map(key_of, device.items)):
        goods = _goods_of(reader, item, at)
        if not goods:
            continue
        readings = [*_history(tx, device.org, item), *told]
        for gtin, since in goods.items():
            for rule_org, rule in _rules(tx, reader, device.org, gtin, since):
                broken = _exceed(rule, readings, since, at)
                if broken:
                    found.append(
                        Broken(rule, _episode(device, item, gtin, rule_org, rule, event, broken))
                    )
    return found


def _goods_of(reader: RecordedSteps, item: str, at: datetime) -> dict[str, dict[str, int]]:
    """By GTIN the goods a reading about the item is about, and since when in milliseconds."""
    inside = find_contents(reader, item, int(at.timestamp() * 1000)).since
    found: dict[str, dict[str, int]] = {}
    for key, since in ({item: BEGINNING} | dict(inside)).items():
        match = _GTIN.match(key)
        if match is not None:
            found.setdefault(match[1], {})[key] = since
    return found


def _rules(
    tx: Transaction, reader: RecordedSteps, own: OrgId, gtin: str, goods: Collection[str]
) -> Iterator[tuple[OrgId, ColdChainRule]]:
    """The product's rules: of whose device it is, and of who made these goods. What nobody of
    these says is not asked of others: anyone may describe anyone's GTIN."""
    first = list(goods)[:MOST_NAMED]
    lots = [found.lot_uri for key in first if (found := find_identifier(key)) is not None]
    keys = {*first, *(lot for lot in lots if lot is not None)}
    made = makers(reader.read(keys, BIRTH_ROLES, _MOST_BIRTHS), keys)
    for org in dict.fromkeys((own, *made)):
        rule = tx.devices.rules(org, [gtin]).get(gtin) or _described(tx, org, gtin)
        if rule is not None:
            yield org, rule


def _described(tx: Transaction, org: OrgId, gtin: str) -> ColdChainRule | None:
    """What the organization's newest master data say the product bears."""
    for row in tx.masterdata.find_by_gs1_key(Kind.PRODUCT.value, gtin, org):
        said = None if row.body is None else canonical.parse(row.body).get("coldChain")
        if said is not None:
            told = product_rule.ColdChainRule.read(said, "/coldChain")
            return ColdChainRule(told.min_temperature, told.max_temperature, told.minutes)
    return None


def _exceed(
    rule: ColdChainRule, readings: Sequence[Reading], goods: Mapping[str, int], at: datetime
) -> dict[str, tuple[datetime, datetime]]:
    """The goods for which the rule is broken at that time, each with the excursion's first and
    last reading, those after that time included: readings may come late."""
    found: dict[str, tuple[datetime, datetime]] = {}
    known: dict[int, tuple[datetime, datetime] | None] = {}
    for key, since in goods.items():
        if since not in known:
            begin = None if since == BEGINNING else _EPOCH + timedelta(milliseconds=since)
            seen = [one for one in readings if begin is None or one.time >= begin]
            upto = [one for one in seen if one.time <= at]
            outside = excursion(rule, upto)
            known[since] = None
            if outside is not None and is_breach(rule, outside):
                begun = max(one.time for one in upto) - outside
                known[since] = (begun, _end(rule, seen, at))
        span = known[since]
        if span is not None:
            found[key] = span
    return found


def _end(rule: ColdChainRule, readings: Iterable[Reading], at: datetime) -> datetime:
    """The last reading outside of the bounds before one within them, from that time on."""
    end = at
    for one in sorted(readings, key=lambda one: one.time):
        if one.time > at:
            if all(rule.holds(celsius) for celsius in one.celsius):
                break
            end = one.time
    return end


def _episode(
    device: DeviceRow,
    item: str,
    gtin: str,
    rule_org: OrgId,
    rule: ColdChainRule,
    event: Mapping[str, Any],
    broken: Mapping[str, tuple[datetime, datetime]],
) -> Episode:
    celsius = [value for one in readings_of(event) for value in one.celsius]
    return Episode(
        org=device.org,
        item=item,
        gtin=gtin,
        rule_org=rule_org,
        since=min(since for since, _ in broken.values()),
        until=max(until for _, until in broken.values()),
        event_id=event["eventID"],
        detail={
            "device": device.device_id,
            "goods": sorted(broken)[:MOST_NAMED],
            "goodsCount": len(broken),
            "celsius": celsius,
            "minCelsius": rule.min_celsius,
            "maxCelsius": rule.max_celsius,
            "allowedMinutes": rule.allowed_minutes,
        },
    )


def _history(tx: Transaction, org: OrgId, item: str) -> Iterable[Reading]:
    for row in tx.epcis.events_by_key([item], MOST_HISTORY):
        if row.body is None or row.org != org:
            continue
        event = canonical.parse(row.body)
        if event.get("bizStep") == "sensor_reporting":
            yield from readings_of(event)
