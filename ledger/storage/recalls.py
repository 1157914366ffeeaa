"""Recalls, their targets and their notices in one transaction.

The state here is our own note of how far we are. What counts is on the chain: whoever edits these
rows can neither make nor hide a recall, only delay what was not declared yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from ledger.digest import Digest
from ledger.errors import NotFound
from ledger.identity.organization import OrgId
from ledger.storage.recall_tables import RecallExtensions, RecallNotices, Recalls, RecallTargets
from ledger.storage.tables import core
from ledger.storage.times import from_ms, from_ms_or_none, to_ms

_RECALLS = core(Recalls)
_TARGETS = core(RecallTargets)
_NOTICES = core(RecallNotices)
_EXTENSIONS = core(RecallExtensions)
_CHUNK = 500


class RecallState(StrEnum):
    """Life of a recall; only forward."""

    PROPOSED = "proposed"
    """An authority's first signature; a second is missing. Nobody outside is told."""
    SIGNING = "signing"
    """Decided by an organization that holds its own key, whose signatures are missing. Nobody
    outside is told: until it has signed, it has said nothing."""
    DECLARING = "declaring"
    """Decided; its declarations are on their way to the chain."""
    DECLARED = "declared"
    """The chain has confirmed every one."""
    LIFT_PROPOSED = "lift-proposed"
    """Still in force; an authority's second signature for its end is missing."""
    LIFT_SIGNING = "lift-signing"
    """Still in force; an organization's own signatures for its end are missing."""
    LIFTING = "lifting"
    LIFTED = "lifted"

    @property
    def is_in_force(self) -> bool:
        """Whether it warns: from the decision until the chain has confirmed its end."""
        return self.is_public and self is not RecallState.LIFTED

    @property
    def is_public(self) -> bool:
        """Whether it was decided, and signed."""
        return self not in (RecallState.PROPOSED, RecallState.SIGNING)


_IN_FORCE = _RECALLS.c.state.in_([state.value for state in RecallState if state.is_in_force])


class TargetKind(IntEnum):
    """What a declaration is about. Stored: numbers are never reused."""

    GOODS = 1
    RECORD = 2


@dataclass(frozen=True, slots=True)
class Target:
    """One subject to be declared. `name`: key of goods, or record id."""

    subject: Digest
    kind: TargetKind
    name: str
    declared: bool = False
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class RecallRow:
    """One recall. `content`: the canonical JSON that `digest` is over."""

    pk: int
    id: str
    org: OrgId
    state: RecallState
    content: str
    digest: Digest
    proposed_by: str
    approved_by: str | None
    created_at: datetime
    declared_at: datetime | None
    lift_reason: str | None
    lift_proposed_by: str | None
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One organization's notice of a recall."""

    recall: RecallRow
    org: OrgId
    created_at: datetime
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """Goods that a recall was extended to, since they came of recalled goods after the decision."""

    number: int
    goods: Sequence[str]
    found_at: datetime
    declared_at: datetime | None


