"""One event of a leg as its bundle tells it: what was signed, by which key, and in a block of which
time. What a deadline alone made true has no signature.

::

    {"action": "SUBMIT", "time": unix, "signer": "0x…", "signature": "0x…",
     "signed": {"actor", "reason", "message", "evidence", "replaces", "arriveBy", "answerWithin",
                "settleBy", "attempts", "deadline"}}
    {"action": "ARRIVE", …, "signed": {"org", "actor", "reason", "evidence", "link", "nonce",
                                       "deadline"}}
    {"action": "EXPIRE", "time": unix, "signer": null, "signature": null, "signed": null}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.exchange.rules import OPENINGS, RULES, LegAction, LegParty
from ledger.exchange.signed import LegKey, Opening, Step
from ledger.identity.address import parse_address
from ledger.identity.eip712 import SIGNATURE_BYTES
from ledger.identity.organization import OrgId
from ledger.proof.shape import Shape

_MEMBERS = ("action", "time", "signer", "signature", "signed")
_OPENING = (
    "actor",
    "reason",
    "message",
    "evidence",
    "replaces",
    "arriveBy",
    "answerWithin",
    "settleBy",
    "attempts",
    "deadline",
)
_STEP = ("org", "actor", "reason", "evidence", "link", "nonce", "deadline")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed (EIP-55 address), and the 65 bytes."""

    signer: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class LegEvent:
    """One event. `time` is its block's, unix seconds; `signed` and `by` are None for what a
    deadline alone made true."""

    action: LegAction
    time: int
    signed: Opening | Step | None
    by: Signature | None


def event_to_json(event: LegEvent) -> dict[str, Any]:
    """The JSON above."""
    return {
        "action": event.action.name,
        "time": event.time,
        "signer": None if event.by is None else event.by.signer.lower(),
        "signature": None if event.by is None else "0x" + event.by.signature.hex(),
        "signed": _signed_to_json(event.signed),
    }


def read_event(value: Any, key: LegKey, *, at: str, code: str) -> LegEvent:
    """Read one event of that leg. Raises InvalidInput with that code or `leg-content-malformed`."""
    shape = Shape(value, _MEMBERS, code=code, at=at)
    action = LegAction[shape.choice("action", [one.name for one in LegAction if one])]
    time = shape.integer("time")
    rule = RULES.get(action)
    if rule is not None and rule.party is LegParty.ANYONE:
        for name in ("signer", "signature", "signed"):
            if shape.value(name) is not None:
                shape.refuse("nobody signs what a deadline makes true", name)
        return LegEvent(action, time, None, None)
    by = Signature(
        parse_address(shape.address("signer")), shape.chain_bytes("signature", SIGNATURE_BYTES)
    )
    if action in OPENINGS:
        return LegEvent(action, time, _read_opening(shape, key, action), by)
    return LegEvent(action, time, _read_step(shape, key, action), by)


def _signed_to_json(signed: Opening | Step | None) -> dict[str, Any] | None:
    if signed is None:
        return None
    if isinstance(signed, Opening):
        return {
            "actor": signed.actor.text,
            "reason": signed.reason,
            "message": signed.message.hex(),
            "evidence": signed.evidence.hex(),
            "replaces": signed.replaces.hex(),
            "arriveBy": signed.arrive_by,
            "answerWithin": signed.answer_within,
            "settleBy": signed.settle_by,
            "attempts": signed.attempts,
            "deadline": signed.deadline,
        }
    return {
        "org": signed.org.text,
        "actor": signed.actor.text,
        "reason": signed.reason,
        "evidence": signed.evidence.hex(),
        "link": signed.link.hex(),
        "nonce": signed.nonce,
        "deadline": signed.deadline,
    }


def _read_opening(event: Shape, key: LegKey, action: LegAction) -> Opening:
    shape = event.object("signed", _OPENING)
    return Opening(
        key=key,
        actor=OrgId(shape.chain_bytes("actor", 32)),
        action=action,
        message=bytes(shape.digest("message")),
        evidence=bytes(shape.digest("evidence")),
        deadline=shape.integer("deadline"),
        reason=shape.integer("reason"),
        replaces=bytes(shape.digest("replaces")),
        arrive_by=shape.integer("arriveBy"),
        answer_within=shape.integer("answerWithin"),
        settle_by=shape.integer("settleBy"),
        attempts=shape.integer("attempts"),
    )


def _read_step(event: Shape, key: LegKey, action: LegAction) -> Step:
    shape = event.object("signed", _STEP)
    return Step(
        key=key,
        org=OrgId(shape.chain_bytes("org", 32)),
        actor=OrgId(shape.chain_bytes("actor", 32)),
        action=action,
        evidence=bytes(shape.digest("evidence")),
        nonce=shape.integer("nonce"),
        deadline=shape.integer("deadline"),
        reason=shape.integer("reason"),
        link=bytes(shape.digest("link")),
    )
