"""Signing recalls: an organization that holds its own key signs every declaration itself.

What is recalled is decided as for others; then it waits (`signing`) until the organization has
handed in a signature for each subject, made on its own machine. Only then is anything told or sent
to the chain. A signature that runs out before the chain has it is asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.clock import Clock, unix_seconds
from ledger.epcis.recall import Declared
from ledger.errors import Conflict, Forbidden, InvalidInput
from ledger.identity.organization import Role
from ledger.services.caller import Caller
from ledger.services.declaring import Declaring
from ledger.services.recall_signatures import awaited, declaration_of, find_unsigned
from ledger.services.recalling import Recalling, RecallView
from ledger.storage.database import Database
from ledger.storage.recall_signatures import TargetSignature
from ledger.storage.recalls import RecallRow, RecallState


class RecallSigning:
    """Takes the signatures of organizations that hold their own keys."""

    def __init__(
        self, db: Database, clock: Clock, recalling: Recalling, declaring: Declaring
    ) -> None:
        self._db = db
        self._clock = clock
        self._recalling = recalling
        self._declaring = declaring

    def sign(
        self, caller: Caller, recall_id: str, signatures: Sequence[TargetSignature]
    ) -> RecallView:
        """Take signatures of the declarations of a recall, or of its end. All of them hold, or none
        is kept; the same again changes nothing. With the last one the recall goes to the chain.

        Goods may have gone on since the recall was decided: where they did, what they went into is
        added, and the answer says what is still to be signed. For an authority the signer is
        another than who signed the proposal. Raises Conflict `recall-state`, InvalidInput
        `recall-target-unknown` or `declaration-deadline`, VerificationFailed, Forbidden
        `signer-not-registered` or `recall-second-person`.
        """
        row = self._recalling.get_own(caller, recall_id)
        kind = awaited(row.state)
        if kind is None or self._declaring.is_custodial(row.org):
            raise Conflict("recall-state", f"there is nothing to sign: it is {row.state.value}")
        self._check(caller, row, kind, signatures)
        affected, found = None, []
        if row.state is RecallState.SIGNING:
            affected = self._recalling.find_affected(caller, row)
            found = self._recalling.targets_of(affected)
        now = self._clock.now()
        with self._db.write() as tx:
            row = tx.recalls.get_locked(recall_id)
            if awaited(row.state) is not kind:
                raise Conflict("recall-state", f"the recall is {row.state.value}")
            tx.recall_signatures.put(row.pk, kind, signatures)
            if affected is not None and row.state is RecallState.SIGNING:
                known = {target.subject for target in tx.recalls.targets(row.pk)}
                tx.recalls.add_targets(row.pk, [t for t in found if t.subject not in known])
            if not find_unsigned(tx, row, unix_seconds(now)):
                if row.state is RecallState.SIGNING and affected is not None:
                    tx.recalls.update(row.pk, RecallState.DECLARING)
                    self._recalling.tell(tx, row, affected, now)
                elif row.state is RecallState.LIFT_SIGNING:
                    tx.recalls.update(row.pk, RecallState.LIFTING)
        return self._recalling.view(recall_id, caller)

    def _check(
        self,
        caller: Caller,
        row: RecallRow,
        kind: Declared,
        signatures: Sequence[TargetSignature],
    ) -> None:
        with self._db.read() as tx:
            subjects = {target.subject for target in tx.recalls.targets(row.pk)}
            proposal = tx.recall_signatures.find_proposal(row.pk, kind)
        for index, one in enumerate(signatures):
            at = f"/signatures/{index}"
            if one.subject not in subjects:
                raise InvalidInput(
                    "recall-target-unknown",
                    f"{one.subject.hex()} is no subject of this recall",
                    pointer=f"{at}/subject",
                )
            if caller.roles & Role.AUTHORITY and (
                proposal is None or proposal.signer.lower() == one.signer.lower()
            ):
                raise Forbidden(
                    "recall-second-person", "the key that signed the proposal cannot declare it"
                )
            try:
                self._declaring.check_own(declaration_of(row, kind, one))
            except InvalidInput as fault:
                fault.pointer = f"{at}{fault.pointer or ''}"
                raise
