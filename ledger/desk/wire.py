"""What the server says about a leg, read strictly into values of ours.

Nothing is believed yet: `ledger.desk.checking` judges it. What cannot be read is Unavailable
`server-answer-malformed`: the server speaks another language, which says nothing about the leg.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.clock import parse_time, unix_seconds
from ledger.desk.events import ChainSpot, DeskEvent
from ledger.digest import Digest
from ledger.errors import InvalidInput, Unavailable
from ledger.exchange.message import Routing
from ledger.exchange.rules import OPENINGS, LegAction, LegState
from ledger.exchange.signed import ZERO, LegKey, Opening, Step
from ledger.identity.address import parse_address
from ledger.identity.organization import OrgId
from ledger.records.disclosure import DisclosedView

_REFUSED = "refused"
_MOST_WRAPS = 1000


@dataclass(frozen=True, slots=True)
class ToldLeg:
    """One leg as the server tells it. `message` is what the view commits to."""

    key: LegKey
    message: Digest
    routing: Routing
    view: DisclosedView
    wrapped_key: str | None
    rewrapped: tuple[str, ...]
    replaces: Digest
    events: tuple[DeskEvent, ...]


def read_told_leg(leg: bytes, told: dict[str, Any], events: list[Any]) -> ToldLeg:
    """The answers of `/exchange/legs/{leg}` and `…/events`. Raises Unavailable
    `server-answer-malformed`."""
    try:
        return _read(leg, told, events)
    except (InvalidInput, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unavailable(
            "server-answer-malformed", f"not what such a server says about a leg: {error!s:.200}"
        ) from error


def _read(leg: bytes, told: dict[str, Any], events: list[Any]) -> ToldLeg:
    key = LegKey(OrgId.parse(told["sender"]), OrgId.parse(told["recipient"]), _word(told["salt"]))
    if key.leg != leg:
        raise InvalidInput("leg-content-malformed", "another leg than was asked for")
    view = DisclosedView.from_json(told["view"])
    wrapped = told["wrappedKey"]
    if wrapped is not None and not isinstance(wrapped, str):
        raise InvalidInput("leg-content-malformed", "the wrapped key is no text")
    rewrapped = tuple(one["wrappedKey"] for one in told.get("rewrappedKeys", ()))
    if len(rewrapped) > _MOST_WRAPS or not all(isinstance(one, str) for one in rewrapped):
        raise InvalidInput("leg-content-malformed", "the later wrapped keys are none, or too many")
    message = view.commitment()
    standing = [one for one in events if one["status"] != _REFUSED]
    return ToldLeg(
        key=key,
        message=message,
        routing=Routing.read(view),
        view=view,
        wrapped_key=wrapped,
        rewrapped=rewrapped,
        replaces=Digest(_word(told["replaces"])),
        events=tuple(_read_event(key, message, told, one) for one in standing),
    )


def _read_event(key: LegKey, message: Digest, leg: dict[str, Any], told: Any) -> DeskEvent:
    action = LegAction[told["action"]]
    signature = told["signature"]
    signed: Opening | Step | None = None
    if signature is not None:
        signed = (
            _read_opening(key, message, action, leg, told)
            if action in OPENINGS
            else _read_step(key, action, told)
        )
    record = told["evidenceRecord"]
    return DeskEvent(
        key=key,
        nonce=_number(told["nonce"]),
        action=action,
        state=LegState[told["state"]],
        signed=signed,
        signer=None if signature is None else parse_address(told["signer"]),
        signature=None if signature is None else bytes.fromhex(signature[2:]),
        record=None if record is None else dict(record["envelope"]),
        salt=None if record is None else _word(record["recordSalt"]),
        received_at=unix_seconds(parse_time(told["receivedAt"])),
        spot=_read_spot(told["anchor"]),
    )


def _read_opening(
    key: LegKey, message: Digest, action: LegAction, leg: dict[str, Any], told: Any
) -> Opening:
    """The terms stand in the leg, the rest in the event."""
    opens = action is LegAction.SUBMIT
    return Opening(
        key=key,
        actor=OrgId.parse(told["actor"]),
        action=action,
        message=message,
        evidence=_word(told["evidence"]),
        deadline=_number(told["deadline"]),
        reason=_number(told["reason"]),
        replaces=_word(told["link"]),
        arrive_by=_number(leg["arriveBy"]) if opens else 0,
        answer_within=_number(leg["answerWithin"]) if opens else 0,
        settle_by=_number(leg["settleBy"]) if opens else 0,
        attempts=_number(leg["attempts"]) if opens else 0,
    )


def _read_step(key: LegKey, action: LegAction, told: Any) -> Step:
    return Step(
        key=key,
        org=OrgId.parse(told["org"]),
        actor=OrgId.parse(told["actor"]),
        action=action,
        evidence=_word(told["evidence"]),
        nonce=_number(told["nonce"]),
        deadline=_number(told["deadline"]),
        reason=_number(told["reason"]),
        link=_word(told["link"]),
    )


def _read_spot(told: Any) -> ChainSpot | None:
    if told is None:
        return None
    return ChainSpot(
        block=_number(told["block"]),
        time=_number(told["blockTime"]),
        transaction=Digest.from_hex(told["transaction"].removeprefix("0x")),
        log_index=_number(told["logIndex"]),
        head=Digest.from_hex(told["head"]),
    )


def _word(text: str | None) -> bytes:
    return ZERO if text is None else bytes(Digest.from_hex(text))


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise InvalidInput("leg-content-malformed", "a number is none, or too large")
    return value
