"""Linksets in JSON (RFC 9264, as profiled by GS1-Conformant Resolver 1.2.0, section 5).

One link context object per level of the identifier, most granular first. Each has exactly one
`gs1:defaultLink` of target and title only, whose target also stands under its descriptive type.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.gs1.link_types import DEFAULT, DEFAULT_MULTI, NAMESPACE
from ledger.gs1.links import Link, LinkSet

MEDIA_TYPE = "application/linkset+json"

CONTEXT: dict[str, Any] = {
    "@vocab": "http://www.iana.org/assignments/relation/",
    "anchor": "@id",
    "href": "@id",
    "linkset": "@graph",
    "gs1": NAMESPACE,
    "title": {"@id": "http://purl.org/dc/terms/title"},
    "hreflang": {"@id": "http://purl.org/dc/terms/language", "@container": "@set"},
    "type": {"@id": "http://purl.org/dc/terms/format"},
    "context": {"@id": "https://schema.org/audience", "@container": "@set"},
    "itemDescription": {"@id": "http://www.w3.org/2000/01/rdf-schema#comment"},
}
"""The JSON-LD context under which a linkset reads as RDF."""


def encode_linkset(levels: Sequence[LinkSet], root: str) -> dict[str, Any]:
    """The linkset of these levels; `root` is the resolver's address, without a trailing slash."""
    return {"linkset": [_encode_level(level, root) for level in levels]}


def encode_choice(level: LinkSet, links: Sequence[Link], root: str) -> dict[str, Any]:
    """A linkset of only the links to choose from, all of one type."""
    offered = {
        "anchor": root + level.anchor,
        "itemDescription": level.description,
        NAMESPACE + links[0].type: [_encode_link(link) for link in links],
    }
    return {"linkset": [offered]}


def _encode_level(level: LinkSet, root: str) -> dict[str, Any]:
    default = level.default
    encoded: dict[str, Any] = {
        "anchor": root + level.anchor,
        "itemDescription": level.description,
        NAMESPACE + DEFAULT: [{"href": default.href, "title": default.title}],
    }
    several = level.of_type(level.default_type)
    if len(several) > 1:
        encoded[NAMESPACE + DEFAULT_MULTI] = [_encode_link(link) for link in several]
    for name, links in level.by_type.items():
        encoded[NAMESPACE + name] = [_encode_link(link) for link in links]
    return encoded


def _encode_link(link: Link) -> dict[str, Any]:
    encoded: dict[str, Any] = {"href": link.href, "title": link.title}
    if link.hreflang:
        encoded["hreflang"] = list(link.hreflang)
    if link.media_type is not None:
        encoded["type"] = link.media_type
    if link.context:
        encoded["context"] = list(link.context)
    return encoded
