"""A verification report on the wire; `docs/formats/verdicts.md` and, for a leg of a document,
`docs/formats/leg-bundle.md` are normative."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.wire import Answer


class CheckAnswer(Answer):
    """One numbered check."""

    number: int
    name: str
    outcome: Literal["pass", "fail", "skipped", "unknown"]
    detail: str
    code: str | None = None


class NoticeAnswer(Answer):
    """Something to know although no check failed."""

    code: str
    detail: str


class ReportAnswer(Answer):
    """Eleven checks of the bundle of a record, and the verdict that follows from them."""

    v: Literal[1]
    type: Literal["provenance.report"]
    verdict: Literal[
        "intact",
        "intact, with notice",
        "pending",
        "does not match",
        "withdrawn",
        "recalled",
        "could not check",
        "unknown",
    ]
    checks: list[CheckAnswer]
    notices: list[NoticeAnswer]
    facts: dict[str, Any] = Field(description="Empty when the verdict is `does not match`.")
    checked_at: str


class LegReportAnswer(Answer):
    """Fourteen checks of a leg's bundle and the verdict that follows from them."""

    v: Literal[1]
    type: Literal["provenance.leg-report"]
    verdict: Literal[
        "intact",
        "intact, with notice",
        "does not match",
        "withdrawn",
        "recalled",
        "could not check",
    ]
    checks: list[CheckAnswer]
    notices: list[NoticeAnswer]
    facts: dict[str, Any] = Field(description="Empty when the verdict is `does not match`.")
    checked_at: str


AnyReportAnswer = Annotated[ReportAnswer | LegReportAnswer, Field(discriminator="type")]
"""`type` tells which kind of file was judged."""
