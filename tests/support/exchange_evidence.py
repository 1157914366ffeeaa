"""Evidence of legs, drawn: every action, with all that may be said of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from unicodedata import normalize

from hypothesis import strategies as st

from ledger.digest import Digest
from ledger.exchange.document import DocumentId
from ledger.exchange.evidence import (
    FILED,
    NAMING,
    Arrival,
    Evidence,
    ExchangeParty,
    FileCode,
    Staff,
)
from ledger.exchange.reasons import reasons_of
from ledger.exchange.rules import OPENINGS, RULES, LegAction
from ledger.exchange.signed import LegKey
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId

DOMAIN = Domain(190_945, "0x" + "11" * 20)
KEY = LegKey(OrgId(b"\x01" * 32), OrgId(b"\x02" * 32), b"\x04" * 32)
SENDER = ExchangeParty(KEY.sender, "H56.TEST.01", "Cơ quan thử nghiệm A")
RECIPIENT = ExchangeParty(KEY.recipient, "H56.TEST.02", "Cơ quan thử nghiệm B")
DOCUMENT_ID = DocumentId("H56.TEST.01", date(2026, 3, 2), "0123", "TEST-VP")
ORDER_ID = DocumentId("H56.TEST.01", date(2026, 3, 3), "0124", "TEST-VP")
SUBMITTED_AT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)

TEXTS = (
    st.text(st.characters(blacklist_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=40)
    .map(lambda text: normalize("NFC", text).strip()[:100])
    .filter(bool)
)
"""Texts as people write them, normalised."""

DIGESTS = st.binary(min_size=32, max_size=32).map(Digest)
_IDS = st.binary(min_size=16, max_size=16).map(RecordId)
_TIMES = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
_FILES = st.builds(
    FileCode,
    TEXTS.map(lambda text: text[:20].strip()),
    st.integers(1900, 9999),
    st.just("12/HS-VP"),
)
_STAFF = st.builds(Staff, TEXTS, st.none() | TEXTS) | st.builds(Staff, st.none() | TEXTS, TEXTS)


@st.composite
def evidence(draw: st.DrawFn, action: LegAction | None = None) -> Evidence:
    """Evidence of one event; times in whole seconds."""
    action = action or draw(st.sampled_from(sorted({*OPENINGS, *RULES})))
    opens = action in OPENINGS
    reasons = reasons_of(action)
    reason = draw(st.sampled_from(reasons)) if reasons else None
    in_words = reason is not None and reason.is_in_words
    rule = RULES.get(action)
    return Evidence(
        id=draw(_IDS),
        action=action,
        domain=DOMAIN,
        leg=KEY.leg,
        sequence=0 if opens else draw(st.integers(1, 2**32 - 1)),
        sender=draw(st.sampled_from([SENDER, ExchangeParty(SENDER.org, "000.00.00.H56")])),
        recipient=RECIPIENT,
        issuer=draw(st.sampled_from([SENDER.org, RECIPIENT.org, OrgId(b"\x03" * 32)])),
        custody=draw(st.sampled_from(["organization", "platform"])),
        event_time=draw(_TIMES),
        message=draw(DIGESTS),
        document_id=DOCUMENT_ID,
        version=draw(st.integers(1, 9)),
        submission_time=None if opens else SUBMITTED_AT,
        reason=reason.number if reason else 0,
        link=draw(DIGESTS) if rule is not None and rule.needs_link else None,
        previous=None if opens else draw(st.none() | _IDS),
        note=draw(TEXTS if in_words else st.none() | TEXTS),
        staff=draw(st.none() | _STAFF),
        arrival=(
            Arrival(draw(st.integers(1, 10**10 - 1)), draw(st.dates()))
            if action is LegAction.RECEIVE
            else None
        ),
        report=draw(st.none() | DIGESTS),
        file=draw(st.none() | _FILES) if action in FILED else None,
        by_document=draw(st.none() | st.just(ORDER_ID)) if action in NAMING else None,
    )
