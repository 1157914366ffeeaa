"""Resolving: what was recorded about a lot or an item, as far as the asker may see it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from ledger import canonical
from ledger.epcis.keys import event_keys, key_of
from ledger.errors import NotFound
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import OrgId, Profile
from ledger.records.commitment import commit
from ledger.records.disclosure import disclose
from ledger.records.record import Record, RecordId
from ledger.services.audience import audience_of
from ledger.services.caller import Caller
from ledger.services.correcting import Correction, Version, find_corrections
from ledger.services.intake import KIND
from ledger.services.proving import state_of
from ledger.storage.database import Database
from ledger.storage.epcis import StoredEventRow

MOST_EVENTS = 200
"""Events told in one story; the newest are kept."""
_CANDIDATES = 3
_REMEMBERED = 100_000


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
class Story:
    """What organizations have recorded about a subject, oldest first."""

    subject: str
    product: dict[str, Any]
    events: Sequence[StoryEvent]


class Resolving:
    """Tells the story behind a code."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._known: OrderedDict[str, None] = OrderedDict()

    def story(self, link: DigitalLink, caller: Caller | None) -> Story:
        """The story of a lot, of one item (and its lot), or of a logistic unit.

        Raises NotFound `lot-unknown`.
        """
        return self._tell(link.identity_uri, keys_of(link), caller)

    def local_story(self, uri: str, caller: Caller | None) -> Story:
        """The story of a lot under a code of an organization's own, by its URI.

        Raises NotFound `lot-unknown`.
        """
        return self._tell(uri, [key_of(uri)], caller)

    def _tell(self, subject: str, keys: Sequence[str], caller: Caller | None) -> Story:
        with self._db.read() as tx:
            rows = tx.epcis.events_by_key(keys, MOST_EVENTS)
            if not rows:
                raise NotFound("lot-unknown", f"nothing is recorded about {subject}")
            anchored = tx.anchors.latest_confirmed()
            organizations = {row.org: tx.organizations.find(row.org) for row in rows}
        anchored_size = anchored.size if anchored is not None else 0
        profiles: dict[OrgId, Profile] = {
            org: found.profile for org, found in organizations.items() if found is not None
        }
        events = [
            _tell(row, profiles[row.org], anchored_size, caller)
            for row in sorted(rows, key=lambda row: (row.time_ms, row.record_pk))
            if row.org in profiles and _names(row, keys)
        ]
        if not events:
            raise NotFound("lot-unknown", f"nothing is recorded about {subject}")
        corrections = find_corrections(
            [Version(one.record_id, one.profile.org, one.event) for one in events]
        )
        events = [replace(one, correction=corrections.get(one.record_id)) for one in events]
        return Story(subject, _product(events), events)

    def is_known(self, link: DigitalLink) -> bool:
        """Whether there is a story to tell. Yes is remembered; no is asked again each time."""
        if link.path in self._known:
            return True
        keys = keys_of(link)
        with self._db.read() as tx:
            rows = tx.epcis.events_by_key(keys, _CANDIDATES)
        if not any(_names(row, keys) for row in rows):
            return False
        with self._lock:
            self._known[link.path] = None
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return True

    def is_remembered(self, link: DigitalLink) -> bool:
        """Whether `is_known` would say yes without asking the database."""
        return link.path in self._known


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


def _tell(
    row: StoredEventRow, profile: Profile, anchored_size: int, caller: Caller | None
) -> StoryEvent:
    assert row.body is not None
    assert row.salt is not None
    envelope = Record(
        row.record_id, KIND, row.org, row.captured_at, canonical.parse(row.body)
    ).envelope()
    view = disclose(commit(envelope, row.salt), KIND, audience_of(caller, row.org))
    return StoryEvent(
        record_id=row.record_id,
        captured_at=row.captured_at,
        state=state_of(row.leaf_index, (row.leaf_index or 0) < anchored_size),
        profile=profile,
        event=view.value().get("body", {}),
    )


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
