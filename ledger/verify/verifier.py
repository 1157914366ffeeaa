"""The verifier: eleven numbered checks over one bundle, and the verdict that follows.

Given: the bundle's bytes, trust anchors from elsewhere, and a chain to ask or none.

 1  format                the file is whole, canonical, of a known version
 2  members               the disclosed members are one record of this id and organization
 3  submission-path       the commitment recomputed from them stands in the signed batch
 4  submission-signature  the named key signed that batch, for this chain and registry
 5  signer-authority      the key might sign for the organization, then
 6  log-inclusion         batch and commitment stand in the log at one index
 7  checkpoint            the log's key signed the head that index is proven under
 8  anchor                the contract has exactly this head
 9  chain-identity        bundle, nodes and trust anchors mean the same chain and contracts
10  status                neither withdrawn nor recalled
11  freshness             how old the evidence is

Each block below is tagged with its number. They run in another order where one needs what
another established: a checkpoint is opened (7) before a path is held against it (6), and the
anchoring is found (8) before a key is judged by its time (5). What rests on a refused or missing
piece is skipped; what nobody could tell us is unknown.

Nothing in the bundle is believed: chain, contracts and log key come from the trust anchors; heads,
keys and declarations from the chain, or, with no chain to ask, from what the issuer of the trust
anchors saw. The commitment is always recomputed.

No check raises out of `verify`: a file that cannot be read is a file that does not match.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledger.clock import unix_seconds
from ledger.digest import Digest
from ledger.errors import InvalidInput, Unavailable, VerificationFailed
from ledger.merkle.checkpoint import Checkpoint
from ledger.ports import ChainReader, HeadOnChain
from ledger.proof.bundle import Bundle, LogEvidence, parse_bundle
from ledger.proof.trust import TrustAnchors
from ledger.verify import chain_checks, log_checks, record_checks
from ledger.verify.authority import check_authority
from ledger.verify.check_run import CheckRun
from ledger.verify.finding import Evidence, Finding
from ledger.verify.report import CHECKS, Check, Outcome, Report, Verdict, derive_verdict
from ledger.verify.snapshot import IssuerSnapshot, age_of

PENDING_SECONDS = 600
"""A record that waits longer for the chain is said to be overdue."""


def verify(
    bundle_bytes: bytes, trust: TrustAnchors, chain: ChainReader | None, now: datetime
) -> Report:
    """Run every check; never raises for anything the bundle or the chain says.

    Without a chain the best verdict is "intact, with notice": see docs/formats/verdicts.md.
    """
    return _Verification(trust, chain, now).run(bundle_bytes)


class _Verification:
    """One run: collects what each check found."""

    def __init__(self, trust: TrustAnchors, chain: ChainReader | None, now: datetime) -> None:
        self._trust = trust
        self._chain = chain
        self._evidence: Evidence = IssuerSnapshot(trust) if chain is None else chain
        self._now = now
        self._run = CheckRun(Check)
        self._facts: dict[str, Any] = {}

    def run(self, data: bytes) -> Report:
        # 1 format
        try:
            bundle = parse_bundle(data)
        except InvalidInput as error:
            self._run.fault(1, Outcome.FAIL, error)
            return self._report()
        self._run.note(1, Finding.passed("whole, canonical, version 1"))
        commitment = bundle.view.commitment()
        self._note_record(bundle, commitment)
        # 2 members
        self._run.check(2, lambda: record_checks.check_members(bundle))
        # 3 submission-path
        self._run.check(3, lambda: record_checks.check_submission_path(bundle, commitment))
        if bundle.log is not None and bundle.log.origin != self._trust.origin:
            # Another ledger's file: our keys and our chain have nothing to say about it.
            detail = f"a record of the ledger {bundle.log.origin!r:.120}"
            self._run.fault(9, Outcome.UNKNOWN, Unavailable("ledger-foreign", detail))
            return self._report()
        # 4 submission-signature
        self._run.check(4, lambda: record_checks.check_submission_signature(bundle, self._trust))
        # 7 checkpoint, 6 log-inclusion
        checkpoint = self._check_log(bundle, commitment)
        # 9 chain-identity
        self._run.check(9, lambda: self._identity(bundle))
        # 8 anchor
        head = self._check_anchor(bundle, checkpoint)
        # 5 signer-authority
        self._check_signer(bundle, head)
        # 10 status
        self._check_status(bundle, commitment)
        # 11 freshness
        self._check_freshness()
        return self._report()

    def _check_log(self, bundle: Bundle, commitment: Digest) -> Checkpoint | None:
        if bundle.log is None:
            self._run.skip(7, "not yet in the log")
            self._run.skip(6, "not yet in the log")
            return None
        log: LogEvidence = bundle.log
        # 7 checkpoint
        try:
            checkpoint = log_checks.open_checkpoint(log, self._trust)
        except (InvalidInput, VerificationFailed) as error:
            self._run.fault(7, Outcome.FAIL, error)
            return None
        self._run.note(7, Finding.passed(f"head of size {checkpoint.size} signed by {log.origin}"))
        # 6 log-inclusion
        submission = bundle.submission
        self._run.check(
            6, lambda: log_checks.check_log_inclusion(log, commitment, submission, checkpoint)
        )
        return checkpoint

    def _identity(self, bundle: Bundle) -> Finding:
        # 9 chain-identity
        chain_checks.check_claims(bundle.anchor, self._trust)
        if self._chain is None:
            return Finding.passed("as in the trust file; no node was asked")
        return chain_checks.check_identity(self._chain, self._trust)

    def _check_anchor(self, bundle: Bundle, checkpoint: Checkpoint | None) -> HeadOnChain | None:
        # 8 anchor
        if self._rests_on(9, 8) or self._rests_on(7, 8):
            return None
        if checkpoint is None:
            self._note_pending(bundle)
            return None
        try:
            head = chain_checks.find_anchor(checkpoint, self._trust, self._evidence)
            self._run.note(8, chain_checks.compare_block(bundle.anchor, head, self._evidence))
        except VerificationFailed as error:
            if bundle.anchor is None and error.code == "anchor-missing":
                self._note_pending(bundle)
                return None
            self._run.fault(8, Outcome.FAIL, error)
        except Unavailable as error:
            if bundle.anchor is None and self._chain is None:
                self._note_pending(bundle)
                return None
            self._run.fault(8, Outcome.UNKNOWN, error)
        else:
            self._note_head(head)
            return head
        return None

    def _note_pending(self, bundle: Bundle) -> None:
        """Leaves check 8 skipped: accepted, not on the chain yet."""
        waited = unix_seconds(self._now) - bundle.submission.signed_at
        overdue = ("anchoring-overdue",) if waited > PENDING_SECONDS else ()
        self._run.note(8, Finding.skipped("not on the chain yet", *overdue))

    def _check_signer(self, bundle: Bundle, head: HeadOnChain | None) -> None:
        # 5 signer-authority
        if self._rests_on(9, 5) or self._rests_on(7, 5) or self._rests_on(8, 5):
            return
        anchored_at = unix_seconds(self._now) if head is None else head.time
        self._run.check(
            5,
            lambda: check_authority(bundle.submission, bundle.signer, self._evidence, anchored_at),
        )
        if self._run[5].outcome is Outcome.PASS and bundle.signer.profile is not None:
            self._facts["submission"]["profile"] = bundle.signer.profile.to_json()

    def _check_status(self, bundle: Bundle, commitment: Digest) -> None:
        # 10 status
        org = bundle.submission.org
        if self._chain is not None:
            chain = self._chain
            if not self._rests_on(9, 10):
                self._run.check(10, lambda: chain_checks.check_status(chain, commitment, org))
        elif any(chain_checks.is_counted(entry, org) for entry in bundle.status.entries):
            # The bundle's own bad news cannot be checked here, and must not be passed over.
            detail = "the bundle says that the record has a status, and no chain was asked"
            self._run.fault(10, Outcome.UNKNOWN, Unavailable("status-not-checked", detail))
        else:
            self._run.skip(10, "no chain was asked")

    def _check_freshness(self) -> None:
        # 11 freshness
        if self._chain is not None:
            if not self._rests_on(9, 11):
                self._run.note(11, Finding.passed("the chain was asked now"))
            return
        self._run.note(11, age_of(self._trust, self._now))

    def _rests_on(self, basis: int, number: int) -> bool:
        """Record check `number` as unknown or skipped if the check it rests on is not passed."""
        found = self._run[basis]
        if found.outcome in (Outcome.PASS, Outcome.SKIPPED):
            return False
        if found.outcome is Outcome.UNKNOWN:
            self._run.doubt(number, found)
        else:
            self._run.skip(number, f"check {basis} failed")
        return True

    def _report(self) -> Report:
        checks = self._run.in_order(CHECKS)
        verdict = derive_verdict(checks, self._run.notices)
        refused = verdict in (Verdict.DOES_NOT_MATCH, Verdict.UNKNOWN)
        facts = {} if refused else self._facts
        return Report(verdict, checks, tuple(sorted(self._run.notices)), facts, self._now)

    def _note_record(self, bundle: Bundle, commitment: Digest) -> None:
        submission = bundle.submission
        self._facts = {
            "record": {
                "id": bundle.record_id.text,
                "commitment": commitment.hex(),
                "disclosed": bundle.view.value(),
            },
            "submission": {
                "org": submission.org.text,
                "profile": None,
                "signer": submission.signer.lower(),
                "custody": submission.custody,
                "signedAt": submission.signed_at,
            },
            "log": None
            if bundle.log is None
            else {"origin": bundle.log.origin, "index": bundle.log.index, "size": bundle.log.size},
            "anchor": None,
        }

    def _note_head(self, head: HeadOnChain) -> None:
        self._facts["anchor"] = {
            "chainId": self._trust.chain_id,
            "block": head.block,
            "blockTime": head.time,
            "root": head.root.hex(),
        }
