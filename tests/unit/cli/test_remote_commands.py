"""capture, show, prove and log against a server that answers what is laid ready."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.digest import sha256
from ledger.merkle.checkpoint import Checkpoint, sign_checkpoint
from ledger.merkle.note import NoteSigner
from tests.support.canned_server import Canned, CannedServer
from tests.unit.cli.conftest import Run

RECORD = "urn:uuid:00000000-0000-4000-8000-000000000001"
RECORD_PATH = "/records/urn%3Auuid%3A00000000-0000-4000-8000-000000000001"
EVENT = "urn:uuid:00000000-0000-4000-8000-00000000000e"
DOCUMENT = {"type": "EPCISDocument", "epcisBody": {"eventList": []}}


def job(**more: Any) -> Canned:
    body = {"captureID": "j", "running": False, "success": True, "errors": [], "events": []}
    return Canned.json({**body, **more}, 200)


def document(folder: Path, value: Any = DOCUMENT) -> str:
    path = folder / "document.json"
    path.write_text(json.dumps(value))
    return str(path)


def test_capture_document_followed_until_it_is_done(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    stored = [{"eventID": EVENT, "recordID": RECORD}]
    server.on("POST /epcis/capture", job(running=True))
    server.on("GET /epcis/capture/j", job(running=True), job(events=stored))
    ran = run("capture", document(tmp_path), "--url", server.url, "--json", PROVENANCE_KEY="pk_1")
    assert ran.code == 0, ran.err
    (outcome,) = ran.json["files"]
    assert (outcome["state"], outcome["events"]) == ("stored", stored)
    posted = server.seen[0]
    assert json.loads(posted.body) == DOCUMENT
    assert posted.headers["gs1-capture-error-behaviour"] == "rollback"
    assert posted.headers["authorization"] == "Bearer pk_1"


def test_capture_single_event_goes_to_events(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    server.on("POST /epcis/events", Canned.json({"eventID": EVENT, "recordID": RECORD}, 201))
    ran = run("capture", document(tmp_path, {"type": "ObjectEvent"}), "--url", server.url)
    assert ran.code == 0
    assert RECORD in ran.out
    assert EVENT in ran.out


def test_capture_faults_told_with_event_and_pointer(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    fault = {"index": 3, "pointer": "/a/b", "code": "x-y", "detail": "why", "advice": "do"}
    server.on("POST /epcis/capture", job(success=False, errors=[fault]))
    ran = run("capture", document(tmp_path), "--url", server.url, "--proceed")
    assert ran.code == 2
    assert ran.error.endswith("document.json: event 3: why (at /a/b) [x-y] do")
    assert server.seen[0].headers["gs1-capture-error-behaviour"] == "proceed"


def test_capture_not_done_in_time_is_pending(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    server.on("POST /epcis/capture", job(running=True))
    ran = run("capture", document(tmp_path), "--url", server.url, "--wait", "0", "--json")
    assert (ran.code, ran.json["files"][0]["state"]) == (4, "running")


def test_capture_reads_standard_input(run: Run, server: CannedServer) -> None:
    server.on("POST /epcis/capture", job())
    assert run("capture", "-", "--url", server.url, stdin="{not json").code == 0
    assert server.seen[0].body == b"{not json"


def test_capture_failure_tells_what_was_stored_before_it(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    server.on("POST /epcis/events", Canned.json({"eventID": EVENT, "recordID": RECORD}, 201))
    event = document(tmp_path, {"type": "ObjectEvent"})
    ran = run("capture", event, "/nowhere/x.json", event, "--url", server.url, "--json")
    assert ran.code == 2
    stored, failed = ran.json["files"]
    assert stored["events"][0]["recordID"] == RECORD
    assert (failed["state"], failed["errors"][0]["code"]) == ("failed", "file-unreadable")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "problem", "code"), [(401, "api-key-refused", 6), (503, "storage-full", 3)]
)
def test_capture_refused_is_one_line(
    run: Run, server: CannedServer, tmp_path: Path, status: int, problem: str, code: int
) -> None:
    answer = Canned.json({"code": problem, "detail": "why", "advice": "do"}, status)
    server.on("POST /epcis/capture", answer)
    ran = run("capture", document(tmp_path), "--url", server.url)
    assert (ran.code, ran.out) == (code, "")
    assert ran.error.endswith(f"document.json: why [{problem}] do")


def test_show_event_without_record_decides_nothing(run: Run, server: CannedServer) -> None:
    server.on("GET /epcis/events/x", Canned.json({}))
    ran = run("show", "x", "--url", server.url, PROVENANCE_KEY="pk_1")
    assert ran.code == 3


def record(state: str = "anchored") -> Canned:
    return Canned.json(
        {
            "id": RECORD,
            "kind": "epcis.event",
            "org": "0x1",
            "capturedAt": "2026-01-01T00:00:00.000Z",
            "audience": "public",
            "state": state,
            "index": 7 if state != "accepted" else None,
            "provableBy": "2026-01-01T00:01:00.000Z",
            "body": {"bizStep": "commissioning"},
        }
    )


UNKNOWN = Canned.json({"code": "record-unknown", "detail": "no", "advice": "a"}, 404)


def test_show_record(run: Run, server: CannedServer) -> None:
    server.on(f"GET {RECORD_PATH}", record("accepted"))
    ran = run("show", RECORD, "--url", server.url)
    assert ran.code == 0
    assert "state       accepted" in ran.out
    assert "provable by 2026-01-01T00:01:00.000Z" in ran.out
    assert '"bizStep": "commissioning"' in ran.out


def test_show_event_id_found_by_its_proof_link(run: Run, server: CannedServer) -> None:
    proof = f'</records/{RECORD}/proof>; rel="proof"'
    server.on("GET /epcis/events/urn%3Auuid%3A00000000-0000-4000-8000-00000000000e",
              Canned.json({}, Link=proof))  # fmt: skip
    server.on("GET /records/urn%3Auuid%3A00000000-0000-4000-8000-00000000000e", UNKNOWN)
    server.on(f"GET {RECORD_PATH}", record())
    ran = run("show", EVENT, "--url", server.url, "--json", PROVENANCE_KEY="pk_1")
    assert (ran.code, ran.json["id"]) == (0, RECORD)


def test_show_unknown_record_without_key_is_unknown(run: Run, server: CannedServer) -> None:
    server.on(f"GET {RECORD_PATH}", UNKNOWN)
    ran = run("show", RECORD, "--url", server.url)
    assert ran.code == 5
    assert "[record-unknown]" in ran.error
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/some/where/01/09520610100019/10/MO-2603",
        "https://id.gs1.org/01/09520610100019/10/MO-2603?17=301231",
        "/01/09520610100019/10/MO-2603",
    ],
)
def test_show_digital_link_asks_for_its_path(run: Run, server: CannedServer, link: str) -> None:
    story = {"subject": "s", "product": {"name": "Mật ong"}, "events": []}
    server.on("GET /01/09520610100019/10/MO-2603", Canned.json(story))
    ran = run("show", link, "--url", server.url)
    assert ran.code == 0, ran.err
    assert ran.out == "s\n  name: Mật ong\n"


def test_show_link_with_wrong_check_digit_refused_here(run: Run, server: CannedServer) -> None:
    ran = run("show", "/01/09520610100018/10/x", "--url", server.url)
    assert ran.code == 2
    assert "[gs1-check-digit-wrong]" in ran.error
    assert server.seen == []


def prove(run: Run, server: CannedServer, output: Path, state: str, body: bytes, *more: str) -> Any:
    server.on(f"GET {RECORD_PATH}", record(state))
    server.on(f"GET {RECORD_PATH}/proof", Canned(200, body))
    return run("prove", RECORD, "-o", str(output), "--url", server.url, "--json", *more)


@pytest.mark.parametrize(
    ("form", "accept"),
    [
        ("bundle", "application/vnd.provenance.bundle+json"),
        ("tlog-proof", "text/x.tlog-proof"),
        ("cose", "application/scitt-receipt+cose"),
    ],
)
def test_prove_writes_every_form_byte_for_byte(
    run: Run, server: CannedServer, tmp_path: Path, form: str, accept: str
) -> None:
    body = b'{"anchor":{}}' if form == "bundle" else b"\x00\xff\r\n"
    ran = prove(run, server, tmp_path / "proof", "anchored", body, "--format", form)
    assert (ran.code, ran.json["bytes"]) == (0, len(body))
    assert (tmp_path / "proof").read_bytes() == body
    assert server.seen[-1].headers["accept"] == accept


def test_prove_not_anchored_yet_is_written_and_pending(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    ran = prove(run, server, tmp_path / "proof", "sequenced", b'{"anchor":null}')
    assert (ran.code, ran.json["state"]) == (4, "sequenced")
    assert (tmp_path / "proof").exists()


def test_prove_waits_until_anchored(run: Run, server: CannedServer, tmp_path: Path) -> None:
    server.on(f"GET {RECORD_PATH}", record("sequenced"), record("sequenced"), record())
    server.on(f"GET {RECORD_PATH}/proof", Canned(200, b"{}"))
    output = str(tmp_path / "proof")
    ran = run("prove", RECORD, "-o", output, "--url", server.url, "--wait", "5")
    assert ran.code == 0


def test_prove_as_json_without_output_refused(run: Run, server: CannedServer) -> None:
    ran = run("prove", RECORD, "--url", server.url, "--json")
    assert (ran.code, ran.json["error"]) == (2, "output-missing")


def test_prove_into_missing_folder_is_one_line(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    server.on(f"GET {RECORD_PATH}", record())
    server.on(f"GET {RECORD_PATH}/proof", Canned(200, b"{}"))
    ran = run("prove", RECORD, "-o", str(tmp_path / "no" / "proof"), "--url", server.url)
    assert ran.code == 2
    assert "No such file or directory" in ran.error


SIGNER = NoteSigner.from_seed("provenance.example/log/1", bytes(32))


def lay_checkpoint(server: CannedServer, size: int) -> None:
    note = sign_checkpoint(Checkpoint("provenance.example/log/1", size, sha256(b"root")), SIGNER)
    server.on("GET /log/checkpoint", Canned(200, note.encode()))


def trust_file(folder: Path, signer: NoteSigner) -> str:
    from tests.support.vectors.world import World

    value = World().trust().to_json()
    value["log"] = {"origin": signer.key.name, "key": signer.key.vkey}
    path = folder / "trust.json"
    path.write_text(json.dumps(value))
    return str(path)


def test_log_checkpoint_told_and_checked(run: Run, server: CannedServer, tmp_path: Path) -> None:
    lay_checkpoint(server, 300)
    told = run("log", "checkpoint", "--url", server.url, "--json").json
    assert (told["size"], told["root"], told["checked"]) == (300, sha256(b"root").hex(), False)
    own = trust_file(tmp_path, SIGNER)
    checked = run("log", "checkpoint", "--url", server.url, "--json", "--trust", own)
    assert (checked.code, checked.json["checked"]) == (0, True)


def test_log_checkpoint_of_another_key_fails(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    lay_checkpoint(server, 300)
    other = trust_file(tmp_path, NoteSigner.from_seed("provenance.example/log/1", b"1" * 32))
    ran = run("log", "checkpoint", "--url", server.url, "--trust", other)
    assert ran.code == 1
    assert "[note-unsigned]" in ran.error


def test_log_tile_as_wide_as_the_checkpoint_says(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    lay_checkpoint(server, 300)
    hashes = [sha256(bytes([n])) for n in range(44)]
    server.on("GET /log/tile/0/001.p/44", Canned(200, b"".join(hashes)))
    ran = run("log", "tile", "0", "1", "--url", server.url)
    assert ran.out.splitlines() == [one.hex() for one in hashes]
    output = tmp_path / "tile"
    assert run("log", "tile", "0", "1", "-o", str(output), "--url", server.url).code == 0
    assert output.read_bytes() == b"".join(hashes)


def test_log_tile_beyond_the_tree_is_unknown(run: Run, server: CannedServer) -> None:
    lay_checkpoint(server, 300)
    ran = run("log", "tile", "0", "2", "--url", server.url)
    assert ran.code == 5
    assert "300 leaves" in ran.error


def test_log_entries_split(run: Run, server: CannedServer) -> None:
    server.on("GET /log/tile/entries/000.p/2", Canned(200, b"\0\1a\0\2bc"))
    ran = run("log", "entries", "0", "--width", "2", "--url", server.url, "--json")
    assert ran.json == {"path": "tile/entries/000.p/2", "entries": ["61", "6263"]}


def test_log_checkpoint_garbage_decides_nothing(run: Run, server: CannedServer) -> None:
    server.on("GET /log/checkpoint", Canned(200, b"hello"))
    ran = run("log", "tile", "0", "0", "--url", server.url)
    assert ran.code == 3
    assert "[server-answer-malformed]" in ran.error


def test_trace_told_in_lines_and_as_json(run: Run, server: CannedServer) -> None:
    found = {
        "id": "urn:jar",
        "direction": "back",
        "items": ["urn:barrel"],
        "containers": [],
        "events": ["urn:e"],
        "steps": [
            {"eventTime": "T", "bizStep": None, "type": "TransformationEvent", "name": "HTX",
             "organization": "0x"}
        ],
        "holders": [],
        "warnings": [{"code": "no-origin", "subject": "urn:barrel", "detail": "why"}],
    }  # fmt: skip
    server.on("GET /trace?id=urn%3Ajar&direction=back", Canned.json(found))
    ran = run("trace", "urn:jar", "--url", server.url)
    assert ran.code == 0
    assert "  urn:barrel" in ran.out.splitlines()
    assert "  T  TransformationEvent  HTX" in ran.out.splitlines()
    assert ran.out.splitlines()[-1] == "warning no-origin: urn:barrel why"
    assert run("trace", "urn:jar", "--url", server.url, "--json").json == found


def test_trace_contents_at_a_time(run: Run, server: CannedServer) -> None:
    found = {
        "id": "urn:box",
        "at": "T",
        "items": ["urn:jar"],
        "inside": [{"id": "urn:jar", "items": ["urn:lid"]}],
        "truncated": False,
    }
    server.on("GET /trace/contents?id=urn%3Abox&at=T", Canned.json(found))
    told = run("trace", "urn:box", "--direction", "contents", "--at", "T", "--url", server.url)
    assert told.out.splitlines() == ["urn:box at T", "  urn:jar", "in urn:jar", "  urn:lid"]


def test_recall_start_keeps_the_notice_and_names_it(
    run: Run, server: CannedServer, tmp_path: Path
) -> None:
    notice = tmp_path / "thông báo.pdf"
    notice.write_bytes(b"%PDF-1.4")
    recall = {
        "id": "r1",
        "state": "declaring",
        "name": None,
        "organization": "0x1",
        "reason": "Nhiễm khuẩn",
        "targets": [{"declared": True}, {"declared": False}],
        "goods": ["urn:a"],
    }
    server.on("POST /files", Canned.json({"sha256": "ab"}, 201))
    server.on("POST /recalls", Canned.json(recall, 202))
    options = ("--reason", "Nhiễm khuẩn", "--notice", str(notice), "--url", server.url)
    ran = run("recall", "start", "urn:a", *options)
    assert ran.code == 0, ran.err
    assert json.loads(server.seen[1].body) == {
        "subjects": ["urn:a"],
        "reason": "Nhiễm khuẩn",
        "notice": "ab",
    }
    assert "on chain 1 of 2 declarations" in ran.out


def test_recall_refused_is_one_line(run: Run, server: CannedServer) -> None:
    problem = {"code": "recall-second-person", "detail": "why", "advice": "do"}
    server.on("POST /recalls/r1/approval", Canned.json(problem, 403))
    ran = run("recall", "approve", "r1", "--url", server.url)
    assert (ran.code, ran.error) == (6, "provenance: why [recall-second-person] do")
