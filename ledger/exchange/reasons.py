"""Why something goes against somebody's wish: coded reasons of exchange evidence.

The number is what the contract carries (uint16) and never changes its meaning; its hundreds are
the action it belongs to. ETSI EN 319 522-2 clause 8.3.3 asks for a reason in every negative
evidence; its own code is named where we know it for certain. The reasons to refuse receipt are
those of Decree 30/2020 Article 21 and Decision 28/2018 Article 9, and there are no others. A number
that ends in 99 says that the reason stands in the note: for answers from axes without codes.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import InvalidInput
from ledger.exchange.rules import LegAction


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `code` is its stable name, `etsi` ETSI's code for it, `vi` and `en` its text."""

    number: int
    action: LegAction
    code: str
    vi: str
    en: str
    etsi: str | None = None

    @property
    def is_in_words(self) -> bool:
        """Whether the note has to say it."""
        return self.number % 100 == 99

    @property
    def uri(self) -> str:
        """Its name on the web, in a namespace of ours."""
        return REASON_URI + self.code


REASON_URI = "https://ns.thanhhoa.example/exchange/reason/"

_A = LegAction

_TABLE: tuple[tuple[int, LegAction, str, str, str], ...] = (
    (201, _A.REJECT_SUBMISSION, "signature-invalid", "Chữ ký số không hợp lệ",
     "A digital signature does not hold"),
    (202, _A.REJECT_SUBMISSION, "organization-signature-missing",
     "Thiếu chữ ký số của cơ quan, tổ chức", "The organization's signature is missing"),
    (203, _A.REJECT_SUBMISSION, "person-signature-missing",
     "Thiếu chữ ký số của người có thẩm quyền", "The competent person's signature is missing"),
    (204, _A.REJECT_SUBMISSION, "secret-document", "Văn bản có độ mật, không gửi qua hệ thống này",
     "Secret documents are not sent this way"),
    (205, _A.REJECT_SUBMISSION, "recipient-unknown", "Không xác định được cơ quan nhận",
     "The recipient is not known"),
    (206, _A.REJECT_SUBMISSION, "duplicate-number", "Trùng số, ký hiệu văn bản",
     "Number and notation are taken"),
    (207, _A.REJECT_SUBMISSION, "format-refused", "Định dạng hoặc dung lượng không được chấp nhận",
     "Format or size is not accepted"),
    (401, _A.FAIL_RELAY, "relay-unreachable", "Không kết nối được hệ thống bên nhận",
     "The other gateway cannot be reached"),
    (402, _A.FAIL_RELAY, "relay-rejected", "Hệ thống trung gian từ chối chuyển tiếp",
     "The other gateway refuses to take it"),
    (403, _A.FAIL_RELAY, "relay-timeout", "Quá thời gian chờ chuyển tiếp",
     "The other gateway gave no answer in time"),
    (601, _A.FAIL_CONSIGNMENT, "content-unavailable", "Không tải được nội dung văn bản",
     "The content cannot be fetched"),
    (602, _A.FAIL_CONSIGNMENT, "content-differs", "Nội dung tải về không khớp cam kết",
     "What was fetched is not what was committed to"),
    (603, _A.FAIL_CONSIGNMENT, "storage-failed", "Hệ thống bên nhận không lưu được văn bản",
     "The recipient's system cannot store it"),
    (801, _A.FAIL_HANDOVER, "decryption-failed", "Không giải mã được nội dung",
     "The content cannot be decrypted"),
    (802, _A.FAIL_HANDOVER, "malware-found", "Tệp có mã độc", "Malware was found in a file"),
    (803, _A.FAIL_HANDOVER, "file-unreadable", "Không đọc được tệp", "A file cannot be read"),
    (1001, _A.REFUSE, "not-authentic", "Văn bản không bảo đảm tính xác thực, toàn vẹn",
     "Authenticity or integrity is not assured"),
    (1002, _A.REFUSE, "wrong-recipient", "Gửi sai nơi nhận", "Sent to the wrong recipient"),
    (1003, _A.REFUSE, "rules-violated", "Không đúng quy định về gửi, nhận văn bản điện tử",
     "The rules of sending electronic documents are not kept"),
    (1099, _A.REFUSE, "in-words", "Lý do nêu trong ghi chú",
     "The reason stands in the note"),
    (1401, _A.REQUEST_RECALL, "content-wrong", "Văn bản có sai sót về nội dung",
     "The content is wrong"),
    (1402, _A.REQUEST_RECALL, "form-wrong", "Văn bản có sai sót về thể thức, kỹ thuật trình bày",
     "The form is wrong"),
    (1403, _A.REQUEST_RECALL, "competence-lacking", "Văn bản ban hành không đúng thẩm quyền",
     "It was issued without competence"),
    (1404, _A.REQUEST_RECALL, "sent-by-mistake", "Gửi nhầm", "It was sent by mistake"),
    (1499, _A.REQUEST_RECALL, "in-words", "Lý do nêu trong ghi chú",
     "The reason stands in the note"),
    (1601, _A.REFUSE_RECALL, "already-carried-out", "Văn bản đã được thi hành",
     "It was carried out already"),
    (1602, _A.REFUSE_RECALL, "recall-unfounded", "Không có căn cứ thu hồi",
     "There is no ground for the recall"),
    (1603, _A.REFUSE_RECALL, "kept-by-law", "Phải lưu giữ theo quy định của pháp luật",
     "It has to be kept by law"),
    (1699, _A.REFUSE_RECALL, "in-words", "Lý do nêu trong ghi chú",
     "The reason stands in the note"),
    (1701, _A.WITHDRAW, "sent-by-mistake", "Gửi nhầm", "It was sent by mistake"),
    (1702, _A.WITHDRAW, "document-wrong", "Văn bản có sai sót", "The document is wrong"),
    (1703, _A.WITHDRAW, "no-longer-needed", "Không còn cần gửi", "It need not be sent any more"),
    (2001, _A.ERASE, "retention-over", "Hết thời hạn bảo quản", "The time to keep it is over"),
    (2002, _A.ERASE, "data-subject-request", "Theo yêu cầu của chủ thể dữ liệu cá nhân",
     "On request of the person the data are about"),
    (2003, _A.ERASE, "authority-order", "Theo quyết định của cơ quan có thẩm quyền",
     "By order of a competent authority"),
    (2004, _A.ERASE, "purpose-fulfilled", "Đã hoàn thành mục đích xử lý",
     "The purpose of processing is fulfilled"),
    (2101, _A.EXPIRE, "answer-window-over", "Hết thời hạn trả lời tiếp nhận",
     "The time to answer is over"),
    (2201, _A.MARK_OVERDUE, "deadline-missed", "Quá thời hạn", "A deadline has passed"),
)  # fmt: skip

_ETSI = {1001: "RC08", 1002: "RC08", 1003: "RC08", 1099: "RC08"}

REASONS = {
    number: Reason(number, action, code, vi, en, _ETSI.get(number))
    for number, action, code, vi, en in _TABLE
}
"""Every reason by its number."""


def reasons_of(action: LegAction) -> tuple[Reason, ...]:
    """The reasons an action can have; none where nothing is to be justified."""
    return tuple(reason for reason in REASONS.values() if reason.action is action)


def reason_of(action: LegAction, number: int) -> Reason | None:
    """The reason of that number; None where the action has none and the number is 0.

    Raises InvalidInput `exchange-reason-unknown`.
    """
    reason = REASONS.get(number)
    if reason is not None and reason.action is action:
        return reason
    if number == 0 and not reasons_of(action):
        return None
    known = ", ".join(f"{reason.number} {reason.code}" for reason in reasons_of(action))
    raise InvalidInput(
        "exchange-reason-unknown",
        f"{action.name} has no reason {number}; there is {known or 'none'}",
        pointer="/reason",
    )
