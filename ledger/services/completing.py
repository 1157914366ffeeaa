"""Completing: what the national list still asks of a product or of one lot of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.epcis.keys import event_keys, key_of
from ledger.errors import Forbidden, NotFound
from ledger.identity.organization import OrgId
from ledger.masterdata.code import Code
from ledger.masterdata.completeness import Facts, FieldFinding, check_completeness
from ledger.masterdata.kind import Kind
from ledger.masterdata.national_fields import Profile
from ledger.masterdata.party import Party
from ledger.masterdata.place import Place
from ledger.masterdata.product import Product
from ledger.records.policy import Audience
from ledger.services.audience import audience_of
from ledger.services.caller import Caller, Scope
from ledger.services.cataloguing import Cataloguing
from ledger.services.disclosing import disclosed_body
from ledger.services.intake import KIND
from ledger.storage.database import Database
from ledger.storage.epcis import StoredEventRow

MOST_EVENTS = 500
"""Newest events of a lot that are looked at."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """The findings about one product, or about one lot of it."""

    code: str
    lot: str | None
    events: int
    findings: list[FieldFinding]


class Completing:
    """Compares what is recorded with what is asked for."""

    def __init__(self, db: Database, cataloguing: Cataloguing, base_url: str) -> None:
        self._db = db
        self._cataloguing = cataloguing
        self._base_url = base_url

    def check(
        self,
        caller: Caller,
        org: OrgId,
        code: str,
        lot: str | None,
        profiles: frozenset[Profile],
    ) -> Completeness:
        """For the organization itself and for agencies: it reads what others may not see.

        A product without master data is judged by what its code and its events tell: a GTIN stands
        for a product whether or not anybody has described it. Raises NotFound `masterdata-unknown`
        for a local code that neither master data nor events name, Forbidden
        `foreign-organization`.
        """
        caller.require(Scope.READ)
        if not audience_of(caller, org).includes(Audience.AGENCY):
            raise Forbidden("foreign-organization", "this belongs to another organization")
        described = self._cataloguing.find_product(org, code)
        product = described or Product(Code.parse(Kind.PRODUCT, code), name="")
        producer = self._find(Kind.PARTY, org, product.producer)
        place = self._find(Kind.PLACE, org, product.place)
        keys = []
        if lot is not None:
            for name in {product.code, product.gtin or product.code}:
                keys.append(key_of(name.lot_uri(org, self._base_url, lot)))
        elif described is None:
            keys.append(key_of(product.code.uri(org, self._base_url)))
        with self._db.read() as tx:
            row = tx.organizations.find(org)
            rows = tx.epcis.events_by_key(keys, MOST_EVENTS) if keys else []
        events = [
            shown
            for one in rows
            if (shown := _shown(one, org)) and any(key in keys for key, _ in event_keys(shown))
        ]
        if described is None and not product.code.is_gs1 and not events:
            raise NotFound("masterdata-unknown", f"no product {code!r:.80}")
        facts = Facts.of(
            product,
            row.profile.name if row is not None else "",
            producer=producer if isinstance(producer, Party) else None,
            place=place if isinstance(place, Place) else None,
            lot=lot,
            events=events,
        )
        return Completeness(
            product.code.text, lot, len(events), check_completeness(facts, profiles)
        )

    def _find(self, kind: Kind, org: OrgId, code: Code | None) -> object:
        return None if code is None else self._cataloguing.find_item(kind, org, code.text)


def _shown(row: StoredEventRow, org: OrgId) -> dict[str, Any]:
    """The event whole where it is the organization's own, else what everyone may see of it."""
    if row.body is None or row.salt is None:
        return {}
    return disclosed_body(
        record_id=row.record_id,
        kind=KIND,
        org=row.org,
        captured_at=row.captured_at,
        body=row.body,
        salt=row.salt,
        audience=Audience.OWNER if row.org == org else Audience.PUBLIC,
    )
