"""Declaring recalls: what was decided goes on the chain, subject by subject.

Each pass begins from what is stored and what the journal says. A declaration has its own purpose
and nonce, both made from the recall and the subject: whatever is tried again after a crash is the
same transaction, or one that the contract takes in once. A recall is `declared`, or `lifted`, when
the chain has confirmed every one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from ledger.chain.abi import ContractReverted
from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest
from ledger.epcis.recall import Declared, declaration_nonce
from ledger.errors import LedgerError, Unavailable
from ledger.ports import Journal, TransactionState
from ledger.services.declaring import Declaring
from ledger.services.recall_alerts import lifted
from ledger.services.recall_signatures import declaration_of, reason_of
from ledger.storage.database import Database
from ledger.storage.recall_signatures import TargetSignature
from ledger.storage.recalls import RecallRow, RecallState, Target, TargetKind

_log = structlog.get_logger(__name__)

_AT_ONCE = 64
"""Declarations of one recall that are looked after in one pass."""
_RECALLS_AT_ONCE = 10


class RecallDeclaring:
    """Brings decided recalls, and their ends, onto the chain."""

    def __init__(self, db: Database, clock: Clock, journal: Journal, declaring: Declaring) -> None:
        self._db = db
        self._clock = clock
        self._journal = journal
        self._declaring = declaring

    def run_once(self) -> bool:
        """One step for each recall on its way. True when something was done."""
        with self._db.read() as tx:
            rows = [
                *tx.recalls.in_states(
                    (RecallState.DECLARING, RecallState.LIFTING), _RECALLS_AT_ONCE
                ),
                *tx.recalls.extending(_RECALLS_AT_ONCE),
            ]
        done = [self._try_to_advance(row) for row in rows]
        return any(done)

    def _try_to_advance(self, row: RecallRow) -> bool:
        """One recall that the chain refuses must not keep the others waiting."""
        try:
            return self._advance(row)
        except Unavailable:
            raise  # no node answers: it would be the same with the others
        except LedgerError as error:
            _log.warning("recall not declared", recall=row.id, code=error.code, detail=error.detail)
            return False

    def _advance(self, row: RecallRow) -> bool:
        with self._db.read() as tx:
            targets = tx.recalls.targets(row.pk)
        # What is lifted was recalled: also an extension that the end of the recall has overtaken.
        undeclared = [target for target in targets if not target.declared]
        lifting = row.state is RecallState.LIFTING and not undeclared
        waiting = [target for target in targets if not target.lifted] if lifting else undeclared
        if not waiting:
            self._settle(row, targets)
            return True
        kind = Declared.LIFTED if lifting else Declared.RECALLED
        signed: Mapping[Digest, TargetSignature] | None = None
        if not self._declaring.is_custodial(row.org):
            with self._db.read() as tx:
                signed = tx.recall_signatures.live(row.pk, kind, unix_seconds(self._clock.now()))
            # The others ran out before the chain had them: the organization has to sign again.
            waiting = [target for target in waiting if target.subject in signed]
        done = [self._declare(row, target, kind, signed) for target in waiting[:_AT_ONCE]]
        return any(done)

    def _settle(self, row: RecallRow, targets: Sequence[Target]) -> None:
        """Everything is on the chain. Where more was found in the meantime it is not settled."""
        now = self._clock.now()
        with self._db.write() as tx:
            known, row = row, tx.recalls.get_locked(row.id)
            if row.state is not known.state or len(tx.recalls.targets(row.pk)) != len(targets):
                return  # somebody was quicker; the next pass begins from what is there now
            tx.recalls.settle_extensions(row.pk, now)
            if row.state is RecallState.LIFTING:
                tx.recalls.update(row.pk, RecallState.LIFTED, lifted_at=now)
                goods = [one.name for one in targets if one.kind is TargetKind.GOODS]
                told = [org for org, _ in tx.recalls.told(row.pk)]
                tx.alerts.add(told, lifted(row, goods), now)
            elif row.state is RecallState.DECLARING:
                declared_at = row.declared_at or now  # again, where an extension had to be signed
                tx.recalls.update(row.pk, RecallState.DECLARED, declared_at=declared_at)
        _log.info("recall settled", recall=row.id, state=row.state.value, targets=len(targets))

    def _declare(
        self,
        row: RecallRow,
        target: Target,
        kind: Declared,
        signed: Mapping[Digest, TargetSignature] | None,
    ) -> bool:
        purpose = f"recall/{row.id}/{int(kind)}/{target.subject.hex()}"
        nonce = declaration_nonce(row.id, kind, target.subject)
        entry = self._journal.find_purpose(purpose)
        if entry is not None and entry.state is TransactionState.CONFIRMED:
            self._mark(row, target, kind)
            return True
        if entry is not None and entry.state is not TransactionState.FAILED:
            return False  # under way
        if entry is not None and self._declaring.is_taken_in(row.org, nonce):
            self._mark(row, target, kind)
            return True
        try:
            if signed is not None:
                own = declaration_of(row, kind, signed[target.subject])
                self._declaring.relay_own(own, purpose)
            else:
                reason = reason_of(row, kind)
                self._declaring.declare(
                    row.org, target.subject, int(kind), reason, nonce=nonce, purpose=purpose
                )
        except ContractReverted:
            # A database restored from a backup has forgotten what the chain has not.
            if not self._declaring.is_taken_in(row.org, nonce):
                raise
            self._mark(row, target, kind)
        return True

    def _mark(self, row: RecallRow, target: Target, kind: Declared) -> None:
        with self._db.write() as tx:
            if kind is Declared.LIFTED:
                tx.recalls.mark_lifted(row.pk, target.subject)
            else:
                tx.recalls.mark_declared(row.pk, target.subject)
