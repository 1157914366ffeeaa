"""Links of an anchor, and company prefixes, on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.clock import format_time
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.links import LONGEST_TARGET, MOST_LINKS, LinkSet, check_link, check_set

if TYPE_CHECKING:
    from ledger.gs1.links import Link
    from ledger.storage.links import LinkSetRow
    from ledger.storage.prefixes import PrefixRow


class LinkRequest(Request):
    """One link to register."""

    link_type: str = Field(
        max_length=100, description="Of the GS1 Web Vocabulary: gs1:pip, or its URI."
    )
    href: str = Field(max_length=LONGEST_TARGET, description="http or https, ASCII.")
    title: str = Field(max_length=1_000)
    hreflang: list[str] = Field(default=[], max_length=100, description="vi, or vi-VN.")
    type: str | None = Field(default=None, max_length=200, description="IANA media type.")
    context: list[str] = Field(
        default=[], max_length=100, description="For example countries of sale."
    )


class LinksRequest(Request):
    """All links of an anchor; they replace those there are."""

    item_description: str = Field(max_length=2_000)
    default_link_type: str | None = Field(
        default=None, max_length=100, description="Default: the type of the first link."
    )
    links: list[LinkRequest] = Field(min_length=1, max_length=MOST_LINKS)

    def link_set(self, anchor: DigitalLink) -> LinkSet:
        """The checked links. Raises InvalidInput."""
        links = tuple(
            check_link(
                link.link_type,
                link.href,
                link.title,
                hreflang=tuple(link.hreflang),
                media_type=link.type,
                context=tuple(link.context),
                pointer=f"/links/{at}",
            )
            for at, link in enumerate(self.links)
        )
        return check_set(anchor.path, self.item_description, self.default_link_type, links)


class LinkAnswer(Answer):
    """One registered link."""

    link_type: str
    href: str
    title: str
    hreflang: list[str]
    type: str | None
    context: list[str]


class LinksAnswer(Answer):
    """One version of an anchor's links. No links: they were taken away."""

    anchor: str
    version: int
    org: str
    set_at: str
    item_description: str | None
    default_link_type: str | None
    links: list[LinkAnswer]


class PrefixAnswer(Answer):
    """A company prefix an organization owns or, where `endedAt` says so, has owned."""

    prefix: str
    org: str
    granted_at: str
    ended_at: str | None


def links_answer(row: LinkSetRow) -> LinksAnswer:
    """The wire form of one version."""
    links = row.links
    return LinksAnswer(
        anchor=row.anchor,
        version=row.version,
        org=row.org.text,
        set_at=format_time(row.set_at),
        item_description=None if links is None else links.description,
        default_link_type=None if links is None else f"gs1:{links.default_type}",
        links=[] if links is None else [_link_answer(link) for link in links.links],
    )


def prefix_answer(row: PrefixRow) -> PrefixAnswer:
    """The wire form of a grant."""
    return PrefixAnswer(
        prefix=row.prefix,
        org=row.org.text,
        granted_at=format_time(row.granted_at),
        ended_at=None if row.ended_at is None else format_time(row.ended_at),
    )


def _link_answer(link: Link) -> LinkAnswer:
    return LinkAnswer(
        link_type=f"gs1:{link.type}",
        href=link.href,
        title=link.title,
        hreflang=list(link.hreflang),
        type=link.media_type,
        context=list(link.context),
    )
