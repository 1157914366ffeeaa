"""Vectors whose proof holds and that are not to be relied on all the same: pending, withdrawn,
recalled, not checkable, of another ledger."""

from __future__ import annotations

from ledger.identity.organization import Role
from ledger.merkle.note import NoteSigner
from ledger.verify.report import Verdict
from tests.support.vectors.case import Case
from tests.support.vectors.edits import change, declared, every, flip, put, seen_by_issuer
from tests.support.vectors.world import (
    ANCHORED_AT,
    SIGNED_AT,
    START,
    World,
    block_hash,
    org,
    seed,
)

PENDING = Verdict.PENDING
WITHDRAWN, RECALLED = Verdict.WITHDRAWN, Verdict.RECALLED
COULD_NOT_CHECK, UNKNOWN = Verdict.COULD_NOT_CHECK, Verdict.UNKNOWN

PENDING_CASES = [
    Case(
        what="not-anchored",
        verdict=PENDING,
        why="In the log, and its head not on the chain yet.",
        edit=put(None, "anchor"),
        chain=put([], "heads"),
        now=SIGNED_AT + 10,
    ),
    Case(
        what="not-in-log",
        verdict=PENDING,
        why="Accepted and signed, not in the log yet.",
        edit=every(put(None, "anchor"), put(None, "log")),
        now=SIGNED_AT + 10,
    ),
    Case(
        what="overdue",
        verdict=PENDING,
        why="Waiting for the chain longer than ten minutes.",
        edit=put(None, "anchor"),
        chain=put([], "heads"),
        now=SIGNED_AT + 601,
    ),
    Case(
        what="not-anchored-offline",
        verdict=PENDING,
        why="Pending by its own word, no chain asked; organization and key are known.",
        edit=put(None, "anchor"),
        trust=every(seen_by_issuer(), put([], "heads")),
        chain=None,
        now=SIGNED_AT + 10,
    ),
]

STATUS_CASES = [
    Case(
        what="by-issuer",
        verdict=WITHDRAWN,
        why="The record's own organization withdrew it.",
        chain=declared("producer", "withdrawn"),
    ),
    Case(
        what="by-authority",
        verdict=WITHDRAWN,
        why="An authority withdrew it.",
        chain=declared("authority", "withdrawn"),
    ),
    Case(
        what="by-issuer",
        verdict=RECALLED,
        why="The record's own organization recalled.",
        chain=declared("producer", "recalled"),
    ),
    Case(
        what="by-authority",
        verdict=RECALLED,
        why="An authority recalled; it counts whatever roles it has had since.",
        chain=declared("authority", "recalled", roles=int(Role.AUTHORITY | Role.AUDITOR)),
    ),
    Case(
        what="lifted-by-another",
        verdict=RECALLED,
        why="Only who recalled can lift the recall.",
        chain=every(declared("authority", "recalled"), declared("producer", "recall-lifted", 90)),
    ),
    Case(
        what="recalled-again",
        verdict=RECALLED,
        why="Recalled, lifted, recalled again.",
        chain=every(
            declared("authority", "recalled"),
            declared("authority", "recall-lifted", 90),
            declared("authority", "recalled", 120),
        ),
    ),
    Case(
        what="recalled-and-withdrawn",
        verdict=RECALLED,
        why="A recall outranks a withdrawal.",
        chain=every(declared("producer", "withdrawn"), declared("authority", "recalled", 90)),
    ),
]

UNCHECKED_CASES = [
    Case(
        what="node-unreachable",
        verdict=COULD_NOT_CHECK,
        why="No node answers: neither good nor bad news.",
        chain=put(True, "unreachable"),
    ),
    Case(
        what="node-on-other-genesis",
        verdict=COULD_NOT_CHECK,
        why="The node is on a chain with another genesis; it can say nothing about the record.",
        chain=put(block_hash(0, "other").prefixed, "genesis"),
    ),
    Case(
        what="node-on-other-chain-id",
        verdict=COULD_NOT_CHECK,
        why="The node reports another chain id.",
        chain=put(1, "chainId"),
    ),
    Case(
        what="nodes-disagree-on-root",
        verdict=COULD_NOT_CHECK,
        why="One of two nodes lies about the root.",
        second_chain=change(flip, "heads", 0, "root"),
    ),
    Case(
        what="nodes-disagree-on-status",
        verdict=COULD_NOT_CHECK,
        why="One of two nodes hides a withdrawal.",
        chain=declared("producer", "withdrawn"),
        second_chain=lambda chain: None,
    ),
    Case(
        what="nodes-disagree-on-key",
        verdict=COULD_NOT_CHECK,
        why="One of two nodes hides that the key is compromised.",
        second_chain=put(START, "keys", 0, "compromisedAt"),
    ),
    Case(
        what="nodes-disagree-on-identity",
        verdict=COULD_NOT_CHECK,
        why="One of two nodes is on another chain.",
        second_chain=put(1, "chainId"),
    ),
    Case(
        what="status-kind-of-the-future",
        verdict=COULD_NOT_CHECK,
        why="A declaration of a kind this version does not know.",
        chain=declared("authority", 5),
    ),
    Case(
        what="offline-head-not-seen",
        verdict=COULD_NOT_CHECK,
        why="The issuer of the trust file saw no head of this size.",
        trust=every(seen_by_issuer(), put([], "heads")),
        chain=None,
    ),
    Case(
        what="offline-organization-not-seen",
        verdict=COULD_NOT_CHECK,
        why="The issuer of the trust file did not see the organization.",
        trust=every(seen_by_issuer(), put([], "organizations")),
        chain=None,
    ),
    Case(
        what="offline-key-not-seen",
        verdict=COULD_NOT_CHECK,
        why="The issuer of the trust file did not see the key.",
        trust=every(seen_by_issuer(), put([], "organizations", 0, "keys")),
        chain=None,
    ),
    Case(
        what="offline-withdrawn-by-own-word",
        verdict=COULD_NOT_CHECK,
        why="The bundle says it was withdrawn; with no chain to ask that is neither believed "
        "nor passed over.",
        edit=change(
            lambda _: [
                {
                    "org": org("producer").text,
                    "kind": "withdrawn",
                    "time": ANCHORED_AT + 60,
                    "reason": seed("notice").hex(),
                    "authority": False,
                }
            ],
            "status",
            "entries",
        ),
        trust=seen_by_issuer(),
        chain=None,
    ),
    Case(
        what="other-ledger",
        verdict=UNKNOWN,
        why="A sound bundle of a ledger this trust file is not about.",
        world=World(
            origin="elsewhere.example/log",
            log_signer=NoteSigner.from_seed("elsewhere.example/log", seed("other log")),
        ),
    ),
]
