"""The Status message of edXML: what became of a document, as QCVN 102 has it.

Made from the evidence of a leg and read back into it. A Status carries less than evidence does: no
leg, no commitment, seconds only. So what comes from an axis is joined with an earlier evidence of
its leg, and the organization signs what follows: nothing that an axis says is signed by anyone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from lxml import etree
from lxml.etree import _Element as Element

from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.exchange.description import MOST_OTHER, MOST_SUBJECT, Organ
from ledger.exchange.document import DocumentId, ResponseFor
from ledger.exchange.edxml.agency import organ_texts, read_organ, read_response, response_texts
from ledger.exchange.edxml.leaves import HEADER, NAMESPACE, Leaves, child, refuse
from ledger.exchange.edxml.order import build
from ledger.exchange.edxml.spelling import read_time, spell_time
from ledger.exchange.edxml.writing import assemble
from ledger.exchange.evidence import MOST_NOTE, MOST_STAFF, Arrival, Evidence, FileCode, Staff
from ledger.exchange.reasons import Reason, reasons_of
from ledger.exchange.rules import LegAction
from ledger.exchange.vocabulary import ACTION_OF_STATUS, EVENTS
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.records.submission import Custody

LABELS = {
    LegAction.ARRIVE: "Đã đến",
    LegAction.REFUSE: "Từ chối tiếp nhận",
    LegAction.RECEIVE: "Đã tiếp nhận",
    LegAction.ASSIGN: "Phân công xử lý",
    LegAction.BEGIN: "Đang xử lý",
    LegAction.FINISH: "Hoàn thành",
    LegAction.REQUEST_RECALL: "Yêu cầu thu hồi",
    LegAction.ACCEPT_RECALL: "Đồng ý thu hồi / cập nhật",
    LegAction.REFUSE_RECALL: "Từ chối thu hồi / cập nhật",
}
"""What a Status says that has nothing else to say."""

_WORDS = {
    "inbox": "01",
    "rejection": "02",
    "acceptance": "03",
    "processing": "05",
    "done": "06",
    # One public kit writes 14 for the answer that is 15 everywhere else.
    "14": "15",
}
"""What some axes write in place of a code. "fail" is no status of a document and is refused."""

_MOST_DESCRIPTION = MOST_NOTE + 200
"""A reason and a note."""

_S = "Status"
_SEPARATOR = ": "


@dataclass(frozen=True, slots=True)
class EdxmlStatus:
    """One Status message. `organ` says it of the document `response_for` names; `at` in UTC, whole
    seconds. `other` are the texts that have no name here, under their paths."""

    response_for: ResponseFor
    organ: Organ
    action: LegAction
    at: datetime
    description: str | None = None
    staff: Staff | None = None
    other: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The StatusCode."""
        return EVENTS[self.action].status_code or ""

    @classmethod
    def of(cls, evidence: Evidence) -> EdxmlStatus:
        """What this evidence is as a Status. Raises InvalidInput `edxml-status-missing` for an
        event that edXML has no code for."""
        if evidence.event.status_code is None:
            raise InvalidInput("edxml-status-missing", f"edXML has no {evidence.action.name}")
        by_sender = evidence.action is LegAction.REQUEST_RECALL
        party = evidence.sender if by_sender else evidence.recipient
        document = evidence.document_id
        return cls(
            response_for=ResponseFor(
                document.organ_id,
                f"{document.code_number}/{document.code_notation}",
                document.promulgation_date,
                document,
            ),
            organ=Organ(party.organ_id, party.name or ""),
            action=evidence.action,
            at=evidence.event_time.replace(microsecond=0),
            description=_describe(evidence),
            staff=evidence.staff,
        )

    def evidence(
        self,
        before: Evidence,
        *,
        id: RecordId,
        sequence: int,
        issuer: OrgId,
        custody: Custody = "organization",
        arrival: Arrival | None = None,
        link: Digest | None = None,
        report: Digest | None = None,
        file: FileCode | None = None,
        by_document: DocumentId | None = None,
    ) -> Evidence:
        """The evidence of this status, following `before` in its leg; what a Status does not carry
        is given. Raises InvalidInput `edxml-other-document` where it is about another document or
        of an agency that is not this leg's, and what the evidence raises."""
        if self.response_for.document_id not in (None, before.document_id):
            raise InvalidInput(
                "edxml-other-document", "the leg is of another document", pointer=_at("ResponseFor")
            )
        by_sender = self.action is LegAction.REQUEST_RECALL
        party = before.sender if by_sender else before.recipient
        if self.organ.organ_id != party.organ_id:
            raise InvalidInput(
                "edxml-other-document", f"the leg is {party.organ_id}'s", pointer=_at("From")
            )
        reason, note = _read_description(self.action, self.description)
        return replace(
            before,
            id=id,
            action=self.action,
            sequence=sequence,
            issuer=issuer,
            custody=custody,
            event_time=self.at,
            submission_time=before.submission_time or before.event_time,
            reason=reason.number if reason else 0,
            note=note,
            staff=self.staff,
            previous=before.id,
            arrival=arrival,
            link=link,
            report=report,
            file=file,
            by_document=by_document,
        )


