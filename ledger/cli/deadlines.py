"""`provenance document deadlines`: the terms of a document by law, calendar and profile."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import AsJson
from ledger.cli.output import fail_in_one_line, show_json


@fail_in_one_line
def deadlines(
    signed_at: Annotated[
        str | None, typer.Option("--signed-at", help="RFC 3339 time of signing; default: now.")
    ] = None,
    priority: Annotated[
        int, typer.Option(min=0, max=4, help="0 ordinary, 1 khẩn, 2 thượng khẩn, 3 and 4 hỏa tốc.")
    ] = 0,
    due: Annotated[str | None, typer.Option(help="Due date, 2026-03-20.")] = None,
    profile: Annotated[str, typer.Option(help="decree-30 or two-days.")] = "decree-30",
    calendar: Annotated[
        str, typer.Option(help="Working calendar, docs/formats/deadlines.md.")
    ] = "vietnam-2026-2027",
    as_json: AsJson = False,
) -> None:
    """Until when it must arrive, be answered and be settled, as an opening takes them."""
    from ledger.clock import SystemClock, format_time, from_unix, parse_time
    from ledger.errors import InvalidInput
    from ledger.exchange.calendar import find_calendar, local
    from ledger.exchange.deadlines import PROFILES, find_terms
    from ledger.exchange.members import Members

    if profile not in PROFILES:
        raise InvalidInput("deadline-profile-unknown", f"the profiles are {', '.join(PROFILES)}")
    day = None if due is None else Members({"due": due}).day("due")
    at = SystemClock().now() if signed_at is None else parse_time(signed_at)
    terms = find_terms(at, priority, day, PROFILES[profile], find_calendar(calendar))
    if as_json:
        show_json(
            {
                "signedAt": format_time(at),
                "arriveBy": terms.arrive_by,
                "answerWithin": terms.answer_within,
                "settleBy": terms.settle_by,
                "attempts": terms.attempts,
                "profile": terms.profile,
                "calendar": calendar,
                "calendarDigest": terms.calendar.hex(),
            }
        )
        return
    print(f"arrive by   {local(from_unix(terms.arrive_by)):%Y-%m-%d %H:%M} (UTC+7)")
    print(f"answer      within {terms.answer_within} s of arrival")
    if terms.settle_by:
        print(f"settle by   {local(from_unix(terms.settle_by)):%Y-%m-%d %H:%M} (UTC+7)")
    print(f"calendar    {calendar}, SHA-256 {terms.calendar.hex()}")
