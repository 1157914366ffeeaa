"""From what was found to the one verdict.

The order of the questions is the order of how much they matter: what is broken outweighs what is
unknown, an unknown signer outweighs an uncovered entry, and only a signature that passes all of it
is VALID. Nothing that could not be found out ends as one of the accepted verdicts.
"""

from __future__ import annotations

from ledger.signatures.inspection import Anchorage, SignatureKind, SignatureReport
from ledger.signatures.verdict import Outcome, Result, Verdict

NO_DATA = "no-data"
FORM_FILLING = "form-filling"
FIELDS_FILLED = "fields-filled"
NOT_PADES = "not-pades"
FOREIGN_CERTIFICATES = "foreign-certificates"
EXPIRED_SINCE = "expired-since"
CERTIFICATE_MISSING = "certificate-missing"


def judge(
    signatures: tuple[SignatureReport, ...], structure: Result, unsigned: tuple[str, ...]
) -> Verdict:
    """The verdict over a document's signatures, its structure and its unsigned entries."""
    marks = frozenset[str]().union(*(one.marks for one in signatures))
    first_hand = [one for one in signatures if not one.archival] or list(signatures)
    questions = (
        (structure.outcome in {Outcome.FAIL, Outcome.UNKNOWN}, Verdict.INVALID),
        (not signatures, Verdict.NO_SIGNATURE),
        (any(map(_is_broken, signatures)), Verdict.INVALID),
        (NO_DATA in marks, Verdict.GRANTED),
        (CERTIFICATE_MISSING in marks, Verdict.VALID_STRUCTURE),
        (any(map(_is_untrusted, signatures)), Verdict.INTACT_UNTRUSTED),
        (bool(unsigned), Verdict.VALID_WITH_UNSIGNED_ENTRIES),
        (FOREIGN_CERTIFICATES in marks, Verdict.VALID_WITH_FOREIGN_CERTS),
        (any(map(_is_structure_only, signatures)), Verdict.VALID_STRUCTURE),
        (not all(map(_is_anchored, signatures)), Verdict.VALID_TEST_PKI),
        (FORM_FILLING in marks, Verdict.VALID_WITH_FORM_FILLING),
        (NOT_PADES in marks, Verdict.VALID_NOT_PADES),
        (all(EXPIRED_SINCE in one.marks for one in first_hand), Verdict.VALID_AT_GENTIME),
    )
    return next((verdict for holds, verdict in questions if holds), Verdict.VALID)


def _is_anchored(one: SignatureReport) -> bool:
    return one.anchorage is Anchorage.ANCHORED


def _is_broken(one: SignatureReport) -> bool:
    if one.integrity.outcome is not Outcome.PASS and CERTIFICATE_MISSING not in one.marks:
        return True
    if Outcome.FAIL in {one.chain.outcome, one.revocation.outcome, one.coverage.outcome}:
        return True
    return one.coverage.outcome is Outcome.UNKNOWN and NO_DATA not in one.marks


def _is_untrusted(one: SignatureReport) -> bool:
    if one.anchorage is Anchorage.EXPIRED:
        return True
    return one.kind is SignatureKind.SIGNATURE and one.anchorage is Anchorage.ALONE


def _is_structure_only(one: SignatureReport) -> bool:
    """A time-stamp under no given root, whose own certificate has run out: nobody answers for the
    key any more, so only its form is shown."""
    return (
        one.kind is SignatureKind.TIME_STAMP
        and one.anchorage is not Anchorage.ANCHORED
        and EXPIRED_SINCE in one.marks
    )
