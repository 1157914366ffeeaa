"""Containers and what is packed into them."""

from __future__ import annotations

import uuid

import httpx

from tests.support.jars import amount, record


def pack(client: httpx.Client, action: str, parent: str, at: str, *children: str) -> None:
    """Pack children, lots or items, into a container, or take them out."""
    counted = [amount(child, 10) for child in children if "/10/" in child]
    named = [child for child in children if "/10/" not in child]
    record(
        client,
        "AggregationEvent",
        action=action,
        bizStep="packing" if action == "ADD" else "unpacking",
        eventTime=at,
        parentID=parent,
        **({"childQuantityList": counted} if counted else {}),
        **({"childEPCs": named} if named else {}),
    )


def new_sscc() -> str:
    """A new container's key."""
    digits = f"0952012{uuid.uuid4().int % 10**10:010}"
    total = sum(int(one) * (3 if at % 2 == 0 else 1) for at, one in enumerate(digits))
    return f"https://id.gs1.org/00/{digits}{-total % 10}"
