"""Vectors whose verdict is intact, with or without notice."""

from __future__ import annotations

from ledger.merkle.note import NoteSigner
from ledger.verify.report import Verdict
from tests.support.vectors.case import Case
from tests.support.vectors.edits import change, declared, every, put, seen_by_issuer, standing
from tests.support.vectors.world import (
    ANCHORED_AT,
    BLOCK,
    DAY,
    EXPORTED_AT,
    START,
    World,
    block_hash,
    org,
    seed,
)

INTACT, NOTICE = Verdict.INTACT, Verdict.INTACT_WITH_NOTICE


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
