"""The three kinds of master data and the names each goes by."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an item describes. The value is the last word of its record kind."""

    PARTY = "party"
    PLACE = "place"
    PRODUCT = "product"

    @property
    def record_kind(self) -> str:
        """Kind of the records that carry its versions: `masterdata.product`."""
        return f"masterdata.{self.value}"
