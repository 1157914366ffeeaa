"""Openings and steps as JSON: what goes to the server, and what is kept of what came from it.

Members are named as in EIP-712 (docs/formats/exchange.md): words are 64 hex digits, organizations
`0x` and 64, actions by name, numbers as numbers. Who reads them names the leg's own key, which is
not repeated in a step.
"""

from __future__ import annotations

from typing import Any

from ledger.exchange.members import Members
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import LegKey, Opening, Step
from ledger.identity.organization import OrgId

_CODE = "leg-content-malformed"
_ORG = 66
_MOST_TIME = 2**53 - 1
_ACTIONS = {action.name: action for action in LegAction}


def write_opening(opening: Opening) -> dict[str, Any]:
    """The members of an opening, with the leg's salt in place of its id."""
    return {
        "sender": opening.key.sender.text,
        "recipient": opening.key.recipient.text,
        "salt": opening.key.salt.hex(),
        "actor": opening.actor.text,
        "action": opening.action.name,
        "reason": opening.reason,
        "message": opening.message.hex(),
        "evidence": opening.evidence.hex(),
        "replaces": opening.replaces.hex(),
        "arriveBy": opening.arrive_by,
        "answerWithin": opening.answer_within,
        "settleBy": opening.settle_by,
        "attempts": opening.attempts,
        "deadline": opening.deadline,
    }


def read_opening(value: Any, at: str = "") -> Opening:
    """The inverse. Raises InvalidInput `leg-content-malformed`."""
    members = Members(value, at, _CODE)
    found = Opening(
        key=LegKey(
            OrgId.parse(members.text("sender", _ORG)),
            OrgId.parse(members.text("recipient", _ORG)),
            bytes(members.digest("salt")),
        ),
        actor=OrgId.parse(members.text("actor", _ORG)),
        action=_read_action(members),
        reason=members.integer("reason", 0, 2**16 - 1),
        message=bytes(members.digest("message")),
        evidence=bytes(members.digest("evidence")),
        replaces=bytes(members.digest("replaces")),
        arrive_by=members.integer("arriveBy", 0, _MOST_TIME),
        answer_within=members.integer("answerWithin", 0, 2**32 - 1),
        settle_by=members.integer("settleBy", 0, _MOST_TIME),
        attempts=members.integer("attempts", 0, 255),
        deadline=members.integer("deadline", 0, _MOST_TIME),
    )
    members.end()
    return found


def write_step(step: Step) -> dict[str, Any]:
    """The members of a step."""
    return {
        "org": step.org.text,
        "actor": step.actor.text,
        "action": step.action.name,
        "reason": step.reason,
        "evidence": step.evidence.hex(),
        "link": step.link.hex(),
        "nonce": step.nonce,
        "deadline": step.deadline,
    }


def read_step(key: LegKey, value: Any, at: str = "") -> Step:
    """The inverse, for a step of that leg. Raises InvalidInput `leg-content-malformed`."""
    members = Members(value, at, _CODE)
    found = Step(
        key=key,
        org=OrgId.parse(members.text("org", _ORG)),
        actor=OrgId.parse(members.text("actor", _ORG)),
        action=_read_action(members),
        reason=members.integer("reason", 0, 2**16 - 1),
        evidence=bytes(members.digest("evidence")),
        link=bytes(members.digest("link")),
        nonce=members.integer("nonce", 0, 2**32 - 1),
        deadline=members.integer("deadline", 0, _MOST_TIME),
    )
    members.end()
    return found


def _read_action(members: Members) -> LegAction:
    action = _ACTIONS.get(members.text("action", 40))
    if action is None:
        members.refuse("no action of a leg", "action")
    return action
