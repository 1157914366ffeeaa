"""Planting-area codes (mã số vùng trồng, Decision 3156/QD-BNN-TT).

Issued as `VN-province-district-commune-unit-year`, but districts were abolished in 2025 and codes
for export follow the buyer's country, so only the characters are checked, not the parts.
"""

from __future__ import annotations

import re
from typing import Any

from ledger.masterdata.members import refuse

_FORM = re.compile(r"[A-Z0-9](?:[A-Z0-9./_-]{1,38})[A-Z0-9]")


def read_planting_area(value: Any, at: str) -> str:
    """The code as issued, 3 to 40 characters."""
    if not isinstance(value, str) or _FORM.fullmatch(value.strip()) is None:
        refuse(
            "there must be a planting or farming area code here, as issued: 3 to 40 capital "
            "letters, digits, dots, strokes and hyphens",
            at,
        )
    return value.strip()
