"""The verifier beyond its vectors: what it reports, what it never does, how long it takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.identity.organization import KeyEntry, OrgId
from ledger.merkle.checkpoint import log_id
from ledger.ports import HeadOnChain, OrganizationOnChain, StatusOnChain
from ledger.proof.trust import parse_trust
from ledger.verify.authority import check_authority
from ledger.verify.report import Outcome, Verdict
from ledger.verify.snapshot import IssuerSnapshot
from ledger.verify.verifier import verify
from tests.support.recorded_chain import RecordedChain
from tests.support.vectors.case import pretty
from tests.support.vectors.edits import seen_by_issuer
from tests.support.vectors.world import (
    ANCHORED_AT,
    BLOCK,
    NOW,
    ORIGIN,
    PROFILE,
    World,
    block_hash,
    key,
    moment,
    org,
)

WORLD = World()
BUNDLE = WORLD.bundle().encode()


class FailingChain(RecordedChain):
    """Answers until the question it was told to be silent at."""

    def __init__(self, recorded: dict[str, Any], silent_at: str) -> None:
        super().__init__(recorded)
        self._silent_at = silent_at

    def _ask(self, question: str) -> None:
        if question == self._silent_at:
            raise Unavailable("chain-unavailable", "silent")

    def identity(self) -> tuple[int, Digest]:
        self._ask("identity")
        return super().identity()

    def find_head(self, log_id: Digest, size: int) -> HeadOnChain | None:
        self._ask("find_head")
        return super().find_head(log_id, size)

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        self._ask("find_organization")
        return super().find_organization(org)

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        self._ask("find_key")
        return super().find_key(org, address)

    def statuses(self, subject: Digest) -> Sequence[StatusOnChain]:
        self._ask("statuses")
        return super().statuses(subject)

    def block_hash(self, number: int) -> Digest | None:
        self._ask("block_hash")
        return super().block_hash(number)


@pytest.mark.parametrize(
    ("silent_at", "unknown"),
    [
        ("identity", {5, 8, 9, 10, 11}),
        ("find_head", {5, 8}),
        ("block_hash", {5, 8}),
        ("find_organization", {5}),
        ("find_key", {5}),
        ("statuses", {10}),
    ],
)
def test_verify_silence_at_any_question_is_neither_pass_nor_fail(
    silent_at: str, unknown: set[int]
) -> None:
    chain = FailingChain(WORLD.chain(), silent_at)
    report = verify(BUNDLE, WORLD.trust(), chain, moment(NOW))
    assert report.verdict is Verdict.COULD_NOT_CHECK
    found = {check.number for check in report.checks if check.outcome is Outcome.UNKNOWN}
    assert found == unknown
    assert all(check.outcome is not Outcome.FAIL for check in report.checks)


def test_verify_intact_tells_what_was_proven() -> None:
    report = verify(BUNDLE, WORLD.trust(), RecordedChain(WORLD.chain()), moment(NOW))
    facts = report.facts
    assert report.verdict is Verdict.INTACT
    assert facts["record"]["disclosed"]["body"]["ilmd"]["region"] == "Thanh Hóa"
    assert "bizTransactionList" not in facts["record"]["disclosed"]["body"]
    assert facts["submission"]["profile"] == PROFILE.to_json()
    assert facts["log"] == {"origin": ORIGIN, "index": 6, "size": 11}
    assert (facts["anchor"]["block"], facts["anchor"]["blockTime"]) == (BLOCK, ANCHORED_AT)


def test_verify_refused_bundle_repeats_none_of_its_claims() -> None:
    chain = WORLD.chain() | {"heads": []}
    report = verify(BUNDLE, WORLD.trust(), RecordedChain(chain), moment(NOW))
    assert report.verdict is Verdict.DOES_NOT_MATCH
    assert report.facts == {}


def test_verify_name_not_checked_is_not_told() -> None:
    chain = FailingChain(WORLD.chain(), "find_organization")
    report = verify(BUNDLE, WORLD.trust(), chain, moment(NOW))
    assert report.facts["submission"]["profile"] is None


def test_verify_bundle_cannot_bring_its_own_trust() -> None:
    other = replace(WORLD.trust(), organization_registry="0x" + "77" * 20)
    report = verify(BUNDLE, other, RecordedChain(WORLD.chain()), moment(NOW))
    assert report.verdict is Verdict.DOES_NOT_MATCH


def test_snapshot_what_was_not_seen_is_unknown() -> None:
    value = WORLD.trust().to_json()
    seen_by_issuer()(value)
    snapshot = IssuerSnapshot(parse_trust(pretty(value)))
    log = log_id(ORIGIN)
    assert snapshot.find_head(log, 11).block == BLOCK
    assert snapshot.find_organization(org("producer")).profile == PROFILE.digest()
    assert snapshot.find_key(org("producer"), key("producer").address).custodial
    assert snapshot.block_hash(BLOCK) == block_hash(BLOCK)
    with pytest.raises(Unavailable):
        snapshot.find_head(log, 12)
    with pytest.raises(Unavailable):
        snapshot.find_head(log_id("elsewhere"), 11)
    with pytest.raises(Unavailable):
        snapshot.find_organization(org("stranger"))
    with pytest.raises(Unavailable):
        snapshot.find_key(org("stranger"), key("producer").address)
    with pytest.raises(Unavailable):
        snapshot.find_key(org("producer"), key("stranger").address)
    with pytest.raises(Unavailable):
        snapshot.block_hash(BLOCK + 1)


def test_authority_times_beyond_the_calendar_are_spelled_all_the_same() -> None:
    bundle = WORLD.bundle()
    ended = WORLD.with_key(compromised_at=2**64 - 1)
    finding = check_authority(
        bundle.submission, bundle.signer, RecordedChain(ended.chain()), ANCHORED_AT
    )
    assert "second 18446744073709551615" in finding.detail


def test_verify_offline_takes_ten_milliseconds_at_most() -> None:
    value = WORLD.trust().to_json()
    seen_by_issuer()(value)
    trust = parse_trust(pretty(value))
    took = []
    for _ in range(20):
        start = time.perf_counter()
        report = verify(BUNDLE, trust, None, moment(NOW))
        took.append(time.perf_counter() - start)
        assert report.verdict is Verdict.INTACT_WITH_NOTICE
    assert min(took) <= 0.010
