"""Erasing on a document's page: what stands of it, who may approve now, and the form they send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from starlette.datastructures import FormData

from api.desk.spelling import spell_time
from api.web.dates import spell_date
from api.web.words import Words
from ledger.clock import VIETNAM, from_unix
from ledger.desk.desk import Desk
from ledger.desk.erasing import RUNNING
from ledger.desk.erasures import Erasure
from ledger.desk.finding import Story
from ledger.desk.legs import get_leg
from ledger.desk.people import Person
from ledger.desk.role import DeskRole
from ledger.errors import InvalidInput
from ledger.exchange.reasons import REASONS, reasons_of
from ledger.exchange.rules import LegAction, LegState
from ledger.identity.organization import Purpose

ERASE = LegAction.ERASE.name


@dataclass(frozen=True, slots=True)
class ErasureView:
    """What the page says and offers. `said` is how far it is, empty where nobody approved; `waits`
    why what was decided is not done, as the desk has it. `offer` is a key of the catalogue for the
    form, empty where there is none; `asks` whether it asks for reason and day."""

    said: str
    waits: str
    erased: bool
    certified: bool
    offer: str
    asks: bool
    reasons: tuple[tuple[int, str], ...]


def erasure_view(story: Story, person: Person, words: Words, now: int) -> ErasureView:
    """As this person sees it at that time, unix seconds."""
    erasure = story.erasure
    if erasure is not None and erasure.decided_at is None and erasure.has_lapsed(now):
        erasure = None
    offer = _offer(story, erasure, person)
    return ErasureView(
        said="" if erasure is None else _said(erasure, person, words),
        waits=(erasure.waits or "") if erasure is not None else "",
        erased=erasure is not None and erasure.erased_at is not None,
        certified=story.certificate is not None,
        offer=offer,
        asks=offer in ("erase.first", "erase.change"),
        reasons=tuple(
            (one.number, one.vi if words.language == "vi" else one.en)
            for one in reasons_of(LegAction.ERASE)
        ),
    )


def approve_erasure(desk: Desk, leg: bytes, person: Person, form: FormData) -> None:
    """What the form says. Raises InvalidInput at its field, and as `Erasing.approve`."""
    with desk.store.read() as tx:
        message = get_leg(tx, leg).message
    desk.erasing.approve(message, person, _reason(form), _day(form))


def _offer(story: Story, erasure: Erasure | None, person: Person) -> str:
    legs = [one.leg for one in (story.leg, *story.siblings)]
    is_running = any(one.state in RUNNING for one in legs)
    went = any(one.state is not LegState.SUBMISSION_REJECTED for one in legs)
    if person.role is DeskRole.AUDITOR or story.leg.fault is not None or is_running or not went:
        return ""
    if erasure is None:
        return "erase.first"
    first = erasure.approvals[0]
    if erasure.decided_at is not None:
        return ""
    if first.login == person.login:
        return "erase.change"
    has_leader = first.purpose is Purpose.LEADER or person.role is DeskRole.LEADER
    return "erase.second" if has_leader else ""


def _said(erasure: Erasure, person: Person, words: Words) -> str:
    reason = REASONS[erasure.reason]
    told = {
        "reason": reason.vi if words.language == "vi" else reason.en,
        "people": ", ".join(one.name for one in erasure.approvals),
    }
    reads = person.role is not DeskRole.AUDITOR
    if erasure.erased_at is not None:
        at = spell_time(words, erasure.erased_at)
        return words.say("erased" if reads else "erased.plain", at=at, **told)
    if erasure.decided_at is not None:
        return words.say("erase.decided" if reads else "erase.decided.plain", **told)
    if not reads:
        return words.say("erase.approved.plain", **told)
    kept = words.say("erase.kept.none")
    if erasure.kept_until:
        day = from_unix(erasure.kept_until).astimezone(VIETNAM).date()
        kept = words.say("erase.kept", day=spell_date(words.language, day.isoformat()))
    return words.say("erase.approved", kept=kept, **told)


def _reason(form: FormData) -> int | None:
    """None where the form does not ask: the second person approves what the first said."""
    if "reason" not in form:
        return None
    text = str(form.get("reason"))
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise InvalidInput("desk-text-malformed", "choose a reason", pointer="/reason")
    return int(text)


def _day(form: FormData) -> date | None:
    text = str(form.get("kept_until") or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("desk-text-malformed", "no date", pointer="/keptUntil") from error
