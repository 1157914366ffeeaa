"""What people in the office do with a document: take over, receive, refuse, assign, settle, recall.

Every action says who did it (`Staff`, which stays in the evidence and never goes on the chain).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ledger.clock import Clock, format_time
from ledger.desk.acting import Acting, Wanted, subject_of
from ledger.desk.admitting import Admitting, OwnFile
from ledger.desk.content import ContentFolder
from ledger.desk.destroying import Destroying
from ledger.desk.evidencing import Report, Said
from ledger.desk.legs import LegRow, get_leg, superseding
from ledger.desk.messages import get_message, parts_of
from ledger.desk.recalling import plain_order, read_order
from ledger.desk.registers import office_date
from ledger.desk.settings import DeskSettings
from ledger.desk.signature_rule import SignatureRule
from ledger.desk.store import Store
from ledger.errors import Conflict, InvalidInput
from ledger.exchange.evidence import FileCode, Staff
from ledger.exchange.message import Part
from ledger.exchange.rules import RULES, LegAction, LegState


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who sits at the desk, as the evidence shall say."""

    name: str | None = None
    department: str | None = None

    @property
    def staff(self) -> Staff | None:
        """For the evidence; None where nobody is named."""
        if self.name is None and self.department is None:
            return None
        return Staff(self.department, self.name)


