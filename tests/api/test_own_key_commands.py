"""`provenance capture` and `provenance recall` with a signing key of the organization's own."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.cli.main import app
from tests.support.epcis_events import GTIN, document, event
from tests.support.jars import amount, wait_for
from tests.support.own_key import OwnKeyed, admit
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


class Desk:
    """A machine with the organization's API key, signing key and trust file."""

    def __init__(self, of: OwnKeyed, folder: Path) -> None:
        self._folder = folder
        (folder / "api.key").write_text(of.api_key)
        (folder / "signing.key").write_text("0x" + of.signer.secret.hex() + "\n")
        (folder / "trust.json").write_bytes(of.server.app.write_trust().read_bytes())
        self._url = of.server.url

    def run(self, *words: str, trust: bool = True) -> tuple[int, Any]:
        given = [*words, "--url", self._url, "--key-file", str(self._folder / "api.key"), "--json"]
        given += ["--signing-key", str(self._folder / "signing.key")]
        if trust:
            given += ["--trust", str(self._folder / "trust.json")]
        ran = CliRunner().invoke(app, given)
        return ran.exit_code, json.loads(ran.stdout) if ran.exit_code == 0 else ran.output


def test_commands_sign_on_this_machine(server: RunningApp, tmp_path: Path) -> None:
    of = admit(server, "Hợp tác xã Bàn Phím")
    desk = Desk(of, tmp_path)
    barrel = f"https://id.gs1.org/01/{GTIN}/10/B{uuid.uuid4().hex[:10].upper()}"
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document([event(quantityList=[amount(barrel, 9)]), event()])))
    code, told = desk.run("capture", str(path))
    assert code == 0, told
    (stored,) = told["files"]
    assert len(stored["events"]) == 2
    for one in stored["events"]:
        record = server.visitor.get(f"/records/{one['recordID']}").json()
        assert record["org"] == of.org.text
    assert desk.run("capture", str(path)) == (0, told), "again: the same records"
    code, recall = desk.run("recall", "start", barrel, "--reason", "Thử")
    assert (code, recall["state"]) == (0, "declaring")
    wait_for(server.visitor, recall["id"], "declared")
    code, lifted = desk.run("recall", "lift", recall["id"], "--reason", "Ổn")
    assert (code, lifted["state"]) == (0, "lifting")
    assert desk.run("recall", "sign", recall["id"])[0] == 0
    code, told = desk.run("capture", str(path), trust=False)
    assert code == 2
    assert "trust-file-missing" in told
