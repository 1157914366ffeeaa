"""The pages as the server sends them: headers, languages, words, files. What they then do in a
browser is tested in tests/browser."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from unicodedata import is_normalized

import pytest

from api.web.csp import page_policy
from api.web.static import STATIC, load_files, module_names, release, static_url
from api.web.words import LANGUAGES, choose_language, load_words
from ledger.epcis import vocabulary
from ledger.exchange.rules import LegAction, LegState
from ledger.verify.leg_report import LEG_CHECKS, LEG_NOTICES
from ledger.verify.report import CHECKS, NOTICES
from tests.support.epcis_events import CONTEXT, GTIN, event
from tests.support.running_app import RunningApp

HTML = {"accept": "text/html,*/*;q=0.8"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
TEMPLATES = STATIC.parent / "templates"


def test_page_policy_names_only_ourselves_and_reachable_nodes() -> None:
    policy = page_policy(
        [
            "https://node-1.example/rpc?key=secret",
            "http://10.0.0.4:8545",
            "https://user:password@node-2.example:8545/",
            "http://[2001:db8::1]:8545",
            "http://127.0.0.1:8545",
            "http://localhost:8545",
            "http://[::1]:8545",
            "ftp://node-3.example",
            "https://node-4.example;script-src *",
        ]
    )
    assert re.findall(r"connect-src ([^;]*);", policy) == [
        "'self' https://node-1.example http://10.0.0.4:8545 https://node-2.example:8545 "
        "http://[2001:db8::1]:8545"
    ]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "trusted-types 'none'" in policy


@pytest.mark.parametrize(
    ("asked", "chosen"), [(None, "vi"), ("", "vi"), ("fr", "vi"), ("vi", "vi"), ("en", "en")]
)
def test_choose_language_prefers_vietnamese(asked: str | None, chosen: str) -> None:
    assert choose_language(asked) == chosen


def test_catalogues_say_the_same_things_in_every_language() -> None:
    rooms = ("", "subjects", "leg")
    vietnamese, *others = (
        {key: said for room in rooms for key, said in load_words(language, room).sentences.items()}
        for language in LANGUAGES
    )
    for other in others:
        assert list(other) == list(vietnamese)
        for key, sentence in vietnamese.items():
            places = sorted(re.findall(r"\{\w+\}", sentence))
            assert places == sorted(re.findall(r"\{\w+\}", other[key])), key
    for sentence in vietnamese.values():
        assert sentence.strip()
        assert is_normalized("NFC", sentence)


def test_catalogues_cover_checks_notices_and_vocabulary() -> None:
    known = load_words("vi").sentences
    wanted = {f"check.{number}" for number in CHECKS} | {f"notice.{code}" for code in NOTICES}
    wanted |= {f"bizStep.{word}" for word in vocabulary.BIZ_STEPS}
    wanted |= {f"disposition.{word}" for word in vocabulary.DISPOSITIONS}
    assert wanted <= known.keys()
    legs = load_words("vi", "leg").sentences
    wanted = {f"leg.check.{number}" for number in LEG_CHECKS}
    wanted |= {f"leg.notice.{code}" for code in (*LEG_NOTICES, *_UNJUDGED)}
    wanted |= {f"leg.state.{state.name}" for state in LegState if state}
    wanted |= {f"leg.{said}.{one.name}" for said in ("action", "means") for one in LegAction if one}
    assert wanted == {key for key in legs if key.startswith(_LEG_FAMILIES)}


_UNJUDGED = ("time-stamp-not-checked", "cover-not-checked")
"""What a browser says of a leg's bundle besides."""
_LEG_FAMILIES = ("leg.check.", "leg.notice.", "leg.state.", "leg.action.", "leg.means.")
_JOINED = r'f"([\w.]+\.)\{|"([\w.]+\.)" ~'
"""How Python and templates put a key together."""


