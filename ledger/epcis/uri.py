"""Absolute URIs (RFC 3986), as EPCIS 2.0 demands them for ids, words of one's own and names."""

from __future__ import annotations

import re

_PCHAR = r"(?:[-A-Za-z0-9._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_URI = re.compile(
    r"([A-Za-z][-A-Za-z0-9+.]*):"
    r"(?://(?:(?:[-A-Za-z0-9._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?"
    r"(?:\[[0-9A-Fa-f:.vV]+\]|(?:[-A-Za-z0-9._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
    rf"(?:/{_PCHAR}*)*"
    rf"|/?(?:{_PCHAR}+(?:/{_PCHAR}*)*)?)"
    rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:\#(?:{_PCHAR}|[/?])*)?"
)

# Nearly every URI met in traffic; one simple repetition, so it costs a tenth of the grammar above.
_PLAIN = re.compile(r"[A-Za-z][-A-Za-z0-9+.]*:(?://[-A-Za-z0-9.]+/|(?!//))[-A-Za-z0-9._~:*;=/]*")


def is_uri(text: str) -> bool:
    """Whether the text is an absolute URI with a scheme."""
    return _PLAIN.fullmatch(text) is not None or _URI.fullmatch(text) is not None
