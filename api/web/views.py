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
from ledger.identity.organization import Profile
from ledger.masterdata.code import LocalUri
from ledger.services.correcting import Correction
from ledger.services.resolving import (
    MOST_EVENTS,
    Story,
    StoryDescription,
    StoryEvent,
    is_goods,
)


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

    `kind`: goods with a GTIN, `own` goods under a code of an organization's own, a logistic
    `unit`, an `asset` under another key; a `product`, `place` or `party`. `gtin` is the code of
    goods and products, GS1's or their own; `subject` is the URI events name. `described` is where
    the product of an unknown lot or item is told about, with its name.
    """

    kind: str
    code: str
    gtin: str
    lot: str
    serial: str | None
    subject: str
    product: tuple[Fact, ...] = ()
    steps: tuple[Step, ...] = ()
    described: tuple[str, str] | None = None

    @property
    def is_goods(self) -> bool:
        """Whether it can be traced."""
        return self.kind not in _DESCRIBED.values()

    def picture(self, direction: str, language: str) -> str:
        """Where the picture of its trace is."""
        query = {"id": self.subject, "direction": direction, "lang": language}
        return f"/trace/picture?{urlencode(query)}"

    @property
    def truncated(self) -> bool:
        """Whether older steps may be missing."""
        return len(self.steps) >= MOST_EVENTS


_DESCRIBED = {"01": "product", "8006": "product", "414": "place", "417": "party"}
"""Keys that name no goods by themselves."""


def view_story(
    link: DigitalLink,
    story: Story | None,
    words: Words,
    described: tuple[str, str] | None = None,
) -> StoryView:
    """The story of this link in these words."""
    qualifiers = dict(link.qualifiers)
    subject = link.identity_uri if story is None else story.subject
    if link.key[0] == "01":
        named = tuple(one for one in link.qualifiers if one[0] in ("10", "21"))
        subject = DigitalLink(link.key, named).identity_uri
    return StoryView(
        kind=_kind(link),
        code=link.element_string,
        gtin=link.key[1] if link.key[0] == "01" else "",
        lot=qualifiers.get("10", ""),
        serial=qualifiers.get("21"),
        subject=subject,
        product=() if story is None else _facts(_summary(story), words),
        steps=() if story is None else _steps(story, words),
        described=described,
    )


def _kind(link: DigitalLink) -> str:
    if is_goods(link):
        return {"00": "unit", "01": "goods"}.get(link.key[0], "asset")
    return _DESCRIBED.get(link.key[0], "asset")


def view_local_story(local: LocalUri, uri: str, story: Story | None, words: Words) -> StoryView:
    """The story of a lot under a code of an organization's own."""
    assert local.lot is not None, "only lots have a page"
    return StoryView(
        kind="own",
        code=words.say("local.code", code=local.code.text, lot=local.lot),
        gtin=local.code.text,
        lot=local.lot,
        serial=None,
        subject=uri,
        product=() if story is None else _facts(story.product, words),
        steps=() if story is None else _steps(story, words),
    )


def _steps(story: Story, words: Words) -> tuple[Step, ...]:
    """Descriptions first: they say what it is."""
    return (
        *(_description(one, words) for one in story.descriptions),
        *(_step(event, words) for event in story.events),
    )


def _summary(story: Story) -> Mapping[str, Any]:
    """What stands on its page at once: of a description its plain members, but no codes."""
    if not story.descriptions:
        return story.product
    said = story.descriptions[0].value
    kept = ("name", "nameEn", "description", "brand", "origin", "storage", "website")
    return {name: said[name] for name in kept if name in said}


def _facts(product: Mapping[str, Any], words: Words) -> tuple[Fact, ...]:
    return tuple(
        Fact(words.name("attribute", name), _spell(value, words.language))
        for name, value in product.items()
    )


def _spell(value: Any, language: str) -> str:
    return spell_date(language, value) if isinstance(value, str) else orjson.dumps(value).decode()


def _step(event: StoryEvent, words: Words) -> Step:
    record, body = event.record_id.text, event.event
    named = body.get("bizStep")
    kind = "bizStep" if isinstance(named, str) else "eventType"
    return Step(
        record_id=record,
        proof=f"/records/{record}/proof",
        name=words.name(kind, named if isinstance(named, str) else str(body.get("type", ""))),
        time=_local_time(body, words.language),
        at=str(body.get("eventTime", "")),
        organization=_called(event.profile, words),
        correction="" if event.correction is None else _declared(event.correction, words),
    )


def _description(one: StoryDescription, words: Words) -> Step:
    record = one.record_id.text
    return Step(
        record_id=record,
        proof=f"/records/{record}/proof",
        name=words.name("recordKind", one.kind.record_kind),
        time="",
        at="",
        organization=_called(one.profile, words),
    )


def _called(profile: Profile, words: Words) -> str:
    return profile.name_en if words.language == "en" and profile.name_en else profile.name


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
