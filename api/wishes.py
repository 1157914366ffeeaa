"""What a request to the resolver asks for, and what it takes along when it is sent on.

GS1-Conformant Resolver 1.2.0: `linkType`, `lang` and `context` in the query string; Accept and
Accept-Language in the header. `lang` says more than the header, which the browser wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from urllib.parse import parse_qsl

from starlette.requests import Request

from api.negotiation import parse_weighted, quality_of
from ledger.errors import NotFound
from ledger.gs1.link_choice import Preferences
from ledger.gs1.link_types import DEFAULT, DEFAULT_MULTI, find_link_type
from ledger.gs1.linkset import MEDIA_TYPE

LINKSET = "linkset"
_ALL = "all"
"""Former name of `linkset`, deprecated and still in use."""

_MOST_VALUES = 20
_LONGEST_HEADER = 1_000


@dataclass(frozen=True, slots=True)
class Wishes:
    """`link_type` is the bare name of a link type, LINKSET, or None for the default."""

    link_type: str | None
    preferences: Preferences


def read_wishes(request: Request) -> Wishes:
    """What this request asks for. Raises NotFound `link-missing` for a type GS1 does not know."""
    headers = {
        name: value[:_LONGEST_HEADER].decode("latin-1")
        for name, value in request.scope["headers"]
        if name in (b"accept", b"accept-language")
    }
    accept = headers.get(b"accept", "")
    query = request.scope["query_string"].decode("latin-1")
    asked = dict(parse_qsl(query)) if query else {}
    link_type = _read_link_type(asked.get("linkType"))
    if link_type is None and MEDIA_TYPE in accept:
        ranges = _parse(accept)
        wanted = quality_of(MEDIA_TYPE, ranges)
        if wanted > 0 and all(quality <= wanted for _, quality in ranges):
            link_type = LINKSET
    languages = headers.get(b"accept-language", "")
    lang = asked.get("lang")
    if lang:
        weighted = [(lang.lower(), 1.0)]
    else:
        weighted = [
            (tag, quality)
            for tag, quality in (_parse(languages) if languages else ())
            if quality > 0
        ]
    contexts = asked.get("context", "")
    preferences = Preferences(
        languages=weighted[:_MOST_VALUES],
        contexts=frozenset(filter(None, contexts.split(","))) if contexts else frozenset(),
    )
    if accept and accept != "*/*":
        preferences = Preferences(
            preferences.languages,
            preferences.contexts,
            partial(quality_of, ranges=_parse(accept)[:_MOST_VALUES]),
        )
    return Wishes(link_type, preferences)


def pass_on(target: str, query: str, root: str) -> str:
    """The target with the query string of the request behind its own.

    Of a target on this very server the link type stays behind: it would be looked up again there,
    and lead here again for ever. So does a language, where the target is in one.
    """
    if target == root or target.startswith((root + "/", root + "?")):
        left = ("linkType", "lang") if "?lang=" in target else ("linkType",)
        kept = [part for part in query.split("&") if part.partition("=")[0] not in left]
        query = "&".join(kept)
    if not query:
        return target
    address, hash_mark, fragment = target.partition("#")
    separator = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{separator}{query}{hash_mark}{fragment}"


@lru_cache(maxsize=512)  # a handful of browsers write nearly all of these headers
def _parse(header: str) -> tuple[tuple[str, float], ...]:
    return tuple(parse_weighted(header))


def _read_link_type(text: str | None) -> str | None:
    if text is None:
        return None
    if text in (LINKSET, _ALL):
        return LINKSET
    found = find_link_type(text)
    if found is None:
        raise NotFound("link-missing", f"{text!r:.60} is no GS1 link type")
    return None if found in (DEFAULT, DEFAULT_MULTI) else found
