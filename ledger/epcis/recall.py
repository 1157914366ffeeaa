"""Recalls: which goods, for what reason, and under which digests the chain holds them.

::

    goods    SHA256("provenance/goods/v1\\n" ‖ canonical Digital Link of the lot or item)
    reason   SHA256("provenance/recall/v1\\n" ‖ JCS({v, org, subjects, reason, notice}))
    lift     SHA256("provenance/recall-lift/v1\\n" ‖ JCS({v, recall, reason}))

`goods` is the subject of a declaration in RecordStatus, `reason` and `lift` its reason. Whoever
scans a code makes the subject from the code itself, so no server can keep the recall from them.
Beside the goods, records that brought nothing but recalled goods into being are declared: their
proof bundles then say so to every verifier, also one that knows nothing of goods.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from ledger import canonical
from ledger.digest import Digest, sha256
from ledger.epcis.step import Step
from ledger.epcis.trace import Trace
from ledger.errors import InvalidInput
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId

MOST_SUBJECTS = 100
MOST_TARGETS = 5_000
"""Declarations of one recall: each is a transaction."""
MOST_REASON = 2_000


class Declared(IntEnum):
    """RecordStatus.Kind, as far as recalls go."""

    RECALLED = 2
    LIFTED = 4


@dataclass(frozen=True, slots=True)
class RecallContent:
    """What an organization recalls and why; `subjects` are keys in order, `notice` the SHA-256 of
    the notice document. Raises InvalidInput `recall-malformed`."""

    org: OrgId
    subjects: tuple[str, ...]
    reason: str
    notice: Digest | None

    def __post_init__(self) -> None:
        if not 0 < len(self.subjects) <= MOST_SUBJECTS:
            raise InvalidInput(
                "recall-malformed", f"a recall names 1 to {MOST_SUBJECTS} lots or items"
            )
        if not self.reason.strip() or len(self.reason) > MOST_REASON:
            raise InvalidInput("recall-malformed", f"a reason has 1 to {MOST_REASON} characters")
        canonical.check_normalised(self.reason)
        assert list(self.subjects) == sorted(set(self.subjects)), "subjects in order, each once"

    def to_json(self) -> dict[str, Any]:
        """The JSON whose canonical bytes are hashed."""
        return {
            "v": 1,
            "org": self.org.text,
            "subjects": list(self.subjects),
            "reason": self.reason,
            "notice": None if self.notice is None else self.notice.hex(),
        }

    def digest(self) -> Digest:
        """The reason on the chain."""
        return sha256(b"provenance/recall/v1\n", canonical.encode(self.to_json()))


def lift_digest(recall: Digest, reason: str) -> Digest:
    """The reason of the end of a recall on the chain."""
    body = {"v": 1, "recall": recall.hex(), "reason": reason}
    return sha256(b"provenance/recall-lift/v1\n", canonical.encode(body))


def goods_subject(key: str) -> Digest:
    """Under which subject the chain holds what is declared about these goods."""
    return sha256(b"provenance/goods/v1\n", key.encode())


def declaration_nonce(recall_id: str, kind: Declared, subject: Digest) -> bytes:
    """The nonce of one declaration. The same for every attempt, so that whatever is tried again
    after a crash is taken in once by the contract."""
    return bytes(
        sha256(b"provenance/recall-nonce/v1\n", f"{recall_id}/{int(kind)}/".encode(), subject)
    )


@dataclass(frozen=True, slots=True)
class Affected:
    """What a recall is about: goods in order, records to be declared with them, the organizations
    that are on record with any of the goods, and the parties these name as giver or receiver."""

    goods: tuple[str, ...]
    records: tuple[RecordId, ...]
    holders: tuple[OrgId, ...]
    parties: tuple[str, ...] = ()


def find_affected(
    subjects: Sequence[str], traces: Iterable[Trace], births: Iterable[Step] = ()
) -> Affected:
    """Everything the subjects went into, by their forward traces. `births`: the steps that brought
    the subjects themselves about."""
    goods = set(subjects)
    steps = {step.number: step for step in births}
    for trace in traces:
        goods.update(trace.items)
        steps |= {step.number: step for step in trace.steps}
    ordered = [steps[number] for number in sorted(steps)]
    records = [
        step.record_id
        for step in ordered
        if (born := _born(step)) and all(key in goods or lot in goods for key, lot in born)
    ]
    holders = dict.fromkeys(step.org for step in ordered)
    parties = dict.fromkeys(
        party.id for step in ordered for party in (*step.sources, *step.destinations)
    )
    return Affected(tuple(sorted(goods)), tuple(records), tuple(holders), tuple(parties))


def _born(step: Step) -> list[tuple[str, str | None]]:
    things = (*step.outputs, *(step.things if step.is_birth else ()))
    return [(thing.key, thing.lot) for thing in things]


def find_births(trace: Trace) -> list[Step]:
    """The steps of a trace that brought its subject about, or the lot it is of."""
    named = (thing for step in trace.steps for thing in step.named())
    names = {trace.subject, *(thing.lot for thing in named if thing.key == trace.subject)}
    return [
        step
        for step in trace.steps
        if any(key in names or (lot is not None and lot in names) for key, lot in _born(step))
    ]
