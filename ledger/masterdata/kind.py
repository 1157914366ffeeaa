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

    @classmethod
    def of_record(cls, record_kind: str) -> Kind | None:
        """The kind whose versions such records carry; None of any other kind of record."""
        return next((kind for kind in cls if kind.record_kind == record_kind), None)
