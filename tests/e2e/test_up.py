"""`provenance up` from its first start to its end, in processes of its own."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.conftest import admit_and_capture
from tests.support.installation import Installation, provenance

pytestmark = [pytest.mark.chain, pytest.mark.slow]


def get(url: str, accept: str = "application/json") -> bytes:
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=20) as reply:
        body = reply.read()
    assert isinstance(body, bytes)
    return body


def story_records(installation: Installation) -> list[str]:
    story = json.loads(Path("ledger/cli/demo/story.json").read_bytes())
    path = f"/01/{story['gtin']}/10/{story['lot']}"
    told = json.loads(get(installation.url + path))
    return [step["recordID"] for step in told["events"]]


def test_up_ready_line_names_what_exists(installation: Installation) -> None:
    assert set(installation.ready) == {"url", "admin_key_file", "trust_file"}
    assert json.loads(get(installation.url + "/readyz"))["ready"] is True
    key = Path(installation.ready["admin_key_file"])
    assert key.read_text().startswith("pk_")
    assert key.stat().st_mode & 0o077 == 0
    trust = json.loads(installation.trust.read_bytes())
    assert trust["type"] == "provenance.trust"
    assert (installation.data / "keystore.json").stat().st_mode & 0o077 == 0


def test_up_demo_story_is_anchored_and_intact_elsewhere(
    installation: Installation, tmp_path: Path
) -> None:
    records = story_records(installation)
    assert len(records) >= 4
    trust = tmp_path / "trust.json"
    trust.write_bytes(get(installation.url + "/trust"))
    for record in records[:1]:
        bundle = tmp_path / "bundle.json"
        assert installation.run("prove", record, "-o", str(bundle)).code == 0
        online = provenance("verify", str(bundle), "--trust", str(trust), "--json")
        assert (online.code, online.json["verdict"]) == (0, "intact"), online.out
        relay = ("--rpc", installation.url + "/chain/rpc")
        relayed = provenance("verify", str(bundle), "--trust", str(trust), "--json", *relay)
        assert (relayed.code, relayed.json["verdict"]) == (0, "intact"), relayed.out
        offline = provenance("verify", str(bundle), "--trust", str(trust), "--offline", "--json")
        assert (offline.code, offline.json["verdict"]) == (0, "intact, with notice"), offline.out


def test_up_second_instance_refused_in_one_line(installation: Installation) -> None:
    second = installation.run("up", "--port", "0", "--json")
    assert (second.code, second.json["error"]) == (2, "already-running")
    assert str(installation.data) in second.error


def test_up_port_in_use_refused_in_one_line(installation: Installation, tmp_path: Path) -> None:
    port = installation.url.rpartition(":")[2]
    second = provenance("up", "--data", str(tmp_path / "other"), "--port", port)
    assert second.code == 2
    assert second.out == ""
    assert "port-in-use" in second.error
    assert f":{port}" in second.error
    assert not (tmp_path / "other").exists()


def test_up_edited_record_does_not_match_and_restart_keeps_the_rest(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data")
    try:
        installation.start("--no-demo")
        producer = admit_and_capture(installation, tmp_path / "key")
        (_, edited), (_, untouched) = producer.events[:2]
        wait_until_anchored(installation, edited)
        wait_until_anchored(installation, untouched)

        code, seconds = installation.stop(signal.SIGTERM)
        assert (code, installation.out, installation.err) == (0, "", "")
        assert seconds < 8
        assert installation.children() == []

        edit_body(installation.data / "ledger.sqlite3", edited)

        installation.start("--no-demo")
        assert verdict(installation, tmp_path, edited) == (1, "does not match")
        assert verdict(installation, tmp_path, untouched) == (0, "intact")
        found = installation.run("audit", "--json")
        assert found.code == 1
        assert found.json["unchecked"] == []
        assert any(edited in finding["subject"] for finding in found.json["findings"]), found.out

        code, _ = installation.stop(signal.SIGINT)
        assert (code, installation.out, installation.err) == (0, "", "")
        assert installation.children() == []
    finally:
        installation.kill()


def wait_until_anchored(installation: Installation, record: str) -> None:
    deadline = time.monotonic() + 30
    while json.loads(get(f"{installation.url}/records/{record}"))["state"] != "anchored":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def edit_body(database: Path, record: str) -> None:
    """Change one word of one stored record, as somebody with the database file could."""
    record_id = bytes.fromhex(record.rpartition(":")[2].replace("-", ""))
    with sqlite3.connect(database) as connection:
        ((body,),) = connection.execute(
            "SELECT body FROM records WHERE id = ?", (record_id,)
        ).fetchall()
        text = body.decode() if isinstance(body, bytes) else body
        changed = text.replace("2026-03-14", "2026-03-13")
        assert changed != text
        value = changed.encode() if isinstance(body, bytes) else changed
        connection.execute("UPDATE records SET body = ? WHERE id = ?", (value, record_id))
    connection.close()


def verdict(installation: Installation, folder: Path, record: str) -> tuple[int, str]:
    bundle = folder / "bundle.json"
    fetched = installation.run("prove", record, "-o", str(bundle), "--wait", "20")
    assert fetched.code == 0, fetched.err
    done = provenance("verify", str(bundle), "--trust", str(installation.trust), "--json")
    return done.code, done.json["verdict"]


def test_up_interrupted_before_ready_leaves_nothing_running(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data")
    import subprocess

    from tests.support.installation import PROVENANCE, environment

    process = subprocess.Popen(
        [PROVENANCE, "up", "--data", str(installation.data), "--port", "0", "--json"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not (installation.data / "chain" / "node.pid").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode in (0, 130)
    assert "Traceback" not in err
    assert out == ""
    assert installation.children() == []
