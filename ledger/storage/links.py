"""Links of anchors, as versions that are only ever added to."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text

from ledger.gs1.links import Link, LinkSet
from ledger.identity.organization import OrgId
from ledger.storage.link_tables import LinkSets
from ledger.storage.tables import core
from ledger.storage.times import from_ms, to_ms

_SETS = core(LinkSets)
_OTHERS = _SETS.alias("others")
_IS_NEWEST = _SETS.c.version == (
    select(func.max(_OTHERS.c.version)).where(_OTHERS.c.anchor == _SETS.c.anchor).scalar_subquery()
)
_NEWEST = select(_SETS).where(_SETS.c.anchor.in_(bindparam("anchors", expanding=True)), _IS_NEWEST)
_FAMILIES = (
    select(_SETS)
    .where(
        _SETS.c.digits.in_(bindparam("digits", expanding=True)),
        _SETS.c.body.is_not(None),
        _IS_NEWEST,
    )
    .limit(bindparam("most"))
)
_GENERATION = select(func.max(_SETS.c.pk))
_AFTER_DIGITS = ":"
"""Sorts right after every digit: the end of a range of digit strings."""


@dataclass(frozen=True, slots=True)
class LinkSetRow:
    """One version. `links` None: the anchor has none from then on."""

    anchor: str
    version: int
    digits: str
    org: OrgId
    links: LinkSet | None
    set_at: datetime
    set_by: str


class LinkStore:
    """Link sets in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def generation(self) -> int:
        """A number that grows with every change of any link."""
        return int(self._connection.execute(_GENERATION).scalar() or 0)

    def newest(self, anchors: Sequence[str]) -> dict[str, LinkSetRow]:
        """The version in force of each of these anchors that ever had one."""
        rows = self._connection.execute(_NEWEST, {"anchors": list(anchors)})
        return {row.anchor: _row(row) for row in rows}

    def families(self, digits: Collection[str], limit: int) -> Sequence[LinkSetRow]:
        """Links in force of every anchor whose key has some of these digits, at most `limit`."""
        rows = self._connection.execute(_FAMILIES, {"digits": list(digits), "most": limit})
        return [_row(row) for row in rows]

    def history(self, anchor: str, limit: int) -> Sequence[LinkSetRow]:
        """Versions of one anchor, newest first."""
        rows = self._connection.execute(
            select(_SETS)
            .where(_SETS.c.anchor == anchor)
            .order_by(_SETS.c.version.desc())
            .limit(limit)
        )
        return [_row(row) for row in rows]

    def add(self, row: LinkSetRow) -> None:
        """Record a version; its number being taken ends in Conflict `storage-duplicate`.

        On PostgreSQL writers wait for each other, so that `generation` grows in the order in which
        changes become visible.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("LOCK TABLE link_sets IN SHARE ROW EXCLUSIVE MODE"))
        self._connection.execute(
            insert(_SETS).values(
                anchor=row.anchor,
                version=row.version,
                digits=row.digits,
                org=bytes(row.org),
                body=None if row.links is None else _encode(row.links),
                set_at=to_ms(row.set_at),
                set_by=row.set_by,
            )
        )

    def foreign_under(self, prefix: str, owner: OrgId) -> Sequence[LinkSetRow]:
        """Links in force below a prefix that another organization than its owner has set."""
        rows = self._connection.execute(
            select(_SETS).where(
                _SETS.c.digits >= prefix,
                _SETS.c.digits < prefix + _AFTER_DIGITS,
                _SETS.c.org != bytes(owner),
                _SETS.c.body.is_not(None),
                _IS_NEWEST,
            )
        )
        return [_row(row) for row in rows]


def _encode(links: LinkSet) -> str:
    return json.dumps(
        {
            "description": links.description,
            "default": links.default_type,
            "links": [
                [link.type, link.href, link.title, link.hreflang, link.media_type, link.context]
                for link in links.links
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _row(row: Any) -> LinkSetRow:
    return LinkSetRow(
        anchor=row.anchor,
        version=row.version,
        digits=row.digits,
        org=OrgId(row.org),
        links=None if row.body is None else _decode(row.anchor, row.body),
        set_at=from_ms(row.set_at),
        set_by=row.set_by,
    )


def _decode(anchor: str, body: str) -> LinkSet:
    kept = json.loads(body)
    links = tuple(
        Link(name, href, title, tuple(hreflang), media_type, tuple(context))
        for name, href, title, hreflang, media_type, context in kept["links"]
    )
    return LinkSet(anchor, kept["description"], kept["default"], links)
