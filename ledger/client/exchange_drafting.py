"""What a party hands in for a leg, made on its own machine: committed to, signed, as JSON.

Nothing here speaks to anybody. The bodies are those of `POST /exchange/messages` and
`POST /exchange/legs/{leg}/steps` and `POST /exchange/mandates` (docs/formats/exchange.md).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from ledger.digest import Digest
from ledger.exchange import erds
from ledger.exchange.evidence import Evidence
from ledger.exchange.mandate import Mandate
from ledger.exchange.message import Manifest
from ledger.exchange.signed import ZERO, Opening, Step
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.identity.signer import DigestSigner
from ledger.records.commitment import RECORD_SALT_BYTES, commit
from ledger.records.disclosure import DisclosedView, disclose
from ledger.records.policy import Audience
from ledger.records.record import Record, RecordId


@dataclass(frozen=True, slots=True)
class CommittedMessage:
    """A manifest as its sender committed to it. Record and salt go to the recipients, sealed; the
    server is given `view`."""

    record: Record
    salt: bytes
    view: DisclosedView

    @classmethod
    def commit(cls, manifest: Manifest, org: OrgId, at: datetime) -> Self:
        """Commit to a manifest with a fresh id and salt."""
        record = manifest.record(RecordId.random(), org, at)
        salt = secrets.token_bytes(RECORD_SALT_BYTES)
        whole = commit(record.envelope(), salt)
        return cls(record, salt, disclose(whole, record.kind, Audience.AGENCY))

    @property
    def message(self) -> Digest:
        """The commitment: `message` of every opening."""
        return self.view.commitment()


def draft_leg(
    opening: Opening,
    evidence: Evidence,
    signer: DigestSigner,
    domain: Domain,
    wrapped_key: str | None = None,
) -> dict[str, Any]:
    """One of the `legs` of a submission. The opening is given with any `evidence`; what is signed
    is the commitment to this one, made with a fresh salt."""
    salt, commitment = _commit(evidence)
    signed = replace(opening, evidence=commitment)
    return {
        "recipient": signed.key.recipient.text,
        "salt": signed.key.salt.hex(),
        **({"actor": signed.actor.text} if signed.actor != signed.key.sender else {}),
        "action": signed.action.name,
        "reason": signed.reason,
        "evidence": commitment.hex(),
        **({"replaces": signed.replaces.hex()} if signed.replaces != ZERO else {}),
        "arriveBy": signed.arrive_by,
        "answerWithin": signed.answer_within,
        "settleBy": signed.settle_by,
        "attempts": signed.attempts,
        "deadline": signed.deadline,
        **_sign(signed, signer, domain),
        "evidenceRecord": _record(evidence, salt),
        **({"wrappedKey": wrapped_key} if wrapped_key is not None else {}),
    }


def draft_message(message: CommittedMessage, legs: list[dict[str, Any]]) -> dict[str, Any]:
    """The body that submits a message with the legs that `draft_leg` made."""
    return {"view": message.view.to_json(), "legs": legs}


def draft_step(
    step: Step, evidence: Evidence, signer: DigestSigner, domain: Domain
) -> dict[str, Any]:
    """The body that takes a step; with `leg` beside it, one of several. As in `draft_leg`, what is
    signed is the commitment to this evidence."""
    salt, commitment = _commit(evidence)
    signed = replace(step, evidence=commitment)
    return {
        "org": signed.org.text,
        **({"actor": signed.actor.text} if signed.actor != signed.org else {}),
        "action": signed.action.name,
        "reason": signed.reason,
        "evidence": commitment.hex(),
        **({"link": signed.link.hex()} if signed.link != ZERO else {}),
        "nonce": signed.nonce,
        "deadline": signed.deadline,
        **_sign(signed, signer, domain),
        "evidenceRecord": _record(evidence, salt),
    }


def draft_mandate(
    mandate: Mandate, nonce: int, deadline: int, signer: DigestSigner, domain: Domain
) -> dict[str, Any]:
    """The body that gives a mandate, or takes it back; `domain` of the contract Mandates."""
    signature = signer.sign_digest(mandate.digest(domain, nonce, deadline))
    return {
        "giver": mandate.giver.text,
        "taker": mandate.taker.text,
        "actions": [one.name for one in mandate.actions],
        "validFrom": mandate.valid_from,
        "validUntil": mandate.valid_until,
        **({"document": mandate.document.hex()} if mandate.document != ZERO else {}),
        "nonce": nonce,
        "deadline": deadline,
        "signer": signer.address,
        "signature": "0x" + signature.hex(),
    }


def _commit(evidence: Evidence) -> tuple[bytes, Digest]:
    salt = secrets.token_bytes(RECORD_SALT_BYTES)
    return salt, erds.commitment(evidence, salt)


def _record(evidence: Evidence, salt: bytes) -> dict[str, Any]:
    return {"envelope": erds.record(evidence).envelope(), "recordSalt": salt.hex()}


def _sign(signed: Opening | Step, signer: DigestSigner, domain: Domain) -> dict[str, str]:
    signature = signer.sign_digest(signed.digest(domain))
    return {"signer": signer.address, "signature": "0x" + signature.hex()}
