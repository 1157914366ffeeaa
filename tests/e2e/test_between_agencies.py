"""Documents between two agencies from the first key to a court without anybody: all in processes of
their own, and in the end nothing is left but files.

Two agencies, each with its desk, exchange a real PDF, refuse one, recall one and let one expire.
Then the operator's database is altered in ten ways, each named by the audit; then it is gone, and
after it either agency, and what the other one kept still proves every leg.
"""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.chain.anvil import AnvilEngine
from ledger.cli.main import app
from ledger.config import Settings
from ledger.offline import open_key_adding, open_membership
from ledger.proof.leg_bundle import parse_leg_bundle
from tests.support.cut_off import provenance_cut_off
from tests.support.databases import database_url, postgres_server
from tests.support.desk_process import DeskProcess
from tests.support.desks import Office, close_all, found_agencies, introduce
from tests.support.exchange_alterations import ALTERATIONS, alter
from tests.support.installation import Installation
from tests.support.saved_database import SavedDatabase, destroy
from tests.support.signed_pdf import signed_pdf

__all__ = ["database_url", "postgres_server"]

pytestmark = [pytest.mark.chain, pytest.mark.slow]

REAL = Path("documents") / "pades" / "pades-lta-dss-indirect-arrs-test.pdf"
MISTAKEN = "Gửi nhầm: 0912-345-678 của bà Mây".encode()
TEN = (
    "a refusal becomes an acceptance",
    "the last event dropped, and the leg put back",
    "an event in the middle dropped",
    "an event invented",
    "an event re-dated",
    "two events exchanged",
    "the evidence of an event",
    "a deadline of the leg",
    "what the message says",
    "the leg dropped",
)
"""Of `ALTERATIONS`: invent, drop and re-date in every form that somebody would gain by."""


@dataclass(frozen=True)
class Legs:
    """One leg of each fate; hexadecimal."""

    received: str
    refused: str
    recalled: str
    expired: str

    def fates(self) -> dict[str, tuple[str, str, int]]:
        """What verifying the bundle of each must say: state, verdict, exit code."""
        return {
            self.received: ("RECEIVED", "intact, with notice", 0),
            self.refused: ("REFUSED", "intact, with notice", 0),
            self.recalled: ("RECALLED", "recalled", 1),
            self.expired: ("EXPIRED", "intact, with notice", 0),
        }


