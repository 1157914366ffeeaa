"""What the doors of an integration axis (LGSP, VXP) call things: kinds of message, faults.

As seen in public integrations: `POST /v1/sendEdoc`, `GET /v1/syncReceivedEdocList`,
`GET /v1/getEdoc`, `POST /v1/updateStatus`, with a shared secret in headers and no signature on
anything. The meaning of each fault is that of the guide to the axis of one province.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.exchange.document import BusinessDocType

SYSTEM_ID = "X-SystemId"
SECRET_KEY = "X-SecretKey"  # noqa: S105 - the header's name
FILE_FIELD = "edocFile"
KIND_FIELD = "messageType"


class EdocKind(StrEnum):
    """`messageType` of an edXML file."""

    EDOC = "edoc"
    REVOCATION = "revocation"
    UPDATE = "update"
    REPLACEMENT = "replacement"
    STATUS = "status"

    @classmethod
    def of(cls, business: BusinessDocType) -> EdocKind:
        """That of a document."""
        return _KINDS[business]


_KINDS = {
    BusinessDocType.NEW: EdocKind.EDOC,
    BusinessDocType.RECALL: EdocKind.REVOCATION,
    BusinessDocType.UPDATE: EdocKind.UPDATE,
    BusinessDocType.REPLACE: EdocKind.REPLACEMENT,
}


class AxisFault(StrEnum):
    """`errorCode` of an answer."""

    NONE = "0"
    FILE_INVALID = "10"
    CREDENTIALS_WRONG = "15"
    RECIPIENT_UNKNOWN = "18"
    SENDER_UNREGISTERED = "19"
    AXIS_FAILED = "20"
    PROCESSING_FAILED = "21"
    EDXML_MALFORMED = "22"
    RECIPIENT_LOCKED = "23"

    @property
    def vi(self) -> str:
        """In words."""
        return _WORDS[self]


_WORDS = {
    AxisFault.NONE: "Thành công",
    AxisFault.FILE_INVALID: "Tệp không hợp lệ",
    AxisFault.CREDENTIALS_WRONG: "Sai SystemId hoặc SecretKey",
    AxisFault.RECIPIENT_UNKNOWN: "Đơn vị nhận không tồn tại",
    AxisFault.SENDER_UNREGISTERED: "Đơn vị gửi chưa đăng ký",
    AxisFault.AXIS_FAILED: "Lỗi hệ thống",
    AxisFault.PROCESSING_FAILED: "Lỗi xử lý tệp",
    AxisFault.EDXML_MALFORMED: "edXML không đúng định dạng",
    AxisFault.RECIPIENT_LOCKED: "Đơn vị nhận đã khóa",
}


@dataclass(frozen=True, slots=True)
class EdocEntry:
    """One file that lies ready on the axis; `status` is the axis's own word for it."""

    doc_id: str
    kind: str
    sender: str
    recipient: str
    status: str
