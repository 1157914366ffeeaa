"""The relations a link may have to the thing it is about: GS1 Web Vocabulary, link types.

Read from `link_types.txt`. A type is kept by its bare name, `pip`; asked for it may also be written
as CURIE or as a URI of any of the namespaces GS1 has used for its vocabulary.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

NAMESPACE = "https://gs1.org/voc/"
"""What a linkset writes before the bare name; the one the official linkset context knows."""

DEFAULT = "defaultLink"
DEFAULT_MULTI = "defaultLinkMulti"

RESERVED = frozenset({DEFAULT, DEFAULT_MULTI, "handledBy"})
"""Types that a resolver derives and nobody registers."""

_SPELLINGS = re.compile(r"(?:gs1:|https?://(?:ref\.|www\.)?gs1\.org/voc/)?([A-Za-z]{2,40})")


@cache
def labels() -> dict[str, str]:
    """Every type by its bare name, with its English label."""
    text = files(__package__).joinpath("link_types.txt").read_text("utf-8")
    lines = (line.partition("  ") for line in text.splitlines() if not line.startswith("#"))
    return {name: label for name, _, label in lines}


def find_link_type(text: str) -> str | None:
    """The bare name of `gs1:pip`, `https://gs1.org/voc/pip` or `pip`; None if GS1 has no such."""
    spelled = _SPELLINGS.fullmatch(text)
    return spelled[1] if spelled is not None and spelled[1] in labels() else None
