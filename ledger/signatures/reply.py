"""A time-stamp handed in by itself: a reply of an authority (RFC 3161, 2.4.2) or its token.

With the request at hand the reply must answer it: same imprint, same nonce, same policy; a reply
without the nonce that was asked for may be an old one played again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from asn1crypto import tsp

from ledger.signatures.chain import Knowledge
from ledger.signatures.cms_signature import Digester
from ledger.signatures.findings import Findings
from ledger.signatures.inspection import Anchorage, SignatureReport
from ledger.signatures.time_stamp import Token, inspect_token, is_granted, read_reply, read_token
from ledger.signatures.trust_roots import TrustRoots
from ledger.signatures.verdict import PASSED, Outcome, Result, failed

_ASN1_ERRORS = (ValueError, TypeError, KeyError, OverflowError, AttributeError)


def inspect_reply(
    der: bytes, over: Digester | None, request: bytes | None, trust: TrustRoots, now: datetime
) -> Findings:
    """Raises ValueError if it has not the form of a reply."""
    status, token = read_reply(der)
    if not is_granted(status) or token is None:
        refused = failed("time-stamp-refused", f"the authority answered: {status}")
        return Findings("time-stamp-reply", structure=refused)
    try:
        read = read_token(token)
    except ValueError as error:
        return Findings("time-stamp-reply", structure=failed("time-stamp-malformed", str(error)))
    return _inspect("time-stamp-reply", read, over, request, trust, now)


def inspect_bare_token(
    der: bytes, over: Digester | None, request: bytes | None, trust: TrustRoots, now: datetime
) -> Findings:
    """Raises ValueError if it has not the form of a token."""
    return _inspect("time-stamp-token", read_token(der), over, request, trust, now)


def _inspect(
    kind: str,
    token: Token,
    over: Digester | None,
    request: bytes | None,
    trust: TrustRoots,
    now: datetime,
) -> Findings:
    report = inspect_token("time-stamp", token, over, Knowledge(trust), now, by_itself=True)
    if trust.given and report.signer is not None and report.anchorage is not Anchorage.ANCHORED:
        report = _of_another(report)
    structure = PASSED if request is None else _check_request(token, request)
    return Findings(kind, (report,), structure=structure)


def _of_another(report: SignatureReport) -> SignatureReport:
    """A time-stamp is worth what its authority's word is worth. Whoever gives roots says whose
    word they take, and this is another's."""
    if report.chain.outcome is Outcome.FAIL:
        return report
    told = failed("authority-not-trusted", "its authority is under none of the roots given")
    return replace(report, chain=told)


def _check_request(token: Token, der: bytes) -> Result:
    try:
        request = tsp.TimeStampReq.load(der, strict=True)
        imprint = request["message_imprint"].native
        nonce, policy = request["nonce"].native, request["req_policy"].native
    except _ASN1_ERRORS as error:
        return failed("request-malformed", f"not a time-stamp request: {error}"[:200])
    if imprint != token.info["message_imprint"].native:
        return failed("request-differs", "the request was about other data")
    if nonce is not None and nonce != token.nonce:
        return failed("nonce-differs", "the reply does not carry the nonce of the request")
    if policy is not None and policy != token.info["policy"].native:
        return failed("request-differs", "the reply is under another policy than was asked for")
    return PASSED
