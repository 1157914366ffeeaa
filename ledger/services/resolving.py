"""Resolving: what was recorded about whatever a code names, as far as the asker may see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from ledger import canonical
from ledger.epcis.keys import event_keys, key_of
from ledger.errors import NotFound
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import OrgId, Profile
from ledger.masterdata.kind import Kind
from ledger.records.record import RecordId
from ledger.services.audience import audience_of
from ledger.services.caller import Caller
from ledger.services.correcting import Correction, Version, find_corrections
from ledger.services.disclosing import disclosed_body
from ledger.services.intake import KIND
from ledger.services.product_lots import find_lots
from ledger.services.proving import state_of
from ledger.storage.database import Database
from ledger.storage.epcis import StoredEventRow
from ledger.storage.masterdata import MasterRow
from ledger.storage.transaction import Transaction

MOST_EVENTS = 200
"""Events told in one story; the newest are kept."""
MASTER_KEYS: Mapping[str, Kind] = {"01": Kind.PRODUCT, "414": Kind.PLACE, "417": Kind.PARTY}
"""GS1 keys under which master data are kept."""


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One step, disclosed as far as the asker may see it."""

    record_id: RecordId
    captured_at: datetime
    state: Literal["accepted", "sequenced", "anchored"]
    profile: Profile
    event: dict[str, Any]
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class StoryDescription:
    """What one organization says about a product, place or party, as the asker may see it."""

    record_id: RecordId
    captured_at: datetime
    state: Literal["accepted", "sequenced", "anchored"]
    profile: Profile
    kind: Kind
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """What organizations have recorded about a subject, oldest first.

    Of a product the events are one for each of its newest lots, and of a place or party there are
    none; `descriptions` are the other way round of these alone.
    """

    subject: str
    product: dict[str, Any]
    events: Sequence[StoryEvent]
    descriptions: Sequence[StoryDescription] = ()