def read_status(root: Element) -> EdxmlStatus:
    """The Status of a root element. Raises InvalidInput `edxml-malformed`."""
    envelope = child(root, "edXMLEnvelope", "/edXML")
    leaves = Leaves(child(envelope, "edXMLHeader", "/edXML/edXMLEnvelope"), HEADER)
    at = f"{_S}/Timestamp"
    return EdxmlStatus(
        response_for=read_response(leaves, f"{_S}/ResponseFor"),
        organ=read_organ(leaves, f"{_S}/From"),
        action=_read_code(leaves),
        at=read_time(leaves.text(at, 40), leaves.place(at)),
        description=leaves.find(f"{_S}/Description", _MOST_DESCRIPTION),
        staff=_read_staff(leaves),
        other=leaves.rest(MOST_SUBJECT, MOST_OTHER),
        ignored=tuple(leaves.foreign),
    )


def write_status(status: EdxmlStatus) -> bytes:
    """The edXML file in UTF-8."""
    staff = status.staff
    texts: dict[str, str | None] = {
        f"{_S}/StatusCode": status.code,
        f"{_S}/Description": status.description,
        f"{_S}/Timestamp": spell_time(status.at),
        f"{_S}/StaffInfo/Department": staff.department if staff else None,
        f"{_S}/StaffInfo/Staff": staff.staff if staff else None,
    }
    envelope = etree.Element(f"{{{NAMESPACE}}}edXMLEnvelope", nsmap={"edXML": NAMESPACE})
    build(
        etree.SubElement(envelope, f"{{{NAMESPACE}}}edXMLHeader"),
        status.other
        | {path: text for path, text in texts.items() if text}
        | organ_texts(status.organ, f"{_S}/From")
        | response_texts(status.response_for, f"{_S}/ResponseFor"),
    )
    return assemble(envelope)


def read_code(text: str, at: str) -> LegAction:
    """The action of a StatusCode or of a word that stands for one."""
    code = _WORDS.get(text.lower(), text)
    action = ACTION_OF_STATUS.get(code.zfill(2))
    if action is None:
        refuse(f"no status is {text!r:.40}", at)
    return action


def _read_code(leaves: Leaves) -> LegAction:
    path = f"{_S}/StatusCode"
    return read_code(leaves.text(path, 40), leaves.place(path))


def _read_staff(leaves: Leaves) -> Staff | None:
    department = leaves.find(f"{_S}/StaffInfo/Department", MOST_STAFF)
    staff = leaves.find(f"{_S}/StaffInfo/Staff", MOST_STAFF)
    return None if department is None and staff is None else Staff(department, staff)


def _describe(evidence: Evidence) -> str:
    reason, note = evidence.coded_reason, evidence.note
    if reason is None:
        return note or LABELS[evidence.action]
    if note is None:
        return reason.vi
    return note if reason.is_in_words else f"{reason.vi}{_SEPARATOR}{note}"


def _read_description(action: LegAction, text: str | None) -> tuple[Reason | None, str | None]:
    """The coded reason and the note of a Description: the inverse of `_describe`."""
    reasons = reasons_of(action)
    if not reasons:
        return None, None if text == LABELS[action] else text
    for reason in reasons:
        if reason.is_in_words:
            continue
        if text == reason.vi:
            return reason, None
        if text is not None and text.startswith(reason.vi + _SEPARATOR):
            return reason, text.removeprefix(reason.vi + _SEPARATOR)
    in_words = next(reason for reason in reasons if reason.is_in_words)
    return in_words, text or LABELS[action]


def _at(name: str) -> str:
    return f"{HEADER}/{_S}/{name}"
