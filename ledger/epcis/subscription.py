"""What a subscriber asks for: where results go, and when (EPCIS 2.0, section 12.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from ledger.clock import parse_time
from ledger.epcis.schedule import Schedule
from ledger.epcis.uri import is_uri
from ledger.errors import InvalidInput

MAX_DEST = 2_048
MAX_TOKEN = 1_024

_MEMBERS = frozenset(
    {"dest", "signatureToken", "stream", "schedule", "reportIfEmpty", "initialRecordTime"}
)


@dataclass(frozen=True, slots=True)
class Timing:
    """When results are given: as events arrive where `schedule` is None, else when it is due."""

    schedule: Schedule | None
    report_if_empty: bool
    initial_record_time: datetime | None

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Timing:
        """Raises InvalidInput `subscription-controls-malformed`."""
        stream, schedule = value.get("stream"), value.get("schedule")
        if stream is not None and type(stream) is not bool:
            refuse("/stream", "stream is true or left out")
        if bool(stream) == (schedule is not None):
            which = "both are" if stream else "neither is"
            refuse("", f"give stream: true or a schedule; {which} given")
        report = value.get("reportIfEmpty", False)
        if type(report) is not bool:
            refuse("/reportIfEmpty", "reportIfEmpty is true or false")
        since = value.get("initialRecordTime")
        try:
            initial = None if since is None else parse_time(since)
        except InvalidInput:
            refuse("/initialRecordTime", "initialRecordTime is a time with a zone")
        return cls(None if schedule is None else Schedule.read(schedule), report, initial)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A checked request for notification. The token signs what is sent; it is the client's secret
    and is never shown again."""

    dest: str
    token: str | None
    timing: Timing

    @classmethod
    def read(cls, value: Any) -> Subscription:
        """Read the JSON body. Whether the destination may be called is not decided here.

        Raises InvalidInput `subscription-controls-malformed`.
        """
        if not isinstance(value, Mapping):
            refuse("", "a subscription is an object")
        for name in value:
            if name not in _MEMBERS:
                refuse(f"/{name:.40}", f"{name!r:.40} is no member of a subscription")
        dest = value.get("dest")
        if not isinstance(dest, str) or len(dest) > MAX_DEST or not is_uri(dest):
            refuse("/dest", f"dest is a URL of at most {MAX_DEST} characters")
        check_dest(dest)
        token = value.get("signatureToken")
        if token is not None and (type(token) is not str or not 0 < len(token) <= MAX_TOKEN):
            refuse("/signatureToken", f"signatureToken is a text of 1 to {MAX_TOKEN} characters")
        return cls(dest, token, Timing.read(value))


def check_dest(dest: str) -> None:
    """Refuse a destination that no webhook can have."""
    try:
        parts = urlsplit(dest)
        port = parts.port
    except ValueError:
        refuse("/dest", "dest is not a URL")
    if parts.scheme.lower() not in ("https", "http") or not parts.hostname:
        refuse("/dest", "dest begins with https://")
    if parts.username is not None or parts.password is not None:
        refuse("/dest", "dest carries no user name; use a signatureToken")
    if port == 0:
        refuse("/dest", "dest names no port")


def refuse(pointer: str, detail: str) -> NoReturn:
    """Raise InvalidInput `subscription-controls-malformed`."""
    raise InvalidInput("subscription-controls-malformed", detail, pointer=pointer)
