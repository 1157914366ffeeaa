from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from ledger.services import identifying
from tests.support.own_key import admit
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

NUMBER = "038085001234"
PATH = "/personal-id-digests"


def test_number_becomes_a_digest_that_a_party_takes(server: RunningApp) -> None:
    told = server.rival.post(PATH, json={"personalId": "038 085 001 234"})
    assert told.headers["cache-control"] == "no-store"
    digest = told.json()["personalIdDigest"]
    assert server.rival.post(PATH, json={"personalId": NUMBER}).json() == told.json()
    assert server.producer.post(PATH, json={"personalId": NUMBER}).json() != told.json()
    code = f"ho-{secrets.token_hex(4)}"
    said = {"name": "Hộ ông Lê", "type": "household", "personalIdDigest": digest}
    kept = server.rival.put(f"/masterdata/parties/{code}", json=said)
    assert kept.json()["item"]["personalIdDigest"] == digest
    public = server.visitor.get(
        f"/masterdata/parties/{code}", params={"org": kept.json()["org"]}
    ).json()
    assert "personalIdDigest" not in public["item"]


def test_number_is_kept_nowhere(server: RunningApp, capfd: pytest.CaptureFixture[str]) -> None:
    number = f"0380{secrets.randbelow(10**8):08d}"
    assert server.rival.post(PATH, json={"personalId": number}).status_code == 200
    refused = server.rival.post(PATH, json={"personalId": number + "9"})
    assert (refused.status_code, refused.json()["code"]) == (400, "personal-id-malformed")
    assert refused.json()["pointer"] == "/personalId"
    assert number not in refused.text
    long = server.rival.post(PATH, json={"personalId": number * 9})
    assert (long.status_code, number in long.text) == (400, False)
    told = capfd.readouterr()
    assert number not in told.out + told.err
    if server.app.db.dialect == "sqlite":
        path = Path(server.app.settings.data_dir)
        for file in path.rglob("*"):
            assert not file.is_file() or number.encode() not in file.read_bytes(), file


@pytest.mark.parametrize("member", ["taxCode", "personalId"])
def test_number_in_a_party_is_refused(server: RunningApp, member: str) -> None:
    said = {"name": "Hộ ông Lê", member: NUMBER}
    answer = server.rival.put("/masterdata/parties/ho-le", json=said)
    assert (answer.status_code, answer.json()["pointer"]) == (400, f"/{member}")
    assert NUMBER not in answer.text


def test_numbers_cannot_be_tried_all_day(
    server: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identifying, "MOST_PER_DAY", 3)
    other = admit(server, "Hợp tác xã Thử Số")
    answers = [
        other.http.post(PATH, json={"personalId": f"03808500123{last}"}) for last in range(5)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["code"] == "quota-personal-ids"
    assert int(answers[-1].headers["retry-after"]) > 0


def test_own_key_makes_the_digest_by_itself(server: RunningApp) -> None:
    own = admit(server, "Hợp tác xã Kín").own_key()
    digest = own.personal_id_digest(NUMBER, bytes(32))
    assert len(digest) == 64
    told = own.ledger.personal_id_digest(NUMBER)
    assert told != digest
