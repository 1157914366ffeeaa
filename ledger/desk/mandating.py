"""Mandates of this agency: another may act for it on legs, for some actions and a limited time.

Thừa lệnh and thừa ủy quyền of Decree 30/2020, Article 13: by a document, limited in time and
content, never passed on. The leader's key signs; whether one stands is what the chain says. What
survives a crash: the signed request is in the journal before it is handed in, and its number makes
that it counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ledger import canonical
from ledger.client.exchange import MANDATES, ExchangeClient
from ledger.client.exchange_drafting import draft_mandate
from ledger.clock import Clock, unix_seconds
from ledger.desk.chain import DeskChain
from ledger.desk.evidencing import Report
from ledger.desk.hand_ins import HandIn, Kind, drop_hand_in, put_hand_in
from ledger.desk.handing_in import HandingIn, is_final
from ledger.desk.keys import DeskKeys
from ledger.desk.settings import DeskSettings
from ledger.desk.step_signing import SIGNED_FOR_SECONDS
from ledger.desk.store import Store
from ledger.digest import Digest
from ledger.errors import InvalidInput, LedgerError, Unavailable
from ledger.exchange.mandate import Mandate
from ledger.exchange.rules import OPENINGS, RULES, LegAction, LegParty
from ledger.exchange.signed import ZERO
from ledger.identity.address import parse_address
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Purpose

MANDATABLE = tuple(
    one
    for one in LegAction
    if one in OPENINGS or (one in RULES and RULES[one].party is not LegParty.ANYONE)
)
"""What somebody has to sign, so that another can sign it instead."""


@dataclass(frozen=True, slots=True)
class StandingMandate:
    """What there is between two organizations: how many were given, and the last unless it was
    taken back. `by_chain` False: the server says so, no node was asked."""

    giver: OrgId
    taker: OrgId
    count: int
    mandate: Mandate | None
    by_chain: bool


class DeskMandating:
    """Gives mandates, takes them back, and says what stands."""

    def __init__(
        self,
        store: Store,
        server: ExchangeClient,
        settings: DeskSettings,
        keys: DeskKeys,
        chain_id: int,
        clock: Clock,
        chain: DeskChain | None = None,
    ) -> None:
        self._store = store
        self._server = server
        self._handing_in = HandingIn(store, server.relay, _is_final)
        self._settings = settings
        self._keys = keys
        self._chain_id = chain_id
        self._clock = clock
        self._chain = chain

    def give(
        self, taker: OrgId, actions: Sequence[LegAction], until: int, document: Digest
    ) -> Mandate:
        """Let `taker` do this until that time, unix seconds, by the document with that SHA-256;
        what it was mandated for before ends with it.

        The chain gets a salted commitment to the document, made here and kept. Raises InvalidInput
        `mandate-malformed`, and what `post` of the server raises; Unavailable where it is handed in
        later.
        """
        now = self._clock.now()
        for action in actions:
            if action not in MANDATABLE:
                raise InvalidInput(
                    "mandate-malformed", f"nobody signs {action.name}", pointer="/actions"
                )
        report = Report.new(
            self._settings.org,
            {"type": "mandate", "taker": taker.text, "document": document.hex()},
            now,
        )
        begins = unix_seconds(now)
        scope = Mandate.scope_of(actions)
        if until <= begins or not scope:
            raise InvalidInput("mandate-malformed", "it is for something, and ends in the future")
        mandate = Mandate(self._settings.org, taker, scope, begins, until, bytes(report.commitment))
        self._hand_in_new(mandate, report)
        return mandate

    def end(self, taker: OrgId) -> None:
        """Take back what stands. Raises as `give` does."""
        self._hand_in_new(Mandate(self._settings.org, taker, 0, 0, 0, ZERO), None)

    def find(self, giver: OrgId, taker: OrgId) -> StandingMandate:
        """What stands between the two, asked of the chain where a node is known. Raises
        Unavailable."""
        if self._chain is not None:
            return StandingMandate(
                giver,
                taker,
                self._chain.count_mandates(giver, taker),
                self._chain.find_mandate(giver, taker, None),
                by_chain=True,
            )
        told = self._server.get_mandate(giver, taker)
        try:
            return StandingMandate(
                giver, taker, int(told["count"]), _read(giver, taker, told["mandate"]), False
            )
        except (InvalidInput, KeyError, TypeError, ValueError) as error:
            raise Unavailable("server-answer-malformed", "this is no mandate") from error

    def finish_all(self) -> int:
        """Hand in what waits; how many. Raises Unavailable."""
        return self._handing_in.finish_all(Kind.MANDATE, self._hand_in)

    def _hand_in_new(self, mandate: Mandate, report: Report | None) -> None:
        self._handing_in.finish(mandate.taker, self._hand_in)
        standing = self.find(mandate.giver, mandate.taker)
        at = unix_seconds(self._clock.now())
        signer = self._keys.signer(Purpose.LEADER)
        body = draft_mandate(
            mandate, standing.count, at + SIGNED_FOR_SECONDS, signer, self._domain()
        )
        wanted = HandIn(Kind.MANDATE, mandate.taker, MANDATES, orjson.dumps(body), at)
        with self._store.write() as tx:
            put_hand_in(tx, wanted)
            if report is not None:
                record = canonical.encode(report.record.envelope()).decode()
                tx.execute(
                    "INSERT INTO mandate_documents VALUES (?, ?, ?, ?)",
                    (bytes(report.commitment), bytes(mandate.taker), record, report.salt),
                )
        self._hand_in(mandate.taker)

    def _hand_in(self, taker: bytes) -> None:
        self._handing_in.hand_in(taker)
        with self._store.write() as tx:
            drop_hand_in(tx, taker)

    def _domain(self) -> Domain:
        """Where the signature counts. A server that names another contract gains one that counts
        nowhere."""
        if self._chain is not None:
            return Domain(self._chain_id, self._chain.mandates.address)
        told = self._server.get_contracts()
        try:
            return Domain(self._chain_id, parse_address(str(told["mandates"])))
        except (InvalidInput, KeyError) as error:
            raise Unavailable("server-answer-malformed", "it names no contract") from error


def _is_final(refusal: LedgerError) -> bool:
    return is_final(refusal) or refusal.code == "signer-not-registered"


def _read(giver: OrgId, taker: OrgId, told: Any) -> Mandate | None:
    if told is None:
        return None
    return Mandate(
        giver,
        taker,
        Mandate.scope_of(LegAction[name] for name in told["actions"]),
        int(told["validFrom"]),
        int(told["validUntil"]),
        bytes(Digest.from_hex(told["document"])),
    )
