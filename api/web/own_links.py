"""The links this server offers of itself for whatever it has a story about.

For people they lead to the story's page, which checks on the visitor's device what nobody here can
vouch for: the journey, the proofs behind it, and on the chain whether the goods are recalled. For
programs, by `Accept: application/json`, to the trace, the recalls and the EPCIS repository.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from api.web.words import LANGUAGES, load_words
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.identifier import find_identifier
from ledger.gs1.links import Link, LinkSet

DEFAULT_TYPE = "traceability"
_PAGES = ("recallStatus", DEFAULT_TYPE, "verificationService")
TYPES = frozenset((*_PAGES, "epcis"))
"""Link types served for every known subject."""


def with_own_links(link: DigitalLink, levels: Sequence[LinkSet], root: str) -> tuple[LinkSet, ...]:
    """The levels of a known subject: ours in front of what is registered for it, and the story its
    default, whatever else is registered."""
    upper = list(levels)
    registered: tuple[Link, ...] = ()
    if upper and upper[0].anchor == link.path:
        registered = upper[0].links
        del upper[0]
    description = levels[0].description if levels else link.element_string
    ours = LinkSet(link.path, description, DEFAULT_TYPE, (*_own(link, root), *registered))
    return (ours, *upper)


def _own(link: DigitalLink, root: str) -> list[Link]:
    address, name = root + link.path, quote(link.identity_uri, safe="")
    found = find_identifier(link.identity_uri)
    family = "EPC" if found is not None and found.is_instance else "EPCClass"
    pages = [
        Link(
            kind,
            address if language == LANGUAGES[0] else f"{address}?lang={language}",
            load_words(language).say(f"link.{kind}"),
            (language,),
            "text/html",
        )
        for kind in _PAGES
        for language in LANGUAGES
    ]
    say = load_words(LANGUAGES[0]).say
    answers = [
        Link(kind, root + path, say(f"link.{title}"), media_type="application/json")
        for kind, path, title in (
            (DEFAULT_TYPE, f"/trace?id={name}", "trace"),
            ("recallStatus", f"/recalls?id={name}", "recalls"),
            ("epcis", f"/epcis/events?MATCH_any{family}={name}", "epcis"),
        )
    ]
    return [*pages, *answers]
