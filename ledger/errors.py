"""The error tree.

::

    LedgerError
    ├── InvalidInput          what was handed in is wrong; the pointer says where
    │   ├── TooLarge          … because it exceeds a stated limit
    │   │   └── UriTooLong    … and it is the address
    │   ├── UnsupportedMedia  … because its media type is not one we read
    │   └── NotAcceptable     … because no offered form of the answer is wanted
    ├── Unauthenticated       we do not know who asks
    ├── Forbidden             we know, and they may not
    ├── NotFound              well-formed, and not here
    ├── Conflict              contradicts what is already recorded
    │   └── Superseded        … because it was based on a version that is no longer the newest
    ├── QuotaExceeded         allowed, but not now
    ├── VerificationFailed    a proof, hash or signature does not hold
    ├── Unavailable           we could not find out: neither "fine" nor "forged"
    └── Misconfigured         the operator's settings or machine prevent a start

Each error carries a stable `code` of `ledger.error_codes` and the advice shown to whoever can mend
it. A bug is an assertion, never one of these.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ledger.error_codes import CODES


class LedgerError(Exception):
    """Root of every error this project raises on purpose."""

    family: ClassVar[str] = "error"

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        pointer: str | None = None,
        advice: str | None = None,
        **context: object,
    ) -> None:
        assert code in CODES, f"undeclared error code {code!r}"
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.pointer = pointer
        self.advice = advice if advice is not None else CODES[code]
        self.context = context

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between our processes; the default would call `__init__` anew."""
        return type(self).__new__, (type(self), *self.args), self.__dict__

    def __str__(self) -> str:
        where = f" (at {self.pointer or '/'})" if self.pointer is not None else ""
        return f"{self.detail}{where}"


class InvalidInput(LedgerError):
    """What was handed in is wrong; `pointer` (RFC 6901) or the detail says where."""

    family = "invalid"


class TooLarge(InvalidInput):
    """The input exceeds a stated limit."""


class UriTooLong(TooLarge):
    """The address of the request exceeds a stated limit."""


class UnsupportedMedia(InvalidInput):
    """The media type is not one we read."""


class NotAcceptable(InvalidInput):
    """None of the forms we can answer in is acceptable to the caller."""


class Unauthenticated(LedgerError):
    """The caller is not known."""

    family = "access"


class Forbidden(LedgerError):
    """The caller is known and may not do this."""

    family = "access"


class NotFound(LedgerError):
    """Well-formed, and not in the ledger."""

    family = "absent"


class Conflict(LedgerError):
    """Contradicts what is already recorded."""

    family = "conflict"


class Superseded(Conflict):
    """Based on a version that is no longer the newest."""


class QuotaExceeded(LedgerError):
    """Allowed, but not now."""

    family = "quota"


class VerificationFailed(LedgerError):
    """A proof, hash or signature does not hold."""

    family = "failed"


class Unavailable(LedgerError):
    """Could not find out. Never to be shown as a pass or a fail."""

    family = "unavailable"


class Misconfigured(LedgerError):
    """The operator's settings or machine prevent the start."""

    family = "configuration"
