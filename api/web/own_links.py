"""The links this server offers of itself for whatever it knows something about.

For people they lead to pages, which check on the visitor's device what nobody here can vouch for:
the journey, the description, the proofs behind both, and on the chain whether the goods are
recalled. For programs, by `Accept: application/json`, to the trace, the recalls, the EPCIS
repository and the records of the description.

A type is offered only where there is something behind it. Of goods ours come first, so that nobody
can hide a recall behind a page of the same type; of a product, place or party whatever its owner
registered stands instead of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from api.web.words import LANGUAGES, load_words
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.identifier import find_identifier
from ledger.gs1.links import Link, LinkSet
from ledger.masterdata.kind import Kind
from ledger.services.addressing import Address, Description
from ledger.services.resolving import is_goods

ABOUT = "/about"
"""In front of the path of an identifier: its page here, wherever its links lead."""

_STORY = "traceability"
_STORY_PAGES = ("recallStatus", _STORY, "verificationService")
_CARD = {Kind.PRODUCT: "pip", Kind.PLACE: "locationInfo", Kind.PARTY: "masterData"}
"""Default type of what is only described."""
_CERTIFIED = "certificationInfo"
TYPES = frozenset((*_STORY_PAGES, *_CARD.values(), _CERTIFIED, "epcis"))
"""Link types that may be ours."""
_COLLECTIONS = {Kind.PRODUCT: "products", Kind.PLACE: "places", Kind.PARTY: "parties"}


def with_own_links(link: DigitalLink, address: Address, root: str) -> tuple[LinkSet, ...]:
    """The levels of an identifier with ours among them, most granular first."""
    levels = list(address.levels)
    if address.descriptions:
        key = DigitalLink(link.key)
        at = next((at for at, one in enumerate(levels) if one.anchor == key.path), len(levels))
        levels[at:] = [_describe(key, address.descriptions, levels[at:], root)]
    if address.is_recorded and is_goods(link):
        own = levels[:1] if levels and levels[0].anchor == link.path else []
        levels[: len(own)] = [_tell(link, own, levels, root)]
    return tuple(levels)


def _tell(
    link: DigitalLink, own: Sequence[LinkSet], levels: Sequence[LinkSet], root: str
) -> LinkSet:
    """The level of goods: ours in front, and the story its default whatever else there is."""
    address, name = root + link.path, quote(link.identity_uri, safe="")
    found = find_identifier(link.identity_uri)
    family = "EPC" if found is not None and found.is_instance else "EPCClass"
    links = [
        *_pages(_STORY_PAGES, address),
        *_answers(
            (
                (_STORY, f"{root}/trace?id={name}", "trace"),
                ("recallStatus", f"{root}/recalls?id={name}", "recalls"),
                ("epcis", f"{root}/epcis/events?MATCH_any{family}={name}", "epcis"),
            )
        ),
    ]
    registered = own[0].links if own else ()
    description = levels[0].description if levels else link.element_string
    return LinkSet(link.path, description, _STORY, (*links, *registered))


def _describe(
    key: DigitalLink, descriptions: Sequence[Description], own: Sequence[LinkSet], root: str
) -> LinkSet:
    """The level of a key somebody describes: ours behind what is registered."""
    card = _CARD[descriptions[0].kind]
    kinds = [card, "verificationService"]
    if card != "masterData":
        kinds.append("masterData")
    if any(one.has_certificates for one in descriptions):
        kinds.append(_CERTIFIED)
    links = [
        *_pages(kinds, f"{root}{ABOUT}{key.path}"),
        *(
            Link("masterData", _record(one, root), one.name, media_type="application/json")
            for one in descriptions
        ),
    ]
    if not own:
        return LinkSet(key.path, descriptions[0].name, card, tuple(links))
    (registered,) = own
    links = [one for one in links if one.type not in registered.by_type]
    return LinkSet(
        key.path,
        registered.description,
        registered.default_type,
        (*registered.links, *links),
    )


def _record(one: Description, root: str) -> str:
    return f"{root}/masterdata/{_COLLECTIONS[one.kind]}/{quote(one.code)}?org={one.org.text}"


def _pages(kinds: Iterable[str], address: str) -> list[Link]:
    """One for each kind and language."""
    return [
        Link(
            kind,
            address if language == LANGUAGES[0] else f"{address}?lang={language}",
            load_words(language).say(f"link.{kind}"),
            (language,),
            "text/html",
        )
        for kind in kinds
        for language in LANGUAGES
    ]


def _answers(wanted: Iterable[tuple[str, str, str]]) -> list[Link]:
    say = load_words(LANGUAGES[0]).say
    return [
        Link(kind, address, say(f"link.{title}"), media_type="application/json")
        for kind, address, title in wanted
    ]
