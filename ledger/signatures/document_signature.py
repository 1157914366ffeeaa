"""What every signature over a document has in common, whatever its syntax: its own time-stamps,
and its signer judged at the time they prove."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ledger.signatures.certificate import describe, may_sign
from ledger.signatures.chain import Knowledge, judge_chain
from ledger.signatures.cms_signature import CheckedSignature
from ledger.signatures.digest_methods import digest
from ledger.signatures.inspection import Anchorage, SignatureReport
from ledger.signatures.time_stamp import inspect_token, malformed_token, read_token
from ledger.signatures.trust_roots import TrustRoots
from ledger.signatures.verdict import Outcome, Result, failed, unknown, worst

MOST_STAMPS = 16


def report_signature(
    report: SignatureReport,
    signature: CheckedSignature,
    known: Knowledge,
    now: datetime,
    proof: datetime | None,
) -> SignatureReport:
    """Complete a report with signer, chain, revocation and proven time. `proof` is the time that
    something outside the signature proves."""
    here = known.plus(Knowledge(known.trust, signature.embedded, signature.ocsps, signature.crls))
    stamps = [
        _inspect_stamp(f"{report.id}/time-stamp-{at}", token.dump(), signature, here, now)
        for at, token in enumerate(signature.tokens[:MOST_STAMPS])
    ]
    return complete(report, signature, stamps, here, now, proof)


def complete(
    report: SignatureReport,
    signature: CheckedSignature,
    stamps: list[SignatureReport],
    known: Knowledge,
    now: datetime,
    proof: datetime | None,
) -> SignatureReport:
    """As `report_signature`, with its time-stamps already looked at."""
    integrity = worst([report.integrity, *(_as_part(one) for one in stamps)])
    times = [one.proven_time for one in stamps if proves_time(one, known.trust)]
    proven = min((at for at in (*times, proof) if at is not None), default=None)
    report = replace(report, integrity=integrity, proven_time=proven)
    certificate = signature.certificate
    if certificate is None:
        missing = unknown("signer-certificate-missing", "there is no certificate to judge")
        return replace(report, chain=missing, revocation=missing, anchorage=Anchorage.NONE)
    moment = proven or now
    judged = judge_chain(certificate, known, moment, proven=proven is not None)
    chain = judged.chain
    if not may_sign(certificate):
        chain = failed("key-usage-other", "the certificate's key usage does not allow signing")
    return replace(
        report,
        signer=describe(certificate),
        chain=chain,
        anchorage=judged.anchorage,
        revocation=judged.revocation,
    )


def proves_time(stamp: SignatureReport, trust: TrustRoots) -> bool:
    """A time-stamp proves a time if it holds, and its authority is trusted; where no roots were
    given, nothing is, and its word is taken for what it is."""
    holds = stamp.integrity.outcome is Outcome.PASS and stamp.coverage.outcome is Outcome.PASS
    trusted = stamp.anchorage is Anchorage.ANCHORED or not trust.given
    return holds and trusted and stamp.chain.outcome is not Outcome.FAIL


def _inspect_stamp(
    name: str, der: bytes, signature: CheckedSignature, known: Knowledge, now: datetime
) -> SignatureReport:
    try:
        token = read_token(der)
    except ValueError as error:
        return malformed_token(name, str(error))
    value = signature.signature_value
    return inspect_token(name, token, lambda algorithm: digest(algorithm, value), known, now)


def _as_part(stamp: SignatureReport) -> Result:
    """A time-stamp of other data, or a forged one, is a fault of the signature that carries it;
    one whose authority is unknown only proves nothing."""
    parts = (stamp.integrity, stamp.coverage)
    faults = [part for part in parts if part.outcome is Outcome.FAIL]
    return worst(faults) if faults else Result(Outcome.SKIPPED)
