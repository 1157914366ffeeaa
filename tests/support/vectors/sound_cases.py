"""Vectors whose proof holds: intact, noted, pending, withdrawn, recalled, or not checkable."""

from __future__ import annotations

from typing import Any

from ledger.digest import Digest
from ledger.identity.organization import Role
from ledger.merkle.note import NoteSigner
from ledger.verify.report import Verdict
from tests.support.vectors.case import Case, Edit, change, every, flip, put
from tests.support.vectors.world import (
    ANCHORED_AT,
    BLOCK,
    DAY,
    EXPORTED_AT,
    SIGNED_AT,
    START,
    World,
    block_hash,
    org,
    seed,
)

INTACT, NOTICE, PENDING = Verdict.INTACT, Verdict.INTACT_WITH_NOTICE, Verdict.PENDING
WITHDRAWN, RECALLED = Verdict.WITHDRAWN, Verdict.RECALLED
COULD_NOT_CHECK, UNKNOWN = Verdict.COULD_NOT_CHECK, Verdict.UNKNOWN

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


def _cosigned(note: str) -> str:
    text = note.partition("\n\n")[0] + "\n"
    witness = NoteSigner.from_seed("witness.example", seed("witness"))
    return note + witness.sign(text).rpartition("\n\n")[2]


_COMPROMISED = START + DAY
_OLD_COPY = put(0, "signer", "compromisedAt")

INTACT_CASES = [
    Case(what="batch-of-three", verdict=INTACT, why="An ordinary record, some members withheld."),
    Case(
        what="single-record",
        verdict=INTACT,
        why="A submission of one record has an empty path.",
        world=World(count=1, position=0),
    ),
    Case(
        what="all-disclosed",
        verdict=INTACT,
        why="Nothing is withheld, arrays and numbers included.",
        world=World(hidden=()),
    ),
    Case(
        what="organization-key",
        verdict=INTACT,
        why="The organization holds its key itself.",
        world=World(custody="organization").with_key(custodial=False),
    ),
    Case(
        what="tree-of-one",
        verdict=INTACT,
        why="The first leaf of a log is proven by nothing but the checkpoint.",
        world=World(count=1, position=0, first_index=0, size=1),
    ),
    Case(
        what="right-edge",
        verdict=INTACT,
        why="The last leaf of an uneven tree has a short path.",
        world=World(first_index=8, size=11, position=2),
    ),
    Case(
        what="large-batch",
        verdict=INTACT,
        why="Paths of more than one level on both sides.",
        world=World(count=21, position=20, first_index=3, size=100),
    ),
    Case(
        what="key-ended-later",
        verdict=INTACT,
        why="The key's end came after this signature; the bundle's copy is older than that.",
        world=World().with_key(valid_until=START + DAY),
        edit=put(0, "signer", "validUntil"),
    ),
    Case(
        what="key-compromised-later",
        verdict=INTACT,
        why="Signed and anchored before the time the key is marked compromised from.",
        world=World().with_key(compromised_at=_COMPROMISED),
        edit=_OLD_COPY,
    ),
    Case(
        what="recalled-by-stranger",
        verdict=INTACT,
        why="Anybody may declare under its own name; who is neither issuer nor authority "
        "does not count.",
        chain=every(declared("stranger", "recalled"), declared("stranger", "withdrawn")),
    ),
    Case(
        what="profile-erased",
        verdict=INTACT,
        why="A household's name can be erased; the proof stands without it.",
        edit=put(None, "signer", "profile"),
    ),
    Case(
        what="two-nodes-agree",
        verdict=INTACT,
        why="Both nodes are asked and say the same.",
        second_chain=lambda chain: None,
    ),
    Case(
        what="one-of-two-nodes-silent",
        verdict=INTACT,
        why="All reachable nodes agree.",
        second_chain=put(True, "unreachable"),
    ),
    Case(
        what="anchored-since-export",
        verdict=INTACT,
        why="The bundle was pending when it was made; the chain has the head now.",
        edit=put(None, "anchor"),
    ),
    Case(
        what="witness-cosigned",
        verdict=INTACT,
        why="Signature lines of keys we do not know are passed over.",
        edit=change(_cosigned, "log", "checkpoint"),
    ),
    Case(
        what="recall-lifted-without-recall",
        verdict=INTACT,
        why="Lifting what was never recalled says nothing.",
        chain=declared("authority", "recall-lifted"),
    ),
]

NOTICE_CASES = [
    Case(
        what="superseded",
        verdict=NOTICE,
        why="The organization has published a newer version.",
        chain=declared("producer", "superseded"),
    ),
    Case(
        what="recall-lifted",
        verdict=NOTICE,
        why="Who recalled has lifted the recall.",
        chain=every(declared("authority", "recalled"), declared("authority", "recall-lifted", 90)),
    ),
    Case(
        what="suspended-since",
        verdict=NOTICE,
        why="The organization was suspended after the anchoring.",
        chain=standing(2, ANCHORED_AT + 1),
    ),
    Case(
        what="removed-since",
        verdict=NOTICE,
        why="The organization was removed after the anchoring.",
        chain=standing(3, ANCHORED_AT + 1),
    ),
    Case(
        what="was-suspended",
        verdict=NOTICE,
        why="In good standing, but its standing changed after the anchoring.",
        chain=standing(1, ANCHORED_AT + 1),
    ),
    Case(
        what="disputed",
        verdict=NOTICE,
        why="The signature is dated after the compromise, and was on the chain before it.",
        world=World(signed_at=ANCHORED_AT + 30).with_key(compromised_at=ANCHORED_AT + 10),
        edit=_OLD_COPY,
    ),
    Case(
        what="signed-after-anchoring",
        verdict=NOTICE,
        why="The signature's date is later than its own anchoring.",
        world=World(signed_at=ANCHORED_AT + 301),
    ),
    Case(
        what="rolled-back-and-healed",
        verdict=NOTICE,
        why="The same head stands in another block than when the bundle was made.",
        chain=every(
            put(BLOCK + 3, "heads", 0, "block"),
            put(ANCHORED_AT + 9, "heads", 0, "time"),
            put(block_hash(BLOCK, "healed").prefixed, "blocks", str(BLOCK)),
        ),
    ),
    Case(
        what="block-replaced",
        verdict=NOTICE,
        why="Same height and time, another block hash.",
        chain=put(block_hash(BLOCK, "healed").prefixed, "blocks", str(BLOCK)),
    ),
    Case(
        what="key-registered-again",
        verdict=NOTICE,
        why="After a rollback the key was registered in another block.",
        chain=put(START - 100, "keys", 0, "registeredAt"),
    ),
    Case(
        what="offline",
        verdict=NOTICE,
        why="No chain is asked; the issuer of the trust file saw head, organization and key.",
        trust=seen_by_issuer(),
        chain=None,
    ),
    Case(
        what="offline-stale",
        verdict=NOTICE,
        why="The trust file is older than 24 hours.",
        trust=seen_by_issuer(),
        chain=None,
        now=EXPORTED_AT + DAY + 1,
    ),
    Case(
        what="offline-clock-behind",
        verdict=NOTICE,
        why="By this machine's clock the trust file comes from the future.",
        trust=seen_by_issuer(),
        chain=None,
        now=EXPORTED_AT - 301,
    ),
    Case(
        what="offline-withdrawn-by-stranger",
        verdict=NOTICE,
        why="The bundle's own status names only a stranger's declaration.",
        edit=change(
            lambda _: [
                {
                    "org": org("stranger").text,
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
]

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

SOUND = INTACT_CASES + NOTICE_CASES + PENDING_CASES + STATUS_CASES + UNCHECKED_CASES