class Resolving:
    """Tells the story behind a code."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def story(self, link: DigitalLink, caller: Caller | None) -> Story:
        """The story of a lot, of one item (and its lot), of a logistic unit or an asset; of a
        product, place or party its descriptions. Raises NotFound `lot-unknown`."""
        keys = keys_of(link)
        if is_goods(link):
            return self._tell(link.identity_uri, keys, caller)
        found = self._describe(link, keys, caller)
        if not found.descriptions and not found.events:
            raise NotFound("lot-unknown", f"nothing is recorded about {link.identity_uri}")
        return found

    def local_story(self, uri: str, caller: Caller | None) -> Story:
        """The story of a lot under a code of an organization's own, by its URI.

        Raises NotFound `lot-unknown`.
        """
        return self._tell(uri, [key_of(uri)], caller)

    def _tell(self, subject: str, keys: Sequence[str], caller: Caller | None) -> Story:
        with self._db.read() as tx:
            rows = [row for row in tx.epcis.events_by_key(keys, MOST_EVENTS) if _names(row, keys)]
            telling = _Telling(tx, caller, {row.org for row in rows})
        events = telling.events(rows)
        if not events:
            raise NotFound("lot-unknown", f"nothing is recorded about {subject}")
        return Story(subject, _product(events), events)

    def _describe(self, link: DigitalLink, keys: Sequence[str], caller: Caller | None) -> Story:
        """A product with its newest lots, a place, or a party."""
        ai, value = link.key
        kind = MASTER_KEYS.get(ai)
        with self._db.read() as tx:
            described: Sequence[MasterRow] = ()
            rows: list[StoredEventRow] = []
            if kind is not None:
                described = tx.masterdata.find_by_gs1_key(kind.value, value)
            if kind is Kind.PRODUCT:
                anchored = tx.anchors.latest_confirmed()
                owners = {row.org for row in described}
                rows = find_lots(tx, value, owners, anchored.size if anchored else 0)
                # some goods are named by their product alone
                named = tx.epcis.events_by_key(keys, MOST_EVENTS)
                rows += [row for row in named if _names(row, keys)]
            orgs = {row.org for row in described} | {row.org for row in rows}
            telling = _Telling(tx, caller, orgs)
        return Story(
            subject=DigitalLink(link.key).identity_uri,
            product={},
            events=telling.events({row.record_pk: row for row in rows}.values()),
            descriptions=telling.descriptions(described),
        )


class _Telling:
    """Rows as the asker may see them, with who recorded them and how far they have come."""

    def __init__(self, tx: Transaction, caller: Caller | None, orgs: Collection[OrgId]) -> None:
        anchored = tx.anchors.latest_confirmed()
        self._anchored_size = anchored.size if anchored is not None else 0
        self._caller = caller
        found = (tx.organizations.find(org) for org in orgs)
        self._profiles = {row.org: row.profile for row in found if row is not None}

    def events(self, rows: Iterable[StoredEventRow]) -> list[StoryEvent]:
        """The events, oldest first, each with the declaration of its error."""
        events = [
            self._event(row)
            for row in sorted(rows, key=lambda row: (row.time_ms, row.record_pk))
            if row.org in self._profiles
        ]
        corrections = find_corrections(
            [Version(one.record_id, one.profile.org, one.event) for one in events]
        )
        return [replace(one, correction=corrections.get(one.record_id)) for one in events]

    def descriptions(self, rows: Iterable[MasterRow]) -> list[StoryDescription]:
        """The master data, oldest first; erased ones are left out."""
        return [
            self._description(row)
            for row in rows
            if row.body is not None and row.org in self._profiles
        ]

    def _event(self, row: StoredEventRow) -> StoryEvent:
        assert row.body is not None
        assert row.salt is not None
        return StoryEvent(
            record_id=row.record_id,
            captured_at=row.captured_at,
            state=self._state(row.leaf_index),
            profile=self._profiles[row.org],
            event=self._disclose(row, KIND),
        )

    def _description(self, row: MasterRow) -> StoryDescription:
        kind = Kind(row.kind)
        return StoryDescription(
            record_id=row.record_id,
            captured_at=row.captured_at,
            state=self._state(row.leaf_index),
            profile=self._profiles[row.org],
            kind=kind,
            value=self._disclose(row, kind.record_kind),
        )

    def _disclose(self, row: StoredEventRow | MasterRow, kind: str) -> dict[str, Any]:
        assert row.body is not None
        assert row.salt is not None
        return disclosed_body(
            record_id=row.record_id,
            kind=kind,
            org=row.org,
            captured_at=row.captured_at,
            body=row.body,
            salt=row.salt,
            audience=audience_of(self._caller, row.org),
        )

    def _state(self, leaf_index: int | None) -> Literal["accepted", "sequenced", "anchored"]:
        return state_of(leaf_index, (leaf_index or 0) < self._anchored_size)


def is_goods(link: DigitalLink) -> bool:
    """Whether a code names something that can be in somebody's hands, a lot, an item, a logistic
    unit, an asset: not a product, a model, a place or a party."""
    ai, present = link.key[0], {name for name, _ in link.qualifiers}
    if ai in ("01", "8006"):
        return not present.isdisjoint(("10", "21", "235"))
    return ai not in ("414", "415", "417", "8013")


def keys_of(link: DigitalLink) -> list[str]:
    """The identifiers under which the steps of a thing's story are filed.

    Items are commonly named without their lot: GTIN and serial suffice (GS1 DL 4.10).
    """
    found = find_identifier(link.identity_uri)
    named = (None, None) if found is None else (found.lot_uri, found.uri)
    return list(dict.fromkeys(key for key in (*named, link.identity_uri) if key is not None))


def _names(row: StoredEventRow, keys: Sequence[str]) -> bool:
    """Whether the event, not merely a hash of a key, names one of the identifiers."""
    if row.body is None or row.salt is None:
        return False
    return any(key in keys for key, _ in event_keys(canonical.parse(row.body)))


def _product(events: Sequence[StoryEvent]) -> dict[str, Any]:
    """Product facts named by the steps themselves; a later step overrides an earlier one, and a
    step declared in error names none."""
    facts: dict[str, Any] = {}
    for step in events:
        if step.correction is not None:
            continue
        ilmd = step.event.get("ilmd")
        if isinstance(ilmd, dict):
            facts.update(ilmd)
    return facts
