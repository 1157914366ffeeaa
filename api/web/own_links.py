"""The links this server offers of itself for whatever it has a story about.

They all lead to the story's page, which checks on the visitor's device what nobody here can vouch
for: the journey, the proofs behind it, and on the chain whether the goods are recalled.
"""

from __future__ import annotations

from collections.abc import Sequence

from api.web.words import LANGUAGES, load_words
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.links import Link, LinkSet

DEFAULT_TYPE = "traceability"
TYPES = frozenset((DEFAULT_TYPE, "verificationService", "recallStatus"))
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
    ours = LinkSet(link.path, description, DEFAULT_TYPE, (*_own(root + link.path), *registered))
    return (ours, *upper)


def _own(address: str) -> list[Link]:
    return [
        Link(
            name,
            address if language == LANGUAGES[0] else f"{address}?lang={language}",
            load_words(language).say(f"link.{name}"),
            (language,),
            "text/html",
        )
        for name in sorted(TYPES)
        for language in LANGUAGES
    ]