def test_catalogues_hold_every_sentence_used_and_no_other() -> None:
    texts = [path.read_text() for path in TEMPLATES.glob("*.html")]
    texts += [path.read_text() for path in (STATIC / "page").glob("*.js")]
    texts += [path.read_text() for path in (STATIC / "leg_page").glob("*.js")]
    texts += [path.read_text() for path in TEMPLATES.parent.glob("*.py")]
    source = "\n".join(texts)
    used = set(re.findall(r'(?:\bt\(|say\()\s*"([\w.-]+)"', source))
    used |= set(re.findall(r'"((?:described|facts|reason|step|verdict)\.[\w.]+)"', source))
    prefixes = set(re.findall(r"`([\w.]+\.)\$\{", source))
    prefixes |= {one or other for one, other in re.findall(_JOINED, source)}
    prefixes |= {f"{kind}." for kind in re.findall(r'\.name\("(\w+)"', source)}
    prefixes |= {"bizStep.", "eventType.", "link."}
    known = load_words("vi").sentences.keys() | load_words("vi", "subjects").sentences.keys()
    known |= load_words("vi", "leg").sentences.keys()
    assert used - known - prefixes == set()
    assert {key for key in known - used if not key.startswith(tuple(prefixes))} == set()


def test_vendored_crypto_is_what_is_recorded() -> None:
    content = (STATIC / "vendor" / "noble.js").read_bytes()
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
    assert (STATIC / "vendor" / "noble.sri").read_text() == f"sha384-{digest}\n"
    assert b"MIT License" in content[:2000]


def test_modules_load_nothing_from_elsewhere_and_make_no_markup() -> None:
    rooms = ("verifier", "page", "leg", "leg_page")
    modules = [name for room in rooms for name in module_names(room)]
    for name in modules:
        source = load_files()[name].content.decode()
        imported = re.findall(r'(?:from|import)\s*\(?"([^"]+)"', source)
        assert all(one.startswith(("./", "../")) for one in imported), name
        for one in imported:
            assert (STATIC / name).parent.joinpath(one).resolve().is_file(), (name, one)
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", source), name
        assert source.count("\n") <= 400, name


def test_style_colours_have_enough_contrast() -> None:
    style = (STATIC / "style.css").read_text()
    schemes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", scheme))
        pairs = [(name, f"{name}-back") for name in ("green", "amber", "blue", "red", "grey")]
        pairs += [(name, back) for name in ("text", "muted", "link") for back in ("page", "card")]
        for text, back in pairs:
            assert _contrast(colours[text], colours[back]) >= 4.5, (text, back)


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.chain
def test_static_file_served_for_ever_and_compressed(server: RunningApp) -> None:
    url = static_url("verifier/verifier.js")
    answer = server.visitor.get(url)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.text == (STATIC / "verifier" / "verifier.js").read_text()
    plain = server.visitor.get(url, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


@pytest.mark.chain
@pytest.mark.parametrize(
    "path", ["0000000000000000/style.css", "{release}/../pages.py", "{release}/no.js"]
)
def test_static_file_of_another_release_or_place_not_found(path: str, server: RunningApp) -> None:
    answer = server.visitor.get(f"/static/{path.format(release=release())}")
    assert answer.status_code == 404


@pytest.mark.chain
@pytest.mark.parametrize("path", ["/", "/verify", f"/01/{GTIN}/10/NEVER-SEEN"])
def test_page_brings_its_policy_and_language(path: str, server: RunningApp) -> None:
    for language, title in (("vi", "Sổ Nguồn Gốc"), ("en", "Provenance Ledger")):
        answer = server.visitor.get(path, params={"lang": language}, headers=HTML)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-security-policy"] == page_policy(server.app.trust().rpc)
        assert answer.headers["content-language"] == language
        assert f'<html lang="{language}">' in answer.text
        assert title in answer.text
        assert "<style" not in answer.text
        assert re.findall(r"<script(?![^>]* src=)", answer.text) == []


@pytest.mark.chain
def test_story_page_shows_hostile_text_as_text(server: RunningApp) -> None:
    lot = "HOSTILE"
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}'
    body = {
        "@context": [CONTEXT, {"vn": "https://provenance.example/voc/"}],
        **event(lot=lot),
        "ilmd": {"vn:productName": hostile, "vn:nested": {"a": [hostile]}},
    }
    server.producer.post("/epcis/events", json=body).raise_for_status()
    answer = server.visitor.get(f"/01/{GTIN}/10/{lot}", headers=HTML)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "{{7*7}}" in answer.text


