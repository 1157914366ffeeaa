"""Clerk and leader erase a document on the pages of the portal; an auditor sees what they did."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.desk.registers import office_date
from ledger.desk.role import DeskRole
from ledger.exchange.rules import LegState
from ledger.proof.erasure_certificate import read_certificate
from tests.integration.desk.test_erasing import OVER, a_file
from tests.support.desk_portal import PortalVisit
from tests.support.desks import CLERK, Agency

pytestmark = [pytest.mark.chain, pytest.mark.slow]


def test_clerk_and_leader_erase_in_the_portal(
    sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    (leg,) = sender.send(recipient, files=[a_file(tmp_path, "qua cổng")])
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    page = f"/documents/{leg.id.hex()}"
    form = f"{page}/ERASE"
    clerk = PortalVisit(recipient.desk)
    leader = PortalVisit(recipient.desk, DeskRole.LEADER)
    auditor = PortalVisit(recipient.desk, DeskRole.AUDITOR)
    assert f'action="{form}"' not in clerk.see(page), "it is still to be answered"
    early = clerk.send_form(form, clerk.see(page), reason=str(OVER))
    assert "[desk-document-running]" in early.text
    recipient.desk.clerking.refuse(leg.id, CLERK, 1002)

    seen = clerk.see(page)
    tomorrow = office_date(recipient.desk.clock.now()) + timedelta(days=1)
    for field, sentence, typed in (
        ("reason", "Chọn một lý do.", {"reason": ""}),
        ("kept_until", "Không phải là ngày hợp lệ.", {"reason": "2001", "kept_until": "mai"}),
        (
            "kept_until",
            "Chưa hết thời hạn bảo quản; chỉ xóa trước theo quyết định của cơ quan có thẩm quyền.",
            {"reason": "2001", "kept_until": tomorrow.isoformat()},
        ),
    ):
        refused = clerk.send_form(form, seen, **typed)
        assert refused.status_code == 409
        assert f'<p class="error" id="{field}-fault">{sentence}</p>' in refused.text
    assert clerk.send_form(form, seen, reason=str(OVER)).status_code == 303
    seen = clerk.see(page)
    assert "Lê Thị Văn Thư đã phê duyệt xóa nội dung: Hết thời hạn bảo quản" in seen
    assert "Sửa phê duyệt xóa của bạn" in seen
    again = clerk.send_form(form, seen, reason=str(OVER))
    assert "Bạn đã phê duyệt; cần một người khác." in again.text
    assert "Một người đã phê duyệt xóa nội dung" in auditor.see(page)
    assert f'action="{form}"' not in auditor.see(page)
    assert auditor.send_form(form, clerk.see(page)).status_code == 403

    seen = leader.see(page)
    assert "Phê duyệt (người thứ hai) và xóa nội dung" in seen
    assert leader.send_form(form, seen).status_code == 303
    for visit, sentence in (
        (clerk, "Phê duyệt: Lê Thị Văn Thư, Lê Thị Văn Thư."),
        (auditor, "Hết thời hạn bảo quản. Chứng cứ vẫn được giữ."),
    ):
        seen = visit.see(page)
        assert "Nội dung đã xóa lúc " in seen
        assert sentence in seen
        assert f'action="{form}"' not in seen
        assert f'href="{page}/erasure.note"' in seen
        note = visit.see(f"{page}/erasure.note")
        assert read_certificate(note, recipient.desk.trust.key).leg == leg.id
    assert "The content was erased at " in leader.see(f"{page}?lang=en")
