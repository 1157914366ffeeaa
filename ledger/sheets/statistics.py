"""The monthly statistics of the exchange as a workbook for the office: one sheet for each output.

A view, with headings in Vietnamese as Decree 30/2020 Annex VI has them. What is signed are the
bytes of the CSV; a workbook made twice differs in its time of making.
"""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ledger.exchange.statistics import Statistics
from ledger.sheets.workbook import put_text

SHEETS = {
    "outgoingRegister": "Sổ đăng ký văn bản đi",
    "incomingRegister": "Sổ đăng ký văn bản đến",
    "outgoingSettlement": "Giải quyết văn bản đi",
    "incomingSettlement": "Giải quyết văn bản đến",
    "outgoingFiles": "Mục lục hồ sơ văn bản đi",
    "incomingFiles": "Mục lục hồ sơ văn bản đến",
}
"""Names of the sheets; a spreadsheet takes 31 characters."""

HEADINGS = {
    "ArrivalDate": "Ngày, tháng, năm đến",
    "ArrivalNumber": "Số đến",
    "BussinessDocType": "Nghiệp vụ (0 mới, 1 thu hồi, 2 cập nhật, 3 thay thế)",
    "CodeNotation": "Ký hiệu của văn bản",
    "CodeNumber": "Số của văn bản",
    "DocOrdinal": "Số thứ tự văn bản trong hồ sơ",
    "DueDate": "Hạn trả lời, giải quyết",
    "FileCode": "Mã hồ sơ",
    "IssuedDate": "Ngày, tháng, năm văn bản",
    "OrganId": "Mã định danh cơ quan ban hành",
    "Organization": "Cơ quan (* là tổng cộng)",
    "Priority": "Mức độ khẩn",
    "ReceiptTime": "Thời điểm tiếp nhận",
    "State": "Trạng thái",
    "SubmissionTime": "Thời điểm gửi",
    "To": "Nơi nhận",
    "TraceHeaderList": "Ý kiến phân phối, trạng thái xử lý",
    "TypeName": "Tên loại văn bản",
    "Version": "Phiên bản",
    "arrived": "Đã đến",
    "carriedOver": "Kỳ trước chuyển sang",
    "expired": "Hết hạn trả lời",
    "onTheWay": "Đang gửi",
    "received": "Đã tiếp nhận",
    "recalled": "Đã thu hồi",
    "refused": "Từ chối tiếp nhận",
    "rejectedSubmissions": "Không gửi được",
    "settledInTime": "Giải quyết đúng hạn",
    "settledLate": "Giải quyết quá hạn",
    "submitted": "Đã gửi",
    "superseded": "Bị thay thế",
    "unanswered": "Chưa trả lời tiếp nhận",
    "unsettledInTime": "Chưa giải quyết, trong hạn",
    "unsettledOverdue": "Chưa giải quyết, quá hạn",
    "withdrawn": "Lấy lại trước khi đến",
}
"""Every column of every output, in Vietnamese."""

_WIDEST = 60


def write_statistics(statistics: Statistics) -> bytes:
    """The workbook as .xlsx."""
    book = Workbook()
    first = book.active
    assert first is not None
    book.remove(first)
    for name, table in statistics.outputs.items():
        sheet = book.create_sheet(SHEETS[name])
        put_text(sheet["A1"], f"{SHEETS[name]}, tháng {statistics.month.text}")
        sheet["A1"].font = Font(bold=True, size=14)
        sheet.freeze_panes = "A3"
        for column, heading in enumerate(table.columns, start=1):
            cell = sheet.cell(2, column)
            put_text(cell, HEADINGS[heading])
            cell.font = Font(bold=True)
            width = max(
                [len(HEADINGS[heading]), *(len(str(row[column - 1])) for row in table.rows)]
            )
            sheet.column_dimensions[get_column_letter(column)].width = min(width + 2, _WIDEST)
        for number, row in enumerate(table.rows, start=3):
            for column, value in enumerate(row, start=1):
                if isinstance(value, str):
                    put_text(sheet.cell(number, column), value)
                elif value is not None:
                    sheet.cell(number, column).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
