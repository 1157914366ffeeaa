"""Recalling: one act of a producer or an authority, and everything that follows from it.

A recall is decided, then declared. Deciding is one transaction here: what is recalled, every lot
and item it went into by the forward trace of that moment, who has to be told. Declaring is done by
the worker (`recall_declaring`), from what is stored, so a crash at any line only delays it. For an
authority two people decide, each with a key of their own.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import normalize

from ledger import canonical
from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest
from ledger.epcis.recall import (
    MOST_TARGETS,
    Affected,
    Declared,
    RecallContent,
    find_affected,
    find_births,
    goods_subject,
    lift_digest,
)
from ledger.epcis.step import Step
from ledger.epcis.trace import CautionCode, Direction, Trace
from ledger.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from ledger.identity.organization import OrgId, Profile, Role
from ledger.records.declaration import RecallProposal
from ledger.services.caller import Caller, Scope
from ledger.services.declaring import Declaring
from ledger.services.partnering import find_party
from ledger.services.proving import Proving
from ledger.services.recall_alerts import recalled
from ledger.services.recall_signatures import awaited, find_unsigned
from ledger.services.tracing import Tracing, read_name
from ledger.storage.database import Database
from ledger.storage.recall_signatures import ProposalRow
from ledger.storage.recalls import (
    ExtensionRow,
    NoticeRow,
    RecallRow,
    RecallState,
    Target,
    TargetKind,
)
from ledger.storage.transaction import Transaction

MOST_LISTED = 200
"""Recalls in one list; the newest are kept."""

MOST_PARTIES = 1_000
"""Givers and receivers looked up for one recall."""


@dataclass(frozen=True, slots=True)
class RecallView:
    """A recall as told to everyone; `told` only to the organization whose recall it is."""

    row: RecallRow
    content: dict[str, Any]
    profile: Profile | None
    targets: Sequence[Target]
    told: Sequence[tuple[OrgId, datetime | None]]
    extensions: Sequence[ExtensionRow] = ()
    unsigned: frozenset[Digest] = frozenset()
    """Subjects whose declarations the organization, which holds its own key, has yet to sign."""
    proposal: ProposalRow | None = None
    """What the first of two people of such an authority signed."""


@dataclass(frozen=True, slots=True)
class SignedProposal:
    """An authority's first signature as it was handed in; `signed_at` in unix seconds."""

    signed_at: int
    signer: str
    signature: bytes


