"""Whether a certificate was revoked, by what the document carries: OCSP answers and CRLs.

Every certificate of the path below its root has to be vouched for, at the time of judgement. An
answer counts if pyhanko-certvalidator takes it: signed by the issuer or by whom the issuer named,
and fresh. Nothing is fetched, so silence is unknown and not good.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import (
    CRLValidationError,
    OCSPValidationError,
    PathError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

from ledger.signatures.verdict import PASSED, Result, failed, unknown

_SILENT = (OCSPValidationError, CRLValidationError, ValidationError, PathError)


def judge_revocation(path: ValidationPath, context: ValidationContext) -> Result:
    """Of every certificate of a path below its root."""
    for certificate in path.iter_certs(include_root=False):
        try:
            vouched = any(
                _is_vouched(check(certificate, path, context))
                for check in (verify_ocsp_response, verify_crl)
            )
        except RevokedError as error:
            return failed("certificate-revoked", str(error)[:300])
        if not vouched:
            whose = certificate.subject.human_friendly[:120]
            return unknown("revocation-unknown", f"no word on {whose} that fits the time")
    return PASSED


def _is_vouched(check: Coroutine[Any, Any, None]) -> bool:
    try:
        drive(check)
    except RevokedError:
        raise
    except _SILENT:
        return False
    return True


def drive(steps: Coroutine[Any, Any, Any]) -> Any:
    """Run what never waits: the library is asynchronous for fetching, and here nothing fetches. An
    event loop would open sockets, which the child process may not."""
    try:
        steps.send(None)
    except StopIteration as done:
        return done.value
    steps.close()
    raise AssertionError("the validation waited for something")
