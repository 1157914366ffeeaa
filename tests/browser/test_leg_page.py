"""The page of a file, given the bundle of a leg of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ledger.exchange.document import DocumentId
from ledger.exchange.rules import LegAction as A
from ledger.proof.leg_bundle import StampFile
from tests.api.test_exchange import anchored, join, submit, take
from tests.browser.visits import Visit, overflow, visit_in
from tests.support.leg_story import RECEIVED, LegStory
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

VECTORS = Path("tests/vectors/leg")
Judging = Callable[[Path, Path | None], Visit]
"""Opens the page, gives it this bundle and trust file, and waits for the verdict; without a trust
file the server's own anchors and its chain are used."""


@pytest.fixture(params=[(360, "vi"), (1280, "en")], ids=["phone-vi", "desk-en"])
def judging(
    request: pytest.FixtureRequest, chromium: Browser, server: RunningApp
) -> Iterator[Judging]:
    width, language = request.param
    context = chromium.new_context(viewport={"width": width, "height": 740})
    visit = visit_in(context, language)

    def run(bundle: Path, trust: Path | None) -> Visit:
        visit.open(f"{server.url}/verify")
        if trust is not None:
            visit.page.check("#offline")
            visit.page.set_input_files("#trust-file", trust)
        visit.page.set_input_files("#bundle-file", bundle)
        visit.page.wait_for_selector("#verdict[data-verdict]", timeout=20_000)
        return visit

    yield run
    visit.shoot(request.node.name.split("[")[0].removeprefix("test_"), str(width))
    assert visit.complaints == []
    assert overflow(visit.page) <= 0
    context.close()


def vector(judging: Judging, number: str) -> Visit:
    (folder,) = VECTORS.glob(f"{number}-*")
    return judging(folder / "leg.asice", folder / "trust.json")


def test_leg_page_tells_of_document_parties_and_events(judging: Judging) -> None:
    visit = vector(judging, "01")
    page, is_english = visit.page, visit.language == "en"
    assert visit.verdict() == "intact, with notice"
    about = page.inner_text("#leg")
    for said in ("123/UBND-VX", "UBND tỉnh Thanh Hóa (H56.1)", "UBND xã Nga Sơn (H56.2)"):
        assert said in about
    assert ("2 Mar 2026" if is_english else "02/03/2026") in about
    assert "V/v kiểm tra hồ sơ nguồn gốc mật ong" in about
    told = page.eval_on_selector_all("[data-action]", "all => all.map(one => one.dataset.action)")
    assert told == ["SUBMIT", "ARRIVE", "HAND_OVER", "RECEIVE"]
    received = page.inner_text("[data-action=RECEIVE]")
    assert ("Arrival number 457" if is_english else "Số đến 457") in received
    assert "UBND xã Nga Sơn" in received
    assert page.get_attribute("[data-part='0']", "data-where") == "enclosed"
    documents = page.inner_text("#documents")
    assert "ec3196a139a3e990e49308ffd7f91e75ee84529ecd9f6773eae9ede0101d5182" in documents
    assert ("not checked here" if is_english else "không được kiểm tra ở đây") in documents


@pytest.mark.parametrize(
    ("number", "verdict", "state"),
    [
        ("03", "intact, with notice", "REFUSED"),
        ("04", "intact, with notice", "EXPIRED"),
        ("05", "intact, with notice", "RECALL_REQUESTED"),
        ("06", "intact, with notice", "SUPERSEDED"),
        ("07", "recalled", "RECALLED"),
        ("08", "withdrawn", "WITHDRAWN"),
    ],
)
def test_leg_page_says_what_became_of_it(
    number: str, verdict: str, state: str, judging: Judging
) -> None:
    visit = vector(judging, number)
    assert visit.verdict() == verdict
    assert visit.page.get_attribute("#leg", "data-state") == state
    reasons = {"03": ("Gửi sai nơi nhận", "Sent to the wrong recipient")}
    if number in reasons:
        text = visit.page.inner_text("[data-action=REFUSE]")
        assert reasons[number][visit.language == "en"] in text


def test_leg_page_tells_nothing_of_a_forged_bundle(judging: Judging) -> None:
    visit = vector(judging, "10")
    assert visit.verdict() == "does not match"
    assert "UBND" not in visit.page.inner_text("#checked")
    assert visit.page.query_selector("#leg") is None
    assert visit.page.get_attribute("[data-check='4']", "data-outcome") == "fail"


