"""A party fetches a leg's bundle; with the trust file it proves everything without a server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from cryptography.x509 import Certificate

from ledger.chain.leg_reader import ContractLegReader
from ledger.digest import sha256
from ledger.exchange.rules import LegAction
from ledger.identity.eip712 import Domain
from ledger.proof.container import MEDIA_TYPE
from ledger.proof.leg_bundle import LegBundle, parse_leg_bundle
from ledger.proof.leg_cover import enclose
from ledger.proof.trust import TrustAnchors, parse_trust
from ledger.records.commitment import commit
from ledger.records.disclosure import Disclosed, DisclosedView
from ledger.verify.leg_report import LegReport
from ledger.verify.leg_verifier import verify_leg
from ledger.verify.report import Outcome, Verdict
from tests.api.test_exchange import anchored, join, submit, take
from tests.support.agency import Agency, Exchanged
from tests.support.running_app import RunningApp, running_app
from tests.support.time_authority import Pki, TimeAuthority, serving

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.make()


@pytest.fixture(scope="module")
def stamped(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An installation with a time-stamping authority."""
    with (
        serving(TimeAuthority(pki)) as url,
        running_app(
            tmp_path_factory.mktemp("installation"),
            time_authority_url=url,
            time_authority_roots=pki.write_root(tmp_path_factory.mktemp("roots") / "root.pem"),
            timestamp_interval=0.1,
        ) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def sender(stamped: RunningApp) -> Agency:
    return join(stamped, "1")


@pytest.fixture(scope="module")
def recipient(stamped: RunningApp) -> Agency:
    return join(stamped, "2")


@pytest.fixture(scope="module")
def domain(stamped: RunningApp) -> Domain:
    return stamped.app.exchange.domain


def fetch(server: RunningApp, by: Agency, one: Exchanged) -> LegBundle:
    anchored(server, one)
    answer = by.http.get(f"/exchange/legs/{one.leg.hex()}/bundle")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    return parse_leg_bundle(answer.content)


def trust_of(server: RunningApp) -> TrustAnchors:
    return parse_trust(server.visitor.get("/trust").content)


def judge(bundle: LegBundle, trust: TrustAnchors, *roots: Certificate) -> LegReport:
    return verify_leg(bundle.encode(), trust, None, datetime.now(UTC), roots)


def ask(server: RunningApp, bundle: LegBundle) -> Any:
    """What the server itself says of it, which asks its chain."""
    answer = server.visitor.post(
        "/verify", content=bundle.encode(), headers={"Content-Type": MEDIA_TYPE}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_bundle_proves_the_leg_offline_with_documents_and_time(
    stamped: RunningApp, domain: Domain, sender: Agency, recipient: Agency, pki: Pki
) -> None:
    (one,) = submit(domain, sender, recipient, number="21")
    for action in (LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE):
        take(one, action)
    anchored(stamped, one)
    last = fetch(stamped, recipient, one).anchor.block
    stamped.wait_until(
        lambda: stamped.visitor.get("/timestamps").json()["timestamps"][0]["block"] >= last - 1
    )
    bundle = fetch(stamped, recipient, one)
    trust = trust_of(stamped)
    report = judge(bundle, trust, pki.root)
    assert report.verdict is Verdict.INTACT_WITH_NOTICE, report.to_json()
    assert report.notices == ("evidence-offline",)
    assert report.checks[10].outcome is Outcome.PASS
    assert report.facts["state"] == "RECEIVED"
    chained = verify_leg(bundle.encode(), trust, stamped.app.reader, datetime.now(UTC), [pki.root])
    assert chained.verdict is Verdict.INTACT, chained.to_json()
    assert ask(stamped, bundle)["verdict"] == "intact"

    made = commit(one.message.record.envelope(), one.message.salt)
    shown = DisclosedView(
        tuple(
            Disclosed(member.salt, member.pointer, orjson.loads(member.value_json))
            for member in made.members
        )
    )
    whole = enclose(bundle, shown, {0: (".pdf", b"plain")})
    report = judge(whole, trust, pki.root)
    assert report.verdict is Verdict.INTACT_WITH_NOTICE, report.to_json()
    assert report.checks[2].outcome is Outcome.PASS
    assert sha256(b"plain").hex() in orjson.dumps(report.facts["message"]).decode()


def test_bundle_of_a_refusal_and_of_a_recall(
    stamped: RunningApp, domain: Domain, sender: Agency, recipient: Agency
) -> None:
    (refused,) = submit(domain, sender, recipient, number="22")
    (recalled,) = submit(domain, sender, recipient, number="23")
    for one, actions in (
        (refused, (LegAction.ARRIVE, LegAction.REFUSE)),
        (
            recalled,
            (
                LegAction.ARRIVE,
                LegAction.HAND_OVER,
                LegAction.RECEIVE,
                LegAction.REQUEST_RECALL,
                LegAction.ACCEPT_RECALL,
            ),
        ),
    ):
        for action in actions:
            take(one, action)
    one_bundle, other = (fetch(stamped, sender, one) for one in (refused, recalled))
    trust = trust_of(stamped)
    assert judge(one_bundle, trust).facts["state"] == "REFUSED"
    assert judge(other, trust).verdict is Verdict.RECALLED


def test_old_bundle_tells_what_became_of_the_document_when_the_chain_is_asked(
    stamped: RunningApp, domain: Domain, sender: Agency, recipient: Agency
) -> None:
    replaced, recalled, new = (
        submit(domain, sender, recipient, number=number)[0] for number in ("25", "26", "27")
    )
    for one in (replaced, recalled):
        for action in (LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE):
            take(one, action)
    anchored(stamped, new)
    old, gone = (fetch(stamped, recipient, one) for one in (replaced, recalled))
    take(replaced, LegAction.SUPERSEDE, link=new.key.salt)
    take(recalled, LegAction.REQUEST_RECALL)
    take(recalled, LegAction.ACCEPT_RECALL)
    for one in (replaced, recalled):
        anchored(stamped, one)
    trust, now, reader = trust_of(stamped), datetime.now(UTC), stamped.app.reader
    legs = ContractLegReader(stamped.app.client, str(trust.document_exchange))
    report = verify_leg(old.encode(), trust, reader, now, legs=legs)
    assert set(report.notices) >= {"superseded", "leg-went-on"}
    assert verify_leg(gone.encode(), trust, reader, now, legs=legs).verdict is Verdict.RECALLED
    assert verify_leg(gone.encode(), trust, None, now).verdict is Verdict.INTACT_WITH_NOTICE
    assert ask(stamped, gone)["verdict"] == "recalled"
    told = {notice["code"] for notice in ask(stamped, old)["notices"]}
    assert told >= {"superseded", "leg-went-on"}


def test_bundle_is_the_parties_alone_and_needs_the_chain(
    stamped: RunningApp, domain: Domain, sender: Agency, recipient: Agency
) -> None:
    (one,) = submit(domain, sender, recipient, number="24")
    anchored(stamped, one)
    path = f"/exchange/legs/{one.leg.hex()}/bundle"
    assert stamped.visitor.get(path).status_code == 401
    assert stamped.manager.get(path).status_code == 404
    assert stamped.operator.get(path).status_code == 200
    unknown = sender.http.get(f"/exchange/legs/{'00' * 32}/bundle")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "leg-unknown")