@pytest.mark.chain
def test_story_page_of_unknown_code_is_a_404_that_warns(server: RunningApp) -> None:
    answer = server.visitor.get(f"/01/{GTIN}/10/NEVER-SEEN", headers=HTML)
    assert answer.status_code == 404
    assert "Không có mã này trong sổ" in answer.text


@pytest.mark.chain
def test_address_that_leads_nowhere_is_a_page_for_people(server: RunningApp) -> None:
    answer = server.visitor.get("/no/such/page", headers={"accept": BROWSER})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Không có trang này" in answer.text
    assert server.visitor.get("/no/such/page").json()["code"] == "path-unknown"


@pytest.mark.chain
def test_problem_is_shown_by_a_browser_not_saved(server: RunningApp) -> None:
    answer = server.visitor.get("/trace", headers={"accept": BROWSER})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.chain
def test_open_data_is_found_as_people_type_it(server: RunningApp) -> None:
    answer = server.visitor.get("/opendata?lang=en", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/opendata/?lang=en")


@pytest.mark.chain
def test_start_page_redirects_to_the_canonical_story(server: RunningApp) -> None:
    answer = server.visitor.get(
        "/", params={"gtin": GTIN[1:], "lot": "A/1", "serial": "7", "lang": "en"}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/01/{GTIN}/10/A%2F1/21/7?lang=en"


@pytest.mark.chain
@pytest.mark.parametrize(
    ("typed", "opened"),
    [
        ({"gtin": GTIN}, f"/01/{GTIN}"),
        ({"gtin": GTIN, "serial": "7"}, f"/01/{GTIN}/21/7"),
        ({"gtin": "095060001343520000"}, "/00/095060001343520000"),
    ],
)
def test_start_page_opens_products_items_and_units(
    typed: dict[str, str], opened: str, server: RunningApp
) -> None:
    answer = server.visitor.get("/", params=typed)
    assert answer.status_code == 303
    assert answer.headers["location"] == opened


@pytest.mark.chain
@pytest.mark.parametrize(
    "typed",
    [{"gtin": "123", "lot": "A"}, {"gtin": GTIN[:-1] + "4"}, {"gtin": "٠" * 14, "lot": "A"}],
)
def test_start_page_of_a_wrong_code_asks_again(typed: dict[str, str], server: RunningApp) -> None:
    answer = server.visitor.get("/", params=typed)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


@pytest.mark.chain
def test_trust_without_history_names_the_same_anchors(server: RunningApp) -> None:
    whole = server.visitor.get("/trust").json()
    short = server.visitor.get("/trust", params={"history": "false"}).json()
    assert short["heads"] == short["organizations"] == []
    for name in ("chain", "contracts", "log"):
        assert short[name] == whole[name]


@pytest.mark.chain
def test_proof_and_relay_compressed_for_who_reads_it(server: RunningApp) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
    for encoding, sent in (("gzip", "gzip"), ("gzip;q=0", None), ("identity", None)):
        answer = server.visitor.post("/chain/rpc", json=call, headers={"accept-encoding": encoding})
        assert answer.headers.get("content-encoding") == sent
        assert answer.json()["result"] == "0x7a69"


def test_compressed_files_decompress_to_themselves() -> None:
    for file in load_files().values():
        if file.compressed is not None:
            assert gzip.decompress(file.compressed) == file.content


def test_catalogue_files_are_plain_json() -> None:
    for language in LANGUAGES:
        path = Path(STATIC / "catalogues" / f"{language}.json")
        found = json.loads(path.read_text(encoding="utf-8"))
        assert all(isinstance(sentence, str) for sentence in found.values())
