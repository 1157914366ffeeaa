"""What organizations that hold their own keys have signed for recalls, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from ledger.digest import Digest
from ledger.storage.recall_signature_tables import RecallProposals, RecallSignatures
from ledger.storage.tables import core
from ledger.storage.upsert import insert_into

_SIGNATURES = core(RecallSignatures)
_PROPOSALS = core(RecallProposals)


@dataclass(frozen=True, slots=True)
class TargetSignature:
    """The signature of one declaration; `deadline` in unix seconds."""

    subject: Digest
    deadline: int
    signer: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal; `kind` as declared, `signed_at` in unix seconds."""

    kind: int
    signed_at: int
    signer: str
    signature: bytes


class RecallSignatureStore:
    """Signatures and proposals in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, recall_pk: int, kind: int, signatures: Sequence[TargetSignature]) -> None:
        """Keep the signatures; a newer one of the same subject replaces the older."""
        for one in signatures:
            place = {"recall_pk": recall_pk, "kind": kind, "subject": bytes(one.subject)}
            values = {
                "deadline": one.deadline,
                "signer": one.signer,
                "signature": one.signature,
            }
            self._connection.execute(
                insert_into(self._connection.dialect.name, _SIGNATURES)
                .values(**place, **values)
                .on_conflict_do_update(index_elements=list(place), set_=values)
            )

    def live(self, recall_pk: int, kind: int, now: int) -> dict[Digest, TargetSignature]:
        """The signatures whose deadline is after `now`, by subject."""
        columns = _SIGNATURES.c
        rows = self._connection.execute(
            select(_SIGNATURES).where(
                columns.recall_pk == recall_pk, columns.kind == kind, columns.deadline > now
            )
        )
        return {
            Digest(row.subject): TargetSignature(
                Digest(row.subject), row.deadline, row.signer, bytes(row.signature)
            )
            for row in rows
        }

    def add_proposal(self, recall_pk: int, row: ProposalRow) -> None:
        """Keep a proposal."""
        self._connection.execute(
            insert(_PROPOSALS).values(
                recall_pk=recall_pk,
                kind=row.kind,
                signed_at=row.signed_at,
                signer=row.signer,
                signature=row.signature,
            )
        )

    def find_proposal(self, recall_pk: int, kind: int) -> ProposalRow | None:
        """The proposal of a recall, or of its end."""
        row = self._connection.execute(
            select(_PROPOSALS).where(_PROPOSALS.c.recall_pk == recall_pk, _PROPOSALS.c.kind == kind)
        ).first()
        if row is None:
            return None
        return ProposalRow(row.kind, row.signed_at, row.signer, bytes(row.signature))
