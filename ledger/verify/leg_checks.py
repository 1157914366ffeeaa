"""Checks 2 to 7 of a leg's bundle: what was said and signed, and that the contract keeps just that.

None of them asks anybody: they hold or fail by the file alone, up to the root of the state in which
the head was proven. That this state is the chain's is for `ledger.verify.leg_chain_checks`.
"""

from __future__ import annotations

from ledger.digest import Digest, sha256
from ledger.errors import LedgerError, VerificationFailed
from ledger.exchange import erds
from ledger.exchange.leg import Leg
from ledger.exchange.message import KIND
from ledger.exchange.rules import LegAction, LegState
from ledger.exchange.signed import Opening
from ledger.identity.eip712 import recover
from ledger.proof.leg_bundle import LegBundle
from ledger.proof.state_proof import check_slot, leg_head_slot
from ledger.records.commitment import commitment_of
from ledger.verify.finding import Finding
from ledger.verify.leg_report import passed
from ledger.verify.report import Outcome


def opening_of(bundle: LegBundle) -> Opening:
    """What opened the leg. Raises VerificationFailed `leg-history-illegal`."""
    signed = bundle.events[0].signed
    if not isinstance(signed, Opening):
        raise VerificationFailed("leg-history-illegal", "the first event does not open the leg")
    return signed


def check_message(bundle: LegBundle) -> Finding:
    """Check 2: the manifest is the one committed to, of the sender, whatever it withholds."""
    opening = opening_of(bundle)
    if bundle.message.commitment() != opening.message:
        raise VerificationFailed("leg-message-differs", "not the message that was signed")
    shown = dict(bundle.message.members())
    expected = {"/v": 1, "/kind": KIND, "/org": bundle.key.sender.text}
    for pointer, value in expected.items():
        if shown.get(pointer) != value or type(shown[pointer]) is not type(value):
            raise VerificationFailed("leg-message-differs", f"{pointer} is not {value!r}")
    withheld = bundle.message.n - len(shown)
    return passed(f"{len(shown)} members of its manifest disclosed, {withheld} withheld")


def check_documents(bundle: LegBundle) -> Finding:
    """Check 3: every file in the bundle is the part of the message it says it is."""
    if not bundle.documents:
        return Finding.skipped("the bundle holds no documents")
    body = bundle.message.value().get("body")
    parts = body.get("parts") if isinstance(body, dict) else None
    for number, (_, content) in bundle.documents.items():
        part = parts[number] if isinstance(parts, list) and number < len(parts) else None
        if not isinstance(part, dict) or part.get("digest") != sha256(content).hex():
            raise VerificationFailed(
                "leg-document-differs", f"document {number} is not the one that was sent"
            )
    return passed(f"{len(bundle.documents)} documents as they were sent")


def check_signatures(bundle: LegBundle) -> Finding:
    """Check 4: each event was signed by the key it names, for this leg, contract and chain."""
    count = 0
    for number, event in enumerate(bundle.events):
        if event.signed is None or event.by is None:
            continue
        if recover(event.signed.digest(bundle.domain), event.by.signature) != event.by.signer:
            raise VerificationFailed(
                "leg-signature-invalid", f"event {number} was not signed by {event.by.signer}"
            )
        count += 1
    return passed(f"{count} events signed, {len(bundle.events) - count} made true by a deadline")


def check_evidence(bundle: LegBundle) -> Finding:
    """Check 5: each record of evidence is the one committed to, and tells of its event."""
    for number, evidence in bundle.evidence.items():
        signed = bundle.events[number].signed if number < len(bundle.events) else None
        if signed is None:
            raise VerificationFailed("evidence-differs", f"evidence {number} is of no event")
        said = erds.read_record(evidence.envelope)
        if commitment_of(evidence.envelope, evidence.salt) != signed.evidence:
            raise VerificationFailed(
                "evidence-differs", f"evidence {number} is not the one that was signed"
            )
        said.check_describes(signed)
        if said.domain != bundle.domain:
            raise VerificationFailed("evidence-differs", f"evidence {number} is of another chain")
    missing = sum(event.signed is not None for event in bundle.events) - len(bundle.evidence)
    detail = f"{len(bundle.evidence)} records as they were signed"
    if missing:
        return passed(f"{detail}, {missing} missing", "evidence-missing")
    return passed(detail)


def replay(bundle: LegBundle) -> Leg:
    """Check 6: the leg after all its events, each of which its rules allow where it stands.

    What other legs it refers to is the contract's to know; that it was satisfied shows in the
    head. Raises VerificationFailed `leg-history-illegal`.
    """
    try:
        return _replay(bundle)
    except LedgerError as error:
        raise VerificationFailed("leg-history-illegal", str(error)) from error


def _replay(bundle: LegBundle) -> Leg:
    opening, domain, own = opening_of(bundle), bundle.domain, bundle.key.leg
    first, *rest = bundle.events
    leg = Leg.open(opening, domain, first.time, lambda _: _other(_, own), recipient=True)
    before = first.time
    for event in rest:
        if event.time < before:
            raise VerificationFailed("leg-history-illegal", "an event is older than the one before")
        before = event.time
        if event.signed is None:
            lapse = leg.expire if event.action is LegAction.EXPIRE else leg.mark_overdue
            leg = lapse(own, event.time)
        elif isinstance(event.signed, Opening):
            raise VerificationFailed("leg-history-illegal", "a leg is opened once")
        else:
            leg = leg.act(event.signed, domain, event.time, lambda _: LegState.SUBMITTED)
    return leg


def _other(leg: bytes, own: bytes) -> LegState:
    return LegState.NONE if leg == own else LegState.SUBMITTED


def check_head(bundle: LegBundle, leg: Leg) -> Finding:
    """Check 7: the contract keeps the head that these events make, in the named block's state."""
    anchor = bundle.anchor
    (header,) = (one for one in anchor.headers if one.number == anchor.block)
    slot = leg_head_slot(bundle.key.leg)
    kept = check_slot(header.state_root, bundle.domain.verifying_contract, slot, anchor.proof)
    if Digest(kept) != leg.head:
        raise VerificationFailed(
            "leg-head-differs", "the contract holds another history of this leg"
        )
    if bundle.events[-1].time > header.time:
        raise VerificationFailed("leg-head-differs", "an event is newer than the block")
    return Finding(Outcome.PASS, f"{leg.events} events in the state of block {anchor.block}")
