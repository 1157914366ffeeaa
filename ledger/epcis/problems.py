"""The names EPCIS 2.0 gives to kinds of refusal (section 12.7.2), by our error families.

Names only: which HTTP status goes with them is the API's business.
"""

from __future__ import annotations

from ledger.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LedgerError,
    NotAcceptable,
    NotFound,
    QuotaExceeded,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
    UriTooLong,
)

PREFIX = "epcisException:"

_BY_CODE = {
    "page-token-malformed": "QueryParameterException",
    "page-token-revoked": "QueryParameterException",
    "query-limits-conflict": "QueryParameterException",
    "query-malformed": "QueryValidationException",
    "query-name-malformed": "QueryValidationException",
    "query-parameter-repeated": "QueryParameterException",
    "query-parameter-unknown": "QueryParameterException",
    "query-too-complex": "QueryTooComplexException",
    "query-too-large": "QueryTooLargeException",
    "query-value-malformed": "QueryParameterException",
    "subscription-controls-malformed": "SubscriptionControlsException",
    "webhook-address-refused": "SubscriptionControlsException",
}
"""Refusals that have a name of their own within their family."""

_NAMES: tuple[tuple[type[LedgerError], str], ...] = (
    # Subclasses before their parents.
    (UriTooLong, "URITooLongException"),
    (TooLarge, "CaptureLimitExceededException"),
    (UnsupportedMedia, "UnsupportedMediaTypeException"),
    (NotAcceptable, "NotAcceptableException"),
    (InvalidInput, "ValidationException"),
    (Unauthenticated, "SecurityException"),
    (Forbidden, "SecurityException"),
    (NotFound, "NoSuchNameException"),
    (Conflict, "ResourceAlreadyExistsException"),
    (QuotaExceeded, "CaptureLimitExceededException"),
)


def find_exception_type(code: str) -> str | None:
    """`epcisException:…` for a code that has a name of its own."""
    name = _BY_CODE.get(code)
    return None if name is None else PREFIX + name


def exception_type(error: LedgerError) -> str:
    """`epcisException:…` for an error; ImplementationException for what is our side's fault."""
    own = find_exception_type(error.code)
    if own is not None:
        return own
    for family, name in _NAMES:
        if isinstance(error, family):
            return PREFIX + name
    return PREFIX + "ImplementationException"
