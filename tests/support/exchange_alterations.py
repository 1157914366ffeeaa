"""What somebody with the operator's database can do to documents between agencies, and what the
audit calls it.

Each alteration supposes two legs: one that was submitted, arrived, was handed over and received, of
a document with the number 1, between agencies with the codes H56.0 and H56.1; and one refused as
its third event. It works on both databases.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import create_engine, text

from ledger.storage.engines import parse_url


@dataclass(frozen=True, slots=True)
class Alteration:
    """SQL statements, and codes of findings of which the audit must tell one."""

    script: tuple[str, ...]
    named: frozenset[str]


def alter(database_url: str, alteration: Alteration, received: bytes, refused: bytes) -> None:
    """Do it, in one transaction. Fails where it changes nothing."""
    names = {"leg": bytes(received), "refused": bytes(refused), "zeros": bytes(32)}
    engine = create_engine(parse_url(database_url))
    try:
        with engine.begin() as connection:
            changed = 0
            for statement in alteration.script:
                used = {name: value for name, value in names.items() if f":{name}" in statement}
                changed += connection.execute(text(statement), used).rowcount
        assert changed
    finally:
        engine.dispose()


def _to(*script: str, named: str) -> Alteration:
    return Alteration(script, frozenset(named.split()))


_LEG = "(SELECT pk FROM exchange_legs WHERE leg = :leg)"
_EVENT = f"leg_pk = {_LEG} AND nonce"
_SET = "UPDATE exchange_events SET"
_REFUSAL = "leg_pk = (SELECT pk FROM exchange_legs WHERE leg = :refused) AND nonce = 2"

ALTERATIONS = {
    "a refusal becomes an acceptance": _to(
        f"{_SET} action = 9, state = 9, reason = 0 WHERE {_REFUSAL}",
        named="event-signature event-changed",
    ),
    "the reason of a refusal": _to(
        f"{_SET} reason = reason + 1 WHERE {_REFUSAL}",
        named="event-signature leg-head",
    ),
    "the last event dropped, and the leg put back": _to(
        f"DELETE FROM exchange_events WHERE {_EVENT} = 3",
        "UPDATE exchange_legs SET state = 7, events = 3, anchored = 3, "
        f"head = (SELECT head FROM exchange_events WHERE {_EVENT} = 2) WHERE leg = :leg",
        named="event-missing",
    ),
    "an event in the middle dropped": _to(
        f"DELETE FROM exchange_events WHERE {_EVENT} = 2",
        named="event-missing",
    ),
    "an event invented": _to(
        "INSERT INTO exchange_events (pk, leg_pk, nonce, action, state, org, actor, reason, "
        "evidence, link, deadline, signer, signature, evidence_record, evidence_salt, received_at, "
        "status, block, block_hash, block_time, tx_hash, log_index, head) "
        "SELECT (SELECT max(pk) + 1 FROM exchange_events), leg_pk, 4, 19, state, org, actor, "
        "reason, evidence, link, deadline, signer, signature, evidence_record, evidence_salt, "
        "received_at, status, block, block_hash, block_time, tx_hash, log_index, head "
        f"FROM exchange_events WHERE {_EVENT} = 3",
        "UPDATE exchange_legs SET events = 5, anchored = 5 WHERE leg = :leg",
        named="event-signature event-invented feed-missing",
    ),
    "an event re-dated": _to(
        f"{_SET} block_time = block_time - 86400 WHERE {_EVENT} = 1",
        named="leg-head",
    ),
    "when an event was taken in": _to(
        f"{_SET} received_at = received_at + 86400000 WHERE {_EVENT} = 1",
        named="event-redated",
    ),
    "two events exchanged": _to(
        f"{_SET} nonce = 99 WHERE {_EVENT} = 1",
        f"{_SET} nonce = 1 WHERE {_EVENT} = 2",
        f"{_SET} nonce = 2 WHERE {_EVENT} = 99",
        named="event-signature event-impossible",
    ),
    "another transaction named": _to(
        f"{_SET} tx_hash = :zeros WHERE {_EVENT} = 1",
        named="event-moved",
    ),
    "the evidence of an event": _to(
        f"{_SET} evidence_record = replace(evidence_record, 'H56.1', 'H56.9') WHERE {_EVENT} = 1",
        named="evidence-changed",
    ),
    "the salt of an evidence": _to(
        f"{_SET} evidence_salt = :zeros WHERE {_EVENT} = 1",
        named="evidence-changed",
    ),
    "the evidence taken away": _to(
        f"{_SET} evidence_record = NULL WHERE {_EVENT} = 1",
        named="evidence-missing",
    ),
    "a signature taken away": _to(
        f"{_SET} signature = NULL, signer = NULL WHERE {_EVENT} = 1",
        named="event-signature",
    ),
    "a deadline of the leg": _to(
        "UPDATE exchange_legs SET arrive_by = arrive_by + 86400 WHERE leg = :leg",
        named="event-signature leg-head",
    ),
    "the state of the leg": _to(
        "UPDATE exchange_legs SET state = 10 WHERE leg = :leg",
        named="leg-changed",
    ),
    "the recipient of the leg": _to(
        "UPDATE exchange_legs SET recipient = :zeros WHERE leg = :leg",
        named="leg-changed leg-missing",
    ),
    "the leg dropped": _to(
        f"DELETE FROM exchange_events WHERE leg_pk = {_LEG}",
        "DELETE FROM exchange_feed WHERE event_pk NOT IN (SELECT pk FROM exchange_events)",
        "DELETE FROM exchange_legs WHERE leg = :leg",
        named="leg-missing feed-gap",
    ),
    "the number of the document": _to(
        "UPDATE exchange_messages SET code_number = '77' WHERE document_id LIKE '%,1/%'",
        named="message-changed",
    ),
    "what the message says": _to(
        "UPDATE exchange_messages SET view = replace(view, 'H56.1', 'H56.7')",
        named="message-changed",
    ),
    "the message dropped": _to(
        "DELETE FROM exchange_messages WHERE document_id LIKE '%,1/%'",
        named="message-missing",
    ),
    "the order of the feed": _to(
        "UPDATE exchange_feed SET seq = 9999 WHERE seq = 1",
        "UPDATE exchange_feed SET seq = 1 WHERE seq = 2",
        "UPDATE exchange_feed SET seq = 2 WHERE seq = 9999",
        named="feed-reordered feed-changed",
    ),
    "an event kept from the feed": _to(
        "DELETE FROM exchange_feed WHERE seq = 3",
        named="feed-gap feed-missing",
    ),
}
"""By what somebody would gain by it."""

ALL_NAMED = frozenset(code for one in ALTERATIONS.values() for code in one.named)
"""Every code that one of them brings about."""
