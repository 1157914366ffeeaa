"""The monthly statistics: computed from what the chain has, signed, anchored, checked again."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.cli.main import app as cli
from ledger.client.drafting import Draft, sign_drafts
from ledger.errors import InvalidInput, NotFound
from ledger.exchange.edxml.reading import read_edxml
from ledger.exchange.edxml.status import EdxmlStatus
from ledger.exchange.history import Month
from ledger.exchange.rules import LegAction
from ledger.exchange.statistics import STATISTICS_KIND, Statistics
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from tests.api.test_exchange import anchored, domain, recipient, sender, submit, take
from tests.support.agency import Agency
from tests.support.own_key import admit
from tests.support.running_app import RunningApp

__all__ = ["domain", "recipient", "sender"]

NOW = Month.of(datetime.now(UTC))
BEFORE = Month(NOW.year - (NOW.month == 1), NOW.month - 1 or 12)


@pytest.fixture(scope="module")
def exchanged(
    server: RunningApp, domain: Domain, sender: Agency, recipient: Agency
) -> tuple[Agency, Agency]:
    """Two documents: one received under a number, one refused."""
    (first,) = submit(domain, sender, recipient, number="801")
    (second,) = submit(domain, sender, recipient, number="802")
    for action in (LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE):
        take(first, action)
    for action in (LegAction.ARRIVE, LegAction.REFUSE):
        take(second, action)
    anchored(server, first)
    anchored(server, second)
    return sender, recipient


def rows(statistics: dict[str, Any], output: str) -> list[dict[str, Any]]:
    table = statistics["tables"][output]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def test_both_sides_see_the_same_documents(exchanged: tuple[Agency, Agency]) -> None:
    sent, received = (
        one.http.get(f"/exchange/statistics/{NOW.text}").json()["statistics"] for one in exchanged
    )
    outgoing = {row["CodeNumber"]: row for row in rows(sent, "outgoingRegister")}
    assert outgoing["801"]["State"] == "RECEIVED"
    assert outgoing["802"]["State"] == "REFUSED"
    assert (sent["outgoing"]["submitted"], sent["outgoing"]["refused"]) == (2, 1)
    assert received["incoming"]["received"] == 1
    (row,) = rows(received, "incomingRegister")
    assert (row["CodeNumber"], type(row["ArrivalNumber"])) == ("801", int)
    assert sent["basis"] == received["basis"]


def test_evidence_is_read_in_the_forms_of_etsi_and_edxml(
    exchanged: tuple[Agency, Agency], refused_leg: str
) -> None:
    http = exchanged[1].http
    told = http.get(f"/exchange/legs/{refused_leg}/evidence").json()
    assert [one["Extensions"]["action"] for one in told] == ["SUBMIT", "ARRIVE", "REFUSE"]
    refused = told[2]
    assert refused["ERDSEventId"].endswith("/Event/ConsignmentRejection")
    assert refused["TransactionLogInformation"]["blockNumber"] > 0
    answer = http.get(f"/exchange/legs/{refused_leg}/evidence/2/status")
    assert answer.headers["content-type"].startswith("application/xml")
    status = read_edxml(answer.content)
    assert isinstance(status, EdxmlStatus)
    assert (status.code, status.response_for.code) == ("02", "802/UBND-VX")
    none = http.get(f"/exchange/legs/{refused_leg}/evidence/0/status")
    assert (none.status_code, none.json()["code"]) == (400, "edxml-status-missing")
    assert http.get(f"/exchange/legs/{refused_leg}/evidence/9/status").status_code == 404


@pytest.fixture
def refused_leg(exchanged: tuple[Agency, Agency]) -> str:
    found = exchanged[0].http.get("/exchange/legs", params={"box": "out", "number": "802"}).json()
    leg: str = found[0]["leg"]
    return leg


def test_csv_is_what_the_summary_names(exchanged: tuple[Agency, Agency]) -> None:
    http = exchanged[0].http
    told = http.get(f"/exchange/statistics/{NOW.text}").json()["statistics"]["outputs"]
    assert len(told) == 6
    for name, output in told.items():
        answer = http.get(f"/exchange/statistics/{NOW.text}/{name}.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert hashlib.sha256(answer.content).hexdigest() == output["csv"]
    assert http.get(f"/exchange/statistics/{NOW.text}/other.csv").status_code == 404
    workbook = http.get(f"/exchange/statistics/{NOW.text}/workbook.xlsx")
    assert (workbook.status_code, workbook.content[:2]) == (200, b"PK")


def test_only_the_agency_and_auditors_see_them(
    server: RunningApp, exchanged: tuple[Agency, Agency]
) -> None:
    mine = exchanged[0]
    path = f"/exchange/statistics/{NOW.text}"
    whose = {"organization": mine.org.text}
    assert server.visitor.get(path).status_code == 401
    assert server.rival.get(path, params=whose).json()["code"] == "foreign-organization"
    told = server.operator.get(path, params=whose).json()
    assert told == mine.http.get(path).json()
    assert told["recordId"] is None
    for wrong in ("2026-13", "2026-1", "26-01"):
        assert mine.http.get(f"/exchange/statistics/{wrong}").status_code == 400


def test_a_month_is_signed_once_and_proven_like_any_record(
    server: RunningApp, exchanged: tuple[Agency, Agency]
) -> None:
    http = exchanged[0].http
    early = http.post(f"/exchange/statistics/{NOW.text}")
    assert (early.status_code, early.json()["code"]) == (409, "month-not-over")
    signed = http.post(f"/exchange/statistics/{BEFORE.text}")
    assert signed.status_code == 201, signed.text
    again = http.post(f"/exchange/statistics/{BEFORE.text}")
    assert (again.status_code, again.json()) == (200, signed.json())
    record_id = signed.json()["recordId"]
    told = http.get(f"/exchange/statistics/{BEFORE.text}").json()
    assert told["recordId"] == record_id
    bundle = server.ledger_client(None).wait_for_proof(record_id)
    assert bundle
    checked = server.app.exchange_statistics.check(exchanged[0].org, BEFORE)
    assert checked.record_id.text == record_id


def test_an_organization_with_its_own_key_signs_them_itself(server: RunningApp) -> None:
    own = admit(server, "Cơ quan tự ký")
    path = f"/exchange/statistics/{BEFORE.text}"
    assert own.http.post(path).json()["code"] == "key-not-custodial"
    statistics = Statistics.compute([], own.org, BEFORE)
    hand_in(server, own, statistics.summary())
    check = server.app.exchange_statistics.check
    assert check(own.org, BEFORE).statistics == statistics
    lie = statistics.summary()
    lie["outgoing"]["submitted"] = 7
    hand_in(server, own, lie)
    with pytest.raises(InvalidInput) as refused:
        check(own.org, BEFORE)
    assert refused.value.pointer == "/outgoing/submitted"
    answer = hand_in(server, own, {**lie, "further": 1}, 400)
    assert answer["pointer"] == "/records/0/envelope/body/further"


def test_the_command_computes_and_compares(
    server: RunningApp, exchanged: tuple[Agency, Agency], tmp_path: Path
) -> None:
    assert exchanged[0].http.post(f"/exchange/statistics/{BEFORE.text}").status_code in (200, 201)
    folder = tmp_path / "out"
    given = [
        "document", "statistics", BEFORE.text, "--organization", exchanged[0].org.text,
        "--data", str(server.app.settings.data_dir), "--output", str(folder), "--json",
    ]  # fmt: skip
    if (url := server.app.settings.database_url) is not None:
        given += ["--database", url]
    ran = CliRunner().invoke(cli, [*given, "--check"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told["record"].startswith("urn:uuid:")
    assert len(list(folder.iterdir())) == 8
    for name, output in told["outputs"].items():
        written = (folder / f"{BEFORE.text}-{name}.csv").read_bytes()
        assert hashlib.sha256(written).hexdigest() == output["csv"]


def test_what_nobody_signed_is_unknown(server: RunningApp) -> None:
    with pytest.raises(NotFound):
        server.app.exchange_statistics.check(OrgId(b"\x09" * 32), BEFORE)


def hand_in(
    server: RunningApp, own: Any, body: dict[str, Any], status: int = 201
) -> dict[str, Any]:
    at = datetime.now(UTC)
    drafts = [Draft.new(own.org, STATISTICS_KIND, body, at)]
    domain = server.app.deployment.registry_domain
    answer = own.http.post(
        "/submissions",
        content=sign_drafts(own.org, drafts, own.signer, domain, at),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told
