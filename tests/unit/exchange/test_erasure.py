"""What two people approve is EIP-712, and no erasure goes before it may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.digest import Digest
from ledger.errors import Conflict, Forbidden, InvalidInput, VerificationFailed
from ledger.exchange.erasure import (
    APPROVAL_TYPE,
    ORDERED,
    ErasureApproval,
    approval_digest,
    check_approved,
)
from ledger.identity.eip712 import Domain
from ledger.identity.organization import KeyEntry, OrgId, Purpose
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from tests.unit.exchange.test_signed import DOMAIN, typed_digest

LEG, ORG, NOW = Digest(b"\x02" * 32), OrgId(b"\x03" * 32), 1_800_000_000
ONE, TWO = (KeySigner(PrivateKey(bytes([n]) * 32)) for n in (1, 2))


def approval(
    by: KeySigner = ONE, *, reason: int = 2001, kept_until: int = NOW - 1, deadline: int = NOW + 60
) -> ErasureApproval:
    digest = approval_digest(DOMAIN, LEG, ORG, reason, kept_until, deadline)
    signature = by.sign_digest(digest)
    return ErasureApproval(LEG, ORG, reason, kept_until, deadline, by.address, signature)


def key(by: KeySigner = ONE, **changes: int) -> KeyEntry:
    entry = KeyEntry(by.address, False, int(Purpose.CLERK), NOW - 10, 0, NOW - 10, 0)
    return replace(entry, **changes)  # type: ignore[arg-type]


def test_digest_equals_eth_account() -> None:
    one = approval()
    values = [LEG, ORG, one.reason, one.kept_until, one.deadline]
    assert one.digest(DOMAIN) == typed_digest(APPROVAL_TYPE, values)
    one.check(DOMAIN, key(), NOW)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        key(purposes=int(Purpose.GATEWAY | Purpose.SUBMIT)),
        key(valid_from=NOW + 1),
        key(valid_until=NOW),
        key(compromised_at=NOW),
    ],
)
def test_key_that_may_not_approve(entry: KeyEntry | None) -> None:
    with pytest.raises(Forbidden):
        approval().check(DOMAIN, entry, NOW)


@pytest.mark.parametrize(
    "change",
    [{"leg": Digest(b"\x04" * 32)}, {"kept_until": 7}, {"reason": 2002}, {"deadline": 2**40}],
)
def test_changed_approval_is_nobodys(change: dict[str, object]) -> None:
    bent = replace(approval(), **change)  # type: ignore[arg-type]
    with pytest.raises(VerificationFailed):
        bent.check(DOMAIN, key(), NOW)
    with pytest.raises(VerificationFailed):
        approval().check(Domain(1, DOMAIN.verifying_contract), key(), NOW)
    with pytest.raises(VerificationFailed) as late:
        approval().check(DOMAIN, key(), NOW + 61)
    assert late.value.code == "leg-deadline-passed"


@pytest.mark.parametrize(
    ("approvals", "code"),
    [
        ([], "erasure-not-approved"),
        ([approval()], "erasure-not-approved"),
        ([approval(), approval(deadline=NOW + 99)], "erasure-not-approved"),
        ([approval(), approval(TWO, reason=2002)], "erasure-not-approved"),
        ([approval(), approval(TWO, kept_until=0)], "erasure-not-approved"),
        ([approval(), approval(TWO, deadline=NOW - 1)], "erasure-not-approved"),
        (
            [approval(kept_until=NOW + 1), approval(TWO, kept_until=NOW + 1)],
            "retention-not-over",
        ),
        ([approval(), approval(TWO)], None),
        ([approval(kept_until=NOW), approval(TWO, kept_until=NOW)], None),
    ],
)
def test_two_keys_approve_the_same_after_retention(
    approvals: list[ErasureApproval], code: str | None
) -> None:
    if code is None:
        check_approved(approvals, 2001, NOW)
        return
    with pytest.raises(Conflict) as refused:
        check_approved(approvals, 2001, NOW)
    assert refused.value.code == code


def test_order_of_an_authority_outranks_retention() -> None:
    both = [approval(by, reason=ORDERED, kept_until=NOW + 99) for by in (ONE, TWO)]
    check_approved(both, ORDERED, NOW)


def test_approval_is_for_a_reason_of_erasure() -> None:
    with pytest.raises(InvalidInput):
        approval(reason=1001)
    with pytest.raises(InvalidInput):
        approval(reason=0)
