"""Names in EPCIS XML and in EPCIS JSON: namespaces against prefixes, CBV URIs against bare words.

XML names an extension by namespace and local name, JSON by a prefix that `@context` declares. The
prefix of the XML document is kept where JSON can say it; where one prefix means two namespaces
within one event, or is none that a URI may begin with, another is made up in document order, so
that reading is a function of the document alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import quote

from ledger.epcis import vocabulary
from ledger.epcis.context import ABSOLUTE_SCHEMES, STANDARD_PREFIXES

EPCIS_1 = "urn:epcglobal:epcis:xsd:1"
EPCIS_2 = "urn:epcglobal:epcis:xsd:2"
QUERY_1 = "urn:epcglobal:epcis-query:xsd:1"
QUERY_2 = "urn:epcglobal:epcis-query:xsd:2"
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

OWN = frozenset({EPCIS_1, EPCIS_2, QUERY_1, QUERY_2})
"""Namespaces of the standard itself: their names are fields, as names without a namespace are."""

STANDARD_NAMESPACES: Mapping[str, str] = {
    "https://ref.gs1.org/epcis/": "epcis",
    "https://ref.gs1.org/cbv/": "cbv",
    "urn:epcglobal:cbv:mda": "cbvmda",
    "urn:epcglobal:cbv:mda:": "cbvmda",
    "https://gs1.org/voc/": "gs1",
    "https://ref.gs1.org/voc/": "gs1",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    "http://www.w3.org/2002/07/owl#": "owl",
    "http://www.w3.org/2001/XMLSchema": "xsd",
    "http://www.w3.org/2001/XMLSchema#": "xsd",
    "http://purl.org/dc/terms/": "dcterms",
}
"""Namespaces whose prefix the EPCIS context declares; the first of two spellings is written."""

NAMESPACE_OF: Mapping[str, str] = {
    prefix: namespace for namespace, prefix in reversed(list(STANDARD_NAMESPACES.items()))
}

_PREFIX = re.compile(r"[A-Za-z][-A-Za-z0-9+.]*")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4}|[0-9A-Fa-f]{8})_")
_NAME_START = r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"  # noqa: E501
_NOT_NAME_START = re.compile(f"[^{_NAME_START}]")
_NOT_NAME = re.compile(f"[^{_NAME_START}\\-.0-9\u00b7\u0300-\u036f\u203f-\u2040]")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x(?:[0-9A-Fa-f]{4}|[0-9A-Fa-f]{8}|)_)")
_PCHAR = "-._~!$&'()*+,;=:@"


class Prefixes:
    """The prefixes of one event, each with the one namespace it stands for."""

    def __init__(self, declared: Mapping[str | None, str]) -> None:
        self.meanings: dict[str, str] = {}
        self._prefix_of: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for prefix, namespace in declared.items():
            if prefix is not None and namespace not in OWN and namespace != XSI:
                self._declare(prefix, namespace)

    def json_name(self, tag: str, prefix: str | None = None) -> str:
        """The JSON member name of an element or attribute, given as `{namespace}local`."""
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = self._json_name(tag, prefix)
        return name

    def _json_name(self, tag: str, prefix: str | None) -> str:
        namespace, local = split_tag(tag)
        local = _unescape(local)
        if not namespace or namespace in OWN:
            return local
        found = self._prefix_of.get(namespace) or self._declare(prefix, namespace)
        return f"{found}:{quote(local, safe=_PCHAR)}"

    def _declare(self, wanted: str | None, namespace: str) -> str:
        found = self._prefix_of.get(namespace)
        if found is not None:
            return found
        standard = STANDARD_NAMESPACES.get(namespace)
        if standard is not None:
            self._prefix_of[namespace] = standard
            return standard
        prefix = wanted or ""
        number = 0
        while (
            _PREFIX.fullmatch(prefix) is None
            or prefix in self.meanings
            or prefix in STANDARD_PREFIXES
            or prefix.lower() in ABSOLUTE_SCHEMES
        ):
            number += 1
            prefix = f"ns{number}"
        self.meanings[prefix] = namespace
        self._prefix_of[namespace] = prefix
        return prefix


def split_tag(tag: str) -> tuple[str, str]:
    """Namespace and local name of `{namespace}local`; the namespace is empty where there is
    none."""
    if tag.startswith("{"):
        namespace, _, local = tag[1:].partition("}")
        return namespace, local
    return "", tag


def field_name(tag: str) -> str | None:
    """The name of a field of the standard; None where the name is an extension's."""
    namespace, local = split_tag(tag)
    return local if not namespace or namespace in OWN else None


