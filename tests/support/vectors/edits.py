"""What the cases bend: edits of a bundle's, trust file's or recorded chain's JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger.digest import Digest
from ledger.identity.organization import Role
from tests.support.vectors.world import ANCHORED_AT, World, org, seed

Edit = Callable[[dict[str, Any]], Any]

_KINDS = {"withdrawn": 1, "recalled": 2, "superseded": 3, "recall-lifted": 4}


def commitment(world: World | None = None) -> Digest:
    """Commitment of the record a world's bundle is about."""
    world = world or World()
    return world.commitments()[world.position].digest


def declared(by: str, kind: str | int, after: int = 60, roles: int | None = None) -> Edit:
    """Adds a declaration about the record to the recorded chain."""
    default = Role.AUTHORITY if by == "authority" else Role.PRODUCER
    entry = {
        "subject": commitment().prefixed,
        "org": org(by).text,
        "kind": kind if isinstance(kind, int) else _KINDS[kind],
        "time": ANCHORED_AT + after,
        "reason": seed(f"notice {by} {kind}").prefixed,
        "roles": int(default) if roles is None else roles,
    }
    return lambda chain: chain["statuses"].append(entry)


def standing(status: int, since: int) -> Edit:
    """Sets the producer's status on the recorded chain."""
    return every(
        put(status, "organizations", 0, "status"), put(since, "organizations", 0, "statusSince")
    )


def seen_by_issuer(world: World | None = None) -> Edit:
    """Puts head, organization and key of the world into the trust file."""
    chain = (world or World()).chain()
    head, organization, entry = chain["heads"][0], chain["organizations"][0], chain["keys"][0]

    def edit(trust: dict[str, Any]) -> None:
        trust["heads"] = [
            {
                "size": head["size"],
                "root": head["root"].removeprefix("0x"),
                "time": head["time"],
                "block": head["block"],
                "blockHash": chain["blocks"][str(head["block"])],
            }
        ]
        known = {name: value for name, value in organization.items() if name != "profile"}
        known["profile"] = organization["profile"].removeprefix("0x")
        known["keys"] = [{name: value for name, value in entry.items() if name != "org"}]
        trust["organizations"] = [known]

    return edit


def put(value: Any, *steps: str | int) -> Edit:
    """Sets the member the steps lead to."""

    def edit(target: dict[str, Any]) -> None:
        _parent(target, steps)[steps[-1]] = value

    return edit


def change(function: Callable[[Any], Any], *steps: str | int) -> Edit:
    """Replaces the member the steps lead to by a function of it."""

    def edit(target: dict[str, Any]) -> None:
        parent = _parent(target, steps)
        parent[steps[-1]] = function(parent[steps[-1]])

    return edit


def drop(*steps: str | int) -> Edit:
    """Removes the member the steps lead to."""

    def edit(target: dict[str, Any]) -> None:
        del _parent(target, steps)[steps[-1]]

    return edit


def every(*edits: Edit) -> Edit:
    """All the edits, in order."""

    def edit(target: dict[str, Any]) -> None:
        for one in edits:
            one(target)

    return edit


def flip(text: str) -> str:
    """The same hex string with its last bit turned."""
    return text[:-1] + "0123456789abcdef"[int(text[-1], 16) ^ 1]


def _parent(target: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps[:-1]:
        target = target[step]
    return target
