"""Evidence as ETSI EN 319 522 writes it, in JSON: the body of an `exchange.evidence` record.

Members are named as in EN 319 522-2 (EvidenceIdentifier, ERDSEventId, EventTime …). The slots the
standard leaves to the provider carry ours: TransactionLogInformation where in which leg of which
contract it stands, Extensions what the standard has no name for. Reading is strict, so there is one
JSON for one evidence: `read(write(e)) == e`, and `write(read(j)) == j`.

What the chain made of it is known only later and is no part of what is committed: `export` adds it
for whoever is shown the evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from ledger.clock import format_time, parse_time
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.exchange.document import MOST_ORGAN_ID, VERSION_MAX, DocumentId
from ledger.exchange.evidence import (
    EVIDENCE_KIND,
    MOST_FILE_NOTATION,
    MOST_NAME,
    MOST_NOTE,
    MOST_STAFF,
    Arrival,
    Evidence,
    ExchangeParty,
    FileCode,
    Staff,
)
from ledger.exchange.members import Members, without_absent
from ledger.exchange.reasons import Reason
from ledger.exchange.rules import LegAction
from ledger.exchange.vocabulary import ACTION_OF_EVENT
from ledger.identity.address import parse_address
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.records.commitment import commitment_of
from ledger.records.record import Record, RecordId
from ledger.records.submission import Custody

T = TypeVar("T")

ERDS_VERSION = "EN319522v1.2.1"

POLICY = "https://ns.thanhhoa.example/exchange/policy/1"
"""EvidenceIssuerPolicyID: docs/formats/evidence.md."""

COMMITMENT_METHOD = "https://ns.thanhhoa.example/record-commitment/1"
"""DigestMethod of a salted commitment (docs/formats/record.md), which is no digest of a file."""

_MOST_SEQUENCE = 2**32 - 1
_MOST_CHAIN = 2**53 - 1


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """Where the chain has the event: block, its time in unix seconds, transaction, place of the log
    in the block."""

    block: int
    block_time: int
    transaction: Digest
    log_index: int


def record(evidence: Evidence) -> Record:
    """The record that is committed to; of the organization that acts, as of when it did."""
    return _record(evidence, write(evidence))


def _record(evidence: Evidence, written: dict[str, Any]) -> Record:
    return Record(evidence.id, EVIDENCE_KIND, evidence.issuer, evidence.event_time, written)


def commitment(evidence: Evidence, record_salt: bytes) -> Digest:
    """The `evidence` of the Opening or Step. `record_salt` as in docs/formats/record.md."""
    return Digest(commitment_of(record(evidence).envelope(), record_salt))


def read_record(envelope: Any) -> Evidence:
    """The evidence of a record's envelope. Raises InvalidInput `evidence-malformed`."""
    members = Members(envelope, code="evidence-malformed")
    body = members.take("body")
    evidence = read(body, "/body")
    # In Python true equals 1, and the version is the one number here that nothing else reads.
    if _record(evidence, body).envelope() != envelope or envelope["v"] is True:
        raise InvalidInput(
            "evidence-malformed", "id, org, kind or time are not those of the evidence", pointer=""
        )
    return evidence


def write(evidence: Evidence) -> dict[str, Any]:
    """The evidence as JSON."""
    reason = evidence.coded_reason
    submitted = evidence.submission_time
    return {
        "EvidenceVersion": ERDS_VERSION,
        "EvidenceIdentifier": evidence.id.text,
        "ERDSEventId": evidence.event.uri,
        **({"EventReasons": [_reason(reason)]} if reason else {}),
        "EventTime": format_time(evidence.event_time),
        **({"SubmissionTime": format_time(submitted)} if submitted else {}),
        "EvidenceIssuerPolicyID": [POLICY],
        "EvidenceIssuerDetails": {"Identifier": evidence.issuer.text},
        "SenderDetails": _party(evidence.sender),
        "RecipientDetails": [_party(evidence.recipient)],
        "EvidenceRefersToRecipient": evidence.recipient.org.text,
        "MessageIdentifier": evidence.document_id.text,
        "UserContentInfo": {
            "DigestMethod": COMMITMENT_METHOD,
            "DigestValue": evidence.message.hex(),
        },
        "TransactionLogInformation": {
            "chainId": evidence.domain.chain_id,
            "contract": evidence.domain.verifying_contract.lower(),
            "leg": evidence.leg.hex(),
            "sequence": evidence.sequence,
        },
        "Extensions": _extensions(evidence),
    }


def export(evidence: Evidence, place: ChainPlace | None) -> dict[str, Any]:
    """The evidence with what the chain made of it; nothing more while it is not confirmed."""
    body = write(evidence)
    if place is not None:
        body["TransactionLogInformation"] |= {
            "blockNumber": place.block,
            "blockTime": place.block_time,
            "transactionHash": place.transaction.hex(),
            "logIndex": place.log_index,
        }
    return body