def xml_local(name: str) -> str:
    """A name as XML may spell it: other characters are written `_xHHHH_`, an empty name `_x_`."""
    if not name:
        return "_x_"
    text = _LOOKS_ESCAPED.sub("_x005f_", name)
    head = _NOT_NAME_START.sub(_escape, text[:1])
    return head + _NOT_NAME.sub(_escape, text[1:])


def clean_text(text: str) -> str:
    """Text as XML can hold it: characters that XML forbids, even escaped, become U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"_x{code:04x}_" if code <= 0xFFFF else f"_x{code:08x}_"


def _unescape(local: str) -> str:
    if "_x" not in local:
        return local
    if local == "_x_":
        return ""
    return _ESCAPED.sub(lambda found: _character(int(found[1], 16), found[0]), local)


def _character(code: int, otherwise: str) -> str:
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return otherwise
    return chr(code)


class Words:
    """One list of standard words in both syntaxes: bare in JSON, a URI in XML."""

    def __init__(self, words: frozenset[str], urn: str | None, *webs: str) -> None:
        self._words = words
        self._urn = urn
        self._web = webs[0]
        self._forms = (*((urn,) if urn else ()), *webs)
        self.bare: Callable[[str], str] = lru_cache(maxsize=256)(self._bare)

    def _bare(self, value: str) -> str:
        """The bare word; a URI of one's own, and a word nobody knows, as it stands."""
        for form in self._forms:
            if value.startswith(form):
                rest = value[len(form) :]
                # A URN of the CBV cannot be one's own: bare, it is refused as an unknown word.
                return rest if rest in self._words or form == self._urn else value
        return value

    def uri(self, value: str, *, as_urn: bool) -> str:
        """The URI of a bare word; anything else as it stands."""
        if value not in self._words:
            return value
        return (self._urn if as_urn and self._urn is not None else self._web) + value


def _cbv(words: frozenset[str], urn: str, web: str) -> Words:
    return Words(
        words,
        f"urn:epcglobal:cbv:{urn}:",
        f"{vocabulary.CBV}{web}-",
        f"cbv:{web}-",
        f"http://ref.gs1.org/cbv/{web}-",
    )


def _voc(words: frozenset[str]) -> Words:
    return Words(words, None, "gs1:", "https://gs1.org/voc/", "https://ref.gs1.org/voc/")


BIZ_STEP = _cbv(vocabulary.BIZ_STEPS, "bizstep", "BizStep")
DISPOSITION = _cbv(vocabulary.DISPOSITIONS, "disp", "Disp")
TRANSACTION_TYPE = _cbv(vocabulary.BIZ_TRANSACTION_TYPES, "btt", "BTT")
PARTY_TYPE = _cbv(vocabulary.SOURCE_DESTINATION_TYPES, "sdt", "SDT")
ERROR_REASON = _cbv(vocabulary.ERROR_REASONS, "er", "ER")
COMPONENT = Words(
    vocabulary.COMPONENTS, None, f"{vocabulary.CBV}Comp-", "cbv:Comp-", "urn:epcglobal:cbv:comp:"
)
MEASUREMENT = _voc(vocabulary.MEASUREMENTS)
ALERT = _voc(vocabulary.SENSOR_ALERTS)
