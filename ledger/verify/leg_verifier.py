"""The verifier of a leg's bundle: fourteen numbered checks, and the verdict that follows.

Given: the bundle's bytes, trust anchors from elsewhere, a chain to ask or none, and the roots of
time-stamping authorities or none.

 1  format            the file is whole, has one spelling, and its manifest names every entry
 2  message           the manifest of the message is the one that was signed
 3  documents         the enclosed files are the parts of that message
 4  signatures        each event was signed by the key it names, for this leg, contract and chain
 5  evidence          each record of evidence is the one that was signed, and tells of its event
 6  history           the events are a life that the rules of legs allow
 7  head              the contract keeps the head that these events make
 8  block             in a block of the trusted chain
 9  chain-identity    bundle, nodes and trust anchors mean the same chain and contract
10  signer-authority  each key was its organization's, for that purpose, then
11  time-stamps       an authority saw the block at that time
12  standing          neither recalled nor withdrawn
13  cover             the cover page is the one these contents make
14  freshness         how old the evidence is

As in `ledger.verify.verifier`: nothing in the bundle is believed, no check raises out of
`verify_leg`, what rests on a refused piece is skipped, what nobody could tell us is unknown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography.x509 import Certificate

from ledger.errors import InvalidInput, VerificationFailed
from ledger.exchange import erds
from ledger.exchange.leg import Leg
from ledger.exchange.rules import LegAction
from ledger.ports import ChainReader, LegReader
from ledger.proof.leg_bundle import LegBundle, parse_leg_bundle
from ledger.proof.trust import TrustAnchors
from ledger.verify import leg_chain_checks, leg_checks
from ledger.verify.chain_checks import check_identity
from ledger.verify.check_run import CheckRun
from ledger.verify.finding import Evidence, Finding
from ledger.verify.leg_report import (
    LEG_CHECKS,
    LegCheck,
    LegReport,
    derive_leg_verdict,
    passed,
)
from ledger.verify.report import Outcome, Verdict
from ledger.verify.snapshot import IssuerSnapshot, age_of

_NAMED = {LegAction.REQUEST_RECALL: "recalledBy", LegAction.SUPERSEDE: "replacedBy"}
"""What `facts` call the document that an event names."""


def verify_leg(
    data: bytes,
    trust: TrustAnchors,
    chain: ChainReader | None,
    now: datetime,
    roots: Sequence[Certificate] = (),
    legs: LegReader | None = None,
) -> LegReport:
    """Run every check; never raises for anything the bundle or the chain says. `legs` tells what
    became of the leg since, where a chain is asked."""
    return _LegVerification(trust, chain, now, roots, legs).run(data)


class _LegVerification:
    """One run: collects what each check found."""

    def __init__(
        self,
        trust: TrustAnchors,
        chain: ChainReader | None,
        now: datetime,
        roots: Sequence[Certificate],
        legs: LegReader | None,
    ) -> None:
        self._trust = trust
        self._chain = chain
        self._evidence: Evidence = IssuerSnapshot(trust) if chain is None else chain
        self._now = now
        self._roots = tuple(roots)
        self._legs = legs
        self._run = CheckRun(LegCheck)
        self._facts: dict[str, Any] = {}

    def run(self, data: bytes) -> LegReport:
        # 1 format
        try:
            bundle = parse_leg_bundle(data)
        except InvalidInput as error:
            self._run.fault(1, Outcome.FAIL, error)
            return self._report()
        self._run.note(1, passed("whole, one spelling, every entry in the manifest, version 1"))
        # 2 message, 3 documents, 4 signatures, 5 evidence
        self._run.check(2, lambda: leg_checks.check_message(bundle))
        self._run.check(3, lambda: leg_checks.check_documents(bundle))
        self._run.check(4, lambda: leg_checks.check_signatures(bundle))
        self._run.check(5, lambda: leg_checks.check_evidence(bundle))
        # 6 history, 7 head
        leg = self._replay(bundle)
        if leg is not None:
            self._run.check(7, lambda: leg_checks.check_head(bundle, leg))
            self._facts = _facts(bundle, leg)
        # 9 chain-identity
        self._run.check(9, lambda: self._identity(bundle))
        if self._run[9].code == "ledger-foreign":
            return self._report()  # what is of another chain is not ours to judge
        if self._run[9].outcome is Outcome.PASS:
            # 8 block, 10 signer-authority
            self._run.check(
                8, lambda: leg_chain_checks.check_block(bundle, self._trust, self._chain)
            )
            self._run.check(10, lambda: leg_chain_checks.check_signers(bundle, self._evidence))
        # 12 standing
        if leg is not None:
            asked = self._legs if self._run[9].outcome is Outcome.PASS else None
            self._run.check(12, lambda: leg_chain_checks.check_standing(leg, bundle.key, asked))
        # 11 time-stamps
        self._run.check(11, lambda: leg_chain_checks.check_stamps(bundle, self._roots))
        # 13 cover
        self._run.check(13, lambda: _check_cover(bundle))
        # 14 freshness
        self._run.check(14, self._freshness)
        return self._report()

    def _replay(self, bundle: LegBundle) -> Leg | None:
        # 6 history
        try:
            leg = leg_checks.replay(bundle)
        except VerificationFailed as error:
            self._run.fault(6, Outcome.FAIL, error)
            return None
        self._run.note(6, passed(f"{leg.events} events, each allowed where it stands"))
        return leg

    def _identity(self, bundle: LegBundle) -> Finding:
        # 9 chain-identity
        leg_chain_checks.check_leg_claims(bundle, self._trust)
        if self._chain is None:
            return passed("as in the trust file; no node was asked")
        return check_identity(self._chain, self._trust)

    def _freshness(self) -> Finding:
        if self._chain is not None:
            return passed("the chain was asked now")
        return age_of(self._trust, self._now)

    def _report(self) -> LegReport:
        checks = self._run.in_order(LEG_CHECKS)
        verdict = derive_leg_verdict(checks, self._run.notices)
        refused = verdict in (Verdict.DOES_NOT_MATCH, Verdict.UNKNOWN)
        facts = {} if refused else self._facts
        return LegReport(verdict, checks, tuple(sorted(set(self._run.notices))), facts, self._now)


def _check_cover(bundle: LegBundle) -> Finding:
    # 13 cover
    if bundle.report is None:
        return Finding.skipped("the bundle has no cover page")
    # Loaded here: what makes pages costs a process 11 MB, and most never make one.
    from ledger.proof.leg_cover import make_cover

    if bundle.report == make_cover(bundle):
        return passed("the cover page is what the contents make")
    return passed("the cover page is not made by this version", "cover-not-proven")


def _facts(bundle: LegBundle, leg: Leg) -> dict[str, Any]:
    return {
        "leg": bundle.key.leg.hex(),
        "sender": bundle.key.sender.text,
        "recipient": bundle.key.recipient.text,
        "message": bundle.message.value().get("body", {}),
        "state": leg.state.name,
        "marks": [mark.name for mark in type(leg.marks) if mark in leg.marks],
        "events": [
            {
                "action": event.action.name,
                "time": event.time,
                "actor": None if event.signed is None else event.signed.actor.text,
                "signer": None if event.by is None else event.by.signer.lower(),
            }
            for event in bundle.events
        ],
        "block": bundle.anchor.block,
        **_named(bundle),
    }


def _named(bundle: LegBundle) -> dict[str, str]:
    """Which documents recalled or replaced this one; evidence that cannot be read names none, and
    check 5 has refused it."""
    found: dict[str, str] = {}
    for number, event in enumerate(bundle.events):
        member = _NAMED.get(event.action)
        if member is None or number not in bundle.evidence:
            continue
        with contextlib.suppress(InvalidInput):
            named = erds.read_record(bundle.evidence[number].envelope).by_document
            if named is not None:
                found[member] = named.text
    return found
