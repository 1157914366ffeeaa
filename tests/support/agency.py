"""Agencies with keys of their own that send each other documents, through a running server."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx

from ledger.client.exchange_drafting import (
    CommittedMessage,
    draft_leg,
    draft_message,
    draft_step,
)
from ledger.digest import Digest
from ledger.exchange.description import Description
from ledger.exchange.document import Document, DocumentId
from ledger.exchange.evidence import Arrival, Evidence, ExchangeParty
from ledger.exchange.message import Manifest, Part
from ledger.exchange.reasons import reasons_of
from ledger.exchange.rules import OPENINGS, RULES, LegAction
from ledger.exchange.signed import ZERO, LegKey, Opening, Step
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Purpose
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from ledger.records.record import RecordId

DAY = 86_400


def fresh_signer() -> KeySigner:
    return KeySigner(PrivateKey(secrets.token_bytes(32)))


@dataclass
class Agency:
    """An agency and its three keys."""

    org: OrgId
    organ_id: str
    http: httpx.Client
    keys: dict[Purpose, KeySigner] = field(
        default_factory=lambda: {
            one: fresh_signer() for one in (Purpose.CLERK, Purpose.GATEWAY, Purpose.LEADER)
        }
    )

    @property
    def party(self) -> ExchangeParty:
        return ExchangeParty(self.org, self.organ_id)


@dataclass
class Exchanged:
    """One leg as its parties know it: enough to make the next step."""

    key: LegKey
    sender: Agency
    recipient: Agency
    message: CommittedMessage
    document: Document
    submitted_at: datetime
    domain: Domain
    events: int = 1

    @property
    def leg(self) -> Digest:
        return self.key.leg


def a_document(
    sender: Agency, *recipients: Agency, number: str = "1", version: int = 1, **more: Any
) -> Document:
    at = more.pop("on", date(2026, 3, 2))
    return Document(
        document_id=DocumentId(sender.organ_id, at, number, "UBND-VX"),
        sender=sender.organ_id,
        recipients=tuple(one.organ_id for one in recipients),
        document_type="Công văn",
        version=version,
        **more,
    )


def a_manifest(document: Document) -> Manifest:
    part = Part(
        id="main",
        name="van-ban.pdf",
        media_type="application/pdf",
        size=5,
        digest=Digest(hashlib.sha256(b"plain").digest()),
        blob=Digest(hashlib.sha256(b"sealed").digest()),
    )
    return Manifest(document, Description("V/v kiểm tra"), (part,), {"suite": "none"})


def a_message(sender: Agency, document: Document) -> CommittedMessage:
    return CommittedMessage.commit(a_manifest(document), sender.org, _now())


def submission(
    domain: Domain,
    message: CommittedMessage,
    document: Document,
    sender: Agency,
    *recipients: Agency,
    **terms: Any,
) -> tuple[dict[str, Any], list[Exchanged]]:
    """The body that submits a message to these, and the legs it opens."""
    at = _now()
    now = int(at.timestamp())
    signer = terms.pop("signer", sender.keys[Purpose.CLERK])
    legs: list[dict[str, Any]] = []
    opened: list[Exchanged] = []
    for recipient in recipients:
        key = LegKey(sender.org, recipient.org, secrets.token_bytes(32))
        values = {
            "arrive_by": now + DAY,
            "answer_within": DAY,
            "settle_by": 0,
            "attempts": 3,
            "deadline": now + DAY,
        } | terms
        opening = Opening(
            key=key,
            actor=sender.org,
            action=LegAction.SUBMIT,
            message=message.message,
            evidence=bytes(32),
            **values,
        )
        one = Exchanged(key, sender, recipient, message, document, at, domain)
        legs.append(draft_leg(opening, _evidence(one, opening, at), signer, domain, "sealed key"))
        opened.append(one)
    return draft_message(message, legs), opened


def step(one: Exchanged, action: LegAction, **changes: Any) -> dict[str, Any]:
    """The next step of a leg, signed by whose part it is."""
    rule = RULES[action]
    agency = one.sender if rule.party.value == "sender" else one.recipient
    at = _now()
    reasons = reasons_of(action)
    values: dict[str, Any] = {
        "reason": reasons[0].number if rule.needs_reason else 0,
        "link": secrets.token_bytes(32) if rule.needs_link else ZERO,
        "nonce": one.events,
        "deadline": int(at.timestamp()) + DAY,
        "org": agency.org,
        "actor": agency.org,
    } | changes
    signer = values.pop("signer", agency.keys[rule.purpose])
    wanted = Step(key=one.key, action=action, evidence=bytes(32), **values)
    return draft_step(wanted, _evidence(one, wanted, at), signer, one.domain)


def _evidence(one: Exchanged, signed: Opening | Step, at: datetime) -> Evidence:
    opens = signed.action in OPENINGS
    return Evidence(
        id=RecordId.random(),
        action=signed.action,
        domain=one.domain,
        leg=one.leg,
        sequence=0 if isinstance(signed, Opening) else signed.nonce,
        sender=one.sender.party,
        recipient=one.recipient.party,
        issuer=signed.actor,
        custody="organization",
        event_time=at,
        message=one.message.message,
        document_id=one.document.document_id,
        version=one.document.version,
        submission_time=None if opens else one.submitted_at,
        reason=signed.reason,
        link=Digest(signed.link) if isinstance(signed, Step) and signed.link != ZERO else None,
        arrival=Arrival(7, date(2026, 3, 3)) if signed.action is LegAction.RECEIVE else None,
    )


def _now() -> datetime:
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