class Clerking:
    """The actions of one desk. Each raises what `Acting.act` raises."""

    def __init__(
        self,
        store: Store,
        content: ContentFolder,
        settings: DeskSettings,
        acting: Acting,
        destroying: Destroying,
        clock: Clock,
        admitting: Admitting,
    ) -> None:
        self._store = store
        self._content = content
        self._settings = settings
        self._acting = acting
        self._destroying = destroying
        self._clock = clock
        self._admitting = admitting

    def hand_over(self, leg: bytes, clerk: Clerk) -> LegRow:
        """The clerk takes it over, with what the check of its signatures found: Decree 30/2020,
        Article 21, asks for that before receipt."""
        return self._hand_over(leg, clerk, self._look(leg))

    def receive(
        self,
        leg: bytes,
        clerk: Clerk,
        number: int | None = None,
        despite: str | None = None,
        file_code: str | None = None,
    ) -> LegRow:
        """Enter it in the register of arrivals, under the next number or that one, and tell the
        sender; the check of signatures is made first where it was not yet. Where the desk's rule
        is advisory, `despite` is why it is received without the signatures it should bear;
        `file_code` is the file (hồ sơ) it goes into, as `FileCode.read` has it.

        Raises as `Admitting.admit` besides: it is handed over then, and no more.
        """
        said = Said(file=self._file(file_code))
        state, findings = self._state(leg), None
        if state in (LegState.ARRIVED, LegState.HANDOVER_FAILED):
            findings = self._look(leg)
            state = self._hand_over(leg, clerk, findings).leg.state
        report = None
        if state in RULES[LegAction.RECEIVE].states:
            report = self._admit(leg, findings, despite)
        return self._act(leg, LegAction.RECEIVE, clerk, said, report=report, arrival_number=number)

    def refuse(self, leg: bytes, clerk: Clerk, reason: int, note: str | None = None) -> LegRow:
        """Refuse it, for one of the reasons the law knows."""
        return self._act(leg, LegAction.REFUSE, clerk, Said(reason=reason, note=note))

    def assign(self, leg: bytes, clerk: Clerk, whom: str) -> LegRow:
        """A leader says who is to settle it."""
        if not whom.strip() or len(whom) > 200:
            raise InvalidInput("desk-text-malformed", "1 to 200 characters", pointer="/assignTo")
        return self._act(leg, LegAction.ASSIGN, clerk, assign_to=whom.strip())

    def begin(self, leg: bytes, clerk: Clerk) -> LegRow:
        """Work on it begins."""
        return self._act(leg, LegAction.BEGIN, clerk)

    def finish(
        self, leg: bytes, clerk: Clerk, note: str | None = None, file_code: str | None = None
    ) -> LegRow:
        """It is settled, and kept in that file."""
        said = Said(note=note, file=self._file(file_code))
        if self._state(leg) is LegState.ASSIGNED:
            self.begin(leg, clerk)
        return self._act(leg, LegAction.FINISH, clerk, said)

    def request_recall(
        self,
        leg: bytes,
        clerk: Clerk,
        reason: int,
        order: str,
        note: str | None = None,
        *,
        loosely: bool = False,
    ) -> LegRow:
        """Ask for it back; `order` names the document that recalls it (`read_order`), which the
        step is bound to. `loosely`: where it names none, it is kept as it was said."""
        with self._store.read() as tx:
            try:
                named = read_order(tx, order, get_leg(tx, leg), self._settings.organ_id)
            except InvalidInput:
                if not loosely:
                    raise
                named = plain_order(order)
        report = self._report(leg, named.to_json())
        said = Said(
            reason=reason,
            note=note,
            link=bytes(named.message or report.commitment),
            by_document=named.document_id,
        )
        return self._act(leg, LegAction.REQUEST_RECALL, clerk, said, report=report)

    def accept_recall(self, leg: bytes, clerk: Clerk) -> LegRow:
        """Destroy the copy and attest to that: Decree 30/2020, Article 18.4.b. What proves the
        exchange is kept; what the document said is not."""
        row = self._acting.refresh(leg)
        if row.leg.state not in (LegState.RECALL_REQUESTED, LegState.SUPERSEDED):
            raise Conflict("leg-action-illegal", "nobody asked for it back")
        destroyed = self._destroying.destroy(row.message)
        body = {
            "type": "destruction",
            "message": row.message.hex(),
            "files": destroyed.files,
            "destroyedAt": format_time(destroyed.at),
        }
        return self._act(leg, LegAction.ACCEPT_RECALL, clerk, report=self._report(leg, body))

    def refuse_recall(
        self, leg: bytes, clerk: Clerk, reason: int, note: str | None = None
    ) -> LegRow:
        """Keep it, and say why. Raises Conflict `desk-copy-destroyed` where that was begun."""
        with self._store.read() as tx:
            message = get_message(tx, get_leg(tx, leg).message)
        if message.destroying or message.destroyed_at is not None:
            raise Conflict("desk-copy-destroyed", "what was destroyed cannot be kept")
        return self._act(leg, LegAction.REFUSE_RECALL, clerk, Said(reason=reason, note=note))

    def withdraw(self, leg: bytes, clerk: Clerk, reason: int, note: str | None = None) -> LegRow:
        """Take back what has not arrived yet."""
        return self._act(leg, LegAction.WITHDRAW, clerk, Said(reason=reason, note=note))

    def supersede_replaced(self) -> int:
        """Say of every leg that one of ours has taken the place of that it is replaced; how many.
        A leg that cannot be replaced any more (withdrawn, recalled) stays as it is."""
        with self._store.read() as tx:
            pairs = superseding(tx)
        done = 0
        for old, new in pairs:
            with self._store.read() as tx:
                named = get_message(tx, new.message).document_id
            said = Said(link=new.key.salt, by_document=named)
            wanted = Wanted(LegAction.SUPERSEDE, said)
            try:
                self._acting.act(old.id, wanted)
            except Conflict as conflict:
                if conflict.code not in ("leg-action-illegal", "leg-action-repeated"):
                    raise
            else:
                done += 1
        return done

    def _act(
        self,
        leg: bytes,
        action: LegAction,
        clerk: Clerk,
        said: Said | None = None,
        *,
        report: Report | None = None,
        assign_to: str | None = None,
        arrival_number: int | None = None,
    ) -> LegRow:
        said = replace(said or Said(), staff=clerk.staff)
        if report is not None:
            said = replace(said, report=report.commitment)
        return self._acting.act(leg, Wanted(action, said, report, assign_to, arrival_number))

    def _report(self, leg: bytes, body: dict[str, Any]) -> Report:
        return Report.new(self._settings.org, {**body, "leg": bytes(leg).hex()}, self._clock.now())

    def _file(self, text: str | None) -> FileCode | None:
        if text is None or not text.strip():
            return None
        year = office_date(self._clock.now()).year
        return FileCode.read(text, self._settings.organ_id, year)

    def _hand_over(self, leg: bytes, clerk: Clerk, findings: list[dict[str, Any]]) -> LegRow:
        report = self._report(leg, {"type": "inspection", "parts": findings})
        return self._act(leg, LegAction.HAND_OVER, clerk, report=report)

    def _admit(
        self, leg: bytes, findings: list[dict[str, Any]] | None, despite: str | None
    ) -> Report | None:
        """What is to be recorded with the receipt, if anything."""
        if self._admitting.rule is SignatureRule.SHOWN:
            return None
        # Looked at anew on another day: roots may have been added since.
        found = self._look(leg) if findings is None else findings
        with self._store.read() as tx:
            sender = subject_of(tx, get_leg(tx, leg), self._settings.party).sender
        body = self._admitting.admit(found, sender, despite)
        return None if body is None else self._report(leg, body)

    def _look(self, leg: bytes) -> list[dict[str, Any]]:
        with self._store.read() as tx:
            parts = parts_of(tx, get_leg(tx, leg).message)
        return self._admitting.look(
            [OwnFile(one.id, one.name, partial(self._content.get, one.digest)) for one in parts]
        )

    def _state(self, leg: bytes) -> LegState:
        return self._acting.refresh(leg).leg.state


def parts_here(store: Store, content: ContentFolder, message: bytes) -> Sequence[tuple[Part, Path]]:
    """The files of a message that are kept here, with where they are."""
    with store.read() as tx:
        get_message(tx, message)
        parts = parts_of(tx, message)
    return [(part, content.path_of(part.digest)) for part in parts if content.has(part.digest)]