class RecallStore:
    """Recalls in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        *,
        recall_id: str,
        org: OrgId,
        state: RecallState,
        content: str,
        digest: Digest,
        proposed_by: str,
        created_at: datetime,
    ) -> int:
        """Store a new recall; its pk."""
        pk = self._connection.execute(
            insert(_RECALLS)
            .values(
                id=recall_id,
                org=bytes(org),
                state=state.value,
                content=content,
                digest=bytes(digest),
                proposed_by=proposed_by,
                created_at=to_ms(created_at),
            )
            .returning(_RECALLS.c.pk)
        ).scalar_one()
        return int(pk)

    def find(self, recall_id: str) -> RecallRow | None:
        """The recall with this id."""
        return self._first(select(_RECALLS).where(_RECALLS.c.id == recall_id))

    def get_locked(self, recall_id: str) -> RecallRow:
        """The recall, held against others who would change its state. Raises NotFound
        `recall-unknown`."""
        found = self._first(select(_RECALLS).where(_RECALLS.c.id == recall_id).with_for_update())
        if found is None:
            raise NotFound("recall-unknown", f"no recall {recall_id!r:.60}")
        return found

    def find_open(self, org: OrgId, digest: Digest) -> RecallRow | None:
        """The organization's recall with exactly this content that is not lifted."""
        return self._first(
            select(_RECALLS).where(
                _RECALLS.c.org == bytes(org),
                _RECALLS.c.digest == bytes(digest),
                _RECALLS.c.state != RecallState.LIFTED.value,
            )
        )

    def in_states(self, states: Iterable[RecallState], limit: int) -> Sequence[RecallRow]:
        """Recalls in one of these states, newest first."""
        return self._all(
            select(_RECALLS)
            .where(_RECALLS.c.state.in_([state.value for state in states]))
            .order_by(_RECALLS.c.pk.desc())
            .limit(limit)
        )

    def naming(self, name: str, limit: int) -> Sequence[RecallRow]:
        """Recalls that these goods are in, newest first."""
        return self._all(
            select(_RECALLS)
            .join(_TARGETS, _TARGETS.c.recall_pk == _RECALLS.c.pk)
            .where(_TARGETS.c.name == name)
            .order_by(_RECALLS.c.pk.desc())
            .limit(limit)
        )

    def any_in_force(self) -> bool:
        """Whether there is any recall in force."""
        return self._first(select(_RECALLS).where(_IN_FORCE)) is not None

    def in_force_of(self, names: Iterable[str]) -> Sequence[tuple[str, RecallRow]]:
        """Recalls in force that any of these goods are in, each with the goods, by name."""
        wanted = sorted(set(names))
        if (
            self._connection.execute(select(_RECALLS.c.pk).where(_IN_FORCE).limit(1)).first()
            is None
        ):
            return []
        found: list[tuple[str, RecallRow]] = []
        for start in range(0, len(wanted), _CHUNK):
            rows = self._connection.execute(
                select(_RECALLS, _TARGETS.c.name)
                .join(_TARGETS, _TARGETS.c.recall_pk == _RECALLS.c.pk)
                .where(
                    _TARGETS.c.name.in_(wanted[start : start + _CHUNK]),
                    _TARGETS.c.kind == int(TargetKind.GOODS),
                    _IN_FORCE,
                )
                .order_by(_TARGETS.c.name, _RECALLS.c.pk)
            )
            found += [(row.name, _recall(row)) for row in rows]
        return found

    def extending(self, limit: int) -> Sequence[RecallRow]:
        """Recalls in force with an extension that the chain has not confirmed yet."""
        open_ones = select(_EXTENSIONS.c.recall_pk).where(_EXTENSIONS.c.declared_at.is_(None))
        states = (RecallState.DECLARED.value, RecallState.LIFT_PROPOSED.value)
        return self._all(
            select(_RECALLS)
            .where(_RECALLS.c.pk.in_(open_ones), _RECALLS.c.state.in_(states))
            .order_by(_RECALLS.c.pk.desc())
            .limit(limit)
        )

    def add_extension(self, pk: int, goods: Sequence[str], at: datetime) -> int:
        """Note that a recall, which the caller holds locked, covers these goods too; its number."""
        number = 1 + len(self.extensions(pk))
        self._connection.execute(
            insert(_EXTENSIONS).values(
                recall_pk=pk,
                number=number,
                goods=json.dumps(list(goods), ensure_ascii=False),
                found_at=to_ms(at),
            )
        )
        return number

    def extensions(self, pk: int) -> Sequence[ExtensionRow]:
        """What a recall was extended to, in order."""
        rows = self._connection.execute(
            select(_EXTENSIONS).where(_EXTENSIONS.c.recall_pk == pk).order_by(_EXTENSIONS.c.number)
        )
        return [
            ExtensionRow(
                row.number,
                json.loads(row.goods),
                from_ms(row.found_at),
                from_ms_or_none(row.declared_at),
            )
            for row in rows
        ]

    def settle_extensions(self, pk: int, at: datetime) -> None:
        """The chain has confirmed everything declared for a recall."""
        self._connection.execute(
            update(_EXTENSIONS)
            .where(_EXTENSIONS.c.recall_pk == pk, _EXTENSIONS.c.declared_at.is_(None))
            .values(declared_at=to_ms(at))
        )

    def update(self, pk: int, state: RecallState, **values: Any) -> None:
        """Move a recall to another state."""
        times = {name: to_ms(v) if isinstance(v, datetime) else v for name, v in values.items()}
        self._connection.execute(
            update(_RECALLS).where(_RECALLS.c.pk == pk).values(state=state.value, **times)
        )

    def add_targets(self, pk: int, targets: Iterable[Target]) -> None:
        """What is to be declared for a recall."""
        rows = [
            {
                "recall_pk": pk,
                "subject": bytes(target.subject),
                "kind": int(target.kind),
                "name": target.name,
                "declared": False,
                "lifted": False,
            }
            for target in targets
        ]
        if rows:
            self._connection.execute(insert(_TARGETS), rows)

    def targets(self, pk: int) -> Sequence[Target]:
        """Everything declared or to be declared, goods first, by name."""
        rows = self._connection.execute(
            select(_TARGETS)
            .where(_TARGETS.c.recall_pk == pk)
            .order_by(_TARGETS.c.kind, _TARGETS.c.name)
        )
        return [
            Target(Digest(row.subject), TargetKind(row.kind), row.name, row.declared, row.lifted)
            for row in rows
        ]

    def mark_declared(self, pk: int, subject: Digest) -> None:
        """The chain has confirmed the recall of this subject."""
        self._mark(pk, subject, declared=True)

    def mark_lifted(self, pk: int, subject: Digest) -> None:
        """The chain has confirmed the end of the recall of this subject."""
        self._mark(pk, subject, lifted=True)

    def add_notices(self, pk: int, orgs: Iterable[OrgId], at: datetime) -> None:
        """Whom the recall concerns."""
        rows = [{"recall_pk": pk, "org": bytes(org), "created_at": to_ms(at)} for org in orgs]
        if rows:
            self._connection.execute(insert(_NOTICES), rows)

    def notices(self, org: OrgId, limit: int) -> Sequence[NoticeRow]:
        """The recalls that concern an organization, newest first."""
        rows = self._connection.execute(
            select(_RECALLS, _NOTICES.c.created_at.label("told_at"), _NOTICES.c.acknowledged_at)
            .join(_NOTICES, _NOTICES.c.recall_pk == _RECALLS.c.pk)
            .where(_NOTICES.c.org == bytes(org))
            .order_by(_RECALLS.c.pk.desc())
            .limit(limit)
        )
        return [
            NoticeRow(_recall(row), org, from_ms(row.told_at), from_ms_or_none(row.acknowledged_at))
            for row in rows
        ]

    def told(self, pk: int) -> Sequence[tuple[OrgId, datetime | None]]:
        """Who was told of a recall, and when each acknowledged it."""
        rows = self._connection.execute(
            select(_NOTICES.c.org, _NOTICES.c.acknowledged_at)
            .where(_NOTICES.c.recall_pk == pk)
            .order_by(_NOTICES.c.org)
        )
        return [(OrgId(row.org), from_ms_or_none(row.acknowledged_at)) for row in rows]

    def acknowledge(self, pk: int, org: OrgId, key_id: str, at: datetime) -> bool:
        """Note that the organization knows; the first time counts. False if it was never told."""
        place = (_NOTICES.c.recall_pk == pk, _NOTICES.c.org == bytes(org))
        self._connection.execute(
            update(_NOTICES)
            .where(*place, _NOTICES.c.acknowledged_at.is_(None))
            .values(acknowledged_at=to_ms(at), acknowledged_by=key_id)
        )
        found = self._connection.execute(
            select(func.count()).select_from(_NOTICES).where(*place)
        ).scalar_one()
        return bool(found)

    def _mark(self, pk: int, subject: Digest, **values: bool) -> None:
        self._connection.execute(
            update(_TARGETS)
            .where(_TARGETS.c.recall_pk == pk, _TARGETS.c.subject == bytes(subject))
            .values(**values)
        )

    def _first(self, query: Select[Any]) -> RecallRow | None:
        row = self._connection.execute(query.order_by(_RECALLS.c.pk.desc()).limit(1)).first()
        return None if row is None else _recall(row)

    def _all(self, query: Select[Any]) -> Sequence[RecallRow]:
        return [_recall(row) for row in self._connection.execute(query)]


def _recall(row: Any) -> RecallRow:
    return RecallRow(
        pk=row.pk,
        id=row.id,
        org=OrgId(row.org),
        state=RecallState(row.state),
        content=row.content,
        digest=Digest(row.digest),
        proposed_by=row.proposed_by,
        approved_by=row.approved_by,
        created_at=from_ms(row.created_at),
        declared_at=from_ms_or_none(row.declared_at),
        lift_reason=row.lift_reason,
        lift_proposed_by=row.lift_proposed_by,
        lifted_at=from_ms_or_none(row.lifted_at),
    )
