"""Forged signers, log evidence and anchors: no verifier may let one through."""

from __future__ import annotations

import base64

from ledger.identity.organization import Purpose
from ledger.merkle.checkpoint import Checkpoint, sign_checkpoint
from ledger.merkle.note import NoteSigner
from tests.support.vectors.case import forged
from tests.support.vectors.edits import (
    Edit,
    change,
    declared,
    every,
    flip,
    put,
    seen_by_issuer,
    standing,
)
from tests.support.vectors.world import (
    ANCHORED_AT,
    BLOCK,
    LOG_SIGNER,
    ORIGIN,
    SIGNED_AT,
    START,
    World,
    block_hash,
    key,
    org,
    seed,
)


def _checkpoint(note: str, *, size: int | None = None, root: str | None = None) -> str:
    """The same note with another size or root and the old signature."""
    origin, old_size, old_root, *rest = note.split("\n")
    return "\n".join([origin, str(size or old_size), root or old_root, *rest])


def _signed(origin: str = ORIGIN, signer: NoteSigner = LOG_SIGNER, size: int = 11) -> Edit:
    """A checkpoint over the true root, signed by whom it should not be, or for what it is not."""
    head = Checkpoint(origin, size, World().root())
    return put(sign_checkpoint(head, signer), "log", "checkpoint")


_OTHER_ROOT = base64.b64encode(seed("other root")).decode()


SIGNER_CASES = [
    forged(
        "organization-unknown",
        "The registry has no such organization.",
        chain=put([], "organizations"),
    ),
    forged("key-unknown", "The registry has no such key.", chain=put([], "keys")),
    forged(
        "key-of-another",
        "The key is another organization's.",
        chain=put(org("stranger").text, "keys", 0, "org"),
    ),
    forged(
        "key-expired",
        "The key ended the second it was used.",
        world=World().with_key(valid_until=SIGNED_AT),
    ),
    forged(
        "key-not-yet-valid",
        "The key was valid a second later.",
        world=World().with_key(valid_from=SIGNED_AT + 1),
    ),
    forged(
        "key-registered-later",
        "Registered after the anchoring.",
        world=World().with_key(registered_at=ANCHORED_AT + 1),
    ),
    forged(
        "key-compromised-before",
        "Compromised before it signed.",
        world=World().with_key(compromised_at=SIGNED_AT),
    ),
    forged(
        "key-compromised-at-anchoring",
        "Dated before the compromise, anchored after it.",
        world=World().with_key(compromised_at=ANCHORED_AT),
    ),
    forged(
        "key-compromised-while-pending",
        "Compromised before it was ever anchored.",
        put(None, "anchor"),
        world=World().with_key(compromised_at=SIGNED_AT + 1),
        chain=put([], "heads"),
    ),
    forged(
        "purpose-missing",
        "The key may do everything but submit.",
        world=World().with_key(purposes=int(~Purpose.SUBMIT & 15)),
    ),
    forged(
        "custody-lie",
        "The platform's key, passed off as the organization's own.",
        world=World(custody="organization"),
    ),
    forged(
        "custody-modest",
        "The organization's own key, passed off as the platform's.",
        world=World().with_key(custodial=False),
    ),
    forged(
        "custody-edited",
        "Custody is in the log: it cannot be changed afterwards.",
        put("organization", "submission", "custody"),
    ),
    forged(
        "copy-custodial",
        "The bundle's copy of the key entry lies about custody.",
        put(False, "signer", "custodial"),
    ),
    forged("copy-purposes", "The copy lies about purposes.", put(15, "signer", "purposes")),
    forged("copy-valid-from", "The copy lies about the start.", put(START, "signer", "validFrom")),
    forged(
        "copy-ended",
        "The copy has an end the registry does not have.",
        put(START + 9999, "signer", "validUntil"),
    ),
    forged(
        "copy-ends-earlier",
        "The copy ends before the registry's entry: ends move one way.",
        put(START + 9999, "signer", "validUntil"),
        world=World().with_key(valid_until=START + 99999),
    ),
    forged(
        "copy-compromised",
        "The copy is marked compromised, the registry's entry is not.",
        put(START + 9999, "signer", "compromisedAt"),
    ),
    forged(
        "copy-other-address",
        "The copy is of another key.",
        put(key("stranger").address.lower(), "signer", "address"),
    ),
    forged(
        "profile-renamed",
        "Another name over the same signature.",
        put("Hợp tác xã Khác", "signer", "profile", "name"),
    ),
    forged(
        "profile-of-another",
        "The profile of another organization.",
        put(org("stranger").text, "signer", "profile", "org"),
    ),
    forged("profile-salt", "Another salt.", change(flip, "signer", "profile", "salt")),
    forged(
        "organization-suspended",
        "Suspended the second the record was anchored.",
        chain=standing(2, ANCHORED_AT),
    ),
    forged("organization-removed", "Removed before the anchoring.", chain=standing(3, SIGNED_AT)),
    forged(
        "organization-registered-later",
        "Registered after the anchoring.",
        chain=every(
            put(ANCHORED_AT + 1, "organizations", 0, "registeredAt"),
            put(ANCHORED_AT + 1, "organizations", 0, "statusSince"),
        ),
    ),
]

