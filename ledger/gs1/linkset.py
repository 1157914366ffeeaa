"""Linksets in JSON (RFC 9264, as profiled by GS1-Conformant Resolver 1.2.0, section 5).

One link context object per level of the identifier, most granular first. Each has exactly one
`gs1:defaultLink` of target and title only, whose target also stands under its descriptive type.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from ledger.gs1.link_types import NAMESPACE
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


def encode_linkset(levels: Sequence[LinkSet], root: str, context: str | None = None) -> bytes:
    """The linkset of these levels as JSON; `root` is the resolver's address, without a trailing
    slash, `context` that of the JSON-LD context if it shall be named."""
    objects = b",".join(
        b'{"anchor":' + orjson.dumps(root + level.anchor) + b"," + level.members[1:]
        for level in levels
    )
    named = b"" if context is None else b'"@context":' + orjson.dumps(context) + b","
    return b"{" + named + b'"linkset":[' + objects + b"]}"


def encode_choice(level: LinkSet, links: Sequence[Link], root: str) -> bytes:
    """A linkset of only the links to choose from, all of one type."""
    offered = {
        "anchor": root + level.anchor,
        "itemDescription": level.description,
        NAMESPACE + links[0].type: [link.encode() for link in links],
    }
    return orjson.dumps({"linkset": [offered]})
