"""The `@context` of EPCIS documents: which extension prefixes mean what.

Read without the network and without a JSON-LD processor: the standard context is known, inline
objects are read, and a context elsewhere on the web is noted but never fetched, because what a
record means must not depend on what another server says today. A recorded event carries the
effective context itself, so that it can be read apart from the document it came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ledger.epcis.uri import is_uri
from ledger.errors import InvalidInput

STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""The spelling we write; it names one fixed version."""

STANDARD_SPELLINGS = frozenset(
    f"{scheme}://{place}"
    for scheme in ("https", "http")
    for place in (
        "ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "gs1.github.io/EPCIS/epcis-context.jsonld",
    )
)
"""The URLs under which GS1 publishes the EPCIS 2.0 context."""

STANDARD_PREFIXES = frozenset({"epcis", "cbv", "cbvmda", "gs1", "rdfs", "owl", "xsd", "dcterms"})
"""Prefixes that the standard context declares."""

ABSOLUTE_SCHEMES = frozenset({"http", "https", "urn", "ni", "tag", "did", "geo", "mailto"})
"""Schemes of full URIs, which need no declaration even where nothing follows as `//`."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the context in force declares."""

    prefixes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    remote: tuple[str, ...] = ()  # contexts elsewhere, not read

    def declares(self, prefix: str) -> bool:
        """Whether names with this prefix have a meaning here, as far as we can tell."""
        return prefix in self.prefixes or prefix in STANDARD_PREFIXES or prefix in ABSOLUTE_SCHEMES

    def extended(self, value: Any) -> Context:
        """This context with another `@context` value on top of it.

        Raises InvalidInput `epcis-context-malformed`.
        """
        prefixes, remote = dict(self.prefixes), list(self.remote)
        for part in _parts(value):
            if isinstance(part, str):
                if part not in STANDARD_SPELLINGS and part not in remote:
                    remote.append(part)
            else:
                prefixes.update(part)
        return Context(MappingProxyType(prefixes), tuple(remote))

    def effective(self, used: Iterable[str]) -> Any:
        """The `@context` value that a recorded event carries.

        Only what the event uses is kept, so that one event handed in within two documents is one
        and the same record. Definitions that are no plain prefixes are always kept.
        """
        names = {
            name
            for name, meaning in self.prefixes.items()
            if name in used or not isinstance(meaning, str) or name.startswith("@")
        }
        if not names and not self.remote:
            return STANDARD
        inline = {name: self.prefixes[name] for name in sorted(names)}
        return [STANDARD, *self.remote, *([inline] if inline else [])]


def read_context(value: Any) -> Context:
    """The context that an `@context` member of a document declares."""
    return Context().extended(value)


def _parts(value: Any) -> list[str | dict[str, Any]]:
    parts = value if isinstance(value, list) else [value]
    for index, part in enumerate(parts):
        here = f"/{index}" if isinstance(value, list) else ""
        if not isinstance(part, dict) and not (isinstance(part, str) and is_uri(part)):
            raise InvalidInput(
                "epcis-context-malformed",
                "a context is a URI or an object that maps prefixes to URIs",
                pointer=here,
            )
        if part in parts[:index]:
            raise InvalidInput("epcis-context-malformed", "this context stands twice", pointer=here)
    return parts
