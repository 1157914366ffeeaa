"""A leg and its life, pure: what the contract DocumentExchange decides, decided the same way.

Nothing here knows keys or signatures (`ledger.exchange.authority` does). Every refusal carries the
code that is the contract's error in other spelling: `LegActionIllegal` is `leg-action-illegal`.
Checks come in the contract's order, so that both name the same fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntFlag

from ledger.digest import Digest
from ledger.errors import Conflict, Forbidden, InvalidInput, LedgerError
from ledger.exchange.rules import (
    ON_THE_WAY,
    OPENINGS,
    RULES,
    UNANSWERED,
    LegAction,
    LegParty,
    LegRule,
    LegState,
)
from ledger.exchange.signed import ZERO, LegKey, Opening, Step, chain_head, lapse_digest
from ledger.identity.eip712 import Domain

TIME_MAX = 2**48 - 1
"""The largest time a leg can hold, unix seconds."""

Standing = Callable[[bytes], LegState]
"""In which state the leg of an id is; NONE for one that was never opened."""


class LegMark(IntFlag):
    """What was noted about a leg for ever."""

    ARRIVAL_OVERDUE = 1
    ANSWER_OVERDUE = 2
    SETTLEMENT_OVERDUE = 4
    SUPERSESSION_ANSWERED = 8
    ERASED_BY_SENDER = 16
    ERASED_BY_RECIPIENT = 32
    RECALL_ANSWER_OVERDUE = 64


@dataclass(frozen=True, slots=True)
class Leg:
    """What is known of a leg: the contract's `Leg`, field for field. Times in unix seconds.

    `previous` is the state a recall was asked in. `answer_by` is 0 until the message arrived; while
    a recall is asked it is when that must be answered. `head` is the hash chain over all events.
    """

    state: LegState
    previous: LegState
    failures: int
    attempts: int
    marks: LegMark
    events: int
    arrive_by: int
    answer_within: int
    answer_by: int
    settle_by: int
    head: Digest

    @classmethod
    def open(
        cls, opening: Opening, domain: Domain, now: int, standing: Standing, *, recipient: bool
    ) -> Leg:
        """The leg this opening makes in a block of time `now`; `recipient` tells whether the
        recipient is an active organization. Raises Conflict, InvalidInput or Forbidden."""
        leg = opening.key.leg
        if standing(leg) is not LegState.NONE:
            raise Conflict("leg-already-opened", "the leg was opened before")
        _check_opening(opening, now, standing, recipient=recipient)
        state, _ = OPENINGS[opening.action]
        return cls(
            state=state,
            previous=LegState.NONE,
            failures=0,
            attempts=opening.attempts,
            marks=LegMark(0),
            events=1,
            arrive_by=opening.arrive_by,
            answer_within=opening.answer_within,
            answer_by=0,
            settle_by=opening.settle_by,
            head=chain_head(ZERO, opening.digest(domain), state, now),
        )

    def check(self, step: Step) -> LegRule:
        """The rule of a step that is legal, well-formed and of the right party; authority apart.
        Raises Conflict, InvalidInput or Forbidden."""
        rule = RULES.get(step.action)
        if rule is None or rule.party is LegParty.ANYONE or self.state not in rule.states:
            raise self._illegal(step.action)
        if step.nonce != self.events:
            raise Conflict(
                "leg-nonce-invalid", f"the leg has {self.events} events, the step is {step.nonce}"
            )
        _check_party(step, rule)
        if rule.needs_reason is not (step.reason != 0):
            raise _reason_invalid(step.action)
        if step.evidence == ZERO or rule.needs_link is not (step.link != ZERO):
            raise _content_invalid(step.action)
        return rule

    def act(self, step: Step, domain: Domain, now: int, standing: Standing) -> Leg:
        """The leg after this step in a block of time `now`. Raises what `check` raises, and
        Conflict where the leg itself has no room for it."""
        rule = self.check(step)
        moved = self._move(step, rule, now, standing)
        head = chain_head(self.head, step.digest(domain), moved.state, now)
        return replace(moved, events=self.events + 1, head=head)

    def expire(self, leg: bytes, now: int) -> Leg:
        """The leg after the wait for an answer ended. Raises Conflict."""
        if self.state not in RULES[LegAction.EXPIRE].states:
            raise self._illegal(LegAction.EXPIRE)
        if now <= self.answer_by:
            raise self._not_overdue()
        return replace(self, state=LegState.EXPIRED)._lapse(leg, LegAction.EXPIRE, now)

    def mark_overdue(self, leg: bytes, now: int) -> Leg:
        """The leg after it was noted that the deadline it is under has passed. Raises Conflict."""
        if self.state not in RULES[LegAction.MARK_OVERDUE].states:
            raise self._illegal(LegAction.MARK_OVERDUE)
        mark, due = self.expectation
        if due == 0 or now <= due or mark in self.marks:
            raise self._not_overdue()
        return replace(self, marks=self.marks | mark)._lapse(leg, LegAction.MARK_OVERDUE, now)

    @property
    def expectation(self) -> tuple[LegMark, int]:
        """What an open leg waits for, as the mark it gets when that comes too late, and until when
        (0: for ever)."""
        if self.state in ON_THE_WAY:
            return LegMark.ARRIVAL_OVERDUE, self.arrive_by
        if self.state in UNANSWERED:
            return LegMark.ANSWER_OVERDUE, self.answer_by
        if self.state is LegState.RECALL_REQUESTED:
            return LegMark.RECALL_ANSWER_OVERDUE, self.answer_by
        return LegMark.SETTLEMENT_OVERDUE, self.settle_by

    def _move(self, step: Step, rule: LegRule, now: int, standing: Standing) -> Leg:
        if rule.is_attempt and self.failures >= self.attempts:
            raise Conflict("leg-attempts-exhausted", f"all {self.attempts} attempts failed")
        moved = replace(self, failures=self.failures + rule.is_failure)
        match step.action:
            case LegAction.SUPERSEDE:
                successor = LegKey(step.key.sender, step.key.recipient, step.link).leg
                if successor == step.key.leg or standing(successor) is LegState.NONE:
                    raise Conflict("leg-replacement-invalid", "there is no leg that replaces it")
            case LegAction.ERASE:
                by_sender = step.org == step.key.sender
                mark = LegMark.ERASED_BY_SENDER if by_sender else LegMark.ERASED_BY_RECIPIENT
                moved = moved._mark_once(mark)
            case _ if self.state is LegState.SUPERSEDED and rule.is_obligation:
                # The copy that was replaced is destroyed, or kept and it is said why; it stays
                # replaced.
                return moved._mark_once(LegMark.SUPERSESSION_ANSWERED)
            case LegAction.REFUSE_RECALL:
                return replace(moved, state=self.previous)
            case LegAction.REQUEST_RECALL:
                due = now + self.answer_within
                moved = replace(moved, previous=self.state, answer_by=due)
            case LegAction.ARRIVE:
                moved = replace(moved, answer_by=now + self.answer_within)
        return moved if rule.to is None else replace(moved, state=rule.to)

    def _mark_once(self, mark: LegMark) -> Leg:
        if mark in self.marks:
            raise Conflict("leg-action-repeated", "it was done before, and is done once only")
        return replace(self, marks=self.marks | mark)

    def _lapse(self, leg: bytes, action: LegAction, now: int) -> Leg:
        head = chain_head(self.head, lapse_digest(leg, action, self.events), self.state, now)
        return replace(self, events=self.events + 1, head=head)

    def _illegal(self, action: LegAction) -> LedgerError:
        if self.state is LegState.NONE:
            return Conflict("leg-unknown", "the leg was never opened")
        return Conflict(
            "leg-action-illegal", f"{action.name} is not possible while it is {self.state.name}"
        )

    def _not_overdue(self) -> LedgerError:
        return Conflict("leg-not-overdue", "no deadline has passed that was not marked before")


NEVER_OPENED = Leg(
    state=LegState.NONE,
    previous=LegState.NONE,
    failures=0,
    attempts=0,
    marks=LegMark(0),
    events=0,
    arrive_by=0,
    answer_within=0,
    answer_by=0,
    settle_by=0,
    head=Digest(ZERO),
)
"""What the contract shows of an id it does not know."""


def _check_opening(opening: Opening, now: int, standing: Standing, *, recipient: bool) -> None:
    submitted = opening.action is LegAction.SUBMIT
    if opening.action not in OPENINGS:
        raise InvalidInput("leg-opening-invalid", f"{opening.action.name} opens no leg")
    if submitted is not (opening.reason == 0):
        raise _reason_invalid(opening.action)
    if ZERO in (opening.message, opening.evidence):
        raise _content_invalid(opening.action)
    if opening.key.sender == opening.key.recipient:
        raise _recipient_invalid("sender and recipient are the same")
    terms = (opening.arrive_by, opening.answer_within, opening.settle_by, opening.attempts)
    if not submitted:
        # That the recipient does not exist may be why the submission is rejected.
        if opening.replaces != ZERO or any(terms):
            raise _terms_invalid("a rejected submission has no terms")
        return
    if not recipient:
        raise _recipient_invalid("the recipient is no active organization")
    if not now < opening.arrive_by <= TIME_MAX:
        raise _terms_invalid("it must arrive at a time to come")
    if opening.settle_by > TIME_MAX or (opening.settle_by and opening.settle_by <= now):
        raise _terms_invalid("it must be settled at a time to come, or at none")
    if opening.answer_within == 0 or opening.attempts == 0:
        raise _terms_invalid("no time to answer, or no attempt to deliver")
    if opening.replaces != ZERO and standing(opening.replaces) is LegState.NONE:
        raise Conflict("leg-replacement-invalid", "the leg to be replaced was never opened")


def _check_party(step: Step, rule: LegRule) -> None:
    as_sender = step.org == step.key.sender and rule.party is not LegParty.RECIPIENT
    as_recipient = step.org == step.key.recipient and rule.party is not LegParty.SENDER
    if not as_sender and not as_recipient:
        raise Forbidden(
            "leg-party-invalid", f"{step.action.name} is the {rule.party.value}'s to do"
        )


def _reason_invalid(action: LegAction) -> LedgerError:
    return InvalidInput(
        "leg-reason-invalid",
        f"{action.name} lacks its reason, or has one where nothing is to be justified",
        pointer="/reason",
    )


def _content_invalid(action: LegAction) -> LedgerError:
    return InvalidInput(
        "leg-content-invalid", f"{action.name} lacks content or link, or has a link too many"
    )


def _recipient_invalid(why: str) -> LedgerError:
    return InvalidInput("leg-recipient-invalid", why, pointer="/recipient")


def _terms_invalid(why: str) -> LedgerError:
    return InvalidInput("leg-terms-invalid", why)
