"""What the caller sends and what it wants back: media types and GS1 versions.

RFC 9110 12.5.1 for Accept; EPCIS 2.0 12.5 for the `GS1-*` headers. An unsupported wish is a 406,
an unreadable body a 415, never a silent fallback.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from ledger.epcis.translation import EpcFormat
from ledger.errors import NotAcceptable, UnsupportedMedia

JSON = "application/json"
JSON_LD = "application/ld+json"
XML = "application/xml"
TEXT_XML = "text/xml"
"""RFC 7303 9.2: another name of application/xml, and what many an ERP says."""
BOTH_XML = (XML, TEXT_XML)

EPCIS_VERSION = "2.0"
CBV_VERSION = "2.0"

GS1_HEADERS: dict[str, str] = {
    "GS1-EPCIS-Version": EPCIS_VERSION,
    "GS1-EPCIS-Min": EPCIS_VERSION,
    "GS1-EPCIS-Max": EPCIS_VERSION,
    "GS1-CBV-Version": CBV_VERSION,
    "GS1-CBV-Min": CBV_VERSION,
    "GS1-CBV-Max": CBV_VERSION,
    "GS1-EPC-Format": EpcFormat.NO_PREFERENCE,
    "GS1-CBV-XML-Format": "No_Preference",
    "GS1-Extensions": "cbvmda=urn:epcglobal:cbv:mda:",
    "GS1-Vendor-Version": "1.0.0",
}
"""What every EPCIS resource answers about itself."""


def describe_resource(allow: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to OPTIONS (EPCIS 2.0, 12.3): methods, versions, formats."""
    return Response(status_code=204, headers={"Allow": allow, **GS1_HEADERS, **(headers or {})})


_CBV_FORMATS = {"No_Preference", "Always_URN", "Always_Web_URI", "Never_Translates"}
_VERSION = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")


def bare_media_type(value: str | None) -> str:
    """A Content-Type without its parameters, in lower case; "" when absent."""
    return (value or "").partition(";")[0].strip().lower()


def check_content_type(value: str | None, offered: Sequence[str]) -> str:
    """The media type of a body. Raises UnsupportedMedia `media-type-unsupported`.

    A charset other than UTF-8 is refused as well: RFC 8259 allows no other.
    """
    media_type = bare_media_type(value)
    if media_type not in offered:
        raise UnsupportedMedia(
            "media-type-unsupported",
            f"Content-Type {value or '(absent)'!r:.80} is not read here",
            advice=f"Send one of: {', '.join(offered)}.",
        )
    for parameter in (value or "").split(";")[1:]:
        name, _, setting = parameter.partition("=")
        if name.strip().lower() == "charset" and setting.strip().strip('"').lower() != "utf-8":
            raise UnsupportedMedia("media-type-unsupported", "only UTF-8 is read")
    return media_type


def choose_media_type(accept: str | None, offered: Sequence[str]) -> str:
    """The offered type the caller likes best; the first offered among equals.

    Raises NotAcceptable `media-type-not-acceptable` when none is wanted.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = parse_weighted(accept)
    best, liking = "", 0.0
    for candidate in offered:
        quality = quality_of(candidate, ranges)
        if quality > liking:
            best, liking = candidate, quality
    if not best:
        raise NotAcceptable(
            "media-type-not-acceptable",
            f"none of the offered types fits Accept {accept!r:.120}",
            advice=f"Ask for one of: {', '.join(offered)}.",
        )
    return best


def parse_weighted(header: str) -> list[tuple[str, float]]:
    """The values of a header such as Accept or Accept-Language, in lower case, with their quality
    (RFC 9110 12.4.2)."""
    return [_parse_range(part) for part in header.split(",") if part.strip()]


def _parse_range(part: str) -> tuple[str, float]:
    pieces = [piece.strip() for piece in part.split(";")]
    quality = 1.0
    for piece in pieces[1:]:
        name, _, setting = piece.partition("=")
        if name.strip().lower() == "q":
            try:
                quality = min(1.0, max(0.0, float(setting)))
            except ValueError:
                quality = 0.0
    return pieces[0].lower(), quality


def quality_of(candidate: str, ranges: Sequence[tuple[str, float]]) -> float:
    """How much a media type is liked, by the most specific range that fits (RFC 9110 12.5.1)."""
    family = candidate.partition("/")[0] + "/*"
    found: dict[str, float] = {}
    for name, quality in ranges:
        if name in (candidate, family, "*/*"):
            found[name] = max(quality, found.get(name, 0.0))
    for name in (candidate, family, "*/*"):
        if name in found:
            return found[name]
    return 0.0


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether the caller reads gzip (RFC 9110 12.5.3); who says nothing gets the plain bytes."""
    wanted = [_parse_range(part) for part in (accept_encoding or "").split(",")]
    named = dict(wanted)
    return named.get("gzip", named.get("*", 0.0)) > 0.0


def compress(accept_encoding: str | None, content: bytes) -> tuple[bytes, dict[str, str]]:
    """The body as the caller reads it with the fewest bytes, and the header that says so."""
    if not accepts_gzip(accept_encoding):
        return content, {}
    return gzip.compress(content, 6, mtime=0), {"Content-Encoding": "gzip"}


def check_gs1_versions(headers: Mapping[str, str]) -> None:
    """Refuse versions we do not speak. Raises NotAcceptable `gs1-version-unsupported`.

    An exact version must be 2.0 or 2.0.x; a range must contain 2.0.
    """
    for standard in ("EPCIS", "CBV"):
        exact = headers.get(f"gs1-{standard.lower()}-version")
        lowest = headers.get(f"gs1-{standard.lower()}-min")
        highest = headers.get(f"gs1-{standard.lower()}-max")
        if exact is not None and _version(standard, exact)[:2] != (2, 0):
            raise _unsupported(standard, exact)
        if lowest is not None and _version(standard, lowest)[:2] > (2, 0):
            raise _unsupported(standard, lowest)
        if highest is not None and _version(standard, highest) < (2, 0, 0):
            raise _unsupported(standard, highest)


def choose_epc_format(headers: Mapping[str, str]) -> EpcFormat:
    """How identifiers are to be spelled; Digital Links unless said otherwise (EPCIS 2.0, 12.5).

    Raises NotAcceptable `gs1-epc-format-unsupported` for a wish the standard does not know.
    """
    wanted = headers.get("gs1-epc-format", EpcFormat.DIGITAL_LINK)
    try:
        return EpcFormat(wanted)
    except ValueError:
        raise NotAcceptable(
            "gs1-epc-format-unsupported", f"GS1-EPC-Format {wanted!r:.60} is not offered"
        ) from None


def wants_cbv_urns(headers: Mapping[str, str]) -> bool:
    """Whether XML shall spell CBV words as URNs, as XML has always done, or as web URIs.

    Raises NotAcceptable `gs1-cbv-format-unsupported` for a wish the standard does not know.
    """
    wanted = headers.get("gs1-cbv-xml-format", "No_Preference")
    if wanted not in _CBV_FORMATS:
        raise NotAcceptable(
            "gs1-cbv-format-unsupported", f"GS1-CBV-XML-Format {wanted!r:.60} is not offered"
        )
    return wanted != "Always_Web_URI"


def _version(standard: str, text: str) -> tuple[int, int, int]:
    match = _VERSION.fullmatch(text.strip())
    if match is None or len(text) > 20:
        raise _unsupported(standard, text)
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)


def _unsupported(standard: str, version: str) -> NotAcceptable:
    return NotAcceptable(
        "gs1-version-unsupported", f"{standard} version {version!r:.40} is not spoken here"
    )
