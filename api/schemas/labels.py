"""Labels on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.wire import Request
from ledger.labels.label import LONGEST_TITLE, MOST_LABELS
from ledger.labels.layout import DEFAULT


class LabelRequest(Request):
    """One label."""

    link: str = Field(max_length=2048, description="/01/{gtin}/10/{lot}…, or a Digital Link.")
    title: str = Field(default="", max_length=LONGEST_TITLE)


class LabelsRequest(Request):
    """A sheet of labels."""

    layout: str = Field(default=DEFAULT, max_length=40)
    level: Literal["L", "M", "Q", "H"] = "M"
    labels: list[LabelRequest] = Field(min_length=1, max_length=MOST_LABELS)