def test_leg_page_that_could_not_check_tells_nothing_as_a_fact(judging: Judging) -> None:
    visit = vector(judging, "23")
    assert visit.verdict() == "could not check"
    assert visit.page.query_selector("#leg") is None
    assert visit.page.get_attribute("[data-check='8']", "data-outcome") == "unknown"


def test_leg_page_of_another_ledgers_bundle_says_so_and_tells_nothing(judging: Judging) -> None:
    visit = vector(judging, "25")
    assert visit.page.get_attribute("#verdict", "data-verdict") == "unknown"
    told = visit.page.inner_text("#verdict")
    assert ("Not of this ledger" if visit.language == "en" else "Không thuộc sổ này") in told
    assert ("another ledger" if visit.language == "en" else "sổ cái khác") in told
    assert visit.page.query_selector("#leg") is None
    limits = visit.page.inner_text("#limits")
    assert ("competent" if visit.language == "en" else "thẩm quyền") in limits


def test_leg_page_of_withheld_content_and_erased_words_says_so(judging: Judging) -> None:
    visit = vector(judging, "02")
    assert visit.verdict() == "intact, with notice"
    assert visit.page.query_selector("[data-part]") is None
    visit = vector(judging, "09")
    assert visit.verdict() == "intact, with notice"
    assert visit.page.locator("[data-action] .muted").count() >= 4


def test_leg_page_names_what_a_browser_cannot_judge(judging: Judging, tmp_path: Path) -> None:
    story = LegStory((A.SUBMIT, A.ARRIVE))
    header = story.headers[-1]
    story.stamps.append(
        StampFile(
            b'{"chain":{"block":%d,"genesis":"0x%s","hash":"%s","id":31337},"log":{"origin":"o",'
            b'"root":"%s","size":1},"type":"provenance.timestamp","v":1}'
            % (
                header.number,
                b"11" * 32,
                header.hash.prefixed.encode(),
                b"00" * 32,
            ),
            b"whatever an authority answered",
        )
    )
    bundle, trust = tmp_path / "leg.asice", tmp_path / "trust.json"
    bundle.write_bytes(story.bundle().encode())
    trust.write_bytes(story.trust().encode())
    visit = judging(bundle, trust)
    assert visit.verdict() == "intact, with notice"
    for number in (11, 13):
        assert visit.page.get_attribute(f"[data-check='{number}']", "data-outcome") == "skipped"
    told = visit.page.inner_text("#verdict")
    wanted = (
        ("time-stamps in the file are not checked", "cover page is not checked")
        if visit.language == "en"
        else ("Dấu thời gian trong gói không được kiểm tra", "Trang bìa trong gói không được")
    )
    for said in wanted:
        assert said in told


def test_leg_page_names_the_document_that_took_its_place(judging: Judging, tmp_path: Path) -> None:
    newer = DocumentId.parse("H56.1,2026/03/09,130/UBND-VX")
    story = LegStory((*RECEIVED, A.SUPERSEDE), with_cover=False, by_document=newer)
    bundle, trust = tmp_path / "leg.asice", tmp_path / "trust.json"
    bundle.write_bytes(story.bundle().encode())
    trust.write_bytes(story.trust().encode())
    visit = judging(bundle, trust)
    assert visit.verdict() == "intact, with notice"
    assert newer.text in visit.page.inner_text("[data-action=SUPERSEDE]")


def test_leg_page_asks_the_chain_what_became_of_an_old_bundle(
    judging: Judging, server: RunningApp, tmp_path: Path
) -> None:
    names = iter(range(100))
    sender, recipient = (join(server, f"{id(judging)}{next(names)}") for _ in range(2))
    domain = server.app.exchange.domain
    (one,) = submit(domain, sender, recipient, number="31")
    for action in (A.ARRIVE, A.HAND_OVER, A.RECEIVE):
        take(one, action)
    anchored(server, one)
    bundle = tmp_path / "leg.asice"
    bundle.write_bytes(recipient.http.get(f"/exchange/legs/{one.leg.hex()}/bundle").content)
    visit = judging(bundle, None)
    assert visit.verdict() == "intact, with notice"  # the cover
    for number in (8, 9, 10, 12, 14):
        assert visit.page.get_attribute(f"[data-check='{number}']", "data-outcome") == "pass"
    take(one, A.REQUEST_RECALL)
    take(one, A.ACCEPT_RECALL)
    anchored(server, one)
    assert judging(bundle, None).verdict() == "recalled"