LOG_CASES = [
    forged("leaf-index", "Another leaf.", put(7, "log", "index")),
    forged("leaf-index-outside", "A leaf beyond the tree.", put(11, "log", "index")),
    forged("leaf-index-huge", "The largest index there is.", put(2**53 - 1, "log", "index")),
    forged("path-node", "One bit of the path.", change(flip, "log", "path", 0)),
    forged("path-top-node", "One bit at the top.", change(flip, "log", "path", -1)),
    forged("path-short", "A node missing.", change(lambda p: p[:-1], "log", "path")),
    forged("path-long", "A node too many.", change(lambda p: [*p, p[0]], "log", "path")),
    forged("path-empty", "No path.", put([], "log", "path")),
    forged("path-reversed", "The path upside down.", change(lambda p: p[::-1], "log", "path")),
    forged(
        "size-changed", "A path for another size than the checkpoint's.", put(12, "log", "size")
    ),
    forged("size-zero", "A leaf of the empty tree.", put(0, "log", "size")),
    forged(
        "checkpoint-size",
        "Another size under the old signature.",
        every(
            change(lambda n: _checkpoint(n, size=12), "log", "checkpoint"), put(12, "log", "size")
        ),
    ),
    forged(
        "checkpoint-root",
        "Another root under the old signature.",
        change(lambda n: _checkpoint(n, root=_OTHER_ROOT), "log", "checkpoint"),
    ),
    forged(
        "checkpoint-other-key",
        "Signed by another key under the log's name.",
        _signed(signer=NoteSigner.from_seed(ORIGIN, seed("other log"))),
    ),
    forged(
        "checkpoint-other-origin",
        "The log's key signed another log's head.",
        _signed(origin="elsewhere.example/log"),
    ),
    forged(
        "checkpoint-other-size", "The log's key signed this root at another size.", _signed(size=12)
    ),
    forged(
        "checkpoint-unsigned",
        "No signature line.",
        change(lambda n: n.partition("\n\n")[0] + "\n\n", "log", "checkpoint"),
    ),
    forged("checkpoint-not-a-note", "No note at all.", put("", "log", "checkpoint")),
    forged(
        "checkpoint-leading-zero",
        "A second spelling of the size.",
        change(lambda n: n.replace("\n11\n", "\n011\n"), "log", "checkpoint"),
    ),
]

CHAIN_CASES = [
    forged("head-missing", "No such head on the chain.", chain=put([], "heads")),
    forged(
        "head-other-size",
        "The chain has a head of another size.",
        chain=put(12, "heads", 0, "size"),
    ),
    forged(
        "head-other-root",
        "The chain has another root at this size: two histories.",
        chain=change(flip, "heads", 0, "root"),
    ),
    forged(
        "head-of-another-log",
        "The head is another log's.",
        chain=put(seed("log id").prefixed, "heads", 0, "logId"),
    ),
    forged(
        "pending-head-other-root",
        "Not anchored by its own word; the chain has another root.",
        put(None, "anchor"),
        chain=change(flip, "heads", 0, "root"),
    ),
    forged("claims-other-chain", "The bundle names another chain id.", put(1, "anchor", "chainId")),
    forged(
        "claims-other-genesis",
        "The bundle names another genesis.",
        put(block_hash(0, "other").prefixed, "anchor", "genesis"),
    ),
    forged(
        "claims-other-contract",
        "The bundle names another contract.",
        put("0x" + "99" * 20, "anchor", "checkpointLog"),
    ),
    forged(
        "offline-other-root",
        "The issuer of the trust file saw another root.",
        trust=every(seen_by_issuer(), change(flip, "heads", 0, "root")),
        chain=None,
    ),
    forged(
        "tampered-and-unreachable",
        "A refused proof outranks a silent chain.",
        change(flip, "submission", "path", 0),
        chain=put(True, "unreachable"),
    ),
    forged(
        "tampered-and-recalled",
        "A refused proof outranks a recall.",
        change(flip, "submission", "path", 0),
        chain=declared("authority", "recalled"),
    ),
    forged(
        "tampered-and-foreign",
        "A refused proof outranks not being of this ledger.",
        every(put("elsewhere.example/log", "log", "origin"), change(flip, "submission", "path", 0)),
    ),
    forged(
        "tampered-and-pending",
        "A refused proof outranks waiting.",
        every(put(None, "anchor"), change(flip, "log", "path", 0)),
        chain=put([], "heads"),
    ),
    forged(
        "tampered-and-nodes-disagree",
        "A refused proof outranks nodes that disagree.",
        change(flip, "submission", "nonce"),
        second_chain=every(change(flip, "heads", 0, "root"), put(BLOCK, "heads", 0, "block")),
    ),
]
