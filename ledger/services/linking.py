"""Linking: where a scanned code leads, and who may say so.

Two things give the say over an anchor. The company prefix of its key, once the operator has
recorded whose it is; and where nobody's prefix covers the key, having been the first to capture an
event that names the very thing. The first can be checked against a certificate of GS1, the second
only keeps strangers out until it is (docs/decisions).

What is registered below a key is remembered whole, so that the millionth serial number of a product
is answered like the first, and thrown away when any link changes: at once in the process that
changed it, within a second in others.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger import canonical
from ledger.clock import Clock
from ledger.epcis.keys import KeyRole, event_keys
from ledger.errors import Conflict, Forbidden, NotFound
from ledger.gs1.company_prefix import CompanyPrefix, owned_digits, prefixes_of
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.identifier import find_identifier
from ledger.gs1.links import LinkSet, anchors_of
from ledger.identity.organization import OrgId
from ledger.services.caller import Caller, Scope
from ledger.storage.database import Database
from ledger.storage.links import LinkSetRow
from ledger.storage.prefixes import PrefixRow
from ledger.storage.transaction import Transaction

_REMEMBERED_KEYS = 50_000
_MOST_ANCHORS = 200
"""A key with links of more lots and items than this is looked up each time."""
_FRESH_SECONDS = 1.0
_MOST_VERSIONS = 100
_CANDIDATES = 10

_MADE_OR_SEEN = frozenset(
    (KeyRole.EPC, KeyRole.CLASS, KeyRole.OUTPUT, KeyRole.OUTPUT_CLASS, KeyRole.MENTIONED_LOT)
)
"""Roles in which an event speaks for a thing; as an input or a content it is only mentioned."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """Links just set; `created` when the anchor had none."""

    row: LinkSetRow
    created: bool


class Linking:
    """Keeps and finds the links of anchors, and the company prefixes that give the say over them.

    `find_remembered` never waits and belongs on an event loop; everything else asks the database.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, dict[str, LinkSet]] = OrderedDict()
        self._generation = -1
        self._fresh_until = 0.0

    def find_remembered(self, link: DigitalLink) -> tuple[LinkSet, ...] | None:
        """The levels of an identifier, most granular first; None: ask `find`."""
        now = time.monotonic()
        anchors = anchors_of(link)
        with self._lock:
            if now >= self._fresh_until:
                # whoever notices asks; the others rely on what is there until that one is back
                self._fresh_until = now + _FRESH_SECONDS
                return None
            family = self._remembered.get(anchors[-1])
        if family is None:
            return None
        return tuple(family[anchor] for anchor in anchors if anchor in family)

    def find(self, link: DigitalLink) -> tuple[LinkSet, ...]:
        """The levels of an identifier that have links, most granular first."""
        with self._db.read() as tx:
            return self.look_up(tx, [link])[0]

    def look_up(
        self, tx: Transaction, links: Sequence[DigitalLink]
    ) -> Sequence[tuple[LinkSet, ...]]:
        """The levels of each of these identifiers, as `find`: two questions for all of them."""
        generation = tx.links.generation()
        self._notice(generation)
        anchors = [anchors_of(link) for link in links]
        with self._lock:
            known = {one[-1]: self._remembered.get(one[-1]) for one in anchors}
        missing = {
            one[-1]: owned_digits(link)
            for link, one in zip(links, anchors, strict=True)
            if known[one[-1]] is None
        }
        families = {key: family for key, family in known.items() if family is not None}
        if missing:
            families |= self._read(tx, missing, anchors, generation)
        return [
            tuple(families[one[-1]][anchor] for anchor in one if anchor in families[one[-1]])
            for one in anchors
        ]

    def _read(
        self,
        tx: Transaction,
        missing: Mapping[str, str],
        anchors: Sequence[Sequence[str]],
        generation: int,
    ) -> dict[str, dict[str, LinkSet]]:
        """Families by key, `missing` naming the digits of each. Whole ones are remembered; where
        that would be too much to read, only what was asked for is read."""
        rows = tx.links.families(set(missing.values()), _MOST_ANCHORS * len(missing) + 1)
        is_whole = len(rows) <= _MOST_ANCHORS * len(missing)
        if not is_whole:
            asked = [anchor for one in anchors if one[-1] in missing for anchor in one]
            rows = list(tx.links.newest(asked).values())
        families: dict[str, dict[str, LinkSet]] = {key: {} for key in missing}
        for row in rows:
            key = "/".join(row.anchor.split("/", 3)[:3])
            if row.links is not None and key in families:
                families[key][row.anchor] = row.links
        with self._lock:
            if is_whole and generation == self._generation:  # an older snapshot teaches nothing
                for key, family in families.items():
                    if len(family) <= _MOST_ANCHORS:
                        self._remembered[key] = family
                while len(self._remembered) > _REMEMBERED_KEYS:
                    self._remembered.popitem(last=False)
        return families

    def _notice(self, generation: int) -> None:
        """Forget what a change has overtaken."""
        with self._lock:
            if generation > self._generation:
                self._remembered.clear()
                self._generation = generation
            if generation == self._generation:
                self._fresh_until = time.monotonic() + _FRESH_SECONDS

    def get(self, link: DigitalLink) -> LinkSetRow:
        """The links in force of exactly this anchor. Raises NotFound `links-unknown`."""
        with self._db.read() as tx:
            row = tx.links.newest([link.path]).get(link.path)
        if row is None or row.links is None:
            raise NotFound("links-unknown", f"no links are registered for {link.path}")
        return row

    def history(self, link: DigitalLink) -> Sequence[LinkSetRow]:
        """Every version of an anchor's links, newest first, a hundred at most."""
        with self._db.read() as tx:
            return tx.links.history(link.path, _MOST_VERSIONS)

    def put(self, caller: Caller, link: DigitalLink, links: LinkSet) -> Anchored:
        """Replace the links of an anchor; the same links again change nothing.

        Raises Forbidden `key-foreign`, and as `OrganizationStore.check_active`.
        """
        caller.require(Scope.CAPTURE)
        with self._db.write() as tx:
            tx.organizations.check_active(caller.org)
            self._require_say(tx, caller, link)
            standing = tx.links.newest([link.path]).get(link.path)
            if standing is not None and standing.links == links and standing.org == caller.org:
                return Anchored(standing, created=False)
            row = self._next(standing, caller, link, links)
            tx.links.add(row)
        self._forget()
        return Anchored(row, standing is None or standing.links is None)

    def delete(self, caller: Caller, link: DigitalLink) -> None:
        """Take the links of an anchor away; the operator may, too.

        Raises NotFound `links-unknown`, Forbidden `key-foreign`.
        """
        caller.require(Scope.CAPTURE)
        with self._db.write() as tx:
            standing = tx.links.newest([link.path]).get(link.path)
            if standing is None or standing.links is None:
                raise NotFound("links-unknown", f"no links are registered for {link.path}")
            if not (caller.is_operator and Scope.ADMIN in caller.scopes):
                self._require_say(tx, caller, link)
            tx.links.add(self._next(standing, caller, link, None))
        self._forget()

    def grant_prefix(self, caller: Caller, org: OrgId, prefix: CompanyPrefix) -> PrefixRow:
        """Record whose prefix it is; links that others have set below it end.

        Raises Conflict `prefix-taken`, NotFound `organization-unknown`.
        """
        caller.require_operator()
        now = self._clock.now()
        with self._db.write() as tx:
            if tx.organizations.find(org) is None:
                raise NotFound("organization-unknown", f"no organization {org.text}")
            standing = tx.prefixes.find(prefix)
            if standing is not None and standing.org != org:
                raise Conflict("prefix-taken", f"{prefix} belongs to {standing.org.text}")
            if standing is not None:
                return standing
            row = PrefixRow(prefix, org, now, caller.key_id)
            tx.prefixes.grant(row)
            for foreign in tx.links.foreign_under(prefix, org):
                if self._owner(tx, foreign.digits) == org:  # not under a longer prefix of another
                    tx.links.add(
                        LinkSetRow(
                            foreign.anchor, foreign.version + 1, foreign.digits, org, None, now,
                            caller.key_id,
                        )
                    )  # fmt: skip
        self._forget()
        return row

    def end_prefix(self, caller: Caller, org: OrgId, prefix: CompanyPrefix) -> None:
        """End a grant; the links stay until somebody has the say. Raises NotFound
        `prefix-unknown`."""
        caller.require_operator()
        with self._db.write() as tx:
            if not tx.prefixes.end(prefix, org, self._clock.now(), caller.key_id):
                raise NotFound("prefix-unknown", f"{prefix} is not granted to {org.text}")

    def list_prefixes(self, caller: Caller, org: OrgId) -> Sequence[PrefixRow]:
        """The grants of an organization, ended ones included."""
        caller.require_org(org)
        with self._db.read() as tx:
            return tx.prefixes.of(org)

    def _next(
        self,
        standing: LinkSetRow | None,
        caller: Caller,
        link: DigitalLink,
        links: LinkSet | None,
    ) -> LinkSetRow:
        return LinkSetRow(
            anchor=link.path,
            version=1 if standing is None else standing.version + 1,
            digits=owned_digits(link),
            org=caller.org,
            links=links,
            set_at=self._clock.now(),
            set_by=caller.key_id,
        )

    def _require_say(self, tx: Transaction, caller: Caller, link: DigitalLink) -> None:
        owner = self._owner(tx, owned_digits(link))
        if owner is None:
            owner = _first_captor(tx, link)
        if owner != caller.org:
            whose = "nobody's prefix covers it and you did not capture it first"
            if owner is not None:
                whose = f"it belongs to {owner.text}"
            raise Forbidden("key-foreign", f"({link.key[0]}){link.key[1]}: {whose}")

    def _owner(self, tx: Transaction, digits: str) -> OrgId | None:
        row = tx.prefixes.find_owner(prefixes_of(digits))
        return None if row is None else row.org

    def _forget(self) -> None:
        with self._lock:
            self._remembered.clear()
            self._fresh_until = 0.0


def _first_captor(tx: Transaction, link: DigitalLink) -> OrgId | None:
    """Who first captured an event that speaks for exactly this thing."""
    found = find_identifier(link.identity_uri)
    if found is None:
        return None
    for row in tx.epcis.earliest_by_key(found.uri, _CANDIDATES):
        if row.body is None:
            continue
        for key, role in event_keys(canonical.parse(row.body)):
            if key == found.uri and role in _MADE_OR_SEEN:
                return row.org
    return None
