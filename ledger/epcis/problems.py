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
)

PREFIX = "epcisException:"

_NAMES: tuple[tuple[type[LedgerError], str], ...] = (
    # Subclasses before their parents.
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


def exception_type(error: LedgerError) -> str:
    """`epcisException:…` for an error; ImplementationException for what is our side's fault."""
    for family, name in _NAMES:
        if isinstance(error, family):
            return PREFIX + name
    return PREFIX + "ImplementationException"