def read(body: Any, at: str = "") -> Evidence:
    """The evidence that `write` gives as exactly this JSON, as `canonical.parse` returns it.

    Raises InvalidInput `evidence-malformed` with a pointer, or what the evidence itself raises.
    """
    members = Members(body, at, "evidence-malformed")
    log = members.object("TransactionLogInformation")
    extensions = members.object("Extensions")
    edxml = extensions.find("edXML", _read_edxml)
    evidence = Evidence(
        id=_parsed(members, "EvidenceIdentifier", RecordId.parse),
        action=_read_action(members),
        domain=Domain(
            log.integer("chainId", 1, _MOST_CHAIN), _parsed(log, "contract", parse_address)
        ),
        leg=log.digest("leg"),
        sequence=log.integer("sequence", 0, _MOST_SEQUENCE),
        sender=_read_party(members.take("SenderDetails"), members.place("SenderDetails")),
        recipient=_only(members, "RecipientDetails"),
        issuer=_parsed(members.object("EvidenceIssuerDetails"), "Identifier", OrgId.parse),
        custody=cast("Custody", extensions.text("custody", 12)),
        event_time=_parsed(members, "EventTime", parse_time),
        message=members.object("UserContentInfo").digest("DigestValue"),
        document_id=_parsed(members, "MessageIdentifier", DocumentId.parse),
        version=extensions.integer("version", 1, VERSION_MAX),
        submission_time=members.find("SubmissionTime", _at(parse_time)),
        reason=members.find("EventReasons", _read_reason) or 0,
        link=extensions.find("link", extensions.read_digest),
        previous=extensions.find("previousEvidence", _at(RecordId.parse)),
        note=extensions.find_text("note", MOST_NOTE),
        staff=edxml,
        arrival=extensions.find("arrival", _read_arrival),
        report=extensions.find("report", extensions.read_digest),
        file=extensions.find("file", _read_file),
        by_document=extensions.find("byDocument", DocumentId.read),
    )
    # Whatever is derived from the rest (names of events, texts of reasons, versions) is there too,
    # and is what we would have written; nothing unknown can hide between the members.
    written = write(evidence)
    if written != body:
        raise InvalidInput(
            "evidence-malformed",
            "not what this evidence is written as",
            pointer=_first_difference(written, body, at),
        )
    return evidence


def _reason(reason: Reason) -> dict[str, Any]:
    return without_absent(
        {
            "number": reason.number,
            "code": reason.etsi or reason.code,
            "uri": reason.uri,
            "detail": reason.vi,
            "detailEn": reason.en,
        }
    )


def _party(party: ExchangeParty) -> dict[str, Any]:
    return without_absent(
        {"Identifier": party.org.text, "OrganId": party.organ_id, "OrganName": party.name}
    )


def _extensions(evidence: Evidence) -> dict[str, Any]:
    staff = evidence.staff
    people = without_absent(
        {"Department": staff.department, "Staff": staff.staff} if staff is not None else {}
    )
    arrival, file = evidence.arrival, evidence.file
    return without_absent(
        {
            "action": evidence.action.name,
            "impliedEvents": list(evidence.event.implied),
            "party": evidence.party.value,
            "custody": evidence.custody,
            "version": evidence.version,
            "previousEvidence": evidence.previous and evidence.previous.text,
            "link": evidence.link and evidence.link.hex(),
            "report": evidence.report and evidence.report.hex(),
            "note": evidence.note,
            "arrival": arrival
            and {"ArrivalNumber": arrival.number, "ArrivalDate": arrival.on.isoformat()},
            "file": file
            and {"OrganId": file.organ_id, "FileCatalog": file.year, "FileNotation": file.notation},
            "byDocument": evidence.by_document and evidence.by_document.text,
            "edXML": without_absent(
                {"StatusCode": evidence.event.status_code, "StaffInfo": people}
            ),
        }
    )


def _read_action(members: Members) -> LegAction:
    action = ACTION_OF_EVENT.get(members.text("ERDSEventId", 200))
    if action is None:
        members.refuse("no event that is known here", "ERDSEventId")
    return action


def _read_party(value: Any, at: str) -> ExchangeParty:
    members = Members(value, at, "evidence-malformed")
    return ExchangeParty(
        _parsed(members, "Identifier", OrgId.parse),
        members.text("OrganId", MOST_ORGAN_ID),
        members.find_text("OrganName", MOST_NAME),
    )


def _only(members: Members, name: str) -> ExchangeParty:
    parties = members.items(name, 1, _read_party)
    if not parties:
        members.refuse("there is one recipient here", name)
    return parties[0]


def _read_reason(value: Any, at: str) -> int:
    if not isinstance(value, list) or len(value) != 1:
        raise InvalidInput("evidence-malformed", "there is one reason here", pointer=at)
    return Members(value[0], f"{at}/0", "evidence-malformed").integer("number", 1, 2**16 - 1)


def _read_edxml(value: Any, at: str) -> Staff | None:
    return Members(value, at, "evidence-malformed").find("StaffInfo", _read_staff)


def _read_staff(value: Any, at: str) -> Staff:
    members = Members(value, at, "evidence-malformed")
    return Staff(
        members.find_text("Department", MOST_STAFF), members.find_text("Staff", MOST_STAFF)
    )


def _read_arrival(value: Any, at: str) -> Arrival:
    members = Members(value, at, "evidence-malformed")
    return Arrival(members.integer("ArrivalNumber", 1, 10**10 - 1), members.day("ArrivalDate"))


def _read_file(value: Any, at: str) -> FileCode:
    members = Members(value, at, "evidence-malformed")
    return FileCode(
        members.text("OrganId", MOST_ORGAN_ID),
        members.integer("FileCatalog", 1900, 9999),
        members.text("FileNotation", MOST_FILE_NOTATION),
    )


def _at(parse: Callable[[Any], T]) -> Callable[[Any, str], T]:
    def read(value: Any, at: str) -> T:
        try:
            return parse(value)
        except InvalidInput as error:
            raise InvalidInput(error.code, error.detail, pointer=at) from error

    return read


def _parsed(members: Members, name: str, parse: Callable[[Any], T]) -> T:
    found = members.find(name, _at(parse))
    if found is None:
        members.refuse("this member is required", name)
    return found


def _first_difference(written: Any, body: Any, at: str) -> str:
    if not isinstance(written, dict) or not isinstance(body, dict):
        return at
    for name in sorted(written.keys() | body.keys()):
        if name not in written or name not in body or written[name] != body[name]:
            return _first_difference(written.get(name), body.get(name), f"{at}/{name}")
    return at