class Recalling:
    """Decides recalls and their ends, and tells about them."""

    def __init__(
        self, db: Database, clock: Clock, tracing: Tracing, proving: Proving, declaring: Declaring
    ) -> None:
        self._db = db
        self._clock = clock
        self._tracing = tracing
        self._proving = proving
        self._declaring = declaring

    def recall(
        self,
        caller: Caller,
        names: Sequence[str],
        reason: str,
        notice: Digest | None,
        proposal: SignedProposal | None = None,
    ) -> RecallView:
        """Recall goods, or for an authority propose it. Durable when this returns; the same recall
        asked for again while it is open is the same recall. The notice is a file kept before. An
        organization that holds its own key signs next (`RecallSigning`), and as an authority has
        signed the `proposal`.

        Raises InvalidInput, NotFound `lot-unknown` or `file-unknown`, TooLarge `recall-too-large`,
        Forbidden `recall-foreign-goods`, and what `Declaring.check_proposal` raises.
        """
        caller.require(Scope.STATUS)
        subjects = _read_names(names)
        content = RecallContent(caller.org, subjects, _tidy(reason), notice)
        with self._db.read() as tx:
            tx.organizations.check_active(caller.org)
            if notice is not None and not tx.files.has(caller.org, notice):
                raise NotFound("file-unknown", f"your organization keeps no file {notice.hex()}")
            known = tx.recalls.find_open(caller.org, content.digest())
        if known is not None:
            return self.view(known.id, caller)
        signed = self._check_proposal(caller, Declared.RECALLED, content.digest(), proposal)
        affected = self._find_affected(caller, subjects)
        is_authority = bool(caller.roles & Role.AUTHORITY)
        state = RecallState.PROPOSED if is_authority else self._decided(caller.org)
        recall_id = str(uuid.uuid4())
        now = self._clock.now()
        with self._db.write() as tx:
            pk = tx.recalls.add(
                recall_id=recall_id,
                org=caller.org,
                state=state,
                content=canonical.encode(content.to_json()).decode(),
                digest=content.digest(),
                proposed_by=caller.key_id,
                created_at=now,
            )
            if not is_authority:
                self._decide(tx, recall_id, affected, self.targets_of(affected), now)
            if signed is not None:
                tx.recall_signatures.add_proposal(pk, signed)
        return self.view(recall_id, caller)

    def approve(self, caller: Caller, recall_id: str) -> RecallView:
        """Second signature of an authority, for a recall or for its end.

        What is affected is found now: goods may have gone on since it was proposed. Raises
        Forbidden `recall-second-person`, Conflict `recall-state`.
        """
        row = self.get_own(caller, recall_id)
        affected: Affected | None = None
        if row.state is RecallState.PROPOSED:
            affected = self.find_affected(caller, row)
        targets = [] if affected is None else self.targets_of(affected)
        now = self._clock.now()
        with self._db.write() as tx:
            row = tx.recalls.get_locked(recall_id)
            if row.state is RecallState.PROPOSED and affected is not None:
                _check_other_person(caller, row.proposed_by)
                tx.recalls.update(row.pk, self._decided(row.org), approved_by=caller.key_id)
                self._decide(tx, recall_id, affected, targets, now)
            elif row.state is RecallState.LIFT_PROPOSED:
                assert row.lift_proposed_by is not None
                _check_other_person(caller, row.lift_proposed_by)
                tx.recalls.update(row.pk, self._decided(row.org, lifting=True))
            else:
                raise _wrong_state(row)
        return self.view(recall_id, caller)

    def lift(
        self, caller: Caller, recall_id: str, reason: str, proposal: SignedProposal | None = None
    ) -> RecallView:
        """End a recall, or for an authority propose it. The recall stays on record for ever; the
        chain then says that it is over. Raises Conflict `recall-state`, and for `proposal` what
        `recall` raises."""
        row = self.get_own(caller, recall_id)
        lifted = lift_digest(row.digest, _tidy(reason))
        signed = self._check_proposal(caller, Declared.LIFTED, lifted, proposal)
        with self._db.write() as tx:
            row = tx.recalls.get_locked(recall_id)
            if row.state is not RecallState.DECLARED:
                raise _wrong_state(row)
            state = (
                RecallState.LIFT_PROPOSED
                if caller.roles & Role.AUTHORITY
                else self._decided(row.org, lifting=True)
            )
            tx.recalls.update(
                row.pk, state, lift_reason=_tidy(reason), lift_proposed_by=caller.key_id
            )
            if signed is not None:
                tx.recall_signatures.add_proposal(row.pk, signed)
        return self.view(recall_id, caller)

    def view(self, recall_id: str, caller: Caller | None) -> RecallView:
        """One recall. What is only proposed is known to its own organization alone. Raises
        NotFound `recall-unknown`."""
        with self._db.read() as tx:
            row = tx.recalls.find(recall_id)
            is_own = row is not None and caller is not None and caller.org == row.org
            if row is None or not (row.state.is_public or is_own):
                raise NotFound("recall-unknown", f"no recall {recall_id!r:.60}")
            organization = tx.organizations.find(row.org)
            kind = awaited(row.state) or Declared.RECALLED
            is_custodial = any(key.custodial for key in tx.organizations.keys(row.org))
            missing = (
                [] if is_custodial else find_unsigned(tx, row, unix_seconds(self._clock.now()))
            )
            return RecallView(
                row=row,
                content=json.loads(row.content),
                profile=None if organization is None else organization.profile,
                targets=tx.recalls.targets(row.pk),
                told=tx.recalls.told(row.pk) if is_own else (),
                unsigned=frozenset(target.subject for target in missing),
                proposal=tx.recall_signatures.find_proposal(row.pk, kind),
                extensions=tx.recalls.extensions(row.pk),
            )

    def list_public(self, name: str | None) -> Sequence[RecallRow]:
        """Decided recalls, newest first; of these goods where a URI is given."""
        with self._db.read() as tx:
            if name is None:
                public = [state for state in RecallState if state.is_public]
                return tx.recalls.in_states(public, MOST_LISTED)
            key, lot = read_name(name)
            rows = {row.pk: row for row in tx.recalls.naming(key, MOST_LISTED)}
            if lot is not None:
                rows |= {row.pk: row for row in tx.recalls.naming(lot, MOST_LISTED)}
        return [rows[pk] for pk in sorted(rows, reverse=True) if rows[pk].state.is_public]

    def inbox(self, caller: Caller) -> Sequence[NoticeRow]:
        """The recalls that concern goods the caller's organization is on record with."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            return tx.recalls.notices(caller.org, MOST_LISTED)

    def acknowledge(self, caller: Caller, recall_id: str) -> None:
        """Say that the caller's organization knows. Raises NotFound `recall-unknown`, Forbidden
        `recall-not-concerned`."""
        with self._db.write() as tx:
            row = tx.recalls.find(recall_id)
            if row is None or not row.state.is_public:
                raise NotFound("recall-unknown", f"no recall {recall_id!r:.60}")
            if not tx.recalls.acknowledge(row.pk, caller.org, caller.key_id, self._clock.now()):
                raise Forbidden("recall-not-concerned", "your organization had none of the goods")

    def get_own(self, caller: Caller, recall_id: str) -> RecallRow:
        """A recall of the caller's organization, to be changed. Raises Forbidden
        `foreign-organization`, NotFound `recall-unknown`."""
        caller.require(Scope.STATUS)
        row = self.view(recall_id, caller).row
        if row.org != caller.org:
            raise Forbidden("foreign-organization", "this is another organization's recall")
        return row

    def find_affected(self, caller: Caller, row: RecallRow) -> Affected:
        """What a recall is about, by the traces of now. Raises as `recall`."""
        return self._find_affected(caller, json.loads(row.content)["subjects"])

    def tell(self, tx: Transaction, row: RecallRow, affected: Affected, now: datetime) -> None:
        """Tell everyone concerned, in the transaction in which the recall becomes public."""
        others = find_others(tx, affected, row.org)
        tx.recalls.add_notices(row.pk, others, now)
        tx.alerts.add(others, recalled(row, affected.goods), now)

    def _decide(
        self,
        tx: Transaction,
        recall_id: str,
        affected: Affected,
        targets: Sequence[Target],
        now: datetime,
    ) -> None:
        """What is to be declared; who is told of it, unless signatures are still missing."""
        row = tx.recalls.get_locked(recall_id)
        tx.recalls.add_targets(row.pk, targets)
        if row.state.is_public:
            self.tell(tx, row, affected, now)

    def _decided(self, org: OrgId, *, lifting: bool = False) -> RecallState:
        """What follows a decision: the chain, or first the organization's own signatures."""
        if self._declaring.is_custodial(org):
            return RecallState.LIFTING if lifting else RecallState.DECLARING
        return RecallState.LIFT_SIGNING if lifting else RecallState.SIGNING

    def _check_proposal(
        self, caller: Caller, kind: Declared, reason: Digest, given: SignedProposal | None
    ) -> ProposalRow | None:
        """The first signature of two, of an authority that holds its own keys."""
        if given is None:
            if caller.roles & Role.AUTHORITY and not self._declaring.is_custodial(caller.org):
                raise InvalidInput(
                    "recall-proposal-missing",
                    "an authority that holds its own keys signs what it proposes",
                    pointer="/proposal",
                )
            return None
        self._declaring.check_proposal(
            RecallProposal(
                caller.org, int(kind), reason, given.signed_at, given.signer, given.signature
            )
        )
        return ProposalRow(int(kind), given.signed_at, given.signer, given.signature)

    def _find_affected(self, caller: Caller, subjects: Sequence[str]) -> Affected:
        traces: list[Trace] = []
        births: list[Step] = []
        for subject in subjects:
            forward = self._tracing.trace(subject, Direction.FORWARD, caller).trace
            made = find_births(self._tracing.trace(subject, Direction.BACK, caller).trace)
            if not caller.roles & Role.AUTHORITY and caller.org not in {one.org for one in made}:
                raise Forbidden(
                    "recall-foreign-goods", f"your organization did not bring about {subject}"
                )
            if any(caution.code is CautionCode.TRUNCATED for caution in forward.cautions):
                raise TooLarge("recall-too-large", f"{subject} went into more than can be followed")
            traces.append(forward)
            births += made
        affected = find_affected(subjects, traces, births)
        if len(affected.goods) + len(affected.records) > MOST_TARGETS:
            raise TooLarge(
                "recall-too-large",
                f"{len(affected.goods)} lots and items; at most {MOST_TARGETS} at once",
            )
        return affected

    def targets_of(self, affected: Affected) -> list[Target]:
        """Goods and records to declare, each subject once."""
        found = {goods_subject(key): (TargetKind.GOODS, key) for key in affected.goods}
        for record in affected.records:
            found[self._proving.commitment(record)] = (TargetKind.RECORD, record.text)
        return [Target(subject, kind, name) for subject, (kind, name) in found.items()]


def _tidy(text: str) -> str:
    """As it is hashed: some keyboards send Vietnamese letters and their marks apart."""
    return normalize("NFC", text.strip())


def _read_names(names: Sequence[str]) -> tuple[str, ...]:
    keys = set()
    for number, name in enumerate(names):
        try:
            keys.add(read_name(name)[0])
        except InvalidInput as error:
            raise InvalidInput(error.code, error.detail, pointer=f"/subjects/{number}") from error
    return tuple(sorted(keys))


def find_others(tx: Transaction, affected: Affected, own: OrgId) -> list[OrgId]:
    """Whom to tell: who recorded anything of the goods, and whom these steps name as giver or
    receiver, where the operator knows who that is here."""
    found = dict.fromkeys(affected.holders)
    for party in affected.parties[:MOST_PARTIES]:
        named = find_party(tx, party)
        if named is not None and tx.organizations.find(named) is not None:
            found[named] = None
    return [org for org in found if org != own]


def _check_other_person(caller: Caller, first: str) -> None:
    if caller.key_id == first:
        raise Forbidden("recall-second-person", "who proposed it cannot approve it")


def _wrong_state(row: RecallRow) -> Conflict:
    return Conflict("recall-state", f"the recall is {row.state.value}")
