"""Links about identified things: what an organization registers for one anchor.

GS1-Conformant Resolver 1.2.0, section 3: every link has a target, a type and a title, and may name
its languages, media type and contexts. One type of each set is the default. Targets are addresses
on the web and nothing else: a scan must never run a script, open an app or read a local file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn
from unicodedata import category, normalize
from urllib.parse import urlsplit

import orjson

from ledger.errors import InvalidInput
from ledger.gs1.digital_link import DigitalLink, path_of
from ledger.gs1.link_types import (
    DEFAULT,
    DEFAULT_MULTI,
    NAMESPACE,
    RESERVED,
    find_link_type,
)

MOST_LINKS = 100
LONGEST_TARGET = 2048
LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 500
MOST_ATTRIBUTES = 20

_TARGET = re.compile(r"https?://[-A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%]+")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+)")
_LANGUAGE = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z]{2})?")  # as the official linkset schema has it
_MEDIA_TYPE = re.compile(r"[a-z0-9][-+.a-z0-9]{0,63}/[a-z0-9][-+.a-z0-9]{0,126}")
_CONTEXT = re.compile(r"[-A-Za-z0-9._]{1,64}")


@dataclass(frozen=True, slots=True)
class Link:
    """One link. `type` is the bare name of a GS1 link type."""

    type: str
    href: str
    title: str
    hreflang: tuple[str, ...] = ()
    media_type: str | None = None
    context: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[frozenset[str], str | None, frozenset[str]]:
        """What distinguishes it from other links of its type."""
        languages = frozenset(tag.lower() for tag in self.hreflang)
        return languages, self.media_type, frozenset(self.context)

    def encode(self) -> dict[str, Any]:
        """The link as a target object of a linkset (RFC 9264, 4.2.3)."""
        encoded: dict[str, Any] = {"href": self.href, "title": self.title}
        if self.hreflang:
            encoded["hreflang"] = list(self.hreflang)
        if self.media_type is not None:
            encoded["type"] = self.media_type
        if self.context:
            encoded["context"] = list(self.context)
        return encoded


@dataclass(frozen=True)
class LinkSet:
    """The links of one anchor. `anchor` is the path of a Digital Link: key and qualifiers."""

    anchor: str
    description: str
    default_type: str
    links: tuple[Link, ...]

    @property
    def default(self) -> Link:
        """Where a request goes that asks for nothing in particular."""
        return self.of_type(self.default_type)[0]

    @cached_property
    def by_type(self) -> dict[str, tuple[Link, ...]]:
        """The links of each type, both in the order they were given."""
        found: dict[str, tuple[Link, ...]] = {}
        for link in self.links:
            found[link.type] = (*found.get(link.type, ()), link)
        return found

    @cached_property
    def members(self) -> bytes:
        """The members of its link context object in a linkset, beside the anchor, as JSON. Kept,
        because linksets are asked for far more often than links change; as bytes, because the
        collector walks through anything else."""
        default = self.default
        encoded: dict[str, Any] = {
            "itemDescription": self.description,
            NAMESPACE + DEFAULT: [{"href": default.href, "title": default.title}],
        }
        several = self.of_type(self.default_type)
        if len(several) > 1:
            encoded[NAMESPACE + DEFAULT_MULTI] = [link.encode() for link in several]
        for name, links in self.by_type.items():
            encoded[NAMESPACE + name] = [link.encode() for link in links]
        return orjson.dumps(encoded)

    def of_type(self, name: str) -> tuple[Link, ...]:
        """The links of one type."""
        return self.by_type.get(name, ())


def anchors_of(link: DigitalLink) -> tuple[str, ...]:
    """The anchors that speak for an identifier: its own, then without its last qualifier, and so
    on up to the key alone (GS1-Conformant Resolver, "walking up the tree")."""
    anchors = [DigitalLink(link.key).path]
    for element in link.qualifiers:
        anchors.append(anchors[-1] + path_of(element))
    return tuple(reversed(anchors))


def check_link(
    type_name: str,
    href: str,
    title: str,
    *,
    hreflang: tuple[str, ...] = (),
    media_type: str | None = None,
    context: tuple[str, ...] = (),
    pointer: str = "",
) -> Link:
    """A link of these parts. Raises InvalidInput `link-type-unknown`, `link-target-refused` or
    `links-malformed`, with a pointer below `pointer`."""
    found = find_link_type(type_name)
    if found is None or found in RESERVED:
        raise InvalidInput(
            "link-type-unknown",
            f"{type_name!r:.60} is no GS1 link type that can be registered",
            pointer=f"{pointer}/linkType",
        )
    check_target(href, f"{pointer}/href")
    title = check_text(title, LONGEST_TITLE, f"{pointer}/title")
    for name, values, form in (
        ("hreflang", hreflang, _LANGUAGE),
        ("context", context, _CONTEXT),
    ):
        if len(values) > MOST_ATTRIBUTES:
            _refuse(f"{name}: more than {MOST_ATTRIBUTES} values", f"{pointer}/{name}")
        for at, value in enumerate(values):
            if form.fullmatch(value) is None:
                _refuse(f"{name}: {value!r:.60} is none", f"{pointer}/{name}/{at}")
    if media_type is not None and _MEDIA_TYPE.fullmatch(media_type) is None:
        _refuse(f"{media_type!r:.60} is no media type", f"{pointer}/type")
    return Link(found, href, title, hreflang, media_type, context)


def check_target(href: str, pointer: str) -> None:
    """Raise InvalidInput `link-target-refused` unless a browser can be sent there safely."""
    if len(href) > LONGEST_TARGET or _TARGET.fullmatch(href) is None:
        _refuse_target("not an http or https address in ASCII characters", pointer)
    try:
        parts = urlsplit(href)
        port = parts.port
    except ValueError:
        _refuse_target("the host or port cannot be read", pointer)
    if "@" in parts.netloc:
        # https://gs1.org@evil.example: the part people read is not where it leads
        _refuse_target("a target carries no user name", pointer)
    if parts.hostname is None or _HOST.fullmatch(parts.hostname) is None or port == 0:
        _refuse_target("there is no host", pointer)


def check_text(text: str, longest: int, pointer: str) -> str:
    """A line people read, in NFC. Raises InvalidInput `links-malformed`."""
    text = normalize("NFC", text).strip()
    if not text or len(text) > longest:
        _refuse(f"a text of 1 to {longest} characters is wanted", pointer)
    if any(category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        _refuse("the text holds a control character", pointer)
    return text


def check_set(
    anchor: str, description: str, default_type: str | None, links: tuple[Link, ...]
) -> LinkSet:
    """A set of checked links. Without a default type it is that of the first link.

    Raises InvalidInput `links-malformed`, `link-type-unknown`.
    """
    if not 1 <= len(links) <= MOST_LINKS:
        _refuse(f"an anchor has 1 to {MOST_LINKS} links", "/links")
    description = check_text(description, LONGEST_DESCRIPTION, "/itemDescription")
    default = links[0].type if default_type is None else find_link_type(default_type)
    if default not in {link.type for link in links}:
        raise InvalidInput(
            "link-type-unknown",
            f"no link has the default type {default_type!r:.60}",
            pointer="/defaultLinkType",
        )
    if len(set(links)) != len(links):
        _refuse("a link stands twice", "/links")
    return LinkSet(anchor, description, default, links)


def _refuse(detail: str, pointer: str) -> NoReturn:
    raise InvalidInput("links-malformed", detail, pointer=pointer)


def _refuse_target(detail: str, pointer: str) -> NoReturn:
    raise InvalidInput("link-target-refused", detail, pointer=pointer)
