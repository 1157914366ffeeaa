"""What is told of a recall to those it concerns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ledger.epcis.alert import Alert, AlertKind
from ledger.storage.recalls import RecallRow

MOST_GOODS = 200
"""Goods named in one alert; `goodsCount` tells of all, and the recall itself names them."""


def recalled(row: RecallRow, goods: Sequence[str]) -> Alert:
    """A recall was decided; `goods` is everything concerned so far."""
    return Alert(AlertKind.RECALL, f"recall/{row.id}", _content(row, goods))


def extended(row: RecallRow, number: int, goods: Sequence[str]) -> Alert:
    """A recall now covers these goods too, which were made of recalled ones since."""
    about = f"recall/{row.id}/extension/{number}"
    return Alert(AlertKind.RECALL_EXTENDED, about, _content(row, goods))


def lifted(row: RecallRow, goods: Sequence[str]) -> Alert:
    """A recall is over."""
    content = {**_content(row, goods), "liftReason": row.lift_reason}
    return Alert(AlertKind.RECALL_LIFTED, f"recall/{row.id}/lifted", content)


def _content(row: RecallRow, goods: Sequence[str]) -> dict[str, Any]:
    said = json.loads(row.content)
    return {
        "id": row.id,
        "url": f"/recalls/{row.id}",
        "organization": row.org.text,
        "reason": said["reason"],
        "notice": said["notice"],
        "reasonDigest": row.digest.hex(),
        "subjects": said["subjects"],
        "goods": list(goods[:MOST_GOODS]),
        "goodsCount": len(goods),
    }
