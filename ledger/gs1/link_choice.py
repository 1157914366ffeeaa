"""Which link answers a request (GS1-Conformant Resolver 1.2.0, section 4).

The most granular level that has a link of the wanted type answers for it. Among its links, what the
request says of context, language and media type decides, in this order; a link that is silent about
one of them suits everybody, but less than one that names what is wanted. Who states no preference
gets the link that was registered first. Links with the very same attributes cannot be told apart by
any request: all of them are offered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger.gs1.links import Link, LinkSet

Weighted = Sequence[tuple[str, float]]
"""Values in lower case with their quality, as in Accept-Language."""

_SILENT = 0.001


def _likes_all(_: str) -> float:
    return 1.0


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a request says about the answer it likes."""

    languages: Weighted = ()
    contexts: frozenset[str] = frozenset()
    quality_of: Callable[[str], float] = _likes_all
    """How much a media type is liked, 0 to 1."""


def find_level(levels: Sequence[LinkSet], link_type: str) -> LinkSet | None:
    """The most granular level with a link of the type. `levels` come most granular first."""
    return next((level for level in levels if link_type in level.by_type), None)


def choose_links(candidates: Sequence[Link], wishes: Preferences) -> tuple[Link, ...]:
    """The best of these links, and those that nothing tells apart from it."""
    if len(candidates) == 1:
        return (candidates[0],)
    ranks = [_rank(link, wishes) for link in candidates]
    highest = max(ranks)
    equal = [link for link, rank in zip(candidates, ranks, strict=True) if rank == highest]
    best = equal[0]
    if len(equal) == 1:
        return (best,)
    return tuple(link for link in equal if link.attributes == best.attributes)


def language_quality(tags: Sequence[str], wanted: Weighted) -> float:
    """How well languages suit: RFC 4647 lookup, `vi-VN` also served by `vi` and the reverse."""
    best = 0.0
    for tag in map(str.lower, tags):
        for name, quality in wanted:
            if name in (tag, "*"):
                best = max(best, quality)
            elif name.partition("-")[0] == tag.partition("-")[0]:
                best = max(best, quality * 0.9)
    return best


def _rank(link: Link, wishes: Preferences) -> tuple[float, float, float]:
    context = 0.5
    if link.context:
        context = 1.0 if wishes.contexts & set(link.context) else 0.0
    if not wishes.languages:
        language = 1.0
    elif link.hreflang:
        language = language_quality(link.hreflang, wishes.languages)
    else:
        language = _SILENT
    media = _SILENT if link.media_type is None else wishes.quality_of(link.media_type)
    return context, language, media
