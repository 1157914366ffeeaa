"""The agencies this one knows: code (edXML `OrganId`), id in the registry, name.

Entered by the agency. A server that could say which id belongs to a code could have documents
encrypted and sent to itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import IntegrityError

from ledger.desk.store import Transaction
from ledger.errors import Conflict, NotFound
from ledger.exchange.evidence import ExchangeParty
from ledger.identity.organization import OrgId


def put_partner(tx: Transaction, partner: ExchangeParty) -> None:
    """Enter an agency, or correct its name. Raises Conflict `desk-partner-taken` where the code
    stands for another organization, or the organization has another code."""
    try:
        done = tx.execute(
            "INSERT INTO partners VALUES (?, ?, ?) ON CONFLICT (organ_id)"
            " DO UPDATE SET name = excluded.name WHERE org = excluded.org",
            (partner.organ_id, bytes(partner.org), partner.name or partner.organ_id),
        )
    except IntegrityError as error:
        raise Conflict(
            "desk-partner-taken", f"{partner.org.text} is known by another code"
        ) from error
    if done.rowcount == 0:
        raise Conflict("desk-partner-taken", f"{partner.organ_id} stands for another organization")


def get_partner(tx: Transaction, organ_id: str) -> ExchangeParty:
    """The agency of a code. Raises NotFound `desk-partner-unknown`."""
    row = tx.execute("SELECT * FROM partners WHERE organ_id = ?", (organ_id,)).fetchone()
    if row is None:
        raise NotFound("desk-partner-unknown", f"no agency {organ_id} is known here")
    return ExchangeParty(OrgId(row["org"]), row["organ_id"], row["name"])


def find_partner(tx: Transaction, org: bytes) -> ExchangeParty | None:
    """The agency of an organization id."""
    row = tx.execute("SELECT * FROM partners WHERE org = ?", (bytes(org),)).fetchone()
    return None if row is None else ExchangeParty(OrgId(row["org"]), row["organ_id"], row["name"])


def list_partners(tx: Transaction) -> Sequence[ExchangeParty]:
    """All of them, by code."""
    rows = tx.execute("SELECT * FROM partners ORDER BY organ_id").fetchall()
    return [ExchangeParty(OrgId(row["org"]), row["organ_id"], row["name"]) for row in rows]
