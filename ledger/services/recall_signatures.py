"""What the signatures of a recall are over, and which of them are still to be made."""

from __future__ import annotations

from ledger.digest import Digest
from ledger.epcis.recall import Declared, declaration_nonce, lift_digest
from ledger.records.declaration import Declaration
from ledger.storage.recall_signatures import TargetSignature
from ledger.storage.recalls import RecallRow, RecallState, Target
from ledger.storage.transaction import Transaction

_KINDS = {
    RecallState.SIGNING: Declared.RECALLED,
    RecallState.DECLARING: Declared.RECALLED,
    RecallState.LIFT_SIGNING: Declared.LIFTED,
    RecallState.LIFTING: Declared.LIFTED,
}


def awaited(state: RecallState) -> Declared | None:
    """Which declarations are on their way in this state, if any."""
    return _KINDS.get(state)


def declaration_of(row: RecallRow, kind: Declared, signed: TargetSignature) -> Declaration:
    """The declaration that is the signature's."""
    return Declaration(
        org=row.org,
        subject=signed.subject,
        kind=int(kind),
        reason=reason_of(row, kind),
        nonce=declaration_nonce(row.id, kind, signed.subject),
        deadline=signed.deadline,
        signer=signed.signer,
        signature=signed.signature,
    )


def reason_of(row: RecallRow, kind: Declared) -> Digest:
    """The reason on the chain, of the recall or of its end."""
    return lift_digest(row.digest, row.lift_reason or "") if kind is Declared.LIFTED else row.digest


def find_unsigned(tx: Transaction, row: RecallRow, now: int) -> list[Target]:
    """What is not on the chain yet and has no signature that can still get there."""
    kind = awaited(row.state)
    if kind is None:
        return []
    live = tx.recall_signatures.live(row.pk, kind, now)
    lifting = kind is Declared.LIFTED
    return [
        target
        for target in tx.recalls.targets(row.pk)
        if target.subject not in live and not (target.lifted if lifting else target.declared)
    ]
