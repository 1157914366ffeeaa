"""The cover of a leg's bundle: one PDF that tells people, in Vietnamese, what the file proves.

It is made from the bundle's other contents alone, always the same bytes, so a verifier makes it
again and compares: a cover that says something else is told apart. It proves nothing itself.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from ledger.clock import VIETNAM
from ledger.errors import InvalidInput, LedgerError
from ledger.exchange.reasons import reason_of
from ledger.exchange.rules import LegAction, LegState
from ledger.proof.leg_bundle import LegBundle
from ledger.proof.leg_events import LegEvent
from ledger.records.disclosure import DisclosedView

_MOST_ROWS = 60
_MOST_TEXT = 400
_FONTS = {"Cover": "DejaVuSansCondensed.ttf", "Cover-Bold": "DejaVuSansCondensed-Bold.ttf"}
_LOCK = Lock()

ACTIONS: dict[LegAction, str] = {
    LegAction.SUBMIT: "Gửi văn bản",
    LegAction.REJECT_SUBMISSION: "Không nhận gửi",
    LegAction.RELAY: "Chuyển tiếp",
    LegAction.FAIL_RELAY: "Chuyển tiếp không thành",
    LegAction.ARRIVE: "Đã đến",
    LegAction.FAIL_CONSIGNMENT: "Không đưa được vào hệ thống nhận",
    LegAction.HAND_OVER: "Đã giao văn thư",
    LegAction.FAIL_HANDOVER: "Giao không thành",
    LegAction.RECEIVE: "Đã tiếp nhận",
    LegAction.REFUSE: "Từ chối tiếp nhận",
    LegAction.ASSIGN: "Đã phân công",
    LegAction.BEGIN: "Đang xử lý",
    LegAction.FINISH: "Đã hoàn thành",
    LegAction.REQUEST_RECALL: "Yêu cầu thu hồi",
    LegAction.ACCEPT_RECALL: "Đồng ý thu hồi",
    LegAction.REFUSE_RECALL: "Từ chối thu hồi",
    LegAction.WITHDRAW: "Rút lại khi chưa đến",
    LegAction.SUPERSEDE: "Thay thế bằng văn bản khác",
    LegAction.LOG_ACCESS: "Ghi nhận truy cập",
    LegAction.ERASE: "Xóa nội dung",
    LegAction.EXPIRE: "Hết hạn chờ trả lời",
    LegAction.MARK_OVERDUE: "Ghi nhận quá hạn",
}
"""Every event of a leg as the cover names it."""


def make_cover(bundle: LegBundle) -> bytes:
    """The PDF, the same for the same contents."""
    out = io.BytesIO()
    with _LOCK:  # the font registry is one for the whole process
        _register_fonts()
        document = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=20 * mm,
            rightMargin=18 * mm,
            topMargin=18 * mm,
            bottomMargin=18 * mm,
            title="Bằng chứng trao đổi văn bản",
            lang="vi",
            invariant=1,
        )
        document.build(list(_story(replace(bundle, report=None))))
    return out.getvalue()


def enclose(
    bundle: LegBundle, message: DisclosedView, documents: Mapping[int, tuple[str, bytes]]
) -> LegBundle:
    """The bundle with what a party has besides: the manifest as far as it is shown, and documents
    by number of the part (ending, content); the cover made anew.

    Raises InvalidInput `leg-message-differs` for the manifest of another message.
    """
    if message.commitment() != bundle.message.commitment():
        raise InvalidInput("leg-message-differs", "the manifest of another message")
    enclosed = replace(bundle, message=message, documents=dict(documents), report=None)
    return replace(enclosed, report=make_cover(enclosed))


def _story(bundle: LegBundle) -> Iterator[Flowable]:
    yield Paragraph("BẰNG CHỨNG TRAO ĐỔI VĂN BẢN", _style("title", 15, bold=True, after=4))
    yield Paragraph(
        "Trang này để người đọc; bằng chứng là các tệp đi kèm trong cùng gói. Kiểm tra bằng lệnh "
        "<b>provenance verify</b>, không cần mạng.",
        _style("note", 8.5, after=8, color=colors.HexColor("#444444")),
    )
    yield _facts(bundle)
    yield Paragraph("Diễn biến", _style("heading", 11, bold=True, before=10, after=4))
    yield _events(bundle)
    more = len(bundle.events) - _MOST_ROWS
    if more > 0:
        yield Paragraph(f"… và {more} sự kiện nữa trong tệp leg.json.", _style("more", 8.5))
    yield Paragraph("Neo trên chuỗi khối", _style("heading", 11, bold=True, before=10, after=4))
    yield _anchor(bundle)
    yield Spacer(1, 4 * mm)
    yield Paragraph(
        "Mỗi sự kiện do tổ chức ghi tên ký (EIP-712) hoặc do hết hạn mà có; hợp đồng trên chuỗi "
        "khối chỉ giữ giá trị băm. Giờ là giờ của khối, múi giờ +07:00.",
        _style("note", 8.5, color=colors.HexColor("#444444")),
    )


def _facts(bundle: LegBundle) -> Table:
    body = bundle.message.value().get("body")
    shown = body if isinstance(body, dict) else {}
    document = _object(shown.get("document"))
    description = _object(shown.get("description"))
    sender, recipient = _names(bundle)
    rows = [
        ("Mã văn bản", document.get("documentId")),
        ("Trích yếu", description.get("subject")),
        ("Phiên bản", document.get("version")),
        ("Bên gửi", sender),
        ("Bên nhận", recipient),
        ("Trạng thái", _state(bundle)),
        ("Thu hồi theo văn bản", _named(bundle, LegAction.REQUEST_RECALL)),
        ("Thay thế bằng văn bản", _named(bundle, LegAction.SUPERSEDE)),
        ("Mã lượt gửi", bundle.key.leg.hex()),
        ("Tệp văn bản kèm theo", len(bundle.documents) or "không kèm nội dung"),
        ("Lập lúc", _spell(int(bundle.exported_at.timestamp()))),
    ]
    return _table([[name, value] for name, value in rows if value is not None], (38, 134))


def _events(bundle: LegBundle) -> Table:
    rows: list[list[Any]] = [["#", "Giờ", "Sự kiện", "Bên thực hiện", "Lý do"]]
    sender, recipient = _names(bundle)
    names = {bundle.key.sender: sender, bundle.key.recipient: recipient}
    for number, event in enumerate(bundle.events[:_MOST_ROWS]):
        actor = None if event.signed is None else event.signed.actor
        who = "(hết hạn)" if actor is None else names.get(actor, actor.text)
        rows.append([number, _spell(event.time), ACTIONS[event.action], who, _reason(event)])
    return _table(rows, (8, 32, 44, 52, 36), heading=True)


def _anchor(bundle: LegBundle) -> Table:
    header = next(one for one in bundle.anchor.headers if one.number == bundle.anchor.block)
    rows: list[list[Any]] = [
        ["Chuỗi", f"{bundle.domain.chain_id}, khối gốc {bundle.genesis.prefixed}"],
        ["Hợp đồng", bundle.domain.verifying_contract.lower()],
        ["Khối", f"{header.number}, {_spell(header.time)}"],
        ["Mã băm khối", header.hash.prefixed],
        ["Dấu thời gian", len(bundle.stamps) or "chưa có"],
    ]
    return _table(rows, (38, 134))


def _names(bundle: LegBundle) -> tuple[str, str]:
    """Sender and recipient as the first evidence names them, else by their ids."""
    for number in sorted(bundle.evidence):
        body = _object(bundle.evidence[number].envelope.get("body"))
        recipients = body.get("RecipientDetails")
        first = recipients[0] if isinstance(recipients, list) and recipients else None
        found = [_object(body.get("SenderDetails")), _object(first)]
        names = [one.get("OrganName") or one.get("OrganId") for one in found]
        if all(isinstance(name, str) for name in names):
            return str(names[0]), str(names[1])
    return bundle.key.sender.text, bundle.key.recipient.text


def _named(bundle: LegBundle, action: LegAction) -> str | None:
    """The document the sender last named with that action, by its evidence."""
    for number in sorted(bundle.evidence, reverse=True):
        if number < len(bundle.events) and bundle.events[number].action is action:
            body = _object(bundle.evidence[number].envelope.get("body"))
            named = _object(body.get("Extensions")).get("byDocument")
            return named if isinstance(named, str) else None
    return None


def _state(bundle: LegBundle) -> str:
    """The last event that moved the leg, in words."""
    still = (LegAction.LOG_ACCESS, LegAction.ERASE, LegAction.MARK_OVERDUE)
    moved = [event.action for event in bundle.events if event.action not in still]
    return ACTIONS[moved[-1]] if moved else LegState.NONE.name


def _reason(event: LegEvent) -> str:
    if event.signed is None or event.signed.reason == 0:
        return ""
    try:
        found = reason_of(event.action, event.signed.reason)
    except LedgerError:  # a number this version does not know is shown as it is
        found = None
    return str(event.signed.reason) if found is None else found.vi


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _spell(seconds: int) -> str:
    try:
        at = datetime.fromtimestamp(seconds, UTC).astimezone(VIETNAM)
    except (ValueError, OverflowError, OSError):
        return f"giây {seconds}"
    return at.strftime("%d/%m/%Y %H:%M:%S")


def _table(rows: list[list[Any]], widths: tuple[int, ...], *, heading: bool = False) -> Table:
    """Cells as text, whatever it is: escaped and cut, never marked up by who wrote it."""
    cells = []
    for index, row in enumerate(rows):
        bold = heading and index == 0
        cells.append(
            [
                Paragraph(
                    escape(str(value)[:_MOST_TEXT]),
                    _style("cell", 8.5, bold=bold or (not heading and column == 0)),
                )
                for column, value in enumerate(row)
            ]
        )
    line = colors.HexColor("#bbbbbb")
    return Table(
        cells,
        colWidths=[width * mm for width in widths],
        repeatRows=int(heading),
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, line),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
    )


def _style(
    name: str,
    size: float,
    *,
    bold: bool = False,
    before: float = 0,
    after: float = 0,
    color: colors.Color = colors.black,
) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        fontName="Cover-Bold" if bold else "Cover",
        fontSize=size,
        leading=1.3 * size,
        spaceBefore=before,
        spaceAfter=after,
        textColor=color,
        # Hashes and ids have no blanks to break a line at.
        splitLongWords=1,
        wordWrap="CJK" if name == "cell" else None,
    )


def _register_fonts() -> None:
    """Once per process; which characters are used is kept per document."""
    if "Cover" in pdfmetrics.getRegisteredFontNames():
        return
    for name, file in _FONTS.items():
        data = (files("ledger.labels") / "fonts" / file).read_bytes()
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(data)))
    pdfmetrics.registerFontFamily("Cover", normal="Cover", bold="Cover-Bold")