@pytest.fixture
def letter(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A signed PDF of the conformance data, or one signed now where that is not given."""
    given = request.config.getoption("--data")
    path = tmp_path / "Công văn 1.pdf"
    path.write_bytes((Path(given) / REAL).read_bytes() if given else signed_pdf("Cong van 1"))
    return path


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[AnvilEngine]:
    """The local chain, in a process that outlives the server."""
    running = AnvilEngine(tmp_path / "chain", block_period=0.2)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def installation(engine: AnvilEngine, database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """The operator's server with its worker, running."""
    settings = {
        "PROVENANCE_RPC_URLS": json.dumps([engine.rpc_url]),
        "PROVENANCE_DATABASE_URL": database_url,
    }
    running = Installation(tmp_path / "operator", settings)
    try:
        running.start("--no-demo")
        yield running
    finally:
        running.kill()


@pytest.fixture
def agencies(
    installation: Installation, database_url: str, tmp_path: Path
) -> Iterator[tuple[DeskProcess, DeskProcess]]:
    """A department, and a commune that waits three seconds for an answer to what it sends."""
    settings = Settings(data_dir=installation.data, database_url=database_url)
    with open_membership(settings) as (membership, operator), open_key_adding(settings) as opened:
        trust = installation.trust.read_bytes()
        office = Office(membership, opened[0], operator, installation.url, trust)
        found = [
            *found_agencies(office, tmp_path / "department", "Sở Nông nghiệp", codes=["H56.0"]),
            *found_agencies(
                office, tmp_path / "commune", "Xã Nga Sơn", codes=["H56.1"], answer_within=3
            ),
        ]
        introduce(found)
        close_all(found)
    department, commune = (DeskProcess(one.party.organ_id, one.folder.path) for one in found)
    try:
        department.start()
        commune.start()
        yield department, commune
    finally:
        department.stop()
        commune.stop()


def test_two_agencies_an_altering_operator_and_a_court_without_anybody(
    installation: Installation,
    engine: AnvilEngine,
    database_url: str,
    agencies: tuple[DeskProcess, DeskProcess],
    letter: Path,
    tmp_path: Path,
) -> None:
    department, commune = agencies
    legs = exchange(department, commune, letter, tmp_path)
    for agency in agencies:
        for leg, (state, _, _) in legs.fates().items():
            agency.wait_for(leg, state)
            agency.wait_for_bundle(leg)
    trust = tmp_path / "trust.json"
    with urllib.request.urlopen(f"{installation.url}/trust", timeout=20) as told:
        trust.write_bytes(told.read())
    for agency in agencies:
        agency.stop()
    assert installation.stop()[0] == 0

    audit_names_each_of_ten(installation, database_url, legs)

    destroy(database_url)
    shutil.rmtree(installation.data)
    engine.stop()
    sent = {leg: [letter.read_bytes()] for leg in legs.fates()} | {legs.recalled: [MISTAKEN]}
    backup = shutil.copytree(department.folder, tmp_path / "backup")
    department.lose()
    # Of what it gave back, the commune has the evidence and nothing of the document.
    assert_proves_everything(commune, legs, trust, sent | {legs.recalled: []})
    commune.lose()
    department.folder = backup
    assert_proves_everything(department, legs, trust, sent)


def exchange(department: DeskProcess, commune: DeskProcess, letter: Path, folder: Path) -> Legs:
    """Four documents and what becomes of them."""
    mistaken = folder / "nhầm.txt"
    mistaken.write_bytes(MISTAKEN)
    legs = Legs(
        received=department.send(commune, letter, "V/v gạo ST25"),
        refused=department.send(commune, letter, "V/v việc của nơi khác"),
        recalled=department.send(commune, mistaken, "V/v gửi nhầm"),
        expired=commune.send(department, letter, "V/v xin ý kiến gấp"),
    )
    for leg in (legs.received, legs.recalled):
        commune.wait_for(leg, "ARRIVED")
        commune.told("receive", leg, "--clerk", "Lê Thị Văn Thư")
    commune.wait_for(legs.refused, "ARRIVED")
    commune.told("refuse", legs.refused, "--reason", "wrong-recipient")
    department.told(
        "recall", legs.recalled, "--reason", "sent-by-mistake", "--order", "13/UBND-VX, 26/11/2026"
    )
    commune.wait_for(legs.recalled, "RECALL_REQUESTED")
    commune.told("accept-recall", legs.recalled)
    kept = [path.read_bytes() for path in (commune.folder / "content").iterdir()]
    assert letter.read_bytes() in kept
    assert MISTAKEN not in kept
    return legs


def audit_names_each_of_ten(installation: Installation, database_url: str, legs: Legs) -> None:
    """Whoever has the database alters it: one way after the other, each from what it was."""
    clean = audit(installation)
    assert (clean["clean"], clean["findings"], clean["legs"]) == (True, [], 4), clean
    saved = SavedDatabase.of(database_url)
    received, refused = bytes.fromhex(legs.received), bytes.fromhex(legs.refused)
    try:
        for name in TEN:
            alter(database_url, ALTERATIONS[name], received, refused)
            told = audit(installation)
            codes = {finding["code"] for finding in told["findings"]}
            assert codes & ALTERATIONS[name].named, (name, told)
            assert told["unchecked"] == []
            saved.restore()
    finally:
        saved.discard()


def audit(installation: Installation) -> dict[str, Any]:
    """What `provenance audit` tells. In this process: to start one costs more than the audit."""
    where = {"PROVENANCE_DATA_DIR": str(installation.data), **installation.settings}
    done = CliRunner().invoke(app, ["audit", "--json"], env=where)
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.exit_code == (0 if told["clean"] else 1), done.output
    return told


def assert_proves_everything(
    agency: DeskProcess, legs: Legs, trust: Path, documents: dict[str, list[bytes]]
) -> None:
    """The agency gives out its bundles, and a stranger without any network judges them."""
    for leg, (state, verdict, code) in legs.fates().items():
        path = agency.bundle(leg)
        if leg == legs.received:
            # The desk's own command, too, needs neither server nor chain for what it keeps.
            path = trust.with_name(f"{agency.organ_id}.asice")
            agency.told("bundle", leg, "-o", str(path))
        done = provenance_cut_off("verify", str(path), "--trust", str(trust), "--offline", "--json")
        assert (done.code, done.json["verdict"]) == (code, verdict), done.out
        report = done.json
        assert (report["facts"]["leg"], report["facts"]["state"]) == (leg, state)
        failed = {check["code"] for check in report["checks"] if check["outcome"] == "fail"}
        assert failed == ({"leg-recalled"} if state == "RECALLED" else set()), done.out
        enclosed = parse_leg_bundle(path.read_bytes()).documents.values()
        assert [content for _, content in enclosed] == documents[leg]
