"""What the templates are given of a story: plain text, and nothing a template could get wrong.

All of it is this server's word; the page says so until the visitor's device has checked the proofs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson

from api.web.dates import spell_date, spell_moment
from api.web.words import Words
from ledger.clock import parse_time
from ledger.errors import InvalidInput
from ledger.gs1.digital_link import DigitalLink
from ledger.masterdata.code import LocalUri
from ledger.services.correcting import Correction
from ledger.services.resolving import MOST_EVENTS, Story, StoryEvent


@dataclass(frozen=True, slots=True)
class Fact:
    """One named value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the story."""

    record_id: str
    proof: str
    name: str
    time: str
    at: str  # eventTime as it was recorded
    organization: str
    correction: str = ""  # why the step is declared in error


@dataclass(frozen=True, slots=True)
class StoryView:
    """A scanned code and what is told about it; no steps: the code is unknown here.

    `gtin` is a code of the organization's own where `is_local`; `subject` is the URI events name.
    """

    code: str
    gtin: str
    lot: str
    serial: str | None
    subject: str
    is_local: bool = False
    product: tuple[Fact, ...] = ()
    steps: tuple[Step, ...] = ()

    def picture(self, direction: str, language: str) -> str:
        """Where the picture of its trace is."""
        query = {"id": self.subject, "direction": direction, "lang": language}
        return f"/trace/picture?{urlencode(query)}"

    @property
    def truncated(self) -> bool:
        """Whether older steps may be missing."""
        return len(self.steps) >= MOST_EVENTS


def view_story(link: DigitalLink, story: Story | None, words: Words) -> StoryView:
    """The story of this link in these words."""
    qualifiers = dict(link.qualifiers)
    named = tuple(one for one in link.qualifiers if one[0] in ("10", "21"))
    return StoryView(
        code=link.element_string,
        gtin=link.key[1],
        lot=qualifiers.get("10", ""),
        serial=qualifiers.get("21"),
        subject=DigitalLink(link.key, named).identity_uri,
        product=() if story is None else _facts(story.product, words),
        steps=() if story is None else tuple(_step(event, words) for event in story.events),
    )


def view_local_story(local: LocalUri, uri: str, story: Story | None, words: Words) -> StoryView:
    """The story of a lot under a code of an organization's own."""
    assert local.lot is not None, "only lots have a page"
    return StoryView(
        code=words.say("local.code", code=local.code.text, lot=local.lot),
        gtin=local.code.text,
        lot=local.lot,
        serial=None,
        subject=uri,
        is_local=True,
        product=() if story is None else _facts(story.product, words),
        steps=() if story is None else tuple(_step(event, words) for event in story.events),
    )


def _facts(product: Mapping[str, Any], words: Words) -> tuple[Fact, ...]:
    return tuple(
        Fact(words.name("attribute", name), _spell(value, words.language))
        for name, value in product.items()
    )


def _spell(value: Any, language: str) -> str:
    return spell_date(language, value) if isinstance(value, str) else orjson.dumps(value).decode()


def _step(event: StoryEvent, words: Words) -> Step:
    record, profile, body = event.record_id.text, event.profile, event.event
    named = body.get("bizStep")
    kind = "bizStep" if isinstance(named, str) else "eventType"
    english = words.language == "en" and profile.name_en
    return Step(
        record_id=record,
        proof=f"/records/{record}/proof",
        name=words.name(kind, named if isinstance(named, str) else str(body.get("type", ""))),
        time=_local_time(body, words.language),
        at=str(body.get("eventTime", "")),
        organization=profile.name_en if english else profile.name,
        correction="" if event.correction is None else _declared(event.correction, words),
    )


def _declared(correction: Correction, words: Words) -> str:
    said = words.say("step.correction")
    if correction.reason is None:
        return said
    return f"{said}: {words.name('errorReason', correction.reason)}"


def _local_time(body: Mapping[str, Any], language: str) -> str:
    """Day and minute as a clock on the spot showed them; "" where the event has no time."""
    try:
        at = parse_time(body.get("eventTime", ""))
    except InvalidInput:
        return ""
    return spell_moment(language, at, _offset(body.get("eventTimeZoneOffset")))


def _offset(text: Any) -> timedelta:
    try:
        found = datetime.strptime(str(text), "%z").utcoffset()
    except ValueError:
        found = None
    return found or timedelta()
