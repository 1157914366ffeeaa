"""What the numbered checks of one run found, whichever kind of file is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from ledger.errors import InvalidInput, LedgerError, Unavailable, VerificationFailed
from ledger.verify.finding import Finding
from ledger.verify.report import Check, Outcome

C = TypeVar("C", bound=Check)


class CheckRun(Generic[C]):
    """Checks of one kind by number, and the notices that came with them."""

    def __init__(self, kind: type[C]) -> None:
        self._kind = kind
        self._checks: dict[int, C] = {}
        self.notices: list[str] = []

    def __getitem__(self, number: int) -> C:
        return self._checks[number]

    def check(self, number: int, check: Callable[[], Finding]) -> None:
        """Make a check: what it raises as refused fails it, and what could not be found out leaves
        it unknown."""
        try:
            self.note(number, check())
        except (VerificationFailed, InvalidInput) as error:
            self.fault(number, Outcome.FAIL, error)
        except Unavailable as error:
            self.fault(number, Outcome.UNKNOWN, error)

    def note(self, number: int, finding: Finding) -> None:
        """What a check found that did not raise."""
        self._checks[number] = self._kind(number, finding.outcome, finding.detail)
        self.notices.extend(finding.notices)

    def skip(self, number: int, detail: str) -> None:
        """The check does not apply, or rests on something already refused."""
        self._checks[number] = self._kind(number, Outcome.SKIPPED, detail)

    def fault(self, number: int, outcome: Outcome, error: LedgerError) -> None:
        """What a check met instead of a finding."""
        self._checks[number] = self._kind(number, outcome, str(error), error.code)

    def doubt(self, number: int, basis: C) -> None:
        """The check rests on another that is unknown, and is so for the same reason."""
        self._checks[number] = self._kind(number, Outcome.UNKNOWN, basis.detail, basis.code)

    def in_order(self, numbers: Iterable[int]) -> tuple[C, ...]:
        """All of these; those never reached are skipped."""
        return tuple(
            self._checks.get(number) or self._kind(number, Outcome.SKIPPED, "not reached")
            for number in numbers
        )
