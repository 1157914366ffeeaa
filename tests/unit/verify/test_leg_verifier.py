"""A leg's bundle proves its whole story offline, and nothing else passes for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledger.clock import from_unix
from ledger.digest import Digest, sha256
from ledger.exchange.leg import Leg
from ledger.exchange.rules import LegAction as A
from ledger.merkle.checkpoint import Checkpoint
from ledger.proof.leg_bundle import LegBundle, StampFile, parse_leg_bundle
from ledger.proof.trust import TrustAnchors, parse_trust
from ledger.timestamps.statement import Statement
from ledger.timestamps.token import make_request
from ledger.verify.leg_report import LegReport
from ledger.verify.leg_verifier import verify_leg
from ledger.verify.report import Outcome, Verdict
from tests.support.leg_story import (
    DOMAIN,
    GENESIS,
    RECEIVED,
    RECIPIENT,
    SENDER,
    LegStory,
)
from tests.support.recorded_chain import RecordedChain
from tests.support.time_authority import Pki, TimeAuthority

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


def judge(bundle: LegBundle, story: LegStory, trust: TrustAnchors | None = None) -> LegReport:
    return verify_leg(bundle.encode(), trust or story.trust(), None, NOW)


def codes(report: LegReport) -> list[str | None]:
    return [check.code for check in report.checks if check.outcome is Outcome.FAIL]


def test_whole_bundle_is_intact_offline() -> None:
    story = LegStory()
    report = judge(story.bundle(), story)
    assert report.verdict is Verdict.INTACT_WITH_NOTICE, report.to_json()
    assert report.notices == ("evidence-offline",)
    assert report.facts["state"] == "RECEIVED"
    assert [one["action"] for one in report.facts["events"]] == [one.name for one in RECEIVED]


def test_bundle_is_the_same_bytes_again() -> None:
    assert LegStory().bundle().encode() == LegStory().bundle().encode()
    data = LegStory().bundle().encode()
    assert parse_leg_bundle(data).encode() == data


def test_trust_file_keeps_what_legs_need() -> None:
    trust = LegStory().trust()
    assert parse_trust(trust.encode()) == trust
    bare = replace(trust, document_exchange=None, blocks=())
    assert parse_trust(bare.encode()) == bare


@pytest.mark.parametrize(
    ("actions", "verdict", "notice"),
    [
        ((A.SUBMIT, A.ARRIVE, A.REFUSE), Verdict.INTACT_WITH_NOTICE, None),
        ((A.SUBMIT, A.ARRIVE, A.EXPIRE), Verdict.INTACT_WITH_NOTICE, None),
        ((A.SUBMIT, A.ARRIVE, A.EXPIRE, A.RECEIVE), Verdict.INTACT_WITH_NOTICE, None),
        ((A.SUBMIT, A.ARRIVE, A.MARK_OVERDUE), Verdict.INTACT_WITH_NOTICE, "answer-overdue"),
        ((A.SUBMIT, A.MARK_OVERDUE), Verdict.INTACT_WITH_NOTICE, "arrival-overdue"),
        ((*RECEIVED, A.SUPERSEDE), Verdict.INTACT_WITH_NOTICE, "superseded"),
        ((*RECEIVED, A.REQUEST_RECALL), Verdict.INTACT_WITH_NOTICE, "recall-requested"),
        ((*RECEIVED, A.REQUEST_RECALL, A.ACCEPT_RECALL), Verdict.RECALLED, None),
        ((A.SUBMIT, A.WITHDRAW), Verdict.WITHDRAWN, None),
        ((*RECEIVED, A.ERASE), Verdict.INTACT_WITH_NOTICE, None),
    ],
)
def test_what_became_of_the_document_is_told(
    actions: tuple[A, ...], verdict: Verdict, notice: str | None
) -> None:
    story = LegStory(actions)
    report = judge(story.bundle(), story)
    assert report.verdict is verdict, report.to_json()
    assert set(report.notices) == {"evidence-offline"} | ({notice} if notice else set())


def test_bundle_without_content_and_subject_still_proves_the_rest() -> None:
    story = LegStory(with_content=False, withheld=("/body/description", "/body/parts"))
    report = judge(story.bundle(), story)
    assert report.verdict is Verdict.INTACT_WITH_NOTICE, report.to_json()
    assert report.checks[2].outcome is Outcome.SKIPPED
    assert "description" not in report.facts["message"]


def test_erased_words_leave_the_history_proven() -> None:
    story = LegStory()
    bundle = replace(story.bundle(), evidence={}, documents={}, report=None)
    assert judge(bundle, story).notices == ("evidence-missing", "evidence-offline")


def _forge(bundle: LegBundle, number: int, **changes: object) -> LegBundle:
    events = list(bundle.events)
    events[number] = replace(events[number], **changes)  # type: ignore[arg-type]
    return replace(bundle, events=tuple(events), report=None)


def test_event_signed_by_another_key_is_refused() -> None:
    story = LegStory()
    bundle = story.bundle()
    signed = bundle.events[3].signed
    by = bundle.events[3].by
    assert signed is not None
    assert by is not None
    forged = replace(by, signature=SENDER.signer.sign_digest(signed.digest(DOMAIN)))
    assert "leg-signature-invalid" in codes(judge(_forge(bundle, 3, by=forged), story))


def test_event_dropped_or_dated_otherwise_is_not_what_the_contract_holds() -> None:
    story = LegStory()
    bundle = story.bundle()
    evidence = {number: bundle.evidence[number] for number in range(3)}
    shorter = replace(bundle, events=bundle.events[:-1], evidence=evidence, report=None)
    assert codes(judge(shorter, story)) == ["leg-head-differs"]
    assert codes(judge(_forge(bundle, 3, time=bundle.events[3].time - 1), story)) == [
        "leg-head-differs"
    ]


def test_event_that_the_rules_forbid_is_refused() -> None:
    story = LegStory()
    bundle = story.bundle()
    order = (0, 2, 1, 3)
    twisted = replace(
        bundle,
        events=tuple(bundle.events[n] for n in order),
        evidence={place: bundle.evidence[n] for place, n in enumerate(order)},
        report=None,
    )
    assert "leg-history-illegal" in codes(judge(twisted, story))


def test_other_document_other_message_other_evidence_are_refused() -> None:
    story = LegStory()
    bundle = replace(story.bundle(), report=None)
    document = replace(bundle, documents={0: (".pdf", b"other")})
    assert codes(judge(document, story)) == ["leg-document-differs"]
    withheld = LegStory(withheld=("/body/parts",)).bundle()
    assert codes(judge(replace(withheld, report=None), story)) == ["leg-document-differs"]
    evidence = dict(bundle.evidence)
    evidence[1] = replace(evidence[1], salt=bytes(32))
    assert codes(judge(replace(bundle, evidence=evidence), story)) == ["evidence-differs"]


def test_block_that_the_issuer_did_not_see_is_unknown_and_another_is_refused() -> None:
    story = LegStory()
    trust = story.trust()
    unseen = judge(story.bundle(), story, replace(trust, blocks=()))
    assert unseen.verdict is Verdict.COULD_NOT_CHECK
    before = replace(trust.blocks[0], number=100, hash=story.headers[0].hash)
    assert judge(story.bundle(), story, replace(trust, blocks=(before,))).verdict is (
        Verdict.COULD_NOT_CHECK
    )
    other = replace(trust.blocks[0], hash=Digest(bytes(32)))
    assert codes(judge(story.bundle(), story, replace(trust, blocks=(other,)))) == ["block-differs"]


def test_other_chain_is_unknown_and_other_contract_refused() -> None:
    story = LegStory()
    trust = story.trust()
    foreign = judge(story.bundle(), story, replace(trust, chain_id=1))
    assert (foreign.verdict, foreign.facts, codes(foreign)) == (Verdict.UNKNOWN, {}, [])
    assert foreign.checks[8].code == "ledger-foreign"
    other = replace(trust, document_exchange="0x" + "99" * 20)
    assert codes(judge(story.bundle(), story, other)) == ["anchor-other-contract"]
    silent = judge(story.bundle(), story, replace(trust, document_exchange=None))
    assert silent.verdict is Verdict.COULD_NOT_CHECK


def test_key_of_another_and_copy_of_a_key_that_lies_are_refused() -> None:
    story = LegStory()
    trust, bundle = story.trust(), replace(story.bundle(), report=None)
    sender, recipient = trust.organizations
    weak = replace(recipient, keys=(replace(RECIPIENT.key, purposes=1),))
    assert codes(judge(bundle, story, replace(trust, organizations=(sender, weak)))) == [
        "signer-purpose-missing"
    ]
    assert judge(bundle, story, replace(trust, organizations=(sender,))).verdict is (
        Verdict.COULD_NOT_CHECK
    )
    lie = ((SENDER.org, SENDER.key), (RECIPIENT.org, replace(RECIPIENT.key, custodial=True)))
    assert codes(judge(replace(bundle, keys=lie), story)) == ["signer-entry-false"]


def test_key_found_out_later_is_told_as_disputed() -> None:
    story = LegStory()
    trust = story.trust()
    sender, recipient = trust.organizations
    bent = replace(recipient, keys=(replace(RECIPIENT.key, compromised_at=1),))
    report = judge(story.bundle(), story, replace(trust, organizations=(sender, bent)))
    assert "disputed" in report.notices


def test_chain_that_is_asked_decides_about_the_block() -> None:
    story = LegStory()
    recorded = {
        "unreachable": False,
        "chainId": DOMAIN.chain_id,
        "genesis": GENESIS.prefixed,
        "blocks": {str(one.number): one.hash.prefixed for one in story.headers},
        "organizations": [],
        "keys": [
            {
                "org": party.org.text,
                "address": party.key.address.lower(),
                "custodial": False,
                "purposes": party.key.purposes,
                "validFrom": 0,
                "validUntil": 0,
                "registeredAt": party.key.registered_at,
                "compromisedAt": 0,
            }
            for party in (SENDER, RECIPIENT)
        ],
        "statuses": [],
        "heads": [],
    }
    data, trust = story.bundle().encode(), replace(story.trust(), blocks=(), organizations=())
    assert verify_leg(data, trust, RecordedChain(recorded), NOW).verdict is Verdict.INTACT
    recorded["blocks"] = {"102": "0x" + "33" * 32}
    assert codes(verify_leg(data, trust, RecordedChain(recorded), NOW)) == ["block-differs"]
    recorded["unreachable"] = True
    silent = verify_leg(data, trust, RecordedChain(recorded), NOW)
    assert silent.verdict is Verdict.COULD_NOT_CHECK


def _stamped(pki: Pki, number: int, at: datetime) -> tuple[LegStory, LegBundle]:
    story = LegStory()
    header = story.headers[number]
    head = Checkpoint("example.org/log", 5, sha256(b"root"))
    said = Statement(DOMAIN.chain_id, GENESIS, header.number, header.hash, head).encode()
    response = TimeAuthority(pki, lambda: at).answer(make_request(said).encoded)
    return story, replace(story.bundle(), stamps=(StampFile(said, response),), report=None)


def test_time_stamp_counts_for_a_given_root_only() -> None:
    pki = Pki.make()
    at = from_unix(int(NOW.timestamp())) - timedelta(hours=5)
    story, bundle = _stamped(pki, 2, at)
    data, trust = bundle.encode(), story.trust()
    report = verify_leg(data, trust, None, NOW, [pki.root])
    assert report.checks[10].outcome is Outcome.PASS
    assert report.notices == ("evidence-offline",)
    assert report.checks[10].detail == "stamped at 2026-03-03T05:00:00.000Z"
    assert verify_leg(data, trust, None, NOW).checks[10].outcome is Outcome.UNKNOWN
    other = Pki.make("Somebody else")
    assert codes(verify_leg(data, trust, None, NOW, [other.root])) == ["timestamp-untrusted"]
    from cryptography.hazmat.primitives.serialization import Encoding

    enclosed = replace(bundle, certificates=(pki.root.public_bytes(Encoding.DER),))
    assert "time-root-not-given" in verify_leg(enclosed.encode(), trust, None, NOW).notices


def test_time_stamp_of_an_earlier_block_may_leave_events_out() -> None:
    pki = Pki.make()
    story, bundle = _stamped(pki, 0, NOW)
    report = verify_leg(bundle.encode(), story.trust(), None, NOW, [pki.root])
    assert "time-stamp-partial" in report.notices


def test_time_stamp_of_another_block_is_refused() -> None:
    pki = Pki.make()
    story, bundle = _stamped(pki, 2, NOW)
    stamp = bundle.stamps[0]
    lie = stamp.statement.replace(b'"block":102', b'"block":101')
    bent = replace(bundle, stamps=(replace(stamp, statement=lie),))
    assert codes(verify_leg(bent.encode(), story.trust(), None, NOW, [pki.root])) == [
        "timestamp-block-differs"
    ]


def test_cover_that_says_something_else_is_told() -> None:
    story = LegStory()
    bundle = replace(story.bundle(), report=LegStory(RECEIVED[:-1]).bundle().report)
    report = judge(bundle, story)
    assert "cover-not-proven" in report.notices
    assert report.verdict is Verdict.INTACT_WITH_NOTICE


class Contract:
    """Holds the leg as another story leaves it."""

    def __init__(self, story: LegStory) -> None:
        self._leg = story.leg

    def find_leg(self, leg: bytes) -> Leg:
        return self._leg


@pytest.mark.parametrize(
    ("since", "verdict", "notices"),
    [
        ((), Verdict.INTACT_WITH_NOTICE, set()),
        ((A.REQUEST_RECALL,), Verdict.INTACT_WITH_NOTICE, {"leg-went-on", "recall-requested"}),
        ((A.SUPERSEDE,), Verdict.INTACT_WITH_NOTICE, {"leg-went-on", "superseded"}),
        ((A.REQUEST_RECALL, A.ACCEPT_RECALL), Verdict.RECALLED, set()),
    ],
)
def test_contract_that_is_asked_tells_what_happened_since(
    since: tuple[A, ...], verdict: Verdict, notices: set[str]
) -> None:
    story = LegStory()
    legs = Contract(LegStory((*RECEIVED, *since)))
    report = verify_leg(story.bundle().encode(), story.trust(), None, NOW, legs=legs)
    assert report.verdict is verdict, report.to_json()
    assert set(report.notices) == notices | {"evidence-offline"}


def test_contract_that_holds_less_or_another_history_is_no_match() -> None:
    story = LegStory()
    for other in (LegStory(RECEIVED[:-1]), LegStory((A.SUBMIT, A.ARRIVE, A.HAND_OVER, A.REFUSE))):
        report = verify_leg(story.bundle().encode(), story.trust(), None, NOW, legs=Contract(other))
        assert report.verdict is Verdict.DOES_NOT_MATCH
        assert codes(report) == ["leg-head-differs"]


def test_evidence_without_the_members_of_a_record_is_refused() -> None:
    story = LegStory()
    for envelope in ({}, {"body": 1}, {**story.bundle().evidence[1].envelope, "v": True}):
        evidence = {1: replace(story.bundle().evidence[1], envelope=envelope)}
        report = judge(replace(story.bundle(), evidence=evidence), story)
        assert codes(report) == ["evidence-malformed"]


def test_proven_block_without_its_header_is_refused() -> None:
    story = LegStory()
    bundle = story.bundle()
    first, middle, last = bundle.anchor.headers
    for headers in ((first, last), (first, middle, middle, last)):
        bent = replace(bundle, anchor=replace(bundle.anchor, headers=headers), report=None)
        assert codes(judge(bent, story)) == ["leg-bundle-malformed"]
