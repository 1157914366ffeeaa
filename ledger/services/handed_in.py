"""One record that an organization committed to and signed itself: read, checked, never changed.

The same rules as for a record that the platform signs (`check_events`, `ItemVersion.read`); what
those would complete or tidy is refused here, because the commitment would not be the signed one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NoReturn, TypeVar

from ledger import canonical
from ledger.clock import format_time, parse_time
from ledger.epcis.document import check_events, read_event
from ledger.epcis.event import Event
from ledger.errors import InvalidInput
from ledger.exchange.statistics import STATISTICS_KIND, SignedStatistics
from ledger.identity.organization import OrgId
from ledger.masterdata.item import ItemVersion
from ledger.masterdata.kind import Kind
from ledger.records.commitment import commit_body
from ledger.records.record import RecordId
from ledger.services.intake import KIND, Prepared, prepared

OLDEST = timedelta(days=1)
"""How long ago a submission may have been signed and its records captured."""
AHEAD = timedelta(minutes=5)
"""How far its clock may run before ours."""

KINDS = (KIND, *(kind.record_kind for kind in Kind), STATISTICS_KIND)
"""Every kind of record that is handed in."""

T = TypeVar("T")

_SALT = re.compile(r"[0-9a-f]{64}")
_ENVELOPE = {"v", "kind", "id", "org", "capturedAt", "body"}


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A record as it was signed and as it will be stored; `said` is what its body states, `at` the
    pointer of its envelope."""

    at: str
    kind: str
    captured_at: datetime
    record_id: bytes
    salt: bytes
    body: bytes
    commitment: bytes
    said: Prepared | ItemVersion | SignedStatistics
    warnings: tuple[str, ...] = ()

    @classmethod
    def read(cls, org: OrgId, item: Any, at: str, now: datetime) -> HandedIn:
        """Read a record and its salt at this pointer. Raises InvalidInput with a pointer:
        `submission-malformed`, or what the rules of its kind say of the body."""
        if not isinstance(item, dict) or set(item) != {"envelope", "recordSalt"}:
            refuse("a record has envelope and recordSalt", at)
        envelope, salt_text = item["envelope"], item["recordSalt"]
        if not isinstance(salt_text, str) or _SALT.fullmatch(salt_text) is None:
            refuse("a record salt is 64 lower-case hexadecimal digits", f"{at}/recordSalt")
        at += "/envelope"
        if not isinstance(envelope, dict) or set(envelope) != _ENVELOPE or envelope["v"] != 1:
            refuse("not a version 1 envelope", at)
        kind = envelope["kind"]
        if kind not in KINDS:
            refuse(f"one of {', '.join(KINDS)}", f"{at}/kind")
        if envelope["org"] != org.text:
            refuse("a record of another organization than the signer's", f"{at}/org")
        record_id = _under(f"{at}/id", RecordId.parse, envelope["id"])
        captured_at = _under(f"{at}/capturedAt", parse_time, envelope["capturedAt"])
        if format_time(captured_at) != envelope["capturedAt"]:
            refuse("a time has one spelling: UTC with milliseconds", f"{at}/capturedAt")
        check_age(captured_at, now, f"{at}/capturedAt")
        said = _under(f"{at}/body", partial(_read_body, kind, now), envelope["body"])
        salt = bytes.fromhex(salt_text)
        body, commitment = commit_body(
            record_id.text, org.text, envelope["capturedAt"], kind, envelope["body"], salt
        )
        return cls(
            at=at,
            kind=kind,
            captured_at=captured_at,
            record_id=bytes(record_id),
            salt=salt,
            body=body,
            commitment=commitment,
            said=(
                prepared(org, said, bytes(record_id), salt, body, commitment)
                if isinstance(said, Event)
                else said
            ),
            warnings=said.warnings if isinstance(said, Event) else (),
        )


def _read_body(kind: str, now: datetime, body: Any) -> Event | ItemVersion | SignedStatistics:
    if kind == STATISTICS_KIND:
        return SignedStatistics.read(body)
    master = Kind.of_record(kind)
    if master is not None:
        return ItemVersion.read(master, body)
    (checked,) = check_events(read_event(canonical.encode(body)), now)
    if isinstance(checked, InvalidInput):
        raise checked
    if not checked.has_own_id or "recordTime" in body:
        refuse("a signed event has its eventID and no recordTime", "")
    return checked


def _under(at: str, read: Callable[[Any], T], value: Any) -> T:
    """What `read` makes of it; what it refuses, with the whole pointer."""
    try:
        return read(value)
    except InvalidInput as fault:
        fault.pointer = f"{at}{fault.pointer or ''}"
        raise


def check_age(at: datetime, now: datetime, pointer: str) -> None:
    """Refuse a time that is too old or ahead of ours."""
    if not now - OLDEST <= at <= now + AHEAD:
        refuse("signed more than a day ago, or ahead of the clock", pointer)


def refuse(detail: str, pointer: str) -> NoReturn:
    """Raise InvalidInput `submission-malformed`."""
    raise InvalidInput("submission-malformed", detail, pointer=pointer)
